//! What the commit that `git commit` would make adds to HEAD.
//!
//! On the governed branch that commit would be a landing on top of HEAD. On another branch it would
//! be one more commit of a change to the governed branch, so it is judged as that change, and so is
//! HEAD: two commits of a branch never are two landings. The base is the newest landing that HEAD
//! has, not the branch's tip, so that nothing has to be merged.

use countersign_git::{GitError, Repository};
use countersign_model::ObjectId;

use super::answer::{Answer, JudgeError};
use super::{Base, Question, branch};
use crate::check::Report;
use crate::check::added::{Unmade, added};
use crate::context::Context;
use crate::replay::ReplayError;

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
        let asked = |commit| Question {
            head: Some(commit),
            base: Base::RemoteTip(base),
            ..*self
        };
        let history = asked(commit).history(repository);
        let answer = history.and_then(|history| {
            if base == head.commit {
                history.survey(repository, self.includes)
            } else {
                history.survey_change(repository, self.includes)
            }
        });
        let answer = answer.map_err(|error| error.about_staged(Some(head.commit)))?;
        let before = if base == head.commit {
            None
        } else {
            let history = asked(head.commit).history(repository);
            match history.and_then(|history| history.survey_change(repository, None)) {
                Ok(before) => Some(before.survey),
                // Governance starts with what is staged.
                Err(JudgeError {
                    error: ReplayError::NotGoverned,
                    ..
                }) => None,
                Err(error) => return Err(error),
            }
        };
        let before = before.as_ref().or(answer.base.as_ref());
        let before = before.map(crate::check::Survey::side);
        let report = added(before.as_ref(), &answer.survey.side(), unmade);
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
