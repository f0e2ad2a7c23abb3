//! A router: which rules an event goes to, and why the others do not want it.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use aqueduct_pattern::{Dialect, Pattern, PatternError};
use serde_json::json;

fn main() -> Result<(), PatternError> {
    let rules = [
        ("dispatched", r#"{"source": ["order-fulfilment"], "detail-type": ["OrderDispatched"]}"#),
        ("large orders", r#"{"detail": {"total": [{"numeric": [">", 500]}]}}"#),
        ("not from tests", r#"{"detail": {"customer": [{"anything-but": {"prefix": "test-"}}]}}"#),
    ];
    let event = json!({
        "source": "order-fulfilment",
        "detail-type": "OrderDispatched",
        "detail": { "customer": "test-7", "total": 301.8 },
    });
    for (name, pattern) in rules {
        let pattern = Pattern::parse_text(Dialect::Bus, pattern)?;
        println!("{name}: {}", pattern.explain(&event));
    }
    Ok(())
}
