//! What a question gets: an answer, or why there is none.

use std::collections::BTreeSet;

use countersign_git::GitError;
use countersign_model::Verdict;

use crate::check::logins::Logins;
use crate::check::survey::findings_of;
use crate::check::{Report, Survey, gate};
use crate::context::Context;
use crate::replay::{ReplayError, Source};

/// What was judged.
#[derive(Debug)]
pub struct Answer {
    /// The repository of the query.
    pub context: Context,
    /// The governed branch as it is; `None` without a base, and when the base is not governed.
    pub base: Option<Survey>,
    /// The tip, or the candidate.
    pub survey: Survey,
    /// Merged pull requests, by number, whose reviews could approve what waits, and of which this
    /// clone has no record; empty where a forge was asked.
    pub unrecorded: BTreeSet<u64>,
}

impl Answer {
    /// What counts, and the verdict.
    pub fn report(&self) -> Report {
        let report = gate::judge(
            self.base.as_ref().map(Survey::side).as_ref(),
            &self.survey.side(),
        );
        // What has landed does not hold a candidate up.
        let unrecorded = match report.verdict {
            Verdict::NotEvaluated => BTreeSet::new(),
            _ if self.survey.replay.candidate => BTreeSet::new(),
            _ => self.unrecorded.clone(),
        };
        Report {
            logins: self.logins(),
            unrecorded,
            ..report
        }
    }

    /// By which accounts the people of the policy in force are known.
    pub fn logins(&self) -> Logins {
        Logins::of(&self.survey.replay.policy.policy)
    }

    /// Whether part of it was read from what an earlier run kept.
    pub fn is_from_cache(&self) -> bool {
        let mut surveys = self.base.iter().chain([&self.survey]);
        surveys.any(|survey| survey.replay.source == Source::Cache)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct JudgeError {
    /// What was asked about; `None` when not even HEAD could be found.
    pub context: Option<Box<Context>>,
    /// Why.
    #[source]
    pub error: ReplayError,
}

impl JudgeError {
    pub(super) fn new(context: &Context, error: ReplayError) -> Self {
        Self {
            context: Some(Box::new(context.clone())),
            error,
        }
    }

    /// The same as a report, which is never a pass.
    pub fn report(&self) -> Report {
        Report::not_evaluated(findings_of(&self.error))
    }
}

impl From<GitError> for JudgeError {
    fn from(error: GitError) -> Self {
        Self {
            context: None,
            error: error.into(),
        }
    }
}
