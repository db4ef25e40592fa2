use proptest::prelude::*;

use super::*;
use crate::Meaning;

const DIGEST: &str = "sha256:9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c";
const HEAD: &str = "schema: countersign.decision/v1\nrepository: github.com/acme/agent-skills\nprincipal: alice\nreason: Read it.\ntime: 2026-11-03T10:12:00Z\n";

fn text(decision: &str, rest: &str) -> String {
    format!("{HEAD}decision: {decision}\n{rest}")
}

fn one(decision: &str, rest: &str) -> String {
    text(
        decision,
        &format!("subject: skill/pdf-tools\nversion: 1.3.0\ndigest: {DIGEST}\n{rest}"),
    )
}

fn accepted(text: &str) -> Decision {
    parse("r.yaml", text.as_bytes()).unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"))
}

fn refused(text: &str, message: &str) {
    let problems = parse("r.yaml", text.as_bytes()).expect_err(text);
    let messages: Vec<_> = problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert!(
        messages.iter().any(|found| found.contains(message)),
        "{text}\n{messages:?}"
    );
    assert!(problems.iter().all(|problem| problem.place.line > 0
        && problem.place.column > 0
        && problem.span.1 <= text.len()));
    assert!(
        problems
            .iter()
            .all(|problem| problem.help.starts_with(char::is_uppercase)
                && problem.help.ends_with('.')),
        "{problems:?}"
    );
}

#[test]
fn reads_the_example_of_the_design() {
    let decision = accepted(&one("approve", "meaning: review\n"));
    assert_eq!(
        (decision.kind, decision.meaning, decision.batch),
        (DecisionKind::Approve, Meaning::Review, false)
    );
    assert_eq!(
        decision.path(),
        "approvals/skill/pdf-tools/1.3.0/20261103T101200Z-approve-alice.yaml"
    );
}

#[test]
fn a_batch_is_in_its_own_folder() {
    let items = format!(
        "items:\n  - {{subject: skill/a, version: 1.0.0, digest: '{DIGEST}'}}\n  - {{subject: skill/b, version: 1.0.0, digest: '{DIGEST}'}}\n"
    );
    let decision = accepted(&text("approve", &items));
    assert_eq!(
        decision.path(),
        "approvals/batch/20261103T101200Z-approve-alice.yaml"
    );
    assert_eq!(decision.items.len(), 2);
}

#[test]
fn every_present_and_future_version_is_only_blocked_and_unblocked() {
    let all = "subject: skill/pdf-tools\nversion: all\n";
    assert_eq!(
        accepted(&text("block", all)).path(),
        "approvals/skill/pdf-tools/all/20261103T101200Z-block-alice.yaml"
    );
    assert_eq!(
        accepted(&text("unblock", all)).items[0].version,
        VersionRef::All
    );
    refused(
        &text("approve", all),
        "`approve` does not work on every version",
    );
    refused(
        &text("revoke", all),
        "`revoke` does not work on every version",
    );
    refused(
        &text("block", &format!("{all}digest: {DIGEST}\n")),
        "a digest next to `version: all`",
    );
}

#[test]
fn the_policy_is_named_by_its_bare_serial() {
    let policy = |version: &str| {
        format!("subject: policy/countersign\nversion: {version}\ndigest: {DIGEST}\n")
    };
    let decision = accepted(&text("approve", &policy("7")));
    assert_eq!(
        decision.path(),
        "approvals/policy/countersign/7/20261103T101200Z-approve-alice.yaml"
    );
    assert!(
        decision.concerns_policy() && matches!(decision.items[0].version, VersionRef::Serial(7, _))
    );
    assert_eq!(
        accepted(&text("reject", &policy("\"7\""))).items,
        decision.items
    );
    for version in [
        "1.0.0",
        "all",
        "07",
        "0",
        "0x7",
        "+7",
        "-7",
        "7.0",
        "18446744073709551616",
    ] {
        refused(&text("approve", &policy(version)), "is not a serial");
    }
    refused(
        &text("block", &policy("7")),
        "`block` does not work on the policy",
    );
    refused(
        &text("approve", "subject: policy/countersign\nversion: 7\n"),
        "a version without a digest",
    );
    refused(
        &text(
            "approve",
            &format!("subject: policy/other\nversion: 7\ndigest: {DIGEST}\n"),
        ),
        "is not a subject",
    );
}

#[test]
fn a_principal_is_blocked_and_unblocked_as_a_whole() {
    let all = "subject: principal/bob\nversion: all\n";
    assert_eq!(
        accepted(&text("block", all)).path(),
        "approvals/principal/bob/all/20261103T101200Z-block-alice.yaml"
    );
    refused(
        &text("revoke", all),
        "`revoke` does not work on a principal",
    );
    refused(
        &text(
            "block",
            &format!("subject: principal/bob\nversion: 1.0.0\ndigest: {DIGEST}\n"),
        ),
        "a principal has no versions",
    );
    refused(
        &text("block", "subject: principal/Bob\nversion: all\n"),
        "`Bob` is not a principal",
    );
}

#[test]
fn versions_bind_bytes_and_keep_their_text() {
    refused(
        &text("approve", "subject: skill/a\nversion: 1.0.0\n"),
        "a version without a digest",
    );
    refused(
        &one("approve", "").replace("1.3.0", "1.10"),
        "`1.10` is not a semantic version",
    );
    refused(
        &one("approve", "").replace("1.3.0", "1.0.0+b"),
        "build metadata",
    );
    accepted(&one("approve", "").replace("1.3.0", "0.0.0-sha1a2b3c4d5e6f"));
    refused(&one("approve", "").replace("9f2c", "9F2C"), "a digest is");
    refused(
        &text("approve", ""),
        "neither a subject with a version nor `items`",
    );
    refused(
        &text("approve", "subject: skill/a\n"),
        "neither a subject with a version nor `items`",
    );
}

#[test]
fn a_batch_excludes_the_single_form_and_doubles() {
    let item = format!("{{subject: skill/a, version: 1.0.0, digest: '{DIGEST}'}}");
    refused(
        &one("approve", &format!("items: [{item}]\n")),
        "`subject` next to `items`",
    );
    refused(
        &text("approve", &format!("items: [{item}, {item}]\n")),
        "skill/a@1.0.0 is listed twice",
    );
    refused(&text("approve", "items: []\n"), "fewer than 1 entry");
    let many = |count: usize| {
        (0..count)
            .map(|i| format!("  - {{subject: skill/a{i}, version: 1.0.0, digest: '{DIGEST}'}}\n"))
            .collect::<Vec<_>>()
            .concat()
    };
    assert_eq!(
        accepted(&text("approve", &format!("items:\n{}", many(1000))))
            .items
            .len(),
        1000
    );
    refused(
        &text("approve", &format!("items:\n{}", many(1001))),
        "more than 1000 entries",
    );
}

#[test]
fn fields_belong_to_their_decision() {
    accepted(&one(
        "approve",
        "expires: 2027-01-01T00:00:00Z\nchannel: stable\n",
    ));
    accepted(&one(
        "deprecate",
        "replacement: skill/other\nsunset: 2027-01-01T00:00:00Z\n",
    ));
    accepted(&one("rollback", "to: 1.2.0\n"));
    refused(
        &one("reject", "expires: 2027-01-01T00:00:00Z\n"),
        "`expires` does not belong in a `reject` decision",
    );
    refused(
        &one("approve", "replacement: x\n"),
        "`replacement` does not belong in a `approve` decision",
    );
    refused(
        &one("approve", "sunset: 2027-01-01T00:00:00Z\n"),
        "`sunset` does not belong in a",
    );
    refused(&one("approve", "to: 1.2.0\n"), "`to` does not belong in a");
    refused(&one("rollback", ""), "a rollback without a target");
    refused(
        &one("rollback", "to: 1.3.0\n"),
        "a rollback to the same version",
    );
    refused(
        &one("rollback", "to: 1.2\n"),
        "`1.2` is not a semantic version",
    );
    refused(
        &one("approve", "expires: 2026-11-03T10:12:00Z\n"),
        "ends before it starts",
    );
    refused(
        &one("approve", "channel: beta\n"),
        "does not know the channel `beta`",
    );
    refused(&one("approve", "channel:\n"), "no value instead of text");
}

#[test]
fn values_are_checked_one_by_one_and_all_at_once() {
    refused(
        &one("approve", "").replace("alice", "Alice"),
        "`Alice` is not a principal",
    );
    refused(
        &one("approve", "").replace("Read it.", "\"  \""),
        "the reason is blank",
    );
    refused(
        &one("approve", "").replace("Read it.", &"x".repeat(4001)),
        "longer than 4000 characters",
    );
    refused(
        &one("approve", "").replace("10:12:00Z", "10:12:00+00:00"),
        "is not a time",
    );
    refused(
        &one("approve", "").replace("2026-11-03", "2026-02-30"),
        "is not a time",
    );
    refused(
        &one("approve", "").replace("github.com/acme/agent-skills", "https://github.com/acme"),
        "is not the name of a repository",
    );
    refused(&one("aprove", ""), "did you mean `approve`?");
    refused(&one("approve", "answers: [sha256:12]\n"), "a digest is");
    refused(&one("approve", "refs: 7\n"), "a number instead of a list");
    refused(&one("approve", "note: x\n"), "unknown field `note`");
    refused(
        &one("approve", "reson: x\n"),
        "unknown field `reson`: did you mean `reason`?",
    );
    let problems = parse(
        "r",
        one("approve", "expires: x\nanswers: [y]\nreview: 3\nfoo: 1\n").as_bytes(),
    )
    .expect_err("four faults");
    assert!(
        problems.len() >= 2 && problems.is_sorted_by_key(|problem| problem.span),
        "{problems:#?}"
    );
}

#[test]
fn a_recorded_review_comes_with_its_recorder() {
    let review = format!(
        "review:\n  forge: github.com\n  repository: acme/agent-skills\n  pull: 7\n  review_id: 1\n  user_id: 2\n  state: APPROVED\n  head: {}\n  head_digest: {DIGEST}\n  submitted: 2026-11-03T10:00:00Z\n",
        "a".repeat(40)
    );
    assert!(
        accepted(&one(
            "approve",
            &format!("recorded_by: ci-recorder\n{review}")
        ))
        .review
        .is_some()
    );
    refused(&one("approve", &review), "a review without a recorder");
    refused(
        &one("approve", "recorded_by: ci-recorder\n"),
        "a recorder without a review",
    );
    refused(
        &one("reject", &format!("recorded_by: ci-recorder\n{review}")),
        "`review` does not belong in a `reject` decision",
    );
    refused(
        &one(
            "approve",
            &format!(
                "recorded_by: ci-recorder\n{}",
                review.replace("2026-11-03T10:00:00Z", "2026-13-03T10:00:00Z")
            ),
        ),
        "is not a time",
    );
}

#[test]
fn malformed_documents_give_line_and_column() {
    let good = one("approve", "");
    refused(
        &format!("{good}decision: block\n"),
        "the key `decision` is repeated",
    );
    refused(&good.replace("alice", "&a alice"), "an anchor");
    refused(&good.replace("alice", "!x alice"), "a tag");
    refused(&format!("{good}---\n{good}"), "a second document");
    refused(
        &good.replace("/v1", "/v2"),
        "does not know the schema `countersign.decision/v2`",
    );
    refused(
        &good.replace("schema: countersign.decision/v1\n", ""),
        "the field `schema` is missing",
    );
    refused("", "the document is empty");
    let problems = parse("r", good.replace("/v1", "/v9").as_bytes()).expect_err("unknown");
    assert_eq!(
        (problems.len(), problems[0].rule, problems[0].place.line),
        (1, RuleId::SchemaUnknown, 1)
    );
}

fn input(decision: DecisionKind, reason: String, refs: Vec<String>) -> DecisionInput {
    DecisionInput {
        subject: Some("skill/pdf-tools".to_owned()),
        version: Some("1.3.0".to_owned()),
        digest: Some(DIGEST.to_owned()),
        meaning: Some(Meaning::Approval),
        refs,
        ..DecisionInput::new(
            decision,
            "github.com/acme/agent-skills",
            "alice",
            reason,
            "2026-11-03T10:12:00Z".to_owned(),
        )
    }
}

#[test]
fn the_written_form_is_stable() {
    let mut decision = input(
        DecisionKind::Approve,
        "Read every script; reads input files only.".to_owned(),
        vec!["https://example.org/1".to_owned()],
    );
    decision.answers = vec![DIGEST.to_owned()];
    insta::assert_snapshot!(write(&decision), @r"
    # yaml-language-server: $schema=https://raw.githubusercontent.com/countersign-dev/countersign/v1/schemas/decision.schema.json
    schema: countersign.decision/v1
    decision: approve
    subject: skill/pdf-tools
    version: 1.3.0
    digest: sha256:9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c
    repository: github.com/acme/agent-skills
    principal: alice
    meaning: approval
    reason: Read every script; reads input files only.
    time: 2026-11-03T10:12:00Z
    answers:
      - sha256:9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c
    refs:
      - https://example.org/1
    ");
    decision.subject = Some("policy/countersign".to_owned());
    decision.version = Some("7".to_owned());
    assert!(write(&decision).contains("\nversion: \"7\"\n"));
    decision.items = Some(vec![ItemInput {
        subject: "skill/a".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Some(DIGEST.to_owned()),
    }]);
    (decision.subject, decision.version, decision.digest) = (None, None, None);
    assert!(accepted(&write(&decision)).batch);
}

proptest! {
    #[test]
    fn whatever_the_reason_it_comes_back(reason in "\\PC{1,60}|[-:#!&*?|>%@`'\"{}\\[\\], \n\t\r~.a]{1,40}|(.|\n){1,60}", link in "\\PC{1,40}") {
        prop_assume!(!reason.trim().is_empty());
        let written = write(&input(DecisionKind::Approve, reason.clone(), vec![link.clone()]));
        let read = parse("r", written.as_bytes()).expect("our own text");
        prop_assert_eq!((&read.reason, &read.refs[0]), (&reason, &link));
        prop_assert!(written.starts_with(&schema::editor_comment("decision")));
    }

    #[test]
    fn never_panics_on_a_damaged_record(cut in 0_usize..400, noise in "[-:{}\\[\\]\"'&*! \n0-9a-z]{0,12}") {
        let good = one("approve", "refs: [a]\n");
        let at = cut.min(good.len());
        let _ = parse("r", format!("{}{noise}{}", &good[..at], &good[at..]).as_bytes());
    }
}
