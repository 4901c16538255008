//! The tutorial's stack under names of its own, so that a run meets nothing that is there and another run nothing of
//! this one: Google blocks the name of a deleted Cloud SQL instance for a week.

/// An image of Google's that starts anywhere and answers every path; the tutorial's own are not built here.
const IMAGE: &str = "us-docker.pkg.dev/cloudrun/container/hello";

/// Who may call the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    Everybody,
    /// For organisations that refuse `allUsers`.
    Nobody,
}

/// `text` with `prefect-…` called `live-SUFFIX-…`.
pub fn renamed(text: &str, suffix: &str, callers: Callers) -> String {
    let own = format!("live-{suffix}");
    let mut stack = String::new();
    for line in text.lines().filter(|line| callers == Callers::Everybody || !line.trim().starts_with("invokers:")) {
        let line = match line.split_once("image: ") {
            Some((before, _)) => format!("{before}image: {IMAGE}"),
            None if line == "stack: prefect" => format!("stack: {own}"),
            None => line.replace("prefect-", &format!("{own}-")).replace("path: /api/ready", "path: /"),
        };
        stack.push_str(&line);
        stack.push('\n');
    }
    stack
}

/// What is changed for the update: file and text, both ways in place.
pub const UPDATE: &[(&str, &str)] =
    &[("privateIpGoogleAccess: true", "privateIpGoogleAccess: false"), ("periodSeconds: 10", "periodSeconds: 5")];

/// What somebody else changes.
pub const DRIFT: &[(&str, &str)] = &[("displayName: Prefect", "displayName: A Prefect")];

/// The stack with changes made.
pub fn changed(stack: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(stack.to_owned(), |stack, (from, to)| {
        assert_eq!(stack.matches(from).count(), 1, "`{from}` stands once in the stack");
        stack.replace(from, to)
    })
}
