//! `countersign.reviews/v1`: what was recorded, and what differs since.

use serde::Serialize;

use super::log::ReviewOut;
use crate::render::reviews::VerifiedReview;

const SCHEMA: &str = "countersign.reviews/v1";

/// The output of `reviews record`.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// `countersign.reviews/v1`.
    pub schema: &'static str,
    /// Records that were written.
    pub written: Vec<String>,
    /// Records that existed already.
    pub known: Vec<String>,
}

/// The output of `reviews verify`.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// `countersign.reviews/v1`.
    pub schema: &'static str,
    /// By path.
    pub reviews: Vec<VerifiedOut>,
}

/// One recorded review.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedOut {
    /// Path of the record.
    pub path: String,
    /// Who approved.
    pub principal: String,
    /// What.
    pub subject: String,
    /// Which version.
    pub version: String,
    /// Which review.
    #[serde(flatten)]
    pub review: ReviewOut,
    /// Whether the forge says the same.
    pub same: bool,
    /// The differences.
    pub differs: Vec<DifferenceOut>,
}

/// One difference.
#[derive(Clone, Debug, Serialize)]
pub struct DifferenceOut {
    /// `repository`, `branch`, `deleted`, `state`, `re-pointed`, `account`, `submitted`,
    /// `superseded`, `new-event` or `lost-event`.
    pub what: &'static str,
    /// In words.
    pub now: String,
}

/// The view of what `reviews record` did.
pub fn reviews_recorded(written: &[String], known: &[String]) -> Recorded {
    Recorded {
        schema: SCHEMA,
        written: written.to_vec(),
        known: known.to_vec(),
    }
}

/// The view of what `reviews verify` found.
pub fn reviews_verified(reviews: &[VerifiedReview]) -> Verified {
    let one = |review: &VerifiedReview| VerifiedOut {
        path: review.path.clone(),
        principal: review.principal.to_string(),
        subject: review.subject.to_string(),
        version: review.version.to_string(),
        review: ReviewOut::new(&review.at),
        same: review.differs.is_empty(),
        differs: review
            .differs
            .iter()
            .map(|one| DifferenceOut {
                what: one.as_str(),
                now: one.to_string(),
            })
            .collect(),
    };
    Verified {
        schema: SCHEMA,
        reviews: reviews.iter().map(one).collect(),
    }
}
