//! The part of a repository's spec that says from where a remote one fetches.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::spec::Value;

/// From where a remote repository fetches: one of the `…Repository` fields. Only credentials can change.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoteRepositoryConfig {
    /// What it fetches from.
    pub description: Option<Value<String>>,
    /// Docker images.
    pub docker_repository: Option<DockerRepository>,
    /// Maven artifacts.
    pub maven_repository: Option<MavenRepository>,
    /// npm packages.
    pub npm_repository: Option<NpmRepository>,
    /// Python packages.
    pub python_repository: Option<PythonRepository>,
    /// Debian packages.
    pub apt_repository: Option<AptRepository>,
    /// RPM packages.
    pub yum_repository: Option<YumRepository>,
    /// Another repository of Artifact Registry, or any address.
    pub common_repository: Option<CommonRepository>,
    /// How it logs in there.
    pub upstream_credentials: Option<UpstreamCredentials>,
    /// Does not try the address and the credentials when they are set.
    pub disable_upstream_validation: Option<Value<bool>>,
    /// Keeps nothing of what it fetches.
    pub no_cache: Option<NoCache>,
}

/// Nothing further is said: `noCache: {}`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoCache {}

/// An address of your choice.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomRepository {
    /// `https://registry.example.com`.
    pub uri: Value<String>,
}

macro_rules! upstreams {
    ($($(#[$doc:meta])* $name:ident, $public:ident = $($variant:ident)|+;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// A well-known one.
            pub public_repository: Option<Value<$public>>,
            /// An address of your choice.
            pub custom_repository: Option<CustomRepository>,
        }

        /// A well-known one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $public {
            $($variant),+
        }
    )*};
}

upstreams! {
    /// Docker images: Docker Hub, or an address.
    DockerRepository, PublicDocker = DockerHub;
    /// Maven artifacts: Maven Central, or an address.
    MavenRepository, PublicMaven = MavenCentral;
    /// npm packages: the public registry, or an address.
    NpmRepository, PublicNpm = Npmjs;
    /// Python packages: PyPI, or an address.
    PythonRepository, PublicPython = Pypi;
}

/// Debian packages.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AptRepository {
    /// A well-known one.
    pub public_repository: Option<AptPublicRepository>,
    /// An address of your choice.
    pub custom_repository: Option<CustomRepository>,
}

/// A well-known repository of Debian packages.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AptPublicRepository {
    /// Whose.
    pub repository_base: Value<AptBase>,
    /// What of it: `debian/dists/bookworm`.
    pub repository_path: Value<String>,
}

/// Whose Debian packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AptBase {
    Debian,
    Ubuntu,
    DebianSnapshot,
}

/// RPM packages.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct YumRepository {
    /// A well-known one.
    pub public_repository: Option<YumPublicRepository>,
    /// An address of your choice.
    pub custom_repository: Option<CustomRepository>,
}

/// A well-known repository of RPM packages.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct YumPublicRepository {
    /// Whose.
    pub repository_base: Value<YumBase>,
    /// What of it: `pub/rocky/9/BaseOS/x86_64/os`.
    pub repository_path: Value<String>,
}

/// Whose RPM packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum YumBase {
    Centos,
    CentosDebug,
    CentosVault,
    CentosStream,
    Rocky,
    Epel,
}

/// Another repository, or any address.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommonRepository {
    /// `projects/P/locations/L/repositories/NAME`, or an address.
    pub uri: Value<String>,
}

/// How it logs in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpstreamCredentials {
    /// With a name and a password.
    pub username_password_credentials: Option<UsernamePasswordCredentials>,
}

/// A name and a password.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsernamePasswordCredentials {
    /// The name.
    pub username: Option<Value<String>>,
    /// The secret's version with the password: `${secrets.KEY.versionPath}`.
    pub password_secret_version: Option<Value<String>>,
}
