//! The strict profile against `agentskills validate` of the reference implementation (`skills-ref`
//! on the Python package index), an independent judge.
//!
//! Every probe is a folder. Where the two disagree, `docs/skills-ref.md` must have a row that says
//! so and why; a row without a disagreement fails too. `COUNTERSIGN_SKILLS_REF` is the path of the
//! command; without it only our own side is run and a line says so.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use countersign::document::validate::{PackageFile, PackageFiles, package};
use countersign::document::{policy, problem::Problem};
use countersign::model::{FileMode, Kind, Policy, Risk, RuleId, SubjectId};

const VARIABLE: &str = "COUNTERSIGN_SKILLS_REF";
const TABLE: &str = include_str!("../../docs/skills-ref.md");

/// A folder with one document.
struct Probe {
    name: String,
    folder: String,
    file: &'static str,
    text: Vec<u8>,
}

fn probe(name: &str, folder: &str, text: impl AsRef<[u8]>) -> Probe {
    Probe {
        name: name.to_owned(),
        folder: folder.to_owned(),
        file: "SKILL.md",
        text: text.as_ref().to_vec(),
    }
}

/// A probe that differs from a good Skill in one line of its frontmatter.
fn with(name: &str, line: &str) -> Probe {
    probe(
        name,
        "pdf-tools",
        format!("---\nname: pdf-tools\ndescription: Reads PDF files.\n{line}\n---\nBody\n"),
    )
}

fn described(name: &str, description: &str) -> Probe {
    probe(
        name,
        "pdf-tools",
        format!("---\nname: pdf-tools\ndescription: {description}\n---\nBody\n"),
    )
}

fn named(name: &str, folder: &str, written: &str) -> Probe {
    probe(
        name,
        folder,
        format!("---\nname: {written}\ndescription: Reads PDF files.\n---\nBody\n"),
    )
}

fn probes() -> Vec<Probe> {
    [
        frontmatter(),
        names(),
        descriptions(),
        fields(),
        pairs_of_fields(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn long(count: usize) -> String {
    "x".repeat(count)
}

fn frontmatter() -> Vec<Probe> {
    let good = "---\nname: pdf-tools\ndescription: Reads PDF files.\n---\nBody\n";
    vec![
        probe("minimal", "pdf-tools", good),
        probe(
            "every field",
            "pdf-tools",
            "---\nname: pdf-tools\ndescription: Reads PDF files.\nlicense: MIT\ncompatibility: Needs poppler.\nmetadata:\n  author: acme\n  version: \"1.0\"\nallowed-tools: Bash(git:*) Read\n---\nBody\n",
        ),
        probe("carriage returns", "pdf-tools", good.replace('\n', "\r\n")),
        probe(
            "no body",
            "pdf-tools",
            "---\nname: pdf-tools\ndescription: x\n---",
        ),
        probe(
            "no body, line end",
            "pdf-tools",
            "---\nname: pdf-tools\ndescription: x\n---\n",
        ),
        probe("byte order mark", "pdf-tools", format!("\u{feff}{good}")),
        probe("leading blank line", "pdf-tools", format!("\n{good}")),
        probe("four dashes", "pdf-tools", good.replacen("---", "----", 1)),
        probe(
            "space after the opening fence",
            "pdf-tools",
            good.replacen("---\n", "--- \n", 1),
        ),
        probe(
            "space after the closing fence",
            "pdf-tools",
            good.replacen("\n---\nB", "\n--- \nB", 1),
        ),
        probe(
            "key on the opening fence",
            "pdf-tools",
            good.replacen("---\n", "---", 1),
        ),
        probe(
            "no closing fence",
            "pdf-tools",
            "---\nname: pdf-tools\ndescription: x\n",
        ),
        probe("no frontmatter", "pdf-tools", "# PDF tools\n"),
        probe("empty file", "pdf-tools", ""),
        probe("empty frontmatter", "pdf-tools", "---\n---\nBody\n"),
        probe(
            "frontmatter is a list",
            "pdf-tools",
            "---\n- name\n- description\n---\nBody\n",
        ),
        probe(
            "frontmatter is a word",
            "pdf-tools",
            "---\nname\n---\nBody\n",
        ),
        probe(
            "not UTF-8",
            "pdf-tools",
            [good.as_bytes(), b"\xff\n"].concat(),
        ),
        probe(
            "frontmatter is not UTF-8",
            "pdf-tools",
            [&b"---\nname: pdf-tools\ndescription: \xff\n---\n"[..]].concat(),
        ),
        probe("no name", "pdf-tools", "---\ndescription: x\n---\nBody\n"),
        probe(
            "no description",
            "pdf-tools",
            "---\nname: pdf-tools\n---\nBody\n",
        ),
        Probe {
            file: "skill.md",
            ..probe("skill.md", "pdf-tools", good)
        },
        Probe {
            file: "Skill.md",
            ..probe("Skill.md", "pdf-tools", good)
        },
        Probe {
            file: "README.md",
            ..probe("no document", "pdf-tools", good)
        },
    ]
}

fn names() -> Vec<Probe> {
    vec![
        named("name of 64", &long(64), &long(64)),
        named("name of 65", &long(65), &long(65)),
        named("one letter", "a", "a"),
        named("digits in the name", "a1-2b", "a1-2b"),
        named("name is a number", "123", "123"),
        named("name is a quoted number", "123", "\"123\""),
        named("name is empty", "pdf-tools", "\"\""),
        named("name is not there", "pdf-tools", ""),
        named("upper case", "PDF-Tools", "PDF-Tools"),
        named("leading hyphen", "-pdf", "-pdf"),
        named("trailing hyphen", "pdf-", "pdf-"),
        named("double hyphen", "pdf--tools", "pdf--tools"),
        named("underscore", "pdf_tools", "pdf_tools"),
        named("blank in the name", "pdf tools", "pdf tools"),
        named("dot in the name", "pdf.tools", "pdf.tools"),
        named("another folder", "other", "pdf-tools"),
        named("padded name", "pdf-tools", "\" pdf-tools \""),
        named("Chinese name", "技能", "技能"),
        named("Cyrillic name", "мой-навык", "мой-навык"),
        named("upper-case Cyrillic name", "НАВЫК", "НАВЫК"),
        named("accented name", "café", "café"),
        named("full-width name", "ab", "ａｂ"),
    ]
}

fn descriptions() -> Vec<Probe> {
    vec![
        described("description of 1024", &long(1024)),
        described("description of 1025", &long(1025)),
        described("Chinese description of 1024", &"技".repeat(1024)),
        described("description is empty", "\"\""),
        described("description is blank", "\"   \""),
        described("description is true", "true"),
        described("description is a number", "12"),
        described("description is null", "null"),
        described("description is a list", "\n  - a\n  - b"),
        described("description is a mapping", "\n  a: b"),
        described(
            "folded description",
            ">-\n  Reads PDF files,\n  all of them.",
        ),
        described(
            "literal description",
            "|\n  Reads PDF files,\n  all of them.",
        ),
        described(
            "description over two lines",
            "Reads PDF files,\n  all of them.",
        ),
        described("unquoted colon", "Use when: it rains"),
        described("quoted colon", "\"Use when: it rains\""),
        described("hash in the description", "Reads C# files"),
        described("fence in the description", "Reads a --- b"),
        described(
            "dashes in a block",
            "|\n  Reads PDF files.\n  ---\n  All of them.",
        ),
        with("dashes in a comment", "# --- fields ---"),
        with("key of dashes", "---x: 1"),
        described("quote in the description", "Reads 'PDF' \"files\""),
        described("description with an escape", "\"Reads \\u00e9\""),
    ]
}

fn fields() -> Vec<Probe> {
    vec![
        with("unknown field", "version: 1.0.0"),
        with("unknown field of a harness", "model: opus"),
        with("misspelled field", "Allowed-Tools: Read"),
        with("duplicate key", "name: pdf-tools"),
        with("comment", "# a comment"),
        with("license is a list", "license:\n  - MIT\n  - Apache-2.0"),
        with("license is a number", "license: 2"),
        with(
            "compatibility of 500",
            &format!("compatibility: {}", long(500)),
        ),
        with(
            "compatibility of 501",
            &format!("compatibility: {}", long(501)),
        ),
        with("compatibility is empty", "compatibility: \"\""),
        with("compatibility is a list", "compatibility:\n  - a"),
        with(
            "metadata of text",
            "metadata:\n  author: acme\n  version: \"1.0\"",
        ),
        with("metadata with a number", "metadata:\n  version: 1.0"),
        with("metadata with a truth value", "metadata:\n  internal: true"),
        with("metadata is a list", "metadata:\n  - a"),
        with("metadata is text", "metadata: text"),
        with("metadata is nested", "metadata:\n  openclaw:\n    emoji: x"),
        with("metadata is empty", "metadata:"),
        with(
            "allowed-tools as text",
            "allowed-tools: Bash(git:*) Bash(jq:*) Read",
        ),
        with(
            "allowed-tools as a list",
            "allowed-tools:\n  - Read\n  - Write",
        ),
        with("allowed-tools in brackets", "allowed-tools: [Read, Write]"),
        with("metadata in braces", "metadata: {version: \"1.0\"}"),
        with("anchor", "license: &a MIT"),
        with("alias", "license: &a MIT\ncompatibility: *a"),
        with("tag", "license: !!str MIT"),
        with("merge key", "metadata:\n  <<: x"),
        with("tab", "metadata:\n\tversion: x"),
        with("second document", "...\n# more"),
        with("hidden character", "license: M\u{200b}IT"),
    ]
}

/// Combinations of fields that are each allowed, in every order of two.
fn pairs_of_fields() -> Vec<Probe> {
    let mut probes = Vec::new();
    let fields = [
        "license: MIT",
        "compatibility: x",
        "metadata:\n  a: b",
        "allowed-tools: Read",
    ];
    for (index, first) in fields.iter().enumerate() {
        for second in fields.iter().skip(index + 1) {
            probes.push(with(
                &format!("{} then {}", key(first), key(second)),
                &format!("{first}\n{second}"),
            ));
            probes.push(with(
                &format!("{} then {}", key(second), key(first)),
                &format!("{second}\n{first}"),
            ));
        }
    }
    probes
}

fn key(line: &str) -> &str {
    line.split(':').next().unwrap_or(line)
}

fn a_policy(profile: &str) -> Policy {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    let text = format!(
        "schema: countersign.policy/v1\nserial: 1\nrepository: github.com/acme/x\nbranch: main\nprincipals:\n  ann: {{keys: [{{ssh: {key}}}]}}\nroles: {{administrators: [ann]}}\nsubjects:\n  - {{kind: skill, path: \"skills/*\", owners: [ann]}}\napprovals:\n  - {{subjects: [\"*/*\"], require: [{{count: 1, from: [owners]}}]}}\npolicy_changes: {{count: 1}}\nprofile: {profile}\n"
    );
    match policy::parse(text.as_bytes()) {
        Ok(parsed) => parsed.policy,
        Err(problems) => panic!("{problems:?}"),
    }
}

fn problems(probe: &Probe, policy: &Policy) -> Vec<Problem> {
    let path = format!("skills/{}", probe.folder);
    let subject: SubjectId = "skill/any".parse().expect("a subject");
    let files = vec![PackageFile {
        path: probe.file,
        mode: FileMode::Regular,
        bytes: &probe.text,
    }];
    let files = PackageFiles {
        kind: Kind::Skill,
        path: &path,
        subject: &subject,
        is_folder: true,
        files,
        plugin_manifests: &[],
    };
    package(&files, policy, &policy.entries[0], Risk::Medium, &|_| true)
}

/// Whether the rules of the specification let the Skill through; other rules, such as that on
/// hidden text, are this tool's own.
fn accepts(probe: &Probe, policy: &Policy) -> bool {
    let of_the_specification = [
        RuleId::SkillFrontmatter,
        RuleId::SkillName,
        RuleId::SkillField,
        RuleId::SkillFileMissing,
    ];
    !problems(probe, policy)
        .iter()
        .any(|problem| of_the_specification.contains(&problem.rule))
}

fn judge(command: &Path, probe: &Probe) -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let skill = folder.path().join(&probe.folder);
    std::fs::create_dir(&skill).expect("the folder can be made");
    std::fs::write(skill.join(probe.file), &probe.text).expect("the file can be written");
    let mut run = Command::new(command);
    run.arg("validate")
        .arg(&skill)
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match run
        .status()
        .unwrap_or_else(|error| {
            panic!(
                "{VARIABLE} is {}, which does not run: {error}",
                command.display()
            )
        })
        .code()
    {
        Some(0) => true,
        Some(1) => false,
        code => {
            panic!(
                "{VARIABLE} is {}, which ended with {code:?} on `{}`: is it the `agentskills` command?",
                command.display(),
                probe.name
            )
        }
    }
}

/// Rows of the table: probe, then whether ours and theirs accept it.
fn rows() -> BTreeMap<String, (bool, bool)> {
    let word = |cell: &str| match cell {
        "accepts" => true,
        "refuses" => false,
        other => panic!("`{other}` in docs/skills-ref.md is neither `accepts` nor `refuses`"),
    };
    let rows = TABLE.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert!(
            cells.len() == 4 && cells[3].len() > 20,
            "a row has a probe, two verdicts and a reason: {row}"
        );
        (cells[0].to_owned(), (word(cells[1]), word(cells[2])))
    })
    .collect()
}

#[test]
fn every_row_of_the_table_names_a_probe_and_our_verdict_on_it() {
    let (policy, probes) = (a_policy("strict"), probes());
    for (name, (ours, theirs)) in rows() {
        let probe = probes
            .iter()
            .find(|probe| probe.name == name)
            .unwrap_or_else(|| panic!("no probe is named `{name}`"));
        assert_eq!(accepts(probe, &policy), ours, "{name}");
        assert_ne!(ours, theirs, "{name}: a row is for a disagreement");
    }
}

#[test]
fn the_strict_profile_agrees_with_skills_ref_but_for_the_table() {
    let Some(command) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
        // Past the harness, which keeps what a passing test prints.
        let _ = writeln!(
            std::io::stderr(),
            "not run: the comparison with skills-ref; set {VARIABLE} to the path of its `agentskills` command"
        );
        return;
    };
    let (policy, rows) = (a_policy("strict"), rows());
    let mut wrong = Vec::new();
    for probe in probes() {
        let (ours, theirs) = (accepts(&probe, &policy), judge(&command, &probe));
        let listed = rows.get(&probe.name).copied();
        if (ours != theirs && listed != Some((ours, theirs)))
            || (ours == theirs && listed.is_some())
        {
            wrong.push(format!(
                "{}: we {}, skills-ref {}",
                probe.name,
                verdict(ours),
                verdict(theirs)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "docs/skills-ref.md does not say so:\n{}",
        wrong.join("\n")
    );
}

const fn verdict(accepted: bool) -> &'static str {
    if accepted { "accepts" } else { "refuses" }
}

#[test]
fn what_is_accepted_strictly_is_accepted_leniently() {
    let (strict, lenient) = (a_policy("strict"), a_policy("lenient"));
    for probe in probes() {
        assert!(
            !accepts(&probe, &strict) || accepts(&probe, &lenient),
            "{}",
            probe.name
        );
        assert!(
            problems(&probe, &strict)
                .iter()
                .all(|problem| problem.rule != RuleId::SkillPortability),
            "{}",
            probe.name
        );
    }
}
