//! Who may not approve a version, because of what they did to it. Trust rule 5.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evidence::PolicyVersion;
use countersign_model::{Digest, EvidenceKind, Position, PrincipalName};

use super::people::{self, Exclusion, Leniency};
use super::profile::SubjectProfile;
use super::state::{Lifecycle, SubjectState};
use super::tracked_version::{TrackedVersion, Vote};

/// Why someone may not approve whose work only another line shows.
pub(super) const ELSEWHERE: &str = "author on another line";

/// Whose work a version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Of everyone who brought these bytes into the tree, up to the last landing that did.
    Landed,
    /// Of those who had brought them when they were granted: bringing granted bytes back is no
    /// authorship.
    Granted,
}

impl Lifecycle {
    /// Who may not approve this version, because of what they did to it.
    pub(super) fn exclusion(
        &self,
        version: &PolicyVersion,
        subject: &SubjectState,
        tracked: &TrackedVersion,
        profiles: &[SubjectProfile<'_>],
    ) -> Exclusion {
        self.exclusion_as(Work::Landed, version, subject, tracked, profiles)
    }

    /// The same for a version that is the `work` of those who are excluded.
    pub(super) fn exclusion_as(
        &self,
        work: Work,
        version: &PolicyVersion,
        subject: &SubjectState,
        tracked: &TrackedVersion,
        profiles: &[SubjectProfile<'_>],
    ) -> Exclusion {
        let Some(upto) = tracked.landed_last else {
            return Exclusion::default();
        };
        let first = tracked.landed.map_or(upto, |landing| landing.position);
        let after = last_granted_before(subject, tracked, first);
        let policy = &version.policy;
        let strict_committers = profiles.iter().any(|profile| profile.risk.is_high());
        let strict_trailers = profiles.iter().any(|profile| {
            profile.risk.is_high()
                || profile.rules.iter().any(|rule| {
                    policy.rules[*rule]
                        .require
                        .iter()
                        .map(|r| u64::from(r.count))
                        .sum::<u64>()
                        >= 2
                })
        });
        let signed_in = |people: &super::provenance::People<'_>, name: &PrincipalName| {
            let landed_it =
                |vote: &Vote| self.landings.get(vote.position.0 as usize) == Some(&people.commit);
            let mut votes = tracked.approvals.get(name).into_iter().flatten();
            people.commit.is_some()
                && votes.any(|vote| vote.evidence == EvidenceKind::Signature && landed_it(vote))
        };
        let leniency = Leniency {
            strict_trailers,
            strict_committers,
            candidate: self.candidate,
            signed_in: &signed_in,
        };
        let mut found = Exclusion::default();
        let by = |path: &Arc<str>, upto: Position| {
            self.provenance.contributors(path.as_bytes(), after, upto)
        };
        let granted = tracked
            .grant
            .as_ref()
            .filter(|_| work == Work::Granted)
            .map(|grant| {
                let paths: BTreeSet<&Arc<str>> = tracked.paths.iter().chain(&grant.paths).collect();
                paths
                    .into_iter()
                    .map(|path| by(path, upto.min(grant.at.position)))
                    .collect::<Vec<_>>()
            });
        // Bytes that began to be governed where they were: no commit brought them there before the
        // grant.
        let granted = granted.filter(|work| {
            work.iter()
                .any(|contributors| !contributors.direct.is_empty())
        });
        let all =
            granted.unwrap_or_else(|| tracked.paths.iter().map(|path| by(path, upto)).collect());
        for contributors in all {
            let more = people::exclude(version, &self.provenance, &contributors, &leniency);
            found.excluded.extend(more.excluded);
            found.exempt.extend(more.exempt);
            found.unknown.extend(more.unknown);
            found.unknown_keys.extend(more.unknown_keys);
        }
        for name in &tracked.marks.authors {
            found.excluded.entry(name.clone()).or_insert(ELSEWHERE);
        }
        found
            .exempt
            .retain(|name, _| !found.excluded.contains_key(name));
        found
    }
}

/// The last landing before `first` at which the subject's tree held a granted digest other than the
/// version's.
fn last_granted_before(
    subject: &SubjectState,
    tracked: &TrackedVersion,
    first: Position,
) -> Option<Position> {
    let granted = |digest: &Digest| {
        subject
            .versions
            .iter()
            .rev()
            .any(|other| other.grant.is_some() && other.key.digest == *digest)
    };
    // The newest first: it is seldom far back.
    let before = subject.history.partition_point(|(from, _)| *from < first);
    (0..before).rev().find_map(|index| {
        let digest = subject.history[index].1?;
        let until = subject
            .history
            .get(index + 1)
            .map_or(first, |(next, _)| *next)
            .min(first);
        let held = digest != tracked.key.digest && until.0 > 0 && granted(&digest);
        held.then(|| Position(until.0 - 1))
    })
}
