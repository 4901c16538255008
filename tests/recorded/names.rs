//! What placeholders of a recording stand for, and what a case takes for granted.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use stackctl::sandbox::cloud::Cloud;
use stackctl::sandbox::policy;

use super::play::Exchange;

/// `${networkID}` that stands for a name becomes one: `networkid`.
pub fn plain_placeholders(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        plain.push_str(before);
        match name {
            "operationID" => plain.push_str("${operationID}"),
            name => plain.push_str(&name.to_lowercase().replace('_', "-")),
        }
        rest = behind;
    }
    plain + rest
}

/// In compute a placeholder of an id stands in URLs for the name, which bodies tell.
pub fn compute_url(url: &str, exchange: &Exchange) -> String {
    let path = url.split('?').next().unwrap_or(url);
    let Some(at) = path.find("ID}").and_then(|end| path[..end].rfind("${")) else { return url.to_owned() };
    let Some(collection) = path[..at].trim_end_matches('/').rsplit('/').next() else { return url.to_owned() };
    let texts =
        [&exchange.response["targetLink"], &exchange.response["selfLink"], &exchange.response["error"]["message"]];
    let told = texts.into_iter().filter_map(Json::as_str).find_map(|text| {
        let (_, rest) = text.split_once(&format!("/{collection}/"))?;
        rest.split(['/', '\'']).next().map(str::to_owned)
    });
    let end = url[at..].find('}').map_or(0, |end| at + end + 1);
    told.map_or_else(|| url.to_owned(), |name| format!("{}{name}{}", &url[..at], &url[end..]))
}

/// Resources that share one placeholder: the second and further ones get names of their own.
#[derive(Debug, Default)]
pub struct Twins {
    /// By the name that all have: the range that tells each, and its name here.
    known: BTreeMap<String, Vec<(String, String)>>,
}

impl Twins {
    /// Names a subnetwork that is made.
    pub fn make(&mut self, body: &mut Json) {
        let (Some(name), Some(range)) = (body["name"].as_str(), body["ipCidrRange"].as_str()) else { return };
        let twins = self.known.entry(name.to_owned()).or_default();
        let own = if twins.is_empty() { name.to_owned() } else { format!("{name}-twin{}", twins.len()) };
        twins.push((range.to_owned(), own.clone()));
        body["name"] = json!(own);
    }

    /// The path of the subnetwork that an exchange means: by the range in its answer; one that is not there where the
    /// answer says so; else one that is there and not read later.
    pub fn path(&self, path: &str, exchange: &Exchange, later: &[Exchange], is_there: impl Fn(&str) -> bool) -> String {
        let Some((collection, rest)) = path.split_once("/subnetworks/") else { return path.to_owned() };
        let name = rest.split('/').next().unwrap_or_default();
        let Some(twins) = self.known.get(name) else { return path.to_owned() };
        let at = |own: &str| format!("{collection}/subnetworks/{}", rest.replacen(name, own, 1));
        let is_read = |range: &str| {
            let mut reads = later.iter().take_while(|one| one.method != "POST" || !one.url.contains("/subnetworks"));
            reads.any(|one| one.url == exchange.url && one.response["ipCidrRange"] == *range)
        };
        if exchange.status == 404 {
            let gone = twins.iter().map(|(_, own)| at(own)).find(|path| !is_there(path));
            return gone.unwrap_or_else(|| at(&format!("{name}-twin{}", twins.len())));
        }
        let by_range = twins.iter().find(|(range, _)| exchange.response["ipCidrRange"] == **range);
        let unread = || twins.iter().find(|(range, own)| is_there(&at(own)) && !is_read(range));
        let any = || twins.iter().find(|(_, own)| is_there(&at(own)));
        by_range.or_else(unread).or_else(any).map_or_else(|| path.to_owned(), |(_, own)| at(own))
    }

    /// An answer with the name that all twins have.
    pub fn undone(text: &str) -> String {
        (1..9).fold(text.to_owned(), |text, number| text.replace(&format!("-twin{number}"), ""))
    }
}

/// Others write a project's policy between two reads, too: what the recorded server had is there before each read.
pub fn lay_policy(cloud: &mut Cloud, project: &str, recorded: &Json) {
    let text = recorded["bindings"].to_string();
    let domain = format!("@{project}.iam.gserviceaccount.com");
    for (at, _) in text.match_indices(&domain) {
        let account = text[..at].rsplit(':').next().unwrap_or_default();
        let key = format!("iam/projects/{project}/serviceAccounts/{account}{domain}");
        if !cloud.store.has(&key) {
            cloud.store.put(key, json!({}));
        }
    }
    let bindings = recorded["bindings"].as_array().cloned().unwrap_or_default();
    policy::seed(cloud, &format!("policy/projects/{project}"), bindings);
}
