//! The same messages in a simulation, in virtual time and in real time: each ends in the same place, received as often.
//!
//! `tests/agreement` has the template and the scenario. The engine knows no single messages: it says how many of each kind end
//! where, from a run of each kind alone and from one of all together. The clouds run the function `witness` for real, and say so of
//! each message.

mod ends;
mod engine;
mod play;
mod scenario;

use aqueduct_testkit::Cloud;

use crate::support::Stack;

use ends::Ends;
use play::World;
use scenario::{Item, items, prepared};

const TEMPLATE: &str = "agreement/template.yaml";

/// How often real time may do otherwise. A machine that stands still for longer than a visibility timeout makes SQS hand a message
/// out once more, on AWS too.
const TRIES: usize = 3;

/// What the items come to in virtual time, with the real function.
fn in_virtual_time(items: &[Item]) -> Ends {
    let cloud = Cloud::from_template(TEMPLATE).unwrap();
    cloud.on("Witness", witness::consumer).unwrap();
    let world = World::new(cloud.config(), cloud.topology());
    cloud.run(async { world.send(items).await });
    cloud.run_until_idle().unwrap();
    cloud.run(async { world.ends().await })
}

/// In real time, on whatever is behind the stack's endpoint.
async fn assert_agrees(stack: &Stack, expected: &Ends, items: &[Item]) {
    let world = World::elsewhere(stack).await;
    for tries_left in (0..TRIES).rev() {
        world.send(items).await;
        world.until_as_much_as(expected).await;
        let ends = world.ends().await;
        if ends == *expected {
            return;
        }
        assert!(tries_left > 0, "{}", expected.differences(&ends));
    }
}

fn expected(items: &[Item]) -> Ends {
    std::thread::scope(|scope| scope.spawn(|| in_virtual_time(items)).join().unwrap())
}

#[test]
fn in_virtual_time_each_message_ends_as_it_is_told_to() {
    let items = items(&prepared());
    let ends = in_virtual_time(&items);
    for item in &items {
        item.assert_ended(&ends);
    }
    assert_eq!(ends.in_order, scenario::ORDERED.map(|(subject, receives)| (subject.to_owned(), receives)));
}

#[test]
fn the_simulation_ends_as_virtual_time_does() {
    let prepared = prepared();
    let items = items(&prepared);
    engine::assert_agrees(&prepared, &items, &in_virtual_time(&items));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_cloud_ends_as_virtual_time_does() {
    let items = items(&prepared());
    let stack = Stack::embedded(TEMPLATE).await;
    assert_agrees(&stack, &expected(&items), &items).await;
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says where")]
async fn what_runs_elsewhere_ends_as_virtual_time_does() {
    let Ok(file) = std::env::var("AQUEDUCT_AGREEMENT_STACK") else { return };
    let items = items(&prepared());
    assert_agrees(&Stack::elsewhere(&file), &expected(&items), &items).await;
}
