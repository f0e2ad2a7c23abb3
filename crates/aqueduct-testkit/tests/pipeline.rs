//! The order pipeline's own template in virtual time.

use std::time::Duration;

use aqueduct_testkit::{Ended, TestCloud, What, failed};

const TEMPLATE: &str = include_str!("../../../infra/template.yaml");

#[test]
fn the_pipeline_s_template_can_be_deployed() {
    let mut cloud = TestCloud::new(TEMPLATE).unwrap();
    let functions: Vec<&str> = cloud.topology().functions.iter().map(|function| function.id.as_str()).collect();
    for expected in
        ["OrderIntake", "OrderProcessor", "OrderNotifier", "OrderFulfilment", "LedgerWriter", "StatusProjector"]
    {
        assert!(functions.contains(&expected), "{expected} is not in {functions:?}");
    }
    assert_eq!(cloud.queue("OrdersQueue").unwrap().total(), 0);
}

#[test]
fn orders_wait_while_the_processor_is_down_and_none_is_lost() {
    let mut cloud = TestCloud::new(TEMPLATE).unwrap();
    cloud.on("OrderProcessor", |_| failed("Runtime.ExitError", "the processor is down".to_owned()));
    for order in 0..5 {
        cloud.send("OrdersQueue", &format!(r#"{{"subject":"ord_{order}"}}"#)).unwrap();
    }
    cloud.run_for(Duration::from_mins(2));
    assert_eq!(cloud.queue("OrdersQueue").unwrap().total(), 5);
    cloud.on("OrderProcessor", |_| Ended::Answered("{}".to_owned()));
    cloud.run_until_idle().unwrap();
    assert_eq!(cloud.queue("OrdersQueue").unwrap().total(), 0);
    assert_eq!(cloud.queue("OrdersDlq").unwrap().total(), 0);
    let deleted = cloud.take_notes().into_iter().filter(|note| note.what == What::Deleted).count();
    assert_eq!(deleted, 5);
}
