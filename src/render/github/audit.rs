//! The summary of a job that audits: the verdict in the title, then the one-page summary of the report. The complete report is in its files.

use super::summary::sign;
use crate::audit;
use crate::check::Report;
use crate::check::rules::Level;
use crate::render::audit::markdown;
use crate::render::escape::markdown::text;

/// The verdict in one line, with what prevents a pass: `fail: audited, 2 findings to fix`.
pub fn audit_title(judged: &Report) -> String {
    let against = |finding: &&crate::check::Finding| !matches!(finding.level, Level::Info | Level::Warning);
    match judged.findings.iter().filter(against).count() {
        0 => format!("{}: audited", judged.verdict),
        1 => format!("{}: audited, 1 finding to fix", judged.verdict),
        many => format!("{}: audited, {many} findings to fix", judged.verdict),
    }
}

/// The summary as GitHub's Markdown.
pub fn audit_summary(judged: &Report, report: &audit::Report) -> String {
    format!("## {} Countersign: {}\n\n{}", sign(judged.verdict), text(&audit_title(judged)), markdown::summary(report))
}
