//! The summary of a job, and the comment on a pull request: the verdict in the title, then what a reviewer needs to know.

use std::fmt::Write as _;

use super::{Links, findings};
use crate::check::Report;
use crate::check::comparison::Comparison;
use crate::check::due;
use crate::check::rules::Level;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Subject, VersionState};
use crate::model::{EvidenceKind, State, Verdict};
use crate::render::Context;
use crate::render::escape::markdown::{code, text};
use crate::render::review_context::ReviewContext;

/// The input of a summary.
#[derive(Clone, Copy, Debug)]
pub struct Summary<'s> {
    /// The question.
    pub context: &'s Context,
    /// The replay; `None` when there was nothing to replay.
    pub ledger: Option<&'s Ledger>,
    /// The answer.
    pub report: &'s Report,
    /// Changed subjects, each with the version it would replace.
    pub review_contexts: &'s [ReviewContext<'s>],
    /// Link targets.
    pub links: &'s Links,
    /// The pull request, when there is one.
    pub pull: Option<u64>,
}

/// Subjects with a section of their own.
const WEIGHED: usize = 20;
/// Capability changes shown of one subject.
const CAPABILITIES: usize = 30;
/// Changed files named of one subject.
const FILES: usize = 20;
/// Rows of the table of subjects.
const SUBJECTS: usize = 200;

/// The verdict in one line, with what is missing: `waiting: skill/pdf 1.3.0 has 0 of 1: needs one of bob, carol`.
pub fn title(of: &Summary<'_>) -> String {
    let verdict = of.report.verdict;
    let waiting: Vec<&Subject> = waiting(of);
    let why = match (verdict, waiting.as_slice()) {
        (Verdict::Waiting, [one]) => {
            one.head_version().and_then(|row| Some(format!(": {} has {}", name(one, row), due::due(&row.requirements)?)))
        }
        (Verdict::Waiting, [_, _, ..]) => Some(format!(": {} subjects need approval", waiting.len())),
        (Verdict::Waiting, []) => Some(": a policy change needs approval".to_owned()),
        (Verdict::Fail, _) => {
            let errors: Vec<_> = of.report.findings.iter().filter(|finding| finding.level == Level::Error).collect();
            Some(match errors.as_slice() {
                // Our own words and a name from a small alphabet: no text from outside.
                [one] => format!(": {}{}", one.rule, one.subject.as_ref().map(|subject| format!(" ({subject})")).unwrap_or_default()),
                all => format!(": {} errors", all.len()),
            })
        }
        (Verdict::NotEvaluated, _) => Some(", which is not a pass".to_owned()),
        (Verdict::Pass, _) => None,
    };
    format!("{verdict}{}", why.unwrap_or_default())
}

/// The whole summary as GitHub's Markdown.
pub fn summary(of: &Summary<'_>) -> String {
    let sign = sign(of.report.verdict);
    let mut out = format!("## {sign} Countersign: {}\n\n{}\n", text(&title(of)), question(of));
    out.push_str(&subjects(of));
    out.push_str(&next(of));
    for review_context in of.review_contexts.iter().take(WEIGHED) {
        out.push_str(&weigh(review_context));
    }
    if of.review_contexts.len() > WEIGHED {
        let _ = writeln!(out, "\n{} more subjects change; run `countersign diff SUBJECT` to see one.", of.review_contexts.len() - WEIGHED);
    }
    out.push_str(&findings::section(&of.report.findings, of.links));
    out
}

/// A verdict at a glance.
pub(super) const fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✅",
        Verdict::Waiting => "⏳",
        Verdict::Fail => "❌",
        Verdict::NotEvaluated => "⚠️",
    }
}

/// The summary without comparisons and findings, for when the full one is too long.
pub fn short_summary(of: &Summary<'_>) -> String {
    format!("## Countersign: {}\n\n{}\n{}\nThe job summary has the rest.\n", text(&title(of)), question(of), next(of))
}

fn question(of: &Summary<'_>) -> String {
    let context = of.context;
    let mut parts = Vec::new();
    parts.extend(context.repository.as_deref().map(code));
    parts.push(match (context.head, context.base) {
        (Some(head), Some(base)) => format!("{} onto {}", of.links.commit(head), of.links.commit(base)),
        (Some(head), None) => format!("{} at {}", context.branch.as_deref().map(code).unwrap_or_default(), of.links.commit(head)),
        _ => "no commit".to_owned(),
    });
    parts.extend(of.ledger.map(|ledger| format!("policy {}", ledger.policy.serial)));
    parts.extend(
        context.anchor.map(|anchor| {
            format!("anchor {} {}", of.links.commit(anchor), if context.anchor_pinned { "pinned" } else { "**not pinned**" })
        }),
    );
    parts.join(" · ")
}

fn counted<'s>(of: &Summary<'s>) -> Vec<&'s Subject> {
    let Some(ledger) = of.ledger else { return Vec::new() };
    of.report.subjects.iter().filter_map(|id| ledger.subjects.get(id)).collect()
}

fn waiting<'s>(of: &Summary<'s>) -> Vec<&'s Subject> {
    let waits = |subject: &&Subject| {
        of.report.findings.iter().any(|finding| finding.level == Level::Waiting && finding.subject.as_ref() == Some(&subject.id))
    };
    counted(of).into_iter().filter(waits).collect()
}

fn name(subject: &Subject, row: &VersionState) -> String {
    format!("{} {}", subject.id, row.key.version.label())
}

/// For a change: the subjects it touches. For a branch: the subjects with findings, and the number of subjects.
fn subjects(of: &Summary<'_>) -> String {
    let all = counted(of);
    let found = |subject: &&Subject| {
        of.context.base.is_some()
            || of.report.findings.iter().any(|finding| finding.level != Level::Info && finding.subject.as_ref() == Some(&subject.id))
    };
    let shown: Vec<&Subject> = all.iter().copied().filter(found).collect();
    let mut out = String::new();
    if of.context.base.is_none() {
        let approved = all.iter().filter(|subject| subject.head_version().is_some_and(|row| row.state == State::Approved)).count();
        let _ = writeln!(out, "\n{approved} of {} subjects are approved in the current tree.", all.len());
    } else if all.is_empty() && of.ledger.is_some() {
        out.push_str("\nNo governed subject changes.\n");
    }
    if !shown.is_empty() {
        out.push_str("\n| Subject | Version | State | Approvals | Owner | Package checksum |\n|---|---|---|---|---|---|\n");
        out.extend(shown.iter().take(SUBJECTS).map(|subject| row_of(subject)));
    }
    if shown.len() > SUBJECTS {
        let _ = writeln!(out, "\n{} more are in the JSON report.", shown.len() - SUBJECTS);
    }
    if !of.report.lowered.is_empty() {
        let names: Vec<String> = of.report.lowered.iter().map(|id| code(&id.to_string())).collect();
        let _ = writeln!(out, "\n{} only loses authority, which never blocks a change.", names.join(", "));
    }
    out
}

fn row_of(subject: &Subject) -> String {
    let owners = text(&subject.owners_written.join(", "));
    let Some(row) = subject.head_version() else {
        return format!("| {} | | not in the tree | | {owners} | |\n", code(&subject.id.to_string()));
    };
    format!(
        "| {} | {} | {} | {} | {owners} | {} |\n",
        code(&subject.id.to_string()),
        text(&row.key.version.label()),
        row.state,
        approvals(row),
        code(&format!("sha256:{}…", row.key.digest.short(12)))
    )
}

/// Who approved, with which evidence, and who is missing.
fn approvals(row: &VersionState) -> String {
    let have: Vec<String> = row
        .requirements
        .iter()
        .flat_map(|requirement| &requirement.have)
        .map(|(who, evidence)| format!("{} by {evidence}", text(who.as_str())))
        .collect();
    let missing = (row.state == State::Draft).then(|| due::due(&row.requirements)).flatten().map(|due| format!("**{}**", text(&due)));
    let mut lines: Vec<String> = Vec::new();
    for line in have.into_iter().chain(missing) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("<br>")
}

/// The next steps.
fn next(of: &Summary<'_>) -> String {
    let mut steps = Vec::new();
    let waiting = waiting(of);
    let takes = |kind: EvidenceKind| {
        waiting.iter().filter_map(|subject| subject.head_version()).flat_map(|row| &row.requirements).any(|one| one.accept.contains(kind))
    };
    if !waiting.is_empty() {
        let subjects: Vec<String> = waiting.iter().take(10).map(|subject| subject.id.to_string()).collect();
        let subjects = if waiting.len() > 10 { "SUBJECT…".to_owned() } else { subjects.join(" ") };
        if let Some(pull) = of.pull {
            if takes(EvidenceKind::Review) {
                steps.push("Read the change, then press **Approve** on this pull request if you are one of the people named. Re-run this job afterwards if no workflow does.".to_owned());
            }
            steps.push(format!("Or sign it: {}", code(&format!("countersign approve --pull {pull} --reason '…'"))));
        } else {
            steps.push(format!("Read the change and sign it: {}", code(&format!("countersign approve {subjects} --reason '…' --commit"))));
        }
    }
    if of.report.verdict == Verdict::Fail {
        steps.push("Fix the findings below, then push again.".to_owned());
    }
    if !of.context.anchor_pinned
        && let Some(anchor) = of.context.anchor
    {
        steps.push(format!(
            "Pin the anchor, so that no one can choose another starting point: {}",
            code(&format!("gh variable set COUNTERSIGN_ANCHOR --body {anchor}"))
        ));
    }
    if steps.is_empty() {
        return String::new();
    }
    format!("\n### What to do next\n\n{}", steps.iter().map(|step| format!("- {step}\n")).collect::<String>())
}

fn weigh(of: &ReviewContext<'_>) -> String {
    let before = match of.before {
        Some(row) => format!("{} ({})", text(&row.key.version.label()), row.state),
        None => "nothing, because it is new".to_owned(),
    };
    let mut out = format!("\n### {}\n\nCompared with {before}.\n", code(&name(of.subject, of.after)));
    match &of.comparison {
        None => out.push_str("\nIts files are not a package: see the findings.\n"),
        Some(comparison) => out.push_str(&compared(comparison)),
    }
    if !of.used_by.is_empty() {
        let names: Vec<String> = of.used_by.iter().take(FILES).map(|id| code(&id.to_string())).collect();
        let more = of.used_by.len().saturating_sub(FILES);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let _ = writeln!(out, "\nUsed by {}{more}.", names.join(", "));
    }
    out
}

fn compared(comparison: &Comparison) -> String {
    let mut out = String::new();
    let wider = comparison.capabilities.iter().filter(|change| change.widens).count();
    if comparison.capabilities.is_empty() {
        out.push_str("\nIts capabilities do not change: tools, permissions, scripts, commands and hosts are the same.\n");
    } else {
        let _ = writeln!(out, "\n**Capabilities: {}**\n", if wider == 0 { "none added".to_owned() } else { format!("{wider} added") });
        out.push_str("| | | What | |\n|---|---|---|---|\n");
        for change in comparison.capabilities.iter().take(CAPABILITIES) {
            let widens = if change.widens { "**widens**" } else { "" };
            let _ =
                writeln!(out, "| {} | {} | {} | {widens} |", text(&change.sign.to_string()), change.aspect.as_str(), code(&change.item));
        }
        if comparison.capabilities.len() > CAPABILITIES {
            let _ = writeln!(out, "\n{} more changes of this kind.", comparison.capabilities.len() - CAPABILITIES);
        }
    }
    if !comparison.files.is_empty() {
        let names: Vec<String> = comparison.files.iter().take(FILES).map(|file| format!("{} {}", file.what(), code(&file.path))).collect();
        let more = comparison.files.len().saturating_sub(FILES);
        let more = if more == 0 { String::new() } else { format!(", and {more} more") };
        let _ = writeln!(out, "\nFiles: {}{more}; {} unchanged.", names.join(", "), comparison.same);
    }
    out
}
