//! Writes `docs/fidelity.md`: kinds by operations, and what proves each.
//!
//! Everything on the page comes from what other tests hold the project to: the recordings that they play and read, the
//! requests of the real gcloud, the table of the tests with Google's own clients, the discovery documents, the
//! assumptions of the live suite, the breakages. `STACKCTL_BLESS=1 cargo test --test suite fidelity` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use stackctl::kinds::registry;
use stackctl::wire::{Request, record};

use crate::assumptions::{ASSUMPTIONS, Verdict};
use crate::{examples, recorded};

/// The page's columns.
const OPERATIONS: &[&str] = &["create", "read", "list", "update", "delete", "iam"];

const HEAD: &str = "\
# What has met Google, and what has not

Written by `STACKCTL_BLESS=1 cargo test --test suite fidelity` from what the tests hold the project to; not by hand.

No Google project could be reached while this was written. So each side is held to what could be had, by sides that
share no code with it. A cell names what proves it, for every method that stackctl calls there:

* **recording** (in how many cases): Google's own answers to this method, recorded by others. `tests/recordings.rs` holds
  the emulator to them, `tests/reads.rs`, the unit tests of the kinds and `tests/suite/recorded.rs` the client.
* **gcloud**: the real gcloud sends this method (`tests/fixtures/gcloud.jsonl`), or does it to, or reads, what stackctl
  made (`tests/gcloud/proves.json` names the test).
* **SDK**: Google's own client crates do it, or read what stackctl did; `tests/sdk/proves.json` names the test.
* **documents**: method, fields and types are in Google's discovery documents, to which every request of every test is
  held (`tests/judge`); nobody has seen how it behaves.
* **A1**, … : what is assumed on top of that; see below.

`tests/live` runs the tutorial's stack on Google and says which assumptions it confirmed.
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// What was seen of Google, by method and by field.
#[derive(Default)]
struct Evidence {
    /// Method → cases in which Google did it.
    recorded: BTreeMap<String, BTreeSet<String>>,
    /// Method → refusals that were recorded: `404 notFound`.
    refused: BTreeMap<String, BTreeSet<String>>,
    gcloud: BTreeSet<String>,
    /// `Schema.field`
    fields: BTreeSet<String>,
}

/// Recorded clients and gcloud speak versions beside `v1` whose methods and schemas are the same.
fn in_v1(host: &str, path: &str) -> (String, String) {
    let path = path
        .replace("/sql/v1beta4/", "/v1/")
        .replace("/compute/beta/", "/compute/v1/")
        .replace("/v1beta1/", "/v1/")
        .replace("/v1beta2/", "/v1/");
    let is_compute = host == "www.googleapis.com" && path.starts_with("/compute/");
    (if is_compute { "compute.googleapis.com".to_owned() } else { host.to_owned() }, path)
}

impl Evidence {
    fn gathered() -> Self {
        let mut evidence = Self::default();
        for (case, exchanges) in recorded::cases() {
            for exchange in exchanges {
                let (host, path) = in_v1(&exchange.host, &exchange.path);
                let line = json!({
                    "method": exchange.method, "host": host, "path": path, "body": exchange.request,
                    "response": exchange.response,
                });
                let Some(method) = stackctl_judge::find(&line) else { continue };
                if exchange.status < 300 {
                    evidence.recorded.entry(method.id.clone()).or_default().insert(case.clone());
                    evidence.fields.extend(stackctl_judge::fields(&line));
                } else {
                    let said = &exchange.response["error"];
                    let reason = said["errors"][0]["reason"].as_str().or(said["status"].as_str()).unwrap_or("");
                    let refusal = format!("{} {reason}", exchange.status).trim_end().to_owned();
                    evidence.refused.entry(method.id.clone()).or_default().insert(refusal);
                }
            }
        }
        for line in include_str!("../fixtures/gcloud.jsonl").lines() {
            let mut line: Json = serde_json::from_str(line).unwrap();
            let (host, path) = in_v1(line["host"].as_str().unwrap(), line["path"].as_str().unwrap());
            line["host"] = json!(host);
            line["path"] = json!(path);
            evidence.gcloud.extend(stackctl_judge::find(&line).map(|method| method.id.clone()));
            evidence.fields.extend(stackctl_judge::fields(&line));
        }
        evidence
    }

    /// What proves a method; `documents` where nothing else does.
    fn of(&self, method: &str) -> String {
        let mut proofs = Vec::new();
        if let Some(cases) = self.recorded.get(method) {
            proofs.push(format!("recording ({})", cases.len()));
        }
        if self.gcloud.contains(method) {
            proofs.push("gcloud".to_owned());
        }
        if proofs.is_empty() { "documents".to_owned() } else { proofs.join(", ") }
    }
}

fn line(request: &Request) -> Json {
    record::line(1, request, None)
}

fn last(method: &str) -> &str {
    method.rsplit('.').next().unwrap_or(method)
}

/// What a kind asks of Google.
struct Asked {
    section: &'static str,
    /// Operation → methods.
    methods: BTreeMap<&'static str, BTreeSet<String>>,
    fields: BTreeSet<String>,
}

fn asked(section: &'static str) -> Asked {
    let mut asked = Asked { section, methods: BTreeMap::new(), fields: BTreeSet::new() };
    for (operation, request) in examples::requests(section) {
        let line = line(&request);
        let method = stackctl_judge::find(&line).unwrap_or_else(|| panic!("{section} {operation}: {request}"));
        asked.methods.entry(operation).or_default().insert(method.id.clone());
        asked.fields.extend(stackctl_judge::fields(&line));
    }
    asked
}

/// What tests with other clients prove: the client, and its table.
fn clients() -> Vec<(&'static str, Json)> {
    let read = |path: &str| {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    vec![("gcloud", read("tests/gcloud/proves.json")), ("SDK", read("tests/sdk/proves.json"))]
}

/// `recording (15), gcloud: insert; documents: setLabels`, or without methods where one proof covers all.
fn cell(asked: &Asked, operation: &str, evidence: &Evidence, clients: &[(&str, Json)]) -> String {
    let Some(methods) = asked.methods.get(operation) else { return "–".to_owned() };
    let mut by_proof: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for method in methods {
        by_proof.entry(evidence.of(method)).or_default().push(last(method));
    }
    let is_one = by_proof.len() == 1;
    let mut parts: Vec<String> = by_proof
        .iter()
        .map(|(proof, methods)| if is_one { proof.clone() } else { format!("{}: {proof}", methods.join(", ")) })
        .collect();
    // The documents come last.
    parts.sort_by_key(|part| part.ends_with("documents"));
    let mut text = parts.join("; ");
    for (client, proves) in clients {
        if proves["kinds"][asked.section][operation].is_string() && !text.contains(client) {
            match text.as_str() {
                // Another client says more than the documents.
                "documents" => (*client).clone_into(&mut text),
                _ => write!(text, "{} {client}", if is_one { "," } else { ";" }).unwrap(),
            }
        }
    }
    for assumption in ASSUMPTIONS.iter().filter(|a| a.section == asked.section && a.operation == operation) {
        write!(text, ", **{}**", assumption.id).unwrap();
    }
    text
}

fn kinds(page: &mut String, all: &[Asked], evidence: &Evidence, clients: &[(&str, Json)]) {
    writeln!(page, "\n## Kinds\n\n| kind | {} | refusals recorded |", OPERATIONS.join(" | ")).unwrap();
    writeln!(page, "|---|{}---|", "---|".repeat(OPERATIONS.len())).unwrap();
    for asked in all {
        let cells: Vec<String> = OPERATIONS.iter().map(|operation| cell(asked, operation, evidence, clients)).collect();
        let methods = asked.methods.values().flatten();
        let refusals: BTreeSet<&String> = methods.filter_map(|method| evidence.refused.get(method)).flatten().collect();
        let refusals: Vec<&str> = refusals.into_iter().map(String::as_str).collect();
        let refusals = if refusals.is_empty() { "–".to_owned() } else { refusals.join(", ") };
        writeln!(page, "| {} | {} | {refusals} |", asked.section, cells.join(" | ")).unwrap();
    }
    page.push_str(
        "\nA replacement is a delete and a create. `iam` are the policies of resources that have one of their own.\n",
    );
}

/// Methods that every run needs and no kind owns.
const SHARED: &[(&str, &[&str])] = &[
    ("the project's number", &["cloudresourcemanager.projects.get"]),
    ("enabled APIs", &["serviceusage.services.list", "serviceusage.services.batchEnable"]),
    ("rights, before the first change", &["cloudresourcemanager.projects.testIamPermissions"]),
    ("operations of Compute", &["compute.globalOperations.get", "compute.regionOperations.get"]),
    ("operations of Cloud SQL", &["sql.operations.get"]),
    ("operations of Cloud Run", &["run.projects.locations.operations.get"]),
    ("operations of Artifact Registry", &["artifactregistry.projects.locations.operations.get"]),
    ("operations of Service Usage", &["serviceusage.operations.get"]),
    ("the inventory in a bucket", &["storage.objects.get", "storage.objects.insert", "storage.objects.delete"]),
];

fn shared(page: &mut String, evidence: &Evidence) {
    page.push_str("\n## What every run needs\n\n| what | methods |\n|---|---|\n");
    for (what, methods) in SHARED {
        let proofs: Vec<String> = methods
            .iter()
            .map(|method| {
                let is_known = stackctl_judge::methods().any(|known| known.id == *method);
                assert!(is_known, "there is no method `{method}`");
                format!("`{method}`: {}", evidence.of(method))
            })
            .collect();
        writeln!(page, "| {what} | {} |", proofs.join("; ")).unwrap();
    }
}

fn fields(page: &mut String, all: &[Asked], evidence: &Evidence) {
    page.push_str(
        "\n## Fields that nobody has seen\n\nFields that stackctl's requests set, and that neither a recording nor gcloud \
         shows: their place and type are Google's, how they behave is not known.\n\n| kind | seen | not seen |\n|---|---|---|\n",
    );
    for asked in all {
        let unseen: Vec<String> = asked.fields.difference(&evidence.fields).map(|field| format!("`{field}`")).collect();
        let seen = asked.fields.len() - unseen.len();
        let unseen = if unseen.is_empty() { "–".to_owned() } else { unseen.join(", ") };
        writeln!(page, "| {} | {seen} of {} | {unseen} |", asked.section, asked.fields.len()).unwrap();
    }
}

fn assumed(page: &mut String) {
    page.push_str("\n## Assumptions\n\nWhat the live suite looks for in the traffic that it records.\n\n");
    page.push_str("| | kind | operation | assumed | by |\n|---|---|---|---|---|\n");
    for assumption in ASSUMPTIONS {
        assert_eq!(assumption.verdict(&[]), Verdict::Unseen);
        let (section, operation) = (assumption.section, assumption.operation);
        let (assumed, source) = (assumption.assumed, assumption.source);
        writeln!(page, "| {} | {section} | {operation} | {assumed} | {source} |", assumption.id).unwrap();
    }
}

fn breakages(page: &mut String) {
    page.push_str(
        "\n## Breakages\n\nThe client broken in one place at a time, and what noticed without the emulator's help: \
         `tests/breakages/run` repeats it. What was missed names the test that ought to have noticed.\n\n\
         | breakage | test | which holds it to | seen |\n|---|---|---|---|\n",
    );
    let folder = root().join("tests/breakages");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "patch"));
    paths.sort();
    assert!(paths.len() >= 20, "{} breakages", paths.len());
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap();
        let head = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        let (breaks, test, held) = (head("Breaks:"), head("Caught by:"), head("Held to:"));
        writeln!(page, "| {breaks} | `{test}` | {held} | {} |", head("Seen:")).unwrap();
    }
}

fn page() -> String {
    let evidence = Evidence::gathered();
    let clients = clients();
    let all: Vec<Asked> = registry::all().iter().map(|row| asked(row.descriptor.section)).collect();
    let mut page = HEAD.to_owned();
    kinds(&mut page, &all, &evidence, &clients);
    shared(&mut page, &evidence);
    assumed(&mut page);
    fields(&mut page, &all, &evidence);
    breakages(&mut page);
    page
}

#[test]
fn the_page_of_what_is_proven_is_what_the_tests_prove() {
    let path = root().join("docs/fidelity.md");
    let page = page();
    if std::env::var_os("STACKCTL_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let changed = page.lines().find(|line| !committed.lines().any(|known| known == *line));
    assert!(
        committed == page,
        "`docs/fidelity.md` is stale, for one at {changed:?}: `STACKCTL_BLESS=1 cargo test --test suite fidelity` writes it"
    );
}

#[test]
fn the_evidence_is_what_is_in_the_recordings() {
    let evidence = Evidence::gathered();
    assert!(evidence.of("compute.networks.insert").starts_with("recording ("));
    assert!(evidence.of("run.projects.locations.workerPools.patch") == "gcloud");
    assert_eq!(evidence.of("run.projects.locations.workerPools.create"), "documents");
    assert!(evidence.fields.contains("Subnetwork.privateIpGoogleAccess"));
    assert!(evidence.refused["iam.projects.serviceAccounts.create"].contains("409 alreadyExists"));
}
