use std::collections::BTreeSet;

use super::*;
use countersign_model::framework_input::{EvidenceQuery, Identifiers};

/// Identifiers that exist, where a list of them could be had: one a line, below two lines that say
/// where it comes from.
const LISTS: [(&str, &str); 7] = [
    (
        "21-cfr-part-11",
        include_str!("../../../../tests/frameworks/21-cfr-part-11.txt"),
    ),
    (
        "cmmc-2",
        include_str!("../../../../tests/frameworks/cmmc-2.txt"),
    ),
    (
        "hipaa-security-rule",
        include_str!("../../../../tests/frameworks/hipaa-security-rule.txt"),
    ),
    (
        "iso-iec-42001",
        include_str!("../../../../tests/frameworks/iso-iec-42001.txt"),
    ),
    (
        "nist-ai-rmf-1.0",
        include_str!("../../../../tests/frameworks/nist-ai-rmf-1.0.txt"),
    ),
    (
        NIST_SP_800_53,
        include_str!("../../../../tests/frameworks/nist-sp-800-53-r5.txt"),
    ),
    (
        "soc-2",
        include_str!("../../../../tests/frameworks/soc-2.txt"),
    ),
];

/// Identifiers of a framework that its list does not have.
fn unknown(framework: &Framework, list: &str) -> Vec<String> {
    let known: BTreeSet<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    framework
        .controls
        .iter()
        .map(|control| control.id.clone())
        .filter(|id| !known.contains(id.as_str()))
        .collect()
}

fn all() -> Vec<Framework> {
    names()
        .map(|name| by_name(name).expect("it is listed"))
        .collect()
}

#[test]
fn every_framework_is_read_strictly_and_named_after_its_file() {
    for (name, text) in BUILT_IN {
        let framework =
            parse(name, text.as_bytes()).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        assert_eq!(framework.id, name);
    }
    assert!(names().is_sorted());
    assert!(by_name("nist").is_none());
}

#[test]
fn every_file_of_the_folder_is_compiled_in() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("frameworks");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| {
            entry
                .expect("it can be read")
                .file_name()
                .into_string()
                .expect("plain names")
        })
        .collect();
    files.sort();
    assert_eq!(
        files,
        names()
            .map(|name| format!("{name}.yaml"))
            .collect::<Vec<_>>()
    );
}

#[test]
fn every_control_exists_in_the_published_list() {
    for (name, list) in LISTS {
        let framework = by_name(name).expect("it is listed");
        assert_eq!(framework.identifiers, Identifiers::Official, "{name}");
        assert_eq!(unknown(&framework, list), Vec::<String>::new(), "{name}");
        assert!(
            list.lines()
                .nth(1)
                .is_some_and(|line| line.starts_with("# https://") || line.contains("https://")),
            "{name} names its source"
        );
    }
}

#[test]
fn a_control_that_is_withdrawn_or_invented_is_noticed() {
    let text = BUILT_IN
        .iter()
        .find(|(name, _)| *name == NIST_SP_800_53)
        .expect("it is listed")
        .1;
    // Withdrawn in revision 5, and never there.
    for invented in ["ac-2.10", "cm-99"] {
        let text = text.replacen("id: ac-3.2", &format!("id: {invented}"), 1);
        let framework = parse("f", text.as_bytes()).expect("it has the right shape");
        assert_eq!(unknown(&framework, LISTS[5].1), [invented]);
    }
}

#[test]
fn articles_of_the_ai_act_have_numbers_of_the_final_text() {
    let framework = by_name("eu-ai-act").expect("it is listed");
    for control in &framework.controls {
        let number = control
            .id
            .strip_prefix("Art. ")
            .and_then(|rest| rest.split('(').next())
            .and_then(|text| text.parse::<u32>().ok());
        assert!(
            number.is_some_and(|number| (1..=113).contains(&number)),
            "{}",
            control.id
        );
    }
}

#[test]
fn sources_without_numbers_say_that_the_names_are_ours() {
    let ours: Vec<String> = all()
        .iter()
        .filter(|framework| framework.identifiers == Identifiers::Ours)
        .map(|framework| framework.id.clone())
        .collect();
    assert_eq!(ours, ["sox-itgc", "sr-11-7", "sr-26-2"]);
}

#[test]
fn the_superseded_guidance_says_by_what_and_since_when() {
    let old = by_name("sr-11-7").expect("it is listed");
    assert_eq!(
        (old.status, old.since.as_str()),
        (SourceStatus::Superseded, "2026-04-17")
    );
    let new = old
        .superseded_by
        .as_deref()
        .and_then(by_name)
        .expect("its successor is here too");
    assert_eq!(
        (new.status, new.since.as_str()),
        (SourceStatus::Voluntary, "2026-04-17")
    );
    assert!(new.applies.contains("agentic AI are outside"));
}

#[test]
fn nothing_claims_compliance() {
    for (name, text) in BUILT_IN {
        let text = text.to_lowercase();
        for claim in [
            "compliant",
            "complies",
            "certified by",
            "ensures compliance",
        ] {
            assert!(!text.contains(claim), "{name} says `{claim}`");
        }
    }
    assert!(!NOTICE.to_lowercase().contains("complian"));
}

#[test]
fn some_control_refers_to_every_query() {
    let referred: BTreeSet<EvidenceQuery> = all()
        .iter()
        .flat_map(|framework| {
            framework
                .controls
                .iter()
                .flat_map(|control| control.evidence.clone())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(referred.into_iter().collect::<Vec<_>>(), EvidenceQuery::ALL);
}

#[test]
fn a_framework_is_read_with_all_its_faults_and_their_lines() {
    let text = "\
schema: countersign.framework/v1
id: x
title: X
publisher: X
status: superseded
since: 2026-13-01
applies: To no one.
source: https://example.com/
reviewed: 2026-11-21
identifiers: ours
checked: By no one.
controls:
  - {id: a, requirement: A., evidence: [roles, roles], strength: direct, git_cannot_show: B.}
  - {id: a, requirement: A., evidence: [rolls], strength: proof, git_cannot_show: B., note: c}
";
    let problems = parse("x.yaml", text.as_bytes()).expect_err("it is full of faults");
    let found: Vec<(u32, &str)> = problems
        .iter()
        .map(|problem| (problem.place.line, problem.message.as_str()))
        .collect();
    let says = |line: u32, part: &str| {
        found
            .iter()
            .any(|(at, message)| *at == line && message.contains(part))
    };
    for (line, part) in [
        (6, "2026-13-01"),
        (14, "`rolls` is not one of"),
        (14, "`proof` is not one of"),
        (14, "unknown field `note`"),
    ] {
        assert!(says(line, part), "{line} {part}: {found:#?}");
    }
    let text = text
        .replace("rolls", "roles")
        .replace("proof", "direct")
        .replace(", note: c", "")
        .replace("13-01", "12-01");
    let problems = parse("x.yaml", text.as_bytes()).expect_err("what the schema cannot say");
    let found: Vec<(u32, &str)> = problems
        .iter()
        .map(|problem| (problem.place.line, problem.message.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (5, "`status: superseded` without `superseded_by`"),
            (13, "`roles` is repeated"),
            (14, "the control `a` is repeated")
        ]
    );
}

#[test]
fn frameworks_are_chosen_by_name_once_each() {
    let chosen = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        super::chosen(&names).map(|found| {
            found
                .iter()
                .map(|framework| framework.id.clone())
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(chosen(&[]), Ok(Vec::new()));
    assert_eq!(
        chosen(&["soc-2", "cmmc-2", "soc-2"]),
        Ok(vec!["cmmc-2".to_owned(), "soc-2".to_owned()])
    );
    assert_eq!(
        chosen(&["all", "soc-2"]).map(|all| all.len()),
        Ok(BUILT_IN.len())
    );
    assert_eq!(chosen(&["soc2"]), Err("soc2".to_owned()));
}
