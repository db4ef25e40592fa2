mod doubts;
mod hostile;
mod levels;
mod page;
mod people;
mod scopes;

use super::*;
use crate::policy::Approver;
use crate::policy_input::MergeMethod;
use crate::{EvidenceKind, PrincipalName, Risk};

const DIGEST: &str = "sha256:9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c";

/// A policy with nearly every field.
const EXAMPLE: &str = r#"schema: countersign.policy/v1
serial: 7
previous: sha256:9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c
repository: github.com/acme/agent-skills
branch: main
merge_methods: [merge, squash, rebase]
principals:
  alice:
    name: Alice Ng
    accounts: [{forge: github.com, login: alice-ng, id: 583231}]
    emails: [Alice@ACME.example]
    keys:
      - ssh: ssh-ed25519 AAAA
      - openpgp: keys/alice.asc
      - minisign: RWQx
        legacy: true
  bob: {keys: [{ssh: bob}]}
  carol: {keys: [{ssh: carol}]}
  dan: {keys: [{ssh: dan}]}
  ci-recorder: {kind: machine, keys: [{ssh: ssh-ed25519 BBBB}]}
teams: {data-platform: [alice, bob], security: [carol], payments: [dan]}
platform_keys: [{openpgp: keys/github-web-flow.asc}]
compromised: [{key: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", since: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]
protect: [.github/workflows/countersign.yml]
roles:
  administrators: [alice, carol]
  operators: [{members: [data-platform], subjects: ["skill/*", "prompt/*"]}]
  recorders: [{principal: ci-recorder, subjects: ["skill/*", "prompt/*"]}]
  viewers: [audit]
subjects:
  - {kind: skill, path: "skills/*", owners: [data-platform], risk: low, review_every: 90d, install: {harnesses: [claude-code, codex], scope: project}}
  - {kind: skill, path: "skills/payments-*", owners: [payments], risk: high, required_files: [LICENSE]}
  - {kind: skill, path: "lab/*", owners: [data-platform], drafts: true}
  - {kind: skill, path: "plugins/*/skills/*", name: "{1}--{2}", owners: [bob]}
ignore: ["tests/fixtures/**"]
approvals:
  - {subjects: ["*/*"], require: [{count: 1, from: [owners, administrators]}], accept: [signature, review]}
  - {risk: [high, critical], require: [{count: 1, from: [owners]}, {count: 1, from: [security]}], accept: [signature], expire_after: 180d}
policy_changes: {count: 2}
separation_of_duties: true
co_authors: recorded
unapproved: wait
baseline: allow
signed_commits: none
profile: lenient
limits: {package_files: 2000, package_bytes: 52428800}
retention: {decisions: 7y}
"#;

/// The least that is valid.
const LEAST: &str = r#"schema: countersign.policy/v1
serial: 1
repository: github.com/acme/skills
branch: main
principals:
  ann: {keys: [{ssh: k}]}
roles: {administrators: [ann]}
subjects: [{kind: skill, path: "skills/*", owners: [ann]}]
approvals: [{subjects: ["*/*"], require: [{count: 1, from: [owners]}]}]
policy_changes: {count: 1}
"#;

fn accepted(text: &str) -> ParsedPolicy {
    parse(text.as_bytes()).unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"))
}

// Places are checked by the text under the span.
fn refused(text: &str, at: &str, message: &str) {
    let problems = parse(text.as_bytes()).expect_err(text);
    let found: Vec<_> = problems
        .iter()
        .map(|problem| {
            (
                &text[problem.span.0..problem.span.1],
                problem.message.as_str(),
            )
        })
        .collect();
    assert!(
        found
            .iter()
            .any(|(under, reported)| *under == at && reported.contains(message)),
        "{text}\n{found:#?}"
    );
    for problem in &problems {
        assert!(
            problem.place.line > 0
                && problem.place.column > 0
                && problem.place.path == "countersign.yaml"
        );
        assert!(
            problem.help.starts_with(char::is_uppercase) && problem.help.ends_with('.'),
            "{problem:?}"
        );
    }
}

// `LEAST` with one part replaced.
fn with(from: &str, to: &str) -> String {
    assert!(LEAST.contains(from), "{from}");
    LEAST.replacen(from, to, 1)
}

fn more(lines: &str) -> String {
    format!("{LEAST}{lines}\n")
}

fn name(text: &str) -> PrincipalName {
    text.parse().expect("a name")
}

#[test]
fn reads_the_example_of_the_design() {
    let ParsedPolicy { policy, lint } = accepted(EXAMPLE);
    assert_eq!((policy.serial, policy.previous), (7, DIGEST.parse().ok()));
    assert_eq!(
        policy.administrators,
        BTreeSet::from([name("alice"), name("carol")])
    );
    assert_eq!(
        policy.entries[0].owners,
        BTreeSet::from([name("alice"), name("bob")])
    );
    assert_eq!(policy.entries[0].owners_written, ["data-platform"]);
    assert_eq!(policy.entries[1].line, 32);
    assert_eq!(
        policy.principals[&name("alice")].emails,
        BTreeSet::from(["alice@acme.example".to_owned()])
    );
    assert_eq!(
        (
            policy.principals[&name("alice")].line,
            policy.principals[&name("alice")].keys[1].line
        ),
        (8, 14)
    );
    assert_eq!(
        policy.named_files(),
        BTreeSet::from([
            ".github/workflows/countersign.yml",
            "keys/alice.asc",
            "keys/github-web-flow.asc"
        ])
    );
    assert_eq!(
        policy.rules[1].require[1].from,
        [Approver::Team(name("security"))]
    );
    assert!(policy.rules[1].applies(&["skill/x".to_owned()], Risk::High));
    assert_eq!(policy.operators[0].members.len(), 2);
    assert_eq!(policy.viewers, BTreeSet::from([name("audit")]));
    assert_eq!(
        policy.entries[3].name_at(b"plugins/a/skills/b").as_deref(),
        Some("a--b")
    );
    assert_eq!(
        lint.iter().map(|problem| problem.rule).collect::<Vec<_>>(),
        [RuleId::RulesOverlap],
        "{lint:#?}"
    );
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_design() {
    let policy = accepted(LEAST).policy;
    assert_eq!(
        policy.merge_methods,
        BTreeSet::from([MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase])
    );
    assert!(policy.separation_of_duties && policy.previous.is_none() && policy.restart.is_none());
    assert_eq!(
        policy.rules[0].accept,
        [EvidenceKind::Signature, EvidenceKind::Review]
            .into_iter()
            .collect()
    );
    assert_eq!(
        format!(
            "{:?} {:?} {:?}",
            policy.unapproved, policy.baseline, policy.profile
        ),
        "Wait Wait Lenient"
    );
    for field in ["policy_changes", "roles", "subjects", "approvals"] {
        let start = LEAST.find(&format!("{field}:")).expect("it is there");
        let end = start + LEAST[start..].find('\n').expect("a line") + 1;
        let without = format!("{}{}", &LEAST[..start], &LEAST[end..]);
        refused(
            &without,
            "schema: countersign.policy/v1",
            &format!("the field `{field}` is missing"),
        );
    }
    refused(
        &with("{administrators: [ann]}", "{viewers: []}"),
        "{viewers: []}",
        "the field `administrators` is missing",
    );
}

#[test]
fn the_head_of_the_policy_is_checked() {
    refused(&with("serial: 1", "serial: 0"), "0", "zero");
    refused(
        &with("serial: 1", &format!("serial: 1\nprevious: {DIGEST}")),
        "previous",
        "the first policy does not replace one",
    );
    accepted(&with(
        "serial: 1",
        &format!("serial: 2\nprevious: {DIGEST}"),
    ));
    refused(
        &with("serial: 1", "serial: 2\nprevious: sha256:12"),
        "sha256:12",
        "a digest is",
    );
    refused(
        &with("serial: 1", "serial: 99999999999999999999"),
        "99999999999999999999",
        "text instead of a whole number",
    );
    refused(
        &with("serial: 1", "serial: 1.0"),
        "1.0",
        "`1.0` instead of a whole number",
    );
    for repository in [
        "https://github.com/acme/x",
        "github.com/a b",
        "\"github.com/a\\n\"",
        "git@github.com:acme/x",
        "",
        "/x",
    ] {
        assert!(
            parse(with("github.com/acme/skills", repository).as_bytes()).is_err(),
            "{repository}"
        );
    }
    accepted(&with(
        "github.com/acme/skills",
        "git.acme.example:8443/team/skills",
    ));
    for branch in [
        "refs/heads/main",
        "a..b",
        "-x",
        "a.lock",
        ".a",
        "a/",
        "a b",
        "a~1",
        "\"a\\u0007b\"",
        "HEAD",
        "a@{1}",
        "x.",
    ] {
        let problems =
            parse(with("branch: main", &format!("branch: {branch}")).as_bytes()).expect_err(branch);
        assert_eq!(problems[0].place.line, 4, "{branch}");
    }
    accepted(&with("branch: main", "branch: release/2026.1"));
    refused(&more("limits: {package_files: 0}"), "0", "0 is less than 1");
    refused(&more("merge_methods: []"), "[]", "fewer than 1 entry");
    refused(
        &more("retention: {decisions: forever}"),
        "forever",
        "is not a span",
    );
    refused(
        &more("restart: {previous: abc, reason: x}"),
        "abc",
        "an object id is",
    );
    refused(
        &more(&format!(
            "restart: {{previous: {}, reason: ' '}}",
            "a".repeat(40)
        )),
        "' '",
        "the reason is blank",
    );
    refused(&more("baseline:"), "", "no value instead of text");
    accepted(&more(&format!(
        "restart: {{previous: {}, reason: The keys were lost.}}",
        "a".repeat(64)
    )));
}

#[test]
fn malformed_huge_deep_and_unknown_give_line_and_column() {
    refused("", "", "the document is empty");
    refused(&more("serial: 2"), "serial", "the key `serial` is repeated");
    refused(
        &with("ann: {keys: [{ssh: k}]}", "ann: &a {}\n  bob: *a"),
        "&a {",
        "an anchor",
    );
    refused(
        &with("/v1", "/v2"),
        "countersign.policy/v2",
        "does not know the schema `countersign.policy/v2`",
    );
    refused(
        &more("sujects: []"),
        "sujects",
        "unknown field `sujects`: did you mean `subjects`?",
    );
    refused(&more("quorum: 3"), "quorum", "unknown field `quorum`");
    assert!(
        parse(&vec![b'x'; 2 << 20])
            .is_err_and(|problems| problems[0].message.contains("are allowed"))
    );
    assert!(
        parse(more(&format!("ignore: {}", "[".repeat(50))).as_bytes())
            .is_err_and(|problems| problems[0].message.contains("levels"))
    );
    assert!(parse(b"\xff\xfe").is_err());
}

#[test]
fn all_faults_are_reported_at_once_in_order() {
    let text = with("serial: 1", "serial: 0")
        .replace("branch: main", "branch: a..b")
        .replace("owners: [ann]", "owners: [zoe], color: red");
    let problems = parse(text.as_bytes()).expect_err("four faults");
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.rule.as_str(), problem.place.line))
        .collect();
    assert_eq!(
        found,
        [
            ("policy-invalid", 2),
            ("policy-invalid", 4),
            ("policy-invalid", 8),
            ("schema-invalid", 8)
        ]
    );
}
