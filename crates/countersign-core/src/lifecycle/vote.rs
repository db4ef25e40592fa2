//! Which votes count at a landing: still valid, not void, and by someone who still may vote.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::evidence::PolicyVersion;
use countersign_model::{Digest, EvidenceKind, Policy, PrincipalName, Timestamp};
use countersign_signature::KeyHandle;

use super::elsewhere::EarlyVote;
use super::exclusion::Work;
use super::people::Exclusion;
use super::profile::{SubjectProfile, earliest};
use super::requirement;
use super::state::{Lifecycle, SubjectState};
use super::tracked_version::{TrackedVersion, Vote};

/// The votes on one version that count, and whether they suffice.
#[derive(Clone, Debug, Default)]
pub(super) struct Count<'c> {
    /// Whether every requirement is met at every path; never, when nothing is asked for.
    pub met: bool,
    /// On whom it rests somewhere, and with what.
    pub basis: Vec<(&'c PrincipalName, &'c Vote)>,
    /// Who counts somewhere, needed or not, and with what.
    pub counting: Vec<(&'c PrincipalName, &'c Vote)>,
    pub expires: Option<Timestamp>,
    pub exclusion: Exclusion,
    /// One per profile.
    pub asked: SmallVec<[RequiredVotes<'c>; 1]>,
}

/// What is asked for at some path, and whose votes count there.
#[derive(Clone, Debug)]
pub(super) struct RequiredVotes<'c> {
    pub profile: SubjectProfile<'c>,
    pub voters: Vec<(&'c PrincipalName, EvidenceKind)>,
}

impl Count<'_> {
    /// The votes on which it rests, when they suffice.
    pub fn votes(&self) -> Option<Vec<Vote>> {
        self.met
            .then(|| self.basis.iter().map(|(_, vote)| (*vote).clone()).collect())
    }

    /// Lets it rest on every vote that counts: where another line knows some of them, what the
    /// others add is what matters.
    pub fn rest_on_all(&mut self) {
        let mut seen = BTreeSet::new();
        self.basis = std::mem::take(&mut self.counting);
        self.basis.retain(|(_, vote)| seen.insert(vote.record));
    }
}

impl Lifecycle {
    /// Whether the key of a vote of `name` has voted already, for someone else who had it then. One
    /// key is one vote, no matter who has it now. The key under a recorded review is the recorder's,
    /// and the vote is not theirs.
    fn key_voted_before(
        &self,
        all: &BTreeMap<PrincipalName, Vec<Vote>>,
        name: &PrincipalName,
        vote: &Vote,
    ) -> bool {
        // Within one policy no two people share a key, so nothing can be found before the second
        // one.
        if all.len() < 2 || self.policy.line.len() < 2 {
            return false;
        }
        let own = |vote: &Vote| vote.evidence != EvidenceKind::Review;
        let Some(key) = vote.key.as_ref().filter(|_| own(vote)) else {
            return false;
        };
        let materials = |vote: &Vote, key: &KeyHandle| {
            self.policy
                .versions
                .get(&vote.policy)
                .map(|version| version.roster.materials(key))
                .unwrap_or_default()
        };
        let others = all
            .iter()
            .filter(|(other, _)| *other != name)
            .flat_map(|(_, votes)| votes);
        others
            .filter(|other| {
                own(other)
                    && other.policy != vote.policy
                    && (other.position, other.record) < (vote.position, vote.record)
            })
            .any(|other| {
                other.key.as_ref().is_some_and(|earlier| {
                    earlier.id == key.id
                        || materials(other, earlier)
                            .iter()
                            .any(|material| materials(vote, key).contains(material))
                })
            })
    }

    pub(super) fn suspended(&self, name: &PrincipalName) -> bool {
        self.suspensions
            .get(name)
            .is_some_and(|suspension| !suspension.blocks.is_empty())
    }

    /// Profiles of every path where the version lies or last lay: each must be met. A place that the
    /// policy governs no longer asks for nothing, while there is another.
    pub(super) fn profiles<'p>(
        policy: &'p Policy,
        tracked: &TrackedVersion,
    ) -> SmallVec<[SubjectProfile<'p>; 1]> {
        let mut profiles = SmallVec::new();
        let Some(described) = &tracked.described else {
            return profiles;
        };
        let governed = |path: &Arc<str>| policy.entries_for(path.as_bytes()).next().is_some();
        let any = tracked.paths.iter().any(governed);
        for path in tracked.paths.iter().filter(|path| !any || governed(path)) {
            let profile = described.profile(policy, path);
            if !profiles.contains(&profile) {
                profiles.push(profile);
            }
        }
        profiles
    }

    /// Whether some rule in force at the vote's landing asked for this person. Who was not asked
    /// then has decided nothing, whatever a later policy says.
    pub(super) fn was_asked(
        &self,
        version: &PolicyVersion,
        tracked: &TrackedVersion,
        name: &PrincipalName,
        vote: &Vote,
    ) -> bool {
        let asks = |policy: &Digest| {
            let version = self.policy.versions.get(policy);
            version.is_some_and(|version| {
                let profiles = Self::profiles(&version.policy, tracked);
                profiles
                    .iter()
                    .any(|profile| profile.asks(&version.policy, name))
            })
        };
        // Cast on another line before it asked for this person, though it did later.
        let too_early = |early: &EarlyVote| !asks(&early.under) && early.policies.iter().any(asks);
        let mut early = self.elsewhere.early.get(&vote.record).into_iter().flatten();
        // The count itself asks the policy in force.
        (vote.policy == version.digest || asks(&vote.policy)) && !early.any(too_early)
    }

    /// Counts `votes` on a version at `time` under the policy `version`: the heart of every grant
    /// (trust rules 5, 6 and 16).
    ///
    /// 1. **What is required.** Each path where the version lies has a profile: the approval rules
    ///    that match it there, which evidence they accept, and when approvals expire. All profiles
    ///    must be met. Where no rule applies nothing is ever met.
    /// 2. **Who is excluded.** With separation of duties, no contributor of the bytes counts:
    ///    neither authors nor committers, signers and co-authors since the last granted digest, nor
    ///    the person who opened the pull request. Suspended people do not count either.
    /// 3. **Which votes are valid.** A vote is valid if the profile accepts its evidence; if its
    ///    key is not compromised; if a rule in force at its own landing asked for this person, so a
    ///    later policy cannot make an approval out of a meaningless record; if it was not copied
    ///    from a line on which it does not count; and if its key has not voted before under another
    ///    name.
    /// 4. **One vote for each person.** The latest valid one, even where it expires sooner. It must
    ///    not have expired at `time`.
    /// 5. **Is it enough?** `requirement` matches people with requirements, one person for one
    ///    seat. Then those whose approvals end first are left out while the others suffice, so the
    ///    grant lasts as long as it can.
    ///
    /// The result names the votes on which the answer rests, so a grant can be taken back when one
    /// of their keys turns out to be stolen.
    pub(super) fn count<'c>(
        &self,
        version: &'c PolicyVersion,
        subject: &SubjectState,
        tracked: &TrackedVersion,
        votes: &'c BTreeMap<PrincipalName, Vec<Vote>>,
        time: Timestamp,
    ) -> Count<'c> {
        self.count_as(Work::Landed, version, subject, tracked, votes, time)
    }

    /// Counts `votes` on a version that is the `work` of those who are excluded for it.
    pub(super) fn count_as<'c>(
        &self,
        work: Work,
        version: &'c PolicyVersion,
        subject: &SubjectState,
        tracked: &TrackedVersion,
        votes: &'c BTreeMap<PrincipalName, Vec<Vote>>,
        time: Timestamp,
    ) -> Count<'c> {
        let policy = &version.policy;
        let profiles = Self::profiles(policy, tracked);
        let exclusion = self.exclusion_as(work, version, subject, tracked, &profiles);
        let separated = |name: &PrincipalName| {
            policy.separation_of_duties && exclusion.excluded.contains_key(name)
        };
        let mut count = Count {
            met: !profiles.is_empty(),
            ..Count::default()
        };
        for profile in profiles {
            let end = |vote: &Vote| profile.end_of(policy, vote.expires, vote.time);
            let mut best: Vec<(&PrincipalName, &Vote)> = Vec::with_capacity(votes.len());
            for name in votes.keys() {
                if separated(name) || self.suspended(name) {
                    continue;
                }
                let latest = self.latest_valid(version, tracked, &profile, votes, name);
                if let Some(vote) = latest.filter(|vote| end(vote).is_none_or(|end| time < end)) {
                    best.push((name, vote));
                }
            }
            let asked = best.iter().filter(|(name, _)| profile.asks(policy, name));
            count.counting.extend(asked.copied());
            let mut voters: Vec<(&PrincipalName, EvidenceKind)> = best
                .iter()
                .map(|(name, vote)| (*name, vote.evidence))
                .collect();
            let (met, mut people) = requirement::judge(policy, &profile, &voters);
            if met {
                let ends = best.iter();
                let ends = ends.filter_map(|(name, vote)| Some((end(vote)?, *name)));
                leave_out_earliest(policy, &profile, ends.collect(), &mut voters, &mut people);
            }
            for (name, vote) in best.into_iter().filter(|(name, _)| people.contains(name)) {
                count.expires = earliest(count.expires, end(vote));
                if !count
                    .basis
                    .iter()
                    .any(|(_, known)| known.record == vote.record)
                {
                    count.basis.push((name, vote));
                }
            }
            count.met &= met;
            count.asked.push(RequiredVotes { profile, voters });
        }
        count.exclusion = exclusion;
        count
    }

    /// The vote of `name` that counts for a profile of a version, if any: the latest valid one. It may
    /// have expired.
    pub(super) fn latest_valid<'v>(
        &self,
        version: &PolicyVersion,
        tracked: &TrackedVersion,
        profile: &SubjectProfile<'_>,
        votes: &'v BTreeMap<PrincipalName, Vec<Vote>>,
        name: &PrincipalName,
    ) -> Option<&'v Vote> {
        let accept = profile.accept(&version.policy);
        let end = |vote: &Vote| profile.end_of(&version.policy, vote.expires, vote.time);
        let valid = |vote: &&Vote| {
            accept.contains(vote.evidence)
                && !self.void(vote, version)
                && self.was_asked(version, tracked, name, vote)
                && !self.elsewhere.is_worthless(vote, tracked)
                && !self.key_voted_before(votes, name, vote)
        };
        // The latest position wins, also where it ends sooner; within one landing the vote that
        // ends first.
        votes
            .get(name)?
            .iter()
            .filter(valid)
            .max_by_key(|vote| (vote.position, Reverse((end(vote).is_none(), end(vote)))))
    }
}

/// Leaves out those whose votes end first while the others suffice, so that the grant holds as long
/// as it can. `voters` and `people` are what [`requirement::judge`] takes and gives.
fn leave_out_earliest<'v>(
    policy: &Policy,
    profile: &SubjectProfile<'_>,
    mut ends: Vec<(Timestamp, &'v PrincipalName)>,
    voters: &mut Vec<(&'v PrincipalName, EvidenceKind)>,
    people: &mut Vec<&'v PrincipalName>,
) {
    ends.sort_unstable();
    for (_, name) in ends {
        let others: Vec<(&PrincipalName, EvidenceKind)> = voters
            .iter()
            .filter(|(voter, _)| *voter != name)
            .copied()
            .collect();
        let (met, others_counted) = requirement::judge(policy, profile, &others);
        if !met {
            break;
        }
        (*voters, *people) = (others, others_counted);
    }
}
