use super::*;
use crate::model::{Place, ProjectFacts};
use crate::records::{CloudKey, HashKey};

fn inventory() -> Inventory {
    Inventory::new("s", CloudKey::Sandbox, ProjectFacts::default(), &HashKey::new([0; 32]))
}

fn entry(name: &str) -> Entry {
    Entry {
        place: Place::default(),
        full_name: name.to_owned(),
        unique_id: Some("1".to_owned()),
        ownership: Ownership::Adopted,
        fields: Default::default(),
        depends_on: Vec::new(),
        members_before: Vec::new(),
        protect: false,
        on_delete: None,
    }
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

#[test]
fn a_create_makes_it_ours_and_may_be_recorded_twice() {
    let mut inventory = inventory();
    for _ in 0..2 {
        inventory.record_create(&address("networks.n"), entry("//n")).unwrap();
    }
    assert_eq!(inventory.entries[&address("networks.n")].ownership, Ownership::Created);
}

#[test]
fn an_address_stands_for_one_resource() {
    let mut inventory = inventory();
    inventory.record_create(&address("networks.n"), entry("//n")).unwrap();
    let error = inventory.record_create(&address("networks.n"), entry("//other")).unwrap_err();
    assert_eq!(error.to_string(), "`networks.n` is already `//n` in the inventory");
    assert_eq!(inventory.record_update(&address("networks.n"), entry("//other")).unwrap_err(), error);
}

#[test]
fn what_we_made_stays_made_by_us_however_often_it_is_adopted_or_updated() {
    let mut inventory = inventory();
    inventory.record_create(&address("networks.n"), entry("//n")).unwrap();
    inventory.record_adopt(&address("networks.n"), entry("//n")).unwrap();
    inventory.record_update(&address("networks.n"), entry("//n")).unwrap();
    assert_eq!(inventory.entries[&address("networks.n")].ownership, Ownership::Created);
    let mut made_by_others = entry("//n");
    made_by_others.unique_id = Some("2".to_owned());
    inventory.record_adopt(&address("networks.n"), made_by_others).unwrap();
    assert_eq!(inventory.entries[&address("networks.n")].ownership, Ownership::Adopted);
}

#[test]
fn what_is_not_there_cannot_be_updated_forgotten_or_moved() {
    let mut inventory = inventory();
    let nowhere = TransitionError::NotThere { address: address("networks.n") };
    assert_eq!(inventory.record_update(&address("networks.n"), entry("//n")).unwrap_err(), nowhere);
    assert_eq!(inventory.record_forget(&address("networks.n")).unwrap_err(), nowhere);
    assert_eq!(inventory.record_move(&address("networks.n"), &address("networks.m")).unwrap_err(), nowhere);
    assert_eq!(inventory.record_move(&address("networks.n"), &address("networks.n")).unwrap_err(), nowhere);
    inventory.record_delete(&address("networks.n"), None);
}

#[test]
fn a_delete_keeps_one_tombstone_a_name() {
    let mut inventory = inventory();
    inventory.record_create(&address("sqlInstances.db"), entry("//db")).unwrap();
    let stone = |until: &str| Tombstone {
        full_name: "//db".to_owned(),
        deleted_at: "2026-01-01T00:00:00Z".to_owned(),
        blocked_until: until.to_owned(),
    };
    inventory.record_delete(&address("sqlInstances.db"), Some(stone("2026-01-08T00:00:00Z")));
    inventory.record_delete(&address("sqlInstances.db"), Some(stone("2026-01-09T00:00:00Z")));
    assert!(inventory.entries.is_empty());
    assert_eq!(inventory.tombstones, [stone("2026-01-09T00:00:00Z")]);
    inventory.expire_tombstones("2026-01-08T12:00:00Z");
    assert_eq!(inventory.tombstones.len(), 1);
    inventory.expire_tombstones("2026-01-09T00:00:00Z");
    assert!(inventory.tombstones.is_empty());
}

#[test]
fn a_move_takes_what_stands_on_it_along() {
    let mut inventory = inventory();
    inventory.record_create(&address("networks.n"), entry("//n")).unwrap();
    let mut subnet = entry("//s");
    subnet.depends_on.push(address("networks.n"));
    inventory.record_create(&address("subnetworks.s"), subnet).unwrap();
    inventory.record_move(&address("networks.n"), &address("networks.m")).unwrap();
    assert_eq!(inventory.entries[&address("subnetworks.s")].depends_on, [address("networks.m")]);
    assert_eq!(inventory.entries[&address("networks.m")].full_name, "//n");
}

#[test]
fn a_move_onto_something_or_into_another_section_is_refused() {
    let mut inventory = inventory();
    inventory.record_create(&address("networks.n"), entry("//n")).unwrap();
    inventory.record_create(&address("networks.m"), entry("//m")).unwrap();
    let before = inventory.clone();
    let error = inventory.record_move(&address("networks.n"), &address("networks.m")).unwrap_err();
    assert_eq!(error.to_string(), "`networks.m` is in the inventory already, so `networks.n` cannot become it");
    let error = inventory.record_move(&address("networks.n"), &address("subnetworks.n")).unwrap_err();
    assert_eq!(error.to_string(), "`networks.n` cannot become `subnetworks.n`: they are of different sections");
    assert_eq!(inventory, before);
}
