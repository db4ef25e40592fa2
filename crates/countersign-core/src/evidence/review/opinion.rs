//! What a person's reviews of a pull request amount to: the latest opinion counts, and a comment is
//! not one.
//!
//! A dismissed review leaves no opinion; it does not bring an older approval back.

use std::collections::BTreeMap;

use countersign_forge::{Review, ReviewState};

use super::fault::ReviewFault;

/// Everything that one account said.
pub(super) struct Opinion<'r> {
    reviews: Vec<&'r Review>,
}

/// The opinions of all accounts, by account id; each review of no account is an opinion of its own.
pub(super) fn all(reviews: &[Review]) -> Vec<Opinion<'_>> {
    let mut by_account: BTreeMap<u64, Vec<&Review>> = BTreeMap::new();
    let mut opinions = Vec::new();
    for review in reviews {
        match &review.account {
            Some(account) => by_account.entry(account.id).or_default().push(review),
            None => opinions.push(Opinion {
                reviews: vec![review],
            }),
        }
    }
    let mut known: Vec<Opinion<'_>> = by_account
        .into_values()
        .map(|mut reviews| {
            reviews.sort_by_key(|review| (review.submitted, review.id));
            Opinion { reviews }
        })
        .collect();
    known.append(&mut opinions);
    known
}

impl<'r> Opinion<'r> {
    /// The review that settles it, else the last one.
    pub fn last(&self) -> &'r Review {
        self.standing()
            .last()
            .copied()
            .unwrap_or_else(|| self.reviews[self.reviews.len() - 1])
    }

    /// The approvals that stand: those of the latest second in which there was an opinion, when
    /// nothing else was said in it.
    pub fn approvals(&self) -> Result<Vec<&'r Review>, ReviewFault> {
        let standing = self.standing();
        if let Some(fault) = standing.iter().find_map(|review| objection(review)) {
            return Err(fault);
        }
        if standing.is_empty() {
            let submitted = self
                .reviews
                .iter()
                .any(|review| review.state != ReviewState::Pending);
            return Err(if submitted {
                ReviewFault::Commented
            } else {
                ReviewFault::Unsubmitted
            });
        }
        Ok(standing)
    }

    /// The opinions of the latest second; one without a time could be the latest.
    fn standing(&self) -> Vec<&'r Review> {
        let opinions = || {
            self.reviews
                .iter()
                .copied()
                .filter(|review| is_opinion(review.state))
        };
        let undated: Vec<&Review> = opinions()
            .filter(|review| review.submitted.is_none())
            .collect();
        if !undated.is_empty() {
            return undated;
        }
        let latest = opinions().filter_map(|review| review.submitted).max();
        opinions()
            .filter(|review| review.submitted == latest)
            .collect()
    }
}

const fn is_opinion(state: ReviewState) -> bool {
    match state {
        ReviewState::Approved
        | ReviewState::ChangesRequested
        | ReviewState::Dismissed
        | ReviewState::Unknown => true,
        ReviewState::Commented | ReviewState::Pending => false,
    }
}

fn objection(review: &Review) -> Option<ReviewFault> {
    match review.state {
        ReviewState::ChangesRequested => Some(ReviewFault::ChangesRequested),
        ReviewState::Dismissed => Some(ReviewFault::Dismissed),
        ReviewState::Unknown => Some(ReviewFault::UnknownState),
        _ if review.submitted.is_none() => Some(ReviewFault::Unsubmitted),
        _ => None,
    }
}
