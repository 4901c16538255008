//! Addresses that Cloud Run takes in a subnet for direct VPC egress, and holds for an hour or two after it has left.
//!
//! One block of 16 per subnet, a compute address of purpose `SERVERLESS` that no public API deletes. Cloud Run's side
//! calls [`attach`] when a revision, worker pool or job begins to use a subnet and [`detach`] when its resource goes or
//! stops using it.

use ipnet::Ipv4Net;
use serde_json::{Value as Json, json};

use crate::sandbox::cloud::{Cloud, Pace};
use crate::sandbox::operation::{Effect, compute_link};
use crate::sandbox::times;

/// Seconds for which the hold lasts after the last user has left: 75 to 130 minutes were seen.
const HOLD: (u64, u64) = (75 * 60, 130 * 60);
/// The same in an instant cloud: long enough for whoever deletes the subnet at once to meet the hold, short enough for
/// a run of gcloud, which takes its time between two commands, to find it gone.
const INSTANT_HOLD: (u64, u64) = (6, 6);
/// Smallest subnet that Cloud Run takes, as a prefix length.
const SMALLEST: u8 = 26;

/// Why Cloud Run cannot use a subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// No such subnet; its path.
    NoSubnet(String),
    /// Smaller than a /26.
    TooSmall(String),
    /// No free block of 16 addresses.
    Full(String),
}

/// Lets `user` (the key of a Cloud Run resource) use a subnet, named by its path from `projects/` on.
///
/// # Errors
/// The subnet cannot serve it.
pub fn attach(cloud: &mut Cloud, user: &str, subnetwork: &str) -> Result<(), Refused> {
    let subnet = subnet_key(cloud, subnetwork).ok_or_else(|| Refused::NoSubnet(subnetwork.to_owned()))?;
    let document = cloud.store.get(&subnet).ok_or_else(|| Refused::NoSubnet(subnetwork.to_owned()))?;
    let range: Option<Ipv4Net> = document["ipCidrRange"].as_str().and_then(|text| text.parse().ok());
    let range = range.filter(|range| range.prefix_len() <= SMALLEST);
    let range = range.ok_or_else(|| Refused::TooSmall(subnetwork.to_owned()))?;
    if let Some(key) = held(cloud, &subnet) {
        let name = timer(&key);
        cloud.stop_timer(&name);
        let address = cloud.store.get_mut(&key).expect("just found");
        address["status"] = json!("IN_USE");
        let users = address["$users"].as_array_mut().expect("written as a list below");
        if !users.iter().any(|known| known == user) {
            users.push(json!(user));
        }
        return Ok(());
    }
    let block = free_block(cloud, &subnet, range).ok_or_else(|| Refused::Full(subnetwork.to_owned()))?;
    take(cloud, user, &subnet, block);
    Ok(())
}

/// `user` uses no subnet any more; where it was the last, the hold begins.
pub fn detach(cloud: &mut Cloud, user: &str) {
    let mine =
        |document: &Json| document["$users"].as_array().is_some_and(|users| users.iter().any(|known| known == user));
    let addresses: Vec<String> =
        cloud.store.under("compute/").filter(|(_, document)| mine(document)).map(|(key, _)| key.to_owned()).collect();
    for key in addresses {
        let address = cloud.store.get_mut(&key).expect("just found");
        let users = address["$users"].as_array_mut().expect("found by its users");
        users.retain(|known| known != user);
        if users.is_empty() {
            address["status"] = json!("RESERVED");
            let hold = if cloud.settings.pace == Pace::Timed { HOLD } else { INSTANT_HOLD };
            let seconds = i64::try_from(cloud.ids.between(hold.0, hold.1)).unwrap_or(i64::MAX);
            let at = times::plus_seconds(cloud.now, seconds);
            cloud.set_timer(&timer(&key), at, vec![Effect::Delete(key)]);
        }
    }
}

/// Ends all holds now, as if their time had come.
pub fn release_all(cloud: &mut Cloud) {
    let held: Vec<String> = cloud
        .store
        .under("compute/")
        .filter(|(_, document)| document["$users"].as_array().is_some_and(Vec::is_empty))
        .map(|(key, _)| key.to_owned())
        .collect();
    for key in held {
        let name = timer(&key);
        cloud.stop_timer(&name);
        cloud.store.remove(&key);
    }
}

fn timer(address: &str) -> String {
    format!("serverless/{address}")
}

/// The subnet's key, the project by id or number.
fn subnet_key(cloud: &Cloud, path: &str) -> Option<String> {
    let path = path.find("projects/").map(|at| &path[at..])?;
    let (project, rest) = path["projects/".len()..].split_once('/')?;
    Some(format!("compute/projects/{}/{rest}", cloud.project(project)?.id))
}

fn region_key(subnet: &str) -> &str {
    subnet.split_once("/subnetworks/").map_or(subnet, |(region, _)| region)
}

fn held(cloud: &Cloud, subnet: &str) -> Option<String> {
    let addresses = format!("{}/addresses", region_key(subnet));
    let mut addresses = cloud.store.children(&addresses).into_iter();
    addresses.find(|(_, document)| document["$subnet"] == subnet).map(|(key, _)| key.to_owned())
}

/// The first block of 16 that holds neither the subnet's own addresses nor a reserved one.
fn free_block(cloud: &Cloud, subnet: &str, range: Ipv4Net) -> Option<Ipv4Net> {
    let addresses = format!("{}/addresses", region_key(subnet));
    let taken: Vec<std::net::Ipv4Addr> = cloud
        .store
        .children(&addresses)
        .into_iter()
        .filter_map(|(_, document)| document["address"].as_str()?.parse().ok())
        .collect();
    let blocks = range.subnets(28).ok()?;
    // The first holds the gateway. 4096 blocks are a /16: further nobody gets.
    blocks.skip(1).take(4096).find(|block| !taken.iter().any(|address| block.contains(address)))
}

fn take(cloud: &mut Cloud, user: &str, subnet: &str, block: Ipv4Net) {
    let region = region_key(subnet).trim_start_matches("compute/").to_owned();
    let name = format!("serverless-ipv4-{}", cloud.ids.numeric());
    let path = format!("{region}/addresses/{name}");
    let document = json!({
        "kind": "compute#address",
        "id": cloud.ids.numeric(),
        "creationTimestamp": times::compute(cloud.now),
        "name": name,
        "description": "",
        "address": block.network().to_string(),
        "prefixLength": 28,
        "status": "IN_USE",
        "region": compute_link("v1", &region),
        "selfLink": compute_link("v1", &path),
        "networkTier": "PREMIUM",
        "labelFingerprint": "42WmSpB8rSM=",
        "addressType": "INTERNAL",
        "purpose": "SERVERLESS",
        "subnetwork": compute_link("v1", subnet.trim_start_matches("compute/")),
        "$users": [user],
        "$subnet": subnet,
    });
    cloud.store.put(format!("compute/{path}"), document);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::cloud::Settings;

    const SUBNET: &str = "projects/demo-project-1/regions/us-central1/subnetworks/s";

    fn cloud(range: &str) -> Cloud {
        let mut cloud = Cloud::new(1, Settings { pace: Pace::Timed, ..Settings::default() });
        cloud.make_project("demo-project-1");
        cloud.store.put(format!("compute/{SUBNET}"), json!({"ipCidrRange": range}));
        cloud
    }

    fn addresses(cloud: &Cloud) -> Vec<Json> {
        let all = cloud.store.children("compute/projects/demo-project-1/regions/us-central1/addresses");
        all.into_iter().map(|(_, document)| document.clone()).collect()
    }

    #[test]
    fn the_hold_lasts_75_to_130_minutes_after_the_last_user_has_left() {
        let mut cloud = cloud("10.0.0.0/24");
        attach(&mut cloud, "run/a", SUBNET).unwrap();
        attach(&mut cloud, "run/b", SUBNET).unwrap();
        attach(&mut cloud, "run/b", SUBNET).unwrap();
        assert_eq!(addresses(&cloud).len(), 1);
        assert_eq!(addresses(&cloud)[0]["address"], "10.0.0.16");
        detach(&mut cloud, "run/a");
        cloud.advance(times::plus_seconds(cloud.now, 200 * 60));
        assert_eq!(addresses(&cloud)[0]["status"], "IN_USE");
        detach(&mut cloud, "run/b");
        let left = cloud.now;
        cloud.advance(times::plus_seconds(left, 75 * 60 - 1));
        assert_eq!(addresses(&cloud)[0]["status"], "RESERVED");
        cloud.advance(times::plus_seconds(left, 130 * 60));
        assert!(addresses(&cloud).is_empty());
    }

    #[test]
    fn an_instant_cloud_holds_for_seconds() {
        let mut cloud = cloud("10.0.0.0/24");
        cloud.settings.pace = Pace::Instant;
        attach(&mut cloud, "run/a", SUBNET).unwrap();
        detach(&mut cloud, "run/a");
        cloud.advance(times::plus_seconds(cloud.now, 5));
        assert_eq!(addresses(&cloud)[0]["status"], "RESERVED");
        cloud.advance(times::plus_seconds(cloud.now, 1));
        assert!(addresses(&cloud).is_empty());
    }

    #[test]
    fn a_new_user_takes_over_what_is_held() {
        let mut cloud = cloud("10.0.0.0/26");
        attach(&mut cloud, "run/a", SUBNET).unwrap();
        detach(&mut cloud, "run/a");
        attach(&mut cloud, "run/b", SUBNET).unwrap();
        cloud.advance(times::plus_seconds(cloud.now, 200 * 60));
        assert_eq!(addresses(&cloud).len(), 1);
        detach(&mut cloud, "run/b");
        release_all(&mut cloud);
        assert!(addresses(&cloud).is_empty());
    }

    #[test]
    fn subnets_that_are_missing_or_small_are_refused() {
        let mut cloud = cloud("10.0.0.0/27");
        assert_eq!(attach(&mut cloud, "run/a", SUBNET), Err(Refused::TooSmall(SUBNET.to_owned())));
        let other = "projects/demo-project-1/regions/us-central1/subnetworks/t";
        assert_eq!(attach(&mut cloud, "run/a", other), Err(Refused::NoSubnet(other.to_owned())));
    }
}
