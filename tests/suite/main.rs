//! The program from outside: its commands, its requests, its behaviour against the sandbox.

mod bad_input;
mod context;
mod examples;
mod export;
mod init;
mod judge;
mod recorded;
mod registry;
mod trouble;
mod tutorial;
mod walk;
