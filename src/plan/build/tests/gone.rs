use super::*;

#[test]
fn what_left_the_file_is_deleted_after_what_stopped_using_it() {
    let mut world = World::with(&stack(demo()));
    let mut json = demo();
    json["secrets"] = json!({});
    json["services"]["web"]["env"] = json!({"IP": "${addresses.ip.address}"});
    let plan = world.plan(&stack(json.clone()));
    insta::assert_snapshot!(changes(&plan), @r#"
        ~ services.web after iamBindings.client, sqlUsers.sa, sqlDatabases.app, forwardingRules.psc releases secrets.auth
            env.AUTH: {"secret":"projects/p/secrets/auth","version":1} → -
        - secrets.auth
            (it is no longer in the file)
        11 s: services.web > secrets.auth
        "#);
    world.carry_out(&plan);
    assert!(world.plan(&stack(json)).is_empty());
}

#[test]
fn an_empty_file_deletes_all_that_is_ours_in_reverse_order() {
    let mut world = World::with(&stack(demo()));
    let plan = world.plan(&stack(json!({})));
    insta::assert_snapshot!(changes(&plan), @"
        - networks.net
            (it is no longer in the file)
        - secrets.auth
            (it is no longer in the file)
        - serviceAccounts.sa
            (it is no longer in the file)
        - iamBindings.client
            (it is no longer in the file)
        - sqlInstances.db needs [DataLoss]
            (it is no longer in the file)
            ! the name `db` cannot be used again for about 7 days
        - sqlDatabases.app with sqlInstances.db
            (it is no longer in the file)
            (goes with `sqlInstances.db`)
        - sqlUsers.sa with sqlInstances.db
            (it is no longer in the file)
            (goes with `sqlInstances.db`)
        - subnetworks.sub
            (it is no longer in the file)
        - addresses.ip
            (it is no longer in the file)
        - forwardingRules.psc
            (it is no longer in the file)
        - services.web
            (it is no longer in the file)
        109 s: forwardingRules.psc > sqlInstances.db > serviceAccounts.sa
        ");
    world.carry_out(&plan);
    assert!(world.live.is_empty() && world.inventory.entries.is_empty());
    assert!(world.policy.values().all(|members| members.is_empty()));
    assert_eq!(world.inventory.tombstones.len(), 1);
}

#[test]
fn destroy_takes_everything_that_is_ours() {
    let mut world = World::with(&stack(demo()));
    let plan = world.destroy(&stack(demo()));
    let left: Vec<&Address> =
        plan.resources.iter().filter(|p| p.action != Action::Delete).map(|planned| &planned.address).collect();
    assert_eq!((plan.resources.len(), left), (11, vec![]));
    world.carry_out(&plan);
    assert!(world.live.is_empty() && world.inventory.entries.is_empty());
    assert!(world.destroy(&stack(demo())).is_empty());
}

#[test]
fn a_name_that_was_just_deleted_is_blocked_with_its_date() {
    let mut world = World::with(&stack(demo()));
    world.carry_out(&world.destroy(&stack(demo())));
    let errors: Vec<_> = world.plan(&stack(demo())).errors().map(|f| (f.message.clone(), f.hint.clone())).collect();
    insta::assert_debug_snapshot!(errors, @r#"
        [
            (
                "the name `db` cannot be used again before 2026-06-08: what had it was deleted on 2026-06-01",
                Some(
                    "write `name: db-2` under `sqlInstances.db`, or wait until then",
                ),
            ),
        ]
        "#);
    let later = Options::new(Purpose::Apply, "2026-06-08T00:00:00Z");
    assert_eq!(world.plan_with(&stack(demo()), &later).errors().count(), 0);
}

#[test]
fn destroying_a_target_takes_what_stands_on_it() {
    let world = World::with(&stack(demo()));
    let options = Options { targets: vec![address("sqlInstances.db")], ..World::options(Purpose::Destroy) };
    let plan = world.plan_with(&stack(demo()), &options);
    let mut going: Vec<String> = plan.resources.iter().map(|planned| planned.address.to_string()).collect();
    going.sort();
    assert_eq!(going, ["forwardingRules.psc", "sqlDatabases.app", "sqlInstances.db", "sqlUsers.sa"]);
    let options = Options { excludes: vec![address("subnetworks.sub")], ..World::options(Purpose::Destroy) };
    let plan = world.plan_with(&stack(demo()), &options);
    assert!(plan.get(&address("networks.net")).is_none() && plan.get(&address("addresses.ip")).is_some());
}

#[test]
fn what_is_to_be_kept_is_forgotten() {
    let mut json = demo();
    json["networks"]["net"]["lifecycle"] = json!({"onDelete": "keep"});
    let world = World::with(&stack(json.clone()));
    for plan in [world.destroy(&stack(json)), world.plan(&stack(json!({})))] {
        let network = plan.get(&address("networks.net")).unwrap();
        assert_eq!(network.action, Action::Forget);
        assert_eq!(network.reasons.last().unwrap(), "`lifecycle.onDelete: keep` leaves it in the cloud");
    }
}

#[test]
fn what_is_kept_inside_of_what_goes_is_refused() {
    let keep = demo_with("sqlDatabases.app.lifecycle", json!({"onDelete": "keep"}));
    let plan = World::with(&keep).destroy(&keep);
    let errors: Vec<String> = plan.errors().map(|finding| finding.message.clone()).collect();
    assert_eq!(
        errors,
        ["`sqlDatabases.app` is to stay, and would be lost with `sqlInstances.db`, which it is part of"]
    );
    let keep = demo_with("subnetworks.sub.lifecycle", json!({"onDelete": "keep"}));
    let plan = World::with(&keep).destroy(&keep);
    let codes: Vec<&str> = plan.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["kept-on-deleted"]);
}

#[test]
fn what_is_gone_already_is_forgotten() {
    let mut world = World::with(&stack(demo()));
    world.live.retain(|name, _| !name.ends_with("services/web"));
    let plan = world.destroy(&stack(demo()));
    let web = plan.get(&address("services.web")).unwrap();
    assert_eq!(web.action, Action::Forget);
    assert_eq!(web.reasons, ["it is gone from the cloud already"]);
}

#[test]
fn an_inventory_that_stands_in_a_circle_is_said_to_be_damaged() {
    let mut world = World::with(&stack(demo()));
    let network = world.inventory.entries.get_mut(&address("networks.net")).unwrap();
    network.depends_on.push(address("subnetworks.sub"));
    let plan = world.destroy(&stack(demo()));
    let errors: Vec<String> = plan.errors().map(|finding| finding.message.clone()).collect();
    assert_eq!(errors, ["`networks.net`, `subnetworks.sub` stand on each other, by the inventory"]);
}

#[test]
fn an_address_and_a_range_are_taken_only_once_they_are_free() {
    let mut json = demo();
    json["services"]["web"]["vpcAccess"].take();
    let mut world = World::with(&stack(json.clone()));
    for section in ["subnetworks", "addresses", "forwardingRules"] {
        let entries = json[section].as_object_mut().unwrap();
        *entries = std::mem::take(entries).into_iter().map(|(key, value)| (format!("new-{key}"), value)).collect();
    }
    json["addresses"]["new-ip"]["subnetwork"] = json!("@subnetworks.new-sub");
    json["forwardingRules"]["new-psc"]["address"] = json!("@addresses.new-ip");
    json["services"]["web"]["env"]["IP"] = json!("${addresses.new-ip.address}");
    let desired = stack(json);
    let plan = world.plan(&desired);
    assert_eq!(plan.get(&address("subnetworks.new-sub")).unwrap().freed_by, [address("subnetworks.sub")]);
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty());
}

#[test]
fn a_prune_makes_room_only_in_its_own_network() {
    let nets = json!({"networks": {"a": {}, "b": {}}, "subnetworks": {
        "one": {"network": "@networks.a", "ipCidrRange": "10.0.0.0/24"},
        "two": {"network": "@networks.a", "ipCidrRange": "10.0.1.0/24"}}});
    let world = World::with(&stack(nets.clone()));
    let mut next = nets;
    next["subnetworks"] = json!({
        "wide": {"network": "@networks.a", "ipCidrRange": "10.0.0.0/16"},
        "elsewhere": {"network": "@networks.b", "ipCidrRange": "10.0.0.0/24"}});
    let plan = world.plan(&stack(next));
    let freed = |key: &str| plan.get(&address(key)).unwrap().freed_by.clone();
    assert_eq!(freed("subnetworks.wide"), [address("subnetworks.one"), address("subnetworks.two")]);
    assert!(freed("subnetworks.elsewhere").is_empty());
}
