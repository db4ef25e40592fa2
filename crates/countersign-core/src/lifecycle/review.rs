//! Reviews of which a forge told in this run: admitted like records that are proved, and counted by
//! the same rules.
//!
//! They count from the landing at which they are learned, never earlier, exactly as they would when
//! a recorder wrote them down there: who was suspended meanwhile, or is no longer asked, approves
//! nothing by a button pressed on an old pull request.

use std::sync::Arc;

use crate::evidence::review::{ReviewFault, ReviewRefusal, ReviewVote, Reviewed};
use crate::evidence::{Evidence, PolicyVersion};
use countersign_model::{Fact, Observation, RuleId, SubjectId};

use super::admit::Admitted;
use super::ledger::{LandingRef, ReviewStanding, VersionKey};
use super::state::Lifecycle;
use super::tracked_version::TrackedVersion;
use super::vote::Count;

impl Lifecycle {
    /// The approvals among the reviews of `pulls`. Where the landing brings a policy into force,
    /// both policies must know the person.
    pub(super) fn admit_reviews(
        &mut self,
        at: LandingRef,
        pulls: &[Reviewed],
        under: &PolicyVersion,
        successor: Option<&PolicyVersion>,
    ) -> Vec<Admitted> {
        let mut admitted = Vec::new();
        for pull in pulls {
            let judged = pull.judge(under);
            let then = successor.map(|successor| pull.judge(successor).votes);
            for refusal in judged.refusals {
                self.refuse_review(at, refusal);
            }
            for vote in judged.votes {
                if then.as_ref().is_some_and(|then| !then.contains(&vote)) {
                    let fault = ReviewFault::UnknownAccount;
                    let about = Some((vote.subject.clone(), vote.version.clone(), vote.digest));
                    let principal = Some(vote.principal.clone());
                    self.refuse_review(
                        at,
                        ReviewRefusal {
                            at: vote.proof.at.clone(),
                            principal,
                            login: None,
                            about,
                            fault,
                        },
                    );
                } else if self.suspended(&vote.principal) {
                    self.observations.push(
                        about(at, &vote, RuleId::ReviewNotCounted)
                            .with(Fact::Why, "they are suspended"),
                    );
                } else {
                    admitted.push(self.admit_review(vote, under));
                }
            }
        }
        admitted
    }

    fn admit_review(&mut self, vote: ReviewVote, under: &PolicyVersion) -> Admitted {
        let decision = vote.decision(&under.policy.repository);
        let admitted = Admitted {
            digest: vote.stand_in(),
            path: decision.path().into(),
            decision: Arc::new(decision),
            evidence: Evidence::of_forge(),
            dropped: None,
        };
        self.reviews.push(ReviewStanding {
            at: vote.proof.at.clone(),
            principal: Some(vote.principal),
            login: None,
            about: Some((
                vote.subject,
                VersionKey {
                    version: vote.version,
                    digest: vote.digest,
                },
            )),
            outcome: Ok(vote.proof),
        });
        admitted
    }

    fn refuse_review(&mut self, at: LandingRef, refusal: ReviewRefusal) {
        let ReviewRefusal {
            at: review,
            principal,
            login,
            about,
            fault,
        } = refusal;
        if let (Some(rule), Some(principal)) = (fault.rule(), &principal) {
            let mut observation = Observation::new(rule)
                .principal(principal)
                .landing(at.position, at.commit)
                .with(Fact::Pull, review.pull)
                .with(Fact::Why, &fault);
            if let Some((subject, version, _)) = &about {
                observation = observation.subject(subject).version(version);
            }
            self.observations.push(observation);
        }
        let about =
            about.map(|(subject, version, digest)| (subject, VersionKey { version, digest }));
        self.reviews.push(ReviewStanding {
            at: review,
            principal,
            login,
            about,
            outcome: Err(fault),
        });
    }

    /// Why a person's review, which is an approval, counts for nothing on this version.
    pub(super) fn idle_review(
        &self,
        observation: Observation,
        rule: RuleId,
        tracked: &TrackedVersion,
        count: &Count<'_>,
    ) -> Observation {
        let principal = observation.principal.clone();
        let about = |standing: &&ReviewStanding| {
            let same = |(subject, key): &(SubjectId, VersionKey)| {
                observation.subject.as_ref() == Some(subject) && *key == tracked.key
            };
            standing.principal == principal
                && standing.outcome.is_ok()
                && standing.about.as_ref().is_some_and(same)
        };
        let why = match rule {
            RuleId::SelfApproval => {
                let role = principal
                    .as_ref()
                    .and_then(|name| count.exclusion.excluded.get(name))
                    .copied()
                    .unwrap_or("contributor");
                format!("they contributed to it ({role})")
            }
            RuleId::PrincipalSuspended => "they are suspended".to_owned(),
            RuleId::EvidenceNotAccepted => "a review is not evidence that counts here".to_owned(),
            _ => "no rule names them".to_owned(),
        };
        let pull = self
            .reviews
            .iter()
            .rev()
            .find(about)
            .map(|standing| standing.at.pull);
        let observation = observation.with(Fact::Why, why);
        match pull {
            Some(pull) => observation.with(Fact::Pull, pull),
            None => observation,
        }
    }
}

fn about(at: LandingRef, vote: &ReviewVote, rule: RuleId) -> Observation {
    Observation::new(rule)
        .subject(&vote.subject)
        .version(&vote.version)
        .principal(&vote.principal)
        .landing(at.position, at.commit)
        .with(Fact::Pull, vote.proof.at.pull)
}
