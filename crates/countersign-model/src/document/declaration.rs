//! What a document can declare about itself: the result of both readers, [`head`](super::head) and
//! the one for broken documents.

use crate::{Risk, Version};

/// What a document declares about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its own name.
    pub name: Option<String>,
    /// The declared version; `None` when there is none or when it does not count.
    pub version: Option<Version>,
    /// The version as written, also when it does not count.
    pub version_written: Option<String>,
    /// Its own risk, which may only raise the policy's.
    pub risk: Option<Risk>,
    /// Its own owner, which must agree with the policy's.
    pub owner: Option<String>,
}

/// A risk in any case, because a risk that is not understood would otherwise lower itself.
pub(super) fn risk(text: &str) -> Option<Risk> {
    [Risk::Low, Risk::Medium, Risk::High, Risk::Critical]
        .into_iter()
        .find(|risk| risk.as_str().eq_ignore_ascii_case(text))
}
