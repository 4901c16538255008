//! Parse and type: 1,000 entries of 8 fields under 20 ms, 10,000 under 200 ms; CPU time.
//!
//! `cargo bench --bench parse`

#[path = "common/cpu.rs"]
mod cpu;

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use cpu::CpuTime;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use stackctl::stack::{self, File, Inputs};

/// A stack of `entries` entries with eight fields each: services that refer to service accounts and to each other.
fn generated(entries: usize) -> File {
    let mut text = String::from("stack: generated\nproject: demo-project\nregion: us-central1\n");
    let accounts = entries / 10;
    text.push_str("serviceAccounts:\n");
    for n in 0..accounts {
        let _ = writeln!(text, "  account-{n}: {{displayName: Account {n}}}");
    }
    text.push_str("services:\n");
    for n in 0..entries - accounts {
        let account = n % accounts.max(1);
        let _ = write!(
            text,
            "  service-{n}:
    image: us-docker.pkg.dev/demo-project/images/service:{n}
    description: Service number {n}
    serviceAccount: account-{account}
    ingress: INGRESS_TRAFFIC_INTERNAL_ONLY
    timeout: 60s
    maxInstanceRequestConcurrency: 40
    sessionAffinity: true
    env: {{URL: \"${{self.url}}\"}}
"
        );
    }
    File { name: "stack.yaml".to_owned(), bytes: text.into_bytes() }
}

fn read(file: &File, inputs: &Inputs) -> usize {
    let draft = stack::parse(std::slice::from_ref(file), &[]).expect("the generated file is YAML");
    let built = stack::build(&draft, inputs);
    built.stack.unwrap_or_else(|| panic!("{:?}", built.findings.first())).entries.len()
}

fn parse_and_type(criterion: &mut Criterion<CpuTime>) {
    let inputs = Inputs { project_number: Some("123456789012".to_owned()), ..Inputs::default() };
    let mut group = criterion.benchmark_group("parse and type");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    for (entries, aim) in [(1_000, "aim 20 ms"), (10_000, "aim 200 ms")] {
        let file = generated(entries);
        group.throughput(Throughput::Elements(entries as u64));
        group.bench_with_input(BenchmarkId::new("all", format!("{entries}, {aim}")), &file, |bencher, file| {
            bencher.iter(|| black_box(read(file, &inputs)));
        });
        group.bench_with_input(BenchmarkId::new("of that, YAML into our tree", entries), &file, |bencher, file| {
            bencher.iter(|| black_box(stack::parse(std::slice::from_ref(file), &[]).is_ok()));
        });
        let text = std::str::from_utf8(&file.bytes).expect("it was made of text");
        group.bench_with_input(BenchmarkId::new("yardstick: serde-saphyr alone", entries), text, |bencher, text| {
            bencher.iter(|| black_box(serde_yaml::from_str::<serde_json::Value>(text).expect("it is YAML")));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime);
    targets = parse_and_type
}
criterion_main!(benches);
