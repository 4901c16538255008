//! Finds the members of a listed collection that are wanted.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::Target;

/// Past so many comparisons a target is only looked for under its own name.
const MOST_COMPARISONS: usize = 100_000;

/// For each target, its element of the collection.
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
    let is_it = |target: &Target<'_>, at: usize| (target.row.is_member)(target.place, &elements[at]);
    let found: Vec<Option<usize>> = targets
        .iter()
        .map(|target| {
            let item = target.place.fill(target.row.descriptor.item);
            let named = [last(&item), target.place.name()];
            let mut candidates = named.iter().filter_map(|name| by_name.get(*name)).flatten().copied();
            candidates
                .find(|at| is_it(target, *at))
                .or_else(|| may_scan.then(|| (0..elements.len()).find(|at| is_it(target, *at))).flatten())
        })
        .collect();
    give(elements, found)
}

/// Hands the elements out; one that two targets share (two entries for one binding) is copied.
fn give(elements: Vec<Json>, found: Vec<Option<usize>>) -> Vec<Option<Json>> {
    let mut uses = vec![0_usize; elements.len()];
    found.iter().flatten().for_each(|at| uses[*at] += 1);
    let mut elements: Vec<Option<Json>> = elements.into_iter().map(Some).collect();
    let mut one = |at: usize| {
        uses[at] -= 1;
        if uses[at] == 0 { elements[at].take() } else { elements[at].clone() }
    };
    found.into_iter().map(|at| at.and_then(&mut one)).collect()
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
