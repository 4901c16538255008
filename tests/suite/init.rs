//! `init`: its file works as it is, whatever the folder is called.

use crate::context::Workspace;

#[test]
fn the_first_file_is_right_whatever_the_stack_is_called() {
    for name in ["u", "my-team", "a-name-that-is-much-too-long-for-a-service-account"] {
        let workspace = Workspace::with("");
        workspace.run(&["init", "--force", "--stack", name]).expect(0);
        let plan = workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(2);
        assert!(plan.stdout.contains("+ serviceAccounts."), "{}", plan.stdout);
        workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
        workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
    }
}

#[test]
fn its_schema_is_the_one_that_is_printed() {
    let workspace = Workspace::with("");
    workspace.run(&["init", "--force"]).expect(0);
    let printed = workspace.run(&["schema", "stack"]).expect(0);
    let written = std::fs::read_to_string(workspace.path().join("stack.schema.json")).unwrap();
    assert_eq!(printed.stdout.trim_end(), written.trim_end());
}

#[test]
fn a_file_that_is_there_is_kept() {
    let workspace = Workspace::with("stack: mine\n");
    let refused = workspace.run(&["init"]).expect(4);
    assert!(refused.stderr.contains("is there already"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(workspace.path().join("stack.yaml")).unwrap(), "stack: mine\n");
}
