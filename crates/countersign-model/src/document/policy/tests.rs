use proptest::prelude::*;

use super::*;
use crate::document::problem::MOST_PROBLEMS;
use crate::policy::Approver;
use crate::policy_input::MergeMethod;
use crate::{EvidenceKind, PrincipalName, Risk, Severity};

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
    let found: Vec<_> = problems.iter().map(|problem| (&text[problem.span.0..problem.span.1], problem.message.as_str())).collect();
    assert!(found.iter().any(|(under, told)| *under == at && told.contains(message)), "{text}\n{found:#?}");
    for problem in &problems {
        assert!(problem.place.line > 0 && problem.place.column > 0 && problem.place.path == "countersign.yaml");
        assert!(problem.help.starts_with(char::is_uppercase) && problem.help.ends_with('.'), "{problem:?}");
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

fn lint(text: &str) -> Vec<(RuleId, u32, Option<Severity>)> {
    accepted(text).lint.iter().map(|problem| (problem.rule, problem.place.line, problem.severity)).collect()
}

fn name(text: &str) -> PrincipalName {
    text.parse().expect("a name")
}

#[test]
fn reads_the_example_of_the_design() {
    let ParsedPolicy { policy, lint } = accepted(EXAMPLE);
    assert_eq!((policy.serial, policy.previous), (7, DIGEST.parse().ok()));
    assert_eq!(policy.administrators, BTreeSet::from([name("alice"), name("carol")]));
    assert_eq!(policy.entries[0].owners, BTreeSet::from([name("alice"), name("bob")]));
    assert_eq!(policy.entries[0].owners_written, ["data-platform"]);
    assert_eq!(policy.entries[1].line, 32);
    assert_eq!(policy.principals[&name("alice")].emails, BTreeSet::from(["alice@acme.example".to_owned()]));
    assert_eq!((policy.principals[&name("alice")].line, policy.principals[&name("alice")].keys[1].line), (8, 14));
    assert_eq!(policy.named_files(), BTreeSet::from([".github/workflows/countersign.yml", "keys/alice.asc", "keys/github-web-flow.asc"]));
    assert_eq!(policy.rules[1].require[1].from, [Approver::Team(name("security"))]);
    assert!(policy.rules[1].applies(&["skill/x".to_owned()], Risk::High));
    assert_eq!(policy.operators[0].members.len(), 2);
    assert_eq!(policy.viewers, BTreeSet::from([name("audit")]));
    assert_eq!(policy.entries[3].name_at(b"plugins/a/skills/b").as_deref(), Some("a--b"));
    assert_eq!(lint.iter().map(|problem| problem.rule).collect::<Vec<_>>(), [RuleId::RulesOverlap], "{lint:#?}");
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_design() {
    let policy = accepted(LEAST).policy;
    assert_eq!(policy.merge_methods, BTreeSet::from([MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase]));
    assert!(policy.separation_of_duties && policy.previous.is_none() && policy.restart.is_none());
    assert_eq!(policy.rules[0].accept, [EvidenceKind::Signature, EvidenceKind::Review].into_iter().collect());
    assert_eq!(format!("{:?} {:?} {:?}", policy.unapproved, policy.baseline, policy.profile), "Wait Wait Lenient");
    for field in ["policy_changes", "roles", "subjects", "approvals"] {
        let start = LEAST.find(&format!("{field}:")).expect("it is there");
        let end = start + LEAST[start..].find('\n').expect("a line") + 1;
        let without = format!("{}{}", &LEAST[..start], &LEAST[end..]);
        refused(&without, "schema: countersign.policy/v1", &format!("the field `{field}` is missing"));
    }
    refused(&with("{administrators: [ann]}", "{viewers: []}"), "{viewers: []}", "the field `administrators` is missing");
}

#[test]
fn names_are_well_formed_and_in_one_namespace() {
    refused(&with("ann: {keys: [{ssh: k}]}", "ann: {keys: [{ssh: k}]}\n  Bob: {}"), "Bob", "`Bob` is not a principal or team name");
    refused(&with("ann: {keys: [{ssh: k}]}", "ann: {keys: [{ssh: k}]}\n  owners: {}"), "owners", "`owners` is a reserved word");
    refused(&more("teams: {all: [ann]}"), "all", "`all` is a reserved word");
    refused(&more("teams: {ann: [ann]}"), "ann", "`ann` is also a principal");
    refused(&with("ann: {keys: [{ssh: k}]}", &format!("ann: {{}}\n  {}: {{}}", "a".repeat(40))), &"a".repeat(40), "is not a principal");
}

#[test]
fn everyone_who_is_named_is_known() {
    refused(&more("teams: {t: [ann, anm]}"), "anm", "`anm` is not a principal or team: did you mean `ann`?");
    refused(&more("teams: {t: [ann], u: [t]}"), "t", "`t` is a team");
    refused(&with("owners: [ann]", "owners: [zoe]"), "zoe", "`zoe` is not a principal or team");
    refused(&with("administrators: [ann]", "administrators: [nobody-here]"), "nobody-here", "is not a principal or team");
    refused(&with("from: [owners]", "from: [owner]"), "owner", "did you mean `owners`?");
    refused(&with("[ann]}", "[ann], operators: [{members: [x1], subjects: ['skill/*']}]}"), "x1", "`x1` is not a principal or team");
    refused(&with("[ann]}", "[ann], recorders: [{principal: ann, subjects: ['skill/*']}]}"), "ann", "`ann` is not a machine");
    refused(&with("[ann]}", "[ann], recorders: [{principal: bot, subjects: ['skill/*']}]}"), "bot", "`bot` is not a machine");
}

#[test]
fn one_account_or_address_belongs_to_one_person() {
    let two = |first: &str, second: &str| with("ann: {keys: [{ssh: k}]}", &format!("ann: {{{first}}}\n  bob: {{{second}}}"));
    refused(&two("emails: [a@b.c]", "emails: [A@B.C]"), "A@B.C", "the address a@b.c also belongs to `ann`");
    let account = |login: &str, id: u32| format!("accounts: [{{forge: GitHub.com, login: {login}, id: {id}}}]");
    refused(&two(&account("a", 1), &account("b", 1)), "1", "the account 1 on github.com also belongs to `ann`");
    refused(&two(&account("a", 1), &account("A", 2)), "A", "the login a on github.com also belongs to `ann`");
    accepted(&two("emails: [a@b.c, A@b.c]", "emails: [b@b.c]"));
    refused(&two("emails: [nonsense]", ""), "nonsense", "is not an e-mail address");
}

#[test]
fn a_key_is_exactly_one_of_three() {
    let key = |key: &str| with("ann: {keys: [{ssh: k}]}", &format!("ann: {{keys: [{key}]}}"));
    accepted(&key("{openpgp: keys/ann.asc}"));
    accepted(&key("{openpgp: \"-----BEGIN PGP PUBLIC KEY BLOCK-----\\n\\nmDME\\n-----END PGP PUBLIC KEY BLOCK-----\\n\"}"));
    refused(&key("{}"), "{}", "exactly one of");
    refused(&key("{ssh: a, minisign: b}"), "{ssh: a, minisign: b}", "exactly one of");
    refused(&key("{ssh: a, legacy: true}"), "true", "`legacy` for a key that is not a minisign key");
    refused(&key("{ssh: \"a\\nb\"}"), "{ssh: \"a\\nb\"}", "several lines");
    refused(&key("{openpgp: \"-----BEGIN PGP MESSAGE-----\\n\"}"), "\"-----BEGIN PGP MESSAGE-----\\n\"", "does not contain a public key");
    for (path, message) in [
        ("../ann.asc", "contains `.` or `..`"),
        ("/etc/passwd", "starts or ends with a slash"),
        (".git/config", "some systems read as `.git`"),
        ("approvals/ann.asc", "the path is in `approvals/`"),
        ("countersign.yaml", "the policy protects itself"),
        ("skills/pdf/ann.asc", "is in a package of the entry at line 8"),
        ("skills/pdf", "is in a package of the entry at line 8"),
    ] {
        refused(&key(&format!("{{openpgp: {path}}}")), path, message);
        refused(&more(&format!("protect: [{path}]")), path, message);
    }
}

#[test]
fn a_fingerprint_that_can_match_no_key_is_refused() {
    let since = "a".repeat(40);
    for good in
        [&format!("SHA256:{}", "A".repeat(43)), &"AB".repeat(20), &format!("openpgp:{}", "0A".repeat(20)), "minisign:E7620F1842B4E81F"]
    {
        accepted(&more(&format!("compromised: [{{key: \"{good}\", since: {since}}}]")));
    }
    for bad in ["SHA256:AAAA", "MD5:aa", "abc"] {
        refused(&more(&format!("compromised: [{{key: \"{bad}\", since: {since}}}]")), &format!("\"{bad}\""), "is not a fingerprint");
    }
    refused(&more(&format!("compromised: [{{key: \"SHA256:{}\", since: abc}}]", "A".repeat(43))), "abc", "an object id is");
}

#[test]
fn entries_have_globs_and_templates_that_fit() {
    let entry = |entry: &str| with("{kind: skill, path: \"skills/*\", owners: [ann]}", &format!("{{kind: skill, owners: [ann], {entry}}}"));
    accepted(&entry("path: '*', name: '{1}'"));
    refused(&entry("path: /skills/*"), "/skills/*", "cannot match a path");
    refused(&entry("path: '***'"), "'***'", "three stars");
    refused(&entry("path: approvals/*"), "approvals/*", "packages cannot be under `approvals`");
    refused(&entry("path: countersign.yaml"), "countersign.yaml", "packages cannot be under");
    refused(&entry("path: .GIT/*"), ".GIT/*", "packages cannot be under");
    refused(&entry("path: 'a/*', name: 'x-{2}'"), "'x-{2}'", "`{2}`, but the path has 1 wildcards");
    refused(&entry("path: 'a/*', name: '{0}'"), "'{0}'", "`{0}`, but the path");
    refused(&entry("path: 'a/*', name: '{1'"), "'{1'", "an unmatched brace");
    refused(&entry("path: 'a/*', name: '1}'"), "'1}'", "an unmatched brace");
    refused(&entry("path: 'a/*', name: 'ü-{1}'"), "'ü-{1}'", "characters that a name must not have");
    refused(&entry("path: 'a/*', required_files: [../x]"), "../x", "contains `.` or `..`");
    refused(&entry("path: 'a/*', review_every: 90"), "90", "a number instead of text");
    refused(&entry("path: 'a/*', review_every: 0d"), "0d", "is not a span");
    refused(&entry("path: 'a/*', risk: severe"), "severe", "is not one of");
    refused(&entry("path: 'a/*', install: {scope: global}"), "global", "is not one of `project`, `user`");
    refused(&with("kind: skill", "kind: skills"), "skills", "did you mean `skill`?");
}

#[test]
fn rules_say_what_they_apply_to_and_require_something() {
    let rule = |rule: &str| with("{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}]}", rule);
    accepted(&rule("{risk: [high], require: [{count: 1, from: [owners]}], accept: [review, commit, signature]}"));
    refused(
        &rule("{require: [{count: 1, from: [owners]}]}"),
        "{require: [{count: 1, from: [owners]}]}",
        "a rule without `subjects` and `risk`",
    );
    refused(&rule("{subjects: ['*/*'], require: []}"), "[]", "a rule that requires nothing");
    refused(&rule("{subjects: [], require: [{count: 1, from: [owners]}]}"), "[]", "fewer than 1 entries");
    refused(&rule("{risk: [high], require: [{count: 1, from: [owners]}], accept: []}"), "[]", "fewer than 1 entries");
    refused(
        &rule("{subjects: ['skills/*'], require: [{count: 1, from: [owners]}]}"),
        "'skills/*'",
        "`skills` is not a kind: did you mean `skill`?",
    );
    refused(&rule("{subjects: ['*'], require: [{count: 1, from: [owners]}]}"), "'*'", "`*` cannot match a subject");
    refused(&rule("{risk: [high], require: [{count: -1, from: [owners]}]}"), "-1", "-1 is less than 0");
    refused(&rule("{risk: [high], require: [{count: 1, from: [owners]}], expire_after: soon}"), "soon", "is not a span");
}

#[test]
fn the_head_of_the_policy_is_checked() {
    refused(&with("serial: 1", "serial: 0"), "0", "zero");
    refused(&with("serial: 1", &format!("serial: 1\nprevious: {DIGEST}")), "previous", "the first policy does not replace one");
    accepted(&with("serial: 1", &format!("serial: 2\nprevious: {DIGEST}")));
    refused(&with("serial: 1", "serial: 2\nprevious: sha256:12"), "sha256:12", "a digest is");
    refused(&with("serial: 1", "serial: 99999999999999999999"), "99999999999999999999", "text instead of a whole number");
    refused(&with("serial: 1", "serial: 1.0"), "schema: countersign.policy/v1", "expected u64");
    for repository in ["https://github.com/acme/x", "github.com/a b", "\"github.com/a\\n\"", "git@github.com:acme/x", "", "/x"] {
        assert!(parse(with("github.com/acme/skills", repository).as_bytes()).is_err(), "{repository}");
    }
    accepted(&with("github.com/acme/skills", "git.acme.example:8443/team/skills"));
    for branch in ["refs/heads/main", "a..b", "-x", "a.lock", ".a", "a/", "a b", "a~1", "\"a\\u0007b\"", "HEAD", "a@{1}", "x."] {
        let problems = parse(with("branch: main", &format!("branch: {branch}")).as_bytes()).expect_err(branch);
        assert_eq!(problems[0].place.line, 4, "{branch}");
    }
    accepted(&with("branch: main", "branch: release/2026.1"));
    refused(&more("limits: {package_files: 0}"), "0", "0 is less than 1");
    refused(&more("merge_methods: []"), "[]", "fewer than 1 entries");
    refused(&more("retention: {decisions: forever}"), "forever", "is not a span");
    refused(&more("restart: {previous: abc, reason: x}"), "abc", "an object id is");
    refused(&more(&format!("restart: {{previous: {}, reason: ' '}}", "a".repeat(40))), "' '", "the reason is blank");
    refused(&more("baseline:"), "", "no value instead of text");
    accepted(&more(&format!("restart: {{previous: {}, reason: The keys were lost.}}", "a".repeat(64))));
}

#[test]
fn malformed_huge_deep_and_unknown_give_line_and_column() {
    refused("", "", "the document is empty");
    refused(&more("serial: 2"), "serial", "the key `serial` is repeated");
    refused(&with("ann: {keys: [{ssh: k}]}", "ann: &a {}\n  bob: *a"), "&a {", "an anchor");
    refused(&with("/v1", "/v2"), "countersign.policy/v2", "does not know the schema `countersign.policy/v2`");
    refused(&more("sujects: []"), "sujects", "unknown field `sujects`: did you mean `subjects`?");
    refused(&more("quorum: 3"), "quorum", "unknown field `quorum`");
    assert!(parse(&vec![b'x'; 2 << 20]).is_err_and(|problems| problems[0].message.contains("are allowed")));
    assert!(parse(more(&format!("ignore: {}", "[".repeat(50))).as_bytes()).is_err_and(|problems| problems[0].message.contains("levels")));
    assert!(parse(b"\xff\xfe").is_err());
}

#[test]
fn all_faults_are_reported_at_once_in_order() {
    let text =
        with("serial: 1", "serial: 0").replace("branch: main", "branch: a..b").replace("owners: [ann]", "owners: [zoe], colour: red");
    let problems = parse(text.as_bytes()).expect_err("four faults");
    let found: Vec<_> = problems.iter().map(|problem| (problem.rule.as_str(), problem.place.line)).collect();
    assert_eq!(found, [("policy-invalid", 2), ("policy-invalid", 4), ("policy-invalid", 8), ("schema-invalid", 8)]);
}

#[test]
fn a_small_sound_policy_raises_no_doubt() {
    assert_eq!(lint(LEAST), []);
}

#[test]
fn doubts_owners_and_teams_that_are_nobody() {
    assert_eq!(lint(&more("teams: {t: []}")), [(RuleId::OwnerUnknown, 11, None)]);
    let entries = "subjects:\n  - {kind: skill, path: \"a/*\", owners: [t]}\n  - {kind: skill, path: \"b/*\", owners: [t]}";
    let owning = more("teams: {t: [], u: []}").replace(r#"subjects: [{kind: skill, path: "skills/*", owners: [ann]}]"#, entries);
    let doubts = accepted(&owning.replace("from: [owners]", "from: [owners, administrators]")).lint;
    let told: Vec<_> = doubts.iter().map(|doubt| (doubt.place.line, doubt.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (13, "the team `t` has no person in it, and 2 entries have no person as owner: write `t: [NAME, …]` here"),
            (13, "the team `u` has no person in it: write `u: [NAME, …]` here"),
        ]
    );
    let none = lint(&with(", owners: [ann]", ""));
    assert!(none.contains(&(RuleId::OwnerUnknown, 8, None)), "{none:?}");
    let machine =
        lint(&with("ann: {keys: [{ssh: k}]}", "ann: {keys: [{ssh: k}]}\n  bot: {kind: machine}").replace("owners: [ann]", "owners: [bot]"));
    assert!(
        machine.contains(&(RuleId::OwnerUnknown, 9, None)) && machine.contains(&(RuleId::MachinePrincipal, 9, Some(Severity::Warning)))
    );
    let machine = lint(
        &with("ann: {keys: [{ssh: k}]}", "ann: {keys: [{ssh: k}]}\n  bot: {kind: machine}")
            .replace("administrators: [ann]", "administrators: [ann, bot]"),
    );
    assert_eq!(machine, [(RuleId::MachinePrincipal, 8, Some(Severity::Warning))]);
}

#[test]
fn doubts_requirements_that_the_people_cannot_meet() {
    let require = |require: &str| lint(&with("[{count: 1, from: [owners]}]", require));
    let unsatisfiable = [(RuleId::RequirementUnsatisfiable, 9, None)];
    assert_eq!(require("[{count: 0, from: [owners]}]"), unsatisfiable);
    assert_eq!(require("[{count: 1, from: []}]"), unsatisfiable);
    assert_eq!(require("[{count: 2, from: [owners]}]"), unsatisfiable);
    assert_eq!(require("[{count: 4294967295, from: [administrators]}]"), unsatisfiable);
    assert_eq!(
        require("[{count: 1, from: [owners]}, {count: 1, from: [administrators]}]"),
        unsatisfiable,
        "one person counts once in a rule"
    );
    let two = with("ann: {keys: [{ssh: k}]}", "ann: {keys: [{ssh: k}]}\n  bob: {keys: [{ssh: l}]}")
        .replace("from: [owners]}]", "from: [owners]}, {count: 1, from: [bob, ann]}]");
    assert_eq!(lint(&two), []);
    let keyless = [(RuleId::RequirementUnsatisfiable, 10, None)];
    assert_eq!(lint(&two.replace("{keys: [{ssh: l}]}", "{}")), keyless, "who has no key can sign nothing");
    let account = "{accounts: [{forge: github.com, login: bob, id: 7}]}";
    assert_eq!(lint(&two.replace("{keys: [{ssh: l}]}", account)), [], "an account can give a review");
    let signed = two.replace("{keys: [{ssh: l}]}", account).replace("from: [bob, ann]}]", "from: [bob, ann]}], accept: [signature]");
    assert_eq!(lint(&signed), keyless, "where a review does not count, an account is nothing");
    let none = with("subjects: [\"*/*\"]", "subjects: [\"prompt/*\"]");
    assert_eq!(lint(&none), [(RuleId::RequirementUnsatisfiable, 8, None)], "no rule covers the entry");
}

#[test]
fn doubts_a_policy_that_could_never_change() {
    let error = [(RuleId::RequirementUnsatisfiable, 10, Some(Severity::Error))];
    assert_eq!(lint(&with("{count: 1}\n", "{count: 2}\n")), error);
    assert_eq!(lint(&with("{count: 1}\n", "{count: 0}\n")), error);
    let keyless = lint(&with("ann: {keys: [{ssh: k}]}", "ann: {}"));
    assert!(keyless.contains(&error[0]), "an administrator without a key signs nothing: {keyless:?}");
}

#[test]
fn tells_of_overlapping_rules_and_of_separation_switched_off() {
    let second = ", {subjects: [\"skill/pay-*\"], require: [{count: 1, from: [administrators]}]}]\npolicy_changes";
    assert_eq!(lint(&with("]\npolicy_changes", second)), [(RuleId::RulesOverlap, 9, None)]);
    let apart = with("\"*/*\"", "\"skill/*\"").replace("]\npolicy_changes", &second.replace("skill/pay-*", "prompt/*"));
    assert_eq!(lint(&apart), []);
    assert_eq!(lint(&more("separation_of_duties: false")), [(RuleId::SeparationOff, 11, None)]);
}

/// The largest policies that the limits allow, and ones beyond them, made to be slow: without a budget they take minutes, as whoever runs
/// this will see.
#[test]
fn a_hostile_policy_is_judged_to_its_end_and_told_in_bounds() {
    let people: String = (0..12_000).map(|i| format!("  p{i}: {{}}\n")).collect::<Vec<_>>().concat();
    let everyone = (0..12_000).map(|i| format!("p{i}")).collect::<Vec<_>>().join(", ");
    let entries = |path: &str, count: usize| vec![format!("{{kind: skill, path: '{path}', owners: [t]}}"); count].join(", ");
    let rules = |subjects: &str, count: usize| {
        vec![format!("{{subjects: [{subjects}], require: [{{count: 9, from: [t, owners]}}]}}"); count].join(", ")
    };
    let policy = |people: &str, team: &str, entries: &str, rules: &str, rest: &str| {
        format!(
            "schema: countersign.policy/v1\nserial: 1\nrepository: x\nbranch: main\nprincipals:\n  ann: {{}}\n{people}roles: {{administrators: [ann]}}\n\
             teams: {{t: [{team}]}}\nsubjects: [{entries}]\napprovals: [{rules}]\npolicy_changes: {{count: 1}}\n{rest}"
        )
    };
    let star_path = "**a".repeat(16);
    let star_globs = vec![format!("'**/{}'", "*a".repeat(15)); 40].join(", ");
    let files = format!("protect: [{}]\n", (0..900).map(|i| format!("{}{i}", "a/".repeat(100))).collect::<Vec<_>>().join(", "));
    let owned = (0..1000).map(|i| format!("{{kind: skill, path: 'skills/*', owners: [p{i}]}}")).collect::<Vec<_>>().join(", ");
    let machines = format!("{{risk: [medium], require: [{{count: 1, from: [owners, {}]}}]}}", vec!["m"; 20_000].join(", "));
    let by_risk = vec!["{risk: [medium], require: [{count: 1, from: [t, owners]}]}"; 200].join(", ");
    let inputs = [
        policy(&people, &everyone, &entries("skills/*", 1000), &rules("'*/*'", 200), ""),
        policy("", "ann", &entries(&star_path, 1000), &rules(&star_globs, 200), ""),
        policy("", "ann", &entries(&star_path, 20), &rules("'*/*'", 1), &files),
        policy("", "ann", &entries(&star_path, 1000), &rules("'*/*'", 1), &files),
        policy(&people, &vec!["nobodyatall-nobodyatall-nobodyatall"; 20_000].join(", "), "", &rules("'*/*'", 1), ""),
        policy(&people, "ann", &entries("skills/*", 9000), &rules("'*/*'", 300), ""),
        policy(&format!("{people}  m: {{kind: machine}}\n"), "ann", &owned, &machines, ""),
        policy(&people, &everyone, &entries("skills/*", 1000).replace("[t]", "[ann]"), &by_risk, ""),
    ];
    for (index, input) in inputs.iter().enumerate() {
        let told = parse(input.as_bytes()).map_or_else(|problems| problems.len(), |parsed| parsed.lint.len());
        assert!((1..=MOST_PROBLEMS).contains(&told), "{index}: {told} problems");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn never_panics_on_a_damaged_policy(cut in 0_usize..4000, length in 0_usize..40, noise in "[-:{}\\[\\]\"'&*! \n0-9a-zü,]{0,12}") {
        let start = cut.min(EXAMPLE.len());
        let end = (start + length).min(EXAMPLE.len());
        let _ = parse(format!("{}{noise}{}", &EXAMPLE[..start], &EXAMPLE[end..]).as_bytes());
    }
}
