//! A sample as JSON. The report itself is its own JSON.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{AuditReport, AuditScope, LogProof, Packet, Period, Tool};

/// A drawn sample.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Sample<'r> {
    /// `countersign.audit-sample/v1`.
    pub schema: &'static str,
    /// What drew it.
    pub tool: &'r Tool,
    /// What it was drawn from.
    pub scope: &'r AuditScope,
    /// The period.
    pub period: &'r Period,
    /// How it is drawn.
    pub method: &'static str,
    /// The seed.
    pub seed: &'r str,
    /// How many packets there were.
    pub population: usize,
    /// The packets drawn, in the order of the draw.
    pub packets: &'r [Packet],
    /// The log that their proofs lead to.
    pub log: &'r LogProof,
}

/// How a sample is drawn, in one sentence.
pub const METHOD: &str = "the packets with the smallest SHA-256(seed, a zero byte, packet id)";

/// The packets left in `report` as a sample of `population`.
pub const fn sample<'r>(report: &'r AuditReport, seed: &'r str, population: usize) -> Sample<'r> {
    Sample {
        schema: "countersign.audit-sample/v1",
        tool: &report.tool,
        scope: &report.scope,
        period: &report.period,
        method: METHOD,
        seed,
        population,
        packets: report.changes.as_slice(),
        log: &report.log,
    }
}
