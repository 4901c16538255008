//! What Cloud Run needs of others.

use ipnet::Ipv4Net;

use super::{View, error, grants, warning};
use crate::kinds::canonical;
use crate::model::{Diagnostic, Doc, DocPath};
use crate::stack::Entry;

/// Direct VPC egress takes addresses in blocks of 16: a range of /26 or larger
/// (cloud.google.com/run/docs/configuring/vpc-direct-vpc).
const SMALLEST: u8 = 26;

pub(super) fn room(view: &View<'_>) -> Vec<Diagnostic> {
    view.programs().filter_map(|entry| too_small(view, entry)).collect()
}

fn too_small(view: &View<'_>, entry: &Entry) -> Option<Diagnostic> {
    let field = "vpcAccess.subnetwork";
    let subnet = view.at(entry, field)?;
    let range: Ipv4Net = subnet.doc.dig_str("ipCidrRange")?.parse().ok()?;
    (range.prefix_len() > SMALLEST).then(|| {
        let message = format!("`{}` is too small for direct VPC egress: `{range}`", subnet.address);
        error(entry, field, "subnetwork-too-small", message)
            .hint(format!("give it a range of /{SMALLEST} or larger; a range can grow later, not shrink"))
            .related(subnet.span(&DocPath::keys("ipCidrRange")), "the range")
    })
}

/// Roles that can read a secret's value.
const READERS: &[&str] = &["roles/secretmanager.secretAccessor", "roles/secretmanager.admin", "roles/owner"];

/// A program's account may read the secrets that it names. Only accounts of the stack: what others grant elsewhere is
/// not known here.
pub(super) fn secrets(view: &View<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for program in view.programs() {
        let Some(member) = account(view, program) else { continue };
        if view.holds(&member, READERS) {
            continue;
        }
        let mut seen: Vec<String> = Vec::new();
        for (path, text) in secret_fields(&program.doc) {
            let link = canonical::link(text, &view.stack.project);
            let Some(secret) = view.by_path.get(&link).filter(|_| !seen.contains(&link)) else { continue };
            seen.push(link);
            let iam = secret.doc.get("iam").and_then(Doc::as_list).unwrap_or_default();
            if !iam.iter().any(|binding| grants(binding, &member, READERS)) {
                let message = format!("`{member}` may not read `{}`", secret.address);
                let hint =
                    format!("add `iam: [{{role: {}, members: [\"{member}\"]}}]` to `{}`", READERS[0], secret.address);
                let mut finding = warning(program, "", "secret-not-readable", message).hint(hint);
                finding.field = Some(path);
                findings.push(finding);
            }
        }
    }
    findings
}

/// The member string of a program's account, where that is an entry of the stack.
fn account(view: &View<'_>, program: &Entry) -> Option<String> {
    let email = program.doc.dig_str("serviceAccount")?;
    view.is_account(email).then(|| format!("serviceAccount:{email}"))
}

/// All fields named `secret` in a document, with what stands there.
fn secret_fields(doc: &Doc) -> Vec<(DocPath, &str)> {
    let mut found = Vec::new();
    collect(doc, &DocPath::root(), &mut found);
    found
}

fn collect<'d>(doc: &'d Doc, path: &DocPath, found: &mut Vec<(DocPath, &'d str)>) {
    match doc {
        Doc::Map(map) => {
            for (key, value) in map {
                let path = path.key(key.as_str());
                match value.as_str().filter(|text| key == "secret" && text.contains("/secrets/")) {
                    Some(text) => found.push((path, text)),
                    None => collect(value, &path, found),
                }
            }
        }
        Doc::List(list) => list.iter().enumerate().for_each(|(at, value)| collect(value, &path.index(at), found)),
        _ => {}
    }
}
