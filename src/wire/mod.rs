//! HTTP as values: requests, responses, Google's API errors, its three families of operations, paging, field masks
//! and retry verdicts. Nothing here sends anything.

pub mod error;
pub mod http;
pub mod operation;
pub mod paging;
pub mod policy;
pub mod record;
pub mod retry;

pub use error::ApiError;
pub use http::{Method, Request, Response};
