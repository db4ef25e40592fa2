//! The closed list of rule ids. What a rule says, why it exists and how to fix its finding is in
//! `countersign-core`, `check/rules`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The severity of a finding.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The verdict is `fail`.
    Error,
    /// Someone should look.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The word shown to people and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! rule_ids {
    ($($variant:ident $text:literal,)*) => {
        /// A rule, by its stable id. Ids are never renamed or reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each id is described in `check/rules`")]
        pub enum RuleId {
            $($variant,)*
        }

        impl RuleId {
            /// Every rule, in the order in which findings are sorted.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable id.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

rule_ids! {
    // documents
    YamlInvalid "yaml-invalid",
    YamlAmbiguous "yaml-ambiguous",
    SchemaInvalid "schema-invalid",
    SchemaUnknown "schema-unknown",
    SkillFrontmatter "skill-frontmatter",
    SkillName "skill-name",
    SkillField "skill-field",
    SkillPortability "skill-portability",
    SkillFileMissing "skill-file-missing",
    PromptInvalid "prompt-invalid",
    ServerInvalid "server-invalid",
    SecretLiteral "secret-literal",
    AgentInvalid "agent-invalid",
    AgentDependency "agent-dependency",
    ContractInvalid "contract-invalid",
    ContractMode "contract-mode",
    ContractScope "contract-scope",
    ContractRole "contract-role",
    DocumentOwner "document-owner",
    // package content
    PackageEmpty "package-empty",
    PackageShape "package-shape",
    PackageTooLarge "package-too-large",
    PackageNested "package-nested",
    RequiredFileMissing "required-file-missing",
    Symlink "symlink",
    Submodule "submodule",
    LfsPointer "lfs-pointer",
    FileMode "file-mode",
    PathName "path-name",
    PathCollision "path-collision",
    TreeMalformed "tree-malformed",
    AttributesAlterBytes "attributes-alter-bytes",
    HiddenText "hidden-text",
    ReferenceEscapes "reference-escapes",
    // subjects
    SubjectName "subject-name",
    SubjectAmbiguous "subject-ambiguous",
    SubjectRemoved "subject-removed",
    NameCollision "name-collision",
    Ungoverned "ungoverned",
    Ignored "ignored",
    Unversioned "unversioned",
    // state of versions
    UnapprovedVersion "unapproved-version",
    DraftAllowed "draft-allowed",
    RejectedVersion "rejected-version",
    DeprecatedVersion "deprecated-version",
    ArchivedVersion "archived-version",
    RolledBackVersion "rolled-back-version",
    BlockedVersion "blocked-version",
    RevokedContent "revoked-content",
    ContainsRevokedFile "contains-revoked-file",
    RevokedElsewhere "revoked-elsewhere",
    VersionRegressed "version-regressed",
    VersionReused "version-reused",
    StaleApproval "stale-approval",
    ApprovalExpired "approval-expired",
    ApprovedUnderEarlierRule "approved-under-earlier-rule",
    BaselineContent "baseline-content",
    // contributors
    SelfApproval "self-approval",
    SelfApprovalExempt "self-approval-exempt",
    ContributorUnknown "contributor-unknown",
    // records
    RecordInvalid "record-invalid",
    RecordMisplaced "record-misplaced",
    RecordUnexpected "record-unexpected",
    RecordFuture "record-future",
    WrongRepository "wrong-repository",
    DecisionAltered "decision-altered",
    DecisionDropped "decision-dropped",
    DecisionReplayed "decision-replayed",
    LineConflict "line-conflict",
    DecisionWithoutEffect "decision-without-effect",
    Unanswered "unanswered",
    NotAuthorized "not-authorized",
    MachinePrincipal "machine-principal",
    PrincipalUnknown "principal-unknown",
    PrincipalSuspended "principal-suspended",
    // evidence
    EvidenceMissing "evidence-missing",
    EvidenceNotAccepted "evidence-not-accepted",
    WrongNamespace "wrong-namespace",
    DetachedSignatureUnreadable "detached-signature-unreadable",
    SignatureInvalid "signature-invalid",
    KeyUnknown "key-unknown",
    KeyMismatch "key-mismatch",
    KeyWeak "key-weak",
    KeyExpired "key-expired",
    KeyRevoked "key-revoked",
    KeyCompromised "key-compromised",
    CommitEvidenceRefused "commit-evidence-refused",
    ReviewUnverified "review-unverified",
    RecorderNotAuthorized "recorder-not-authorized",
    ReviewStale "review-stale",
    ReviewNotCounted "review-not-counted",
    CommitSignatureNotCanonical "commit-signature-not-canonical",
    UnsignedLanding "unsigned-landing",
    // policy
    PolicyInvalid "policy-invalid",
    PolicyMissing "policy-missing",
    PolicyIrregular "policy-irregular",
    PolicyPending "policy-pending",
    PolicyPrevious "policy-previous",
    PolicySerial "policy-serial",
    PolicyFork "policy-fork",
    KeyReassigned "key-reassigned",
    AdministratorsTooFew "administrators-too-few",
    PolicyCompromised "policy-compromised",
    PolicyUnmatched "policy-unmatched",
    OwnerUnknown "owner-unknown",
    RequirementUnsatisfiable "requirement-unsatisfiable",
    RulesOverlap "rules-overlap",
    SeparationOff "separation-off",
    LevelSet "level-set",
    GovernanceNarrowed "governance-narrowed",
    PolicyRestart "policy-restart",
    // history
    HistoryIncomplete "history-incomplete",
    AnchorNotReached "anchor-not-reached",
    AnchorNotPinned "anchor-not-pinned",
    IncludesMissing "includes-missing",
    HistoryRewritten "history-rewritten",
    BaseNotOnBranch "base-not-on-branch",
    MergeConflict "merge-conflict",
    GovernanceStarts "governance-starts",
    ForgeUnanswered "forge-unanswered",
    GateNotProtected "gate-not-protected",
}

impl RuleId {
    /// Rules about the form of documents, whose level a policy may set at some paths. None of them
    /// has a part in who approved which bytes, or in what an approver can see.
    ///
    /// A rule stays in this list forever: a policy that sets its level keeps its meaning.
    pub const LEVELED: &[Self] = &[
        Self::YamlAmbiguous,
        Self::SkillName,
        Self::SkillField,
        Self::SkillPortability,
        Self::SecretLiteral,
        Self::ReferenceEscapes,
        Self::Unversioned,
    ];
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a rule id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a rule id")]
pub struct RuleIdError(pub String);

impl FromStr for RuleId {
    type Err = RuleIdError;

    fn from_str(text: &str) -> Result<Self, RuleIdError> {
        Self::ALL
            .iter()
            .copied()
            .find(|rule| rule.as_str() == text)
            .ok_or_else(|| RuleIdError(text.to_owned()))
    }
}

impl Serialize for RuleId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
