//! What a stack file says of a forwarding rule.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::sections::{Addresses, Networks, Subnetworks};
use crate::model::spec::{Ref, Value};

/// A forwarding rule: an endpoint of Private Service Connect (PSC), or the front of a regional load balancer.
///
/// A PSC endpoint has `target`, `network` and `address`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForwardingRuleSpec {
    /// To what it forwards: a service attachment (`${sqlInstances.KEY.pscServiceAttachmentLink}`), which makes the rule
    /// a PSC endpoint, or the full path of a target proxy or target pool. Another attachment is a replacement.
    pub target: Option<Value<String>>,
    /// The backend service of a load balancer, `projects/PROJECT/regions/REGION/backendServices/NAME`, in place of
    /// `target`. Immutable.
    pub backend_service: Option<Value<String>>,
    /// The reserved address at which it listens: a key of `addresses`, or
    /// `projects/PROJECT/regions/REGION/addresses/NAME`. Immutable.
    pub address: Option<Ref<Addresses>>,
    /// The IP address at which it listens, where it is not reserved under `addresses`. Google picks a free one by
    /// default (not for PSC endpoints); immutable.
    #[serde(rename = "IPAddress")]
    pub ip_address: Option<Value<String>>,
    /// The network in which it listens: a key of `networks`, or `projects/PROJECT/global/networks/NAME`. Needed by PSC
    /// endpoints; immutable.
    pub network: Option<Ref<Networks>>,
    /// The subnetwork from which its address comes, for internal load balancers: a key of `subnetworks`, or
    /// `projects/PROJECT/regions/REGION/subnetworks/NAME`. Immutable.
    pub subnetwork: Option<Ref<Subnetworks>>,
    /// What sort of load balancer it is. Left out for PSC endpoints; else Google's default is `EXTERNAL`. Immutable.
    pub load_balancing_scheme: Option<Value<ForwardingRuleScheme>>,
    /// Whether clients of other regions reach a PSC endpoint. Default `false`.
    pub allow_psc_global_access: Option<Value<bool>>,
    /// Whether clients of other regions reach an internal load balancer. Default `false`.
    pub allow_global_access: Option<Value<bool>>,
    /// The protocol of a load balancer. Google's default is `TCP`; immutable.
    #[serde(rename = "IPProtocol")]
    pub ip_protocol: Option<Value<ForwardingRuleProtocol>>,
    /// The ports of a load balancer from and to, `80` or `8000-8999`. Immutable.
    pub port_range: Option<Value<String>>,
    /// Up to five single ports of an internal load balancer. Immutable.
    pub ports: Option<Vec<Value<String>>>,
    /// Forwards all ports of an internal load balancer. Default `false`; immutable.
    pub all_ports: Option<Value<bool>>,
    /// The quality of the network, for external load balancers. Google's default is `PREMIUM`; immutable.
    pub network_tier: Option<Value<ForwardingRuleNetworkTier>>,
    /// The IP version. Google's default is `IPV4`; immutable.
    pub ip_version: Option<Value<ForwardingRuleIpVersion>>,
    /// Only packets from these addresses and ranges are forwarded; external load balancers only. Immutable.
    pub source_ip_ranges: Option<Vec<Value<String>>>,
    /// Whether an internal load balancer collects mirrored packets. Default `false`; immutable.
    pub is_mirroring_collector: Option<Value<bool>>,
    /// The first part of the DNS name that Google makes for an internal load balancer. Immutable.
    pub service_label: Option<Value<String>>,
    /// Where in Service Directory the rule is entered; at most one. Google picks for PSC endpoints; immutable.
    pub service_directory_registrations: Option<Vec<ForwardingRuleServiceDirectory>>,
    /// Keeps Google from making a DNS zone for a PSC endpoint. Sent on create and never read back; immutable.
    pub no_automate_dns_zone: Option<Value<bool>>,
    /// What the rule is for. Immutable.
    pub description: Option<Value<String>>,
    /// Labels. Those that others set stay.
    pub labels: Option<BTreeMap<String, Value<String>>>,
}

/// Where in Service Directory a rule is entered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForwardingRuleServiceDirectory {
    /// The namespace.
    pub namespace: Option<Value<String>>,
    /// The service in the namespace.
    pub service: Option<Value<String>>,
}

/// What sort of load balancer a rule is the front of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ForwardingRuleScheme {
    External,
    ExternalManaged,
    ExternalPassthrough,
    Internal,
    InternalManaged,
}

/// The protocol of a load balancer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ForwardingRuleProtocol {
    Tcp,
    Udp,
    Esp,
    Ah,
    Sctp,
    Icmp,
    #[serde(rename = "L3_DEFAULT")]
    L3Default,
}

/// The quality of the network.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ForwardingRuleNetworkTier {
    Premium,
    Standard,
}

/// The version of IP.
#[derive(Debug, Deserialize, JsonSchema)]
pub enum ForwardingRuleIpVersion {
    #[serde(rename = "IPV4")]
    V4,
    #[serde(rename = "IPV6")]
    V6,
}
