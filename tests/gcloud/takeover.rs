//! What `plan --adopt` of `stack.yaml` says of what gcloud has made, held against the table of differences.

use serde_json::Value as Json;

use crate::state::Difference;

/// Resources that the plan makes, and fields that it changes, as differences; fields are the API's where they are
/// known to the table under one of those names.
pub fn differences(plan: &Json, is_known: impl Fn(&str, &str) -> bool) -> Vec<Difference> {
    let resources = plan["resources"].as_array().expect("a plan has resources");
    resources.iter().flat_map(|resource| of_resource(resource, &is_known)).collect()
}

fn of_resource(resource: &Json, is_known: &impl Fn(&str, &str) -> bool) -> Vec<Difference> {
    let name = resource["name"].as_str().expect("a full name").trim_start_matches("//").to_owned();
    let difference = |field: String, before: &Json, after: &Json| Difference {
        resource: name.clone(),
        field,
        gcloud: Some(before.clone()),
        stackctl: Some(after.clone()),
    };
    if resource["action"] == "create" {
        return vec![difference(String::new(), &Json::Null, &resource["address"])];
    }
    let changes = resource["changes"].as_array().expect("a resource has changes").iter();
    changes
        .map(|change| {
            let path = change["path"].as_str().expect("a change has a path");
            let known = names(path).into_iter().find(|name_there| is_known(&name, name_there));
            difference(known.unwrap_or_else(|| path.to_owned()), &change["before"], &change["after"])
        })
        .collect()
}

/// Where a field of the stack file stands in Google's API: wrappers that only nest are left out of the file.
fn names(path: &str) -> Vec<String> {
    let container = format!("template.containers[0].{path}");
    let mut names = vec![path.to_owned(), format!("settings.{path}"), container];
    if let Some(variable) = path.strip_prefix("env.").or_else(|| path.strip_prefix("env[")) {
        let variable = variable.trim_end_matches(']').split(['.', ']']).next().unwrap_or_default();
        names.push(format!("template.containers[0].env[{variable}].value"));
        names.push(format!("template.containers[0].env[{variable}].valueSource"));
    }
    if let Some(network) = path.strip_prefix("vpcAccess.") {
        names.push(format!("template.vpcAccess.networkInterfaces[0].{network}"));
    }
    // A whole map that one side lacks.
    names.extend(
        ["startupProbe", "scaling"]
            .iter()
            .filter(|map| path == **map)
            .flat_map(|map| [format!("template.containers[0].{map}."), format!("{map}.")]),
    );
    names
}
