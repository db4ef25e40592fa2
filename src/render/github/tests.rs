//! What a job shows of the sample ledger, in which outsiders wrote hostile text.

use super::*;
use crate::check::Report;
use crate::model::Verdict;
use crate::render::escape::is_unsafe;
use crate::render::sample::{context, sample_findings, sample_ledger};

fn with<T>(verdict: Verdict, use_it: impl Fn(&Summary<'_>) -> T) -> T {
    let ledger = sample_ledger();
    let findings = sample_findings(&ledger);
    let report = Report {
        verdict,
        subjects: ledger.subjects.keys().cloned().collect(),
        lowered: Vec::new(),
        findings,
    };
    let links = Links::new(
        "https://github.com",
        Some("acme/agent-skills"),
        Some("tool/countersign"),
        Some("v1"),
    );
    use_it(&Summary {
        context: &context(),
        ledger: Some(&ledger),
        report: &report,
        review_contexts: &[],
        links: &links,
        pull: Some(7),
    })
}

#[test]
fn the_title_says_what_is_missing() {
    assert_eq!(with(Verdict::Pass, title), "pass");
    assert!(
        with(Verdict::Waiting, title).starts_with("waiting: "),
        "{}",
        with(Verdict::Waiting, title)
    );
    assert!(
        with(Verdict::Fail, title).starts_with("fail: "),
        "{}",
        with(Verdict::Fail, title)
    );
    assert_eq!(
        with(Verdict::NotEvaluated, title),
        "not-evaluated, which is not a pass"
    );
}

#[test]
fn a_summary_names_each_subject_its_approvals_and_every_finding() {
    let text = with(Verdict::Fail, summary);
    for part in [
        "## ❌ Countersign: fail",
        "skill&#47;pdf-tools",
        "[`blocked-version`](https://github.com/tool/countersign/blob/v1/docs/rules.md#blocked-version)",
        "gh variable set COUNTERSIGN&#95;ANCHOR",
        "https://github.com/acme/agent-skills/commit/",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn nothing_of_an_outsider_is_obeyed_on_any_surface() {
    let text = with(Verdict::Fail, summary);
    assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text}");
    let ledger = sample_ledger();
    let lines = annotations(&sample_findings(&ledger));
    assert!(!lines.is_empty());
    for line in lines.lines() {
        assert!(
            line.starts_with("::error ") || line.starts_with("::warning "),
            "{line}"
        );
        assert!(!line.chars().any(is_unsafe), "{line}");
    }
}
