//! Whose IAM policy a plan needs although the kind does not ask for it: the file's entry has no `iam:` (any more).

use super::inputs::{Lifecycle, Options, Others};
use crate::kinds::{Row, request};
use crate::model::{DocPath, Place, Segment};
use crate::records::Entry;
use crate::wire::Request;

/// Why a policy is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The plan takes members out: without the policy nothing can be said of the resource.
    Decides,
    /// Only to show what others set: where it may not be read, the rest of the plan still holds.
    Shows,
}

/// The read of a resource's policy, where something is to be said of its members: we gave some, `lifecycle.strict`
/// forbids those of others, or the user asks for what others set.
pub fn to_read(
    row: &Row,
    place: &Place,
    recorded: Option<&Entry>,
    lifecycle: Option<&Lifecycle>,
    options: &Options,
) -> Option<(Request, Because)> {
    let ours = recorded.is_some_and(|entry| entry.fields.keys().any(is_member) && lifecycle.is_some());
    let strict = lifecycle.is_some_and(|lifecycle| lifecycle.strict.iter().any(is_member));
    let because = match options.others {
        _ if ours || strict => Because::Decides,
        Others::Listed if recorded.is_some() => Because::Shows,
        Others::Listed | Others::LeftAlone => return None,
    };
    Some((request::get_policy(row.descriptor, place)?, because))
}

fn is_member(path: &DocPath) -> bool {
    matches!(path.0.first(), Some(Segment::Key(key)) if key == "iam")
}
