//! The top level: the stack's name, project, region, variables and the like.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::envelope::{STACK_FIELDS, StackSpec};
use super::expression::resolve::{Findings, OpenHole, Scope, resolve};
use super::input::{Inputs, Mode, SANDBOX_PROJECT};
use super::types::Moved;
use super::variable::{self, Variables};
use crate::model::tree::{Node, NodeValue, Style};
use crate::model::typed::{self, is_null};
use crate::model::{Address, Diagnostic, DocPath, ProjectFacts, Span};

use super::budget::Budget;

/// What is collected while a stack is read.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) faults: Vec<Diagnostic>,
    pub(super) secrets: BTreeSet<Span>,
    pub(super) broken: BTreeSet<Span>,
    pub(super) budget: Budget,
}

impl Notes {
    pub(super) fn findings<'a>(&'a mut self, open: &'a mut Vec<OpenHole>) -> Findings<'a> {
        Findings {
            faults: &mut self.faults,
            secrets: &mut self.secrets,
            broken: &mut self.broken,
            budget: &mut self.budget,
            open,
        }
    }

    /// Adds the faults of a typed read, but for those that only follow from an expression that has its own.
    pub(super) fn add(&mut self, faults: Vec<Diagnostic>) {
        let broken = &self.broken;
        self.faults.extend(faults.into_iter().filter(|fault| !fault.span.is_some_and(|span| broken.contains(&span))));
    }
}

/// The top level, resolved.
pub(super) struct Top {
    pub(super) name: String,
    pub(super) project: ProjectFacts,
    pub(super) region: Option<String>,
    pub(super) state: Option<String>,
    pub(super) quota_project: Option<String>,
    pub(super) apis: Vec<String>,
    pub(super) moved: Vec<Moved>,
    pub(super) variables: Variables,
}

/// Reads the top level, the sections aside.
pub(super) fn read(draft: &Draft, inputs: &Inputs, notes: &mut Notes) -> Top {
    let none = Variables::default();
    let first = Scope {
        inputs,
        sources: &draft.sources,
        variables: &none,
        project: None,
        region: None,
        each: None,
        addresses: None,
        own: None,
    };
    let declarations =
        draft.root.get("variables").filter(|node| !is_null(node)).map(|node| resolved(node, &first, notes));
    let given = variable::Given { draft, arguments: &inputs.variables };
    let variables = variable::read(declarations.as_ref(), &given, &mut notes.faults, &mut notes.secrets);
    let mut scope = Scope { variables: &variables, ..first };

    let project = project(draft, inputs, &scope, notes);
    scope.project = Some(&project);
    let region_node = draft.root.get("region").filter(|node| !is_null(node)).map(|node| resolved(node, &scope, notes));
    let region = region_node.as_ref().and_then(Node::text).map(str::to_owned);
    scope.region = region.as_deref();

    let fields = draft.root.entries().iter().filter(|(key, _)| STACK_FIELDS.contains(&key.text.as_str()));
    let fields = fields
        .map(|(key, node)| {
            let node = match key.text.as_str() {
                "project" => Node { value: scalar(&project.id), span: node.span },
                "region" => region_node.clone().unwrap_or_else(|| node.clone()),
                _ => resolved(node, &scope, notes),
            };
            (key.clone(), node)
        })
        .collect();
    let node = Node { value: NodeValue::Mapping(fields), span: start_of(draft) };
    let mut read = typed::read::<StackSpec>(&node);
    for fault in &mut read.faults {
        if fault.code == "missing-field" && fault.field == Some(DocPath::keys("stack")) {
            fault.label = Some("a stack needs `stack: NAME`".to_owned());
        }
    }
    notes.add(read.faults);
    let doc = read.doc;
    let text = |key: &str| doc.dig_str(key).map(str::to_owned);
    let top = Top {
        name: text("stack").unwrap_or_default(),
        region: text("region").filter(|region| !region.is_empty()),
        state: text("state"),
        quota_project: text("quotaProject"),
        apis: apis(&node, notes),
        moved: moved(&node, notes),
        project,
        variables,
    };
    check(&top, &node, notes);
    top
}

fn scalar(text: &str) -> NodeValue {
    NodeValue::Scalar { text: text.to_owned(), style: Style::Quoted }
}

/// A copy with everything put in; outputs cannot be named here.
fn resolved(node: &Node, scope: &Scope<'_>, notes: &mut Notes) -> Node {
    let mut node = node.clone();
    let mut open = Vec::new();
    resolve(&mut node, scope, &mut notes.findings(&mut open));
    node
}

fn project(draft: &Draft, inputs: &Inputs, scope: &Scope<'_>, notes: &mut Notes) -> ProjectFacts {
    let number = inputs.project_number.clone();
    if inputs.mode == Mode::Sandbox {
        return ProjectFacts { id: SANDBOX_PROJECT.to_owned(), number };
    }
    let Some((key, node)) = draft.root.entry("project").filter(|(_, node)| !is_null(node)) else {
        notes.faults.push(
            Diagnostic::error("missing-field", "`project` is missing")
                .at(start_of(draft))
                .label("a stack needs `project: PROJECT_ID`")
                .hint("or try it without a cloud account: `--sandbox`"),
        );
        return ProjectFacts { id: String::new(), number };
    };
    let faults = notes.faults.len();
    let node = resolved(node, scope, notes);
    let id = node.text().unwrap_or_default().to_owned();
    if notes.faults.len() == faults
        && let Some(words) = wrong_project(&id)
    {
        let at = if node.span.is_empty() { key.span } else { node.span };
        notes.faults.push(Diagnostic::error("bad-project", format!("`{id}` is no project id: {words}")).at(at));
    }
    ProjectFacts { id, number }
}

/// Why a text is no project id.
pub(super) fn wrong_project(id: &str) -> Option<&'static str> {
    let own = id.rsplit_once(':').map_or(id, |(_, own)| own);
    let is_plain = own.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if id.is_empty() {
        Some("it is empty")
    } else if id.bytes().all(|byte| byte.is_ascii_digit()) {
        Some("this is a project's number; the id is wanted")
    } else if !(6..=30).contains(&own.len()) {
        Some("an id has 6 to 30 characters")
    } else if !is_plain || !own.starts_with(|c: char| c.is_ascii_lowercase()) || own.ends_with('-') {
        Some("an id has lower-case letters, digits and `-`, begins with a letter and does not end with `-`")
    } else {
        None
    }
}

/// Why a text is no region.
pub(super) fn wrong_region(region: &str) -> Option<String> {
    let parts: Vec<&str> = region.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let is_numbered = |part: &str| {
        let digits = part.trim_start_matches(|c: char| c.is_ascii_lowercase());
        digits.len() < part.len() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    match parts.as_slice() {
        [words @ .., last] if !words.is_empty() && words.iter().all(is_word) && is_numbered(last) => None,
        [words @ .., region, zone] if !words.is_empty() && is_numbered(region) && zone.len() == 1 => {
            Some(format!("this is a zone; its region is `{}-{region}`", words.join("-")))
        }
        _ => Some("a region looks like `us-central1`".to_owned()),
    }
}

fn start_of(draft: &Draft) -> Span {
    let span = draft.root.entries().first().map_or(draft.root.span, |(key, _)| key.span);
    Span { end: span.end.max(span.start), ..span }
}

fn apis(node: &Node, notes: &mut Notes) -> Vec<String> {
    let mut apis: Vec<String> = Vec::new();
    for element in node.get("apis").map(Node::elements).unwrap_or_default() {
        let Some(api) = element.text() else { continue };
        if !api.ends_with(".googleapis.com") || api.contains('/') {
            let name = api.split(['/', '.']).next().unwrap_or_default();
            notes.faults.push(
                Diagnostic::error("bad-api", format!("`{api}` is no name of an API"))
                    .at(element.span)
                    .label(format!("did you mean `{name}.googleapis.com`?")),
            );
        } else if !apis.iter().any(|known| known == api) {
            apis.push(api.to_owned());
        }
    }
    apis
}

fn moved(node: &Node, notes: &mut Notes) -> Vec<Moved> {
    let mut moved = Vec::new();
    for node in node.get("moved").map(Node::elements).unwrap_or_default() {
        let mut address = |key: &str| {
            let node = node.get(key)?;
            match node.text()?.parse::<Address>() {
                Ok(address) => Some(address),
                Err(error) => {
                    notes.faults.push(Diagnostic::error("bad-address", error.to_string()).at(node.span));
                    None
                }
            }
        };
        if let (Some(from), Some(to)) = (address("from"), address("to")) {
            moved.push(Moved { from, to, span: node.span });
        }
    }
    moved
}

fn check(top: &Top, node: &Node, notes: &mut Notes) {
    let at = |key: &str| node.get(key).map_or(node.span, |node| node.span);
    if let Some(words) = wrong_stack_name(&top.name)
        && node.get("stack").is_some_and(|node| node.text().is_some())
    {
        let fault = Diagnostic::error("bad-name", format!("`{}` cannot name a stack: {words}", top.name));
        notes.faults.push(fault.at(at("stack")));
    }
    if let Some(region) = &top.region
        && let Some(words) = wrong_region(region)
    {
        notes
            .faults
            .push(Diagnostic::error("bad-region", format!("`{region}` is no region: {words}")).at(at("region")));
    }
    if let Some(state) = &top.state
        && state.strip_prefix("gs://").is_none_or(|rest| rest.split('/').next().is_none_or(str::is_empty))
    {
        notes.faults.push(
            Diagnostic::error("bad-state", format!("`{state}` is no place for the inventory"))
                .at(at("state"))
                .label("`gs://bucket/prefix` belongs here")
                .hint("leave `state:` out to keep it in `.stackctl/` beside the file"),
        );
    }
    if let Some(project) = &top.quota_project
        && let Some(words) = wrong_project(project)
    {
        notes.faults.push(
            Diagnostic::error("bad-project", format!("`{project}` is no project id: {words}")).at(at("quotaProject")),
        );
    }
}

fn wrong_stack_name(name: &str) -> Option<&'static str> {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if name.is_empty() {
        Some("it is empty")
    } else if name.len() > 63 {
        Some("it has more than 63 characters")
    } else if !plain || !name.starts_with(|c: char| c.is_ascii_lowercase()) || name.ends_with('-') {
        Some("lower-case letters, digits and `-` only, a letter first, no `-` at the end")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_told_from_zones_and_other_words() {
        for region in ["us-central1", "europe-west12", "northamerica-northeast1", "me-central2"] {
            assert_eq!(wrong_region(region), None, "{region}");
        }
        assert_eq!(wrong_region("us-central1-a").unwrap(), "this is a zone; its region is `us-central1`");
        for region in ["", "us", "us-central", "US-central1", "us--central1", "us-1", "-us-central1"] {
            assert!(wrong_region(region).is_some(), "{region}");
        }
    }

    #[test]
    fn project_ids_follow_googles_rule() {
        for id in ["my-project-1", "example.com:my-project"] {
            assert_eq!(wrong_project(id), None, "{id}");
        }
        for id in ["", "123456789012", "My-Project", "a", "1project", "project-", "a_project"] {
            assert!(wrong_project(id).is_some(), "{id}");
        }
    }
}
