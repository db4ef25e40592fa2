//! One landing: the order in which its facts take effect.
//!
//! 1. ledger time and the commits' people; 2. bytes in the tree; 3. who is suspended; 4. whether
//!    the landing brings a policy into force;
//! 5. revocations, blocks and rejects; 6. votes; 7. grants and lifted blocks; 8. deprecations,
//!    archivings, rollbacks; 9. current versions.
//!
//! Lowering comes before raising and never the other way round, so within one landing the lowering
//! decision wins and file order cannot matter.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evidence::Record;
use countersign_model::policy_input::SignedCommits;
use countersign_model::{Digest, Fact, Kind, Observation, PrincipalName, RuleId, SubjectId};

use super::admit::{Arrived, share_proofs};
use super::compact::append;
use super::input::Landing;
use super::ledger::{Action, LandingRef};
use super::policy_change::policy_event;
use super::state::Lifecycle;

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
            mut side_records,
            side_copies,
            reviews,
            side_policies,
            commits,
            resembling,
            governance,
            signer,
            malformed,
        } = landing;
        self.head = at;
        self.candidate = candidate;
        append(&mut self.landings, at.commit);
        self.advance_ledger_time(at);
        self.arriving.copied_work = self.copies_work(&commits);
        self.note_deciding(at, &commits, &packages);
        self.provenance.record(at.position, commits);
        self.provenance.resemble(&resembling);
        if self.landings.len() == 1 {
            let anchor = Arc::clone(self.policy());
            append(
                &mut self.events,
                policy_event(at, Action::PolicyInForce, &anchor),
            );
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
            if let Some(record) = self.record_files.remove(&*path) {
                self.removed_records.insert(record, at.position);
            }
        }
        // What lowers and is no regular file is in effect, but not as a file of the tree.
        for record in
            records.extract_if(.., |record| record.mode_fault.is_some() && record.lowers())
        {
            self.record_files.remove(&*record.path);
            side_records.push(record);
        }
        for record in &records {
            self.record_files.insert(record.path.clone(), record.digest);
        }
        share_proofs(&mut records, &mut side_records);
        // What the tree brings now needs no note of when it was seen first.
        let brought = |digest: &Digest| records.iter().any(|record| record.digest == *digest);
        let timed = |record: &&Record| {
            record.raises()
                || record
                    .decision
                    .as_ref()
                    .is_ok_and(|decision| decision.concerns_policy())
        };
        for record in side_records
            .iter()
            .filter(timed)
            .filter(|record| !brought(&record.digest))
        {
            self.seen_on_side
                .entry(record.digest)
                .or_insert(at.position);
        }
        self.partly.clear();
        let under = Arc::clone(self.policy());
        let arrived = Arrived {
            records: &records,
            side: &side_records,
            copies: &side_copies,
        };
        if self.suspend(at, arrived, &under) {
            self.judge_all(&mut dirty);
        }
        let successor = self.judge_policy(at, arrived, &side_policies, &under);
        // Decisions about people alone were judged before anyone came back.
        let others = |record: &Record| {
            !record.decision.as_ref().is_ok_and(|decision| {
                let mut items = decision.items.iter();
                items.all(|item| principal_of(&item.subject).is_some())
            })
        };
        let mut admitted = self.admit_all(at, arrived, &under, successor.as_deref(), others);
        admitted.extend(self.admit_reviews(at, &reviews, &under, successor.as_deref()));
        self.successor.clone_from(&successor);
        self.decide(at, &admitted, &under, successor.as_deref(), &mut dirty);
        self.successor = None;
        self.arriving.lines_wanted =
            self.wants_other_lines(arrived, &side_policies, successor.as_deref());
        match successor {
            // A candidate's policy will judge what lands after it, never the candidate itself.
            Some(successor) if candidate => self.policy.accepted = Some(successor.digest),
            Some(successor) => self.bring_into_force(at, &successor),
            None => {}
        }
    }

    /// Marks every version: whose votes count has changed.
    fn judge_all(&mut self, dirty: &mut BTreeSet<SubjectId>) {
        for (id, state) in &mut self.subjects {
            dirty.insert(id.clone());
            for tracked in &mut state.versions {
                tracked.fresh = true;
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

    fn require_signature(
        &mut self,
        at: LandingRef,
        governance: bool,
        signer: Option<&countersign_model::KeyId>,
        malformed: Option<String>,
    ) {
        let version = self.policy();
        let wanted = match version.policy.signed_commits {
            SignedCommits::None => false,
            SignedCommits::Governance => governance,
            SignedCommits::All => true,
        };
        if let Some(why) = malformed.filter(|_| wanted || governance) {
            self.observations.push(
                Observation::new(RuleId::CommitSignatureNotCanonical)
                    .landing(at.position, at.commit)
                    .with(Fact::Why, why),
            );
        }
        let version = self.policy();
        if wanted
            && at.commit.is_some()
            && signer.is_none_or(|key| version.roster.owner_by_id(key).is_none())
        {
            self.observations
                .push(Observation::new(RuleId::UnsignedLanding).landing(at.position, at.commit));
        }
    }
}

/// The subject of decisions about a principal.
pub(super) fn subject_of(name: &PrincipalName) -> Option<SubjectId> {
    format!("{}/{name}", Kind::Principal).parse().ok()
}

/// The principal that a `principal/<name>` subject means, when it is one.
pub(super) fn principal_of(subject: &SubjectId) -> Option<PrincipalName> {
    (subject.kind == Kind::Principal)
        .then(|| subject.name.as_str().parse().ok())
        .flatten()
}
