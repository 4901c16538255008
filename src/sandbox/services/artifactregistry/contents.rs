//! What a repository holds: packages, versions, tags, Docker images.

use serde_json::{Value as Json, json};

use super::images::segment;
use super::repositories::find;
use super::{begin, missing};
use crate::sandbox::fault::Fault;
use crate::sandbox::list;
use crate::sandbox::operation::{Effect, Lasts, Source};
use crate::sandbox::service::{Call, Reply};
use crate::sandbox::store::public;

const TAKES: Lasts = Lasts::seconds(1, 5);

/// The key of the package in the path.
fn package(call: &mut Call<'_>) -> Result<String, Fault> {
    let (repository, _) = find(call)?;
    let key = format!("{repository}/packages/{}", segment(call.param("packagesId")));
    if call.cloud.store.has(&key) { Ok(key) } else { Err(missing()) }
}

/// The key of what is called `name` in a collection of the package in the path.
fn inside(call: &mut Call<'_>, collection: &str, name: &str) -> Result<String, Fault> {
    let key = format!("{}/{collection}/{name}", package(call)?);
    if call.cloud.store.has(&key) { Ok(key) } else { Err(missing()) }
}

fn shown(call: &Call<'_>, key: &str) -> Reply {
    call.cloud.store.get(key).map_or(Json::Null, public).into()
}

fn listed(call: &Call<'_>, collection: &str, name: &str) -> Result<Reply, Fault> {
    let entries = call.cloud.store.children(collection).into_iter().map(|(_, document)| public(document)).collect();
    paged(call, entries, name)
}

fn paged(call: &Call<'_>, entries: Vec<Json>, name: &str) -> Result<Reply, Fault> {
    let mut entries = list::filter(entries, call.query("filter"))?;
    list::order(&mut entries, call.query("orderBy"));
    let page = list::page(entries, list::size(call.query("pageSize"), 100, 1000)?, call.query("pageToken"))?;
    Ok(page.answer(name).into())
}

pub(super) fn get_package(call: &mut Call<'_>) -> Result<Reply, Fault> {
    package(call).map(|key| shown(call, &key))
}

pub(super) fn list_packages(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (repository, _) = find(call)?;
    listed(call, &format!("{repository}/packages"), "packages")
}

/// A package goes with its versions and tags.
pub(super) fn delete_package(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let key = package(call)?;
    begin(call, vec![key.clone()], vec![Effect::DeleteTree(key)], Source::None, TAKES)
}

/// The key of the version in the path.
fn version(call: &mut Call<'_>) -> Result<String, Fault> {
    let name = call.param("versionsId").to_owned();
    inside(call, "versions", &name)
}

pub(super) fn get_version(call: &mut Call<'_>) -> Result<Reply, Fault> {
    version(call).map(|key| shown(call, &key))
}

pub(super) fn list_versions(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let package = package(call)?;
    listed(call, &format!("{package}/versions"), "versions")
}

/// Tags of a version, as keys.
fn tags_of(call: &Call<'_>, version: &str) -> Vec<String> {
    let Some((package, _)) = version.split_once("/versions/") else { return Vec::new() };
    let name = version.trim_start_matches("artifactregistry/");
    let tags = call.cloud.store.children(&format!("{package}/tags")).into_iter();
    tags.filter(|(_, tag)| tag["version"] == name).map(|(key, _)| key.to_owned()).collect()
}

pub(super) fn delete_version(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let key = version(call)?;
    let tags = tags_of(call, &key);
    if !tags.is_empty() && !call.flag("force") {
        return Err(Fault::precondition(
            "The version is referenced by one or more tags: delete them first or set the force field.",
        ));
    }
    let effects = tags.into_iter().chain([key.clone()]).map(Effect::Delete).collect();
    begin(call, vec![key], effects, Source::None, TAKES)
}

/// The key of the tag in the path.
fn tag(call: &mut Call<'_>) -> Result<String, Fault> {
    let name = call.param("tagsId").to_owned();
    inside(call, "tags", &name)
}

pub(super) fn get_tag(call: &mut Call<'_>) -> Result<Reply, Fault> {
    tag(call).map(|key| shown(call, &key))
}

pub(super) fn list_tags(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let package = package(call)?;
    listed(call, &format!("{package}/tags"), "tags")
}

pub(super) fn create_tag(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let package = package(call)?;
    let id = call.query("tagId").unwrap_or_default().to_owned();
    let key = format!("{package}/tags/{id}");
    if id.is_empty() {
        return Err(Fault::invalid("tag_id is required"));
    }
    if call.cloud.store.has(&key) {
        return Err(Fault::already_exists("the tag already exists"));
    }
    write_tag(call, &key)
}

pub(super) fn patch_tag(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let key = tag(call)?;
    write_tag(call, &key)
}

fn write_tag(call: &mut Call<'_>, key: &str) -> Result<Reply, Fault> {
    let version = call.text("version").unwrap_or_default().to_owned();
    if !call.cloud.store.has(&format!("artifactregistry/{version}")) {
        return Err(missing());
    }
    call.cloud.store.put(key, json!({"name": key.trim_start_matches("artifactregistry/"), "version": version}));
    Ok(shown(call, key))
}

pub(super) fn delete_tag(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let key = tag(call)?;
    call.cloud.store.remove(&key);
    Ok(json!({}).into())
}

/// All Docker images of the repository in the path.
fn images(call: &mut Call<'_>) -> Result<Vec<Json>, Fault> {
    let (repository, document) = find(call)?;
    let uri = document["registryUri"].as_str().unwrap_or_default().to_owned();
    let prefix = format!("{repository}/packages/");
    let versions: Vec<(String, Json)> = call
        .cloud
        .store
        .under(&prefix)
        .filter(|(key, _)| key.contains("/versions/"))
        .map(|(key, document)| (key.to_owned(), document.clone()))
        .collect();
    Ok(versions.iter().map(|(key, version)| image(call, key, version, &uri, &prefix)).collect())
}

fn image(call: &Call<'_>, key: &str, version: &Json, uri: &str, prefix: &str) -> Json {
    let package = key[prefix.len()..].split_once("/versions/").map_or("", |(package, _)| package);
    let digest = version["$digest"].as_str().unwrap_or_default();
    let plain = package.replace("%2F", "/").replace("%25", "%");
    let tags: Vec<String> =
        tags_of(call, key).iter().filter_map(|tag| tag.rsplit('/').next()).map(str::to_owned).collect();
    let metadata = &version["metadata"];
    let mut image = json!({
        "name": metadata["name"],
        "uri": format!("{uri}/{plain}@{digest}"),
        "imageSizeBytes": metadata["imageSizeBytes"],
        "uploadTime": version["createTime"],
        "mediaType": metadata["mediaType"],
        "buildTime": metadata["buildTime"],
        "updateTime": version["updateTime"],
    });
    if !tags.is_empty() {
        image["tags"] = json!(tags);
    }
    image
}

pub(super) fn list_images(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let images = images(call)?;
    paged(call, images, "dockerImages")
}

pub(super) fn get_image(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let wanted = segment(call.param("dockerImagesId"));
    let images = images(call)?;
    let found = images
        .into_iter()
        .find(|image| image["name"].as_str().is_some_and(|name| name.ends_with(&format!("/{wanted}"))));
    found.map(Into::into).ok_or_else(missing)
}
