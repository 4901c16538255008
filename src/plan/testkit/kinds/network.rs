//! Networks and what stands in them.

use super::{BASE, Spec, kind, rule};
use crate::kinds::rules::Flag as F;
use crate::kinds::{Compare, Descriptor, Durations, Kind, Location, Output};
use crate::model::{Doc, Map, Place, ProjectFacts};

kind!(
    Networks,
    Descriptor {
        section: "networks",
        noun: "network",
        location: Location::Global,
        item: "projects/{project}/global/networks/{name}",
        ..BASE
    }
);

kind!(
    Subnetworks,
    Descriptor {
        section: "subnetworks",
        noun: "subnetwork",
        item: "projects/{project}/regions/{location}/subnetworks/{name}",
        fields: &[
            rule("network").flags(&[F::Immutable]).compare(Compare::Link),
            rule("ipCidrRange").flags(&[F::GrowOnly]).compare(Compare::Cidr),
            rule("secondaryIpRanges").compare(Compare::KeyedBy("rangeName")),
            rule("privateIpGoogleAccess").default("false"),
            rule("gatewayAddress").flags(&[F::OutputOnly]),
        ],
        ..BASE
    }
);

kind!(
    Addresses,
    Descriptor {
        section: "addresses",
        noun: "address",
        item: "projects/{project}/regions/{location}/addresses/{name}",
        fields: &[
            rule("subnetwork").flags(&[F::Immutable]).compare(Compare::Link),
            rule("address").flags(&[F::Immutable]),
        ],
        outputs: &[Output { name: "address", path: "address", doc: "" }],
        durations: Durations { create: 2, update: 1, delete: 2 },
        ..BASE
    },
    fn known_outputs(_: &Place, _: &ProjectFacts, doc: &Doc) -> Map {
        doc.get("address").map(|value| ("address".to_owned(), value.clone())).into_iter().collect()
    }
);

kind!(
    ForwardingRules,
    Descriptor {
        section: "forwardingRules",
        noun: "forwarding rule",
        item: "projects/{project}/regions/{location}/forwardingRules/{name}",
        labels: Some("labels"),
        fields: &[
            rule("network").flags(&[F::Immutable]).compare(Compare::Link),
            rule("subnetwork").flags(&[F::Immutable]).compare(Compare::Link),
            rule("address").flags(&[F::Immutable]).compare(Compare::Link),
            rule("target").flags(&[F::Immutable]).compare(Compare::Link),
        ],
        ..BASE
    }
);
