use serde_json::{Value as Json, json};

use super::*;
use crate::model::Address;
use crate::plan::testkit::{doc, kinds, live as live_of, project};
use crate::records::{OnDelete, Ownership};

/// A comparison to put together: the section's kind, what the file says, what is live, what we set last.
struct Bed {
    section: &'static str,
    desired: Json,
    live: Json,
    recorded: Option<Json>,
    lifecycle: Lifecycle,
    members_before: Vec<DocPath>,
}

fn bed(section: &'static str, desired: Json, live: Json) -> Bed {
    Bed { section, desired, live, recorded: None, lifecycle: Lifecycle::default(), members_before: Vec::new() }
}

impl Bed {
    fn recorded(mut self, json: Json) -> Self {
        self.recorded = Some(json);
        self
    }

    /// What the file says now is what we set last.
    fn applied(self) -> Self {
        let desired = self.desired.clone();
        self.recorded(desired)
    }

    fn ignore(mut self, path: &str) -> Self {
        self.lifecycle.ignore.push(path.parse().unwrap());
        self
    }

    fn strict(mut self, path: &str) -> Self {
        self.lifecycle.strict.push(path.parse().unwrap());
        self
    }

    fn before(mut self, path: &str) -> Self {
        self.members_before.push(path.parse().unwrap());
        self
    }

    fn compare(&self) -> Difference {
        self.with(compare)
    }

    fn set_by_others(&self) -> Vec<Foreign> {
        self.with(set_by_others)
    }

    fn with<T>(&self, ask: fn(&Comparison<'_>) -> T) -> T {
        let kinds = kinds();
        let row = kinds.iter().find(|row| row.descriptor.section == self.section).unwrap();
        let (project, key) = (project(), HashKey::new([5; 32]));
        let entry = self.recorded.as_ref().map(|json| Entry {
            place: Default::default(),
            full_name: String::new(),
            unique_id: None,
            ownership: Ownership::Created,
            fields: fields::managed(row.descriptor, &project, &key, &doc(json)),
            depends_on: Vec::<Address>::new(),
            members_before: self.members_before.clone(),
            protect: false,
            on_delete: None::<OnDelete>,
        });
        let live = (row.to_file)(&Default::default(), &live_of(self.live.clone()));
        ask(&Comparison {
            row,
            project: &project,
            desired: &doc(&self.desired),
            live: &live,
            recorded: entry.as_ref(),
            key: &key,
            lifecycle: &self.lifecycle,
            user_keys: &UserKeys::default(),
        })
    }

    /// One line a change: `path: before → after (origin, effect)`.
    fn lines(&self) -> String {
        let difference = self.compare();
        let text = |doc: &Option<Doc>| doc.as_ref().map_or("-".to_owned(), show);
        let mut lines: Vec<String> = difference
            .changes
            .iter()
            .map(|c| format!("{}: {} → {} ({:?}, {:?})", c.path, text(&c.before), text(&c.after), c.origin, c.effect))
            .collect();
        lines.extend(difference.faults.iter().map(|fault| format!("{}: {}", fault.code, fault.message)));
        lines.join("\n")
    }

    fn removed(&self) -> Vec<String> {
        self.compare().removed.iter().map(ToString::to_string).collect()
    }
}

fn show(doc: &Doc) -> String {
    match doc {
        Doc::Sensitive(_) => "‹redacted›".to_owned(),
        Doc::Unknown(template) => format!("?{template}"),
        doc if !doc.is_known() => "?".to_owned(),
        doc => doc.to_json().unwrap().to_string(),
    }
}

#[test]
fn what_the_file_does_not_set_is_no_change() {
    let live = json!({"id": "1", "ipCidrRange": "10.0.0.0/24", "gatewayAddress": "10.0.0.1", "purpose": "PRIVATE"});
    assert_eq!(bed("subnetworks", json!({"ipCidrRange": "10.0.0.0/24"}), live).lines(), "");
}

#[test]
fn one_value_in_two_spellings_is_no_change() {
    let desired = json!({"network": "projects/p/global/networks/n", "ipCidrRange": "10.0.0.0/24",
        "privateIpGoogleAccess": false});
    let live = json!({"network": "https://www.googleapis.com/compute/v1/projects/123/global/networks/n",
        "ipCidrRange": "10.0.0.0/24"});
    assert_eq!(bed("subnetworks", desired, live).lines(), "");
    assert_eq!(bed("services", json!({"timeout": "5m", "n": 1}), json!({"n": "1"})).lines(), "");
}

#[test]
fn the_file_moved_or_the_cloud_did() {
    let live = json!({"diskSizeGb": 10, "tier": "small"});
    let edited = bed("sqlInstances", json!({"tier": "big"}), live.clone()).recorded(json!({"tier": "small"}));
    assert_eq!(edited.lines(), r#"tier: "small" → "big" (Edit, InPlace)"#);
    let drifted = bed("sqlInstances", json!({"tier": "big"}), live.clone()).applied();
    assert_eq!(drifted.lines(), r#"tier: "small" → "big" (Drift, InPlace)"#);
    let new = bed("sqlInstances", json!({"tier": "big"}), live);
    assert_eq!(new.lines(), r#"tier: "small" → "big" (Edit, InPlace)"#);
}

#[test]
fn an_immutable_field_forces_a_replacement() {
    let bed = bed(
        "subnetworks",
        json!({"network": "projects/p/global/networks/new"}),
        json!({"network": "projects/p/global/networks/old"}),
    );
    assert_eq!(
        bed.lines(),
        r#"network: "projects/p/global/networks/old" → "projects/p/global/networks/new" (Edit, Replaces)"#
    );
}

#[test]
fn what_is_known_after_apply_is_a_change() {
    let bed = bed("forwardingRules", json!({"target": "${sqlInstances.db.link}"}), json!({"target": "projects/x"}));
    assert_eq!(bed.lines(), r#"target: "projects/x" → ?${sqlInstances.db.link} (Edit, Replaces)"#);
}

#[test]
fn maps_are_merged_by_key() {
    let live = json!({"labels": {"theirs": "1", "ours": "old", "gone": "x"}, "env": {"A": "1"}});
    let bed = bed("services", json!({"labels": {"ours": "new"}, "env": {"A": "1", "B": {"secret": "s"}}}), live)
        .recorded(json!({"labels": {"ours": "old", "gone": "x"}, "env": {"A": "1", "OLD": {"secret": "s"}}}));
    insta::assert_snapshot!(bed.lines(), @r#"
        labels.ours: "old" → "new" (Edit, InPlace)
        env.B.secret: - → "s" (Edit, InPlace)
        labels.gone: "x" → - (Edit, InPlace)
        "#);
    assert_eq!(bed.removed(), ["labels.gone"]);
}

#[test]
fn a_map_that_left_the_file_loses_our_keys_only() {
    let bed = bed("services", json!({}), json!({"labels": {"theirs": "1", "a": "x"}, "env": {"S": {"secret": "s"}}}))
        .recorded(json!({"labels": {"a": "x", "b": "y"}, "env": {"S": {"secret": "s"}}}));
    insta::assert_snapshot!(bed.lines(), @r#"
        env.S: {"secret":"s"} → - (Edit, InPlace)
        labels.a: "x" → - (Edit, InPlace)
        "#);
}

#[test]
fn a_field_that_left_the_file_is_reset_or_no_longer_managed() {
    let recorded = json!({"availabilityType": "REGIONAL", "tier": "big", "maintenance": {"day": 1, "hour": 2}});
    let live = json!({"availabilityType": "REGIONAL", "tier": "big", "maintenance": {"day": 1, "hour": 2}});
    let gone = bed("sqlInstances", json!({}), live).recorded(recorded.clone());
    insta::assert_snapshot!(gone.lines(), @r#"
        availabilityType: "REGIONAL" → "ZONAL" (Edit, InPlace)
        maintenance: {"day":1,"hour":2} → - (Edit, Unmanaged)
        tier: "big" → - (Edit, Unmanaged)
        "#);
    assert_eq!(gone.removed(), ["availabilityType"]);
    assert_eq!(bed("sqlInstances", json!({}), json!({"availabilityType": "ZONAL"})).recorded(recorded).lines(), "");
}

#[test]
fn what_is_written_whole_loses_the_choice_that_left_the_file() {
    let live = json!({"probe": {"httpGet": {"path": "/"}, "periodSeconds": 20}});
    let desired = json!({"probe": {"tcpSocket": {"port": 1}}});
    let bed =
        bed("services", desired, live).recorded(json!({"probe": {"httpGet": {"path": "/"}, "periodSeconds": 20}}));
    insta::assert_snapshot!(bed.lines(), @r#"
        probe.tcpSocket.port: - → 1 (Edit, InPlace)
        probe.httpGet: {"path":"/"} → - (Edit, InPlace)
        probe.periodSeconds: 20 → 10 (Edit, InPlace)
        "#);
}

#[test]
fn a_message_whose_default_is_nothing_is_taken_out_whole() {
    let bed = bed("services", json!({}), json!({"probe": {"httpGet": {"path": "/"}, "periodSeconds": 10}}))
        .recorded(json!({"probe": {"httpGet": {"path": "/"}}}));
    insta::assert_snapshot!(bed.lines(), @r#"probe: {"httpGet":{"path":"/"},"periodSeconds":10} → - (Edit, InPlace)"#);
    assert_eq!(bed.removed(), ["probe"]);
}

#[test]
fn keyed_lists_are_compared_by_key_and_keep_what_others_added() {
    let desired = json!({"secondaryIpRanges": [
        {"rangeName": "pods", "ipCidrRange": "10.1.0.0/16"}, {"rangeName": "new", "ipCidrRange": "10.3.0.0/16"}]});
    let live = json!({"secondaryIpRanges": [
        {"rangeName": "theirs", "ipCidrRange": "10.9.0.0/16"}, {"rangeName": "gone", "ipCidrRange": "10.8.0.0/16"},
        {"rangeName": "pods", "ipCidrRange": "10.2.0.0/16"}]});
    let recorded = json!({"secondaryIpRanges": [
        {"rangeName": "pods", "ipCidrRange": "10.1.0.0/16"}, {"rangeName": "gone", "ipCidrRange": "10.8.0.0/16"}]});
    let bed = bed("subnetworks", desired, live).recorded(recorded);
    insta::assert_snapshot!(bed.lines(), @r#"
        secondaryIpRanges[rangeName=pods].ipCidrRange: "10.2.0.0/16" → "10.1.0.0/16" (Drift, InPlace)
        secondaryIpRanges[rangeName=new]: - → {"rangeName":"new","ipCidrRange":"10.3.0.0/16"} (Edit, InPlace)
        secondaryIpRanges[rangeName=gone]: {"rangeName":"gone","ipCidrRange":"10.8.0.0/16"} → - (Edit, InPlace)
        "#);
    assert_eq!(bed.removed(), ["secondaryIpRanges[rangeName=gone]"]);
}

#[test]
fn unordered_lists_differ_in_their_elements_only() {
    let ports = |list: Json| json!({"ports": list});
    let live = ports(json!([{"port": 2, "name": "filled in"}, {"port": 1}]));
    assert_eq!(bed("services", ports(json!([{"port": 1}, {"port": 2}])), live.clone()).lines(), "");
    insta::assert_snapshot!(bed("services", ports(json!([{"port": 1}, {"port": 3}])), live).lines(), @r#"ports: [{"port":2,"name":"filled in"},{"port":1}] → [{"port":1},{"port":3}] (Edit, InPlace)"#);
    assert_eq!(bed("services", json!({"scopes": ["a", "b"]}), json!({"scopes": ["b", "a"]})).lines(), "");
    insta::assert_snapshot!(
        bed("services", json!({"scopes": ["a"]}), json!({"scopes": ["b", "a"]})).applied().lines(), @r#"scopes: ["b","a"] → ["a"] (Drift, InPlace)"#);
}

#[test]
fn positional_lists_are_compared_element_by_element_where_they_are_as_long() {
    let live = json!({"containers": [{"image": "a", "cpuIdle": true}, {"image": "b"}], "args": ["x", "y"]});
    let same_length = json!({"containers": [{"image": "a"}, {"image": "c"}], "args": ["x", "z"]});
    insta::assert_snapshot!(bed("services", same_length, live.clone()).lines(), @r#"
        containers[1].image: "b" → "c" (Edit, InPlace)
        args: ["x","y"] → ["x","z"] (Edit, InPlace)
        "#);
    insta::assert_snapshot!(bed("services", json!({"containers": [{"image": "a"}]}), live.clone())
        .recorded(json!({"containers": [{"image": "a"}, {"image": "b"}]})).lines(), @r#"containers: [{"image":"a","cpuIdle":true},{"image":"b"}] → [{"image":"a"}] (Edit, InPlace)"#);
    insta::assert_snapshot!(bed("services", json!({}), live)
        .recorded(json!({"containers": [{"image": "a"}, {"image": "b"}], "args": ["x", "y"]})).lines(), @r#"
        args: ["x","y"] → - (Edit, InPlace)
        containers: [{"image":"a","cpuIdle":true},{"image":"b"}] → - (Edit, InPlace)
        "#);
}

#[test]
fn zero_and_absent_are_one_unless_the_default_is_another() {
    let desired = json!({"a": false, "b": 0, "c": "", "d": [], "timeout": "300s"});
    assert_eq!(bed("services", desired, json!({})).lines(), "");
    assert_eq!(bed("services", json!({"timeout": ""}), json!({})).lines(), r#"timeout: - → "" (Edit, InPlace)"#);
    assert_eq!(bed("services", json!({"timeout": ""}), json!({})).applied().lines(), "");
}

#[test]
fn an_empty_map_is_set_once() {
    let desired = json!({"volumes": {"data": {"emptyDir": {}}}});
    assert_eq!(bed("services", desired.clone(), json!({})).lines(), "volumes.data.emptyDir: - → {} (Edit, InPlace)");
    assert_eq!(bed("services", desired, json!({})).applied().lines(), "");
}

#[test]
fn what_is_never_read_back_differs_by_its_hash_alone() {
    let desired = json!({"databaseRoles": ["b", "a"], "rootPassword": "x"});
    let set = |roles: Json| bed("sqlUsers", desired.clone(), json!({})).recorded(json!({"databaseRoles": roles}));
    assert_eq!(set(json!(["a", "b"])).lines(), r#"rootPassword: - → "x" (Edit, InPlace)"#);
    insta::assert_snapshot!(set(json!(["a"])).lines(), @r#"
        databaseRoles: - → ["b","a"] (Edit, InPlace)
        rootPassword: - → "x" (Edit, InPlace)
        "#);
    assert_eq!(
        bed("sqlUsers", json!({"databaseRoles": ["a"]}), json!({})).lines(),
        "",
        "of an adopted one we know nothing"
    );
}

#[test]
fn secrets_are_compared_and_never_shown() {
    let desired = json!({"env": {"TOKEN": {"$sensitive": "new"}}, "rootPassword": "hush"});
    let open = bed("services", desired.clone(), json!({"env": {"TOKEN": "old"}}));
    assert_eq!(
        open.lines(),
        "env.TOKEN: ‹redacted› → ‹redacted› (Edit, InPlace)\nrootPassword: - → \"hush\" (Edit, InPlace)"
    );
    assert_eq!(
        bed("services", json!({"env": {"TOKEN": {"$sensitive": "x"}}}), json!({"env": {"TOKEN": "x"}})).lines(),
        ""
    );
    let by_rule =
        bed("sqlInstances", json!({"rootPassword": "new"}), json!({})).recorded(json!({"rootPassword": "old"}));
    assert_eq!(by_rule.lines(), "rootPassword: ‹redacted› → ‹redacted› (Edit, InPlace)");
    assert_eq!(bed("sqlInstances", json!({"rootPassword": "x"}), json!({})).applied().lines(), "");
}

#[test]
fn what_only_grows_is_refused_to_shrink_unless_it_grew_by_itself() {
    let smaller = bed("sqlInstances", json!({"diskSizeGb": 10}), json!({"diskSizeGb": "20"}));
    insta::assert_snapshot!(smaller.lines(), @r#"
        diskSizeGb: "20" → 10 (Edit, InPlace)
        cannot-shrink: `diskSizeGb` of a SQL instance cannot go from `20` to `10`: it only grows
        "#);
    assert_eq!(smaller.applied().lines(), "");
    let larger = bed("sqlInstances", json!({"diskSizeGb": 30}), json!({"diskSizeGb": "20"}));
    assert_eq!(larger.lines(), r#"diskSizeGb: "20" → 30 (Edit, InPlace)"#);
    let narrower = bed("subnetworks", json!({"ipCidrRange": "10.0.0.0/25"}), json!({"ipCidrRange": "10.0.0.0/24"}));
    assert!(narrower.lines().contains("cannot-shrink"));
}

#[test]
fn ignored_fields_are_no_change_wherever_they_come_from() {
    let bed = bed("services", json!({"env": {"A": "1", "B": "2"}}), json!({"env": {"A": "x"}, "labels": {"a": "b"}}))
        .recorded(json!({"labels": {"a": "b"}, "env": {"A": "1"}}))
        .ignore("env.A")
        .ignore("labels");
    assert_eq!(bed.lines(), r#"env.B: - → "2" (Edit, InPlace)"#);
}

#[test]
fn strict_maps_lists_and_sets_lose_what_others_put_there() {
    let live = json!({"labels": {"a": "1", "theirs": "2", "stackctl-stack": "s"}, "env": {"X": "1"},
        "policy": {"bindings": [{"role": "roles/r", "members": ["user:theirs@x.y", "allUsers"]}]}});
    let desired = json!({"labels": {"a": "1"}, "iam": [{"role": "roles/r", "members": ["allUsers"]}]});
    let strict = bed("services", desired.clone(), live.clone()).strict("labels").strict("env").strict("iam");
    insta::assert_snapshot!(strict.lines(), @r#"
        labels.theirs: "2" → - (Drift, InPlace)
        env.X: "1" → - (Drift, InPlace)
        iam.roles/r["user:theirs@x.y"]: true → - (Drift, InPlace)
        "#);
    assert_eq!(bed("services", desired, live).lines(), "");
}

#[test]
fn only_our_members_are_compared() {
    let live = json!({"policy": {"bindings": [
        {"role": "roles/a", "members": ["user:ann@x.y", "user:theirs@x.y", "user:dropped@x.y", "user:kept@x.y"]},
        {"role": "roles/b", "members": ["allUsers"]}]}});
    let iam = |members: Json| json!({"iam": [{"role": "roles/a", "members": members}]});
    let bed = bed("services", iam(json!(["user:Ann@x.y", "user:new@x.y"])), live)
        .recorded(iam(json!(["user:dropped@x.y", "user:kept@x.y"])))
        .before(r#"iam["roles/a"]["user:kept@x.y"]"#);
    insta::assert_snapshot!(bed.lines(), @r#"
        iam.roles/a["user:new@x.y"]: - → true (Edit, InPlace)
        iam.roles/a["user:dropped@x.y"]: true → - (Edit, InPlace)
        "#);
    let difference = bed.compare();
    assert_eq!(bed.removed(), [r#"iam.roles/a["user:dropped@x.y"]"#]);
    let before: Vec<String> = difference.members_before.iter().map(ToString::to_string).collect();
    assert_eq!(before, [r#"iam.roles/a["user:ann@x.y"]"#], "it was there without us");
}

#[test]
fn members_of_a_binding_are_compared_one_by_one() {
    let live = json!({"role": "roles/r", "members": ["user:a@x.y", "user:theirs@x.y"]});
    let bed = bed("iamBindings", json!({"role": "roles/r", "members": ["user:a@x.y", "user:b@x.y"]}), live)
        .recorded(json!({"role": "roles/r", "members": ["user:a@x.y"]}));
    assert_eq!(bed.lines(), r#"members["user:b@x.y"]: - → true (Edit, InPlace)"#);
    assert!(bed.compare().members_before.is_empty());
}

#[test]
fn the_record_is_stale_where_it_names_other_fields_than_the_file() {
    let live = json!({"a": 1, "b": 2});
    assert!(!bed("services", json!({"a": 1}), live.clone()).applied().compare().stale);
    assert!(bed("services", json!({"a": 1, "b": 2}), live.clone()).recorded(json!({"a": 1})).compare().stale);
    assert!(bed("services", json!({"a": 1}), live).recorded(json!({"a": 1, "b": 2})).compare().stale);
}

#[test]
fn what_others_set_is_listed_with_what_may_not_be_shown_hidden() {
    let live = json!({"labels": {"a": "1", "theirs": "2", "stackctl-stack": "s"},
        "env": {"X": "1", "API_KEY": "hunter2", "OURS": "3", "LEFT": "4"}, "uid": "7", "client": {"x": "y"},
        "policy": {"bindings": [{"role": "roles/r", "members": ["user:theirs@x.y", "allUsers"]}]}});
    let desired =
        json!({"labels": {"a": "1"}, "env": {"OURS": "3"}, "iam": [{"role": "roles/r", "members": ["allUsers"]}]});
    let bed = bed("services", desired, live).recorded(json!({"env": {"OURS": "3", "LEFT": "4"}}));
    let lines = |bed: &Bed| {
        let found = bed.set_by_others();
        let lines: Vec<_> = found.iter().map(|foreign| format!("{}: {}", foreign.path, show(&foreign.value))).collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(lines(&bed), @r#"
        labels.theirs: "2"
        env.X: "1"
        env.API_KEY: ‹redacted›
        iam.roles/r["user:theirs@x.y"]: true
        "#);
    let bed = bed.strict("env").ignore("iam");
    insta::assert_snapshot!(lines(&bed), @r#"labels.theirs: "2""#);
    assert!(bed.lines().contains("env.API_KEY: ‹redacted› → - (Drift, InPlace)"), "{}", bed.lines());
}
