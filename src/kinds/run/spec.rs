//! What services, worker pools and jobs share of the stack file: containers, probes, volumes, network, secrets.
//!
//! The entries themselves stand with their kinds; [`entry`] gives each the fields that all three have.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::sections::{Networks, Secrets, Subnetworks};
use crate::model::spec::{ByVersion, Ref, TextOr, Value};

/// Labels or annotations.
pub type Labels = BTreeMap<String, Value<String>>;
/// Variables by name.
pub type Env = BTreeMap<String, TextOr<SecretVariable>>;

/// Declares an entry: its own fields, then those that all Cloud Run entries have.
macro_rules! entry {
    ($(#[$meta:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// The image of the (main) container: an address with `/` or `:`, best with a digest or a tag. Required.
            pub image: $crate::model::spec::Value<String>,
            /// The main container's name; needed where other containers wait for it. A DNS label.
            pub container_name: Option<$crate::model::spec::Value<String>>,
            /// The program and its fixed arguments, in place of the image's entry point. Default: the image's.
            pub command: Option<Vec<$crate::model::spec::Value<String>>>,
            /// Arguments of the program. Default: the image's.
            pub args: Option<Vec<$crate::model::spec::Value<String>>>,
            /// Environment variables: a text, or `{secret: KEY, version: N}`. A secret without a version stands at the
            /// newest version that the stack knows, so that a rotation rolls out. Variables set by others stay.
            pub env: Option<$crate::kinds::run::spec::Env>,
            /// CPU and memory of the main container.
            pub resources: Option<$crate::kinds::run::spec::Resources>,
            /// Says when the container has started; the others are only asked after it. `failureThreshold ×
            /// periodSeconds` is at most 240 s.
            pub startup_probe: Option<$crate::kinds::run::spec::Probe>,
            /// The folder in which the program starts. Default: the image's.
            pub working_dir: Option<$crate::model::spec::Value<String>>,
            /// Where `volumes` are seen in the main container.
            pub volume_mounts: Option<Vec<$crate::kinds::run::spec::VolumeMount>>,
            /// Containers (keys of `sidecars`) that must have started before the main one does.
            pub depends_on_containers: Option<Vec<$crate::model::spec::Value<String>>>,
            /// Further containers beside the main one, by name.
            pub sidecars: Option<std::collections::BTreeMap<String, $crate::kinds::run::spec::Sidecar>>,
            /// Volumes by name, for `volumeMounts`.
            pub volumes: Option<std::collections::BTreeMap<String, $crate::kinds::run::spec::Volume>>,
            /// The service account it runs as: a key of `serviceAccounts`, or an e-mail address. Default: the
            /// project's Compute Engine default service account.
            pub service_account: Option<
                $crate::model::spec::Ref<$crate::kinds::sections::ServiceAccounts, $crate::model::spec::ByEmail>,
            >,
            /// Traffic from the container into a VPC network.
            pub vpc_access: Option<$crate::kinds::run::spec::VpcAccess>,
            /// The customer-managed key that encrypts the image:
            /// `projects/P/locations/R/keyRings/K/cryptoKeys/N`. Default: Google's own keys.
            pub encryption_key: Option<$crate::model::spec::Value<String>>,
            /// The GPU; with `nvidia.com/gpu` in `resources.limits`.
            pub node_selector: Option<$crate::kinds::run::spec::NodeSelector>,
            /// Gives up the GPU's second zone. Default: false.
            pub gpu_zonal_redundancy_disabled: Option<$crate::model::spec::Value<bool>>,
            /// Labels of the resource. Those that others set stay.
            pub labels: Option<$crate::kinds::run::spec::Labels>,
            /// Annotations of the resource, at most 256 KiB. Those that others set stay; Google's own namespaces
            /// (`run.googleapis.com/…`) are refused.
            pub annotations: Option<$crate::kinds::run::spec::Labels>,
            /// Which images may be deployed.
            pub binary_authorization: Option<$crate::kinds::run::spec::BinaryAuthorization>,
            $($own)*
        }
    };
}
pub(super) use entry;

/// Declares fields that the kind does not have but that a reader may expect: the type of each is read as an error
/// with the words that help. They are in no schema.
macro_rules! absent {
    ($($(#[$meta:meta])* $name:ident = $words:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                Err(serde::de::Error::custom($words))
            }
        }
    )*};
}
pub(super) use absent;

/// A further container.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.Sidecar")]
pub struct Sidecar {
    /// Its image: an address with `/` or `:`. Required.
    pub image: Value<String>,
    /// The program and its fixed arguments, in place of the image's entry point.
    pub command: Option<Vec<Value<String>>>,
    /// Arguments of the program.
    pub args: Option<Vec<Value<String>>>,
    /// Environment variables: a text, or `{secret: KEY, version: N}`.
    pub env: Option<Env>,
    /// CPU and memory.
    pub resources: Option<Resources>,
    /// The port to which requests go; only one container of a service may have one.
    pub ports: Option<Vec<Port>>,
    /// Says when the container has started.
    pub startup_probe: Option<Probe>,
    /// Says when the container is to be restarted. Not in jobs.
    pub liveness_probe: Option<Probe>,
    /// Says when the container can take requests. Services only.
    pub readiness_probe: Option<ReadinessProbe>,
    /// The folder in which the program starts.
    pub working_dir: Option<Value<String>>,
    /// Where `volumes` are seen.
    pub volume_mounts: Option<Vec<VolumeMount>>,
    /// Containers that must have started before this one does.
    pub depends_on: Option<Vec<Value<String>>>,
    /// The base image for automatic base image updates.
    pub base_image_uri: Option<Value<String>>,
}

/// A variable's value from a secret: `{secret: prefect-auth}` or `{secret: prefect-auth, version: latest}`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.SecretVariable")]
pub struct SecretVariable {
    /// A key of `secrets`, or `projects/P/secrets/S`.
    pub secret: Ref<Secrets, ByVersion>,
    /// A version's number, or `latest`: read when an instance starts, so that a rotation does not roll out. Default:
    /// for a key, the version that this stack last wrote; for a path, `latest`.
    pub version: Option<Value<String>>,
}

/// CPU and memory.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.Resources")]
pub struct Resources {
    /// Upper limits by name: `cpu` (`"1"`, `"2"`, `"4"`, `"6"`, `"8"`; services also `0.08` to `1`; default `"1"`),
    /// `memory` (`512Mi` to `32Gi`; default `512Mi`), `nvidia.com/gpu` (`"1"`).
    pub limits: Option<BTreeMap<String, Value<String>>>,
    /// Services: CPU only while requests are handled (and billed by request). Default: true.
    pub cpu_idle: Option<Value<bool>>,
    /// More CPU while an instance starts. Default: false.
    pub startup_cpu_boost: Option<Value<bool>>,
}

/// A port to which requests are sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.Port")]
pub struct Port {
    /// `http1` or `h2c` (HTTP/2 end to end). Default: `http1`.
    pub name: Option<Value<String>>,
    /// 1 to 65535. The program finds it in the variable `PORT`. Default: 8080.
    pub container_port: Option<Value<i64>>,
}

/// A check of a container: exactly one of `httpGet`, `tcpSocket`, `grpc`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.Probe")]
pub struct Probe {
    /// Seconds before the first check, 0 to 240 (liveness: to 3600). Default: 0.
    pub initial_delay_seconds: Option<Value<i64>>,
    /// Seconds after which a check has failed, 1 to 240 (liveness: to 3600), at most `periodSeconds`. Default: 1.
    pub timeout_seconds: Option<Value<i64>>,
    /// Seconds between checks, 1 to 240 (liveness: to 3600). Default: 10.
    pub period_seconds: Option<Value<i64>>,
    /// Failures in a row that count. Default: 3.
    pub failure_threshold: Option<Value<i64>>,
    /// Asks by HTTP; 200 to 399 is success.
    pub http_get: Option<HttpGet>,
    /// Opens a connection.
    pub tcp_socket: Option<TcpSocket>,
    /// Asks by gRPC's health protocol.
    pub grpc: Option<Grpc>,
}

/// A check whether a container can take requests: exactly one of `httpGet` and `grpc`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.ReadinessProbe")]
pub struct ReadinessProbe {
    /// Seconds after which a check has failed, at most `periodSeconds`. Default: Google's.
    pub timeout_seconds: Option<Value<i64>>,
    /// Seconds between checks. Default: Google's.
    pub period_seconds: Option<Value<i64>>,
    /// Failures in a row that count. Default: Google's.
    pub failure_threshold: Option<Value<i64>>,
    /// Asks by HTTP; 200 to 399 is success.
    pub http_get: Option<HttpGet>,
    /// Asks by gRPC's health protocol.
    pub grpc: Option<Grpc>,
}

/// An HTTP request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.HttpGet")]
pub struct HttpGet {
    /// Default: `/`.
    pub path: Option<Value<String>>,
    /// Default: the container's port.
    pub port: Option<Value<i64>>,
    /// Additional headers.
    pub http_headers: Option<Vec<HttpHeader>>,
}

/// A header of a probe's request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.HttpHeader")]
pub struct HttpHeader {
    /// Its name. Required.
    pub name: Value<String>,
    /// Its value. Default: empty.
    pub value: Option<Value<String>>,
}

/// A port to connect to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.TcpSocket")]
pub struct TcpSocket {
    /// Default: the container's port.
    pub port: Option<Value<i64>>,
}

/// A gRPC health service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.Grpc")]
pub struct Grpc {
    /// Default: the container's port.
    pub port: Option<Value<i64>>,
    /// The service's name in the health request. Default: empty, the server as a whole.
    pub service: Option<Value<String>>,
}

/// Where a volume is seen in a container.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.VolumeMount")]
pub struct VolumeMount {
    /// A key of `volumes`. Required.
    pub name: Value<String>,
    /// An absolute path; `/cloudsql` for Cloud SQL sockets. Required.
    pub mount_path: Value<String>,
    /// A path inside the volume. Default: its root.
    pub sub_path: Option<Value<String>>,
}

/// A volume: exactly one of `secret`, `cloudSqlInstance`, `emptyDir`, `gcs`, `nfs`, `filestore`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.Volume")]
pub struct Volume {
    /// A secret as a file: a key of `secrets`, or `projects/P/secrets/S`.
    pub secret: Option<Ref<Secrets, ByVersion>>,
    /// With `secret`: a version's number, or `latest`. Default: for a key, the version that this stack last wrote; for
    /// a path, `latest`.
    pub version: Option<Value<String>>,
    /// With `secret`: the file's name. Default: the secret's name.
    pub path: Option<Value<String>>,
    /// With `secret`: the file's mode bits as a decimal number (288 is 0440). Default: `defaultMode`.
    pub mode: Option<Value<i64>>,
    /// With `secret`: several versions as several files, in place of `version`, `path` and `mode`.
    pub items: Option<Vec<SecretItem>>,
    /// With `secret`: mode bits of files that have none, as a decimal number. Default: 292 (0444).
    pub default_mode: Option<Value<i64>>,
    /// Sockets of Cloud SQL instances, to be mounted at `/cloudsql`.
    pub cloud_sql_instance: Option<CloudSqlInstance>,
    /// Room that goes with the instance.
    pub empty_dir: Option<EmptyDir>,
    /// A Cloud Storage bucket. Needs the second generation execution environment.
    pub gcs: Option<Gcs>,
    /// A folder of an NFS server. Needs the second generation execution environment.
    pub nfs: Option<Nfs>,
    /// A Filestore share.
    pub filestore: Option<Filestore>,
}

/// A secret's version as a file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.SecretItem")]
pub struct SecretItem {
    /// The file's path inside the volume. Required.
    pub path: Value<String>,
    /// A version's number, or `latest`. Default: as of the volume.
    pub version: Option<Value<String>>,
    /// Mode bits as a decimal number. Default: the volume's `defaultMode`.
    pub mode: Option<Value<i64>>,
}

/// Cloud SQL instances.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.CloudSqlInstance")]
pub struct CloudSqlInstance {
    /// Connection names, `PROJECT:REGION:INSTANCE`: `${sqlInstances.x.connectionName}`. Order does not matter.
    pub instances: Vec<Value<String>>,
}

/// Room that goes with the instance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.EmptyDir")]
pub struct EmptyDir {
    /// Where it is. Default: MEMORY, which counts towards the memory limit.
    pub medium: Option<Value<Medium>>,
    /// Its largest size: `256Mi`. Default: half of the memory limit.
    pub size_limit: Option<Value<String>>,
}

/// Where an `emptyDir` is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "run.Medium")]
pub enum Medium {
    Memory,
    Disk,
}

/// A Cloud Storage bucket.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.Gcs")]
pub struct Gcs {
    /// Its name. Required.
    pub bucket: Value<String>,
    /// Default: false.
    pub read_only: Option<Value<bool>>,
    /// Options of Cloud Storage FUSE, without the leading dashes.
    pub mount_options: Option<Vec<Value<String>>>,
}

/// A folder of an NFS server.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.Nfs")]
pub struct Nfs {
    /// Host name or IP address. Required.
    pub server: Value<String>,
    /// The exported path.
    pub path: Option<Value<String>>,
    /// Default: false.
    pub read_only: Option<Value<bool>>,
}

/// A Filestore share.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.Filestore")]
pub struct Filestore {
    /// The share's resource name. Required.
    pub volume: Value<String>,
}

/// Traffic into a VPC network: directly (`network`, `subnetwork`, `tags`) or through a `connector`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.VpcAccess")]
pub struct VpcAccess {
    /// A key of `networks`, or `projects/P/global/networks/N`. Default: the subnetwork's.
    pub network: Option<Ref<Networks>>,
    /// A key of `subnetworks`, or `projects/P/regions/R/subnetworks/S`; a range of /26 or larger in the same region.
    /// Default: the network's subnetwork in the region.
    pub subnetwork: Option<Ref<Subnetworks>>,
    /// Network tags for firewall rules.
    pub tags: Option<Vec<Value<String>>>,
    /// Which traffic goes that way. Default: PRIVATE_RANGES_ONLY.
    pub egress: Option<Value<Egress>>,
    /// A Serverless VPC Access connector: `projects/P/locations/R/connectors/C`.
    pub connector: Option<Value<String>>,
}

/// Which traffic goes into the network.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "run.Egress")]
pub enum Egress {
    AllTraffic,
    PrivateRangesOnly,
}

/// Which machine it needs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.NodeSelector")]
pub struct NodeSelector {
    /// The GPU's type: `nvidia-l4`. Required.
    pub accelerator: Value<String>,
}

/// Binary Authorization: `useDefault` or `policy`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "run.BinaryAuthorization")]
pub struct BinaryAuthorization {
    /// The project's policy holds.
    pub use_default: Option<Value<bool>>,
    /// This platform policy holds: `projects/P/platforms/cloudRun/policies/N`.
    pub policy: Option<Value<String>>,
    /// Deploys although the policy refuses, with this reason in the audit log.
    pub breakglass_justification: Option<Value<String>>,
}

/// How mature a feature may be that the entry uses.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "run.LaunchStage")]
pub enum LaunchStage {
    Alpha,
    Beta,
    Ga,
}

/// The machine's interface to the container.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "run.ExecutionEnvironment")]
pub enum ExecutionEnvironment {
    #[serde(rename = "EXECUTION_ENVIRONMENT_GEN1")]
    Gen1,
    #[serde(rename = "EXECUTION_ENVIRONMENT_GEN2")]
    Gen2,
}

/// What happens when the encryption key is revoked.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "run.EncryptionKeyRevocationAction")]
pub enum RevocationAction {
    /// No new instances.
    PreventNew,
    /// Running instances are stopped, too.
    Shutdown,
}
