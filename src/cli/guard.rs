//! The fence around a run: a panic becomes an exit code and a short message.

use std::cell::RefCell;
use std::panic::{self, UnwindSafe};

use super::exit::ExitCode;
use super::output;

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`; a panic inside becomes [`ExitCode::Internal`] and a short message, on whatever
/// thread it happened.
///
/// The hook only takes notes: a panic on a worker thread unwinds into the thread that joins it, and
/// is reported once, here.
pub fn guard(work: impl FnOnce() -> ExitCode + UnwindSafe) -> ExitCode {
    panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        PANIC.with_borrow_mut(|note| *note = Some(place));
    }));
    let exit = panic::catch_unwind(work).unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned());
        let message = message
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        let place = PANIC.take().unwrap_or_else(|| "another thread".to_owned());
        output::internal_error(&format!("{message} ({place})"));
        ExitCode::Internal
    });
    drop(panic::take_hook());
    exit
}
