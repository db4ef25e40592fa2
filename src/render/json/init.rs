//! `countersign.init/v1`: the first policy, in short; `countersign.init-workflow/v1`: the gate alone.

use schemars::JsonSchema;
use serde::Serialize;

/// The output of `init`. With `--print` the policy itself is printed instead.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Init {
    /// `countersign.init/v1`.
    pub schema: &'static str,
    /// The repository's name in the policy.
    pub repository: String,
    /// The governed branch.
    pub branch: String,
    /// The first administrator.
    pub administrator: String,
    /// The second one, if the user named one.
    pub second_administrator: Option<String>,
    /// Who else has a key in the policy, and so could be an administrator, sorted.
    pub candidates: Vec<String>,
    /// Whether no one's approval of their own work counts.
    pub separation_of_duties: bool,
    /// The first administrator's signing key.
    pub key: String,
    /// What is governed, in the order of the policy.
    pub entries: Vec<InitEntry>,
    /// What is not, sorted by path; paths that are not UTF-8 come last.
    pub ignored: Vec<InitIgnored>,
    /// Fields of the policy that still have to be filled in: teams, then people, sorted.
    pub to_fill_in: Vec<String>,
    /// What `check` will report, in order of path.
    pub to_fix: Vec<String>,
    /// Paths of the files written: the policy, then the key files it names.
    pub written: Vec<String>,
    /// Commands that start governance, in order.
    pub next: Vec<String>,
}

impl Init {
    /// The value of `schema`.
    pub const SCHEMA: &'static str = "countersign.init/v1";
}

/// An entry of `subjects`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InitEntry {
    /// Kind of the packages.
    pub kind: &'static str,
    /// Glob over paths.
    pub path: String,
    /// Who owns it, as the policy lists them.
    pub owners: Vec<String>,
    /// How many packages it matches.
    pub packages: usize,
}

/// A path of `ignore`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InitIgnored {
    /// A glob, or a path that is not UTF-8.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// The output of `init --workflow`, and of `init --github` where a policy is already there. With
/// `--print` the workflow itself is printed instead.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InitWorkflow {
    /// `countersign.init-workflow/v1`.
    pub schema: &'static str,
    /// The governed branch, which the workflow runs for.
    pub branch: String,
    /// Path of the workflow.
    pub workflow: &'static str,
    /// Whether it was written; false where the file is already there with this content.
    pub written: bool,
    /// Whether `protect` in the policy names it.
    pub protected: bool,
    /// Commands that put it in place, in order.
    pub next: Vec<String>,
}

impl InitWorkflow {
    /// The value of `schema`.
    pub const SCHEMA: &'static str = "countersign.init-workflow/v1";
}
