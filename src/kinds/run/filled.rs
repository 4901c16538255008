//! What Google fills in for a service, worker pool or job of which nothing is said.

use serde_json::json;

use crate::kinds::Descriptor;
use crate::model::{Doc, ProjectFacts};

/// Values at which a field need not stand in a file, given the rest (recordings/run).
pub(super) fn filled(descriptor: &Descriptor, project: &ProjectFacts, file: &Doc) -> Doc {
    let port = file
        .get("ports")
        .and_then(Doc::as_list)
        .and_then(|ports| ports.first()?.get("containerPort")?.as_i64())
        .unwrap_or(8080);
    let mut filled = Doc::map();
    // Google answers with what the features in use need.
    if let Some(stage) = file.get("launchStage") {
        filled.put("launchStage", stage.clone());
    }
    if let Some(number) = &project.number {
        let account = format!("{number}-compute@developer.gserviceaccount.com");
        filled.put("serviceAccount", Doc::from(account));
    }
    match descriptor.section {
        "services" => {
            filled.put("startupProbe", Doc::from(&usual_probe(port)));
            filled.put("revision.scaling.maxInstanceCount", Doc::from(100));
        }
        "workerPools" => filled.put("scaling.manualInstanceCount", Doc::from(1)),
        _ => {}
    }
    let usual = filled.get("startupProbe").cloned().unwrap_or_default();
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        if file.get(probe).is_none_or(|probe| same_probe(&usual, probe)) {
            continue;
        }
        filled.take(probe);
        for how in ["httpGet", "tcpSocket", "grpc"] {
            if file.dig(&format!("{probe}.{how}")).is_some() {
                filled.put(&format!("{probe}.{how}.port"), Doc::from(port));
            }
        }
    }
    filled
}

/// The probe of a service that has none: the port opens within four minutes.
fn usual_probe(port: i64) -> serde_json::Value {
    json!({"timeoutSeconds": 240, "periodSeconds": 240, "failureThreshold": 1, "tcpSocket": {"port": port}})
}

fn same_probe(usual: &Doc, probe: &Doc) -> bool {
    let fields = ["timeoutSeconds", "periodSeconds", "failureThreshold", "tcpSocket.port"];
    let others = ["httpGet", "grpc", "initialDelaySeconds"];
    fields.iter().all(|field| usual.dig(field).and_then(Doc::as_i64) == probe.dig(field).and_then(Doc::as_i64))
        && others.iter().all(|field| probe.get(field).is_none())
}
