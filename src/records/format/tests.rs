use super::super::inventory::{Entry, OnDelete, Ownership, Tombstone};
use super::super::journal::What;
use super::*;
use crate::model::{Action, Address, DocPath, Place};

fn project(id: &str, number: Option<&str>) -> ProjectFacts {
    ProjectFacts { id: id.into(), number: number.map(str::to_owned) }
}

fn inventory() -> Inventory {
    let key = HashKey::new([1; 32]);
    let mut inventory = Inventory::new("prefect", CloudKey::Google, project("p", Some("12")), &key);
    inventory.entries.insert(
        Address::new("iamBindings", "odd key"),
        Entry {
            place: Place { values: [("project".to_owned(), "p".to_owned())].into() },
            full_name: "//cloudresourcemanager.googleapis.com/projects/p/x".into(),
            unique_id: Some("77".into()),
            ownership: Ownership::Adopted,
            fields: [(r#"members["user:a@b.c"]"#.parse::<DocPath>().unwrap(), "hash".to_owned())].into(),
            depends_on: vec![Address::new("serviceAccounts", "sa")],
            members_before: vec![r#"members["user:a@b.c"]"#.parse().unwrap()],
            protect: true,
            on_delete: Some(OnDelete::Keep),
        },
    );
    inventory.tombstones.push(Tombstone {
        full_name: "//sqladmin.googleapis.com/projects/p/instances/db".into(),
        deleted_at: "2026-01-01T00:00:00Z".into(),
        blocked_until: "2026-01-08T00:00:00Z".into(),
    });
    inventory
}

#[test]
fn an_inventory_survives_its_text() {
    let text = inventory().write();
    assert_eq!(Inventory::read(&text).unwrap(), inventory());
    assert_eq!(Inventory::read(&text).unwrap().write(), text);
}

#[test]
fn unknown_fields_are_tolerated_and_absent_ones_are_empty() {
    let mut json: Json = serde_json::from_str(&inventory().write()).unwrap();
    json["later"] = Json::from(1);
    json["entries"]["iamBindings[\"odd key\"]"]["later"] = Json::from("x");
    assert_eq!(Inventory::read(&json.to_string()).unwrap(), inventory());
    for field in ["fields", "dependsOn", "membersBefore", "protect", "onDelete", "uniqueId"] {
        json["entries"]["iamBindings[\"odd key\"]"].as_object_mut().unwrap().remove(field);
    }
    let entry = Inventory::read(&json.to_string()).unwrap().entries.pop_first().unwrap().1;
    assert!(entry.fields.is_empty() && entry.depends_on.is_empty() && !entry.protect && entry.on_delete.is_none());
}

#[test]
fn a_newer_inventory_is_refused_even_where_its_form_has_changed() {
    let error = Inventory::read(r#"{"version": 2, "entries": "elsewhere"}"#).unwrap_err();
    assert_eq!(error.to_string(), "the inventory has version 2; this stackctl knows versions up to 1");
    assert_eq!(error.hint(), "use the stackctl that wrote it, or a newer one");
}

#[test]
fn a_damaged_inventory_says_how_to_go_on() {
    let whole = inventory().write();
    let wrong_key = whole.replace(&inventory().hash_key, "AAAA");
    for text in ["", "{", "[]", "{\"version\": 1}", "<html>", &whole[..whole.len() / 2], &wrong_key] {
        let error = Inventory::read(text).unwrap_err();
        assert_eq!(error.to_string(), "the inventory is damaged", "{text}");
        assert!(error.hint().contains("apply --adopt"));
    }
}

#[test]
fn another_stack_cloud_or_project_number_is_refused() {
    let inventory = inventory();
    let says = |stack, cloud, project| inventory.belongs_to(stack, &cloud, &project).unwrap_err().to_string();
    assert!(inventory.belongs_to("prefect", &CloudKey::Google, &project("renamed", Some("12"))).is_ok());
    assert!(inventory.belongs_to("prefect", &CloudKey::Google, &project("p", None)).is_ok());
    assert_eq!(
        says("other", CloudKey::Google, project("p", Some("12"))),
        "the inventory belongs to the stack `prefect`, not to `other`"
    );
    assert_eq!(
        says("prefect", CloudKey::Endpoint("http://x".into()), project("p", Some("12"))),
        "the inventory speaks of Google Cloud, this run of the endpoint `http://x`"
    );
    assert_eq!(
        says("prefect", CloudKey::Google, project("p", Some("13"))),
        "the inventory speaks of project `p (12)`, this run of project `p (13)`"
    );
}

#[test]
fn a_tombstone_blocks_until_its_date() {
    let inventory = inventory();
    let name = "//sqladmin.googleapis.com/projects/p/instances/db";
    assert!(inventory.tombstone(name, "2026-01-07T23:59:59Z").is_some());
    assert!(inventory.tombstone(name, "2026-01-08T00:00:00Z").is_none());
    assert!(inventory.tombstone("other", "2026-01-02T00:00:00Z").is_none());
}

fn event(step: u32, what: What) -> JournalEvent {
    JournalEvent { run: "r".into(), step, call: 0, address: Address::new("networks", "n"), what }
}

fn lines() -> String {
    let intended = What::Intended { action: Action::Create, label: "create".into(), entry: None };
    [event(1, intended.clone()), event(1, What::Succeeded), event(2, intended)]
        .iter()
        .map(JournalEvent::to_line)
        .collect()
}

#[test]
fn a_journal_cut_off_anywhere_reads_up_to_its_last_whole_line() {
    let text = lines();
    for end in 0..=text.len() {
        let cut = &text[..end];
        let read = Journal::read(cut).unwrap();
        let whole = cut.matches('\n').count();
        assert_eq!(read.journal.events().len(), whole, "cut at {end}");
        assert_eq!(read.torn, cut.len() - cut.rfind('\n').map_or(0, |at| at + 1), "cut at {end}");
    }
}

#[test]
fn a_journal_damaged_in_the_middle_names_the_line() {
    let text = lines().replacen("succeeded", "suc\u{1}eeded", 1);
    let error = Journal::read(&text).unwrap_err();
    assert_eq!(error.to_string(), "line 2 of the journal is damaged");
    assert!(error.hint().contains("move the journal away"));
}

#[test]
fn a_journal_that_contradicts_itself_or_is_newer_is_refused() {
    let twice = lines() + &event(1, What::Succeeded).to_line();
    assert_eq!(Journal::read(&twice).unwrap_err().to_string(), "line 4 of the journal contradicts the lines before it");
    let newer = lines() + "{\"version\": 9, \"event\": {}}";
    assert_eq!(
        Journal::read(&newer).unwrap_err().to_string(),
        "the journal has version 9; this stackctl knows versions up to 1"
    );
}
