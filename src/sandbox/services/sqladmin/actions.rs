//! What can be done to an instance beside changing its settings: restarts, failovers, certificates.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{begin, document, instance, invalid, refuse_busy};
use crate::sandbox::cloud::Cloud;
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Begin, Effect, Lasts};
use crate::sandbox::service::{Call, Reply};

pub(super) fn restart(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    if document["settings"]["activationPolicy"] == "NEVER" {
        return Err(invalid("Invalid request: Invalid request since instance is not running."));
    }
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let begun = Begin { targets: vec![key], effects: Vec::new() };
    Ok(begin(call, &project, "RESTART", &name, begun, Lasts::seconds(30, 90)))
}

pub(super) fn failover(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    let settings = &document["settings"];
    if settings["availabilityType"] != "REGIONAL" {
        return Err(invalid("Invalid request: Failover is only possible for a highly available instance."));
    }
    if call.text("failoverContext.settingsVersion").is_some_and(|given| settings["settingsVersion"] != given) {
        return Err(Fault::new(412, "FAILED_PRECONDITION", "staleData", "Condition does not match."));
    }
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let effects = vec![Effect::call("sqladmin", "failedOver", json!({ "key": key }))];
    Ok(begin(call, &project, "FAILOVER", &name, Begin { targets: vec![key], effects }, Lasts::seconds(60, 120)))
}

/// Ends a failover: the two zones have changed places.
pub(super) fn failed_over(cloud: &mut Cloud, key: &str) {
    if let Some(document) = cloud.store.get_mut(key) {
        let (first, second) = (document["gceZone"].clone(), document["secondaryGceZone"].clone());
        document["gceZone"] = second;
        document["secondaryGceZone"] = first;
    }
}

/// A new certificate authority; client certificates of the old one are gone.
pub(super) fn reset_ssl(call: &mut Call<'_>) -> Result<Reply, Fault> {
    rotate(call, Lasts::seconds(30, 90))
}

pub(super) fn rotate_ca(call: &mut Call<'_>) -> Result<Reply, Fault> {
    rotate(call, Lasts::seconds(10, 30))
}

fn rotate(call: &mut Call<'_>, lasts: Lasts) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let effects = vec![Effect::call("sqladmin", "rotated", json!({ "key": key }))];
    Ok(begin(call, &project, "UPDATE", &name, Begin { targets: vec![key], effects }, lasts))
}

/// Ends a change of the certificate authority.
pub(super) fn rotated(cloud: &mut Cloud, at: Timestamp, key: &str) {
    let Some(name) = cloud.store.get(key).and_then(|document| document["name"].as_str()).map(str::to_owned) else {
        return;
    };
    let authority = document::server_ca(cloud, &name, at);
    if let Some(document) = cloud.store.get_mut(key) {
        document["serverCaCert"] = authority;
    }
    for certificate in cloud.store.keys_under(&format!("{key}/sslCerts/")) {
        cloud.store.remove(&certificate);
    }
}

pub(super) fn list_cas(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (_, _, document) = instance(call)?;
    let mut answer = json!({"kind": "sql#instancesListServerCas"});
    if let Some(authority) = document.get("serverCaCert") {
        answer["certs"] = Json::Array(vec![authority.clone()]);
        answer["activeVersion"] = authority["sha1Fingerprint"].clone();
    }
    Ok(answer.into())
}
