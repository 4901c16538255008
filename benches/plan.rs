//! Graph, diff, plan: 1,000 mixed entries under 10 ms, 10,000 under 100 ms; CPU time, without any request.
//!
//! `cargo bench --bench plan`. The world is made once: the stack is applied to the sandbox in memory, and read again.

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/stacks.rs"]
mod stacks;

use std::collections::BTreeSet;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cpu::CpuTime;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use stackctl::engine::{self, Look, Run, Session, Stop, Survey, Unset};
use stackctl::gcp::{Client, Clock, Limits};
use stackctl::inventory::{Memory, Owner, Store};
use stackctl::kinds::registry;
use stackctl::model::Diagnostic;
use stackctl::plan::{self, Desired, Observation, Observed, Plan, PlanInputs, Purpose};
use stackctl::records::{CloudKey, Inventory};
use stackctl::sandbox::cloud::Settings;
use stackctl::sandbox::local::in_memory;
use stackctl::sandbox::{self, Speed};
use stackctl::stack::{self, File, Mode, Stack};

const PROJECT: &str = "sandbox-project";

/// What a plan is made from.
struct World {
    stack: Stack,
    inventory: Inventory,
    observed: Observed,
    options: plan::Options,
}

impl World {
    /// Everything of the stack is there and ours.
    fn applied(count: usize) -> Self {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
        runtime.block_on(apply(&stacks::mixed(count))).unwrap_or_else(|found| panic!("{found:#?}"))
    }

    /// The same stack before its first apply.
    fn before(&self) -> Self {
        let mut observed = self.observed.clone();
        observed.resources.values_mut().for_each(|seen| *seen = Observation::Absent);
        let key = engine::new_key();
        Self {
            stack: self.stack.clone(),
            inventory: Inventory::new(&self.stack.name, CloudKey::Sandbox, observed.project.clone(), &key),
            observed,
            options: self.options.clone(),
        }
    }

    fn plan(&self) -> Plan {
        plan_of(&Desired::from(&self.stack), &self.inventory, &self.observed, &self.options)
    }

    /// The live documents as text: reading them is the least that a plan could cost.
    fn documents(&self) -> Vec<String> {
        let live = self.observed.resources.values().filter_map(|seen| match seen {
            Observation::Present(live) => Some(live.api.to_string()),
            _ => None,
        });
        live.collect()
    }
}

fn plan_of(desired: &Desired, inventory: &Inventory, observed: &Observed, options: &plan::Options) -> Plan {
    plan::build(&PlanInputs { desired, inventory, observed, options, kinds: registry::all() })
}

fn stack_of(yaml: &str, survey: &Survey) -> Stack {
    let file = File { name: "stack.yaml".to_owned(), bytes: yaml.as_bytes().to_vec() };
    let draft = stack::parse(&[file], &[]).expect("the generated file is YAML");
    let project_number = survey.project.number.clone();
    let inputs = stack::Inputs { mode: Mode::Sandbox, project_number, ..stack::Inputs::default() };
    let built = stack::build(&draft, &inputs);
    built.stack.unwrap_or_else(|| panic!("{:?}", built.findings.first()))
}

/// One apply, then a look at what is there.
async fn apply(yaml: &str) -> Result<World, Box<Diagnostic>> {
    let settings = Settings { pace: Speed::Instant.pace(), ..Settings::default() };
    let cloud = in_memory(sandbox::Clock::system(Speed::Instant), settings);
    let clock = Clock::new("2026-05-01T10:00:00Z".parse().expect("a constant time"), 1000.0);
    let client = Client::new(Arc::new(cloud), clock, Limits::None).quota_project(PROJECT);
    let store = Memory::default();
    let session = Session {
        client: Arc::new(client),
        store: &store,
        listen: &|_| {},
        kinds: registry::all(),
        options: engine::Options { parallelism: 64, ..engine::Options::default() },
    };
    let survey = engine::survey(&session, PROJECT).await?;
    let stack = stack_of(yaml, &survey);
    let desired = Desired::from(&stack);
    let options = plan::Options::new(Purpose::Apply, session.client.clock().now_text());
    let inputs = engine::load_inputs(&desired, session.kinds, Path::new("."), &|_| None, Unset::Empty);
    let owner = Owner::this("apply", session.client.clock().now_text());
    store.lock(&owner).await.map_err(|error| error.diagnostic())?;
    let nothing = Inventory::new(&desired.stack, CloudKey::Sandbox, survey.project.clone(), &engine::new_key());
    let suspects = BTreeSet::new();
    let none = Look {
        survey: &survey,
        desired: &desired,
        inventory: Some(&nothing),
        inputs: &inputs,
        options: &options,
        suspects: &suspects,
    };
    let observed = engine::observe(&session, &none).await?;
    let plan = plan_of(&desired, &nothing, &observed, &options);
    let stop = Stop::default();
    let run = Run {
        plan: &plan,
        observed: &observed,
        inputs: &inputs,
        inventory: &nothing,
        suspects: &suspects,
        stop: &stop,
    };
    engine::execute(&session, run).await.map_err(|error| error.diagnostic())?;
    let loaded = store.load().await.map_err(|error| error.diagnostic())?;
    let inventory = loaded.inventory.expect("an apply leaves an inventory");
    let survey = engine::survey(&session, PROJECT).await?;
    let look = Look { survey: &survey, inventory: Some(&inventory), ..none };
    let observed = engine::observe(&session, &look).await?;
    Ok(World { stack, inventory, observed, options })
}

fn graph_diff_plan(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("graph, diff, plan");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    for (entries, aim) in [(1_000, "aim 10 ms"), (10_000, "aim 100 ms")] {
        let there = World::applied(entries);
        let changes = there.plan().resources.iter().filter(|planned| !planned.is_nothing()).count();
        assert_eq!(changes, 0, "what was applied just now is as the file says");
        let (new, documents) = (there.before(), there.documents());
        group.throughput(Throughput::Elements(entries as u64));
        group.bench_function(BenchmarkId::new("nothing to do", format!("{entries}, {aim}")), |bencher| {
            bencher.iter(|| black_box(there.plan()));
        });
        group.bench_function(BenchmarkId::new("all to be made", format!("{entries}, {aim}")), |bencher| {
            bencher.iter(|| black_box(new.plan()));
        });
        group.bench_function(BenchmarkId::new("yardstick: serde_json reads the live documents", entries), |bencher| {
            bencher.iter(|| {
                let read = documents.iter().map(|text| serde_json::from_str::<serde_json::Value>(text));
                black_box(read.collect::<Result<Vec<_>, _>>().expect("they were JSON"))
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime);
    targets = graph_diff_plan
}
criterion_main!(benches);
