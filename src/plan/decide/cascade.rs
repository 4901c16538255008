//! What a replacement drags along: what holds the identity of the resource that goes.

use super::{Context, Decided};
use crate::kinds::{Flag, Row, rules};
use crate::model::{Action, Address, Diagnostic, Doc, DocPath};
use crate::plan::diff::fields;
use crate::plan::inputs::{Edge, Wanted};
use crate::plan::observed::Observation;
use crate::plan::types::{Change, Effect, Origin};

/// Kinds whose direct VPC egress makes Google hold an address on the subnet for hours after they are gone.
const ON_SUBNETS: &[&str] = &["services", "workerPools", "jobs"];

/// What replacements among its dependencies mean for an entry that is there.
#[derive(Debug, Default)]
pub(super) struct Dragged {
    /// Why it is replaced, too.
    pub replaced: Vec<String>,
    /// Changes to make again what the replacement wipes out (grants to a service account).
    pub again: Vec<Change>,
    pub reasons: Vec<String>,
    /// Its parent, with which its delete goes.
    pub parent: Option<Address>,
}

impl Context<'_> {
    /// What replacements among an entry's dependencies mean for it.
    pub(super) fn dragged(&self, wanted: &Wanted, row: &Row, doc: &Doc) -> Dragged {
        let mut dragged = Dragged::default();
        for edge in &wanted.edges {
            let Some(replaced) = self.decided.get(&edge.to).filter(|d| d.planned.action == Action::Replace) else {
                continue;
            };
            let Some(path) = &edge.path else { continue };
            if is_parent(row, path) {
                dragged.parent = Some(edge.to.clone());
                dragged.replaced.push(format!("`{}`, which it is part of, is replaced", edge.to));
            } else if holds_identity(row, doc, path) {
                dragged
                    .replaced
                    .push(format!("`{}` is replaced, and `{path}` of what stands on it cannot change", edge.to));
            } else {
                self.grant_again(row, doc, edge, replaced, &mut dragged);
            }
        }
        dragged
    }

    /// The edge along which a replacement drags an entry, if one does.
    pub(in crate::plan) fn dragged_by<'w>(&self, wanted: &'w Wanted, row: &Row) -> Option<&'w Edge> {
        let dragged = self.dragged(wanted, row, &wanted.doc);
        if dragged.replaced.is_empty() && dragged.again.is_empty() {
            return None;
        }
        let is_replaced =
            |edge: &&Edge| self.decided.get(&edge.to).is_some_and(|d| d.planned.action == Action::Replace);
        wanted.edges.iter().find(is_replaced)
    }

    /// Members that name a service account that is made anew: Google keeps the old one under its id.
    fn grant_again(&self, row: &Row, doc: &Doc, edge: &Edge, replaced: &Decided<'_>, dragged: &mut Dragged) {
        let identities = self.identities(replaced);
        let names_it = |path: &DocPath| {
            let last = path.0.last();
            matches!(last, Some(crate::model::Segment::Key(member)) if identities.iter().any(|id| member.ends_with(id)))
        };
        let members = fields::members(row.descriptor, doc);
        let before = dragged.again.len();
        dragged.again.extend(members.into_iter().filter(names_it).map(|path| Change {
            path,
            before: None,
            after: Some(Doc::Bool(true)),
            origin: Origin::Edit,
            effect: Effect::InPlace,
        }));
        if dragged.again.len() > before {
            dragged.reasons.push(format!("`{}` is replaced and loses its rights: they are granted again", edge.to));
        }
    }

    /// The texts by which policies name a resource: `:EMAIL`.
    fn identities(&self, replaced: &Decided<'_>) -> Vec<String> {
        let planned = &replaced.planned;
        let doc = planned.desired.as_ref().unwrap_or(&Doc::Null);
        let known = (replaced.row.known_outputs)(&planned.place, self.inputs.project(), doc);
        let emails = known.values().filter_map(Doc::as_str).filter(|text| text.contains('@') && !text.contains(':'));
        let mut found: Vec<String> = emails.map(|email| format!(":{}", email.to_lowercase())).collect();
        if &*planned.address.section == "serviceAccounts" && found.is_empty() {
            let (name, project) = (planned.place.name(), planned.place.project());
            found.push(format!(":{name}@{project}.iam.gserviceaccount.com"));
        }
        found
    }

    /// A subnet that Cloud Run uses is held by Google for hours: it cannot go and come back in one run.
    pub(super) fn cannot_finish(&self, wanted: &Wanted) -> Option<Diagnostic> {
        if &*wanted.address.section != "subnetworks" {
            return None;
        }
        let users = self.users_of(&wanted.address);
        let first = users.first()?;
        let message = format!(
            "`{}` cannot be replaced in one run: `{first}` uses it, and Google holds an address on it for up to 130 \
             minutes after the last Cloud Run resource is gone",
            wanted.address
        );
        Some(Diagnostic::error("replace-cannot-finish", message).of(&wanted.address).hint(format!(
            "make a new subnet under another key and let `{first}` use that one; a range can grow in place"
        )))
    }

    /// Live Cloud Run resources that stand on it: ours by the inventory, those that are not ours yet by the file. What
    /// is still to be made, or only now moves there, holds no address.
    fn users_of(&self, address: &Address) -> Vec<&Address> {
        let ours = self.renamed.entries.iter();
        let ours = ours.filter(|(_, entry)| self.renamed.depends_on(entry).any(|needed| needed == address));
        let in_file = self.inputs.desired.entries.values();
        let in_file = in_file.filter(|wanted| wanted.edges.iter().any(|edge| edge.to == *address));
        let foreign = in_file.map(|wanted| &wanted.address).filter(|user| !self.renamed.entries.contains_key(*user));
        let is_user = |user: &&Address| ON_SUBNETS.contains(&&*user.section) && self.is_live(user);
        let mut users: Vec<&Address> = ours.map(|(user, _)| user).chain(foreign).filter(is_user).collect();
        users.sort();
        users.dedup();
        users
    }

    /// Whether it is there, at either of its places; of what was not read the inventory's word counts.
    fn is_live(&self, address: &Address) -> bool {
        let observed = self.inputs.observed;
        let seen = [observed.resources.get(address), observed.former.get(address)];
        let mut seen = seen.into_iter().flatten().peekable();
        match seen.peek() {
            Some(_) => seen.any(|seen| !matches!(seen, Observation::Absent)),
            None => self.renamed.entries.contains_key(address),
        }
    }
}

/// Whether the field names the resource that this one is part of (a database's `instance`).
fn is_parent(row: &Row, path: &DocPath) -> bool {
    row.descriptor.parents.iter().any(|parent| *path == DocPath::keys(parent))
}

/// Whether the field names the other resource itself (not only its name or e-mail address) and cannot change.
fn holds_identity(row: &Row, doc: &Doc, path: &DocPath) -> bool {
    let names_it = doc.at(path).and_then(Doc::as_str).is_some_and(|text| text.contains('/'));
    names_it && rules::find(row.descriptor, path).has(Flag::Immutable)
}
