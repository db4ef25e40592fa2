use std::collections::BTreeSet;

use super::*;
use crate::check::Report;
use crate::check::gate::{Side, judge};
use crate::check::sample::{commit, id, ledger, record, signed, skill, version_state};
use crate::lifecycle::Ledger;
use crate::model::{DecisionKind, Fact, Observation, RuleId};
use crate::render::listing::Listing;
use crate::render::paint::Paint;
use crate::render::sample::{context, sample_findings, sample_ledger, sample_policy};
use crate::render::status::Shown;
use crate::render::{Context, escape};

fn explained(ledger: &Ledger, which: &str) -> String {
    let (context, policy, found) = (context(), sample_policy(), sample_findings(ledger));
    let subject = &ledger.subjects[&id(which)];
    explain(
        &Explanation {
            context: &context,
            ledger,
            policy: &policy,
            subject,
            version: subject.head_version(),
            findings: &found,
        },
        Paint::PLAIN,
    )
}

fn gated(base: &Ledger, merged: &Ledger) -> Report {
    let base = Side {
        ledger: base,
        findings: sample_findings(base),
    };
    judge(
        Some(&base),
        &Side {
            ledger: merged,
            findings: sample_findings(merged),
        },
    )
}

fn candidate() -> Context {
    Context {
        base: Some(commit(20)),
        head: Some(commit(21)),
        anchor_pinned: true,
        ..context()
    }
}

#[test]
fn status_has_one_row_per_subject_and_then_the_findings() {
    let ledger = sample_ledger();
    insta::assert_snapshot!(status(&context(), &ledger, &sample_findings(&ledger), &Shown::default(), &Listing::default(), Paint::PLAIN), @r#"
    github.com/acme/agent-skills main at 0000001411 [policy 7, anchor 0000000011 not pinned]

    SUBJECT                VERSION                    STATE             CURRENT  OWNERS         DIGEST
    skill/crawler          0.2.0                      draft (rejected)  -        data-platform  71c6f2f5e422
    skill/lint             unversioned (sha da9663…)  draft (baseline)  -        data-platform  da966368ea66
    skill/old-notes        1.0.0                      archived (gone)   -        data-platform  14bfe7b837d4
    skill/payments-refund  2.0.0                      blocked           -        data-platform  1d630127108f
    skill/pdf-tools        1.3.0                      draft (1 of 2)    1.2.0    data-platform  0cc55696ef63
    skill/summary          3.0.0                      approved          3.1.0    data-platform  cba06b5736fa
    skill/tables           1.0.0                      deprecated        -        data-platform  d98a034f5cb8

    7 subjects: 3 draft, 1 approved, 1 deprecated, 1 archived, 1 blocked

    policy  serial 8 is pending: 1 of 2: needs carol

    error hidden-text
      skills/pdf-tools/SKILL.md:12:7  this character is invisible or reorders text: U+202E
      help: Delete the character at the location shown, and ask its author why it is there.

    error blocked-version
      skills/payments-refund  skill/payments-refund 2.0.0 is blocked by carol: Leaks card numbers.\u{a}::error::\u{1b}[31mforged
      help: Remove or replace the files (`countersign block skill/payments-refund --remove --reason …` removes them), or lift the block with `countersign unblock skill/payments-refund --reason …`, which needs the same approvals as approving.

    error version-regressed
      skills/summary  skill/summary 3.0.0 is below the highest approved version (current is 3.1.0), and no rollback names it
      help: Restore the current version with `countersign rollback skill/summary --to current --reason …`, or run `countersign rollback skill/summary --to 3.0.0 --reason …` if going back is intended.

    error key-unknown
      the signing key belongs to no one in the current policy: SHA256:evil\u{1b}[2J is not listed in the policy in force
        at approvals/skill/pdf-tools/1.3.0/20261104T020000Z-approve-bob.yaml
      help: Remove the record. Add the key to countersign.yaml, wait until that is in force, and decide again.

    waiting unapproved-version
      skills/pdf-tools  skill/pdf-tools 1.3.0 is a draft (1 of 2: needs one of bob, carol)
      help: Run `countersign approve skill/pdf-tools --reason …` as an eligible approver, or revert the change.

    waiting rejected-version
      skills/crawler  skill/crawler 0.2.0 stays a draft: alice rejected it
      help: Change the package as they ask and land it as a new version, or ask them to approve it with `countersign approve skill/crawler --reason …`, which answers the reject.

    waiting policy-pending
      countersign.yaml  policy 8 is not in force yet (1 of 2: needs carol)
      help: Run `countersign approve policy/countersign --reason …` as an administrator.

    warning deprecated-version
      skills/tables  skill/tables 1.0.0 is deprecated
      help: Land the replacement as a new version, or archive the subject when nothing uses it any more.

    1 note (baseline-content 1): countersign check --severity info
    "#);
}

#[test]
fn status_of_one_subject_shows_only_it() {
    let ledger = sample_ledger();
    let wanted = Shown {
        subjects: Some(BTreeSet::from([id("skill/tables")])),
        ..Shown::default()
    };
    insta::assert_snapshot!(status(&context(), &ledger, &sample_findings(&ledger), &wanted, &Listing::default(), Paint::PLAIN), @r#"
    github.com/acme/agent-skills main at 0000001411 [policy 7, anchor 0000000011 not pinned]

    SUBJECT       VERSION  STATE       CURRENT  OWNERS         DIGEST
    skill/tables  1.0.0    deprecated  -        data-platform  d98a034f5cb8

    1 subject: 1 deprecated

    warning deprecated-version
      skills/tables  skill/tables 1.0.0 is deprecated
      help: Land the replacement as a new version, or archive the subject when nothing uses it any more.
    "#);
}

#[test]
fn a_pass_is_one_line() {
    let ledger = ledger(vec![skill(
        "x",
        vec![version_state("1.0.0", "x", 1, State::Approved)],
    )]);
    let report = judge(
        None,
        &Side {
            ledger: &ledger,
            findings: Vec::new(),
        },
    );
    insta::assert_snapshot!(check(&context(), Some(&ledger), &report, &Listing::default(), Paint::PLAIN), @r#"pass: main at 0000001411, 1 subject [policy 7, anchor 0000000011 not pinned]"#);
}

#[test]
fn a_waiting_candidate_says_who_is_missing() {
    let (base, merged) = (
        ledger(vec![]),
        ledger(vec![skill(
            "x",
            vec![version_state("1.0.0", "x", 21, State::Draft)],
        )]),
    );
    insta::assert_snapshot!(check(&candidate(), Some(&merged), &gated(&base, &merged), &Listing::default(), Paint::PLAIN), @r#"
    waiting: 0000001511 onto 0000001411, 1 subject changed; 1 awaiting approval [policy 7, anchor 0000000011 pinned]

    waiting unapproved-version
      skills/x  skill/x 1.0.0 is a draft (0 of 1: needs one of alice, bob)
      help: Run `countersign approve skill/x --reason …` as an eligible approver, or revert the change.
    "#);
}

#[test]
fn an_urgent_block_passes_and_is_named() {
    let versions = |state| {
        let mut version = version_state("1.0.0", "x", 1, State::Approved);
        version.state = state;
        ledger(vec![skill("x", vec![version])])
    };
    let (base, mut merged) = (versions(State::Approved), versions(State::Blocked));
    let key = version_state("1.0.0", "x", 1, State::Blocked).key;
    record(
        &mut merged,
        "skill/x",
        &key,
        DecisionKind::Block,
        "alice",
        9,
        signed(),
    );
    insta::assert_snapshot!(check(&candidate(), Some(&merged), &gated(&base, &merged), &Listing::default(), Paint::PLAIN), @r#"
    pass: 0000001511 onto 0000001411, no subject changes [policy 7, anchor 0000000011 pinned]

    skill/x only loses authority; that never blocks a change
    "#);
}

#[test]
fn many_findings_of_one_rule_share_one_help() {
    let subjects = ["a", "b", "c"]
        .map(|name| skill(name, vec![version_state("1.0.0", name, 1, State::Draft)]));
    let ledger = ledger(subjects.into());
    let report = judge(
        None,
        &Side {
            ledger: &ledger,
            findings: sample_findings(&ledger),
        },
    );
    insta::assert_snapshot!(check(&context(), Some(&ledger), &report, &Listing::default(), Paint::PLAIN), @r#"
    waiting: main at 0000001411, 3 subjects; 3 awaiting approval [policy 7, anchor 0000000011 not pinned]

    waiting unapproved-version
      skills/a  skill/a 1.0.0 is a draft (0 of 1: needs one of alice, bob)
      skills/b  skill/b 1.0.0 is a draft (0 of 1: needs one of alice, bob)
      skills/c  skill/c 1.0.0 is a draft (0 of 1: needs one of alice, bob)
      help: Run `countersign approve skill/a --reason …` as an eligible approver, or revert the change. The same for the others.
    "#);
}

#[test]
fn what_was_not_evaluated_never_looks_like_a_pass() {
    let observation =
        Observation::new(RuleId::HistoryIncomplete).with(Fact::Why, "the clone is shallow");
    let findings =
        crate::check::findings::judge_all([&observation], &crate::check::rules::Setting::default());
    let nothing = Context {
        head: None,
        anchor: None,
        repository: None,
        branch: None,
        ..context()
    };
    insta::assert_snapshot!(check(&nothing, None, &Report::not_evaluated(findings), &Listing::default(), Paint::PLAIN), @r#"
    not-evaluated: this branch could not be evaluated, which is not a pass

    not evaluated history-incomplete
      the history is not complete: the clone is shallow
      help: Fetch everything: a shallow clone with `git fetch --unshallow` (in GitHub Actions `fetch-depth: 0`), a partial one by cloning again without `--filter`.
    "#);
}

#[test]
fn a_failing_check_lists_what_blocks_it() {
    let ledger = sample_ledger();
    let report = judge(
        None,
        &Side {
            ledger: &ledger,
            findings: sample_findings(&ledger),
        },
    );
    let text = check(
        &context(),
        Some(&ledger),
        &report,
        &Listing::default(),
        Paint::PLAIN,
    );
    insta::assert_snapshot!(text.lines().next().unwrap_or_default(), @r#"fail: main at 0000001411, 7 subjects; 4 errors, 3 awaiting approval, 1 warning [policy 7, anchor 0000000011 not pinned]"#);
    let all = status(
        &context(),
        &ledger,
        &sample_findings(&ledger),
        &Shown::default(),
        &Listing::default(),
        Paint::PLAIN,
    );
    let groups = text
        .split_once("\n\n")
        .map(|(_, groups)| groups.trim_end())
        .unwrap_or_default();
    assert!(
        all.contains(groups),
        "both commands say the same about the same findings"
    );
}

#[test]
fn log_has_one_line_per_event() {
    insta::assert_snapshot!(log(&sample_ledger().events, Paint::PLAIN), @r#"
    POS  COMMIT      DATE        ACTION   SUBJECT                      BY     PROOF                 REASON
      5  0000000511  2026-11-03  landed   skill/pdf-tools 1.2.0
      5  0000000511  2026-11-03  approve  skill/pdf-tools 1.2.0        alice  signature             Sends files to an unknown host.
     14  0000000e11  2026-11-04  landed   skill/pdf-tools 1.3.0
     15  0000000f11  2026-11-04  approve  skill/pdf-tools 1.3.0        alice  signature             Sends files to an unknown host.
     16  0000001011  2026-11-04  approve  skill/pdf-tools 1.3.0        bob    refused: key-unknown  Sends files to an unknown host.
     17  0000001111  2026-11-04  block    skill/payments-refund 2.0.0  carol  signature             Leaks card numbers.\u{a}::error::\u{1b}[31mforged
    "#);
}

#[test]
fn explain_answers_the_five_questions_of_a_draft() {
    insta::assert_snapshot!(explained(&sample_ledger(), "skill/pdf-tools"), @r#"
    skill/pdf-tools 1.3.0: draft [main at 0000001411, policy 7, anchor 0000000011 not pinned]

    Who owns it?
      owners  data-platform (alice, bob)
      risk    medium
      policy  countersign.yaml:24

    Which version is approved?
      current  1.2.0
      digest   sha256:aedb3b2ad040a3084552816831eb07b0e2fe6376d32b36237b4735bd4cd58d83
      granted  position 5, 2026-11-03T15:00:00Z

    What package was verified?
      digest        sha256:0cc55696ef6320f9a29b2995066ef4fa742ee65e71adcbe69f12dbc90d3be0b4
      landed        position 14, commit 0000000e11111111111111111111111111111111, 2026-11-04T00:00:00Z
      path          skills/pdf-tools
      contributors  dave, mallory\u{202e}@example.com (not in the policy)

    Where should it be installed?
      harnesses  claude-code, codex
      scope      project

    What changed over time?
         5  0000000511  2026-11-03  landed   skill/pdf-tools 1.2.0
         5  0000000511  2026-11-03  approve  skill/pdf-tools 1.2.0  alice  signature             Sends files to an unknown host.
        14  0000000e11  2026-11-04  landed   skill/pdf-tools 1.3.0
        15  0000000f11  2026-11-04  approve  skill/pdf-tools 1.3.0  alice  signature             Sends files to an unknown host.
        16  0000001011  2026-11-04  approve  skill/pdf-tools 1.3.0  bob    refused: key-unknown  Sends files to an unknown host.

    Why is it a draft?
      approvals that the policy requires are missing
      countersign.yaml:31 requires 2 of owners, administrators, by signature or review
        alice counts, by signature
        1 of 2: needs one of bob, carol
      separation of duties: dave contributed and cannot approve it

    Evidence
      accepted approve by alice: proved by signature, SHA256:0WWr3rzQPy0c7ZgcXvLxVbU0z0zAGYuyHBtfXPPdL1Y
        approvals/skill/pdf-tools/1.3.0/20261104T010000Z-approve-alice.yaml at position 15
        “Sends files to an unknown host.”
      refused approve by bob: key-unknown, a signature was made with a key that the policy does not list (SHA256:evil\u{1b}[2J is not listed in the policy in force)
        approvals/skill/pdf-tools/1.3.0/20261104T020000Z-approve-bob.yaml at position 16
        “Sends files to an unknown host.”

    Findings
      error hidden-text
        skills/pdf-tools/SKILL.md:12:7  this character is invisible or reorders text: U+202E
        help: Delete the character at the location shown, and ask its author why it is there.
      waiting unapproved-version
        skills/pdf-tools  skill/pdf-tools 1.3.0 is a draft (1 of 2: needs one of bob, carol)
        help: Run `countersign approve skill/pdf-tools --reason …` as an eligible approver, or revert the change.

    What would change it
      countersign approve skill/pdf-tools --reason …  1 of 2: needs one of bob, carol
      countersign reject skill/pdf-tools --reason …   one signature of an owner, operator or administrator
      countersign block skill/pdf-tools --reason …    one signature of an owner, operator or administrator
    "#);
}

#[test]
fn explain_names_the_decision_in_force() {
    let text = explained(&sample_ledger(), "skill/payments-refund");
    insta::assert_snapshot!(text.split_once("\nWhy").map(|(_, why)| why).unwrap_or_default(), @r#"
     is it blocked?
      the block by carol at position 17 applies
      countersign.yaml:31 requires 1 of owners, administrators, by signature or review

    Evidence
      accepted block by carol: proved by signature, SHA256:0WWr3rzQPy0c7ZgcXvLxVbU0z0zAGYuyHBtfXPPdL1Y
        approvals/skill/payments-refund/2.0.0/20261104T030000Z-block-carol.yaml at position 17
        “Leaks card numbers.\u{a}::error::\u{1b}[31mforged”

    Findings
      error blocked-version
        skills/payments-refund  skill/payments-refund 2.0.0 is blocked by carol: Leaks card numbers.\u{a}::error::\u{1b}[31mforged
        help: Remove or replace the files (`countersign block skill/payments-refund --remove --reason …` removes them), or lift the block with `countersign unblock skill/payments-refund --reason …`, which needs the same approvals as approving.

    What would change it
      countersign unblock skill/payments-refund --reason …         the approvals that approving needs, from alice, bob
      countersign revoke skill/payments-refund --reason …          one signature of an owner, operator or administrator
      countersign block skill/payments-refund --remove --reason …  no signature: it only changes files
    "#);
}

#[test]
fn explain_offers_the_rollback_of_the_current_version() {
    let mut ledger = ledger(vec![skill(
        "x",
        vec![
            version_state("1.0.0", "old", 1, State::Approved),
            version_state("1.1.0", "new", 3, State::Approved),
        ],
    )]);
    let subject = ledger
        .subjects
        .get_mut(&id("skill/x"))
        .expect("it is there");
    subject.previous = Some(subject.versions[0].key.clone());
    let text = explained(&ledger, "skill/x");
    insta::assert_snapshot!(text.split_once("\nWhat would").map(|(_, rest)| rest).unwrap_or_default(), @r#"
    change it
     countersign rollback skill/x --to 1.0.0 --reason …  one signature of an owner, operator or administrator
     countersign deprecate skill/x --reason …            one signature of an owner, operator or administrator
     countersign archive skill/x --reason …              one signature of an owner, operator or administrator
     countersign block skill/x --reason …                one signature of an owner, operator or administrator
     countersign revoke skill/x --reason …               one signature of an owner, operator or administrator
    "#);
}

#[test]
fn explain_speaks_of_subjects_without_a_version_or_a_rule() {
    let mut ledger = ledger(vec![
        skill("x", vec![version_state("1.0.0", "x", 1, State::Draft)]),
        skill("y", vec![version_state("1.0.0", "y", 1, State::Draft)]),
    ]);
    ledger
        .subjects
        .get_mut(&id("skill/x"))
        .expect("it is there")
        .head = None;
    let y = ledger
        .subjects
        .get_mut(&id("skill/y"))
        .expect("it is there");
    y.versions[0].requirements.clear();
    y.rule_lines.clear();
    y.owners.clear();
    assert!(explained(&ledger, "skill/x").contains("its bytes could not be identified"));
    let text = explained(&ledger, "skill/y");
    assert!(
        text.contains("no approval rule of the policy applies")
            && text.contains("data-platform (no members)")
    );
}

#[test]
fn nothing_hostile_reaches_a_terminal() {
    let ledger = sample_ledger();
    let found = sample_findings(&ledger);
    let report = judge(
        None,
        &Side {
            ledger: &ledger,
            findings: found.clone(),
        },
    );
    let texts = [
        status(
            &context(),
            &ledger,
            &found,
            &Shown::default(),
            &Listing::default(),
            Paint::PLAIN,
        ),
        check(
            &context(),
            Some(&ledger),
            &report,
            &Listing::default(),
            Paint::PLAIN,
        ),
        log(&ledger.events, Paint::PLAIN),
        explained(&ledger, "skill/pdf-tools"),
        explained(&ledger, "skill/payments-refund"),
    ];
    for text in texts {
        assert!(
            text.chars().all(|c| c == '\n' || !escape::is_unsafe(c)),
            "{text}"
        );
        assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
    }
}

#[test]
fn colors_change_no_word() {
    let ledger = sample_ledger();
    let found = sample_findings(&ledger);
    let colored = status(
        &context(),
        &ledger,
        &found,
        &Shown::default(),
        &Listing::default(),
        Paint {
            color: true,
            ..Paint::PLAIN
        },
    );
    let plain = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(
        plain,
        status(
            &context(),
            &ledger,
            &found,
            &Shown::default(),
            &Listing::default(),
            Paint::PLAIN
        )
    );
    assert_ne!(colored, plain);
}
