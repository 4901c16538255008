//! Logins: the names under which IAM principals are users of a database
//! (<https://cloud.google.com/sql/docs/postgres/add-manage-iam-users>, `…/mysql/add-manage-iam-users`).

use serde_json::Value as Json;

use crate::kinds::sql::Engine;
use crate::model::Doc;

const SERVICE_ACCOUNT: &str = ".gserviceaccount.com";

/// Whom an entry is for, if for an IAM principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub field: &'static str,
    /// Google's word for it: `CLOUD_IAM_USER`.
    pub kind: &'static str,
    /// In lower case; `None` where only the cloud knows it.
    pub email: Option<String>,
}

/// The fields that name a principal, each with its type.
pub const PRINCIPALS: &[(&str, &str)] =
    &[("serviceAccount", "CLOUD_IAM_SERVICE_ACCOUNT"), ("user", "CLOUD_IAM_USER"), ("group", "CLOUD_IAM_GROUP")];

impl Principal {
    /// The principal of an entry: of several, the first.
    pub fn of(doc: &Doc) -> Option<Self> {
        PRINCIPALS.iter().find_map(|(field, kind)| {
            let email = doc.get(field)?.as_str().map(str::to_lowercase);
            Some(Self { field, kind, email })
        })
    }
}

/// The login of a principal.
pub fn login(email: &str, engine: Option<Engine>) -> String {
    match engine {
        Some(Engine::MySql) => on_mysql(email),
        _ => on_postgres(email),
    }
}

/// PostgreSQL: lower case, a service account without `.gserviceaccount.com`.
pub fn on_postgres(email: &str) -> String {
    let email = email.to_lowercase();
    email.strip_suffix(SERVICE_ACCOUNT).map_or(email.clone(), str::to_owned)
}

/// MySQL: lower case, what stands before the `@`.
pub fn on_mysql(email: &str) -> String {
    let email = email.to_lowercase();
    email.split('@').next().unwrap_or_default().to_owned()
}

/// How a place tells users apart: MySQL has several of one name, each from another host.
pub fn account(name: &str, host: Option<&str>) -> String {
    match host {
        Some(host) if !host.is_empty() && host != "%" => format!("{name}@{host}"),
        _ => name.to_owned(),
    }
}

/// The file's field and e-mail address of a live IAM user.
pub fn principal_of(live: &Json) -> Option<(&'static str, String)> {
    let email = live["iamEmail"].as_str().filter(|email| !email.is_empty()).or(live["name"].as_str())?;
    let field = match live["type"].as_str()? {
        "CLOUD_IAM_SERVICE_ACCOUNT" | "CLOUD_IAM_GROUP_SERVICE_ACCOUNT" => "serviceAccount",
        "CLOUD_IAM_USER" | "CLOUD_IAM_GROUP_USER" => "user",
        "CLOUD_IAM_GROUP" => "group",
        _ => return None,
    };
    let is_short = field == "serviceAccount" && email.ends_with(".iam");
    Some((field, if is_short { format!("{email}{SERVICE_ACCOUNT}") } else { email.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn logins_have_the_form_that_the_engine_wants() {
        let account = "Prefect-SA@my-project.iam.gserviceaccount.com";
        assert_eq!(login(account, Some(Engine::Postgres)), "prefect-sa@my-project.iam");
        assert_eq!(login(account, None), "prefect-sa@my-project.iam");
        assert_eq!(login(account, Some(Engine::MySql)), "prefect-sa");
        assert_eq!(login("Ann.Lee@Example.com", Some(Engine::Postgres)), "ann.lee@example.com");
        assert_eq!(login("Ann.Lee@Example.com", Some(Engine::MySql)), "ann.lee");
        let default = "123-compute@developer.gserviceaccount.com";
        assert_eq!(login(default, Some(Engine::Postgres)), "123-compute@developer");
    }

    #[test]
    fn a_live_principal_is_named_by_its_whole_address() {
        let of = |json: Json| principal_of(&json);
        assert_eq!(
            of(json!({"type": "CLOUD_IAM_SERVICE_ACCOUNT", "name": "sa@p.iam"})),
            Some(("serviceAccount", "sa@p.iam.gserviceaccount.com".to_owned()))
        );
        assert_eq!(
            of(json!({"type": "CLOUD_IAM_SERVICE_ACCOUNT", "name": "sa", "iamEmail": "sa@p.iam.gserviceaccount.com"})),
            Some(("serviceAccount", "sa@p.iam.gserviceaccount.com".to_owned()))
        );
        assert_eq!(of(json!({"type": "CLOUD_IAM_USER", "name": "a@b.c"})), Some(("user", "a@b.c".to_owned())));
        assert_eq!(of(json!({"type": "CLOUD_IAM_GROUP", "name": "g@b.c"})), Some(("group", "g@b.c".to_owned())));
        assert_eq!(of(json!({"name": "postgres"})), None);
        assert_eq!(of(json!({"name": "postgres", "type": "BUILT_IN"})), None);
    }

    #[test]
    fn users_of_one_name_are_told_apart_by_host() {
        assert_eq!(account("app", None), "app");
        assert_eq!(account("app", Some("%")), "app");
        assert_eq!(account("app", Some("")), "app");
        assert_eq!(account("app", Some("10.0.0.%")), "app@10.0.0.%");
    }
}
