//! Commits the new policy without a reference to it and runs the real check on it. Packages that
//! fail are left out and reported to the user.
//!
//! This way the policy that `init` writes always passes `check`, even when rules are added later.

use std::collections::BTreeMap;

use super::inventory::Inventory;
use crate::check::policy_cautions::{Caution, cautions};
use crate::check::rules::Level;
use crate::cli::decide::{Change, landing};
use crate::cli::error::CommandError;
use crate::cli::files::NewFile;
use crate::git::Repository;
use crate::judge::Question;
use crate::model::{ObjectId, Timestamp};

/// What the check reports about a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Packages that fail, and why.
    pub packages: BTreeMap<String, String>,
    /// Problems outside of packages.
    pub others: Vec<String>,
    /// What people should know about the policy before it lands.
    pub cautions: Vec<Caution>,
}

/// Judges the tree at `head` with `files` added.
pub fn rehearse(
    repository: &Repository,
    head: ObjectId,
    files: &[NewFile],
    inventory: &Inventory,
    now: Timestamp,
) -> Result<Faults, CommandError> {
    let writer = landing::writer(repository)?;
    let change = Change {
        added: files.to_vec(),
        ..Change::default()
    };
    let tree = change.tree(repository, &writer, head)?;
    let commit = landing::trial(&writer, tree, head, now)?;
    // Opened again, so that the objects just written are visible.
    let repository = Repository::open(repository.git_dir())?;
    let question = Question {
        head: Some(commit),
        ..Question::about_head(now)
    };
    let survey = question
        .judge(&repository)
        .map_err(|error| error.error)?
        .survey;
    let cautions = cautions(&survey.replay, &survey.replay.policy);
    let mut faults = Faults {
        cautions,
        ..Faults::default()
    };
    for finding in survey
        .findings
        .iter()
        .filter(|finding| finding.level < Level::Warning)
    {
        let line = finding
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        let place = finding
            .path
            .as_ref()
            .map(|path| format!("{path}{line}: "))
            .unwrap_or_default();
        let why = format!("{place}{} ({})", finding.message, finding.rule);
        match finding
            .path
            .as_ref()
            .and_then(|path| inventory.package_above(path))
        {
            Some(package) => {
                faults.packages.entry(package.path.clone()).or_insert(why);
            }
            None => faults.others.push(why),
        }
    }
    Ok(faults)
}
