//! Puts the stack file together: which resources, under which keys, in which words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::entry::{self, Entry};
use super::expressions::{Edges, Naming, Source, sources};
use super::found::{Found, Resource};
use super::keys::Keys;
use super::names::{Index, escape, escaped};
use super::origin::{Origin, Origins, label};
use super::report::Report;
use super::yaml::{self, Written};
use super::{members, secrets, unmanaged};
use crate::kinds::descriptor::Location;
use crate::kinds::rules::STACK_LABEL;
use crate::kinds::{Live, Row, iam, registry};
use crate::model::{Address, Diagnostic, Doc, Map, Place, Segment};
use crate::plan::outputs;
use crate::records::{self, Inventory};
use crate::wire::policy::Binding;

/// Which of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// What people made for no other stack.
    #[default]
    People,
    /// What Google made by itself and what other stacks have, too.
    Everything,
}

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wish<'a> {
    /// The stack's name; absent: the one that the labels name, else the project's id.
    pub stack: Option<String>,
    pub scope: Scope,
    /// Sections; empty: all.
    pub sections: BTreeSet<String>,
    /// Addresses; empty: all.
    pub addresses: BTreeSet<Address>,
    /// Only what is ours, under the addresses that it has here.
    pub ours: Option<&'a Inventory>,
    /// The region of entries that name none; absent: the most frequent one.
    pub region: Option<String>,
}

/// The stack file.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    pub text: String,
    /// How many entries it has.
    pub entries: usize,
    /// What was left out, redacted or not understood.
    pub findings: Vec<Diagnostic>,
}

/// An entry on its way.
struct Draft<'a> {
    row: &'static Row,
    resource: Resource,
    address: Address,
    entry: Entry,
    bindings: Vec<Binding>,
    comments: Vec<String>,
    withheld: bool,
    ours: Option<&'a records::Entry>,
}

/// Makes a stack file of what was found.
pub fn export(found: &Found, wish: &Wish<'_>) -> Export {
    let stack = wish.stack.clone().unwrap_or_else(|| stack_name(found));
    let mut report = Report::default();
    let mut drafts = drafts(found, wish, &stack, &mut report);
    for draft in &mut drafts {
        draft.policy(wish, &mut report);
        draft.hide(&mut report);
        draft.stand_in();
    }
    let index = index(found, &drafts);
    let edges = refer(&index, &mut drafts);
    name(found, &mut drafts, edges);
    let region = wish.region.clone().or_else(|| usual_region(&drafts));
    drafts.iter_mut().for_each(|draft| draft.place(region.as_deref()));
    let text = text(found, &stack, region.as_deref(), &drafts);
    let entries = drafts.iter().filter(|draft| !draft.withheld).count();
    report.unmanaged(&found.enabled_apis, wish.scope);
    Export { text, entries, findings: found.notes.iter().cloned().chain(report.findings()).collect() }
}

/// The stack of which most labels speak, else the project's id.
fn stack_name(found: &Found) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for stack in found.resources.iter().filter_map(|resource| label(resource, STACK_LABEL)) {
        *counts.entry(stack).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map_or_else(|| plain_name(&found.project.id), |(stack, _)| stack.to_owned())
}

/// A domain's project (`example.com:p`) with the letters that a stack's name may have.
fn plain_name(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }).collect()
}

fn drafts<'a>(found: &Found, wish: &Wish<'a>, stack: &str, report: &mut Report) -> Vec<Draft<'a>> {
    let origins = Origins::of(found, stack);
    let mut keys = Keys::default();
    let mut drafts = Vec::new();
    let bindings = bindings(found, wish, report);
    let by_name = wish.ours.map(by_full_name);
    for row in registry::all() {
        let section = row.descriptor.section;
        if !wish.sections.is_empty() && !wish.sections.contains(section) {
            continue;
        }
        let of_kind = found.resources.iter().filter(|resource| resource.section() == section);
        for resource in of_kind.chain(bindings.iter().filter(|_| section == "iamBindings")) {
            let known = match &by_name {
                Some(known) => match known.get(&full_name(resource)) {
                    Some(known) => Some(*known),
                    None => continue,
                },
                None => None,
            };
            if known.is_none() && !is_for_the_file(&origins, wish.scope, resource, report) {
                continue;
            }
            let entry = entry::least(row, &resource.place, &found.project, &resource.live);
            let address = match known {
                Some((address, _)) => keys.take(address.clone()),
                None => keys.give(resource, &entry.doc),
            };
            if !wish.addresses.is_empty() && !wish.addresses.contains(&address) {
                continue;
            }
            report.unknown(&address, &entry.unknown);
            drafts.push(Draft {
                row,
                resource: resource.clone(),
                address,
                entry,
                bindings: Vec::new(),
                comments: Vec::new(),
                withheld: false,
                ours: known.map(|(_, entry)| entry),
            });
        }
    }
    drafts
}

fn is_for_the_file(origins: &Origins, scope: Scope, resource: &Resource, report: &mut Report) -> bool {
    match (origins.who(resource), scope) {
        (Origin::Held(why), _) => report.held(resource, why),
        (Origin::People, _) | (_, Scope::Everything) => return true,
        (Origin::Google(why), _) => report.googles(resource, why),
        (Origin::Stack(name), _) => report.of_stack(resource, name),
    }
    false
}

type Known<'a> = BTreeMap<String, (&'a Address, &'a records::Entry)>;

fn by_full_name(inventory: &Inventory) -> Known<'_> {
    inventory.entries.iter().map(|(address, entry)| (entry.full_name.clone(), (address, entry))).collect()
}

fn full_name(resource: &Resource) -> String {
    format!("//{}/{}", resource.row.descriptor.api.host, resource.path())
}

/// The bindings of the project as resources: those that people made, or the members that are ours.
fn bindings(found: &Found, wish: &Wish<'_>, report: &mut Report) -> Vec<Resource> {
    let Some(row) = registry::find("iamBindings") else { return Vec::new() };
    let Some(policy) = &found.policy else { return Vec::new() };
    let (people, left) = members::of_people(policy, wish.scope == Scope::Everything || wish.ours.is_some());
    let resource = |binding: Binding, place: Place| {
        let api = serde_json::to_value(&binding).unwrap_or(Json::Null);
        Resource { row, place, live: Live { api, policy: None, extra: Vec::new() } }
    };
    let Some(inventory) = wish.ours else {
        if wish.sections.is_empty() || wish.sections.contains("iamBindings") {
            left.into_iter().for_each(|words| report.member(words));
        }
        let project = found.project.id.clone();
        let place = |binding: &Binding| {
            let key = iam::binding_key(&binding.role, binding.condition.as_ref());
            let values = [("project", project.clone()), ("name", String::new()), ("binding", key)];
            Place { values: values.map(|(key, value)| (key.to_owned(), value)).into() }
        };
        return people
            .into_iter()
            .map(|binding| {
                let place = place(&binding);
                resource(binding, place)
            })
            .collect();
    };
    let ours = inventory.entries.iter().filter(|(address, _)| &*address.section == "iamBindings");
    let live = ours.filter_map(|(_, entry)| {
        let wanted = entry.place.get("binding");
        let binding = people.iter().find(|it| iam::binding_key(&it.role, it.condition.as_ref()) == wanted)?;
        let mut binding = binding.clone();
        binding.members.retain(|member| {
            entry.fields.keys().any(|path| {
            matches!(path.0.as_slice(), [Segment::Key(_), Segment::Key(ours)] if *ours == iam::canonical_member(member))
        })
        });
        (!binding.members.is_empty()).then(|| resource(binding, entry.place.clone()))
    });
    live.collect()
}

fn index(found: &Found, drafts: &[Draft<'_>]) -> Index {
    let mut index = Index::new(&found.project);
    for draft in drafts.iter().filter(|draft| !draft.withheld) {
        index.add(draft.resource.path(), &draft.address);
        if draft.resource.section() == "secrets"
            && let Some(Doc::String(version)) = draft.outputs(found).get("version")
        {
            index.version(draft.resource.path(), version.clone());
        }
    }
    index
}

fn refer(index: &Index, drafts: &mut [Draft<'_>]) -> Edges {
    let mut edges = Edges::default();
    for draft in drafts {
        escape(&mut draft.entry.doc);
        let named = index.refer(&mut draft.entry.doc, &draft.resource.place, &draft.entry.references);
        edges.add(&draft.address, named);
        if draft.resource.section() == "iamBindings" {
            if let Some(binding) = iam::binding(&Doc::from(&draft.resource.live.api)) {
                draft.entry.doc = members::spelled(&binding, index);
            }
        } else {
            members::put(draft.row, &mut draft.entry.doc, &draft.bindings, index);
        }
    }
    edges
}

fn name(found: &Found, drafts: &mut [Draft<'_>], mut edges: Edges) {
    let sources: Vec<Source> = drafts
        .iter()
        .filter(|draft| !draft.withheld)
        .flat_map(|draft| sources(&draft.address, &draft.outputs(found)))
        .collect();
    for draft in drafts {
        if draft.resource.section() == "iamBindings" {
            continue;
        }
        let references = draft.entry.references.iter().map(|reference| reference.path.clone()).collect();
        let mut policy = Map::new();
        for field in ["iam", "invokers"] {
            policy.extend(draft.entry.doc.take(field).map(|value| (field.to_owned(), value)));
        }
        let mut naming = Naming {
            row: draft.row,
            address: &draft.address,
            project: &found.project,
            sources: &sources,
            edges: &mut edges,
            references: &references,
        };
        naming.name(&mut draft.entry.doc);
        if let Some(map) = draft.entry.doc.as_map_mut() {
            map.extend(policy);
        }
    }
}

fn usual_region(drafts: &[Draft<'_>]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let placed = drafts.iter().filter(|draft| location_field(draft.row).is_some());
    for location in placed.map(|draft| draft.resource.place.location()).filter(|location| location.contains('-')) {
        *counts.entry(location).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(region, _)| region.to_owned())
}

fn location_field(row: &Row) -> Option<&'static str> {
    match row.descriptor.location {
        Location::Region => Some("region"),
        Location::Location => Some("location"),
        Location::Global | Location::Parent => None,
    }
}

impl Draft<'_> {
    fn outputs(&self, found: &Found) -> Doc {
        outputs::live(self.row, &self.resource.place, &found.project, &self.entry.doc, &self.resource.live)
    }

    /// Who may use it, as people said.
    fn policy(&mut self, wish: &Wish<'_>, report: &mut Report) {
        let Some(policy) = &self.resource.live.policy else { return };
        let (people, left) = members::of_people(policy, wish.scope == Scope::Everything || self.ours.is_some());
        let ours = self.ours.map(|entry| {
            entry
                .fields
                .keys()
                .filter_map(|path| match path.0.as_slice() {
                    [Segment::Key(field), Segment::Key(binding), Segment::Key(member)] if field == "iam" => {
                        Some((binding.clone(), member.clone()))
                    }
                    _ => None,
                })
                .collect()
        });
        left.into_iter().for_each(|words| report.member(format!("{}: {words}", self.address)));
        self.bindings = members::only(people, ours.as_ref());
    }

    /// Takes out what looks like a secret; where that cannot be, the whole entry is only shown.
    fn hide(&mut self, report: &mut Report) {
        let found = secrets::take(self.row, &mut self.entry.doc);
        for path in &found.dropped {
            self.comments.push(format!(
                "`{path}` is left out: it looks like a secret. Keep it in `secrets:` and write `{{secret: KEY}}`."
            ));
        }
        if let Some(path) = found.stuck.first() {
            self.withheld = true;
            self.comments
                .push(format!("Withheld: `{path}` looks like a secret. Keep it in `secrets:`, hand it over with"));
            self.comments.push("`env: {NAME: {secret: KEY}}`, and take the entry in.".to_owned());
        }
        report.secrets(&self.address, &found);
    }

    /// Values that nobody can read stand in the environment.
    fn stand_in(&mut self) {
        let variable = variable(&self.address.key);
        match self.resource.section() {
            "secrets" if (self.row.lacks)(&self.resource.live).is_empty() => {
                self.comments.push(format!("Its value is never read; a new one would come from `{variable}`."));
                first(&mut self.entry.doc, "env", Doc::from(variable));
            }
            "sqlUsers" if self.is_built_in() => {
                let variable = format!("{variable}_PASSWORD");
                self.comments.push(format!("Its password is never read; a new one would come from `{variable}`."));
                self.entry.doc.put("password", Doc::Map(Map::from([("env".to_owned(), Doc::from(variable))])));
            }
            _ => {}
        }
    }

    fn is_built_in(&self) -> bool {
        !["serviceAccount", "user", "group"].iter().any(|field| self.entry.doc.get(field).is_some())
    }

    /// Name and place, where they are not those that the key and the stack say.
    fn place(&mut self, region: Option<&str>) {
        let section = self.resource.section();
        let name = match section {
            "sqlUsers" => self.resource.live.api["name"].as_str().unwrap_or_default(),
            _ => self.resource.place.name(),
        };
        let is_derived = section == "iamBindings" || section == "sqlUsers" && !self.is_built_in();
        if let Some(field) = location_field(self.row)
            && Some(self.resource.place.location()) != region
        {
            let location = Doc::from(self.resource.place.location());
            first(&mut self.entry.doc, field, location);
        }
        if !is_derived && name != &*self.address.key {
            first(&mut self.entry.doc, "name", Doc::from(escaped(name)));
        }
    }
}

/// `prefect-auth` as `PREFECT_AUTH`.
fn variable(key: &str) -> String {
    key.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

fn first(doc: &mut Doc, field: &str, value: Doc) {
    if let Some(map) = doc.as_map_mut() {
        map.shift_insert(0, field.to_owned(), value);
    }
}

fn text(found: &Found, stack: &str, region: Option<&str>, drafts: &[Draft<'_>]) -> String {
    let mut text =
        format!("# The project `{}` as it is. To take it over: stackctl apply --adopt\n\n", found.project.id);
    text.push_str(&yaml::line("stack", &Doc::from(stack)));
    text.push_str(&yaml::line("project", &Doc::from(found.project.id.as_str())));
    if let Some(region) = region {
        text.push_str(&yaml::line("region", &Doc::from(region)));
    }
    let sections: BTreeSet<&str> = drafts.iter().map(|draft| draft.row.descriptor.api.service).collect();
    let further = found.enabled_apis.iter().filter(|api| unmanaged::is_asked_for(api));
    let further: Vec<Doc> =
        further.filter(|api| !is_needed(api, &sections)).map(|api| Doc::from(api.as_str())).collect();
    if !further.is_empty() {
        text.push_str(&yaml::line("apis", &Doc::List(further)));
    }
    for row in registry::all() {
        let of_kind = drafts.iter().filter(|draft| draft.resource.section() == row.descriptor.section);
        let entries: Vec<Written<'_>> = of_kind
            .map(|draft| Written {
                key: &draft.address.key,
                doc: &draft.entry.doc,
                comments: &draft.comments,
                withheld: draft.withheld,
            })
            .collect();
        if !entries.is_empty() {
            text.push_str(&yaml::section(row.descriptor.section, &entries));
        }
    }
    text
}

/// Whether an API goes without saying: its kinds are in the file.
fn is_needed(api: &str, services: &BTreeSet<&str>) -> bool {
    services.contains(api)
}
