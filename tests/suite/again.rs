//! What did not start is tried again, and room is taken only once it is free.

use crate::context::Workspace;
use crate::messages::flat;

const SECRET: &str = "\
stack: again
project: my-project
region: us-central1
serviceAccounts: {runner: {}}
secrets:
  token: {generate: {length: 16}IAM}
services:
  web:
    image: us-docker.pkg.dev/cloudrun/container/hello
    serviceAccount: runner
    env: {LEVEL: infoENV}
";

#[test]
fn a_revision_that_did_not_start_is_tried_again_once_its_right_is_there() {
    let stack = |iam: &str, env: &str| SECRET.replace("IAM", iam).replace("ENV", env);
    let iam = ", iam: [{role: roles/secretmanager.secretAccessor, members: [serviceAccount:runner]}]";
    let workspace = Workspace::with(&stack("", ""));
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    workspace.write("stack.yaml", stack("", ", TOKEN: {secret: token}"));
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(1);
    workspace.write("stack.yaml", stack(iam, ", TOKEN: {secret: token}"));
    let plan = workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(2).stdout;
    assert!(plan.contains("~ services.web  update"), "{plan}");
    assert!(flat(&plan).contains("not ready and Google does not try again by itself"), "{plan}");
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
}

#[test]
fn a_range_and_an_address_move_to_other_keys_in_one_run() {
    let stack = |subnet: &str, ip: &str| {
        format!(
            "stack: room\nproject: my-project\nregion: us-central1\nnetworks: {{n: {{autoCreateSubnetworks: false}}}}\n\
             subnetworks: {{{subnet}: {{network: n, ipCidrRange: 10.0.0.0/24}}, \
             kept: {{network: n, ipCidrRange: 10.0.1.0/24}}}}\n\
             addresses: {{{ip}: {{subnetwork: kept, address: 10.0.1.5}}}}\n"
        )
    };
    let workspace = Workspace::with(&stack("zz", "zz"));
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    workspace.write("stack.yaml", stack("aa", "aa"));
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
}
