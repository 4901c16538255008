//! Client certificates of an instance.

use serde_json::{Value as Json, json};

use super::{begin, document, instance, invalid, nothing, refuse_busy, root};
use crate::sandbox::fault::Fault;
use crate::sandbox::operation::{Begin, Lasts};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;

pub(super) fn insert(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    let common = call.text("commonName").unwrap_or_default().to_owned();
    let existing = call.cloud.store.children(&format!("{key}/sslCerts"));
    if common.is_empty() || existing.into_iter().any(|(_, known)| known["commonName"] == common) {
        return Err(invalid(format!("Invalid request: The common name ({common}) is missing or in use.")));
    }
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let now = call.now();
    let mut certificate = document::server_ca(call.cloud, &name, now);
    certificate["commonName"] = json!(common);
    certificate["certSerialNumber"] = json!(call.cloud.ids.digits(9));
    let print = certificate["sha1Fingerprint"].as_str().unwrap_or_default().to_owned();
    call.cloud.store.put(format!("{key}/sslCerts/{print}"), certificate.clone());
    let root = root(call);
    let private = format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", call.cloud.ids.hex(64));
    let operation = begin(call, &project, "UPDATE", &name, Begin::default(), Lasts::NO_TIME);
    Ok(json!({
        "kind": "sql#sslCertsInsert",
        "operation": operation.response.body.as_json(),
        "serverCaCert": document["serverCaCert"],
        "clientCert": {"certInfo": shown(&certificate, &project.id, root), "certPrivateKey": private},
    })
    .into())
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, _) = instance(call)?;
    let certificate = call.cloud.store.get(&format!("{key}/sslCerts/{}", call.param("sha1Fingerprint")));
    Ok(shown(certificate.ok_or_else(nothing)?, &project.id, root(call)).into())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, _) = instance(call)?;
    let root = root(call);
    let certificates = call.cloud.store.children(&format!("{key}/sslCerts"));
    let certificates: Vec<Json> = certificates.into_iter().map(|(_, one)| shown(one, &project.id, root)).collect();
    let mut answer = json!({"kind": "sql#sslCertsList"});
    if !certificates.is_empty() {
        answer["items"] = json!(certificates);
    }
    Ok(answer.into())
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (project, key, document) = instance(call)?;
    refuse_busy(call, &key)?;
    let print = call.param("sha1Fingerprint").to_owned();
    call.cloud.store.remove(&format!("{key}/sslCerts/{print}")).ok_or_else(nothing)?;
    let name = document["name"].as_str().unwrap_or_default();
    Ok(begin(call, &project, "UPDATE", name, Begin::default(), Lasts::NO_TIME))
}

fn shown(certificate: &Json, project: &str, root: &str) -> Json {
    let mut shown = public(certificate);
    let text = |field: &str| certificate[field].as_str().unwrap_or_default();
    let (instance, print) = (text("instance"), text("sha1Fingerprint"));
    shown["selfLink"] = json!(format!("{root}/projects/{project}/instances/{instance}/sslCerts/{print}"));
    shown
}
