//! Forwarding rules of a region: endpoints of Private Service Connect (PSC), and the front of load balancers.

mod checks;
mod spec;

use serde_json::{Value as Json, json};

use super::call::{Refusal, Verdict};
use super::kind::{Extra, ExtraWhen};
use super::{
    Call, CheckInput, Compare, Descriptor, Durations, FieldRule, Flag, Kind, Live, Location, Lookup, Output, Passing,
    Shape, StepInput, UpdateStyle, compute, descriptor_calls,
};
use crate::model::{Action, Diagnostic, Doc, DocPath, Map, Place, ProjectFacts};
use crate::wire::Request;

pub use spec::ForwardingRuleSpec;

/// The kind of `forwardingRules`.
#[derive(Debug)]
pub struct ForwardingRule;

const DISCOVERY: &str = "compute v1 discovery, ForwardingRule";
const RULES: &str = "magic-modules d57784406a44, compute/ForwardingRule";
const RECORDED: &str = "recordings compute/forwardingrule-regional-2026-03";

static DESCRIPTOR: Descriptor = Descriptor {
    section: "forwardingRules",
    noun: "forwarding rule",
    doc: "Forwarding rules: endpoints of Private Service Connect, and the front of regional load balancers.",
    location: Location::Region,
    collection: "projects/{project}/regions/{location}/forwardingRules",
    item: "projects/{project}/regions/{location}/forwardingRules/{name}",
    update: UpdateStyle::PatchChanged,
    guard: Some("fingerprint"),
    labels: Some("labels"),
    durations: Durations { create: 12, update: 10, delete: 10 },
    shapes: &[Shape::Custom { to_api, to_file, api_path }],
    fields: &[
        FieldRule::new("name", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("region", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("kind", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("id", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("creationTimestamp", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("selfLink", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("selfLinkWithId", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("fingerprint", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("labelFingerprint", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("pscConnectionId", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("pscConnectionStatus", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("serviceName", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("baseForwardingRule", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("parentForwardingRule", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("childForwardingRules", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("attachedExtensions", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("availabilityGroup", DISCOVERY).flags(&[Flag::OutputOnly]),
        FieldRule::new("description", RULES).flags(&[Flag::Immutable]),
        FieldRule::new("address", RULES).flags(&[Flag::Immutable]).compare(Compare::Link),
        FieldRule::new("IPAddress", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]).compare(Compare::Link),
        FieldRule::new("IPProtocol", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]).compare(Compare::IgnoreCase),
        FieldRule::new("target", "recordings compute/forwardingrule-http-cassette-2024-04-16: setTarget")
            .compare(Compare::LinkInAnyProject)
            .via("setTarget"),
        FieldRule::new("backendService", RULES).flags(&[Flag::Immutable]).compare(Compare::Link),
        FieldRule::new("network", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]).compare(Compare::Link),
        FieldRule::new("subnetwork", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]).compare(Compare::Link),
        FieldRule::new("loadBalancingScheme", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]),
        FieldRule::new("portRange", RECORDED)
            .flags(&[Flag::Immutable, Flag::ServerDefault])
            .compare(Compare::PortRange),
        FieldRule::new("ports", RULES).flags(&[Flag::Immutable]).compare(Compare::Unordered),
        FieldRule::new("allPorts", RULES).flags(&[Flag::Immutable]).default("false"),
        FieldRule::new("allowGlobalAccess", RULES).flags(&[Flag::SendEmpty]).default("false"),
        FieldRule::new("allowPscGlobalAccess", RULES).flags(&[Flag::SendEmpty]).default("false"),
        FieldRule::new("networkTier", RECORDED).flags(&[Flag::Immutable, Flag::ServerDefault]),
        FieldRule::new("ipVersion", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]),
        FieldRule::new("isMirroringCollector", RULES).flags(&[Flag::Immutable]).default("false"),
        FieldRule::new("serviceLabel", RULES).flags(&[Flag::Immutable]),
        FieldRule::new("serviceDirectoryRegistrations", RULES).flags(&[Flag::Immutable, Flag::ServerDefault]),
        FieldRule::new("sourceIpRanges", RULES).flags(&[Flag::Immutable]).compare(Compare::Unordered),
        FieldRule::new("sourceIpRanges[]", RULES).flags(&[Flag::Immutable]).compare(Compare::Cidr),
        FieldRule::new("noAutomateDnsZone", RULES).flags(&[Flag::Immutable, Flag::InputOnly]),
        FieldRule::new("labels", "recordings compute/forwardingrule-http-cassette-2024-04-16: ignored by insert")
            .via("setLabels"),
    ],
    outputs: &[
        Output { name: "name", path: "", doc: "The rule's name." },
        Output { name: "path", path: "", doc: "`projects/PROJECT/regions/REGION/forwardingRules/NAME`." },
        Output { name: "selfLink", path: "selfLink", doc: "The rule's full URL." },
        Output { name: "id", path: "id", doc: "The number that Google gave it." },
        Output { name: "IPAddress", path: "IPAddress", doc: "The IP address at which it listens." },
        Output { name: "target", path: "target", doc: "To what it forwards." },
        Output { name: "pscConnectionId", path: "pscConnectionId", doc: "The number of the PSC connection." },
        Output {
            name: "pscConnectionStatus",
            path: "pscConnectionStatus",
            doc: "The state of the PSC connection; `ACCEPTED` is good.",
        },
        Output { name: "serviceName", path: "serviceName", doc: "The DNS name that comes from `serviceLabel`." },
    ],
    ..compute::RESOURCE
};

/// The name of the further read of the reserved address that the file names.
const ADDRESS: &str = "address";

impl Kind for ForwardingRule {
    type Spec = ForwardingRuleSpec;
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn check_name(name: &str) -> Result<(), String> {
        compute::check_name(name)
    }

    fn check(input: &CheckInput<'_>) -> Vec<Diagnostic> {
        checks::check(input)
    }

    fn known_outputs(place: &Place, _: &ProjectFacts, doc: &Doc) -> Map {
        let mut outputs = compute::known_outputs(&DESCRIPTOR, place);
        for field in ["IPAddress", "target"] {
            if let Some(value) = doc.get(field).filter(|value| value.is_known()) {
                outputs.insert(field.to_owned(), value.clone());
            }
        }
        outputs
    }

    fn lookup(place: &Place, project: &ProjectFacts, doc: Option<&Doc>) -> Lookup {
        let mut lookup = descriptor_calls::lookup(&DESCRIPTOR, place, project, doc);
        if let Some(address) = doc.and_then(|doc| doc.dig_str("address")) {
            let path = format!("{}{address}", DESCRIPTOR.api.prefix);
            let request = Request::get(DESCRIPTOR.api.host, path);
            lookup.extra.push(Extra { name: ADDRESS, request, pages: None, when: ExtraWhen::Always });
        }
        lookup
    }

    /// Google answers the IP address where a reserved one was named: the rule has that one if the two agree.
    fn to_file(place: &Place, live: &Live) -> Doc {
        let mut file = descriptor_calls::to_file(&DESCRIPTOR, place, live);
        let reserved = live.extra.iter().find(|(name, _)| *name == ADDRESS).and_then(|(_, answer)| answer.as_ref());
        let text = |json: Option<&Json>, field: &str| json?.get(field)?.as_str().map(str::to_owned);
        let (ip, link) = (text(reserved, "address"), text(reserved, "selfLink"));
        if ip.is_some() && ip == text(Some(&live.api), "IPAddress") {
            file.put("address", Doc::from(link.unwrap_or_default()));
        }
        file
    }

    fn filled(_: &Place, _: &ProjectFacts, file: &Doc) -> Doc {
        let is_endpoint = file.dig_str("target").is_some_and(|target| target.contains("/serviceAttachments/"));
        let mut fields = Vec::new();
        if is_endpoint {
            fields.extend(["networkTier", "serviceDirectoryRegistrations", "IPProtocol", "subnetwork"]);
        }
        let is_external = file.dig_str("loadBalancingScheme").is_none_or(|scheme| scheme.starts_with("EXTERNAL"));
        if file.get("address").is_some() || (is_external && !is_endpoint) {
            fields.push("IPAddress");
        }
        let mut filled = compute::echo(file, &fields);
        if !is_endpoint {
            filled.put("networkTier", Doc::from("PREMIUM"));
            filled.put("IPProtocol", Doc::from("TCP"));
            filled.put("loadBalancingScheme", Doc::from("EXTERNAL"));
        }
        filled.put("ipVersion", Doc::from("IPV4"));
        filled
    }

    fn calls(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
        match input.action {
            Action::Create => create(input),
            Action::Replace => replace(input),
            Action::Update | Action::Adopt => update(input),
            _ => descriptor_calls::calls(&DESCRIPTOR, input),
        }
    }

    /// `setTarget` is for load balancers: an endpoint's connection is made with the rule.
    fn replaces(input: &StepInput<'_>) -> Vec<DocPath> {
        let target = DocPath::keys("target");
        let is_endpoint = input.live.is_some_and(is_live_endpoint) || input.desired.is_some_and(is_endpoint);
        if is_endpoint && input.changed.contains(&target) { vec![target] } else { Vec::new() }
    }

    fn verify(_: &StepInput<'_>, live: &Live) -> Result<(), Diagnostic> {
        match live.api.get("pscConnectionStatus").and_then(Json::as_str) {
            None | Some("ACCEPTED") => Ok(()),
            Some(status) => Err(not_accepted(status)),
        }
    }

    /// The other side accepts within moments, or not at all.
    fn passing(live: &Live) -> Passing {
        match live.api.get("pscConnectionStatus").and_then(Json::as_str) {
            Some("REJECTED" | "CLOSED" | "NEEDS_ATTENTION") => Passing::No,
            _ => Passing::Shortly,
        }
    }

    fn judge(refusal: &Refusal<'_>) -> Verdict {
        if refusal.action == Action::Delete && compute::is_in_use(refusal.error) {
            return Verdict::Failed(Box::new(compute::in_use(refusal, "forwarding rule")));
        }
        compute::judge(refusal)
    }
}

/// `address` names a reserved address, `IPAddress` an address itself; for the API both are `IPAddress`.
fn to_api(doc: &mut Doc) {
    if let Some(address) = doc.take("address") {
        doc.put("IPAddress", address);
    }
}

fn to_file(doc: &mut Doc) {
    if doc.dig_str("IPAddress").is_some_and(|address| address.contains("/addresses/"))
        && let Some(address) = doc.take("IPAddress")
    {
        doc.put("address", address);
    }
}

fn api_path(path: &str) -> Option<String> {
    (path == "address").then(|| "IPAddress".to_owned())
}

/// Whether a rule is a PSC endpoint: its target is a service attachment. An unknown target is one where nothing
/// speaks of load balancing (of our kinds only attachments are targets).
fn is_endpoint(doc: &Doc) -> bool {
    match doc.get("target") {
        Some(Doc::Unknown(_)) => {
            ["loadBalancingScheme", "portRange", "ports", "allPorts"].iter().all(|field| doc.get(field).is_none())
        }
        Some(target) => target.as_str().is_some_and(is_attachment),
        None => false,
    }
}

fn is_live_endpoint(live: &Live) -> bool {
    live.api.get("target").and_then(Json::as_str).is_some_and(is_attachment)
}

fn is_attachment(target: &str) -> bool {
    target.contains("/serviceAttachments/")
}

/// An endpoint says explicitly that it is no load balancer: the default would be `EXTERNAL`.
fn create(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    let mut body = descriptor_calls::create_body(&DESCRIPTOR, input)?;
    if body.get("target").and_then(Json::as_str).is_some_and(is_attachment) && body.get("loadBalancingScheme").is_none()
    {
        body["loadBalancingScheme"] = json!("");
    }
    let mut calls = vec![descriptor_calls::create(&DESCRIPTOR, input, body)];
    calls.extend(descriptor_calls::set_labels(&DESCRIPTOR, input));
    Ok(calls)
}

fn replace(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    let mut calls = vec![descriptor_calls::delete(&DESCRIPTOR, input)];
    calls.extend(create(&StepInput { live: None, ..input.clone() })?);
    Ok(calls)
}

/// `setTarget`, a patch with the fingerprint that it leaves, labels.
fn update(input: &StepInput<'_>) -> Result<Vec<Call>, Diagnostic> {
    const FRESH: &[(&str, &str)] = &[("fingerprint", "fingerprint")];
    if !ForwardingRule::replaces(input).is_empty() {
        return replace(input);
    }
    let changes = descriptor_calls::Changes::of(&DESCRIPTOR, input);
    let mut calls = Vec::new();
    if let Some(target) = changes.by("setTarget").and_then(|_| input.desired?.dig_str("target")) {
        let body = json!({"target": target});
        calls.push(descriptor_calls::action(&DESCRIPTOR, input, "set target", "/setTarget", body));
    }
    let patch = descriptor_calls::general_update(&DESCRIPTOR, input, &changes.general)?;
    let is_first = calls.is_empty();
    calls.extend(patch.map(|patch| if is_first { patch } else { descriptor_calls::with_fresh(patch, FRESH) }));
    calls.extend(changes.labels.then(|| descriptor_calls::set_labels(&DESCRIPTOR, input)).flatten());
    Ok(calls)
}

/// What a PSC connection's state means and what helps.
fn not_accepted(status: &str) -> Diagnostic {
    let (meaning, hint) = match status {
        "PENDING" => (
            "the other side has not accepted it",
            "add this project to `ipConfiguration.pscConfig.allowedConsumerProjects` of the instance (or to the accept \
             list of the service attachment), then run `stackctl apply` again",
        ),
        "REJECTED" => (
            "the other side refuses it",
            "this project is on the reject list of the service attachment, or its limit of connections is reached: \
             change that there, then run `stackctl apply` again",
        ),
        "CLOSED" => (
            "what it led to is gone",
            "the instance was made again and has a new service attachment: `stackctl apply` with \
             `target: ${sqlInstances.KEY.pscServiceAttachmentLink}` replaces the rule",
        ),
        _ => (
            "Google wants somebody to look at it",
            "look at the endpoint and at the service attachment in the Google Cloud console",
        ),
    };
    Diagnostic::error("psc-not-accepted", format!("the PSC connection is `{status}`: {meaning}"))
        .field(DocPath::keys("target"))
        .hint(hint)
}

#[cfg(test)]
mod tests;
