//! Scripted plans: a stack, a world, and the plan as text.

use serde_json::{Value as Json, json};

use super::*;
use crate::plan::inputs::{AdoptedOnes, Allow, Desired, Options};
use crate::plan::testkit::{World, show, stack};
use crate::records::{CloudKey, Ownership};

mod adopt;
mod again;
mod consents;
mod gone;
mod laws;
mod replace;
mod unknown;

/// The tutorial's stack in small.
fn demo() -> Json {
    json!({
        "networks": {"net": {"autoCreateSubnetworks": false}},
        "subnetworks": {"sub": {"network": "@networks.net", "ipCidrRange": "10.0.0.0/24"}},
        "serviceAccounts": {"sa": {"displayName": "Runs it"}},
        "iamBindings": {"client": {"role": "roles/cloudsql.client", "members": ["serviceAccount:@serviceAccounts.sa"]}},
        "sqlInstances": {"db": {"tier": "small", "databaseVersion": "POSTGRES_18"}},
        "sqlDatabases": {"app": {"instance": "=sqlInstances.db"}},
        "sqlUsers": {"sa": {"instance": "=sqlInstances.db", "serviceAccount": "=serviceAccounts.sa"}},
        "addresses": {"ip": {"subnetwork": "@subnetworks.sub", "address": "10.0.0.5"}},
        "forwardingRules": {"psc": {"network": "@networks.net", "address": "@addresses.ip",
            "target": "${sqlInstances.db.link}"}},
        "secrets": {"auth": {"env": "AUTH"}},
        "services": {"web": {
            "image": "img:1", "serviceAccount": "^serviceAccounts.sa", "vpcAccess": {"subnetwork": "@subnetworks.sub"},
            "env": {"IP": "${addresses.ip.address}", "AUTH": {"secret": "@secrets.auth", "version": "${secrets.auth.version}"}}}},
        "outputs": {"ui": "${services.web.url}"}
    })
}

/// The demo with a field changed, or (null) taken out.
fn demo_with(path: &str, value: Json) -> Desired {
    let mut json = demo();
    let mut at = &mut json;
    let keys: Vec<&str> = path.split('.').collect();
    for key in &keys[..keys.len() - 1] {
        at = &mut at[*key];
    }
    let last = keys[keys.len() - 1];
    match value {
        Json::Null => {
            at.as_object_mut().unwrap().shift_remove(last);
        }
        value => at[last] = value,
    }
    stack(json)
}

/// The plan, without the resources that stay as they are.
fn changes(plan: &Plan) -> String {
    let mut plan = plan.clone();
    plan.resources.retain(|planned| !planned.is_nothing());
    plan.outputs.clear();
    show(&plan)
}

fn options(change: impl Fn(&mut Options)) -> Options {
    let mut options = World::options(Purpose::Apply);
    change(&mut options);
    options
}

fn these(addresses: &[&str]) -> Allow {
    Allow::These(addresses.iter().map(|address| address.parse().unwrap()).collect())
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

#[test]
fn a_first_apply_creates_everything_in_order() {
    let mut world = World::new();
    world.enabled_apis.retain(|api| !api.starts_with("run") && !api.starts_with("sql"));
    insta::assert_snapshot!(show(&world.plan(&stack(demo()))), @r#"
        enable run.googleapis.com sqladmin.googleapis.com
        + networks.net
            autoCreateSubnetworks: false
        + subnetworks.sub
            network: "projects/p/global/networks/net"
            ipCidrRange: "10.0.0.0/24"
        + serviceAccounts.sa
            displayName: "Runs it"
        + iamBindings.client
            role: "roles/cloudsql.client"
            members: ["serviceAccount:sa@p.iam.gserviceaccount.com"]
        + sqlInstances.db
            tier: "small"
            databaseVersion: "POSTGRES_18"
        + sqlDatabases.app
            instance: "db"
        + sqlUsers.sa
            instance: "db"
            serviceAccount: "sa"
        + addresses.ip
            subnetwork: "projects/p/regions/us-central1/subnetworks/sub"
            address: "10.0.0.5"
        + forwardingRules.psc
            network: "projects/p/global/networks/net"
            address: "projects/p/regions/us-central1/addresses/ip"
            target: ?${sqlInstances.db.link}
        + secrets.auth
            env: "AUTH"
            value: ‹redacted›
        + services.web after iamBindings.client, sqlUsers.sa, sqlDatabases.app, forwardingRules.psc
            image: "img:1"
            serviceAccount: "sa@p.iam.gserviceaccount.com"
            vpcAccess.subnetwork: "projects/p/regions/us-central1/subnetworks/sub"
            env.IP: "10.0.0.5"
            env.AUTH.secret: "projects/p/secrets/auth"
            env.AUTH.version: ?${secrets.auth.version}
        output ui: ?${services.web.url}
        370 s: sqlInstances.db > forwardingRules.psc > services.web
        "#);
}

#[test]
fn a_second_plan_is_empty() {
    let demo = stack(demo());
    let plan = World::with(&demo).plan(&demo);
    assert!(plan.is_empty(), "{}", show(&plan));
    assert!(plan.findings.is_empty() && plan.estimate.total_ms == 0);
    assert_eq!(plan.resources.len(), 11);
    assert_eq!(plan.outputs["ui"].as_str(), Some("https://web-10.a.run.app"));
}

#[test]
fn an_edit_and_a_drift_show_as_what_they_are() {
    let mut world = World::with(&stack(demo()));
    world.edit("instances/db", "tier", json!("huge"));
    world.edit("services/web", "image", json!("img:0"));
    let plan = world.plan(&demo_with("services.web.image", json!("img:2")));
    insta::assert_snapshot!(changes(&plan), @r#"
        ~ sqlInstances.db
            tier: "huge" → "small" [drift]
        ~ services.web after iamBindings.client, sqlUsers.sa, sqlDatabases.app, forwardingRules.psc
            image: "img:0" → "img:2"
        60 s: sqlInstances.db
        "#);
}

#[test]
fn what_is_gone_from_the_cloud_is_made_again() {
    let mut world = World::with(&stack(demo()));
    world.live.retain(|name, _| !name.ends_with("services/web"));
    insta::assert_snapshot!(changes(&world.plan(&stack(demo()))), @r#"
        + services.web after iamBindings.client, sqlUsers.sa, sqlDatabases.app, forwardingRules.psc
            (the inventory has it, and it is gone from the cloud)
            image: "img:1"
            serviceAccount: "sa@p.iam.gserviceaccount.com"
            vpcAccess.subnetwork: "projects/p/regions/us-central1/subnetworks/sub"
            env.IP: "10.0.0.5"
            env.AUTH.secret: "projects/p/secrets/auth"
            env.AUTH.version: 1
        30 s: services.web
        "#);
}

#[test]
fn a_new_field_on_a_live_value_changes_the_record_only() {
    let mut world = World::with(&stack(demo()));
    world.edit("services/web", "timeout", json!("60s"));
    let desired = demo_with("services.web.timeout", json!("1m"));
    let plan = world.plan(&desired);
    assert!(plan.is_empty());
    assert!(plan.get(&address("services.web")).unwrap().stale_record);
    world.carry_out(&plan);
    assert!(!world.plan(&desired).get(&address("services.web")).unwrap().stale_record);
}

#[test]
fn a_field_that_is_no_longer_managed_is_said_once() {
    let mut world = World::with(&stack(demo()));
    let desired = demo_with("sqlInstances.db.tier", Json::Null);
    let plan = world.plan(&desired);
    insta::assert_snapshot!(changes(&plan), @r#"
        = sqlInstances.db
            tier: "small" → - [unmanaged]
        "#);
    assert!(!plan.is_empty());
    world.carry_out(&plan);
    assert!(world.plan(&desired).is_empty());
}

#[test]
fn another_project_number_is_refused_before_anything_is_planned() {
    let demo = stack(demo());
    let mut world = World::with(&demo);
    world.inventory.project.number = Some("999".into());
    insta::assert_snapshot!(show(&world.plan(&demo)), @"
        Error [foreign-inventory] the inventory speaks of project `p (999)`, this run of project `p (123)`
          hint: set `project:` back, or give the stack another name to make it in the other project too; `stackctl destroy` in the former project comes first if it is to go
        ");
    insta::assert_snapshot!(show(&world.destroy(&demo)), @"
        Error [foreign-inventory] the inventory speaks of project `p (999)`, this run of project `p (123)`
          hint: set `project:` back, or give the stack another name to make it in the other project too; `stackctl destroy` in the former project comes first if it is to go
        ");
}

#[test]
fn moved_entries_keep_their_resource() {
    let mut world = World::with(&stack(demo()));
    let mut json = demo();
    json["secrets"] = json!({"login": {"env": "AUTH", "name": "auth"}});
    json["services"]["web"]["env"]["AUTH"] = json!({"secret": "@secrets.login", "version": "${secrets.login.version}"});
    insta::assert_snapshot!(changes(&world.plan(&stack(json.clone()))), @"
        <- secrets.login needs [Adopt]
        - secrets.auth
            (it is no longer in the file)
        Error [needs-moved secrets.login] `secrets.login` is what the inventory calls `secrets.auth`
          hint: if the entry was renamed, say so: `moved: [{from: secrets.auth, to: secrets.login}]`
        ");
    json["moved"] = json!([["secrets.auth", "secrets.login"]]);
    let plan = world.plan(&stack(json.clone()));
    insta::assert_snapshot!(changes(&plan), @"= secrets.login from secrets.auth");
    assert!(!plan.is_empty());
    world.carry_out(&plan);
    assert!(world.plan(&stack(json)).is_empty());
}

#[test]
fn targets_take_what_they_stand_on_and_prune_nothing_else() {
    let mut world = World::with(&stack(demo()));
    world.live.retain(|name, _| !name.contains("/networks/") && !name.contains("/sub"));
    let mut json = demo();
    json["secrets"] = json!({});
    json["services"]["web"]["env"] = json!({});
    let plan = world.plan_with(&stack(json), &options(|o| o.targets = vec![address("subnetworks.sub")]));
    insta::assert_snapshot!(show(&plan), @r#"
        + networks.net
            (the inventory has it, and it is gone from the cloud)
            autoCreateSubnetworks: false
        + subnetworks.sub
            (the inventory has it, and it is gone from the cloud)
            network: "projects/p/global/networks/net"
            ipCidrRange: "10.0.0.0/24"
        output ui: ?${services.web.url}
        20 s: networks.net > subnetworks.sub
        "#);
}

#[test]
fn excluding_takes_along_what_cannot_be_done_without_it() {
    let plan = World::new().plan_with(&stack(demo()), &options(|o| o.excludes = vec![address("sqlInstances.db")]));
    let planned: Vec<String> = plan.resources.iter().map(|planned| planned.address.to_string()).collect();
    assert_eq!(
        planned,
        [
            "networks.net",
            "subnetworks.sub",
            "serviceAccounts.sa",
            "iamBindings.client",
            "addresses.ip",
            "secrets.auth",
            "services.web"
        ]
    );
}

#[test]
fn addresses_that_nothing_has_are_named() {
    let plan = World::new().plan_with(
        &stack(demo()),
        &options(|o| {
            o.targets = vec![address("services.wbe"), address("services.web")];
            o.excludes = vec![address("networks.net")];
        }),
    );
    insta::assert_snapshot!(show(&plan), @r#"
        + serviceAccounts.sa
            displayName: "Runs it"
        + secrets.auth
            env: "AUTH"
            value: ‹redacted›
        output ui: ?${services.web.url}
        Error [unknown-address] there is no `services.wbe` in the stack or the inventory
          hint: did you mean `services.web`?
        Error [target-excluded services.web] `services.web` is both asked for and excluded
          hint: leave out `--exclude` of what it stands on, or `--target services.web`
        "#);
}

#[test]
fn what_could_not_be_read_refuses_the_plan() {
    let desired = stack(demo());
    let world = World::with(&desired);
    let options = World::options(Purpose::Apply);
    let mut observed = world.observe(&desired, &options);
    let fault = Diagnostic::error("forbidden", "you may not read it");
    observed.resources.insert(address("sqlInstances.db"), crate::plan::Observation::Unreadable(Box::new(fault)));
    let kinds = crate::plan::testkit::kinds();
    let plan = build(&PlanInputs {
        desired: &desired,
        inventory: &world.inventory,
        observed: &observed,
        options: &options,
        kinds: &kinds,
    });
    insta::assert_snapshot!(changes(&plan), @"Error [forbidden sqlInstances.db] you may not read it");
}

#[test]
fn only_needed_apis_are_enabled_once() {
    let mut world = World::new();
    world.enabled_apis = vec!["compute.googleapis.com".into()];
    let desired = stack(json!({"networks": {"n": {}}, "secrets": {"a": {}, "b": {}},
        "apis": ["bigquery.googleapis.com", "compute.googleapis.com"]}));
    assert_eq!(world.plan(&desired).enable_apis, ["bigquery.googleapis.com", "secretmanager.googleapis.com"]);
}

#[test]
fn findings_of_the_reading_are_the_plans_where_something_changes() {
    let desired = stack(demo());
    let world = World::with(&desired);
    let changed = demo_with("services.web.image", json!("img:2"));
    let options = World::options(Purpose::Apply);
    let mut observed = world.observe(&changed, &options);
    observed.dry_runs.insert(address("services.web"), Diagnostic::note("dry-run-forbidden", "not asked"));
    observed.dry_runs.insert(address("sqlInstances.db"), Diagnostic::error("stays", "does not change"));
    observed.notes.push(Diagnostic::note("found", "something else"));
    let kinds = crate::plan::testkit::kinds();
    let plan = build(&PlanInputs {
        desired: &changed,
        inventory: &world.inventory,
        observed: &observed,
        options: &options,
        kinds: &kinds,
    });
    let codes: Vec<&str> = plan.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["dry-run-forbidden", "found"]);
}
