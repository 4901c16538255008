//! The one place that sends: transport, credentials, retry loop, operation polling.

pub mod transport;

pub use transport::{SendError, Transport};
