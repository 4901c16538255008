//! The one place that sends: transport, credentials, retry loop, operation polling.
//!
//! [`connect`] gives a [`Transport`] that sends once; a [`Client`] over it paces, tries again and sleeps;
//! [`polling`] waits for operations. Time is a [`Clock`]'s.

pub mod client;
pub mod clock;
pub mod credentials;
pub mod explain;
pub mod http;
pub mod pace;
pub mod polling;
pub mod record;
pub mod tokens;
pub mod transport;
pub mod url;

use std::sync::Arc;

pub use client::{CallError, Client};
pub use clock::Clock;
pub use pace::Limits;
pub use tokens::{TokenError, Tokens};
pub use transport::{SendError, Transport};

/// Which cloud to send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Google, with the credentials of this machine.
    Google,
    /// An emulator: `URL/<google host>/<path>`, without credentials.
    Endpoint(String),
}

/// Why there is no transport.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The credentials of this machine cannot be used.
    #[error("no usable Google credentials")]
    Credentials(#[from] TokenError),
    /// The endpoint's URL is none.
    #[error("`{0}` is not the URL of an endpoint; it looks like `http://127.0.0.1:8085`")]
    Endpoint(String),
}

/// The transport to a cloud. Nothing is sent yet and no token fetched.
///
/// # Errors
/// Credentials that are named but unusable, an endpoint that is no URL.
pub fn connect(destination: &Destination) -> Result<Arc<dyn Transport>, ConnectError> {
    match destination {
        Destination::Google => {
            let credential = credentials::Credential::find(&credentials::Machine::this())?;
            Ok(Arc::new(http::HttpTransport::google(Box::new(tokens::Cached::new(credential)))))
        }
        Destination::Endpoint(url) if url.starts_with("http://") || url.starts_with("https://") => {
            Ok(Arc::new(http::HttpTransport::endpoint(url)))
        }
        Destination::Endpoint(url) => Err(ConnectError::Endpoint(url.clone())),
    }
}
