//! Operations of compute: get, wait, delete.

use serde_json::json;

use super::fail;
use crate::sandbox::fault::Fault;
use crate::sandbox::service::{Call, Reply};

/// For how long `wait` stays, in seconds.
const LONGEST_WAIT: i64 = 120;

pub(super) fn answer(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    let project = call.project()?;
    let region = call.param("region");
    let scope = if region.is_empty() { "global".to_owned() } else { format!("regions/{region}") };
    let path = format!("projects/{}/{scope}/operations/{}", project.id, call.param("operation"));
    let key = format!("op/compute/{path}");
    let missing = || fail::missing(&path);
    match verb {
        "get" => call.poll(&key, missing),
        "wait" => call.wait(&key, LONGEST_WAIT, missing),
        "delete" => {
            let done = call.cloud.operation(&key).ok_or_else(missing)?.is_done();
            if !done {
                return Err(fail::not_ready(&path));
            }
            call.cloud.store.remove(&key);
            Ok(json!({}).into())
        }
        _ => Err(Fault::not_played(call.id())),
    }
}
