//! What a decision file holds, as its author writes it. The JSON Schema `decision` comes from here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decision::{DecisionKind, Meaning};

/// A decision about one or several subjects. The file's exact bytes are what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Countersign decision")]
pub struct DecisionInput {
    /// `countersign.decision/v1`.
    pub schema: String,
    /// What is decided.
    pub decision: DecisionKind,
    /// `kind/name`; absent in a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The version, or `all` for block and unblock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `sha256:` and 64 hex digits; absent when version is `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The items of a batch, each judged alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ItemInput>>,
    /// The repository this decision is made for; it has no effect in any other.
    pub repository: String,
    /// Who decides: a principal's name in the policy.
    pub principal: String,
    /// What the signature means (21 CFR 11.50).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Meaning>,
    /// Why, for people.
    pub reason: String,
    /// When, in UTC to the second.
    pub time: String,
    /// Digests of the records that this one overrides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// When an approval ends; approve only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// What to use instead; deprecate only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// When a deprecated version will go away; deprecate only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sunset: Option<String>,
    /// The version to return to; roll-back only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Links to tickets, reviews, scans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<String>,
    /// Reserved; only `stable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The machine principal that recorded a review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_by: Option<String>,
    /// The proof of a recorded review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewInput>,
}

/// One item of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemInput {
    /// `kind/name`.
    pub subject: String,
    /// The version, or `all` for block and unblock.
    pub version: String,
    /// The package checksum; absent when version is `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// What a forge said about one review when it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewInput {
    /// Host of the forge.
    pub forge: String,
    /// `owner/name` there.
    pub repository: String,
    /// Pull-request number.
    pub pull: u64,
    /// The review's id.
    pub review_id: u64,
    /// The reviewer's numeric account id.
    pub user_id: u64,
    /// The forge's word for the review's state.
    pub state: String,
    /// The commit that the forge says was reviewed.
    pub head: String,
    /// The package checksum at that commit.
    pub head_digest: String,
    /// When it was submitted, by the forge's clock.
    pub submitted: String,
    /// Head-changing events seen on the pull request.
    #[serde(default)]
    pub head_events: Vec<String>,
}
