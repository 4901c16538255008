use std::collections::BTreeMap;

use super::*;
use crate::gcp::transport::{SendError, Sending, Transport};
use crate::gcp::{Clock, Limits};
use crate::model::{Action, Address, ProjectFacts};
use crate::records::{CloudKey, HashKey, What};
use crate::wire::Response;

/// A bucket: objects with generations, and the preconditions on them.
#[derive(Debug, Default)]
struct Bucket {
    objects: BTreeMap<String, (u64, Vec<u8>)>,
    generations: u64,
    /// Answers of so many uploads get lost, after they took effect.
    lose: u32,
    writes: usize,
}

#[derive(Debug, Default, Clone)]
struct Fake(Arc<Mutex<Bucket>>);

impl Fake {
    fn store(&self) -> Gcs {
        let clock = Clock::new(jiff::Timestamp::UNIX_EPOCH, 1.0);
        Gcs::new(Arc::new(Client::new(Arc::new(self.clone()), clock, Limits::None)), "bucket", "stacks/google/s")
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.0.lock().unwrap()
    }

    fn names(&self) -> Vec<String> {
        self.bucket().objects.keys().cloned().collect()
    }
}

fn refused(status: u16, reason: &str) -> Response {
    Response::json(status, serde_json::json!({"error": {"code": status, "errors": [{"reason": reason}]}}))
}

impl Bucket {
    fn answer(&mut self, request: &Request) -> Response {
        assert_eq!(request.header_value(USER_PROJECT), None);
        let wanted = request.query_value("ifGenerationMatch").map(|text| text.parse::<u64>().unwrap());
        match request.method {
            Method::Post => {
                let name = request.query_value("name").unwrap().to_owned();
                let there = self.objects.get(&name).map_or(0, |object| object.0);
                if wanted != Some(there) {
                    return refused(412, "conditionNotMet");
                }
                self.generations += 1;
                self.writes += 1;
                let Body::Bytes(bytes) = &request.body else { panic!("uploads are bytes") };
                self.objects.insert(name.clone(), (self.generations, bytes.clone()));
                Response::json(200, serde_json::json!({"name": name, "generation": self.generations.to_string()}))
            }
            Method::Delete => {
                let name = object_of(request);
                match self.objects.get(&name) {
                    None => refused(404, "notFound"),
                    Some((there, _)) if wanted != Some(*there) => refused(412, "conditionNotMet"),
                    Some(_) => {
                        self.objects.remove(&name);
                        Response { status: 204, headers: Vec::new(), body: Body::Empty }
                    }
                }
            }
            _ if request.query_value("alt") == Some("media") => {
                let generation = request.query_value("generation").unwrap().parse::<u64>().unwrap();
                match self.objects.get(&object_of(request)) {
                    Some((there, bytes)) if *there == generation => {
                        Response { status: 200, headers: Vec::new(), body: Body::Bytes(bytes.clone()) }
                    }
                    _ => refused(404, "notFound"),
                }
            }
            _ => {
                let prefix = request.query_value("prefix").unwrap();
                let found = self.objects.iter().filter(|(name, _)| name.starts_with(prefix));
                let items: Vec<Json> = found
                    .map(|(name, object)| serde_json::json!({"name": name, "generation": object.0.to_string()}))
                    .collect();
                Response::json(200, serde_json::json!({ "items": items }))
            }
        }
    }
}

fn object_of(request: &Request) -> String {
    request.path.rsplit('/').next().unwrap().replace("%2F", "/")
}

impl Transport for Fake {
    fn send(&self, request: Request) -> Sending<'_> {
        let mut bucket = self.bucket();
        let response = bucket.answer(&request);
        let is_lost = request.method == Method::Post && bucket.lose > 0;
        if is_lost {
            bucket.lose -= 1;
        }
        Box::pin(async move {
            if is_lost { Err(SendError::Lost { host: HOST.into(), source: "reset".into() }) } else { Ok(response) }
        })
    }
}

fn inventory() -> Inventory {
    Inventory::new("s", CloudKey::Google, ProjectFacts::default(), &HashKey::new([1; 32]))
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
    Owner { id: id.into(), ..Owner::this("apply", "2026-01-01T00:00:00Z".into()) }
}

#[tokio::test(start_paused = true)]
async fn what_was_written_is_read_by_the_next_process() {
    let fake = Fake::default();
    let store = fake.store();
    assert_eq!(store.load().await.unwrap(), Loaded::default());
    store.checkpoint(&inventory()).await.unwrap();
    store.append(&[intended(1), intended(2)]).await.unwrap();
    store.append(&[intended(3)]).await.unwrap();
    assert_eq!(
        fake.names(),
        [
            "stacks/google/s/inventory.json",
            "stacks/google/s/journal/000000000000.jsonl",
            "stacks/google/s/journal/000000000001.jsonl"
        ]
    );
    let next = fake.store();
    let loaded = next.load().await.unwrap();
    assert_eq!((loaded.inventory, loaded.journal.events().len()), (Some(inventory()), 3));
    next.append(&[intended(4)]).await.unwrap();
    next.checkpoint(&inventory()).await.unwrap();
    assert_eq!(fake.names(), ["stacks/google/s/inventory.json"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_wrote_in_between_is_not_overwritten() {
    let fake = Fake::default();
    let (one, two) = (fake.store(), fake.store());
    one.checkpoint(&inventory()).await.unwrap();
    two.load().await.unwrap();
    one.load().await.unwrap();
    one.append(&[intended(1)]).await.unwrap();
    assert!(matches!(two.append(&[intended(2)]).await, Err(StoreError::Changed { .. })));
    one.checkpoint(&Inventory { stack: "other".into(), ..inventory() }).await.unwrap();
    assert!(matches!(two.checkpoint(&inventory()).await, Err(StoreError::Changed { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_is_not_taken_for_somebody_elses() {
    let fake = Fake::default();
    fake.bucket().lose = 1;
    let store = fake.store();
    store.lock(&owner("1")).await.unwrap();
    fake.bucket().lose = 1;
    store.append(&[intended(1)]).await.unwrap();
    fake.bucket().lose = 1;
    store.checkpoint(&inventory()).await.unwrap();
    store.release().await.unwrap();
    assert_eq!(fake.names(), ["stacks/google/s/inventory.json"]);
    assert_eq!(fake.bucket().writes, 3);
}

#[tokio::test(start_paused = true)]
async fn a_lock_outlives_its_process_until_it_is_taken_away() {
    let fake = Fake::default();
    fake.store().lock(&owner("1")).await.unwrap();
    let next = fake.store();
    let error = next.lock(&owner("2")).await.unwrap_err();
    assert!(matches!(&error, StoreError::Locked { owner: Some(held), .. } if held.id == "1"), "{error:?}");
    assert_eq!(next.break_lock().await.unwrap().map(|owner| owner.id), Some("1".into()));
    next.lock(&owner("2")).await.unwrap();
    next.release().await.unwrap();
    assert_eq!(fake.store().owner().await.unwrap(), None);
}
