//! Event patterns and filter policies in their dialects, with explanations.
//!
//! One matcher serves the rules of an EventBridge bus, EventBridge Pipes, the filter criteria of a Lambda event
//! source mapping and SNS filter policies: AWS runs the same engine behind all of them, and the [`Dialect`] says
//! which operators and limits hold. [`Pattern::explain`] names each condition that an event fails.
//!
//! ```
//! use aqueduct_pattern::{Dialect, Pattern};
//! use serde_json::json;
//!
//! let pattern = Pattern::parse(Dialect::Bus, &json!({ "detail": { "total": [{ "numeric": [">", 100] }] } }))?;
//! let event = json!({ "detail": { "total": 12 } });
//!
//! assert!(!pattern.matches(&event));
//! assert_eq!(
//!     pattern.explain(&event).to_string(),
//!     "the event does not match:\n  detail.total: wanted a number > 100, found 12"
//! );
//! # Ok::<(), aqueduct_pattern::PatternError>(())
//! ```

mod dialect;
mod error;
mod event;
mod explain;
mod matcher;
mod node;
mod number;
mod parse;
mod pattern;
mod policy;
mod set;
mod wildcard;

pub use dialect::Dialect;
pub use error::PatternError;
pub use explain::{Explanation, Failure, Found};
pub use pattern::Pattern;
