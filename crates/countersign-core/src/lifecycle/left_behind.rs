//! Approvals of another line that never came into the tree, and whether they are missed.

use std::collections::BTreeSet;

use countersign_model::Digest;

use super::current::higher;
use super::ledger::{RecordStanding, VersionKey};
use super::state::{LeftBehind, Lifecycle};
use super::tracked_version::{Grant, TrackedVersion};

impl Lifecycle {
    /// Notes the highest granted version of each subject of the other line, where the records that
    /// granted it never came into the tree.
    pub(super) fn note_left_behind(&mut self, line: &Self) {
        for (id, theirs) in &line.subjects {
            let granted = || theirs.versions.iter().filter(|row| row.grant.is_some());
            let Some(highest) =
                granted().reduce(|best, row| if higher(row, best) { row } else { best })
            else {
                continue;
            };
            let below: BTreeSet<VersionKey> = granted()
                .map(|row| row.key.clone())
                .filter(|key| *key != highest.key)
                .collect();
            // Two grants of one version are an error on that line, so both have to be known here.
            for row in granted().filter(|row| row.key.version == highest.key.version) {
                for (_, vote) in row.grant.iter().flat_map(|grant| &grant.basis) {
                    let Some(standing) = line.records.get(&vote.record) else {
                        continue;
                    };
                    let standing = RecordStanding {
                        landing: self.head,
                        ..standing.clone()
                    };
                    let kept = line.record_files.get(&standing.path) == Some(&vote.record);
                    let left = LeftBehind {
                        standing,
                        subject: id.clone(),
                        key: row.key.clone(),
                        below: below.clone(),
                        time: vote.time,
                        kept,
                    };
                    self.left_behind.insert(vote.record, left);
                }
            }
        }
    }

    /// Approvals of another line that granted nothing here although nothing that was granted here
    /// takes the place of what they granted, and the tree does not hold it either: then the
    /// first-parent line was swapped, and an older version passes for the newest. That the files of
    /// the approvals are here does not matter: anyone can copy them.
    pub(super) fn left_behind(&self) -> impl Iterator<Item = (&Digest, &LeftBehind)> {
        self.left_behind.iter().filter(|(_, left)| {
            let state = self.subjects.get(&left.subject);
            let twin = |key: &VersionKey| key.version == left.key.version && left.kept;
            let replaced = state.is_some_and(|state| {
                let others = state
                    .versions
                    .iter()
                    .filter(|row| row.grant.is_some() && row.key != left.key);
                // By a higher version, or by one that was approved later.
                let replaces = |row: &TrackedVersion| {
                    let later =
                        |grant: &Grant| grant.basis.iter().any(|(_, vote)| vote.time > left.time);
                    row.key.version.rank(&left.key.version).is_gt()
                        || row.grant.as_deref().is_some_and(later)
                };
                others
                    .into_iter()
                    .any(|row| !left.below.contains(&row.key) && !twin(&row.key) && replaces(row))
            });
            let granted_here = state.is_some_and(|state| {
                state
                    .versions
                    .iter()
                    .any(|row| row.grant.is_some() && row.key == left.key)
            });
            let there = state.is_some_and(|state| self.head_key(state).as_ref() == Some(&left.key));
            !granted_here && !replaced && !there
        })
    }
}
