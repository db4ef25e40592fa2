//! The summary of a job that audits: the verdict in the title, then the one-page summary of the
//! report. The complete report is in its files.

use super::summary::sign;
use crate::audit::AuditReport;
use crate::check::Report;
use crate::check::rules::Level;
use crate::model::markdown;
use crate::model::quantity::counted;
use crate::render::audit;
use crate::render::escape::Markdown;

/// The verdict in one line, with what prevents a pass: `fail: audited, 2 findings to fix`.
pub fn audit_title(judged: &Report) -> String {
    let against =
        |finding: &&crate::check::Finding| !matches!(finding.level, Level::Info | Level::Warning);
    match judged.findings.iter().filter(against).count() {
        0 => format!("{}: audited", judged.verdict),
        open => format!(
            "{}: audited, {} to fix",
            judged.verdict,
            counted(open, "finding")
        ),
    }
}

/// The summary as GitHub's Markdown.
pub fn audit_summary(judged: &Report, report: &AuditReport) -> String {
    let summary = audit::markdown::summary(report);
    markdown!("## " (Markdown::literal(sign(judged.verdict))) " Countersign: " (audit_title(judged)) "\n\n" (summary)).into_string()
}
