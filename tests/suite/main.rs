//! The program from outside: its commands, its requests, its behaviour against the sandbox.

mod examples;
mod judge;
mod registry;
