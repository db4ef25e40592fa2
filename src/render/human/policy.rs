//! What a policy change does.

use crate::model::quantity::counted;
use std::fmt::Write as _;

use crate::check::policy_comparison::Effect;
use crate::render::escape;
use crate::render::paint::{Paint, Tone};
use crate::render::policy::PolicyDiff;
use crate::render::table::{Cell, lay_out};

/// What widens first, then what narrows, then the rest, then what is no longer or newly governed.
pub fn policy_diff(of: &PolicyDiff<'_>, paint: Paint) -> String {
    let mut text = format!(
        "policy {} in force against {} {}\n",
        of.before.0,
        escape::terminal(&of.name),
        paint.paint(
            Tone::Faint,
            &format!(
                "[serial {}, sha256:{} → sha256:{}]",
                of.after.0,
                of.before.1.short(12),
                of.after.1.short(12)
            )
        )
    );
    if of.before.1 == of.after.1 {
        text.push_str("the same policy, byte for byte\n");
        return text;
    }
    if of.comparison.changes.is_empty() {
        text.push_str("\nonly the serial changes\n");
    }
    for (effect, heading, tone) in [
        (Effect::Widens, "Widens", Tone::Bad),
        (Effect::Narrows, "Narrows", Tone::Good),
        (Effect::Changes, "Changes", Tone::Wait),
    ] {
        let rows: Vec<Vec<Cell>> = of
            .comparison
            .changes
            .iter()
            .filter(|change| change.effect == effect)
            .map(|change| {
                vec![
                    Cell::new(Tone::Faint, change.part),
                    Cell::plain(&change.what),
                ]
            })
            .collect();
        if !rows.is_empty() {
            let _ = write!(
                text,
                "\n{}\n{}",
                paint.paint(tone, heading),
                lay_out(&rows, 2, paint)
            );
        }
    }
    let governed = &of.comparison.governed;
    let groups = [
        (
            "no longer governed",
            governed
                .iter()
                .filter(|change| change.after.is_none())
                .collect::<Vec<_>>(),
            Tone::Bad,
        ),
        (
            "newly governed",
            governed
                .iter()
                .filter(|change| change.before.is_none())
                .collect(),
            Tone::Good,
        ),
        (
            "governed under another name",
            governed
                .iter()
                .filter(|change| change.before.is_some() && change.after.is_some())
                .collect(),
            Tone::Wait,
        ),
    ];
    for (what, packages, tone) in groups {
        if packages.is_empty() {
            continue;
        }
        let heading = format!("{} at HEAD {what}", counted(packages.len(), "package"));
        let name = |subject: &Option<crate::model::SubjectId>| {
            subject
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        let rows: Vec<Vec<Cell>> = packages
            .iter()
            .map(|change| {
                let names = match (&change.before, &change.after) {
                    (Some(before), Some(after)) => format!("{before} → {after}"),
                    (before, after) => name(if before.is_some() { before } else { after }),
                };
                vec![Cell::plain(&change.path), Cell::new(Tone::Faint, &names)]
            })
            .collect();
        let _ = write!(
            text,
            "\n{}\n{}",
            paint.paint(tone, &heading),
            lay_out(&rows, 2, paint)
        );
    }
    text
}
