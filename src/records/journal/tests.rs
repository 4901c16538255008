use super::*;
use crate::wire::Request;

fn event(step: u32, call: u32, what: What) -> JournalEvent {
    JournalEvent { run: "run-1".into(), step, call, address: Address::new("networks", format!("n{step}")), what }
}

fn intended() -> What {
    What::Intended { action: Action::Create, label: "create".into(), entry: None }
}

fn began(name: &str) -> What {
    What::Began { operation: Begun { name: name.into(), poll: Request::get("compute.googleapis.com", "/op") } }
}

fn every_event() -> [What; 5] {
    [
        intended(),
        began("op"),
        What::Succeeded,
        What::Failed { message: "no".into() },
        What::Unknown { message: "lost".into() },
    ]
}

#[test]
fn the_table_of_transitions_is_this_one() {
    let before = [
        None,
        Some(Status::Intended),
        Some(Status::Began),
        Some(Status::Unknown),
        Some(Status::Succeeded),
        Some(Status::Failed),
    ];
    let mut table = String::new();
    for status in before {
        let after: Vec<String> = every_event()
            .iter()
            .map(|what| next(status, what).map_or("None".to_owned(), |after| format!("{after:?}")))
            .collect();
        table += &format!("{status:?}: {}\n", after.join(", "));
    }
    insta::assert_snapshot!(table, @"
    None: Intended, None, None, None, None
    Some(Intended): None, Began, Succeeded, Failed, Unknown
    Some(Began): None, None, Succeeded, Failed, Unknown
    Some(Unknown): None, Began, Succeeded, Failed, Unknown
    Some(Succeeded): None, None, None, None, None
    Some(Failed): None, None, None, None, None
    ");
}

#[test]
fn what_no_run_saw_the_end_of_is_unfinished_in_the_order_of_intent() {
    let mut journal = Journal::default();
    for (step, call, what) in [
        (2, 0, intended()),
        (1, 0, intended()),
        (1, 0, What::Succeeded),
        (1, 1, intended()),
        (1, 1, began("op-7")),
        (3, 0, intended()),
        (3, 0, What::Unknown { message: "lost".into() }),
        (4, 0, intended()),
        (4, 0, What::Failed { message: "no".into() }),
    ] {
        journal.push(event(step, call, what)).unwrap();
    }
    let open: Vec<String> = journal
        .unfinished()
        .iter()
        .map(|u| format!("{}.{} {:?} {:?}", u.id.step, u.id.call, u.status, u.operation.as_ref().map(|o| &o.name)))
        .collect();
    assert_eq!(open, ["2.0 Intended None", "1.1 Began Some(\"op-7\")", "3.0 Unknown None"]);
}

#[test]
fn an_illegal_event_is_refused_and_changes_nothing() {
    let mut journal = Journal::default();
    let error = journal.push(event(1, 0, What::Succeeded)).unwrap_err();
    assert_eq!(error.to_string(), "journal: `networks.n1`, step 1, call 0: `succeeded` cannot follow nothing");
    journal.push(event(1, 0, intended())).unwrap();
    let error = journal.push(event(1, 0, intended())).unwrap_err();
    assert_eq!(error.to_string(), "journal: `networks.n1`, step 1, call 0: `intended` cannot follow `Intended`");
    assert_eq!(journal.events().len(), 1);
}

#[test]
fn two_runs_do_not_share_calls() {
    let mut journal = Journal::default();
    journal.push(event(1, 0, intended())).unwrap();
    let mut other = event(1, 0, intended());
    other.run = "run-2".into();
    journal.push(other).unwrap();
    assert_eq!(journal.unfinished().len(), 2);
}
