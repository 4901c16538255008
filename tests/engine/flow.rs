//! Runs that go well.

use crate::world::{Process, STACK, World, actions};
use stackctl::engine::End;
use stackctl::plan::Purpose;

#[tokio::test(start_paused = true)]
async fn the_tutorial_is_applied_and_then_nothing_is_to_be_done() {
    let world = World::new();
    let outcome = world.apply(STACK).await;
    let report = outcome.report();
    assert!(report.is_complete(), "{:#?}", report.outcomes);
    println!("elapsed {} s, {} effects", report.elapsed_ms / 1000, outcome.effects);
    let plan = world.plan(STACK).await;
    assert_eq!(actions(&plan), []);
    assert!(plan.enable_apis.is_empty());
    let inventory = world.inventory().await;
    assert_eq!(inventory.entries.len(), plan.resources.len());
}

#[tokio::test(start_paused = true)]
async fn destroy_leaves_nothing_but_what_google_holds() {
    let world = World::new();
    let before = world.keys().await;
    assert!(world.apply(STACK).await.report().is_complete());
    let destroy = || Process { purpose: Purpose::Destroy, ..Process::default() };
    let outcome = world.run(STACK, destroy()).await;
    let report = outcome.report();
    assert!(report.is_only_incomplete(), "{:#?}", report.outcomes);
    let held: Vec<_> = report.outcomes.iter().filter(|o| matches!(o.end, End::Held(_))).collect();
    assert_eq!(held.len(), 1, "{held:#?}");
    world.door("/release", serde_json::json!({})).await;
    let report = world.run(STACK, destroy()).await;
    assert!(report.report().is_complete(), "{:#?}", report.report().outcomes);
    assert!(world.inventory().await.entries.is_empty());
    // The last backup of the instance stays, as it should.
    let is_new = |key: &String| !before.contains(key) && !key.contains("/backups/");
    let after: Vec<_> = world.keys().await.into_iter().filter(is_new).collect();
    assert_eq!(after, Vec::<String>::new());
}
