//! What Google's pages demand of a request in prose, which the discovery documents do not mark.

use serde_json::Value as Json;

use crate::documents::Method;
use crate::exchange::Exchange;

/// A demand: methods whose id ends like this, what they need, and the page that says so.
pub struct Page {
    /// The end of a method's id, with the service in front where others have a method of that name.
    pub method: &'static str,
    pub need: Need,
    pub source: &'static str,
}

/// What a request needs.
#[derive(Debug, Clone, Copy)]
pub enum Need {
    /// A field in the body that is neither empty nor absent: `policy.etag`.
    Field(&'static str),
    /// A field in the body, where the one in front is there.
    FieldWith(&'static str, &'static str),
    /// A parameter.
    Parameter(&'static str),
    /// A policy is asked for in the version that shows conditions.
    PolicyVersion,
    /// A policy with conditions says that it has version 3.
    ConditionsVersion,
}

/// What the pages demand.
pub const PAGES: &[Page] = &[
    Page {
        method: "compute.subnetworks.patch",
        need: Need::Field("fingerprint"),
        source: "compute v1 subnetworks: an up-to-date fingerprint must be provided in order to update the Subnetwork",
    },
    Page {
        method: ".setLabels",
        need: Need::Field("labelFingerprint"),
        source: "compute v1 setLabels: an up-to-date fingerprint must be provided in order to change labels",
    },
    Page {
        method: "cloudresourcemanager.projects.setIamPolicy",
        need: Need::Field("policy.bindings"),
        source: "a policy without bindings takes every right on the project away, the owners' too",
    },
    Page {
        method: ".setIamPolicy",
        need: Need::Field("policy.etag"),
        source: "IAM, read-modify-write: without the etag a policy overwrites whatever somebody else has just granted",
    },
    Page {
        method: ".setIamPolicy",
        need: Need::ConditionsVersion,
        source: "IAM, policy versions: conditional bindings are accepted in version 3 only",
    },
    Page {
        method: ".getIamPolicy",
        need: Need::PolicyVersion,
        source: "IAM, policy versions: a lower version is answered without the conditions, and writing it back drops them",
    },
    Page {
        method: "sql.instances.patch",
        need: Need::FieldWith("settings", "settings.settingsVersion"),
        source: "sqladmin v1 Settings.settingsVersion: makes sure that concurrent updates are handled properly",
    },
    Page {
        method: "sql.instances.update",
        need: Need::Field("settings.settingsVersion"),
        source: "sqladmin v1 Settings.settingsVersion: a required field for the update method",
    },
    Page {
        method: "secretmanager.projects.secrets.patch",
        need: Need::Parameter("updateMask"),
        source: "secretmanager v1 secrets.patch: required",
    },
    Page {
        method: "secretmanager.projects.locations.secrets.patch",
        need: Need::Parameter("updateMask"),
        source: "secretmanager v1 secrets.patch: required",
    },
    Page {
        method: "iam.projects.serviceAccounts.patch",
        need: Need::Field("updateMask"),
        source: "iam v1 PatchServiceAccountRequest: without a mask nothing changes",
    },
];

/// The header that names the project to charge; user credentials are refused without it
/// (<https://cloud.google.com/docs/quotas/set-quota-project>). Reads of another project's buckets go without.
const USER_PROJECT: &str = "x-goog-user-project";

/// Whether a fault is that nobody is charged.
pub fn is_uncharged(fault: &str) -> bool {
    fault.contains(USER_PROJECT)
}

/// What is missing.
pub fn faults(exchange: &Exchange, method: &Method) -> Vec<String> {
    let mut faults = Vec::new();
    for page in PAGES.iter().filter(|page| method.id.ends_with(page.method)) {
        faults.extend(page.need.fault(exchange).map(|fault| format!("{fault} ({})", page.source)));
    }
    let names_project = |headers: &Vec<(String, String)>| headers.iter().any(|(name, _)| name == USER_PROJECT);
    if !method.id.starts_with("storage.") && exchange.headers.as_ref().is_some_and(|headers| !names_project(headers)) {
        faults.push(format!("the header `{USER_PROJECT}` is missing: user credentials are refused without it"));
    }
    faults
}

impl Need {
    fn fault(self, exchange: &Exchange) -> Option<String> {
        let missing = |path: &str| {
            let value = dig(&exchange.body, path);
            (value.is_null() || value == "").then(|| format!("`{path}` is missing"))
        };
        match self {
            Self::Field(path) => missing(path),
            Self::FieldWith(other, path) => (!dig(&exchange.body, other).is_null()).then(|| missing(path)).flatten(),
            Self::Parameter(name) => exchange.parameter(name).is_none().then(|| format!("`{name}` is missing")),
            Self::PolicyVersion => {
                let asked = exchange.parameter("options.requestedPolicyVersion").map(str::to_owned);
                let asked = asked.unwrap_or_else(|| dig(&exchange.body, "options.requestedPolicyVersion").to_string());
                (asked != "3").then(|| "the policy is not asked for in version 3".to_owned())
            }
            Self::ConditionsVersion => {
                let bindings = dig(&exchange.body, "policy.bindings").as_array().cloned().unwrap_or_default();
                let is_conditional = bindings.iter().any(|binding| !binding["condition"].is_null());
                (is_conditional && dig(&exchange.body, "policy.version") != 3)
                    .then(|| "a policy with conditions has no version 3".to_owned())
            }
        }
    }
}

fn dig<'a>(json: &'a Json, path: &str) -> &'a Json {
    path.split('.').fold(json, |json, key| &json[key])
}
