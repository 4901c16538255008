//! The shell around the pure emulator: clock, log, lock, HTTP. All of the sandbox's I/O is here.

pub mod clock;
pub mod journal;
pub mod keeper;
pub mod local;
pub mod record;
pub mod server;

use std::path::PathBuf;

/// Why the sandbox cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The folder or its files cannot be read or written.
    #[error("the sandbox cannot use `{}`", .path.display())]
    Storage {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The log holds a line that no sandbox wrote.
    #[error("the sandbox's log `{}` is damaged at line {line}", .path.display())]
    Damaged {
        path: PathBuf,
        line: usize,
        #[source]
        source: serde_json::Error,
    },
    /// The log was written by a newer stackctl.
    #[error("the sandbox's log `{}` has format {found}, this stackctl knows up to {known}", .path.display())]
    Newer { path: PathBuf, found: u64, known: u64 },
    /// The address to listen on cannot be had.
    #[error("the sandbox cannot listen on `{address}`")]
    Listen {
        address: std::net::SocketAddr,
        #[source]
        source: std::io::Error,
    },
}
