//! Tables that are in memory until a request needs the engine with a database behind it, and are in that one from there on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aqueduct_topology::Table;
use dynoxide::Database;
use dynoxide::storage_backend::Clock;

use super::engine::{self, Answer};
use super::memory::Memory;
use super::tokens::{TOKEN_MAX, Tokens};
use super::watch::Watch;
use super::written;

pub(super) struct Moving {
    clock: Arc<dyn Clock>,
    tokens: Tokens,
    place: Mutex<Place>,
}

enum Place {
    Memory(Memory),
    Database(Database),
}

impl Moving {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, tokens: Tokens::default(), place: Mutex::new(Place::Memory(Memory::default())) }
    }

    pub(super) fn provision(&self, table: &Table) -> Result<(), String> {
        let mut place = self.place();
        if let Place::Memory(memory) = &mut *place
            && memory.provision(table).is_ok()
        {
            return Ok(());
        }
        let database = self.database(&mut place)?;
        engine::create(&database, &table.name, &table.create, table.time_to_live.as_deref())
    }

    pub(super) fn answer(&self, operation: &str, body: &[u8], watch: &Watch) -> Answer {
        let mut place = self.place();
        if let Place::Memory(memory) = &mut *place
            && let Ok(answer) = memory.answer(operation, body, self.clock.now_unix_secs())
        {
            let changed = memory.take_changed(|table| watch.watches(table));
            drop(place);
            watch.tell(changed);
            return answer;
        }
        let database = self.database(&mut place);
        drop(place);
        match database {
            Ok(database) => written::answer(watch, &database, operation, body, |token| self.name(token)),
            Err(error) => engine::failed(error),
        }
    }

    pub(super) fn sweep(&self) {
        match &mut *self.place() {
            Place::Memory(memory) => memory.sweep(self.clock.now_unix_secs()),
            Place::Database(database) => engine::sweep(database),
        }
    }

    /// Whether all that was asked for until now was answered in memory.
    pub(super) fn is_in_memory(&self) -> bool {
        matches!(*self.place(), Place::Memory(_))
    }

    /// The database, which all tables move to if they are not there yet.
    fn database(&self, place: &mut Place) -> Result<Database, String> {
        match place {
            Place::Database(database) => Ok(database.clone()),
            Place::Memory(memory) => {
                let database =
                    Database::memory_with_clock(Arc::clone(&self.clock)).map_err(|error| error.to_string())?;
                memory.transfer(&database, &self.tokens)?;
                *place = Place::Database(database.clone());
                Ok(database)
            }
        }
    }

    /// The engine's name for the token of a transaction. It refuses what is no token.
    fn name(&self, token: Option<String>) -> Option<String> {
        match token {
            Some(token) if (1..=TOKEN_MAX).contains(&token.len()) => {
                Some(self.tokens.name(&token, self.clock.now_unix_secs()))
            }
            token => token,
        }
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
