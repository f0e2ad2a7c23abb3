//! What of Lambda outlives a process: functions with their code, policies and URLs, mappings, and asynchronous events.
//!
//! Synchronous invocations are not kept, since their callers are gone. What a mapping has in hand is not kept either: its
//! queue keeps the messages, which come back when their visibility timeout ends.

use crate::keep::{Change, Durable, Record, Unreadable};
use crate::{Ids, Timestamp};

use super::mapping::Mapping;
use super::{Deployment, Lambda, Rollout};

const FUNCTIONS: &str = "lambda/functions";
const CODES: &str = "lambda/codes";
const MAPPINGS: &str = "lambda/mappings";
const EVENTS: &str = "lambda/events";
const SENDINGS: &str = "lambda/sendings";

impl Durable for Lambda {
    fn keep(&mut self) {
        self.functions.keep();
        self.codes.keep();
        self.mapping_records.keep();
        self.events.keep();
        self.sendings.keep();
    }

    fn take_changes(&mut self, changes: &mut Vec<Change>) {
        self.functions.take_changes(FUNCTIONS, changes);
        self.codes.take_changes(CODES, changes);
        self.mapping_records.take_changes(MAPPINGS, changes);
        self.events.take_changes(EVENTS, changes);
        self.sendings.take_changes(SENDINGS, changes);
    }

    fn restore(&mut self, record: &Record) -> Result<(), Unreadable> {
        match record.table.as_str() {
            FUNCTIONS => self.functions.restore(record),
            CODES => self.codes.restore(record),
            MAPPINGS => self.mapping_records.restore(record),
            EVENTS => self.events.restore(record),
            SENDINGS => self.sendings.restore(record),
            other => Err(Unreadable::new(other, &"Lambda has no such table")),
        }
    }

    fn resume(&mut self, now: Timestamp) {
        // The same seed would give ids once more that are kept.
        self.ids = Ids::new(self.ids.next_u64() ^ now.as_millis());
        self.resume_functions();
        let mut mappings: Vec<Mapping> = self.mapping_records.values().cloned().map(Mapping::restored).collect();
        mappings.sort_by_key(Mapping::place);
        self.last_mapping = mappings.last().map_or(0, Mapping::place);
        self.mappings = mappings;
        let sequences: Vec<u64> = self.events.keys().copied().collect();
        for sequence in sequences {
            if let Some(event) = self.events.get_mut(&sequence) {
                self.due.insert((event.resumes(now), sequence));
            }
        }
        let deliveries = self.sendings.iter().map(|(ticket, sending)| sending.delivery(*ticket));
        self.out.deliveries.extend(deliveries);
        let last = self.events.keys().chain(self.sendings.keys()).max();
        self.last_sequence = self.last_sequence.max(last.copied().unwrap_or(0));
    }
}

impl Lambda {
    /// Gives functions their code, and tells the driver of those that it does not know from a template.
    fn resume_functions(&mut self) {
        let codes: Vec<_> = self.codes.iter().map(|(name, code)| (name.clone(), code.clone())).collect();
        for (name, code) in codes {
            if let Some(function) = self.functions.get_mut(&name) {
                function.code = Some(code);
                self.out.rollouts.push(Rollout::Deploy(Box::new(Deployment::of(function))));
            }
        }
    }
}
