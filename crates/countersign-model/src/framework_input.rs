//! The fields of a file in `countersign-audit/frameworks/`: which evidence supports which control
//! of a compliance framework, and what Git cannot show.
//!
//! The words are ours: standards are named by their identifiers and never quoted. The JSON Schema
//! `framework` comes from here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The schema that a framework file names.
pub const FRAMEWORK_SCHEMA: &str = "countersign.framework/v1";
/// A calendar day.
pub(super) const DAY: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

/// A framework: its source, its status, and the controls that evidence from Git is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Countersign compliance framework")]
pub struct FrameworkInput {
    /// `countersign.framework/v1`.
    pub schema: String,
    /// The word for `--framework`; the file has the same name.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[a-z0-9][a-z0-9.-]*$"))]
    pub id: String,
    /// Its name and edition.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// Who issued it.
    #[schemars(length(min = 1, max = 200))]
    pub publisher: String,
    /// Its status.
    pub status: SourceStatus,
    /// The day since which it has that status.
    #[schemars(regex(pattern = DAY))]
    pub since: String,
    /// The framework that replaced it; only for a superseded one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub superseded_by: Option<String>,
    /// To whom and when it applies, and what a reader must know before using it.
    #[schemars(length(min = 1, max = 2000))]
    pub applies: String,
    /// Where it is published.
    #[schemars(length(min = 1, max = 400), regex(pattern = "^https://"))]
    pub source: String,
    /// The day on which this file was last compared with what is published about it.
    #[schemars(regex(pattern = DAY))]
    pub reviewed: String,
    /// Whose identifiers the controls have.
    pub identifiers: Identifiers,
    /// Where the identifiers and the meaning were checked, in words.
    #[schemars(length(min = 1, max = 1000))]
    pub checked: String,
    /// The controls, in the framework's own order.
    #[schemars(length(min = 1, max = 500))]
    pub controls: Vec<ControlInput>,
}

/// One control, and what can be said about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlInput {
    /// Its identifier, as the framework writes it.
    #[schemars(length(min = 1, max = 64))]
    pub id: String,
    /// A part of the framework that is chosen as a whole, such as a level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub group: Option<String>,
    /// What it requires, in our words.
    #[schemars(length(min = 1, max = 400))]
    pub requirement: String,
    /// The queries whose results an auditor should look at, the most telling first.
    #[schemars(length(min = 1, max = 8))]
    pub evidence: Vec<EvidenceQuery>,
    /// How much they show.
    pub strength: Strength,
    /// What has to be shown by other means.
    #[schemars(length(min = 1, max = 600))]
    pub git_cannot_show: String,
}

/// The status of a framework.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SourceStatus {
    /// It is binding for those to whom it applies.
    InForce,
    /// It is law, but the parts named here apply only from a later date.
    Deferred,
    /// It is followed by choice or by contract.
    Voluntary,
    /// Something else replaced it.
    Superseded,
}

impl SourceStatus {
    /// The word in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in-force",
            Self::Deferred => "deferred",
            Self::Voluntary => "voluntary",
            Self::Superseded => "superseded",
        }
    }
}

/// Whose identifiers a file uses.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Identifiers {
    /// The publisher's.
    Official,
    /// Ours, because the source has no numbers.
    Ours,
}

impl Identifiers {
    /// The word in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Ours => "ours",
        }
    }
}

/// How much evidence says about a control. It never says that the control is met.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// For the governed subjects, it is the evidence that the control requires.
    Direct,
    /// It shows a part; the rest must come from elsewhere.
    Partial,
    /// It helps to understand, and proves nothing about the control.
    Context,
}

impl Strength {
    /// The word in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Partial => "partial",
            Self::Context => "context",
        }
    }
}

/// The questions that a report can answer. A closed list: each has one answer in
/// `audit::framework`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceQuery {
    /// What is governed, who owns it, which version and bytes it has.
    Inventory,
    /// Every change from landing to approval.
    ChangePackets,
    /// The capabilities that each change adds.
    CapabilityChanges,
    /// Who approved which bytes, and whether anything is there without approval.
    Approvals,
    /// Whether anyone approved their own work.
    SeparationOfDuties,
    /// Printed name, meaning, time and reason of each decision, bound to bytes by a signature.
    Signatures,
    /// Decisions and evidence that were refused.
    Refusals,
    /// Everything that an auditor should look at.
    Exceptions,
    /// Who could do what, under each policy.
    Roles,
    /// What administrators did to the policy and to principals.
    Administration,
    /// Changes of the policy, and who approved them.
    PolicyChanges,
    /// Blocks, revocations and rollbacks, and how long bytes were exposed.
    Incidents,
    /// Deprecations, archivings and removals.
    Retirements,
    /// Reviews that are due, and approvals and keys that end.
    Reviews,
    /// Everything that happened, in order.
    EventLog,
    /// Whether history and records are complete, and how the log proves it.
    TamperEvidence,
    /// What is kept, how long, and what is missing.
    Retention,
}

impl EvidenceQuery {
    /// Every query, in the order of the list.
    pub const ALL: [Self; 17] = [
        Self::Inventory,
        Self::ChangePackets,
        Self::CapabilityChanges,
        Self::Approvals,
        Self::SeparationOfDuties,
        Self::Signatures,
        Self::Refusals,
        Self::Exceptions,
        Self::Roles,
        Self::Administration,
        Self::PolicyChanges,
        Self::Incidents,
        Self::Retirements,
        Self::Reviews,
        Self::EventLog,
        Self::TamperEvidence,
        Self::Retention,
    ];

    /// The word in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inventory => "inventory",
            Self::ChangePackets => "change-packets",
            Self::CapabilityChanges => "capability-changes",
            Self::Approvals => "approvals",
            Self::SeparationOfDuties => "separation-of-duties",
            Self::Signatures => "signatures",
            Self::Refusals => "refusals",
            Self::Exceptions => "exceptions",
            Self::Roles => "roles",
            Self::Administration => "administration",
            Self::PolicyChanges => "policy-changes",
            Self::Incidents => "incidents",
            Self::Retirements => "retirements",
            Self::Reviews => "reviews",
            Self::EventLog => "event-log",
            Self::TamperEvidence => "tamper-evidence",
            Self::Retention => "retention",
        }
    }
}
