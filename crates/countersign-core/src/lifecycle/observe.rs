//! Findings at the head about subjects, the policy, records and the places of packages.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::PolicyVersion;
use countersign_model::{
    Circumstance, Digest, EvidenceKind, Fact, Observation, Place, Policy, PrincipalName, RuleId,
    SubjectId,
};

use super::ledger::{Outcome, Subject, VersionKey};
use super::state::{Lifecycle, SubjectState, TreePolicy};

impl Lifecycle {
    pub(super) fn observe_subject(
        &self,
        subject: &Subject,
        state: &SubjectState,
        observations: &mut Vec<Observation>,
    ) {
        let digests: BTreeSet<_> = state
            .present
            .iter()
            .map(|path| self.packages.get(path).and_then(|package| package.digest))
            .collect();
        let versions: BTreeSet<_> = state
            .present
            .iter()
            .filter_map(|path| self.packages.get(path))
            .map(|package| &package.version)
            .collect();
        if digests.len() > 1 || versions.len() > 1 {
            for path in &state.present {
                observations.push(
                    Observation::new(RuleId::SubjectAmbiguous)
                        .subject(&subject.id)
                        .place(Place::file(path.as_str()))
                        .risk(subject.risk),
                );
            }
        }
        let Some(head) = &subject.head else { return };
        // An approval of this version over other bytes, or of these bytes under another version,
        // approves nothing that lies here.
        for tracked in state
            .versions
            .iter()
            .filter(|tracked| tracked.key != *head && !tracked.approvals.is_empty())
        {
            let same_version = tracked.key.version == head.version;
            let same_bytes = tracked.key.digest == head.digest;
            if !(same_version || same_bytes && tracked.landed.is_none()) {
                continue;
            }
            for (name, votes) in &tracked.approvals {
                let Some(vote) = votes.last() else { continue };
                let Some(standing) = self.records.get(&vote.record) else {
                    continue;
                };
                let observation = Observation::new(RuleId::StaleApproval)
                    .subject(&subject.id)
                    .version(&head.version)
                    .principal(name)
                    .place(Place::file(&*standing.path))
                    .landing(standing.landing.position, standing.landing.commit)
                    .with(Fact::Approved, tracked.key.digest)
                    .with(Fact::ApprovedVersion, &tracked.key.version)
                    .with(Fact::Found, head.digest);
                observations.push(match self.taken_elsewhere(&subject.id, head) {
                    Some(taken) => observation.with(Fact::Taken, taken.short(12)),
                    None => observation,
                });
            }
        }
    }

    /// The other bytes that a merged line approved as the version that the tree has. A version means one
    /// set of bytes (trust rule 18).
    fn taken_elsewhere(&self, id: &SubjectId, head: &VersionKey) -> Option<Digest> {
        let mut left = self.left_behind.values();
        let other = left.find(|left| {
            left.subject == *id
                && left.key.version == head.version
                && left.key.digest != head.digest
        });
        other.map(|left| left.key.digest)
    }

    pub(super) fn observe_policy(&self, observations: &mut Vec<Observation>) {
        let at = self.head;
        let file = || {
            Observation::new(RuleId::PolicyMissing)
                .place(Place::file(Policy::PATH))
                .landing(at.position, at.commit)
        };
        let with = |rule: RuleId| Observation { rule, ..file() };
        match &self.policy.tree {
            TreePolicy::Missing => observations.push(file()),
            TreePolicy::Irregular { path, why } => {
                observations.push(
                    with(RuleId::PolicyIrregular)
                        .place(Place::file(path.as_str()))
                        .with(Fact::Why, why),
                );
            }
            TreePolicy::Invalid(why) => {
                observations.push(with(RuleId::PolicyInvalid).with(Fact::Why, why));
            }
            TreePolicy::Version(digest)
                if *digest == self.policy.in_force || self.policy.accepted == Some(*digest) => {}
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
                    observation = observation
                        .with(Fact::Count, pending.requirement.count)
                        .with(Fact::Missing, pending.requirement.missing);
                    for name in &pending.exempt {
                        observations.push(Self::exempt(name).landing(at.position, at.commit));
                    }
                }
                if let Some(key) = self
                    .reassigned_key(version)
                    .filter(|_| rule == RuleId::KeyReassigned)
                {
                    observation = observation
                        .principal(&key.to)
                        .with(Fact::From, key.from)
                        .with(Fact::Key, key.key);
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

    /// A policy that its administrators could not change any more: the one in force, where that has
    /// happened, and a proposed one, where it would take the loss of one administrator.
    fn observe_administrators(&self, observations: &mut Vec<Observation>) {
        let under = self.policy();
        let at = self.head;
        let observe = |count: u32, available: usize| {
            Self::too_few(count, available)
                .place(Place::file(Policy::PATH))
                .landing(at.position, at.commit)
        };
        let needed = |version: &PolicyVersion| version.policy.policy_changes;
        let able = self.able_administrators(under);
        // That too few have a key at all is for the policy's own lint to say.
        let signature = [EvidenceKind::Signature].into_iter().collect();
        let keyed =
            under.policy.administrators.iter().filter(|name| {
                under.policy.is_person(name) && under.policy.has_means(name, signature)
            });
        let suffices = keyed.count() >= needed(under) as usize;
        if able < needed(under) as usize && suffices && !self.policy_lands_here() {
            observations.push(observe(needed(under), able));
        }
        let proposed = match &self.policy.tree {
            TreePolicy::Version(digest) if *digest != self.policy.in_force => {
                self.policy.versions.get(digest)
            }
            _ if self.policy_lands_here() => Some(under),
            _ => None,
        };
        let Some(version) = proposed
            .filter(|version| self.misfit(version, under).is_none() || self.policy_lands_here())
        else {
            return;
        };
        let able = self.able_administrators(version);
        let count = needed(version);
        if able < count as usize {
            observations.push(observe(count, able).under(Circumstance::Unchangeable));
        } else if able == count as usize {
            observations.push(observe(count, able).with(
                Fact::Why,
                "without one of them it could never be changed again",
            ));
        }
    }

    /// Whether the policy in force is the one that this very candidate brings: governance begins
    /// with it.
    const fn policy_lands_here(&self) -> bool {
        self.candidate && self.landings.len() == 1
    }

    /// Records without accepted evidence are errors until removed; accepted ones must lie where and
    /// as they landed.
    pub(super) fn observe_records(&self, observations: &mut Vec<Observation>) {
        for (path, digest) in &self.record_files {
            let Some(standing) = self.records.get(digest) else {
                continue;
            };
            if let Outcome::Refused { rule, detail } = &standing.outcome {
                // Other bytes that are refused for the same reason are another finding.
                observations.push(
                    standing
                        .observe(*rule)
                        .place(Place::file(&**path))
                        .with(Fact::Why, detail)
                        .with(Fact::Record, digest),
                );
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
                let dropped = found.is_none_or(|found| !self.is_accepted(found))
                    && self.dropped.contains(digest);
                let rule = if dropped {
                    RuleId::DecisionDropped
                } else {
                    RuleId::DecisionAltered
                };
                let how = if found.is_some() {
                    "changed"
                } else {
                    "removed"
                };
                let observation = standing.observe(rule).with(Fact::Record, digest);
                observations.push(if dropped {
                    observation
                        .with(Fact::How, "not in the tree")
                        .with(Fact::Effect, "it is in effect")
                } else {
                    observation.with(Fact::How, how)
                });
            }
        }
        for (digest, left) in self.left_behind() {
            let mut observation = left
                .standing
                .observe(RuleId::DecisionDropped)
                .subject(&left.subject)
                .version(&left.key.version)
                .with(Fact::Record, digest)
                .with(Fact::Digest, left.key.digest.short(12))
                .with(
                    Fact::Effect,
                    "here it grants nothing, so an older version would pass for the newest",
                );
            let state = self.subjects.get(&left.subject);
            let head = state.and_then(|state| self.head_key(state));
            let taken = head.and_then(|head| self.taken_elsewhere(&left.subject, &head));
            if let Some(taken) = taken {
                observation = observation.with(Fact::Taken, taken.short(12));
            }
            if self.record_files.get(&left.standing.path) != Some(digest) {
                observation = observation.with(Fact::How, "not in the tree");
            }
            observations.push(observation);
        }
    }

    /// Packages inside others, names that collide, and revoked one-file packages packed into
    /// others.
    pub(super) fn observe_files(&self, observations: &mut Vec<Observation>) {
        self.observe_revoked(observations);
        self.observe_barred(observations);
        for (inner, package) in &self.packages {
            let outers = inner
                .match_indices('/')
                .map(|(slash, _)| &inner[..slash])
                .filter(|outer| self.packages.contains_key(*outer));
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
            names
                .entry(countersign_model::document::paths::fold(
                    &package.subject.to_string(),
                ))
                .or_default()
                .insert(&package.subject);
            places
                .entry(countersign_model::document::paths::fold(path))
                .or_default()
                .insert(path);
        }
        for subjects in names.values().filter(|subjects| subjects.len() > 1) {
            for subject in subjects {
                observations.push(
                    Observation::new(RuleId::NameCollision)
                        .subject(subject)
                        .with(
                            Fact::With,
                            join(subjects.iter().filter(|other| *other != subject)),
                        ),
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
}

fn join<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
