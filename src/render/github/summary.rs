//! The summary of a job, and the comment on a pull request: the verdict in the title, then what a
//! reviewer needs to know.

use std::collections::BTreeSet;

use super::{Links, findings};
use crate::check::Report;
use crate::check::comparison::Comparison;
use crate::check::due;
use crate::check::logins::Logins;
use crate::check::remedy::Case;
use crate::check::rules::Level;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Subject, VersionState};
use crate::model::{EvidenceKind, State, SubjectId, Verdict, markdown, quantity};
use crate::render::escape::Markdown;
use crate::render::escape::markdown::code;
use crate::render::listing::{Listing, blocks};
use crate::render::review_context::ReviewContext;
use crate::render::{Context, unrecorded};

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
    /// Which findings are listed.
    pub listing: &'s Listing,
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
/// Subjects in the command that approves.
const APPROVED_AT_ONCE: usize = 10;

/// The verdict in one line, with what is missing: `waiting: skill/pdf 1.3.0 has 0 of 1: needs one
/// of bob, carol`.
pub fn title(of: &Summary<'_>) -> String {
    let verdict = of.report.verdict;
    let waiting: Vec<&Subject> = waiting(of);
    let why = match (verdict, waiting.as_slice()) {
        (Verdict::Waiting, [one]) => one.head_version().and_then(|version| {
            Some(format!(
                ": {} has {}",
                name(one, version),
                due::due(&version.requirements, &of.report.logins)?
            ))
        }),
        (Verdict::Waiting, [_, _, ..]) => {
            Some(format!(": {} subjects need approval", waiting.len()))
        }
        (Verdict::Waiting, []) => Some(": a policy change needs approval".to_owned()),
        (Verdict::Fail, _) => {
            let of_level = |level: Level| {
                let found = of.report.findings.iter();
                found
                    .filter(|finding| finding.level == level)
                    .collect::<Vec<_>>()
            };
            let errors = of_level(Level::Error);
            Some(match errors.as_slice() {
                // Our own words and a name from a small alphabet: no text from outside.
                [one] => format!(
                    ": {}{}",
                    one.rule,
                    one.subject
                        .as_ref()
                        .map(|subject| format!(" ({subject})"))
                        .unwrap_or_default()
                ),
                [] => {
                    let warnings = of_level(Level::Warning).len();
                    let warnings = quantity::counted(quantity::grouped(warnings), "warning");
                    format!(": {warnings}, and --strict lets them count")
                }
                all => format!(": {} errors", quantity::grouped(all.len())),
            })
        }
        (Verdict::NotEvaluated, _) => Some(", which is not a pass".to_owned()),
        (Verdict::Pass, _) => None,
    };
    format!("{verdict}{}", why.unwrap_or_default())
}

/// The complete summary as GitHub's Markdown.
pub fn summary(of: &Summary<'_>) -> String {
    let sign = Markdown::literal(sign(of.report.verdict));
    let mut page = markdown!(
        "## " (sign) " Countersign: " (title(of)) "\n\n" (scope(of)) "\n" (subjects(of)) (next_steps(of)) (unrecorded_reviews(of))
    );
    page.push(
        of.review_contexts
            .iter()
            .take(WEIGHED)
            .map(comparison_section)
            .collect::<Markdown>(),
    );
    if of.review_contexts.len() > WEIGHED {
        let more = of.review_contexts.len() - WEIGHED;
        page.push(markdown!("\n" (more) " more subjects change; `countersign suggest` lists what is left to approve, with the command that shows each.\n"));
    }
    page.push(findings::section(of.report, of.listing, of.links));
    page.into_string()
}

/// Which approvals the repository may lack, and what counts them.
fn unrecorded_reviews(of: &Summary<'_>) -> Markdown {
    let numbers = &of.report.unrecorded;
    let Some(words) = unrecorded::words(numbers) else {
        return Markdown::new();
    };
    let [(when, live), (on, record)] = unrecorded::remedies(numbers, "check");
    markdown!("\nOf what waits, " (words) ": " (Markdown::literal(when)) ", " (code(&live)) " counts them; " (Markdown::literal(on)) ", " (code(&record)) " keeps them.\n")
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
    markdown!(
        "## Countersign: " (title(of)) "\n\n" (scope(of)) "\n" (next_steps(of)) "\nThe job summary has the rest.\n"
    )
    .into_string()
}

/// What was judged.
fn scope(of: &Summary<'_>) -> Markdown {
    let context = of.context;
    let mut parts = Vec::new();
    parts.extend(context.repository.as_deref().map(code));
    parts.push(match (context.head, context.base) {
        (Some(head), Some(base)) => markdown!((of.links.commit(head)) " onto " (of.links.commit(base))),
        (Some(head), None) => markdown!((context.branch.as_deref().map(code).unwrap_or_default()) " at " (of.links.commit(head))),
        _ => Markdown::literal("no commit"),
    });
    parts.extend(
        of.ledger
            .map(|ledger| markdown!("policy "(ledger.policy.serial))),
    );
    parts.extend(context.anchor.map(|anchor| {
        let pinned = Markdown::literal(if context.anchor_pinned {
            "pinned"
        } else {
            "**not pinned**"
        });
        markdown!("anchor " (of.links.commit(anchor)) " " (pinned))
    }));
    Markdown::join(parts, " · ")
}

fn counted<'s>(of: &Summary<'s>) -> Vec<&'s Subject> {
    let Some(ledger) = of.ledger else {
        return Vec::new();
    };
    of.report
        .subjects
        .iter()
        .filter_map(|id| ledger.subjects.get(id))
        .collect()
}

fn waiting<'s>(of: &Summary<'s>) -> Vec<&'s Subject> {
    let waits = |subject: &&Subject| {
        of.report.findings.iter().any(|finding| {
            finding.level == Level::Waiting && finding.subject.as_ref() == Some(&subject.id)
        })
    };
    counted(of).into_iter().filter(waits).collect()
}

fn name(subject: &Subject, version: &VersionState) -> String {
    format!("{} {}", subject.id, version.key.version.label())
}

/// For a change: the subjects it touches. For a branch: the subjects whose findings block or are
/// about their state, and the number of subjects.
fn subjects(of: &Summary<'_>) -> Markdown {
    let all = counted(of);
    let with_findings: BTreeSet<&SubjectId> = of
        .report
        .findings
        .iter()
        .filter(|finding| {
            blocks(finding.level) || finding.level == Level::Warning && !finding.from_document()
        })
        .filter_map(|finding| finding.subject.as_ref())
        .collect();
    let has_finding = |subject: &Subject| with_findings.contains(&subject.id);
    let shown: Vec<&Subject> = all
        .iter()
        .copied()
        .filter(|subject| of.context.base.is_some() || has_finding(subject))
        .collect();
    let mut section = Markdown::new();
    if of.context.base.is_none() {
        let approved = all
            .iter()
            .filter(|subject| {
                subject
                    .head_version()
                    .is_some_and(|version| version.state == State::Approved)
            })
            .count();
        let total = quantity::counted(all.len(), "subject");
        section.push(markdown!(
            "\nApproved in the current tree: " (approved) " of " (total) ".\n"
        ));
    } else if all.is_empty() && of.ledger.is_some() {
        section.push_literal("\nNo governed subject changes.\n");
    }
    if !shown.is_empty() {
        section.push_literal("\n| Subject | Version | State | Approvals | Owner | Package checksum |\n|---|---|---|---|---|---|\n");
        section.push(
            shown
                .iter()
                .take(SUBJECTS)
                .map(|subject| subject_row(subject, &of.report.logins))
                .collect::<Markdown>(),
        );
    }
    if shown.len() > SUBJECTS {
        section.push(markdown!("\n" (shown.len() - SUBJECTS) " more are in the JSON report.\n"));
    }
    if !of.report.lowered.is_empty() {
        let names = Markdown::join(of.report.lowered.iter().map(code), ", ");
        section
            .push(markdown!("\n" (names) " only loses authority, which never blocks a change.\n"));
    }
    section
}

fn subject_row(subject: &Subject, logins: &Logins) -> Markdown {
    let (owners, state) = (subject.owners_written.join(", "), subject.shown_state());
    let shown = subject.shown_version();
    let label = shown
        .map(|version| version.key.version.label())
        .unwrap_or_default();
    let gone = Markdown::literal(if subject.paths.is_empty() {
        ", not in the tree"
    } else {
        ""
    });
    let approvals = Markdown::join(
        subject
            .head_version()
            .map(|version| approvals(version, logins)),
        "",
    );
    let digest = Markdown::join(
        shown.map(|version| code(format!("sha256:{}…", version.key.digest.short(12)))),
        "",
    );
    markdown!(
        "| " (code(&subject.id)) " | " (label) " | " (state) (gone) " | " (approvals) " | " (owners) " | " (digest) " |\n"
    )
}

/// Who approved, with which evidence, and who is missing.
fn approvals(version: &VersionState, logins: &Logins) -> Markdown {
    // A grant rests on those who approved then, no matter who counts today.
    let granted = version.basis.iter().filter(|_| !version.expired);
    let granted: Vec<_> = granted
        .map(|vote| (&vote.principal, vote.evidence))
        .collect();
    let today = version
        .requirements
        .iter()
        .filter(|_| granted.is_empty())
        .flat_map(|requirement| requirement.counted.iter().map(|(who, by)| (who, *by)));
    let counted = granted.iter().copied().chain(today);
    let counted = counted.map(|(who, evidence)| markdown!((who) " by " (evidence)));
    let missing = (version.state == State::Draft)
        .then(|| due::due(&version.requirements, logins))
        .flatten()
        .map(|due| markdown!("**" (due) "**"));
    let mut lines: Vec<Markdown> = Vec::new();
    for line in counted.chain(missing) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    Markdown::join(lines, "<br>")
}

fn next_steps(of: &Summary<'_>) -> Markdown {
    let mut steps = Vec::new();
    let waiting = waiting(of);
    if !waiting.is_empty() {
        steps.extend(approval_steps(of, &waiting));
    }
    if of.report.verdict == Verdict::Fail {
        steps.push(Markdown::literal(
            "Fix the findings below, then push again.",
        ));
    }
    if !of.context.anchor_pinned
        && let Some(anchor) = of.context.anchor
    {
        let command = code(format!(
            "gh variable set COUNTERSIGN_ANCHOR --body {anchor}"
        ));
        steps.push(markdown!(
            "Pin the anchor, so that no one can choose another starting point: "(command)
        ));
    }
    if steps.is_empty() {
        return Markdown::new();
    }
    markdown!("\n### What to do next\n\n"(
        steps
            .iter()
            .map(|step| markdown!("- " (step) "\n"))
            .collect::<Markdown>()
    ))
}

/// How to approve what waits and can be approved.
fn approval_steps(of: &Summary<'_>, waiting: &[&Subject]) -> Vec<Markdown> {
    let can_be_approved = |subject: &&&Subject| {
        of.ledger
            .zip(subject.head_version())
            .is_some_and(|(ledger, version)| {
                let case = Case {
                    ledger,
                    subject,
                    version,
                };
                case.can_be_approved()
            })
    };
    let waiting: Vec<&Subject> = waiting.iter().filter(can_be_approved).copied().collect();
    if waiting.is_empty() {
        return Vec::new();
    }
    let Some(pull) = of.pull else {
        let first = waiting.iter().take(APPROVED_AT_ONCE);
        let subjects: Vec<String> = first.map(|subject| subject.id.to_string()).collect();
        let command = code(format!(
            "countersign approve {} --reason '…' --commit",
            subjects.join(" ")
        ));
        let rest = waiting.len().saturating_sub(APPROVED_AT_ONCE);
        let rest = if rest == 0 {
            Markdown::new()
        } else {
            markdown!(". "(code("countersign suggest"))" lists "(rest)" more")
        };
        return vec![markdown!("Read the change and sign it: "(command)(rest))];
    };
    let requirements = waiting
        .iter()
        .filter_map(|subject| subject.head_version())
        .flat_map(|version| &version.requirements);
    let review = requirements.into_iter().any(|requirement| requirement.accept.contains(EvidenceKind::Review)).then(|| {
        Markdown::literal(
            "Read the change, then press **Approve** on this pull request if you are one of the people named. Re-run this job afterwards if no workflow does.",
        )
    });
    let command = code(format!("countersign approve --pull {pull} --reason '…'"));
    review
        .into_iter()
        .chain([markdown!("Or sign it: "(command))])
        .collect()
}

/// A changed subject, and what it would replace.
fn comparison_section(of: &ReviewContext<'_>) -> Markdown {
    let before = match of.before {
        Some(version) => markdown!((version.key.version.label()) " (" (version.state) ")"),
        None => Markdown::literal("nothing, because it is new"),
    };
    let mut section =
        markdown!("\n### " (code(name(of.subject, of.after))) "\n\nCompared with " (before) ".\n");
    match &of.comparison {
        None => section.push_literal("\nIts files are not a package: see the findings.\n"),
        Some(comparison) => section.push(compared(comparison)),
    }
    if !of.used_by.is_empty() {
        let names = Markdown::join(of.used_by.iter().take(FILES).map(code), ", ");
        let more = of.used_by.len().saturating_sub(FILES);
        let more = if more == 0 {
            Markdown::new()
        } else {
            markdown!(" and " (more) " more")
        };
        section.push(markdown!("\nUsed by " (names) (more) ".\n"));
    }
    section
}

fn compared(comparison: &Comparison) -> Markdown {
    let mut section = Markdown::new();
    if comparison.capabilities.is_empty() {
        section.push_literal("\nIts capabilities do not change: tools, permissions, scripts, commands and hosts are the same.\n");
    } else {
        let wider = comparison
            .capabilities
            .iter()
            .filter(|change| change.widens)
            .count();
        let added = if wider == 0 {
            Markdown::literal("none added")
        } else {
            markdown!((wider) " added")
        };
        section.push(
            markdown!("\n**Capabilities: " (added) "**\n\n| | | What | |\n|---|---|---|---|\n"),
        );
        for change in comparison.capabilities.iter().take(CAPABILITIES) {
            let widens = Markdown::literal(if change.widens { "**widens**" } else { "" });
            section.push(markdown!(
                "| " (change.sign.to_string()) " | " (change.aspect.as_str()) " | " (code(&change.item)) " | " (widens) " |\n"
            ));
        }
        if comparison.capabilities.len() > CAPABILITIES {
            section.push(markdown!("\n" (comparison.capabilities.len() - CAPABILITIES) " more changes of this kind.\n"));
        }
    }
    if !comparison.files.is_empty() {
        let names = Markdown::join(
            comparison
                .files
                .iter()
                .take(FILES)
                .map(|file| markdown!((file.what()) " " (code(&file.path)))),
            ", ",
        );
        let more = comparison.files.len().saturating_sub(FILES);
        let more = if more == 0 {
            Markdown::new()
        } else {
            markdown!(", and " (more) " more")
        };
        section.push(markdown!("\nFiles: " (names) (more) "; " (comparison.same) " unchanged.\n"));
    }
    section
}
