//! What an export says beside its file: left out, redacted, not understood. Alike things are one finding.

use std::collections::BTreeMap;

use super::compose::Scope;
use super::found::Resource;
use super::secrets::Secrets;
use super::unmanaged::{is_asked_for, unmanaged};
use crate::model::{Address, Diagnostic, DocPath};

/// More names than this are counted.
const MOST_NAMES: usize = 6;

/// What is to be said.
#[derive(Debug, Default)]
pub(super) struct Report {
    held: BTreeMap<&'static str, Vec<String>>,
    googles: BTreeMap<&'static str, Vec<String>>,
    stacks: BTreeMap<String, Vec<String>>,
    members: Vec<String>,
    findings: Vec<Diagnostic>,
    last: Vec<Diagnostic>,
}

impl Report {
    /// Google made it by itself.
    pub(super) fn googles(&mut self, resource: &Resource, why: &'static str) {
        self.googles.entry(why).or_default().push(name(resource));
    }

    /// Google holds it, whatever is asked for.
    pub(super) fn held(&mut self, resource: &Resource, why: &'static str) {
        self.held.entry(why).or_default().push(name(resource));
    }

    /// It is another stack's.
    pub(super) fn of_stack(&mut self, resource: &Resource, stack: String) {
        self.stacks.entry(stack).or_default().push(name(resource));
    }

    /// A member of a policy was left out.
    pub(super) fn member(&mut self, words: String) {
        self.members.push(words);
    }

    /// Fields that no entry can say.
    pub(super) fn unknown(&mut self, address: &Address, unknown: &[DocPath]) {
        if unknown.is_empty() {
            return;
        }
        let names: Vec<String> = unknown.iter().map(|path| format!("`{path}`")).collect();
        let message = format!("{} cannot stand in a stack file and {} left out", listed(&names), is_are(names.len()));
        self.findings.push(
            Diagnostic::note("not-exported", message)
                .of(address)
                .hint("what is set there stays as it is: a plan compares only what the file says"),
        );
    }

    /// What looks like a secret.
    pub(super) fn secrets(&mut self, address: &Address, secrets: &Secrets) {
        for path in &secrets.dropped {
            self.findings.push(
                Diagnostic::warning("secret-found", format!("`{path}` looks like a secret and is left out"))
                    .of(address)
                    .field(path.clone())
                    .hint("whoever may read the resource can read it: keep it in `secrets:`, write `{secret: KEY}`"),
            );
        }
        if let Some(path) = secrets.stuck.first() {
            self.findings.push(
                Diagnostic::warning("secret-found", format!("`{path}` looks like a secret: the entry is withheld"))
                    .of(address)
                    .field(path.clone())
                    .hint(
                        "it stands redacted in a comment of the file and is not taken over; whoever may read the \
                         resource can read the secret: change it, keep the new one in `secrets:`",
                    ),
            );
        }
    }

    /// What enabled APIs hold that stackctl does not manage.
    pub(super) fn unmanaged(&mut self, enabled: &[String], scope: Scope) {
        let (mut known, unknown) = unmanaged(enabled);
        // Those that every new project has are of interest only to who wants to know everything.
        known.retain(|api| scope == Scope::Everything || is_asked_for(api.service));
        if !known.is_empty() {
            let names: Vec<String> = known.iter().map(|api| format!("{} (`{}`)", api.holds, api.service)).collect();
            self.last.push(Diagnostic::note(
                "not-managed",
                format!("stackctl does not manage, and the file does not have: {}", names.join("; ")),
            ));
        }
        if !unknown.is_empty() {
            let names: Vec<String> = unknown.iter().map(|api| format!("`{api}`")).collect();
            self.last.push(Diagnostic::note(
                "not-managed",
                format!("nothing is known of what these enabled APIs hold: {}", names.join(", ")),
            ));
        }
    }

    /// All of it, the worst first.
    pub(super) fn findings(self) -> Vec<Diagnostic> {
        let mut findings = self.findings;
        for (why, names) in self.held {
            let message = format!("{} {} left out: {why}", listed(&names), is_are(names.len()));
            findings.push(Diagnostic::note("held-by-google", message));
        }
        for (why, names) in self.googles {
            let message = format!("{} {} left out: {why}", listed(&names), is_are(names.len()));
            findings.push(Diagnostic::note("googles-own", message).hint("`--all` takes everything in"));
        }
        for (stack, names) in self.stacks {
            let message = format!("{} {} left out: of the stack `{stack}`", listed(&names), is_are(names.len()));
            findings.push(
                Diagnostic::note("other-stack", message)
                    .hint(format!("`--stack {stack}` exports that one, `--all` everything")),
            );
        }
        let members = self.members.into_iter().map(|words| Diagnostic::note("member-left-out", words));
        findings.extend(members);
        findings.extend(self.last);
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings
    }
}

fn name(resource: &Resource) -> String {
    let parent = resource.row.descriptor.parents.first().map(|parent| format!(" of `{}`", resource.place.get(parent)));
    format!("{} `{}`{}", resource.row.descriptor.noun, resource.place.name(), parent.unwrap_or_default())
}

fn listed(names: &[String]) -> String {
    if names.len() <= MOST_NAMES {
        return names.join(", ");
    }
    format!("{} and {} more", names[..MOST_NAMES].join(", "), names.len() - MOST_NAMES)
}

fn is_are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
