//! Properties of everything that the Action shows, whatever outsiders call their things and write
//! into them.
//!
//! Each surface is read by the reader's own grammar, written down here a second time: GitHub's
//! Markdown by the signs that can be markup, workflow commands as the runner takes them apart,
//! SARIF as JSON. A text may fill a place and never change what is around it.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::audit;
use crate::check::Report;
use crate::check::comparison::{CapabilityChange, Comparison, FileChange};
use crate::check::sample::{id, ledger, name, requirement, skill, version_state};
use crate::document::capability::Aspect;
use crate::lifecycle::Ledger;
use crate::model::{Fact, Severity, State, Verdict};
use crate::render::escape::{is_unsafe, terminal};
use crate::render::listing::{Listing, Selection};
use crate::render::review_context::ReviewContext;
use crate::render::sample::{context, sample_findings, sample_ledger};
use crate::render::{Context, json, sarif};

/// An audit, and the pages of plain words, made once.
static AUDIT: LazyLock<audit::AuditReport> = LazyLock::new(crate::render::audit::sample::report);
static PLAIN: LazyLock<[(&str, String); 3]> = LazyLock::new(|| {
    pages(&ForeignText::plain()).map(|(surface, page)| (surface, skeleton(&page)))
});

/// Names and texts of others, one for each place where they can write.
#[derive(Clone, Debug)]
struct ForeignText {
    skill: String,
    branch: String,
    path: String,
    reason: String,
    owner: String,
}

impl ForeignText {
    fn plain() -> Self {
        let x = || "x".to_owned();
        Self {
            skill: x(),
            branch: x(),
            path: x(),
            reason: x(),
            owner: x(),
        }
    }
}

/// What the grammars of the surfaces could stumble over, in any order, between any characters.
fn hostile() -> impl Strategy<Value = String> {
    const PARTS: [&str; 37] = [
        "::error::x",
        "::",
        "##[error]",
        "##[",
        "\n",
        "\r",
        "\r\n",
        "\u{2028}",
        "%0A",
        "%25",
        "%",
        ",",
        "file=",
        "title=",
        "|",
        "||",
        "<!--",
        "-->",
        "<img src=x onerror=y>",
        "</code>",
        "<",
        "&lt;",
        "&#60;",
        "`",
        "```",
        "[x](javascript:1)",
        "![x](//y)",
        "](",
        "**",
        "~~",
        "\\",
        "@acme/all",
        "#12",
        "GH-7",
        "https://evil.example",
        "\u{202e}",
        "\u{1b}[2J",
    ];
    let part = prop_oneof![3 => prop::sample::select(&PARTS[..]).prop_map(str::to_owned), 1 => any::<String>(), 1 => "[ -~]{0,8}"];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn written() -> impl Strategy<Value = ForeignText> {
    // A name's own grammar is all that a name can be; the first sign keeps it from being only dots.
    (
        "[A-Za-z0-9_-][A-Za-z0-9._-]{0,40}",
        hostile(),
        hostile(),
        hostile(),
        hostile(),
    )
        .prop_map(|(skill, branch, path, reason, owner)| ForeignText {
            skill,
            branch,
            path,
            reason,
            owner,
        })
}

/// A waiting Skill, a finding of each level about it, and what changed in it, all in the words of
/// `by`.
fn with<T>(by: &ForeignText, use_it: impl Fn(&Summary<'_>) -> T) -> T {
    let mut waiting = version_state("1.1.0", "later", 14, State::Draft);
    waiting.requirements = vec![requirement(2, &["alice"], &["bob", "carol"])];
    let mut subject = skill(
        &by.skill,
        vec![version_state("1.0.0", "first", 5, State::Approved), waiting],
    );
    subject.owners_written = vec![by.owner.clone()];
    let subjects: Ledger = ledger(vec![subject]);
    let subject = subjects.subjects.values().next().expect("there is one");
    let mut findings = sample_findings(&sample_ledger());
    for finding in &mut findings {
        finding.subject = Some(subject.id.clone());
        finding.message.clone_from(&by.reason);
        finding.help.clone_from(&by.owner);
        finding.path = Some(by.path.clone());
        finding.principal = Some(name("bob"));
        finding.facts = [(Fact::Why, by.reason.clone())].into();
    }
    let comparison = Comparison {
        capabilities: vec![CapabilityChange {
            aspect: Aspect::Host,
            item: by.reason.clone(),
            sign: '+',
            widens: true,
        }],
        files: vec![FileChange {
            path: by.path.clone(),
            before: None,
            after: None,
            lines: None,
        }],
        ..Comparison::default()
    };
    let review_context = ReviewContext {
        subject,
        after: subject.head_version().expect("it lies in the tree"),
        before: subject.versions.first(),
        comparison: Some(comparison),
        used_by: [id("agent/helper")].into(),
    };
    let context = Context {
        repository: Some(by.owner.clone()),
        branch: Some(by.branch.clone()),
        base: None,
        ..context()
    };
    let report = Report {
        verdict: Verdict::Waiting,
        subjects: vec![subject.id.clone()],
        lowered: vec![id("skill/other")],
        findings,
        strict: false,
        logins: crate::check::logins::Logins::default(),
        unrecorded: std::collections::BTreeSet::new(),
    };
    let links = Links::new(
        "https://github.com",
        Some("acme/agent-skills"),
        Some("tool/countersign"),
        Some("v1"),
    );
    use_it(&Summary {
        context: &context,
        ledger: Some(&subjects),
        report: &report,
        review_contexts: &[review_context],
        links: &links,
        listing: &Listing::default(),
        pull: Some(7),
    })
}

fn audited(by: &ForeignText) -> audit::AuditReport {
    let mut report = AUDIT.clone();
    report.scope.repository.clone_from(&by.owner);
    report.scope.branch.clone_from(&by.branch);
    report.scope.subjects = Some(vec![by.reason.clone()]);
    report.scope.not_evaluated = vec![by.reason.clone()];
    report.summary.sentences = vec![by.reason.clone()];
    report.period.since.requested = Some(by.branch.clone());
    report.period.until.resolved.clone_from(&by.branch);
    for one in &mut report.exceptions {
        one.message.clone_from(&by.reason);
    }
    for one in &mut report.incidents {
        one.subject = id(&format!("skill/{}", by.skill));
        one.by.name.clone_from(&by.owner);
        one.reason = Some(by.reason.clone());
    }
    report
}

/// Every surface in Markdown.
fn pages(by: &ForeignText) -> [(&'static str, String); 3] {
    let (summary, comment) = with(by, |of| (summary(of), short_summary(of)));
    let audit = with(by, |of| audit_summary(of.report, &audited(by)));
    [("summary", summary), ("comment", comment), ("audit", audit)]
}

/// What is left of a page when all that only shows text is taken away: its markup, sign by sign.
fn skeleton(page: &str) -> String {
    let page = page.replace("<span>", "").replace("</span>", "");
    let mut parts = page.split("&#");
    let mut left = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        assert!(
            digits > 0 && part[digits..].starts_with(';'),
            "`&#` begins nothing but a reference: {part}"
        );
        left.push_str(&part[digits + 1..]);
    }
    // Signs that are only text after a word; where nothing is before them they count.
    let mut before = '\n';
    left.chars()
        .filter(|c| {
            let in_words = before.is_ascii_alphanumeric() || matches!(before, ' ' | ')');
            let text = matches!(c, ',' | ';' | '?' | '-')
                || in_words && matches!(c, '.' | ':' | '/' | '_' | '+' | '=' | '\'' | '(')
                || *c == ')';
            before = *c;
            *c == '\n' || c.is_ascii_punctuation() && !text
        })
        .collect()
}

/// No line is a command to a runner, and nothing is hidden or moves a cursor.
fn is_inert(text: &str) -> bool {
    !text
        .lines()
        .any(|line| line.trim_start().starts_with("::") || line.contains("##["))
        && !text.chars().any(|c| c != '\n' && is_unsafe(c))
}

type Properties = Vec<(String, String)>;

/// A command as the runner reads a line of it: its name, its properties, its message.
fn command(line: &str) -> Option<(String, Properties, String)> {
    let data = |text: &str| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%25", "%")
    };
    let property = |text: &str| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%25", "%")
    };
    let (head, message) = line.strip_prefix("::")?.split_once("::")?;
    let (kind, properties) = head.split_once(' ').unwrap_or((head, ""));
    let pairs = properties
        .split(',')
        .map(|pair| pair.split_once('='))
        .collect::<Option<Vec<_>>>()?;
    let pairs = pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), property(value)))
        .collect();
    Some((kind.to_owned(), pairs, data(message)))
}

proptest! {
    #[test]
    fn no_text_changes_the_markup_of_a_page(by in written()) {
        for ((surface, page), (_, plain)) in pages(&by).into_iter().zip(PLAIN.iter()) {
            prop_assert_eq!(&skeleton(&page), plain, "{}:\n{}", surface, page);
            prop_assert!(is_inert(&page), "{}:\n{}", surface, page);
            // Every address is the target of one of our links.
            prop_assert_eq!(page.matches("://").count(), page.matches("](https://").count(), "{}:\n{}", surface, page);
            // Mentions and references are found in what a page shows, within one piece of text.
            let lower = page.to_ascii_lowercase();
            prop_assert!(!lower.contains('@') && !lower.contains("gh-7") && !lower.contains("www."), "{}:\n{}", surface, page);
        }
    }

    #[test]
    fn each_annotation_is_one_command_with_its_own_properties(by in written()) {
        let (findings, shown) = with(&by, |of| (of.report.findings.clone(), annotations(of.report, &Selection::default())));
        let plain = with(&ForeignText::plain(), |of| annotations(of.report, &Selection::default()));
        prop_assert_eq!(shown.lines().count(), plain.lines().count());
        prop_assert!(!shown.contains("##[") && !shown.chars().any(|c| c != '\n' && is_unsafe(c)), "{}", shown);
        for line in shown.lines() {
            let Some((kind, properties, message)) = command(line) else { return Err(TestCaseError::fail(line.to_owned())) };
            prop_assert!(matches!(kind.as_str(), "error" | "warning"), "{}", line);
            let value = |name: &str| properties.iter().filter(|(one, _)| one == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>();
            prop_assert!(properties.iter().all(|(name, _)| matches!(name.as_str(), "file" | "line" | "col" | "title")), "{}", line);
            let path = terminal(&by.path);
            prop_assert_eq!(value("file"), [path.as_ref()]);
            let [rule] = value("title")[..] else { return Err(TestCaseError::fail(line.to_owned())) };
            prop_assert!(findings.iter().any(|finding| finding.rule.as_str() == rule), "{}", line);
            let stop = if by.reason.ends_with('.') { "" } else { "." };
            prop_assert_eq!(message, terminal(&format!("skill/{}: {}{stop} {}", by.skill, by.reason, by.owner)).into_owned());
        }
    }

    #[test]
    fn sarif_is_the_same_document_around_any_text(by in written()) {
        let made = |by: &ForeignText| with(by, |of| sarif::sarif(of.report, &Selection::default(), of.links));
        let (log, plain) = (made(&by), made(&ForeignText::plain()));
        let text = json::text(&log);
        prop_assert!(is_inert(&text), "{}", text);
        prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON"), &log);
        prop_assert_eq!(shape(&log), shape(&plain));
        for result in log["runs"][0]["results"].as_array().expect("a run has results") {
            let message = result["message"]["text"].as_str().expect("a message has text");
            prop_assert!(!links(message) && is_inert(message), "{}", message);
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("a place has an address");
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
            prop_assert!(uri.chars().all(plain), "{}", uri);
            prop_assert_eq!(decoded(uri), by.path.as_bytes());
        }
    }

    #[test]
    fn a_title_is_one_line_that_fits_an_output(by in written()) {
        for title in with(&by, |of| [title(of), audit_title(of.report)]) {
            prop_assert!(!title.chars().any(is_unsafe) && is_inert(&title), "{}", title);
        }
    }
}

/// A document without its texts: names of members, and kinds of values.
fn shape(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Array(all) => all.iter().map(shape).collect(),
        serde_json::Value::Object(all) => all
            .iter()
            .map(|(name, value)| (name.clone(), shape(value)))
            .collect(),
        serde_json::Value::String(_) => "text".into(),
        other => other.clone(),
    }
}

/// Whether a reader finds an embedded link (SARIF 2.1.0, section 3.11.6): a bracket that no
/// backslash escapes.
fn links(message: &str) -> bool {
    let mut escaped = false;
    message.chars().any(|c| {
        let bracket = !escaped && matches!(c, '[' | ']');
        escaped = c == '\\' && !escaped;
        bracket
    })
}

fn decoded(uri: &str) -> Vec<u8> {
    let mut parts = uri.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).expect("two hexadecimal digits follow"));
        bytes.extend(&part.as_bytes()[2..]);
    }
    bytes
}

#[test]
fn the_readers_of_these_tests_see_what_they_look_for() {
    assert_ne!(skeleton("a | b"), skeleton("a b"));
    assert_ne!(skeleton("<b>&#60;"), skeleton("b&#60;"));
    assert_eq!(skeleton("&#60;<span>&#35;</span>"), "");
    assert!(
        !is_inert("a\n  ::error::x")
            && !is_inert("a ##[error]")
            && !is_inert("\u{202e}")
            && is_inert("a::b")
    );
    assert_eq!(
        command("::error file=a%2Cb,title=x::y%25")
            .map(|(_, all, message)| (all[0].1.clone(), message)),
        Some(("a,b".into(), "y%".into()))
    );
    assert!(command("error").is_none() && links("\\\\[x](y)") && !links("\\[x\\](y)"));
}

#[test]
fn an_audit_shows_the_heaviest_exceptions_where_not_all_have_room() {
    let mut report = audited(&ForeignText::plain());
    let (heavy, light) = (report.exceptions[0].clone(), report.exceptions[1].clone());
    assert_eq!(
        (heavy.severity, light.severity),
        (Severity::Error, Severity::Warning)
    );
    // The report has them in order of weight.
    report.exceptions = vec![audit::report::Exception {
        message: "the heavy one".to_owned(),
        ..heavy
    }];
    report.exceptions.extend(vec![light; 2000]);
    let page = with(&ForeignText::plain(), |of| {
        audit_summary(of.report, &report)
    });
    assert!(
        page.contains("the heavy one") && page.contains("1951 more are in the report."),
        "{page}"
    );
    assert!(page.lines().count() < 120, "{page}");
}
