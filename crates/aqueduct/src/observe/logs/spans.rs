//! The spans of a log that stands alone: what they say, and which of them each thread is in.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::Metadata;
use tracing::span::{Attributes, Id, Record};

use super::fields::{Fields, Members};

/// How many sets of fields are kept for the spans to come.
const SPARE_MAX: usize = 32;

/// What is known of a span as long as somebody has a handle on it.
#[derive(Debug)]
struct Span {
    metadata: &'static Metadata<'static>,
    /// A handle, so that the parent is there as long as its child.
    parent: Option<Id>,
    handles: usize,
    fields: Fields,
}

/// A place for a span. Its turns tell the spans that had it one after the other apart.
#[derive(Debug, Default)]
struct Place {
    turn: u32,
    span: Option<Span>,
}

#[derive(Debug, Default)]
struct Places {
    all: Vec<Place>,
    free: Vec<usize>,
    spare: Vec<Fields>,
}

/// An id is a place and its turn, and never 0.
fn id(index: usize, turn: u32) -> Id {
    Id::from_u64((u64::from(turn) << 32) | (index as u64 + 1))
}

fn index_and_turn(id: &Id) -> Option<(usize, u32)> {
    let id = id.into_u64();
    let index = (id & u64::from(u32::MAX)).checked_sub(1)?;
    Some((usize::try_from(index).ok()?, u32::try_from(id >> 32).ok()?))
}

impl Places {
    fn get(&mut self, id: &Id) -> Option<&mut Span> {
        let (index, turn) = index_and_turn(id)?;
        self.all.get_mut(index).filter(|place| place.turn == turn)?.span.as_mut()
    }

    fn put(&mut self, span: Span) -> Id {
        let index = self.free.pop().unwrap_or(self.all.len());
        if index == self.all.len() {
            self.all.push(Place::default());
        }
        let place = &mut self.all[index];
        place.span = Some(span);
        id(index, place.turn)
    }

    fn take(&mut self, id: &Id) -> Option<Span> {
        let (index, turn) = index_and_turn(id)?;
        let place = self.all.get_mut(index).filter(|place| place.turn == turn)?;
        let span = place.span.take()?;
        place.turn = turn.wrapping_add(1);
        self.free.push(index);
        Some(span)
    }
}

thread_local! {
    /// The spans that this thread is in, the innermost last, each with the log that it is of.
    static ENTERED: RefCell<Vec<(u64, Id)>> = const { RefCell::new(Vec::new()) };
}

/// The spans of one log. What users write about their values runs while nothing is locked: it may log, too.
#[derive(Debug)]
pub(super) struct Spans {
    log: u64,
    places: Mutex<Places>,
}

impl Spans {
    pub(super) fn new() -> Self {
        static LOGS: AtomicU64 = AtomicU64::new(0);
        Self { log: LOGS.fetch_add(1, Ordering::Relaxed), places: Mutex::default() }
    }

    /// Nothing that is done with the places panics halfway.
    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = self.lock().spare.pop().unwrap_or_default();
        attributes.record(&mut fields);
        let parent = if attributes.is_contextual() { self.current() } else { attributes.parent().cloned() };
        let mut places = self.lock();
        // One that is gone already is nobody's parent.
        let parent = parent.filter(|parent| places.get(parent).map(|span| span.handles += 1).is_some());
        places.put(Span { metadata: attributes.metadata(), parent, handles: 1, fields })
    }

    pub(super) fn add_handle(&self, id: &Id) {
        if let Some(span) = self.lock().get(id) {
            span.handles += 1;
        }
    }

    /// Gives a handle back. The last one closes the span, and gives back the one that it had on its parent.
    pub(super) fn drop_handle(&self, id: Id) -> bool {
        let mut places = self.lock();
        let mut closed = false;
        let mut next = Some(id);
        while let Some(id) = next.take() {
            let Some(span) = places.get(&id) else { break };
            span.handles -= 1;
            if span.handles > 0 {
                break;
            }
            closed = true;
            if let Some(Span { parent, mut fields, .. }) = places.take(&id) {
                next = parent;
                if places.spare.len() < SPARE_MAX && fields.clear_for_another() {
                    places.spare.push(fields);
                }
            }
        }
        closed
    }

    pub(super) fn record(&self, id: &Id, values: &Record<'_>) {
        let Some(mut fields) = self.lock().get(id).map(|span| std::mem::take(&mut span.fields)) else { return };
        values.record(&mut fields);
        if let Some(span) = self.lock().get(id) {
            // What somebody else recorded meanwhile.
            fields.extend(&span.fields);
            span.fields = fields;
        }
    }

    pub(super) fn enter(&self, id: &Id) {
        // A thread that ends logs outside of all spans.
        let _ = ENTERED.try_with(|entered| entered.borrow_mut().push((self.log, id.clone())));
    }

    /// Spans need not be left in the opposite order of entering them.
    pub(super) fn exit(&self, id: &Id) {
        let _ = ENTERED.try_with(|entered| {
            let mut entered = entered.borrow_mut();
            if let Some(at) = entered.iter().rposition(|(log, entered)| *log == self.log && entered == id) {
                entered.remove(at);
            }
        });
    }

    /// The innermost span that this thread is in.
    pub(super) fn current(&self) -> Option<Id> {
        ENTERED
            .try_with(|entered| entered.borrow().iter().rfind(|(log, _)| *log == self.log).map(|(_, id)| id.clone()))
            .ok()
            .flatten()
    }

    pub(super) fn metadata(&self, id: &Id) -> Option<&'static Metadata<'static>> {
        self.lock().get(id).map(|span| span.metadata)
    }

    /// What a span and all around it say.
    pub(super) fn members(&self, innermost: Option<Id>) -> Members {
        let mut members = Members::default();
        let mut places = self.lock();
        let mut path = Vec::new();
        let mut next = innermost;
        while let Some(id) = next {
            next = places.get(&id).and_then(|span| span.parent.clone());
            path.push(id);
        }
        for id in path.iter().rev() {
            if let Some(span) = places.get(id) {
                members.merge(&span.fields);
            }
        }
        members
    }
}
