//! Users of Cloud SQL instances: built-in ones with a password, IAM users, service accounts and groups.
//!
//! The login is derived from who it is; its form depends on the engine. There is no read of one user that is known to
//! work, so the instance's list is read. Passwords are set and never come back.

mod checks;
mod login;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use self::login::Principal;
use super::{API, Engine, engine_at, refusals, text};
use crate::kinds::call::{Refusal, Satisfied, Verdict};
use crate::kinds::payload::{self, Payload, PayloadSpec, source_of};
use crate::kinds::request::{self, At};
use crate::kinds::sections::{ServiceAccounts, SqlInstances};
use crate::kinds::{
    Call, CheckInput, Compare, Completion, Descriptor, Durations, FieldRule, Flag, HoldsData, IdStyle, Kind, ListStyle,
    Live, Location, Lookup, Output, Parents, Shape, StepInput, UpdateStyle, descriptor_calls as base, overlay,
};
use crate::model::spec::{ByEmail, ByName, Ref, Value};
use crate::model::{Action, Diagnostic, Doc, DocPath, Map, Place, ProjectFacts};
use crate::wire::operation::Family;
use crate::wire::{Method, Request};

/// A user of a Cloud SQL instance: one of `serviceAccount`, `user` and `group` for IAM login, or a `password`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SqlUserSpec {
    /// The instance that it is on.
    pub instance: Ref<SqlInstances, ByName>,
    /// IAM login of a service account: a key of `serviceAccounts`, or an e-mail address.
    pub service_account: Option<Ref<ServiceAccounts, ByEmail>>,
    /// IAM login of a person: the e-mail address.
    pub user: Option<Value<String>>,
    /// IAM login of all members of a group: its e-mail address.
    pub group: Option<Value<String>>,
    /// Password of a built-in user, whose login is the entry's key or `name`.
    pub password: Option<PayloadSpec>,
    /// MySQL: from where a built-in user may come, `%` (everywhere) by default. It cannot change.
    pub host: Option<Value<String>>,
    /// Roles in the database that it gets: `cloudsqlsuperuser`. Google does not say which ones it has; when the list
    /// changes, it has exactly these.
    pub database_roles: Option<Vec<Value<String>>>,
    /// SQL Server: roles on the server.
    pub server_roles: Option<Vec<Value<String>>>,
    /// Rules for the password of a built-in user.
    pub password_policy: Option<PasswordPolicy>,
    /// MySQL: whether the old password goes on working beside a new one.
    pub dual_password_type: Option<Value<DualPasswordType>>,
}

/// Rules for the password of a built-in user.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordPolicy {
    /// Failed logins after which the user is locked.
    pub allowed_failed_attempts: Option<Value<i64>>,
    /// Whether failed logins are counted.
    pub enable_failed_attempts_check: Option<Value<bool>>,
    /// Whether a change needs the old password.
    pub enable_password_verification: Option<Value<bool>>,
    /// How long a password is good for: `2592000s`, `30d`.
    pub password_expiration_duration: Option<Value<String>>,
}

/// Whether the old password goes on working.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DualPasswordType {
    NoModifyDualPassword,
    NoDualPassword,
    DualPassword,
}

/// The kind.
#[derive(Debug)]
pub struct SqlUsers;

const DISCOVERY: &str = "discovery sqladmin.v1";
const RULES: &str = "field-rules sqlUsers";

const FIELDS: &[FieldRule] = &[
    FieldRule::new("instance", RULES).flags(&[Flag::Immutable]).compare(Compare::LastSegment),
    FieldRule::new("serviceAccount", RULES).flags(&[Flag::Immutable]).compare(Compare::IgnoreCase),
    FieldRule::new("user", RULES).flags(&[Flag::Immutable]).compare(Compare::IgnoreCase),
    FieldRule::new("group", RULES).flags(&[Flag::Immutable]).compare(Compare::IgnoreCase),
    FieldRule::new("host", "field-rules sqlUsers; recordings sql/user: `%` where none was sent")
        .flags(&[Flag::Immutable])
        .default("\"%\""),
    FieldRule::new("password", "recordings sql/user: sent, never answered").flags(&[Flag::InputOnly, Flag::Sensitive]),
    FieldRule::new("databaseRoles", "Cloud SQL: given on create, not read back")
        .flags(&[Flag::InputOnly])
        .compare(Compare::Unordered),
    FieldRule::new("serverRoles", DISCOVERY).flags(&[Flag::InputOnly]).compare(Compare::Unordered),
    FieldRule::new("dualPasswordType", DISCOVERY).flags(&[Flag::ServerDefault]),
    FieldRule::new("passwordPolicy.status", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("passwordPolicy.passwordExpirationDuration", DISCOVERY).compare(Compare::Duration),
    FieldRule::new("passwordPolicy.enableFailedAttemptsCheck", "protobuf: false is left out of answers")
        .default("false"),
    FieldRule::new("passwordPolicy.enablePasswordVerification", "protobuf: false is left out of answers")
        .default("false"),
    // Derived from who it is.
    FieldRule::new("login", "derived").flags(&[Flag::OutputOnly]),
    FieldRule::new("type", "derived").flags(&[Flag::OutputOnly]),
    FieldRule::new("etag", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("iamEmail", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("iamStatus", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("kind", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("project", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("sqlserverUserDetails", DISCOVERY).flags(&[Flag::OutputOnly]),
];

/// The static facts.
pub static DESCRIPTOR: Descriptor = Descriptor {
    section: "sqlUsers",
    noun: "SQL user",
    doc: "Users of Cloud SQL instances: with a password, or by IAM a service account, a person or a group.",
    api: API,
    location: Location::Parent,
    parents: &["instance"],
    collection: "projects/{project}/instances/{instance}/users",
    item: "projects/{project}/instances/{instance}/users/{name}",
    id: IdStyle::Custom,
    list: Some(ListStyle { items: "items", page_size: None, name: "name", complete: true }),
    // `users.get` is what gcloud's `sql users describe` asks, but in no recording: the list has the last word.
    readable: false,
    update: UpdateStyle::Custom,
    family: Family::Sql,
    unique_id: None,
    guard: None,
    labels: None,
    policy: None,
    holds_data: HoldsData::No,
    durations: Durations { create: 4, update: 4, delete: 4 },
    name_blocked_days: None,
    serialised_by: Some("projects/{project}/instances/{instance}"),
    shapes: &[Shape::Move { file: "login", api: "name" }],
    fields: FIELDS,
    outputs: &[
        Output { name: "login", path: "name", doc: "The name to log in with, in the form that the database wants." },
        Output { name: "name", path: "name", doc: "The same." },
        Output { name: "type", path: "type", doc: "What it is: `CLOUD_IAM_SERVICE_ACCOUNT`, …" },
    ],
};

impl Kind for SqlUsers {
    type Spec = SqlUserSpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        if name.is_empty() || name.len() > 320 {
            return Err("1 to 63 bytes, on MySQL to 32 characters".to_owned());
        }
        if name.trim() != name || name.chars().any(char::is_control) {
            return Err("no control characters, no space at either end".to_owned());
        }
        Ok(())
    }

    /// The place's name becomes the login, with the host behind an `@` where MySQL tells users apart by it.
    fn settle(place: &mut Place, doc: &mut Doc, parent: Parents<'_>) {
        let engine = super::settle_engine(place, parent);
        derive(place, doc, engine);
        if let Some(login) = text(doc, "login") {
            let account = login::account(login, text(doc, "host"));
            place.values.insert("name".to_owned(), account);
        }
    }

    fn complete(place: &Place, doc: &mut Doc) {
        if doc.get("login").is_none() {
            derive(place, doc, engine_at(place));
        }
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        checks::check(input)
    }

    fn payloads(doc: &Doc) -> Vec<Payload> {
        let source = doc.get("password").and_then(source_of);
        source.map(|source| Payload { name: "password", source }).into_iter().collect()
    }

    fn known_outputs(_: &Place, _: &ProjectFacts, doc: &Doc) -> Map {
        let mut outputs = Map::new();
        if let Some(login) = text(doc, "login") {
            outputs.insert("login".to_owned(), Doc::from(login));
            outputs.insert("name".to_owned(), Doc::from(login));
        }
        if let Some(kind) = text(doc, "type") {
            outputs.insert("type".to_owned(), Doc::from(kind));
        }
        outputs
    }

    /// A read of one, where its name alone says which: reading the whole list after each of many users would take
    /// time that grows with their square. MySQL tells users apart by host, too, and shortens names.
    fn lookup(place: &Place, project: &ProjectFacts, doc: Option<&Doc>) -> Lookup {
        let mut lookup = base::lookup(&DESCRIPTOR, place, project, doc);
        if matches!(engine_at(place), Some(Engine::Postgres | Engine::SqlServer)) {
            lookup.item = Some(request::read(&DESCRIPTOR, place));
        }
        lookup
    }

    fn is_member(place: &Place, element: &Json) -> bool {
        let name = element["name"].as_str().unwrap_or_default();
        let by_login = login::account(name, element["host"].as_str()) == place.name();
        // MySQL shortens the names of IAM users; the instance may be in no entry.
        let by_email = element["iamEmail"].as_str().is_some_and(|email| login::on_postgres(email) == place.name());
        by_login || by_email
    }

    fn to_file(place: &Place, live: &Live) -> Doc {
        let mut file = base::to_file(&DESCRIPTOR, place, live);
        if text(&file, "host") == Some("") {
            file.take("host");
        }
        if let Some((field, email)) = login::principal_of(&live.api) {
            file.put(field, Doc::from(email));
        }
        file
    }

    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        match input.action {
            Action::Create => Ok(vec![create(input)?]),
            Action::Delete => Ok(vec![delete(input)]),
            Action::Replace => Ok(vec![delete(input), create(input)?]),
            Action::Update | Action::Adopt => Ok(update(input)?.into_iter().collect()),
            Action::None | Action::Forget => Ok(Vec::new()),
        }
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        if let Some(verdict) = refusals::busy(refusal) {
            return verdict;
        }
        if refusal.call == "delete" && refusal.error.status == 400 {
            let message = format!("the user `{}` cannot be dropped: {}", refusal.place.name(), refusal.error.message);
            return Verdict::Failed(Box::new(
                Diagnostic::error("user-in-use", message).hint(
                    "`REASSIGN OWNED BY … TO …; DROP OWNED BY …` first; with its instance it goes without asking",
                ),
            ));
        }
        Verdict::General
    }
}

/// Login and type, from who it is.
fn derive(place: &Place, doc: &mut Doc, engine: Option<Engine>) {
    let (login, kind) = match Principal::of(doc) {
        Some(Principal { email: Some(email), kind, .. }) => (login::login(&email, engine), kind),
        // An e-mail address that only the cloud knows.
        Some(_) => return,
        None => (place.name().to_owned(), "BUILT_IN"),
    };
    doc.put("login", Doc::from(login));
    doc.put("type", Doc::from(kind));
}

fn users(input: &StepInput<'_>, method: Method) -> Request {
    request::request(&DESCRIPTOR, method, input.place, At::Collection)
}

/// Names the user in the query, as Google wants it: on MySQL with the host.
fn named(input: &StepInput<'_>, request: Request) -> Request {
    let live = |key: &str| input.live.and_then(|live| live.api[key].as_str()).filter(|text| !text.is_empty());
    let wanted = |key: &str| input.desired.and_then(|doc| text(doc, key));
    let name = live("name").or_else(|| wanted("login")).unwrap_or(input.place.name());
    let everywhere = (engine_at(input.place) == Some(Engine::MySql)).then_some("%");
    let request = request.query("name", name);
    match live("host").or_else(|| wanted("host")).or(everywhere) {
        Some(host) => request.query("host", host),
        None => request,
    }
}

fn delete(input: &StepInput<'_>) -> Call {
    let request = named(input, users(input, Method::Delete));
    base::http("delete", request, Completion::Operation, Satisfied::ByNotFound)
}

/// Fields of the body that are the file's as they are.
const PLAIN: &[&str] = &["host", "databaseRoles", "serverRoles", "passwordPolicy", "dualPasswordType"];

fn create(input: &StepInput<'_>) -> Result<Call, Diagnostic> {
    let desired = input.desired.cloned().unwrap_or_default();
    let mut body = common(input, sent_name(input, &desired));
    if let Some(kind) = text(&desired, "type").filter(|kind| *kind != "BUILT_IN") {
        body.put("type", Doc::from(kind));
    }
    for field in PLAIN {
        if let Some(value) = desired.get(field) {
            body.put(field, value.clone());
        }
    }
    if desired.get("password").is_some() {
        body.put("password", Doc::from(password(input)?));
    }
    let request = users(input, Method::Post).json(request::body(&body_doc(&body))?);
    Ok(base::http("create", request, Completion::Operation, Satisfied::ByAlreadyExists))
}

/// The name to send: MySQL shortens an IAM user's e-mail address itself, the others take the login.
fn sent_name(input: &StepInput<'_>, desired: &Doc) -> String {
    let principal = Principal::of(desired).filter(|_| engine_at(input.place) == Some(Engine::MySql));
    let login = || text(desired, "login").unwrap_or(input.place.name()).to_owned();
    principal.and_then(|principal| principal.email).unwrap_or_else(login)
}

fn common(input: &StepInput<'_>, name: String) -> Doc {
    let json = json!({"name": name, "instance": input.place.get("instance"), "project": input.place.project()});
    Doc::from(&json)
}

/// Durations in Google's spelling.
fn body_doc(doc: &Doc) -> Doc {
    let mut doc = doc.clone();
    let name = doc.take("name");
    let mut api = request::api_doc(&DESCRIPTOR, &doc);
    if let Some(name) = name {
        api.put("name", name);
    }
    api
}

fn password(input: &StepInput<'_>) -> Result<String, Diagnostic> {
    payload::text_of(input.payloads, "password", input.place.name())
}

/// One `PUT` of all that changed; `None` where nothing did that Google is to hear of.
fn update(input: &StepInput<'_>) -> Result<Option<Call>, Diagnostic> {
    let touches = |field: &str| {
        let field = DocPath::keys(field);
        input.changed.iter().chain(input.removed).any(|path| path.starts_with(&field))
    };
    if !["password", "databaseRoles", "serverRoles", "passwordPolicy", "dualPasswordType"].into_iter().any(touches) {
        return Ok(None);
    }
    let desired = input.desired.cloned().unwrap_or_default();
    let live = input.live.map(|live| SqlUsers::to_file(input.place, live)).unwrap_or_default();
    let merged = overlay::overlay(&DESCRIPTOR, &live, &desired, input.removed);
    let name = text(&live, "login").or_else(|| text(&desired, "login")).unwrap_or(input.place.name()).to_owned();
    let mut body = common(input, name);
    for field in ["host", "passwordPolicy"] {
        if let Some(value) = merged.get(field).filter(|value| value.as_map().is_none_or(|map| !map.is_empty())) {
            body.put(field, value.clone());
        }
    }
    if let Some(value) = desired.get("dualPasswordType").filter(|_| touches("dualPasswordType")) {
        body.put("dualPasswordType", value.clone());
    }
    if desired.get("password").is_some() && touches("password") {
        body.put("password", Doc::from(password(input)?));
    }
    let mut request = named(input, users(input, Method::Put));
    for (field, revoke) in [("databaseRoles", "revokeExistingRoles"), ("serverRoles", "revokeExistingServerRoles")] {
        let Some(roles) = desired.get(field).filter(|_| touches(field)) else { continue };
        for role in roles.as_list().unwrap_or_default().iter().filter_map(Doc::as_str) {
            request = request.query(field, role);
        }
        request = request.query(revoke, "true");
    }
    let request = request.json(request::body(&body_doc(&body))?);
    Ok(Some(base::http("update", request, Completion::Operation, Satisfied::BySuccess)))
}
