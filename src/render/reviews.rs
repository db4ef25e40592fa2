//! Recorded reviews compared with the forge, for every format.

use crate::evidence::review::Difference;
use crate::model::{PrincipalName, ReviewRef, SubjectId, VersionRef};

/// A recorded review and what differs since.
#[derive(Clone, Debug)]
pub struct VerifiedReview {
    /// Path of the record.
    pub path: String,
    /// Who approved.
    pub principal: PrincipalName,
    /// What.
    pub subject: SubjectId,
    /// Which version.
    pub version: VersionRef,
    /// Which review.
    pub at: ReviewRef,
    /// The differences.
    pub differences: Vec<Difference>,
}
