//! A model of the cloud and of the inventory: plans can be carried out on it, in the order of their schedule.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::{doc, kinds, live, project};
use crate::kinds::{Live, Row, iam, overlay};
use crate::model::{Action, Address, Doc, Reference, fill};
use crate::plan::inputs::{Desired, Options, PlanInputs};
use crate::plan::moved::rename;
use crate::plan::observed::{Observation, Observed};
use crate::plan::schedule::{Phase, Schedule, Step};
use crate::plan::select::{Role, reads, select};
use crate::plan::types::{Plan, Planned, Purpose};
use crate::plan::{build, outputs, record};
use crate::records::{CloudKey, HashKey, Inventory, Tombstone};

/// The time of all tests.
pub const NOW: &str = "2026-06-01T00:00:00Z";

/// A cloud and what of it is ours.
#[derive(Debug, Clone)]
pub struct World {
    /// Live resources in API space, by full name; `policy` is the IAM policy.
    pub live: BTreeMap<String, Json>,
    /// Members of the project's policy, by role.
    pub policy: BTreeMap<String, BTreeSet<String>>,
    pub inventory: Inventory,
    pub enabled_apis: Vec<String>,
    /// Keyed hashes of payloads, by address.
    pub payloads: BTreeMap<Address, BTreeMap<String, String>>,
    made: u32,
}

impl World {
    /// Nothing but a project with all APIs on.
    pub fn new() -> Self {
        let key = HashKey::new([3; 32]);
        Self {
            live: BTreeMap::new(),
            policy: BTreeMap::new(),
            inventory: Inventory::new("demo", CloudKey::Google, project(), &key),
            enabled_apis: kinds().iter().map(|row| row.descriptor.api.service.to_owned()).collect(),
            payloads: BTreeMap::new(),
            made: 0,
        }
    }

    /// A world in which the stack has been applied.
    pub fn with(desired: &Desired) -> Self {
        let mut world = Self::new();
        let plan = world.plan(desired);
        world.carry_out(&plan);
        world
    }

    pub fn options(purpose: Purpose) -> Options {
        Options::new(purpose, NOW)
    }

    /// A plan to apply, with nothing allowed.
    pub fn plan(&self, desired: &Desired) -> Plan {
        self.plan_with(desired, &Self::options(Purpose::Apply))
    }

    pub fn destroy(&self, desired: &Desired) -> Plan {
        self.plan_with(desired, &Self::options(Purpose::Destroy))
    }

    pub fn plan_with(&self, desired: &Desired, options: &Options) -> Plan {
        let observed = self.observe(desired, options);
        let kinds = kinds();
        let inputs = PlanInputs { desired, inventory: &self.inventory, observed: &observed, options, kinds: &kinds };
        let plan = build(&inputs);
        let faults = crate::plan::lint::lint(&plan, &kinds);
        assert!(faults.is_empty(), "{faults:#?}\n{}", super::show(&plan));
        plan
    }

    /// Reads what the plan will ask for.
    pub fn observe(&self, desired: &Desired, options: &Options) -> Observed {
        let renamed = rename(&self.inventory, desired);
        let selection = select(desired, &renamed, options);
        let kinds = kinds();
        let mut observed = Observed {
            project: project(),
            enabled_apis: self.enabled_apis.clone(),
            payloads: self.payloads.clone(),
            ..Observed::default()
        };
        for read in reads(desired, &renamed, &selection, &kinds, options.purpose) {
            let name = format!("//{}/{}", read.row.descriptor.api.service, read.place.fill(read.row.descriptor.item));
            let found = match &*read.address.section {
                "iamBindings" => Some(self.binding(read.doc, &self.inventory, read.address)),
                _ => self.live.get(&name).cloned().map(live),
            };
            let observation = found.map_or(Observation::Absent, |live| Observation::Present(Box::new(live)));
            match read.role {
                Role::Former => observed.former.insert(read.address.clone(), observation),
                Role::Wanted | Role::Left => observed.resources.insert(read.address.clone(), observation),
            };
        }
        observed
    }

    fn binding(&self, wanted: Option<&Doc>, inventory: &Inventory, address: &Address) -> Live {
        let recorded = inventory.entries.get(address).map(|entry| entry.place.get("role").to_owned());
        let role = wanted.and_then(|doc| doc.dig_str("role").map(str::to_owned)).or(recorded).unwrap_or_default();
        let members = self.policy.get(&role).into_iter().flatten();
        live(json!({"role": role, "members": members.collect::<Vec<_>>()}))
    }

    /// Carries a plan out, in the order of its schedule; panics where a step's ground is missing.
    pub fn carry_out(&mut self, plan: &Plan) {
        let errors: Vec<_> = plan.errors().collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let kinds = kinds();
        self.enabled_apis.extend(plan.enable_apis.clone());
        for planned in &plan.resources {
            if let Some(from) = &planned.moved_from {
                self.inventory.record_move(from, &planned.address).unwrap();
            }
        }
        let mut schedule = Schedule::new(plan, &kinds);
        while let Some(step) = schedule.begin_next() {
            let planned = plan.get(&step.address).unwrap();
            let row = kinds.iter().find(|row| row.descriptor.section == &*step.address.section).unwrap();
            self.step(plan, planned, &step, row);
            schedule.done(step.id);
        }
        assert!(schedule.is_finished());
        for planned in plan.resources.iter().filter(|p| p.action == Action::None && (p.stale_record || !p.is_nothing()))
        {
            self.record(plan, planned, &kinds);
        }
    }

    fn step(&mut self, plan: &Plan, planned: &Planned, step: &Step, row: &Row) {
        match step.phase {
            Phase::Forget => {
                self.inventory.record_forget(&step.address).unwrap();
            }
            Phase::Delete => self.delete(planned, row),
            Phase::Apply => {
                if planned.former.is_some() && step.action != Action::Update {
                    self.inventory.entries.remove(&step.address);
                }
                let doc = self.filled(plan, planned);
                self.write(planned, &doc, step.action, row);
                if !planned.deferred.is_empty() {
                    let doc = self.filled(plan, planned);
                    self.write(planned, &doc, Action::Update, row);
                }
                self.record(plan, planned, &kinds());
            }
        }
    }

    fn delete(&mut self, planned: &Planned, row: &Row) {
        let name = planned.former.as_ref().map_or(&planned.full_name, |former| &former.full_name);
        let below = format!("{name}/");
        if &*planned.address.section == "iamBindings" {
            let role = self.inventory.entries[&planned.address].place.get("role").to_owned();
            let members = self.policy.entry(role).or_default();
            for path in &planned.removed {
                if let Some(crate::model::Segment::Key(member)) = path.0.get(1) {
                    members.remove(member);
                }
            }
        } else if planned.goes_with.is_none() {
            assert!(self.live.remove(name).is_some(), "{name} is not there");
            self.live.retain(|other, _| !other.starts_with(&below));
        }
        assert!(!self.live.contains_key(name), "{name} is still there");
        let stone = row.descriptor.name_blocked_days.map(|_| Tombstone {
            full_name: name.clone(),
            deleted_at: NOW.to_owned(),
            blocked_until: "2026-06-08T00:00:00Z".to_owned(),
        });
        self.inventory.record_delete(&planned.address, stone);
    }

    /// The document with every template filled from what is live now; what the resource itself will say only once it
    /// exists is left out of a create.
    fn filled(&self, plan: &Plan, planned: &Planned) -> Doc {
        let desired = planned.desired.as_ref().expect("what is applied is wanted");
        let lookup = |reference: &Reference| match reference {
            Reference::ProjectNumber => project().number.map(Doc::from),
            Reference::Own { output } => self.outputs(planned)?.at(output).cloned(),
            Reference::Output { address, output } => self.outputs(plan.get(address)?)?.at(output).cloned(),
        };
        if !planned.deferred.is_empty() && !self.live.contains_key(&planned.full_name) {
            return fill::fill_known(desired, &lookup);
        }
        fill::fill(desired, &lookup).unwrap_or_else(|missing| panic!("{}: {missing:?}", planned.address))
    }

    fn outputs(&self, planned: &Planned) -> Option<Doc> {
        let kinds = kinds();
        let row = kinds.iter().find(|row| row.descriptor.section == &*planned.address.section)?;
        let live = live(self.live.get(&planned.full_name)?.clone());
        Some(outputs::live(row, &planned.place, &project(), planned.desired.as_ref().unwrap_or(&Doc::Null), &live))
    }

    fn write(&mut self, planned: &Planned, desired: &Doc, action: Action, row: &Row) {
        if &*planned.address.section == "iamBindings" {
            let members = self.policy.entry(desired.dig_str("role").unwrap().to_owned()).or_default();
            for path in &planned.removed {
                if let Some(crate::model::Segment::Key(member)) = path.0.get(1) {
                    members.remove(member);
                }
            }
            let wanted = desired.get("members").and_then(Doc::as_list).unwrap_or_default();
            members.extend(wanted.iter().filter_map(Doc::as_str).map(str::to_owned));
            return;
        }
        let before = match action {
            Action::Create => {
                assert!(!self.live.contains_key(&planned.full_name), "{} is there already", planned.full_name);
                None
            }
            _ => Some(self.live.get(&planned.full_name).expect("it is there").clone()),
        };
        let known = known_only(desired);
        let file = before.clone().map(|json| (row.to_file)(&planned.place, &live(json))).unwrap_or_default();
        let mut api = overlay::overlay(row.descriptor, &file, &known, &planned.removed);
        hide(row, &mut api);
        let mut api = api.to_json().unwrap();
        self.serve(planned, before.as_ref(), &mut api);
        let policy = self.policy_of(before.as_ref(), &known, planned);
        if let Some(policy) = policy {
            api["policy"] = policy;
        }
        self.live.insert(planned.full_name.clone(), api);
        self.room_is_had_once();
    }

    /// As in the cloud: no address and no range of a pool is had twice.
    fn room_is_had_once(&self) {
        for (place, value) in [("/addresses/", "address"), ("/subnetworks/", "ipCidrRange")] {
            let mut seen = BTreeSet::new();
            for (name, json) in self.live.iter().filter(|(name, _)| name.contains(place)) {
                let pool = json.get("subnetwork").or_else(|| json.get("network")).map(Json::to_string);
                if let Some(value) = json.get(value).and_then(Json::as_str) {
                    assert!(seen.insert((pool, value)), "{name}: {value} is in use");
                }
            }
        }
    }

    fn policy_of(&self, before: Option<&Json>, desired: &Doc, planned: &Planned) -> Option<Json> {
        let live = before.and_then(|json| json.get("policy")).cloned();
        let list = live.as_ref().map(iam::from_policy).unwrap_or(Doc::List(Vec::new()));
        let add = desired.get("iam").map(|wanted| iam::missing(wanted, &list)).unwrap_or_default();
        let remove = iam::removed(&planned.removed, &list);
        if live.is_none() && add.is_empty() {
            return None;
        }
        Some(crate::wire::policy::edit(&live.unwrap_or(Json::Null), &add, &remove))
    }

    /// What the server adds.
    fn serve(&mut self, planned: &Planned, before: Option<&Json>, api: &mut Json) {
        self.made += 1;
        let keep = |name: &str| before.and_then(|json| json.get(name)).cloned();
        let id = keep("id").unwrap_or_else(|| Json::from(self.made.to_string()));
        for name in ["id", "uniqueId", "uid"] {
            api[name] = id.clone();
        }
        match &*planned.address.section {
            "sqlInstances" => {
                api["pscServiceAttachmentLink"] =
                    json!(format!("projects/x/serviceAttachments/a{}", id.as_str().unwrap()));
            }
            "services" => {
                api["uri"] = json!(format!("https://{}-{}.a.run.app", planned.place.name(), id.as_str().unwrap()))
            }
            "secrets" => {
                let was = keep("version").and_then(|version| version.as_u64()).unwrap_or(0);
                let rolls = planned.changes.iter().any(|c| matches!(c.path.to_string().as_str(), "rotation" | "value"));
                api["version"] = json!(if rolls || was == 0 { was + 1 } else { was });
            }
            _ => {}
        }
        let labels =
            matches!(&*planned.address.section, "services" | "sqlInstances" | "repositories" | "forwardingRules");
        if labels && before.is_none() {
            api["labels"]["stackctl-stack"] = json!("demo");
        }
    }

    fn record(&mut self, plan: &Plan, planned: &Planned, kinds: &[Row]) {
        let row = kinds.iter().find(|row| row.descriptor.section == &*planned.address.section).unwrap();
        let doc = self.filled(plan, planned);
        let live = self.live.get(&planned.full_name).cloned().map(live);
        let payloads = self.payloads.get(&planned.address).cloned().unwrap_or_default();
        let key = self.inventory.key().unwrap();
        let mut entry = record::entry(&record::Applied {
            planned,
            row,
            project: &project(),
            doc: &doc,
            live: live.as_ref(),
            payloads: &payloads,
            key: &key,
        });
        if let Some(role) = doc.dig_str("role") {
            entry.place.values.insert("role".to_owned(), role.to_owned());
        }
        self.inventory.entries.insert(planned.address.clone(), entry);
    }

    /// Somebody changes a live field by hand.
    pub fn edit(&mut self, full_name_part: &str, path: &str, value: Json) {
        let (_, json) = self.live.iter_mut().find(|(name, _)| name.ends_with(full_name_part)).expect("a live resource");
        let mut live = doc(json);
        match value {
            Json::Null => {
                live.take(path);
            }
            value => live.put(path, Doc::from(&value)),
        }
        *json = live.to_json().unwrap();
    }
}

/// Without what is still unknown.
fn known_only(doc: &Doc) -> Doc {
    match doc {
        Doc::Map(map) => Doc::Map(
            map.iter()
                .filter(|(_, value)| !matches!(value, Doc::Unknown(_)))
                .map(|(key, value)| (key.clone(), known_only(value)))
                .collect(),
        ),
        Doc::Sensitive(inner) => known_only(inner),
        other => other.clone(),
    }
}

/// What the cloud never shows again.
fn hide(row: &Row, api: &mut Doc) {
    use crate::kinds::Flag;
    for rule in row.descriptor.fields.iter().filter(|rule| rule.has(Flag::InputOnly) || rule.has(Flag::Sensitive)) {
        api.take(rule.path);
    }
    api.take("iam");
}
