//! What attribution is given beside a record, and what it answers.

use countersign_model::{EvidenceKind, RuleId, Timestamp};
use countersign_signature::KeyHandle;

/// What the landing adds to the question.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// Ledger time at the landing.
    pub ledger_time: Timestamp,
    /// Whether the landing is a candidate: what squash or rebase would lose does not count there.
    pub candidate: bool,
}

/// Proof of authorship that one policy accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Which form.
    pub kind: EvidenceKind,
    /// The key that vouches for it, as the policy lists it: the principal's own, or the recorder's
    /// of a review. `None` when a forge was asked in this very run.
    pub key: Option<KeyHandle>,
    /// Every listing of a key under which the signature is good, this policy's and other policies':
    /// another policy may list it again.
    pub listings: Vec<KeyHandle>,
}

impl Evidence {
    /// What a forge said in this run.
    pub const fn of_forge() -> Self {
        Self {
            kind: EvidenceKind::Review,
            key: None,
            listings: Vec::new(),
        }
    }

    /// The key in words.
    pub fn key_id(&self) -> String {
        self.key.as_ref().map_or_else(
            || "the forge's statement".to_owned(),
            |key| key.id.to_string(),
        )
    }
}

/// Why a record has no proven author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable reason.
    pub rule: RuleId,
    /// For people; hostile text.
    pub detail: String,
}

/// Refuses with the reason `rule`.
pub(super) fn refuse<T>(rule: RuleId, detail: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        rule,
        detail: detail.into(),
    })
}
