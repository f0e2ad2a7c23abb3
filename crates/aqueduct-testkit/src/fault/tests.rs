use std::collections::BTreeSet;

use super::*;

fn calls(count: u64) -> Vec<Point> {
    let point = |nth| Point::Call { operation: "SQS.SendMessageBatch".to_owned(), nth, when: When::Before };
    (0..count).map(point).collect()
}

fn polls(count: u64) -> impl Iterator<Item = Point> {
    (0..count).map(|k| Point::Poll { function: "worker".to_owned(), nth: 0, k })
}

#[test]
fn what_happens_at_a_point_does_not_depend_on_what_was_asked_before() {
    for seed in 0..200 {
        let (forwards, backwards) = (Faults::from_seed(seed, Mix::default()), Faults::from_seed(seed, Mix::default()));
        let one: Vec<_> = calls(40).iter().map(|point| forwards.at(point)).collect();
        let mut other: Vec<_> = calls(40).iter().rev().map(|point| backwards.at(point)).collect();
        other.reverse();
        assert_eq!(one, other, "seed {seed}");
    }
}

#[test]
fn the_list_of_what_struck_replays_it() {
    let mut any = 0;
    for seed in 0..200 {
        let drawn = Faults::from_seed(seed, Mix::default());
        let points: Vec<Point> = calls(40).into_iter().chain(polls(30)).collect();
        let before: Vec<_> = points.iter().map(|point| drawn.at(point)).collect();
        let text = serde_json::to_string(&drawn.struck()).unwrap();
        let listed = Faults::from_json(&text).unwrap();
        assert_eq!(points.iter().map(|point| listed.at(point)).collect::<Vec<_>>(), before, "seed {seed}");
        assert_eq!(listed.struck(), drawn.struck());
        any += drawn.struck().len();
    }
    assert!(any > 100, "{any} faults in 200 runs");
}

#[test]
fn faults_end() {
    for seed in 0..200 {
        let faults = Faults::from_seed(seed, Mix::default().first(10));
        assert!(calls(1_000).iter().skip(10).all(|point| faults.at(point).is_none()), "seed {seed}");
    }
}

#[test]
fn an_invocation_stops_once() {
    let stops = |seed| {
        let faults = Faults::from_seed(seed, Mix::none().with(Kind::Crash, 0.5));
        polls(100).filter(|point| faults.at(point).is_some()).count()
    };
    let stopped: Vec<usize> = (0..500).map(stops).collect();
    assert!(stopped.iter().all(|stops| *stops <= 1) && stopped.iter().sum::<usize>() > 50, "{stopped:?}");
}

#[test]
fn times_makes_faults_more_probable_and_adds_no_kind() {
    let struck = |factor| {
        let mix = Mix::none().with(Kind::Throttle, 0.02).times(factor);
        let of = |seed| {
            let faults = Faults::from_seed(seed, mix.clone());
            let struck = calls(20).iter().filter_map(|point| faults.at(point)).collect::<Vec<_>>();
            assert!(struck.iter().all(|fault| fault.kind() == Kind::Throttle), "{struck:?}");
            struck.len()
        };
        (0..500).map(of).sum::<usize>()
    };
    let (none, once, thrice) = (struck(0.0), struck(1.0), struck(3.0));
    assert!(none == 0 && once > 50 && (2 * once..4 * once).contains(&thrice), "{once} and {thrice}");
}

#[test]
fn every_kind_of_the_default_mix_happens_and_what_is_left_out_or_spared_does_not() {
    let functions = ["one", "two"];
    let points = |seed, mix: Mix| {
        let faults = Faults::from_seed(seed, mix);
        for function in functions.map(str::to_owned) {
            for nth in 0..10 {
                faults.at(&Point::Invocation { function: function.clone(), nth });
                faults.at(&Point::Delivery { queue: function.clone(), nth });
                faults.at(&Point::Call { operation: "SQS.SendMessage".to_owned(), nth, when: When::After });
            }
            faults.at(&Point::Clock { function });
        }
        for point in calls(10).into_iter().chain(polls(30)) {
            faults.at(&point);
        }
        faults.struck()
    };
    let kinds = |mix: &Mix| {
        let struck = (0..400).flat_map(|seed| points(seed, mix.clone())).map(|strike| strike.fault.kind());
        struck.collect::<BTreeSet<Kind>>()
    };
    let all: BTreeSet<Kind> = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Outage).collect();
    assert_eq!(kinds(&Mix::default()), all);
    assert_eq!(kinds(&Mix::none().with(Kind::Outage, 0.5)), BTreeSet::from([Kind::Error]));
    assert!(!kinds(&Mix::default().without(Kind::Crash)).contains(&Kind::Crash));
    let struck = points(3, Mix::default().with(Kind::Skew, 1.0).sparing("one").sparing("SQS"));
    assert!(struck.iter().all(|strike| !["one", "SQS"].contains(&strike.at.place())), "{struck:?}");
    assert!((0..50).all(|seed| points(seed, Mix::none()).is_empty()));
}

#[test]
fn faults_read_as_sentences_and_bad_lists_are_refused() {
    let at = Point::Call { operation: "SQS.SendMessage".to_owned(), nth: 3, when: When::After };
    assert_eq!(Strike { at, fault: Fault::LoseAnswer }.to_string(), "after SQS.SendMessage 3: answer lost");
    assert_eq!(Fault::FailEntries { mask: 5 }.to_string(), "entries 0, 2 fail");
    assert!(Fault::FailEntries { mask: 5 }.fails_entry(66) && !Fault::FailEntries { mask: 5 }.fails_entry(1));
    assert_eq!(Fault::Skew { millis: -5_000 }.to_string(), "5s behind");
    let refused = Faults::from_json("[{}]").unwrap_err().to_string();
    assert!(refused.contains("not a list of faults") && refused.contains("`at`"), "{refused}");
}
