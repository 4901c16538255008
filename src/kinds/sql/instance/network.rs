//! The part of an instance's spec that says how it is reached.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::sections::Networks;
use crate::model::spec::{Ref, Value};

/// Public and private addresses, Private Service Connect, TLS.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IpConfiguration {
    /// Whether it has a public address. Google's default is yes: say `false` for PSC or a private address alone.
    pub ipv4_enabled: Option<Value<bool>>,
    /// The network in which it has a private address, over private services access. It cannot be taken away again.
    pub private_network: Option<Ref<Networks>>,
    /// The reserved range of that network to take the address from.
    pub allocated_ip_range: Option<Value<String>>,
    /// Lets Google services such as BigQuery come over the private address.
    pub enable_private_path_for_google_cloud_services: Option<Value<bool>>,
    /// Who may come over the public address. Ranges that others added stay.
    pub authorized_networks: Option<Vec<AuthorizedNetwork>>,
    /// Whether connections must be encrypted. Google's default allows clear text, and with IAM login the password is
    /// a token: `ENCRYPTED_ONLY`.
    pub ssl_mode: Option<Value<SslMode>>,
    /// Private Service Connect.
    pub psc_config: Option<PscConfig>,
    /// Who signs the server's certificate.
    pub server_ca_mode: Option<Value<ServerCaMode>>,
    /// The CA pool, with `CUSTOMER_MANAGED_CAS_CA`.
    pub server_ca_pool: Option<Value<String>>,
    /// Whether the certificate changes by itself.
    pub server_certificate_rotation_mode: Option<Value<ServerCertificateRotationMode>>,
    /// More names in the certificate, with `CUSTOMER_MANAGED_CAS_CA`.
    pub custom_subject_alternative_names: Option<Vec<Value<String>>>,
}

/// A range that may come over the public address.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorizedNetwork {
    /// The range: `203.0.113.0/24`.
    pub value: Value<String>,
    /// What it is.
    pub name: Option<Value<String>>,
    /// Until when it may: `2027-01-01T00:00:00Z`.
    pub expiration_time: Option<Value<String>>,
}

/// Whether connections must be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SslMode {
    AllowUnencryptedAndEncrypted,
    EncryptedOnly,
    TrustedClientCertificateRequired,
}

/// Who signs the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServerCaMode {
    GoogleManagedInternalCa,
    GoogleManagedCasCa,
    CustomerManagedCasCa,
}

/// Whether the certificate changes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServerCertificateRotationMode {
    NoAutomaticRotation,
    AutomaticRotationDuringMaintenance,
}

/// Private Service Connect.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PscConfig {
    /// Turns it on; it then has no public address.
    pub psc_enabled: Option<Value<bool>>,
    /// Projects, by id or number, from which endpoints may connect.
    pub allowed_consumer_projects: Option<Vec<Value<String>>>,
    /// Endpoints that Google makes by itself in these networks.
    pub psc_auto_connections: Option<Vec<PscAutoConnection>>,
    /// The network attachment over which it reaches out.
    pub network_attachment_uri: Option<Value<String>>,
    /// Whether endpoints that Google makes get DNS names.
    pub psc_auto_dns_enabled: Option<Value<bool>>,
    /// Whether there is a DNS name that follows the primary.
    pub psc_write_endpoint_dns_enabled: Option<Value<bool>>,
    /// Whether Google makes the service connection policy too.
    pub psc_auto_connection_policy_enabled: Option<Value<bool>>,
}

/// An endpoint that Google makes by itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PscAutoConnection {
    /// The network.
    pub consumer_network: Ref<Networks>,
    /// The project that pays for it, if not the network's.
    pub consumer_project: Option<Value<String>>,
}
