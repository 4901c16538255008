//! Bindings: keys, members, what is missing and what goes.

use serde_json::{Value as Json, json};

use super::*;

#[test]
fn a_binding_key_leads_back_to_role_and_condition() {
    let condition =
        Condition { title: "a b".into(), description: Some("d]".into()), expression: "x < timestamp(\"2027\")".into() };
    for condition in [None, Some(condition)] {
        let key = binding_key("projects/p/roles/r", condition.as_ref());
        assert_eq!(parse_binding_key(&key), ("projects/p/roles/r".to_owned(), condition));
        let path = DocPath::keys("iam").key(key);
        assert_eq!(path.to_string().parse::<DocPath>().unwrap(), path);
    }
}

#[test]
fn members_are_compared_as_google_writes_them() {
    assert_eq!(canonical_member("user:Ann@Example.com"), "user:ann@example.com");
    assert_eq!(canonical_member("principal://iam.googleapis.com/X"), "principal://iam.googleapis.com/X");
    assert_eq!(canonical_member("allUsers"), "allUsers");
}

#[test]
fn members_that_wait_for_the_cloud_are_not_lost() {
    use crate::model::{Address, Reference, Template};
    let template =
        Template::whole(Reference::Output { address: Address::new("x", "y"), output: DocPath::keys("member") });
    let mut binding = Doc::from(&json!({"role": "r"}));
    binding.put("members", Doc::List(vec![Doc::Unknown(template.clone())]));
    let map = as_map(&Doc::List(vec![binding]));
    assert_eq!(map.get("r").unwrap().get("${x.y.member}"), Some(&Doc::Unknown(template)));
}

#[test]
fn what_is_removed_is_named_by_paths() {
    let before = Doc::from(&json!([{"role": "a", "members": ["x", "y"]}, {"role": "b", "members": ["z"]}]));
    let paths = ["iam.a.x", "iam.b", "labels.x"].map(|path| path.parse().unwrap());
    let shown: Vec<_> = removed(&paths, &before).into_iter().map(|b| (b.role, b.members)).collect();
    assert_eq!(shown, [("a".to_owned(), vec!["x".to_owned()]), ("b".to_owned(), vec!["z".to_owned()])]);
}

fn faults(binding: Json) -> Vec<String> {
    let doc = Doc::from(&json!({"iam": [binding]}));
    check(&doc).into_iter().map(|fault| fault.field.unwrap().to_string()).collect()
}

#[test]
fn members_follow_googles_forms() {
    for good in [
        "allUsers",
        "allAuthenticatedUsers",
        "user:a@b.c",
        "group:g@b.c",
        "serviceAccount:x@p.iam.gserviceaccount.com",
        "domain:example.com",
        "principal://iam.googleapis.com/projects/1/x",
        "principalSet://iam.googleapis.com/x",
        "projectViewer:p",
    ] {
        assert!(faults(json!({"role": "roles/r", "members": [good]})).is_empty(), "{good}");
    }
    for bad in ["a@b.c", "user:ann", "serviceAccount:key", "domain:a@b.c", "deleted:user:x@y.z?uid=1", "everybody", ""]
    {
        assert_eq!(faults(json!({"role": "roles/r", "members": [bad]})), ["iam[0].members[0]"], "{bad}");
    }
}

#[test]
fn roles_and_conditions_follow_googles_forms() {
    let with = |role: &str, condition: bool| {
        let mut binding = json!({"role": role, "members": ["user:a@b.c"]});
        if condition {
            binding["condition"] = json!({"title": "t", "expression": "e"});
        }
        faults(binding)
    };
    for good in ["roles/run.invoker", "projects/p/roles/r", "organizations/1/roles/r"] {
        assert!(with(good, true).is_empty(), "{good}");
    }
    for bad in ["run.invoker", "roles/", "projects/p/r", ""] {
        assert_eq!(with(bad, false), ["iam[0].role"], "{bad}");
    }
    assert_eq!(with("roles/viewer", true), ["iam[0].condition"]);
    assert_eq!(faults(json!({"role": "roles/r", "members": []})), ["iam[0].members"]);
}
