//! Where a live resource stands, from what it says of itself.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::entry::link;
use crate::kinds::Row;
use crate::kinds::descriptor::Location;
use crate::model::{Place, ProjectFacts};

/// The place of an element of a kind's collection; `parent` is that of the resource in which it is.
///
/// `None` where it is not of the kind, though its collection has it (a global address, an account of Google's).
pub fn place_of(row: &Row, project: &ProjectFacts, api: &Json, parent: Option<&Place>) -> Option<Place> {
    let descriptor = row.descriptor;
    let mut values = BTreeMap::from([("project".to_owned(), project.id.clone())]);
    if descriptor.location == Location::Parent {
        let parent = parent?;
        let field = descriptor.parents.first()?;
        values.insert((*field).to_owned(), parent.name().to_owned());
        let name = text(api, "name")?;
        // MySQL tells users of one name apart by where they come from.
        let host = text(api, "host").filter(|host| !host.is_empty() && *host != "%");
        values.insert("name".to_owned(), host.map_or_else(|| name.to_owned(), |host| format!("{name}@{host}")));
        return Some(Place { values });
    }
    let own = ["selfLink", "name"].into_iter().filter_map(|field| text(api, field)).find(|text| text.contains('/'));
    match own {
        Some(own) => values.extend(matched(descriptor.item, &link(own, project))?),
        None => {
            values.insert("name".to_owned(), text(api, "name")?.to_owned());
        }
    }
    if matches!(descriptor.location, Location::Region | Location::Location) && !values.contains_key("location") {
        let region = text(api, "region")?;
        values.insert("location".to_owned(), region.rsplit('/').next().unwrap_or(region).to_owned());
    }
    (values["project"] == project.id).then_some(Place { values })
}

fn text<'a>(api: &'a Json, field: &str) -> Option<&'a str> {
    api.get(field)?.as_str()
}

/// The values of a template's holes in a path.
fn matched(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    let (mut template, mut path) = (template, path);
    while let Some((literal, rest)) = template.split_once('{') {
        path = path.strip_prefix(literal)?;
        let (name, behind) = rest.split_once('}')?;
        let end = behind.find('{').map_or(behind, |at| &behind[..at]);
        let value = if end.is_empty() { path } else { &path[..path.find(end)?] };
        if value.is_empty() || value.contains('/') {
            return None;
        }
        let known = values.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        if known != value {
            return None;
        }
        path = &path[value.len()..];
        template = behind;
    }
    (template == path).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::registry;
    use serde_json::json;

    fn place(section: &str, api: &Json) -> Option<String> {
        let project = ProjectFacts { id: "p".to_owned(), number: Some("12".to_owned()) };
        let row = registry::find(section).unwrap();
        Some(place_of(row, &project, api, None)?.fill(row.descriptor.item))
    }

    #[test]
    fn a_resource_says_where_it_stands() {
        let link = "https://www.googleapis.com/compute/v1/projects/p";
        let network = json!({"name": "n", "selfLink": format!("{link}/global/networks/n")});
        assert_eq!(place("networks", &network).unwrap(), "projects/p/global/networks/n");
        let address = json!({"name": "a", "selfLink": format!("{link}/regions/r/addresses/a")});
        assert_eq!(place("addresses", &address).unwrap(), "projects/p/regions/r/addresses/a");
        assert_eq!(place("secrets", &json!({"name": "projects/12/secrets/s"})).unwrap(), "projects/p/secrets/s");
        let account = json!({"name": "projects/p/serviceAccounts/sa-one@p.iam.gserviceaccount.com"});
        let path = "projects/p/serviceAccounts/sa-one@p.iam.gserviceaccount.com";
        assert_eq!(place("serviceAccounts", &account).unwrap(), path);
        let instance = json!({"name": "db", "region": "us-central1", "selfLink": "https://sqladmin.googleapis.com/sql/v1beta4/projects/p/instances/db"});
        assert_eq!(place("sqlInstances", &instance).unwrap(), "projects/p/instances/db");
    }

    #[test]
    fn what_is_not_of_the_kind_has_no_place() {
        let link = "https://www.googleapis.com/compute/v1/projects/p/global/addresses/a";
        assert_eq!(place("addresses", &json!({"name": "a", "selfLink": link})), None);
        let account = json!({"name": "projects/p/serviceAccounts/12-compute@developer.gserviceaccount.com"});
        assert_eq!(place("serviceAccounts", &account), None);
        assert_eq!(place("secrets", &json!({"name": "projects/other/secrets/s"})), None);
    }
}
