//! The output of `check --worktree`.

use crate::model::quantity::{counted, grouped};
use std::fmt::Write as _;

use super::{check, findings};
use crate::check::rules::Level;
use crate::check::{Finding, Report};
use crate::model::{Policy, Verdict};
use crate::render::escape;
use crate::render::listing::Listing;
use crate::render::paint::{Paint, Tone};

/// What was found on disk.
#[derive(Clone, Copy, Debug)]
pub struct Worktree<'w> {
    /// The verdict and what counts.
    pub report: &'w Report,
    /// The findings to print; those shown elsewhere are left out.
    pub shown: &'w [Finding],
    /// How many of them.
    pub listing: &'w Listing,
    /// How many records there are.
    pub records: usize,
    /// How many faults the policy has; without a valid one, packages cannot be identified.
    pub faults: usize,
}

/// The verdict about the documents on disk, then the findings.
pub fn worktree(of: &Worktree<'_>, paint: Paint) -> String {
    let tone = if of.report.verdict == Verdict::Pass {
        Tone::Good
    } else {
        Tone::Bad
    };
    let packages = if of.faults > 0 {
        format!(
            "{} is not valid, so packages could not be identified",
            Policy::PATH
        )
    } else {
        counted(of.report.subjects.len(), "subject")
    };
    let errors = of
        .report
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Error)
        .count();
    let errors = (errors > 0).then(|| counted(grouped(errors), "error"));
    let found: Vec<String> = errors
        .into_iter()
        .chain(check::warnings(of.report))
        .collect();
    let found = if found.is_empty() {
        String::new()
    } else {
        format!("; {}", found.join(", "))
    };
    let mut text = format!(
        "{}: the files on disk, {packages}, {}{found} {}\n",
        paint.paint(tone, of.report.verdict.as_str()),
        counted(of.records, "record"),
        paint.paint(Tone::Faint, "[documents only: no history, no signatures]")
    );
    if let Some(hidden) = of.listing.hidden(of.shown) {
        let _ = writeln!(text, "{}", escape::terminal(&hidden));
    }
    text.push_str(&findings::section(of.shown, of.listing, paint));
    text
}
