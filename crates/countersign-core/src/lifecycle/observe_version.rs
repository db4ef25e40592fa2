//! What is said of a version in the tree: whose votes count for nothing and why, whom the policy
//! does not know, and what today's rules would not grant.

use crate::evidence::roster::KeyOwner;
use countersign_model::{
    Circumstance, Fact, KeyId, Observation, Place, PrincipalName, Risk, RuleId, State, SubjectId,
};

use super::decide::reused;
use super::input::PackageAt;
use super::ledger::{RequirementStatus, VersionKey};
use super::state::{Lifecycle, SubjectState};
use super::tracked_version::TrackedVersion;
use super::vote::Count;

/// What the state of each version of a subject follows from.
pub(super) struct VersionContext<'s> {
    pub id: &'s SubjectId,
    pub state: &'s SubjectState,
    pub risk: Risk,
    pub head: Option<&'s VersionKey>,
    /// The subject's paths that hold something, and what.
    pub here: Vec<(&'s str, &'s PackageAt)>,
    /// Also what views leave out of history.
    pub in_full: bool,
}

impl VersionContext<'_> {
    /// Whether the version is what was at each of its paths at the anchor and never left: bytes moved
    /// or brought back are a change.
    pub fn is_baseline(&self, tracked: &TrackedVersion) -> bool {
        let moved = |(path, package): &(&str, &PackageAt)| {
            package.digest == Some(tracked.key.digest)
                && !package.baseline
                && tracked.paths.contains(path)
        };
        tracked.stayed() && !self.here.iter().any(moved)
    }

    /// An observation about a version, at its place where there is one.
    fn observation(&self, tracked: &TrackedVersion, rule: RuleId) -> Observation {
        let observation = Observation::new(rule)
            .subject(self.id)
            .version(&tracked.key.version)
            .risk(self.risk);
        match tracked.paths.first() {
            Some(path) => observation.place(Place::file(path)),
            None => observation,
        }
    }
}

/// A version in the tree, and what its votes come to today.
pub(super) struct JudgedVersion<'v, 'c> {
    pub tracked: &'v TrackedVersion,
    pub count: &'v Count<'c>,
    pub statuses: &'v [RequirementStatus],
    /// The state that is shown.
    pub shown: State,
    pub expired: bool,
}

impl Lifecycle {
    /// Observes a version in the tree: contributors whom the policy does not know, votes that count
    /// for nothing, authors who count by exception, a grant that today's rules would not give, a
    /// version whose bytes were replaced.
    pub(super) fn observe_version(
        &self,
        context: &VersionContext<'_>,
        judged: &JudgedVersion<'_, '_>,
        observations: &mut Vec<Observation>,
    ) {
        let JudgedVersion { tracked, count, .. } = *judged;
        let here = |rule: RuleId| context.observation(tracked, rule);
        for address in &count.exclusion.unknown {
            let mut keys = count.exclusion.unknown_keys.iter();
            let observation = here(RuleId::ContributorUnknown).with(Fact::Who, address);
            let key = keys.find(|key| key.to_string() == *address);
            observations.push(match key.and_then(|key| self.earlier_holder(key)) {
                Some(name) => observation.with(Fact::From, name),
                None => observation,
            });
        }
        self.observe_uncounted(context, judged, observations);
        for (name, role) in &count.exclusion.exempt {
            if tracked.approvals.contains_key(name) {
                let exempt = here(RuleId::SelfApprovalExempt).principal(name);
                observations.push(exempt.with(Fact::Role, role));
            }
        }
        let grant = tracked.grant.as_deref().filter(|_| !judged.expired);
        let earlier = grant.filter(|grant| grant.policy != self.policy.in_force && !count.met);
        observations.extend(
            earlier.map(|grant| {
                here(RuleId::ApprovedUnderEarlierRule).with(Fact::Policy, grant.policy)
            }),
        );
        if reused(context.state, tracked) {
            observations.push(here(RuleId::VersionReused));
        }
    }

    /// Who held a key under an earlier policy. It says whom to ask, and excludes no one.
    fn earlier_holder(&self, key: &KeyId) -> Option<&PrincipalName> {
        let owners = self.ever_in_force();
        let mut owners = owners.filter_map(|version| version.roster.owner_by_id(key));
        owners.find_map(|owner| match owner {
            KeyOwner::Principal(name) => Some(name),
            KeyOwner::Platform => None,
        })
    }

    /// Observes approvals of a draft and unblocks of a blocked version that count for nothing.
    fn observe_uncounted(
        &self,
        context: &VersionContext<'_>,
        judged: &JudgedVersion<'_, '_>,
        observations: &mut Vec<Observation>,
    ) {
        let JudgedVersion {
            tracked,
            count,
            statuses,
            ..
        } = *judged;
        let (version, marks) = (self.policy(), &tracked.marks);
        let mut uncounted = Vec::new();
        if judged.shown == State::Draft {
            let votes = &tracked.approvals;
            uncounted.extend(self.uncounted_votes(version, tracked, votes, count, statuses));
        }
        if !marks.blocks.is_empty() {
            let (state, votes) = (context.state, &marks.unblocks);
            let lifting = self.count(version, state, tracked, votes, self.now);
            let statuses = self.statuses(version, &lifting);
            uncounted.extend(self.uncounted_votes(version, tracked, votes, &lifting, &statuses));
        }
        for (name, rule, record) in uncounted {
            let observation = |rule| context.observation(tracked, rule).principal(&name);
            let Some(standing) = self.records.get(&record) else {
                // A review that no record holds: people press Approve everywhere, so it is told in
                // its own words.
                let review = observation(RuleId::ReviewNotCounted);
                observations.push(self.idle_review(review, rule, tracked, count));
                continue;
            };
            let landing = standing.landing;
            let mut observation = observation(rule)
                .place(Place::file(&*standing.path))
                .landing(landing.position, landing.commit);
            if let Some(decision) = standing.decision {
                observation = observation.with(Fact::Decision, decision);
            }
            if rule == RuleId::PrincipalSuspended {
                observation = observation.under(Circumstance::Earlier);
            }
            let role = |name: &PrincipalName| count.exclusion.excluded.get(name);
            if let Some(role) = role(&name).filter(|_| rule == RuleId::SelfApproval) {
                observation = observation.with(Fact::Role, role);
            }
            observations.push(observation);
        }
    }
}
