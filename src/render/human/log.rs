//! Events, one line each.

use crate::lifecycle::ledger::{Action, Event};
use crate::model::Kind;
use crate::render::paint::{Paint, Tone};
use crate::render::table::{Cell, with_heading};

/// Some events in their order, each indented by `indent` spaces.
pub fn log<'e>(events: impl IntoIterator<Item = &'e Event>, paint: Paint) -> String {
    let heading = [
        " POS", "COMMIT", "DATE", "ACTION", "SUBJECT", "BY", "PROOF", "REASON",
    ];
    let rows: Vec<Vec<Cell>> = events.into_iter().map(row).collect();
    if rows.is_empty() {
        "no events\n".to_owned()
    } else {
        with_heading(heading, rows, paint)
    }
}

/// The cells of one event: position, commit, time, action, what, who, how, why.
pub(super) fn row(event: &Event) -> Vec<Cell> {
    let what = match (&event.version, event.subject.kind) {
        (Some(version), _) => format!("{} {}", event.subject, version.label()),
        (None, Kind::Policy) => event.serial.map_or_else(
            || event.subject.to_string(),
            |serial| format!("{} {serial}", event.subject),
        ),
        (None, Kind::Principal) => event.subject.to_string(),
        (None, _) => format!("{} (every version)", event.subject),
    };
    let outcome = match (event.accepted, event.refused_because) {
        (true, _) => event
            .evidence
            .map(|evidence| evidence.to_string())
            .unwrap_or_default(),
        (false, Some(rule)) => format!("refused: {rule}"),
        (false, None) => "refused".to_owned(),
    };
    let starts = event.action == Action::PolicyInForce && event.landing.position.0 == 0;
    let why = if starts {
        "governance starts here"
    } else {
        event.reason.as_deref().unwrap_or_default()
    };
    let outcome_tone = if event.accepted {
        Tone::Faint
    } else {
        Tone::Bad
    };
    vec![
        Cell::new(Tone::Faint, &format!("{:>4}", event.landing.position.0)),
        Cell::new(
            Tone::Faint,
            &event
                .landing
                .commit
                .map(|commit| commit.short())
                .unwrap_or_default(),
        ),
        Cell::new(
            Tone::Faint,
            &event
                .landing
                .time
                .map(|time| time.to_string()[..10].to_owned())
                .unwrap_or_default(),
        ),
        Cell::new(
            if event.accepted {
                Tone::Strong
            } else {
                Tone::Faint
            },
            event.action.as_str(),
        ),
        Cell::plain(&what),
        Cell::plain(event.principal.as_ref().map_or("", |name| name.as_str())),
        Cell::new(outcome_tone, &outcome),
        Cell::plain(why),
    ]
}
