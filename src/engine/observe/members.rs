//! Finds the members of a listed collection that are wanted.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::Target;

/// Past so many comparisons a target is only looked for under its own name.
const MOST_COMPARISONS: usize = 100_000;

/// For each target, its element of the collection, taken out of it.
///
/// Elements are found by the last segment of their name, so that large collections cost no more than their size;
/// what is not found so is compared with every element, where there are not too many.
pub(super) fn pick(elements: Vec<Json>, targets: &[&Target<'_>]) -> Vec<Option<Json>> {
    let Some(style) = targets.first().and_then(|target| target.row.descriptor.list) else {
        return vec![None; targets.len()];
    };
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, element) in elements.iter().enumerate() {
        if let Some(name) = element.get(style.name).and_then(Json::as_str) {
            by_name.entry(last(name).to_owned()).or_default().push(at);
        }
    }
    let may_scan = elements.len().saturating_mul(targets.len()) <= MOST_COMPARISONS;
    let mut elements: Vec<Option<Json>> = elements.into_iter().map(Some).collect();
    let is_it = |target: &Target<'_>, element: &Option<Json>| {
        element.as_ref().is_some_and(|element| (target.row.is_member)(target.place, element))
    };
    targets
        .iter()
        .map(|target| {
            let item = target.place.fill(target.row.descriptor.item);
            let named = [last(&item), target.place.name()];
            let candidates = named.iter().filter_map(|name| by_name.get(*name)).flatten().copied();
            let found = candidates.into_iter().find(|at| is_it(target, &elements[*at]));
            let found = found
                .or_else(|| may_scan.then(|| elements.iter().position(|element| is_it(target, element))).flatten());
            found.and_then(|at| elements[at].take())
        })
        .collect()
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
