//! Templates read and resolved, by their number of resources.

use std::hint::black_box;

use aqueduct_topology::{Deployment, read, sample};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    group.sample_size(20);
    for resources in [50, 500, 5000] {
        let template = sample::template(resources);
        group.throughput(Throughput::Elements(resources as u64));
        group.bench_function(format!("{resources} resources"), |bencher| {
            bencher.iter(|| read(black_box(&template), &Deployment::default()));
        });
    }
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
