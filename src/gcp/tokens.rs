//! Access tokens: one trait before all ways to get one, cached until shortly before they end.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::credentials::Credential;

/// A future in a box.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<String, TokenError>> + Send + 'a>>;

/// Gives access tokens.
pub trait Tokens: Send + Sync {
    /// A token that is good for a request sent now.
    fn token(&self) -> Fetching<'_>;

    /// Google refused this token: the next one is fetched anew.
    fn forget(&self, token: &str);
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Nothing on this machine identifies anybody.
    #[error("there are no Google credentials on this machine")]
    None,
    /// The credential file cannot be read.
    #[error("cannot read the credentials in `{path}`")]
    Unreadable {
        path: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The credential file is of a type that nobody here can read.
    #[error("the credentials in `{path}` are of type `{kind}`, which is not supported")]
    UnknownType { path: String, kind: String },
    /// They were read, and Google or the identity provider refused them or could not be reached.
    #[error("{credential} gives no token")]
    Refused {
        credential: Credential,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl TokenError {
    /// The way out.
    pub fn hint(&self) -> String {
        match self {
            Self::None => "run `gcloud auth application-default login`, or set `GOOGLE_APPLICATION_CREDENTIALS` to a \
                           credential file; `--sandbox` needs none"
                .to_owned(),
            Self::Unreadable { path, .. } => {
                format!("check `{path}`, or unset `GOOGLE_APPLICATION_CREDENTIALS` and log in again")
            }
            Self::UnknownType { .. } => "supported are `service_account`, `authorized_user`, `external_account` and \
                                         `impersonated_service_account`"
                .to_owned(),
            Self::Refused { credential, .. } => credential.hint(),
        }
    }
}

/// Tokens are used until this long before their end.
const MARGIN: Duration = Duration::from_secs(120);
/// How long a token counts as good where its source does not say: Google's last an hour.
const ASSUMED_LIFE: Duration = Duration::from_secs(45 * 60);

/// A token as its source gave it.
pub struct Fetched {
    pub token: String,
    /// Until when it is good, where the source says so.
    pub life: Option<Duration>,
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetched").field("life", &self.life).finish_non_exhaustive()
    }
}

/// Keeps the token of a credential and fetches it anew when it ends or is forgotten.
#[derive(Debug)]
pub struct Cached {
    credential: Credential,
    kept: Mutex<Option<Kept>>,
    /// Held while fetching, so that many requests at once fetch one token.
    fetching: tokio::sync::Mutex<()>,
}

struct Kept {
    token: String,
    until: Instant,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("until", &self.until).finish_non_exhaustive()
    }
}

impl Cached {
    /// No token yet.
    pub fn new(credential: Credential) -> Self {
        Self { credential, kept: Mutex::default(), fetching: tokio::sync::Mutex::default() }
    }

    fn kept(&self) -> Option<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| kept.until > Instant::now()).map(|kept| kept.token.clone())
    }

    async fn fetch(&self) -> Result<String, TokenError> {
        if let Some(token) = self.kept() {
            return Ok(token);
        }
        let _one_at_a_time = self.fetching.lock().await;
        if let Some(token) = self.kept() {
            return Ok(token);
        }
        let fetched = self.credential.fetch().await?;
        let life = fetched.life.unwrap_or(ASSUMED_LIFE).saturating_sub(MARGIN);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Kept { token: fetched.token.clone(), until: Instant::now() + life });
        Ok(fetched.token)
    }
}

impl Tokens for Cached {
    fn token(&self) -> Fetching<'_> {
        Box::pin(self.fetch())
    }

    fn forget(&self, token: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|kept| kept.token == token) {
            *kept = None;
        }
    }
}
