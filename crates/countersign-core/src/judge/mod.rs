//! The use case: what is approved at HEAD of this repository, or would be once this change lands?
//!
//! Owns which base a change is judged against, which pull requests count, and whether anything that
//! an earlier run kept may be read. A command, a hook or another program fills in a [`Question`]
//! and gets an [`Answer`]. Reads no environment, no clock and no options, and prints nothing: all
//! that comes with the question. `replay` reads history for it, and `check` weighs what was read.
//!
//! Start reading at [`Question`].

mod answer;
mod branch;
mod fetch;
mod history;
mod merge_queue;
mod pull_requests;
mod staged;
mod unrecorded;

use countersign_git::Repository;
use countersign_model::{ObjectId, Timestamp};

use crate::context::Context;
use crate::replay::{self, EventSink};

pub use answer::{Answer, JudgeError};
pub use branch::governed_base;
pub use fetch::{Fetch, fetch_missing};
pub use history::{History, survey};
pub use merge_queue::MergeQueue;
pub use pull_requests::{OpenForge, PullRequestLookup, landings_of, of_landings, waiting};
pub use staged::StagedAnswer;
pub use unrecorded::could_be_reviewed;

/// What is asked about a repository.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The commit to judge; `None` for HEAD.
    pub head: Option<ObjectId>,
    /// What it is judged against.
    pub base: Base,
    /// The landing at which the verifier says that governance began.
    pub anchor: Option<ObjectId>,
    /// A commit that must be among the landings: an earlier head that the verifier has seen.
    pub includes: Option<ObjectId>,
    /// When expiry is judged.
    pub now: Timestamp,
    /// What the answer is for.
    pub purpose: Purpose,
    /// Which pull requests count.
    pub pull_requests: PullRequestLookup<'q>,
}

/// What a commit is judged against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// The governed branch's tip, where HEAD is on another branch. Else nothing: HEAD is the tip
    /// itself.
    #[default]
    Governed,
    /// This commit, which must be on the governed branch as far as this clone knows that branch.
    Commit(ObjectId),
    /// The governed branch's tip as its remote reports it now, which this clone may not know under
    /// any name.
    RemoteTip(ObjectId),
}

/// What an answer is for, which decides whether a cache may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A verdict or a signature rests on it.
    Decide,
    /// Someone looks at it, and nothing is written after it.
    View {
        /// Whether the program runs by itself, as in continuous integration.
        unattended: bool,
    },
}

impl Question<'_> {
    /// A question about HEAD on which something may rest: no forge is asked, and nothing is pinned.
    pub fn about_head(now: Timestamp) -> Self {
        Self {
            head: None,
            base: Base::default(),
            anchor: None,
            includes: None,
            now,
            purpose: Purpose::Decide,
            pull_requests: PullRequestLookup::default(),
        }
    }

    /// Judges the history and the tree.
    pub fn judge(&self, repository: &Repository) -> Result<Answer, JudgeError> {
        let mut answer = self
            .history(repository)?
            .survey(repository, self.includes)?;
        if !self.pull_requests.asks() {
            answer.unrecorded = unrecorded::pull_requests(repository, &answer.survey.replay)?;
        }
        Ok(answer)
    }

    /// Judges history alone: enough for a decision about versions, whose bytes are known without
    /// reading any document.
    pub fn history(&self, repository: &Repository) -> Result<History, JudgeError> {
        history::replay(self, repository)
    }

    /// What is known before anything is replayed.
    pub fn context(&self, repository: &Repository) -> Result<Context, JudgeError> {
        Ok(history::Target::find(self, repository)?.context)
    }

    /// Gives everything that happened up to HEAD to `take`, as it is made, and says what was asked
    /// about. `None` where HEAD is a candidate, which needs an [`Answer`]: then what was given is
    /// worth nothing.
    pub fn events(
        &self,
        repository: &Repository,
        take: &mut EventSink<'_>,
    ) -> Result<Option<Context>, JudgeError> {
        let history::Target {
            mut context,
            head,
            base,
        } = history::Target::find(self, repository)?;
        if base.is_some() {
            return Ok(None);
        }
        let refused = |error| JudgeError::new(&context, error);
        let end =
            replay::events(repository, head.commit, &self.options(), take).map_err(refused)?;
        if branch::other_base(repository, &head, &end.policy.policy.branch)
            .map_err(refused)?
            .is_some()
        {
            return Ok(None);
        }
        context.name(&end.policy.policy, end.anchor);
        Ok(Some(context))
    }

    /// How to replay.
    fn options(&self) -> replay::Options {
        let Self { anchor, now, .. } = *self;
        replay::Options {
            anchor,
            now,
            cache: self.may_read_cache(),
            pulls: std::sync::Arc::default(),
        }
    }

    /// Whether what an earlier run kept under the Git directory may be read.
    ///
    /// Anyone who can write there can forge it. So never when something rests on the answer, never
    /// in continuous integration, and never for a verifier who pins the anchor, because they trust
    /// nothing in the Git directory. A candidate is never read from it either, which `replay` makes
    /// sure of, except what is only staged.
    fn may_read_cache(&self) -> bool {
        self.purpose == Purpose::View { unattended: false } && self.anchor.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_cache_only_for_someone_who_looks_and_pins_nothing() {
        let now = Timestamp::from_unix(0);
        let anchor = "0123456789abcdef0123456789abcdef01234567"
            .parse()
            .expect("an object id");
        let view = Question {
            purpose: Purpose::View { unattended: false },
            ..Question::about_head(now)
        };
        assert!(view.may_read_cache());
        assert!(!Question::about_head(now).may_read_cache());
        assert!(
            !Question {
                anchor: Some(anchor),
                ..view
            }
            .may_read_cache()
        );
        assert!(
            !Question {
                purpose: Purpose::View { unattended: true },
                ..view
            }
            .may_read_cache()
        );
    }
}
