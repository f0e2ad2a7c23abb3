//! What holds whatever happens.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;

/// When executions began, how long they took, and how large their batches were.
#[derive(Debug, Default)]
struct Seen {
    spans: Vec<(Timestamp, Timestamp)>,
    batches: Vec<(usize, usize)>,
}

#[derive(Clone, Debug)]
enum Step {
    /// A message of so many KB.
    Send(usize),
    Invoke,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop_oneof![4 => 0..3_usize, 1 => 0..900_usize].prop_map(Step::Send),
        3 => Just(Step::Invoke),
        2 => (0..20_000_u64).prop_map(Step::Wait),
    ]
}

/// Executions that overlap, at most.
fn concurrency(spans: &[(Timestamp, Timestamp)]) -> usize {
    let mut ends: Vec<(Timestamp, i64)> = Vec::new();
    for (start, end) in spans {
        ends.push((*start, 1));
        ends.push((*end, -1));
    }
    // One that ends makes room for one that starts at the same time.
    ends.sort_by_key(|(at, change)| (*at, *change));
    let (mut now, mut most) = (0, 0);
    for (_, change) in ends {
        now += change;
        most = most.max(now);
    }
    usize::try_from(most).unwrap_or_default()
}

/// A function whose executions take and do what `behaviours` says, one after the other.
fn watched(world: &mut World, behaviours: Vec<(u64, u8)>) -> Rc<RefCell<Seen>> {
    let seen = Rc::new(RefCell::new(Seen::default()));
    let (noted, mut turn) = (Rc::clone(&seen), 0_usize);
    world.on_invocation("worker", move |invocation| {
        let (millis, behaviour) = behaviours[turn % behaviours.len()];
        turn += 1;
        let took = Duration::from_millis(millis);
        let start = Timestamp::from_millis(invocation.deadline.as_millis() - 10_000);
        let mut seen = noted.borrow_mut();
        seen.spans.push((start, start + took.min(Duration::from_secs(10))));
        let records = serde_json::from_str::<Value>(&invocation.payload).unwrap();
        if let Some(records) = records["Records"].as_array() {
            seen.batches.push((records.len(), invocation.payload.len()));
        }
        let answered = |text: String| Execution::answered(text, took);
        match behaviour {
            0 => Execution { ended: failure::failed("E", "no".to_owned()), took, calls: Vec::new() },
            1 if records["Records"].is_array() => answered(
                json!({"batchItemFailures": [{"itemIdentifier": records["Records"][0]["messageId"]}]}).to_string(),
            ),
            2 => answered("{".to_owned()),
            _ => answered("{}".to_owned()),
        }
    });
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn limits_hold_and_nothing_goes_missing(
        steps in prop::collection::vec(step(), 1..40),
        behaviours in prop::collection::vec((0..12_000_u64, 0..6_u8), 1..8),
        batch_size in 1..20_usize,
        reserved in 1..4_usize,
        maximum in 2..5_usize,
    ) {
        let function = format!("{ASYNCHRONOUS}; ReservedConcurrentExecutions: {reserved}");
        let mapping = format!(
            "{REPORTS}; BatchSize: {batch_size}; MaximumBatchingWindowInSeconds: 2; ScalingConfig: {{ MaximumConcurrency: {maximum} }}"
        );
        let mut world = standard(&function, &mapping);
        let seen = watched(&mut world, behaviours);
        let (mut sent, mut invoked) = (0, 0);
        for step in &steps {
            match step {
                Step::Send(kilobytes) => {
                    world.send("orders", &"x".repeat(kilobytes * 1_024 + 1));
                    sent += 1;
                }
                Step::Invoke => {
                    world.invoke_later("worker", "{}");
                    invoked += 1;
                }
                Step::Wait(millis) => world.run_for(Duration::from_millis(*millis)),
            }
            let census = world.queue("orders");
            prop_assert!(census.total() <= sent);
        }
        world.rest();
        let seen = seen.borrow();
        prop_assert!(concurrency(&seen.spans) <= reserved, "{} at once", concurrency(&seen.spans));
        for (records, bytes) in &seen.batches {
            prop_assert!(*records <= batch_size && *bytes <= SYNCHRONOUS_BYTES_MAX);
        }
        let notes = world.take_notes();
        let count = |wanted: &dyn Fn(&Note) -> bool| notes.iter().filter(|note| wanted(note)).count();
        let deleted = count(&|note| note.place == "orders" && note.what == What::Deleted);
        let moved = count(&|note| note.place == "orders" && matches!(note.what, What::DeadLettered { .. }));
        prop_assert_eq!((deleted + moved, world.queue("orders").total()), (sent, 0));

        // Each event ends once: it succeeds, or the dead-letter queue has it.
        let given_up = count(&|note| note.place == "worker" && matches!(note.what, What::DeadLettered { .. }));
        let lost = count(&|note| matches!(note.what, What::Lost { .. }));
        let batches: usize = seen.batches.len();
        let finished = count(&|note| note.place == "worker" && matches!(note.what, What::Finished { .. }));
        prop_assert_eq!(lost, 0);
        prop_assert!(given_up <= invoked && finished <= invoked - given_up + batches);
        prop_assert_eq!(world.queue("dead").total(), moved + given_up);
        prop_assert!(world.cloud().is_idle());
    }

    #[test]
    fn each_event_ends_exactly_once(
        outcomes in prop::collection::vec((0..9_000_u64, any::<bool>()), 1..12),
        events in 1..25_usize,
        pauses in prop::collection::vec(0..90_u64, 25),
        has_dead_letters in any::<bool>(),
        reserved in 0..3_u32,
    ) {
        let dead_letters = if has_dead_letters { ASYNCHRONOUS } else { "" };
        let mut world = standard(&format!("{dead_letters}; ReservedConcurrentExecutions: {reserved}"), "Enabled: false");
        let mut turn = 0;
        world.on("worker", move |_| {
            let (millis, succeeds) = outcomes[turn % outcomes.len()];
            turn += 1;
            let took = Duration::from_millis(millis);
            if succeeds {
                Execution::answered("1", took)
            } else {
                Execution { ended: failure::failed("E", "no".to_owned()), took, calls: Vec::new() }
            }
        });
        for pause in pauses.iter().take(events) {
            world.invoke_later("worker", "{}");
            world.run_for(Duration::from_secs(*pause));
        }
        world.rest();
        let notes = world.take_notes();
        let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
        for note in &notes {
            if matches!(note.what, What::Finished { .. } | What::DeadLettered { .. } | What::Lost { .. }) {
                *ends.entry(&note.id).or_default() += 1;
            }
        }
        prop_assert_eq!(ends.len(), events);
        prop_assert!(ends.values().all(|times| *times == 1), "{:?}", ends);
    }
}
