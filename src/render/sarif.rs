//! Findings as SARIF 2.1.0, for code scanning. Source: OASIS, Static Analysis Results Interchange
//! Format 2.1.0, sections 3.13 to 3.30.

use serde_json::{Value, json};

use super::escape;
use super::github::Links;
use crate::check::rules::{Level, Rule};
use crate::check::{Finding, Report};
use crate::model::{Digest, Policy, RuleId, Verdict};

/// The report as one SARIF log with one run.
pub fn sarif(report: &Report, links: &Links) -> Value {
    let mut rules: Vec<RuleId> = report.findings.iter().map(|finding| finding.rule).collect();
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
            "invocations": [{"executionSuccessful": report.verdict != Verdict::NotEvaluated}],
            "columnKind": "unicodeCodePoints",
            "results": report.findings.iter().map(|finding| result(finding, &rules)).collect::<Vec<_>>(),
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

fn result(finding: &Finding, rules: &[RuleId]) -> Value {
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
        "level": level(finding.level),
        "message": {"text": message(&format!("{about}{}. {}", finding.message, finding.help))},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"countersignIdentity/v1": fingerprint(finding)},
    })
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::NotEvaluated | Level::Error | Level::Waiting => "error",
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
