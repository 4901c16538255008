//! The way that `plan`, `apply` and `destroy` share: read the file, look at the cloud, build the plan.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::args::{CloudArgs, ConsentArgs, SelectionArgs, StackArgs};
use super::cloud::{self, Cloud};
use super::failure::Failure;
use super::load::{self, Loaded};
use super::verbs::inventory::stored;
use crate::engine::{self, Inputs, Look, Records, Session, Survey, Unset};
use crate::gcp::Client;
use crate::inventory::{Store, StoreError};
use crate::kinds::registry;
use crate::model::{Address, Diagnostic, ProjectFacts};
use crate::plan::{self, AdoptedOnes, Allow, Desired, Observed, Options, Plan, PlanInputs, Purpose};
use crate::records::Inventory;
use crate::ui::Printer;

/// The stack, the way to its cloud and its records; nothing was sent yet.
pub struct Flow {
    pub loaded: Loaded,
    pub cloud: Cloud,
    pub client: Arc<Client>,
    pub store: Box<dyn Store>,
    unset: Unset,
}

/// What one look at file, records and cloud found, and the plan made of it.
pub struct Sight {
    pub inputs: Inputs,
    pub inventory: Inventory,
    /// Whether the inventory was there before.
    pub stored: bool,
    pub observed: Observed,
    pub suspects: BTreeSet<Address>,
    pub plan: Plan,
}

impl Flow {
    /// Reads the stack and opens the way to its cloud.
    ///
    /// # Errors
    /// A wrong file, unusable credentials or records.
    pub fn open(stack: &StackArgs, args: &CloudArgs) -> Result<Self, Failure> {
        let loaded = load::load(stack, cloud::mode(stack.sandbox))?;
        let cloud = cloud::open(args, stack.sandbox, &loaded.folder)?;
        let named = args.quota_project.as_ref().or(loaded.stack.quota_project.as_ref());
        let client = cloud.client(named.unwrap_or(&loaded.stack.project.id));
        let store = cloud.store(&loaded.stack, &loaded.folder, &client)?;
        let unset = if stack.sandbox { Unset::Empty } else { Unset::Missing };
        Ok(Self { loaded, cloud, client, store, unset })
    }

    /// A session that tells `listen`.
    pub fn session<'a>(&'a self, listen: engine::Listen<'a>, options: engine::Options) -> Session<'a> {
        Session { client: self.client.clone(), store: &*self.store, listen, kinds: registry::all(), options }
    }

    /// Says on standard error what takes longer than anybody waits without a word.
    pub fn speak(&self, printer: &Printer) {
        let printer = *printer;
        self.client.listen(Some(Arc::new(move |words: &str| printer.say(words))));
    }

    /// Says no more of that: the steps of a run tell of their own waits.
    pub fn fall_silent(&self) {
        self.client.listen(None);
    }

    /// Asks for the project's number and enabled APIs, and reads the stack again with what it learned.
    ///
    /// # Errors
    /// The project cannot be read, or the stack is wrong in what only the number shows.
    pub async fn survey(&mut self, reads: usize) -> Result<Survey, Failure> {
        let options = engine::Options { reads, ..engine::Options::default() };
        let project = self.loaded.stack.project.id.clone();
        let survey = engine::survey(&self.session(&|_| {}, options), &project).await.map_err(Failure::failed)?;
        self.loaded.number(survey.project.number.as_deref())?;
        Ok(survey)
    }

    /// Reads the records; refuses those of another stack, cloud or project. In a bucket that is not there nothing is
    /// ours.
    ///
    /// # Errors
    /// They cannot be read, or are not this stack's.
    pub async fn records(&self, project: &ProjectFacts) -> Result<Records, Failure> {
        let records = match engine::load_records(&*self.store).await {
            Err(StoreError::NoBucket { .. }) => Records::default(),
            loaded => loaded.map_err(|error| stored(&error))?,
        };
        if let Some(inventory) = &records.inventory {
            inventory.belongs_to(&self.loaded.stack.name, &self.cloud.key, project).map_err(|error| {
                Failure::refused(Diagnostic::error("foreign-inventory", error.to_string()).hint(error.hint()))
            })?;
        }
        Ok(records)
    }

    /// Looks at the cloud and builds the plan.
    ///
    /// # Errors
    /// A cloud that cannot be read at all.
    pub async fn look(
        &self,
        session: &Session<'_>,
        survey: &Survey,
        records: &Records,
        suspects: BTreeSet<Address>,
        options: &Options,
    ) -> Result<Sight, Failure> {
        let desired = Desired::from(&self.loaded.stack);
        let env = |name: &str| std::env::var(name).ok();
        let inputs = engine::load_inputs(&desired, session.kinds, &self.loaded.folder, &env, self.unset);
        let known = records.inventory.as_ref();
        let look = Look { survey, desired: &desired, inventory: known, inputs: &inputs, options, suspects: &suspects };
        let mut observed = engine::observe(session, &look).await.map_err(Failure::failed)?;
        let fresh =
            || Inventory::new(&desired.stack, self.cloud.key.clone(), survey.project.clone(), &engine::new_key());
        let inventory = known.cloned().unwrap_or_else(fresh);
        if let Ok(key) = inventory.key() {
            observed.payloads = inputs.hashes(&key);
        }
        let build = |observed: &Observed| {
            plan::build(&PlanInputs {
                desired: &desired,
                inventory: &inventory,
                observed,
                options,
                kinds: session.kinds,
            })
        };
        let mut plan = build(&observed);
        observed.dry_runs = engine::dry_run(session, &plan, &observed).await;
        if !observed.dry_runs.is_empty() {
            plan = build(&observed);
        }
        Ok(Sight { inputs, stored: known.is_some(), inventory, observed, suspects, plan })
    }
}

/// What the command line selects and allows.
pub fn options(
    purpose: Purpose,
    now: String,
    selection: &SelectionArgs,
    consent: &ConsentArgs,
) -> Result<Options, Failure> {
    Ok(Options {
        targets: selection.target.clone(),
        excludes: selection.exclude.clone(),
        adopt: adopt(&consent.adopt)?,
        replace: these(&consent.allow_replace),
        data_loss: these(&consent.allow_data_loss),
        adopted: AdoptedOnes::Forget,
        ..Options::new(purpose, now)
    })
}

fn these(addresses: &[Address]) -> Allow {
    if addresses.is_empty() { Allow::Nothing } else { Allow::These(addresses.iter().cloned().collect()) }
}

fn adopt(given: &[String]) -> Result<Allow, Failure> {
    if given.iter().any(|text| text == "*") {
        return Ok(Allow::All);
    }
    let parsed: Result<Vec<Address>, _> = given.iter().map(|text| text.parse()).collect();
    match parsed {
        Ok(addresses) => Ok(these(&addresses)),
        Err(error) => Err(Failure::wrong(
            Diagnostic::error("bad-address", error.to_string()).hint("`--adopt` alone adopts everything"),
        )),
    }
}
