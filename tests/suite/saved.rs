//! A plan saved by one command and carried out by another, as in a pipeline.

use crate::context::Workspace;
use crate::messages::flat;

const STACK: &str = "\
stack: saved
project: my-project
region: us-central1
variables: {size: {type: string, default: small}}
secrets:
  token: {file: token.txt}
services:
  web:
    image: us-docker.pkg.dev/cloudrun/container/hello
    env: {LEVEL: '${env.LEVEL:-info}', MOTD: '${file(\"motd.txt\")}', SIZE: '${var.size}', N: '1'}
";

const LEVEL: &[(&str, &str)] = &[("LEVEL", "s3cret-level")];

/// Applied once, so that there is a key to hash with; then a change, and a saved plan of it.
fn saved() -> Workspace {
    let workspace = Workspace::with(STACK);
    workspace.write("token.txt", "first-token");
    workspace.write("motd.txt", "hello");
    workspace.run_with(&["apply", "--sandbox", "--yes"], LEVEL).expect(0);
    workspace.write("stack.yaml", STACK.replace("N: '1'", "N: '2'"));
    workspace.run_with(&["plan", "--sandbox", "--out", "plan.json"], LEVEL).expect(0);
    workspace
}

#[test]
fn the_pipelines_two_commands_work_and_the_plan_is_used_up() {
    let workspace = Workspace::with(STACK);
    workspace.write("token.txt", "first-token");
    workspace.write("motd.txt", "hello");
    workspace.run(&["plan", "--sandbox", "--out", "plan.json"]).expect(0);
    workspace.run(&["apply", "plan.json", "--sandbox", "--yes"]).expect(0);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
    let again = workspace.run(&["apply", "plan.json", "--sandbox", "--yes"]).expect(4);
    assert!(
        flat(&again.stderr).contains("`services.web`: the plan says `create`, and now it is `nothing`"),
        "{}",
        again.stderr
    );
    let workspace = saved();
    workspace.run_with(&["apply", "plan.json", "--sandbox", "--yes"], LEVEL).expect(0);
}

#[test]
fn what_moved_beside_the_stack_file_is_named() {
    let workspace = saved();
    let apply = |args: &[&str], env: &[(&str, &str)]| {
        workspace.run_with(&[&["apply", "plan.json", "--sandbox", "--yes"], args].concat(), env).expect(4).stderr
    };
    let says = |stderr: &str, words: &str| assert!(flat(stderr).contains(words), "{words}: {stderr}");
    says(&apply(&[], &[("LEVEL", "other")]), "the environment variable `LEVEL` is not what it was");
    says(&apply(&[], &[]), "the environment variable `LEVEL` is not what it was");
    says(&apply(&["--var", "size=large"], LEVEL), "`--var size` is not what it was");
    workspace.write("motd.txt", "bye");
    says(&apply(&[], LEVEL), "`motd.txt` is not what it was");
    workspace.write("motd.txt", "hello");
    workspace.write("token.txt", "other-token");
    says(&apply(&[], LEVEL), "`value` of `secrets.token` is not what it was");
    workspace.write("token.txt", "first-token");
    workspace.run_with(&["apply", "plan.json", "--sandbox", "--yes"], LEVEL).expect(0);
}

#[test]
fn no_value_from_outside_stands_in_a_saved_plan() {
    let workspace = saved();
    let text = std::fs::read_to_string(workspace.path().join("plan.json")).unwrap();
    assert!(!text.contains("s3cret-level") && !text.contains("-token"), "{text}");
}
