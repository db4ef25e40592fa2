use std::collections::BTreeSet;

use super::*;
use crate::check::landing;
use crate::check::rules::Setting;
use crate::check::sample::{
    facts, id, ledger, name, policy, record, requirement, signed, skill, version_state,
};
use crate::lifecycle::ledger::{Subject, VersionKey};
use countersign_model::{DecisionKind, Fact, Observation, Place};

/// The side that a ledger makes, with further observations.
fn side(ledger: &Ledger, candidate: bool, more: &[Observation]) -> Vec<Finding> {
    let (policy, none) = (policy(), BTreeSet::new());
    let mut observations = landing::judge(ledger, &facts(&policy, &none));
    observations.extend_from_slice(more);
    findings::judge_all(
        &observations,
        &Setting {
            candidate,
            ..Setting::default()
        },
    )
}

fn gate_with(
    base: &Ledger,
    base_more: &[Observation],
    merged: &Ledger,
    merged_more: &[Observation],
) -> Report {
    let base = Side {
        ledger: base,
        findings: side(base, false, base_more),
    };
    judge(
        Some(&base),
        &Side {
            ledger: merged,
            findings: side(merged, true, merged_more),
        },
    )
}

fn gate(base: Vec<Subject>, merged: Vec<Subject>) -> Report {
    gate_with(&ledger(base), &[], &ledger(merged), &[])
}

/// A ledger in which a record that the base does not have names a subject.
fn named(subjects: Vec<Subject>, subject: &str) -> Ledger {
    let mut ledger = ledger(subjects);
    record(
        &mut ledger,
        subject,
        &key(subject),
        DecisionKind::Block,
        "alice",
        9,
        signed(),
    );
    ledger
}

fn key(which: &str) -> VersionKey {
    version_state("1.0.0", which, 1, State::Approved).key
}

fn rules(report: &Report) -> Vec<&'static str> {
    report
        .findings
        .iter()
        .map(|finding| finding.rule.as_str())
        .collect()
}

fn approved(which: &str) -> Subject {
    skill(
        which,
        vec![version_state("1.0.0", which, 1, State::Approved)],
    )
}

fn in_state(which: &str, state: State) -> Subject {
    let mut versions = vec![version_state("1.0.0", which, 1, State::Approved)];
    versions[0].state = state;
    skill(which, versions)
}

fn draft(which: &str) -> Subject {
    skill(which, vec![version_state("1.0.0", which, 1, State::Draft)])
}

#[test]
fn without_a_base_everything_counts() {
    let ledger = ledger(vec![approved("a"), draft("b")]);
    let report = judge(
        None,
        &Side {
            ledger: &ledger,
            findings: side(&ledger, false, &[]),
        },
    );
    assert_eq!(report.verdict, Verdict::Waiting);
    assert_eq!(report.subjects, [id("skill/a"), id("skill/b")]);
}

#[test]
fn old_drafts_do_not_block_anyone() {
    let report = gate(
        vec![draft("old"), approved("a")],
        vec![draft("old"), approved("a")],
    );
    assert_eq!((report.verdict, report.subjects.len()), (Verdict::Pass, 0));
    let landed = gate(vec![draft("old")], vec![draft("old"), approved("new")]);
    assert_eq!(
        (landed.verdict, landed.subjects),
        (Verdict::Pass, vec![id("skill/new")])
    );
}

#[test]
fn a_new_draft_waits() {
    let report = gate(vec![draft("old")], vec![draft("old"), draft("new")]);
    assert_eq!(report.verdict, Verdict::Waiting);
    assert_eq!(
        report
            .findings
            .iter()
            .map(|finding| finding.subject.clone())
            .collect::<Vec<_>>(),
        [Some(id("skill/new"))]
    );
}

#[test]
fn changed_bytes_of_an_old_draft_wait_though_the_version_is_the_same() {
    let changed = skill(
        "x",
        vec![
            version_state("1.0.0", "before", 1, State::Draft),
            version_state("1.0.0", "after", 5, State::Draft),
        ],
    );
    let report = gate(
        vec![skill(
            "x",
            vec![version_state("1.0.0", "before", 1, State::Draft)],
        )],
        vec![changed],
    );
    assert_eq!(
        (report.verdict, report.subjects),
        (Verdict::Waiting, vec![id("skill/x")])
    );
}

#[test]
fn one_more_approval_of_an_old_draft_passes() {
    let with = |counted: &[&str], open: &[&str]| {
        let mut versions = vec![version_state("1.0.0", "x", 1, State::Draft)];
        versions[0].requirements = vec![requirement(2, counted, open)];
        skill("x", versions)
    };
    assert_eq!(
        gate(
            vec![with(&[], &["alice", "bob"])],
            vec![with(&["alice"], &["bob"])]
        )
        .verdict,
        Verdict::Pass
    );
}

#[test]
fn an_urgent_lowering_always_passes() {
    for state in [
        State::Deprecated,
        State::Archived,
        State::RolledBack,
        State::Blocked,
        State::Revoked,
    ] {
        for before in [approved("x"), draft("x")] {
            let report = gate_with(
                &ledger(vec![before]),
                &[],
                &named(vec![in_state("x", state)], "skill/x"),
                &[],
            );
            assert_eq!(
                (report.verdict, rules(&report)),
                (Verdict::Pass, vec![]),
                "{state}"
            );
            assert_eq!(
                (report.subjects, report.lowered),
                (vec![], vec![id("skill/x")]),
                "{state}"
            );
        }
    }
    let mut rejected = draft("x");
    rejected.versions[0].rejected_by = BTreeSet::from([name("alice")]);
    let report = gate_with(
        &ledger(vec![draft("x")]),
        &[],
        &named(vec![rejected], "skill/x"),
        &[],
    );
    assert_eq!(
        (report.verdict, report.lowered),
        (Verdict::Pass, vec![id("skill/x")])
    );
}

#[test]
fn what_turns_a_subject_that_no_record_in_the_change_names_is_not_excused() {
    let others = || vec![approved("x"), approved("other")];
    let turned = || {
        vec![
            in_state("x", State::Revoked),
            in_state("other", State::Revoked),
        ]
    };
    let report = gate_with(&ledger(others()), &[], &named(turned(), "skill/x"), &[]);
    assert_eq!(
        (report.verdict, rules(&report)),
        (Verdict::Fail, vec!["revoked-content"])
    );
    assert_eq!(report.findings[0].subject, Some(id("skill/other")));
}

#[test]
fn a_block_that_removes_the_files_passes() {
    let mut removed = in_state("x", State::Blocked);
    removed.paths.clear();
    removed.head = None;
    let report = gate(vec![approved("x")], vec![removed]);
    assert_eq!(
        (report.verdict, report.lowered),
        (Verdict::Pass, vec![id("skill/x")])
    );
}

#[test]
fn a_block_of_every_version_passes() {
    let mut before = draft("x");
    before.versions[0].state = State::Blocked;
    let mut after = before.clone();
    after
        .blocked_all
        .push(crate::check::sample::digest("record"));
    assert_eq!(gate(vec![before], vec![after]).lowered, [id("skill/x")]);
}

#[test]
fn revoking_one_file_fails_the_packages_that_contain_it_unless_the_change_decides_about_them_too() {
    let holds = Observation::new(RuleId::ContainsRevokedFile)
        .subject(&id("skill/other"))
        .with(Fact::File, "a.md");
    let base = ledger(vec![approved("x"), approved("other")]);
    let revoked = || vec![in_state("x", State::Revoked), approved("other")];
    let gate =
        |merged: &Ledger| gate_with(&base, &[], merged, std::slice::from_ref(&holds)).verdict;
    assert_eq!(gate(&named(revoked(), "skill/x")), Verdict::Fail);
    let mut both = named(
        vec![
            in_state("x", State::Revoked),
            in_state("other", State::Blocked),
        ],
        "skill/x",
    );
    record(
        &mut both,
        "skill/other",
        &key("other"),
        DecisionKind::Block,
        "alice",
        9,
        signed(),
    );
    assert_eq!(gate(&both), Verdict::Pass);
    let changed = ledger(vec![skill(
        "other",
        vec![
            version_state("1.0.0", "other", 1, State::Approved),
            version_state("1.1.0", "more", 9, State::Approved),
        ],
    )]);
    assert_eq!(
        gate_with(&base, &[], &changed, &[holds]).verdict,
        Verdict::Fail
    );
}

#[test]
fn landing_blocked_or_revoked_bytes_fails() {
    for state in [State::Blocked, State::Revoked, State::RolledBack] {
        let mut versions = vec![
            version_state("1.0.0", "good", 1, State::Approved),
            version_state("1.1.0", "bad", 5, State::Draft),
        ];
        versions[1].state = state;
        let report = gate(
            vec![skill(
                "x",
                vec![version_state("1.0.0", "good", 1, State::Approved)],
            )],
            vec![skill("x", versions)],
        );
        assert_eq!(report.verdict, Verdict::Fail, "{state}");
    }
}

#[test]
fn an_approval_that_turns_the_tree_into_a_regression_counts() {
    let versions = |newer: State| {
        vec![
            version_state("1.1.0", "newer", 3, newer),
            version_state("1.0.0", "x", 1, State::Approved),
        ]
    };
    let report = gate(
        vec![skill("x", versions(State::Draft))],
        vec![skill("x", versions(State::Approved))],
    );
    assert_eq!(
        (
            report.verdict,
            rules(&report).contains(&"version-regressed")
        ),
        (Verdict::Fail, true)
    );
}

#[test]
fn removing_an_approved_subject_fails_in_the_candidate_and_warns_afterwards() {
    let mut gone = approved("x");
    gone.paths.clear();
    gone.head = None;
    assert_eq!(
        gate(vec![approved("x")], vec![gone.clone()]).verdict,
        Verdict::Fail
    );
    assert_eq!(
        gate(vec![gone.clone()], vec![gone.clone(), approved("y")]).verdict,
        Verdict::Pass
    );
    let ledger = ledger(vec![gone]);
    let report = judge(
        None,
        &Side {
            ledger: &ledger,
            findings: side(&ledger, false, &[]),
        },
    );
    assert_eq!(
        (report.verdict, rules(&report)),
        (Verdict::Pass, vec!["subject-removed"])
    );
}

#[test]
fn old_faults_do_not_count_and_new_ones_do() {
    let fault = |path: &str| {
        Observation::new(RuleId::HiddenText)
            .place(Place::at(path, 3, 1))
            .with(Fact::Why, "U+200B")
    };
    let both = ledger(vec![approved("x")]);
    let moved = Observation {
        place: Some(Place::at("a.md", 9, 1)),
        ..fault("a.md")
    };
    assert_eq!(
        gate_with(&both, &[fault("a.md")], &both, std::slice::from_ref(&moved)).verdict,
        Verdict::Pass,
        "it only moved"
    );
    assert_eq!(
        gate_with(
            &both,
            &[fault("a.md")],
            &both,
            &[fault("a.md"), fault("b.md")]
        )
        .findings
        .len(),
        1
    );
    let twice = gate_with(&both, &[fault("a.md")], &both, &[fault("a.md"), moved]);
    assert_eq!(
        twice
            .findings
            .iter()
            .map(|finding| finding.line)
            .collect::<Vec<_>>(),
        [Some(9)],
        "the second one is new"
    );
}

#[test]
fn a_changed_package_brings_all_its_faults_but_not_those_of_its_old_records() {
    let content = Observation::new(RuleId::Symlink)
        .subject(&id("skill/x"))
        .place(Place::file("skills/x/link"));
    let evidence = Observation::new(RuleId::EvidenceMissing)
        .subject(&id("skill/x"))
        .place(Place::file("approvals/skill/x/1.0.0/a.yaml"));
    let more = [content, evidence];
    let base = ledger(vec![approved("x")]);
    let merged = ledger(vec![skill(
        "x",
        vec![
            version_state("1.0.0", "x", 1, State::Approved),
            version_state("1.1.0", "y", 5, State::Approved),
        ],
    )]);
    assert_eq!(rules(&gate_with(&base, &more, &merged, &more)), ["symlink"]);
    assert_eq!(rules(&gate_with(&base, &more, &base, &more)), [""; 0]);
}

#[test]
fn what_is_about_the_question_itself_counts_against_every_base() {
    let both = ledger(vec![approved("x")]);
    for (rule, verdict) in [
        (RuleId::PolicyFork, Verdict::Fail),
        (RuleId::IncludesMissing, Verdict::Fail),
        (RuleId::HistoryIncomplete, Verdict::NotEvaluated),
    ] {
        let more = [Observation::new(rule)];
        assert_eq!(
            gate_with(&both, &more, &both, &more).verdict,
            verdict,
            "{rule}"
        );
    }
}

#[test]
fn an_unblock_that_shows_a_draft_waits_and_one_that_shows_an_approval_passes() {
    assert_eq!(
        gate(vec![in_state("x", State::Blocked)], vec![approved("x")]).verdict,
        Verdict::Pass
    );
    let mut blocked = draft("x");
    blocked.versions[0].state = State::Blocked;
    assert_eq!(
        gate(vec![blocked], vec![draft("x")]).verdict,
        Verdict::Waiting
    );
}

#[test]
fn an_approval_that_no_longer_applies_is_not_a_lowering() {
    let mut expired = approved("x");
    expired.versions[0].state = State::Draft;
    expired.versions[0].expired = true;
    let report = gate(vec![approved("x")], vec![expired]);
    assert_eq!(
        (report.verdict, report.lowered.len()),
        (Verdict::Waiting, 0)
    );
}

#[test]
fn records_of_a_lowered_subject_still_count_when_they_are_broken() {
    let broken = Observation::new(RuleId::SignatureInvalid)
        .subject(&id("skill/x"))
        .place(Place::file("approvals/skill/x/1.0.0/b.yaml"));
    let (base, mut merged) = (
        ledger(vec![approved("x")]),
        ledger(vec![in_state("x", State::Blocked)]),
    );
    let key = merged.subjects[&id("skill/x")].versions[0].key.clone();
    record(
        &mut merged,
        "skill/x",
        &key,
        DecisionKind::Block,
        "alice",
        9,
        signed(),
    );
    assert_eq!(
        rules(&gate_with(&base, &[], &merged, &[broken])),
        ["signature-invalid"]
    );
}

#[test]
fn what_could_not_be_replayed_is_not_evaluated() {
    assert_eq!(
        Report::not_evaluated(Vec::new()).verdict,
        Verdict::NotEvaluated
    );
}

#[test]
fn strictly_a_warning_fails_and_what_was_not_evaluated_stays_so() {
    let of = |rules: &[RuleId]| {
        let observations: Vec<_> = rules.iter().map(|rule| Observation::new(*rule)).collect();
        let ledger = ledger(vec![]);
        let report = judge(
            None,
            &Side {
                ledger: &ledger,
                findings: findings::judge_all(&observations, &Setting::default()),
            },
        );
        (report.verdict, report.strictly().verdict)
    };
    assert_eq!(of(&[]), (Verdict::Pass, Verdict::Pass));
    assert_eq!(of(&[RuleId::SeparationOff]), (Verdict::Pass, Verdict::Pass));
    assert_eq!(of(&[RuleId::Unversioned]), (Verdict::Pass, Verdict::Fail));
    assert_eq!(
        of(&[RuleId::Unversioned, RuleId::PolicyPending]),
        (Verdict::Waiting, Verdict::Fail)
    );
    assert_eq!(
        of(&[RuleId::Unversioned, RuleId::HistoryIncomplete]),
        (Verdict::NotEvaluated, Verdict::NotEvaluated)
    );
}
