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

#[test]
fn what_takes_its_value_from_a_secret_follows_every_new_version() {
    let with = |rotation: i64| {
        stack(json!({
            "sqlInstances": {"db": {"tier": "small"}},
            "secrets": {"auth": {"env": "AUTH", "rotation": rotation}, "other": {"env": "OTHER"}},
            "sqlUsers": {"app": {"instance": "=sqlInstances.db", "password": {"secret": "@secrets.auth"}}}
        }))
    };
    let mut world = World::with(&with(1));
    assert!(world.plan(&with(1)).is_empty());
    let plan = world.plan(&with(2));
    let user = plan.get(&address("sqlUsers.app")).unwrap();
    let paths: Vec<String> = user.changes.iter().map(|change| change.path.to_string()).collect();
    assert_eq!((user.action, paths), (Action::Update, vec!["password".to_owned()]));
    world.live.retain(|name, _| !name.ends_with("secrets/auth"));
    let user = world.plan(&with(1)).get(&address("sqlUsers.app")).cloned().unwrap();
    assert_eq!(user.action, Action::Update, "the secret is made anew, with another value");
    let mut world = World::with(&with(1));
    world.payloads.insert(address("secrets.other"), [("value".to_owned(), "new".to_owned())].into());
    assert!(world.plan(&with(1)).get(&address("sqlUsers.app")).unwrap().is_nothing());
}

#[test]
fn only_a_live_program_holds_a_subnet() {
    let mut json = demo();
    let service = json["services"].take();
    json["services"] = json!({});
    json["outputs"] = json!({});
    let world = World::with(&stack(json.clone()));
    json["services"] = service;
    json["networks"]["other"] = json!({});
    json["subnetworks"]["sub"]["network"] = json!("@networks.other");
    let plan = |world: &World| world.plan(&stack(json.clone()));
    let codes = |plan: &Plan| plan.errors().map(|finding| finding.code.clone()).collect::<Vec<_>>();
    let first = plan(&world);
    assert_eq!(codes(&first), Vec::<String>::new(), "{}", changes(&first));
    let mut later = World::with(&stack(demo()));
    assert_eq!(codes(&plan(&later)), ["replace-cannot-finish"]);
    later.inventory.entries.remove(&address("services.web"));
    assert_eq!(codes(&plan(&later)), ["replace-cannot-finish"], "it is there, whoever made it");
    later.live.retain(|name, _| !name.contains("/services/"));
    assert_eq!(codes(&plan(&later)), Vec::<String>::new(), "it is gone");
}
