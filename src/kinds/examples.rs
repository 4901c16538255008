//! An example of each kind: a whole stack file, with what the kind's entries need around them.

/// The example of a section, as YAML.
pub fn of(section: &str) -> Option<&'static str> {
    ALL.iter().find(|(name, _)| *name == section).map(|(_, text)| *text)
}

macro_rules! examples {
    ($($section:literal)*) => {
        static ALL: &[(&str, &str)] = &[$(($section, include_str!(concat!("examples/", $section, ".yaml")))),*];
    };
}

examples! {
    "networks" "subnetworks" "addresses" "forwardingRules" "serviceAccounts" "iamBindings" "sqlInstances" "sqlDatabases"
    "sqlUsers" "secrets" "repositories" "services" "workerPools" "jobs"
}
