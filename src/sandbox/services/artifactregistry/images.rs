//! Docker images: their names, and how they get into a repository.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::sandbox::cloud::{Cloud, Images};
use crate::sandbox::times;

/// An image's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub location: String,
    pub project: String,
    pub repository: String,
    /// With its slashes: `team/server`.
    pub name: String,
    pub tag: Option<String>,
    /// `sha256:…`
    pub digest: Option<String>,
}

/// Reads `us-central1-docker.pkg.dev/PROJECT/REPOSITORY/NAME[:TAG][@DIGEST]`; `None` for an image elsewhere.
pub fn parse(image: &str) -> Option<Image> {
    let (host, path) = image.split_once('/')?;
    let location = host.strip_suffix("-docker.pkg.dev")?;
    let (path, digest) = match path.split_once('@') {
        Some((path, digest)) => (path, Some(digest.to_owned())),
        None => (path, None),
    };
    let mut parts = path.splitn(3, '/');
    let (project, repository, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) => (name, Some(tag.to_owned())),
        None => (rest, None),
    };
    Some(Image {
        location: location.to_owned(),
        project: project.to_owned(),
        repository: repository.to_owned(),
        name: name.to_owned(),
        tag,
        digest,
    })
}

impl Image {
    /// The key of its package, if the repository exists.
    fn package(&self, cloud: &Cloud) -> Option<String> {
        let project = cloud.project(&self.project)?;
        let repository = format!(
            "artifactregistry/projects/{}/locations/{}/repositories/{}",
            project.id, self.location, self.repository
        );
        cloud.store.has(&repository).then(|| format!("{repository}/packages/{}", segment(&self.name)))
    }
}

/// A name as one segment of a path.
pub(super) fn segment(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

/// Puts an image with its digest, and its tag where it has one, into its repository. Pushing a tag again moves it.
///
/// Gives `false` where the repository does not exist.
pub fn push(cloud: &mut Cloud, image: &Image, digest: &str, size: u64, media_type: &str) -> bool {
    let Some(package) = image.package(cloud) else { return false };
    let now = times::microseconds(cloud.now);
    let name = |key: &str| key.trim_start_matches("artifactregistry/").to_owned();
    let created = cloud.store.get(&package).map_or_else(|| json!(now), |known| known["createTime"].clone());
    cloud.store.put(package.clone(), json!({"name": name(&package), "createTime": created, "updateTime": now}));
    let version = format!("{package}/versions/{digest}");
    if !cloud.store.has(&version) {
        let path = name(&package);
        let images = path.split_once("/packages/").map_or("", |(repository, _)| repository);
        let metadata = json!({
            "name": format!("{images}/dockerImages/{}@{digest}", segment(&image.name)),
            "imageSizeBytes": size.to_string(), "mediaType": media_type, "buildTime": now,
        });
        let document = json!({"name": name(&version), "createTime": now, "updateTime": now, "metadata": metadata, "$digest": digest});
        cloud.store.put(version.clone(), document);
    }
    if let Some(tag) = &image.tag {
        let key = format!("{package}/tags/{tag}");
        cloud.store.put(key.clone(), json!({"name": name(&key), "version": name(&version)}));
    }
    true
}

/// The digest of an image that Cloud Run is to deploy; `None` where it is known not to exist.
///
/// Images of other registries, and those of this cloud unless it is told to be strict, are taken to exist: a repository
/// that stands then learns of the image, as if it had been pushed before.
pub fn deployed(cloud: &mut Cloud, reference: &str) -> Option<String> {
    if let Some((_, digest)) = reference.split_once('@') {
        return Some(digest.to_owned());
    }
    let made_up = || {
        let hash = Sha256::digest(reference.as_bytes());
        format!("sha256:{}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    };
    let Some(mut image) = parse(reference) else { return Some(made_up()) };
    image.tag.get_or_insert_with(|| "latest".to_owned());
    let tag = image.tag.clone().unwrap_or_default();
    let package = image.package(cloud);
    let known = package.and_then(|package| cloud.store.get(&format!("{package}/tags/{tag}")));
    if let Some(version) = known.and_then(|known| known["version"].as_str()) {
        return version.rsplit('/').next().map(str::to_owned);
    }
    if cloud.settings.images == Images::Strict {
        return None;
    }
    let digest = made_up();
    push(cloud, &image, &digest, 64 << 20, "application/vnd.docker.distribution.manifest.v2+json");
    Some(digest)
}
