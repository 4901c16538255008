//! URLs, etags and other texts that follow from a resource's name, place and time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::sandbox::cloud::Project;
use crate::sandbox::ids;

/// How hash URLs abbreviate regions, where it is publicly known.
const CODES: [(&str, &str); 32] = [
    ("asia-east1", "de"),
    ("asia-east2", "df"),
    ("asia-northeast1", "an"),
    ("asia-northeast2", "dt"),
    ("asia-northeast3", "du"),
    ("asia-south1", "el"),
    ("asia-south2", "em"),
    ("asia-southeast1", "as"),
    ("asia-southeast2", "et"),
    ("australia-southeast1", "ts"),
    ("australia-southeast2", "km"),
    ("europe-central2", "lm"),
    ("europe-north1", "lz"),
    ("europe-southwest1", "no"),
    ("europe-west1", "ew"),
    ("europe-west2", "nw"),
    ("europe-west3", "ey"),
    ("europe-west4", "ez"),
    ("europe-west6", "oa"),
    ("europe-west8", "oc"),
    ("europe-west9", "od"),
    ("me-west1", "zf"),
    ("northamerica-northeast1", "nn"),
    ("northamerica-northeast2", "pd"),
    ("southamerica-east1", "rj"),
    ("southamerica-west1", "tl"),
    ("us-central1", "uc"),
    ("us-east1", "ue"),
    ("us-east4", "uk"),
    ("us-south1", "vp"),
    ("us-west1", "uw"),
    ("us-west4", "wn"),
];

/// The URL that is known before a service exists, where name and number fit into a DNS label.
pub(super) fn deterministic(project: &Project, location: &str, service: &str) -> Option<String> {
    let label = format!("{service}-{}", project.number);
    (label.len() <= 63).then(|| format!("https://{label}.{location}.run.app"))
}

/// The older URL: the same ten characters for all services of a project in a region.
pub(super) fn hashed(project: &Project, location: &str, service: &str) -> String {
    format!("https://{service}-{}", host_tail(project, location))
}

/// The URL of a tag.
pub(super) fn tagged(project: &Project, location: &str, service: &str, tag: &str) -> String {
    format!("https://{tag}---{service}-{}", host_tail(project, location))
}

fn host_tail(project: &Project, location: &str) -> String {
    let code = CODES.iter().find(|(region, _)| *region == location).map_or("zz", |(_, code)| code);
    let mut seed = ids::hash(&format!("{}/{location}", project.number));
    let letters = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash: String = (0..10)
        .map(|_| {
            seed = ids::mix(seed);
            char::from(letters[usize::try_from(seed % 32).unwrap_or(0)])
        })
        .collect();
    format!("{hash}-{code}.a.run.app")
}

/// All URLs of a service, the deterministic first.
pub(super) fn all(project: &Project, location: &str, service: &str) -> Vec<String> {
    deterministic(project, location, service).into_iter().chain([hashed(project, location, service)]).collect()
}

/// Recorded: the time of the last change as a protobuf `Timestamp`, then the resource's name, each in base64.
pub(super) fn etag(at: Timestamp, name: &str) -> Json {
    let mut time = vec![0x08];
    varint(u64::try_from(at.as_second()).unwrap_or(0), &mut time);
    time.push(0x10);
    varint(u64::try_from(at.subsec_nanosecond()).unwrap_or(0), &mut time);
    json!(format!("\"{}/{}\"", URL_SAFE_NO_PAD.encode(time), URL_SAFE_NO_PAD.encode(name)))
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number as u8) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> Project {
        Project { id: "demo-project-1".into(), number: "123456789012".into() }
    }

    #[test]
    fn a_service_has_two_urls_unless_its_name_is_too_long() {
        let urls = all(&project(), "us-central1", "prefect-server");
        assert_eq!(urls[0], "https://prefect-server-123456789012.us-central1.run.app");
        assert!(urls[1].starts_with("https://prefect-server-") && urls[1].ends_with("-uc.a.run.app"), "{}", urls[1]);
        assert_eq!(all(&project(), "us-central1", &"a".repeat(60)).len(), 1);
    }

    /// `"CLmc4rAGENjp9s0B/cHJvamVjdHMv…"` of `service-cassette-2024-04-16`, updated at that time.
    #[test]
    fn etags_are_those_that_google_would_give() {
        let at = "2024-04-12T01:28:25.431863Z".parse().unwrap();
        let etag = etag(at, "projects/p/locations/l/services/s");
        assert!(etag.as_str().unwrap().starts_with("\"CLmc4rAGENjp9s0B/cHJvamVjdHMv"), "{etag}");
    }
}
