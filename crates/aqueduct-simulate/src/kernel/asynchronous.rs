//! Events that functions are invoked with: asynchronously, with retries and destinations, or by a caller who waits.

use aqueduct_services::lambda::pace::{event_retry_wait, event_throttle_wait};

use super::Kernel;
use super::agenda::{Kind, Micros};
use super::micros;
use super::plan::{Place, Way};
use crate::Cause;

/// An event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Event {
    accepted: Micros,
    began: Micros,
    pub(super) item: u32,
    function: u32,
    /// Executions that ended in a function error.
    errors: u32,
    /// Throttles since the last execution.
    throttles: u32,
    /// Why the execution under way fails, or the last one did.
    failed: Option<Cause>,
    /// Whether its function succeeded with it.
    succeeded: bool,
    /// Whether somebody waits for the answer, and there is no retry.
    is_call: bool,
}

impl Kernel<'_> {
    /// Puts an event into the asynchronous queue of a function; it is tried at once.
    pub(super) fn enqueue(&mut self, item: u32, function: u32) {
        let event = Event { accepted: self.now, item, function, ..Event::default() };
        let number = self.events.insert(event);
        self.restless += 1;
        self.start_event(number);
    }

    /// Somebody calls a function and waits. A call that finds no free concurrency is refused.
    pub(super) fn call(&mut self, item: u32, function: u32) {
        self.open(item);
        let event = Event { accepted: self.now, item, function, is_call: true, ..Event::default() };
        let number = self.events.insert(event);
        self.restless += 1;
        if self.has_capacity(function) {
            self.run_event(number);
        } else {
            self.functions[function as usize].tally.throttles += 1;
            self.refuse(number);
        }
    }

    /// Tries an event: starts it, gives it up, or lets it wait for free concurrency.
    pub(super) fn start_event(&mut self, number: u32) {
        let Event { accepted, function, throttles, .. } = self.events[number];
        let expires = accepted + self.plan.functions[function as usize].age_max;
        if self.functions[function as usize].reserved == Some(0) || self.now >= expires {
            self.give_up(number);
        } else if self.has_capacity(function) {
            self.run_event(number);
        } else {
            self.functions[function as usize].tally.throttles += 1;
            self.events[number].throttles += 1;
            let due = (self.now + micros(event_throttle_wait(throttles))).min(expires);
            self.agenda.add(due, Kind::EventDue, number);
        }
    }

    fn run_event(&mut self, number: u32) {
        let Event { function, item, .. } = self.events[number];
        let (failed, took) = self.judge_event(function, item);
        let event = &mut self.events[number];
        (event.failed, event.began) = (failed, self.now);
        self.agenda.add(self.now + took, Kind::EventEnd, number);
    }

    /// The execution of an event ended.
    pub(super) fn event_ended(&mut self, number: u32) {
        let Event { function, item, failed, began, succeeded, is_call, accepted, .. } = self.events[number];
        let plan = self.plan;
        let of_function = &plan.functions[function as usize];
        if matches!(failed, None | Some(Cause::Crash)) {
            self.functions[function as usize].tally.repeated += u64::from(succeeded);
            self.events[number].succeeded = true;
            self.succeed(item, function);
        }
        self.release(function, began);
        if failed.is_none() {
            if !is_call {
                self.send(item, &of_function.id, &of_function.on_success);
            }
            return self.finish_event(number);
        }
        if is_call {
            return self.refuse(number);
        }
        if failed == Some(Cause::Poison) && of_function.behaviour.rejects_poison && of_function.on_failure.is_some() {
            return self.give_up(number);
        }
        let event = &mut self.events[number];
        event.errors += 1;
        event.throttles = 0;
        let due = self.now + micros(event_retry_wait(event.errors));
        // AWS looks ahead, as `aqueduct_services` has it recorded.
        if event.errors > of_function.retries_max || due >= accepted + of_function.age_max {
            self.give_up(number);
        } else {
            self.agenda.add(due, Kind::EventDue, number);
        }
    }

    /// Lambda gives an event up: its destination and dead-letter queue get it, or nobody.
    fn give_up(&mut self, number: u32) {
        let plan = self.plan;
        let Event { function, item, failed, .. } = self.events[number];
        let of_function = &plan.functions[function as usize];
        match &of_function.on_failure {
            Some(ways) => {
                for way in ways {
                    self.note_dead_letter(*way, &of_function.id, failed.unwrap_or_default());
                }
                self.send(item, &of_function.id, ways);
            }
            None => self.items[item].lost = true,
        }
        self.finish_event(number);
    }

    fn note_dead_letter(&mut self, way: Way, function: &str, cause: Cause) {
        if let Place::Queue(queue) = way.to {
            self.queues[queue as usize].tally.dead_letter((function, cause), self.now);
        }
    }

    /// A caller gets an error, and what it wanted is lost.
    fn refuse(&mut self, number: u32) {
        let item = self.events[number].item;
        self.items[item].lost = true;
        self.finish_event(number);
    }

    fn finish_event(&mut self, number: u32) {
        let item = self.events[number].item;
        self.events.free(number);
        self.restless -= 1;
        self.close(item);
    }
}
