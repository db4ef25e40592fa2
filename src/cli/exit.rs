//! The exit codes, as a documented type.

use crate::model::Verdict;

/// What a run of the program says to its caller. The highest of several wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// 0: the command did its work; for `check`, the verdict is pass.
    Pass,
    /// 1: the verdict is fail, or approvals are missing where that counts.
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

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Waiting | Verdict::Fail => Self::Fail,
            Verdict::NotEvaluated => Self::NotEvaluated,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(exit: ExitCode) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_exit_code_wins_and_has_the_documented_number() {
        let worst = [
            ExitCode::Pass,
            ExitCode::Usage,
            ExitCode::NotEvaluated,
            ExitCode::Fail,
        ]
        .into_iter()
        .max();
        assert_eq!(worst, Some(ExitCode::NotEvaluated));
        let codes = [
            ExitCode::Pass,
            ExitCode::Fail,
            ExitCode::Usage,
            ExitCode::NotEvaluated,
            ExitCode::Internal,
        ]
        .map(ExitCode::code);
        assert_eq!(codes, [0, 1, 2, 3, 70]);
    }
}
