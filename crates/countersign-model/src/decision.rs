//! A decision whose every field has been checked.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::identity::PrincipalName;
use super::name::{Kind, SubjectId};
use super::review::ReviewProof;
use super::time::Timestamp;
use super::version::Version;

/// The eight decisions.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the format defines them")]
pub enum DecisionKind {
    Approve,
    Reject,
    Deprecate,
    Block,
    Unblock,
    Revoke,
    Archive,
    Rollback,
}

impl DecisionKind {
    /// Every decision, in the order of the schema.
    pub const ALL: [Self; 8] = [
        Self::Approve,
        Self::Reject,
        Self::Deprecate,
        Self::Block,
        Self::Unblock,
        Self::Revoke,
        Self::Archive,
        Self::Rollback,
    ];

    /// The word in files, paths and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Deprecate => "deprecate",
            Self::Block => "block",
            Self::Unblock => "unblock",
            Self::Revoke => "revoke",
            Self::Archive => "archive",
            Self::Rollback => "rollback",
        }
    }

    /// Whether the decision gives authority (needs the approvals of the policy) rather than takes
    /// it away (needs one authorized signature).
    pub const fn raises(self) -> bool {
        matches!(self, Self::Approve | Self::Unblock)
    }
}

impl fmt::Display for DecisionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a signature means, in the words of 21 CFR 11.50. Recorded, not judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the regulation defines them")]
pub enum Meaning {
    #[default]
    Approval,
    Review,
    Responsibility,
}

impl Meaning {
    /// The word in files and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Review => "review",
            Self::Responsibility => "responsibility",
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which version a decision is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VersionRef {
    /// Every present and future version.
    All,
    /// One version, bound to its bytes.
    One(Version, Digest),
    /// A policy, by its serial, bound to its bytes: only of `policy/countersign`, whose versions
    /// are plain whole numbers.
    Serial(u64, Digest),
}

impl VersionRef {
    /// The version, where one package version is meant.
    pub const fn version(&self) -> Option<&Version> {
        match self {
            Self::One(version, _) => Some(version),
            Self::All | Self::Serial(..) => None,
        }
    }

    /// The serial, where a policy is meant.
    pub const fn serial(&self) -> Option<u64> {
        match self {
            Self::Serial(serial, _) => Some(*serial),
            Self::All | Self::One(..) => None,
        }
    }

    /// The bytes that are decided about; `None` for every version.
    pub const fn digest(&self) -> Option<&Digest> {
        match self {
            Self::All => None,
            Self::One(_, digest) | Self::Serial(_, digest) => Some(digest),
        }
    }
}

/// As in files and paths: `all`, the version as declared, or the bare serial.
impl fmt::Display for VersionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::One(version, _) => fmt::Display::fmt(version, f),
            Self::Serial(serial, _) => fmt::Display::fmt(serial, f),
        }
    }
}

/// One subject's part of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionItem {
    /// What is decided about.
    pub subject: SubjectId,
    /// Which version of it.
    pub version: VersionRef,
}

/// A parsed decision. Whether it counts is for `evidence` and `lifecycle` to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What is decided.
    pub kind: DecisionKind,
    /// At least one item; each is judged alone.
    pub items: Vec<DecisionItem>,
    /// Whether the file was written as a batch (`items`), which decides its path.
    pub batch: bool,
    /// The repository it was made for.
    pub repository: String,
    /// Who claims to decide.
    pub principal: PrincipalName,
    /// What the signature means.
    pub meaning: Meaning,
    /// The reason, for people.
    pub reason: String,
    /// When, by the signer's clock.
    pub time: Timestamp,
    /// Records that this one overrides.
    pub answers: Vec<Digest>,
    /// End of an approval.
    pub expires: Option<Timestamp>,
    /// Replacement of a deprecated version.
    pub replacement: Option<String>,
    /// When a deprecated version goes away.
    pub sunset: Option<Timestamp>,
    /// Target of a rollback.
    pub to: Option<Version>,
    /// Links.
    pub refs: Vec<String>,
    /// Recorder of a review.
    pub recorded_by: Option<PrincipalName>,
    /// Proof of a review. With a recorder it was read from a record; without one, a forge just
    /// reported it.
    pub review: Option<ReviewProof>,
}

impl Decision {
    /// The path that a record with this content must have:
    /// `approvals/<kind>/<name>/<version>/<time>-<decision>-<principal>.yaml`, or
    /// `approvals/batch/<time>-<decision>-<principal>.yaml`.
    pub fn path(&self) -> String {
        let file = format!(
            "{}-{}-{}.yaml",
            self.time.compact(),
            self.kind,
            self.principal
        );
        match self.items.first() {
            Some(item) if !self.batch => {
                format!(
                    "approvals/{}/{}/{}/{file}",
                    item.subject.kind, item.subject.name, item.version
                )
            }
            _ => format!("approvals/batch/{file}"),
        }
    }

    /// Whether any item is about the policy.
    pub fn concerns_policy(&self) -> bool {
        self.items
            .iter()
            .any(|item| item.subject.kind == Kind::Policy)
    }
}
