//! The log that survives a kill: one JSON line per batch of changes, synced before anyone is answered.
//!
//! `cloud.log` begins with a header and holds one line per batch; when it has grown to several times what the cloud
//! holds, it is written anew beside itself and renamed. `cloud.lock` is held while a batch is handled, so that separate
//! processes see one cloud: whoever takes it reads first what others have appended. A last line without its line end is
//! what a killed process left; it was never answered and is cut off.
//!
//! Not guaranteed: that a network file system honours the lock, or the disk the sync.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::fs_std::FileExt;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::SandboxError;
use crate::sandbox::cloud::Cloud;
use crate::sandbox::store::Change;
use crate::sandbox::times;

const FORMAT: u64 = 1;
/// A log shorter than this is never written anew.
const SMALL: u64 = 4 << 20;

/// First line of the log.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    #[serde(rename = "stackctlSandbox")]
    format: u64,
    /// Another one after each rewrite.
    generation: u64,
    seed: u64,
}

/// A batch of changes.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    now: i64,
    ids: u64,
    set: Vec<Change>,
}

/// The log of one folder, as far as this process has read it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    lock: File,
    file: File,
    generation: u64,
    /// Up to where it is read.
    offset: u64,
    lines: usize,
    /// Length after the last rewrite.
    base: u64,
}

/// The lock on the folder; given back when dropped.
#[derive(Debug)]
pub struct Locked(File);

impl Locked {
    fn take(file: File, path: &Path) -> Result<Self, SandboxError> {
        FileExt::lock_exclusive(&file).map_err(storage(path))?;
        Ok(Self(file))
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // Nothing depends on it: the lock goes with the file at the latest.
        let _ = FileExt::unlock(&self.0);
    }
}

impl Journal {
    /// Opens the log in `dir`, makes both where they are missing, and fills `cloud` from it.
    ///
    /// # Errors
    /// The folder cannot be used, or the log is damaged or newer.
    pub fn open(dir: &Path, cloud: &mut Cloud) -> Result<Self, SandboxError> {
        std::fs::create_dir_all(dir).map_err(storage(dir))?;
        let lock_path = dir.join("cloud.lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(storage(&lock_path))?;
        let path = dir.join("cloud.log");
        let held = Locked::take(lock.try_clone().map_err(storage(&lock_path))?, &lock_path)?;
        make(&path, cloud.ids.seed)?;
        let file = open_log(&path)?;
        let mut journal = Self { path, lock, file, generation: 0, offset: 0, lines: 0, base: 0 };
        journal.catch_up(cloud)?;
        drop(held);
        Ok(journal)
    }

    /// Takes the lock; blocks while another process handles a batch.
    ///
    /// # Errors
    /// The lock file cannot be locked.
    pub fn lock(&self) -> Result<Locked, SandboxError> {
        Locked::take(self.lock.try_clone().map_err(storage(&self.path))?, &self.path)
    }

    /// Reads what others have appended, or everything where the log was written anew. The lock must be held.
    ///
    /// # Errors
    /// The log cannot be read, is damaged or newer.
    pub fn catch_up(&mut self, cloud: &mut Cloud) -> Result<(), SandboxError> {
        let length = std::fs::metadata(&self.path).map_err(storage(&self.path))?.len();
        if self.generation != 0 && length == self.offset && self.current_generation()? == self.generation {
            return Ok(());
        }
        if self.current_generation()? != self.generation {
            self.file = open_log(&self.path)?;
            let header = read_header(&self.path, &self.file)?;
            let mut fresh = Cloud::new(header.seed, cloud.settings.clone());
            fresh.faults = std::mem::take(&mut cloud.faults);
            *cloud = fresh;
            self.generation = header.generation;
            (self.offset, self.lines) = (0, 0);
        }
        self.read_tail(cloud)?;
        if self.base == 0 {
            self.base = self.offset;
        }
        Ok(())
    }

    fn current_generation(&self) -> Result<u64, SandboxError> {
        let file = open_log(&self.path)?;
        Ok(read_header(&self.path, &file)?.generation)
    }

    fn read_tail(&mut self, cloud: &mut Cloud) -> Result<(), SandboxError> {
        let io = storage(&self.path);
        self.file.seek(SeekFrom::Start(self.offset)).map_err(io)?;
        let mut reader = BufReader::with_capacity(1 << 16, &self.file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(storage(&self.path))?;
            if read == 0 || line.last() != Some(&b'\n') {
                return Ok(());
            }
            if self.lines > 0 {
                let entry: Entry = serde_json::from_slice(&line).map_err(|source| SandboxError::Damaged {
                    path: self.path.clone(),
                    line: self.lines + 1,
                    source,
                })?;
                cloud.now = cloud.now.max(times::from_millis(entry.now));
                cloud.ids.counter = entry.ids;
                entry.set.into_iter().for_each(|change| cloud.replay(change));
            }
            self.lines += 1;
            self.offset += read as u64;
        }
    }

    /// Appends what has changed in `cloud` and syncs. The lock must be held and [`Journal::catch_up`] have been called.
    ///
    /// # Errors
    /// The log cannot be written: the cloud in memory is then ahead of the log and must be read anew.
    pub fn append(&mut self, cloud: &mut Cloud) -> Result<(), SandboxError> {
        if !cloud.store.is_changed() {
            return Ok(());
        }
        let entry = Entry { now: times::millis(cloud.now), ids: cloud.ids.counter, set: cloud.store.take_changes() };
        let mut line = serde_json::to_vec(&entry).expect("changes are plain JSON");
        line.push(b'\n');
        let written = self.write(&line);
        if written.is_err() {
            self.generation = 0;
            return written.map_err(storage(&self.path));
        }
        self.offset += line.len() as u64;
        self.lines += 1;
        if self.offset > SMALL && self.offset > 4 * self.base {
            self.rewrite(cloud)?;
        }
        Ok(())
    }

    fn write(&mut self, line: &[u8]) -> std::io::Result<()> {
        // Cuts off what a killed process left behind the last whole line.
        if self.file.metadata()?.len() != self.offset {
            self.file.set_len(self.offset)?;
        }
        self.file.seek(SeekFrom::Start(self.offset))?;
        self.file.write_all(line)?;
        self.file.sync_data()
    }

    /// Writes the log anew with one line that holds everything.
    fn rewrite(&mut self, cloud: &Cloud) -> Result<(), SandboxError> {
        let beside = self.path.with_extension("log.new");
        let header = Header { format: FORMAT, generation: self.generation + 1, seed: cloud.ids.seed };
        let mut text = serde_json::to_vec(&header).expect("a header is plain data");
        text.push(b'\n');
        let all = cloud.store.all().iter().map(|(key, document)| (key.clone(), Some(document.clone())));
        let entry = Entry { now: times::millis(cloud.now), ids: cloud.ids.counter, set: all.collect() };
        serde_json::to_writer(&mut text, &entry).expect("documents are plain JSON");
        text.push(b'\n');
        write_synced(&beside, &text).map_err(storage(&beside))?;
        std::fs::rename(&beside, &self.path).map_err(storage(&self.path))?;
        sync_dir(&self.path);
        self.file = open_log(&self.path)?;
        self.generation += 1;
        (self.offset, self.base, self.lines) = (text.len() as u64, text.len() as u64, 2);
        Ok(())
    }
}

fn storage(path: &Path) -> impl FnOnce(std::io::Error) -> SandboxError + use<> {
    let path = path.to_owned();
    move |source| SandboxError::Storage { path, source }
}

fn open_log(path: &Path) -> Result<File, SandboxError> {
    OpenOptions::new().read(true).write(true).open(path).map_err(storage(path))
}

/// Makes a log with its header where there is none, or one whose making was interrupted.
fn make(path: &Path, seed: u64) -> Result<(), SandboxError> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    let header = Header { format: FORMAT, generation: 1, seed };
    let mut text = serde_json::to_vec(&header).expect("a header is plain data");
    text.push(b'\n');
    let beside = path.with_extension("log.new");
    write_synced(&beside, &text).map_err(storage(&beside))?;
    std::fs::rename(&beside, path).map_err(storage(path))?;
    sync_dir(path);
    Ok(())
}

fn write_synced(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// Makes a rename durable, where the system can.
fn sync_dir(path: &Path) {
    if let Some(dir) = path.parent().and_then(|dir| File::open(dir).ok()) {
        // Some file systems refuse to sync a folder; the rename is then as durable as they make it.
        let _ = dir.sync_all();
    }
}

fn read_header(path: &Path, file: &File) -> Result<Header, SandboxError> {
    let mut reader = BufReader::with_capacity(256, file).take(4096);
    let mut line = String::new();
    reader.get_mut().seek(SeekFrom::Start(0)).map_err(storage(path))?;
    reader.read_line(&mut line).map_err(storage(path))?;
    let damaged = |source| SandboxError::Damaged { path: path.to_owned(), line: 1, source };
    let json: Json = serde_json::from_str(&line).map_err(damaged)?;
    let found = json["stackctlSandbox"].as_u64().unwrap_or(0);
    if found > FORMAT {
        return Err(SandboxError::Newer { path: path.to_owned(), found, known: FORMAT });
    }
    serde_json::from_value(json).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::cloud::Settings;

    fn cloud() -> Cloud {
        Cloud::new(1, Settings::default())
    }

    fn put(journal: &mut Journal, cloud: &mut Cloud, key: &str, document: Json) {
        journal.catch_up(cloud).unwrap();
        cloud.store.put(key, document);
        journal.append(cloud).unwrap();
    }

    #[test]
    fn what_was_appended_is_there_after_opening_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut first = cloud();
        let mut journal = Journal::open(dir.path(), &mut first).unwrap();
        first.ids.draw();
        put(&mut journal, &mut first, "a", json!({"n": 1}));
        let mut second = cloud();
        Journal::open(dir.path(), &mut second).unwrap();
        assert_eq!(second.store.get("a"), Some(&json!({"n": 1})));
        assert_eq!(second.ids, first.ids);
    }

    #[test]
    fn two_processes_see_each_others_changes() {
        let dir = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (cloud(), cloud());
        let mut journal_one = Journal::open(dir.path(), &mut one).unwrap();
        let mut journal_two = Journal::open(dir.path(), &mut two).unwrap();
        put(&mut journal_one, &mut one, "a", json!(1));
        put(&mut journal_two, &mut two, "b", json!(2));
        put(&mut journal_one, &mut one, "c", json!(3));
        journal_two.catch_up(&mut two).unwrap();
        assert_eq!(one.store.all(), two.store.all());
        assert_eq!(one.store.all().len(), 3);
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut first = cloud();
        let mut journal = Journal::open(dir.path(), &mut first).unwrap();
        put(&mut journal, &mut first, "a", json!(1));
        let path = dir.path().join("cloud.log");
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"{\"now\":1,\"ids\":1,\"set\":[[\"torn").unwrap();
        let mut second = cloud();
        let mut journal = Journal::open(dir.path(), &mut second).unwrap();
        assert_eq!(second.store.all().len(), 1);
        put(&mut journal, &mut second, "b", json!(2));
        let mut third = cloud();
        Journal::open(dir.path(), &mut third).unwrap();
        assert_eq!(third.store.all(), second.store.all());
    }

    #[test]
    fn a_rewritten_log_is_noticed_by_others() {
        let dir = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (cloud(), cloud());
        let mut journal_one = Journal::open(dir.path(), &mut one).unwrap();
        let mut journal_two = Journal::open(dir.path(), &mut two).unwrap();
        put(&mut journal_one, &mut one, "a", json!(1));
        journal_one.rewrite(&one).unwrap();
        put(&mut journal_one, &mut one, "b", json!(2));
        put(&mut journal_two, &mut two, "c", json!(3));
        journal_one.catch_up(&mut one).unwrap();
        assert_eq!(one.store.all(), two.store.all());
        assert_eq!(one.store.all().len(), 3);
    }

    #[test]
    fn damaged_and_newer_logs_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cloud.log");
        std::fs::write(&path, "{\"stackctlSandbox\":1,\"generation\":1,\"seed\":1}\nrubbish\n").unwrap();
        let error = Journal::open(dir.path(), &mut cloud()).unwrap_err();
        assert!(matches!(error, SandboxError::Damaged { line: 2, .. }), "{error:?}");
        std::fs::write(&path, "{\"stackctlSandbox\":9,\"generation\":1,\"seed\":1}\n").unwrap();
        let error = Journal::open(dir.path(), &mut cloud()).unwrap_err();
        assert!(matches!(error, SandboxError::Newer { found: 9, .. }), "{error:?}");
    }
}
