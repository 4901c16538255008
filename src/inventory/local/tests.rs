use super::*;
use crate::model::{Action, Address, ProjectFacts};
use crate::records::{CloudKey, HashKey, RecordsError, What};

fn inventory(stack: &str) -> Inventory {
    Inventory::new(stack, CloudKey::Google, ProjectFacts::default(), &HashKey::new([1; 32]))
}

fn intended(step: u32) -> JournalEvent {
    JournalEvent {
        run: "r".into(),
        step,
        call: 0,
        address: Address::new("networks", "n"),
        what: What::Intended { action: Action::Create, label: "create".into(), entry: None },
    }
}

fn owner(id: &str) -> Owner {
    let since = "2026-01-01T00:00:00Z".to_owned();
    Owner { who: "anna".into(), host: "desk".into(), pid: 7, since, command: "apply".into(), id: id.into() }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join(".stackctl/inventories/google/s")
    }

    fn store(&self) -> Local {
        Local::new(self.path())
    }
}

#[tokio::test]
async fn what_was_written_is_read_by_the_next_process() {
    let folder = Folder::new();
    assert_eq!(folder.store().load().await.unwrap(), Loaded::default());
    let store = folder.store();
    store.checkpoint(&inventory("s")).await.unwrap();
    store.append(&[intended(1), intended(2)]).await.unwrap();
    store.append(&[intended(3)]).await.unwrap();
    let loaded = folder.store().load().await.unwrap();
    assert_eq!(loaded.inventory, Some(inventory("s")));
    assert_eq!(loaded.journal.events().len(), 3);
    folder.store().checkpoint(&inventory("s")).await.unwrap();
    assert!(folder.store().load().await.unwrap().journal.is_empty());
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| name == INVENTORY || name == JOURNAL), "{names:?}");
    assert_eq!(std::fs::read_to_string(folder.0.path().join(".stackctl/.gitignore")).unwrap(), "*\n");
}

#[tokio::test]
async fn a_line_that_was_cut_off_goes_before_the_next_is_written() {
    let folder = Folder::new();
    folder.store().append(&[intended(1)]).await.unwrap();
    let path = folder.path().join(JOURNAL);
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{whole}{{\"version\":1,\"ev")).unwrap();
    assert_eq!(folder.store().load().await.unwrap().journal.events().len(), 1);
    folder.store().append(&[intended(2)]).await.unwrap();
    assert_eq!(folder.store().load().await.unwrap().journal.events().len(), 2);
}

#[tokio::test]
async fn records_that_cannot_be_used_are_refused_and_left_alone() {
    let newer = inventory("s").write().replace("\"version\": 1", "\"version\": 9");
    for text in ["", "{", "\u{fffd}\u{0}", "[]", newer.as_str()] {
        let folder = Folder::new();
        std::fs::create_dir_all(folder.path()).unwrap();
        std::fs::write(folder.path().join(INVENTORY), text).unwrap();
        let error = folder.store().load().await.unwrap_err();
        assert!(matches!(&error, StoreError::Records { place, .. } if place.ends_with(INVENTORY)), "{error:?}");
        assert!(error.diagnostic().hint.is_some());
        assert_eq!(std::fs::read_to_string(folder.path().join(INVENTORY)).unwrap(), text);
    }
    let folder = Folder::new();
    folder.store().append(&[intended(1)]).await.unwrap();
    let path = folder.path().join(JOURNAL);
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("garbage\n{whole}")).unwrap();
    let error = folder.store().load().await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Records { source: RecordsError::JournalDamaged { line: 1, .. }, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn one_process_works_at_a_time_and_its_end_frees_the_lock() {
    let folder = Folder::new();
    let (one, two) = (folder.store(), folder.store());
    one.lock(&owner("1")).await.unwrap();
    let StoreError::Locked { owner: Some(held), .. } = two.lock(&owner("2")).await.unwrap_err() else { panic!() };
    assert_eq!(held, owner("1"));
    assert_eq!(held.to_string(), "anna on desk (`apply`, process 7, since 2026-01-01T00:00:00Z)");
    assert_eq!(two.owner().await.unwrap(), Some(owner("1")));
    one.release().await.unwrap();
    assert_eq!(two.owner().await.unwrap(), None);
    two.lock(&owner("2")).await.unwrap();
    drop(two);
    assert_eq!(one.owner().await.unwrap(), None);
    one.lock(&owner("1")).await.unwrap();
}

#[tokio::test]
async fn a_lock_can_be_taken_away() {
    let folder = Folder::new();
    let (one, two) = (folder.store(), folder.store());
    one.lock(&owner("1")).await.unwrap();
    assert_eq!(two.break_lock().await.unwrap(), Some(owner("1")));
    two.lock(&owner("2")).await.unwrap();
    assert_eq!(folder.store().break_lock().await.unwrap(), Some(owner("2")));
    assert_eq!(Folder::new().store().break_lock().await.unwrap(), None);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named_with_a_way_out() {
    let folder = Folder::new();
    std::fs::write(folder.0.path().join(".stackctl"), "a file in its place").unwrap();
    for error in [
        folder.store().lock(&owner("1")).await.unwrap_err(),
        folder.store().append(&[intended(1)]).await.unwrap_err(),
        folder.store().checkpoint(&inventory("s")).await.unwrap_err(),
    ] {
        assert!(matches!(&error, StoreError::Unwritable { .. }), "{error:?}");
        assert!(error.diagnostic().hint.is_some_and(|hint| hint.contains("state: gs://")));
    }
}
