//! Which credentials a machine has, and how each gives a token.
//!
//! The order is Google's own for application default credentials, with the gcloud login behind it:
//! `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's application default file, the metadata server where the machine is
//! Google's, `gcloud auth print-access-token`, the metadata server. A credential file is read by its `type`:
//! gcp_auth for service account keys and for gcloud's own file, google-cloud-auth for what gcp_auth cannot read.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gcp_auth::TokenProvider;
use google_cloud_auth::credentials::{AccessTokenCredentials, external_account, impersonated, user_account};
use serde_json::Value as Json;

use super::tokens::{Fetched, TokenError};

const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform"];
/// No source takes longer than this; gcloud needs a second or two, a metadata server that is none never answers.
const PATIENCE: Duration = Duration::from_secs(60);
const METADATA_PATIENCE: Duration = Duration::from_secs(5);

/// Where a token comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token given in the environment (`GOOGLE_OAUTH_ACCESS_TOKEN`).
    Given { variable: &'static str, token: Secret },
    /// A credential file.
    File { path: PathBuf, kind: FileKind, json: Secret },
    /// The metadata server of a Google machine.
    Metadata,
    /// `gcloud auth login`.
    Gcloud,
    /// Nobody yet knows: gcloud, then the metadata server.
    Unknown,
}

/// The `type` of a credential file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    ServiceAccount,
    /// gcloud's application default login; `WellKnown` where gcp_auth finds it by itself.
    AuthorizedUser(UserFile),
    ExternalAccount,
    Impersonated,
}

/// Which file holds user credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserFile {
    WellKnown,
    Elsewhere,
}

/// Text that no `Debug` prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹redacted›")
    }
}

/// What decides which credentials there are, so that tests need no machine of their own.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// `GOOGLE_OAUTH_ACCESS_TOKEN`
    pub access_token: Option<String>,
    /// `GOOGLE_APPLICATION_CREDENTIALS`
    pub credential_file: Option<PathBuf>,
    /// gcloud's folder: `CLOUDSDK_CONFIG`, else `~/.config/gcloud` (`%APPDATA%\gcloud`).
    pub gcloud_folder: Option<PathBuf>,
    /// Whether `gcloud_folder` is where gcp_auth looks, too.
    pub usual_folder: UsualFolder,
    /// Whether this is a machine of Google's.
    pub google_machine: GoogleMachine,
}

/// Whether gcloud's folder is the usual one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UsualFolder {
    #[default]
    Yes,
    No,
}

/// Whether a metadata server is to be expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GoogleMachine {
    Yes,
    #[default]
    No,
}

impl Machine {
    /// This machine, now.
    pub fn this() -> Self {
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = if cfg!(windows) {
            var("APPDATA").map(|folder| PathBuf::from(folder).join("gcloud"))
        } else {
            var("HOME").map(|folder| PathBuf::from(folder).join(".config/gcloud"))
        };
        let moved = var("CLOUDSDK_CONFIG").map(PathBuf::from);
        let is_google = var("GCE_METADATA_HOST").is_some() || var("K_SERVICE").is_some() || has_google_board();
        Self {
            access_token: std::env::var("GOOGLE_OAUTH_ACCESS_TOKEN").ok().filter(|token| !token.is_empty()),
            credential_file: var("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from),
            usual_folder: if moved.is_some() { UsualFolder::No } else { UsualFolder::Yes },
            gcloud_folder: moved.or(home),
            google_machine: if is_google { GoogleMachine::Yes } else { GoogleMachine::No },
        }
    }
}

/// Google's machines say so in their firmware.
fn has_google_board() -> bool {
    std::fs::read_to_string("/sys/class/dmi/id/product_name").is_ok_and(|name| name.trim().starts_with("Google"))
}

impl Credential {
    /// The credentials of a machine.
    ///
    /// # Errors
    /// A credential file that is named but cannot be read, or whose type nobody here can read.
    pub fn find(machine: &Machine) -> Result<Self, TokenError> {
        if let Some(token) = &machine.access_token {
            return Ok(Self::Given { variable: "GOOGLE_OAUTH_ACCESS_TOKEN", token: Secret(token.clone()) });
        }
        if let Some(path) = &machine.credential_file {
            return Self::from_file(path, UserFile::Elsewhere);
        }
        let well_known = machine.gcloud_folder.as_ref().map(|f| f.join("application_default_credentials.json"));
        if let Some(path) = well_known.filter(|path| path.is_file()) {
            let user_file = match machine.usual_folder {
                UsualFolder::Yes => UserFile::WellKnown,
                UsualFolder::No => UserFile::Elsewhere,
            };
            return Self::from_file(&path, user_file);
        }
        match machine.google_machine {
            GoogleMachine::Yes => Ok(Self::Metadata),
            GoogleMachine::No => Ok(Self::Unknown),
        }
    }

    fn from_file(path: &Path, user_file: UserFile) -> Result<Self, TokenError> {
        let shown = path.display().to_string();
        let unreadable =
            |source: Box<dyn std::error::Error + Send + Sync>| TokenError::Unreadable { path: shown.clone(), source };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.into()))?;
        let json: Json = serde_json::from_str(&text).map_err(|error| unreadable(error.into()))?;
        let kind = match json.get("type").and_then(Json::as_str) {
            Some("service_account") => FileKind::ServiceAccount,
            Some("authorized_user") => FileKind::AuthorizedUser(user_file),
            Some("external_account") => FileKind::ExternalAccount,
            Some("impersonated_service_account") => FileKind::Impersonated,
            Some(other) => return Err(TokenError::UnknownType { path: shown, kind: other.to_owned() }),
            None => return Err(unreadable("it has no `type`".into())),
        };
        Ok(Self::File { path: path.to_owned(), kind, json: Secret(text) })
    }

    /// A new token.
    ///
    /// # Errors
    /// What its source says; [`TokenError::None`] where there is no source.
    pub async fn fetch(&self) -> Result<Fetched, TokenError> {
        let refused = |source| TokenError::Refused { credential: self.clone(), source };
        match self {
            Self::Given { token, .. } => Ok(Fetched { token: token.0.clone(), life: None }),
            Self::File { kind, json, .. } => patiently(PATIENCE, from_file(*kind, json)).await.map_err(refused),
            Self::Metadata => patiently(METADATA_PATIENCE, metadata()).await.map_err(refused),
            Self::Gcloud => patiently(PATIENCE, gcloud()).await.map_err(refused),
            Self::Unknown => match patiently(PATIENCE, gcloud()).await {
                Ok(fetched) => Ok(fetched),
                Err(error) if is_installed_gcloud() => {
                    Err(TokenError::Refused { credential: Self::Gcloud, source: error })
                }
                Err(_) => patiently(METADATA_PATIENCE, metadata()).await.map_err(|_| TokenError::None),
            },
        }
    }

    /// What to do when it gives no token.
    pub fn hint(&self) -> String {
        match self {
            Self::Given { variable, .. } => format!("unset `{variable}`, or set it to a token that is still good"),
            Self::File { kind: FileKind::AuthorizedUser(_), .. } => {
                "the login has expired or was revoked: run `gcloud auth application-default login`".to_owned()
            }
            Self::File { kind: FileKind::ServiceAccount, path, .. } => format!(
                "the key in `{}` may be deleted or disabled, or this machine's clock is wrong: `gcloud iam \
                 service-accounts keys list` shows which keys are left",
                path.display()
            ),
            Self::File { kind: FileKind::ExternalAccount, .. } => "check the workload identity pool's provider, the \
                attribute condition, and that the service account grants `roles/iam.workloadIdentityUser`"
                .to_owned(),
            Self::File { kind: FileKind::Impersonated, .. } => "the source credentials need \
                `roles/iam.serviceAccountTokenCreator` on the service account; log in again if they have expired"
                .to_owned(),
            Self::Metadata => "attach a service account to this machine, with the scope `cloud-platform`".to_owned(),
            Self::Gcloud | Self::Unknown => "run `gcloud auth login`".to_owned(),
        }
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given { variable, .. } => write!(f, "`{variable}`"),
            Self::File { path, .. } => write!(f, "the credential file `{}`", path.display()),
            Self::Metadata => f.write_str("the metadata server"),
            Self::Gcloud | Self::Unknown => f.write_str("the gcloud login"),
        }
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

async fn patiently(
    patience: Duration,
    fetching: impl Future<Output = Result<Fetched, AnyError>>,
) -> Result<Fetched, AnyError> {
    tokio::time::timeout(patience, fetching).await.map_err(|_| format!("no answer within {patience:?}"))?
}

async fn from_file(kind: FileKind, json: &Secret) -> Result<Fetched, AnyError> {
    // Fails where one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let parsed = || serde_json::from_str::<Json>(&json.0);
    match kind {
        FileKind::ServiceAccount => provided(&gcp_auth::CustomServiceAccount::from_json(&json.0)?).await,
        FileKind::AuthorizedUser(UserFile::WellKnown) => {
            provided(&gcp_auth::ConfigDefaultCredentials::new().await?).await
        }
        FileKind::AuthorizedUser(UserFile::Elsewhere) => {
            let builder = user_account::Builder::new(parsed()?).with_scopes(SCOPES.iter().copied());
            official(builder.build_access_token_credentials()?).await
        }
        FileKind::ExternalAccount => {
            let builder = external_account::Builder::new(parsed()?).with_scopes(SCOPES.iter().copied());
            official(builder.build_access_token_credentials()?).await
        }
        FileKind::Impersonated => {
            let builder = impersonated::Builder::new(parsed()?).with_scopes(SCOPES.iter().copied());
            official(builder.build_access_token_credentials()?).await
        }
    }
}

async fn metadata() -> Result<Fetched, AnyError> {
    provided(&gcp_auth::MetadataServiceAccount::new().await?).await
}

/// gcp_auth runs gcloud and waits for it on the thread that asks: that is a thread for blocking work here. It is
/// built anew each time because it cannot be told that its token was refused.
async fn gcloud() -> Result<Fetched, AnyError> {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        runtime.block_on(async { provided(&gcp_auth::GCloudAuthorizedUser::new().await?).await })
    })
    .await?
}

async fn provided(provider: &impl TokenProvider) -> Result<Fetched, AnyError> {
    let token = provider.token(SCOPES).await?;
    let left = token.expires_at().timestamp() - jiff::Timestamp::now().as_second();
    let life = u64::try_from(left).ok().map(Duration::from_secs);
    Ok(Fetched { token: token.as_str().to_owned(), life })
}

/// google-cloud-auth says nothing of a token's end and refreshes in the background: the short default applies.
async fn official(credentials: AccessTokenCredentials) -> Result<Fetched, AnyError> {
    Ok(Fetched { token: credentials.access_token().await?.token, life: None })
}

fn is_installed_gcloud() -> bool {
    let name = if cfg!(windows) { "gcloud.cmd" } else { "gcloud" };
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(name).is_file()))
}

#[cfg(test)]
mod tests;
