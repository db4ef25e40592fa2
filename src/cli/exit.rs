//! The exit codes, as a documented type, and the fence that turns a panic into one of them.

use std::cell::RefCell;
use std::panic::{self, UnwindSafe};

use super::output;

/// What a run of the program says to its caller. The highest of several wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// 0: the command did what was asked; for `check`, the verdict is pass.
    Pass,
    /// 1: the verdict is fail, or approvals are missing.
    Fail,
    /// 2: wrong usage, a repository that is not governed, or an invalid policy at the anchor.
    Usage,
    /// 3: the question could not be answered, which is never a pass.
    NotEvaluated,
    /// 70: an internal error, a panic included (`EX_SOFTWARE` of sysexits.h).
    Internal,
}

impl ExitCode {
    /// The number that the operating system sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Usage => 2,
            Self::NotEvaluated => 3,
            Self::Internal => 70,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(exit: ExitCode) -> Self {
        Self::from(exit.code())
    }
}

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`; a panic inside becomes [`ExitCode::Internal`] and a short message, on whatever thread it happened.
///
/// The hook only takes notes: a panic on a worker thread unwinds into the thread that joins it, and is reported once, here.
pub fn guard(work: impl FnOnce() -> ExitCode + UnwindSafe) -> ExitCode {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        PANIC.with_borrow_mut(|note| *note = Some(place));
    }));
    let exit = panic::catch_unwind(work).unwrap_or_else(|payload| {
        let said = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let said = said.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned());
        let place = PANIC.take().unwrap_or_else(|| "another thread".to_owned());
        output::internal_error(&format!("{said} ({place})"));
        ExitCode::Internal
    });
    drop(panic::take_hook());
    exit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_exit_code_wins_and_has_the_documented_number() {
        let worst = [ExitCode::Pass, ExitCode::Usage, ExitCode::NotEvaluated, ExitCode::Fail].into_iter().max();
        assert_eq!(worst, Some(ExitCode::NotEvaluated));
        let codes = [ExitCode::Pass, ExitCode::Fail, ExitCode::Usage, ExitCode::NotEvaluated, ExitCode::Internal].map(ExitCode::code);
        assert_eq!(codes, [0, 1, 2, 3, 70]);
    }
}
