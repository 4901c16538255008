//! The stack at the top of this project, end to end in the sandbox.

use crate::context::{TUTORIAL, Workspace};

#[test]
fn a_second_apply_finds_nothing_to_do() {
    let workspace = Workspace::with(TUTORIAL);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(2);
    let first = workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    assert!(first.stdout.contains("ui = https://prefect-server-"), "{}", first.stdout);
    let second = workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    assert!(second.stdout.starts_with("No changes. All 14 resources"), "{}", second.stdout);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
}

#[test]
fn an_entry_that_left_the_file_is_deleted() {
    let workspace = Workspace::with(TUTORIAL);
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let without_worker = {
        let (before, rest) = TUTORIAL.split_once("workerPools:").unwrap();
        format!("{before}outputs:{}", rest.split_once("outputs:").unwrap().1)
    };
    workspace.write("stack.yaml", without_worker);
    let plan = workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(2);
    assert!(plan.stdout.contains("- workerPools.prefect-worker  delete"), "{}", plan.stdout);
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let ours = workspace.run(&["inventory", "--sandbox"]).expect(0);
    assert!(!ours.stdout.contains("prefect-worker"), "{}", ours.stdout);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).expect(0);
}

#[test]
fn destroy_leaves_only_what_google_holds_and_says_so() {
    let workspace = Workspace::with(TUTORIAL);
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let destroyed = workspace.run(&["destroy", "--sandbox", "--yes"]).expect(5);
    assert!(destroyed.stderr.contains("Google still holds"), "{}", destroyed.stderr);
    assert!(destroyed.stderr.contains("serverless-ipv4-"), "{}", destroyed.stderr);
    let left = workspace.run(&["inventory", "list", "--format", "json", "--sandbox"]).expect(0);
    let left: serde_json::Value = serde_json::from_str(&left.stdout).unwrap();
    let addresses: Vec<&str> =
        left["resources"].as_array().unwrap().iter().map(|entry| entry["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["networks.prefect-network", "subnetworks.prefect-subnet"]);
    workspace.run(&["destroy", "--sandbox", "--yes", "--wait"]).expect(0);
    let empty = workspace.run(&["inventory", "--sandbox"]).expect(0);
    assert!(empty.stdout.starts_with("Nothing is ours"), "{}", empty.stdout);
}

#[test]
fn every_request_is_one_that_google_documents() {
    let workspace = Workspace::with(TUTORIAL);
    let served = workspace.serve(&[]);
    let cloud = ["--endpoint", &served.url, "--clock", "1000"];
    let env = [("PROJECT_ID", "sandbox-project")];
    let run = |args: &[&str], code| {
        workspace.run_with(&[args, &cloud[..]].concat(), &env).expect(code);
    };
    run(&["apply", "--yes"], 0);
    let changed = TUTORIAL
        .replace("tier: db-f1-micro", "tier: db-g1-small")
        .replace("privateIpGoogleAccess: true", "privateIpGoogleAccess: false")
        .replace("periodSeconds: 10", "periodSeconds: 5")
        .replace("displayName: Prefect database", "displayName: A Prefect database");
    workspace.write("stack.yaml", changed);
    run(&["apply", "--yes"], 0);
    let losses = ["--allow-data-loss", "sqlInstances.prefect-db", "--allow-data-loss", "repositories.prefect-repo"];
    let secrets = ["--allow-data-loss", "secrets.prefect-auth", "--allow-data-loss", "sqlDatabases.prefect"];
    run(&[&["destroy", "--yes"][..], &losses, &secrets].concat(), 5);
    let requests = served.requests();
    assert!(requests.len() > 60, "only {} requests were recorded", requests.len());
    let verdict = workspace.judged();
    verdict.expect_right();
    assert!(verdict.judged >= requests.len(), "{} of {} requests are judged", verdict.judged, requests.len());
    let refused: Vec<String> = requests
        .iter()
        .filter(|(_, status)| *status == 400 || *status == 501)
        // Google refuses to delete a subnet that Cloud Run used; the next run finishes.
        .filter(|(request, _)| !(request.method == stackctl::wire::Method::Delete && request.path.contains("subnet")))
        .map(|(request, status)| format!("{status} {request}"))
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
