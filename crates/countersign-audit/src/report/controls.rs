//! What a report says to the evidence queries, and to the controls of the requested frameworks.

use schemars::JsonSchema;
use serde::Serialize;

use countersign_model::framework_input::{EvidenceQuery, Identifiers, SourceStatus, Strength};

/// The answer to one query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EvidenceAnswer {
    /// The query.
    pub query: EvidenceQuery,
    /// The query as a question.
    pub question: &'static str,
    /// Sentences with their numbers.
    pub answer: String,
    /// Packets to look at, in the report's order.
    pub packets: Vec<String>,
    /// How many things an auditor must resolve: unapproved versions, overdue reviews, altered
    /// records …
    pub open_points: u32,
}

/// One framework in one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FrameworkReport {
    /// Its name.
    pub id: String,
    /// Its title and edition.
    pub title: String,
    /// Who issued it.
    pub publisher: String,
    /// Whether it is in force.
    pub status: SourceStatus,
    /// Since which day.
    pub since: String,
    /// What took its place.
    pub superseded_by: Option<String>,
    /// To whom it applies, and what to know before using it.
    pub applies: String,
    /// Where it is published.
    pub source: String,
    /// When the mapping was last compared with that.
    pub reviewed: String,
    /// Whose identifiers it uses.
    pub identifiers: Identifiers,
    /// How identifiers and meaning were checked.
    pub checked: String,
    /// That people judge, see [`NOTICE`](crate::framework::NOTICE).
    pub notice: &'static str,
    /// In the framework's order.
    pub controls: Vec<ControlReport>,
}

/// One control in one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ControlReport {
    /// Its identifier.
    pub id: String,
    /// The part of the framework that it belongs to.
    pub group: Option<String>,
    /// What it requires, in our words.
    pub requirement: String,
    /// How much the evidence shows.
    pub strength: Strength,
    /// The queries whose answers are evidence; the report has each answer once.
    pub evidence: Vec<EvidenceQuery>,
    /// How many things in those answers an auditor must resolve first.
    pub open_points: u32,
    /// What remains to be shown by other means.
    pub git_cannot_show: String,
}
