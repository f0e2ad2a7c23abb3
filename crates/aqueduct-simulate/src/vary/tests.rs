//! Ranges, searches and which resource is meant.

use super::*;
use crate::report::samples;

/// Survives where `survives` says so of the last change.
fn search(vary: &str, survives: impl Fn(u64) -> bool + Sync) -> Result<Variation, VaryError> {
    let (topology, scenario, report) = (samples::topology(), samples::scenario(), samples::report());
    let trial = |_: &Topology, scenario: &Scenario| {
        let value = scenario.changes.last().map(|it| it.value).unwrap_or_default();
        if value > 1_000 {
            return Err("out of range".to_owned());
        }
        Ok(if survives(value) { samples::survivor() } else { samples::report() })
    };
    vary.parse::<Vary>()?.search(&topology, &scenario, &report, NonZeroUsize::new(2).unwrap(), &trial)
}

#[test]
fn a_small_range_is_tried_whole_and_the_smallest_change_is_found() {
    let found = search("maxReceiveCount=3..20", |value| value == 9 || value >= 14).unwrap();
    assert_eq!((found.resource.as_str(), found.now), ("OrdersQueue", Some(5)));
    assert_eq!((found.nearest_survivor, found.complete, found.tried.len()), (Some(9), true, 18));
}

#[test]
fn a_great_range_is_tried_in_a_grid_that_becomes_finer() {
    let found = search("OrdersQueue.maxReceiveCount=1..1000", |value| value >= 31).unwrap();
    assert_eq!((found.nearest_survivor, found.complete), (Some(31), false));
    assert!(found.tried.len() < 40, "{}", found.tried.len());
    assert!(found.tried.iter().any(|it| it.value == 30 && !it.survived()), "its neighbour was tried");
    let downwards = search("VisibilityTimeout=1..1000", |value| value <= 20).unwrap();
    assert_eq!((downwards.now, downwards.nearest_survivor), (Some(60), Some(20)));
}

#[test]
fn a_range_without_an_end_is_doubled() {
    assert_eq!(search("maxReceiveCount=3..", |value| value >= 31).unwrap().nearest_survivor, Some(31));
    let never = search("maxReceiveCount=3..", |_| false).unwrap();
    assert_eq!(never.nearest_survivor, None);
    assert_eq!(never.tried.last().unwrap().outcome, Err("out of range".to_owned()));
    let steps = search("maxReceiveCount=10..200:10", |value| value >= 31).unwrap();
    assert_eq!(steps.nearest_survivor, Some(40));
}

#[test]
fn what_cannot_be_varied_is_told_with_the_way_out() {
    for (text, said) in [
        ("maxReceiveCount", "is not of the form"),
        ("maxReceiveCount=3", "is not of the form"),
        ("maxReceiveCount=3..x", "is not of the form"),
        ("maxReceiveCount=9..3", "is empty"),
        ("maxReceiveCount=1..3:0", "is empty"),
        ("maxReceiveCont=1..3", "did you mean `maxReceiveCount`?"),
        ("OrderQueue.maxReceiveCount=1..3", "did you mean `OrdersQueue`?"),
        ("MessageRetentionPeriod=60..70", "OrdersQueue"),
    ] {
        let outcome = search(text, |_| false);
        match outcome {
            Err(error) => assert!(error.to_string().contains(said), "{text}: {error}"),
            Ok(found) => assert_eq!(found.resource, said, "{text}"),
        }
    }
}
