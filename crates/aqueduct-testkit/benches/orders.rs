//! How long an order takes through the whole pipeline, its own functions and SDK clients included.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on panics")]

#[path = "../tests/support/shop.rs"]
mod shop;

use std::hint::black_box;
use std::time::Duration;

use aqueduct_testkit::Template;
use aqueduct_testkit::fault::Faults;
use criterion::{Criterion, criterion_group, criterion_main};

fn orders(criterion: &mut Criterion) {
    let template = Template::open("infra/template.yaml").unwrap();
    let open = |seed| shop::shop(&template, seed, Duration::ZERO, Faults::none());
    criterion.bench_function("a cloud is made", |bencher| bencher.iter(|| black_box(open(1))));
    criterion.bench_function("an order is dispatched in a cloud of its own", |bencher| {
        bencher.iter(|| {
            let cloud = open(1);
            let id = shop::order(&cloud, "k-1");
            cloud.run_until_idle().unwrap();
            assert_eq!(shop::status(&cloud, &id)["step"], "dispatched");
        });
    });
}

criterion_group!(benches, orders);
criterion_main!(benches);
