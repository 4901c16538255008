//! Cloud SQL instances.
//!
//! Updates are `PUT`s of the whole live instance with the file laid over it, guarded by `settingsVersion`, as recorded;
//! a version goes first and alone. A deleted instance blocks its name for a week.

mod calls;
mod checks;
mod fields;
mod filled;
mod network;
mod spec;
#[cfg(test)]
mod tests;
mod upkeep;

use super::{API, engine, refusals};
use crate::kinds::call::{FinalBackup, Refusal, Verdict};
use crate::kinds::payload::{Payload, source_of};
use crate::kinds::{
    Call, CheckInput, Descriptor, Durations, HoldsData, IdStyle, Kind, ListStyle, Live, Location, Output, Passing,
    Shape, StepInput, UpdateStyle, descriptor_calls, int64, shape,
};
use crate::model::{Action, Diagnostic, Doc, DocPath, Map, Place, ProjectFacts};
use crate::wire::operation::Family;

pub use spec::SqlInstanceSpec;

/// The kind.
#[derive(Debug)]
pub struct SqlInstances;

/// Fields that stand beside `settings` in the API.
const OUTER: &[&str] = &[
    "availableMaintenanceVersions",
    "backendType",
    "connectionName",
    "createTime",
    "currentDiskSize",
    "databaseCenterIntegration",
    "databaseCenterIntegrationEnabled",
    "databaseInstalledVersion",
    "databaseVersion",
    "deploymentInfo",
    "diskEncryptionConfiguration",
    "diskEncryptionStatus",
    "dnsName",
    "dnsNames",
    "etag",
    "failoverReplica",
    "gceZone",
    "geminiConfig",
    "includeReplicasForMajorVersionUpgrade",
    "instanceType",
    "ipAddresses",
    "ipv6Address",
    "kind",
    "maintenanceVersion",
    "masterInstanceName",
    "maxDiskSize",
    "name",
    "nodeCount",
    "nodes",
    "onPremisesConfiguration",
    "outOfDiskReport",
    "primaryDnsName",
    "project",
    "pscServiceAttachmentLink",
    "region",
    "replicaConfiguration",
    "replicaNames",
    "replicationCluster",
    "rootPassword",
    "satisfiesPzi",
    "satisfiesPzs",
    "scheduledMaintenance",
    "secondaryGceZone",
    "selfLink",
    "serverCaCert",
    "serviceAccountEmailAddress",
    "skipPrecheck",
    "sqlNetworkArchitecture",
    "state",
    "suspensionReason",
    "switchTransactionLogsToCloudStorageEnabled",
    "tags",
    "upgradableDatabaseVersions",
    "writeEndpoint",
];

/// 64-bit integers, in API space.
const INT64: &[&str] = &[
    "currentDiskSize",
    "maxDiskSize",
    "settings.dataDiskSizeGb",
    "settings.dataDiskProvisionedIops",
    "settings.dataDiskProvisionedThroughput",
    "settings.storageAutoResizeLimit",
];

const SHAPES: &[Shape] = &[
    Shape::Entries { path: "databaseFlags", key: "name", value: "value" },
    Shape::Entries { path: "connectionPoolConfig.flags", key: "name", value: "value" },
    Shape::Nest { api: "settings", outer: OUTER },
    Shape::Custom {
        to_api: |doc| int64::to_text(doc, INT64),
        to_file: |doc| int64::to_number(doc, INT64),
        api_path: |_| None,
    },
];

/// The static facts.
pub static DESCRIPTOR: Descriptor = Descriptor {
    section: "sqlInstances",
    noun: "SQL instance",
    doc: "Cloud SQL instances: PostgreSQL, MySQL and SQL Server, run by Google.",
    api: API,
    location: Location::Region,
    parents: &[],
    collection: "projects/{project}/instances",
    item: "projects/{project}/instances/{name}",
    id: IdStyle::Body("name"),
    list: Some(ListStyle { items: "items", page_size: Some(("maxResults", 1000)), name: "name", complete: true }),
    readable: true,
    update: UpdateStyle::Put,
    family: Family::Sql,
    unique_id: Some("createTime"),
    guard: Some("settings.settingsVersion"),
    labels: Some("userLabels"),
    policy: None,
    holds_data: HoldsData::Yes("all databases of the instance"),
    durations: Durations { create: 300, update: 60, delete: 110 },
    name_blocked_days: Some(7),
    serialised_by: Some("projects/{project}/instances/{name}"),
    shapes: SHAPES,
    fields: fields::FIELDS,
    outputs: OUTPUTS,
};

const OUTPUTS: &[Output] = &[
    Output { name: "name", path: "name", doc: "Its name." },
    Output {
        name: "connectionName",
        path: "connectionName",
        doc: "`PROJECT:REGION:NAME`, for Cloud SQL's connectors.",
    },
    Output {
        name: "pscServiceAttachmentLink",
        path: "pscServiceAttachmentLink",
        doc: "The service attachment to which PSC endpoints connect.",
    },
    Output { name: "dnsName", path: "dnsName", doc: "Its DNS name." },
    Output { name: "ipAddress", path: "", doc: "Its first address for clients: the public one, else the private one." },
    Output { name: "publicIpAddress", path: "", doc: "Its public address." },
    Output { name: "privateIpAddress", path: "", doc: "Its address in the network." },
    Output {
        name: "serviceAccountEmailAddress",
        path: "serviceAccountEmailAddress",
        doc: "The service account as which it reads and writes buckets.",
    },
    Output { name: "serverCaCert", path: "serverCaCert.cert", doc: "The certificate of its server's CA, PEM." },
    Output { name: "databaseInstalledVersion", path: "databaseInstalledVersion", doc: "The version that runs." },
    Output { name: "maintenanceVersion", path: "maintenanceVersion", doc: "The maintenance release that runs." },
    Output { name: "zone", path: "gceZone", doc: "The zone in which it runs." },
    Output { name: "selfLink", path: "selfLink", doc: "Its URL in the API." },
];

/// Addresses that follow from `ipConfiguration`.
const ADDRESSES: &[&str] = &["ipAddress", "publicIpAddress", "privateIpAddress"];
/// What Private Service Connect gives.
const BY_PSC: &[&str] = &["pscServiceAttachmentLink", "dnsName"];

impl Kind for SqlInstances {
    type Spec = SqlInstanceSpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        let is_ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_ok) {
            return Err("lower case letters, digits and `-`, beginning with a letter".to_owned());
        }
        if name.len() > 96 {
            return Err("at most 98 characters, the project's id and a colon before it included".to_owned());
        }
        Ok(())
    }

    fn complete(place: &Place, doc: &mut Doc) {
        if !place.location().is_empty() {
            doc.put("region", Doc::from(place.location()));
        }
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        checks::check(input)
    }

    fn payloads(doc: &Doc) -> Vec<Payload> {
        let source = doc.get("rootPassword").and_then(source_of);
        source.map(|source| Payload { name: "rootPassword", source }).into_iter().collect()
    }

    fn unsettled(input: &StepInput<'_>) -> Vec<&'static str> {
        let mut outputs = Vec::new();
        let touches = |field: &str| {
            let field = DocPath::keys(field);
            input.changed.iter().chain(input.removed).any(|path| path.starts_with(&field))
        };
        // The attachment stays for the life of the instance: only turning PSC on makes one.
        if touches("ipConfiguration.pscConfig.pscEnabled") {
            outputs.extend(BY_PSC);
        }
        if ["ipv4Enabled", "privateNetwork", "allocatedIpRange"]
            .iter()
            .any(|field| touches(&format!("ipConfiguration.{field}")))
        {
            outputs.extend(ADDRESSES);
        }
        if touches("databaseVersion") {
            outputs.extend(["databaseInstalledVersion", "maintenanceVersion"]);
        }
        if touches("maintenanceVersion") {
            outputs.push("maintenanceVersion");
        }
        if touches("locationPreference") {
            outputs.push("zone");
        }
        outputs
    }

    fn known_outputs(place: &Place, _: &ProjectFacts, _: &Doc) -> Map {
        let mut outputs = Map::from([("name".to_owned(), Doc::from(place.name()))]);
        if !place.location().is_empty() && !place.project().is_empty() {
            let name = place.fill("{project}:{location}:{name}");
            outputs.insert("connectionName".to_owned(), Doc::from(name));
        }
        outputs
    }

    fn live_outputs(_: &Place, live: &Live) -> Map {
        let address = |kind: &str| {
            let addresses = live.api.get("ipAddresses")?.as_array()?;
            let found = addresses.iter().find(|address| address["type"] == kind)?;
            found.get("ipAddress")?.as_str().map(Doc::from)
        };
        let (public, private) = (address("PRIMARY"), address("PRIVATE"));
        let named = [
            ("ipAddress", public.clone().or_else(|| private.clone())),
            ("publicIpAddress", public),
            ("privateIpAddress", private),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    fn to_file(place: &Place, live: &Live) -> Doc {
        let mut file = descriptor_calls::to_file(&DESCRIPTOR, place, live);
        // Google answers with `project:name` for what was sent as `name`.
        let own = format!("{}:", place.project());
        let primary = file.dig_str("masterInstanceName").and_then(|name| name.strip_prefix(&own)).map(Doc::from);
        if let Some(primary) = primary {
            file.put("masterInstanceName", primary);
        }
        file.take(shape::UNKNOWN_OUTER);
        file
    }

    fn filled(_: &Place, _: &ProjectFacts, file: &Doc) -> Doc {
        filled::filled(file)
    }

    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        calls::calls(input)
    }

    fn objections(input: &StepInput<'_>) -> Vec<Diagnostic> {
        if input.action == Action::Create {
            return input.desired.and_then(checks::needs_password).into_iter().collect();
        }
        let Some(live) = input.live else { return Vec::new() };
        match input.action {
            Action::Delete | Action::Replace => protected(input.place, live).into_iter().collect(),
            _ => [version_goes_down(input, live), edition_goes_down(input, live)].into_iter().flatten().collect(),
        }
    }

    fn verify(input: &StepInput<'_>, live: &Live) -> Result<(), Diagnostic> {
        let name = input.place.name();
        if live.api["state"] == "FAILED" {
            return Err(Diagnostic::error(
                "instance-failed",
                format!("the SQL instance `{name}` is in state `FAILED`"),
            )
            .hint(format!("`gcloud sql operations list --instance={name}` says why")));
        }
        let wants_psc = input.desired.and_then(|doc| doc.dig("ipConfiguration.pscConfig.pscEnabled"));
        if wants_psc.and_then(Doc::as_bool) == Some(true) && live.api["pscServiceAttachmentLink"].as_str().is_none() {
            return Err(Diagnostic::error(
                "psc-missing",
                format!("`{name}` has no service attachment though PSC is on"),
            )
            .field(DocPath::keys("ipConfiguration.pscConfig.pscEnabled"))
            .hint("PSC cannot be turned on for every existing instance; a new one under another name has it"));
        }
        Ok(())
    }

    fn passing(live: &Live) -> Passing {
        match live.api["state"].as_str() {
            Some("FAILED" | "SUSPENDED") => Passing::No,
            Some("PENDING_CREATE" | "MAINTENANCE") => Passing::WhileItWorks,
            _ => Passing::Shortly,
        }
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        if let Some(verdict) = refusals::busy(refusal) {
            return verdict;
        }
        let name = refusal.place.name();
        let is_create = matches!(refusal.action, Action::Create | Action::Replace) && refusal.call == "create";
        if is_create && refusal.error.status == 409 && refusal.live.is_none() {
            let message =
                format!("the name `{name}` is blocked: an instance of that name was deleted in the last week");
            return Verdict::Failed(Box::new(
                Diagnostic::error("name-blocked", message)
                    .hint(format!("give the entry another name: `name: {name}-2`; or wait up to 10 days")),
            ));
        }
        if refusal.call == "delete" && refusal.error.status == 400 {
            let protected = refusal.live.and_then(|live| protected_api(refusal.place, live));
            let replicas = refusal.live.and_then(|live| has_replicas(refusal.place, live));
            if let Some(fault) = protected.or(replicas) {
                return Verdict::Failed(Box::new(fault));
            }
        }
        Verdict::General
    }

    fn consequences(input: &StepInput<'_>) -> Vec<String> {
        consequences(input)
    }
}

fn protected(place: &Place, live: &Live) -> Option<Diagnostic> {
    protected_api(place, &live.api)
}

fn protected_api(place: &Place, live: &serde_json::Value) -> Option<Diagnostic> {
    (live["settings"]["deletionProtectionEnabled"] == true).then(|| {
        Diagnostic::error(
            "deletion-protected",
            format!("the SQL instance `{}` is protected from deletion", place.name()),
        )
        .field(DocPath::keys("deletionProtectionEnabled"))
        .hint("write `deletionProtectionEnabled: false` into its entry and apply that first")
    })
}

fn has_replicas(place: &Place, live: &serde_json::Value) -> Option<Diagnostic> {
    let replicas: Vec<&str> = live["replicaNames"].as_array()?.iter().filter_map(|name| name.as_str()).collect();
    (!replicas.is_empty()).then(|| {
        let message = format!("the SQL instance `{}` has replicas: `{}`", place.name(), replicas.join("`, `"));
        Diagnostic::error("has-replicas", message).hint("delete or promote them first")
    })
}

fn version_goes_down(input: &StepInput<'_>, live: &Live) -> Option<Diagnostic> {
    let wanted = input.desired?.dig_str("databaseVersion")?;
    let current = live.api.get("databaseVersion")?.as_str()?;
    let message = match engine::compare(wanted, current) {
        Some(std::cmp::Ordering::Less) => format!("`databaseVersion` cannot go down from `{current}` to `{wanted}`"),
        Some(_) => return None,
        None => format!("a `{current}` instance cannot become `{wanted}`"),
    };
    Some(
        Diagnostic::error("version-down", message)
            .field(DocPath::keys("databaseVersion"))
            .hint(format!("keep `{current}`, or make a new entry with a new name and move the data")),
    )
}

fn edition_goes_down(input: &StepInput<'_>, live: &Live) -> Option<Diagnostic> {
    let wanted = input.desired?.dig_str("edition")?;
    let current = live.api["settings"]["edition"].as_str()?;
    (current == "ENTERPRISE_PLUS" && wanted != current).then(|| {
        Diagnostic::error("edition-down", format!("`edition` cannot go down from `{current}` to `{wanted}`"))
            .field(DocPath::keys("edition"))
            .hint(format!("keep `{current}`, or make a new entry with a new name and move the data"))
    })
}

/// Changes that make the database stop for a moment
/// (<https://cloud.google.com/sql/docs/postgres/edit-instance>).
const RESTARTING: &[&str] = &["tier", "edition", "availabilityType", "databaseVersion", "maintenanceVersion"];

fn consequences(input: &StepInput<'_>) -> Vec<String> {
    let mut words = Vec::new();
    if matches!(input.action, Action::Delete | Action::Replace) {
        words.push("all databases of the instance are lost".to_owned());
        words.push(match (input.final_backup, input.live.is_some_and(|live| calls::takes_backups(&live.api))) {
            (FinalBackup::Take, true) => {
                format!("a last backup is taken and kept {} days", calls::backup_days(input))
            }
            _ => "no last backup is taken".to_owned(),
        });
    }
    if matches!(input.action, Action::Create | Action::Replace) {
        let tier = input.desired.and_then(|doc| doc.dig_str("tier")).unwrap_or("the machine");
        words.push(format!("Google charges for `{tier}` and its disk as long as the instance exists"));
    }
    if matches!(input.action, Action::Update | Action::Adopt) {
        let changes = |field: &str| input.changed.iter().any(|path| path.starts_with(&DocPath::keys(field)));
        if RESTARTING.iter().any(|field| changes(field)) {
            words.push("the database restarts: open connections break".to_owned());
        }
        if changes("databaseVersion") {
            words.push("a version upgrade cannot be undone".to_owned());
        }
    }
    words
}
