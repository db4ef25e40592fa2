//! `countersign.verify/v1`.

use schemars::JsonSchema;
use serde::Serialize;

/// The output of `verify`. A report that is not valid prints nothing: the exit code is 1.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReportVerified {
    /// `countersign.verify/v1`.
    pub schema: &'static str,
    /// True, or null if the report was not compared with its repository.
    pub valid: Option<bool>,
    /// How many inclusion proofs are valid.
    pub proofs: usize,
    /// Whether a proof shows that the log continues an earlier one.
    pub extends: bool,
    /// Whether the checkpoint was verified with the log's key.
    pub signed: bool,
    /// Whether every value was computed again from the repository.
    pub recomputed: bool,
}

impl ReportVerified {
    /// The value of `schema`.
    pub const SCHEMA: &'static str = "countersign.verify/v1";
}
