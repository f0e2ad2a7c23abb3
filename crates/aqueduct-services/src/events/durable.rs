//! What EventBridge and EventBridge Scheduler keep through the end of a process.
//!
//! Buses, rules, archives with their events, replays, groups, schedules with the time of their next run, and the
//! deliveries still to be made. A schedule or rule that was due while nothing ran, runs once, late, for the first of the
//! times that it missed: Scheduler promises each invocation at least once, and a run for every missed time would flood
//! whoever is behind it. A delivery that was under way is made again, as nobody knows how it ended.

use super::EventBridge;
use super::archive::{Place, Shelf};
use super::replay::Replay;
use super::rule::Rule;
use super::scheduler::Schedule;
use crate::Timestamp;
use crate::keep::{Change, Durable, Record, Unreadable};

const BUSES: &str = "events/buses";
const RULES: &str = "events/rules";
const ARCHIVES: &str = "events/archives";
const ARCHIVED: &str = "events/archived";
const REPLAYS: &str = "events/replays";
const GROUPS: &str = "events/groups";
const SCHEDULES: &str = "events/schedules";
const DELIVERIES: &str = "events/deliveries";

impl Durable for EventBridge {
    fn keep(&mut self) {
        self.buses.keep();
        self.rules.keep();
        self.archives.keep();
        self.archived.keep();
        self.replays.keep();
        self.groups.keep();
        self.schedules.keep();
        self.jobs.keep();
    }

    fn take_changes(&mut self, changes: &mut Vec<Change>) {
        self.buses.take_changes(BUSES, changes);
        self.rules.take_changes(RULES, changes);
        self.archives.take_changes(ARCHIVES, changes);
        self.archived.take_changes(ARCHIVED, changes);
        self.replays.take_changes(REPLAYS, changes);
        self.groups.take_changes(GROUPS, changes);
        self.schedules.take_changes(SCHEDULES, changes);
        self.jobs.take_changes(DELIVERIES, changes);
    }

    fn restore(&mut self, record: &Record) -> Result<(), Unreadable> {
        match record.table.as_str() {
            BUSES => self.buses.restore(record),
            RULES => self.rules.restore(record),
            ARCHIVES => self.archives.restore(record),
            ARCHIVED => self.archived.restore(record),
            REPLAYS => self.replays.restore(record),
            GROUPS => self.groups.restore(record),
            SCHEDULES => self.schedules.restore(record),
            DELIVERIES => self.jobs.restore(record),
            table => Err(Unreadable::new(table, &"EventBridge has no such table")),
        }
    }

    fn resume(&mut self, _now: Timestamp) {
        self.plan_again();
        self.fill_shelves();
        self.last_job = self.jobs.last_key_value().map_or(0, |(id, _)| *id);
        let jobs: Vec<_> = self.jobs.iter().map(|(id, job)| (*id, job.due)).collect();
        for (id, due) in jobs {
            match due {
                Some(due) => self.outbox.wait(due, id),
                None => self.send(id),
            }
        }
    }
}

impl EventBridge {
    /// Finds out anew what is due when.
    fn plan_again(&mut self) {
        for (key, rule) in self.rules.iter() {
            self.due_rules.shift(key, None, Rule::due(rule));
        }
        for (key, schedule) in self.schedules.iter() {
            self.due_schedules.shift(key, None, Schedule::runs(schedule));
        }
        for (name, replay) in self.replays.iter() {
            self.due_replays.shift(name, None, replay.due.filter(|_| Replay::is_active(replay)));
        }
    }

    /// Puts the events of each archive back in the order in which they came.
    fn fill_shelves(&mut self) {
        self.shelves = self.archives.keys().map(|name| (name.clone(), Shelf::default())).collect();
        for (place, event) in self.archived.iter() {
            if let Some(stock) = self.shelves.get_mut(&place.0) {
                stock.places.push_back((event.ingested, place.clone()));
                stock.size += event.size;
            }
            self.last_archived = self.last_archived.max(place.2);
        }
        for stock in self.shelves.values_mut() {
            let number = |(_, place): &(Timestamp, Place)| place.2;
            stock.places.make_contiguous().sort_by_key(number);
        }
    }
}
