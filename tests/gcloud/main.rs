//! The real gcloud against the sandbox that the program serves.
//!
//! The tutorial's commands, each of which must end with 0; what they leave compared with what `stackctl apply` of
//! `stack.yaml` leaves, and taken over by it; everything that `apply` makes, read by gcloud. Where there is no gcloud
//! the tests say so and pass.

mod commands;
#[path = "../suite/context.rs"]
mod context;
mod proves;
mod sdk;
mod state;
mod table;
mod takeover;

use std::collections::BTreeMap;

use serde_json::json;

use context::{Ran, Served, TUTORIAL, Workspace};
use sdk::{Gcloud, Sdk};

const PROJECT: &str = "demo-project-1";
const PASSWORD: &str = "TempPassword123!";

/// What the placeholders of the commands stand for.
fn values() -> BTreeMap<String, String> {
    let login = format!("prefect-sa@{PROJECT}.iam");
    let grant = format!(
        "PGPASSWORD='{PASSWORD}' psql -h 10.0.0.5 -U postgres -d prefect -c 'ALTER SCHEMA public OWNER TO \"{login}\";'"
    );
    [
        ("project", PROJECT.to_owned()),
        ("displayName", "Prefect Database Service Account".to_owned()),
        ("email", format!("{login}.gserviceaccount.com")),
        ("images", format!("us-central1-docker.pkg.dev/{PROJECT}/prefect-repo")),
        // This gcloud crashes on `POSTGRES_18` before it sends anything; it knows versions up to 17.
        ("databaseVersion", "POSTGRES_15".to_owned()),
        ("password", PASSWORD.to_owned()),
        ("login", login),
        ("grant", grant),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn gcloud(sdk: &Sdk, workspace: &Workspace, served: &Served) -> Gcloud {
    let exports = workspace.run(&["sandbox", "env", &served.url]).expect(0).stdout;
    Gcloud::new(sdk, &served.url, &exports, values())
}

fn stackctl(workspace: &Workspace, served: &Served, args: &[&str]) -> Ran {
    let cloud = ["--endpoint", &served.url];
    workspace.run_with(&[args, &cloud].concat(), &[("PROJECT_ID", PROJECT)])
}

/// No request may meet something that the sandbox refuses as malformed or does not play.
#[track_caller]
fn assert_all_is_played(served: &Served) {
    let refused = served.requests().into_iter().filter(|(_, status)| [400, 405, 501].contains(status));
    let refused: Vec<String> = refused
        .map(|(request, status)| format!("{status} {} {}{}", request.method.as_str(), request.host, request.path))
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn the_tutorials_commands_leave_what_apply_leaves_and_the_stack_takes_it_over() {
    let Some(sdk) = Sdk::find() else { return };
    let workspace = Workspace::with(TUTORIAL);
    let served = workspace.serve(&[]);
    let mut gcloud = gcloud(&sdk, &workspace, &served);
    gcloud.run(&commands::phase("create"));
    let made = state::read(&served.url, PROJECT);

    let other = Workspace::with(TUTORIAL);
    let second = other.serve(&[]);
    stackctl(&other, &second, &["apply", "--yes"]).expect(0);
    let mut used = table::Used::default();
    used.explain(&state::differences(&made, &state::read(&second.url, PROJECT)));
    used.assert_all();

    plan_to_adopt_shows_nothing_beyond_the_table(&workspace, &served);
    what_is_exported_takes_over_and_changes_nothing(&served);

    gcloud.run(&commands::phase("inspect"));
    gcloud.run(&commands::phase("update"));
    let mut destroy = commands::phase("destroy");
    let network = destroy.split_off(2);
    gcloud.run(&destroy);
    // As if the two hours had passed for which Google holds the address that Cloud Run had in the subnet.
    state::ask(&served.url, "POST", "/sandbox.localhost/release");
    gcloud.run(&network);
    assert_all_is_played(&served);
    let mut left = state::read(&served.url, PROJECT);
    left.retain(|key, _| !key.starts_with("api/"));
    let policy = left.remove("policy/projects/demo-project-1/$policy").unwrap();
    assert!(!policy.keys().any(|path| path.contains("prefect-sa")), "{policy:?}");
    assert_eq!(left.into_keys().collect::<Vec<_>>(), Vec::<String>::new());
}

/// What the tutorial leaves beside the stack's resources is not adopted, and its password is nowhere.
fn plan_to_adopt_shows_nothing_beyond_the_table(workspace: &Workspace, served: &Served) {
    let plan = stackctl(workspace, served, &["plan", "--adopt", "--format", "json"]);
    let text = stackctl(workspace, served, &["plan", "--adopt"]);
    for printed in [&plan.stdout, &plan.stderr, &text.stdout, &text.stderr] {
        assert!(!printed.contains(PASSWORD), "{printed}");
        assert!(!printed.contains("jobs.grant-perms-job"), "{printed}");
    }
    let shown: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap_or_else(|_| panic!("{}", plan.stderr));
    let differences = takeover::differences(&shown, |resource, field| table::line_for(resource, field).is_some());
    plan.expect(0);
    table::Used::default().explain(&differences);
    let made: Vec<&str> = differences
        .iter()
        .filter(|difference| difference.field.is_empty())
        .filter_map(|difference| difference.stackctl.as_ref()?.as_str())
        .collect();
    assert_eq!(made, ["secrets.prefect-auth"]);
}

/// The job with a password in its arguments is named and left alone.
fn what_is_exported_takes_over_and_changes_nothing(served: &Served) {
    let there = Workspace::with(TUTORIAL);
    let made = stackctl(&there, served, &["export", "--project", PROJECT]).expect(0);
    for printed in [&made.stdout, &made.stderr] {
        assert!(!printed.contains(PASSWORD), "{printed}");
        assert!(printed.contains("grant-perms-job"), "{printed}");
    }
    let other = Workspace::with(&made.stdout);
    let plan = stackctl(&other, served, &["plan", "--adopt", "--format", "json"]).expect(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let resources = plan["resources"].as_array().unwrap();
    let changing = |resource: &&serde_json::Value| resource["action"] != "adopt" || resource["changes"] != json!([]);
    let changing: Vec<_> = resources.iter().filter(changing).collect();
    assert!(changing.is_empty(), "{changing:?}\n{}", made.stdout);
    assert!(resources.len() >= 11, "{}", made.stdout);
}

#[test]
fn gcloud_reads_all_that_apply_makes() {
    let Some(sdk) = Sdk::find() else { return };
    let workspace = Workspace::with(TUTORIAL);
    let served = workspace.serve(&[]);
    stackctl(&workspace, &served, &["apply", "--yes"]).expect(0);
    let mut gcloud = gcloud(&sdk, &workspace, &served);
    let printed = gcloud.run(&commands::phase("read"));
    let silent = printed.iter().filter(|(_, text)| text.trim().is_empty()).map(|(command, _)| command.as_str());
    assert_eq!(silent.collect::<Vec<_>>(), ["run jobs list --region=us-central1"], "the stack has no jobs");
    assert_all_is_played(&served);
}
