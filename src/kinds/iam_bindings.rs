//! IAM bindings of a project, additive: `gcloud projects add-iam-policy-binding`.
//!
//! All entries of a project share its policy: their reads are one request and their edits one write (the engine joins
//! them). An entry is a binding with some of its members; other members of the same role are somebody else's.
//!
//! Role and condition together say which binding it is, so they are part of its place (`binding`): a delete knows them
//! from the inventory, a change of them is a move to another place.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::iam::{self, ConditionSpec};
use super::kind::Parents;
use super::{
    Api, Call, CheckInput, Descriptor, Durations, Effect, FieldRule, Flag, HoldsData, IdStyle, Kind, ListStyle, Live,
    Location, Lookup, PolicyEdit, StepInput, UpdateStyle, faults,
};
use crate::model::spec::{Member, Value};
use crate::model::{Action, Diagnostic, Doc, DocPath, Place, ProjectFacts, Segment};
use crate::wire::operation::Family;
use crate::wire::policy::{self, Binding};
use crate::wire::{Method, Request};

/// A role on the project and who holds it. Members that others added stay.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IamBindingSpec {
    /// The role: `roles/cloudsql.client`, `projects/PROJECT/roles/ID`, `organizations/NUMBER/roles/ID`. Immutable.
    pub role: Value<String>,
    /// Who gets it: `user:ann@example.com`, `group:…`, `domain:…`, `principal://…`, or `serviceAccount:KEY` with a key
    /// of `serviceAccounts` or an e-mail address. Members that others added stay.
    pub members: Vec<Member>,
    /// The role holds only while this is true. Immutable.
    pub condition: Option<ConditionSpec>,
}

/// The kind of `iamBindings`.
#[derive(Debug)]
pub struct IamBinding;

const DISCOVERY: &str = "cloudresourcemanager v1 discovery, Binding";
const ADDITIVE: &str = "design.md: additive, as gcloud projects add-iam-policy-binding";

static DESCRIPTOR: Descriptor = Descriptor {
    section: "iamBindings",
    noun: "IAM binding",
    doc: "Roles on the project and who holds them. Additive: members that others added stay.",
    api: Api {
        host: "cloudresourcemanager.googleapis.com",
        prefix: "/v1/",
        service: "cloudresourcemanager.googleapis.com",
    },
    location: Location::Global,
    parents: &[],
    collection: "projects/{project}",
    item: "projects/{project}/iamBindings/{name}/{binding}",
    id: IdStyle::Custom,
    list: Some(ListStyle { items: "bindings", page_size: None, name: "role", complete: true }),
    readable: false,
    update: UpdateStyle::Custom,
    family: Family::None,
    unique_id: None,
    guard: None,
    labels: None,
    policy: None,
    holds_data: HoldsData::No,
    durations: Durations { create: 2, update: 2, delete: 2 },
    name_blocked_days: None,
    serialised_by: None,
    shapes: &[],
    fields: &[
        FieldRule::new("role", DISCOVERY).flags(&[Flag::Immutable]),
        FieldRule::new("members", ADDITIVE).flags(&[Flag::Additive]),
        FieldRule::new("condition", DISCOVERY).flags(&[Flag::Immutable]),
    ],
    outputs: &[],
};

/// What `place` calls the role and condition of an entry.
const BINDING: &str = "binding";

impl Kind for IamBinding {
    type Spec = IamBindingSpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    /// The name is only a key: Google's policies have none.
    fn check_name(_: &str) -> Result<(), String> {
        Ok(())
    }

    fn settle(place: &mut Place, doc: &mut Doc, _: Parents<'_>) {
        if let Some(binding) = iam::binding(doc) {
            let key = iam::binding_key(&binding.role, binding.condition.as_ref());
            place.values.insert(BINDING.to_owned(), key);
        }
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        let mut found = iam::check_binding(input.doc, &DocPath::root());
        for field in ["role", "condition"] {
            if input.doc.get(field).is_some_and(|value| !value.is_known()) {
                found.push(
                    faults::at(field, "must-be-known", format!("`{field}` says which binding it is and must be known"))
                        .hint("write it out, or use `${var.NAME}`"),
                );
            }
        }
        let members = input.doc.get("members").and_then(Doc::as_list).unwrap_or_default();
        for (index, member) in members.iter().enumerate() {
            if matches!(member.as_str(), Some("allUsers" | "allAuthenticatedUsers")) {
                let path = DocPath::keys("members").index(index);
                found.push(
                    Diagnostic::warning(
                        "public-project-role",
                        "everybody on the internet gets this role on the whole project",
                    )
                    .field(path)
                    .hint("Google refuses it for most roles; write `invokers: [allUsers]` on the service instead"),
                );
            }
        }
        found
    }

    fn lookup(place: &Place, _: &ProjectFacts, _: Option<&Doc>) -> Lookup {
        Lookup { item: None, list: Some(get(place)), policy: None, extra: Vec::new() }
    }

    fn is_member(place: &Place, element: &Json) -> bool {
        policy::is_same(element, &wanted(place))
    }

    fn is_there(_: &Place, doc: &Doc, live: &Live) -> bool {
        iam::missing(&Doc::List(vec![doc.clone()]), &live_list(live)).is_empty()
    }

    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        let mut edit = PolicyEdit { get: get(input.place), set: set(input.place), add: Vec::new(), remove: Vec::new() };
        if !matches!(input.action, Action::Delete | Action::None | Action::Forget) {
            let live = input.live.map_or_else(|| Doc::List(Vec::new()), live_list);
            edit.add = input.desired.map(|doc| iam::missing(&Doc::List(vec![doc.clone()]), &live)).unwrap_or_default();
        }
        if matches!(input.action, Action::Delete | Action::Update | Action::Adopt | Action::Replace) {
            edit.remove = removed(input);
        }
        if edit.add.is_empty() && edit.remove.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Call { label: "set members", effect: Effect::Policy(edit) }])
    }
}

fn get(place: &Place) -> Request {
    project(place, ":getIamPolicy").json(json!({"options": {"requestedPolicyVersion": 3}}))
}

fn set(place: &Place) -> Request {
    project(place, ":setIamPolicy")
}

fn project(place: &Place, suffix: &str) -> Request {
    let path = format!("{}projects/{}{suffix}", DESCRIPTOR.api.prefix, super::request::segment(place.project()));
    Request::new(Method::Post, DESCRIPTOR.api.host, path)
}

/// Role and condition of the entry at `place`, without members.
fn wanted(place: &Place) -> Binding {
    let (role, condition) = iam::parse_binding_key(place.get(BINDING));
    Binding { role, members: Vec::new(), condition }
}

fn live_list(live: &Live) -> Doc {
    Doc::List(vec![Doc::from(&live.api)])
}

/// The members of this entry that go: those that `removed` names (`members["user:ann@example.com"]`).
fn removed(input: &StepInput<'_>) -> Vec<Binding> {
    let member = |path: &DocPath| match path.0.as_slice() {
        [Segment::Key(field), Segment::Key(member)] if field == "members" => Some(member.clone()),
        _ => None,
    };
    let members: Vec<String> = input.removed.iter().filter_map(member).collect();
    if members.is_empty() { Vec::new() } else { vec![Binding { members, ..wanted(input.place) }] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::descriptor_calls::tests::{Step, shown};

    const PROJECT: &str = "POST cloudresourcemanager.googleapis.com/v1/projects/p";

    fn step(desired: Json) -> Step {
        let mut step = Step::new("key").desired(desired);
        let mut doc = step.desired.clone().unwrap();
        IamBinding::settle(&mut step.place, &mut doc, &|_| None);
        step
    }

    fn calls(step: &Step, action: Action) -> Json {
        shown(IamBinding::calls(&step.input(action)))
    }

    #[test]
    fn a_create_adds_the_members_that_are_missing() {
        let step = step(json!({"role": "roles/r", "members": ["user:Ann@x.y", "user:bob@x.y"]}));
        let live = step.live(json!({"role": "roles/r", "members": ["user:ann@x.y", "user:theirs@x.y"]}));
        assert_eq!(
            calls(&live, Action::Create),
            json!([{"label": "set members", "get": format!("{PROJECT}:getIamPolicy"), "set": format!("{PROJECT}:setIamPolicy"),
                "add": [{"role": "roles/r", "members": ["user:bob@x.y"]}], "remove": []}])
        );
    }

    #[test]
    fn a_delete_takes_away_only_what_we_set() {
        let condition = json!({"title": "t", "expression": "request.time < x"});
        let step = step(json!({"role": "roles/r", "members": ["user:a@x.y"], "condition": condition}));
        let step = Step { desired: None, ..step }
            .live(json!({"role": "roles/r", "members": ["user:a@x.y", "user:theirs@x.y"], "condition": condition}))
            .removed(&["role", r#"members["user:a@x.y"]"#]);
        assert_eq!(
            calls(&step, Action::Delete)[0]["remove"],
            json!([{"role": "roles/r", "members": ["user:a@x.y"], "condition": condition}])
        );
        assert_eq!(calls(&step, Action::Delete)[0]["add"], json!([]));
    }

    #[test]
    fn an_update_adds_and_removes_in_one_write() {
        let step = step(json!({"role": "roles/r", "members": ["user:b@x.y"]}))
            .live(json!({"role": "roles/r", "members": ["user:a@x.y"]}))
            .changed(&[r#"members["user:b@x.y"]"#])
            .removed(&[r#"members["user:a@x.y"]"#]);
        let shown = calls(&step, Action::Update);
        assert_eq!(shown[0]["add"], json!([{"role": "roles/r", "members": ["user:b@x.y"]}]));
        assert_eq!(shown[0]["remove"], json!([{"role": "roles/r", "members": ["user:a@x.y"]}]));
    }

    #[test]
    fn a_binding_is_known_by_role_and_condition() {
        let plain = step(json!({"role": "roles/r", "members": []}));
        let conditional =
            step(json!({"role": "roles/r", "members": [], "condition": {"title": "t", "expression": "e"}}));
        let live = json!({"role": "roles/r", "members": ["x"], "condition": {"title": "t", "expression": "e"}});
        assert!(IamBinding::is_member(&conditional.place, &live));
        assert!(!IamBinding::is_member(&plain.place, &live));
        assert!(IamBinding::is_member(&plain.place, &json!({"role": "roles/r", "members": ["x"]})));
        assert_ne!(plain.place.fill(DESCRIPTOR.item), conditional.place.fill(DESCRIPTOR.item));
    }

    #[test]
    fn an_entry_is_there_once_all_its_members_are() {
        let step = step(json!({"role": "roles/r", "members": ["user:a@x.y"]}));
        let there = |members: Json| {
            let live = Live { api: json!({"role": "roles/r", "members": members}), policy: None, extra: Vec::new() };
            IamBinding::is_there(&step.place, step.desired.as_ref().unwrap(), &live)
        };
        assert!(there(json!(["user:a@x.y", "user:theirs@x.y"])));
        assert!(!there(json!(["user:theirs@x.y"])));
    }

    #[test]
    fn all_entries_of_a_project_read_one_policy() {
        let reads = ["a", "b"].map(|name| {
            let step = Step::new(name).at("binding", &format!("roles/{name}"));
            IamBinding::lookup(&step.place, &step.project, None).list
        });
        assert_eq!(reads[0], reads[1]);
        assert_eq!(reads[0].as_ref().unwrap().body.as_json(), Some(&json!({"options": {"requestedPolicyVersion": 3}})));
    }

    #[test]
    fn offline_faults_name_their_field() {
        let check = |json: Json| {
            let (doc, step) = (Doc::from(&json), Step::new("key"));
            let faults = IamBinding::check(&CheckInput { place: &step.place, doc: &doc });
            faults.into_iter().map(|fault| fault.field.unwrap().to_string()).collect::<Vec<_>>()
        };
        assert!(check(json!({"role": "roles/run.invoker", "members": ["user:a@b.c"]})).is_empty());
        assert_eq!(check(json!({"role": "run.invoker", "members": ["user:a@b.c"]})), ["role"]);
        assert_eq!(check(json!({"role": "roles/x", "members": ["a@b.c"]})), ["members[0]"]);
        assert_eq!(check(json!({"role": "roles/x", "members": ["allUsers"]})), ["members[0]"]);
        assert_eq!(
            check(
                json!({"role": "roles/owner", "members": ["user:a@b.c"], "condition": {"title": "t", "expression": "e"}})
            ),
            ["condition"]
        );
    }
}
