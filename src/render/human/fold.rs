//! Warnings on one screen: each rule counted, with its first places and the command that lists the
//! rest.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::group::{heading, place, spaced};
use crate::check::Finding;
use crate::check::rules::Rule;
use crate::model::RuleId;
use crate::model::quantity::grouped;
use crate::render::escape;
use crate::render::listing::{Group, Listing};
use crate::render::paint::{Paint, Tone};

/// How many places are shown of each rule.
pub(super) const PLACES: usize = 3;
/// Columns of a terminal.
const WIDTH: usize = 80;
/// Rows that warnings may take; the verdict, the notes and a prompt need the rest of the screen.
const ROWS: usize = 44;

/// The warnings. A rule with a few findings is shown in full while there is room; with many rules,
/// fewer places are shown of each.
pub(super) fn warnings(groups: &[Group<'_>], listing: &Listing, paint: Paint) -> String {
    let mixed = |paint| -> String {
        let one = |group: &Group<'_>| {
            if group.len() <= PLACES {
                spaced(std::slice::from_ref(group), paint)
            } else {
                format!("\n{}", folded(group, PLACES, listing, paint))
            }
        };
        groups.iter().map(one).collect()
    };
    if fits(&mixed(Paint::PLAIN)) {
        return mixed(paint);
    }
    let with = |places: usize, paint| -> String {
        let folded = groups
            .iter()
            .map(|group| folded(group, places, listing, paint));
        ["\n".to_owned()].into_iter().chain(folded).collect()
    };
    let places = (0..=PLACES)
        .rev()
        .find(|places| fits(&with(*places, Paint::PLAIN)));
    let mut text = with(places.unwrap_or(0), paint);
    if places.is_none_or(|places| places == 0) {
        let command = format!("{} --severity warning", listing.command);
        let line = format!("where and how to fix them: {}", escape::terminal(&command));
        let _ = writeln!(text, "{}", paint.paint(Tone::Faint, &line));
    }
    text
}

fn fits(text: &str) -> bool {
    text.lines()
        .map(|line| line.width().div_ceil(WIDTH).max(1))
        .sum::<usize>()
        <= ROWS
}

/// A rule, how often, and the first places.
fn folded(group: &Group<'_>, places: usize, listing: &Listing, paint: Paint) -> String {
    let (first, count) = (group[0], grouped(group.len()));
    let heading = heading(first, paint);
    if places == 0 {
        return format!("{heading} {count}\n");
    }
    let summary = fragment(Rule::of(first.rule).summary);
    let mut text = format!("{heading} {count}: {summary}\n");
    for finding in group.iter().take(places) {
        let _ = writeln!(
            text,
            "  {}",
            paint.paint(Tone::Faint, &escape::terminal(&which(finding)))
        );
    }
    let left = group.len().saturating_sub(places);
    if left > 0 {
        text.push_str(&more(left, first.rule, listing, paint));
    } else {
        let command = format!(
            "  how to fix it: {}",
            escape::terminal(&listing.of_rule(first.rule))
        );
        let _ = writeln!(text, "{}", paint.paint(Tone::Faint, &command));
    }
    text
}

/// `… and 5,292 more: countersign check --rule reference-escapes`; nothing when none is left.
pub(super) fn more(left: usize, rule: RuleId, listing: &Listing, paint: Paint) -> String {
    if left == 0 {
        return String::new();
    }
    let command = listing.of_rule(rule);
    let line = format!(
        "  … and {} more: {}",
        grouped(left),
        escape::terminal(&command)
    );
    format!("{}\n", paint.paint(Tone::Faint, &line))
}

/// Where a finding is, or what it is about.
fn which(finding: &Finding) -> String {
    match &finding.path {
        Some(_) => place(finding),
        None => finding.message.clone(),
    }
}

/// A summary in the middle of a line: a first word that is not a name loses its capital.
fn fragment(summary: &str) -> String {
    let mut chars = summary.chars();
    match (chars.next(), chars.next()) {
        (Some(first), second) if second.is_none_or(|second| !second.is_uppercase()) => {
            format!("{}{}", first.to_lowercase(), &summary[first.len_utf8()..])
        }
        _ => summary.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::findings::judge_all;
    use crate::check::rules::{Level, Setting};
    use crate::model::{Observation, Place};
    use crate::render::listing;

    /// What is shown of `count` findings of each of these rules.
    fn shown(rules: &[RuleId], count: usize) -> String {
        let observations: Vec<Observation> = rules
            .iter()
            .flat_map(|rule| {
                (0..count).map(|number| {
                    let path = format!("skills/name-{number:04}/SKILL.md");
                    Observation::new(*rule).place(Place::file(&path))
                })
            })
            .collect();
        let findings = judge_all(&observations, &Setting::default());
        let heavy = findings.iter().filter(|one| one.level == Level::Warning);
        let listing = Listing {
            command: "countersign check --base origin/main".to_owned(),
            ..Listing::default()
        };
        warnings(&listing::groups(heavy), &listing, Paint::PLAIN)
    }

    /// Every rule that may be a warning.
    fn warning_rules() -> Vec<RuleId> {
        let warns = |rule: &RuleId| {
            let found = judge_all(&[Observation::new(*rule)], &Setting::default());
            found[0].level == Level::Warning
        };
        RuleId::ALL.iter().copied().filter(warns).collect()
    }

    #[test]
    fn a_rule_with_many_findings_is_counted_with_the_command_that_lists_them() {
        insta::assert_snapshot!(shown(&[RuleId::Unversioned], 5_295), @r"

        warning unversioned 5,295: a package declares no usable version
          skills/name-0000/SKILL.md
          skills/name-0001/SKILL.md
          skills/name-0002/SKILL.md
          … and 5,292 more: countersign check --base origin/main --rule unversioned
        ");
    }

    #[test]
    fn a_rule_with_three_findings_is_shown_in_full() {
        let text = shown(&[RuleId::Unversioned], 3);
        assert!(text.contains("\n  help: ") && !text.contains('…'), "{text}");
    }

    #[test]
    fn all_warnings_fit_a_screen_however_many_rules_there_are() {
        let rules = warning_rules();
        for count in [1, 3, 4, 500] {
            for some in [1, 5, 9, 16, rules.len()] {
                let text = shown(&rules[..some], count);
                assert!(fits(&text), "{some} rules with {count} each:\n{text}");
            }
        }
        let text = shown(&rules, 500);
        assert!(
            text.ends_with(" --base origin/main --severity warning\n"),
            "{text}"
        );
        for rule in rules {
            assert!(
                text.contains(&format!("warning {rule} 500\n")),
                "{rule}:\n{text}"
            );
        }
    }

    #[test]
    fn a_name_keeps_its_capitals_in_the_middle_of_a_line() {
        assert_eq!(fragment("A package is empty"), "a package is empty");
        assert_eq!(fragment("MCP servers"), "MCP servers");
    }
}
