//! Where a resource stands in the cloud.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A project by both of its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ProjectFacts {
    /// `my-project`.
    pub id: String,
    /// `123456789012`; `None` where no cloud was asked (`validate`, `graph`).
    pub number: Option<String>,
}

/// Everything that the path templates of a kind can name.
///
/// `values` always has `project` and `name`, `location` where the kind has one, and the parents' names under the
/// field that refers to them (`instance` for a SQL user).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Place {
    pub values: BTreeMap<String, String>,
}

impl Place {
    /// A value that the path templates can name; empty where it is missing.
    pub fn get(&self, key: &str) -> &str {
        self.values.get(key).map_or("", String::as_str)
    }

    /// The project's id as the stack names it.
    pub fn project(&self) -> &str {
        self.get("project")
    }

    /// The name in the cloud.
    pub fn name(&self) -> &str {
        self.get("name")
    }

    /// Region or location; empty for what is global.
    pub fn location(&self) -> &str {
        self.get("location")
    }

    /// Fills `{key}` holes: `projects/{project}/global/networks/{name}`.
    ///
    /// Values are put in as they are: whoever builds a URL encodes it.
    pub fn fill(&self, template: &str) -> String {
        let mut text = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (key, behind) = after.split_once('}').expect("path templates close their braces");
            text.push_str(self.get(key));
            rest = behind;
        }
        text.push_str(rest);
        text
    }
}
