//! The program from outside: its commands, its requests, its behaviour against the sandbox.

mod bad_input;
mod context;
mod judge;
mod tutorial;
mod walk;
