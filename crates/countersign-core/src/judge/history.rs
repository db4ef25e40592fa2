//! A question, answered as far as history alone can answer it.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_git::{HeadRef, Repository};
use countersign_model::{ObjectId, Observation, Policy, RuleId, Timestamp};

use super::answer::{Answer, JudgeError};
use super::{Base, Question, branch};
use crate::check::Survey;
use crate::context::Context;
use crate::replay::{self, Options, PullRequests, Replay, ReplayError, Tip};

/// What a question is about: found before anything is replayed.
pub(super) struct Target {
    pub context: Context,
    pub head: HeadRef,
    pub base: Option<ObjectId>,
}

impl Target {
    pub fn find(question: &Question<'_>, repository: &Repository) -> Result<Self, JudgeError> {
        let head = match question.head {
            Some(commit) => HeadRef {
                commit,
                branch: None,
            },
            None => repository.head()?,
        };
        let mut context = Context {
            repository: None,
            branch: None,
            head: Some(head.commit),
            base: None,
            anchor: None,
            anchor_pinned: question.anchor.is_some(),
            now: question.now,
        };
        let base = match question.base {
            Base::Commit(base) | Base::RemoteTip(base) => Some(base),
            Base::Governed => branch::governed_base(repository, &head)
                .map_err(|error| JudgeError::new(&context, error))?,
        };
        context.base = base;
        if let Base::Commit(base) = question.base
            && !repository.has(base)
        {
            return Err(JudgeError::new(&context, ReplayError::BaseMissing(base)));
        }
        Ok(Self {
            context,
            head,
            base,
        })
    }
}

/// What history says about HEAD: the branch as it is, and with HEAD landed.
#[derive(Debug)]
pub struct History {
    /// The repository of the query.
    pub context: Context,
    /// The commit that was judged, and its branch.
    pub head: HeadRef,
    /// The governed branch's tip, when HEAD is a candidate for that branch.
    pub base: Option<ObjectId>,
    /// The replay up to `base`; `None` without a base, and when the base is not governed.
    pub before: Option<Replay>,
    /// The replay with HEAD landed.
    pub replay: Replay,
    options: Options,
}

/// Replays what `question` asks about: the governed branch itself, or a change to it.
pub(super) fn replay(
    question: &Question<'_>,
    repository: &Repository,
) -> Result<History, JudgeError> {
    let Target {
        mut context,
        head,
        base,
    } = Target::find(question, repository)?;
    let options = question.options();
    let replayed = Replayed::of(question, repository, &head, base, &options)
        .map_err(|error| JudgeError::new(&context, error))?;
    let Replayed {
        base,
        before,
        replay,
    } = replayed;
    context.base = context
        .base
        .or_else(|| before.as_ref().map(|before| before.head));
    context.name(&replay.policy.policy, replay.anchor);
    Ok(History {
        context,
        head,
        base,
        before,
        replay,
        options,
    })
}

/// The replays of a question.
struct Replayed {
    base: Option<ObjectId>,
    before: Option<Replay>,
    replay: Replay,
}

impl Replayed {
    fn of(
        question: &Question<'_>,
        repository: &Repository,
        head: &HeadRef,
        base: Option<ObjectId>,
        options: &Options,
    ) -> Result<Self, ReplayError> {
        if let Some(base) = base {
            return Self::candidate(question, repository, base, head.commit, options);
        }
        let replay = replay::run(repository, head.commit, options)?;
        // The policy at HEAD may give the governed branch another name than the policy in force
        // does.
        if let Some(base) = branch::other_base(repository, head, &replay.policy.policy.branch)? {
            return Self::candidate(question, repository, base, head.commit, options);
        }
        let replay = match question.pull_requests.of_branch(repository, &replay)? {
            Some(pulls) => replay::run(
                repository,
                head.commit,
                &Options {
                    pulls,
                    ..options.clone()
                },
            )?,
            None => replay,
        };
        Ok(Self {
            base: None,
            before: None,
            replay,
        })
    }

    fn candidate(
        question: &Question<'_>,
        repository: &Repository,
        base: ObjectId,
        head: ObjectId,
        options: &Options,
    ) -> Result<Self, ReplayError> {
        let pulls = |policy: &Policy| {
            question
                .pull_requests
                .of_candidate(repository, head, policy)
        };
        let replay::Candidate {
            base: before,
            merged,
        } = replay::candidate(repository, base, head, options, &pulls)?;
        if before.is_some() && matches!(question.base, Base::Commit(_)) {
            branch::require_on_branch(repository, base, &merged.policy.policy.branch)?;
        }
        Ok(Self {
            base: Some(base),
            before,
            replay: merged,
        })
    }
}

impl History {
    /// Adds what is in the trees, and weighs everything.
    pub(super) fn survey(
        self,
        repository: &Repository,
        includes: Option<ObjectId>,
    ) -> Result<Answer, JudgeError> {
        let Self {
            context,
            before,
            replay,
            options,
            ..
        } = self;
        let refused = |error| JudgeError::new(&context, error);
        let candidate = replay.candidate;
        let mut base = before
            .map(|before| survey(repository, before, candidate))
            .transpose()
            .map_err(refused)?;
        let survey = weigh(repository, replay, base.as_ref(), includes, options.now);
        let survey = survey.map_err(refused)?;
        if let Some(base) = &mut base {
            base.add_ended_keys(options.now);
        }
        Ok(Answer {
            context,
            base,
            survey,
            unrecorded: BTreeSet::new(),
        })
    }

    /// The same question with what a forge says about pull requests that have landed.
    pub fn with_pull_requests(
        &self,
        repository: &Repository,
        pulls: PullRequests,
    ) -> Result<Replay, ReplayError> {
        self.again(
            repository,
            self.head.commit,
            &Options {
                pulls: Arc::new(pulls),
                ..self.options.clone()
            },
        )
    }

    /// The same question for `commit`, which adds something to HEAD.
    pub fn with_commit(
        &self,
        repository: &Repository,
        commit: ObjectId,
    ) -> Result<Replay, ReplayError> {
        // It was made just now, perhaps a second after the clock was read.
        let now = self.options.now.max(repository.node(commit)?.committed);
        self.again(
            repository,
            commit,
            &Options {
                now,
                ..self.options.clone()
            },
        )
    }

    fn again(
        &self,
        repository: &Repository,
        head: ObjectId,
        options: &Options,
    ) -> Result<Replay, ReplayError> {
        match self.base {
            None => replay::run(repository, head, options),
            Some(base) => {
                replay::candidate(repository, base, head, options, &replay::no_pull_requests)
                    .map(|candidate| candidate.merged)
            }
        }
    }
}

/// Reads what is in the tree of `replay`, and weighs it with the history. `candidate` says whether
/// the question is about a change.
pub fn survey(
    repository: &Repository,
    mut replay: Replay,
    candidate: bool,
) -> Result<Survey, ReplayError> {
    let tip = Tip::read(repository, &mut replay)?;
    Ok(Survey::new(replay, tip, candidate, None))
}

/// The same of the tip, or of a change of `base` at the levels of the policy in force there, with
/// everything that only the question can show.
pub(super) fn weigh(
    repository: &Repository,
    mut replay: Replay,
    base: Option<&Survey>,
    includes: Option<ObjectId>,
    now: Timestamp,
) -> Result<Survey, ReplayError> {
    let candidate = replay.candidate;
    let tip = match base {
        Some(base) => Tip::read_beside(repository, &replay, &base.tip)?,
        None => Tip::read(repository, &mut replay)?,
    };
    let policy = base.map(|base| &base.replay.policy.policy);
    let mut survey = Survey::new(replay, tip, candidate, policy);
    survey.add_ended_keys(now);
    if candidate && base.is_none() {
        survey.add(&Observation::new(RuleId::GovernanceStarts));
    }
    if let Some(includes) = includes {
        survey.require(includes);
    }
    Ok(survey)
}
