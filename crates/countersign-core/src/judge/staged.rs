//! What the commit that `git commit` would make adds to HEAD.
//!
//! On the governed branch that commit would be a landing on top of HEAD. On another branch it would
//! be one more commit of a change to the governed branch, so it is judged as that change, and so is
//! HEAD: two commits of a branch never are two landings. The base is the newest landing that HEAD
//! has, not the branch's tip, so that nothing has to be merged.

use std::collections::BTreeSet;

use countersign_git::{GitError, Repository};
use countersign_model::ObjectId;

use super::answer::{Answer, JudgeError};
use super::history::{survey, weigh};
use super::{Base, Question, branch};
use crate::check::added::{Unmade, added};
use crate::check::{Report, Survey};
use crate::context::Context;
use crate::replay::{self, ReplayError};

/// What is staged, judged.
#[derive(Debug)]
pub struct StagedAnswer {
    /// The repository of the query. HEAD is the base.
    pub context: Context,
    /// The answer about the commit.
    pub answer: Answer,
    /// What it adds, and the verdict over that.
    pub report: Report,
}

impl Question<'_> {
    /// Judges `commit`, which is made of what is staged on top of HEAD, and compares it with HEAD.
    pub fn staged(
        &self,
        repository: &Repository,
        commit: ObjectId,
        unmade: Unmade,
    ) -> Result<StagedAnswer, JudgeError> {
        let head = match repository.head() {
            Ok(head) => head,
            Err(GitError::Unborn(_)) => return self.first_staged(repository, commit, unmade),
            Err(error) => return Err(error.into()),
        };
        let base = self.context(repository).and_then(|context| {
            branch::last_landing(repository, &head)
                .map_err(|error| JudgeError::new(&context, error))
        })?;
        let question = Question {
            head: Some(commit),
            base: Base::RemoteTip(base),
            ..*self
        };
        // On another branch, HEAD is a change of the base, too.
        let heads = [commit, head.commit];
        let heads = if base == head.commit {
            &heads[..1]
        } else {
            &heads[..]
        };
        let mut context = question.context(repository)?;
        let found = previews(&question, repository, base, heads, &mut context);
        let previews = found
            .map_err(|error| JudgeError::new(&context, error).about_staged(Some(head.commit)))?;
        let Previews {
            base,
            staged,
            before,
        } = previews;
        let side = before.as_ref().or(base.as_ref()).map(Survey::side);
        let report = added(side.as_ref(), &staged.side(), unmade);
        let answer = Answer {
            context,
            base,
            survey: staged,
            unrecorded: BTreeSet::new(),
        };
        Ok(StagedAnswer::new(answer, Some(head.commit), commit, report))
    }

    /// The first commit of a repository.
    fn first_staged(
        &self,
        repository: &Repository,
        commit: ObjectId,
        unmade: Unmade,
    ) -> Result<StagedAnswer, JudgeError> {
        let answer = Question {
            head: Some(commit),
            base: Base::Governed,
            ..*self
        }
        .judge(repository)
        .map_err(|error| error.about_staged(None))?;
        let report = added(None, &answer.survey.side(), unmade);
        Ok(StagedAnswer::new(answer, None, commit, report))
    }
}

/// What is staged, and what it is compared with.
struct Previews {
    /// The newest landing that HEAD has; `None` where nothing is governed there.
    base: Option<Survey>,
    /// With the staged commit landed on it.
    staged: Survey,
    /// With HEAD landed on it, where HEAD is another commit and something is governed in it.
    before: Option<Survey>,
}

/// Judges each of `heads` as a change of the base: what is staged, and HEAD where it is one.
fn previews(
    question: &Question<'_>,
    repository: &Repository,
    base: ObjectId,
    heads: &[ObjectId],
    context: &mut Context,
) -> Result<Previews, ReplayError> {
    let options = question.options();
    let replay::Previews { base, merged } = replay::previews(repository, base, heads, &options)?;
    let mut base = base
        .map(|base| survey(repository, base, true))
        .transpose()?;
    let mut merged = merged.into_iter();
    let staged = merged.next().expect("what is staged is always judged")?;
    context.name(&staged.policy.policy, staged.anchor);
    let weighed =
        |replay, includes| weigh(repository, replay, base.as_ref(), includes, options.now);
    let staged = weighed(staged, question.includes)?;
    let before = match merged.next() {
        // Or governance starts with what is staged.
        None | Some(Err(ReplayError::NotGoverned)) => None,
        Some(head) => Some(weighed(head?, None)?),
    };
    if let Some(base) = &mut base {
        base.add_ended_keys(options.now);
    }
    Ok(Previews {
        base,
        staged,
        before,
    })
}

impl StagedAnswer {
    fn new(answer: Answer, head: Option<ObjectId>, commit: ObjectId, mut report: Report) -> Self {
        // No one can look up a commit that is not made.
        for finding in &mut report.findings {
            finding.commit = finding.commit.filter(|found| *found != commit);
        }
        let mut context = staged_on(head, &answer.context);
        context.anchor = context.anchor.filter(|anchor| *anchor != commit);
        Self {
            context,
            answer,
            report,
        }
    }
}

impl JudgeError {
    fn about_staged(mut self, head: Option<ObjectId>) -> Self {
        if let Some(context) = &mut self.context {
            **context = staged_on(head, context);
        }
        self
    }
}

/// The same context, about what no commit has and what is on top of `head`.
fn staged_on(head: Option<ObjectId>, context: &Context) -> Context {
    Context {
        head: None,
        base: head,
        ..context.clone()
    }
}
