//! What a line took in together: it cannot say which of two things came first.
//!
//! A branch that merges the governed line takes in at once what that one took in step by step. So
//! it is no judge of a vote and what speaks against it, or of a vote and a policy that asks for
//! something else, where both came with one landing.

use crate::evidence::PolicyVersion;
use countersign_model::{Digest, SubjectId, Timestamp};

use super::ledger::RecordStanding;
use super::requirement;
use super::state::Lifecycle;
use super::tracked_version::TrackedVersion;

impl Lifecycle {
    /// Whether this line can say that `vote` did not come after `lowering`: it knows both, and took
    /// them in one after the other. What it took in together, as a branch does that merges the
    /// governed one, has no order there.
    pub(super) fn ordered(&self, vote: &Digest, lowering: &Digest) -> bool {
        let landing = |record: &Digest| {
            let standing = self.records.get(record);
            standing.map(|standing| standing.landing.position)
        };
        let (vote, lowering) = (landing(vote), landing(lowering));
        vote.is_some() && vote != lowering
    }

    /// Whether what this line makes of a vote does not only come from what it took in with it.
    pub(super) fn says_alone(&self, record: &Digest, tracked: &TrackedVersion) -> bool {
        let alike =
            |before: &PolicyVersion, next: &PolicyVersion| Self::asks_alike(before, next, tracked);
        !self.came_with_a_policy(record, alike) && !self.came_with_lowering(record, tracked)
    }

    /// Whether this line took a vote in together with a decision that lowers the same version.
    fn came_with_lowering(&self, record: &Digest, tracked: &TrackedVersion) -> bool {
        // Only what still stands: what was withdrawn or lifted does not speak against it.
        let rejects = tracked.marks.rejects.values().map(|reject| reject.record);
        let mut lowering = tracked.marks.lowering().chain(rejects);
        lowering.any(|lowering| !self.ordered(record, &lowering))
    }

    /// Whether this line took a rollback in together with a decision that can change what was
    /// current.
    pub(super) fn came_with_another(&self, record: &Digest, id: &SubjectId) -> bool {
        let landing = self.records.get(record).map(|standing| standing.landing);
        let states = self.subjects.get(id).into_iter();
        let mut versions = states.flat_map(|state| &state.versions);
        versions.any(|tracked| {
            let granted = tracked.grant.as_deref().map(|grant| grant.at.position);
            let mut others = tracked.records.iter().filter(|other| *other != record);
            granted.is_some() && granted == landing.map(|landing| landing.position)
                || others.any(|other| {
                    let standing = self.records.get(other);
                    standing.is_some_and(|standing| !standing.effects.is_empty())
                        && !self.ordered(record, other)
                })
        })
    }

    /// Whether this line took a record in together with a policy, as a branch does that merges the
    /// governed one, and the policy is not `alike` the one before: then it cannot say which of the
    /// two came first.
    pub(super) fn came_with_a_policy(
        &self,
        record: &Digest,
        alike: impl Fn(&PolicyVersion, &PolicyVersion) -> bool,
    ) -> bool {
        let standing = self.records.get(record);
        let landing = standing.map(|standing| standing.landing.position);
        let began = self.policy.began.iter();
        let mut with = began.filter(|(_, began)| began.0 > 0 && Some(**began) == landing);
        with.any(|(digest, _)| {
            let version = |digest: &Digest| self.policy.versions.get(digest);
            let next = version(digest);
            let before = next.and_then(|next| version(&next.policy.previous?));
            !before
                .zip(next)
                .is_some_and(|(before, next)| alike(before, next))
        })
    }

    /// Whether two policies ask the same people for the same of a version.
    fn asks_alike(before: &PolicyVersion, next: &PolicyVersion, tracked: &TrackedVersion) -> bool {
        let asked = |version: &PolicyVersion| {
            let policy = &version.policy;
            let profiles = Self::profiles(policy, tracked);
            let asked = profiles.iter().map(|profile| {
                let end = profile.end_of(policy, None, Timestamp::from_unix(0));
                let mut statuses =
                    requirement::statuses(policy, profile, &[], &|_| true, &|_| true);
                for status in &mut statuses {
                    status.line = 0;
                }
                (end, statuses)
            });
            let asked: Vec<_> = asked.collect();
            (policy.separation_of_duties, asked)
        };
        tracked.described.is_some() && asked(before) == asked(next)
    }

    /// Whether two policies ask the same of a decision about people, policies or whole subjects.
    pub(super) fn decides_alike(
        &self,
        before: &PolicyVersion,
        next: &PolicyVersion,
        standing: &RecordStanding,
    ) -> bool {
        let subjects = standing.subjects.iter();
        let states = subjects.filter_map(|id| self.subjects.get(id));
        let landed = states
            .flat_map(|state| &state.versions)
            .filter(|tracked| tracked.described.is_some());
        let (old, new) = (&before.policy, &next.policy);
        old.administrators == new.administrators
            && old.policy_changes == new.policy_changes
            && landed
                .into_iter()
                .all(|tracked| Self::asks_alike(before, next, tracked))
    }
}
