//! What is known of each resource type: one file (or folder) a kind, and the registry that lists them.
//!
//! A kind is a [`Kind`]: a typed spec (serde, schemars) over a static [`Descriptor`], plus hooks with defaults for
//! what is odd about it. [`registry`] erases kinds into [`Row`]s.
//!
//! Two spaces. *File space* is the document as the user writes it (`tier`, `env: {A: b}`); *API space* is Google's
//! (`settings.tier`, `template.containers[0].env[]`). A kind's [`Shape`]s lead from one to the other, in both
//! directions and without loss: `to_file(to_api(x)) == x` and `to_api(to_file(y)) == y` for everything that Google
//! answers. So diff, overlay, removal of dropped fields, `export` and `explain` all work in file space.
//!
//! References stand in documents in resolved form (`projects/P/global/networks/N`).
//!
//! Nothing here does I/O.

pub mod addresses;
pub mod apis;
pub mod call;
pub mod canonical;
pub mod cidr;
pub mod compute;
#[cfg(test)]
mod described;
pub mod descriptor;
pub mod descriptor_calls;
pub mod examples;
pub mod faults;
pub mod forwarding_rules;
pub mod iam;
pub mod iam_bindings;
pub mod int64;
pub mod kind;
pub mod names;
pub mod networks;
pub mod overlay;
pub mod payload;
#[cfg(test)]
pub(crate) mod recorded;
pub mod registry;
pub mod repositories;
pub mod request;
pub mod rules;
pub mod run;
pub mod secrets;
pub mod sections;
pub mod service_accounts;
pub mod shape;
pub mod sql;
pub mod subnetworks;

pub use call::{Call, Completion, Effect, HttpCall, PolicyEdit, StepInput};
pub use descriptor::{
    Api, Descriptor, Durations, HoldsData, IdStyle, ListStyle, Location, Output, Policy, UpdateStyle,
};
pub use kind::{CheckInput, Extra, ExtraWhen, Kind, Live, Lookup, Parents, Passing, Row, row};
pub use payload::{Payload, Source};
pub use rules::{Compare, FieldRule, Flag, Found};
pub use shape::Shape;
