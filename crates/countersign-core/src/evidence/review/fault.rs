//! Why a review is no approval of what lands.

use countersign_model::{ObjectId, RuleId, Timestamp};

/// Why a review does not count; its text completes "does not count: …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's text says what it means")]
pub enum ReviewFault {
    #[error("the pull request belongs to {0}")]
    OtherRepository(String),
    #[error("the pull request targets the branch {0}")]
    OtherBase(String),
    #[error("the bytes did not land through this pull request")]
    OtherLanding,
    #[error("the pull request is closed, so it cannot bring this change")]
    Closed,
    #[error("the account is a bot, an app or an organization")]
    Bot,
    #[error("the account belongs to a machine of the policy")]
    Machine,
    #[error("the account belongs to no one in the policy")]
    UnknownAccount,
    #[error("the account is listed for several people")]
    SeveralPeople,
    #[error("it was dismissed")]
    Dismissed,
    #[error("it is a comment, which is neither an approval nor a refusal")]
    Commented,
    #[error("it requests changes")]
    ChangesRequested,
    #[error("its state is unknown to this program")]
    UnknownState,
    #[error("it was never submitted, according to the forge")]
    Unsubmitted,
    #[error("the forge does not say which commit was reviewed")]
    CommitUnknown,
    #[error(
        "commit {0}, which the proof needs, is not in this clone: `git fetch origin {0}` fetches it while the forge keeps it"
    )]
    CommitMissing(ObjectId),
    #[error("the pull request lands different bytes of it at different paths")]
    Ambiguous,
    #[error("the pull request does not change it")]
    Unchanged,
    #[error("it is for {}, where the package had other bytes{}", commit.short(), changed_by(through.as_ref()))]
    Stale {
        /// The commit that was reviewed.
        commit: ObjectId,
        /// Where the other bytes came in.
        through: Option<ObjectId>,
    },
    #[error("the pull request's head {} has other bytes", .0.short())]
    GoneFromHead(ObjectId),
    #[error("the head was force-pushed at {at}, and {} before that had other bytes", before.short())]
    ForcePushed {
        /// The head before.
        before: ObjectId,
        /// When.
        at: Timestamp,
    },
    #[error("the head was force-pushed at {0}, and the forge does not say what was there before")]
    BeforeUnknown(Timestamp),
    #[error("the base branch was changed at {0}")]
    BaseChanged(Timestamp),
    #[error("the base branch was force-pushed at {0}")]
    BaseReplaced(Timestamp),
}

fn changed_by(through: Option<&ObjectId>) -> String {
    through.map_or_else(String::new, |commit| {
        format!("; commit {} changed them", commit.short())
    })
}

impl ReviewFault {
    /// The rule that reports it; `None` when no one expects a report.
    pub const fn rule(&self) -> Option<RuleId> {
        match self {
            Self::Commented
            | Self::Unsubmitted
            | Self::Unchanged
            | Self::Bot
            | Self::UnknownAccount
            | Self::OtherLanding => None,
            Self::CommitUnknown
            | Self::CommitMissing(_)
            | Self::Ambiguous
            | Self::Stale { .. }
            | Self::GoneFromHead(_)
            | Self::ForcePushed { .. }
            | Self::BeforeUnknown(_)
            | Self::BaseChanged(_)
            | Self::BaseReplaced(_) => Some(RuleId::ReviewStale),
            Self::OtherRepository(_)
            | Self::OtherBase(_)
            | Self::Closed
            | Self::Machine
            | Self::SeveralPeople
            | Self::Dismissed
            | Self::ChangesRequested
            | Self::UnknownState => Some(RuleId::ReviewNotCounted),
        }
    }
}
