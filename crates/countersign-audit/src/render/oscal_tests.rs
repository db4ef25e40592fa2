use std::collections::BTreeSet;

use super::*;
use crate::render::sample::{assembled, report, sections};
use crate::report::Sections;

/// Identifiers of controls that are in the catalog and not withdrawn.
const KNOWN: &str = include_str!("../../../../tests/frameworks/nist-sp-800-53-r5.txt");

fn parsed(report: &AuditReport) -> [Value; 2] {
    documents(report).map(|(_, text)| serde_json::from_str(&text).expect("JSON"))
}

/// Everything wrong with a pair of documents that their schemas do not see.
fn faults(documents: &[Value; 2]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut all = BTreeSet::new();
    for document in documents {
        let mut defined = BTreeSet::new();
        let mut used = Vec::new();
        walk(document, "", &mut |path, key, value| {
            let Some(text) = value.as_str() else { return };
            match key {
                "uuid" => {
                    if Uuid::parse_str(text).map(|uuid| uuid.get_version_num()) != Ok(5) {
                        faults.push(format!("{path}: {text} is no UUID of version 5"));
                    }
                    if !defined.insert(text.to_owned()) {
                        faults.push(format!("{path}: {text} a second time"));
                    }
                }
                "href" => used.extend(
                    text.strip_prefix('#')
                        .map(|uuid| (path.to_owned(), uuid.to_owned())),
                ),
                _ if key.ends_with("-uuid") => used.push((path.to_owned(), text.to_owned())),
                "oscal-version" if text != "1.2.1" => faults.push(format!("{path}: {text}")),
                "control-id" if !known(text) => {
                    faults.push(format!("{path}: {text} is in no catalog"));
                }
                "target-id" if !text.strip_suffix("_smt").is_some_and(known) => {
                    faults.push(format!("{path}: {text} is in no catalog"));
                }
                _ => {}
            }
        });
        faults.extend(
            used.into_iter()
                .filter(|(_, uuid)| !defined.contains(uuid))
                .map(|(path, uuid)| format!("{path}: {uuid} dangles")),
        );
        all.extend(defined);
    }
    faults
}

fn known(id: &str) -> bool {
    KNOWN.lines().any(|line| line == id)
}

fn walk(value: &Value, path: &str, visit: &mut impl FnMut(&str, &str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = format!("{path}/{key}");
                visit(&path, key, value);
                walk(value, &path, visit);
            }
        }
        Value::Array(items) => {
            assert!(
                !items.is_empty(),
                "{path}: a list in OSCAL has at least one entry"
            );
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{path}/{index}"), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_control_is_in_the_catalog() {
    assert_eq!(faults(&parsed(&report())), Vec::<String>::new());
}

#[test]
fn what_the_schema_does_not_see_is_seen_here() {
    let spoil = |pointer: &str, with: &str| {
        let mut documents = parsed(&report());
        *documents[1].pointer_mut(pointer).expect("it is there") = Value::String(with.to_owned());
        faults(&documents)
    };
    let result = "/assessment-results/results/0";
    for (pointer, with, says) in [
        (
            "/assessment-results/metadata/oscal-version".to_owned(),
            "9.9",
            "9.9",
        ),
        (
            format!("{result}/findings/0/related-observations/0/observation-uuid"),
            "2b5a9c55-0000-5000-8000-000000000000",
            "dangles",
        ),
        (
            format!("{result}/observations/0/links/0/href"),
            "#2b5a9c55-0000-5000-8000-000000000000",
            "dangles",
        ),
        (
            format!(
                "{result}/reviewed-controls/control-selections/0/include-controls/0/control-id"
            ),
            "ac-99",
            "no catalog",
        ),
        (
            format!("{result}/findings/0/target/target-id"),
            "ac-2.10_smt",
            "no catalog",
        ),
        (
            format!("{result}/observations/0/uuid"),
            "2b5a9c55-0000-4000-8000-000000000000",
            "no UUID of version 5",
        ),
    ] {
        assert!(
            spoil(&pointer, with)
                .iter()
                .any(|fault| fault.contains(says)),
            "{pointer}"
        );
    }
}

#[test]
fn observations_and_findings_name_one_another() {
    let [_, results] = parsed(&report());
    let result = &results["assessment-results"]["results"][0];
    let pairs =
        |from: &Value, list: &str, field: &str, turned: bool| -> BTreeSet<(String, String)> {
            let mut pairs = BTreeSet::new();
            for item in from.as_array().expect("a list") {
                for other in item[list].as_array().into_iter().flatten() {
                    let (a, b) = (
                        item["uuid"].as_str().expect("text"),
                        other[field].as_str().expect("text").trim_start_matches('#'),
                    );
                    pairs.insert(if turned {
                        (b.to_owned(), a.to_owned())
                    } else {
                        (a.to_owned(), b.to_owned())
                    });
                }
            }
            pairs
        };
    let of_findings = pairs(
        &result["findings"],
        "related-observations",
        "observation-uuid",
        false,
    );
    assert!(!of_findings.is_empty());
    assert_eq!(
        of_findings,
        pairs(&result["observations"], "links", "href", true)
    );
}

#[test]
fn nothing_is_ever_satisfied() {
    let clean = assembled(Sections {
        exceptions: Vec::new(),
        ..sections()
    });
    for report in [&report(), &clean] {
        let text = documents(report).map(|(_, text)| text).concat();
        assert!(!text.contains("\"satisfied\"") && !text.to_lowercase().contains("compliant"));
    }
}

#[test]
fn a_report_without_open_points_has_no_findings_and_no_empty_list() {
    let clean = Sections {
        exceptions: Vec::new(),
        changes: Vec::new(),
        incidents: Vec::new(),
        reviews: Vec::new(),
        ..sections()
    };
    let documents = parsed(&assembled(clean));
    assert_eq!(faults(&documents), Vec::<String>::new());
    assert!(
        documents[1]["assessment-results"]["results"][0]
            .get("findings")
            .is_none()
    );
}

#[test]
fn the_same_report_has_the_same_documents_and_another_one_other_identifiers() {
    assert_eq!(documents(&report()), documents(&report()));
    let mut other = report();
    other.scope.now = "2026-12-01T00:00:00Z".parse().expect("it is a time");
    assert_ne!(
        parsed(&report())[1]["assessment-results"]["uuid"],
        parsed(&other)[1]["assessment-results"]["uuid"]
    );
}

#[test]
fn words_that_oscal_does_not_allow_in_a_string_are_put_on_one_line() {
    assert_eq!(one_line(" a\n\tb \u{1b}[2J "), "a b [2J");
    assert_eq!(one_line("\n"), "-");
}
