//! Every subject in one row.

use crate::model::quantity::counted;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{findings, question, tone};
use crate::check::Finding;
use crate::check::due::due;
use crate::check::governance::PrincipalView;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::Subject;
use crate::model::State;
use crate::render::listing::Listing;
use crate::render::paint::{Paint, Tone};
use crate::render::status::Shown;
use crate::render::table::{Cell, lay_out, with_heading};
use crate::render::{Context, escape, unrecorded};

/// The subjects of `ledger` that are shown, the people that were named, then what was found about
/// the subjects.
pub fn status(
    context: &Context,
    ledger: &Ledger,
    found: &[Finding],
    shown: &Shown,
    listing: &Listing,
    paint: Paint,
) -> String {
    let subjects: Vec<&Subject> = ledger
        .subjects
        .values()
        .filter(|subject| shown.has(&subject.id))
        .collect();
    let repository = context
        .repository
        .as_deref()
        .map(|name| format!("{} ", escape::terminal(name)))
        .unwrap_or_default();
    let mut text = format!(
        "{repository}{} {}\n",
        question::place(context),
        paint.paint(
            Tone::Faint,
            &format!("[{}]", question::footing(context, Some(ledger)))
        )
    );
    if !shown.people.is_empty() {
        let _ = write!(text, "\n{}", people(&shown.people, paint));
    }
    if subjects.is_empty() && !shown.people.is_empty() {
        return text;
    }
    if subjects.is_empty() {
        text.push_str(if shown.subjects.is_some() {
            "no subject fits\n"
        } else {
            "no subjects\n"
        });
    } else {
        let heading = ["SUBJECT", "VERSION", "STATE", "CURRENT", "OWNERS", "DIGEST"];
        let rows = subjects.iter().map(|subject| row(subject)).collect();
        let _ = write!(
            text,
            "\n{}\n{}\n",
            with_heading(heading, rows, paint),
            summary(&subjects)
        );
    }
    text.push_str(&beside(ledger, &subjects, shown, paint));
    if !shown.unrecorded.is_empty() {
        let note = unrecorded::note(&shown.unrecorded, "status");
        let _ = write!(text, "\n{note}");
    }
    let about: Vec<Finding> = found
        .iter()
        .filter(|finding| {
            shown.subjects.is_none() || finding.subject.as_ref().is_some_and(|id| shown.has(id))
        })
        .cloned()
        .collect();
    if let Some(hidden) = listing.hidden(&about) {
        let _ = write!(text, "\n{}\n", escape::terminal(&hidden));
    }
    text.push_str(&findings::section(&about, listing, paint));
    text
}

/// People, one row each.
fn people(people: &[PrincipalView], paint: Paint) -> String {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for view in people {
        let (tone, state) = match view.suspended {
            Some(_) => (Tone::Bad, "suspended"),
            None => (Tone::Good, "active"),
        };
        let roles = if view.roles.is_empty() {
            "-".to_owned()
        } else {
            view.roles.join(", ")
        };
        rows.push(vec![
            Cell::new(Tone::Strong, &format!("principal/{}", view.name)),
            Cell::new(tone, state),
            Cell::plain(&roles),
            Cell::plain(&counted(view.owns.len(), "subject")),
        ]);
    }
    with_heading(["PERSON", "STATE", "ROLES", "OWNS"], rows, paint)
}

/// What no row shows: a pending policy, suspended people, and blocked versions that are not in the
/// tree.
fn beside(ledger: &Ledger, subjects: &[&Subject], shown: &Shown, paint: Paint) -> String {
    let whole = shown.subjects.is_none();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    if let Some(pending) = ledger.pending.as_ref().filter(|_| whole) {
        let due = due(std::slice::from_ref(&pending.requirement), &shown.logins)
            .unwrap_or_else(|| "not in force yet".to_owned());
        rows.push(vec![
            Cell::new(Tone::Wait, "policy"),
            Cell::plain(&format!("serial {} is pending: {due}", pending.serial)),
        ]);
    }
    for name in ledger.suspended.iter().filter(|_| whole) {
        rows.push(vec![
            Cell::new(Tone::Bad, "suspended"),
            Cell::plain(&format!("{name}: new decisions of theirs do not count")),
        ]);
    }
    for subject in subjects
        .iter()
        .filter(|subject| subject.blocked_all.is_empty())
    {
        // The table shows one version of each.
        let shown = subject.shown_version().map(|version| &version.key);
        let blocked = subject.versions.iter().filter(|version| {
            !version.present && version.state == State::Blocked && Some(&version.key) != shown
        });
        let versions: Vec<String> = blocked.map(|version| version.key.version.label()).collect();
        if !versions.is_empty() {
            rows.push(vec![
                Cell::new(Tone::Bad, "blocked"),
                Cell::plain(&format!(
                    "{} {}, not in the tree",
                    subject.id,
                    versions.join(", ")
                )),
            ]);
        }
    }
    if rows.is_empty() {
        String::new()
    } else {
        format!("\n{}", lay_out(&rows, 0, paint))
    }
}

fn row(subject: &Subject) -> Vec<Cell> {
    let shown = subject.shown_version();
    let state = subject.shown_state();
    let current = subject
        .current
        .as_ref()
        .map_or_else(|| "-".to_owned(), |key| key.version.label());
    vec![
        Cell::new(Tone::Strong, &subject.id.to_string()),
        Cell::plain(&shown.map_or_else(|| "-".to_owned(), |version| version.key.version.label())),
        Cell::new(tone(state), &state_in_words(subject)),
        Cell::plain(
            if subject.pinned.is_some() {
                format!("{current} (pinned)")
            } else {
                current
            }
            .as_str(),
        ),
        Cell::plain(&if subject.owners_written.is_empty() {
            "-".to_owned()
        } else {
            subject.owners_written.join(", ")
        }),
        Cell::new(
            Tone::Faint,
            &shown.map_or_else(|| "-".to_owned(), |version| version.key.digest.short(12)),
        ),
    ]
}

/// The state, with details in parentheses.
fn state_in_words(subject: &Subject) -> String {
    let state = subject.shown_state();
    let mut asides = Vec::new();
    if let (State::Draft, Some(version)) = (state, subject.shown_version()) {
        let (count, missing) = version
            .requirements
            .iter()
            .fold((0, 0), |(count, missing), one| {
                (count + one.count, missing + one.missing)
            });
        if !version.rejected_by.is_empty() {
            asides.push("rejected".to_owned());
        } else if version.expired {
            asides.push("expired".to_owned());
        } else if version.baseline {
            asides.push("baseline".to_owned());
        } else if count > 0 {
            asides.push(format!("{} of {count}", count.saturating_sub(missing)));
        }
    }
    if subject.paths.is_empty() {
        asides.push("gone".to_owned());
    }
    if asides.is_empty() {
        state.to_string()
    } else {
        format!("{state} ({})", asides.join(", "))
    }
}

fn summary(subjects: &[&Subject]) -> String {
    let mut states: BTreeMap<State, usize> = BTreeMap::new();
    for subject in subjects {
        *states.entry(subject.shown_state()).or_default() += 1;
    }
    let parts: Vec<String> = states
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    format!(
        "{}: {}",
        counted(subjects.len(), "subject"),
        parts.join(", ")
    )
}
