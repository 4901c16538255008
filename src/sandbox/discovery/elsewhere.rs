//! Collections that Google's APIs have and the embedded documents do not: what is asked of them is not played, which is
//! another thing than a path that Google does not have.

/// The collections, by folded host.
const COLLECTIONS: [(&str, &[&str]); 5] = [
    ("compute", &COMPUTE),
    (
        "cloudresourcemanager",
        &["effectiveTags", "folders", "liens", "organizations", "tagBindings", "tagHolds", "tagKeys", "tagValues"],
    ),
    ("iam", &["iamPolicies", "permissions", "policies", "roles", "workforcePools"]),
    (
        "logging",
        &["buckets", "exclusions", "links", "logs", "metrics", "monitoredResourceDescriptors", "sinks", "views"],
    ),
    (
        "storage",
        &[
            "acl",
            "anywhereCaches",
            "channels",
            "defaultObjectAcl",
            "folders",
            "hmacKeys",
            "managedFolders",
            "notificationConfigs",
            "serviceAccount",
        ],
    ),
];

const COMPUTE: [&str; 64] = [
    "acceleratorTypes",
    "autoscalers",
    "backendBuckets",
    "backendServices",
    "commitments",
    "crossSiteNetworks",
    "diskTypes",
    "disks",
    "externalVpnGateways",
    "firewallPolicies",
    "futureReservations",
    "healthCheckServices",
    "healthChecks",
    "httpHealthChecks",
    "httpsHealthChecks",
    "images",
    "instanceGroupManagers",
    "instanceGroups",
    "instanceSettings",
    "instanceTemplates",
    "instances",
    "instantSnapshots",
    "interconnectAttachmentGroups",
    "interconnectAttachments",
    "interconnectGroups",
    "interconnectLocations",
    "interconnectRemoteLocations",
    "interconnects",
    "licenseCodes",
    "licenses",
    "machineImages",
    "machineTypes",
    "networkAttachments",
    "networkEdgeSecurityServices",
    "networkEndpointGroups",
    "networkProfiles",
    "nodeGroups",
    "nodeTemplates",
    "nodeTypes",
    "notificationEndpoints",
    "packetMirrorings",
    "previewFeatures",
    "publicAdvertisedPrefixes",
    "publicDelegatedPrefixes",
    "reservations",
    "resourcePolicies",
    "securityPolicies",
    "snapshotSettings",
    "snapshots",
    "sslCertificates",
    "sslPolicies",
    "storagePoolTypes",
    "storagePools",
    "targetGrpcProxies",
    "targetHttpProxies",
    "targetHttpsProxies",
    "targetInstances",
    "targetPools",
    "targetSslProxies",
    "targetTcpProxies",
    "targetVpnGateways",
    "urlMaps",
    "vpnGateways",
    "zones",
];

/// The collection that a path at a folded host means, with its API: `compute.backendServices`.
pub fn collection(host: &str, path: &str) -> Option<String> {
    let (_, known) = COLLECTIONS.iter().find(|(api, _)| *api == host)?;
    let mut plain = path.split('/').map(|segment| segment.split(':').next().unwrap_or_default());
    // The last one counts: `zones/Z/instances` asks for instances.
    let found = plain.rfind(|segment| known.contains(segment))?;
    Some(format!("{host}.{found}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_that_google_has_is_told_from_one_that_nobody_has() {
        let of = |path| collection("compute", path);
        let instances = of("compute/v1/projects/p/zones/z/instances/i");
        assert_eq!(instances.as_deref(), Some("compute.instances"));
        assert_eq!(of("compute/v1/projects/p/zones").as_deref(), Some("compute.zones"));
        assert_eq!(of("compute/v1/projects/p/global/nothing"), None);
        assert_eq!(collection("iam", "v1/permissions:queryTestablePermissions").as_deref(), Some("iam.permissions"));
        assert_eq!(collection("run", "v2/projects/p/instances"), None);
    }

    #[test]
    fn no_collection_of_a_document_is_named_here() {
        for (host, known) in COLLECTIONS {
            for api in super::super::all().filter(|api| api.name == host) {
                let own = |name: &&&str| api.methods.iter().any(|method| method.id.split('.').nth(1) == Some(**name));
                assert_eq!(known.iter().filter(own).count(), 0, "{host}");
            }
        }
    }
}
