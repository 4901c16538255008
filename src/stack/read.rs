//! One entry: its expressions filled, its fields typed, its name and place.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::addresses::{Addresses, Named};
use super::envelope::{ENTRY_FIELDS, EntrySpec, LifecycleSpec};
use super::expand::Written;
use super::expression::resolve::{OpenHole, Scope, resolve};
use super::schema;
use super::top::{Notes, wrong_project, wrong_region};
use super::types::Lifecycle;
use crate::kinds::{Location, Row, iam::BindingSpec};
use crate::model::tree::{Key, Node, NodeValue};
use crate::model::typed::{self, FoundReference, Typed};
use crate::model::{Address, Diagnostic, Doc, DocPath, Place, Segment, Span, suggest};

/// An entry on its way to become an [`Entry`](super::Entry): typed, its references not resolved yet.
pub(super) struct Draughted {
    pub(super) address: Address,
    pub(super) kind: &'static Row,
    pub(super) key_span: Span,
    pub(super) node: Arc<Node>,
    pub(super) place: Place,
    pub(super) doc: Doc,
    pub(super) lifecycle: Lifecycle,
    pub(super) depends_on: Vec<(Address, Span)>,
    pub(super) references: Vec<FoundReference>,
    pub(super) open: Vec<OpenHole>,
    /// Where the name stands: at `name:`, else at the key.
    pub(super) name_span: Span,
    pub(super) project_from: ProjectFrom,
    /// It has faults already: further checks would only repeat them.
    pub(super) is_faulty: bool,
}

/// Who says which project an entry is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProjectFrom {
    Entry,
    Stack,
}

/// The policy of an entry, read as the field that it is.
#[derive(Debug, Deserialize)]
struct PolicySpec {
    #[expect(dead_code, reason = "read for its document and its faults")]
    iam: Option<Vec<BindingSpec>>,
}

/// Reads entries.
pub(super) struct Reader<'a> {
    /// For names, places and lifecycles: outputs cannot be named there.
    scope: Scope<'a>,
    addresses: &'a Addresses,
    notes: &'a mut Notes,
    /// Top-level fields by section, for `lifecycle`.
    fields: BTreeMap<&'static str, Vec<String>>,
}

type Entries = Vec<(Key, Node)>;

impl<'a> Reader<'a> {
    pub(super) fn new(scope: Scope<'a>, addresses: &'a Addresses, notes: &'a mut Notes) -> Self {
        Self { scope, addresses, notes, fields: BTreeMap::new() }
    }

    pub(super) fn read(&mut self, written: Written) -> Draughted {
        let before = self.notes.faults.len();
        let Written { address, kind, key, body, default_name, each } = written;
        let each = each.as_ref().map(|(key, value)| (key.as_str(), value));
        let span = body.span;
        let NodeValue::Mapping(entries) = body.value else { unreachable!("sections hold maps alone") };
        let (mut common, mut own): (Entries, Entries) =
            entries.into_iter().partition(|(key, _)| is_common(kind, &key.text));
        let policy_at = own.iter().position(|(key, _)| key.text == "iam" && kind.descriptor.policy.is_some());

        let scope = Scope { each, ..self.scope };
        let mut open = Vec::new();
        for (_, node) in &mut common {
            resolve(node, &scope, &mut self.notes.findings(&mut open));
        }
        let scope = Scope { addresses: Some(self.addresses), own: Some(&address), ..scope };
        for (_, node) in &mut own {
            resolve(node, &scope, &mut self.notes.findings(&mut open));
        }

        let common = Node { value: NodeValue::Mapping(common), span: key.span };
        let envelope = self.envelope(&common);
        let policy = policy_at.map(|at| own.remove(at));
        let mut node = Node { value: NodeValue::Mapping(own), span };
        let mut typed = (kind.read_spec)(&node);
        self.explain(&mut typed, kind, key.span);
        self.notes.add(typed.faults);
        let (mut doc, mut references) = (typed.doc, typed.references);
        if let Some(policy) = policy {
            self.policy(policy, &mut node, &mut doc, &mut references);
        }

        let place = self.place(kind, &envelope, &common, default_name, key.span);
        let draughted = Draughted {
            lifecycle: self.lifecycle(kind, envelope.lifecycle.as_ref(), &common),
            depends_on: self.depends_on(&address, &common),
            name_span: common.get("name").map_or(key.span, |node| node.span),
            project_from: if envelope.project.is_some() { ProjectFrom::Entry } else { ProjectFrom::Stack },
            is_faulty: self.notes.faults.len() > before,
            key_span: key.span,
            node: Arc::new(node),
            address,
            kind,
            place,
            doc,
            references,
            open,
        };
        for fault in &mut self.notes.faults[before..] {
            fault.address.get_or_insert_with(|| draughted.address.clone());
        }
        draughted
    }

    fn envelope(&mut self, common: &Node) -> EntrySpec {
        if common.entries().is_empty() {
            return EntrySpec::default();
        }
        let (spec, read) = typed::read_value::<EntrySpec>(common);
        self.notes.add(read.faults);
        spec.unwrap_or_default()
    }

    fn policy(&mut self, policy: (Key, Node), node: &mut Node, doc: &mut Doc, references: &mut Vec<FoundReference>) {
        let span = policy.0.span;
        let alone = Node { value: NodeValue::Mapping(vec![policy]), span };
        let mut read = typed::read::<PolicySpec>(&alone);
        self.notes.add(read.faults);
        references.append(&mut read.references);
        if let (Some(map), Some(iam)) = (doc.as_map_mut(), read.doc.take("iam")) {
            map.insert("iam".to_owned(), iam);
        }
        if let (NodeValue::Mapping(entries), NodeValue::Mapping(policy)) = (&mut node.value, alone.value) {
            entries.extend(policy);
        }
    }

    /// Gives faults of the fields their way out, and an absent field the entry's key as its place.
    fn explain(&mut self, typed: &mut Typed, kind: &Row, key_span: Span) {
        let section = kind.descriptor.section;
        if typed.faults.is_empty() {
            return;
        }
        let own = self.fields.entry(section).or_insert_with(|| schema::field_names(kind));
        for fault in &mut typed.faults {
            let field = fault.field.as_ref().map(DocPath::pattern).unwrap_or_default();
            let is_top = fault.field.as_ref().is_some_and(|field| field.0.len() == 1);
            match fault.code.as_str() {
                "missing-field" => {
                    if is_top {
                        fault.span = Some(key_span);
                    }
                    fault.hint = Some(format!("`stackctl explain {section}.{field}`"));
                }
                "unknown-field" => {
                    let parent = field.rsplit_once('.').map(|(parent, _)| format!(".{parent}")).unwrap_or_default();
                    let mut known: Vec<&str> = common_fields(kind).collect();
                    known.extend(own.iter().map(String::as_str));
                    if is_top && let Some(near) = suggest::nearest(&field, known) {
                        fault.label = Some(format!("did you mean `{near}`?"));
                    }
                    fault.hint = Some(format!("`stackctl explain {section}{parent}` lists the fields"));
                }
                _ => {}
            }
        }
    }

    fn place(&mut self, kind: &Row, envelope: &EntrySpec, common: &Node, default_name: String, key: Span) -> Place {
        let mut place = Place::default();
        let at = |field: &str| common.get(field).map_or(key, |node| node.span);
        let project = envelope.project.clone().or_else(|| self.scope.project.map(|project| project.id.clone()));
        if let Some(project) = &envelope.project
            && let Some(words) = wrong_project(project)
        {
            let fault = Diagnostic::error("bad-project", format!("`{project}` is no project id: {words}"));
            self.notes.faults.push(fault.at(at("project")));
        }
        place.values.insert("project".to_owned(), project.unwrap_or_default());
        place.values.insert("name".to_owned(), envelope.name.clone().unwrap_or(default_name));
        let (field, own) = match kind.descriptor.location {
            Location::Global | Location::Parent => return place,
            Location::Region => ("region", envelope.region.as_deref()),
            Location::Location => ("location", envelope.location.as_deref()),
        };
        let fault = match (own, self.scope.region) {
            (Some(region), _) if field == "region" => wrong_region(region).map(|words| {
                Diagnostic::error("bad-region", format!("`{region}` is no region: {words}")).at(at(field))
            }),
            (None, None) => Some(
                Diagnostic::error("no-region", format!("a {} needs a {field}", kind.descriptor.noun))
                    .at(key)
                    .hint(format!("write `region: us-central1` at the top of the file, or `{field}:` here")),
            ),
            _ => None,
        };
        self.notes.faults.extend(fault);
        let location = own.or(self.scope.region).unwrap_or_default().to_owned();
        place.values.insert("location".to_owned(), location);
        place
    }

    fn lifecycle(&mut self, kind: &Row, spec: Option<&LifecycleSpec>, common: &Node) -> Lifecycle {
        let (Some(spec), Some(node)) = (spec, common.get("lifecycle")) else { return Lifecycle::default() };
        Lifecycle {
            protect: spec.protect.unwrap_or_default(),
            adopt: spec.adopt.unwrap_or_default(),
            on_delete: spec.on_delete.map(Into::into),
            ignore: self.fields_named(kind, node.get("ignore")),
            strict: self.fields_named(kind, node.get("strict")),
        }
    }

    fn fields_named(&mut self, kind: &Row, list: Option<&Node>) -> Vec<DocPath> {
        let elements = list.map(Node::elements).unwrap_or_default();
        if elements.is_empty() {
            return Vec::new();
        }
        let section = kind.descriptor.section;
        let known = self.fields.entry(section).or_insert_with(|| schema::field_names(kind));
        let mut paths = Vec::new();
        for element in elements {
            let Some(text) = element.text() else { continue };
            let path = text.parse::<DocPath>().ok().filter(|path| !path.0.is_empty());
            let Some(path) = path else {
                self.notes.faults.push(
                    Diagnostic::error("bad-field", format!("`{text}` is no path of a field"))
                        .at(element.span)
                        .hint("a path looks like `scaling.minInstanceCount` or `labels[\"a b\"]`"),
                );
                continue;
            };
            let first = match &path.0[0] {
                Segment::Key(key) => key.as_str(),
                Segment::Index(_) | Segment::Keyed(..) => "",
            };
            if !known.iter().any(|field| field == first) {
                let fault = Diagnostic::error("unknown-field", format!("unknown field `{first}`")).at(element.span);
                let fault = fault.hint(format!("`stackctl explain {section}` lists the fields"));
                self.notes.faults.push(match suggest::nearest(first, known.iter().map(String::as_str)) {
                    Some(near) => fault.label(format!("did you mean `{near}`?")),
                    None => fault,
                });
            }
            paths.push(path);
        }
        paths
    }

    fn depends_on(&mut self, own: &Address, common: &Node) -> Vec<(Address, Span)> {
        let mut needed = Vec::new();
        for element in common.get("dependsOn").map(Node::elements).unwrap_or_default() {
            let Some(text) = element.text() else { continue };
            let Ok(address) = text.parse::<Address>() else {
                self.notes.faults.push(
                    Diagnostic::error("bad-address", format!("`{text}` is not an address"))
                        .at(element.span)
                        .label("an address looks like `services.prefect-server`"),
                );
                continue;
            };
            match self.addresses.find(&address.section, &address.key) {
                Named::Entry if address == *own => {
                    let fault = Diagnostic::error("cycle", format!("`{own}` depends on itself"));
                    self.notes.faults.push(fault.at(element.span));
                }
                Named::Entry => needed.push((address, element.span)),
                Named::Family(keys) => {
                    let all = keys.iter().map(|key| Address::new(&address.section, key));
                    needed.extend(all.filter(|made| made != own).map(|made| (made, element.span)));
                }
                Named::Nothing => {
                    let fault = self.addresses.unknown_entry(&address.section, &address.key, element.span);
                    self.notes.faults.push(fault);
                }
            }
        }
        needed
    }
}

/// Whether a field is one that entries have whatever their kind.
fn is_common(kind: &Row, field: &str) -> bool {
    ENTRY_FIELDS.contains(&field) || location_field(kind) == Some(field)
}

/// Which field says where entries of a kind are.
pub(super) fn location_field(kind: &Row) -> Option<&'static str> {
    match kind.descriptor.location {
        Location::Region => Some("region"),
        Location::Location => Some("location"),
        Location::Global | Location::Parent => None,
    }
}

/// The fields that entries of a kind have beside those of the kind.
pub(super) fn common_fields(kind: &Row) -> impl Iterator<Item = &'static str> {
    let policy = kind.descriptor.policy.map(|_| "iam");
    ENTRY_FIELDS.into_iter().chain(location_field(kind)).chain(policy)
}
