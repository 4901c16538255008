//! Whole runs in one process on a stepped clock, against the sandbox: nothing sleeps, nothing listens.

mod compare;
mod crash;
mod doors;
mod faults;
mod flow;
mod settling;
mod world;
