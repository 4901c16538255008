//! A transport that writes down every exchange (`--record FILE`): for bug reports, and for comparing with Google what
//! an emulator answers.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::transport::{Sending, Transport};
use crate::wire::{Request, Response, record};

/// Sends over another transport and appends a line per exchange, without secrets; retries are exchanges of their own.
pub struct Recorded {
    inner: Arc<dyn Transport>,
    record: Mutex<(File, u64)>,
}

impl std::fmt::Debug for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorded").finish_non_exhaustive()
    }
}

impl Recorded {
    /// Goes on with the record in `path`, or begins one; lines are numbered on.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(inner: Arc<dyn Transport>, path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        let lines = BufReader::new(&file).split(b'\n').count();
        Ok(Self { inner, record: Mutex::new((file, lines as u64)) })
    }

    fn write(&self, request: &Request, response: Option<&Response>) {
        let mut open = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        open.1 += 1;
        let text = format!("{}\n", record::redacted(record::line(open.1, request, response)));
        // A full disk must not stop a run half-way; the record then ends early.
        let _ = open.0.write_all(text.as_bytes());
    }
}

impl Transport for Recorded {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move {
            let answer = self.inner.send(request.clone()).await;
            self.write(&request, answer.as_ref().ok());
            answer
        })
    }

    fn reaches(&self, host: &str) -> String {
        self.inner.reaches(host)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::gcp::SendError;

    struct Echo;

    impl Transport for Echo {
        fn send(&self, request: Request) -> Sending<'_> {
            Box::pin(async move {
                match request.path.as_str() {
                    "/lost" => Err(SendError::Stopped),
                    _ => Ok(Response::json(200, json!({"password": "hunter2"}))),
                }
            })
        }
    }

    #[tokio::test]
    async fn every_exchange_is_appended_without_secrets() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for path in ["/a", "/lost"] {
            let transport = Recorded::open(Arc::new(Echo), file.path()).unwrap();
            let _ = transport.send(Request::get("h", path)).await;
        }
        let text = std::fs::read_to_string(file.path()).unwrap();
        let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<_> = lines.iter().map(|line| (line["seq"].as_u64(), line["status"].as_u64())).collect();
        assert_eq!(told, [(Some(1), Some(200)), (Some(2), None)]);
        assert_eq!(lines[0]["response"]["password"], record::REDACTED);
    }
}
