//! Subnetworks of VPC networks.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::call::{Refusal, Verdict};
use super::kind::{Extra, ExtraWhen};
use super::request::{self, At};
use super::sections::Networks;
use super::{
    Call, CheckInput, Compare, Descriptor, Durations, FieldRule, Flag, Kind, Location, Lookup, Output, StepInput,
    UpdateStyle, addresses, cidr, compute, descriptor_calls,
};
use crate::model::spec::{Ref, Value};
use crate::model::{Action, Diagnostic, Doc, DocPath, Map, Place, ProjectFacts};
use crate::wire::Method;

/// A subnetwork: a range of addresses of a network in one region.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubnetworkSpec {
    /// The network it is part of: a key of `networks`, or `projects/PROJECT/global/networks/NAME`. Immutable.
    pub network: Ref<Networks>,
    /// The primary IPv4 range, `10.0.0.0/24`; /4 to /29. It can grow in place; any other change is a replacement.
    pub ip_cidr_range: Option<Value<String>>,
    /// What the subnetwork is for. Immutable.
    pub description: Option<Value<String>>,
    /// Whether instances without an external address reach Google's APIs. Default `false`.
    pub private_ip_google_access: Option<Value<bool>>,
    /// The same over IPv6. Default `DISABLE_GOOGLE_ACCESS`.
    pub private_ipv6_google_access: Option<Value<SubnetworkIpv6GoogleAccess>>,
    /// What the range is for. Default `PRIVATE`.
    pub purpose: Option<Value<SubnetworkPurpose>>,
    /// Which of two proxy-only subnetworks is in use; with `purpose: REGIONAL_MANAGED_PROXY` and
    /// `GLOBAL_MANAGED_PROXY` only.
    pub role: Option<Value<SubnetworkRole>>,
    /// Further ranges, for alias addresses of instances and for GKE. Ranges that others added stay.
    pub secondary_ip_ranges: Option<Vec<SubnetworkSecondaryRange>>,
    /// Which IP versions instances get. Default `IPV4_ONLY`.
    pub stack_type: Option<Value<SubnetworkStackType>>,
    /// Whether the IPv6 range is internal or external. Needed with `stackType: IPV4_IPV6` and `IPV6_ONLY`; cannot be
    /// changed once set.
    pub ipv6_access_type: Option<Value<SubnetworkIpv6AccessType>>,
    /// The internal IPv6 range, a /64. Google picks one by default; immutable.
    pub internal_ipv6_prefix: Option<Value<String>>,
    /// The external IPv6 range, a /64. Google picks one by default; immutable.
    pub external_ipv6_prefix: Option<Value<String>>,
    /// An internal range, `projects/PROJECT/locations/global/internalRanges/NAME`, from which `ipCidrRange` comes.
    /// Immutable.
    pub reserved_internal_range: Option<Value<String>>,
    /// Whether the range may overlap static routes. Default `false`.
    pub allow_subnet_cidr_routes_overlap: Option<Value<bool>>,
    /// VPC flow logs: they cost money by volume.
    pub log_config: Option<SubnetworkLogConfig>,
    /// Which subnet mask instances are told, for ARP. Immutable.
    pub resolve_subnet_mask: Option<Value<SubnetworkResolveMask>>,
}

/// A further range of a subnetwork.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubnetworkSecondaryRange {
    /// Its name; unique in the subnetwork.
    pub range_name: Value<String>,
    /// The range, `10.4.0.0/14`.
    pub ip_cidr_range: Option<Value<String>>,
    /// An internal range, `projects/PROJECT/locations/global/internalRanges/NAME`, from which it comes.
    pub reserved_internal_range: Option<Value<String>>,
}

/// VPC flow logs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubnetworkLogConfig {
    /// Whether logs are written. Default `false`.
    pub enable: Option<Value<bool>>,
    /// The time over which packets of a connection are summed up. Google's default is `INTERVAL_5_SEC`.
    pub aggregation_interval: Option<Value<SubnetworkLogInterval>>,
    /// Which part of the logs is kept, 0.0 to 1.0. Google's default is 0.5.
    pub flow_sampling: Option<Value<f64>>,
    /// Which of the logs that are kept are written, an expression. Google's default is `true`: all.
    pub filter_expr: Option<Value<String>>,
    /// Which metadata are added. Google's default is `INCLUDE_ALL_METADATA`.
    pub metadata: Option<Value<SubnetworkLogMetadata>>,
    /// The metadata to add, with `metadata: CUSTOM_METADATA`.
    pub metadata_fields: Option<Vec<Value<String>>>,
}

/// Whether instances reach Google's APIs over IPv6.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubnetworkIpv6GoogleAccess {
    DisableGoogleAccess,
    EnableBidirectionalAccessToGoogle,
    EnableOutboundVmAccessToGoogle,
}

/// What a range is for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubnetworkPurpose {
    Private,
    RegionalManagedProxy,
    GlobalManagedProxy,
    PrivateServiceConnect,
    PrivateNat,
    PeerMigration,
    InternalHttpsLoadBalancer,
}

/// Which of two proxy-only subnetworks is in use.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubnetworkRole {
    Active,
    Backup,
}

/// Which IP versions instances get.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubnetworkStackType {
    #[serde(rename = "IPV4_ONLY")]
    Ipv4Only,
    #[serde(rename = "IPV4_IPV6")]
    Ipv4Ipv6,
    #[serde(rename = "IPV6_ONLY")]
    Ipv6Only,
}

/// Whether an IPv6 range is internal or external.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubnetworkIpv6AccessType {
    Internal,
    External,
}

/// The time over which packets of a connection are summed up.
#[derive(Debug, Deserialize, JsonSchema)]
pub enum SubnetworkLogInterval {
    #[serde(rename = "INTERVAL_5_SEC")]
    FiveSeconds,
    #[serde(rename = "INTERVAL_30_SEC")]
    ThirtySeconds,
    #[serde(rename = "INTERVAL_1_MIN")]
    OneMinute,
    #[serde(rename = "INTERVAL_5_MIN")]
    FiveMinutes,
    #[serde(rename = "INTERVAL_10_MIN")]
    TenMinutes,
    #[serde(rename = "INTERVAL_15_MIN")]
    FifteenMinutes,
}

/// Which metadata flow logs carry.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubnetworkLogMetadata {
    ExcludeAllMetadata,
    IncludeAllMetadata,
    CustomMetadata,
}

/// Which subnet mask instances are told.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubnetworkResolveMask {
    ArpAllRanges,
    ArpPrimaryRange,
    ArpBroadcastPrimaryRange,
    ArpBroadcastPrimaryRangeWithLearning,
}

/// The kind of `subnetworks`.
#[derive(Debug)]
pub struct Subnetwork;

const DISCOVERY: &str = "compute v1 discovery, Subnetwork";
const RULES: &str = "magic-modules d57784406a44, compute/Subnetwork";
const RECORDED: &str = "recordings compute/subnetwork-update-2024-06";
const LOGS: &str = "magic-modules d57784406a44, compute/Subnetwork logConfig: defaults that Google documents";

static DESCRIPTOR: Descriptor = Descriptor {
    section: "subnetworks",
    noun: "subnetwork",
    doc: "Subnetworks: ranges of addresses of a network, each in one region.",
    location: Location::Region,
    collection: "projects/{project}/regions/{location}/subnetworks",
    item: "projects/{project}/regions/{location}/subnetworks/{name}",
    update: UpdateStyle::PatchChanged,
    guard: Some("fingerprint"),
    durations: Durations { create: 12, update: 10, delete: 12 },
    fields: &[
        FieldRule::new("name", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("region", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("kind", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("id", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("creationTimestamp", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("selfLink", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("gatewayAddress", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("fingerprint", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("state", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("ipv6CidrRange", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("ipv6GceEndpoint", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("systemReservedExternalIpv6Ranges", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("systemReservedInternalIpv6Ranges", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("utilizationDetails", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("enableFlowLogs", "compute v1 discovery, Subnetwork: the older spelling of logConfig.enable")
            .flags(&[Flag::OutputOnly]),
        FieldRule::new("description", RULES).flags(&[Flag::Immutable]),
        FieldRule::new("network", RULES).flags(&[Flag::Immutable]).compare(Compare::Link),
        FieldRule::new("ipCidrRange", "compute subnetworks.expandIpCidrRange")
            .flags(&[Flag::ServerDefault])
            .compare(Compare::Cidr)
            .via("expandIpCidrRange"),
        FieldRule::new("privateIpGoogleAccess", RECORDED)
            .flags(&[Flag::SendEmpty])
            .default("false")
            .via("setPrivateIpGoogleAccess"),
        FieldRule::new("privateIpv6GoogleAccess", RECORDED)
            .flags(&[Flag::ServerDefault])
            .default("\"DISABLE_GOOGLE_ACCESS\""),
        FieldRule::new("purpose", RECORDED).flags(&[Flag::ServerDefault]).default("\"PRIVATE\""),
        FieldRule::new("role", RULES).flags(&[Flag::ServerDefault]),
        FieldRule::new("secondaryIpRanges", RULES)
            .flags(&[Flag::ServerDefault, Flag::SendEmpty])
            .compare(Compare::KeyedBy("rangeName")),
        FieldRule::new("secondaryIpRanges[].ipCidrRange", RULES).flags(&[Flag::ServerDefault]).compare(Compare::Cidr),
        FieldRule::new("secondaryIpRanges[].reservedInternalRange", RULES).compare(Compare::Link),
        FieldRule::new("stackType", RECORDED).flags(&[Flag::ServerDefault]).default("\"IPV4_ONLY\""),
        FieldRule::new("ipv6AccessType", DISCOVERY),
        FieldRule::new("internalIpv6Prefix", RULES)
            .flags(&[Flag::Immutable, Flag::ServerDefault])
            .compare(Compare::Cidr),
        FieldRule::new("externalIpv6Prefix", RULES)
            .flags(&[Flag::Immutable, Flag::ServerDefault])
            .compare(Compare::Cidr),
        FieldRule::new("reservedInternalRange", RULES).flags(&[Flag::Immutable]).compare(Compare::Link),
        FieldRule::new("allowSubnetCidrRoutesOverlap", RECORDED)
            .flags(&[Flag::ServerDefault, Flag::SendEmpty])
            .default("false"),
        FieldRule::new("logConfig", RULES).flags(&[Flag::ServerDefault, Flag::SendEmpty]),
        FieldRule::new("logConfig.enable", RECORDED).default("false"),
        FieldRule::new("logConfig.aggregationInterval", LOGS)
            .flags(&[Flag::ServerDefault])
            .default("\"INTERVAL_5_SEC\""),
        FieldRule::new("logConfig.flowSampling", LOGS).flags(&[Flag::ServerDefault]).default("0.5"),
        FieldRule::new("logConfig.filterExpr", LOGS).flags(&[Flag::ServerDefault]).default("\"true\""),
        FieldRule::new("logConfig.metadata", LOGS).flags(&[Flag::ServerDefault]).default("\"INCLUDE_ALL_METADATA\""),
        FieldRule::new("logConfig.metadataFields", LOGS).compare(Compare::Unordered).default("[]"),
        FieldRule::new("resolveSubnetMask", RULES).flags(&[Flag::Immutable]),
    ],
    outputs: &[
        Output { name: "name", path: "", doc: "The subnetwork's name." },
        Output { name: "path", path: "", doc: "`projects/PROJECT/regions/REGION/subnetworks/NAME`." },
        Output { name: "selfLink", path: "selfLink", doc: "The subnetwork's full URL." },
        Output { name: "id", path: "id", doc: "The number that Google gave it." },
        Output { name: "ipCidrRange", path: "ipCidrRange", doc: "The primary IPv4 range." },
        Output { name: "gatewayAddress", path: "gatewayAddress", doc: "The gateway: the first host of the range." },
        Output {
            name: "internalIpv6Prefix",
            path: "internalIpv6Prefix",
            doc: "The internal IPv6 range, where it has one.",
        },
        Output {
            name: "externalIpv6Prefix",
            path: "externalIpv6Prefix",
            doc: "The external IPv6 range, where it has one.",
        },
    ],
    ..compute::RESOURCE
};

/// The name of the further read that finds what Google holds on a subnetwork: all serverless addresses of its region.
pub const SERVERLESS_ADDRESSES: &str = "addresses";

/// Purposes that change into each other in place (compute v1 discovery, Subnetwork.purpose: a subnetwork is migrated
/// from one network to a peered one); every other change makes another subnetwork.
const MIGRATES: [&str; 2] = ["PRIVATE", "PEER_MIGRATION"];

impl Kind for Subnetwork {
    type Spec = SubnetworkSpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        compute::check_name(name)
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        let mut faults = check_ranges(input.doc);
        faults.extend(check_ipv6(input.doc));
        faults.extend(check_proxy_only(input.doc));
        faults.extend(check_logs(input.doc));
        faults
    }

    fn known_outputs(place: &Place, _: &ProjectFacts, doc: &Doc) -> Map {
        let mut outputs = compute::known_outputs(&DESCRIPTOR, place);
        if let Some(range) = doc.get("ipCidrRange").filter(|range| range.is_known()) {
            outputs.insert("ipCidrRange".to_owned(), range.clone());
        }
        outputs
    }

    fn filled(_: &Place, _: &ProjectFacts, file: &Doc) -> Doc {
        let mut filled = compute::echo(file, &["internalIpv6Prefix", "externalIpv6Prefix"]);
        // Of logs that are not written nothing need be said.
        if file.dig("logConfig.enable").and_then(Doc::as_bool) != Some(true)
            && let Some(config) = file.get("logConfig")
        {
            filled.put("logConfig", config.clone());
        }
        filled
    }

    fn lookup(place: &Place, project: &ProjectFacts, doc: Option<&Doc>) -> Lookup {
        let mut lookup = descriptor_calls::lookup(&DESCRIPTOR, place, project, doc);
        lookup.extra.push(Extra {
            name: SERVERLESS_ADDRESSES,
            request: request::request(addresses::Address::DESCRIPTOR, Method::Get, place, At::Collection)
                .query("filter", "purpose = SERVERLESS"),
            pages: Some("items"),
            when: ExtraWhen::Loss,
        });
        lookup
    }

    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        match input.action {
            Action::Update | Action::Adopt => update(input),
            _ => descriptor_calls::calls(&DESCRIPTOR, input),
        }
    }

    fn replaces(input: &StepInput<'_>) -> Vec<DocPath> {
        let mut paths = Vec::new();
        let live = |field| input.live.and_then(|live| live.api.get(field)).and_then(Json::as_str);
        let wanted = |field| input.desired.and_then(|doc| doc.get(field)).and_then(Doc::as_str);
        if let (Some(live), Some(wanted)) = (live("ipCidrRange"), wanted("ipCidrRange"))
            && !cidr::grows(live, wanted)
        {
            paths.push(DocPath::keys("ipCidrRange"));
        }
        if let (Some(live), Some(wanted)) = (live("ipv6AccessType"), wanted("ipv6AccessType"))
            && live != wanted
        {
            paths.push(DocPath::keys("ipv6AccessType"));
        }
        if let (Some(live), Some(wanted)) = (live("purpose"), wanted("purpose"))
            && live != wanted
            && ![live, wanted].iter().all(|purpose| MIGRATES.contains(purpose))
        {
            paths.push(DocPath::keys("purpose"));
        }
        paths
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        if refusal.action == Action::Delete && compute::is_in_use(refusal.error) {
            return judge_in_use(refusal);
        }
        compute::judge(refusal)
    }
}

/// The two fields with calls of their own, then a patch of the rest. The calls change the fingerprint.
fn update(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    const FRESH: &[(&str, &str)] = &[("fingerprint", "fingerprint")];
    let changes = descriptor_calls::Changes::of(&DESCRIPTOR, input);
    let wanted = |field| input.desired.and_then(|doc| doc.get(field));
    let action = |label, suffix, body| descriptor_calls::action(&DESCRIPTOR, input, label, suffix, body);
    let mut calls = Vec::new();
    if let Some(range) = changes.by("expandIpCidrRange").and_then(|_| wanted("ipCidrRange")?.as_str()) {
        calls.push(action("grow the range", "/expandIpCidrRange", json!({"ipCidrRange": range})));
    }
    if changes.by("setPrivateIpGoogleAccess").is_some() {
        let on = wanted("privateIpGoogleAccess").and_then(Doc::as_bool).unwrap_or(false);
        calls.push(action("set Google access", "/setPrivateIpGoogleAccess", json!({"privateIpGoogleAccess": on})));
    }
    let patch = descriptor_calls::general_update(&DESCRIPTOR, input, &changes.general)?;
    let comes_first = calls.is_empty();
    calls.extend(patch.map(|patch| if comes_first { patch } else { descriptor_calls::with_fresh(patch, FRESH) }));
    Ok(calls)
}

/// Cloud Run leaves an address (`serverless-ipv4-…`, purpose `SERVERLESS`) behind that no public API can delete.
fn judge_in_use(refusal: &Refusal<'_>) -> Verdict {
    let name = refusal.place.name();
    let user = compute::user_in(&refusal.error.message);
    let held: Vec<&str> = match serverless_addresses(refusal) {
        found if !found.is_empty() => found,
        // Google names the user of a subnetwork nowhere but in its message.
        _ => user.map(compute::short).filter(|user| user.starts_with("serverless-")).into_iter().collect(),
    };
    if !held.is_empty() {
        return Verdict::Held(Box::new(held_by_google(name, &held)));
    }
    Verdict::Failed(Box::new(compute::in_use(refusal, "subnetwork")))
}

/// The names of Google's own addresses on this subnetwork, where they were read.
fn serverless_addresses<'a>(refusal: &Refusal<'a>) -> Vec<&'a str> {
    let path = refusal.place.fill(DESCRIPTOR.item);
    let found = refusal.live.and_then(|live| live.pointer("/addresses/items")).and_then(Json::as_array);
    found
        .into_iter()
        .flatten()
        .filter(|address| address.get("purpose").and_then(Json::as_str) == Some("SERVERLESS"))
        .filter(|address| {
            address.get("subnetwork").and_then(Json::as_str).is_some_and(|link| link.ends_with(path.as_str()))
        })
        .filter_map(|address| address.get("name").and_then(Json::as_str))
        .collect()
}

fn held_by_google(name: &str, held: &[&str]) -> Diagnostic {
    let addresses: Vec<_> = held.iter().map(|address| format!("`{address}`")).collect();
    Diagnostic::warning(
        "held-by-google",
        format!("Google still holds {} on subnetwork `{name}`", addresses.join(", ")),
    )
    .label("released 75 to 130 minutes after the last Cloud Run service, job or worker pool on it is gone")
    .hint("nothing there costs money; `stackctl destroy` again finishes later, `stackctl destroy --wait` stays for it")
}

fn check_ranges(doc: &Doc) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    if let Some(text) = doc.dig_str("ipCidrRange") {
        faults.extend(cidr::check_ipv4(text, DocPath::keys("ipCidrRange")));
        faults.extend(cidr::check_subnetwork_size(text, DocPath::keys("ipCidrRange")));
    } else if doc.get("ipCidrRange").is_none()
        && doc.get("reservedInternalRange").is_none()
        && doc.dig_str("stackType") != Some("IPV6_ONLY")
    {
        faults.push(
            Diagnostic::error("missing-range", "a subnetwork needs a range of addresses")
                .field(DocPath::keys("ipCidrRange"))
                .hint("add `ipCidrRange: 10.0.0.0/24`"),
        );
    }
    let ranges = doc.get("secondaryIpRanges").and_then(Doc::as_list).unwrap_or_default();
    for (index, range) in ranges.iter().enumerate() {
        let path = DocPath::keys("secondaryIpRanges").index(index);
        if let Some(text) = range.dig_str("ipCidrRange") {
            faults.extend(cidr::check_ipv4(text, path.key("ipCidrRange")));
        }
        if let Some(Err(why)) = range.dig_str("rangeName").map(compute::check_name) {
            faults.push(
                Diagnostic::error("bad-name", format!("a range cannot have this name: {why}"))
                    .field(path.key("rangeName")),
            );
        }
        faults.extend(repeated(ranges, index, &path));
    }
    faults.extend(check_overlaps(doc, ranges));
    faults
}

fn repeated(ranges: &[Doc], index: usize, path: &DocPath) -> Option<Diagnostic> {
    let name = ranges[index].dig_str("rangeName")?;
    let before = ranges[..index].iter().any(|range| range.dig_str("rangeName") == Some(name));
    before.then(|| {
        Diagnostic::error("repeated-range", format!("there are two ranges named `{name}`")).field(path.key("rangeName"))
    })
}

/// No two ranges of a subnetwork may share an address.
fn check_overlaps(doc: &Doc, ranges: &[Doc]) -> Vec<Diagnostic> {
    let mut seen: Vec<(&str, ipnet::Ipv4Net)> = Vec::new();
    let mut faults = Vec::new();
    let secondary = ranges.iter().enumerate().map(|(index, range)| {
        (DocPath::keys("secondaryIpRanges").index(index).key("ipCidrRange"), range.dig_str("ipCidrRange"))
    });
    for (path, text) in std::iter::once((DocPath::keys("ipCidrRange"), doc.dig_str("ipCidrRange"))).chain(secondary) {
        let Some((text, range)) = text.and_then(|text| Some((text, text.parse::<ipnet::Ipv4Net>().ok()?))) else {
            continue;
        };
        if let Some((other, _)) = seen.iter().find(|(_, other)| other.contains(&range) || range.contains(other)) {
            faults.push(Diagnostic::error("overlapping-ranges", format!("`{text}` overlaps `{other}`")).field(path));
        }
        seen.push((text, range));
    }
    faults
}

fn check_ipv6(doc: &Doc) -> Vec<Diagnostic> {
    let has_ipv6 = matches!(doc.dig_str("stackType"), Some("IPV4_IPV6" | "IPV6_ONLY"));
    let stack_is_known = doc.get("stackType").is_none_or(Doc::is_known);
    let mut faults = Vec::new();
    if has_ipv6 && doc.get("ipv6AccessType").is_none() {
        faults.push(
            Diagnostic::error("missing-ipv6-access", "a subnetwork with IPv6 says whether it is internal or external")
                .field(DocPath::keys("stackType"))
                .hint("add `ipv6AccessType: INTERNAL` or `EXTERNAL`"),
        );
    }
    for field in ["ipv6AccessType", "internalIpv6Prefix", "externalIpv6Prefix"] {
        if stack_is_known && !has_ipv6 && doc.get(field).is_some() {
            faults.push(
                Diagnostic::error("needs-ipv6", format!("`{field}` is for subnetworks with IPv6"))
                    .field(DocPath::keys(field))
                    .hint("add `stackType: IPV4_IPV6`, or leave the field out"),
            );
        }
    }
    faults
}

fn check_proxy_only(doc: &Doc) -> Option<Diagnostic> {
    let purpose = doc.dig_str("purpose");
    let is_proxy =
        matches!(purpose, Some("REGIONAL_MANAGED_PROXY" | "GLOBAL_MANAGED_PROXY" | "INTERNAL_HTTPS_LOAD_BALANCER"));
    let purpose_is_known = doc.get("purpose").is_none_or(Doc::is_known);
    (purpose_is_known && !is_proxy && doc.get("role").is_some()).then(|| {
        Diagnostic::error("role-without-proxy", "only proxy-only subnetworks have a role")
            .field(DocPath::keys("role"))
            .hint("add `purpose: REGIONAL_MANAGED_PROXY`, or leave `role` out")
    })
}

fn check_logs(doc: &Doc) -> Vec<Diagnostic> {
    let Some(logs) = doc.get("logConfig") else { return Vec::new() };
    let path = DocPath::keys("logConfig");
    let mut faults = Vec::new();
    let sampling = match logs.get("flowSampling") {
        Some(Doc::Number(number)) => number.as_f64(),
        _ => None,
    };
    if let Some(sampling) = sampling.filter(|sampling| !(0.0..=1.0).contains(sampling)) {
        faults.push(
            Diagnostic::error("sampling-out-of-range", format!("`{sampling}` is no part of the whole"))
                .field(path.key("flowSampling"))
                .hint("write a number from 0.0 to 1.0"),
        );
    }
    if logs.get("metadataFields").is_some()
        && logs.get("metadata").is_none_or(|m| m.as_str().is_some_and(|m| m != "CUSTOM_METADATA"))
    {
        faults.push(
            Diagnostic::error("needs-custom-metadata", "single metadata fields are for custom metadata only")
                .field(path.key("metadataFields"))
                .hint("add `metadata: CUSTOM_METADATA`, or leave `metadataFields` out"),
        );
    }
    faults
}

#[cfg(test)]
mod tests;
