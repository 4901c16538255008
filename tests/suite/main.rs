//! The program from outside: its commands, its requests, its behaviour against the sandbox.

mod again;
#[path = "../live/assumptions.rs"]
mod assumptions;
mod bad_input;
mod context;
mod examples;
mod export;
mod fidelity;
mod init;
mod judge;
mod messages;
mod others;
mod recorded;
mod registry;
mod saved;
mod trouble;
mod tutorial;
mod walk;
