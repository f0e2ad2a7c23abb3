//! What was found out, in words.

use std::fmt;

use super::{Impediment, Satisfiability, Why};

const SHOWN: usize = 8;

fn shown<T: ToString>(values: &[T]) -> String {
    let words: Vec<_> = values.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = if values.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", words.join(", "))
}

impl fmt::Display for Impediment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: wanted {}, but {}", self.paths.join(" and "), self.wanted, self.why)?;
        self.suggestion.iter().try_for_each(|meant| write!(formatter, "; did you mean {meant}?"))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownField { at, known } => {
                let parent = at.rsplit_once('.').map_or("the event", |(parent, _)| parent);
                let known = if known.is_empty() { "no fields".to_owned() } else { shown(known) };
                write!(formatter, "there is no {at}: {parent} has {known}")
            }
            Self::OtherType { declared } if declared.is_empty() => formatter.write_str("nothing can stand there"),
            Self::OtherType { declared } => write!(formatter, "the schema says {declared}"),
            Self::NotListed { listed } => write!(formatter, "the schema allows only {}", shown(listed)),
            Self::Object { known } if known.is_empty() => formatter.write_str("that is no value"),
            Self::Object { known } => {
                write!(formatter, "that is an object, of which only the values can be wanted: {}", shown(known))
            }
            Self::AlwaysThere => formatter.write_str("it is always there"),
            Self::OutOfBounds => formatter.write_str("the schema forbids it"),
            Self::Apart => formatter.write_str("no event has both"),
        }
    }
}

impl fmt::Display for Satisfiability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Possible { .. } => formatter.write_str("there are events that match"),
            Self::Unknown { open, .. } if open.is_empty() => {
                formatter.write_str("there is no telling whether an event matches")
            }
            Self::Unknown { open, .. } => {
                write!(
                    formatter,
                    "there is no telling whether an event matches: the schema says nothing of {}",
                    shown(open)
                )
            }
            Self::Impossible { impediments, alternatives } => {
                match alternatives {
                    1 => formatter.write_str("no event can match:")?,
                    count => write!(
                        formatter,
                        "no event can match any of the {count} alternatives; closest is the one with:"
                    )?,
                }
                impediments.iter().try_for_each(|impediment| write!(formatter, "\n  {impediment}"))
            }
        }
    }
}
