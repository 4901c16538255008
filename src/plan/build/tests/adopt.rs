use super::*;
use crate::plan::{Consent, Origin};

/// A world in which the demo stands and nothing is ours.
fn found() -> World {
    let mut world = World::with(&stack(demo()));
    world.inventory.entries.clear();
    world
}

#[test]
fn what_is_live_and_not_ours_is_adopted_with_its_differences() {
    let mut world = found();
    world.edit("services/web", "image", json!("img:0"));
    insta::assert_snapshot!(changes(&world.plan(&stack(demo()))), @r#"
        <- networks.net needs [Adopt]
        <- subnetworks.sub needs [Adopt]
        <- serviceAccounts.sa needs [Adopt]
        <- iamBindings.client before us members["serviceAccount:sa@p.iam.gserviceaccount.com"] needs [Adopt]
        <- sqlInstances.db needs [Adopt]
        <- sqlDatabases.app needs [Adopt]
        <- sqlUsers.sa needs [Adopt]
        <- addresses.ip needs [Adopt]
        <- forwardingRules.psc needs [Adopt]
        <- secrets.auth needs [Adopt]
        <- services.web after iamBindings.client, sqlUsers.sa, sqlDatabases.app, forwardingRules.psc needs [Adopt]
            image: "img:0" → "img:1"
        Note [nothing-ours] 11 resources are there already and the inventory is empty: a first adoption, or the inventory is elsewhere
          hint: `stackctl apply --adopt` takes them over; if another machine made them, name its inventory with `state:`
        10 s: services.web
        "#);
}

#[test]
fn consent_to_adopt_comes_from_the_command_or_the_file() {
    let world = found();
    let needs = |desired: &Desired, adopt: Allow| {
        let plan = world.plan_with(desired, &options(|o| o.adopt = adopt.clone()));
        plan.missing_consents().count()
    };
    assert_eq!(needs(&stack(demo()), Allow::Nothing), 11);
    assert_eq!(needs(&stack(demo()), Allow::All), 0);
    assert_eq!(needs(&stack(demo()), these(&["networks.net"])), 10);
    assert_eq!(needs(&demo_with("networks.net.lifecycle", json!({"adopt": true})), Allow::Nothing), 10);
}

#[test]
fn after_adopting_the_plan_is_empty_and_destroy_takes_nothing_of_it() {
    let mut world = found();
    let plan = world.plan_with(&stack(demo()), &options(|o| o.adopt = Allow::All));
    assert!(
        plan.resources.iter().all(|planned| planned.changes.is_empty() && planned.usual_ms == 0),
        "{}",
        show(&plan)
    );
    world.carry_out(&plan);
    assert!(world.plan(&stack(demo())).is_empty());
    assert!(world.inventory.entries.values().all(|entry| entry.ownership == Ownership::Adopted));
    let plan = world.destroy(&stack(demo()));
    assert!(plan.resources.iter().all(|planned| planned.action == Action::Forget), "{}", changes(&plan));
    let all = Options { adopted: AdoptedOnes::Delete, ..World::options(Purpose::Destroy) };
    let plan = world.plan_with(&stack(demo()), &all);
    assert!(plan.resources.iter().all(|planned| planned.action == Action::Delete), "{}", changes(&plan));
}

#[test]
fn what_another_stack_labelled_is_refused() {
    let mut world = found();
    world.edit("services/web", "labels.stackctl-stack", json!("other"));
    let findings: Vec<String> =
        world.plan(&stack(demo())).errors().map(|finding| format!("{}: {}", finding.code, finding.message)).collect();
    assert_eq!(
        findings,
        ["other-stack: `services.web` belongs to the stack `other`: its label `stackctl-stack` says so"]
    );
}

#[test]
fn what_cannot_change_cannot_be_adopted_otherwise() {
    let mut world = found();
    world.edit("subnetworks/sub", "network", json!("projects/p/global/networks/other"));
    let plan = world.plan(&stack(demo()));
    let errors: Vec<String> = plan.errors().map(|finding| finding.message.clone()).collect();
    assert_eq!(errors, ["`subnetworks.sub` exists with another `network`, which cannot change"]);
    assert_eq!(plan.get(&address("subnetworks.sub")).unwrap().action, Action::Adopt);
}

#[test]
fn what_somebody_made_again_is_not_ours() {
    let mut world = World::with(&stack(demo()));
    world.edit("networks/net", "id", json!("777"));
    insta::assert_snapshot!(changes(&world.plan(&stack(demo()))), @"
        <- networks.net needs [Adopt]
            (somebody made it again: its id is `777`, ours had `2`)
        ");
    let plan = world.destroy(&stack(demo()));
    let network = plan.get(&address("networks.net")).unwrap();
    assert_eq!(network.action, Action::Forget);
    assert_eq!(network.reasons, ["somebody made it again under the same name: this one is not ours"]);
}

#[test]
fn members_that_were_there_before_us_stay_when_the_binding_goes() {
    let desired = stack(json!({"iamBindings": {"b": {"role": "roles/r", "members": ["user:a@x.y", "user:b@x.y"]}}}));
    let mut world = World::new();
    world.policy.insert("roles/r".into(), ["user:a@x.y".to_owned(), "user:theirs@x.y".to_owned()].into());
    let plan = world.plan(&desired);
    insta::assert_snapshot!(show(&plan), @r#"
        + iamBindings.b before us members["user:a@x.y"]
            role: "roles/r"
            members: ["user:a@x.y", "user:b@x.y"]
        2 s: iamBindings.b
        "#);
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty());
    world.carry_out(&world.destroy(&desired));
    let left: Vec<&str> = world.policy["roles/r"].iter().map(String::as_str).collect();
    assert_eq!(left, ["user:a@x.y", "user:theirs@x.y"]);
}

#[test]
fn a_member_that_leaves_the_file_is_taken_away_if_we_gave_it() {
    let binding = |members: Json| stack(json!({"iamBindings": {"b": {"role": "roles/r", "members": members}}}));
    let mut world = World::new();
    world.policy.insert("roles/r".into(), ["user:before@x.y".to_owned()].into());
    world.carry_out(&world.plan(&binding(json!(["user:before@x.y", "user:a@x.y", "user:b@x.y"]))));
    let plan = world.plan(&binding(json!(["user:b@x.y"])));
    insta::assert_snapshot!(show(&plan), @r#"
        ~ iamBindings.b
            members["user:a@x.y"]: true → -
        2 s: iamBindings.b
        "#);
    world.carry_out(&plan);
    assert!(world.plan(&binding(json!(["user:b@x.y"]))).is_empty());
    let left: Vec<&str> = world.policy["roles/r"].iter().map(String::as_str).collect();
    assert_eq!(left, ["user:b@x.y", "user:before@x.y"]);
}

#[test]
fn what_somebody_made_in_the_place_of_ours_is_put_back_with_both_consents() {
    let desired = stack(demo());
    let mut world = World::with(&desired);
    world.edit("addresses/ip", "id", json!("another"));
    world.edit("addresses/ip", "address", json!("10.0.0.9"));
    let ip = |plan: &Plan| plan.get(&address("addresses.ip")).cloned().unwrap();
    let planned = ip(&world.plan(&desired));
    assert_eq!((planned.action, planned.needs), (Action::Replace, vec![Consent::Adopt, Consent::Replace]));
    assert_eq!(planned.changes[0].origin, Origin::Drift, "the file did not move");
    assert!(planned.reasons[0].starts_with("somebody made it again"), "{:?}", planned.reasons);
    let only_adopt = options(|o| o.adopt = these(&["addresses.ip"]));
    assert_eq!(ip(&world.plan_with(&desired, &only_adopt)).needs, [Consent::Replace]);
    let both = options(|o| (o.adopt, o.replace) = (these(&["addresses.ip"]), these(&["addresses.ip"])));
    let plan = world.plan_with(&desired, &both);
    assert_eq!(plan.missing_consents().count(), 0);
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty());
    assert_eq!(world.inventory.entries[&address("addresses.ip")].ownership, Ownership::Created);
}

#[test]
fn what_somebody_made_in_the_place_of_ours_and_can_be_changed_is_adopted_as_drift() {
    let desired = stack(demo());
    let mut world = World::with(&desired);
    world.edit("services/web", "uid", json!("another"));
    world.edit("services/web", "image", json!("img:0"));
    let planned = world.plan(&desired).get(&address("services.web")).cloned().unwrap();
    assert_eq!((planned.action, planned.changes[0].origin), (Action::Adopt, Origin::Drift));
}
