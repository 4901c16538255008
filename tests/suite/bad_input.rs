//! Whatever is wrong ends with a message, the right exit code, and nothing changed.

use crate::context::Workspace;

const HEAD: &str = "stack: s\nproject: p-123456\nregion: us-central1\n";

/// The stack file, and what the message must say.
fn wrong_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let with = |rest: &str| format!("{HEAD}{rest}").into_bytes();
    vec![
        ("empty", Vec::new(), "empty"),
        ("not YAML", b"stack: [".to_vec(), "stack.yaml:1"),
        ("a list", b"- a\n- b\n".to_vec(), "stack.yaml:1"),
        ("tabs", with("networks:\n\tn: {}\n"), "tab"),
        ("duplicate key", with("networks:\n  n: {}\n  n: {}\n"), "n"),
        ("unknown section", with("netwroks:\n  n: {}\n"), "did you mean `networks`"),
        ("unknown field", with("networks:\n  n: {autoCreateSubnets: false}\n"), "autoCreateSubnet"),
        ("wrong type", with("networks:\n  n: {autoCreateSubnetworks: maybe}\n"), "autoCreateSubnetworks: maybe"),
        ("wrong enum", with("networks:\n  n: {routingConfig: {routingMode: LOCAL}}\n"), "REGIONAL"),
        ("bad name", with("networks:\n  Bad_Name: {autoCreateSubnetworks: false}\n"), "Bad_Name"),
        (
            "bad CIDR",
            with("networks: {n: {}}\nsubnetworks:\n  s: {network: n, ipCidrRange: 10.0.0.0/99}\n"),
            "10.0.0.0/99",
        ),
        (
            "address outside its subnet",
            with(
                "networks: {n: {}}\nsubnetworks:\n  s: {network: n, ipCidrRange: 10.0.0.0/24}\naddresses:\n  a: {subnetwork: s, address: 10.9.0.5}\n",
            ),
            "10.9.0.5",
        ),
        (
            "address twice used",
            with(
                "networks: {n: {}}\nsubnetworks:\n  s: {network: n, ipCidrRange: 10.0.0.0/24}\naddresses:\n  a: {subnetwork: s, address: 10.0.0.5}\n  b: {subnetwork: s, address: 10.0.0.5}\n",
            ),
            "10.0.0.5",
        ),
        (
            "overlapping subnets",
            with(
                "networks: {n: {}}\nsubnetworks:\n  s: {network: n, ipCidrRange: 10.0.0.0/24}\n  t: {network: n, ipCidrRange: 10.0.0.128/25}\n",
            ),
            "overlap",
        ),
        ("reference to nothing", with("subnetworks:\n  s: {network: nope, ipCidrRange: 10.0.0.0/24}\n"), "nope"),
        (
            "reference to the wrong kind",
            with("addresses: {x: {}}\nsubnetworks:\n  s: {network: x, ipCidrRange: 10.0.0.0/24}\n"),
            "x",
        ),
        ("cycle", with("networks:\n  a: {dependsOn: [networks.b]}\n  b: {dependsOn: [networks.a]}\n"), "networks.a"),
        ("undefined variable", with("networks:\n  n: {description: \"${var.nope}\"}\n"), "nope"),
        ("unset environment", with("networks:\n  n: {description: \"${env.NOPE_AT_ALL}\"}\n"), "NOPE_AT_ALL"),
        ("expression in flow", with("networks: {n: {description: ${var.x}}}\n"), "quote"),
        ("invalid UTF-8", [HEAD.as_bytes(), b"networks: \xff\xfe\n"].concat(), "UTF-8"),
        ("alias bomb", alias_bomb(), "alias"),
        ("10 MB", with(&format!("x-filler: \"{}\"\n", "a".repeat(11 << 20))), "stack.yaml"),
    ]
}

fn alias_bomb() -> Vec<u8> {
    let mut text = format!("{HEAD}x-a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (this, last) in ["b", "c", "d", "e", "f", "g", "h"].iter().zip(["a", "b", "c", "d", "e", "f", "g"]) {
        text.push_str(&format!("x-{this}: &{this} [*{last}, *{last}, *{last}, *{last}, *{last}, *{last}, *{last}]\n"));
    }
    text.into_bytes()
}

#[test]
fn a_wrong_stack_file_is_explained_and_nothing_is_made() {
    let mut faults = Vec::new();
    for (what, content, expected) in wrong_files() {
        let workspace = Workspace::with("");
        workspace.write("stack.yaml", content);
        let ran = workspace.run(&["validate"]);
        let panicked = ran.stderr.contains("panicked");
        if ran.code != 3 || !ran.stderr.contains(expected) || panicked {
            let shown: String = ran.stderr.chars().take(600).collect();
            faults.push(format!("{what}: exit {}, `{expected}` expected in:\n{shown}", ran.code));
        }
        let applied = workspace.run(&["apply", "--endpoint", "http://127.0.0.1:9", "--clock", "1000", "--yes"]);
        if applied.code != 3 || workspace.path().join(".stackctl").exists() {
            faults.push(format!("{what}: apply ends with {} and leaves something behind", applied.code));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let workspace = Workspace::with("");
    let missing = workspace.run(&["plan", "-f", "nowhere.yaml"]).expect(3);
    assert!(missing.stderr.contains("there is no file `nowhere.yaml`"), "{}", missing.stderr);
    std::fs::create_dir(workspace.path().join("folder")).unwrap();
    let folder = workspace.run(&["plan", "-f", "folder"]).expect(3);
    assert!(folder.stderr.contains("`folder` is a folder"), "{}", folder.stderr);
}

#[test]
fn the_command_line_has_its_own_faults() {
    let workspace = Workspace::with(HEAD);
    for args in [
        &["plan", "--nope"][..],
        &["paln"],
        &["plan", "--clock", "2"],
        &["plan", "--sandbox", "--endpoint", "http://127.0.0.1:9"],
        &["plan", "--target", "not an address"],
        &["plan", "--var", "novalue", "--sandbox"],
        &["explain", "nothing"],
    ] {
        let ran = workspace.run(args);
        assert_eq!(ran.code, 3, "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.is_empty() && !ran.stderr.contains("panicked"), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn a_cloud_that_does_not_answer_changes_nothing() {
    let workspace = Workspace::with(&format!("{HEAD}networks: {{n: {{autoCreateSubnetworks: false}}}}\n"));
    let ran = workspace.run(&["apply", "--yes", "--endpoint", "http://127.0.0.1:9", "--clock", "1000"]).expect(1);
    assert!(ran.stderr.contains("127.0.0.1:9") || ran.stderr.contains("connect"), "{}", ran.stderr);
    let google = workspace.run(&["plan"]);
    assert_eq!(google.code, 1, "{}", google.stderr);
    assert!(google.stderr.contains("gcloud auth application-default login"), "{}", google.stderr);
}

#[test]
fn damaged_and_foreign_records_are_refused_and_kept() {
    let stack = format!("{HEAD}serviceAccounts: {{a-service: {{}}}}\n");
    let workspace = Workspace::with(&stack);
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let inventories = workspace.path().join(".stackctl/inventories");
    let file = find(&inventories, "inventory.json");
    let good = std::fs::read_to_string(&file).unwrap();
    let newer = good.replacen("\"version\": 1", "\"version\": 99", 1).replacen("\"version\":1", "\"version\":99", 1);
    for bad in ["{ not json".to_owned(), newer] {
        std::fs::write(&file, &bad).unwrap();
        let ran = workspace.run(&["apply", "--sandbox", "--yes"]);
        assert!(matches!(ran.code, 1 | 4), "{}: {}", ran.code, ran.stderr);
        assert!(ran.stderr.contains("hint:"), "{}", ran.stderr);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), bad, "the records were overwritten");
    }
    std::fs::write(&file, good).unwrap();
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
}

fn find(folder: &std::path::Path, name: &str) -> std::path::PathBuf {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let found = find(&path, name);
            if found.as_os_str() != "" {
                return found;
            }
        } else if path.file_name().is_some_and(|found| found == name) {
            return path;
        }
    }
    std::path::PathBuf::new()
}
