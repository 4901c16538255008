//! IAM credentials: tokens and signatures of service accounts, which open nothing.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

use crate::sandbox::fault::Fault;
use crate::sandbox::service::{Call, Reply, Service, completes_nothing};
use crate::sandbox::times;

pub(super) static SERVICE: Service = Service { host: "iamcredentials", handle: answer, complete: completes_nothing };

fn answer(call: &mut Call<'_>) -> Result<Reply, Fault> {
    super::iam::find(call)?;
    let verb = call.id().rsplit('.').next().unwrap_or_default();
    match verb {
        "generateAccessToken" => access_token(call),
        "generateIdToken" => {
            let claims = json!({"aud": call.text("audience"), "email": call.param("serviceAccountsId")});
            Ok(json!({"token": unsigned(&claims)}).into())
        }
        "signBlob" | "signJwt" => sign(call, verb),
        _ => Err(Fault::not_played(call.id())),
    }
}

fn access_token(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let scopes = call.body["scope"].as_array().map_or(0, Vec::len);
    if scopes == 0 {
        return Err(Fault::invalid("Request contains an invalid argument: at least one scope is needed."));
    }
    let lifetime = call.text("lifetime").and_then(|text| text.strip_suffix('s')?.parse().ok()).unwrap_or(3600);
    let token = format!("ya29.sandbox-{}", call.cloud.ids.lower(40));
    let expires = times::seconds(times::plus_seconds(call.now(), lifetime));
    Ok(json!({"accessToken": token, "expireTime": expires}).into())
}

/// Signs with a key that nobody has.
pub(super) fn sign(call: &mut Call<'_>, verb: &str) -> Result<Reply, Fault> {
    let id = call.cloud.ids.hex(40);
    let signature = STANDARD.encode(call.cloud.ids.bytes(64));
    Ok(match verb {
        "signJwt" => {
            let claims: Json =
                call.text("payload").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            json!({"keyId": id, "signedJwt": unsigned(&claims)})
        }
        _ => json!({"keyId": id, "signedBlob": signature}),
    }
    .into())
}

fn unsigned(claims: &Json) -> String {
    let encode = |value: &Json| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", encode(&json!({"alg": "none", "typ": "JWT"})), encode(claims))
}
