//! What the planner's tests stand on: small kinds, stacks written as JSON, a model of the cloud, plans as text.

mod docs;
mod kinds;
mod show;
mod stack;
mod world;

pub use docs::{doc, live, project};
pub use kinds::kinds;
pub use show::show;
pub use stack::stack;
pub use world::{NOW, World};
