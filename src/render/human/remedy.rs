//! What would change a version's state, one line each: the command and what it needs, then what no
//! command can do.

use crate::check::remedy::Remedy;
use crate::render::escape;
use crate::render::paint::Paint;
use crate::render::table::{Cell, lay_out};

/// The lines.
pub(super) fn list(remedies: &[Remedy], paint: Paint) -> String {
    let row = |remedy: &Remedy| {
        Some(vec![
            Cell::plain(remedy.command.as_ref()?),
            Cell::plain(&remedy.needs),
        ])
    };
    let rows: Vec<Vec<Cell>> = remedies.iter().filter_map(row).collect();
    let advice = remedies.iter().filter(|remedy| remedy.command.is_none());
    let mut text = lay_out(&rows, 2, paint);
    text.extend(advice.flat_map(|advice| {
        [
            "  ".to_owned(),
            escape::terminal(&advice.needs).into_owned(),
            "\n".to_owned(),
        ]
    }));
    text
}
