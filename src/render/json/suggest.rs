//! `countersign.suggest/v1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::status::Pending;
use super::subject::RequirementOut;
use crate::render::Context;
use crate::render::suggest::{Suggested, Suggestion};

/// The output of `suggest`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Suggest {
    /// `countersign.suggest/v1`.
    pub schema: &'static str,
    /// The commit judged.
    pub head: Option<String>,
    /// For whom it is; null for everyone.
    pub principal: Option<String>,
    /// A policy change that waits for approvals.
    pub pending: Option<Pending>,
    /// Drafts that wait for approvals, the smallest change first.
    pub drafts: Vec<DraftOut>,
}

/// One draft.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DraftOut {
    /// `kind/name`.
    pub subject: String,
    /// The version.
    pub version: String,
    /// Its package checksum.
    pub digest: String,
    /// The current version that it is compared with; null where everything is new.
    pub current: Option<String>,
    /// Files that differ; this and the next three are null where bytes could not be read here.
    pub files: Option<u32>,
    /// Lines that are new.
    pub lines_added: Option<u32>,
    /// Lines that are gone.
    pub lines_removed: Option<u32>,
    /// Capabilities that are new.
    pub capabilities_added: Option<u32>,
    /// What it needs.
    pub requirements: Vec<RequirementOut>,
    /// The command that shows the change.
    pub diff: String,
    /// The command that approves it; `…` stands for the reason.
    pub approve: String,
}

/// The view.
pub fn suggest(context: &Context, of: &Suggested<'_>) -> Suggest {
    let draft = |one: &Suggestion<'_>| DraftOut {
        subject: one.subject.id.to_string(),
        version: one.version.key.version.label(),
        digest: one.version.key.digest.to_string(),
        current: one.current.clone(),
        files: one.files,
        lines_added: one.added,
        lines_removed: one.removed,
        capabilities_added: one.widens,
        requirements: one
            .version
            .requirements
            .iter()
            .map(|requirement| RequirementOut::new(requirement, &of.logins))
            .collect(),
        diff: one.diff(),
        approve: one.approve(),
    };
    Suggest {
        schema: "countersign.suggest/v1",
        head: context.head.map(|commit| commit.to_string()),
        principal: of.whom.as_ref().map(ToString::to_string),
        pending: of.pending.map(|pending| Pending::new(pending, &of.logins)),
        drafts: of.suggestions.iter().map(draft).collect(),
    }
}
