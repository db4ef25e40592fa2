//! What was recorded of reviews, and what differs since.

use schemars::JsonSchema;
use serde::Serialize;

use super::log::ReviewOut;
use crate::render::reviews::VerifiedReview;

/// The output of `reviews record`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReviewsRecorded {
    /// `countersign.reviews-recorded/v1`.
    pub schema: &'static str,
    /// Records that were written.
    pub written: Vec<String>,
    /// Records that existed already.
    pub existing: Vec<String>,
}

/// The output of `reviews verify`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReviewsVerified {
    /// `countersign.reviews-verified/v1`.
    pub schema: &'static str,
    /// By path.
    pub reviews: Vec<VerifiedOut>,
}

/// One recorded review.
#[derive(Clone, Debug, Serialize, JsonSchema)]
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
    pub differences: Vec<DifferenceOut>,
}

/// One difference.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DifferenceOut {
    /// `repository`, `branch`, `deleted`, `state`, `re-pointed`, `account`, `submitted`,
    /// `superseded`, `new-event` or `lost-event`.
    pub what: &'static str,
    /// In words.
    pub now: String,
}

/// The view of what `reviews record` did.
pub fn reviews_recorded(written: &[String], existing: &[String]) -> ReviewsRecorded {
    ReviewsRecorded {
        schema: "countersign.reviews-recorded/v1",
        written: written.to_vec(),
        existing: existing.to_vec(),
    }
}

/// The view of what `reviews verify` found.
pub fn reviews_verified(reviews: &[VerifiedReview]) -> ReviewsVerified {
    let one = |review: &VerifiedReview| VerifiedOut {
        path: review.path.clone(),
        principal: review.principal.to_string(),
        subject: review.subject.to_string(),
        version: review.version.to_string(),
        review: ReviewOut::new(&review.at),
        same: review.differences.is_empty(),
        differences: review
            .differences
            .iter()
            .map(|one| DifferenceOut {
                what: one.as_str(),
                now: one.to_string(),
            })
            .collect(),
    };
    ReviewsVerified {
        schema: "countersign.reviews-verified/v1",
        reviews: reviews.iter().map(one).collect(),
    }
}
