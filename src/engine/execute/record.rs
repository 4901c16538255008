//! What a step leaves behind beside the entry: ids, blocked names, fields that come later.

use std::time::Duration;

use jiff::Timestamp;

use crate::gcp::clock;
use crate::kinds::{Live, Row};
use crate::model::{Doc, DocPath, Place};
use crate::plan::Planned;
use crate::records::Tombstone;

/// The id that a recreated resource does not share.
pub(crate) fn unique_id(row: &Row, live: &Live) -> Option<String> {
    let path = row.descriptor.unique_id?;
    let found = path.split('.').try_fold(&live.api, |json, key| json.get(key))?;
    match found {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The tombstone of a name that Google blocks after a delete.
pub(crate) fn tombstone(row: &Row, full_name: &str, now: Timestamp) -> Option<Tombstone> {
    let days = row.descriptor.name_blocked_days?;
    let until = now + Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    Some(Tombstone { full_name: full_name.to_owned(), deleted_at: clock::text(now), blocked_until: clock::text(until) })
}

/// The document without what can only be set once the resource's own outputs are known.
pub(crate) fn without(doc: &Doc, deferred: &[DocPath]) -> Doc {
    deferred.iter().fold(doc.clone(), |doc, path| cut(&doc, &path.0))
}

fn cut(doc: &Doc, path: &[crate::model::Segment]) -> Doc {
    use crate::model::Segment;
    let Some((first, rest)) = path.split_first() else { return doc.clone() };
    match (doc, first) {
        (Doc::Map(map), Segment::Key(key)) => Doc::Map(
            map.iter()
                .filter(|(name, _)| *name != key || !rest.is_empty())
                .map(|(name, value)| (name.clone(), if name == key { cut(value, rest) } else { value.clone() }))
                .collect(),
        ),
        (Doc::List(list), segment) => Doc::List(
            list.iter()
                .enumerate()
                .filter_map(|(at, value)| {
                    let is_it = match segment {
                        Segment::Index(index) => at == *index,
                        Segment::Keyed(field, wanted) => {
                            value.get(field).and_then(Doc::as_str) == Some(wanted.as_str())
                        }
                        Segment::Key(_) => false,
                    };
                    match (is_it, rest.is_empty()) {
                        (true, true) => None,
                        (true, false) => Some(cut(value, rest)),
                        (false, _) => Some(value.clone()),
                    }
                })
                .collect(),
        ),
        (Doc::Sensitive(inner), _) => Doc::Sensitive(Box::new(cut(inner, path))),
        _ => doc.clone(),
    }
}

/// The place of what a replacement deletes.
pub(crate) fn former_place(planned: &Planned) -> (&Place, &str) {
    match &planned.former {
        Some(former) => (&former.place, &former.full_name),
        None => (&planned.place, &planned.full_name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn deferred_fields_are_cut_out_and_nothing_else() {
        let doc = Doc::from(&json!({"env": {"A": "x", "URL": "y"}, "list": [{"name": "a", "v": 1}, {"name": "b"}]}));
        let paths = ["env.URL", "list[name=a].v"].map(|path| path.parse().unwrap());
        assert_eq!(
            without(&doc, &paths).to_json().unwrap(),
            json!({"env": {"A": "x"}, "list": [{"name": "a"}, {"name": "b"}]})
        );
    }
}
