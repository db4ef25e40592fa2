//! A decision about a pull request, made without checking it out: about the bytes that merging it
//! now would land, on a separate branch.
//!
//! The signer never has to push to a contributor's fork: the record binds bytes, so it may land
//! before them.

use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::question::question;
use crate::cli::session::Session;
use crate::cli::subject_argument::{Selector, SubjectArgument, SubjectPattern};
use crate::judge::{Base, Purpose, Question};
use crate::model::{Decision, ObjectId, State, SubjectId};

use super::change::Change;
use super::landing::{self, NewCommit};
use super::outlook::Outlook;
use super::steps::Signing;
use super::{DecisionContext, Done, announce};

impl<'s> DecisionContext<'s> {
    /// Opens the repository and asks what merging a pull request of `origin` into the governed
    /// branch would land.
    pub fn open_pull(session: &'s Session<'s>, number: u64) -> Result<Self, CommandError> {
        let context = Self::open(session)?;
        let branch = format!("refs/heads/{}", context.governed());
        let pull = format!("refs/pull/{number}/head");
        let listed = context.remote(&["ls-remote", "--quiet", "origin", &branch, &pull])?;
        let tip = |name: &str| {
            let lines = listed.lines().filter_map(|line| line.split_once('\t'));
            lines
                .filter(|(_, reference)| *reference == name)
                .find_map(|(id, _)| id.parse::<ObjectId>().ok())
        };
        let missing = |what: &str| {
            CommandError::usage(format!("{what} is not on `origin`"))
                .help("Give the number of an open pull request of `origin`'s repository.")
        };
        let (base, head) = (
            tip(&branch).ok_or_else(|| missing(&branch))?,
            tip(&pull).ok_or_else(|| missing(&pull))?,
        );
        context.remote(&[
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "origin",
            &branch,
            &pull,
        ])?;
        // Opened again, so that what was just fetched is visible.
        let repository = context.reopened()?;
        let question = Question {
            head: Some(head),
            base: Base::RemoteTip(base),
            ..question(session, &repository, Purpose::Decide)?
        };
        let history = question.history(&repository).map_err(|error| error.error)?;
        Ok(Self {
            repository,
            history,
            pull: Some(number),
            ..context
        })
    }

    /// The subjects that the change brings in as drafts.
    pub fn drafts(&self) -> Result<Vec<SubjectArgument>, CommandError> {
        let replay = &self.history.replay;
        let lands_here =
            |position: crate::model::Position| position.0 as usize == replay.line.len();
        let drafts = replay.ledger.subjects.values().filter(|subject| {
            subject.head_version().is_some_and(|version| {
                version.state == State::Draft
                    && version
                        .landed
                        .is_some_and(|landing| lands_here(landing.position))
            })
        });
        let mut found: Vec<SubjectId> = drafts.map(|subject| subject.id.clone()).collect();
        found.extend(replay.ledger.pending.as_ref().map(|_| SubjectId::policy()));
        if found.is_empty() {
            return Err(CommandError::usage("nothing in this pull request awaits approval")
                .help("Name a subject, or run `countersign check` on the pull request's branch to see what is wrong."));
        }
        Ok(found
            .into_iter()
            .map(|id| SubjectArgument {
                subjects: SubjectPattern::One(id),
                version: Selector::Head,
            })
            .collect())
    }

    fn remote(&self, args: &[&str]) -> Result<String, CommandError> {
        let answer = self.programs.git_remote(args, None)?;
        if answer.success {
            return Ok(String::from_utf8_lossy(&answer.stdout).into_owned());
        }
        let failed = CommandError::not_evaluated(format!("`git {}` failed", args.join(" ")));
        Err(failed
            .printed(&answer.stderr)
            .help("Make sure that `origin` is reachable, then try again."))
    }

    /// Commits the record on top of the governed branch, on a branch of its own.
    pub(super) fn propose(
        &self,
        change: &Change,
        decision: &Decision,
        message: &str,
        signing: Signing<'_>,
        outlook: &Outlook<'_>,
        left_out: &[(SubjectId, String)],
    ) -> Result<ExitCode, CommandError> {
        if let Signing::Evidence(_) = signing {
            return Err(
                CommandError::usage("a commit on another branch cannot be the only proof")
                    .help("Leave out --no-sign, so that the record gets its own signature."),
            );
        }
        let (Some(number), Some(base)) = (self.pull, self.history.base) else {
            return Err(CommandError::usage(
                "there is no pull request to decide about",
            ));
        };
        let writer = landing::writer(&self.repository)?;
        let tree = change.tree(&self.repository, &writer, base)?;
        let new = NewCommit {
            tree,
            parent: base,
            message,
            signing,
            settings: &[],
        };
        let commit = landing::commit(&self.programs, &writer, &new)?;
        let branch = format!(
            "countersign/{}-pull-{number}-{}",
            decision.kind, decision.principal
        );
        // Never over a branch that is there: it may hold another decision.
        let committer = landing::committer(&self.repository, commit)?;
        let there = self
            .repository
            .reference(&format!("refs/heads/{branch}"))?
            .is_some();
        if there {
            return Err(
                CommandError::usage(format!("the branch `{branch}` already exists")).help(format!(
                    "Push it, or remove it with `git branch -D {branch}`, and try again."
                )),
            );
        }
        writer
            .create_branch(
                &branch,
                commit,
                &committer,
                "branch: Created by countersign",
            )
            .map_err(landing::failed)?;
        if let Some(warning) = outlook.warning() {
            self.session.out.warning(&warning);
        }
        let done = Done {
            change,
            commit: Some(commit),
            message,
            signing,
            branch: Some(&branch),
        };
        announce::decided(self, &done, outlook, left_out)
    }
}
