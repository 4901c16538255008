//! The stack files that the project shows to users are sound, and the root one says what its comments claim.

use std::fs;
use std::path::{Path, PathBuf};

use stackctl::stack::{self, Built, File, Inputs, Mode, Stack};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn read(path: &Path) -> File {
    File { name: path.display().to_string(), bytes: fs::read(path).expect("the file is in the repository") }
}

fn built(files: &[File], inputs: &Inputs) -> Built {
    let draft = match stack::parse(files, &[]) {
        Ok(draft) => draft,
        Err(unreadable) => panic!("{:#?}", unreadable.findings),
    };
    stack::build(&draft, inputs)
}

fn sound(files: &[File], inputs: &Inputs) -> Stack {
    let built = built(files, inputs);
    assert!(built.findings.is_empty(), "{:#?}", built.findings);
    built.stack.expect("a file without findings is a stack")
}

fn sandbox() -> Inputs {
    Inputs { mode: Mode::Sandbox, project_number: Some("123456789012".to_owned()), ..Inputs::default() }
}

fn names(stack: &Stack, address: &str) -> Vec<String> {
    let entry = stack.get(&address.parse().expect("an address")).expect("it is in the file");
    entry.needs.iter().map(|need| need.address.to_string()).collect()
}

#[test]
fn the_root_stack_is_sound_in_the_sandbox_and_on_google() {
    let file = read(&root().join("stack.yaml"));
    assert_eq!(sound(std::slice::from_ref(&file), &sandbox()).project.id, "sandbox-project");
    let env = [("PROJECT_ID".to_owned(), "my-project".to_owned())].into();
    let stack = sound(std::slice::from_ref(&file), &Inputs { env, ..Inputs::default() });
    assert_eq!(stack.project.id, "my-project");
    let refused = built(&[file], &Inputs::default());
    assert!(refused.stack.is_none());
    assert_eq!(refused.findings.len(), 1, "{:#?}", refused.findings);
    assert!(refused.findings[0].message.contains("set it to your project's id"), "{}", refused.findings[0].message);
}

#[test]
fn the_root_stack_knows_beforehand_what_it_can() {
    let stack = sound(&[read(&root().join("stack.yaml"))], &sandbox());
    let server = stack.get(&"services.prefect-server".parse().expect("an address")).expect("it is in the file");
    let text = |path: &str| server.doc.dig_str(path).unwrap_or_default().to_owned();
    assert_eq!(text("env.PREFECT_API_URL"), "https://prefect-server-123456789012.us-central1.run.app/api");
    assert_eq!(text("env.DB_IP"), "10.0.0.5");
    assert_eq!(text("env.DB_USER"), "prefect-sa@sandbox-project.iam");
    assert_eq!(text("serviceAccount"), "prefect-sa@sandbox-project.iam.gserviceaccount.com");
    let endpoint = stack.get(&"forwardingRules.prefect-db-endpoint".parse().expect("an address")).expect("it is there");
    assert!(!endpoint.doc.is_known(), "the attachment is known after apply");
}

#[test]
fn the_root_stack_orders_what_depends_on_each_other() {
    let stack = sound(&[read(&root().join("stack.yaml"))], &sandbox());
    assert_eq!(names(&stack, "sqlInstances.prefect-db"), Vec::<String>::new());
    assert_eq!(names(&stack, "subnetworks.prefect-subnet"), ["networks.prefect-network"]);
    assert_eq!(
        names(&stack, "services.prefect-server"),
        [
            "serviceAccounts.prefect-sa",
            "networks.prefect-network",
            "subnetworks.prefect-subnet",
            "secrets.prefect-auth",
            "sqlUsers.prefect-sa",
            "addresses.prefect-db-ip",
            "forwardingRules.prefect-db-endpoint",
            "sqlDatabases.prefect",
        ]
    );
}

#[test]
fn every_example_is_sound() {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join("tests/stacks"))
        .expect("the folder is in the repository")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 5);
    for path in paths {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        // `base.yaml` with `base.prod.yaml` over it is one stack.
        if name.matches('.').count() > 1 {
            let base = path.with_file_name(format!("{}.yaml", name.split('.').next().expect("a first part")));
            sound(&[read(&base), read(&path)], &sandbox());
        } else {
            sound(&[read(&path)], &sandbox());
        }
    }
}
