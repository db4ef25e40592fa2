//! The lines around a fault in a user's file, cut to what a person reads: a line may be a megabyte
//! long, and a fault may go over thousands.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::model::UnsafeChar;

/// Longer lines are cut, in bytes.
const LONGEST_LINE: usize = 200;
/// What stays before the mark where a line is cut, in bytes.
const BEFORE_MARK: usize = 60;
/// A mark over more lines shows its first alone.
const MOST_LINES: usize = 8;
const CUT: &str = "…";

/// A few lines of a file with a mark in them. Nothing hostile is left in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    /// Start and end of the mark in the text, in bytes.
    mark: (usize, usize),
    /// Lines of the file before the text.
    lines_before: usize,
    /// Characters of its line before the mark.
    column: usize,
}

impl Excerpt {
    /// The lines of `file` that hold the bytes `start..end`, with one before and one after.
    pub fn of(file: &[u8], (start, end): (usize, usize)) -> Self {
        let end = end.min(file.len());
        let start = start.min(end);
        let line_start = start_of_line(file, start);
        let column = file[line_start..start]
            .iter()
            .filter(|byte| !continues(**byte))
            .count();
        let marked = file[start..end].split(|byte| *byte == b'\n').count();
        let end = if marked > MOST_LINES {
            end_of_line(file, start)
        } else {
            end
        };
        let first = if line_start == 0 {
            0
        } else {
            start_of_line(file, line_start - 1)
        };
        let last = end_of_line(file, end);
        let after = if last == file.len() {
            last
        } else {
            end_of_line(file, last + 1)
        };
        let lines_before = file[..first].split(|byte| *byte == b'\n').count() - 1;
        let mut excerpt = Self {
            text: String::new(),
            mark: (0, 0),
            lines_before,
            column,
        };
        let mut at = first;
        loop {
            let until = end_of_line(file, at);
            excerpt.push_line(&file[at..until], start.checked_sub(at), end.checked_sub(at));
            if until >= after {
                break;
            }
            excerpt.text.push('\n');
            at = until + 1;
        }
        excerpt
    }

    /// Adds a line, with the offsets at which the mark starts and ends in it; `None` where it did
    /// before.
    fn push_line(&mut self, line: &[u8], start: Option<usize>, end: Option<usize>) {
        let start = start.filter(|start| *start <= line.len());
        let (mut from, mut to) = (0, line.len());
        if line.len() > LONGEST_LINE {
            from = start.map_or(0, |start| start.saturating_sub(BEFORE_MARK));
            to = line.len().min(from + LONGEST_LINE);
            from = (from..to).find(|at| !continues(line[*at])).unwrap_or(from);
            to = (from..to)
                .rev()
                .find(|at| !line.get(at + 1).is_some_and(|byte| continues(*byte)))
                .map_or(to, |at| at + 1);
        }
        if from > 0 {
            self.text.push_str(CUT);
        }
        let shown = self.text.len();
        let place = |at: usize| shown + at.clamp(from, to) - from;
        if let Some(start) = start {
            self.mark = (place(start), place(start));
        }
        if let Some(end) = end {
            self.mark.1 = place(end);
        }
        push_same_length(&mut self.text, &line[from..to]);
        if to < line.len() {
            self.text.push_str(CUT);
        }
    }

    /// The mark, in bytes of the excerpt.
    pub fn mark(&self) -> SourceSpan {
        (self.mark.0, self.mark.1 - self.mark.0).into()
    }
}

/// Lines and columns are those of the file.
impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let found = self.text.as_str().read_span(span, before, after)?;
        // Without lines before it, what is read starts at the mark.
        let column = if before == 0 {
            self.column
        } else {
            found.column()
        };
        let (line, count) = (self.lines_before + found.line(), found.line_count());
        Ok(Box::new(MietteSpanContents::new(
            found.data(),
            *found.span(),
            line,
            column,
            count,
        )))
    }
}

fn start_of_line(file: &[u8], at: usize) -> usize {
    file[..at]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1)
}

fn end_of_line(file: &[u8], at: usize) -> usize {
    file[at..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(file.len(), |length| at + length)
}

/// Whether a byte goes on with a character of UTF-8.
const fn continues(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Adds bytes as text in which every byte keeps its place, so that marks fit, and nothing hostile
/// is left.
fn push_same_length(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match (c == '\t' || UnsafeChar::of(c).is_none(), c.len_utf8()) {
                (true, _) => text.push(c),
                (false, 3) => text.push('\u{fffd}'),
                (false, length) => text.extend(std::iter::repeat_n('?', length)),
            }
        }
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(excerpt: &Excerpt) -> &str {
        &excerpt.text[excerpt.mark.0..excerpt.mark.1]
    }

    #[test]
    fn every_byte_keeps_its_place_and_nothing_hostile_is_left() {
        let excerpt = Excerpt::of("k: \u{1b}\u{85}\u{202e}\u{e0041}ä\r\n".as_bytes(), (0, 1));
        assert_eq!(excerpt.text, "k: ???\u{fffd}????ä?\n");
        assert_eq!(
            Excerpt::of(b"\xff\xfea", (2, 3)),
            Excerpt {
                text: "??a".to_owned(),
                mark: (2, 3),
                lines_before: 0,
                column: 2
            }
        );
    }

    #[test]
    fn a_line_before_and_one_after_are_shown() {
        let excerpt = Excerpt::of(b"one\ntwo\nthree\nfour\nfive\n", (9, 11));
        assert_eq!(
            excerpt,
            Excerpt {
                text: "two\nthree\nfour".to_owned(),
                mark: (5, 7),
                lines_before: 1,
                column: 1
            }
        );
        assert_eq!(
            Excerpt::of(b"", (7, 3)),
            Excerpt {
                text: String::new(),
                mark: (0, 0),
                lines_before: 0,
                column: 0
            }
        );
    }

    #[test]
    fn a_megabyte_in_one_line_is_cut_around_the_mark() {
        let line = format!("{}é{}", "ä".repeat(300_000), "b".repeat(400_000));
        let excerpt = Excerpt::of(line.as_bytes(), (600_000, 900_000));
        assert_eq!(
            excerpt.text,
            format!("…{}é{}…", "ä".repeat(30), "b".repeat(138))
        );
        assert_eq!(
            (marked(&excerpt), excerpt.column),
            (format!("é{}", "b".repeat(138)).as_str(), 300_000)
        );
    }

    #[test]
    fn a_mark_over_thousands_of_lines_shows_its_first() {
        let file = "a: [\n".to_owned() + &"  x,\n".repeat(5000) + "]\n";
        let excerpt = Excerpt::of(file.as_bytes(), (3, file.len() - 1));
        assert_eq!(
            (excerpt.text.as_str(), marked(&excerpt)),
            ("a: [\n  x,", "[")
        );
        let few = Excerpt::of(b"a: [\n  x,\n]\nb: c\n", (3, 11));
        assert_eq!(
            (few.text.as_str(), marked(&few)),
            ("a: [\n  x,\n]\nb: c", "[\n  x,\n]")
        );
    }

    proptest! {
        #[test]
        fn the_excerpt_of_any_file_is_short_and_contains_the_mark(pieces in proptest::collection::vec(("\\PC{0,4}|\n|\r|é", 1_usize..80), 0..12), start: usize, length in 0_usize..400) {
            let file: String = pieces.iter().map(|(text, times)| text.repeat(*times)).collect();
            let start = start % (file.len() + 1);
            let excerpt = Excerpt::of(file.as_bytes(), (start, start + length));
            prop_assert!(excerpt.text.len() <= (MOST_LINES + 2) * (LONGEST_LINE + 2 * CUT.len() + 1));
            prop_assert!(excerpt.mark.0 <= excerpt.mark.1 && excerpt.mark.1 <= excerpt.text.len());
            let line = file.as_bytes()[..start].split(|byte| *byte == b'\n').count();
            let before = excerpt.text.as_bytes()[..excerpt.mark.0].split(|byte| *byte == b'\n').count();
            prop_assert_eq!(excerpt.lines_before + before, line);
            let shown = excerpt.text.as_bytes().get(excerpt.mark.0);
            if let Some(byte) = file.as_bytes().get(start).filter(|byte| byte.is_ascii_graphic() || **byte == b'\n') {
                prop_assert_eq!(shown, Some(byte));
            }
        }
    }
}
