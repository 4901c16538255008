use super::*;

#[test]
fn a_replacement_takes_along_what_holds_its_identity() {
    let mut world = World::with(&stack(demo()));
    let desired = demo_with("addresses.ip.address", json!("10.0.0.6"));
    let plan = world.plan(&desired);
    insta::assert_snapshot!(changes(&plan), @r#"
        -/+ addresses.ip
            address: "10.0.0.5" → "10.0.0.6" [replaces]
        -/+ forwardingRules.psc
            (`addresses.ip` is replaced, and `address` of what stands on it cannot change)
        ~ services.web after iamBindings.client, sqlUsers.sa, sqlDatabases.app, forwardingRules.psc
            env.IP: "10.0.0.5" → "10.0.0.6"
        32 s: forwardingRules.psc > addresses.ip > forwardingRules.psc > services.web
        "#);
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty(), "{}", changes(&world.plan(&desired)));
}

#[test]
fn an_instance_under_another_name_takes_databases_users_and_endpoint_along() {
    let mut world = World::with(&stack(demo()));
    let desired = demo_with("sqlInstances.db.name", json!("db-2"));
    let plan = world.plan(&desired);
    insta::assert_snapshot!(changes(&plan), @r#"
        -/+ sqlInstances.db not at //sqladmin.googleapis.com/projects/p/instances/db needs [Replace]
            (the file names another place than `//sqladmin.googleapis.com/projects/p/instances/db`)
            ! the name `db` cannot be used again for about 7 days
        -/+ sqlDatabases.app with sqlInstances.db not at //sqladmin.googleapis.com/projects/p/instances/db/databases/app
            (the file names another place than `//sqladmin.googleapis.com/projects/p/instances/db/databases/app`)
            (`sqlInstances.db`, which it is part of, is replaced)
            instance: "db" → "db-2" [replaces]
        -/+ sqlUsers.sa with sqlInstances.db not at //sqladmin.googleapis.com/projects/p/instances/db/users/sa
            (the file names another place than `//sqladmin.googleapis.com/projects/p/instances/db/users/sa`)
            (`sqlInstances.db`, which it is part of, is replaced)
            instance: "db" → "db-2" [replaces]
        -/+ forwardingRules.psc
            target: "projects/x/serviceAttachments/a1" → ?${sqlInstances.db.link} [replaces]
        418 s: forwardingRules.psc > sqlInstances.db > forwardingRules.psc
        "#);
    let allowed = options(|o| o.replace = these(&["sqlInstances.db"]));
    let plan = world.plan_with(&desired, &allowed);
    assert_eq!(plan.missing_consents().count(), 0);
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty(), "{}", changes(&world.plan(&desired)));
    assert!(!world.live.keys().any(|name| name.contains("instances/db/")), "the former one is gone with all in it");
}

#[test]
fn a_name_that_google_blocks_cannot_be_replaced_under_it() {
    let world = World::with(&demo_with("sqlInstances.db.region", json!("us-central1")));
    let plan = world.plan(&demo_with("sqlInstances.db.region", json!("europe-west1")));
    let errors: Vec<_> = plan.errors().map(|finding| (finding.message.clone(), finding.hint.clone())).collect();
    insta::assert_debug_snapshot!(errors, @r#"
        [
            (
                "`sqlInstances.db` cannot be replaced under its name: Google blocks the name of a SQL instance for about 7 days after its deletion",
                Some(
                    "write `name: db-2` to make the new one under another name, or take the change back",
                ),
            ),
        ]
        "#);
}

#[test]
fn a_subnet_that_cloud_run_uses_cannot_be_replaced_in_one_run() {
    let mut world = World::with(&stack(demo()));
    world.edit("subnetworks/sub", "network", json!("projects/p/global/networks/other"));
    let plan = world.plan(&stack(demo()));
    insta::assert_snapshot!(changes(&plan), @r#"
        -/+ subnetworks.sub
            network: "projects/p/global/networks/other" → "projects/p/global/networks/net" [drift] [replaces]
        -/+ addresses.ip
            (`subnetworks.sub` is replaced, and `subnetwork` of what stands on it cannot change)
        -/+ forwardingRules.psc
            (`addresses.ip` is replaced, and `address` of what stands on it cannot change)
        Error [replace-cannot-finish subnetworks.sub] `subnetworks.sub` cannot be replaced in one run: `services.web` uses it, and Google holds an address on it for up to 130 minutes after the last Cloud Run resource is gone
          hint: make a new subnet under another key and let `services.web` use that one; a range can grow in place
        "#);
}

#[test]
fn a_service_account_made_anew_is_granted_its_rights_again() {
    let mut world = World::with(&demo_with("serviceAccounts.sa.tag", json!("x")));
    let desired = demo_with("serviceAccounts.sa.tag", json!("y"));
    let plan = world.plan(&desired);
    insta::assert_snapshot!(changes(&plan), @r#"
        -/+ serviceAccounts.sa
            tag: "x" → "y" [replaces]
        ~ iamBindings.client
            (`serviceAccounts.sa` is replaced and loses its rights: they are granted again)
            members["serviceAccount:sa@p.iam.gserviceaccount.com"]: - → true
        6 s: serviceAccounts.sa > iamBindings.client
        "#);
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty());
}

#[test]
fn another_region_is_another_place() {
    let mut world = World::with(&stack(demo()));
    let desired = demo_with("services.web.location", json!("europe-west1"));
    let plan = world.plan(&desired);
    insta::assert_snapshot!(changes(&plan), @"
        -/+ services.web not at //run.googleapis.com/projects/p/locations/us-central1/services/web after iamBindings.client, sqlUsers.sa, sqlDatabases.app, forwardingRules.psc
            (the file names another place than `//run.googleapis.com/projects/p/locations/us-central1/services/web`)
        31 s: services.web
        ");
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty());
    assert!(!world.live.keys().any(|name| name.contains("us-central1/services")));
}

#[test]
fn a_place_that_is_taken_is_refused() {
    let repository = |name: &str| stack(json!({"repositories": {"r": {"format": "DOCKER", "name": name}}}));
    let mut world = World::with(&repository("mine"));
    let taken = "//artifactregistry.googleapis.com/projects/p/locations/us-central1/repositories/taken".to_owned();
    world.live.insert(taken, json!({"format": "DOCKER"}));
    insta::assert_snapshot!(show(&world.plan(&repository("taken"))), @"
        = repositories.r
        Error [place-taken repositories.r] `repositories.r` cannot move to `//artifactregistry.googleapis.com/projects/p/locations/us-central1/repositories/taken`: something is there already
          hint: choose another name; or let go of the former one with `stackctl inventory forget repositories.r`, then take this one over with `stackctl apply --adopt repositories.r`
        ");
}

#[test]
fn an_adopted_resource_that_moves_is_left_where_it_was() {
    let network = |name: &str| stack(json!({"networks": {"net": {"name": name}}}));
    let mut world = World::with(&network("net"));
    world.inventory.entries.values_mut().for_each(|entry| entry.ownership = Ownership::Adopted);
    let plan = world.plan(&network("net-2"));
    insta::assert_snapshot!(show(&plan), @"
        + networks.net not at //compute.googleapis.com/projects/p/global/networks/net
            (the file names another place than `//compute.googleapis.com/projects/p/global/networks/net`)
            (what stands at the former place is not deleted, only forgotten)
        10 s: networks.net
        ");
    world.carry_out(&plan);
    assert!(world.plan(&network("net-2")).is_empty());
    assert_eq!(world.live.len(), 2);
}

#[test]
fn a_target_that_drags_others_along_names_them() {
    let world = World::with(&stack(demo()));
    let desired = demo_with("addresses.ip.address", json!("10.0.0.6"));
    let plan = world.plan_with(&desired, &options(|o| o.targets = vec![address("addresses.ip")]));
    let errors: Vec<_> = plan.errors().map(|finding| (finding.message.clone(), finding.hint.clone())).collect();
    insta::assert_debug_snapshot!(errors, @r#"
        [
            (
                "`forwardingRules.psc` must follow `addresses.ip`, which is replaced, and is left out",
                Some(
                    "add `--target forwardingRules.psc`, or leave `addresses.ip` as it is",
                ),
            ),
        ]
        "#);
}

#[test]
fn protected_things_are_not_replaced() {
    let mut world = World::with(&stack(demo()));
    world.edit("addresses/ip", "address", json!("10.0.0.9"));
    let plan = world.plan(&demo_with("addresses.ip.lifecycle", json!({"protect": true})));
    let needs: Vec<_> = plan.missing_consents().map(|(address, consent)| format!("{address} {consent:?}")).collect();
    assert_eq!(needs, ["addresses.ip Protected"]);
}
