//! Asks the kinds' hooks at plan time, when no secret value is at hand.

use crate::kinds::call::{FinalBackup, Payloads};
use crate::kinds::{Live, Row, StepInput};
use crate::model::{Action, Diagnostic, Doc, DocPath, Place, ProjectFacts};

/// Payloads are given just before sending, never to a plan.
#[derive(Debug)]
struct NotYet;

impl Payloads for NotYet {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// A step as far as the plan knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    pub row: &'a Row,
    pub action: Action,
    pub place: &'a Place,
    pub project: &'a ProjectFacts,
    pub stack: &'a str,
    pub desired: Option<&'a Doc>,
    pub live: Option<&'a Live>,
    pub changed: &'a [DocPath],
    pub removed: &'a [DocPath],
}

impl Step<'_> {
    fn input(&self) -> StepInput<'_> {
        StepInput {
            action: self.action,
            place: self.place,
            project: self.project,
            stack: self.stack,
            desired: self.desired,
            live: self.live,
            changed: self.changed,
            removed: self.removed,
            payloads: &NotYet,
            final_backup: FinalBackup::Take,
        }
    }

    pub fn replaces(&self) -> Vec<DocPath> {
        (self.row.replaces)(&self.input())
    }

    pub fn unsettled(&self) -> Vec<&'static str> {
        (self.row.unsettled)(&self.input())
    }

    pub fn objections(&self) -> Vec<Diagnostic> {
        (self.row.objections)(&self.input())
    }

    pub fn consequences(&self) -> Vec<String> {
        (self.row.consequences)(&self.input())
    }
}
