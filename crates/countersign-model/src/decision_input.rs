//! The fields of a decision file, as its author writes it. The JSON Schema `decision` is generated
//! from here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decision::{DecisionKind, Meaning};
use super::policy_input::{DIGEST, OBJECT_ID, PRINCIPAL, REPOSITORY};

pub(super) const SUBJECT: &str =
    "^(skill|prompt|server|agent|contract|setup|policy|principal)/[A-Za-z0-9._-]{1,64}$";
pub(super) const TIME: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$";

const EVENT: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z (base-changed|base-force-push|force-push before=(unknown|[0-9a-f]{40}|[0-9a-f]{64}) after=(unknown|[0-9a-f]{40}|[0-9a-f]{64}) digest=(unknown|sha256:[0-9a-f]{64}))$";

/// A decision about one or several subjects. The file's exact bytes are what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "Countersign decision",
    extend("oneOf" = [
        {"required": ["subject", "version"]},
        {"required": ["items"], "properties": {"subject": false, "version": false, "digest": false}}
    ])
)]
pub struct DecisionInput {
    /// `countersign.decision/v1`.
    #[schemars(extend("const" = "countersign.decision/v1"))]
    pub schema: String,
    /// What is decided.
    pub decision: DecisionKind,
    /// `kind/name`; absent in a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = SUBJECT))]
    pub subject: Option<String>,
    /// The version, or `all` for block and unblock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub version: Option<String>,
    /// `sha256:` and 64 hex digits; absent when version is `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = DIGEST))]
    pub digest: Option<String>,
    /// The items of a batch, each judged alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    pub items: Option<Vec<ItemInput>>,
    /// The repository that this decision is for; it has no effect in any other.
    #[schemars(length(min = 1, max = 200), regex(pattern = REPOSITORY))]
    pub repository: String,
    /// Who decides: a principal's name in the policy.
    #[schemars(regex(pattern = PRINCIPAL))]
    pub principal: String,
    /// What the signature means (21 CFR 11.50).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Meaning>,
    /// The reason, for people.
    #[schemars(length(min = 1, max = 4000))]
    pub reason: String,
    /// When, in UTC to the second.
    #[schemars(regex(pattern = TIME))]
    pub time: String,
    /// Digests of the records that this one overrides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), inner(regex(pattern = DIGEST)))]
    pub answers: Vec<String>,
    /// When an approval ends; approve only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = TIME))]
    pub expires: Option<String>,
    /// What to use instead; deprecate only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub replacement: Option<String>,
    /// When a deprecated version will go away; deprecate only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = TIME))]
    pub sunset: Option<String>,
    /// The version to return to; rollback only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub to: Option<String>,
    /// Links to tickets, reviews, scans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 2000)))]
    pub refs: Vec<String>,
    /// Reserved; only `stable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("const" = "stable"))]
    pub channel: Option<String>,
    /// The machine principal that recorded a review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = PRINCIPAL))]
    pub recorded_by: Option<String>,
    /// The proof of a recorded review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewInput>,
}

impl DecisionInput {
    /// A decision with only the fields that every decision has; it still needs a subject and a
    /// version, or items.
    pub fn new(
        decision: DecisionKind,
        repository: &str,
        principal: &str,
        reason: String,
        time: String,
    ) -> Self {
        Self {
            schema: "countersign.decision/v1".to_owned(),
            decision,
            subject: None,
            version: None,
            digest: None,
            items: None,
            repository: repository.to_owned(),
            principal: principal.to_owned(),
            meaning: None,
            reason,
            time,
            answers: Vec::new(),
            expires: None,
            replacement: None,
            sunset: None,
            to: None,
            refs: Vec::new(),
            channel: None,
            recorded_by: None,
            review: None,
        }
    }
}

/// One item of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemInput {
    /// `kind/name`.
    #[schemars(regex(pattern = SUBJECT))]
    pub subject: String,
    /// The version, or `all` for block and unblock.
    #[schemars(length(min = 1, max = 200))]
    pub version: String,
    /// The package checksum; absent when version is `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = DIGEST))]
    pub digest: Option<String>,
}

/// What the forge reported about one review when it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewInput {
    /// Host of the forge.
    #[schemars(length(min = 1, max = 200))]
    pub forge: String,
    /// `owner/name` there.
    #[schemars(length(min = 1, max = 200))]
    pub repository: String,
    /// Pull-request number.
    pub pull: u64,
    /// The review's id.
    pub review_id: u64,
    /// The reviewer's numeric account id.
    pub user_id: u64,
    /// The review's state, as the forge calls it.
    #[schemars(length(min = 1, max = 100))]
    pub state: String,
    /// The commit that the forge says was reviewed.
    #[schemars(regex(pattern = OBJECT_ID))]
    pub head: String,
    /// The package checksum at that commit.
    #[schemars(regex(pattern = DIGEST))]
    pub head_digest: String,
    /// When it was submitted, by the forge's clock.
    #[schemars(regex(pattern = TIME))]
    pub submitted: String,
    /// Events that changed the pull request's head or base, each as `TIME base-changed`, `TIME
    /// base-force-push`, or `TIME force-push before=COMMIT after=COMMIT digest=DIGEST`, where
    /// `unknown` stands for an unknown value.
    #[serde(default)]
    #[schemars(length(max = 1000), inner(length(min = 1, max = 500), regex(pattern = EVENT)))]
    pub head_events: Vec<String>,
}
