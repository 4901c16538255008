//! Who made a resource: people, Google by itself, or another stack.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::found::{Found, Resource};
use crate::kinds::rules::STACK_LABEL;

/// Who made a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    People,
    /// Google, by itself: in words.
    Google(&'static str),
    /// Google holds it for something else, and no entry could: in words.
    Held(&'static str),
    /// Another stack, which its label names.
    Stack(String),
}

/// Databases that every instance has.
const DATABASES: &[&str] = &[
    "postgres",
    "cloudsqladmin",
    "template0",
    "template1",
    "mysql",
    "information_schema",
    "performance_schema",
    "sys",
    "master",
    "model",
    "msdb",
    "tempdb",
];
/// Users that instances come with.
const USERS: &[&str] = &[
    "postgres",
    "root",
    "sqlserver",
    "cloudsqladmin",
    "cloudsqlagent",
    "cloudsqlimportexport",
    "cloudsqlreplica",
    "cloudsqlsuperuser",
    "mysql.infoschema",
    "mysql.session",
    "mysql.sys",
];

/// Tells who made each resource of a project.
#[derive(Debug, Default)]
pub struct Origins {
    /// Paths of networks in which Google makes the subnetworks.
    automatic: BTreeSet<String>,
    /// The stack for which is exported.
    stack: String,
}

impl Origins {
    /// For an export as the stack `stack`.
    pub fn of(found: &Found, stack: &str) -> Self {
        let networks = found.resources.iter().filter(|resource| resource.section() == "networks");
        let automatic = networks.filter(|network| network.live.api["autoCreateSubnetworks"] == true);
        Self { automatic: automatic.map(Resource::path).collect(), stack: stack.to_owned() }
    }

    /// Who made a resource.
    pub fn who(&self, resource: &Resource) -> Origin {
        let api = &resource.live.api;
        let name = resource.place.name();
        if let Some(label) = label(resource, STACK_LABEL).filter(|label| *label != self.stack) {
            return Origin::Stack(label.to_owned());
        }
        if label(resource, "goog-managed-by").is_some() {
            return Origin::Google("another Google service made it and keeps it");
        }
        match resource.section() {
            "networks" if name == "default" && api["autoCreateSubnetworks"] == true => {
                Origin::Google("the default network of every new project")
            }
            "subnetworks" if self.is_automatic(&api["network"]) => {
                Origin::Google("Google makes the subnetworks of its network")
            }
            "addresses" if name.starts_with("serverless-ipv4-") || api["purpose"] == "SERVERLESS" => {
                Origin::Held("Cloud Run holds it")
            }
            "addresses" if api["purpose"] == "NAT_AUTO" => Origin::Held("Cloud NAT holds it"),
            "sqlDatabases" if DATABASES.contains(&name) => Origin::Google("every instance has it"),
            "sqlUsers" if is_built_in(api) && is_system_user(name) => {
                Origin::Google("instances come with it; its password is nobody's to read")
            }
            "repositories" if name == "gcf-artifacts" => Origin::Google("Cloud Functions made it"),
            _ => Origin::People,
        }
    }

    fn is_automatic(&self, network: &Json) -> bool {
        network.as_str().is_some_and(|link| self.automatic.iter().any(|path| link.ends_with(path.as_str())))
    }
}

/// A label of a live resource.
pub(super) fn label<'a>(resource: &'a Resource, name: &str) -> Option<&'a str> {
    let field = resource.row.descriptor.labels?;
    let api = &resource.live.api;
    let labels = api.get(field).or_else(|| api.get("settings")?.get(field))?;
    labels.get(name)?.as_str()
}

fn is_built_in(api: &Json) -> bool {
    api.get("type").and_then(Json::as_str).is_none_or(|kind| kind == "BUILT_IN")
}

fn is_system_user(name: &str) -> bool {
    USERS.contains(&name.split('@').next().unwrap_or(name)) || name.starts_with("cloudsql")
}
