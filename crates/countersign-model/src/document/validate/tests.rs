use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::policy::{Entry, Principal};
use crate::policy_input::{AccountInput, PrincipalKind};
use crate::{Glob, PrincipalName};

fn name(text: &str) -> PrincipalName {
    text.parse().expect("a name")
}

fn principal(login: &str) -> Principal {
    let account = AccountInput { forge: "github.com".to_owned(), login: login.to_owned(), id: 1 };
    let kind = PrincipalKind::Person;
    Principal { printed: login.to_owned(), kind, accounts: vec![account], emails: BTreeSet::new(), keys: Vec::new(), line: 1 }
}

fn policy(profile: Profile) -> Policy {
    Policy {
        serial: 1,
        previous: None,
        repository: "github.com/acme/x".to_owned(),
        branch: "main".to_owned(),
        merge_methods: BTreeSet::new(),
        principals: BTreeMap::from([(name("ann"), principal("ann-ng")), (name("bob"), principal("bob-b"))]),
        teams: BTreeMap::from([(name("data"), BTreeSet::from([name("ann")]))]),
        platform_keys: Vec::new(),
        compromised: Vec::new(),
        protect: Vec::new(),
        administrators: BTreeSet::from([name("ann")]),
        operators: Vec::new(),
        recorders: Vec::new(),
        viewers: BTreeSet::new(),
        entries: Vec::new(),
        ignore: Vec::new(),
        rules: Vec::new(),
        policy_changes: 1,
        separation_of_duties: true,
        co_authors: crate::policy_input::CoAuthors::Recorded,
        unapproved: crate::policy_input::Unapproved::Wait,
        baseline: crate::policy_input::Baseline::Wait,
        signed_commits: crate::policy_input::SignedCommits::None,
        profile,
        limits: crate::policy_input::LimitsInput::default(),
        retention: BTreeMap::new(),
        restart: None,
    }
}

fn entry(kind: Kind) -> Entry {
    Entry {
        kind,
        path: Glob::parse("x/*").expect("a glob"),
        name: None,
        owners: BTreeSet::from([name("ann")]),
        owners_written: vec!["ann".to_owned()],
        risk: None,
        review_every: None,
        install: None,
        required_files: Vec::new(),
        drafts: false,
        line: 9,
    }
}

struct Case {
    profile: Profile,
    risk: Risk,
    entry: Entry,
    path: &'static str,
    is_folder: bool,
}

impl Case {
    fn new(kind: Kind, profile: Profile) -> Self {
        let (path, is_folder) = match kind {
            Kind::Skill => ("skills/pdf-tools", true),
            Kind::Prompt => ("prompts/review.md", false),
            Kind::Server => ("servers/weather.json", false),
            Kind::Agent => ("agents/triage.yaml", false),
            Kind::Contract => ("contracts/refund.yaml", false),
            _ => ("setups/hooks", true),
        };
        Self { profile, risk: Risk::Medium, entry: entry(kind), path, is_folder }
    }

    fn problems(&self, files: &[(&str, &[u8])]) -> Vec<Problem> {
        let policy = policy(self.profile);
        let stem = self.path.rsplit('/').next().and_then(|name| name.split('.').next()).expect("a name");
        let subject = SubjectId::new(self.entry.kind, stem.parse().expect("a name"));
        let files = files.iter().map(|(path, bytes)| PackageFile { path, mode: FileMode::Regular, bytes }).collect();
        let package = PackageFiles {
            kind: self.entry.kind,
            path: self.path,
            subject: &subject,
            is_folder: self.is_folder,
            files,
            plugin_manifests: &["plugin.json", ".claude-plugin/plugin.json"],
        };
        super::package(&package, &policy, &self.entry, self.risk, &|path| path == "README.md")
    }

    /// Rule and line of each problem of a one-document package.
    fn found(&self, text: &str) -> Vec<(RuleId, u32)> {
        let file = match self.entry.kind {
            Kind::Skill => "SKILL.md",
            _ => self.path.rsplit('/').next().expect("a name"),
        };
        self.problems(&[(file, text.as_bytes())]).iter().map(|problem| (problem.rule, problem.place.line)).collect()
    }
}

fn strict(text: &str) -> Vec<(RuleId, u32)> {
    Case::new(Kind::Skill, Profile::Strict).found(text)
}

fn lenient(text: &str) -> Vec<(RuleId, u32)> {
    Case::new(Kind::Skill, Profile::Lenient).found(text)
}

const GOOD: &str = "---
name: pdf-tools
description: Reads PDF files.
license: MIT
compatibility: Needs poppler.
metadata:
  version: \"1.2.0\"
  owner: ann
  risk: high
allowed-tools: Bash(pdftotext:*) Read
---
# PDF tools
";

#[test]
fn a_skill_that_follows_the_specification_has_no_fault() {
    assert_eq!(strict(GOOD), []);
    assert_eq!(lenient(GOOD), []);
}

#[test]
fn deviations_break_a_rule_strictly_and_are_notes_leniently() {
    use RuleId::{SkillField, SkillFrontmatter, SkillName};
    for (from, to, rule, line) in [
        ("name: pdf-tools", "name: other", SkillName, 2),
        ("name: pdf-tools", "name: 123", SkillName, 2),
        ("name: pdf-tools", "name: \" pdf-tools\"", SkillName, 2),
        ("name: pdf-tools\n", "", SkillName, 2),
        ("license: MIT", "license: [MIT]", SkillField, 4),
        ("license: MIT", "version: 1.2.0", SkillField, 4),
        ("license: MIT", "model: opus", SkillField, 4),
        ("compatibility: Needs poppler.", "compatibility: \"\"", SkillField, 5),
        ("  risk: high", "  risk: 1", SkillField, 9),
        ("  risk: high", "  risk: grave", SkillField, 9),
        ("  risk: high", "  more:\n    nested: x", SkillField, 9),
        ("allowed-tools: Bash(pdftotext:*) Read", "allowed-tools:\n  - Read", SkillField, 10),
        ("description: Reads PDF files.", "description: true", SkillField, 3),
        ("metadata:\n  version: \"1.2.0\"\n  owner: ann\n  risk: high", "metadata: {version: \"1.2.0\"}", SkillFrontmatter, 6),
        ("---\nname", "\u{feff}---\nname", SkillFrontmatter, 1),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert!(strict(&text).contains(&(rule, line)), "{to}: {:?}", strict(&text));
        assert!(lenient(&text).contains(&(RuleId::SkillPortability, line)), "{to}: {:?}", lenient(&text));
        assert!(lenient(&text).iter().all(|(rule, _)| *rule == RuleId::SkillPortability), "{to}: {:?}", lenient(&text));
    }
}

#[test]
fn an_unquoted_colon_is_a_note_leniently_and_no_yaml_strictly() {
    let text = GOOD.replace("Reads PDF files.", "Use when: it rains");
    assert_eq!(lenient(&text), [(RuleId::SkillPortability, 3)]);
    assert_eq!(strict(&text), [(RuleId::SkillFrontmatter, 3)]);
}

#[test]
fn what_no_harness_loads_is_an_error_in_both_profiles() {
    for (text, rule, line) in [
        (GOOD.replace("description: Reads PDF files.\n", ""), RuleId::SkillField, 2),
        (GOOD.replace("Reads PDF files.", "\"  \""), RuleId::SkillField, 3),
        (GOOD.replace("Reads PDF files.", "[a]"), RuleId::SkillField, 3),
        (GOOD.replace("license: MIT", "name: again"), RuleId::SkillFrontmatter, 4),
        (GOOD.replace("license: MIT", "license: &a MIT"), RuleId::SkillFrontmatter, 4),
        (GOOD.replace("\n---\n# PDF", "\n# PDF"), RuleId::SkillFrontmatter, 1),
        (GOOD[4..].to_owned(), RuleId::SkillFrontmatter, 1),
        (format!("\n{GOOD}"), RuleId::SkillFrontmatter, 1),
        (String::new(), RuleId::SkillFrontmatter, 1),
    ] {
        assert!(strict(&text).contains(&(rule, line)), "{text}: {:?}", strict(&text));
        assert!(lenient(&text).contains(&(rule, line)), "{text}: {:?}", lenient(&text));
    }
}

#[test]
fn limits_count_code_points() {
    for (field, most) in [("description", 1024), ("compatibility", 500)] {
        let old = if field == "description" { "Reads PDF files." } else { "Needs poppler." };
        assert_eq!(strict(&GOOD.replace(old, &"漢".repeat(most))), []);
        assert_eq!(strict(&GOOD.replace(old, &"漢".repeat(most + 1))).len(), 1);
    }
    let mut case = Case::new(Kind::Skill, Profile::Strict);
    let long: &'static str = Box::leak(format!("skills/{}", "a".repeat(64)).into_boxed_str());
    case.path = long;
    assert_eq!(case.found(&GOOD.replace("pdf-tools", &"a".repeat(64))), []);
    assert_eq!(strict(&GOOD.replace("name: pdf-tools", &format!("name: {}", "a".repeat(65)))).len(), 2);
}

#[test]
fn the_document_is_named_exactly() {
    let case = Case::new(Kind::Skill, Profile::Lenient);
    let problems = case.problems(&[("skill.md", GOOD.as_bytes())]);
    assert_eq!((problems[0].rule, problems[0].place.path.as_str()), (RuleId::SkillFileMissing, "skills/pdf-tools/skill.md"));
    assert!(problems[0].help.contains("`SKILL.md`"));
    assert_eq!(case.problems(&[("README.md", b"x")])[0].rule, RuleId::SkillFileMissing);
}

#[test]
fn a_version_that_does_not_count_warns_and_a_reserved_one_fails() {
    let case = Case::new(Kind::Skill, Profile::Strict);
    let with = |version: &str| case.problems(&[("SKILL.md", GOOD.replace("1.2.0", version).as_bytes())]);
    assert_eq!((with("1.2")[0].rule, with("1.2")[0].severity), (RuleId::Unversioned, None));
    assert_eq!(with("1.2.0+b")[0].rule, RuleId::Unversioned);
    let reserved = with("0.0.0-sha1a2b3c4d5e6f");
    assert_eq!((reserved[0].rule, reserved[0].severity), (RuleId::Unversioned, Some(Severity::Error)));
    assert_eq!(case.found(&GOOD.replace("  version: \"1.2.0\"\n", "")), []);
}

#[test]
fn two_versions_that_differ_are_named() {
    assert_eq!(lenient(&GOOD.replace("license: MIT", "version: 2.0.0")), [(RuleId::SkillPortability, 4); 2]);
    assert_eq!(lenient(&GOOD.replace("license: MIT", "version: 1.2.0")), [(RuleId::SkillPortability, 4)]);
}

#[test]
fn an_owner_agrees_as_person_team_or_account_and_other_words_are_warned_about() {
    for owner in ["ann", "data", "ann-ng", "\"@Ann-NG\""] {
        assert_eq!(strict(&GOOD.replace("owner: ann", &format!("owner: {owner}"))), [], "{owner}");
    }
    let case = Case::new(Kind::Skill, Profile::Strict);
    for (owner, severity) in [
        ("bob", None),
        ("bob-b", None),
        ("Bob", None),
        ("\"@acme/BOB\"", Some(Severity::Warning)),
        ("owners", None),
        ("nobody", Some(Severity::Warning)),
        ("Payments Tribe", Some(Severity::Warning)),
    ] {
        let problems = case.problems(&[("SKILL.md", GOOD.replace("owner: ann", &format!("owner: {owner}")).as_bytes())]);
        let told: Vec<_> = problems.iter().map(|problem| (problem.rule, problem.place.line, problem.severity)).collect();
        assert_eq!(told, [(RuleId::DocumentOwner, 8, severity)], "{owner}");
    }
}

#[test]
fn every_package_is_looked_through_for_pointers_hidden_text_and_escapes() {
    let case = Case::new(Kind::Setup, Profile::Lenient);
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    let problems = case.problems(&[
        ("a.bin", lfs),
        ("run.sh", "echo \u{202e}x\n".as_bytes()),
        ("b.csv", "a\u{200b}".as_bytes()),
        ("docs/c.md", b"[x](../../y)"),
    ]);
    let seen: Vec<_> = problems.iter().map(|p| (p.place.path.as_str(), p.rule, p.place.column, p.severity)).collect();
    assert_eq!(
        seen,
        [
            ("setups/hooks/a.bin", RuleId::LfsPointer, 1, None),
            ("setups/hooks/b.csv", RuleId::HiddenText, 2, Some(Severity::Warning)),
            ("setups/hooks/docs/c.md", RuleId::ReferenceEscapes, 5, Some(Severity::Warning)),
            ("setups/hooks/run.sh", RuleId::HiddenText, 6, None),
        ]
    );
    let mut case = case;
    case.risk = Risk::High;
    assert_eq!(case.problems(&[("docs/c.md", b"[x](../../y)")])[0].severity, Some(Severity::Error));
}

#[test]
fn an_escaping_reference_is_told_by_where_it_leads() {
    let case = Case::new(Kind::Setup, Profile::Lenient);
    let text = b"[a](../../../README.md) [b](../../gone.md) [c](../../../../x) [d](/etc/x)";
    let told: Vec<String> = case.problems(&[("docs/c.md", text)]).into_iter().map(|problem| problem.message).collect();
    assert_eq!(
        told,
        [
            "`../../../README.md` points outside the package, to `README.md`, which the approval does not cover",
            "`../../gone.md` points outside the package, to `setups/gone.md`, which does not exist",
            "`../../../../x` points outside the repository, so its target cannot be approved",
            "`/etc/x` is an absolute path to a file on the reader's machine",
        ]
    );
}

#[test]
fn required_files_and_limits_come_from_the_policy() {
    let mut case = Case::new(Kind::Skill, Profile::Lenient);
    case.entry.required_files = vec!["LICENSE".to_owned(), "eval.md".to_owned()];
    let problems = case.problems(&[("SKILL.md", GOOD.as_bytes()), ("license", b"x")]);
    assert_eq!(problems.iter().map(|p| p.rule).collect::<Vec<_>>(), [RuleId::RequiredFileMissing; 2]);
    let many: Vec<String> = (0..2001).map(|index| format!("f{index}")).collect();
    let files: Vec<(&str, &[u8])> = many.iter().map(|path| (path.as_str(), &b"x"[..])).chain([("SKILL.md", GOOD.as_bytes())]).collect();
    assert!(case.problems(&files).iter().any(|p| p.rule == RuleId::PackageTooLarge));
}

#[test]
fn upper_case_names_are_for_the_lenient_profile() {
    let mut case = Case::new(Kind::Setup, Profile::Strict);
    case.path = "setups/Hooks";
    assert_eq!(case.problems(&[("x", b"x")])[0].rule, RuleId::SubjectName);
    case.profile = Profile::Lenient;
    assert_eq!(case.problems(&[("x", b"x")]), []);
}

#[test]
fn a_prompt_has_a_version_in_its_frontmatter() {
    let case = Case::new(Kind::Prompt, Profile::Lenient);
    assert_eq!(case.found("---\nversion: 1.0.0\nowner: ann\nmodel: x\n---\nHello\n"), []);
    assert_eq!(case.found("Hello\n"), [(RuleId::Unversioned, 1)]);
    assert_eq!(case.found("---\nname: x\n---\n"), [(RuleId::Unversioned, 2)]);
    assert_eq!(
        case.found("---\nversion: one\ncolour: red\nrisk: huge\n---\n"),
        [(RuleId::Unversioned, 2), (RuleId::PromptInvalid, 3), (RuleId::PromptInvalid, 4)]
    );
    assert_eq!(case.found("---\nversion: 1.0.0\n"), [(RuleId::PromptInvalid, 1)]);
    let mut folder = Case::new(Kind::Prompt, Profile::Lenient);
    (folder.path, folder.is_folder) = ("prompts/review", true);
    assert_eq!(folder.problems(&[("PROMPT.md", b"---\nversion: 1.0.0\n---\n"), ("x.txt", b"x")]), []);
    assert_eq!(folder.problems(&[("prompt.md", b"x")])[0].rule, RuleId::PromptInvalid);
    assert_eq!(folder.problems(&[("other.md", b"x")])[0].rule, RuleId::PromptInvalid);
}

const AGENT: &str = "schema: countersign.agent/v1
version: 1.10.0
owner: ann
model: claude-sonnet-4-5
uses:
  - skill/pdf-tools@^1.2
  - contract/refund@>=1, <3
tools: [Read]
budget: {schema: countersign.budget/v1, max_turns: 10, on_limit: ask}
handoffs:
  schema: countersign.handoffs/v1
  to:
    - {agent: agent/human-desk@*, approval: true}
";

#[test]
fn an_agent_names_what_it_uses_with_ranges() {
    let case = Case::new(Kind::Agent, Profile::Lenient);
    assert_eq!(case.found(AGENT), []);
    let uses: Vec<_> = agent_uses(AGENT.as_bytes()).iter().map(|(subject, range)| format!("{subject}@{range}")).collect();
    assert_eq!(uses, ["skill/pdf-tools@^1.2", "agent/human-desk@*", "contract/refund@>=1, <3"]);
    assert_eq!(agent_uses(b"schema: [\n"), []);
}

#[test]
fn faults_of_an_agent_are_told_at_their_line() {
    let case = Case::new(Kind::Agent, Profile::Lenient);
    for (from, to, rule, line) in [
        ("@^1.2", "", RuleId::AgentInvalid, 6),
        ("@^1.2", "@one", RuleId::AgentInvalid, 6),
        ("skill/pdf-tools", "tool/x", RuleId::AgentInvalid, 6),
        ("skill/pdf-tools", "principal/ann", RuleId::AgentInvalid, 6),
        ("contract/refund@>=1, <3", "skill/pdf-tools@*", RuleId::AgentInvalid, 7),
        ("contract/refund@>=1, <3", "agent/triage@*", RuleId::AgentInvalid, 7),
        ("agent/human-desk", "skill/x", RuleId::AgentInvalid, 13),
        ("countersign.budget/v1", "countersign.budget/v2", RuleId::SchemaUnknown, 9),
        ("countersign.agent/v1", "countersign.agent/v2", RuleId::SchemaUnknown, 1),
        ("max_turns", "max_turn", RuleId::AgentInvalid, 9),
        ("owner: ann", "owner: bob", RuleId::DocumentOwner, 3),
        ("1.10.0", "1.10", RuleId::Unversioned, 2),
        ("model: claude-sonnet-4-5\n", "", RuleId::AgentInvalid, 1),
    ] {
        let found = case.found(&AGENT.replacen(from, to, 1));
        assert_eq!(found, [(rule, line)], "{to}");
    }
    let mut folder = Case::new(Kind::Agent, Profile::Lenient);
    (folder.path, folder.is_folder) = ("agents/triage", true);
    assert_eq!(folder.problems(&[("a.yaml", AGENT.as_bytes())])[0].rule, RuleId::AgentInvalid);
}

const CONTRACT: &str = "schema: countersign.contract/v1
version: 1.0.0
agentToolGovernance:
  workflow: refunds
  owner: ann
  tool: billing.refund
  riskClass: high
  defaultMode: draft_write
  allowedModes: ['off', observe, search_only, draft_write, fallback]
  hardBoundary:
    serviceIdentity: refund-bot
    apiScope: [refund:draft, order:read]
    blockedScopes: [refund:send]
  runtimeControls: {modeFlag: a, approvalFlag: b, denylistFlag: c, fallbackFlag: d}
  approval: {requiredFor: [send], reviewerGroup: data, timeoutFallback: fallback}
  evidence: {logDecision: true, logPolicyValues: true, logReviewer: true, avoidSensitiveInputs: true}
  rollback: {safestMode: 'off', owner: bob}
";

#[test]
fn a_contract_is_checked_beyond_its_schema() {
    let case = Case::new(Kind::Contract, Profile::Lenient);
    assert_eq!(case.found(CONTRACT), []);
    assert_eq!(case.found(&CONTRACT.replace("[refund:draft, order:read]", "refund:draft")), []);
    for (from, to, rule, line) in [
        ("defaultMode: draft_write", "defaultMode: approval_required", RuleId::ContractMode, 8),
        ("defaultMode: draft_write", "defaultMode: fallback", RuleId::ContractMode, 8),
        ("safestMode: 'off'", "safestMode: fallback", RuleId::ContractMode, 17),
        ("safestMode: 'off'", "safestMode: approval_required", RuleId::ContractMode, 17),
        ("timeoutFallback: fallback", "timeoutFallback: approval_required", RuleId::ContractMode, 15),
        ("['off', observe", "['off', 'off'", RuleId::ContractMode, 9),
        ("refund:draft", "\"refund:*\"", RuleId::ContractScope, 12),
        ("[refund:draft, order:read]", "\"*\"", RuleId::ContractScope, 12),
        ("[refund:draft, order:read]", "[]", RuleId::ContractScope, 12),
        ("[refund:send]", "[Order:Read]", RuleId::ContractScope, 13),
        ("reviewerGroup: data", "reviewerGroup: nobody", RuleId::ContractRole, 15),
        ("owner: ann", "owner: nobody", RuleId::ContractRole, 5),
        ("owner: ann", "owner: bob", RuleId::DocumentOwner, 5),
        ("owner: bob", "owner: nobody", RuleId::ContractRole, 17),
        ("riskClass: high", "riskClass: grave", RuleId::ContractInvalid, 7),
        ("version: 1.0.0", "version: 1.0.0\nspec: {rules: []}", RuleId::ContractInvalid, 3),
    ] {
        let found = case.found(&CONTRACT.replacen(from, to, 1));
        assert!(found.contains(&(rule, line)), "{to}: {found:?}");
        assert!(found.iter().all(|(found, _)| *found == rule), "{to}: {found:?}");
    }
    assert_eq!(case.found(&CONTRACT.replace("version: 1.0.0", "version: 1.0.0\nspec: {}")), []);
    assert_eq!(case.found(&CONTRACT.replace("contract/v1", "contract/v9")), [(RuleId::SchemaUnknown, 1)]);
}

const SERVER: &str = r#"{
  "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
  "name": "io.github.acme/weather",
  "description": "Weather.",
  "version": "1.0.0",
  "packages": [{
    "registryType": "npm", "identifier": "@acme/weather", "version": "1.0.0",
    "transport": {"type": "stdio"},
    "environmentVariables": [{"name": "API_KEY", "isSecret": true, "value": "{key}"}],
    "runtimeArguments": [{"type": "named", "name": "-e", "value": "X=1"}]
  }],
  "remotes": [{
    "type": "streamable-http", "url": "https://{tenant}.example.com/mcp",
    "headers": [{"name": "Authorization", "value": "Bearer {token}"}]
  }]
}
"#;

#[test]
fn a_server_pins_versions_and_holds_no_secret() {
    let case = Case::new(Kind::Server, Profile::Lenient);
    assert_eq!(case.found(SERVER), []);
    for (from, to, rule, line) in [
        (r#""version": "1.0.0","#, r#""version": "^1.0.0","#, RuleId::ServerInvalid, 5),
        (r#""version": "1.0.0","#, r#""version": "latest","#, RuleId::ServerInvalid, 5),
        (r#""version": "1.0.0","#, r#""version": "1.x","#, RuleId::ServerInvalid, 5),
        (r#""version": "1.0.0","#, r#""version": "2025.1","#, RuleId::Unversioned, 5),
        (r#""version": "1.0.0","#, "", RuleId::ServerInvalid, 1),
        (r#", "version": "1.0.0""#, r#", "version": ">=1""#, RuleId::ServerInvalid, 7),
        (r#", "version": "1.0.0""#, "", RuleId::ServerInvalid, 6),
        (r#""registryType": "npm""#, r#""registryType": "mcpb""#, RuleId::ServerInvalid, 6),
        (
            r#"npm", "identifier": "@acme/weather", "version": "1.0.0""#,
            r#"oci", "identifier": "ghcr.io/acme/weather:latest""#,
            RuleId::ServerInvalid,
            7,
        ),
        ("{key}", "hunter2", RuleId::SecretLiteral, 9),
        ("{token}", "abcdef", RuleId::SecretLiteral, 14),
        ("X=1", "X=9f86d081884c7d659a2feaa0c55ad015", RuleId::SecretLiteral, 10),
        (r#""environmentVariables""#, r#""environment_variables""#, RuleId::ServerInvalid, 9),
        ("2025-12-11", "2027-01-01", RuleId::SchemaUnknown, 2),
        ("2025-12-11", "2025-07-09", RuleId::ServerInvalid, 2),
        ("io.github.acme/weather", "weather", RuleId::ServerInvalid, 3),
        (r#""type": "streamable-http""#, r#""type": "stdio""#, RuleId::ServerInvalid, 13),
        (r#", "url": "https://{tenant}.example.com/mcp""#, "", RuleId::ServerInvalid, 12),
        (r#""name": "-e", "#, "", RuleId::ServerInvalid, 10),
        (r#""description": "Weather.""#, r#""description": "Weather.", "owner": "bob""#, RuleId::DocumentOwner, 4),
    ] {
        let found = case.found(&SERVER.replacen(from, to, 1));
        assert_eq!(found, [(rule, line)], "{to}");
    }
}

#[test]
fn a_server_may_be_yaml_and_secrets_are_found_in_unknown_fields_too() {
    let mut case = Case::new(Kind::Server, Profile::Lenient);
    case.path = "servers/weather.yaml";
    let yaml = "name: a/b\ndescription: x\nversion: 1.10.0\nremotes:\n  - {type: sse, url: https://x.example/sse}\n";
    assert_eq!(case.found(yaml), []);
    let token = ["ghp", "_16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let found = case.problems(&[("weather.yaml", format!("{yaml}mcp:\n  env: {{GH: {token}}}\n").as_bytes())]);
    assert_eq!(found.iter().map(|p| p.rule).collect::<Vec<_>>(), [RuleId::ServerInvalid, RuleId::SecretLiteral]);
    assert!(found.iter().all(|problem| !problem.message.contains(&token) && !problem.help.contains(&token)));
}

#[test]
fn the_schema_of_skills_agrees_with_the_checks() {
    let schema = jsonschema::draft202012::new(crate::document::schema::SKILL.value()).expect("a schema");
    let swaps = [
        "name: pdf-tools",
        "name: PDF",
        "name: a--b",
        "name: 1",
        "license: 2",
        "extra: x",
        "allowed-tools: [a]",
        "compatibility: \"\"",
        "description: \" \"",
    ];
    for swap in swaps {
        let field = swap.split(':').next().expect("a field");
        let text = GOOD.lines().map(|line| if line.starts_with(field) { swap } else { line }).collect::<Vec<_>>().join("\n");
        let text = if field == "extra" { text.replace("license: MIT", swap) } else { text };
        let matter = crate::document::frontmatter_fields::read("f", text.as_bytes(), false).expect("frontmatter");
        // Flow style and the folder's name are beyond a schema.
        let ours = strict(&text).iter().all(|(rule, _)| *rule == RuleId::SkillFrontmatter);
        assert_eq!(schema.is_valid(&matter.tree.value), ours, "{swap}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_validation_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), lines in proptest::collection::vec("[a-zA-Z-]{0,6}[: \\[{\"-]{0,3}[a-z0-9.@/*${}]{0,8}", 0..8)) {
        let text = format!("---\n{}\n---\n", lines.join("\n"));
        for kind in Kind::PACKAGED {
            for profile in [Profile::Strict, Profile::Lenient] {
                let case = Case::new(kind, profile);
                let _ = case.problems(&[("SKILL.md", &bytes)]);
                let _ = case.found(&text);
                let _ = case.found(&lines.join("\n"));
                let swapped = AGENT.replacen("@^1.2", &lines.concat(), 1);
                let _ = case.found(&swapped);
            }
        }
    }

    #[test]
    fn the_head_is_what_validation_reads(version in "[0-9a-z.+\"-]{0,8}", risk in "[a-zA-Z]{0,8}", colon: bool) {
        prop_assume!(version.trim_matches('"').trim() == version || !version.trim_matches('"').trim().is_empty());
        let description = if colon { "a: b" } else { "a" };
        let text = format!("---\nname: pdf-tools\ndescription: {description}\nmetadata:\n  version: {version}\n  risk: {risk}\n---\n");
        let head = head::read(Kind::Skill, true, "SKILL.md", text.as_bytes());
        let found = Case::new(Kind::Skill, Profile::Lenient).found(&text);
        let is_unversioned = found.iter().any(|(rule, _)| *rule == RuleId::Unversioned);
        let is_broken = found.iter().any(|(rule, _)| *rule == RuleId::SkillFrontmatter);
        prop_assert_eq!(head.version_written.is_some() && head.version.is_none(), is_unversioned && !is_broken, "{} {:?}", text, found);
    }
}
