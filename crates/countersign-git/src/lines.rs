//! What changed between two texts, line by line, with the Git library's own algorithm. Bounded in
//! what it reads and in what it shows.

use gix::diff::blob::{Algorithm, Diff, Hunk, InternedInput, sources::byte_lines};

/// Files larger than this are not compared by lines.
const MOST_BYTES: usize = 1 << 20;
/// Unchanged lines around a change.
const CONTEXT: u32 = 2;
/// Lines shown per file, context included.
const MOST_LINES: usize = 80;
/// Characters shown per line.
const WIDEST: usize = 300;

/// What changed, by lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineChanges {
    /// How many lines are new.
    pub added: u32,
    /// How many are gone.
    pub removed: u32,
    /// Changes with their context, in order.
    pub hunks: Vec<LineHunk>,
    /// Whether not all is shown.
    pub cut: bool,
}

/// Neighboring changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineHunk {
    /// 1-based number of the first line before.
    pub before: u32,
    /// 1-based number of the first line after.
    pub after: u32,
    /// `+`, `-` or a space, and the line without its end. Hostile text.
    pub lines: Vec<(char, String)>,
}

/// Compares two texts; `None` when one of them is not text or is too large.
pub fn compare(before: &[u8], after: &[u8]) -> Option<LineChanges> {
    let is_text = |bytes: &[u8]| {
        bytes.len() <= MOST_BYTES && !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok()
    };
    if !is_text(before) || !is_text(after) {
        return None;
    }
    let input = InternedInput::new(byte_lines(before), byte_lines(after));
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut changes = LineChanges {
        added: diff.count_additions(),
        removed: diff.count_removals(),
        ..LineChanges::default()
    };
    let mut left = MOST_LINES;
    let hunks: Vec<Hunk> = diff.hunks().collect();
    let (most_before, most_after) = (input.before.len() as u32, input.after.len() as u32);
    for group in hunks.chunk_by(|one, next| next.before.start - one.before.end <= 2 * CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        let lead = CONTEXT.min(first.before.start).min(first.after.start);
        let trail = CONTEXT
            .min(most_before - last.before.end)
            .min(most_after - last.after.end);
        let mut hunk = LineHunk {
            before: first.before.start - lead + 1,
            after: first.after.start - lead + 1,
            lines: Vec::new(),
        };
        let line_before = |at: u32| shown(input.interner[input.before[at as usize]]);
        let line_after = |at: u32| shown(input.interner[input.after[at as usize]]);
        let mut at = first.before.start - lead;
        for change in group {
            hunk.lines
                .extend((at..change.before.start).map(|at| (' ', line_before(at))));
            hunk.lines
                .extend(change.before.clone().map(|at| ('-', line_before(at))));
            hunk.lines
                .extend(change.after.clone().map(|at| ('+', line_after(at))));
            at = change.before.end;
        }
        hunk.lines
            .extend((at..at + trail).map(|at| (' ', line_before(at))));
        if hunk.lines.len() > left {
            hunk.lines.truncate(left);
            changes.cut = true;
        }
        left -= hunk.lines.len();
        if !hunk.lines.is_empty() {
            changes.hunks.push(hunk);
        }
        if changes.cut {
            break;
        }
    }
    Some(changes)
}

fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    match text.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn lines(changes: &LineChanges) -> String {
        let mut text = String::new();
        for hunk in &changes.hunks {
            let _ = writeln!(text, "@ {} {}", hunk.before, hunk.after);
            for (sign, line) in &hunk.lines {
                let _ = writeln!(text, "{sign}{line}");
            }
        }
        text
    }

    fn numbered(lines: u32, word: &str) -> String {
        (1..=lines)
            .map(|n| format!("{word}{n}\n"))
            .collect::<Vec<_>>()
            .concat()
    }

    #[test]
    fn changed_lines_are_shown_in_their_context() {
        let before = numbered(20, "line ");
        let after = before
            .replace("line 3\n", "line three\n")
            .replace("line 15\n", "")
            .replace("line 20\n", "line 20\nmore\n");
        let changes = compare(before.as_bytes(), after.as_bytes()).expect("both are text");
        assert_eq!((changes.added, changes.removed, changes.cut), (2, 2, false));
        insta::assert_snapshot!(lines(&changes), @r"
        @ 1 1
         line 1
         line 2
        -line 3
        +line three
         line 4
         line 5
        @ 13 13
         line 13
         line 14
        -line 15
         line 16
         line 17
        @ 19 18
         line 19
         line 20
        +more
        ");
    }

    #[test]
    fn only_text_is_compared_and_long_output_is_cut() {
        assert_eq!(compare(b"a\0", b"b"), None);
        assert_eq!(compare(b"a", b"\xff"), None);
        assert_eq!(compare(&vec![b'x'; MOST_BYTES + 1], b""), None);
        let many = numbered(500, "");
        let changes = compare(b"", many.as_bytes()).expect("both are text");
        assert_eq!(
            (changes.added, changes.cut, changes.hunks[0].lines.len()),
            (500, true, MOST_LINES)
        );
        let long = compare(b"", "ü".repeat(1000).as_bytes()).expect("both are text");
        assert_eq!(long.hunks[0].lines[0].1.chars().count(), WIDEST + 1);
    }
}
