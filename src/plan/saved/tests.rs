use serde_json::{Value as Json, json};

use super::*;
use crate::plan::testkit::{World, stack};
use crate::plan::types::Purpose;

fn demo(image: &str, token: &str) -> crate::plan::Desired {
    stack(json!({
        "networks": {"n": {"mtu": 1}},
        "secrets": {"s": {"env": "S"}},
        "services": {"web": {"image": image, "env": {"TOKEN": {"$sensitive": token}}}}
    }))
}

/// A plan to save: the service's image and token change.
struct Bed {
    world: World,
    options: Options,
    made_from: MadeFrom,
}

impl Bed {
    fn new() -> Self {
        let world = World::with(&demo("img:1", "hunter1"));
        let mut made_from = MadeFrom::default();
        made_from.file("stack.yaml", b"services: ...");
        Self { world, options: World::options(Purpose::Apply), made_from }
    }

    fn key(&self) -> HashKey {
        self.world.inventory.key().unwrap()
    }

    fn save(&self) -> String {
        let plan = self.world.plan_with(&demo("img:2", "hunter2"), &self.options);
        write(&plan, &self.options, &self.world.inventory.cloud, self.made_from.clone(), Some(&self.key()))
    }

    fn compare(&self, saved: &str, desired: &crate::plan::Desired) -> Vec<String> {
        let saved = read(saved).unwrap();
        let fresh = self.world.plan_with(desired, &saved.options("2026-06-02T00:00:00Z"));
        let cloud = &self.world.inventory.cloud;
        compare(&saved, &fresh, cloud, &self.made_from, Some(&self.key())).into_iter().map(|f| f.message).collect()
    }
}

#[test]
fn a_saved_plan_holds_where_nothing_moved() {
    let bed = Bed::new();
    let text = bed.save();
    assert_eq!(bed.compare(&text, &demo("img:2", "hunter2")), Vec::<String>::new());
    let saved = read(&text).unwrap();
    assert_eq!(saved.options.now, crate::plan::testkit::NOW);
    assert_eq!(saved.plan.resources.len(), 3);
}

#[test]
fn no_secret_is_written() {
    let mut bed = Bed::new();
    let text = bed.save();
    assert!(!text.contains("hunter"), "{text}");
    assert!(!text.contains(&bed.world.inventory.hash_key));
    bed.world.inventory.entries.clear();
    let plan = World::new().plan(&demo("img:2", "hunter2"));
    let text = write(&plan, &bed.options, &CloudKey::Google, MadeFrom::default(), None);
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn what_moved_is_named() {
    let text = Bed::new().save();
    let moved = |change: &dyn Fn(&mut Bed), desired: &crate::plan::Desired| {
        let mut bed = Bed::new();
        change(&mut bed);
        bed.compare(&text, desired)
    };
    let same = demo("img:2", "hunter2");
    let edit = |part: &'static str, path: &'static str, value: Json| {
        move |bed: &mut Bed| bed.world.edit(part, path, value.clone())
    };
    assert_eq!(
        moved(&edit("services/web", "image", json!("img:0")), &same),
        ["`services.web`: `image` does not change as the plan says"]
    );
    assert_eq!(
        moved(&edit("networks/n", "mtu", json!(2)), &same),
        ["`networks.n`: the plan says `nothing`, and now it is `update`"]
    );
    assert_eq!(
        moved(&edit("services/web", "uid", json!("new")), &same),
        ["`services.web`: the plan says `update`, and now it is `adopt`"]
    );
    assert_eq!(
        moved(&|_| {}, &demo("img:2", "other")),
        ["`services.web`: `env.TOKEN` does not change as the plan says"]
    );
    assert_eq!(
        moved(
            &|bed| {
                bed.made_from.file("stack.yaml", b"other");
            },
            &same
        ),
        ["`stack.yaml` is not what it was when the plan was made"]
    );
    assert_eq!(
        moved(
            &|bed| {
                bed.made_from.file("more.yaml", b"");
            },
            &same
        ),
        ["`more.yaml` is not what it was when the plan was made"]
    );
    assert_eq!(
        moved(&|bed| bed.world.enabled_apis.retain(|api| !api.starts_with("run")), &same),
        ["`run.googleapis.com` is no longer enabled"]
    );
    assert_eq!(
        moved(&|_| {}, &stack(json!({"networks": {"n": {"mtu": 1}, "m": {}}}))),
        [
            "`secrets.s`: the plan says `nothing`, and now it is `delete`",
            "`services.web`: the plan says `update`, and now it is `delete`",
            "`networks.m`: the plan does not know it, and now the action is `create`",
        ]
    );
}

#[test]
fn what_the_file_reads_from_outside_is_named_when_it_moves_and_never_written() {
    let (key, address) = (HashKey::new([7; 32]), "secrets.s".parse().unwrap());
    let of = |token: Option<&str>, replicas: &str, sent: &str, key: Option<&HashKey>| {
        let mut made_from = MadeFrom::default();
        made_from.environment("TOKEN", token, key);
        made_from.variable("replicas", replicas, key);
        made_from.value(&address, "value", key.map(|_| sent));
        made_from
    };
    let then = of(Some("hunter2"), "1", "h1", Some(&key));
    let moved = |now: &MadeFrom| then.moved(now).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(moved(&then.clone()), Vec::<String>::new());
    assert_eq!(moved(&of(Some("hunter3"), "1", "h1", Some(&key))), ["the environment variable `TOKEN`"]);
    assert_eq!(moved(&of(None, "1", "h1", Some(&key))), ["the environment variable `TOKEN`"]);
    assert_eq!(moved(&of(Some("hunter2"), "2", "h2", Some(&key))), ["`--var replicas`", "`value` of `secrets.s`"]);
    assert_eq!(moved(&of(None, "2", "h2", None)), Vec::<String>::new(), "without a key nothing is compared");
    let text = serde_json::to_string(&[then, of(Some("hunter2"), "1", "h1", None)]).unwrap();
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn what_was_already_done_is_stale_too() {
    let mut bed = Bed::new();
    let text = bed.save();
    let desired = demo("img:2", "hunter2");
    bed.world.carry_out(&bed.world.plan(&desired));
    assert_eq!(bed.compare(&text, &desired), ["`services.web`: the plan says `update`, and now it is `nothing`"]);
}

#[test]
fn another_cloud_stack_or_project_is_no_place_for_it() {
    let bed = Bed::new();
    let saved = read(&bed.save()).unwrap();
    let fresh = bed.world.plan(&demo("img:2", "hunter2"));
    let says = |fresh: &Plan, cloud: &CloudKey| {
        let moved = compare(&saved, fresh, cloud, &bed.made_from, None);
        assert_eq!(moved.len(), 1);
        moved[0].message.clone()
    };
    let words = "it is a plan for the stack `demo` in project `p`";
    assert_eq!(says(&fresh, &CloudKey::Sandbox), words);
    assert_eq!(says(&Plan { stack: "x".into(), ..fresh.clone() }, &CloudKey::Google), words);
    assert_eq!(says(&Plan { purpose: Purpose::Destroy, ..fresh.clone() }, &CloudKey::Google), words);
    let mut other = fresh;
    other.project.number = Some("9".into());
    assert_eq!(says(&other, &CloudKey::Google), words);
}

#[test]
fn what_is_no_saved_plan_is_refused() {
    for text in ["", "{}", "<html>", r#"{"version": 1}"#, &Bed::new().save()[..200]] {
        assert_eq!(read(text).unwrap_err().to_string(), "this is no saved plan", "{text}");
    }
    let error = read(r#"{"version": 2}"#).unwrap_err();
    assert_eq!(error.to_string(), "the saved plan has version 2; this stackctl knows version 1");
}
