//! Service attachments: what a PSC endpoint connects to. Whoever publishes one writes it here, compute's forwarding
//! rules look it up; neither knows the other.

use serde_json::{Value as Json, json};

use crate::sandbox::cloud::Cloud;

/// A published service attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// `projects/TENANT/regions/R/serviceAttachments/NAME`, as its owner shows it.
    pub path: String,
    /// Projects that may connect, by id or number; `None` where every project may.
    pub accepts: Option<Vec<String>>,
}

/// Publishes an attachment, or changes who may connect.
pub fn publish(cloud: &mut Cloud, attachment: &Attachment) {
    cloud.store.put(key(&attachment.path), json!({"path": attachment.path, "accepts": attachment.accepts}));
}

/// Withdraws an attachment: endpoints that point at it become `CLOSED`.
pub fn withdraw(cloud: &mut Cloud, path: &str) {
    cloud.store.remove(&key(path));
}

/// The attachment that a target names: a full URL or a path, the project by id or number.
pub fn find(cloud: &Cloud, target: &str) -> Option<Attachment> {
    let document = cloud.store.get(&key(target))?;
    let accepts = document["accepts"].as_array();
    Some(Attachment {
        path: document["path"].as_str()?.to_owned(),
        accepts: accepts.map(|list| list.iter().filter_map(Json::as_str).map(str::to_owned).collect()),
    })
}

/// Names of attachments are unique in a region: the tenant project is left out, it may be given by id or number.
fn key(target: &str) -> String {
    let path = target.split_once("/regions/").map_or(target, |(_, rest)| rest);
    format!("attachment/{path}")
}

/// The state of a connection from a project to a target, as `pscConnectionStatus` says it.
pub fn status(cloud: &Cloud, consumer: &str, target: &str) -> &'static str {
    let Some(attachment) = find(cloud, target) else { return "CLOSED" };
    let Some(accepts) = attachment.accepts else { return "ACCEPTED" };
    let project = cloud.project(consumer);
    let named = |name: &String| project.as_ref().is_some_and(|project| *name == project.id || *name == project.number);
    if accepts.iter().any(named) { "ACCEPTED" } else { "PENDING" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::cloud::Settings;

    #[test]
    fn a_connection_follows_the_attachment() {
        let mut cloud = Cloud::new(1, Settings::default());
        let number = cloud.make_project("demo-project-1").number;
        let path = "projects/x-tp/regions/us-central1/serviceAttachments/a-1";
        let target = "https://www.googleapis.com/compute/v1/projects/77/regions/us-central1/serviceAttachments/a-1";
        assert_eq!(status(&cloud, "demo-project-1", target), "CLOSED");
        let mut attachment = Attachment { path: path.to_owned(), accepts: Some(vec!["other-project".to_owned()]) };
        publish(&mut cloud, &attachment);
        assert_eq!(status(&cloud, "demo-project-1", target), "PENDING");
        attachment.accepts = Some(vec![number]);
        publish(&mut cloud, &attachment);
        assert_eq!(status(&cloud, "demo-project-1", target), "ACCEPTED");
        withdraw(&mut cloud, path);
        assert_eq!(status(&cloud, "demo-project-1", target), "CLOSED");
    }
}
