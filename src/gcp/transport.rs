//! The door through which every request leaves.

use std::future::Future;
use std::pin::Pin;

use crate::wire::{Request, Response};

/// A future in a box, so that transports can be trait objects.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response, SendError>> + Send + 'a>>;

/// Sends one request once. Retries, polling and tokens' expiry are other parts' work.
pub trait Transport: Send + Sync {
    /// Sends `request` and waits for the whole answer.
    ///
    /// Not cancel-safe: dropping the future says nothing about whether the server acted.
    fn send(&self, request: Request) -> Sending<'_>;

    /// What is connected to for a request to `host`, for people: the host, or the address of an emulator.
    fn reaches(&self, host: &str) -> String {
        host.to_owned()
    }
}

/// Why no answer came. An answer with an error status is an answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The connection could not be made: the server cannot have acted.
    #[error("cannot connect to `{host}`")]
    Connect {
        host: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection broke or timed out after the request left: the server may have acted.
    #[error("the answer of `{host}` was lost")]
    Lost {
        host: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No token could be had.
    #[error("no usable Google credentials")]
    Credentials {
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The process was told to stop (tests: the kill point is reached).
    #[error("stopped")]
    Stopped,
}

impl SendError {
    /// The same once more, its cause in words.
    #[must_use]
    pub fn again(&self) -> Self {
        let words = |source: &(dyn std::error::Error + Send + Sync + 'static)| super::explain::chain(source).into();
        match self {
            Self::Connect { host, source } => Self::Connect { host: host.clone(), source: words(&**source) },
            Self::Lost { host, source } => Self::Lost { host: host.clone(), source: words(&**source) },
            Self::Credentials { source } => Self::Credentials { source: words(&**source) },
            Self::Stopped => Self::Stopped,
        }
    }
}
