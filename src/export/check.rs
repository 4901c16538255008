//! The law, asked of each export before it is given out: planned against what was found, it changes nothing.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::found::Found;
use crate::kinds::{Live, registry};
use crate::model::{Diagnostic, Place, Severity};
use crate::plan::{self, Allow, Desired, Observation, Observed, Options, Plan, PlanInputs, Purpose, Wanted};
use crate::records::{CloudKey, HashKey, Inventory};
use crate::stack::{self, File, Inputs, Stack};

/// What a reader of the file would be told, and every difference that a plan would show. Nothing: the law holds.
pub fn check(text: &str, found: &Found) -> Vec<Diagnostic> {
    let stack = match read(text, found) {
        Ok(stack) => stack,
        Err(faults) => return faults,
    };
    let plan = plan(&stack, found);
    let changed = plan.resources.iter().filter(|planned| !planned.changes.is_empty() || !is_adopted(planned));
    let differences = changed.map(|planned| {
        let paths: Vec<String> = planned.changes.iter().map(|change| format!("`{}`", change.path)).collect();
        let words =
            if paths.is_empty() { "it would be made".to_owned() } else { format!("{} differ", paths.join(", ")) };
        Diagnostic::error("export-differs", format!("a plan of the file would change it: {words}")).of(&planned.address)
    });
    differences.chain(plan.errors().cloned()).collect()
}

fn is_adopted(planned: &plan::Planned) -> bool {
    planned.action == crate::model::Action::Adopt
}

/// Reads the text as a stack file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(text: &str, found: &Found) -> Result<Stack, Vec<Diagnostic>> {
    let file = File { name: "export".to_owned(), bytes: text.as_bytes().to_vec() };
    let draft = stack::parse(&[file], &[]).map_err(|unreadable| unreadable.findings)?;
    let inputs = Inputs { project_number: found.project.number.clone(), ..Inputs::default() };
    let built = stack::build(&draft, &inputs);
    let mut findings = built.findings;
    findings.extend(built.stack.iter().flat_map(plan::checks::offline));
    findings.retain(|finding| finding.severity == Severity::Error);
    match built.stack {
        Some(stack) if findings.is_empty() => Ok(stack),
        _ => Err(findings),
    }
}

/// Plans a stack against what was found, as `plan --adopt` would.
pub fn plan(stack: &Stack, found: &Found) -> Plan {
    let desired = Desired::from(stack);
    let inventory = Inventory::new(&desired.stack, CloudKey::Google, found.project.clone(), &HashKey::new([0; 32]));
    let by_name: BTreeMap<String, &Live> = found
        .resources
        .iter()
        .map(|resource| (format!("//{}/{}", resource.row.descriptor.api.host, resource.path()), &resource.live))
        .collect();
    let seen = |wanted: &Wanted| match by_name.get(wanted.full_name.as_str()) {
        Some(live) => Observation::Present(Box::new((*live).clone())),
        None => binding(found, &wanted.place).map_or(Observation::Absent, |live| Observation::Present(Box::new(live))),
    };
    let observed = Observed {
        project: found.project.clone(),
        resources: desired.entries.values().map(|wanted| (wanted.address.clone(), seen(wanted))).collect(),
        enabled_apis: found.enabled_apis.clone(),
        ..Observed::default()
    };
    let mut options = Options::new(Purpose::Apply, "2000-01-01T00:00:00Z");
    options.adopt = Allow::All;
    plan::build(&PlanInputs {
        desired: &desired,
        inventory: &inventory,
        observed: &observed,
        options: &options,
        kinds: registry::all(),
    })
}

/// The binding of the project's policy that an entry speaks of.
fn binding(found: &Found, place: &Place) -> Option<Live> {
    let row = registry::find("iamBindings").filter(|_| !place.get("binding").is_empty())?;
    let bindings = found.policy.as_ref()?.get("bindings").and_then(Json::as_array)?;
    let element = bindings.iter().find(|element| (row.is_member)(place, element))?;
    Some(Live { api: element.clone(), policy: None, extra: Vec::new() })
}
