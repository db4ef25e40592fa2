//! What a job shows of the sample ledger, in which outsiders wrote hostile text.

use super::*;
use crate::check::Report;
use crate::check::findings::judge_all;
use crate::check::rules::Setting;
use crate::model::{Observation, Place, RuleId, Verdict};
use crate::render::escape::is_unsafe;
use crate::render::listing::{Listing, Selection};
use crate::render::sample::{context, sample_findings, sample_ledger};

fn with<T>(verdict: Verdict, use_it: impl Fn(&Summary<'_>) -> T) -> T {
    let ledger = sample_ledger();
    let findings = sample_findings(&ledger);
    of_report(
        Report {
            verdict,
            subjects: ledger.subjects.keys().cloned().collect(),
            lowered: Vec::new(),
            findings,
            strict: false,
            logins: crate::check::logins::Logins::default(),
            unrecorded: std::collections::BTreeSet::new(),
        },
        use_it,
    )
}

fn of_report<T>(report: Report, use_it: impl Fn(&Summary<'_>) -> T) -> T {
    let ledger = sample_ledger();
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
        listing: &Listing::default(),
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
        "skill/pdf-tools",
        "[`blocked-version`](https://github.com/tool/countersign/blob/v1/docs/rules.md#blocked-version)",
        "gh variable set COUNTERSIGN_ANCHOR",
        "https://github.com/acme/agent-skills/commit/",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn nothing_of_an_outsider_is_obeyed_on_any_surface() {
    let text = with(Verdict::Fail, summary);
    assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text}");
    let lines = with(Verdict::Fail, |of| {
        annotations(of.report, &Selection::default())
    });
    assert!(!lines.is_empty());
    for line in lines.lines() {
        assert!(
            line.starts_with("::error ") || line.starts_with("::warning "),
            "{line}"
        );
        assert!(!line.chars().any(is_unsafe), "{line}");
    }
}

/// A passing report of two rules, the first of which has many findings.
fn noisy() -> Report {
    let at = |rule, number: usize| {
        let path = format!("skills/name-{number:04}/SKILL.md");
        Observation::new(rule).place(Place::file(&path))
    };
    let observations: Vec<Observation> = (0..5_295)
        .map(|number| at(RuleId::Unversioned, number))
        .chain([at(RuleId::SkillPortability, 0)])
        .collect();
    Report {
        verdict: Verdict::Pass,
        subjects: Vec::new(),
        lowered: Vec::new(),
        findings: judge_all(&observations, &Setting::default()),
        strict: false,
        logins: crate::check::logins::Logins::default(),
        unrecorded: std::collections::BTreeSet::new(),
    }
}

#[test]
fn a_summary_counts_each_rule_and_names_the_command_that_lists_it() {
    let text = of_report(noisy(), summary);
    for part in [
        "### 5,296 warnings",
        "5,292 more: <code>countersign check --rule unversioned</code>",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.lines().count() < 40, "{text}");
}

#[test]
fn annotations_show_every_rule_before_one_a_second_time_and_count_the_rest() {
    let lines = annotations(&noisy(), &Selection::default());
    assert_eq!(
        lines.matches("title=skill-portability").count(),
        1,
        "{lines}"
    );
    assert_eq!(lines.matches("::warning ").count(), 10, "{lines}");
    let last = lines.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("::notice title=countersign::5,286 more findings"),
        "{last}"
    );
}

#[test]
fn strictly_warnings_are_errors_on_every_surface() {
    let strict = || noisy().strictly();
    let title = of_report(strict(), title);
    assert_eq!(title, "fail: 5,296 warnings, and --strict lets them count");
    let lines = annotations(&strict(), &Selection::default());
    assert_eq!(lines.matches("::error ").count(), 10, "{lines}");
    assert!(
        lines.contains("Warnings count as errors (--strict)."),
        "{lines}"
    );
}
