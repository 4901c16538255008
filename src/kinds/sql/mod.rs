//! Cloud SQL: instances, the databases and the users on them.
//!
//! One operation at a time runs on an instance, so its databases and users wait for it and for one another.

pub mod database;
pub mod instance;
pub mod user;

mod engine;
mod refusals;

pub use engine::Engine;

use super::{Api, Parents};
use crate::model::{Doc, Place};

/// The Cloud SQL Admin API.
const API: Api = Api { host: "sqladmin.googleapis.com", prefix: "/v1/", service: "sqladmin.googleapis.com" };

/// Notes the engine of the instance in a place (`engine`), where the instance is an entry of the same stack.
fn settle_engine(place: &mut Place, parent: Parents<'_>) -> Option<Engine> {
    let engine = parent("instance").and_then(|doc| doc.dig_str("databaseVersion")).and_then(Engine::of)?;
    place.values.insert("engine".to_owned(), engine.marker().to_owned());
    Some(engine)
}

/// The engine of the instance on which a database or user is; `None` where the instance is in no entry.
fn engine_at(place: &Place) -> Option<Engine> {
    Engine::from_marker(place.get("engine"))
}

/// The document's texts that matter to several kinds here.
fn text<'a>(doc: &'a Doc, key: &str) -> Option<&'a str> {
    doc.get(key).and_then(Doc::as_str)
}
