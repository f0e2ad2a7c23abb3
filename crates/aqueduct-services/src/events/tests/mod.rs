//! Buses, rules, schedules and what becomes of events.

use super::*;
use crate::What;

mod delivery;
mod rules;
mod schedules;

/// 2026-11-22T18:40:12.345Z, a Sunday.
const NOW: Timestamp = Timestamp::from_millis(1_795_372_812_345);

fn bridge() -> EventBridge {
    let site = Site {
        account: "000000000000".to_owned(),
        region: "eu-central-1".to_owned(),
        endpoint: "http://127.0.0.1:4566".to_owned(),
    };
    let mut bridge = EventBridge::new(site, Ids::new(7));
    let bus = CreateEventBus { name: "CommerceBus".to_owned(), ..CreateEventBus::default() };
    bridge.call(NOW, Request::CreateEventBus(bus)).unwrap();
    bridge
}

fn queue(name: &str) -> Arn {
    Arn::new(format!("arn:aws:sqs:eu-central-1:000000000000:{name}"))
}

fn function(name: &str) -> Arn {
    Arn::new(format!("arn:aws:lambda:eu-central-1:000000000000:function:{name}"))
}

fn on_bus(name: &str, pattern: &str) -> PutRule {
    PutRule {
        name: name.to_owned(),
        event_bus_name: Some("CommerceBus".to_owned()),
        event_pattern: Some(pattern.to_owned()),
        ..PutRule::default()
    }
}

fn scheduled(name: &str, expression: &str) -> PutRule {
    PutRule { name: name.to_owned(), schedule_expression: Some(expression.to_owned()), ..PutRule::default() }
}

fn put_targets(bridge: &mut EventBridge, rule: &PutRule, targets: Vec<Target>) -> Result<Response, ApiError> {
    let request = PutTargets { rule: rule.name.clone(), event_bus_name: rule.event_bus_name.clone(), targets };
    bridge.call(NOW, Request::PutTargets(request))
}

/// A rule with one target; the rule's ARN.
fn rule(bridge: &mut EventBridge, rule: PutRule, target: Target) -> Arn {
    let request =
        PutTargets { rule: rule.name.clone(), event_bus_name: rule.event_bus_name.clone(), targets: vec![target] };
    let Ok(Response::PutRule(created)) = bridge.call(NOW, Request::PutRule(rule)) else { panic!("no rule") };
    bridge.call(NOW, Request::PutTargets(request)).unwrap();
    created.rule_arn
}

fn entry(detail: &str) -> Entry {
    Entry {
        source: Some("shop".to_owned()),
        detail_type: Some("OrderDispatched".to_owned()),
        detail: Some(detail.to_owned()),
        event_bus_name: Some("CommerceBus".to_owned()),
        ..Entry::default()
    }
}

fn put(bridge: &mut EventBridge, entries: Vec<Entry>) -> Result<PutResults, ApiError> {
    match bridge.call(NOW, Request::PutEvents(PutEvents { entries, endpoint_id: None }))? {
        Response::PutEvents(results) => Ok(results),
        other => panic!("{other:?}"),
    }
}

fn kinds(bridge: &mut EventBridge) -> Vec<What> {
    bridge.take_notes().into_iter().map(|note| note.what).collect()
}

fn dead_letter(target: Target) -> Target {
    Target { dead_letter_config: Some(DeadLetterConfig { arn: Some(queue("Dead")) }), ..target }
}

fn labels(delivery: &Delivery) -> BTreeMap<&str, &str> {
    delivery.message.attributes.iter().map(|(name, it)| (name.as_str(), it.string_value.as_deref().unwrap())).collect()
}

fn refused() -> Refusal {
    Refusal::NoPermission("the policy does not let events.amazonaws.com in".to_owned())
}

fn throttled() -> Refusal {
    Refusal::Throttled("too many".to_owned())
}
