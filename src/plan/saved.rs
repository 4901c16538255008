//! Saved plans: exactly what apply will do, as a file.
//!
//! A saved plan holds what was compared (values before and after, unique ids), the hashes of the files it was made
//! from, what was selected and allowed; no etags, and no secrets: a sensitive value is there as its keyed hash, or not
//! at all while there is no inventory whose key could make one. Apply makes a fresh plan from the same file and
//! carries that one out, if nothing that the saved plan holds has moved.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::inputs::Options;
use super::types::{Change, Estimate, Plan, Planned};
use crate::model::{Action, Address, Diagnostic, Doc};
use crate::records::{CloudKey, HashKey};

/// The newest version of the format that this program reads and writes.
pub const VERSION: u32 = 1;

/// Stands for a sensitive value of which no hash could be made.
const NOT_COMPARED: &str = "not compared";

/// A plan as a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedPlan {
    pub version: u32,
    pub cloud: CloudKey,
    /// What was selected and allowed; the time in it is when the plan was made.
    pub options: Options,
    /// What the plan was made from.
    pub made_from: MadeFrom,
    /// Without documents, estimates and words, sensitive values hidden.
    pub plan: Plan,
}

/// Why a text is no saved plan.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// Not JSON, or not of a saved plan's form.
    #[error("this is no saved plan")]
    Damaged {
        #[source]
        source: serde_json::Error,
    },
    /// Written by another stackctl.
    #[error("the saved plan has version {found}; this stackctl knows version {VERSION}")]
    OtherVersion { found: u64 },
}

impl SavedError {
    /// The way out, for people.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "make a new one with `stackctl plan --out FILE`",
            Self::OtherVersion { .. } => "apply it with the stackctl that made it, or make a new one",
        }
    }
}

/// What a plan was made from beside the cloud, in words (`` `stack.yaml` ``, ``the environment variable `X` ``), each
/// with its hash.
///
/// Values that may be secret are there as hashes with the inventory's key, never without one: what is short could be
/// guessed. They are not compared where there was no inventory when the plan was made.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MadeFrom(BTreeMap<String, String>);

impl MadeFrom {
    /// A stack file, a variable file, or one that `${file("…")}` names.
    pub fn file(&mut self, name: &str, contents: &[u8]) {
        self.0.insert(format!("`{name}`"), hash(contents));
    }

    /// An environment variable that `${env.NAME}` names; `None`: it is not set.
    pub fn environment(&mut self, name: &str, value: Option<&str>, key: Option<&HashKey>) {
        self.0.insert(format!("the environment variable `{name}`"), keyed(value, key));
    }

    /// `--var NAME=VALUE`.
    pub fn variable(&mut self, name: &str, value: &str, key: Option<&HashKey>) {
        self.0.insert(format!("`--var {name}`"), keyed(Some(value), key));
    }

    /// A value that stands in no document (a secret's), and its keyed hash; without a key it is not compared.
    pub fn value(&mut self, address: &Address, name: &str, keyed: Option<&str>) {
        self.0.insert(format!("`{name}` of `{address}`"), keyed.unwrap_or(NOT_COMPARED).to_owned());
    }

    /// What is not the same in both, in words.
    fn moved<'a>(&'a self, now: &'a Self) -> impl Iterator<Item = &'a str> {
        let is_same = |name: &String| match (self.0.get(name), now.0.get(name)) {
            (Some(then), Some(now)) => then == now || [then, now].iter().any(|hash| *hash == NOT_COMPARED),
            _ => false,
        };
        let names: std::collections::BTreeSet<&String> = self.0.keys().chain(now.0.keys()).collect();
        names.into_iter().filter(move |name| !is_same(name)).map(String::as_str)
    }
}

fn keyed(value: Option<&str>, key: Option<&HashKey>) -> String {
    let doc = value.map_or(Doc::Null, Doc::from);
    key.and_then(|key| key.hash(&doc)).unwrap_or_else(|| NOT_COMPARED.to_owned())
}

/// The hash of a file's contents.
fn hash(contents: &[u8]) -> String {
    let digest = Sha256::digest(contents);
    digest.iter().fold(String::from("sha256:"), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The text of a plan's file.
///
/// `key` is the stored inventory's; absent where none is stored yet.
pub fn write(plan: &Plan, options: &Options, cloud: &CloudKey, made_from: MadeFrom, key: Option<&HashKey>) -> String {
    let saved = SavedPlan {
        version: VERSION,
        cloud: cloud.clone(),
        options: options.clone(),
        made_from,
        plan: bare(plan, key),
    };
    let mut text = serde_json::to_string_pretty(&saved).expect("a plan is plain JSON");
    text.push('\n');
    text
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// `Damaged`, `OtherVersion`.
pub fn read(text: &str) -> Result<SavedPlan, SavedError> {
    #[derive(Deserialize)]
    struct Version {
        version: u64,
    }
    let damaged = |source| SavedError::Damaged { source };
    let found = serde_json::from_str::<Version>(text).map_err(damaged)?.version;
    if found != u64::from(VERSION) {
        return Err(SavedError::OtherVersion { found });
    }
    serde_json::from_str(text).map_err(damaged)
}

impl SavedPlan {
    /// What was selected and allowed, at another time.
    pub fn options(&self, now: impl Into<String>) -> Options {
        Options { now: now.into(), ..self.options.clone() }
    }
}

/// What a plan holds without documents, words and estimates, sensitive values hidden.
fn bare(plan: &Plan, key: Option<&HashKey>) -> Plan {
    let hide = |doc: &Doc| hidden(doc, key);
    let change = |change: &Change| Change {
        before: change.before.as_ref().map(hide),
        after: change.after.as_ref().map(hide),
        ..change.clone()
    };
    let planned = |planned: &Planned| Planned {
        desired: None,
        changes: planned.changes.iter().map(change).collect(),
        reasons: Vec::new(),
        consequences: Vec::new(),
        usual_ms: 0,
        stale_record: false,
        ..planned.clone()
    };
    Plan {
        resources: plan.resources.iter().map(planned).collect(),
        outputs: BTreeMap::new(),
        findings: Vec::new(),
        estimate: Estimate::default(),
        tombstones: Vec::new(),
        enable_apis: plan.enable_apis.clone(),
        stack: plan.stack.clone(),
        project: plan.project.clone(),
        purpose: plan.purpose,
    }
}

fn hidden(doc: &Doc, key: Option<&HashKey>) -> Doc {
    match doc {
        Doc::Sensitive(inner) => {
            let hash = key.and_then(|key| key.hash(inner));
            Doc::Sensitive(Box::new(Doc::String(hash.unwrap_or_else(|| NOT_COMPARED.to_owned()))))
        }
        Doc::List(list) => Doc::List(list.iter().map(|doc| hidden(doc, key)).collect()),
        Doc::Map(map) => Doc::Map(map.iter().map(|(name, doc)| (name.clone(), hidden(doc, key))).collect()),
        other => other.clone(),
    }
}

/// What has moved since a plan was saved: one finding a thing; empty: the fresh plan is the saved one.
///
/// `key` is the stored inventory's, as for [`write`]. What a run in between enabled is no difference.
pub fn compare(
    saved: &SavedPlan,
    fresh: &Plan,
    cloud: &CloudKey,
    made_from: &MadeFrom,
    key: Option<&HashKey>,
) -> Vec<Diagnostic> {
    let mut moved = Vec::new();
    let then = &saved.plan;
    if (&then.stack, &saved.cloud, then.purpose) != (&fresh.stack, cloud, fresh.purpose)
        || then.project.number != fresh.project.number
    {
        let message = format!("it is a plan for the stack `{}` in project `{}`", then.stack, then.project.id);
        return vec![stale(message)];
    }
    let words = |name: &str| stale(format!("{name} is not what it was when the plan was made"));
    moved.extend(saved.made_from.moved(made_from).map(words));
    let now = bare(fresh, key);
    let of_now: BTreeMap<&Address, &Planned> =
        now.resources.iter().map(|planned| (&planned.address, planned)).collect();
    let of_then: BTreeMap<&Address, &Planned> =
        then.resources.iter().map(|planned| (&planned.address, planned)).collect();
    for (address, planned) in &of_then {
        moved.extend(difference(Some(planned), of_now.get(*address).copied()).map(|words| about(address, words)));
    }
    for (address, planned) in of_now.iter().filter(|(address, _)| !of_then.contains_key(**address)) {
        moved.extend(difference(None, Some(planned)).map(|words| about(address, words)));
    }
    let more = now.enable_apis.iter().filter(|api| !then.enable_apis.contains(api));
    moved.extend(more.map(|api| stale(format!("`{api}` is no longer enabled"))));
    moved
}

/// How a resource's plan differs; `None`: not at all.
fn difference(then: Option<&Planned>, now: Option<&Planned>) -> Option<String> {
    match (then, now) {
        (None, None) => None,
        (Some(then), None) if then.is_nothing() => None,
        (Some(then), None) => Some(format!("the plan says {}, and nothing is to be done now", word(then.action))),
        (None, Some(now)) if now.is_nothing() => None,
        (None, Some(now)) => Some(format!("the plan does not know it, and now the action is {}", word(now.action))),
        (Some(then), Some(now)) if then.is_nothing() && now.is_nothing() => None,
        (Some(then), Some(now)) => of_both(then, now),
    }
}

fn of_both(then: &Planned, now: &Planned) -> Option<String> {
    if then.action != now.action {
        return Some(format!("the plan says {}, and now it is {}", word(then.action), word(now.action)));
    }
    if then.unique_id != now.unique_id {
        return Some("it is not the same resource any more: its id is another".to_owned());
    }
    if (&then.place, &then.full_name, &then.former) != (&now.place, &now.full_name, &now.former) {
        return Some("it stands at another place".to_owned());
    }
    if let Some(path) = first_change(&then.changes, &now.changes) {
        return Some(format!("`{path}` does not change as the plan says"));
    }
    let rest = |planned: &Planned| {
        let order = (planned.depends_on.clone(), planned.goes_with.clone(), planned.moved_from.clone());
        (planned.removed.clone(), planned.deferred.clone(), planned.members_before.clone(), order)
    };
    (rest(then) != rest(now)).then(|| "what it stands on, or what goes with it, has changed".to_owned())
}

/// The first field whose change is not the same.
fn first_change(then: &[Change], now: &[Change]) -> Option<String> {
    let same = |a: &Change, b: &Change| {
        (&a.path, a.effect) == (&b.path, b.effect)
            && is_same(a.before.as_ref(), b.before.as_ref())
            && is_same(a.after.as_ref(), b.after.as_ref())
    };
    let other = then.iter().zip(now).find(|(then, now)| !same(then, now)).map(|(then, _)| then);
    let more = || then.get(now.len()).or_else(|| now.get(then.len()));
    other.or_else(more).map(|change| change.path.to_string())
}

fn is_same(then: Option<&Doc>, now: Option<&Doc>) -> bool {
    match (then, now) {
        (Some(Doc::Sensitive(then)), Some(Doc::Sensitive(now))) => {
            let is_hidden = |doc: &Doc| doc.as_str() == Some(NOT_COMPARED);
            then == now || is_hidden(then) || is_hidden(now)
        }
        (Some(Doc::Map(then)), Some(Doc::Map(now))) => {
            then.len() == now.len() && then.iter().all(|(name, value)| is_same(Some(value), now.get(name)))
        }
        (Some(Doc::List(then)), Some(Doc::List(now))) => {
            then.len() == now.len() && then.iter().zip(now).all(|(then, now)| is_same(Some(then), Some(now)))
        }
        (then, now) => then == now,
    }
}

fn word(action: Action) -> &'static str {
    match action {
        Action::None => "`nothing`",
        Action::Create => "`create`",
        Action::Update => "`update`",
        Action::Replace => "`replace`",
        Action::Delete => "`delete`",
        Action::Adopt => "`adopt`",
        Action::Forget => "`forget`",
    }
}

fn about(address: &Address, words: String) -> Diagnostic {
    stale(format!("`{address}`: {words}")).of(address)
}

fn stale(message: String) -> Diagnostic {
    Diagnostic::error("plan-stale", message).hint("make a new plan: `stackctl plan --out FILE`")
}

#[cfg(test)]
mod tests;
