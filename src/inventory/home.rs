//! Which store holds the records of a stack in a cloud.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::gcs::Gcs;
use super::local::Local;
use super::store::Store;
use crate::gcp::Client;
use crate::records::CloudKey;

/// Where records are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// In a folder beside the stack file.
    Folder(PathBuf),
    /// In a bucket, below a prefix without slashes at its ends (may be empty).
    Bucket { bucket: String, prefix: String },
}

/// A `state:` that names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no place for records; it looks like `gs://my-bucket/stackctl`")]
pub struct HomeError(pub String);

impl Home {
    /// The place that `state:` names; without one, `.stackctl` in `folder`, the stack file's.
    ///
    /// # Errors
    /// A text that is no `gs://bucket/prefix`.
    pub fn parse(state: Option<&str>, folder: &Path) -> Result<Self, HomeError> {
        let Some(state) = state else { return Ok(Self::Folder(folder.join(".stackctl"))) };
        let wrong = || HomeError(state.to_owned());
        let rest = state.strip_prefix("gs://").ok_or_else(wrong)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        if bucket.len() < 3 || !bucket.chars().all(is_name) {
            return Err(wrong());
        }
        Ok(Self::Bucket { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

/// The store for the records of `stack` in `cloud`. Nothing is read or made yet.
pub fn open(home: &Home, cloud: &CloudKey, stack: &str, client: &Arc<Client>) -> Box<dyn Store> {
    let below = [cloud_folder(cloud), plain(stack)];
    match home {
        Home::Folder(folder) => Box::new(Local::new(folder.join("inventories").join(&below[0]).join(&below[1]))),
        Home::Bucket { bucket, prefix } => {
            let prefix = [prefix.as_str(), &below[0], &below[1]];
            let prefix = prefix.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
            Box::new(Gcs::new(Arc::clone(client), bucket, prefix))
        }
    }
}

/// A folder name for a cloud: `google`, `sandbox`, `endpoint-http-127.0.0.1-8085`.
fn cloud_folder(cloud: &CloudKey) -> String {
    match cloud {
        CloudKey::Google => "google".to_owned(),
        CloudKey::Sandbox => "sandbox".to_owned(),
        CloudKey::Endpoint(url) => format!("endpoint-{}", plain(url.trim_end_matches('/'))),
    }
}

/// A text as a file name; runs of anything but letters, digits, `.`, `_` and `-` become one `-`.
fn plain(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            name.push(c);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    if name.chars().all(|c| c == '.') { "-".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_names_a_bucket_and_a_prefix() {
        let folder = Path::new("/stacks/a");
        let bucket = |bucket: &str, prefix: &str| Home::Bucket { bucket: bucket.into(), prefix: prefix.into() };
        assert_eq!(Home::parse(None, folder), Ok(Home::Folder("/stacks/a/.stackctl".into())));
        assert_eq!(Home::parse(Some("gs://b-u.c/a/b/"), folder), Ok(bucket("b-u.c", "a/b")));
        assert_eq!(Home::parse(Some("gs://bucket"), folder), Ok(bucket("bucket", "")));
        for wrong in ["s3://b/x", "gs://", "gs://Bucket/x", "bucket"] {
            assert_eq!(Home::parse(Some(wrong), folder), Err(HomeError(wrong.into())));
        }
    }

    #[test]
    fn clouds_and_stacks_have_folders_of_their_own() {
        assert_eq!(cloud_folder(&CloudKey::Endpoint("http://127.0.0.1:8085/".into())), "endpoint-http-127.0.0.1-8085");
        assert_eq!(plain("../a b"), "..-a-b");
        assert_eq!(plain(".."), "-");
    }
}
