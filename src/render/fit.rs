//! Lines that fit the terminal. Nothing is cut and nothing is left out: a line that is too wide goes
//! on below, further to the right.

use anstream::adapter::strip_str;
use unicode_width::UnicodeWidthStr;

/// How much further to the right a line goes on.
const HANGING: usize = 2;

/// Breaks the lines of `text` that are wider than `columns`. What is between backticks stays in one
/// piece, so that a command can be copied; in a line that is a command, the shell is told that it
/// goes on.
pub(super) fn fit(text: &str, columns: usize) -> String {
    let mut fitted = String::new();
    for line in text.split_inclusive('\n') {
        let bare = line.strip_suffix('\n').unwrap_or(line);
        if width(bare) <= columns {
            fitted.push_str(line);
            continue;
        }
        let indent = bare.len() - bare.trim_start_matches(' ').len();
        let is_command = ["countersign ", "git ", "cd "]
            .iter()
            .any(|program| bare[indent..].starts_with(program));
        let (reserved, ending) = if is_command { (2, " \\") } else { (0, "") };
        let lines = wrapped(
            &bare[indent..],
            columns.saturating_sub(indent + reserved),
            columns.saturating_sub(indent + HANGING + reserved),
        );
        for (index, piece) in lines.iter().enumerate() {
            let last = index + 1 == lines.len();
            let further = if index == 0 { 0 } else { HANGING };
            fitted.push_str(&" ".repeat(indent + further));
            fitted.push_str(piece);
            fitted.push_str(if last { "" } else { ending });
            fitted.push('\n');
        }
        if !line.ends_with('\n') {
            fitted.pop();
        }
    }
    fitted
}

/// Terminal columns of `text`, whose colors take none.
pub(super) fn width(text: &str) -> usize {
    strip_str(text).to_string().width()
}

/// `text` in lines of `first` and then `rest` columns, broken at spaces where possible.
pub(super) fn wrapped(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for (gap, piece) in pieces(text) {
        let room = if lines.len() == 1 { first } else { rest };
        let needed = width(piece);
        if used > 0 && used + gap + needed > room {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push_str(&" ".repeat(gap));
                used += gap;
            }
            line.push_str(piece);
            used += needed;
        }
    }
    lines
}

/// What stays in one piece, each with the spaces before it: words, and what is between backticks.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut gap, mut start, mut quoted) = (0, 0, false);
    for (at, c) in text.char_indices() {
        match c {
            ' ' if !quoted => {
                if start < at {
                    found.push((gap, &text[start..at]));
                    gap = 0;
                }
                gap += 1;
                start = at + 1;
            }
            // A single backtick quotes nothing.
            '`' => quoted = !quoted && text[at + 1..].contains('`'),
            _ => {}
        }
    }
    if start < text.len() {
        found.push((gap, &text[start..]));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_below_and_a_quoted_command_stays_in_one_piece() {
        assert_eq!(
            fit("  help: Run `a b c d e` then look again.\nshort\n", 20),
            "  help: Run\n    `a b c d e` then\n    look again.\nshort\n"
        );
        assert_eq!(
            fit("  countersign approve skill/x --reason …\n", 30),
            "  countersign approve \\\n    skill/x --reason …\n"
        );
        assert_eq!(fit("a lone ` stays here", 10), "a lone `\n  stays\n  here");
    }

    #[test]
    fn what_cannot_be_broken_is_left_as_it_is() {
        let digest = "0123456789".repeat(7);
        assert_eq!(fit(&format!("{digest}\n"), 60), format!("{digest}\n"));
        assert_eq!(
            fit(&format!("sha {digest}\n"), 60),
            format!("sha\n  {digest}\n")
        );
        assert_eq!(fit("日本 語語 x", 5), "日本\n  語語\n  x");
    }
}
