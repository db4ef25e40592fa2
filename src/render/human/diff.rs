//! What changed between two packages: capabilities first, then file by file.

use crate::model::quantity::counted;
use std::fmt::Write as _;

use crate::check::comparison::{Comparison, FileChange};
use crate::render::diff::{Compare, ComparedVersion};
use crate::render::escape;
use crate::render::paint::{Paint, Tone};
use crate::render::table::{Cell, lay_out};

/// Lines of all files together, before only counts are shown.
const MOST_LINES: usize = 400;

/// What a subject without a current version is compared with.
const NOTHING: &str = "nothing: no version is current";

/// The comparison in words.
pub fn diff(of: &Compare<'_>, paint: Paint) -> String {
    let mut text = format!(
        "{} {}\n{} {}\n",
        paint.paint(Tone::Bad, "-"),
        of.before.as_ref().map_or_else(|| NOTHING.to_owned(), side),
        paint.paint(Tone::Good, "+"),
        side(&of.after)
    );
    let comparison = of.comparison;
    if of.is_same() {
        text.push_str("\nthe same package, byte for byte\n");
        return text;
    }
    text.push('\n');
    text.push_str(&capabilities(of, paint));
    let _ = write!(
        text,
        "\n{}\n",
        paint.paint(Tone::Strong, &summary(comparison))
    );
    let mut left = MOST_LINES;
    for file in &comparison.files {
        text.push_str(&one_file(file, &mut left, paint));
    }
    text
}

fn side(of: &ComparedVersion) -> String {
    let digest = format!("sha256:{}", of.digest.short(12));
    let state = of
        .state
        .map(|state| format!(" {state}"))
        .unwrap_or_default();
    let moved = of
        .moved_from
        .as_ref()
        .map(|from| format!(", moved from {from}"));
    let moved = moved.unwrap_or_default();
    format!(
        "{}{state} [{digest}]{}",
        escape::terminal(&of.name),
        escape::terminal(&moved)
    )
}

fn capabilities(of: &Compare<'_>, paint: Paint) -> String {
    let comparison = of.comparison;
    if comparison.capabilities.is_empty() && of.before.is_none() {
        return "no capability was found: tools, permissions, scripts, programs, dependencies, commands and hosts were\n\
                looked for. The meaning of its text was not: read the files below\n"
            .to_owned();
    }
    if comparison.capabilities.is_empty() {
        return "no change in its capabilities was found: tools, permissions, restrictions, scripts, programs, dependencies, commands and\n\
                hosts were compared. The meaning of its text was not: read the files below\n"
            .to_owned();
    }
    let wider = comparison
        .capabilities
        .iter()
        .filter(|change| change.widens)
        .count();
    let heading = if wider == 0 {
        "Capabilities: none added".to_owned()
    } else {
        format!("Capabilities: {wider} added")
    };
    let tone = |change: &crate::check::comparison::CapabilityChange| {
        if change.widens { Tone::Bad } else { Tone::Good }
    };
    let rows: Vec<Vec<Cell>> = comparison
        .capabilities
        .iter()
        .map(|change| {
            vec![
                Cell::new(tone(change), &change.sign.to_string()),
                Cell::plain(change.aspect.as_str()),
                Cell::plain(&change.item),
                Cell::new(tone(change), if change.widens { "widens" } else { "" }),
            ]
        })
        .collect();
    format!(
        "{}\n{}",
        paint.paint(Tone::Strong, &heading),
        lay_out(&rows, 2, paint)
    )
}

fn summary(comparison: &Comparison) -> String {
    let count = |what: &str| {
        comparison
            .files
            .iter()
            .filter(|file| file.what() == what)
            .count()
    };
    let parts = [
        ("added", "added"),
        ("removed", "removed"),
        ("changed", "changed"),
        ("mode", "with a changed mode"),
    ];
    let counts: Vec<String> = parts
        .iter()
        .map(|(what, word)| (count(what), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    format!(
        "Files: {}, {} unchanged",
        counts.join(", "),
        comparison.same
    )
}

fn one_file(file: &FileChange, left: &mut usize, paint: Paint) -> String {
    let aside = match (&file.before, &file.after, &file.lines) {
        (Some(before), Some(after), _) if file.what() == "mode" => {
            format!("{} → {}", before.mode.as_str(), after.mode.as_str())
        }
        (before, after, lines) => {
            let mode = after
                .or(*before)
                .filter(|facts| facts.mode == crate::model::FileMode::Executable)
                .map_or("", |_| ", executable");
            let modes = match (before, after) {
                (Some(before), Some(after)) if before.mode != after.mode => {
                    format!(", {} → {}", before.mode.as_str(), after.mode.as_str())
                }
                _ => mode.to_owned(),
            };
            let size = |facts: &Option<crate::check::comparison::FileFacts>| {
                facts.map_or(0, |facts| facts.size)
            };
            let amount = lines.as_ref().map_or_else(
                || {
                    format!(
                        "not compared line by line, {} → {} bytes",
                        size(before),
                        size(after)
                    )
                },
                |lines| format!("+{} -{}", lines.added, lines.removed),
            );
            format!("{amount}{modes}")
        }
    };
    let tone = match file.what() {
        "added" => Tone::Good,
        "removed" => Tone::Bad,
        _ => Tone::Wait,
    };
    let mut text = format!(
        "  {} {} {}\n",
        paint.paint(tone, file.what()),
        escape::terminal(&file.path),
        paint.paint(Tone::Faint, &format!("({aside})"))
    );
    let Some(lines) = &file.lines else {
        return text;
    };
    for hunk in &lines.hunks {
        let _ = writeln!(
            text,
            "    {}",
            paint.paint(Tone::Faint, &format!("line {}", hunk.after))
        );
        for (sign, line) in &hunk.lines {
            if *left == 0 {
                let _ = writeln!(
                    text,
                    "    {}",
                    paint.paint(Tone::Faint, "(the rest is left out)")
                );
                return text;
            }
            *left -= 1;
            let tone = match sign {
                '+' => Tone::Good,
                '-' => Tone::Bad,
                _ => Tone::Plain,
            };
            let line = format!("{sign} {}", escape::terminal(line));
            let _ = writeln!(text, "    {}", paint.paint(tone, line.trim_end()));
        }
    }
    if lines.cut {
        let shown: usize = lines
            .hunks
            .iter()
            .map(|hunk| hunk.lines.iter().filter(|(sign, _)| *sign != ' ').count())
            .sum();
        let more = (lines.added + lines.removed) as usize - shown;
        let _ = writeln!(
            text,
            "    {}",
            paint.paint(
                Tone::Faint,
                &format!("({} more)", counted(more, "changed line"))
            )
        );
    }
    text
}
