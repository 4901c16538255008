//! From host, verb and path to a method of an API and the values in its path.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::discovery::{self, Api, ApiMethod, elsewhere};
use crate::wire::Method;

/// Where a request goes.
#[derive(Debug, Clone)]
pub struct Route {
    pub api: &'static Api,
    pub method: &'static ApiMethod,
    /// `run`, whatever region stood before it.
    pub host: String,
    /// The region in the host (`us-central1-run.googleapis.com`), if any.
    pub region: Option<String>,
    /// Values of the path's variables, decoded.
    pub params: BTreeMap<String, String>,
    /// The project as the path names it, by id or number, or `-`.
    pub project: Option<String>,
    /// The compute version that was called (`v1`, `beta`): links in answers say the same.
    pub version: String,
    /// Whether the path began with `upload/`.
    pub upload: bool,
}

/// Why there is no route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRoute {
    /// No Google API has this host.
    UnknownHost,
    /// The API has no such path, or not with this verb.
    UnknownPath,
    /// Google has this collection, the sandbox's document does not: `compute.backendServices`.
    Elsewhere(String),
}

/// Finds the method that answers.
///
/// # Errors
/// The host or the path is not Google's, or not one that the sandbox has a document for.
pub fn resolve(host: &str, verb: Method, path: &str) -> Result<Route, NoRoute> {
    let (folded, region) = fold_host(host).ok_or(NoRoute::UnknownHost)?;
    let path = path.trim_start_matches('/');
    let (path, upload) = match path.strip_prefix("upload/").or_else(|| path.strip_prefix("resumable/upload/")) {
        Some(rest) => (rest, true),
        None => (path.strip_prefix("download/").unwrap_or(path), false),
    };
    let (folded, path) = legacy(&folded, path);
    if !discovery::is_known_host(&folded) {
        return Err(NoRoute::UnknownHost);
    }
    let unknown = || elsewhere::collection(&folded, &path).map_or(NoRoute::UnknownPath, NoRoute::Elsewhere);
    let api = discovery::find(&folded, &path).ok_or_else(unknown)?;
    let (in_document, version) = alias_version(api, &path);
    let segments: Vec<String> =
        in_document.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect();
    let best = api.methods.iter().filter(|method| method.verb == verb.as_str()).filter_map(|method| {
        let (params, literals) = match_path(&api.full_path(method), &segments)?;
        Some((literals, method, params))
    });
    let (_, method, params) = best.max_by_key(|(literals, ..)| *literals).ok_or_else(unknown)?;
    let project = segments
        .windows(2)
        .find(|pair| pair[0] == "projects" || pair[0] == "namespaces")
        .map(|pair| pair[1].split(':').next().unwrap_or_default().to_owned());
    Ok(Route { api, method, host: folded, region, params, project, version, upload })
}

/// `us-central1-run.googleapis.com` → `run` and its region; also `secretmanager.us-central1.rep.googleapis.com`.
fn fold_host(host: &str) -> Option<(String, Option<String>)> {
    let host = host.split(':').next().unwrap_or(host);
    let name = host.strip_suffix(".googleapis.com").or_else(|| host.strip_suffix(".mtls.googleapis.com"))?;
    let name = name.strip_suffix(".mtls").unwrap_or(name);
    if let Some((service, region)) = name.strip_suffix(".rep").and_then(|name| name.split_once('.')) {
        return Some((service.to_owned(), Some(region.to_owned())));
    }
    match name.rsplit_once('-') {
        Some((region, service)) if discovery::is_known_host(service) => {
            Some((service.to_owned(), Some(region.to_owned())))
        }
        _ => Some((name.to_owned(), None)),
    }
}

/// `www.googleapis.com/compute/v1/…` and its like belong to the API in the path.
fn legacy(host: &str, path: &str) -> (String, String) {
    if host == "www" {
        for (prefix, service) in [("compute/", "compute"), ("sql/", "sqladmin"), ("storage/", "storage")] {
            if path.starts_with(prefix) {
                return (service.to_owned(), path.to_owned());
            }
        }
    }
    (host.to_owned(), path.to_owned())
}

/// A `beta` of an API answers what `v1` does, but links say `beta`.
fn alias_version(api: &Api, path: &str) -> (String, String) {
    let aliases = [
        ("compute", "beta", "compute/beta/"),
        ("serviceusage", "v1beta1", "v1beta1/"),
        // gcloud asks for locations there.
        ("artifactregistry", "v1beta2", "v1beta2/"),
    ];
    for (name, from, to) in aliases {
        if let Some(rest) = path.strip_prefix(to).filter(|_| api.name == name) {
            let base = if name == "compute" { api.base() } else { "v1/" };
            return (format!("{base}{rest}"), from.to_owned());
        }
    }
    if api.name == "storage" && !path.starts_with("storage/") {
        return (format!("{}{path}", api.base()), api.version.clone());
    }
    (path.to_owned(), api.version.clone())
}

/// The values of a template's variables and how many segments are literal, if the path fits.
fn match_path(template: &str, segments: &[String]) -> Option<(BTreeMap<String, String>, usize)> {
    if template.split('/').count() != segments.len() {
        return None;
    }
    let mut params = BTreeMap::new();
    let mut literals = 0;
    for (wanted, segment) in template.split('/').zip(segments) {
        match wanted.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            None if wanted == segment => literals += 2,
            None => return None,
            Some((name, verb)) => {
                let value = segment.strip_suffix(verb)?;
                if value.is_empty() {
                    return None;
                }
                literals += usize::from(!verb.is_empty());
                params.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    Some((params, literals))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(host: &str, verb: Method, path: &str) -> Result<String, NoRoute> {
        resolve(host, verb, path).map(|route| route.method.id.clone())
    }

    #[test]
    fn regional_and_legacy_hosts_fold_to_the_service() {
        let path = "/v2/projects/p/locations/us-central1/services/s";
        let route = resolve("us-central1-run.googleapis.com", Method::Get, path).unwrap();
        assert_eq!((route.host.as_str(), route.region.as_deref()), ("run", Some("us-central1")));
        assert_eq!(route.project.as_deref(), Some("p"));
        assert_eq!(route.params["servicesId"], "s");
        let www = id("www.googleapis.com", Method::Get, "/compute/beta/projects/p/global/networks/n").unwrap();
        assert_eq!(www, "compute.networks.get");
        let regional = resolve("secretmanager.us-east1.rep.googleapis.com", Method::Get, "/v1/projects/p/secrets");
        assert_eq!(regional.unwrap().region.as_deref(), Some("us-east1"));
    }

    #[test]
    fn custom_verbs_and_literals_win_over_variables() {
        let host = "serviceusage.googleapis.com";
        let of = |path| id(host, Method::Post, path).unwrap();
        assert_eq!(of("/v1/projects/p/services:batchEnable"), "serviceusage.services.batchEnable");
        assert_eq!(of("/v1/projects/p/services/run.googleapis.com:enable"), "serviceusage.services.enable");
        let policy = resolve("cloudresourcemanager.googleapis.com", Method::Post, "/v1/projects/p:getIamPolicy");
        let policy = policy.unwrap();
        assert_eq!(policy.method.id, "cloudresourcemanager.projects.getIamPolicy");
        assert_eq!(policy.project.as_deref(), Some("p"));
    }

    #[test]
    fn segments_are_decoded_one_by_one() {
        let path = "/v1/projects/-/serviceAccounts/a%40p.iam.gserviceaccount.com";
        let route = resolve("iam.googleapis.com", Method::Delete, path).unwrap();
        assert_eq!(route.params["serviceAccountsId"], "a@p.iam.gserviceaccount.com");
    }

    #[test]
    fn what_google_does_not_have_has_no_route() {
        assert_eq!(id("example.com", Method::Get, "/v1/x"), Err(NoRoute::UnknownHost));
        assert_eq!(id("run.googleapis.com", Method::Get, "/v9/projects"), Err(NoRoute::UnknownPath));
        assert_eq!(id("iam.googleapis.com", Method::Get, "/v1/projects/p/nothing"), Err(NoRoute::UnknownPath));
        let wrong_verb = id("run.googleapis.com", Method::Put, "/v2/projects/p/locations/l/services/s");
        assert_eq!(wrong_verb, Err(NoRoute::UnknownPath));
    }
}
