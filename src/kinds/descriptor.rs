//! The static facts of a kind: service, paths, styles of ids and updates, operation family, durations, fields.

use super::{FieldRule, Shape};
use crate::wire::operation::Family;

/// A Google API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Api {
    /// The host, also the name under which Service Usage enables it: `compute.googleapis.com`.
    pub host: &'static str,
    /// What stands before the collection's path: `/compute/v1/`, `/v1/`; begins and ends with `/`.
    pub prefix: &'static str,
    /// The service to enable where it is not the host (`sqladmin.googleapis.com`).
    pub service: &'static str,
}

/// Where resources of a kind stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In no place (networks, service accounts, project policy).
    Global,
    /// In a region, written `region:` in the file.
    Region,
    /// In a location, written `location:` in the file (Artifact Registry).
    Location,
    /// Where its parent stands (SQL databases and users).
    Parent,
}

/// How a create names the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdStyle {
    /// A field of the body: `name`, `accountId`.
    Body(&'static str),
    /// A query parameter: `serviceId`.
    Query(&'static str),
    /// The kind's `calls` hook does it.
    Custom,
}

/// How a collection is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListStyle {
    /// Where the elements are: `items`, `services`.
    pub items: &'static str,
    /// The parameter for the page size, and the largest size that the API takes.
    pub page_size: Option<(&'static str, u32)>,
    /// The field of an element that holds its name; its last segment is compared.
    pub name: &'static str,
    /// Whether an element of the list is as complete as a read of the resource alone.
    pub complete: bool,
}

/// How the general update works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateStyle {
    /// Nothing can be updated in place.
    None,
    /// `PATCH` of the changed top-level fields, no mask.
    PatchChanged,
    /// `PATCH` with `updateMask` naming the changed fields; the body holds those.
    PatchMask,
    /// `PATCH` without mask: the whole resource, laid over the live one.
    PatchFull,
    /// `PUT` of the whole resource, laid over the live one.
    Put,
    /// The kind's `calls` hook does it.
    Custom,
}

/// How a resource's own IAM policy is read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// `GET` or `POST` of `ITEM:getIamPolicy`.
    pub get_with_post: bool,
    /// Where the wanted version goes: `options.requestedPolicyVersion` in the query, or in a `POST`'s body.
    pub takes_version: bool,
}

/// What losing a resource would lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldsData {
    No,
    /// It and what is in it; the words are shown in the plan: "all databases of the instance".
    Yes(&'static str),
}

/// Usual durations in seconds, for estimates and for when to begin polling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durations {
    pub create: u32,
    pub update: u32,
    pub delete: u32,
}

/// A value that other entries can name: `${sqlInstances.x.connectionName}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    pub name: &'static str,
    /// Where it stands in the live resource, in API space, dotted; empty: only the `known_outputs` hook gives it.
    pub path: &'static str,
    pub doc: &'static str,
}

/// The static facts of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// `subnetworks`
    pub section: &'static str,
    /// `subnetwork`, for messages.
    pub noun: &'static str,
    /// One sentence for the schema and `explain`.
    pub doc: &'static str,
    pub api: Api,
    pub location: Location,
    /// File fields whose (name-form) references are part of the path: `["instance"]`.
    pub parents: &'static [&'static str],
    /// `projects/{project}/regions/{location}/subnetworks`; holes are filled from the `Place`.
    pub collection: &'static str,
    /// `projects/{project}/regions/{location}/subnetworks/{name}`
    pub item: &'static str,
    pub id: IdStyle,
    /// `None`: members are only ever read one by one.
    pub list: Option<ListStyle>,
    /// Whether a single member can be read (`GET` of the item).
    pub readable: bool,
    pub update: UpdateStyle,
    pub family: Family,
    /// Where the API keeps an id that a recreated resource does not share, in API space: `id`, `uid`, `uniqueId`.
    pub unique_id: Option<&'static str>,
    /// The field that guards updates, in API space: `fingerprint`, `etag`, `settings.settingsVersion`.
    pub guard: Option<&'static str>,
    /// Where labels stand in file space, if the kind has any: they carry `stackctl-stack`.
    pub labels: Option<&'static str>,
    /// Its own IAM policy, if it has one (`iam:` in the file).
    pub policy: Option<Policy>,
    pub holds_data: HoldsData,
    pub durations: Durations,
    /// Days for which Google blocks the name after a delete.
    pub name_blocked_days: Option<u32>,
    /// Resources of the same value run one after another: `projects/{project}/instances/{instance}`.
    pub serialised_by: Option<&'static str>,
    pub shapes: &'static [Shape],
    pub fields: &'static [FieldRule],
    pub outputs: &'static [Output],
}
