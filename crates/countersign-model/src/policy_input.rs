//! The fields of `countersign.yaml`, as people write it. The JSON Schema `policy` is generated from
//! here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::name::PackagedKind;
use super::rule::RuleId;
use super::state::{EvidenceKind, Risk};

/// `sha256:` and 64 lower-case hex digits.
pub(super) const DIGEST: &str = "^sha256:[0-9a-f]{64}$";
/// A full Git object id.
pub(super) const OBJECT_ID: &str = "^([0-9a-f]{40}|[0-9a-f]{64})$";
/// Name of a principal or team.
pub(super) const PRINCIPAL: &str = "^[a-z0-9-]{1,39}$";
/// Host, port and path, without a scheme; in the path, `%20` and the like as in a URL.
pub(super) const REPOSITORY: &str =
    "^[A-Za-z0-9][A-Za-z0-9._~@+-]*(:[0-9]{1,5})?(/([A-Za-z0-9._~@+-]|%[0-9A-F]{2})+)*$";
/// A whole number and a unit.
pub(super) const SPAN: &str = "^[1-9][0-9]{0,4}[dwmy]$";

/// The policy: principals, roles, subjects, owners and rules.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Countersign policy")]
pub struct PolicyInput {
    /// `countersign.policy/v1`.
    #[schemars(extend("const" = "countersign.policy/v1"))]
    pub schema: String,
    /// Must be greater than the serial in force at every change.
    #[schemars(range(min = 1))]
    pub serial: u64,
    /// Digest of the policy that this one replaces; absent in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = DIGEST))]
    pub previous: Option<String>,
    /// The repository's name, such as `github.com/acme/agent-skills`. Every decision names it, so
    /// decisions cannot be replayed elsewhere.
    #[schemars(length(min = 1, max = 200), regex(pattern = REPOSITORY))]
    pub repository: String,
    /// The governed branch.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[^\s~^:?*\[\\]+$"))]
    pub branch: String,
    /// How the forge may land a pull request.
    #[serde(default = "all_merge_methods")]
    #[schemars(length(min = 1))]
    pub merge_methods: Vec<MergeMethod>,
    /// People and machines.
    #[schemars(length(min = 1), extend("propertyNames" = {"pattern": PRINCIPAL}))]
    pub principals: BTreeMap<String, PrincipalInput>,
    /// Named groups of principals.
    #[serde(default)]
    #[schemars(extend("propertyNames" = {"pattern": PRINCIPAL}))]
    pub teams: BTreeMap<String, Vec<String>>,
    /// Keys of the forge itself: they satisfy `signed_commits`, but never count as a person's
    /// approval.
    #[serde(default)]
    pub platform_keys: Vec<KeyInput>,
    /// Stolen keys, each with the landing from which it is void.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub compromised: Vec<CompromisedInput>,
    /// More files whose changes are policy changes.
    #[serde(default)]
    #[schemars(length(max = 1000), inner(length(min = 1, max = 1024)))]
    pub protect: Vec<String>,
    /// Who may do what.
    pub roles: RolesInput,
    /// What is governed.
    #[schemars(length(max = 1000))]
    pub subjects: Vec<SubjectInput>,
    /// Globs over paths that are not governed. They have no effect on what a harness loads.
    #[serde(default)]
    #[schemars(length(max = 1000), inner(length(min = 1, max = 1024)))]
    pub ignore: Vec<String>,
    /// What approving needs.
    #[schemars(length(max = 200))]
    pub approvals: Vec<ApprovalInput>,
    /// What a change to this policy needs.
    pub policy_changes: PolicyChangesInput,
    /// Whether a contributor to a version may never count as its approver.
    #[serde(default = "yes")]
    pub separation_of_duties: bool,
    /// How co-author trailers and committers count for separation of duties.
    #[serde(default)]
    pub co_authors: CoAuthors,
    /// Whether an unapproved release version may be on the branch: `wait` for its approvals, or
    /// `allow` it where the subject was never approved and its risk is low or medium.
    #[serde(default)]
    pub unapproved: Unapproved,
    /// Whether the bytes at the anchor need approval: `wait` for it, or `allow` them until they
    /// change.
    #[serde(default)]
    pub baseline: Baseline,
    /// Which landings must carry a valid commit signature: `none`, those that touch the policy or
    /// records (`governance`), or `all`.
    #[serde(default)]
    pub signed_commits: SignedCommits,
    /// How strictly Skills must follow the specification: deviations from it are warnings
    /// (`lenient`) or errors (`strict`).
    #[serde(default)]
    pub profile: Profile,
    /// Levels of rules about documents at some paths. They never lower what is found in a package
    /// of high or critical risk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    pub rules: Vec<RuleInput>,
    /// Largest package.
    #[serde(default)]
    pub limits: LimitsInput,
    /// How long records are kept, per kind of record; judged by the audit.
    #[serde(default)]
    #[schemars(extend("additionalProperties" = {"type": "string", "pattern": SPAN}))]
    pub retention: BTreeMap<String, String>,
    /// A restart after all administrators are lost; only a verifier who pins that landing accepts
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<RestartInput>,
}

const fn yes() -> bool {
    true
}

fn all_merge_methods() -> Vec<MergeMethod> {
    vec![MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase]
}

/// How a pull request may land.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the forge defines them")]
pub enum MergeMethod {
    Merge,
    Squash,
    Rebase,
}

/// A person or machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrincipalInput {
    /// Printed name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// A person, or a machine: machines never count as approvers.
    #[serde(default)]
    pub kind: PrincipalKind,
    /// Accounts on forges.
    #[serde(default)]
    pub accounts: Vec<AccountInput>,
    /// Only used for separation of duties; grants nothing.
    #[serde(default)]
    #[schemars(inner(length(min = 3, max = 320), regex(pattern = "^[^@ ]+@[^@ ]+$")))]
    pub emails: Vec<String>,
    /// Keys with which this principal signs.
    #[serde(default)]
    pub keys: Vec<KeyInput>,
}

/// Whether a principal can approve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the format defines them")]
pub enum PrincipalKind {
    #[default]
    Person,
    Machine,
}

impl PrincipalKind {
    /// The word in files and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Machine => "machine",
        }
    }
}

/// An account on a forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountInput {
    /// Host of the forge, such as `github.com`.
    #[schemars(length(min = 1, max = 200))]
    pub forge: String,
    /// Login there; displayed, never trusted.
    #[schemars(length(min = 1, max = 100))]
    pub login: String,
    /// Numeric account id.
    #[schemars(range(min = 1))]
    pub id: u64,
}

/// One key: exactly one of the three fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["ssh"]}, {"required": ["openpgp"]}, {"required": ["minisign"]}]))]
pub struct KeyInput {
    /// An OpenSSH public key line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20_000))]
    pub ssh: Option<String>,
    /// A path in this repository, or inline armor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500_000))]
    pub openpgp: Option<String>,
    /// The base64 line of a minisign public key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub minisign: Option<String>,
    /// Minisign only: also accept the legacy form, which signs the file itself instead of its hash.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub legacy: bool,
}

/// A stolen key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompromisedInput {
    /// Fingerprint, such as `SHA256:…`.
    #[schemars(length(min = 1, max = 200))]
    pub key: String,
    /// The landing from which its raising decisions are void: a full commit id.
    #[schemars(regex(pattern = OBJECT_ID))]
    pub since: String,
}

/// Roles.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolesInput {
    /// Principals or teams who may change the policy and lower anything.
    #[schemars(length(min = 1), inner(regex(pattern = PRINCIPAL)))]
    pub administrators: Vec<String>,
    /// Who may lower the subjects in their scope.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub operators: Vec<OperatorInput>,
    /// Machines that may record pull-request reviews.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub recorders: Vec<RecorderInput>,
    /// Only listed in reports; access to the repository decides who can read.
    #[serde(default)]
    #[schemars(inner(regex(pattern = PRINCIPAL)))]
    pub viewers: Vec<String>,
}

/// A scope of operators.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorInput {
    /// Principals or teams.
    #[schemars(inner(regex(pattern = PRINCIPAL)))]
    pub members: Vec<String>,
    /// Globs over `kind/name`.
    #[schemars(length(min = 1, max = 200), inner(length(min = 1, max = 200)))]
    pub subjects: Vec<String>,
}

/// A recorder's scope.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecorderInput {
    /// A machine principal.
    #[schemars(regex(pattern = PRINCIPAL))]
    pub principal: String,
    /// Globs over `kind/name`.
    #[schemars(length(min = 1, max = 200), inner(length(min = 1, max = 200)))]
    pub subjects: Vec<String>,
}

/// One entry of governed paths.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectInput {
    /// Kind of the packages.
    pub kind: PackagedKind,
    /// Glob over paths from the root; each match is one package.
    #[schemars(length(min = 1, max = 1024))]
    pub path: String,
    /// How the name is built from the wildcards, such as `{1}--{2}`; else the folder's name or the
    /// file's stem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// Principals or teams.
    #[serde(default)]
    #[schemars(inner(regex(pattern = PRINCIPAL)))]
    pub owners: Vec<String>,
    /// Risk; unset is medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// How often it should be reviewed again, such as `90d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = SPAN))]
    pub review_every: Option<String>,
    /// Where it should be installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<InstallInput>,
    /// Files that every package must have.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(min = 1, max = 1024)))]
    pub required_files: Vec<String>,
    /// Whether pre-release versions may be here without approval.
    #[serde(default)]
    pub drafts: bool,
}

/// Where an approved version should be installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstallInput {
    /// Names of harnesses, such as `claude-code`.
    #[serde(default)]
    #[schemars(
        length(max = 100),
        inner(regex(pattern = "^[a-z0-9][a-z0-9._-]{0,63}$"))
    )]
    pub harnesses: Vec<String>,
    /// For one project, or for everything that the user does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["project", "user"]))]
    pub scope: Option<String>,
}

/// One approval rule; every rule that matches must be met.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["subjects"]}, {"required": ["risk"]}]))]
pub struct ApprovalInput {
    /// Globs over `kind/name`. A rule needs these or `risk`; with both, both must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200), inner(length(min = 1, max = 200)))]
    pub subjects: Option<Vec<String>>,
    /// Risks to which the rule applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub risk: Option<Vec<Risk>>,
    /// The requirements; each needs different people.
    #[schemars(length(min = 1, max = 8))]
    pub require: Vec<RequireInput>,
    /// Evidence that counts.
    #[serde(default = "default_accept")]
    #[schemars(length(min = 1))]
    pub accept: Vec<EvidenceKind>,
    /// How long an approval holds, counted from the record's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = SPAN))]
    pub expire_after: Option<String>,
}

fn default_accept() -> Vec<EvidenceKind> {
    vec![EvidenceKind::Signature, EvidenceKind::Review]
}

/// This many people from these.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequireInput {
    /// How many different people.
    pub count: u32,
    /// `owners`, `administrators`, teams or principals.
    #[schemars(inner(regex(pattern = PRINCIPAL)))]
    pub from: Vec<String>,
}

/// What a policy change needs: this many administrators, by detached signature.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyChangesInput {
    /// How many different administrators.
    pub count: u32,
}

/// How co-author trailers count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CoAuthors {
    /// The two exceptions of trust rule 5 are warnings.
    #[default]
    Recorded,
    /// Everyone named is excluded.
    Strict,
}

/// Whether unapproved release versions may land.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the format defines them")]
pub enum Unapproved {
    #[default]
    Wait,
    Allow,
}

/// What the bytes at the anchor need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the format defines them")]
pub enum Baseline {
    #[default]
    Wait,
    Allow,
}

/// Which landings must be signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignedCommits {
    /// None.
    #[default]
    None,
    /// Landings that touch the policy or approvals.
    Governance,
    /// All.
    All,
}

/// How strictly Skills must follow the specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Accept what real harnesses load; deviations are warnings.
    #[default]
    Lenient,
    /// Require the specification; deviations are errors.
    Strict,
}

/// The level of one rule at some paths. Where several entries match, the last one applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleInput {
    /// The rule's id; `docs/rules.md` says which rules may be here.
    #[schemars(extend("enum" = RuleId::LEVELED))]
    pub rule: String,
    /// Globs over paths of files, from the root.
    #[schemars(length(min = 1, max = 200), inner(length(min = 1, max = 1024)))]
    pub paths: Vec<String>,
    /// What a finding of the rule counts as there.
    pub level: RuleLevel,
    /// The reason, for people.
    #[schemars(length(min = 1, max = 4000))]
    pub reason: String,
}

/// What a finding counts as, lightest first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    /// It is not reported; only their number is.
    Off,
    /// A note.
    Info,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

impl RuleLevel {
    /// The word in the policy.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Largest package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsInput {
    /// Files in a package.
    #[schemars(range(min = 1))]
    pub package_files: u64,
    /// Bytes in a package.
    #[schemars(range(min = 1))]
    pub package_bytes: u64,
}

impl Default for LimitsInput {
    fn default() -> Self {
        Self {
            package_files: 2000,
            package_bytes: 52_428_800,
        }
    }
}

/// A restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestartInput {
    /// The last landing before the restart: a full commit id.
    #[schemars(regex(pattern = OBJECT_ID))]
    pub previous: String,
    /// The reason, for people.
    #[schemars(length(min = 1, max = 4000))]
    pub reason: String,
}
