//! What a forge says now of a review that was recorded, where it says something else. Pure.

use std::fmt;

use countersign_forge::{HeadEvent, HeadEventKind, Pull, Review, ReviewState};
use countersign_model::{ObjectId, Policy, ReviewProof, SeenEvent, SeenKind, Timestamp};

/// One thing that is no longer as it was recorded. None of them takes the approval back: what was
/// proved at its landing stays proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The pull request is one of another repository.
    Repository(String),
    /// The pull request goes to another branch.
    Branch(String),
    /// There is no such review any more.
    Deleted,
    /// It has another state now.
    State(&'static str),
    /// The forge names another commit as the one that was reviewed, or none.
    Commit(Option<ObjectId>),
    /// It is someone else's account, or no one's.
    Account(Option<u64>),
    /// It was submitted at another time, or at none.
    Submitted(Option<Timestamp>),
    /// The same account has said something else since.
    Since(&'static str, Option<Timestamp>),
    /// An event of which the record knows nothing.
    NewEvent(SeenEvent),
    /// An event of which the forge knows nothing any more.
    LostEvent(SeenEvent),
}

impl Difference {
    /// The word in JSON.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Repository(_) => "repository",
            Self::Branch(_) => "branch",
            Self::Deleted => "deleted",
            Self::State(_) => "state",
            Self::Commit(_) => "re-pointed",
            Self::Account(_) => "account",
            Self::Submitted(_) => "submitted",
            Self::Since(..) => "superseded",
            Self::NewEvent(_) => "new-event",
            Self::LostEvent(_) => "lost-event",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository(name) => write!(f, "the pull request belongs to {name}"),
            Self::Branch(name) => write!(f, "the pull request targets the branch {name}"),
            Self::Deleted => f.write_str("the forge no longer has this review"),
            Self::State(state) => write!(f, "it is {state} now"),
            Self::Commit(Some(commit)) => write!(f, "it is for commit {commit} now"),
            Self::Commit(None) => f.write_str("it is for no commit now"),
            Self::Account(Some(id)) => write!(f, "it is by account {id} now"),
            Self::Account(None) => f.write_str("its account is gone"),
            Self::Submitted(Some(time)) => write!(f, "it was submitted at {time} now"),
            Self::Submitted(None) => f.write_str("it has no time of submission now"),
            Self::Since(state, Some(time)) => write!(f, "the same account has {state} at {time}"),
            Self::Since(state, None) => write!(f, "the same account has {state} since"),
            Self::NewEvent(event) => write!(f, "the record lacks: {event}"),
            Self::LostEvent(event) => write!(f, "the forge no longer has: {event}"),
        }
    }
}

/// Where `pull` differs from what `proof` says of one of its reviews, and from a pull request to
/// the branch that `policy` governs.
pub fn differences(proof: &ReviewProof, pull: &Pull, policy: &Policy) -> Vec<Difference> {
    let mut found = Vec::new();
    // Numbers of pull requests are one repository's own, and a review of another branch's says
    // nothing about what lands here.
    if !proof.at.is_in(&policy.repository) {
        found.push(Difference::Repository(format!(
            "{}/{}",
            proof.at.forge, proof.at.repository
        )));
    } else if !pull
        .request
        .repository
        .eq_ignore_ascii_case(&policy.repository)
        || pull.request.number != proof.at.pull
    {
        found.push(Difference::Repository(pull.request.repository.clone()));
    }
    if pull.request.base != policy.branch {
        found.push(Difference::Branch(pull.request.base.clone()));
    }
    match pull
        .reviews
        .iter()
        .find(|review| review.id == proof.at.review_id)
    {
        None => found.push(Difference::Deleted),
        Some(review) => of_review(proof, review, &mut found),
    }
    let later = |review: &&Review| {
        review.id != proof.at.review_id
            && review
                .account
                .as_ref()
                .is_some_and(|account| account.id == proof.user_id)
            && review
                .submitted
                .is_none_or(|submitted| submitted >= proof.submitted)
            && matches!(
                review.state,
                ReviewState::ChangesRequested | ReviewState::Dismissed | ReviewState::Unknown
            )
    };
    found.extend(
        pull.reviews
            .iter()
            .filter(later)
            .map(|review| Difference::Since(word(review.state), review.submitted)),
    );
    let same = |seen: &SeenEvent, current: &HeadEvent| {
        seen.at == current.at && same_kind(&seen.kind, &current.kind)
    };
    let new = pull
        .events
        .iter()
        .filter(|current| !proof.events.iter().any(|seen| same(seen, current)));
    found.extend(new.map(|current| Difference::NewEvent(seen(current))));
    let lost = proof
        .events
        .iter()
        .filter(|seen| !pull.events.iter().any(|current| same(seen, current)));
    found.extend(lost.cloned().map(Difference::LostEvent));
    found
}

fn of_review(proof: &ReviewProof, review: &Review, found: &mut Vec<Difference>) {
    if review.state != ReviewState::Approved {
        found.push(Difference::State(word(review.state)));
    }
    if review.commit != Some(proof.head) {
        found.push(Difference::Commit(review.commit));
    }
    let account = review.account.as_ref().map(|account| account.id);
    if account != Some(proof.user_id) {
        found.push(Difference::Account(account));
    }
    if review.submitted != Some(proof.submitted) {
        found.push(Difference::Submitted(review.submitted));
    }
}

const fn word(state: ReviewState) -> &'static str {
    match state {
        ReviewState::Approved => "approved",
        ReviewState::ChangesRequested => "requested changes",
        ReviewState::Commented => "commented",
        ReviewState::Dismissed => "dismissed",
        ReviewState::Pending => "not submitted",
        ReviewState::Unknown => "in a state unknown to this program",
    }
}

fn same_kind(seen: &SeenKind, current: &HeadEventKind) -> bool {
    match (seen, current) {
        (SeenKind::BaseChanged, HeadEventKind::BaseChanged)
        | (SeenKind::BaseForcePush, HeadEventKind::BaseForcePush) => true,
        (
            SeenKind::ForcePush { before, after, .. },
            HeadEventKind::ForcePush {
                before: told_before,
                after: told_after,
            },
        ) => before == told_before && after == told_after,
        _ => false,
    }
}

fn seen(current: &HeadEvent) -> SeenEvent {
    let kind = match &current.kind {
        HeadEventKind::BaseChanged => SeenKind::BaseChanged,
        HeadEventKind::BaseForcePush => SeenKind::BaseForcePush,
        HeadEventKind::ForcePush { before, after } => SeenKind::ForcePush {
            before: *before,
            after: *after,
            digest: None,
        },
    };
    SeenEvent {
        at: current.at,
        kind,
    }
}
