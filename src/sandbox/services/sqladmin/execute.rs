//! The Data API: `instances.executeSql`.
//!
//! Assumed throughout: no recording exists. There is no database behind it; what it checks is what a caller can get
//! wrong (the switch, the database, the user, the secret), and each statement is answered with its command's tag.

use serde_json::{Value as Json, json};

use super::{databases, instance, invalid, refuse_stopped, users};
use crate::sandbox::fault::Fault;
use crate::sandbox::service::{Call, Reply};

/// Statements that a database remembers, for whoever looks into the sandbox.
const REMEMBERED: usize = 100;

pub(super) fn answer(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, key, document) = instance(call)?;
    refuse_stopped(&document)?;
    if document["settings"]["dataApiAccess"] != "ALLOW_DATA_API" {
        return Err(invalid("Invalid request: Data API access is not allowed for this instance."));
    }
    let statement = call.text("sqlStatement").unwrap_or_default().to_owned();
    if statement.trim().is_empty() {
        return Err(invalid("Invalid request: sqlStatement is required."));
    }
    if let Some(user) = call.text("user")
        && !users::exists(call, &key, user)
    {
        return Err(invalid(format!("Invalid request: password authentication failed for user \"{user}\".")));
    }
    let postgres = document["databaseVersion"].as_str().is_some_and(|version| version.starts_with("POSTGRES"));
    let named = call.text("database").map(str::to_owned);
    let database = named.or_else(|| postgres.then(|| "postgres".to_owned()));
    if let Some(database) = database {
        let at = databases::key(&key, &database);
        let Some(document) = call.cloud.store.get_mut(&at) else {
            return Err(invalid(format!("Invalid request: database \"{database}\" does not exist.")));
        };
        let statements = document.as_object_mut().expect("databases are stored as objects");
        let list = statements.entry("$statements").or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut().filter(|list| list.len() < REMEMBERED) {
            list.push(json!(statement));
        }
    }
    let results: Vec<Json> = statements(&statement).iter().map(|one| result(one)).collect();
    Ok(json!({"metadata": {"sqlStatementExecutionTime": "0.004s"}, "results": results}).into())
}

/// Cuts at semicolons outside quotes.
fn statements(text: &str) -> Vec<String> {
    let (mut list, mut current, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match (quote, c) {
            (None, ';') => list.push(std::mem::take(&mut current)),
            (None, '\'' | '"') => {
                quote = Some(c);
                current.push(c);
            }
            (Some(open), c) if open == c => {
                quote = None;
                current.push(c);
            }
            _ => current.push(c),
        }
    }
    list.push(current);
    list.into_iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

fn result(statement: &str) -> Json {
    let words: Vec<String> = statement.split_whitespace().take(3).map(str::to_uppercase).collect();
    let first = words.first().map_or("", String::as_str);
    match first {
        "SELECT" | "SHOW" | "WITH" => json!({"columns": [], "rows": [], "message": "SELECT 0"}),
        "CREATE" | "ALTER" | "DROP" => json!({"message": words[..words.len().min(2)].join(" ")}),
        _ => json!({ "message": first }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_cut_outside_of_quotes() {
        let text = "GRANT ALL ON SCHEMA public TO \"a;b\"; CREATE EXTENSION IF NOT EXISTS pg_trgm;";
        let cut = statements(text);
        assert_eq!(cut, ["GRANT ALL ON SCHEMA public TO \"a;b\"", "CREATE EXTENSION IF NOT EXISTS pg_trgm"]);
        assert_eq!(result(&cut[1])["message"], "CREATE EXTENSION");
    }
}
