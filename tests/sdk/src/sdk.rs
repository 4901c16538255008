//! Google's own clients against `stackctl sandbox serve`: what stackctl makes they read, what they make stackctl takes
//! over, and the errors they get are the ones they are written for.
//!
//! `proves.json` says which test proves which operation of which kind.

mod answer;
mod clients;
mod context;
mod made;
mod pages;
mod proves;
mod reads;
mod refusals;
mod wide;
