//! Compares what the record would name with what the user sees: the working tree, and the result of
//! a merge.

use super::dirty::{self, Difference};
use super::{DecisionContext, Request};
use crate::cli::error::CommandError;
use crate::cli::subject_argument::Selector;
use crate::model::{DecisionKind, Kind, Policy, SubjectId};

impl DecisionContext<'_> {
    /// Refuses when the user sees other bytes than the record would name: a dirty working tree, or
    /// a merge with another result.
    pub(super) fn refuse_other_bytes<'i>(
        &self,
        request: &Request<'_>,
        subjects: impl Iterator<Item = &'i SubjectId>,
    ) -> Result<Vec<String>, CommandError> {
        // The decision is about what the merge gives, not about the working tree.
        if self.pull.is_some() {
            return Ok(Vec::new());
        }
        if request.all_versions
            || request
                .subjects
                .iter()
                .all(|argument| argument.version != Selector::Head)
        {
            return Ok(Vec::new());
        }
        let replay = &self.history.replay;
        let mut roots: Vec<String> = Vec::new();
        for id in subjects {
            if id.kind == Kind::Policy {
                roots.push(Policy::PATH.to_owned());
                roots.extend(
                    replay
                        .policy
                        .policy
                        .named_files()
                        .into_iter()
                        .map(str::to_owned),
                );
            } else if let Some(subject) = replay.ledger.subjects.get(id) {
                roots.extend(subject.paths.iter().cloned());
            }
        }
        if roots.is_empty() {
            return Ok(Vec::new());
        }
        let head = self.history.head.commit;
        if self.history.base.is_some() {
            let tree = self.repository.root_tree(head)?;
            for root in &roots {
                let (ours, merged) = (
                    self.repository.entry_at(tree, root.as_bytes())?,
                    self.repository.entry_at(replay.tree, root.as_bytes())?,
                );
                if ours.map(|entry| (entry.mode, entry.id))
                    != merged.map(|entry| (entry.mode, entry.id))
                {
                    return Err(CommandError::usage(format!(
                        "merging changes {root}: what would land differs from your branch"
                    ))
                    .help(format!(
                        "Merge or rebase onto {} first, so that you decide about what lands.",
                        replay.policy.policy.branch
                    )));
                }
            }
        }
        // What lowers authority is urgent, and is about what is committed, whatever is on disk.
        if request.kind.raises() {
            self.refuse_dirty(&roots)?;
        }
        Ok(roots)
    }

    /// Says where the person who decides sees other bytes on disk than those that are decided
    /// about, and is not refused for it.
    pub(super) fn say_what_differs(&self, kind: DecisionKind, roots: &[String]) {
        if roots.is_empty() {
            return;
        }
        let Ok(difference) = self.difference(roots) else {
            return;
        };
        let words = if kind.raises() {
            difference.overlooked()
        } else {
            difference.dirty()
        };
        if let Some(words) = words {
            self.session.out.warning(&format!(
                "{words}; the decision is about the committed content"
            ));
        }
    }

    /// Refuses when anything at or below `roots` differs between HEAD and the working tree.
    pub fn refuse_dirty(&self, roots: &[String]) -> Result<(), CommandError> {
        match self.difference(roots)?.dirty() {
            None => Ok(()),
            Some(words) => Err(CommandError::usage(words)
                .help("Commit or undo the change first: decisions are about committed content, not your working tree.")),
        }
    }

    /// How anything at or below `roots` differs between HEAD and the working tree.
    pub fn difference(&self, roots: &[String]) -> Result<Difference, CommandError> {
        dirty::difference(
            &self.programs,
            &self.repository,
            self.history.head.commit,
            roots,
        )
    }
}
