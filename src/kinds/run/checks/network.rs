//! Traffic into a VPC network. <https://cloud.google.com/run/docs/configuring/vpc-direct-vpc>

use super::fault;
use crate::model::{Diagnostic, Doc, DocPath};

pub(super) fn check(doc: &Doc, faults: &mut Vec<Diagnostic>) {
    let Some(access) = doc.get("vpcAccess") else { return };
    let has = |field: &str| access.get(field).is_some();
    let at = DocPath::keys("vpcAccess");
    let is_direct = has("network") || has("subnetwork") || has("networkInterfaces");
    if has("connector") && (is_direct || has("tags")) {
        let message = "`connector` and a network of its own exclude each other";
        let hint = "keep `network` and `subnetwork` (direct VPC egress), or `connector`";
        faults.push(fault("connector-and-network", at.key("connector"), message, hint));
        return;
    }
    if !is_direct && !has("connector") {
        let (field, message) = if has("tags") {
            ("tags", "`tags` are for the firewall of a network, and no network is named")
        } else {
            ("egress", "`egress` says which traffic goes into the network, and no network is named")
        };
        let at = if has(field) { at.key(field) } else { at.clone() };
        faults.push(fault("network-missing", at, message, "add `network` and `subnetwork`, or a `connector`"));
    }
    for (index, tag) in access.get("tags").and_then(Doc::as_list).unwrap_or_default().iter().enumerate() {
        let Some(tag) = tag.as_str().filter(|tag| !is_tag(tag)) else { continue };
        let at = at.key("tags").index(index);
        let hint = "use lower-case letters, digits and hyphens, beginning with a letter, at most 63 characters";
        faults.push(fault("bad-tag", at, format!("`{tag}` cannot be a network tag"), hint));
    }
    if let Some(connector) = access.get("connector").and_then(Doc::as_str)
        && connector.contains('/')
        && !is_connector(connector)
    {
        let message = format!("`{connector}` is no connector");
        let hint = "write `projects/P/locations/R/connectors/C`";
        faults.push(fault("bad-connector", at.key("connector"), message, hint));
    }
}

fn is_tag(tag: &str) -> bool {
    super::is_label(tag) && tag.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_connector(path: &str) -> bool {
    matches!(path.split('/').collect::<Vec<_>>().as_slice(), ["projects", _, "locations", _, "connectors", name] if !name.is_empty())
}
