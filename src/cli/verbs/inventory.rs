//! `inventory list|forget|move` and `unlock`: what is ours, and whose lock.

use serde_json::json;

use crate::cli::args::{CloudArgs, InventoryArgs, InventoryVerb, StackArgs, TextOrJson, UnlockArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, with_causes};
use crate::cli::{ask, cloud, load, output, runtime};
use crate::inventory::{Owner, Store, StoreError, replay};
use crate::model::{Address, Diagnostic};
use crate::records::{Inventory, Ownership};
use crate::ui::{Printer, table};

/// Carries out a verb of `inventory`.
pub fn run(args: &InventoryArgs, printer: &Printer) -> Result<Exit, Failure> {
    let records = Records::open(&args.stack, &args.cloud)?;
    let runtime = runtime()?;
    match args.verb.as_ref().unwrap_or(&InventoryVerb::List { format: TextOrJson::Text }) {
        InventoryVerb::List { format } => {
            let inventory = runtime.block_on(records.read())?;
            output(printer, &listed(&records, inventory.as_ref(), *format))
        }
        InventoryVerb::Forget { address } => {
            let change = |inventory: &mut Inventory| inventory.record_forget(address).map(|_| ());
            runtime.block_on(records.change("inventory forget", change))?;
            printer.say(&format!("`{address}` stays in the cloud and is no longer ours."));
            Ok(Exit::Done)
        }
        InventoryVerb::Move { from, to } => {
            let change = |inventory: &mut Inventory| inventory.record_move(from, to);
            runtime.block_on(records.change("inventory move", change))?;
            printer.say(&format!("`{from}` is now `{to}`. Rename the entry in the stack file, too."));
            Ok(Exit::Done)
        }
    }
}

/// Says whose lock it is and takes it away.
pub fn unlock(args: &UnlockArgs, printer: &Printer) -> Result<Exit, Failure> {
    let records = Records::open(&args.stack, &args.cloud)?;
    let runtime = runtime()?;
    let Some(owner) = runtime.block_on(records.store.owner()).map_err(|error| stored(&error))? else {
        printer.say(&format!("{} is not locked.", records.store.place()));
        return Ok(Exit::Done);
    };
    printer.complain(&format!("{} is locked by {owner}.", records.store.place()));
    if !args.yes && !ask::confirm(printer, "Take the lock away? A run that still works would be disturbed.") {
        return Err(Failure::refused(
            Diagnostic::error("not-confirmed", "the lock stays")
                .hint("`stackctl unlock --yes` takes it away without asking; make sure that the run is dead"),
        ));
    }
    runtime.block_on(records.store.break_lock()).map_err(|error| stored(&error))?;
    printer.say("The lock is gone.");
    Ok(Exit::Done)
}

/// A failure of the records: locks and foreign records are refusals.
pub fn stored(error: &StoreError) -> Failure {
    match error {
        StoreError::Locked { .. } | StoreError::Changed { .. } => Failure::refused(error.diagnostic()),
        StoreError::Records { .. } => Failure::refused(error.diagnostic()),
        _ => Failure::failed(error.diagnostic()),
    }
}

struct Records {
    stack: String,
    store: Box<dyn Store>,
    now: String,
}

impl Records {
    fn open(stack: &StackArgs, args: &CloudArgs) -> Result<Self, Failure> {
        let loaded = load::load(stack, cloud::mode(stack.sandbox))?;
        // Records are tied to a runtime only where they are in a bucket.
        let _guard = runtime()?;
        let cloud = cloud::open(args, stack.sandbox, &loaded.folder)?;
        let client = cloud.client(&loaded.stack.project.id);
        let store = cloud.store(&loaded.stack, &loaded.folder, &client)?;
        Ok(Self { stack: loaded.stack.name.clone(), store, now: cloud.clock.now_text() })
    }

    async fn read(&self) -> Result<Option<Inventory>, Failure> {
        let loaded = self.store.load().await.map_err(|error| stored(&error))?;
        Ok(loaded.inventory.map(|mut inventory| {
            replay(&mut inventory, &loaded.journal);
            inventory
        }))
    }

    async fn change<E: std::error::Error>(
        &self,
        command: &str,
        change: impl FnOnce(&mut Inventory) -> Result<(), E>,
    ) -> Result<(), Failure> {
        self.store.lock(&Owner::this(command, self.now.clone())).await.map_err(|error| stored(&error))?;
        let changed = self.change_locked(change).await;
        let released = self.store.release().await.map_err(|error| stored(&error));
        changed.and(released)
    }

    async fn change_locked<E: std::error::Error>(
        &self,
        change: impl FnOnce(&mut Inventory) -> Result<(), E>,
    ) -> Result<(), Failure> {
        let mut inventory = self.read().await?.ok_or_else(|| {
            Failure::wrong(
                Diagnostic::error("no-inventory", format!("stack `{}` has no inventory here", self.stack))
                    .hint(format!("it is looked for in {}", self.store.place())),
            )
        })?;
        change(&mut inventory).map_err(|error| {
            Failure::wrong(
                with_causes("bad-address", "the inventory stays as it is", &error)
                    .hint("`stackctl inventory list` shows the addresses"),
            )
        })?;
        self.store.checkpoint(&inventory).await.map_err(|error| stored(&error))
    }
}

fn listed(records: &Records, inventory: Option<&Inventory>, format: TextOrJson) -> String {
    match (format, inventory) {
        (TextOrJson::Json, inventory) => {
            let entries = inventory.map(|inventory| &inventory.entries).into_iter().flatten();
            let resources: Vec<_> = entries
                .map(|(address, entry)| {
                    json!({
                        "address": address, "name": entry.full_name, "uniqueId": entry.unique_id,
                        "ownership": entry.ownership, "dependsOn": entry.depends_on,
                        "fields": entry.fields.keys().collect::<Vec<_>>(),
                    })
                })
                .collect();
            let tombstones = inventory.map(|inventory| &inventory.tombstones[..]).unwrap_or_default();
            let view = json!({"version": 1, "stack": records.stack, "place": records.store.place(),
                "resources": resources, "tombstones": tombstones});
            serde_json::to_string_pretty(&view).expect("JSON values can be written")
        }
        (TextOrJson::Text, Some(inventory)) if !inventory.entries.is_empty() => text(inventory),
        (TextOrJson::Text, inventory) => {
            let mut out = format!("Nothing is ours: stack `{}` in {}.\n", records.stack, records.store.place());
            out.push_str(&inventory.map(tombstones).unwrap_or_default());
            out
        }
    }
}

fn text(inventory: &Inventory) -> String {
    let row = |(address, entry): (&Address, &crate::records::Entry)| {
        let how = match entry.ownership {
            Ownership::Created => "created",
            Ownership::Adopted => "adopted",
        };
        vec![address.to_string(), how.to_owned(), entry.full_name.clone()]
    };
    let rows: Vec<Vec<String>> = inventory.entries.iter().map(row).collect();
    format!("{}{}", table::draw(&["ADDRESS", "HOW", "NAME AT GOOGLE"], &rows), tombstones(inventory))
}

fn tombstones(inventory: &Inventory) -> String {
    let line = |stone: &crate::records::Tombstone| {
        format!("Google blocks the name `{}` until {}.\n", stone.full_name, stone.blocked_until)
    };
    inventory.tombstones.iter().map(line).collect()
}
