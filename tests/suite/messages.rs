//! What the program says, as somebody sees it for the first time: 80 columns, no colour.

use crate::context::Workspace;

/// Text without its line breaks and indents: for words that may be broken anywhere.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Many users that may not log in, and one that may.
fn many_users() -> String {
    let mut text = "stack: many\nproject: my-project\nregion: us-central1\nserviceAccounts:\n".to_owned();
    for at in 0..7 {
        text.push_str(&format!("  account-{at}: {{}}\n"));
    }
    text.push_str(
        "sqlInstances:\n  db: {databaseVersion: POSTGRES_18, edition: ENTERPRISE, tier: db-f1-micro, \
         databaseFlags: {cloudsql.iam_authentication: \"on\"}}\nsqlUsers:\n",
    );
    for at in 0..7 {
        text.push_str(&format!("  user-{at}: {{instance: db, serviceAccount: account-{at}}}\n"));
    }
    text
}

#[test]
fn many_warnings_of_one_sort_are_said_once() {
    let workspace = Workspace::with(&many_users());
    let said = flat(&workspace.run(&["validate"]).expect(0).stderr);
    assert_eq!(said.matches("may not log in").count(), 1, "{said}");
    let others = "the same holds of `sqlUsers.user-1`, `sqlUsers.user-2`, `sqlUsers.user-3` and 3 more";
    assert!(said.contains(others), "{said}");
    let json = workspace.run(&["validate", "--format", "json"]).expect(0).stdout;
    assert_eq!(json.matches("iam-login-not-granted").count(), 7, "machines get each: {json}");
}

#[test]
fn a_deleted_instance_says_once_that_its_name_is_blocked() {
    let workspace = Workspace::with(crate::context::TUTORIAL);
    workspace.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let plan = workspace.run(&["plan", "--destroy", "--sandbox"]).expect(0).stdout;
    assert_eq!(plan.matches("the name `prefect-db`").count(), 1, "{plan}");
    assert!(!plan.contains("Google blocks the name"), "{plan}");
}
