//! Writes down what was asked and answered, one JSON line per request.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use crate::wire::{Request, Response, record};

/// An open record.
#[derive(Debug)]
pub struct Recorder {
    inner: Mutex<(File, u64)>,
}

impl Recorder {
    /// Begins a record in `path`; what stood there goes.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        Ok(Self { inner: Mutex::new((File::create(path)?, 0)) })
    }

    /// Writes one exchange; `response` is `None` where the answer was lost.
    ///
    /// # Errors
    /// The line cannot be written.
    pub fn write(&self, request: &Request, response: Option<&Response>) -> std::io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.1 += 1;
        let mut text = record::line(inner.1, request, response).to_string();
        text.push('\n');
        inner.0.write_all(text.as_bytes())
    }
}
