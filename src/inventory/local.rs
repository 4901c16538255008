//! Records in a folder: `inventory.json`, `journal.jsonl`, `lock`.
//!
//! The inventory is replaced whole (temporary file, sync, rename, sync of the folder), the journal is appended to and
//! synced. The lock is the operating system's on the open file: it ends with the process, however that ends. What is
//! not guaranteed: a lock on a network file system that has none, and a disk that says it has synced and has not.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::owner::Owner;
use super::store::{Loaded, Store, StoreError, Storing};
use crate::records::{Inventory, Journal, JournalEvent};

const INVENTORY: &str = "inventory.json";
const JOURNAL: &str = "journal.jsonl";
const LOCK: &str = "lock";

/// Records in a folder, which is made with the first write.
#[derive(Debug, Clone)]
pub struct Local {
    folder: Arc<PathBuf>,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    journal: Option<File>,
    lock: Option<File>,
}

impl Local {
    /// Records in `folder`. Nothing is read or made yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Arc::new(folder.into()), open: Arc::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs file work where it may block.
    fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Storing<'static, T> {
        let this = self.clone();
        Box::pin(async move {
            match tokio::task::spawn_blocking(move || work(&this)).await {
                Ok(result) => result,
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                // The runtime ends while the work waits for its thread: nothing was done.
                Err(_) => Err(StoreError::Stopped),
            }
        })
    }

    fn read(&self) -> Result<Loaded, StoreError> {
        let inventory = self.read_text(INVENTORY)?.map(|text| Inventory::read(&text));
        let journal = self.read_text(JOURNAL)?.map(|text| Journal::read(&text));
        let wrong = |name: &str| {
            let place = shown(&self.path(name));
            move |source| StoreError::Records { place, source }
        };
        Ok(Loaded {
            inventory: inventory.transpose().map_err(wrong(INVENTORY))?,
            journal: journal.transpose().map_err(wrong(JOURNAL))?.map(|text| text.journal).unwrap_or_default(),
        })
    }

    fn read_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        let path = self.path(name);
        match std::fs::read(&path) {
            // Bytes that are no text cannot be records: the reader of records says so.
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Unreadable { path: shown(&path), source }),
        }
    }

    fn write_lines(&self, lines: &str) -> Result<(), StoreError> {
        let path = self.path(JOURNAL);
        let mut open = self.open();
        if open.journal.is_none() {
            self.make_folder()?;
            open.journal = Some(open_journal(&path).map_err(unwritable(&path))?);
            sync_folder(&self.folder)?;
        }
        let journal = open.journal.as_mut().expect("opened above");
        journal.write_all(lines.as_bytes()).and_then(|()| journal.sync_data()).map_err(unwritable(&path))
    }

    fn write_inventory(&self, text: &str) -> Result<(), StoreError> {
        self.make_folder()?;
        let path = self.path(INVENTORY);
        let temporary = self.path(&format!("{INVENTORY}.{}.new", std::process::id()));
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| std::fs::rename(&temporary, &path)).map_err(|source| {
            // Left behind it would only be litter.
            let _ = std::fs::remove_file(&temporary);
            StoreError::Unwritable { path: shown(&path), source }
        })?;
        sync_folder(&self.folder)
    }

    fn empty_journal(&self) -> Result<(), StoreError> {
        let path = self.path(JOURNAL);
        let mut open = self.open();
        let journal = match open.journal.take() {
            Some(file) => Some(file),
            None => existing(&path).map_err(unwritable(&path))?,
        };
        if let Some(file) = journal {
            file.set_len(0).and_then(|()| file.sync_all()).map_err(unwritable(&path))?;
            open.journal = Some(file);
        }
        Ok(())
    }

    /// The folder, and beside the stack file a `.gitignore`: records are no part of a repository.
    fn make_folder(&self) -> Result<(), StoreError> {
        std::fs::create_dir_all(&*self.folder).map_err(unwritable(&self.folder))?;
        let root = self.folder.ancestors().find(|ancestor| ancestor.file_name().is_some_and(|n| n == ".stackctl"));
        if let Some(ignore) = root.map(|root| root.join(".gitignore")).filter(|ignore| !ignore.exists()) {
            std::fs::write(&ignore, "*\n").map_err(unwritable(&ignore))?;
        }
        Ok(())
    }

    fn take_lock(&self, owner: &Owner) -> Result<(), StoreError> {
        self.make_folder()?;
        let path = self.path(LOCK);
        let mut open = self.open();
        if open.lock.is_some() {
            return Ok(());
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(unwritable(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { place: shown(&self.folder), owner: read_owner(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(StoreError::Unwritable { path: shown(&path), source }),
        }
        let text = serde_json::to_string(owner).expect("an owner is plain JSON");
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(text.as_bytes()))
            .map_err(unwritable(&path))?;
        open.lock = Some(file);
        Ok(())
    }

    fn give_lock(&self) -> Result<(), StoreError> {
        if let Some(file) = self.open().lock.take() {
            let path = self.path(LOCK);
            file.set_len(0).and_then(|()| file.unlock()).map_err(unwritable(&path))?;
        }
        Ok(())
    }

    /// The owner of a lock that is really held: what a dead process wrote is no lock.
    fn read_lock(&self) -> Result<Option<Owner>, StoreError> {
        let path = self.path(LOCK);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Unreadable { path: shown(&path), source }),
        };
        if self.open().lock.is_some() || matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Ok(read_owner(&mut file));
        }
        Ok(None)
    }
}

impl Store for Local {
    fn load(&self) -> Storing<'_, Loaded> {
        self.blocking(Self::read)
    }

    fn append<'a>(&'a self, events: &'a [JournalEvent]) -> Storing<'a, ()> {
        let lines: String = events.iter().map(JournalEvent::to_line).collect();
        self.blocking(move |this| this.write_lines(&lines))
    }

    fn checkpoint<'a>(&'a self, inventory: &'a Inventory) -> Storing<'a, ()> {
        let text = inventory.write();
        self.blocking(move |this| {
            this.write_inventory(&text)?;
            this.empty_journal()
        })
    }

    fn lock<'a>(&'a self, owner: &'a Owner) -> Storing<'a, ()> {
        let owner = owner.clone();
        self.blocking(move |this| this.take_lock(&owner))
    }

    fn release(&self) -> Storing<'_, ()> {
        self.blocking(Self::give_lock)
    }

    fn owner(&self) -> Storing<'_, Option<Owner>> {
        self.blocking(Self::read_lock)
    }

    /// Removes the lock's file: whoever still holds the old one no longer keeps others out.
    fn break_lock(&self) -> Storing<'_, Option<Owner>> {
        self.blocking(|this| {
            let owner = this.read_lock()?;
            let path = this.path(LOCK);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(StoreError::Unwritable { path: shown(&path), source: error })
                }
                _ => Ok(owner),
            }
        })
    }

    fn place(&self) -> String {
        shown(&self.folder)
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn unwritable(path: &Path) -> impl Fn(io::Error) -> StoreError {
    let path = shown(path);
    move |source| StoreError::Unwritable { path: path.clone(), source }
}

fn existing(path: &Path) -> io::Result<Option<File>> {
    match OpenOptions::new().append(true).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens the journal to append; a torn last line (a write that was cut off) goes first.
fn open_journal(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    if whole < bytes.len() {
        file.set_len(whole as u64)?;
    }
    Ok(file)
}

fn read_owner(file: &mut File) -> Option<Owner> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// A folder's entries are durable once the folder is synced; where folders cannot be opened they need not be.
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    if cfg!(windows) {
        return Ok(());
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable(folder))
}

#[cfg(test)]
mod tests;
