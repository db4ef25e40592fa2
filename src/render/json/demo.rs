//! `countersign.demo/v1`.

use schemars::JsonSchema;
use serde::Serialize;

/// The output of `demo`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Demo {
    /// `countersign.demo/v1`.
    pub schema: &'static str,
    /// The folder, as the user wrote it.
    pub dir: String,
    /// The time after the last landing, for `--now`.
    pub now: String,
    /// The version that still awaits approval.
    pub waiting: String,
    /// Every landing in order; the first is the anchor.
    pub landings: Vec<DemoLanding>,
    /// Commands to try in that folder.
    pub try_next: Vec<String>,
}

/// One landing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DemoLanding {
    /// Its commit.
    pub commit: String,
    /// What it was for.
    pub summary: String,
}
