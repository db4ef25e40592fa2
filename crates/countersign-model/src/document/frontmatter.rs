//! Cuts the YAML frontmatter out of a Markdown file, without reading either.
//!
//! Only a line that is exactly `---` opens and closes it, so `---` inside a value does not. Every
//! deviation is reported rather than fixed; its severity depends on the profile, which the caller
//! knows.

use std::ops::Range;

use super::yaml::Limits;

/// The places of the parts of a Markdown file, in bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontmatter {
    /// The YAML between the two fences, for [`super::yaml::read_part`].
    pub yaml: Range<usize>,
    /// Where the text after the closing fence starts.
    pub body: usize,
    /// Whether a byte order mark comes first; harnesses differ in whether they then see any
    /// frontmatter.
    pub byte_order_mark: bool,
    /// Offset of the first line end that is CRLF, within the frontmatter.
    pub carriage_return: Option<usize>,
}

/// Why a file has no frontmatter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontmatterFault {
    /// The file does not start with a fence.
    #[error("no frontmatter: the first line is not `---`")]
    Missing,
    /// There is a fence, but blank lines come before it; most harnesses then ignore it.
    #[error("there is a blank line before the frontmatter")]
    LeadingBlankLine,
    /// The first line starts with `---` but goes on, such as `----` or `--- ` with a space.
    #[error("the first line starts with `---` but has more characters")]
    OpeningFence,
    /// No later line is exactly `---`; the offset is that of a line that nearly is.
    #[error("the frontmatter is never closed by a line that is exactly `---`")]
    Unclosed {
        /// Start of the first line that differs from `---` only by spaces or more dashes.
        nearly: Option<usize>,
    },
    /// The closing fence does not come within the limit.
    #[error("the frontmatter is longer than {0} bytes")]
    TooLong(usize),
}

impl FrontmatterFault {
    /// What to do about it.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Missing => {
                "Start the file with a line `---`, then the fields, then another line `---`."
            }
            Self::LeadingBlankLine => "Remove the blank lines before the first `---`.",
            Self::OpeningFence => "Write exactly three dashes in the first line.",
            Self::Unclosed { .. } => "Close the frontmatter with a line of exactly three dashes.",
            Self::TooLong(_) => "Move the text into the body, after the closing `---`.",
        }
    }

    /// The byte offset to point at.
    pub const fn offset(self) -> usize {
        match self {
            Self::Unclosed { nearly: Some(at) } => at,
            _ => 0,
        }
    }
}

/// Finds the frontmatter of `file`. Looks at no more than the limit for documents, however large
/// the file is.
pub fn find(file: &[u8]) -> Result<Frontmatter, FrontmatterFault> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let byte_order_mark = file.starts_with(MARK);
    let start = if byte_order_mark { MARK.len() } else { 0 };
    let window = &file[..file.len().min(start + Limits::DOCUMENT.bytes)];
    let mut lines = Lines {
        bytes: window,
        at: start,
    };
    let opening = lines.next().ok_or(FrontmatterFault::Missing)?;
    if opening.text != b"---" {
        return Err(opening_fault(&opening, lines));
    }
    let yaml_start = lines.at;
    let mut carriage_return = opening.carriage_return();
    let mut nearly = None;
    while let Some(line) = lines.next() {
        carriage_return = carriage_return.or_else(|| line.carriage_return());
        if line.text == b"---" {
            return Ok(Frontmatter {
                yaml: yaml_start..line.start,
                body: lines.at,
                byte_order_mark,
                carriage_return,
            });
        }
        if nearly.is_none()
            && line.text.starts_with(b"---")
            && line
                .text
                .iter()
                .all(|byte| matches!(byte, b'-' | b' ' | b'\t'))
        {
            nearly = Some(line.start);
        }
    }
    if window.len() < file.len() {
        Err(FrontmatterFault::TooLong(Limits::DOCUMENT.bytes))
    } else {
        Err(FrontmatterFault::Unclosed { nearly })
    }
}

fn opening_fault(first: &Line<'_>, mut rest: Lines<'_>) -> FrontmatterFault {
    if first.text.starts_with(b"---") {
        return FrontmatterFault::OpeningFence;
    }
    let is_blank = |line: &Line<'_>| line.text.trim_ascii().is_empty();
    let later = rest.find(|line| !is_blank(line));
    if is_blank(first) && later.is_some_and(|line| line.text == b"---") {
        FrontmatterFault::LeadingBlankLine
    } else {
        FrontmatterFault::Missing
    }
}

struct Lines<'f> {
    bytes: &'f [u8],
    at: usize,
}

struct Line<'f> {
    start: usize,
    /// Without its line end.
    text: &'f [u8],
    ends_in_crlf: bool,
}

impl Line<'_> {
    fn carriage_return(&self) -> Option<usize> {
        self.ends_in_crlf.then_some(self.start + self.text.len())
    }
}

impl<'f> Iterator for Lines<'f> {
    type Item = Line<'f>;

    fn next(&mut self) -> Option<Line<'f>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let line_end = rest.iter().position(|byte| *byte == b'\n');
        self.at = start + line_end.map_or(rest.len(), |end| end + 1);
        let text = &rest[..line_end.unwrap_or(rest.len())];
        let without = text.strip_suffix(b"\r").filter(|_| line_end.is_some());
        Some(Line {
            start,
            text: without.unwrap_or(text),
            ends_in_crlf: without.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::yaml;

    fn yaml_of(file: &str) -> &str {
        &file[find(file.as_bytes()).expect("it has frontmatter").yaml]
    }

    #[test]
    fn cuts_between_the_fences_and_gives_offsets_of_the_file() {
        let file = "---\nname: a\n---\n# Body\n---\n";
        let found = find(file.as_bytes()).expect("it has frontmatter");
        assert_eq!(&file[found.yaml.clone()], "name: a\n");
        assert_eq!(&file[found.body..], "# Body\n---\n");
        let tree =
            yaml::read_part("S", file.as_bytes(), found.yaml, Limits::DOCUMENT).expect("YAML");
        assert_eq!(
            (tree.place("/name").line, tree.place("/name").column),
            (2, 7)
        );
        assert_eq!(&file[tree.span("/name").0..tree.span("/name").1], "a");
    }

    #[test]
    fn dashes_inside_a_value_do_not_close_it() {
        assert_eq!(
            yaml_of("---\na: x --- y\nb: |\n  ---\n---\n"),
            "a: x --- y\nb: |\n  ---\n"
        );
    }

    #[test]
    fn an_empty_one_and_one_at_the_end_of_the_file_are_found() {
        assert_eq!(yaml_of("---\n---"), "");
        assert_eq!(yaml_of("---\na: b\n---"), "a: b\n");
    }

    #[test]
    fn reports_a_byte_order_mark_and_carriage_returns() {
        let found = find("\u{feff}---\r\na: b\r\n---\r\nx".as_bytes()).expect("it has frontmatter");
        assert!(found.byte_order_mark);
        assert_eq!(found.carriage_return, Some(6));
        assert_eq!((found.yaml, found.body), (8..14, 19));
    }

    #[test]
    fn refuses_what_is_not_exactly_a_fence() {
        use FrontmatterFault::{LeadingBlankLine, Missing, OpeningFence, Unclosed};
        for (file, fault) in [
            ("", Missing),
            ("# Title\n---\n---\n", Missing),
            ("\n", Missing),
            ("\n  \n---\na: b\n---\n", LeadingBlankLine),
            ("----\na: b\n----\n", OpeningFence),
            ("--- \na: b\n---\n", OpeningFence),
            ("---", Unclosed { nearly: None }),
            ("---\na: b\n", Unclosed { nearly: None }),
            ("---\na: b\n--- \n", Unclosed { nearly: Some(9) }),
            ("---\na: b\n----\n", Unclosed { nearly: Some(9) }),
            ("---\na: b\n ---\n", Unclosed { nearly: None }),
        ] {
            assert_eq!(find(file.as_bytes()), Err(fault), "{file:?}");
        }
    }

    #[test]
    fn never_looks_past_the_limit() {
        let mut file = b"---\n".to_vec();
        file.resize(100 << 20, b'x');
        file.extend_from_slice(b"\n---\n");
        assert_eq!(
            find(&file),
            Err(FrontmatterFault::TooLong(Limits::DOCUMENT.bytes))
        );
    }

    proptest! {
        #[test]
        fn never_panics_and_stays_inside_the_file(file in "(-{2,4}| |\r?\n|a: b|\u{feff}){0,12}") {
            if let Ok(found) = find(file.as_bytes()) {
                prop_assert!(found.yaml.start <= found.yaml.end && found.yaml.end <= found.body && found.body <= file.len());
                let _ = yaml::read_part("f", file.as_bytes(), found.yaml, Limits::DOCUMENT);
            }
        }
    }
}
