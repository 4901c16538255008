//! Rules between kinds that need no cloud: an address inside its subnetwork, ranges of one network, a secret that its
//! reader may read. A table of rules; each looks at the whole stack and knows nothing of the others.
//!
//! Rules of one kind alone are the kind's own. What a template will say only after apply is believed.

mod network;
mod run;
mod sql;

use std::collections::{HashMap, HashSet};

use crate::kinds::canonical;
use crate::model::{Diagnostic, Doc, DocPath};
use crate::stack::{Entry, Stack};

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What holds where it finds nothing, in words.
    pub holds: &'static str,
    /// The codes of its findings.
    pub codes: &'static [&'static str],
    run: fn(&View<'_>) -> Vec<Diagnostic>,
}

const fn rule(holds: &'static str, codes: &'static [&'static str], run: fn(&View<'_>) -> Vec<Diagnostic>) -> Rule {
    Rule { holds, codes, run }
}

/// All rules.
pub static RULES: &[Rule] = &[
    rule("an address lies inside its subnetwork", &["address-outside", "address-reserved"], network::inside),
    rule("no address is used twice in a network", &["address-twice"], network::twice),
    rule("ranges of one network do not overlap", &["ranges-overlap"], network::overlap),
    rule("rules and programs stand in the region of what they use", &["other-region"], network::regions),
    rule("a subnetwork is of the network that is named with it", &["other-network"], network::networks),
    rule("a subnetwork for direct VPC egress has room", &["subnetwork-too-small"], run::room),
    rule("who reads a secret may read it", &["secret-not-readable"], run::secrets),
    rule("the instance behind an endpoint lets it in", &["psc-off", "psc-other-region"], sql::endpoints),
    rule("an instance with IAM users lets them log in", &["iam-login-off", "iam-login-not-granted"], sql::iam_login),
];

/// What all rules find, each with its place in the file, in the order of the file.
pub fn offline(stack: &Stack) -> Vec<Diagnostic> {
    let view = View::new(stack);
    let mut findings: Vec<Diagnostic> = RULES.iter().flat_map(|rule| (rule.run)(&view)).collect();
    locate(&mut findings, stack);
    findings.sort_by_key(|finding| finding.span.map(|span| (span.source, span.start)));
    findings
}

/// Gives findings that name an entry of the stack, and no place, their place in the files.
pub fn locate(findings: &mut [Diagnostic], stack: &Stack) {
    for finding in findings.iter_mut().filter(|finding| finding.span.is_none()) {
        let Some(entry) = finding.address.as_ref().and_then(|address| stack.get(address)) else { continue };
        finding.span = Some(finding.field.as_ref().map_or(entry.key_span, |field| entry.span(field)));
    }
}

/// The stack as the rules see it.
struct View<'a> {
    stack: &'a Stack,
    /// By path: `projects/P/regions/R/subnetworks/N`.
    by_path: HashMap<String, &'a Entry>,
    /// By section, in the order of the file.
    by_section: HashMap<&'a str, Vec<&'a Entry>>,
    /// Names of the stack's service accounts.
    accounts: HashSet<&'a str>,
}

impl<'a> View<'a> {
    fn new(stack: &'a Stack) -> Self {
        let path = |entry: &'a Entry| (entry.place.fill(entry.kind.descriptor.item), entry);
        let mut by_section: HashMap<&str, Vec<&Entry>> = HashMap::new();
        for entry in &stack.entries {
            by_section.entry(&entry.address.section).or_default().push(entry);
        }
        let accounts = by_section.get("serviceAccounts").into_iter().flatten().map(|entry| entry.place.name());
        Self { stack, by_path: stack.entries.iter().map(path).collect(), accounts: accounts.collect(), by_section }
    }

    fn of(&self, section: &str) -> impl Iterator<Item = &'a Entry> {
        self.by_section.get(section).into_iter().flatten().copied()
    }

    /// Whether an e-mail address is that of one of the stack's service accounts.
    fn is_account(&self, email: &str) -> bool {
        email.split('@').next().is_some_and(|name| self.accounts.contains(name))
    }

    /// The entry whose path stands in a field.
    fn at(&self, entry: &Entry, field: &str) -> Option<&'a Entry> {
        self.by_path.get(&self.link(entry, field)?).copied()
    }

    /// The path in a field, in one spelling.
    fn link(&self, entry: &Entry, field: &str) -> Option<String> {
        Some(canonical::link(entry.doc.dig_str(field)?, &self.stack.project))
    }

    /// What runs programs.
    fn programs(&self) -> impl Iterator<Item = &'a Entry> {
        let runs = |entry: &&Entry| matches!(&*entry.address.section, "services" | "jobs" | "workerPools");
        self.stack.entries.iter().filter(runs)
    }

    /// Whether a member holds one of the roles in the project, unconditionally.
    fn holds(&self, member: &str, roles: &[&str]) -> bool {
        self.of("iamBindings").any(|entry| grants(&entry.doc, member, roles))
    }
}

/// Whether a binding gives a member one of the roles, always.
fn grants(binding: &Doc, member: &str, roles: &[&str]) -> bool {
    let members = binding.get("members").and_then(Doc::as_list).unwrap_or_default();
    binding.get("condition").is_none()
        && binding.dig_str("role").is_some_and(|role| roles.contains(&role))
        && members.iter().filter_map(Doc::as_str).any(|other| other.eq_ignore_ascii_case(member))
}

fn error(entry: &Entry, field: &str, code: &str, message: String) -> Diagnostic {
    Diagnostic::error(code, message).of(&entry.address).field(DocPath::keys(field))
}

fn warning(entry: &Entry, field: &str, code: &str, message: String) -> Diagnostic {
    Diagnostic::warning(code, message).of(&entry.address).field(DocPath::keys(field))
}

#[cfg(test)]
mod tests;
