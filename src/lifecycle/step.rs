//! One landing: the order in which its facts take effect.
//!
//! 1. ledger time and the commits' people; 2. bytes in the tree; 3. who is suspended; 4. whether the landing brings a policy into force;
//! 5. revocations, blocks and rejects; 6. votes; 7. grants and lifted blocks; 8. deprecations, archivings, roll-backs; 9. current versions.
//!
//! Lowering comes before raising and never the other way round, so within one landing the lowering decision wins and file order cannot matter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::evidence::{Evidence, Occasion, PolicyVersion, Record, Refusal, attribute};
use crate::model::policy_input::SignedCommits;
use crate::model::shared_text::shared;
use crate::model::{Decision, DecisionKind, Digest, Kind, Observation, Place, Position, PrincipalName, RuleId, SubjectId, Timestamp};

use super::input::{Landing, PackageAt};
use super::ledger::{Action, Event, LandingRef, Outcome, RecordStanding, RowKey};
use super::policy_change::policy_event;
use super::row::Described;
use super::sparing::append;
use super::state::Lifecycle;

/// A record whose author is proved, at the landing that brought it.
#[derive(Clone, Debug)]
pub(super) struct Admitted {
    pub digest: Digest,
    pub path: Arc<str>,
    pub decision: Arc<Decision>,
    pub evidence: Evidence,
    pub dropped: bool,
}

impl Admitted {
    /// Whether a forge told of it in this run, and no record holds it.
    pub fn is_live(&self) -> bool {
        self.decision.review.is_some() && self.decision.recorded_by.is_none()
    }
}

impl Lifecycle {
    /// Judges one landing. Landings must come in order, the anchor first.
    pub fn step(&mut self, landing: Landing) {
        let Landing {
            at,
            candidate,
            policy,
            packages,
            mut records,
            removed_records,
            mut dropped,
            reviews,
            side_policies,
            commits,
            governance,
            signer,
            malformed,
        } = landing;
        self.head = at;
        self.candidate = candidate;
        append(&mut self.landings, at.commit);
        self.advance_ledger_time(at);
        self.provenance.record(at.position, commits);
        if self.landings.len() == 1 {
            let anchor = Arc::clone(self.policy());
            append(&mut self.events, policy_event(at, Action::PolicyInForce, &anchor));
        }
        let mut dirty: BTreeSet<SubjectId> = BTreeSet::new();
        if std::mem::take(&mut self.policy.changed) {
            self.judge_all(&mut dirty);
        }
        if let Some(tree) = policy {
            self.tree_policy(at, &tree);
        }
        self.land(at, packages, &mut dirty);
        self.require_signature(at, governance, signer.as_ref(), malformed);

        for path in removed_records {
            self.record_files.remove(&*path);
        }
        for record in &records {
            self.record_files.insert(record.path.clone(), record.digest);
        }
        share_proofs(&mut records, &mut dropped);
        self.partly.clear();
        let under = Arc::clone(self.policy());
        if self.suspend(at, &records, &dropped, &under) {
            self.judge_all(&mut dirty);
        }
        let successor = self.judge_policy(at, &records, &dropped, &side_policies, &under);
        let mut admitted = self.admit_all(at, &records, &dropped, &under, successor.as_deref());
        admitted.extend(self.admit_reviews(at, &reviews, &under, successor.as_deref()));
        self.decide(at, &admitted, &under, successor.as_deref(), &mut dirty);
        // What a merge dropped and nobody was bound by has not been judged.
        let without_effect = |record: &&Admitted| record.dropped && !self.dropped.contains(&record.digest);
        for record in admitted.iter().filter(without_effect).map(|record| record.digest).collect::<Vec<_>>() {
            self.records.remove(&record);
        }
        match successor {
            // A candidate's policy will judge what lands after it, never the candidate itself.
            Some(successor) if candidate => self.policy.accepted = Some(successor.digest),
            Some(successor) => self.bring_into_force(at, &successor),
            None => {}
        }
    }

    /// Marks every row: whose votes count has changed.
    fn judge_all(&mut self, dirty: &mut BTreeSet<SubjectId>) {
        for (id, state) in &mut self.subjects {
            dirty.insert(id.clone());
            for row in &mut state.rows {
                row.fresh = true;
            }
        }
    }

    fn advance_ledger_time(&mut self, at: LandingRef) {
        if let Some(time) = at.time {
            if time > self.now {
                self.saw_future = true;
            } else {
                self.ledger_time = self.ledger_time.max(time);
            }
        }
        if self.candidate {
            // A candidate lands now or never: nothing in it can be dated yet.
            self.ledger_time = self.now;
        }
    }

    fn require_signature(&mut self, at: LandingRef, governance: bool, signer: Option<&crate::model::KeyId>, malformed: Option<String>) {
        let version = self.policy();
        let wanted = match version.policy.signed_commits {
            SignedCommits::None => false,
            SignedCommits::Governance => governance,
            SignedCommits::All => true,
        };
        if let Some(why) = malformed.filter(|_| wanted || governance) {
            self.observations.push(Observation::new(RuleId::MalformedSignature).landing(at.position, at.commit).with("why", why));
        }
        let version = self.policy();
        if wanted && at.commit.is_some() && signer.is_none_or(|key| version.roster.owner_by_id(key).is_none()) {
            self.observations.push(Observation::new(RuleId::UnsignedLanding).landing(at.position, at.commit));
        }
    }

    /// Takes in the packages whose bytes changed.
    fn land(&mut self, at: LandingRef, packages: Vec<(String, Option<PackageAt>)>, dirty: &mut BTreeSet<SubjectId>) {
        let mut touched = BTreeSet::new();
        // First everything that changed leaves, then everything that is there arrives: the order of paths must not matter.
        let before: BTreeMap<String, PackageAt> =
            packages.iter().filter_map(|(path, _)| Some((path.clone(), self.packages.remove(path)?))).collect();
        for (path, package) in &packages {
            let Some(before) = before.get(path) else { continue };
            if package.as_ref().is_none_or(|package| package.subject != before.subject) {
                self.leave(at, path, before);
                touched.insert(before.subject.clone());
            }
        }
        for (path, package) in packages {
            if let Some(package) = package {
                touched.insert(package.subject.clone());
                self.arrive(at, &path, package, before.get(&path));
            }
        }
        for id in &touched {
            self.note_history(at.position, id);
        }
        dirty.extend(touched);
    }

    fn leave(&mut self, at: LandingRef, path: &str, before: &PackageAt) {
        if let Some(state) = self.subjects.get_mut(&before.subject) {
            state.present.remove(path);
        }
        append(&mut self.events, package_event(at, Action::Removed, path, before));
    }

    fn arrive(&mut self, at: LandingRef, path: &str, package: PackageAt, before: Option<&PackageAt>) {
        let state = self.subjects.entry(package.subject.clone()).or_default();
        if state.present.is_empty() {
            state.last.clear();
        }
        state.present.insert(path.to_owned());
        state.last = state.present.clone();
        let unchanged = before.is_some_and(|before| {
            before.subject == package.subject && before.digest == package.digest && before.version == package.version
        });
        if let Some(digest) = package.digest {
            let key = RowKey { version: package.version.clone(), digest };
            let row = state.row_mut(&key);
            row.landed.get_or_insert(at);
            row.fresh = true;
            row.baseline |= package.baseline;
            let elsewhere = row
                .paths
                .iter()
                .filter(|other| {
                    self.packages.get(&***other).is_some_and(|there| there.digest == Some(digest) && there.subject == package.subject)
                })
                .cloned();
            row.paths = elsewhere.chain([shared(path)]).collect();
            if !unchanged {
                row.landed_last = Some(at.position);
            }
            row.described = Some(Described::of(&package));
            if let Some(content) = package.files.first().filter(|_| package.one_file) {
                self.one_file.insert(digest, *content);
            }
            if row.grant.is_some() {
                self.granted_paths.insert(path.to_owned());
            }
        }
        if !unchanged {
            append(&mut self.events, package_event(at, Action::Landed, path, &package));
        }
        self.packages.insert(path.to_owned(), package);
    }

    /// Notes which digest the subject has now: none when its paths disagree.
    fn note_history(&mut self, position: Position, id: &SubjectId) {
        let Some(state) = self.subjects.get_mut(id) else { return };
        let mut digests = state.present.iter().map(|path| self.packages.get(path).and_then(|package| package.digest));
        let first = digests.next().flatten();
        let digest = if digests.all(|digest| digest == first) { first } else { None };
        if state.history.last().map(|(_, last)| *last) != Some(digest) {
            state.history.push((position, digest));
        }
    }

    /// Tells every package anew under a policy that has come into force, without judging anything.
    pub fn remap(&mut self, packages: Vec<(String, PackageAt)>) {
        let at = self.head;
        let gone: Vec<(String, PackageAt)> = std::mem::take(&mut self.packages).into_iter().collect();
        for state in self.subjects.values_mut() {
            state.present.clear();
        }
        let mut touched: BTreeSet<SubjectId> = gone.iter().map(|(_, package)| package.subject.clone()).collect();
        let told: BTreeSet<String> = packages.iter().map(|(path, _)| path.clone()).collect();
        for (path, package) in &gone {
            if !told.contains(path) {
                self.observations.push(
                    Observation::new(RuleId::GovernanceNarrowed)
                        .subject(&package.subject)
                        .place(Place::file(path.as_str()))
                        .landing(at.position, at.commit),
                );
            }
        }
        let before: BTreeMap<String, PackageAt> = gone.into_iter().collect();
        for (path, package) in packages {
            touched.insert(package.subject.clone());
            // Known bytes under the same name are not a new landing.
            self.arrive(at, &path, package, before.get(&path));
        }
        let version = Arc::clone(self.policy());
        for id in &touched {
            self.note_history(at.position, id);
            // A path that begins to be governed may ask for more, and not only from the next landing on.
            if let Some(mut state) = self.subjects.remove(id) {
                for index in 0..state.rows.len() {
                    let mut row = state.rows[index].clone();
                    self.follow_paths(&version, &state, &mut row);
                    state.rows[index] = row;
                }
                self.subjects.insert(id.clone(), state);
            }
            self.settle_current(id);
        }
    }

    /// Whether a record was judged for good. One that lowers and was refused is judged again: whoever lands a copy without its proof must not
    /// be able to void it.
    pub(super) fn is_settled(&self, record: &Record) -> bool {
        self.records.get(&record.digest).is_some_and(|standing| !record.lowers() || matches!(standing.outcome, Outcome::Accepted { .. }))
    }

    /// Proves the author of each record that has not been judged yet.
    fn admit_all(
        &mut self,
        at: LandingRef,
        records: &[Record],
        dropped: &[Record],
        under: &PolicyVersion,
        successor: Option<&PolicyVersion>,
    ) -> Vec<Admitted> {
        let mut admitted = Vec::new();
        for (record, dropped) in
            in_order(records).into_iter().map(|record| (record, false)).chain(in_order(dropped).into_iter().map(|record| (record, true)))
        {
            if self.is_settled(record) && !self.partly.contains(&record.digest) {
                continue;
            }
            let lowers_hard =
                record.decision.as_ref().is_ok_and(|decision| matches!(decision.kind, DecisionKind::Block | DecisionKind::Revoke));
            if dropped && !lowers_hard {
                continue;
            }
            match self.admit(record, dropped, under, successor) {
                Ok(evidence) => {
                    let decision = record.decision.as_ref().expect("an admitted record was read");
                    self.stand(at, record, Outcome::Accepted { evidence: evidence.kind, key: evidence.key_id() });
                    admitted.push(Admitted {
                        digest: record.digest,
                        path: record.path.clone(),
                        decision: Arc::clone(decision),
                        evidence,
                        dropped,
                    });
                }
                Err(_) if dropped => {}
                Err(refusal) => self.refuse(at, record, &refusal),
            }
        }
        admitted
    }

    /// Trust rule 2: where the landing brings a policy into force, raising needs both, lowering either.
    ///
    /// A dropped record is not asked for its date: whoever drops it also dates the merge, and could make it too new.
    pub(super) fn admit(
        &self,
        record: &Record,
        dropped: bool,
        under: &PolicyVersion,
        successor: Option<&PolicyVersion>,
    ) -> Result<Evidence, Refusal> {
        let ledger_time = if dropped { Timestamp::from_unix(i64::MAX) } else { self.ledger_time };
        let occasion = Occasion { ledger_time, candidate: self.candidate };
        if let Ok(decision) = &record.decision {
            if let Some(name) =
                [Some(&decision.principal), decision.recorded_by.as_ref()].into_iter().flatten().find(|name| self.suspended(name))
            {
                let detail = format!("{name} is suspended");
                return Err(Refusal { rule: RuleId::PrincipalSuspended, detail });
            }
            if *record.path != *decision.path() && decision.kind.raises() {
                return Err(Refusal { rule: RuleId::RecordMisplaced, detail: format!("it belongs at {}", decision.path()) });
            }
        }
        let now = attribute(record, under, occasion);
        let Some(successor) = successor else { return now };
        let then = attribute(record, successor, occasion);
        let raises = record.decision.as_ref().is_ok_and(|decision| decision.kind.raises());
        if raises { now.and_then(|evidence| then.map(|_| evidence)) } else { now.or(then) }
    }

    /// Notes what became of a record.
    pub(super) fn stand(&mut self, at: LandingRef, record: &Record, outcome: Outcome) {
        let decision = record.decision.as_ref().ok();
        let standing = RecordStanding {
            path: record.path.clone(),
            landing: at,
            decision: decision.map(|decision| decision.kind),
            principal: decision.map(|decision| decision.principal.clone()),
            subjects: decision.map(|decision| decision.items.iter().map(|item| item.subject.clone()).collect()).unwrap_or_default(),
            signatures: record.signature_files.clone(),
            outcome,
        };
        self.records.insert(record.digest, standing);
    }

    pub(super) fn refuse(&mut self, at: LandingRef, record: &Record, refusal: &Refusal) {
        // A suspension is judged before the other records of its landing and again among them: one refusal is one event.
        let known = self.records.get(&record.digest).is_some_and(|standing| {
            standing.landing == at && matches!(standing.outcome, Outcome::Refused { rule, .. } if rule == refusal.rule)
        });
        self.stand(at, record, Outcome::Refused { rule: refusal.rule, detail: refusal.detail.clone() });
        if known {
            return;
        }
        if let Ok(decision) = &record.decision {
            for item in &decision.items {
                let mut event = decision_event(at, record.digest, decision, &item.subject, &item.version);
                event.path = Some(record.path.clone());
                event.accepted = false;
                event.refused_because = Some(refusal.rule);
                append(&mut self.events, event);
            }
        }
    }

    /// An event of an accepted record, with or without effect.
    pub(super) fn happened(&mut self, at: LandingRef, admitted: &Admitted, item: usize, effect: Result<(), RuleId>) {
        let item = &admitted.decision.items[item];
        let mut event = decision_event(at, admitted.digest, &admitted.decision, &item.subject, &item.version);
        event.path = Some(admitted.path.clone());
        event.evidence = Some(admitted.evidence.kind);
        event.accepted = effect.is_ok();
        event.refused_because = effect.err();
        if effect.is_ok()
            && let Some(rule) = self.uncounted(admitted, item)
        {
            // It stands, and may count under another policy or over other bytes; today it does not.
            event.accepted = false;
            event.refused_because = Some(rule);
        }
        if let Some(rule) = effect.err().filter(|_| !admitted.dropped) {
            let mut observation = Observation::new(rule)
                .subject(&item.subject)
                .principal(&admitted.decision.principal)
                .landing(at.position, at.commit)
                .with("decision", admitted.decision.kind);
            if !admitted.is_live() {
                observation = observation.place(Place::file(&*admitted.path));
            }
            observation.version.clone_from(&event.version);
            self.observations.push(observation);
        }
        if admitted.dropped {
            if effect.is_err() {
                return;
            }
            self.dropped.insert(admitted.digest);
        }
        append(&mut self.events, event);
    }
}

/// Gives every copy of a lowering record the proofs of all its copies in the landing.
fn share_proofs(records: &mut [Record], dropped: &mut [Record]) {
    let mut proofs: BTreeMap<Digest, Vec<crate::signature::Proof>> = BTreeMap::new();
    for record in records.iter().chain(dropped.iter()).filter(|record| record.lowers()) {
        proofs.entry(record.digest).or_default().extend(record.signatures.iter().cloned());
    }
    for record in records.iter_mut().chain(dropped.iter_mut()) {
        if let Some(all) = proofs.get(&record.digest) {
            record.signatures.clone_from(all);
        }
    }
}

/// Records in an order that depends on their content only; the copy at its proper path first.
pub(super) fn in_order(records: &[Record]) -> Vec<&Record> {
    let mut sorted: Vec<&Record> = records.iter().collect();
    let misplaced = |record: &Record| record.decision.as_ref().is_ok_and(|decision| *decision.path() != *record.path);
    sorted.sort_by(|a, b| (a.digest, misplaced(a), &a.path).cmp(&(b.digest, misplaced(b), &b.path)));
    sorted
}

fn package_event(landing: LandingRef, action: Action, path: &str, package: &PackageAt) -> Event {
    Event {
        version: Some(package.version.clone()),
        digest: package.digest,
        path: Some(shared(path)),
        ..Event::new(landing, action, package.subject.clone())
    }
}

/// An event for one item of a decision.
pub(super) fn decision_event(
    landing: LandingRef,
    record: Digest,
    decision: &Decision,
    subject: &SubjectId,
    version: &crate::model::VersionRef,
) -> Event {
    Event {
        version: version.version().cloned(),
        serial: version.serial(),
        digest: version.digest().copied(),
        principal: Some(decision.principal.clone()),
        reason: Some(shared(&decision.reason)),
        record: (decision.review.is_none() || decision.recorded_by.is_some()).then_some(record),
        review: decision.review.as_ref().map(|proof| Box::new(proof.at.clone())),
        ..Event::new(landing, Action::Decision(decision.kind), subject.clone())
    }
}

/// The principal that a `principal/<name>` subject means, when it is one.
pub(super) fn principal_of(subject: &SubjectId) -> Option<PrincipalName> {
    (subject.kind == Kind::Principal).then(|| subject.name.as_str().parse().ok()).flatten()
}
