//! The page is well formed, says what the report says, and takes any name.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::*;
use crate::report::samples;
use crate::{Prices, Runs, Vary};

fn results(change: impl FnOnce(&mut Results)) -> Results {
    let (topology, mut scenario, report) = (samples::topology(), samples::scenario(), samples::report());
    scenario.title.clone_from(&report.title);
    let trial = |_: &aqueduct_topology::Topology, _: &crate::Scenario| Ok(samples::survivor());
    let mut results = Results::of(&topology, scenario, report, &Prices::of("us-east-1").unwrap(), &trial);
    change(&mut results);
    results
}

/// Reads a page as XML; how often each element is in it, and all of its text outside of the style.
fn read(html: &str) -> (BTreeMap<String, usize>, String) {
    let mut reader = Reader::from_str(html);
    reader.config_mut().check_end_names = true;
    let (mut elements, mut text, mut open) = (BTreeMap::<String, usize>::new(), String::new(), Vec::new());
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} at {}", reader.buffer_position())) {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                tag.attributes().for_each(|attribute| drop(attribute.unwrap()));
                *elements.entry(name.clone()).or_default() += 1;
                open.push(name);
            }
            Event::Empty(tag) => {
                let name = tag.name().as_ref().to_owned();
                *elements.entry(name).or_default() += 1;
            }
            Event::End(_) => drop(open.pop()),
            Event::Text(part) if open.last().is_none_or(|it| it != "style") => text += &part,
            Event::GeneralRef(reference) => text.extend(["&", &*reference, ";"]),
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed");
    (elements, text)
}

#[test]
fn the_page_is_well_formed_and_stands_alone() {
    let html = results(|_| {}).html();
    let (elements, text) = read(&html);
    for (element, number) in [("svg", 4), ("title", 8), ("h1", 1), ("main", 1), ("article", 3)] {
        assert!(elements[element] >= number, "{element}: {elements:?}");
    }
    assert!(!elements.contains_key("script") && !elements.contains_key("link") && !elements.contains_key("img"));
    assert!(!html.contains("http://") && !html.contains("url("), "nothing comes from elsewhere");
    for part in [
        "1,204 of 90,000 orders reach OrdersDlq between 10:20 and 10:50",
        "raise maxReceiveCount of OrdersQueue from 5 to 31",
        "OrderProcessor is down",
        "99 %",
        "Free tiers are not subtracted",
    ] {
        assert!(text.contains(part), "{part:?} is missing");
    }
    assert!(html.contains("role=\"img\" aria-label=\"Messages in OrdersQueue: at most 1,600 at 10:50"));
    assert!(html.contains("prefers-color-scheme: dark"));
}

#[test]
fn names_are_escaped_wherever_they_stand() {
    let evil = "</title><script>alert(\"1\")</script> & 'x' \u{1}";
    let html = results(|results| {
        results.report.title = evil.to_owned();
        results.report.items[0].name = evil.to_owned();
        for queue in &mut results.report.queues {
            queue.id = evil.to_owned();
            queue.dead_letters.iter_mut().for_each(|it| it.from = evil.to_owned());
        }
        results.report.functions[0].id = evil.to_owned();
        results.report.goals[0].of = evil.to_owned();
        results.verdict.headline = evil.to_owned();
        results.verdict.statements[0].says = evil.to_owned();
        results.verdict.statements[0].remedies[0].does = evil.to_owned();
        results.verdict.statements[0].advice = Some(evil.to_owned());
        results.scenario.faults[0].kind =
            crate::FaultKind::Outage { function: evil.to_owned(), fails_after: Duration::ZERO };
    })
    .html();
    let (elements, text) = read(&html);
    assert!(!elements.contains_key("script"), "{elements:?}");
    assert!(text.matches("&lt;script&gt;").count() >= 10, "{text}");
}

#[test]
fn runs_and_variations_have_their_tables() {
    let html = results(|results| {
        results.runs = Some(Runs::of(1, &[samples::report(), samples::survivor()]));
        let vary: Vary = "maxReceiveCount=3..40:37".parse().unwrap();
        let trial = |_: &aqueduct_topology::Topology, scenario: &crate::Scenario| match scenario.changes[0].value {
            3 => Err("it is <refused>".to_owned()),
            _ => Ok(samples::survivor()),
        };
        let (topology, scenario) = (samples::topology(), samples::scenario());
        let threads = std::num::NonZeroUsize::MIN;
        results.variation = Some(vary.search(&topology, &scenario, &samples::report(), threads, &trial).unwrap());
    })
    .html();
    let (_, text) = read(&html);
    assert!(text.contains("1 of 2 survive. The probability of surviving lies between 9.5 % and 90.5 %"), "{text}");
    assert!(text.contains("It is 5; the smallest change that survives is 40."));
    assert!(text.contains("cannot be run: it is &lt;refused&gt;"));
}

#[test]
fn nothing_at_all_is_a_page_too() {
    let html = results(|results| {
        results.report.items.clear();
        results.report.queues.clear();
        results.report.functions.clear();
        results.report.goals.clear();
        results.report.lasts = Duration::ZERO;
        results.bill.services.clear();
    })
    .html();
    read(&html);
    assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
}
