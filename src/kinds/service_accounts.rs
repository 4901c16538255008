//! Service accounts.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map as JsonMap, Value as Json, json};

use super::call::{Refusal, Satisfied, Verdict};
use super::request::{self, At};
use super::{
    Api, Call, CheckInput, Completion, Descriptor, Durations, FieldRule, Flag, HoldsData, IdStyle, Kind, ListStyle,
    Location, Output, Policy, StepInput, UpdateStyle, descriptor_calls, faults, names,
};
use crate::model::spec::Value;
use crate::model::{Action, Diagnostic, Doc, Map, Place, ProjectFacts};
use crate::wire::Method;
use crate::wire::operation::Family;

/// A service account: the identity of a program.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceAccountSpec {
    /// A name for people, at most 100 bytes.
    pub display_name: Option<Value<String>>,
    /// What it is for, at most 256 bytes.
    pub description: Option<Value<String>>,
    /// Whether it can no longer be used. Default `false`.
    pub disabled: Option<Value<bool>>,
}

/// The kind of `serviceAccounts`.
#[derive(Debug)]
pub struct ServiceAccount;

const DISCOVERY: &str = "iam v1 discovery, ServiceAccount";
const RULES: &str = "terraform-provider-google, google_service_account";

static DESCRIPTOR: Descriptor = Descriptor {
    section: "serviceAccounts",
    noun: "service account",
    doc: "Service accounts: the identities of programs.",
    api: Api { host: "iam.googleapis.com", prefix: "/v1/", service: "iam.googleapis.com" },
    location: Location::Global,
    parents: &[],
    collection: "projects/{project}/serviceAccounts",
    item: "projects/{project}/serviceAccounts/{name}@{project}.iam.gserviceaccount.com",
    id: IdStyle::Custom,
    list: Some(ListStyle { items: "accounts", page_size: Some(("pageSize", 100)), name: "name", complete: true }),
    readable: true,
    update: UpdateStyle::Custom,
    family: Family::None,
    unique_id: Some("uniqueId"),
    guard: Some("etag"),
    labels: None,
    policy: Some(Policy { get_with_post: true, takes_version: true }),
    holds_data: HoldsData::No,
    durations: Durations { create: 3, update: 1, delete: 1 },
    name_blocked_days: None,
    serialised_by: None,
    shapes: &[],
    fields: &[
        FieldRule::new("name", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("email", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("projectId", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("uniqueId", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("oauth2ClientId", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("etag", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("displayName", "recordings iam/serviceaccount-full-2025-05: absent where it is empty")
            .default("\"\""),
        FieldRule::new("description", "recordings iam/serviceaccount-full-2025-05: absent where it is empty")
            .default("\"\""),
        FieldRule::new("disabled", RULES).default("false").via("disable"),
    ],
    outputs: &[
        Output { name: "name", path: "", doc: "The account's id: the part of the e-mail address before the `@`." },
        Output { name: "path", path: "", doc: "`projects/PROJECT/serviceAccounts/EMAIL`." },
        Output { name: "email", path: "email", doc: "The e-mail address." },
        Output { name: "member", path: "", doc: "`serviceAccount:EMAIL`, as policies name it." },
        Output { name: "uniqueId", path: "uniqueId", doc: "The number that Google gave it; never given again." },
    ],
};

/// The e-mail address of the account at `place`.
pub fn email(place: &Place) -> String {
    place.fill("{name}@{project}.iam.gserviceaccount.com")
}

impl Kind for ServiceAccount {
    type Spec = ServiceAccountSpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    /// 6 to 30 characters (iam v1 discovery, CreateServiceAccountRequest.accountId).
    fn check_name(name: &str) -> Result<(), String> {
        names::length(name, 6, 30)?;
        names::rfc1035(name, 30)
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        [("displayName", 100), ("description", 256)]
            .into_iter()
            .filter_map(|(field, most)| {
                let length = input.doc.dig_str(field)?.len();
                (length > most).then(|| {
                    faults::at(field, "too-long", format!("`{field}` has {length} bytes, Google takes {most}"))
                        .hint("write less")
                })
            })
            .collect()
    }

    fn known_outputs(place: &Place, _: &ProjectFacts, _: &Doc) -> Map {
        let email = email(place);
        Map::from([
            ("name".to_owned(), Doc::from(place.name())),
            ("path".to_owned(), Doc::from(place.fill(DESCRIPTOR.item))),
            ("member".to_owned(), Doc::from(format!("serviceAccount:{email}"))),
            ("email".to_owned(), Doc::from(email)),
        ])
    }

    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        match input.action {
            Action::Create => create(input),
            Action::Replace => {
                let mut calls = vec![descriptor_calls::delete(&DESCRIPTOR, input)];
                calls.extend(create(&StepInput { live: None, ..input.clone() })?);
                Ok(calls)
            }
            Action::Update | Action::Adopt => update(input),
            _ => descriptor_calls::calls(&DESCRIPTOR, input),
        }
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        let is_follow_up = refusal.action == Action::Create && refusal.call != "create";
        if is_follow_up && matches!(refusal.error.status, 403 | 404) {
            let because = format!("`{}` was just made and is not seen everywhere yet", refusal.place.name());
            return Verdict::Retry { because };
        }
        Verdict::General
    }

    fn consequences(input: &StepInput<'_>) -> Vec<String> {
        match input.action {
            Action::Delete | Action::Replace => vec![format!(
                "all rights given to `{}` are lost, also for an account made again under this name",
                email(input.place)
            )],
            _ => Vec::new(),
        }
    }
}

/// The create takes everything but `disabled`.
fn create(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    let mut account = descriptor_calls::create_body(&DESCRIPTOR, input)?;
    let is_disabled = account.as_object_mut().and_then(|map| map.shift_remove("disabled")) == Some(json!(true));
    let body = json!({"accountId": input.place.name(), "serviceAccount": account});
    let mut calls = vec![descriptor_calls::create(&DESCRIPTOR, input, body)];
    calls.extend(is_disabled.then(|| switch(input, true)));
    calls.extend(descriptor_calls::policy_edit(&DESCRIPTOR, input));
    Ok(calls)
}

fn update(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    let changes = descriptor_calls::Changes::of(&DESCRIPTOR, input);
    let mut calls = Vec::new();
    calls.extend(patch(input, &descriptor_calls::api_fields(&DESCRIPTOR, &changes.general))?);
    if changes.by("disable").is_some() {
        let is_disabled = input.desired.and_then(|doc| doc.get("disabled")).and_then(Doc::as_bool).unwrap_or(false);
        calls.push(switch(input, is_disabled));
    }
    calls.extend(descriptor_calls::policy_edit(&DESCRIPTOR, input));
    Ok(calls)
}

/// The mask stands in the body, in the spelling that Google was seen to take (recordings
/// iam/serviceaccount-full-2025-05: `description,display_name`).
fn patch(input: &StepInput<'_>, fields: &[String]) -> Result<Option<Call>, Diagnostic> {
    if fields.is_empty() {
        return Ok(None);
    }
    let merged = request::body(&descriptor_calls::merged(&DESCRIPTOR, input))?;
    let mut account = JsonMap::new();
    for field in fields {
        account.insert(field.clone(), merged.get(field).cloned().unwrap_or_else(|| json!("")));
    }
    let mut account = Json::Object(account);
    descriptor_calls::put_guard(&DESCRIPTOR, input, &mut account);
    let mask: Vec<_> = fields.iter().map(|field| snake(field)).collect();
    let body = json!({"serviceAccount": account, "updateMask": mask.join(",")});
    let request = request::request(&DESCRIPTOR, Method::Patch, input.place, At::Item).json(body);
    Ok(Some(descriptor_calls::http("update", request, Completion::Reply, Satisfied::BySuccess)))
}

fn snake(field: &str) -> &str {
    if field == "displayName" { "display_name" } else { field }
}

fn switch(input: &StepInput<'_>, is_disabled: bool) -> Call {
    let (label, suffix) = if is_disabled { ("disable", ":disable") } else { ("enable", ":enable") };
    descriptor_calls::action(&DESCRIPTOR, input, label, suffix, json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::descriptor_calls::tests::{Step, shown};
    use crate::kinds::{recorded, row};

    const ACCOUNTS: &str = "iam.googleapis.com/v1/projects/p/serviceAccounts";
    const EMAIL: &str = "my-account@p.iam.gserviceaccount.com";

    #[test]
    fn recorded_answers_lose_nothing_and_differ_in_nothing_from_their_entries() {
        let answers = include_str!("../../tests/recorded/serviceAccounts.jsonl");
        recorded::shapes_lose_nothing(&row::<ServiceAccount>(), answers);
        recorded::entries_differ_in_nothing(&row::<ServiceAccount>(), answers, |_| Step::new("my-account").place);
    }

    #[test]
    fn a_create_wraps_the_account_and_what_comes_apart_follows() {
        // gcloud/requests.jsonl: `{"accountId", "serviceAccount": {"displayName"}}`
        let step = Step::new("my-account").desired(json!({"displayName": "Mine", "disabled": true,
            "iam": [{"role": "roles/iam.serviceAccountUser", "members": ["user:a@b.c"]}]}));
        assert_eq!(
            shown(ServiceAccount::calls(&step.input(Action::Create))),
            json!([
                {"label": "create", "request": format!("POST {ACCOUNTS}"),
                 "body": {"accountId": "my-account", "serviceAccount": {"displayName": "Mine"}}},
                {"label": "disable", "request": format!("POST {ACCOUNTS}/{EMAIL}:disable"), "body": {}},
                {"label": "set members", "get": format!("POST {ACCOUNTS}/{EMAIL}:getIamPolicy"),
                 "set": format!("POST {ACCOUNTS}/{EMAIL}:setIamPolicy"),
                 "add": [{"role": "roles/iam.serviceAccountUser", "members": ["user:a@b.c"]}], "remove": []},
            ])
        );
    }

    #[test]
    fn an_empty_account_has_an_empty_body() {
        // recordings iam/serviceaccount-cassette-2024-04-16
        let step = Step::new("my-account").desired(json!({}));
        let shown = shown(ServiceAccount::calls(&step.input(Action::Create)));
        assert_eq!(shown[0]["body"], json!({"accountId": "my-account", "serviceAccount": {}}));
    }

    #[test]
    fn an_update_has_its_mask_and_etag_in_the_body() {
        // recordings iam/serviceaccount-full-2025-05
        let step = Step::new("my-account")
            .desired(json!({"description": "new", "displayName": "Mine"}))
            .live(json!({"description": "old", "displayName": "Other", "etag": "E=", "disabled": true, "email": EMAIL}))
            .changed(&["description", "displayName"])
            .removed(&["disabled"]);
        assert_eq!(
            shown(ServiceAccount::calls(&step.input(Action::Update))),
            json!([
                {"label": "update", "request": format!("PATCH {ACCOUNTS}/{EMAIL}"), "body": {
                    "serviceAccount": {"description": "new", "displayName": "Mine", "etag": "E="},
                    "updateMask": "description,display_name"}},
                {"label": "enable", "request": format!("POST {ACCOUNTS}/{EMAIL}:enable"), "body": {}},
            ])
        );
    }

    #[test]
    fn a_dropped_description_is_emptied() {
        let step =
            Step::new("my-account").desired(json!({})).live(json!({"description": "old"})).removed(&["description"]);
        let shown = shown(ServiceAccount::calls(&step.input(Action::Update)));
        assert_eq!(shown[0]["body"], json!({"serviceAccount": {"description": ""}, "updateMask": "description"}));
    }

    #[test]
    fn what_needs_no_answer_is_known() {
        let step = Step::new("my-account");
        let outputs = ServiceAccount::known_outputs(&step.place, &step.project, &Doc::map());
        assert_eq!(outputs["email"], Doc::from(EMAIL));
        assert_eq!(outputs["member"], Doc::from(format!("serviceAccount:{EMAIL}")));
        let element = json!({"name": format!("projects/p/serviceAccounts/{EMAIL}")});
        assert!(ServiceAccount::is_member(&step.place, &element));
    }

    #[test]
    fn only_what_follows_a_create_waits_for_the_account_to_be_seen() {
        let error = crate::wire::ApiError {
            status: 404,
            canonical: Some("NOT_FOUND".into()),
            reason: None,
            message: "Service account x does not exist.".into(),
            metadata: Vec::new(),
            retry_after_s: None,
        };
        let place = &Step::new("my-account").place;
        let judge = |action, call| ServiceAccount::judge(&Refusal { action, place, call, error: &error, live: None });
        assert!(matches!(judge(Action::Create, "disable"), Verdict::Retry { .. }));
        assert_eq!(judge(Action::Create, "create"), Verdict::General);
        assert_eq!(judge(Action::Update, "disable"), Verdict::General);
    }

    #[test]
    fn names_have_6_to_30_characters() {
        assert!(ServiceAccount::check_name("prefect-sa").is_ok());
        for name in ["short", &"a".repeat(31), "1account", "my_account"] {
            assert!(ServiceAccount::check_name(name).is_err(), "{name}");
        }
    }
}
