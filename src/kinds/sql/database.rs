//! Databases on Cloud SQL instances.
//!
//! On PostgreSQL a database's encoding and collation are fixed when it is made; MySQL and SQL Server alter them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{API, Engine, refusals};
use crate::kinds::call::{Refusal, Verdict};
use crate::kinds::sections::SqlInstances;
use crate::kinds::{
    CheckInput, Compare, Descriptor, Durations, FieldRule, Flag, HoldsData, IdStyle, Kind, ListStyle, Location, Output,
    Parents, StepInput, UpdateStyle, faults,
};
use crate::model::spec::{ByName, Ref, Value};
use crate::model::{Action, Diagnostic, Doc, DocPath, Map, Place, ProjectFacts};
use crate::wire::operation::Family;

/// A database on a Cloud SQL instance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SqlDatabaseSpec {
    /// The instance that it is on.
    pub instance: Ref<SqlInstances, ByName>,
    /// The character set: `UTF8`, `utf8mb4`. On PostgreSQL it cannot change.
    pub charset: Option<Value<String>>,
    /// The order of texts: `en_US.UTF8`, `utf8mb4_0900_ai_ci`. On PostgreSQL it cannot change.
    pub collation: Option<Value<String>>,
}

/// The kind.
#[derive(Debug)]
pub struct SqlDatabases;

const DISCOVERY: &str = "discovery sqladmin.v1";
const RULES: &str = "field-rules sqlDatabases";

const FIELDS: &[FieldRule] = &[
    FieldRule::new("instance", RULES).flags(&[Flag::Immutable]).compare(Compare::LastSegment),
    FieldRule::new("charset", "field-rules sqlDatabases: filled in; case does not matter")
        .flags(&[Flag::ServerDefault])
        .compare(Compare::IgnoreCase),
    FieldRule::new("collation", RULES).flags(&[Flag::ServerDefault]),
    FieldRule::new("etag", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("kind", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("project", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("selfLink", DISCOVERY).flags(&[Flag::OutputOnly]),
    FieldRule::new("sqlserverDatabaseDetails", DISCOVERY).flags(&[Flag::OutputOnly]),
];

/// The static facts.
pub static DESCRIPTOR: Descriptor = Descriptor {
    section: "sqlDatabases",
    noun: "SQL database",
    doc: "Databases on Cloud SQL instances.",
    api: API,
    location: Location::Parent,
    parents: &["instance"],
    collection: "projects/{project}/instances/{instance}/databases",
    item: "projects/{project}/instances/{instance}/databases/{name}",
    id: IdStyle::Body("name"),
    list: Some(ListStyle { items: "items", page_size: None, name: "name", complete: true }),
    readable: true,
    update: UpdateStyle::Put,
    family: Family::Sql,
    unique_id: None,
    guard: None,
    labels: None,
    policy: None,
    holds_data: HoldsData::Yes("all tables of the database"),
    durations: Durations { create: 3, update: 3, delete: 3 },
    name_blocked_days: None,
    serialised_by: Some("projects/{project}/instances/{instance}"),
    shapes: &[],
    fields: FIELDS,
    outputs: &[
        Output { name: "name", path: "name", doc: "Its name." },
        Output { name: "charset", path: "charset", doc: "Its character set." },
        Output { name: "collation", path: "collation", doc: "Its order of texts." },
    ],
};

impl Kind for SqlDatabases {
    type Spec = SqlDatabaseSpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        if name.is_empty() || name.len() > 128 {
            return Err("1 to 128 characters, on PostgreSQL and MySQL to 63".to_owned());
        }
        if name.trim() != name || name.chars().any(|c| c.is_control() || c == '/') {
            return Err("no `/`, no control characters, no space at either end".to_owned());
        }
        Ok(())
    }

    fn settle(place: &mut Place, _: &mut Doc, parent: Parents<'_>) {
        super::settle_engine(place, parent);
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        let name = input.place.name();
        let is_long = super::engine_at(input.place) != Some(Engine::SqlServer) && name.len() > 63;
        let mut found: Vec<Diagnostic> = is_long
            .then(|| {
                faults::at("name", "bad-name", format!("`{name}` has {} bytes, a database's name has 63", name.len()))
                    .hint("shorten it with `name:`")
            })
            .into_iter()
            .collect();
        if ["template0", "template1", "cloudsqladmin"].contains(&name) {
            let message = format!("`{name}` is a database of Cloud SQL's own");
            found.push(faults::at("name", "reserved-name", message).hint("take another name"));
        }
        found
    }

    fn known_outputs(place: &Place, _: &ProjectFacts, _: &Doc) -> Map {
        Map::from([("name".to_owned(), Doc::from(place.name()))])
    }

    /// The order of texts follows from the character set; PostgreSQL has `UTF8` by default, newer MySQL `utf8mb4`.
    fn filled(_: &Place, _: &ProjectFacts, file: &Doc) -> Doc {
        let (charset, collation) = match file.dig_str("charset").unwrap_or_default() {
            "UTF8" => ("UTF8", "en_US.UTF8"),
            "utf8mb4" => ("utf8mb4", "utf8mb4_0900_ai_ci"),
            "utf8" => ("", "utf8_general_ci"),
            _ => return Doc::map(),
        };
        Doc::Map(Map::from([
            ("charset".to_owned(), Doc::from(charset)),
            ("collation".to_owned(), Doc::from(collation)),
        ]))
    }

    fn replaces(input: &StepInput<'_>) -> Vec<DocPath> {
        if super::engine_at(input.place) != Some(Engine::Postgres) {
            return Vec::new();
        }
        let is_fixed = |path: &&DocPath| [DocPath::keys("charset"), DocPath::keys("collation")].contains(*path);
        input.changed.iter().filter(is_fixed).cloned().collect()
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        if let Some(verdict) = refusals::busy(refusal) {
            return verdict;
        }
        if refusal.call == "delete" && refusal.error.status == 400 {
            let message =
                format!("the database `{}` cannot be dropped: {}", refusal.place.name(), refusal.error.message);
            return Verdict::Failed(Box::new(
                Diagnostic::error("database-in-use", message)
                    .hint("stop what is connected to it; with its instance it goes without asking"),
            ));
        }
        Verdict::General
    }

    fn consequences(input: &StepInput<'_>) -> Vec<String> {
        match input.action {
            Action::Delete | Action::Replace => vec!["all tables of the database are lost".to_owned()],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::descriptor_calls::tests::{Step, shown};
    use crate::kinds::{Row, recorded, row};
    use crate::wire::ApiError;
    use serde_json::json;

    const ROW: Row = row::<SqlDatabases>();
    const RECORDED: &str = include_str!("../../../tests/recorded/sqlDatabases.jsonl");

    fn place(engine: &str) -> Place {
        let values = [("project", "p"), ("instance", "db"), ("name", "prefect"), ("engine", engine)];
        Place { values: values.map(|(key, value)| (key.to_owned(), value.to_owned())).into() }
    }

    fn step() -> Step {
        Step::new("prefect").at("instance", "db")
    }

    #[test]
    fn recorded_answers_come_back_and_differ_in_nothing() {
        recorded::shapes_lose_nothing(&ROW, RECORDED);
        recorded::entries_differ_in_nothing(&ROW, RECORDED, |_| place("mysql"));
    }

    #[test]
    fn its_requests_are_the_recorded_ones() {
        let step = step().desired(json!({"instance": "db", "charset": "utf8"}));
        assert_eq!(
            shown((ROW.calls)(&step.input(Action::Create))),
            json!([{"label": "create", "request": "POST sqladmin.googleapis.com/v1/projects/p/instances/db/databases",
                    "body": {"instance": "db", "charset": "utf8", "name": "prefect"}}])
        );
        let lookup = (ROW.lookup)(&step.place, &step.project, None);
        assert_eq!(
            lookup.item.unwrap().to_string(),
            "GET sqladmin.googleapis.com/v1/projects/p/instances/db/databases/prefect"
        );
        assert_eq!(
            lookup.list.unwrap().to_string(),
            "GET sqladmin.googleapis.com/v1/projects/p/instances/db/databases"
        );
        let step = step.live(json!({"name": "prefect", "instance": "db", "charset": "utf8", "collation": "utf8_bin",
            "kind": "sql#database", "etag": "e", "project": "p", "selfLink": "s"}));
        assert_eq!(
            shown((ROW.calls)(&step.input(Action::Delete))),
            json!([{"label": "delete",
                    "request": "DELETE sqladmin.googleapis.com/v1/projects/p/instances/db/databases/prefect"}])
        );
        let step = step.desired(json!({"instance": "db", "charset": "utf8mb4"})).changed(&["charset"]);
        assert_eq!(
            shown((ROW.calls)(&step.input(Action::Update))),
            json!([{"label": "update",
                    "request": "PUT sqladmin.googleapis.com/v1/projects/p/instances/db/databases/prefect",
                    "body": {"name": "prefect", "instance": "db", "charset": "utf8mb4", "collation": "utf8_bin"}}])
        );
    }

    #[test]
    fn the_charset_is_fixed_on_postgres_alone() {
        let step = step().desired(json!({"charset": "LATIN1"})).changed(&["charset"]);
        let on = |engine: &str| {
            let place = place(engine);
            SqlDatabases::replaces(&StepInput { place: &place, ..step.input(Action::Update) })
        };
        assert_eq!(on("postgres"), [DocPath::keys("charset")]);
        assert_eq!(on("mysql"), []);
    }

    #[test]
    fn the_engine_comes_from_the_instance_s_entry() {
        let instance = Doc::from(&json!({"databaseVersion": "MYSQL_8_0"}));
        let mut place = place("");
        SqlDatabases::settle(&mut place, &mut Doc::map(), &|field| (field == "instance").then_some(&instance));
        assert_eq!(place.get("engine"), "mysql");
    }

    #[test]
    fn names_are_checked_by_engine() {
        let long = "x".repeat(64);
        let found = |engine: &str, name: &str| {
            let mut place = place(engine);
            place.values.insert("name".into(), name.into());
            SqlDatabases::check(&CheckInput { place: &place, doc: &Doc::map() }).len()
        };
        assert_eq!([found("postgres", &long), found("sqlserver", &long), found("", "template1")], [1, 0, 1]);
        assert!(SqlDatabases::check_name("a/b").is_err() && SqlDatabases::check_name("").is_err());
        assert_eq!(SqlDatabases::check_name("my db-1"), Ok(()));
    }

    #[test]
    fn a_database_in_use_says_what_to_stop() {
        let error = ApiError {
            status: 400,
            canonical: None,
            reason: Some("invalid".into()),
            message: "database \"prefect\" is being accessed by other users".into(),
            metadata: Vec::new(),
            retry_after_s: None,
        };
        let place = place("postgres");
        let refusal = Refusal { action: Action::Delete, place: &place, call: "delete", error: &error, live: None };
        let Verdict::Failed(fault) = SqlDatabases::judge(&refusal) else { panic!("not judged") };
        assert!(fault.message.contains("being accessed") && fault.hint.is_some());
        let create = Refusal { action: Action::Create, call: "create", ..refusal };
        assert_eq!(SqlDatabases::judge(&create), Verdict::General);
    }
}
