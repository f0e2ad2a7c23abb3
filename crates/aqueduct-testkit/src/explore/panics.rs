//! Panics of runs, which are results and not news: a run that panics is replayed dozens of times.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// What the panic of the run at work said, if there is a run at work.
    static WORDS: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs something; if it panics, what the panic said and where. Nothing is printed meanwhile.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |panic| {
            if !keep(panic) {
                others(panic);
            }
        }));
    });
    WORDS.set(Some(String::new()));
    let result = catch_unwind(AssertUnwindSafe(run));
    let words = WORDS.take();
    result.map_err(|_| words.unwrap_or_default())
}

/// Keeps what a panic says, within a run.
fn keep(panic: &PanicHookInfo<'_>) -> bool {
    WORDS.with_borrow_mut(|words| {
        let Some(words) = words else { return false };
        let said = panic.payload_as_str().unwrap_or("the test panicked");
        *words = panic.location().map_or_else(|| said.to_owned(), |at| format!("{said} ({}:{})", at.file(), at.line()));
        true
    })
}
