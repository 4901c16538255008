//! The `fields` mask of answers: `items(name,id),nextPageToken`, `services/name`, `*`.

use serde_json::{Map, Value as Json};

/// A parsed mask: names and what is wanted below each; empty below means all of it.
#[derive(Debug, Clone, PartialEq, Default)]
struct Mask(Vec<(String, Mask)>);

/// Keeps only what the mask names. What a mask names and an answer lacks is simply absent.
pub fn apply(mask: &str, answer: Json) -> Json {
    let mut rest = mask;
    let mask = parse(&mut rest, 0);
    keep(&mask, answer)
}

fn parse(rest: &mut &str, depth: usize) -> Mask {
    let mut mask = Mask::default();
    loop {
        let end = rest.find(['/', ',', '(', ')']).unwrap_or(rest.len());
        let name = rest[..end].trim().to_owned();
        *rest = &rest[end..];
        let mut below = Mask::default();
        // Deeper than 32 levels no answer goes: what follows is taken as it is.
        if depth < 32 {
            if let Some(inner) = rest.strip_prefix('/') {
                *rest = inner;
                below = parse_one(rest, depth + 1);
            } else if let Some(inner) = rest.strip_prefix('(') {
                *rest = inner;
                below = parse(rest, depth + 1);
                *rest = rest.strip_prefix(')').unwrap_or(rest);
            }
        }
        if !name.is_empty() {
            mask.0.push((name, below));
        }
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => return mask,
        }
    }
}

fn parse_one(rest: &mut &str, depth: usize) -> Mask {
    let end = rest.find(['/', ',', '(', ')']).unwrap_or(rest.len());
    let name = rest[..end].trim().to_owned();
    *rest = &rest[end..];
    let mut below = Mask::default();
    if depth < 32 {
        if let Some(inner) = rest.strip_prefix('/') {
            *rest = inner;
            below = parse_one(rest, depth + 1);
        } else if let Some(inner) = rest.strip_prefix('(') {
            *rest = inner;
            below = parse(rest, depth + 1);
            *rest = rest.strip_prefix(')').unwrap_or(rest);
        }
    }
    Mask(vec![(name, below)])
}

fn keep(mask: &Mask, value: Json) -> Json {
    if mask.0.is_empty() {
        return value;
    }
    match value {
        Json::Array(list) => Json::Array(list.into_iter().map(|one| keep(mask, one)).collect()),
        Json::Object(map) => Json::Object(
            map.into_iter()
                .filter_map(|(name, value)| {
                    let (_, below) = mask.0.iter().find(|(wanted, _)| *wanted == name || wanted == "*")?;
                    Some((name, keep(below, value)))
                })
                .collect::<Map<_, _>>(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_the_mask_names_stays() {
        let answer = json!({"services": [{"name": "a", "state": "ENABLED", "config": {"t": 1, "u": 2}}], "nextPageToken": "x", "z": 1});
        let of = |mask| apply(mask, answer.clone());
        assert_eq!(of("services/name,nextPageToken"), json!({"services": [{"name": "a"}], "nextPageToken": "x"}));
        assert_eq!(of("services(state,config/t)"), json!({"services": [{"state": "ENABLED", "config": {"t": 1}}]}));
        assert_eq!(of("*/config(u)"), json!({"services": [{"config": {"u": 2}}], "nextPageToken": "x", "z": 1}));
        assert_eq!(of("services/config/u"), json!({"services": [{"config": {"u": 2}}]}));
        assert_eq!(of("nothing"), json!({}));
    }
}
