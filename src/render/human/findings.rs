//! What a report says about its findings: what blocks in full; what does not is counted, with the
//! command that lists it.

use crate::model::quantity::{counted, grouped};
use std::fmt::Write as _;

use super::fold;
use super::group::spaced;
use crate::check::Finding;
use crate::check::rules::Level;
use crate::model::RuleId;
use crate::render::escape;
use crate::render::listing::{self, Listing};
use crate::render::paint::{Paint, Tone};

/// What a report lists of its findings, which are sorted: first what blocks, then warnings, then
/// the entries of `ignore`, and the notes.
pub(super) fn section(findings: &[Finding], listing: &Listing, paint: Paint) -> String {
    if !listing.folds() {
        let selection = &listing.selection;
        let selected = findings.iter().filter(|finding| {
            selection.admits(finding) && (selection.is_active() || !shown_elsewhere(finding.rule))
        });
        let mut text = spaced(&listing::groups(selected), paint);
        if !selection.is_active() {
            text.push_str(&ignored(findings, listing, paint));
        }
        return text;
    }
    let of = |wanted: &dyn Fn(Level) -> bool| {
        listing::groups(findings.iter().filter(|finding| wanted(finding.level)))
    };
    let mut text = spaced(&of(&listing::blocks), paint);
    let warnings = of(&|level| level == Level::Warning);
    text.push_str(&fold::warnings(&warnings, listing, paint));
    text.push_str(&ignored(findings, listing, paint));
    if let Some(notes) = notes(findings) {
        let line = format!("{notes}: {}", escape::terminal(&listing.of_notes()));
        let _ = write!(text, "\n{}\n", paint.paint(Tone::Faint, &line));
    }
    text
}

/// Notes in a few words: `2 notes (baseline-content 1, draft-allowed 1)`. What a report shows
/// elsewhere is left out.
fn notes(findings: &[Finding]) -> Option<String> {
    let notes: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.level == Level::Info && !shown_elsewhere(finding.rule))
        .collect();
    let rules = notes
        .chunk_by(|a, b| a.rule == b.rule)
        .map(|group| format!("{} {}", group[0].rule, grouped(group.len())))
        .collect::<Vec<_>>();
    let count = counted(grouped(notes.len()), "note");
    (!notes.is_empty()).then(|| format!("{count} ({})", rules.join(", ")))
}

/// What `ignore` hides, one line for each of its entries.
fn ignored(findings: &[Finding], listing: &Listing, paint: Paint) -> String {
    let ignored: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.rule == RuleId::Ignored)
        .collect();
    let shown = if listing.folds() {
        ignored.len().min(fold::PLACES)
    } else {
        ignored.len()
    };
    let mut text = String::new();
    for finding in &ignored[..shown] {
        text.push_str(&paint.paint(Tone::Faint, &escape::terminal(&finding.message)));
        text.push('\n');
    }
    text.push_str(&fold::more(
        ignored.len() - shown,
        RuleId::Ignored,
        listing,
        paint,
    ));
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// Rules that a report shows outside of the notes.
fn shown_elsewhere(rule: RuleId) -> bool {
    matches!(rule, RuleId::AnchorNotPinned | RuleId::Ignored)
}
