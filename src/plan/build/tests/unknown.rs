use super::*;

#[test]
fn what_follows_a_change_is_known_after_apply_and_nothing_else() {
    let mut world = World::with(&stack(demo()));
    let desired = demo_with("secrets.auth.rotation", json!(2));
    let plan = world.plan(&desired);
    insta::assert_snapshot!(changes(&plan), @"
        ~ secrets.auth
            rotation: - → 2
        ~ services.web after iamBindings.client, sqlUsers.sa, sqlDatabases.app, forwardingRules.psc
            env.AUTH.version: 1 → ?${secrets.auth.version}
        11 s: secrets.auth > services.web
        ");
    let web = plan.get(&address("services.web")).unwrap();
    assert_eq!(web.desired.as_ref().unwrap().dig_str("env.AUTH.secret"), Some("projects/p/secrets/auth"));
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty());
}

#[test]
fn a_change_in_place_leaves_outputs_known_to_compare_and_open_to_carry() {
    let mut world = World::with(&stack(demo()));
    let desired = demo_with("sqlInstances.db.tier", json!("big"));
    let plan = world.plan(&desired);
    insta::assert_snapshot!(changes(&plan), @r#"
        ~ sqlInstances.db
            tier: "small" → "big"
        60 s: sqlInstances.db
        "#);
    let rule = plan.get(&address("forwardingRules.psc")).unwrap();
    assert!(!rule.desired.as_ref().unwrap().is_known(), "filled just before a step, if there were one");
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty());
}

#[test]
fn an_output_that_a_settled_resource_lacks_is_an_error() {
    let mut world = World::with(&stack(demo()));
    world.edit("instances/db", "pscServiceAttachmentLink", Json::Null);
    insta::assert_snapshot!(changes(&world.plan(&stack(demo()))), @r#"
        -/+ forwardingRules.psc
            target: "projects/x/serviceAttachments/a1" → ?${sqlInstances.db.link} [replaces]
        Error [no-output forwardingRules.psc target] `sqlInstances.db` exists and has no `link`
          hint: turn on what gives it that output (for `pscServiceAttachmentLink`: `pscEnabled`), or name another output
        "#);
}

#[test]
fn its_own_outputs_are_set_by_a_second_update() {
    let desired = stack(json!({"services": {"web": {"env": {"URL": "${self.url}/api", "N": "${project.number}"}}}}));
    let mut world = World::new();
    let plan = world.plan(&desired);
    insta::assert_snapshot!(show(&plan), @r#"
        + services.web deferred env.URL
            (`env.URL` names what is known only once it exists: a second update sets that)
            env.URL: ?${self.url}/api
            env.N: "123"
        30 s: services.web
        "#);
    world.carry_out(&plan);
    let web = world.live.values().next().unwrap();
    assert_eq!(web["env"], json!({"N": "123", "URL": "https://web-1.a.run.app/api"}));
    assert!(world.plan(&desired).is_empty());
}

#[test]
fn a_payload_that_can_be_loaded_again_and_differs_is_a_change() {
    let desired = stack(demo());
    let mut world = World::new();
    let hash = |text: &str| BTreeMap::from([("value".to_owned(), text.to_owned())]);
    world.payloads.insert(address("secrets.auth"), hash("one"));
    world.carry_out(&world.plan(&desired));
    assert!(world.plan(&desired).is_empty());
    world.payloads.insert(address("secrets.auth"), hash("two"));
    let plan = world.plan(&desired);
    insta::assert_snapshot!(changes(&plan), @"
        ~ secrets.auth
            value: ‹redacted› → ‹redacted›
        ~ services.web after iamBindings.client, sqlUsers.sa, sqlDatabases.app, forwardingRules.psc
            env.AUTH.version: 1 → ?${secrets.auth.version}
        11 s: secrets.auth > services.web
        ");
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty());
}

#[test]
fn a_payload_that_the_cloud_lacks_is_a_change_whatever_the_inventory_says() {
    let desired = stack(demo());
    let mut world = World::with(&desired);
    world.edit("secrets/auth", "version", Json::Null);
    let plan = world.plan(&desired);
    assert!(changes(&plan).contains("value: - → ‹redacted›"), "{}", changes(&plan));
}

#[test]
fn stack_outputs_are_known_where_nothing_they_name_changes() {
    let world = World::with(&stack(demo()));
    let known = world.plan(&demo_with("sqlInstances.db.tier", json!("big")));
    assert!(known.outputs["ui"].is_known());
    let unknown = World::new().plan(&stack(demo()));
    assert!(!unknown.outputs["ui"].is_known());
}
