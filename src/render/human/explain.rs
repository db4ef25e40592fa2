//! The five questions about one version, why it is in its state, the evidence, and what would
//! change it.

use crate::model::quantity::counted;
use std::fmt::Write as _;

use super::{evidence, group, log, question, remedy, tone};
use crate::check::Finding;
use crate::check::due;
use crate::check::logins::Logins;
use crate::check::moves::Moves;
use crate::check::remedy::remedies;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Event, RecordStanding, RequirementStatus, Subject, VersionState};
use crate::model::{Fact, Policy, RuleId, State};
use crate::render::paint::{Paint, Tone};
use crate::render::table::{Cell, lay_out};
use crate::render::{Context, escape};

/// How many events are shown; `log` lists the rest.
const EVENTS: usize = 12;

/// What is to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'e> {
    /// The question.
    pub context: &'e Context,
    /// The replay's result.
    pub ledger: &'e Ledger,
    /// The policy in force.
    pub policy: &'e Policy,
    /// The subject.
    pub subject: &'e Subject,
    /// The requested version; `None` for a subject without versions.
    pub version: Option<&'e VersionState>,
    /// Findings of the whole tip; those about the subject are shown.
    pub findings: &'e [Finding],
}

/// The explanation in words.
pub fn explain(of: &Explanation<'_>, paint: Paint) -> String {
    let subject = of.subject;
    let state = of
        .version
        .map_or_else(|| subject.shown_state(), |version| version.state);
    let version = of
        .version
        .map(|version| format!(" {}", version.key.version.label()))
        .unwrap_or_default();
    let mut text = format!(
        "{}{version}: {} {}\n",
        paint.paint(Tone::Strong, &subject.id.to_string()),
        paint.paint(tone(state), state.as_str()),
        paint.paint(
            Tone::Faint,
            &format!(
                "[{}, {}]",
                question::place(of.context),
                question::footing(of.context, Some(of.ledger))
            )
        )
    );
    section(&mut text, "Who owns it?", &facts(&owners(of), paint), paint);
    section(
        &mut text,
        "Which version is approved?",
        &facts(&approved(subject), paint),
        paint,
    );
    section(
        &mut text,
        "What package was verified?",
        &facts(&package(of), paint),
        paint,
    );
    section(
        &mut text,
        "Where should it be installed?",
        &facts(&install(of), paint),
        paint,
    );
    section(
        &mut text,
        "What changed over time?",
        &events(of, paint),
        paint,
    );
    let is = if state == State::Draft {
        "a draft".to_owned()
    } else {
        state.to_string()
    };
    section(
        &mut text,
        &format!("Why is it {is}?"),
        &why(of, state),
        paint,
    );
    section(
        &mut text,
        "Evidence",
        &evidence::list(of.ledger, subject, of.version, paint),
        paint,
    );
    let about: Vec<&Finding> = of
        .findings
        .iter()
        .filter(|finding| finding.subject.as_ref() == Some(&subject.id))
        .collect();
    if !about.is_empty() {
        section(
            &mut text,
            "Findings",
            &indented(&group::all(&about, paint)),
            paint,
        );
    }
    section(
        &mut text,
        "What would change it",
        &remedy::list(&remedies(of.ledger, subject, of.version), paint),
        paint,
    );
    text
}

fn section(text: &mut String, heading: &str, body: &str, paint: Paint) {
    let _ = write!(text, "\n{}\n{body}", paint.paint(Tone::Strong, heading));
}

fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["  ", line, "\n"]).collect()
}

fn facts(facts: &[(&str, String)], paint: Paint) -> String {
    let rows: Vec<Vec<Cell>> = facts
        .iter()
        .map(|(name, value)| vec![Cell::new(Tone::Faint, name), Cell::plain(value)])
        .collect();
    lay_out(&rows, 2, paint)
}

fn owners(of: &Explanation<'_>) -> Vec<(&'static str, String)> {
    let subject = of.subject;
    let people: Vec<String> = subject.owners.iter().map(ToString::to_string).collect();
    let written = subject.owners_written.join(", ");
    let owners = match (written.is_empty(), people.is_empty()) {
        (true, _) => "no one".to_owned(),
        (false, true) => format!("{written} (no members)"),
        (false, false) if written == people.join(", ") => written,
        (false, false) => format!("{written} ({})", people.join(", ")),
    };
    let mut facts = vec![("owners", owners), ("risk", subject.risk.to_string())];
    if !subject.entry_lines.is_empty() {
        facts.push(("policy", places(&subject.entry_lines)));
    }
    facts
}

fn approved(subject: &Subject) -> Vec<(&'static str, String)> {
    let Some(version) = subject.current_version() else {
        return vec![("current", "none".to_owned())];
    };
    let mut facts = vec![
        ("current", version.key.version.label()),
        ("digest", version.key.digest.to_string()),
    ];
    if version.state != State::Approved {
        facts.push(("state", version.state.to_string()));
    }
    if let Some(granted) = version.granted {
        let time = granted
            .time
            .map(|time| format!(", {time}"))
            .unwrap_or_default();
        facts.push(("granted", format!("position {}{time}", granted.position)));
    }
    if let Some(expires) = version.expires {
        facts.push(("expires", expires.to_string()));
    }
    if subject.pinned.is_some() {
        facts.push(("pinned", "by a rollback".to_owned()));
    }
    facts
}

fn package(of: &Explanation<'_>) -> Vec<(&'static str, String)> {
    let Some(version) = of.version else {
        return vec![("digest", "none".to_owned())];
    };
    let mut facts = vec![("digest", version.key.digest.to_string())];
    let landed = version.landed.map(|landing| {
        let commit = landing
            .commit
            .map(|commit| format!(", commit {commit}"))
            .unwrap_or_default();
        let time = landing
            .time
            .map(|time| format!(", {time}"))
            .unwrap_or_default();
        format!("position {}{commit}{time}", landing.position)
    });
    facts.push((
        "landed",
        landed.unwrap_or_else(|| "never: only decided about".to_owned()),
    ));
    let holds = if version.present {
        let moves = Moves::of(of.ledger);
        let place = |path: &String| {
            let subject = &of.subject.id;
            match moves.from(subject, path, version.key.digest) {
                Some(from) => format!("{path}, moved from {}", from.beside(subject)),
                None => path.clone(),
            }
        };
        let places: Vec<String> = of.subject.paths.iter().map(place).collect();
        places.join(", ")
    } else {
        "not in the tree".to_owned()
    };
    facts.push(("path", holds));
    let known = version.contributors.iter().map(ToString::to_string);
    let unknown =
        version
            .unknown_contributors
            .iter()
            .map(|identity| match earlier_holder(of, identity) {
                Some(name) => format!("{identity} (an earlier key of {name})"),
                None => format!("{identity} (not in the policy)"),
            });
    let people: Vec<String> = known.chain(unknown).collect();
    let baseline = if version.baseline {
        "unknown: the bytes are older than governance"
    } else {
        "none known"
    };
    facts.push((
        "contributors",
        if people.is_empty() {
            baseline.to_owned()
        } else {
            people.join(", ")
        },
    ));
    facts
}

/// Who held the key of an unknown contributor under an earlier policy.
fn earlier_holder<'e>(of: &Explanation<'e>, identity: &str) -> Option<&'e String> {
    let about = |finding: &&Finding| {
        finding.rule == RuleId::ContributorUnknown
            && finding.subject.as_ref() == Some(&of.subject.id)
            && finding.version.as_ref() == of.version.map(|version| &version.key.version)
            && finding.facts.get(&Fact::Who).map(String::as_str) == Some(identity)
    };
    of.findings.iter().find(about)?.facts.get(&Fact::From)
}

fn install(of: &Explanation<'_>) -> Vec<(&'static str, String)> {
    let Some(install) = &of.subject.install else {
        return vec![("install", "the policy does not say".to_owned())];
    };
    let harnesses = if install.harnesses.is_empty() {
        "any".to_owned()
    } else {
        install.harnesses.join(", ")
    };
    vec![
        ("harnesses", harnesses),
        (
            "scope",
            install.scope.clone().unwrap_or_else(|| "any".to_owned()),
        ),
    ]
}

fn events(of: &Explanation<'_>, paint: Paint) -> String {
    let all: Vec<&Event> = of
        .ledger
        .events
        .iter()
        .filter(|event| event.subject == of.subject.id)
        .collect();
    let left_out = all.len().saturating_sub(EVENTS);
    let rows: Vec<Vec<Cell>> = all[left_out..]
        .iter()
        .map(|event| log::row(event))
        .collect();
    let mut text = String::new();
    if left_out > 0 {
        let _ = writeln!(
            text,
            "  {} earlier: countersign log {}",
            counted(left_out, "event"),
            of.subject.id
        );
    }
    if rows.is_empty() {
        text.push_str("  nothing\n");
    }
    text.push_str(&lay_out(&rows, 2, paint));
    text
}

/// The rules that decide, and who meets them.
pub(in crate::render) fn reasons(of: &Explanation<'_>, state: State) -> Vec<String> {
    let mut text = Vec::new();
    let say = |text: &mut Vec<String>, line: &str| text.push(line.to_owned());
    match (state, of.version) {
        (State::Draft, Some(version)) if !version.rejected_by.is_empty() => {
            let names: Vec<&str> = version
                .rejected_by
                .iter()
                .map(crate::model::PrincipalName::as_str)
                .collect();
            say(
                &mut text,
                &format!(
                    "rejected by {}; stays a draft until they approve it",
                    names.join(", ")
                ),
            );
        }
        (State::Draft, Some(version)) if version.expired => {
            let when = version
                .expires
                .map(|time| format!(" on {time}"))
                .unwrap_or_default();
            say(&mut text, &format!("its approval expired{when}"));
        }
        (State::Draft, Some(version)) if version.baseline => {
            say(
                &mut text,
                "its bytes are older than governance, and no one has approved them",
            );
        }
        (State::Draft, Some(_)) => say(&mut text, "approvals that the policy requires are missing"),
        (State::Draft, None) => say(
            &mut text,
            "its bytes could not be identified: see the findings",
        ),
        (State::Approved, Some(version)) => {
            let granted = version
                .granted
                .map(|landing| format!(" at position {}", landing.position))
                .unwrap_or_default();
            say(
                &mut text,
                &format!("every requirement was met{granted}, and a grant is permanent"),
            );
            for vote in &version.basis {
                say(
                    &mut text,
                    &format!("  it rests on {}, by {}", vote.principal, vote.evidence),
                );
            }
        }
        (State::Blocked, _) if !of.subject.blocked_all.is_empty() => {
            say(&mut text, "every version is blocked, present and future");
        }
        (state, version) => match evidence::deciding(of.ledger, of.subject, version, state) {
            Some(standing) => {
                let who = standing
                    .principal
                    .as_ref()
                    .map_or("someone", |name| name.as_str());
                say(
                    &mut text,
                    &format!(
                        "the {} by {who} at position {} applies",
                        decision(standing),
                        standing.landing.position
                    ),
                );
            }
            None => say(
                &mut text,
                "a decision about the same bytes elsewhere applies to every copy",
            ),
        },
    }
    let Some(version) = of.version else {
        return text;
    };
    if version.requirements.is_empty() && of.subject.rule_lines.is_empty() && state < State::Blocked
    {
        say(
            &mut text,
            "no approval rule of the policy applies to it, so no one can approve it",
        );
    }
    let logins = Logins::of(of.policy);
    for requirement in &version.requirements {
        say(&mut text, &rule(requirement));
        for (name, evidence) in &requirement.counted {
            say(&mut text, &format!("  {name} counts, by {evidence}"));
        }
        if requirement.missing > 0 && state == State::Draft {
            say(&mut text, &format!("  {}", due::one(requirement, &logins)));
        }
    }
    if of.policy.separation_of_duties && !version.contributors.is_empty() {
        let names: Vec<String> = version
            .contributors
            .iter()
            .map(ToString::to_string)
            .collect();
        say(
            &mut text,
            &format!(
                "separation of duties: {} contributed and cannot approve it",
                names.join(", ")
            ),
        );
    }
    text
}

fn why(of: &Explanation<'_>, state: State) -> String {
    reasons(of, state)
        .iter()
        .flat_map(|line| {
            [
                "  ".to_owned(),
                escape::terminal(line).into_owned(),
                "\n".to_owned(),
            ]
        })
        .collect()
}

fn decision(standing: &RecordStanding) -> &'static str {
    standing
        .decision
        .map_or("decision", crate::model::DecisionKind::as_str)
}

fn rule(requirement: &RequirementStatus) -> String {
    let accept: Vec<&str> = requirement.accept.words().collect();
    let accept = if accept.is_empty() {
        "no kind of evidence".to_owned()
    } else {
        accept.join(" or ")
    };
    format!(
        "{} requires {} of {}, by {accept}",
        places(&[requirement.line]),
        requirement.count,
        requirement.from.join(", ")
    )
}

fn places(lines: &[u32]) -> String {
    lines
        .iter()
        .map(|line| format!("{}:{line}", Policy::PATH))
        .collect::<Vec<_>>()
        .join(", ")
}
