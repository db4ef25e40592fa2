//! Recorded reviews beside what the forge says now, for every format.

use crate::evidence::review::Difference;
use crate::model::{PrincipalName, ReviewRef, SubjectId, VersionRef};

/// A recorded review and what differs since.
#[derive(Clone, Debug)]
pub struct VerifiedReview {
    /// Where the record lies.
    pub path: String,
    /// Who approved.
    pub principal: PrincipalName,
    /// What.
    pub subject: SubjectId,
    /// Which version.
    pub version: VersionRef,
    /// Which review.
    pub at: ReviewRef,
    /// What the forge says differently.
    pub differs: Vec<Difference>,
}
