//! `policy bump` and `policy diff`.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::files::{Folder, NewFile};
use super::question;
use super::session::{Session, work_dir};
use super::worktree::{invalid, missing};
use crate::check::policy_cautions::cautions;
use crate::check::policy_comparison;
use crate::document::Problem;
use crate::document::policy::bump;
use crate::evidence::PolicyVersion;
use crate::git::{GitError, Repository};
use crate::judge::Answer;
use crate::model::{ObjectId, Policy as Rules, SubjectId};
use crate::render::policy::PolicyDiff;
use crate::render::{human, json};
use crate::replay::policies::FoundPolicy;
use crate::replay::{contents, package, worktree};

/// Prepare a policy change, and show what it does
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign policy diff                 what the countersign.yaml on disk would change
  countersign policy bump                 raise its serial and write the digest of the policy it replaces
  countersign policy diff origin/change   what the policy on another branch would change")]
pub struct Policy {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Raise the serial of the countersign.yaml on disk above the one in force, and write the
    /// digest of the policy it replaces
    Bump,
    /// Show what a policy change widens, narrows and stops governing
    ///
    /// Compares the policy in force with the countersign.yaml on disk, or with the one of a commit.
    Diff(Diff),
}

#[derive(Debug, Args)]
struct Diff {
    /// A commit or branch whose policy is compared; the files on disk when left out
    #[arg(value_name = "REF")]
    rev: Option<String>,
}

impl Policy {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        let answer = question::ask(session, &repository)?;
        match &self.action {
            Action::Bump => bump(session, &repository, &answer),
            Action::Diff(diff) => diff.run(session, &repository, &answer),
        }
    }
}

fn bump(
    session: &Session<'_>,
    repository: &Repository,
    answer: &Answer,
) -> Result<ExitCode, CommandError> {
    let work_dir = work_dir(repository)?;
    let found = worktree::policy(repository)?.ok_or_else(missing)?;
    let force = question::in_force(answer);
    if let Ok(version) = &found.policy
        && version.digest == force.digest
    {
        return Err(
            CommandError::usage("the policy on disk is the policy in force")
                .help("Change countersign.yaml first: the serial is raised only for a change."),
        );
    }
    let (serial, digest) = (force.policy.serial, force.digest);
    let bumped = bump::bump(&found.text, serial, &digest)
        .map_err(|problems| invalid(&found.text, &problems, problems.len()))?;
    let version = worktree::version(repository, bumped.as_bytes())?.map_err(|problems| {
        invalid(bumped.as_bytes(), &problems, problems.len()).help("Nothing was written.")
    })?;
    let unchanged = bumped.as_bytes() == found.text;
    if !unchanged {
        Folder::open(work_dir)?.replace(&NewFile::regular(Rules::PATH, bumped.clone()))?;
    }
    let change = if unchanged {
        "is raised already"
    } else {
        "is raised"
    };
    session.out.lines([format!(
        "{} {change}: serial {} replaces {serial}, previous {digest}",
        Rules::PATH,
        version.policy.serial
    )])?;
    let needed = force.policy.policy_changes;
    for caution in cautions(&answer.survey.replay, &version) {
        session.out.warning(&caution.sentence);
    }
    warn_of_ended_keys(session, &version);
    session.out.note("\nNext:");
    session.out.note("  countersign policy diff");
    session.out.note(&format!(
        "  git commit -m 'Change the policy' {}",
        Rules::PATH
    ));
    session.out.note(&format!(
        "  countersign approve policy --reason …   # needs {needed} administrator{}",
        if needed == 1 { "" } else { "s" }
    ));
    Ok(ExitCode::Pass)
}

/// Says which keys of a policy can make no signature any more, each with its line.
fn warn_of_ended_keys(session: &Session<'_>, version: &PolicyVersion) {
    for problem in version.ended_keys(session.now) {
        session.out.warning(&format!(
            "{}:{}: {}. {}",
            problem.place.path, problem.place.line, problem.message, problem.help
        ));
    }
}

impl Diff {
    fn run(
        &self,
        session: &Session<'_>,
        repository: &Repository,
        answer: &Answer,
    ) -> Result<ExitCode, CommandError> {
        let force = question::in_force(answer);
        let (name, other) = match &self.rev {
            Some(rev) => (rev.clone(), at_commit(repository, rev)?),
            None => ("the files on disk".to_owned(), on_disk(repository)?),
        };
        let tree = repository.root_tree(repository.head()?.commit)?;
        let (old, new) = (
            governed(repository, &force.policy, tree)?,
            governed(repository, &other.policy, tree)?,
        );
        let comparison = policy_comparison::compare(force, &other, &old, &new);
        let diff = PolicyDiff {
            before: (force.policy.serial, force.digest),
            name,
            after: (other.policy.serial, other.digest),
            comparison: &comparison,
            cautions: if other.digest == force.digest {
                Vec::new()
            } else {
                let found = cautions(&answer.survey.replay, &other).into_iter();
                found.map(|caution| caution.sentence).collect()
            },
        };
        let text = if session.json() {
            json::text(&json::policy_diff(&diff))
        } else {
            session
                .out
                .paint()
                .fit(human::policy_diff(&diff, session.out.paint()))
        };
        session.out.result(&text)?;
        for caution in &diff.cautions {
            session.out.warning(caution);
        }
        if other.digest != force.digest {
            warn_of_ended_keys(session, &other);
        }
        if other.digest != force.digest && other.policy.serial <= force.policy.serial {
            session.out.note("\nIts serial is not above the one in force: run `countersign policy bump` before you commit it.");
        }
        Ok(ExitCode::Pass)
    }
}

fn governed(
    repository: &Repository,
    policy: &Rules,
    tree: ObjectId,
) -> Result<BTreeMap<String, SubjectId>, GitError> {
    let packages = package::packages(repository, policy, tree)?;
    Ok(packages
        .into_iter()
        .map(|package| (package.path, package.at.subject))
        .collect())
}

fn on_disk(repository: &Repository) -> Result<Arc<PolicyVersion>, CommandError> {
    let found = worktree::policy(repository)?.ok_or_else(missing)?;
    found
        .policy
        .map(Arc::new)
        .map_err(|problems| refused(&found.text, &problems))
}

fn at_commit(repository: &Repository, rev: &str) -> Result<Arc<PolicyVersion>, CommandError> {
    let tree = repository.root_tree(repository.resolve(rev)?)?;
    match contents::policy(repository, tree)? {
        FoundPolicy::Valid(version) => Ok(version),
        FoundPolicy::Invalid(problems) => {
            let entry = repository.entry_at(tree, Rules::PATH.as_bytes())?;
            let text = entry
                .map(|entry| repository.blob(entry.id))
                .transpose()?
                .unwrap_or_default();
            Err(refused(&text, &problems))
        }
        FoundPolicy::Irregular { path, why } => Err(CommandError::new(
            ErrorKind::PolicyInvalid,
            format!("{path}: {why}"),
        )),
        FoundPolicy::Missing => Err(CommandError::usage(format!("{rev} has no {}", Rules::PATH))
            .help("Give a commit that has a policy.")),
    }
}

/// A policy that cannot be compared.
fn refused(text: &[u8], problems: &[Problem]) -> CommandError {
    CommandError::new(
        ErrorKind::PolicyInvalid,
        format!("{} is not valid, so it cannot be compared", Rules::PATH),
    )
    .faults(problems, text)
}
