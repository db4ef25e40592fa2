//! The commands that bring a written record to the governed branch.

use std::collections::BTreeSet;

use crate::cli::error::CommandError;
use crate::cli::typed_command::{Place, quoted};
use crate::cli::user_key::Configured;

use super::DecisionContext;
use super::change::Change;
use super::signer::Signer;

/// The commands, in order, and the sentence that leads to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// What they do.
    pub lead: String,
    /// As they are typed.
    pub commands: Vec<String>,
}

/// How the user signs a commit that they make themselves.
#[derive(Clone, Copy, Debug)]
pub enum Signing<'s> {
    /// As the user likes.
    Free,
    /// The policy asks for signed commits.
    Policy,
    /// It is the record's only evidence, so it has to be this person's key.
    Evidence(&'s Signer),
}

impl Steps {
    /// From files in the worktree to the governed branch.
    pub fn commit(
        context: &DecisionContext<'_>,
        change: &Change,
        message: &str,
        signing: Signing<'_>,
    ) -> Result<Self, CommandError> {
        let title = message.lines().next().unwrap_or_default();
        // Where no record has the reason, the commit keeps it.
        let reason = message[title.len()..].trim();
        let reason = if change.added.is_empty() && !reason.is_empty() {
            format!(" -m {}", quoted(reason))
        } else {
            String::new()
        };
        let at = Place::of(context.session, context.root());
        let sign = match signing {
            Signing::Free => String::new(),
            Signing::Policy | Signing::Evidence(_) => "-S ".to_owned(),
        };
        let settings = match signing {
            Signing::Evidence(signer) if Configured::read(&context.programs)?.key().is_none() => {
                let settings = signer.git_settings().unwrap_or_default();
                settings
                    .iter()
                    .map(|word| format!("{} ", quoted(word)))
                    .collect()
            }
            _ => String::new(),
        };
        let mut add = if change.removed.is_empty() {
            "add".to_owned()
        } else {
            "add -A".to_owned()
        };
        // Else Git refuses paths that the checkout leaves out.
        if context.programs.git_flag("core.sparseCheckout")? {
            add.push_str(" --sparse");
        }
        let mut commands = vec![
            at.git(&format!("{add} -- {}", paths(&at, change).join(" "))),
            at.git(&format!(
                "{settings}commit {sign}-m {}{reason}",
                quoted(title)
            )),
        ];
        let push = push(context, &at)?;
        let lead = match signing {
            Signing::Evidence(_) => {
                "commit it alone and signed: the commit is its only proof".to_owned()
            }
            Signing::Free | Signing::Policy => {
                format!("commit it, then {}", bring(context, push.is_some()))
            }
        };
        commands.extend(push);
        Ok(Self { lead, commands })
    }

    /// From a commit to the governed branch.
    pub fn push(context: &DecisionContext<'_>) -> Result<Self, CommandError> {
        let push = push(context, &Place::of(context.session, context.root()))?;
        Ok(Self {
            lead: bring(context, push.is_some()),
            commands: push.into_iter().collect(),
        })
    }

    /// From a branch with nothing but a record to the governed branch.
    pub fn propose(context: &DecisionContext<'_>, branch: &str) -> Self {
        let at = Place::of(context.session, context.root());
        let lead = format!(
            "push `{branch}` and open a pull request against `{}`; it may land before the other pull request",
            context.governed()
        );
        Self {
            lead,
            commands: vec![at.git(&format!("push -u origin {}", quoted(branch)))],
        }
    }
}

fn bring(context: &DecisionContext<'_>, remote: bool) -> String {
    match &context.history.head.branch {
        Some(branch) if branch != context.governed() => format!(
            "push `{branch}` and open a pull request against `{}`",
            context.governed()
        ),
        _ if remote => "push it, or open a pull request".to_owned(),
        _ => format!("push it to the shared `{}`", context.governed()),
    }
}

/// What `git add` takes: few paths one by one, many by their folders.
fn paths(at: &Place, change: &Change) -> Vec<String> {
    const MOST: usize = 6;
    let paths = change.paths();
    let only_record = change.restored.is_empty() && change.removed.is_empty();
    match change.added.first() {
        // The shell finds the signature beside the record.
        Some(record) if only_record && at.shell_finds(&record.path) => {
            vec![format!("{}*", record.path)]
        }
        _ if paths.len() > MOST => {
            let folders: BTreeSet<&str> = paths
                .iter()
                .map(|path| path.rsplit_once('/').map_or(*path, |(folder, _)| folder))
                .collect();
            folders.into_iter().map(|folder| at.path(folder)).collect()
        }
        _ => paths.into_iter().map(|path| at.path(path)).collect(),
    }
}

/// The push that works here; `None` where no remote is known.
fn push(context: &DecisionContext<'_>, at: &Place) -> Result<Option<String>, CommandError> {
    let Some(branch) = &context.history.head.branch else {
        return Ok(None);
    };
    if context
        .programs
        .git_config(&format!("branch.{branch}.remote"))?
        .is_some()
    {
        return Ok(Some(at.git("push")));
    }
    let origin = context.programs.git_config("remote.origin.url")?;
    Ok(origin.map(|_| at.git(&format!("push -u origin {}", quoted(branch)))))
}
