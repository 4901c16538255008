//! Records in a bucket: `inventory.json`, `journal/NUMBER.jsonl`, `lock.json` below a prefix.
//!
//! Generation preconditions are the lock and the safety: an object is written only over the generation that was
//! read. Each append is an object of its own, because one object takes about one write a second
//! (cloud.google.com/storage/quotas). A lock outlives its process; `unlock` takes it away.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;

use super::owner::Owner;
use super::store::{Loaded, Store, StoreError, Storing};
use crate::gcp::client::{CallError, Client, USER_PROJECT};
use crate::records::{Inventory, Journal, JournalEvent};
use crate::wire::http::Body;
use crate::wire::retry::Repeat;
use crate::wire::{Method, Request, paging};

const HOST: &str = "storage.googleapis.com";
/// How often a read starts over because somebody writes at the same time.
const MOST_READS: u32 = 5;

/// Records in a bucket.
#[derive(Debug)]
pub struct Gcs {
    client: Arc<Client>,
    bucket: String,
    /// Without slashes at its ends.
    prefix: String,
    known: Mutex<Known>,
}

/// What this process knows of the objects.
#[derive(Debug, Default)]
struct Known {
    /// Generation of the inventory as read or written; absent: there was none.
    inventory: Option<String>,
    /// Names and generations of the journal's objects.
    journal: Vec<Object>,
    /// Generation of our lock.
    lock: Option<String>,
}

#[derive(Debug, Clone)]
struct Object {
    name: String,
    generation: String,
}

impl Gcs {
    /// Records below `prefix` in `bucket`.
    pub fn new(client: Arc<Client>, bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into(), prefix: prefix.into(), known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }

    fn failed(&self, error: CallError) -> StoreError {
        match error {
            CallError::Stopped => StoreError::Stopped,
            source => StoreError::Call { place: self.place(), source },
        }
    }

    /// All objects below the prefix, in the order of their names.
    async fn list(&self) -> Result<Vec<Object>, StoreError> {
        let list = request(Method::Get, format!("/storage/v1/b/{}/o", self.bucket))
            .query("prefix", format!("{}/", self.prefix))
            .query("fields", "items(name,generation),nextPageToken");
        let mut objects = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..paging::MOST_PAGES {
            let reply = match self.client.read(&paging::page(&list, None, token.as_deref())).await {
                Ok(reply) => reply,
                Err(error) if error.is_not_found() => {
                    return Err(StoreError::NoBucket { bucket: self.bucket.clone() });
                }
                Err(error) => return Err(self.failed(error)),
            };
            token = paging::next_token(&reply).map(str::to_owned);
            objects.extend(paging::elements(reply, "items").iter().filter_map(object));
            if token.is_none() {
                break;
            }
        }
        objects.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(objects)
    }

    /// The text of a generation of an object; absent where that generation is gone.
    async fn text(&self, object: &Object) -> Result<Option<String>, StoreError> {
        let get = request(Method::Get, format!("/storage/v1/b/{}/o/{}", self.bucket, segment(&object.name)))
            .query("alt", "media")
            .query("generation", &object.generation);
        match self.client.exchange(&get, Repeat::Harmless, &|_, _| {}).await {
            Ok(response) => Ok(Some(match response.body {
                Body::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                // A line of the journal ends with a newline, also where it was taken for a document of its own.
                Body::Json(json) => format!("{json}\n"),
                Body::Empty => String::new(),
            })),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    async fn read(&self) -> Result<Loaded, StoreError> {
        for _ in 0..MOST_READS {
            if let Some(loaded) = self.read_once().await? {
                return Ok(loaded);
            }
        }
        Err(StoreError::Changed { place: self.place() })
    }

    /// Absent where an object was replaced between the list and its read.
    async fn read_once(&self) -> Result<Option<Loaded>, StoreError> {
        let objects = self.list().await?;
        let wrong = |source| StoreError::Records { place: self.place(), source };
        let named = |name: &str| objects.iter().find(|object| object.name == self.name(name));
        let mut loaded = Loaded::default();
        let inventory = named("inventory.json");
        if let Some(object) = inventory {
            let Some(text) = self.text(object).await? else { return Ok(None) };
            loaded.inventory = Some(Inventory::read(&text).map_err(wrong)?);
        }
        let journal: Vec<Object> =
            objects.iter().filter(|object| object.name.starts_with(&self.name("journal/"))).cloned().collect();
        let mut lines = String::new();
        for object in &journal {
            let Some(text) = self.text(object).await? else { return Ok(None) };
            lines.push_str(&text);
        }
        loaded.journal = Journal::read(&lines).map_err(wrong)?.journal;
        let mut known = self.known();
        known.inventory = inventory.map(|object| object.generation.clone());
        known.journal = journal;
        Ok(Some(loaded))
    }

    /// Writes an object over `over` (absent: there must be none) and gives its new generation; absent where somebody
    /// else wrote in between.
    async fn write(&self, name: &str, over: Option<&str>, text: &str) -> Result<Option<String>, StoreError> {
        let mut upload = request(Method::Post, format!("/upload/storage/v1/b/{}/o", self.bucket))
            .query("uploadType", "media")
            .query("name", name)
            .query("ifGenerationMatch", over.unwrap_or("0"))
            .header("content-type", "application/json");
        upload.body = Body::Bytes(text.as_bytes().to_vec());
        match self.client.call(&upload, Repeat::Harmless, &|_, _| {}).await {
            Ok(reply) => Ok(object(&reply).map(|object| object.generation)),
            Err(error) if is_precondition(&error) => self.written_all_the_same(name, text).await,
            Err(error) if error.is_not_found() => Err(StoreError::NoBucket { bucket: self.bucket.clone() }),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// A write whose answer was lost is refused when it is tried again: then what is there is what we wrote.
    async fn written_all_the_same(&self, name: &str, text: &str) -> Result<Option<String>, StoreError> {
        let Some(found) = self.list().await?.into_iter().find(|object| object.name == name) else {
            return Ok(None);
        };
        let same = self.text(&found).await?.is_some_and(|there| same_text(&there, text));
        Ok(same.then_some(found.generation))
    }

    async fn delete(&self, object: &Object) -> Result<(), StoreError> {
        let delete = request(Method::Delete, format!("/storage/v1/b/{}/o/{}", self.bucket, segment(&object.name)))
            .query("ifGenerationMatch", &object.generation);
        match self.client.call(&delete, Repeat::Harmless, &|_, _| {}).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() || is_precondition(&error) => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    async fn add(&self, lines: String) -> Result<(), StoreError> {
        let number = self.known().journal.last().map_or(0, |object| number_of(&object.name) + 1);
        let name = self.name(&format!("journal/{number:012}.jsonl"));
        let Some(generation) = self.write(&name, None, &lines).await? else {
            return Err(StoreError::Changed { place: self.place() });
        };
        self.known().journal.push(Object { name, generation });
        Ok(())
    }

    async fn close(&self, text: String) -> Result<(), StoreError> {
        let over = self.known().inventory.clone();
        let Some(generation) = self.write(&self.name("inventory.json"), over.as_deref(), &text).await? else {
            return Err(StoreError::Changed { place: self.place() });
        };
        let journal = {
            let mut known = self.known();
            known.inventory = Some(generation);
            std::mem::take(&mut known.journal)
        };
        // Oldest first: what is left after an interruption is still in order, and replaying it changes nothing.
        for object in &journal {
            self.delete(object).await?;
        }
        Ok(())
    }

    async fn take_lock(&self, owner: &Owner) -> Result<(), StoreError> {
        let text = serde_json::to_string(owner).expect("an owner is plain JSON");
        match self.write(&self.name("lock.json"), None, &text).await? {
            Some(generation) => {
                self.known().lock = Some(generation);
                Ok(())
            }
            None => {
                Err(StoreError::Locked { place: self.place(), owner: self.locked_by().await?.map(|found| found.1) })
            }
        }
    }

    async fn locked_by(&self) -> Result<Option<(Object, Owner)>, StoreError> {
        let name = self.name("lock.json");
        let Some(object) = self.list().await?.into_iter().find(|object| object.name == name) else {
            return Ok(None);
        };
        let owner = self.text(&object).await?.and_then(|text| serde_json::from_str(&text).ok());
        Ok(owner.map(|owner| (object, owner)))
    }

    async fn give_lock(&self) -> Result<(), StoreError> {
        let held = self.known().lock.take();
        match held {
            Some(generation) => self.delete(&Object { name: self.name("lock.json"), generation }).await,
            None => Ok(()),
        }
    }

    async fn take_away_lock(&self) -> Result<Option<Owner>, StoreError> {
        match self.locked_by().await? {
            Some((object, owner)) => {
                self.delete(&object).await?;
                Ok(Some(owner))
            }
            None => Ok(None),
        }
    }
}

impl Store for Gcs {
    fn load(&self) -> Storing<'_, Loaded> {
        Box::pin(self.read())
    }

    fn append<'a>(&'a self, events: &'a [JournalEvent]) -> Storing<'a, ()> {
        Box::pin(self.add(events.iter().map(JournalEvent::to_line).collect()))
    }

    fn checkpoint<'a>(&'a self, inventory: &'a Inventory) -> Storing<'a, ()> {
        Box::pin(self.close(inventory.write()))
    }

    fn lock<'a>(&'a self, owner: &'a Owner) -> Storing<'a, ()> {
        Box::pin(self.take_lock(owner))
    }

    fn release(&self) -> Storing<'_, ()> {
        Box::pin(self.give_lock())
    }

    fn owner(&self) -> Storing<'_, Option<Owner>> {
        Box::pin(async { Ok(self.locked_by().await?.map(|found| found.1)) })
    }

    fn break_lock(&self) -> Storing<'_, Option<Owner>> {
        Box::pin(self.take_away_lock())
    }

    fn place(&self) -> String {
        format!("gs://{}/{}", self.bucket, self.prefix)
    }

    fn missing_bucket(&self) -> Storing<'_, Option<String>> {
        Box::pin(async {
            match self.list().await {
                Ok(_) => Ok(None),
                Err(StoreError::NoBucket { bucket }) => Ok(Some(bucket)),
                Err(error) => Err(error),
            }
        })
    }
}

/// Makes the bucket for records: versioned, uniform access, nothing public. It is there already and can be read: fine.
///
/// # Errors
/// Google's refusal; somebody else's bucket has the name.
pub async fn make_bucket(client: &Client, bucket: &str, project: &str, location: &str) -> Result<(), StoreError> {
    let body = serde_json::json!({
        "name": bucket,
        "location": location,
        "versioning": {"enabled": true},
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}, "publicAccessPrevention": "enforced"},
    });
    let insert = Request::new(Method::Post, HOST, "/storage/v1/b").query("project", project).json(body);
    match client.call(&insert, Repeat::Harmless, &|_, _| {}).await {
        Ok(_) => Ok(()),
        Err(error) if error.refusal().is_some_and(|refusal| refusal.status == 409) => may_use(client, bucket).await,
        Err(source) => Err(StoreError::Call { place: format!("gs://{bucket}"), source }),
    }
}

/// Of a name that is taken Google says whose it is in no reason that can be relied on (`conflict`,
/// `youAlreadyOwnThisBucket`): one whose objects can be listed is one of ours, whoever made it.
async fn may_use(client: &Client, bucket: &str) -> Result<(), StoreError> {
    let list = request(Method::Get, format!("/storage/v1/b/{bucket}/o")).query("maxResults", "1");
    match client.read(&list).await {
        Ok(_) => Ok(()),
        Err(error) if error.refusal().is_some_and(|refusal| matches!(refusal.status, 401 | 403 | 404)) => {
            Err(StoreError::BucketTaken { bucket: bucket.to_owned(), source: error })
        }
        Err(source) => Err(StoreError::Call { place: format!("gs://{bucket}"), source }),
    }
}

/// A request for objects: the bucket may be another project's, so none is named for the charge.
fn request(method: Method, path: String) -> Request {
    Request::new(method, HOST, path).header(USER_PROJECT, "")
}

/// An object's name as one segment of a path.
fn segment(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

fn object(json: &Json) -> Option<Object> {
    let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    Some(Object { name: text("name")?, generation: text("generation")? })
}

fn number_of(name: &str) -> u64 {
    let file = name.rsplit('/').next().unwrap_or_default();
    file.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn is_precondition(error: &CallError) -> bool {
    error.refusal().is_some_and(|refusal| refusal.status == 412)
}

/// Some transports read what is JSON as JSON: then spelling may differ, meaning may not.
fn same_text(one: &str, other: &str) -> bool {
    one == other
        || match (serde_json::from_str::<Json>(one), serde_json::from_str::<Json>(other)) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        }
}

#[cfg(test)]
mod tests;
