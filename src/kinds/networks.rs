//! VPC networks.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::call::{Refusal, Verdict};
use super::{
    Call, CheckInput, Compare, Descriptor, Durations, FieldRule, Flag, Kind, Location, Output, StepInput, UpdateStyle,
    compute, descriptor_calls,
};
use crate::model::spec::Value;
use crate::model::{Action, Diagnostic, Doc, DocPath, Map, Place, ProjectFacts};

/// A VPC network.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkSpec {
    /// What the network is for. Immutable.
    pub description: Option<Value<String>>,
    /// `true`: Google makes a subnetwork in every region by itself; `false` (default): only those under `subnetworks`
    /// exist. `true` can become `false` in place, `false` never `true`.
    pub auto_create_subnetworks: Option<Value<bool>>,
    /// How Cloud Routers of the network learn and choose routes.
    pub routing_config: Option<NetworkRoutingConfig>,
    /// Largest packet in bytes, 1300 to 8896. Google's default is 1460.
    pub mtu: Option<Value<u32>>,
    /// Gives the network an internal IPv6 range. Default `false`.
    pub enable_ula_internal_ipv6: Option<Value<bool>>,
    /// The internal IPv6 range, a /48 inside `fd20::/20`. Google picks one by default; immutable.
    pub internal_ipv6_range: Option<Value<String>>,
    /// Whether the network's firewall policy is asked before or after its firewall rules. Default
    /// `AFTER_CLASSIC_FIREWALL`.
    pub network_firewall_policy_enforcement_order: Option<Value<NetworkFirewallOrder>>,
    /// A network profile, `projects/PROJECT/global/networkProfiles/PROFILE`: a network for special hardware. Immutable.
    pub network_profile: Option<Value<String>>,
}

/// How Cloud Routers of the network learn and choose routes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkRoutingConfig {
    /// Whether routes are announced in the router's region or in all. Google's default is `REGIONAL`.
    pub routing_mode: Option<Value<NetworkRoutingMode>>,
    /// How the best of several BGP paths is chosen. Google's default is `LEGACY`.
    pub bgp_best_path_selection_mode: Option<Value<NetworkBestPathMode>>,
    /// Compares MED also between different neighbours. Only with `bgpBestPathSelectionMode: STANDARD`.
    pub bgp_always_compare_med: Option<Value<bool>>,
    /// Whether costs between regions count. Only with `bgpBestPathSelectionMode: STANDARD`.
    pub bgp_inter_region_cost: Option<Value<NetworkInterRegionCost>>,
}

/// Whether routes are announced in the router's region or in all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NetworkRoutingMode {
    Regional,
    Global,
}

/// How the best of several BGP paths is chosen.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NetworkBestPathMode {
    Legacy,
    Standard,
}

/// Whether costs between regions count.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NetworkInterRegionCost {
    Default,
    AddCostToMed,
}

/// When the firewall policy is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NetworkFirewallOrder {
    AfterClassicFirewall,
    BeforeClassicFirewall,
}

/// The kind of `networks`.
#[derive(Debug)]
pub struct Network;

const DISCOVERY: &str = "compute v1 discovery, Network";
const RULES: &str = "magic-modules d57784406a44, compute/Network";
const RECORDED: &str = "recordings compute/network-2026-07";

static DESCRIPTOR: Descriptor = Descriptor {
    section: "networks",
    noun: "network",
    doc: "VPC networks.",
    location: Location::Global,
    collection: "projects/{project}/global/networks",
    item: "projects/{project}/global/networks/{name}",
    update: UpdateStyle::PatchChanged,
    durations: Durations { create: 12, update: 10, delete: 15 },
    fields: &[
        FieldRule::new("name", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("kind", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("id", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("creationTimestamp", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("selfLink", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("selfLinkWithId", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("subnetworks", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("peerings", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("firewallPolicy", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("gatewayIPv4", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("additionalTags", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("description", RULES).flags(&[Flag::Immutable]),
        FieldRule::new("autoCreateSubnetworks", "compute networks.switchToCustomMode")
            .flags(&[Flag::ServerDefault, Flag::SendEmpty])
            .via("switchToCustomMode"),
        FieldRule::new("routingConfig", RULES).flags(&[Flag::ServerDefault]),
        FieldRule::new("routingConfig.routingMode", RECORDED).flags(&[Flag::ServerDefault]).default("\"REGIONAL\""),
        FieldRule::new("routingConfig.bgpBestPathSelectionMode", RECORDED)
            .flags(&[Flag::ServerDefault])
            .default("\"LEGACY\""),
        FieldRule::new("routingConfig.bgpAlwaysCompareMed", RULES).flags(&[Flag::ServerDefault]).default("false"),
        FieldRule::new("routingConfig.bgpInterRegionCost", RULES).flags(&[Flag::ServerDefault]).default("\"DEFAULT\""),
        FieldRule::new("routingConfig.effectiveBgpAlwaysCompareMed", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("routingConfig.effectiveBgpInterRegionCost", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("mtu", "cloud.google.com/vpc/docs/mtu: 1460 by default")
            .flags(&[Flag::ServerDefault])
            .default("1460"),
        FieldRule::new("enableUlaInternalIpv6", "recordings compute/network-2026-07: a false one is not answered")
            .default("false"),
        FieldRule::new("internalIpv6Range", RULES)
            .flags(&[Flag::Immutable, Flag::ServerDefault])
            .compare(Compare::Cidr),
        FieldRule::new("networkFirewallPolicyEnforcementOrder", RECORDED)
            .flags(&[Flag::ServerDefault])
            .default("\"AFTER_CLASSIC_FIREWALL\""),
        FieldRule::new("networkProfile", RULES).flags(&[Flag::Immutable]).compare(Compare::Link),
    ],
    outputs: &[
        Output { name: "name", path: "", doc: "The network's name." },
        Output { name: "path", path: "", doc: "`projects/PROJECT/global/networks/NAME`." },
        Output { name: "selfLink", path: "selfLink", doc: "The network's full URL." },
        Output { name: "id", path: "id", doc: "The number that Google gave it." },
        Output {
            name: "internalIpv6Range",
            path: "internalIpv6Range",
            doc: "Its internal IPv6 range, where it has one.",
        },
    ],
    ..compute::RESOURCE
};

impl Kind for Network {
    type Spec = NetworkSpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        compute::check_name(name)
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        if let Some(mtu) = input.doc.get("mtu").and_then(Doc::as_i64).filter(|mtu| !(1300..=8896).contains(mtu)) {
            faults.push(
                Diagnostic::error("mtu-out-of-range", format!("`{mtu}` is no packet size that Google allows"))
                    .field(DocPath::keys("mtu"))
                    .hint("write a number from 1300 to 8896"),
            );
        }
        faults.extend(check_med(input.doc));
        faults.extend(check_ipv6_range(input.doc));
        faults
    }

    fn known_outputs(place: &Place, _: &ProjectFacts, _: &Doc) -> Map {
        compute::known_outputs(&DESCRIPTOR, place)
    }

    fn filled(_: &Place, _: &ProjectFacts, file: &Doc) -> Doc {
        let mut filled = compute::echo(file, &["internalIpv6Range"]);
        filled.put("autoCreateSubnetworks", Doc::Bool(false));
        filled
    }

    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        match input.action {
            Action::Create => Ok(vec![descriptor_calls::create(&DESCRIPTOR, input, create_body(input)?)]),
            Action::Replace => Ok(vec![
                descriptor_calls::delete(&DESCRIPTOR, input),
                descriptor_calls::create(&DESCRIPTOR, input, create_body(input)?),
            ]),
            Action::Update | Action::Adopt => update(input),
            _ => descriptor_calls::calls(&DESCRIPTOR, input),
        }
    }

    fn replaces(input: &StepInput<'_>) -> Vec<DocPath> {
        let wants_auto = input.desired.and_then(|doc| doc.get("autoCreateSubnetworks")).and_then(Doc::as_bool);
        let path = DocPath::keys("autoCreateSubnetworks");
        if wants_auto == Some(true) && input.changed.contains(&path) { vec![path] } else { Vec::new() }
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        if refusal.action == Action::Delete && compute::is_in_use(refusal.error) {
            return judge_in_use(refusal);
        }
        compute::judge(refusal)
    }
}

/// Without this field Google would make a network of the kind that was before subnetworks.
fn create_body(input: &StepInput<'_>) -> Result<Json, Diagnostic> {
    let mut body = descriptor_calls::create_body(&DESCRIPTOR, input)?;
    if body.get("autoCreateSubnetworks").is_none() {
        body["autoCreateSubnetworks"] = Json::Bool(false);
    }
    Ok(body)
}

fn update(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    let changes = descriptor_calls::Changes::of(&DESCRIPTOR, input);
    let mut calls = Vec::new();
    let wants_custom =
        input.desired.and_then(|doc| doc.get("autoCreateSubnetworks")).and_then(Doc::as_bool) == Some(false);
    if changes.by("switchToCustomMode").is_some() && wants_custom {
        let mut call =
            descriptor_calls::action(&DESCRIPTOR, input, "switch to custom mode", "/switchToCustomMode", json!({}));
        drop_body(&mut call);
        calls.push(call);
    }
    calls.extend(descriptor_calls::general_update(&DESCRIPTOR, input, &changes.general)?);
    Ok(calls)
}

/// The method takes no body (discovery).
fn drop_body(call: &mut Call) {
    if let super::Effect::Http(http) = &mut call.effect {
        http.request.body = crate::wire::http::Body::Empty;
    }
}

/// Google's own firewall rules keep a network busy for a while after what needed them is gone: the recorded client
/// asked 11 and 21 times (recordings compute/grpcroute-network-cassette-2024-04-16). Subnetworks do not go by themselves.
fn judge_in_use(refusal: &Refusal<'_>) -> Verdict {
    let name = refusal.place.name();
    let subnetworks = refusal.live.map(|live| compute::texts(live, "subnetworks")).unwrap_or_default();
    let used_by = compute::user_in(&refusal.error.message);
    if subnetworks.is_empty() {
        let by = used_by.map_or_else(|| "something".to_owned(), |user| format!("`{}`", compute::short(user)));
        return Verdict::Retry { because: format!("`{name}` is still used by {by}") };
    }
    let names: Vec<_> = subnetworks.iter().map(|link| format!("`{}`", compute::short(link))).collect();
    Verdict::Failed(Box::new(
        Diagnostic::error("network-in-use", format!("network `{name}` still has subnetworks: {}", names.join(", ")))
            .hint("delete what is in the network and was not made by this stack, then run the same command again"),
    ))
}

fn check_med(doc: &Doc) -> Vec<Diagnostic> {
    let mode = doc.dig_str("routingConfig.bgpBestPathSelectionMode");
    if mode == Some("STANDARD") || doc.dig("routingConfig.bgpBestPathSelectionMode").is_some_and(|d| !d.is_known()) {
        return Vec::new();
    }
    ["bgpAlwaysCompareMed", "bgpInterRegionCost"]
        .into_iter()
        .filter(|field| doc.get("routingConfig").and_then(|config| config.get(field)).is_some())
        .map(|field| {
            Diagnostic::error("needs-standard-mode", format!("`{field}` works with the standard path selection only"))
                .field(DocPath::keys("routingConfig").key(field))
                .hint("add `bgpBestPathSelectionMode: STANDARD` to `routingConfig`, or leave the field out")
        })
        .collect()
}

fn check_ipv6_range(doc: &Doc) -> Vec<Diagnostic> {
    let Some(text) = doc.dig_str("internalIpv6Range") else { return Vec::new() };
    let ula: ipnet::Ipv6Net = "fd20::/20".parse().expect("a network");
    let fits = text.parse::<ipnet::Ipv6Net>().is_ok_and(|range| range.prefix_len() == 48 && ula.contains(&range));
    let path = DocPath::keys("internalIpv6Range");
    let mut faults = Vec::new();
    if !fits {
        faults.push(
            Diagnostic::error("bad-cidr", format!("`{text}` is no /48 inside fd20::/20"))
                .field(path.clone())
                .hint("write a range like `fd20:0:1::/48`, or leave the field out and Google picks one"),
        );
    }
    if doc.get("enableUlaInternalIpv6").and_then(Doc::as_bool) != Some(true) {
        faults.push(
            Diagnostic::error("needs-ula", "an internal IPv6 range needs internal IPv6 on the network")
                .field(path)
                .hint("add `enableUlaInternalIpv6: true`"),
        );
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::descriptor_calls::tests::{Step, shown};
    use crate::kinds::{recorded, row};

    const NETWORKS: &str = "compute.googleapis.com/compute/v1/projects/p/global/networks";

    #[test]
    fn recorded_answers_lose_nothing_and_differ_in_nothing_from_their_entries() {
        let answers = include_str!("../../tests/recorded/networks.jsonl");
        recorded::shapes_lose_nothing(&row::<Network>(), answers);
        recorded::entries_differ_in_nothing(&row::<Network>(), answers, |_| Step::new("n").place);
    }

    #[test]
    fn a_create_says_that_it_makes_no_subnetworks() {
        let step = Step::new("n").desired(json!({"routingConfig": {"routingMode": "REGIONAL"}}));
        assert_eq!(
            shown(Network::calls(&step.input(Action::Create))),
            json!([{"label": "create", "request": format!("POST {NETWORKS}"),
                "body": {"routingConfig": {"routingMode": "REGIONAL"}, "name": "n", "autoCreateSubnetworks": false}}])
        );
        let step = Step::new("n").desired(json!({"autoCreateSubnetworks": true}));
        assert_eq!(shown(Network::calls(&step.input(Action::Create)))[0]["body"]["autoCreateSubnetworks"], true);
    }

    #[test]
    fn an_update_patches_what_changed() {
        // recordings compute/network-2026-07: `{"enableUlaInternalIpv6": true}`
        let live = json!({"name": "n", "autoCreateSubnetworks": false, "routingConfig": {"routingMode": "REGIONAL"}});
        let step = Step::new("n")
            .desired(json!({"enableUlaInternalIpv6": true}))
            .live(live)
            .changed(&["enableUlaInternalIpv6"]);
        assert_eq!(
            shown(Network::calls(&step.input(Action::Update))),
            json!([{"label": "update", "request": format!("PATCH {NETWORKS}/n"), "body": {"enableUlaInternalIpv6": true}}])
        );
    }

    #[test]
    fn an_auto_network_becomes_a_custom_one_and_never_back() {
        let step = Step::new("n")
            .desired(json!({"autoCreateSubnetworks": false}))
            .live(json!({"autoCreateSubnetworks": true}))
            .changed(&["autoCreateSubnetworks"]);
        assert_eq!(
            shown(Network::calls(&step.input(Action::Update))),
            json!([{"label": "switch to custom mode", "request": format!("POST {NETWORKS}/n/switchToCustomMode")}])
        );
        assert!(Network::replaces(&step.input(Action::Update)).is_empty());
        let back = step.desired(json!({"autoCreateSubnetworks": true}));
        assert_eq!(Network::replaces(&back.input(Action::Update)), [DocPath::keys("autoCreateSubnetworks")]);
    }

    #[test]
    fn a_network_that_google_still_uses_is_tried_again_and_one_with_subnetworks_is_not() {
        let error = crate::wire::ApiError {
            status: 400,
            canonical: None,
            reason: Some("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE".into()),
            message: "The network resource 'x' is already being used by 'projects/P/global/firewalls/f'".into(),
            metadata: Vec::new(),
            retry_after_s: None,
        };
        let step = Step::new("n");
        let judge = |live: &Json| {
            let place = &step.place;
            Network::judge(&Refusal { action: Action::Delete, place, call: "delete", error: &error, live: Some(live) })
        };
        assert_eq!(judge(&json!({})), Verdict::Retry { because: "`n` is still used by `f`".into() });
        let Verdict::Failed(diagnostic) = judge(&json!({"subnetworks": ["https://x/s1"]})) else {
            panic!("not failed")
        };
        assert!(diagnostic.message.contains("`s1`"));
    }

    #[test]
    fn offline_faults_name_their_field() {
        let check = |json: Json| {
            let (doc, step) = (Doc::from(&json), Step::new("n"));
            let faults = Network::check(&CheckInput { place: &step.place, doc: &doc });
            faults.into_iter().map(|fault| fault.field.unwrap().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(check(json!({"mtu": 1299})), ["mtu"]);
        assert_eq!(
            check(json!({"routingConfig": {"bgpAlwaysCompareMed": true}})),
            ["routingConfig.bgpAlwaysCompareMed"]
        );
        assert_eq!(
            check(json!({"internalIpv6Range": "fd20::/47", "enableUlaInternalIpv6": true})),
            ["internalIpv6Range"]
        );
        assert_eq!(check(json!({"internalIpv6Range": "fd20::/48"})), ["internalIpv6Range"]);
        assert!(
            check(json!({"mtu": 1500, "internalIpv6Range": "fd20::/48", "enableUlaInternalIpv6": true})).is_empty()
        );
    }
}
