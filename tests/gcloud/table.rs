//! In what the tutorial's gcloud commands and `stackctl apply` of `stack.yaml` differ, each with its reason.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::state::Difference;

/// A line of the table. A `*` at an end of `resource` or `field` stands for anything; no field is the whole resource.
pub struct Line {
    resource: &'static str,
    field: &'static str,
    reason: &'static str,
}

const fn line(resource: &'static str, field: &'static str, reason: &'static str) -> Line {
    Line { resource, field, reason }
}

/// All that may differ.
pub const TABLE: &[Line] = &[
    // Everywhere.
    line("*", "labels.stackctl-stack", "stackctl marks what is its own"),
    line("*/instances/prefect-db", "settings.userLabels.stackctl-stack", "stackctl marks what is its own"),
    line(
        "api/*/cloudresourcemanager.googleapis.com",
        "",
        "stackctl enables each API that it calls; the tutorial lists some",
    ),
    line("api/*/iam.googleapis.com", "", "stackctl enables each API that it calls; the tutorial lists some"),
    line("api/*/secretmanager.googleapis.com", "", "the stack keeps a login in a secret, the tutorial has none"),
    line("api/*/servicenetworking.googleapis.com", "", "the tutorial enables it and nothing uses it"),
    line("*/serviceAccounts/prefect-sa@*", "displayName", "the stack writes it in lower case"),
    // The database.
    line(
        "*/instances/prefect-db",
        "databaseVersion",
        "this gcloud crashes on `POSTGRES_18`: it knows versions up to 17",
    ),
    line("*/instances/prefect-db", "databaseInstalledVersion", "follows `databaseVersion`"),
    line("*/instances/prefect-db", "maintenanceVersion", "follows `databaseVersion`"),
    line("*/instances/prefect-db", "upgradableDatabaseVersions*", "follows `databaseVersion`"),
    line(
        "*/instances/prefect-db",
        "settings.dataApiAccess",
        "the stack grants rights through it, the tutorial by a job",
    ),
    line(
        "*/instances/prefect-db",
        "settings.ipConfiguration.sslMode",
        "the stack refuses clear text: a login is a token",
    ),
    // The job that grants rights with a password, and all that it leaves.
    line("*/jobs/grant-perms-job*", "", "the tutorial grants rights by a job that knows the password of `postgres`"),
    line(
        "*/addresses/SERVERLESS",
        "$users[run/projects/demo-project-1/locations/us-central1/jobs/*",
        "the job is on the subnet, too",
    ),
    // The login of the server.
    line("*/secrets/prefect-auth*", "", "the stack keeps a login in a secret, the tutorial has none"),
    line("*", "template.containers[0].env[PREFECT_SERVER_API_AUTH_STRING]*", "the stack's server asks for a login"),
    line("*", "template.containers[0].env[PREFECT_API_AUTH_STRING]*", "the stack's worker logs in"),
    // The programs.
    line("*/packages/prefect-custom-server*", "", "the stack calls the server's image `prefect-server`"),
    line("*/packages/prefect-server*", "", "the stack calls the server's image `prefect-server`"),
    line(
        "*/services/prefect-server",
        "template.containers[0].image",
        "the stack calls the server's image `prefect-server`",
    ),
    line(
        "*",
        "template.containers[0].env[PREFECT_API_URL].value",
        "the stack uses the URL that is known before the service is",
    ),
    line(
        "*/services/prefect-server",
        "template.containers[0].startupProbe.*",
        "the stack asks the server's own readiness page",
    ),
    line("*/services/prefect-server", "template.containers[0].resources.startupCpuBoost", "gcloud sets it unasked"),
    line("*/services/prefect-server", "scaling.*", "the stack keeps one instance"),
    line(
        "*/workerPools/prefect-worker",
        "template.containers[0].resources.limits.*",
        "the stack gives the worker 1 GiB",
    ),
    line(
        "*/workerPools/prefect-worker",
        "launchStage",
        "gcloud's alpha command sends `ALPHA`; stackctl sends no stage",
    ),
    line(
        "*",
        "template.vpcAccess.networkInterfaces[0].*",
        "gcloud writes bare names, stackctl full paths: Google takes both",
    ),
    line("*", "client", "each client signs"),
    line("*", "clientVersion", "each client signs"),
    line("*", "template.client", "each client signs"),
    line("*", "template.clientVersion", "each client signs"),
    line(
        "*/services/prefect-server",
        "template.labels.client.knative.dev/nonce",
        "gcloud makes a revision with every deploy",
    ),
];

/// Lines that explained something.
#[derive(Debug, Default)]
pub struct Used(BTreeSet<usize>);

impl Used {
    /// Every difference has a line.
    #[track_caller]
    pub fn explain(&mut self, differences: &[Difference]) {
        let mut unexplained = Vec::new();
        for difference in differences {
            match line_for(&difference.resource, &difference.field) {
                Some(line) => drop(self.0.insert(line)),
                None => unexplained.push(shown(difference)),
            }
        }
        let count = unexplained.len();
        assert!(unexplained.is_empty(), "{count} differences without a reason:\n{}", unexplained.join("\n"));
    }

    /// Every line explained something. Prints the table.
    #[track_caller]
    pub fn assert_all(&self) {
        println!("What gcloud's commands and `stackctl apply` leave otherwise:");
        TABLE.iter().for_each(|line| println!("  {} {}: {}", line.resource, line.field, line.reason));
        let idle = (0..TABLE.len()).filter(|index| !self.0.contains(index));
        let idle: Vec<String> = idle.map(|index| format!("{} {}", TABLE[index].resource, TABLE[index].field)).collect();
        assert!(idle.is_empty(), "lines of the table that explain nothing: {idle:?}");
    }
}

/// The line that explains a field of a resource.
pub fn line_for(resource: &str, field: &str) -> Option<usize> {
    TABLE.iter().position(|line| fits(line.resource, resource) && fits(line.field, field))
}

fn shown(difference: &Difference) -> String {
    let text = |value: &Option<Json>| value.as_ref().map_or("absent".to_owned(), ToString::to_string);
    let Difference { resource, field, gcloud, stackctl } = difference;
    format!("{resource} `{field}`: gcloud {}, stackctl {}", text(gcloud), text(stackctl))
}

/// A pattern with any number of `*`, each of which stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            rest.is_empty() || (0..=text.len()).any(|at| text.is_char_boundary(at) && fits(rest, &text[at..]))
        }),
    }
}

#[test]
fn patterns_fit_whole_texts_only() {
    assert!(fits("*/jobs/a*", "run/x/jobs/a/executions/b") && fits("a*c", "abc") && fits("", ""));
    assert!(!fits("a", "ab") && !fits("*.b", "a.b.c") && !fits("", "x"));
}
