//! Holds the rooms of the house to their table, and the pure rooms to their purity (`ARCHITECTURE.md`).

use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// A room and the rooms that it may use, besides itself. The order is that of `ARCHITECTURE.md`.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("wire", &["model"]),
    ("kinds", &["model", "wire"]),
    ("stack", &["model", "kinds"]),
    ("records", &["model", "wire"]),
    ("plan", &["model", "wire", "kinds", "stack", "records"]),
    ("export", &["model", "wire", "kinds", "stack", "records", "plan"]),
    ("gcp", &["model", "wire"]),
    ("images", &["model", "wire", "gcp"]),
    ("inventory", &["model", "wire", "records", "gcp"]),
    ("engine", &["model", "wire", "kinds", "stack", "records", "plan", "export", "gcp", "images", "inventory"]),
    ("sandbox", &["model", "wire", "gcp::transport"]),
    ("ui", &["model", "kinds", "stack", "records", "plan"]),
    (
        "cli",
        &[
            "model",
            "wire",
            "kinds",
            "stack",
            "records",
            "plan",
            "export",
            "gcp",
            "images",
            "inventory",
            "engine",
            "sandbox",
            "ui",
        ],
    ),
];

/// Rooms without I/O, async, clock, environment, randomness or terminal.
const PURE: &[&str] = &["model", "wire", "kinds", "stack", "records", "plan", "export"];

/// What a pure room may not name.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::stdout",
    "std::io::stderr",
    "std::io::stdin",
    "std::time::SystemTime",
    "std::time::Instant",
    "tokio",
    "reqwest",
    "getrandom",
    "hyper",
    "console",
    "indicatif",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every path that a file names, `use` trees spelled out: `crate::plan::Plan`, `std::fs::read`.
#[derive(Default)]
struct Paths(Vec<String>);

impl Paths {
    fn tree(&mut self, prefix: &str, tree: &syn::UseTree) {
        let join = |name: &syn::Ident| if prefix.is_empty() { name.to_string() } else { format!("{prefix}::{name}") };
        match tree {
            syn::UseTree::Path(path) => self.tree(&join(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.0.push(join(&name.ident)),
            syn::UseTree::Rename(rename) => self.0.push(join(&rename.ident)),
            syn::UseTree::Glob(_) => self.0.push(prefix.to_owned()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(prefix, tree)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree("", &item.tree);
    }
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.0.push(names.join("::"));
        syn::visit::visit_path(self, path);
    }
    /// Tests may read files and ask clocks.
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test")
        });
        if !is_test {
            syn::visit::visit_item_mod(self, item);
        }
    }
}

fn is_test_file(path: &Path) -> bool {
    path.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        name == "tests" || name == "tests.rs" || name.ends_with("_tests.rs")
    })
}

fn paths_of(path: &Path) -> Vec<String> {
    let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
    let mut paths = Paths::default();
    paths.visit_file(&file);
    paths.0
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn each_file(mut check: impl FnMut(&str, &Path, &[String])) {
    for (room, _) in ROOMS {
        for path in files(&Path::new("src").join(room)) {
            let relative = path.strip_prefix(Path::new("src").join(room)).unwrap();
            if !is_test_file(relative) {
                check(room, &path, &paths_of(&path));
            }
        }
    }
}

#[test]
fn a_room_uses_only_the_rooms_that_it_may() {
    let mut faults = Vec::new();
    each_file(|room, file, paths| {
        let (_, may) = ROOMS.iter().find(|(name, _)| *name == room).unwrap();
        for path in paths {
            let Some(inner) = path.strip_prefix("crate::") else { continue };
            let other = inner.split("::").next().unwrap();
            let known = ROOMS.iter().any(|(name, _)| *name == other);
            if known && other != room && !may.iter().any(|allowed| is_below(inner, allowed)) {
                faults.push(format!("{}: uses `{path}`", file.display()));
            }
        }
    });
    assert!(faults.is_empty(), "rooms reach where they may not:\n{}", faults.join("\n"));
}

#[test]
fn pure_rooms_do_nothing_but_compute() {
    let mut faults = Vec::new();
    each_file(|room, file, paths| {
        if PURE.contains(&room) {
            let impure = paths.iter().filter(|path| IMPURE.iter().any(|impure| is_below(path, impure)));
            faults.extend(impure.map(|path| format!("{}: names `{path}`", file.display())));
        }
    });
    assert!(faults.is_empty(), "pure rooms do I/O:\n{}", faults.join("\n"));
}

#[test]
fn only_ui_prints() {
    let mut faults = Vec::new();
    for path in files(Path::new("src")) {
        if path.starts_with("src/ui") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if ["println!(", "print!(", "eprintln!(", "eprint!(", "dbg!("].iter().any(|macro_| code.contains(macro_)) {
                faults.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "printing outside `ui`:\n{}", faults.join("\n"));
}

#[test]
fn every_room_is_in_the_table() {
    let mut rooms: Vec<String> = fs::read_dir("src")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    rooms.sort();
    let mut table: Vec<&str> = ROOMS.iter().map(|(name, _)| *name).collect();
    table.sort_unstable();
    assert_eq!(rooms, table);
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<String> = files(Path::new("src"))
        .into_iter()
        .filter(|path| !is_test_file(path) && !fs::read_to_string(path).unwrap().starts_with("//!"))
        .map(|path| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "files without a `//!` head:\n{}", silent.join("\n"));
}

/// What starts the program or makes its client send, and the files that may: each hands every request to the judge.
const SENDERS: &[(&str, &[&str])] = &[
    ("CARGO_BIN_EXE_stackctl", &["suite/context.rs"]),
    // `settling.rs` is not judged yet: it has a client of its own.
    ("Client::new(", &["engine/world.rs", "engine/settling.rs"]),
    // Somebody else at the same cloud, whose requests are not the program's.
    ("gcp::connect(", &["suite/others.rs", "suite/trouble.rs"]),
    ("HttpTransport::", &[]),
];

#[test]
fn every_request_of_every_test_is_judged() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut faults = Vec::new();
    for path in files(&root) {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        let sends = SENDERS.iter().filter(|(sign, _)| text.contains(sign) && name != "tidy.rs");
        for (sign, allowed) in sends {
            if !allowed.contains(&name.as_str()) {
                faults.push(format!("{name} has `{sign}`: run the program through `suite/context.rs`"));
            }
        }
    }
    for (name, door) in [("suite/context.rs", "stackctl_judge::lines"), ("engine/doors.rs", "stackctl_judge::faults")] {
        let text = fs::read_to_string(root.join(name)).unwrap();
        assert!(text.contains(door), "{name} judges no more");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
