//! Reserved IP addresses of a region.

use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

use super::call::{Refusal, Verdict};
use super::sections::{Networks, Subnetworks};
use super::{
    CheckInput, Compare, Descriptor, Durations, FieldRule, Flag, Kind, Location, Output, UpdateStyle, cidr, compute,
    faults,
};
use crate::model::spec::{Ref, Value};
use crate::model::{Action, Diagnostic, Doc, DocPath, Map, Place, ProjectFacts};

/// A reserved IP address of a region.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddressSpec {
    /// The address itself, `10.0.0.5`. Google picks a free one by default; immutable.
    pub address: Option<Value<String>>,
    /// `INTERNAL` follows from `subnetwork` and `network`; Google's default is `EXTERNAL`. Immutable.
    pub address_type: Option<Value<AddressType>>,
    /// The subnetwork that it comes from: a key of `subnetworks`, or `projects/PROJECT/regions/REGION/subnetworks/NAME`.
    /// Internal addresses only; immutable.
    pub subnetwork: Option<Ref<Subnetworks>>,
    /// The network, for internal addresses that come from no subnetwork (`purpose: VPC_PEERING` and
    /// `IPSEC_INTERCONNECT`): a key of `networks`, or `projects/PROJECT/global/networks/NAME`. Immutable.
    pub network: Option<Ref<Networks>>,
    /// What it is for. Google's default for internal addresses is `GCE_ENDPOINT`; immutable.
    pub purpose: Option<Value<AddressPurpose>>,
    /// What it is for, in words. Immutable.
    pub description: Option<Value<String>>,
    /// The quality of the network, for external addresses. Google's default is `PREMIUM`; immutable.
    pub network_tier: Option<Value<AddressNetworkTier>>,
    /// Length of the prefix where a whole range is reserved (`purpose: IPSEC_INTERCONNECT`), 8 to 30. Immutable.
    pub prefix_length: Option<Value<u32>>,
    /// The IP version of an external address. Default `IPV4`; immutable.
    pub ip_version: Option<Value<AddressIpVersion>>,
    /// What an external IPv6 address is for: an instance or a load balancer. Immutable.
    pub ipv6_endpoint_type: Option<Value<AddressIpv6Endpoint>>,
    /// Labels. Those that others set stay.
    pub labels: Option<BTreeMap<String, Value<String>>>,
}

/// Whether an address is internal or external.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AddressType {
    Internal,
    External,
}

/// What an address is for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AddressPurpose {
    GceEndpoint,
    SharedLoadbalancerVip,
    VpcPeering,
    IpsecInterconnect,
    PrivateServiceConnect,
}

/// The quality of the network.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AddressNetworkTier {
    Premium,
    Standard,
}

/// The version of IP.
#[derive(Debug, Deserialize, JsonSchema)]
pub enum AddressIpVersion {
    #[serde(rename = "IPV4")]
    V4,
    #[serde(rename = "IPV6")]
    V6,
}

/// What an external IPv6 address is for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AddressIpv6Endpoint {
    Vm,
    Netlb,
}

/// The kind of `addresses`.
#[derive(Debug)]
pub struct Address;

const DISCOVERY: &str = "compute v1 discovery, Address";
const RULES: &str = "magic-modules d57784406a44, compute/Address";

static DESCRIPTOR: Descriptor = Descriptor {
    section: "addresses",
    noun: "address",
    doc: "Reserved IP addresses, internal or external, each in a region.",
    location: Location::Region,
    collection: "projects/{project}/regions/{location}/addresses",
    item: "projects/{project}/regions/{location}/addresses/{name}",
    update: UpdateStyle::None,
    labels: Some("labels"),
    durations: Durations { create: 3, update: 2, delete: 3 },
    fields: &[
        FieldRule::new("name", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("region", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("kind", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("id", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("creationTimestamp", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("selfLink", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("status", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("users", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("labelFingerprint", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("address", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]),
        FieldRule::new("addressType", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]),
        FieldRule::new("subnetwork", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]).compare(Compare::Link),
        FieldRule::new("network", RULES).flags(&[Flag::Immutable]).compare(Compare::Link),
        FieldRule::new("purpose", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]),
        FieldRule::new("description", RULES).flags(&[Flag::Immutable]),
        FieldRule::new("networkTier", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]),
        FieldRule::new("prefixLength", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]),
        FieldRule::new("ipVersion", "magic-modules d57784406a44, compute/Address: absent is IPV4")
            .flags(&[Flag::Immutable, Flag::ServerDefault])
            .default("\"IPV4\""),
        FieldRule::new("ipv6EndpointType", RULES).flags(&[Flag::Immutable]),
        FieldRule::new("labels", "recordings compute/address-global-cassette-2024-04-16: ignored by insert")
            .via("setLabels"),
    ],
    outputs: &[
        Output { name: "name", path: "", doc: "The address's name." },
        Output { name: "path", path: "", doc: "`projects/PROJECT/regions/REGION/addresses/NAME`." },
        Output { name: "selfLink", path: "selfLink", doc: "The address's full URL." },
        Output { name: "id", path: "id", doc: "The number that Google gave it." },
        Output { name: "address", path: "address", doc: "The IP address." },
        Output { name: "status", path: "status", doc: "`RESERVED`, or `IN_USE` where something has it." },
    ],
    ..compute::RESOURCE
};

impl Kind for Address {
    type Spec = AddressSpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        compute::check_name(name)
    }

    /// What comes from a subnetwork or a network is internal; the API would take it for external.
    fn complete(_: &Place, doc: &mut Doc) {
        let is_internal = doc.get("subnetwork").is_some() || doc.get("network").is_some();
        if is_internal && doc.get("addressType").is_none() {
            doc.put("addressType", Doc::from("INTERNAL"));
        }
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if let Some(text) = input.doc.dig_str("address") {
            found.extend(cidr::check_address(text, DocPath::keys("address")));
        }
        found.extend(check_internal(input.doc));
        found.extend(check_external(input.doc));
        found.extend(faults::labels(input.doc, "labels"));
        found
    }

    fn filled(_: &Place, _: &ProjectFacts, file: &Doc) -> Doc {
        let is_inside = file.get("subnetwork").is_some() || file.get("network").is_some();
        let mut filled = Doc::map();
        filled.put("addressType", Doc::from(if is_inside { "INTERNAL" } else { "EXTERNAL" }));
        filled.put("networkTier", Doc::from("PREMIUM"));
        if file.get("subnetwork").is_some() {
            filled.put("purpose", Doc::from("GCE_ENDPOINT"));
        }
        // Nobody can ask for an external address by its number.
        if let Some(address) = file.get("address").filter(|_| !is_inside) {
            filled.put("address", address.clone());
        }
        filled
    }

    fn known_outputs(place: &Place, _: &ProjectFacts, doc: &Doc) -> Map {
        let mut outputs = compute::known_outputs(&DESCRIPTOR, place);
        if let Some(address) = doc.get("address").filter(|address| address.is_known()) {
            outputs.insert("address".to_owned(), address.clone());
        }
        outputs
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        if refusal.action == Action::Delete && compute::is_in_use(refusal.error) {
            return Verdict::Failed(Box::new(compute::in_use(refusal, "address")));
        }
        if refusal.action == Action::Create && refusal.error.is(&["IP_IN_USE_BY_ANOTHER_RESOURCE"]) {
            return Verdict::Failed(Box::new(taken(refusal)));
        }
        compute::judge(refusal)
    }
}

/// Cloud Run takes addresses of a subnetwork in blocks of 16: a fixed address may be gone before it is reserved.
fn taken(refusal: &Refusal<'_>) -> Diagnostic {
    Diagnostic::error("address-taken", format!("the address wanted for `{}` is in use", refusal.place.name()))
        .field(DocPath::keys("address"))
        .hint("write another address of the subnetwork, or leave `address` out and Google picks a free one")
}

fn check_internal(doc: &Doc) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let has = |field| doc.get(field).is_some();
    let purpose = doc.dig_str("purpose");
    let from_network = matches!(purpose, Some("VPC_PEERING" | "IPSEC_INTERCONNECT" | "PRIVATE_SERVICE_CONNECT"));
    if has("subnetwork") && has("network") {
        faults.push(
            Diagnostic::error(
                "exclusive-fields",
                "an address comes from a subnetwork or from a network, not from both",
            )
            .field(DocPath::keys("network"))
            .hint("leave `network` out: it follows from the subnetwork"),
        );
    } else if has("network") && has("purpose") && purpose.is_some() && !from_network {
        faults.push(
            Diagnostic::error("needs-subnetwork", "an internal address for this purpose comes from a subnetwork")
                .field(DocPath::keys("network"))
                .hint("write `subnetwork` in place of `network`"),
        );
    }
    if doc.dig_str("addressType") == Some("EXTERNAL") {
        for field in ["subnetwork", "network", "purpose"] {
            if has(field) {
                faults.push(
                    Diagnostic::error("needs-internal", format!("`{field}` is for internal addresses"))
                        .field(DocPath::keys(field))
                        .hint("leave `addressType: EXTERNAL` out, or the field"),
                );
            }
        }
    }
    if has("prefixLength") && !has("purpose") {
        faults.push(
            Diagnostic::error("prefix-without-purpose", "a single address has no prefix")
                .field(DocPath::keys("prefixLength"))
                .hint("leave `prefixLength` out, or say what the range is for with `purpose: IPSEC_INTERCONNECT`"),
        );
    }
    faults
}

fn check_external(doc: &Doc) -> Vec<Diagnostic> {
    if doc.dig_str("addressType") != Some("INTERNAL") {
        return Vec::new();
    }
    // Google answers `PREMIUM` for internal addresses too (recordings compute/address-global-cassette-2024-04-16).
    let is_standard = |field: &str| field == "networkTier" && doc.dig_str(field) != Some("PREMIUM");
    let fields = ["networkTier", "ipv6EndpointType"]
        .into_iter()
        .filter(|field| doc.get(field).is_some() && (is_standard(field) || *field != "networkTier"));
    fields
        .map(|field| {
            Diagnostic::error("needs-external", format!("`{field}` is for external addresses"))
                .field(DocPath::keys(field))
                .hint("leave the field out")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kinds::descriptor_calls::tests::{Step, shown};
    use crate::kinds::{recorded, row};

    const ADDRESSES: &str = "compute.googleapis.com/compute/v1/projects/p/regions/r/addresses";

    #[test]
    fn recorded_answers_lose_nothing_and_differ_in_nothing_from_their_entries() {
        let answers = include_str!("../../tests/recorded/addresses.jsonl");
        recorded::shapes_lose_nothing(&row::<Address>(), answers);
        recorded::entries_differ_in_nothing(&row::<Address>(), answers, |_| Step::new("a").place);
    }

    #[test]
    fn a_create_reserves_and_then_labels() {
        let mut step = Step::new("a").desired(
            json!({"subnetwork": "projects/p/regions/r/subnetworks/s", "address": "10.0.0.5", "labels": {"k": "v"}}),
        );
        Address::complete(&step.place, step.desired.as_mut().unwrap());
        assert_eq!(
            shown(Address::calls(&step.input(Action::Create))),
            json!([
                {"label": "create", "request": format!("POST {ADDRESSES}"), "body": {"name": "a",
                    "subnetwork": "projects/p/regions/r/subnetworks/s", "address": "10.0.0.5", "addressType": "INTERNAL"}},
                {"label": "set labels", "request": format!("POST {ADDRESSES}/a/setLabels"),
                    "body": {"labels": {"stackctl-stack": "demo", "k": "v"}}, "fresh": [["labelFingerprint", "labelFingerprint"]]},
            ])
        );
    }

    #[test]
    fn changed_labels_are_set_over_those_of_others() {
        let step = Step::new("a")
            .desired(json!({"labels": {"k": "new"}}))
            .live(json!({"labels": {"k": "old", "theirs": "x", "stackctl-stack": "demo"}, "labelFingerprint": "42WmSpB8rSM="}))
            .changed(&["labels.k"]);
        assert_eq!(
            shown(Address::calls(&step.input(Action::Update))),
            json!([{"label": "set labels", "request": format!("POST {ADDRESSES}/a/setLabels"), "body":
                {"labels": {"k": "new", "theirs": "x", "stackctl-stack": "demo"}, "labelFingerprint": "42WmSpB8rSM="}}])
        );
    }

    #[test]
    fn the_address_is_known_before_it_is_reserved_where_the_file_names_it() {
        let step = Step::new("a");
        let outputs = |json: Json| Address::known_outputs(&step.place, &step.project, &Doc::from(&json));
        assert_eq!(outputs(json!({"address": "10.0.0.5"}))["address"], Doc::from("10.0.0.5"));
        assert!(!outputs(json!({})).contains_key("address"));
        assert_eq!(outputs(json!({}))["path"], Doc::from("projects/p/regions/r/addresses/a"));
    }

    #[test]
    fn offline_faults_name_their_field() {
        let check = |json: Json| {
            let (mut doc, step) = (Doc::from(&json), Step::new("a"));
            Address::complete(&step.place, &mut doc);
            let faults = Address::check(&CheckInput { place: &step.place, doc: &doc });
            faults.into_iter().map(|fault| fault.field.unwrap().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(check(json!({"address": "10.0.0.5/24"})), ["address"]);
        assert_eq!(check(json!({"subnetwork": "s", "network": "n"})), ["network"]);
        assert_eq!(check(json!({"subnetwork": "s", "addressType": "EXTERNAL"})), ["subnetwork"]);
        assert_eq!(check(json!({"subnetwork": "s", "networkTier": "STANDARD"})), ["networkTier"]);
        assert_eq!(check(json!({"prefixLength": 16})), ["prefixLength"]);
        assert_eq!(check(json!({"labels": {"Bad": "x"}})), ["labels.Bad"]);
        assert!(check(json!({"networkTier": "STANDARD"})).is_empty());
        assert!(check(json!({"network": "n", "purpose": "VPC_PEERING", "prefixLength": 16})).is_empty());
        assert!(check(json!({"subnetwork": "s", "address": "10.0.0.5"})).is_empty());
    }
}
