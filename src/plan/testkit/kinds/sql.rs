//! SQL instances and what they hold.

use super::{BASE, Spec, api, kind, rule};
use crate::kinds::rules::Flag as F;
use crate::kinds::{Compare, Descriptor, Durations, HoldsData, Kind, Location, Output, Payload, payload};
use crate::model::{Doc, Map, Place, ProjectFacts};

const CHILD: Descriptor = Descriptor {
    api: api("sqladmin.googleapis.com"),
    location: Location::Parent,
    parents: &["instance"],
    unique_id: None,
    durations: Durations { create: 3, update: 3, delete: 3 },
    serialised_by: Some("projects/{project}/instances/{instance}"),
    ..BASE
};

kind!(
    SqlInstances,
    Descriptor {
        section: "sqlInstances",
        noun: "SQL instance",
        api: api("sqladmin.googleapis.com"),
        item: "projects/{project}/instances/{name}",
        unique_id: None,
        labels: Some("labels"),
        holds_data: HoldsData::Yes("all databases of the instance"),
        durations: Durations { create: 300, update: 60, delete: 100 },
        name_blocked_days: Some(7),
        serialised_by: Some("projects/{project}/instances/{name}"),
        fields: &[
            rule("region").flags(&[F::Immutable]),
            rule("databaseVersion").flags(&[F::GrowOnly]),
            rule("diskSizeGb").flags(&[F::GrowOnly, F::ServerDefault]),
            rule("availabilityType").default("\"ZONAL\""),
            rule("rootPassword").flags(&[F::Sensitive, F::InputOnly]),
            rule("state").flags(&[F::OutputOnly]),
        ],
        outputs: &[
            Output { name: "link", path: "pscServiceAttachmentLink", doc: "" },
            Output { name: "name", path: "", doc: "" },
        ],
        ..BASE
    },
    fn known_outputs(place: &Place, _: &ProjectFacts, _: &Doc) -> Map {
        Map::from([("name".to_owned(), Doc::from(place.name()))])
    }
);

kind!(
    SqlDatabases,
    Descriptor {
        section: "sqlDatabases",
        noun: "database",
        item: "projects/{project}/instances/{instance}/databases/{name}",
        holds_data: HoldsData::Yes("its tables"),
        fields: &[rule("instance").flags(&[F::Immutable])],
        ..CHILD
    }
);

kind!(
    SqlUsers,
    Descriptor {
        section: "sqlUsers",
        noun: "SQL user",
        item: "projects/{project}/instances/{instance}/users/{name}",
        fields: &[
            rule("instance").flags(&[F::Immutable]),
            rule("password").flags(&[F::InputOnly, F::Sensitive]),
            rule("databaseRoles").flags(&[F::InputOnly]).compare(Compare::Unordered),
        ],
        ..CHILD
    },
    fn payloads(doc: &Doc) -> Vec<Payload> {
        let source = doc.get("password").and_then(payload::source_of);
        source.map(|source| Payload { name: "password", source }).into_iter().collect()
    }
);
