//! The Google Cloud emulator.
//!
//! Pure inside: [`handle::handle`] answers a [`crate::wire::Request`] from a [`cloud::Cloud`] and a time, without I/O.
//! It is written from Google's discovery documents and recorded traffic, never from what the client knows: it may not
//! use `kinds`.
//!
//! The shell around it keeps the state in a folder ([`local`]) and serves it over HTTP ([`server`]).

pub mod admin;
pub mod check;
pub mod cloud;
pub mod discovery;
pub mod encode;
pub mod fault;
pub mod faults;
pub mod fields;
pub mod handle;
pub mod ids;
pub mod list;
pub mod locations;
pub mod mask;
pub mod operation;
pub mod policy;
pub mod route;
pub mod service;
pub mod services;
pub mod shell;
pub mod store;
pub mod times;

pub use shell::clock::{Clock, Speed};
pub use shell::{SandboxError, keeper, local, server};
