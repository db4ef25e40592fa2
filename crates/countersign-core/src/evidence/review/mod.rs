//! Which reviews of a pull request are approvals of the bytes that land, under one policy. Pure.
//! Trust rule 8.
//!
//! A forge's approval is evidence of a token, not of bytes: the commit that it names may be another
//! one than was looked at. So everything is held against the bytes at the commits that the forge
//! names, and only the forge's own clock orders anything. Whether the person is asked for,
//! contributed, or gave evidence that counts, is for `lifecycle` to say, as for every vote.

mod differences;
mod fault;
mod opinion;
mod person;
pub mod recorded;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_forge::{HeadEventKind, Pull, Review};
use countersign_model::{
    Decision, DecisionItem, DecisionKind, Digest, ForgeAccount, Meaning, ObjectId, PrincipalName,
    ReviewProof, ReviewRef, SeenEvent, SeenKind, SubjectId, Version, VersionRef,
};

use super::PolicyVersion;

pub use differences::{Difference, differences};
pub use fault::ReviewFault;
use opinion::Opinion;

/// A pull request as far as it concerns one landing, with what is at the commits that it names.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// What the forge says.
    pub pull: Arc<Pull>,
    /// Why the landing did not come about by this pull request, or would not; `None` where it did
    /// or would.
    pub elsewhere: Option<ReviewFault>,
    /// What the landing changes in governed paths, one per path.
    pub lands: Vec<Lands>,
    /// What is at each commit that the pull request names; a commit that is not here is missing in
    /// this clone.
    pub commits: BTreeMap<ObjectId, BytesAt>,
}

/// Bytes that land at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lands {
    /// The governed path.
    pub path: String,
    /// What is there.
    pub subject: SubjectId,
    /// Which version.
    pub version: Version,
    /// Which bytes.
    pub digest: Digest,
}

/// What is at one commit, at the paths that the landing changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BytesAt {
    /// By path; nothing where no package lies or one that is refused.
    pub digests: BTreeMap<String, Digest>,
    /// Paths at which the commit differs from every commit where the pull request branched off.
    pub changed: BTreeSet<String>,
    /// Where other bytes came in after this commit: the first later commit of the pull request that
    /// has others at the path.
    pub through: BTreeMap<String, ObjectId>,
}

/// A review that is an approval of bytes that land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewVote {
    /// Who.
    pub principal: PrincipalName,
    /// Of what.
    pub subject: SubjectId,
    /// Which version.
    pub version: Version,
    /// Which bytes.
    pub digest: Digest,
    /// Everything that shows it.
    pub proof: ReviewProof,
}

/// A review that is none, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRefusal {
    /// Which review.
    pub at: ReviewRef,
    /// Whose, where that is known.
    pub principal: Option<PrincipalName>,
    /// The login that the forge shows; hostile text.
    pub login: Option<String>,
    /// Of what, and which version and bytes of it land; `None` when the review counts for nothing
    /// at all.
    pub about: Option<(SubjectId, Version, Digest)>,
    /// Why.
    pub fault: ReviewFault,
}

/// What the reviews of one pull request amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgment {
    /// Approvals, by person and subject.
    pub votes: Vec<ReviewVote>,
    /// What is none.
    pub refusals: Vec<ReviewRefusal>,
}

/// The one person of the policy who has an account.
pub fn holder(
    account: &ForgeAccount,
    version: &PolicyVersion,
) -> Result<PrincipalName, ReviewFault> {
    person::of(account.id, &account.forge, version)
}

impl Reviewed {
    /// Host of the forge, and `owner/name` there.
    fn place(&self) -> (&str, &str) {
        self.pull
            .request
            .repository
            .split_once('/')
            .unwrap_or((&self.pull.request.repository, ""))
    }

    /// The account that opened the pull request, where the forge still knows it.
    pub fn opener(&self) -> Option<ForgeAccount> {
        let author = self.pull.request.author.as_ref()?;
        Some(ForgeAccount {
            forge: self.place().0.to_owned(),
            id: author.id,
        })
    }

    fn reference(&self, review: &Review) -> ReviewRef {
        let (forge, repository) = self.place();
        ReviewRef {
            forge: forge.to_owned(),
            repository: repository.to_owned(),
            pull: self.pull.request.number,
            review_id: review.id,
        }
    }

    /// Judges every review under `version`.
    pub fn judge(&self, version: &PolicyVersion) -> Judgment {
        let mut judgment = Judgment::default();
        for opinion in opinion::all(&self.pull.reviews) {
            match self.approver(&opinion, version) {
                Ok((principal, approvals)) => {
                    self.judge_approvals(&principal, &approvals, &mut judgment);
                }
                Err(fault) => {
                    let review = opinion.last();
                    let principal = review
                        .account
                        .as_ref()
                        .and_then(|account| person::of(account.id, self.place().0, version).ok());
                    judgment
                        .refusals
                        .push(self.refusal(review, principal, None, fault));
                }
            }
        }
        judgment.votes.sort_by(|a, b| {
            (&a.principal, &a.subject, a.proof.at.review_id).cmp(&(
                &b.principal,
                &b.subject,
                b.proof.at.review_id,
            ))
        });
        judgment
    }

    /// The person whose standing opinion is an approval on this pull request, with the reviews that
    /// say so.
    fn approver<'r>(
        &self,
        opinion: &Opinion<'r>,
        version: &PolicyVersion,
    ) -> Result<(PrincipalName, Vec<&'r Review>), ReviewFault> {
        let principal = person::behind(opinion.last().account.as_ref(), self.place().0, version)?;
        let approvals = opinion.approvals()?;
        let request = &self.pull.request;
        if !request
            .repository
            .eq_ignore_ascii_case(&version.policy.repository)
        {
            return Err(ReviewFault::OtherRepository(request.repository.clone()));
        }
        if request.base != version.policy.branch {
            return Err(ReviewFault::OtherBase(request.base.clone()));
        }
        if let Some(fault) = &self.elsewhere {
            return Err(fault.clone());
        }
        Ok((principal, approvals))
    }

    fn judge_approvals(
        &self,
        principal: &PrincipalName,
        approvals: &[&Review],
        judgment: &mut Judgment,
    ) {
        let mut subjects: BTreeMap<&SubjectId, Vec<&Lands>> = BTreeMap::new();
        for lands in &self.lands {
            subjects.entry(&lands.subject).or_default().push(lands);
        }
        for (subject, lands) in subjects {
            // Several in one second: no one knows which came last, so every one of them must be
            // good.
            let mut proof = Err(ReviewFault::Unchanged);
            let mut review = approvals[0];
            for approval in approvals {
                review = approval;
                proof = self.proof(approval, &lands);
                if proof.is_err() {
                    break;
                }
            }
            let (version, digest) = (lands[0].version.clone(), lands[0].digest);
            match proof {
                Ok(proof) => {
                    judgment.votes.push(ReviewVote {
                        principal: principal.clone(),
                        subject: subject.clone(),
                        version,
                        digest,
                        proof,
                    });
                }
                Err(fault) => {
                    let about = Some((subject.clone(), version, digest));
                    judgment.refusals.push(self.refusal(
                        review,
                        Some(principal.clone()),
                        about,
                        fault,
                    ));
                }
            }
        }
    }

    fn refusal(
        &self,
        review: &Review,
        principal: Option<PrincipalName>,
        about: Option<(SubjectId, Version, Digest)>,
        fault: ReviewFault,
    ) -> ReviewRefusal {
        let login = review.account.as_ref().map(|account| account.login.clone());
        ReviewRefusal {
            at: self.reference(review),
            principal,
            login,
            about,
            fault,
        }
    }

    /// Everything that shows that `review` is of the bytes of one subject that land.
    fn proof(&self, review: &Review, lands: &[&Lands]) -> Result<ReviewProof, ReviewFault> {
        let first = lands[0];
        if lands
            .iter()
            .any(|other| (&other.version, other.digest) != (&first.version, first.digest))
        {
            return Err(ReviewFault::Ambiguous);
        }
        let submitted = review.submitted.ok_or(ReviewFault::Unsubmitted)?;
        let commit = review.commit.ok_or(ReviewFault::CommitUnknown)?;
        let head = self.pull.request.head;
        let now = self
            .commits
            .get(&head)
            .ok_or(ReviewFault::CommitMissing(head))?;
        let reviewed = self
            .commits
            .get(&commit)
            .ok_or(ReviewFault::CommitMissing(commit))?;
        for lands in lands {
            if !now.changed.contains(&lands.path) && !reviewed.changed.contains(&lands.path) {
                return Err(ReviewFault::Unchanged);
            }
            if reviewed.digests.get(&lands.path) != Some(&lands.digest) {
                return Err(ReviewFault::Stale {
                    commit,
                    through: reviewed.through.get(&lands.path).copied(),
                });
            }
            if !reviewed.changed.contains(&lands.path) {
                return Err(ReviewFault::Unchanged);
            }
        }
        if lands
            .iter()
            .any(|lands| now.digests.get(&lands.path) != Some(&lands.digest))
        {
            return Err(ReviewFault::GoneFromHead(head));
        }
        let mut events = Vec::new();
        for event in &self.pull.events {
            // What is stamped with the same second may have come before or after: it is taken to
            // have come after.
            let after = event.at >= submitted;
            let kind = match &event.kind {
                HeadEventKind::BaseChanged if after => {
                    return Err(ReviewFault::BaseChanged(event.at));
                }
                HeadEventKind::BaseForcePush if after => {
                    return Err(ReviewFault::BaseReplaced(event.at));
                }
                HeadEventKind::BaseChanged => SeenKind::BaseChanged,
                HeadEventKind::BaseForcePush => SeenKind::BaseForcePush,
                HeadEventKind::ForcePush { before, after: to } => {
                    let digest = before
                        .and_then(|before| self.commits.get(&before))
                        .and_then(|at| at.digests.get(&first.path))
                        .copied();
                    if after {
                        self.same_before(*before, event.at, lands)?;
                    }
                    SeenKind::ForcePush {
                        before: *before,
                        after: *to,
                        digest,
                    }
                }
            };
            events.push(SeenEvent { at: event.at, kind });
        }
        Ok(ReviewProof {
            at: self.reference(review),
            user_id: review
                .account
                .as_ref()
                .map(|account| account.id)
                .unwrap_or_default(),
            state: ReviewRef::APPROVED.to_owned(),
            head: commit,
            head_digest: first.digest,
            submitted,
            events,
        })
    }

    /// A force-push after the review: the forge may have pointed the review elsewhere, so what was
    /// there before must have been the same.
    fn same_before(
        &self,
        before: Option<ObjectId>,
        at: countersign_model::Timestamp,
        lands: &[&Lands],
    ) -> Result<(), ReviewFault> {
        let before = before.ok_or(ReviewFault::BeforeUnknown(at))?;
        let there = self
            .commits
            .get(&before)
            .ok_or(ReviewFault::CommitMissing(before))?;
        if lands
            .iter()
            .any(|lands| there.digests.get(&lands.path) != Some(&lands.digest))
        {
            return Err(ReviewFault::ForcePushed { before, at });
        }
        Ok(())
    }
}

impl ReviewVote {
    /// The approval that the review is, as a decision. The recorder adds their own name.
    pub fn decision(&self, repository: &str) -> Decision {
        Decision {
            kind: DecisionKind::Approve,
            items: vec![DecisionItem {
                subject: self.subject.clone(),
                version: VersionRef::One(self.version.clone(), self.digest),
            }],
            batch: false,
            repository: repository.to_owned(),
            principal: self.principal.clone(),
            meaning: Meaning::Approval,
            reason: format!("Approved in pull request {}.", self.proof.at.pull),
            time: self.proof.submitted,
            answers: Vec::new(),
            expires: None,
            replacement: None,
            sunset: None,
            to: None,
            refs: Vec::new(),
            recorded_by: None,
            review: Some(self.proof.clone()),
        }
    }

    /// What stands for the record that there is none of.
    pub fn stand_in(&self) -> Digest {
        let ReviewRef {
            forge,
            repository,
            pull,
            review_id,
        } = &self.proof.at;
        Digest::of(
            format!(
                "review\0{forge}\0{repository}\0{pull}\0{review_id}\0{}\0{}\0{}",
                self.subject, self.version, self.digest
            )
            .as_bytes(),
        )
    }
}
