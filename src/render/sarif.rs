//! Findings as SARIF 2.1.0, for code scanning. Source: OASIS, Static Analysis Results Interchange
//! Format 2.1.0, sections 3.13 to 3.30.

use serde_json::{Value, json};

use super::escape;
use super::github::Links;
use super::listing::Selection;
use crate::check::rules::{Level, Rule};
use crate::check::{Finding, Report};
use crate::model::quantity::{counted, grouped};
use crate::model::{Digest, Policy, RuleId, Verdict};

/// Code scanning stores this many results of a run and rejects a run with five times as many. What
/// it stores does not always depend on severity, so the lightest are left out here.
const MOST: usize = 5_000;

/// The report as one SARIF log with one run.
pub fn sarif(report: &Report, selection: &Selection, links: &Links) -> Value {
    let selected: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| selection.admits(finding))
        .collect();
    let hidden = report.findings.len() - selected.len();
    let shown = &selected[..selected.len().min(MOST)];
    let mut notes = Vec::new();
    if selected.len() > shown.len() {
        notes.push(format!(
            "{} left out: code scanning stores {} of a run. The JSON report has all.",
            counted(grouped(selected.len() - shown.len()), "lighter finding"),
            grouped(MOST)
        ));
    }
    if hidden > 0 {
        notes.push(format!(
            "{} left out, because of {}.",
            counted(grouped(hidden), "finding"),
            selection.words()
        ));
    }
    if report.strict {
        notes.push("Warnings count as errors (--strict).".to_owned());
    }
    let notes: Vec<Value> = notes
        .iter()
        .map(|note| json!({"level": "note", "message": {"text": message(note)}}))
        .collect();
    let mut invocation = json!({"executionSuccessful": report.verdict != Verdict::NotEvaluated});
    if !notes.is_empty() {
        invocation["toolExecutionNotifications"] = notes.into();
    }
    let mut rules: Vec<RuleId> = shown.iter().map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "countersign",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| descriptor(*rule, links)).collect::<Vec<_>>(),
            }},
            "invocations": [invocation],
            "columnKind": "unicodeCodePoints",
            "results": shown.iter().map(|finding| result(finding, &rules, report.strict)).collect::<Vec<_>>(),
        }],
    })
}

fn descriptor(id: RuleId, links: &Links) -> Value {
    let rule = Rule::of(id);
    let mut descriptor = json!({
        "id": id.as_str(),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.help},
    });
    if let Some(page) = links.rule_page(id) {
        descriptor["helpUri"] = page.into();
    }
    descriptor
}

fn result(finding: &Finding, rules: &[RuleId], strict: bool) -> Value {
    // Code scanning shows only results with a place; a finding without one is about the repository,
    // so it is placed in the policy.
    let path = finding.path.as_deref().unwrap_or(Policy::PATH);
    let mut place = json!({"artifactLocation": {"uri": uri(path), "uriBaseId": "%SRCROOT%"}});
    let mut region = json!({"startLine": finding.line.unwrap_or(1)});
    if let (Some(_), Some(column)) = (finding.line, finding.column) {
        region["startColumn"] = column.into();
    }
    place["region"] = region;
    let about = finding
        .subject
        .as_ref()
        .map(|subject| format!("{subject}: "))
        .unwrap_or_default();
    json!({
        "ruleId": finding.rule.as_str(),
        "ruleIndex": rules.binary_search(&finding.rule).unwrap_or_default(),
        "level": level(finding.level, strict),
        "message": {"text": message(&format!("{about}{}. {}", finding.message, finding.help))},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"countersignIdentity/v1": fingerprint(finding)},
    })
}

const fn level(level: Level, strict: bool) -> &'static str {
    match level {
        Level::NotEvaluated | Level::Error | Level::Waiting => "error",
        Level::Warning if strict => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}

/// Text without embedded links (section 3.11.6) and without hidden characters.
fn message(text: &str) -> String {
    escape::terminal(text)
        .replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace(']', "\\]")
}

/// A relative reference (RFC 3986) for a path of the repository.
fn uri(path: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
    path.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// A fingerprint that is the same for the same finding in every run.
fn fingerprint(finding: &Finding) -> String {
    let identity = finding.identity();
    let shown = |part: Option<String>| part.unwrap_or_default();
    let mut parts = vec![
        identity.rule.to_string(),
        shown(identity.subject.map(ToString::to_string)),
        shown(identity.version.map(ToString::to_string)),
        shown(identity.path.map(str::to_owned)),
        shown(identity.principal.map(ToString::to_string)),
    ];
    parts.extend(
        identity
            .facts
            .iter()
            .flat_map(|(fact, text)| [fact.to_string(), text.clone()]),
    );
    parts.extend(
        identity
            .circumstances
            .iter()
            .map(|circumstance| circumstance.as_str().to_owned()),
    );
    let text = serde_json::to_string(&parts).expect("strings are JSON");
    Digest::of(text.as_bytes()).hex()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Observation, Place};

    #[test]
    fn a_path_is_a_relative_reference_and_a_message_contains_no_link() {
        assert_eq!(
            uri("skills/a b/%x?#ä.md"),
            "skills/a%20b/%25x%3F%23%C3%A4.md"
        );
        assert_eq!(message("[x](1)\u{202e}"), "\\[x\\](1)\\\\u{202e}");
    }

    /// A report of findings with these numbers of warnings and errors.
    fn report(warnings: usize, errors: usize) -> Report {
        let at = |rule, number: usize| {
            Observation::new(rule).place(Place::file(format!("skills/{number}/SKILL.md")))
        };
        let observations: Vec<Observation> = (0..warnings)
            .map(|number| at(RuleId::Unversioned, number))
            .chain((0..errors).map(|number| at(RuleId::Symlink, number)))
            .collect();
        let setting = crate::check::rules::Setting::default();
        Report {
            verdict: Verdict::Fail,
            subjects: Vec::new(),
            lowered: Vec::new(),
            findings: crate::check::findings::judge_all(&observations, &setting),
            strict: false,
            logins: crate::check::logins::Logins::default(),
            unrecorded: std::collections::BTreeSet::new(),
        }
    }

    fn notes(log: &Value) -> Vec<&str> {
        let notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array();
        notes
            .into_iter()
            .flatten()
            .filter_map(|note| note["message"]["text"].as_str())
            .collect()
    }

    #[test]
    fn a_run_has_no_more_results_than_code_scanning_stores_and_counts_the_rest() {
        let log = sarif(&report(6_000, 2), &Selection::default(), &Links::default());
        let results = log["runs"][0]["results"]
            .as_array()
            .expect("a run has results");
        assert_eq!(results.len(), 5_000);
        assert_eq!(results[0]["level"], "error");
        assert_eq!(
            notes(&log),
            [
                "1,002 lighter findings left out: code scanning stores 5,000 of a run. The JSON report has all."
            ]
        );
    }

    #[test]
    fn a_run_says_what_a_selection_hides_and_that_warnings_count() {
        let selection = Selection {
            rules: vec![RuleId::Unversioned],
            ..Selection::default()
        };
        let log = sarif(&report(1, 2).strictly(), &selection, &Links::default());
        let results = log["runs"][0]["results"]
            .as_array()
            .expect("a run has results");
        assert_eq!((results.len(), &results[0]["level"]), (1, &json!("error")));
        assert_eq!(
            notes(&log),
            [
                "2 findings left out, because of --rule unversioned.",
                "Warnings count as errors (--strict)."
            ]
        );
        let plain = sarif(&report(1, 2), &Selection::default(), &Links::default());
        assert!(notes(&plain).is_empty());
    }

    #[test]
    fn one_matter_keeps_its_fingerprint_when_lines_move() {
        let at = |line| {
            let observation =
                Observation::new(RuleId::Symlink).place(Place::at("skills/x/a", line, 1));
            fingerprint(&Finding::of(
                &observation,
                &crate::check::rules::Setting::default(),
            ))
        };
        assert_eq!(at(1), at(9));
    }
}
