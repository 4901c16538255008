use super::*;

#[test]
fn what_did_not_start_is_tried_again_although_nothing_differs() {
    let desired = demo_with("outputs", json!({"revision": "${services.web.revision}"}));
    let mut world = World::with(&desired);
    assert!(world.plan(&desired).is_empty());
    world.edit("/services/web", "revision", json!("r-1"));
    world.edit("/services/web", "broken", json!(true));
    let plan = world.plan(&desired);
    insta::assert_snapshot!(changes(&plan), @"
        ~ services.web after iamBindings.client, sqlUsers.sa, sqlDatabases.app, forwardingRules.psc
            (revision `r-1` did not start)
        10 s: services.web
        ");
    assert!(!plan.outputs["revision"].is_known(), "the new revision is not known yet");
}

#[test]
fn what_did_not_start_and_is_not_ours_is_only_adopted() {
    let desired = stack(demo());
    let mut world = World::with(&desired);
    world.edit("/services/web", "broken", json!(true));
    world.inventory.entries.remove(&address("services.web"));
    let planned = world.plan(&desired).get(&address("services.web")).cloned().unwrap();
    assert_eq!((planned.action, planned.reasons.len()), (Action::Adopt, 0));
}
