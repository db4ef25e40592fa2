use std::collections::BTreeSet;

use super::*;
use crate::check::Report;
use crate::check::gate::{Side, judge};
use crate::check::logins::Logins;
use crate::check::sample::{commit, id, ledger, skill, version_state};
use crate::model::State;
use crate::render::sample::{context, sample_findings, sample_ledger};
use crate::render::status::Shown;
use crate::render::{Context, escape};

#[test]
#[allow(clippy::too_many_lines, reason = "it is one snapshot")]
fn status_shows_every_field_with_null_for_what_is_absent() {
    let ledger = sample_ledger();
    let wanted = Shown {
        subjects: Some(BTreeSet::from([id("skill/pdf-tools")])),
        ..Shown::default()
    };
    insta::assert_snapshot!(text(&status(&context(), &ledger, &sample_findings(&ledger), &wanted)), @r#"
    {
      "schema": "countersign.status/v1",
      "repository": "github.com/acme/agent-skills",
      "branch": "main",
      "head": "0000001411111111111111111111111111111111",
      "anchor": "0000000011111111111111111111111111111111",
      "anchor_pinned": false,
      "now": "2026-11-04T10:00:00Z",
      "policy_serial": 7,
      "policy": {
        "serial": 7,
        "digest": "sha256:823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812",
        "pending": {
          "serial": 8,
          "digest": "sha256:26b2af64838b8428c1b17b7cd4b9c0a18b6ef88a313f80f89c6455b08e1b9f08",
          "requirement": {
            "count": 2,
            "from": [
              "owners",
              "administrators"
            ],
            "accept": [
              "signature",
              "review"
            ],
            "approvals": [
              {
                "principal": "alice",
                "evidence": "signature"
              }
            ],
            "missing": 1,
            "eligible": [
              {
                "principal": "carol",
                "account": null
              }
            ]
          }
        }
      },
      "suspended": [],
      "people": [],
      "subjects": [
        {
          "subject": "skill/pdf-tools",
          "kind": "skill",
          "path": "skills/pdf-tools",
          "present": true,
          "version": "1.3.0",
          "digest": "sha256:0cc55696ef6320f9a29b2995066ef4fa742ee65e71adcbe69f12dbc90d3be0b4",
          "state": "draft",
          "current": "1.2.0",
          "baseline": false,
          "owners": [
            "alice",
            "bob"
          ],
          "risk": "medium",
          "landed": {
            "commit": "0000000e11111111111111111111111111111111",
            "position": 14,
            "time": "2026-11-04T00:00:00Z"
          },
          "contributors": [
            "dave",
            "mallory\u202e@example.com"
          ],
          "requirements": [
            {
              "count": 2,
              "from": [
                "owners",
                "administrators"
              ],
              "accept": [
                "signature",
                "review"
              ],
              "approvals": [
                {
                  "principal": "alice",
                  "evidence": "signature"
                }
              ],
              "missing": 1,
              "eligible": [
                {
                  "principal": "bob",
                  "account": null
                },
                {
                  "principal": "carol",
                  "account": null
                }
              ]
            }
          ],
          "rejected_by": [],
          "expires": null,
          "findings": [
            "hidden-text",
            "unapproved-version"
          ],
          "versions": [
            {
              "version": "1.2.0",
              "digest": "sha256:aedb3b2ad040a3084552816831eb07b0e2fe6376d32b36237b4735bd4cd58d83",
              "state": "approved",
              "landed": {
                "commit": "0000000511111111111111111111111111111111",
                "position": 5,
                "time": "2026-11-03T15:00:00Z"
              }
            },
            {
              "version": "1.3.0",
              "digest": "sha256:0cc55696ef6320f9a29b2995066ef4fa742ee65e71adcbe69f12dbc90d3be0b4",
              "state": "draft",
              "landed": {
                "commit": "0000000e11111111111111111111111111111111",
                "position": 14,
                "time": "2026-11-04T00:00:00Z"
              }
            }
          ]
        }
      ],
      "unrecorded_pull_requests": []
    }
    "#);
}

#[test]
fn check_counts_waiting_findings_among_the_errors() {
    let (base, merged) = (
        ledger(vec![]),
        ledger(vec![skill(
            "x",
            vec![version_state("1.0.0", "x", 21, State::Draft)],
        )]),
    );
    let base = Side {
        ledger: &base,
        findings: sample_findings(&base),
    };
    let report = judge(
        Some(&base),
        &Side {
            ledger: &merged,
            findings: sample_findings(&merged),
        },
    );
    let candidate = Context {
        base: Some(commit(20)),
        head: None,
        ..context()
    };
    insta::assert_snapshot!(text(&check(&candidate, Some(&merged), &report)), @r#"
    {
      "schema": "countersign.check/v1",
      "verdict": "waiting",
      "strict": false,
      "head": null,
      "base": "0000001411111111111111111111111111111111",
      "anchor": "0000000011111111111111111111111111111111",
      "anchor_pinned": false,
      "now": "2026-11-04T10:00:00Z",
      "policy_serial": 7,
      "subjects": [
        {
          "subject": "skill/x",
          "kind": "skill",
          "path": "skills/x",
          "present": true,
          "version": "1.0.0",
          "digest": "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
          "state": "draft",
          "current": null,
          "baseline": false,
          "owners": [
            "alice",
            "bob"
          ],
          "risk": "medium",
          "landed": {
            "commit": "0000001511111111111111111111111111111111",
            "position": 21,
            "time": "2026-11-04T07:00:00Z"
          },
          "contributors": [],
          "requirements": [
            {
              "count": 1,
              "from": [
                "owners",
                "administrators"
              ],
              "accept": [
                "signature",
                "review"
              ],
              "approvals": [],
              "missing": 1,
              "eligible": [
                {
                  "principal": "alice",
                  "account": null
                },
                {
                  "principal": "bob",
                  "account": null
                }
              ]
            }
          ],
          "rejected_by": [],
          "expires": null,
          "findings": [
            "unapproved-version"
          ],
          "versions": [
            {
              "version": "1.0.0",
              "digest": "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
              "state": "draft",
              "landed": {
                "commit": "0000001511111111111111111111111111111111",
                "position": 21,
                "time": "2026-11-04T07:00:00Z"
              }
            }
          ]
        }
      ],
      "findings": [
        {
          "rule": "unapproved-version",
          "severity": "error",
          "waiting": true,
          "message": "skill/x 1.0.0 is a draft (0 of 1: needs one of alice, bob)",
          "help": "Run `countersign approve skill/x --reason …` as an eligible approver, or revert the change.",
          "subject": "skill/x",
          "version": "1.0.0",
          "principal": null,
          "path": "skills/x",
          "line": null,
          "column": null,
          "commit": "0000001511111111111111111111111111111111",
          "position": 21,
          "compare": null
        }
      ],
      "counts": {
        "error": 1,
        "warning": 0,
        "info": 0,
        "waiting": 1,
        "subjects": 1
      },
      "unrecorded_pull_requests": []
    }
    "#);
}

#[test]
fn check_is_printed_also_when_nothing_could_be_evaluated() {
    let nothing = Context {
        repository: None,
        branch: None,
        head: None,
        anchor: None,
        ..context()
    };
    insta::assert_snapshot!(text(&check(&nothing, None, &Report::not_evaluated(Vec::new()))), @r#"
    {
      "schema": "countersign.check/v1",
      "verdict": "not-evaluated",
      "strict": false,
      "head": null,
      "base": null,
      "anchor": null,
      "anchor_pinned": false,
      "now": "2026-11-04T10:00:00Z",
      "policy_serial": null,
      "subjects": [],
      "findings": [],
      "counts": {
        "error": 0,
        "warning": 0,
        "info": 0,
        "waiting": 0,
        "subjects": 0
      },
      "unrecorded_pull_requests": []
    }
    "#);
}

#[test]
fn log_shows_refusals_with_their_rule() {
    let ledger = sample_ledger();
    let last = ledger.events.iter().rev().take(2).rev();
    insta::assert_snapshot!(text(&log(&context(), last)), @r#"
    {
      "schema": "countersign.log/v1",
      "now": "2026-11-04T10:00:00Z",
      "events": [
        {
          "position": 16,
          "commit": "0000001011111111111111111111111111111111",
          "time": "2026-11-04T02:00:00Z",
          "action": "approve",
          "subject": "skill/pdf-tools",
          "version": "1.3.0",
          "digest": "sha256:0cc55696ef6320f9a29b2995066ef4fa742ee65e71adcbe69f12dbc90d3be0b4",
          "principal": "bob",
          "reason": "Sends files to an unknown host.",
          "evidence": null,
          "review": null,
          "accepted": false,
          "refused_because": "key-unknown"
        },
        {
          "position": 17,
          "commit": "0000001111111111111111111111111111111111",
          "time": "2026-11-04T03:00:00Z",
          "action": "block",
          "subject": "skill/payments-refund",
          "version": "2.0.0",
          "digest": "sha256:1d630127108f1feaf1f7beee59b66dd679daf712a441f3d0a39ee9ea0f2b7a95",
          "principal": "carol",
          "reason": "Leaks card numbers.\n::error::\u001b[31mforged",
          "evidence": "signature",
          "review": null,
          "accepted": true,
          "refused_because": null
        }
      ]
    }
    "#);
}

#[test]
fn subjects_and_rule_ids_are_sorted() {
    let ledger = sample_ledger();
    let status = status(
        &context(),
        &ledger,
        &sample_findings(&ledger),
        &Shown::default(),
    );
    assert!(status.subjects.is_sorted_by(|a, b| a.subject < b.subject));
    assert!(
        status
            .subjects
            .iter()
            .all(|subject| subject.findings.is_sorted_by(|a, b| a < b))
    );
}

#[test]
fn a_subject_that_is_gone_keeps_its_row() {
    let ledger = sample_ledger();
    let view = SubjectOut::new(
        &ledger.subjects[&id("skill/old-notes")],
        &[],
        &Logins::default(),
    );
    assert_eq!(
        (
            view.present,
            view.version.as_deref(),
            view.state,
            view.path.as_deref()
        ),
        (false, Some("1.0.0"), "archived", Some("skills/old-notes"))
    );
}

#[test]
fn bytes_that_cannot_be_identified_have_no_version_and_are_a_draft() {
    let mut subject = skill("x", vec![version_state("1.0.0", "x", 1, State::Approved)]);
    subject.head = None;
    let view = SubjectOut::new(&subject, &[], &Logins::default());
    assert_eq!(
        (
            view.version,
            view.digest,
            view.state,
            view.requirements.len()
        ),
        (None, None, "draft", 0)
    );
}

#[test]
fn hostile_text_is_inert_and_unchanged_in_value() {
    let ledger = sample_ledger();
    let text = text(&log(&context(), &ledger.events));
    assert!(text.chars().all(|c| c == '\n' || !escape::is_unsafe(c)));
    let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(
        value["events"][5]["reason"],
        "Leaks card numbers.\n::error::\u{1b}[31mforged"
    );
}
