//! Parse and type: 1,000 entries of 8 fields under 20 ms, 10,000 under 200 ms.
//!
//! `cargo bench --bench parse`

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
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

fn parse_and_type(criterion: &mut Criterion) {
    let inputs = Inputs { project_number: Some("123456789012".to_owned()), ..Inputs::default() };
    let mut group = criterion.benchmark_group("parse and type");
    group.sample_size(20).measurement_time(Duration::from_secs(5));
    for entries in [1_000, 10_000] {
        let file = generated(entries);
        group.throughput(Throughput::Elements(entries as u64));
        group.bench_with_input(BenchmarkId::from_parameter(entries), &file, |bencher, file| {
            bencher.iter(|| black_box(read(file, &inputs)));
        });
        group.bench_with_input(BenchmarkId::new("yaml alone", entries), &file, |bencher, file| {
            bencher.iter(|| black_box(stack::parse(std::slice::from_ref(file), &[]).is_ok()));
        });
    }
    group.finish();
}

criterion_group!(benches, parse_and_type);
criterion_main!(benches);
