//! What SNS keeps through the end of a process.

use super::Sns;
use crate::keep::{Change, Durable, Record, Unreadable};
use crate::{Ids, Timestamp};

const TOPICS: &str = "sns/topics";
const SUBSCRIPTIONS: &str = "sns/subscriptions";
const TOKENS: &str = "sns/tokens";
const DELIVERIES: &str = "sns/deliveries";
const DEDUPLICATION: &str = "sns/deduplication";
const SEQUENCES: &str = "sns/sequences";
const ARCHIVES: &str = "sns/archives";

impl Durable for Sns {
    fn keep(&mut self) {
        self.topics.keep();
        self.subscriptions.keep();
        self.tokens.keep();
        self.desk.jobs.keep();
        self.recent.firsts.keep();
        self.sequences.keep();
        self.archives.messages.keep();
    }

    fn take_changes(&mut self, changes: &mut Vec<Change>) {
        self.topics.take_changes(TOPICS, changes);
        self.subscriptions.take_changes(SUBSCRIPTIONS, changes);
        self.tokens.take_changes(TOKENS, changes);
        self.desk.jobs.take_changes(DELIVERIES, changes);
        self.recent.firsts.take_changes(DEDUPLICATION, changes);
        self.sequences.take_changes(SEQUENCES, changes);
        self.archives.messages.take_changes(ARCHIVES, changes);
    }

    fn restore(&mut self, record: &Record) -> Result<(), Unreadable> {
        match record.table.as_str() {
            TOPICS => self.topics.restore(record),
            SUBSCRIPTIONS => self.subscriptions.restore(record),
            TOKENS => self.tokens.restore(record),
            DELIVERIES => self.desk.jobs.restore(record),
            DEDUPLICATION => self.recent.firsts.restore(record),
            SEQUENCES => self.sequences.restore(record),
            ARCHIVES => self.archives.messages.restore(record),
            table => Err(Unreadable::new(table, &"SNS has no such table")),
        }
    }

    /// Deliveries that waited go on waiting; those that were under way are made again.
    fn resume(&mut self, now: Timestamp) {
        // The ids that were given out are not known, so that these start elsewhere.
        self.ids = Ids::new(self.ids.next_u64() ^ now.as_millis());
        self.recent.resume();
        self.resume_tokens();
        let lanes: Vec<_> = self.desk.jobs.iter().map(|(number, job)| (*number, job.lane(), job.due)).collect();
        self.desk.last = lanes.last().map_or(0, |(number, ..)| *number);
        for (number, lane, due) in lanes {
            if self.desk.line_up(number, lane).is_none() {
                continue;
            }
            match due.filter(|due| *due > now) {
                Some(due) => self.desk.wait(due, number),
                None => self.send(now, number),
            }
        }
    }
}
