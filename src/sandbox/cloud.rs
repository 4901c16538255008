//! The state of the emulated cloud: projects, documents, what is under way, and the settings of a run.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::faults::Faults;
use super::ids::{self, Ids};
use super::policy;
use super::store::{Change, Store};
use super::times;

/// The project that stands ready in every sandbox.
pub const DEFAULT_PROJECT: &str = "sandbox-project";

/// How operations take their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Each operation is unfinished for one poll, then done.
    Instant,
    /// Each operation takes as long as Google's do, on the clock that `now` shows (which the shell may run faster).
    Timed,
}

/// What happens to a project that nobody has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projects {
    /// It is made on first use.
    OnUse,
    /// It is refused, as Google refuses it.
    Strict,
}

/// What Cloud Run takes for an image that nobody has pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    /// It exists: a repository of this cloud learns of it when it is deployed.
    Trusted,
    /// It does not exist, where it would lie in a repository of this cloud.
    Strict,
}

/// How this run of the sandbox behaves; not part of what it remembers.
#[derive(Debug, Clone)]
pub struct Settings {
    pub pace: Pace,
    pub projects: Projects,
    pub images: Images,
    /// Who calls, where answers name the caller.
    pub caller: String,
    /// For how long after it was enabled an API still answers `SERVICE_DISABLED`.
    pub propagation_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            pace: Pace::Instant,
            projects: Projects::OnUse,
            images: Images::Trusted,
            caller: "sandbox-user@example.com".to_owned(),
            propagation_ms: 0,
        }
    }
}

/// A project by both of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub id: String,
    pub number: String,
}

/// The emulated cloud.
#[derive(Debug)]
pub struct Cloud {
    pub store: Store,
    pub ids: Ids,
    pub settings: Settings,
    pub faults: Faults,
    /// The latest time that was seen: time never runs backwards.
    pub now: Timestamp,
    numbers: BTreeMap<String, String>,
    /// Unfinished operations by the time at which they end.
    pub(super) due: BTreeSet<(i64, String)>,
    /// Unfinished operations by the key of what they change.
    pub(super) busy: BTreeMap<String, BTreeSet<String>>,
    /// Finished operations by the time at which they ended.
    pub(super) done: BTreeSet<(i64, String)>,
    /// How often an unfinished operation was asked for; forgotten with the process.
    pub(super) polls: BTreeMap<String, u32>,
    /// How often what an operation changes was read while nobody asked for the operation.
    pub(super) looks: BTreeMap<String, u32>,
}

/// Enabled in every new project, as Google lists them; what stackctl's kinds need is not among them.
const BORN_ENABLED: [&str; 20] = [
    "analyticshub.googleapis.com",
    "bigquery.googleapis.com",
    "bigqueryconnection.googleapis.com",
    "bigquerydatapolicy.googleapis.com",
    "bigquerymigration.googleapis.com",
    "bigqueryreservation.googleapis.com",
    "bigquerystorage.googleapis.com",
    "cloudapis.googleapis.com",
    "cloudtrace.googleapis.com",
    "dataform.googleapis.com",
    "dataplex.googleapis.com",
    "datastore.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "servicemanagement.googleapis.com",
    "serviceusage.googleapis.com",
    "sql-component.googleapis.com",
    "storage-api.googleapis.com",
    "storage-component.googleapis.com",
    "storage.googleapis.com",
];

impl Cloud {
    /// An empty cloud.
    pub fn new(seed: u64, settings: Settings) -> Self {
        Self {
            store: Store::default(),
            ids: Ids::new(seed),
            settings,
            faults: Faults::default(),
            now: Timestamp::UNIX_EPOCH,
            numbers: BTreeMap::new(),
            due: BTreeSet::new(),
            busy: BTreeMap::new(),
            done: BTreeSet::new(),
            polls: BTreeMap::new(),
            looks: BTreeMap::new(),
        }
    }

    /// Takes over a change from the log.
    pub fn replay(&mut self, change: Change) {
        let (key, document) = &change;
        let number = document.as_ref().and_then(|document| document["projectNumber"].as_str());
        if let (Some(id), Some(number)) = (key.strip_prefix("project/"), number) {
            self.numbers.insert(number.to_owned(), id.to_owned());
        }
        if key.starts_with("op/") {
            self.index_operation(key, document.as_ref());
        }
        self.store.replay(change);
    }

    /// The project of that id or number, if it exists.
    pub fn project(&self, name: &str) -> Option<Project> {
        let id = self.numbers.get(name).map_or(name, String::as_str);
        let document = self.store.get(&format!("project/{id}"))?;
        Some(Project { id: id.to_owned(), number: document["projectNumber"].as_str()?.to_owned() })
    }

    /// The project of that id or number, made where that is allowed and the name can be one.
    pub fn project_or_new(&mut self, name: &str) -> Option<Project> {
        if let Some(project) = self.project(name) {
            return Some(project);
        }
        (self.settings.projects == Projects::OnUse && is_project_id(name)).then(|| self.make_project(name))
    }

    /// Makes a project with the APIs that a new one has.
    pub fn make_project(&mut self, id: &str) -> Project {
        let number = (100_000_000_000 + ids::hash(id) % 899_999_999_999).to_string();
        let created = times::microseconds(self.now);
        let document = json!({
            "projectNumber": number, "projectId": id, "lifecycleState": "ACTIVE", "name": id, "createTime": created,
        });
        self.store.put(format!("project/{id}"), document);
        self.numbers.insert(number.clone(), id.to_owned());
        let owner = json!({"role": "roles/owner", "members": [format!("user:{}", self.settings.caller)]});
        policy::seed(self, &format!("policy/projects/{id}"), vec![owner]);
        for service in BORN_ENABLED {
            self.store.put(api_key(id, service), json!({"state": "ENABLED"}));
        }
        Project { id: id.to_owned(), number }
    }

    /// Whether an API is enabled in a project, and long enough to be honoured.
    pub fn is_enabled(&self, project: &str, service: &str) -> bool {
        let Some(state) = self.store.get(&api_key(project, service)) else { return false };
        let since = state["at"].as_i64().unwrap_or(i64::MIN);
        state["state"] == "ENABLED" && since.saturating_add(self.settings.propagation_ms) <= times::millis(self.now)
    }

    /// Enables or disables an API at once.
    pub fn set_enabled(&mut self, project: &str, service: &str, state: &str) {
        let at = times::millis(self.now);
        self.store.put(api_key(project, service), json!({"state": state, "at": at}));
    }

    /// Blocks a name until a time: a deleted Cloud SQL instance keeps its name for a week.
    pub fn block(&mut self, key: &str, until: Timestamp) {
        self.store.put(format!("block/{key}"), json!({"until": times::millis(until)}));
    }

    /// Until when a name is blocked, if it is.
    pub fn blocked(&self, key: &str) -> Option<Timestamp> {
        let until = self.store.get(&format!("block/{key}"))?["until"].as_i64()?;
        (until > times::millis(self.now)).then(|| times::from_millis(until))
    }

    /// Everything that a project holds but for its own policy, operations, the APIs' states and blocked names.
    pub fn resources_of(&self, project: &str) -> BTreeMap<&str, &Json> {
        let part = format!("/projects/{project}/");
        let is_own = |key: &str| ["op/", "block/", "api/", "policy/"].iter().any(|prefix| key.starts_with(prefix));
        self.store
            .all()
            .iter()
            .filter(|(key, _)| !is_own(key))
            .filter(|(key, _)| key.contains(&part))
            .map(|(key, document)| (key.as_str(), document))
            .collect()
    }
}

/// The key under which an API's state in a project is kept.
pub fn api_key(project: &str, service: &str) -> String {
    format!("api/{project}/{service}")
}

/// Google's rule for project ids: 6 to 30 characters, lower-case letters, digits and hyphens, a letter first.
pub fn is_project_id(name: &str) -> bool {
    (6..=30).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_known_by_id_and_number() {
        let mut cloud = Cloud::new(1, Settings::default());
        let project = cloud.project_or_new("demo-project-1").unwrap();
        assert_eq!(cloud.project(&project.number), Some(project.clone()));
        assert_eq!(cloud.project_or_new("demo-project-1"), Some(project));
        assert_eq!(cloud.project_or_new("Not A Project"), None);
        assert_eq!(cloud.project_or_new("123456789"), None);
        cloud.settings.projects = Projects::Strict;
        assert_eq!(cloud.project_or_new("demo-project-2"), None);
    }

    #[test]
    fn an_api_just_enabled_is_honoured_after_its_propagation() {
        let mut cloud = Cloud::new(1, Settings { propagation_ms: 5000, ..Settings::default() });
        cloud.make_project("demo-project-1");
        assert!(!cloud.is_enabled("demo-project-1", "run.googleapis.com"));
        cloud.set_enabled("demo-project-1", "run.googleapis.com", "ENABLED");
        assert!(!cloud.is_enabled("demo-project-1", "run.googleapis.com"));
        cloud.now = times::plus_seconds(cloud.now, 5);
        assert!(cloud.is_enabled("demo-project-1", "run.googleapis.com"));
    }
}
