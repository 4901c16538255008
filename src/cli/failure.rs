//! How a command fails: an exit code, what is wrong, and the way out.

use std::error::Error;

use super::exit::Exit;
use crate::model::Diagnostic;
use crate::ui::diagnostics::Sources;

/// Why a command could not do its work. Diagnostics are shown in order; their texts never repeat their causes.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that the diagnostics point into.
    pub sources: Sources,
}

impl Failure {
    /// One diagnostic.
    pub fn new(exit: Exit, diagnostic: Diagnostic) -> Self {
        Self { exit, diagnostics: vec![diagnostic], sources: Sources::default() }
    }

    /// The file or the command line is wrong.
    pub fn wrong(diagnostic: Diagnostic) -> Self {
        Self::new(Exit::Wrong, diagnostic)
    }

    /// It is refused.
    pub fn refused(diagnostic: Diagnostic) -> Self {
        Self::new(Exit::Refused, diagnostic)
    }

    /// It failed.
    pub fn failed(diagnostic: Diagnostic) -> Self {
        Self::new(Exit::Failed, diagnostic)
    }
}

/// An error of another room as a diagnostic: its text, then its causes, one a line.
pub fn with_causes(code: &str, message: impl Into<String>, error: &dyn Error) -> Diagnostic {
    let mut text: String = message.into();
    let mut said = String::new();
    let mut cause = Some(error);
    for _ in 0..16 {
        let Some(error) = cause else { break };
        let words = error.to_string();
        if words != said && !text.contains(&words) {
            text.push_str("\ncaused by: ");
            text.push_str(&words);
        }
        said = words;
        cause = error.source();
    }
    Diagnostic::error(code, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn every_cause_is_said_once() {
        let error = Outer(std::io::Error::other("inner"));
        assert_eq!(
            with_causes("x", "cannot do it", &error).message,
            "cannot do it\ncaused by: outer\ncaused by: inner"
        );
    }
}
