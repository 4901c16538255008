use super::*;

fn needs(plan: &Plan) -> Vec<String> {
    plan.missing_consents().map(|(address, consent)| format!("{address} {consent:?}")).collect()
}

#[test]
fn roots_that_hold_data_need_consent_and_cover_what_is_in_them() {
    let demo = stack(demo());
    let world = World::with(&demo);
    assert_eq!(needs(&world.destroy(&demo)), ["sqlInstances.db DataLoss"]);
    let mut options = World::options(Purpose::Destroy);
    options.data_loss = these(&["sqlInstances.db"]);
    assert_eq!(needs(&world.plan_with(&demo, &options)), Vec::<String>::new());
    let database_only = demo_with("sqlDatabases.app", Json::Null);
    assert_eq!(needs(&world.plan(&database_only)), ["sqlDatabases.app DataLoss"], "without its instance it is a root");
}

#[test]
fn in_the_sandbox_nothing_holds_data() {
    let demo = stack(demo());
    let mut world = World::with(&demo);
    world.inventory.cloud = CloudKey::Sandbox;
    assert_eq!(needs(&world.destroy(&demo)), Vec::<String>::new());
    assert_eq!(needs(&world.plan(&demo_with("sqlInstances.db.name", json!("db-2")))), Vec::<String>::new());
}

#[test]
fn protection_stands_against_a_delete_whoever_asks() {
    let repository =
        |lifecycle: Json| demo_with("repositories", json!({"r": {"format": "DOCKER", "lifecycle": lifecycle}}));
    let protected = repository(json!({"protect": true}));
    let mut world = World::with(&protected);
    world.inventory.cloud = CloudKey::Sandbox;
    assert_eq!(needs(&world.destroy(&protected)), ["repositories.r Protected"]);
    assert_eq!(needs(&world.plan(&stack(demo()))), ["repositories.r Protected"], "the record remembers it");
    let freed = repository(json!({}));
    assert_eq!(needs(&world.destroy(&freed)), Vec::<String>::new(), "the file's word counts where there is one");
    let plan = world.plan(&freed);
    assert!(plan.is_empty() && plan.get(&address("repositories.r")).unwrap().stale_record);
    world.carry_out(&plan);
    assert_eq!(needs(&world.plan(&stack(demo()))), Vec::<String>::new());
}
