//! What is left to approve.

use std::fmt::Write as _;

use crate::check::due;
use crate::model::quantity::{counted, quantity};
use crate::render::paint::{Paint, Tone};
use crate::render::suggest::{Suggested, Suggestion};

/// Drafts whose commands are shown; the rest is counted.
const MOST: usize = 20;

/// Each draft with its size, what it needs, and the commands to read and approve it.
pub fn suggest(of: &Suggested<'_>, paint: Paint) -> String {
    let whom = of
        .whom
        .as_ref()
        .map_or_else(String::new, |name| format!(" for {name}"));
    let total = of.suggestions.len() + usize::from(of.pending.is_some());
    if total == 0 {
        return format!("nothing waits{whom}\n");
    }
    let waits = if total == 1 { "waits" } else { "wait" };
    let order = if of.suggestions.len() > 1 {
        ", the smallest change first"
    } else {
        ""
    };
    let mut text = format!("{} {waits}{whom}{order}\n", counted(total, "approval"));
    if let Some(pending) = of.pending {
        let name = format!("policy/countersign {}", pending.serial);
        let _ = write!(
            text,
            "\n{}  {}\n  countersign policy diff\n  countersign approve policy --reason …\n",
            paint.paint(Tone::Strong, &name),
            due::one(&pending.requirement, &of.logins)
        );
    }
    for one in of.suggestions.iter().take(MOST) {
        let name = format!("{} {}", one.subject.id, one.version.key.version.label());
        let _ = write!(
            text,
            "\n{}  {}\n  {}\n  {}\n  {}\n",
            paint.paint(Tone::Strong, &name),
            size(one),
            one.needs,
            one.diff(),
            one.approve()
        );
    }
    let more = of.suggestions.len().saturating_sub(MOST);
    if more > 0 {
        let _ = write!(text, "\n… and {more} more: countersign status --waiting\n");
    }
    text
}

/// `new: 2 files, 14 lines, 3 capabilities`, or what differs from the current version.
fn size(one: &Suggestion<'_>) -> String {
    let (Some(files), Some(added), Some(removed), Some(widens)) =
        (one.files, one.added, one.removed, one.widens)
    else {
        return "its bytes cannot be read here".to_owned();
    };
    let since = one
        .current
        .as_ref()
        .map_or_else(|| "new".to_owned(), |current| format!("since {current}"));
    let widens = match widens {
        0 => String::new(),
        some => format!(", {} more", quantity(some, "capability", "capabilities")),
    };
    format!(
        "{since}: {}, +{added} −{removed} lines{widens}",
        counted(files, "file")
    )
}
