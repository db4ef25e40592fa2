//! A policy and a principal, explained.

use super::{log, question, remedy};
use crate::check::Finding;
use crate::check::due::due;
use crate::check::governance::{PolicyStanding, PolicyView, PrincipalView};
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::Event;
use crate::model::policy_input::PrincipalKind;
use crate::model::quantity::counted;
use crate::model::{PrincipalName, RuleId};
use crate::render::paint::{Paint, Tone};
use crate::render::table::{Cell, lay_out};
use crate::render::{Context, escape};

/// How many events are shown; `log` lists the rest.
const EVENTS: usize = 12;

/// One version of the policy: who approved it, who could change it, and what is missing.
pub fn explain_policy(
    context: &Context,
    ledger: &Ledger,
    view: &PolicyView,
    found: &[Finding],
    paint: Paint,
) -> String {
    let tone = match view.standing {
        PolicyStanding::InForce => Tone::Good,
        PolicyStanding::Pending => Tone::Wait,
        PolicyStanding::Replaced => Tone::Faint,
        PolicyStanding::Rival => Tone::Bad,
    };
    let mut text = heading(
        context,
        ledger,
        &format!("policy/countersign {}", view.serial),
        (tone, view.standing.as_str()),
        paint,
    );
    let mut facts = vec![("digest", view.digest.to_string())];
    facts.extend(
        view.previous
            .map(|previous| ("replaces", previous.to_string())),
    );
    facts.push((
        "changes need",
        format!(
            "{} of {}",
            view.count,
            counted(view.administrators.len(), "administrator")
        ),
    ));
    section(
        &mut text,
        "Which policy is it?",
        &table(&facts, paint),
        paint,
    );
    let able = |administrator: &crate::check::governance::Administrator| match (
        administrator.suspended,
        administrator.keys.as_slice(),
    ) {
        (true, _) => "suspended: cannot approve".to_owned(),
        (false, []) => "no key: cannot approve".to_owned(),
        (false, keys) => keys.join(", "),
    };
    let people: Vec<(&str, String)> = view
        .administrators
        .iter()
        .map(|administrator| (administrator.name.as_str(), able(administrator)))
        .collect();
    section(
        &mut text,
        "Who may change it?",
        &table(&people, paint),
        paint,
    );
    if let Some(requirement) = &view.requirement {
        let counted = requirement.counted.iter().map(|(name, _)| name);
        let mut facts = vec![
            ("approved by", names(counted)),
            (
                "missing",
                due(std::slice::from_ref(requirement), &view.logins)
                    .unwrap_or_else(|| "nothing".to_owned()),
            ),
        ];
        facts.push(("written by", names(&view.authors)));
        if !view.exempt.is_empty() {
            facts.push((
                "exempt",
                format!(
                    "{}: counts, because too few other administrators could approve",
                    names(&view.exempt)
                ),
            ));
        }
        section(
            &mut text,
            "Who has approved it?",
            &table(&facts, paint),
            paint,
        );
    }
    section(
        &mut text,
        "What happened to it?",
        &events(&view.events, paint),
        paint,
    );
    let about: Vec<&Finding> = found
        .iter()
        .filter(|finding| is_about_policy(finding.rule))
        .collect();
    findings(&mut text, &about, paint);
    if !view.remedies.is_empty() {
        section(
            &mut text,
            "What would change it",
            &remedy::list(&view.remedies, paint),
            paint,
        );
    }
    text
}

/// A person or machine: keys, roles, and what they decided.
pub fn explain_principal(
    context: &Context,
    ledger: &Ledger,
    view: &PrincipalView,
    found: &[Finding],
    paint: Paint,
) -> String {
    let standing = if view.suspended.is_some() {
        (Tone::Bad, "suspended")
    } else {
        (Tone::Good, "active")
    };
    let mut text = heading(
        context,
        ledger,
        &format!("principal/{}", view.name),
        standing,
        paint,
    );
    let kind = match view.kind {
        PrincipalKind::Person => "person",
        PrincipalKind::Machine => "machine: cannot approve",
    };
    let mut facts = vec![
        ("name", view.printed.clone()),
        ("kind", kind.to_owned()),
        ("policy", format!("countersign.yaml:{}", view.line)),
    ];
    let or_none = |list: &[String], none: &str| {
        if list.is_empty() {
            none.to_owned()
        } else {
            list.join(", ")
        }
    };
    facts.push(("keys", or_none(&view.keys, "none: cannot sign")));
    facts.push((
        "accounts",
        or_none(&view.accounts, "none: reviews do not count"),
    ));
    section(&mut text, "Who is it?", &table(&facts, paint), paint);
    let owns: Vec<String> = view.owns.iter().map(ToString::to_string).collect();
    let facts = [
        ("roles", or_none(&view.roles, "none")),
        ("owns", or_none(&owns, "nothing")),
    ];
    section(
        &mut text,
        "What may they decide?",
        &table(&facts, paint),
        paint,
    );
    if let Some(block) = &view.suspended {
        let by = block
            .principal
            .as_ref()
            .map_or("someone", |name| name.as_str());
        let facts = [
            ("by", by.to_owned()),
            ("since", format!("position {}", block.landing.position)),
            (
                "reason",
                block.reason.as_deref().unwrap_or_default().to_owned(),
            ),
        ];
        section(
            &mut text,
            "Why are they suspended?",
            &table(&facts, paint),
            paint,
        );
    }
    section(
        &mut text,
        "What did they decide?",
        &events(&view.events, paint),
        paint,
    );
    let about: Vec<&Finding> = found
        .iter()
        .filter(|finding| finding.principal.as_ref() == Some(&view.name))
        .collect();
    findings(&mut text, &about, paint);
    section(
        &mut text,
        "What would change it",
        &remedy::list(&view.remedies, paint),
        paint,
    );
    text
}

/// Whether a rule is about the policy as a whole.
pub(in crate::render) const fn is_about_policy(rule: RuleId) -> bool {
    matches!(
        rule,
        RuleId::PolicyInvalid
            | RuleId::PolicyMissing
            | RuleId::PolicyIrregular
            | RuleId::PolicyPending
            | RuleId::PolicyPrevious
            | RuleId::PolicySerial
            | RuleId::PolicyFork
            | RuleId::PolicyRestart
            | RuleId::PolicyCompromised
            | RuleId::KeyReassigned
            | RuleId::AdministratorsTooFew
    )
}

fn heading(
    context: &Context,
    ledger: &Ledger,
    what: &str,
    (tone, state): (Tone, &str),
    paint: Paint,
) -> String {
    format!(
        "{}: {} {}\n",
        paint.paint(Tone::Strong, what),
        paint.paint(tone, state),
        paint.paint(
            Tone::Faint,
            &format!(
                "[{}, {}]",
                question::place(context),
                question::footing(context, Some(ledger))
            )
        )
    )
}

fn section(text: &mut String, heading: &str, body: &str, paint: Paint) {
    text.push('\n');
    text.push_str(&paint.paint(Tone::Strong, heading));
    text.push('\n');
    text.push_str(body);
}

fn table(facts: &[(&str, String)], paint: Paint) -> String {
    let rows: Vec<Vec<Cell>> = facts
        .iter()
        .map(|(name, value)| vec![Cell::new(Tone::Faint, name), Cell::plain(value)])
        .collect();
    lay_out(&rows, 2, paint)
}

fn events(events: &[Event], paint: Paint) -> String {
    let hidden = events.len().saturating_sub(EVENTS);
    let rows: Vec<Vec<Cell>> = events[hidden..].iter().map(log::row).collect();
    let mut text = if rows.is_empty() {
        "  nothing\n".to_owned()
    } else {
        lay_out(&rows, 2, paint)
    };
    if hidden > 0 {
        text.push_str(&format!(
            "  … and {hidden} earlier: `countersign log` lists them all\n"
        ));
    }
    text
}

fn findings(text: &mut String, about: &[&Finding], paint: Paint) {
    if !about.is_empty() {
        let body: String = super::group::all(about, paint)
            .lines()
            .flat_map(|line| ["  ", line, "\n"])
            .collect();
        section(text, "Findings", &body, paint);
    }
}

fn names<'n>(names: impl IntoIterator<Item = &'n PrincipalName>) -> String {
    let names: Vec<&str> = names.into_iter().map(PrincipalName::as_str).collect();
    if names.is_empty() {
        "no one".to_owned()
    } else {
        escape::terminal(&names.join(", ")).into_owned()
    }
}
