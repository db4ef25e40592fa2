//! The ledger: what the state machine says at its head, for views to read.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::evidence::PolicyVersion;
use countersign_model::{Circumstance, EvidenceKind, Fact, Observation, Place, Policy, PrincipalName, Risk, RuleId, State, SubjectId};

use super::current::rank;
use super::decide::reused;
use super::input::PackageAt;
use super::ledger::{Event, Ledger, Outcome, RivalPolicy, Subject, VersionKey, VersionState};
use super::profile::{Indices, SubjectProfile};
use super::state::{Lifecycle, SubjectState, TreePolicy};
use super::tracked_version::TrackedVersion;

/// What the state of each version of a subject follows from.
struct VersionContext<'s> {
    id: &'s SubjectId,
    state: &'s SubjectState,
    risk: Risk,
    head: Option<&'s VersionKey>,
    /// The subject's paths that hold something, and what.
    here: Vec<(&'s str, &'s PackageAt)>,
    /// Also what views leave out of history.
    in_full: bool,
}

impl VersionContext<'_> {
    /// Whether the row is what was at each of its paths at the anchor and never left: bytes moved or brought back are a change.
    fn is_baseline(&self, row: &TrackedVersion) -> bool {
        let stayed = row.landed.map(|landing| landing.position) == row.landed_last;
        let moved =
            |(path, package): &(&str, &PackageAt)| package.digest == Some(row.key.digest) && !package.baseline && row.paths.contains(path);
        row.baseline && stayed && !self.here.iter().any(moved)
    }
}

impl Lifecycle {
    /// The ledger at the head, with expiry judged at `now`.
    pub fn ledger(&self) -> Ledger {
        Ledger { records: self.records.clone(), events: self.events.clone(), ..self.snapshot() }
    }

    /// The same at the end of a replay, from what was [`snapshot`](Self::snapshot): moves what a long history has much of, so no landing can follow.
    pub fn close(&mut self, snapshot: Ledger) -> Ledger {
        Ledger { records: std::mem::take(&mut self.records), events: std::mem::take(&mut self.events), ..snapshot }
    }

    /// What happened since this was last asked. No rule looks at events, so a caller that needs only them may take them on the way.
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
        let told: Vec<(SubjectId, Subject, Vec<Observation>)> = self.subjects.par_iter().map(tell).collect();
        let mut subjects = BTreeMap::new();
        for (id, subject, found) in told {
            subjects.insert(id, subject);
            observations.extend(found);
        }
        self.observe_policy(&mut observations);
        self.observe_records(&mut observations);
        self.observe_files(&mut observations);
        observations.sort();
        observations.dedup();
        Ledger {
            head: self.head,
            policy: self.policy.since,
            pending: self.pending(),
            rivals: self.policy.forks.iter().map(|fork| RivalPolicy { serial: fork.serial, digest: fork.digest }).collect(),
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

    fn subject(&self, id: &SubjectId, state: &SubjectState, observations: &mut Vec<Observation>) -> Subject {
        let policy = &self.policy().policy;
        let mut profiles: Vec<SubjectProfile<'_>> = Vec::new();
        for path in &state.last {
            let package = self.packages.get(path);
            let declared = package.and_then(|package| package.declared_name.as_ref());
            profiles.push(SubjectProfile::of(policy, id, path, declared, package.and_then(|package| package.risk)));
        }
        let lines = |indices: for<'i> fn(&'i SubjectProfile<'_>) -> &'i Indices, line: &dyn Fn(usize) -> u32| {
            let all: BTreeSet<u32> = profiles.iter().flat_map(|profile| indices(profile).iter().map(|index| line(*index))).collect();
            all.into_iter().collect::<Vec<u32>>()
        };
        let last_entry = profiles.last().and_then(|profile| profile.entries.last()).map(|index| &policy.entries[*index]);
        let risk = profiles.iter().map(|profile| profile.risk).max().unwrap_or_default();
        let (current, _) = self.current(state, self.now);
        let head = self.head_key(state);
        let mut order: Vec<&TrackedVersion> = state.versions.iter().collect();
        order.sort_by(|a, b| rank(a, b));
        let context = VersionContext { id, state, risk, head: head.as_ref(), here: self.here(id, state), in_full: false };
        let rows: Vec<VersionState> = order.into_iter().map(|row| self.version_state(&context, row, observations)).collect();
        let subject = Subject {
            id: id.clone(),
            paths: state.present.iter().cloned().collect(),
            last_paths: state.last.iter().cloned().collect(),
            owners: profiles.iter().flat_map(|profile| profile.owners.iter().cloned()).collect(),
            owners_written: profiles.last().map(|profile| profile.owners_written.to_vec()).unwrap_or_default(),
            risk,
            entry_lines: lines(|profile| &profile.entries, &|index| policy.entries[index].line),
            rule_lines: lines(|profile| &profile.rules, &|index| policy.rules[index].line),
            install: last_entry.and_then(|entry| entry.install.clone()),
            head,
            current,
            previous: state.previous.clone(),
            pinned: state.pin.is_some(),
            git_ids: state.present.iter().filter_map(|path| self.packages.get(path)?.git_id).collect(),
            blocked_all: state.blocked_all.iter().map(|block| block.record).collect(),
            ever_granted: state.ever_granted,
            versions: rows,
        };
        self.observe_subject(&subject, state, observations);
        subject
    }

    /// The one row that all paths hold; none when they disagree or a package is refused.
    pub(super) fn head_key(&self, state: &SubjectState) -> Option<VersionKey> {
        let mut keys = state.present.iter().map(|path| {
            let package = self.packages.get(path)?;
            Some(VersionKey { version: package.version.clone(), digest: package.digest? })
        });
        let first = keys.next()??;
        keys.all(|key| key.as_ref() == Some(&first)).then_some(first)
    }

    /// What is at the paths of a subject.
    fn here<'s>(&'s self, id: &SubjectId, state: &'s SubjectState) -> Vec<(&'s str, &'s PackageAt)> {
        let held = state.present.iter().filter_map(|path| Some((path.as_str(), self.packages.get(path)?)));
        held.filter(|(_, package)| package.subject == *id).collect()
    }

    /// What one version is at the head, for views and for the gate.
    ///
    /// 1. **Is it in the tree**, at a path of its own, with this version and these bytes?
    /// 2. **Count** its votes today, where the answer can differ from what the grant says or where someone will read it: in the tree, lowered,
    ///    begun to be approved, or expired. History that no one asks about is not counted.
    /// 3. **State.** The strongest flag applies: revoked, then blocked, rolled back, archived, deprecated, approved, draft. A grant that has
    ///    expired shows as a draft, unless other votes meet the requirements today. Expiry is judged at `--now` here, and at ledger time while
    ///    replaying (trust rule 2).
    /// 4. **Observations**, for the version in the tree only: contributors whom the policy does not know, votes that count for nothing and
    ///    why, authors who count by exception, a grant that today's rules would not give, a version whose bytes were replaced.
    ///
    /// Nothing here changes what was decided. A grant that rests on fewer people than today's policy asks for stays a grant and is reported.
    fn version_state(&self, context: &VersionContext<'_>, row: &TrackedVersion, observations: &mut Vec<Observation>) -> VersionState {
        let VersionContext { id, state, risk, head, in_full, .. } = *context;
        let version = self.policy();
        let present = context.here.iter().any(|(path, package)| {
            package.digest == Some(row.key.digest) && package.version == row.key.version && row.paths.contains(path)
        });
        let grant = row.grant.as_ref();
        // An expired grant still holds while other votes meet the requirement today.
        // What a flag hides can be approved or unblocked again, no matter where it is.
        let flagged = row.marks.is_lowered();
        // Someone has begun to approve it, no matter where it is.
        let begun = !row.approvals.is_empty() && !row.granted(self.now);
        let ended = grant.is_some_and(|grant| grant.expired(self.now));
        let interesting = in_full || present || flagged || begun || ended;
        let count = if interesting { self.count(version, state, row, &row.approvals, self.now) } else { super::vote::Count::default() };
        let statuses = self.statuses(version, &count);
        let held = || reused(state, row) || row.marks.rejects.keys().any(|name| version.policy.principals.contains_key(name));
        let expired = ended && (!count.met || held());
        let flag = self.flags(state, row);
        let shown = match flag {
            State::Approved | State::Deprecated | State::Archived if expired => State::Draft,
            flag => flag,
        };
        let rejected_by: BTreeSet<PrincipalName> =
            row.marks.rejects.keys().filter(|name| version.policy.principals.contains_key(*name)).cloned().collect();
        let here = |rule: RuleId| {
            let observation = Observation::new(rule).subject(id).version(&row.key.version).risk(risk);
            match row.paths.first() {
                Some(path) if present => observation.place(Place::file(path)),
                _ => observation,
            }
        };
        if head == Some(&row.key) && present {
            for address in &count.exclusion.unknown {
                observations.push(here(RuleId::ContributorUnknown).with(Fact::Who, address));
            }
            let unblocks =
                if row.marks.blocks.is_empty() { None } else { Some(self.count(version, state, row, &row.marks.unblocks, self.now)) };
            let approvals = (shown == State::Draft).then(|| self.uncounted_votes(version, row, &row.approvals, &count, &statuses));
            let unblocks =
                unblocks.map(|count| self.uncounted_votes(version, row, &row.marks.unblocks, &count, &self.statuses(version, &count)));
            for (name, rule, record) in approvals.into_iter().flatten().chain(unblocks.into_iter().flatten()) {
                let mut observation = here(rule).principal(&name);
                if !self.records.contains_key(&record) {
                    // A review that no record holds: people press Approve everywhere, so it is told in its own words.
                    observations.push(self.idle_review(here(RuleId::ReviewNotCounted).principal(&name), rule, row, &count));
                    continue;
                }
                if let Some(standing) = self.records.get(&record) {
                    observation =
                        observation.place(Place::file(&*standing.path)).landing(standing.landing.position, standing.landing.commit);
                    if let Some(decision) = standing.decision {
                        observation = observation.with(Fact::Decision, decision);
                    }
                }
                if let Some(role) = count.exclusion.excluded.get(&name).filter(|_| rule == RuleId::SelfApproval) {
                    observation = observation.with(Fact::Role, role);
                }
                observations.push(observation);
            }
            for (name, role) in count.exclusion.exempt.iter().filter(|(name, _)| row.approvals.contains_key(*name)) {
                observations.push(here(RuleId::SelfApprovalExempt).principal(name).with(Fact::Role, role));
            }
            if let Some(grant) = grant.filter(|grant| !expired && grant.policy != self.policy.in_force && !count.met) {
                let observation = here(RuleId::ApprovedUnderEarlierRule).with(Fact::Policy, grant.policy);
                observations.push(observation);
            }
            if reused(state, row) {
                observations.push(here(RuleId::VersionReused));
            }
        }
        let barring: Vec<_> = self.barring(row).filter(|(_, source)| *source != id).collect();
        VersionState {
            key: row.key.clone(),
            landed: row.landed,
            present,
            baseline: context.is_baseline(row),
            state: shown,
            granted: grant.map(|grant| grant.at),
            expires: grant.and_then(|grant| grant.expires),
            expired,
            requirements: statuses,
            rejected_by,
            contributors: count.exclusion.excluded.keys().cloned().collect(),
            unknown_contributors: count.exclusion.unknown,
            records: row.records.iter().chain(barring.iter().map(|(record, _)| *record)).copied().collect(),
            blocked_as: barring
                .into_iter()
                .filter(|_| row.marks.blocks.is_empty() && state.blocked_all.is_empty())
                .map(|(_, source)| source.clone())
                .collect(),
        }
    }

    /// One row with everybody who contributed and everything that is asked for, also when it is history: views leave that out.
    pub fn row_in_full(&self, id: &SubjectId, key: &VersionKey) -> Option<VersionState> {
        let state = self.subjects.get(id)?;
        let row = &state.versions[state.index(key)?];
        let context = VersionContext { id, state, risk: Risk::default(), head: None, here: self.here(id, state), in_full: true };
        Some(self.version_state(&context, row, &mut Vec::new()))
    }

    fn observe_subject(&self, subject: &Subject, state: &SubjectState, observations: &mut Vec<Observation>) {
        let digests: BTreeSet<_> = state.present.iter().map(|path| self.packages.get(path).and_then(|package| package.digest)).collect();
        let versions: BTreeSet<_> =
            state.present.iter().filter_map(|path| self.packages.get(path)).map(|package| &package.version).collect();
        if digests.len() > 1 || versions.len() > 1 {
            for path in &state.present {
                observations.push(
                    Observation::new(RuleId::SubjectAmbiguous).subject(&subject.id).place(Place::file(path.as_str())).risk(subject.risk),
                );
            }
        }
        let Some(head) = &subject.head else { return };
        // An approval of this version over other bytes, or of these bytes under another version, approves nothing that lies here.
        for row in state.versions.iter().filter(|row| row.key != *head && !row.approvals.is_empty()) {
            let same_version = row.key.version == head.version;
            let same_bytes = row.key.digest == head.digest;
            if !(same_version || same_bytes && row.landed.is_none()) {
                continue;
            }
            for (name, votes) in &row.approvals {
                let Some(vote) = votes.last() else { continue };
                let Some(standing) = self.records.get(&vote.record) else { continue };
                observations.push(
                    Observation::new(RuleId::StaleApproval)
                        .subject(&subject.id)
                        .version(&head.version)
                        .principal(name)
                        .place(Place::file(&*standing.path))
                        .landing(standing.landing.position, standing.landing.commit)
                        .with(Fact::Approved, row.key.digest)
                        .with(Fact::ApprovedVersion, &row.key.version)
                        .with(Fact::Found, head.digest),
                );
            }
        }
    }

    fn observe_policy(&self, observations: &mut Vec<Observation>) {
        let at = self.head;
        let file = || Observation::new(RuleId::PolicyMissing).place(Place::file(Policy::PATH)).landing(at.position, at.commit);
        let with = |rule: RuleId| Observation { rule, ..file() };
        match &self.policy.tree {
            TreePolicy::Missing => observations.push(file()),
            TreePolicy::Irregular { path, why } => {
                observations.push(with(RuleId::PolicyIrregular).place(Place::file(path.as_str())).with(Fact::Why, why));
            }
            TreePolicy::Invalid(why) => observations.push(with(RuleId::PolicyInvalid).with(Fact::Why, why)),
            TreePolicy::Version(digest) if *digest == self.policy.in_force || self.policy.accepted == Some(*digest) => {}
            TreePolicy::Version(digest) => {
                let under = self.policy();
                let version = &self.policy.versions[digest];
                let rule = self.misfit(version, under).unwrap_or(RuleId::PolicyPending);
                let mut observation = with(rule)
                    .with(Fact::Serial, version.policy.serial)
                    .with(Fact::SerialInForce, under.policy.serial)
                    .with(Fact::Digest, digest)
                    .with(Fact::DigestInForce, under.digest);
                if let Some(pending) = self.pending() {
                    observation = observation.with(Fact::Count, pending.requirement.count).with(Fact::Missing, pending.requirement.missing);
                    for name in &pending.exempt {
                        observations.push(Self::exempt(name).landing(at.position, at.commit));
                    }
                }
                if let Some(key) = self.reassigned_key(version).filter(|_| rule == RuleId::KeyReassigned) {
                    observation = observation.principal(&key.to).with(Fact::From, key.from).with(Fact::Key, key.key);
                }
                observations.push(observation);
            }
        }
        self.observe_administrators(observations);
        for fork in &self.policy.forks {
            observations.push(
                Observation::new(RuleId::PolicyFork)
                    .place(Place::file(Policy::PATH))
                    .landing(fork.at.position, fork.at.commit)
                    .with(Fact::Digest, fork.digest)
                    .with(Fact::Serial, fork.serial),
            );
        }
    }

    /// An author's approval of a policy that counts because too few others could approve.
    pub(super) fn exempt(name: &PrincipalName) -> Observation {
        Observation::new(RuleId::SelfApprovalExempt)
            .subject(&SubjectId::policy())
            .principal(name)
            .with(Fact::Role, "author")
            .with(Fact::Why, "too few other administrators could approve it")
    }

    /// A policy that its administrators could not change any more: the one in force, where that has happened, and a proposed one, where it
    /// would take the loss of one administrator.
    fn observe_administrators(&self, observations: &mut Vec<Observation>) {
        let under = self.policy();
        let at = self.head;
        let observe = |count: u32, available: usize| {
            Observation::new(RuleId::AdministratorsTooFew)
                .place(Place::file(Policy::PATH))
                .landing(at.position, at.commit)
                .with(Fact::Count, count)
                .with(Fact::Available, available)
        };
        let needed = |version: &PolicyVersion| version.policy.policy_changes;
        let able = self.able_administrators(under);
        // That too few have a key at all is for the policy's own lint to say.
        let signature = [EvidenceKind::Signature].into_iter().collect();
        let keyed =
            under.policy.administrators.iter().filter(|name| under.policy.is_person(name) && under.policy.has_means(name, signature));
        let suffices = keyed.count() >= needed(under) as usize;
        if able < needed(under) as usize && suffices && !self.policy_lands_here() {
            observations.push(observe(needed(under), able));
        }
        let proposed = match &self.policy.tree {
            TreePolicy::Version(digest) if *digest != self.policy.in_force => self.policy.versions.get(digest),
            _ if self.policy_lands_here() => Some(under),
            _ => None,
        };
        let Some(version) = proposed.filter(|version| self.misfit(version, under).is_none() || self.policy_lands_here()) else { return };
        let able = self.able_administrators(version);
        let count = needed(version);
        if able < count as usize {
            observations.push(observe(count, able).under(Circumstance::Unchangeable));
        } else if able == count as usize {
            observations.push(observe(count, able).with(Fact::Why, "without one of them it could never be changed again"));
        }
    }

    /// Whether the policy in force is the one that this very candidate brings: governance begins with it.
    const fn policy_lands_here(&self) -> bool {
        self.candidate && self.landings.len() == 1
    }

    /// Records without accepted evidence are errors until removed; accepted ones must lie where and as they landed.
    fn observe_records(&self, observations: &mut Vec<Observation>) {
        for (path, digest) in &self.record_files {
            let Some(standing) = self.records.get(digest) else { continue };
            if let Outcome::Refused { rule, detail } = &standing.outcome {
                // Other bytes that are refused for the same reason are another finding.
                observations.push(standing.observe(*rule).place(Place::file(&**path)).with(Fact::Why, detail).with(Fact::Record, digest));
            } else if standing.path != *path {
                observations.push(
                    Observation::new(RuleId::RecordMisplaced)
                        .place(Place::file(&**path))
                        .landing(standing.landing.position, standing.landing.commit)
                        .with(Fact::Expected, &standing.path),
                );
            }
        }
        for (digest, standing) in &self.records {
            let accepted = matches!(standing.outcome, Outcome::Accepted { .. });
            let found = self.record_files.get(&standing.path);
            if accepted && found != Some(digest) {
                let dropped = found.is_none_or(|found| !self.is_accepted(found)) && self.dropped.contains(digest);
                let rule = if dropped { RuleId::DecisionDropped } else { RuleId::DecisionAltered };
                let how = if found.is_some() { "changed" } else { "removed" };
                let observation = standing.observe(rule).with(Fact::Record, digest);
                observations.push(if dropped {
                    observation.with(Fact::Effect, "it is in effect")
                } else {
                    observation.with(Fact::How, how)
                });
            }
        }
        for (digest, left) in self.left_behind() {
            observations.push(
                left.standing.observe(RuleId::DecisionDropped).with(Fact::Record, digest).with(Fact::Effect, "it has no effect here"),
            );
        }
    }

    /// Packages inside others, names that collide, and revoked one-file packages packed into others.
    fn observe_files(&self, observations: &mut Vec<Observation>) {
        self.observe_revoked(observations);
        self.observe_barred(observations);
        for (inner, package) in &self.packages {
            let outers = inner.match_indices('/').map(|(slash, _)| &inner[..slash]).filter(|outer| self.packages.contains_key(*outer));
            for outer in outers {
                observations.push(
                    Observation::new(RuleId::PackageNested)
                        .subject(&package.subject)
                        .place(Place::file(inner.as_str()))
                        .with(Fact::Outer, outer),
                );
            }
        }
        let mut names: BTreeMap<String, BTreeSet<&SubjectId>> = BTreeMap::new();
        let mut places: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (path, package) in &self.packages {
            names.entry(countersign_model::document::paths::fold(&package.subject.to_string())).or_default().insert(&package.subject);
            places.entry(countersign_model::document::paths::fold(path)).or_default().insert(path);
        }
        for subjects in names.values().filter(|subjects| subjects.len() > 1) {
            for subject in subjects {
                observations.push(
                    Observation::new(RuleId::NameCollision)
                        .subject(subject)
                        .with(Fact::With, join(subjects.iter().filter(|other| *other != subject))),
                );
            }
        }
        for paths in places.values().filter(|paths| paths.len() > 1) {
            for path in paths {
                let others = join(paths.iter().filter(|other| *other != path));
                observations.push(
                    Observation::new(RuleId::NameCollision)
                        .subject(&self.packages[*path].subject)
                        .place(Place::file(*path))
                        .with(Fact::With, others),
                );
            }
        }
    }

    /// Digests that are revoked, whatever their name.
    pub fn revoked(&self) -> impl Iterator<Item = &countersign_model::Digest> {
        self.revoked.keys()
    }

    /// Contents of revoked one-file packages.
    pub fn revoked_files(&self) -> impl Iterator<Item = &countersign_model::Digest> {
        self.revoked.keys().filter_map(|digest| self.one_file.get(digest))
    }

    /// Every policy that was ever in force, oldest first.
    pub fn ever_in_force(&self) -> impl Iterator<Item = &std::sync::Arc<crate::evidence::PolicyVersion>> {
        self.policy.line.iter().filter_map(|digest| self.policy.versions.get(digest))
    }

    /// Paths that a granted version ever occupied.
    pub const fn granted_paths(&self) -> &BTreeSet<String> {
        &self.granted_paths
    }
}

fn join<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
