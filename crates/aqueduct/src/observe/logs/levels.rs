//! Which lines are written: levels by target and, with the feature `env-filter`, by span.

use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Subscriber};
#[cfg(feature = "env-filter")]
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Filter, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

/// What a directive may be.
#[cfg(feature = "env-filter")]
pub(super) const TAKEN: &str =
    "it takes LEVEL, TARGET=LEVEL or TARGET[SPAN{FIELD=VALUE}]=LEVEL, and a comma between two";
#[cfg(not(feature = "env-filter"))]
pub(super) const TAKEN: &str =
    "it takes LEVEL or TARGET=LEVEL and a comma between two, and [SPAN] with the feature `env-filter` of `aqueduct`";

/// Which lines are written.
pub(super) enum Levels {
    ByTarget(Targets),
    /// Only where a directive asks for it: it takes ten times the instructions to set up.
    #[cfg(feature = "env-filter")]
    BySpan(Box<EnvFilter>),
}

fn is_by_span(directive: &str) -> bool {
    directive.contains('[')
}

#[cfg(feature = "env-filter")]
fn can_be_read(directive: &str) -> bool {
    if is_by_span(directive) { directive.parse::<EnvFilter>().is_ok() } else { directive.parse::<Targets>().is_ok() }
}

#[cfg(not(feature = "env-filter"))]
fn can_be_read(directive: &str) -> bool {
    !is_by_span(directive) && directive.parse::<Targets>().is_ok()
}

impl Levels {
    /// Reads the directives of `RUST_LOG`, and tells those that cannot be read. Where none of them counts it is `default`.
    pub(super) fn read(default: LevelFilter, directives: &str) -> (Self, Vec<&str>) {
        let given = directives.split(',').map(str::trim).filter(|directive| !directive.is_empty());
        let (taken, left_out): (Vec<&str>, Vec<&str>) = given.partition(|directive| can_be_read(directive));
        // Of two directives for the same target the later counts, so that another level for all of them can be said.
        let all = taken.iter().fold(default.to_string(), |all, directive| all + "," + directive);
        #[cfg(feature = "env-filter")]
        if is_by_span(&all) {
            return (Self::BySpan(Box::new(EnvFilter::builder().parse_lossy(&all))), left_out);
        }
        (Self::ByTarget(all.parse().unwrap_or_else(|_| Targets::new().with_default(default))), left_out)
    }

    /// A log that writes no other lines.
    pub(super) fn of_log(self, log: impl Subscriber + Send + Sync) -> Dispatch {
        match self {
            Self::ByTarget(targets) => Dispatch::new(log.with(targets)),
            #[cfg(feature = "env-filter")]
            Self::BySpan(filter) => Dispatch::new(log.with(*filter)),
        }
    }

    /// The filter of a part of a subscriber.
    pub(super) fn of_part(self) -> Box<dyn Filter<Registry> + Send + Sync> {
        match self {
            Self::ByTarget(targets) => Box::new(targets),
            #[cfg(feature = "env-filter")]
            Self::BySpan(filter) => filter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_left_out_and_told() {
        let cases: [(&str, &[&str]); 6] = [
            ("", &[]),
            (" debug, aqueduct=warn ,,a::b=off", &[]),
            ("aqueduct=loud, debug", &["aqueduct=loud"]),
            ("a=b=c,info", &["a=b=c"]),
            ("[message]=debug,info", if cfg!(feature = "env-filter") { &[] } else { &["[message]=debug"] }),
            ("[message=debug", &["[message=debug"]),
        ];
        for (directives, expected) in cases {
            assert_eq!(Levels::read(LevelFilter::INFO, directives).1, expected, "{directives}");
        }
    }
}
