//! The ledger: what the state machine says at its head, for views to read.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use countersign_model::{Observation, PrincipalName, Risk, State, SubjectId};

use super::current::rank;
use super::decide::reused;
use super::input::PackageAt;
use super::ledger::{Event, Ledger, RivalPolicy, Subject, VersionKey, VersionState};
use super::observe_version::{JudgedVersion, VersionContext};
use super::profile::{Indices, SubjectProfile};
use super::state::{Lifecycle, SubjectState};
use super::tracked_version::TrackedVersion;

impl Lifecycle {
    /// The ledger at the head, with expiry judged at `now`.
    pub fn ledger(&self) -> Ledger {
        Ledger {
            records: self.records.clone(),
            events: self.events.clone(),
            ..self.snapshot()
        }
    }

    /// The same at the end of a replay, from what was [`snapshot`](Self::snapshot): moves what a
    /// long history has much of, so no landing can follow.
    pub fn close(&mut self, snapshot: Ledger) -> Ledger {
        Ledger {
            records: std::mem::take(&mut self.records),
            events: std::mem::take(&mut self.events),
            ..snapshot
        }
    }

    /// What happened since this was last asked. No rule looks at events, so a caller that needs
    /// only them may take them on the way.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The ledger at the head without its records and events.
    pub fn snapshot(&self) -> Ledger {
        let mut observations = self.observations.clone();
        // Side by side: with the cache at hand this is most of what a view waits for.
        let tell = |(id, state): (&SubjectId, &SubjectState)| {
            let mut found = Vec::new();
            (id.clone(), self.subject(id, state, &mut found), found)
        };
        let told: Vec<(SubjectId, Subject, Vec<Observation>)> =
            self.subjects.par_iter().map(tell).collect();
        let mut subjects = BTreeMap::new();
        for (id, subject, found) in told {
            subjects.insert(id, subject);
            observations.extend(found);
        }
        self.observe_policy(&mut observations);
        self.observe_conflicts(&mut observations);
        self.observe_records(&mut observations);
        self.observe_files(&mut observations);
        observations.sort();
        observations.dedup();
        Ledger {
            head: self.head,
            policy: self.policy.since,
            pending: self.pending(),
            rivals: self
                .policy
                .forks
                .iter()
                .map(|fork| RivalPolicy {
                    serial: fork.serial,
                    digest: fork.digest,
                })
                .collect(),
            subjects,
            records: BTreeMap::new(),
            reviews: self.reviews.clone(),
            suspended: self
                .suspensions
                .iter()
                .filter(|(_, suspension)| !suspension.blocks.is_empty())
                .map(|(name, _)| name.clone())
                .collect(),
            events: Vec::new(),
            observations,
        }
    }

    fn subject(
        &self,
        id: &SubjectId,
        state: &SubjectState,
        observations: &mut Vec<Observation>,
    ) -> Subject {
        let policy = &self.policy().policy;
        let mut profiles: Vec<SubjectProfile<'_>> = Vec::new();
        for path in &state.last {
            let package = self.packages.get(path);
            let declared = package.and_then(|package| package.declared_name.as_ref());
            profiles.push(SubjectProfile::of(
                policy,
                id,
                path,
                declared,
                package.and_then(|package| package.risk),
            ));
        }
        let lines = |indices: for<'i> fn(&'i SubjectProfile<'_>) -> &'i Indices,
                     line: &dyn Fn(usize) -> u32| {
            let all: BTreeSet<u32> = profiles
                .iter()
                .flat_map(|profile| indices(profile).iter().map(|index| line(*index)))
                .collect();
            all.into_iter().collect::<Vec<u32>>()
        };
        let last_entry = profiles
            .last()
            .and_then(|profile| profile.entries.last())
            .map(|index| &policy.entries[*index]);
        let risk = profiles
            .iter()
            .map(|profile| profile.risk)
            .max()
            .unwrap_or_default();
        let (current, _) = self.current(state, self.now);
        let head = self.head_key(state);
        let mut order: Vec<&TrackedVersion> = state.versions.iter().collect();
        order.sort_by(|a, b| rank(a, b));
        let context = VersionContext {
            id,
            state,
            risk,
            head: head.as_ref(),
            here: self.here(id, state),
            in_full: false,
        };
        let versions: Vec<VersionState> = order
            .into_iter()
            .map(|tracked| self.version_state(&context, tracked, observations))
            .collect();
        let subject = Subject {
            id: id.clone(),
            paths: state.present.iter().cloned().collect(),
            last_paths: state.last.iter().cloned().collect(),
            owners: profiles
                .iter()
                .flat_map(|profile| profile.owners.iter().cloned())
                .collect(),
            owners_written: profiles
                .last()
                .map(|profile| profile.owners_written.to_vec())
                .unwrap_or_default(),
            risk,
            entry_lines: lines(|profile| &profile.entries, &|index| {
                policy.entries[index].line
            }),
            rule_lines: lines(|profile| &profile.rules, &|index| policy.rules[index].line),
            install: last_entry.and_then(|entry| entry.install.clone()),
            head,
            current,
            previous: state.previous.clone(),
            pinned: state
                .pin
                .as_ref()
                .filter(|pin| !pin.holds_only)
                .map(|pin| pin.to.clone()),
            git_ids: state
                .present
                .iter()
                .filter_map(|path| self.packages.get(path)?.git_id)
                .collect(),
            blocked_all: state.blocked_all.iter().map(|block| block.record).collect(),
            in_conflict: self.is_in_conflict(id),
            ever_granted: state.ever_granted,
            versions,
        };
        self.observe_subject(&subject, state, observations);
        subject
    }

    /// The one version that all paths hold; none when they disagree or a package is refused.
    pub(super) fn head_key(&self, state: &SubjectState) -> Option<VersionKey> {
        let mut keys = state.present.iter().map(|path| {
            let package = self.packages.get(path)?;
            Some(VersionKey {
                version: package.version.clone(),
                digest: package.digest?,
            })
        });
        let first = keys.next()??;
        keys.all(|key| key.as_ref() == Some(&first))
            .then_some(first)
    }

    /// What is at the paths of a subject.
    fn here<'s>(
        &'s self,
        id: &SubjectId,
        state: &'s SubjectState,
    ) -> Vec<(&'s str, &'s PackageAt)> {
        let held = state
            .present
            .iter()
            .filter_map(|path| Some((path.as_str(), self.packages.get(path)?)));
        held.filter(|(_, package)| package.subject == *id).collect()
    }

    /// What one version is at the head, for views and for the gate.
    ///
    /// 1. **Is it in the tree**, at a path of its own, with this version and these bytes?
    /// 2. **Count** its votes today, where the answer can differ from what the grant says or where
    ///    someone will read it: in the tree, lowered, begun to be approved, or expired. History
    ///    that no one asks about is not counted.
    /// 3. **State.** The strongest flag applies: revoked, then blocked, rolled back, archived,
    ///    deprecated, approved, draft. A grant that has expired shows as a draft, unless other
    ///    votes meet the requirements today. Expiry is judged at `--now` here, and at ledger time
    ///    while replaying (trust rule 2).
    /// 4. **Observations**, for the version in the tree only: contributors whom the policy does not
    ///    know, votes that count for nothing and why, authors who count by exception, a grant that
    ///    today's rules would not give, a version whose bytes were replaced.
    ///
    /// Nothing here changes what was decided. A grant that rests on fewer people than today's
    /// policy asks for stays a grant and is reported.
    fn version_state(
        &self,
        context: &VersionContext<'_>,
        tracked: &TrackedVersion,
        observations: &mut Vec<Observation>,
    ) -> VersionState {
        let VersionContext {
            id,
            state,
            head,
            in_full,
            ..
        } = *context;
        let version = self.policy();
        let present = context.here.iter().any(|(path, package)| {
            package.digest == Some(tracked.key.digest)
                && package.version == tracked.key.version
                && tracked.paths.contains(path)
        });
        let grant = tracked.grant.as_ref();
        // An expired grant still holds while other votes meet the requirement today.
        // What a flag hides can be approved or unblocked again, no matter where it is.
        let flagged = tracked.marks.is_lowered();
        // Someone has begun to approve it, no matter where it is.
        let begun = !tracked.approvals.is_empty() && !tracked.granted(self.now);
        let ended = grant.is_some_and(|grant| grant.expired(self.now));
        let interesting = in_full || present || flagged || begun || ended;
        let count = if interesting {
            self.count(version, state, tracked, &tracked.approvals, self.now)
        } else {
            super::vote::Count::default()
        };
        let statuses = self.statuses(version, &count);
        let held = || {
            reused(state, tracked)
                || tracked
                    .marks
                    .rejects
                    .keys()
                    .any(|name| version.policy.principals.contains_key(name))
        };
        let expired = ended && (!count.met || held());
        let flag = self.flags(state, tracked);
        let shown = match flag {
            State::Approved | State::Deprecated | State::Archived if expired || grant.is_none() => {
                State::Draft
            }
            flag => flag,
        };
        let rejected_by: BTreeSet<PrincipalName> = tracked
            .marks
            .rejects
            .keys()
            .filter(|name| version.policy.principals.contains_key(*name))
            .cloned()
            .collect();
        if head == Some(&tracked.key) && present {
            let judged = JudgedVersion {
                tracked,
                count: &count,
                statuses: &statuses,
                shown,
                expired,
            };
            self.observe_version(context, &judged, observations);
        }
        let barring: Vec<_> = self
            .barring(tracked)
            .filter(|(_, source)| *source != id)
            .collect();
        VersionState {
            key: tracked.key.clone(),
            landed: tracked.landed,
            present,
            baseline: context.is_baseline(tracked),
            state: shown,
            granted: grant.map(|grant| grant.at),
            outgrown: tracked.marks.outgrown.is_some(),
            basis: grant.map(|grant| grant.votes()).unwrap_or_default(),
            expires: grant.and_then(|grant| grant.expires),
            expired,
            requirements: statuses,
            rejected_by,
            contributors: count.exclusion.excluded.keys().cloned().collect(),
            unknown_contributors: count.exclusion.unknown,
            records: tracked
                .records
                .iter()
                .chain(barring.iter().map(|(record, _)| *record))
                .copied()
                .collect(),
            blocked_as: barring
                .into_iter()
                .filter(|_| tracked.marks.blocks.is_empty() && state.blocked_all.is_empty())
                .map(|(_, source)| source.clone())
                .collect(),
        }
    }

    /// One version with everybody who contributed and everything that is asked for, also when it is
    /// history: views leave that out.
    pub fn version_in_full(&self, id: &SubjectId, key: &VersionKey) -> Option<VersionState> {
        let state = self.subjects.get(id)?;
        let tracked = &state.versions[state.index(key)?];
        let context = VersionContext {
            id,
            state,
            risk: Risk::default(),
            head: None,
            here: self.here(id, state),
            in_full: true,
        };
        Some(self.version_state(&context, tracked, &mut Vec::new()))
    }

    /// Digests that are revoked, whatever their name.
    pub fn revoked(&self) -> impl Iterator<Item = &countersign_model::Digest> {
        self.revoked.keys()
    }

    /// Contents of revoked one-file packages.
    pub fn revoked_files(&self) -> impl Iterator<Item = &countersign_model::Digest> {
        self.revoked
            .keys()
            .filter_map(|digest| self.one_file.get(digest))
    }

    /// Every policy that was ever in force, oldest first.
    pub fn ever_in_force(
        &self,
    ) -> impl Iterator<Item = &std::sync::Arc<crate::evidence::PolicyVersion>> {
        self.policy
            .line
            .iter()
            .filter_map(|digest| self.policy.versions.get(digest))
    }

    /// Paths that a granted version ever occupied.
    pub const fn granted_paths(&self) -> &BTreeSet<String> {
        &self.granted_paths
    }
}
