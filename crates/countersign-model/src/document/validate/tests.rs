mod agent;
mod contract;
mod server;
mod skill;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::policy::{Entry, Principal};
use crate::policy_input::{AccountInput, PrincipalKind};
use crate::{PrincipalName, sample};

fn name(text: &str) -> PrincipalName {
    text.parse().expect("a name")
}

fn principal(login: &str) -> Principal {
    let account = AccountInput {
        forge: "github.com".to_owned(),
        login: login.to_owned(),
        id: 1,
    };
    let kind = PrincipalKind::Person;
    Principal {
        printed: login.to_owned(),
        kind,
        accounts: vec![account],
        emails: BTreeSet::new(),
        keys: Vec::new(),
        line: 1,
    }
}

fn policy(profile: Profile) -> Policy {
    Policy {
        repository: "github.com/acme/x".to_owned(),
        principals: BTreeMap::from([
            (name("ann"), principal("ann-ng")),
            (name("bob"), principal("bob-b")),
        ]),
        teams: BTreeMap::from([(name("data"), BTreeSet::from([name("ann")]))]),
        administrators: BTreeSet::from([name("ann")]),
        profile,
        ..sample::policy()
    }
}

fn entry(kind: Kind) -> Entry {
    Entry {
        owners: BTreeSet::from([name("ann")]),
        owners_written: vec!["ann".to_owned()],
        line: 9,
        ..sample::entry(kind, "x/*")
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
        Self {
            profile,
            risk: Risk::Medium,
            entry: entry(kind),
            path,
            is_folder,
        }
    }

    fn problems(&self, files: &[(&str, &[u8])]) -> Vec<Problem> {
        let policy = policy(self.profile);
        let stem = self
            .path
            .rsplit('/')
            .next()
            .and_then(|name| name.split('.').next())
            .expect("a name");
        let subject = SubjectId::new(self.entry.kind, stem.parse().expect("a name"));
        let files = files
            .iter()
            .map(|(path, bytes)| PackageFile {
                path,
                mode: FileMode::Regular,
                bytes,
            })
            .collect();
        let package = PackageFiles {
            kind: self.entry.kind,
            path: self.path,
            subject: &subject,
            is_folder: self.is_folder,
            files,
            plugin_manifests: &["plugin.json", ".claude-plugin/plugin.json"],
        };
        super::package(&package, &policy, &self.entry, self.risk, &|path| {
            path == "README.md"
        })
    }

    /// Rule and line of each problem of a one-document package.
    fn found(&self, text: &str) -> Vec<(RuleId, u32)> {
        let file = match self.entry.kind {
            Kind::Skill => "SKILL.md",
            _ => self.path.rsplit('/').next().expect("a name"),
        };
        self.problems(&[(file, text.as_bytes())])
            .iter()
            .map(|problem| (problem.rule, problem.place.line))
            .collect()
    }
}

fn strict(text: &str) -> Vec<(RuleId, u32)> {
    Case::new(Kind::Skill, Profile::Strict).found(text)
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
fn an_owner_agrees_as_person_team_or_account_and_other_words_are_warned_about() {
    for owner in ["ann", "data", "ann-ng", "\"@Ann-NG\""] {
        assert_eq!(
            strict(&GOOD.replace("owner: ann", &format!("owner: {owner}"))),
            [],
            "{owner}"
        );
    }
    let case = Case::new(Kind::Skill, Profile::Strict);
    for (owner, severity) in [
        ("bob", None),
        ("bob-b", None),
        ("Bob", None),
        ("\"@acme/BOB\"", Some(Severity::Warning)),
        ("owners", None),
        ("unlisted", Some(Severity::Warning)),
        ("Payments Tribe", Some(Severity::Warning)),
    ] {
        let problems = case.problems(&[(
            "SKILL.md",
            GOOD.replace("owner: ann", &format!("owner: {owner}"))
                .as_bytes(),
        )]);
        let reported: Vec<_> = problems
            .iter()
            .map(|problem| (problem.rule, problem.place.line, problem.severity))
            .collect();
        assert_eq!(reported, [(RuleId::DocumentOwner, 8, severity)], "{owner}");
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
    let seen: Vec<_> = problems
        .iter()
        .map(|p| (p.place.path.as_str(), p.rule, p.place.column, p.severity))
        .collect();
    assert_eq!(
        seen,
        [
            ("setups/hooks/a.bin", RuleId::LfsPointer, 1, None),
            (
                "setups/hooks/b.csv",
                RuleId::HiddenText,
                2,
                Some(Severity::Warning)
            ),
            (
                "setups/hooks/docs/c.md",
                RuleId::ReferenceEscapes,
                5,
                Some(Severity::Warning)
            ),
            ("setups/hooks/run.sh", RuleId::HiddenText, 6, None),
        ]
    );
    let mut case = case;
    case.risk = Risk::High;
    assert_eq!(
        case.problems(&[("docs/c.md", b"[x](../../y)")])[0].severity,
        Some(Severity::Error)
    );
}

#[test]
fn an_escaping_reference_is_described_by_where_it_leads() {
    let case = Case::new(Kind::Setup, Profile::Lenient);
    let text = b"[a](../../../README.md) [b](../../gone.md) [c](../../../../x) [d](/etc/x)";
    let reported: Vec<String> = case
        .problems(&[("docs/c.md", text)])
        .into_iter()
        .map(|problem| problem.message)
        .collect();
    assert_eq!(
        reported,
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
    assert_eq!(
        problems.iter().map(|p| p.rule).collect::<Vec<_>>(),
        [RuleId::RequiredFileMissing; 2]
    );
    let many: Vec<String> = (0..2001).map(|index| format!("f{index}")).collect();
    let files: Vec<(&str, &[u8])> = many
        .iter()
        .map(|path| (path.as_str(), &b"x"[..]))
        .chain([("SKILL.md", GOOD.as_bytes())])
        .collect();
    assert!(
        case.problems(&files)
            .iter()
            .any(|p| p.rule == RuleId::PackageTooLarge)
    );
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
    assert_eq!(
        case.found("---\nversion: 1.0.0\nowner: ann\nmodel: x\n---\nHello\n"),
        []
    );
    assert_eq!(case.found("Hello\n"), [(RuleId::Unversioned, 1)]);
    assert_eq!(
        case.found("---\nname: x\n---\n"),
        [(RuleId::Unversioned, 2)]
    );
    assert_eq!(
        case.found("---\nversion: one\ncolor: red\nrisk: huge\n---\n"),
        [
            (RuleId::Unversioned, 2),
            (RuleId::PromptInvalid, 3),
            (RuleId::PromptInvalid, 4)
        ]
    );
    assert_eq!(
        case.found("---\nversion: 1.0.0\n"),
        [(RuleId::PromptInvalid, 1)]
    );
    let mut folder = Case::new(Kind::Prompt, Profile::Lenient);
    (folder.path, folder.is_folder) = ("prompts/review", true);
    assert_eq!(
        folder.problems(&[
            ("PROMPT.md", b"---\nversion: 1.0.0\n---\n"),
            ("x.txt", b"x")
        ]),
        []
    );
    assert_eq!(
        folder.problems(&[("prompt.md", b"x")])[0].rule,
        RuleId::PromptInvalid
    );
    assert_eq!(
        folder.problems(&[("other.md", b"x")])[0].rule,
        RuleId::PromptInvalid
    );
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
