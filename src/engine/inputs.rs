//! Values that never stand in a document: loaded from the environment and from files before the plan, generated just
//! before they are sent.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::kinds::{Payload, Row, Source};
use crate::model::{Address, Diagnostic, Doc};
use crate::plan::Desired;
use crate::records::HashKey;

/// What an environment variable counts as that is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// Missing: whoever needs it fails.
    Missing,
    /// Empty (the sandbox).
    Empty,
}

/// The payloads that a stack names, and those of their values that could be loaded.
#[derive(Clone, Default)]
pub struct Inputs {
    payloads: BTreeMap<Address, Vec<Payload>>,
    /// By the full path of the secret (`projects/P/secrets/S`): whose payload it is.
    secrets: BTreeMap<String, Address>,
    env: BTreeMap<String, Vec<u8>>,
    files: BTreeMap<String, Result<Vec<u8>, io::ErrorKind>>,
}

/// Never shows a value.
impl std::fmt::Debug for Inputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs").field("payloads", &self.payloads).finish_non_exhaustive()
    }
}

/// Loads what the entries' payloads name. `folder` is the stack file's; `env` gives a variable's value.
///
/// What is not there is no fault yet: a plan without changes needs no value ([`Inputs::fault`]).
pub fn load_inputs(
    desired: &Desired,
    kinds: &[Row],
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    unset: Unset,
) -> Inputs {
    let mut inputs = Inputs::default();
    for wanted in desired.entries.values() {
        let Some(row) = kinds.iter().find(|row| row.descriptor.section == &*wanted.address.section) else { continue };
        let payloads = (row.payloads)(&wanted.doc);
        for payload in &payloads {
            match &payload.source {
                Source::Env(name) => {
                    let value = env(name).or_else(|| (unset == Unset::Empty).then(String::new));
                    inputs.env.extend(value.map(|value| (name.clone(), value.into_bytes())));
                }
                Source::File(path) => {
                    let read = || std::fs::read(folder.join(path)).map_err(|error| error.kind());
                    inputs.files.entry(path.clone()).or_insert_with(read);
                }
                Source::Generate(_) | Source::Secret(_) => {}
            }
        }
        if &*wanted.address.section == "secrets" {
            inputs.secrets.insert(wanted.place.fill(row.descriptor.item), wanted.address.clone());
        }
        if !payloads.is_empty() {
            inputs.payloads.insert(wanted.address.clone(), payloads);
        }
    }
    inputs
}

impl Inputs {
    /// The payloads of an entry.
    pub fn of(&self, address: &Address) -> &[Payload] {
        self.payloads.get(address).map_or(&[], Vec::as_slice)
    }

    /// The entry whose payload is the value of a secret.
    pub fn secret(&self, path: &str) -> Option<&Address> {
        self.secrets.get(path)
    }

    /// The value of a source that can be loaded again; absent for what is generated or missing.
    pub fn value(&self, source: &Source) -> Option<&[u8]> {
        match source {
            Source::Env(name) => self.env.get(name).map(Vec::as_slice),
            Source::File(path) => self.files.get(path)?.as_deref().ok(),
            Source::Secret(path) => {
                let payload = self.of(self.secrets.get(path)?).first()?;
                // A secret takes its value from no other secret: one step is enough.
                if matches!(payload.source, Source::Secret(_)) { None } else { self.value(&payload.source) }
            }
            Source::Generate(_) => None,
        }
    }

    /// Why the value of a payload that is needed now cannot be had; absent where it can.
    pub fn fault(&self, address: &Address, name: &str) -> Option<Diagnostic> {
        let payload = self.of(address).iter().find(|payload| payload.name == name)?;
        match &payload.source {
            Source::Env(variable) if !self.env.contains_key(variable) => Some(
                Diagnostic::error("no-value", format!("the environment variable `{variable}` is not set"))
                    .of(address)
                    .hint(format!("set `{variable}` to the value of `{name}`")),
            ),
            Source::File(path) => match self.files.get(path) {
                Some(Err(kind)) => Some(
                    Diagnostic::error("no-value", format!("cannot read `{path}`: {kind}"))
                        .of(address)
                        .hint(format!("put the value of `{name}` there; the path is relative to the stack file")),
                ),
                _ => None,
            },
            _ => None,
        }
    }

    /// Keyed hashes of the values that could be loaded, as [`crate::plan::Observed::payloads`] wants them.
    pub fn hashes(&self, key: &HashKey) -> BTreeMap<Address, BTreeMap<String, String>> {
        let hash = |payload: &Payload| Some((payload.name.to_owned(), hash(key, self.value(&payload.source)?)));
        self.payloads
            .iter()
            .map(|(address, payloads)| (address.clone(), payloads.iter().filter_map(hash).collect()))
            .collect()
    }
}

/// The keyed hash of a payload's bytes.
pub fn hash(key: &HashKey, bytes: &[u8]) -> String {
    key.hash(&Doc::String(BASE64.encode(bytes))).expect("a string is known")
}
