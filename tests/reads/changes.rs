//! An entry of a recorded resource, one field of it changed at a time.

use std::fmt;

use stackctl::export::{self, Scope, Wish, entry};
use stackctl::kinds::{Compare, Flag, Live, Row, registry, rules};
use stackctl::model::{Address, Doc, DocPath, Segment};
use stackctl::plan::diff::fields;
use stackctl::plan::{self, Allow, Desired, Effect, Observation, Observed, Options, Plan, PlanInputs, Purpose, Wanted};
use stackctl::records::{CloudKey, Entry, HashKey, Inventory, Ownership};

use crate::recorded::Answer;
use stackctl::export::{Found, Resource};

/// A field and its other value.
pub struct Change {
    pub path: DocPath,
    pub to: Doc,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {:?}", self.path, self.to)
    }
}

/// An entry that says all that a file can say of a recorded resource, and is ours.
pub struct Base<'a> {
    answer: &'a Answer,
    row: &'static Row,
    wanted: Wanted,
    inventory: Inventory,
}

impl<'a> Base<'a> {
    /// `None` where the export of it is no stack.
    pub fn of(answer: &'a Answer) -> Option<Self> {
        let wish = Wish { scope: Scope::Everything, stack: Some("recorded".to_owned()), ..Wish::default() };
        let made = export::export(&answer.found, &wish);
        let stack = export::read(&made.text, &answer.found).ok()?;
        let desired = Desired::from(&stack);
        let section = answer.section();
        let mut entries = desired.entries.values().filter(|wanted| &*wanted.address.section == section);
        let mut wanted = entries.next_back()?.clone();
        wanted.edges.clear();
        let row = registry::find(section)?;
        if section != "iamBindings" {
            let resource = answer.resource();
            let whole = entry::whole(row, &resource.place, &answer.found.project, &resource.live);
            let mut doc = whole.doc;
            lay(&mut doc, &wanted.doc);
            wanted.doc = doc;
        }
        let key = HashKey::new([7; 32]);
        let project = answer.found.project.clone();
        let mut inventory = Inventory::new("recorded", CloudKey::Google, project, &key);
        let managed = fields::managed(row.descriptor, &answer.found.project, &key, &wanted.doc);
        let record = Entry {
            place: wanted.place.clone(),
            full_name: wanted.full_name.clone(),
            unique_id: None,
            ownership: Ownership::Created,
            fields: managed,
            depends_on: Vec::new(),
            members_before: Vec::new(),
            protect: false,
            on_delete: None,
        };
        inventory.entries.insert(wanted.address.clone(), record);
        Some(Self { answer, row, wanted, inventory })
    }

    /// Each field that an entry can say, with another value.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        walk(self.row, &DocPath::root(), &self.wanted.doc, &mut changes);
        changes
    }

    /// What a plan of the changed entry says beside that change.
    pub fn faults(&self, change: &Change) -> Vec<String> {
        let before = self.plan(&self.wanted.doc);
        let noise: Vec<String> = before.iter().map(|found| found.path.to_string()).collect();
        if !noise.is_empty() {
            return vec![format!("unchanged it differs: {}", noise.join(", "))];
        }
        let mut doc = self.wanted.doc.clone();
        *at_mut(&mut doc, &change.path.0).expect("the path was walked") = change.to.clone();
        let changes = self.plan(&doc);
        let mut faults = Vec::new();
        if changes.is_empty() {
            faults.push("no change".to_owned());
        }
        let rule = rules::find(self.row.descriptor, &change.path);
        for found in changes {
            if top(&found.path) != top(&change.path) {
                faults.push(format!("also `{}` changes", found.path));
            }
            let replaces = found.effect == Effect::Replaces;
            if replaces != rule.has(Flag::Immutable) {
                faults.push(if replaces { "replaces".to_owned() } else { "does not replace".to_owned() });
            }
        }
        faults
    }

    fn plan(&self, doc: &Doc) -> Vec<plan::Change> {
        let wanted = Wanted { doc: doc.clone(), ..self.wanted.clone() };
        let live = match self.answer.section() {
            "iamBindings" => binding(&self.answer.found, &wanted),
            _ => self.answer.resource().live.clone(),
        };
        let plan = build(&self.answer.found, wanted, live, &self.inventory);
        plan.resources.into_iter().flat_map(|planned| planned.changes).collect()
    }
}

fn binding(found: &Found, wanted: &Wanted) -> Live {
    let row = registry::find("iamBindings").expect("a kind of ours");
    let bindings = found.policy.as_ref().and_then(|policy| policy["bindings"].as_array()).expect("a policy");
    let element = bindings.iter().find(|element| (row.is_member)(&wanted.place, element)).expect("it was exported");
    Live { api: element.clone(), policy: None, extra: Vec::new() }
}

fn build(found: &Found, wanted: Wanted, live: Live, inventory: &Inventory) -> Plan {
    let address = wanted.address.clone();
    let mut desired = Desired { stack: "recorded".to_owned(), ..Desired::default() };
    desired.entries.insert(address.clone(), wanted);
    let observed = Observed {
        project: found.project.clone(),
        resources: [(address, Observation::Present(Box::new(live)))].into(),
        enabled_apis: found.enabled_apis.clone(),
        ..Observed::default()
    };
    let mut options = Options::new(Purpose::Apply, "2000-01-01T00:00:00Z");
    (options.adopt, options.replace, options.data_loss) = (Allow::All, Allow::All, Allow::All);
    let kinds = registry::all();
    plan::build(&PlanInputs { desired: &desired, inventory, observed: &observed, options: &options, kinds })
}

/// Plans the entry that a create's request describes against the recorded answer.
pub fn plan_of_request(request: &Resource, answer: &Answer) -> Plan {
    let row = request.row;
    let project = &answer.found.project;
    let mut place = answer.resource().place.clone();
    let mut doc = entry::whole(row, &place, project, &request.live).doc;
    (row.settle)(&mut place, &mut doc, &|_| None);
    (row.complete)(&place, &mut doc);
    let wanted = Wanted {
        address: Address::new(row.descriptor.section, "it"),
        full_name: format!("//{}/{}", row.descriptor.api.host, place.fill(row.descriptor.item)),
        place,
        doc,
        lifecycle: plan::Lifecycle::default(),
        edges: Vec::new(),
    };
    let inventory = Inventory::new("recorded", CloudKey::Google, project.clone(), &HashKey::new([7; 32]));
    build(&answer.found, wanted, answer.resource().live.clone(), &inventory)
}

/// Puts the values of one document over those of another.
fn lay(doc: &mut Doc, over: &Doc) {
    match (doc, over) {
        (Doc::Map(map), Doc::Map(over)) => {
            for (key, value) in over {
                lay(map.entry(key.clone()).or_insert(Doc::Null), value);
            }
        }
        (Doc::List(_), Doc::List(_)) => {}
        (doc, over) => *doc = over.clone(),
    }
}

fn walk(row: &Row, path: &DocPath, doc: &Doc, changes: &mut Vec<Change>) {
    let found = rules::find(row.descriptor, path);
    if [Flag::OutputOnly, Flag::ClientStamp, Flag::InputOnly, Flag::Sensitive].iter().any(|flag| found.has(*flag)) {
        return;
    }
    match doc {
        Doc::Map(map) => map.iter().for_each(|(key, value)| walk(row, &path.key(key.as_str()), value, changes)),
        Doc::List(list) if list.iter().any(|element| matches!(element, Doc::Map(_))) => {
            list.iter().enumerate().for_each(|(at, value)| walk(row, &path.index(at), value, changes));
        }
        Doc::List(list) => {
            let mut longer = list.clone();
            longer.push(Doc::from("user:one-more@example.com"));
            changes.push(Change { path: path.clone(), to: Doc::List(longer) });
        }
        Doc::Unknown(_) | Doc::Sensitive(_) | Doc::Null => {}
        scalar => changes.push(Change { path: path.clone(), to: other(found.compare(), scalar) }),
    }
}

/// Another value of the same sort.
fn other(compare: Compare, doc: &Doc) -> Doc {
    let text = match doc {
        Doc::Bool(value) => return Doc::Bool(!value),
        Doc::Number(number) => {
            return number.as_i64().map_or_else(|| Doc::Null, |whole| Doc::from(whole + 1));
        }
        Doc::String(text) => text.as_str(),
        other => return other.clone(),
    };
    let is_time = text.len() >= 5 && text.as_bytes()[2] == b':';
    Doc::from(match compare {
        Compare::Duration => "4321s".to_owned(),
        Compare::Cpu => "3".to_owned(),
        Compare::Memory => "3Gi".to_owned(),
        Compare::Cidr => "10.99.0.0/16".to_owned(),
        Compare::Time if is_time => "03:33".to_owned(),
        Compare::Time => "2031-01-01T00:00:00Z".to_owned(),
        Compare::PortRange => "81-82".to_owned(),
        Compare::Project => "another-project".to_owned(),
        _ => format!("{text}x"),
    })
}

fn at_mut<'d>(doc: &'d mut Doc, path: &[Segment]) -> Option<&'d mut Doc> {
    path.iter().try_fold(doc, |doc, segment| match (segment, doc) {
        (Segment::Key(key), Doc::Map(map)) => map.get_mut(key),
        (Segment::Index(at), Doc::List(list)) => list.get_mut(*at),
        _ => None,
    })
}

/// A path up to the list that it leads through: elements are told apart in several ways.
fn top(path: &DocPath) -> Vec<String> {
    let keys = path.0.iter().map_while(|segment| match segment {
        Segment::Key(key) => Some(key.clone()),
        Segment::Index(_) | Segment::Keyed(..) => None,
    });
    let mut keys: Vec<String> = keys.collect();
    if let Some(at) = keys.iter().position(|key| key == "members" || key == "iam") {
        keys.truncate(at + 1);
    }
    keys
}
