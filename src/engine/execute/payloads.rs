//! Gives secret values at the last moment, and remembers which were sent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::engine::inputs::{self, Inputs};
use crate::kinds::Source;
use crate::kinds::call::Payloads;
use crate::model::Address;
use crate::records::HashKey;

/// The values that this run generated, by address and payload name. Never shown, never written.
#[derive(Default)]
pub(crate) struct Generated(Mutex<BTreeMap<(Address, &'static str), Vec<u8>>>);

impl std::fmt::Debug for Generated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Generated")
    }
}

impl Generated {
    fn of(&self, address: &Address, name: &'static str, make: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry((address.clone(), name)).or_insert_with(make).clone()
    }

    fn known(&self, address: &Address) -> Option<Vec<u8>> {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, value) = made.range((address.clone(), "")..).next()?;
        (found.0 == *address).then(|| value.clone())
    }
}

/// The payloads of one step.
pub(crate) struct StepPayloads<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) generated: &'a Generated,
    pub(crate) address: &'a Address,
    /// Hashes of what was asked for.
    given: Mutex<BTreeMap<String, String>>,
    key: &'a HashKey,
}

impl<'a> StepPayloads<'a> {
    pub(crate) fn new(inputs: &'a Inputs, generated: &'a Generated, address: &'a Address, key: &'a HashKey) -> Self {
        Self { inputs, generated, address, given: Mutex::default(), key }
    }

    /// Hashes of the payloads that were asked for, by name.
    pub(crate) fn given(&self) -> BTreeMap<String, String> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn value(&self, name: &str) -> Option<Vec<u8>> {
        let payload = self.inputs.of(self.address).iter().find(|payload| payload.name == name)?;
        match &payload.source {
            Source::Generate(generate) => {
                let make = || generate.make(below).into_bytes();
                Some(self.generated.of(self.address, payload.name, make))
            }
            Source::Secret(path) => match self.inputs.value(&payload.source) {
                Some(value) => Some(value.to_vec()),
                None => self.generated.known(self.inputs.secret(path)?),
            },
            Source::Env(_) | Source::File(_) => self.inputs.value(&payload.source).map(<[u8]>::to_vec),
        }
    }
}

impl std::fmt::Debug for StepPayloads<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepPayloads").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Payloads for StepPayloads<'_> {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        let value = self.value(name)?;
        let hash = inputs::hash(self.key, &value);
        self.given.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), hash);
        Some(value)
    }
}

/// A random number below `bound`, each equally likely.
fn below(bound: u32) -> u32 {
    if bound < 2 {
        return 0;
    }
    // The largest multiple of `bound`: what is drawn above it would favour small numbers.
    let fair = u32::MAX - u32::MAX % bound;
    loop {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
        let drawn = u32::from_le_bytes(bytes);
        if drawn < fair {
            return drawn % bound;
        }
    }
}
