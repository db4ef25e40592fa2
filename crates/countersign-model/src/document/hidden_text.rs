//! Characters that a reader does not see but a model reads: bidirectional controls, zero-width and
//! tag characters, variation selectors where no glyph varies, fillers and raw control characters.
//!
//! What scripts and emoji need is left alone: joiners between letters that join, direction marks on
//! lines that hold right-to-left text, one variation selector after a character that has variants,
//! and the three subdivision flags. A byte order mark at the start of a file is handled with the
//! frontmatter.

use std::str;

use super::problem::{Problem, shown};
use super::spans::Lines;
use crate::unsafe_char::ends_a_line_for_some;
use crate::{RuleId, Severity, UnsafeChar};

/// A run of hidden characters of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Bytes of the file.
    pub span: (usize, usize),
    /// The first character of the run.
    pub first: char,
    /// How many there are.
    pub count: usize,
    /// What they are.
    pub class: UnsafeChar,
    /// The ASCII text that tag characters spell, without control characters.
    pub spells: String,
    /// Whether one of them rewrites what a terminal shows, or ends a line for some readers.
    rewrites: bool,
}

/// For one file, at most this many runs that deceive are reported, and as many that do not.
pub const MOST_RUNS: usize = 20;

/// The hidden characters of `bytes` in their order, at most [`MOST_RUNS`] runs that deceive and as
/// many that do not, so that no number of odd characters covers one that deceives. Bytes that are
/// not UTF-8 are stepped over.
pub fn find(bytes: &[u8]) -> Vec<Hidden> {
    let mut found = HiddenRuns::default();
    if bytes
        .iter()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r' | 0x0c))
    {
        return found.runs;
    }
    let mut base = 0;
    for chunk in bytes.utf8_chunks() {
        scan(chunk.valid(), base, &mut found);
        base += chunk.valid().len() + chunk.invalid().len();
        if found.is_full() {
            break;
        }
    }
    found.runs
}

#[derive(Default)]
struct HiddenRuns {
    runs: Vec<Hidden>,
    deceiving: usize,
}

impl HiddenRuns {
    fn push(&mut self, run: Hidden) {
        let deceives = run.deceives();
        let reported = if deceives {
            self.deceiving
        } else {
            self.runs.len() - self.deceiving
        };
        if reported < MOST_RUNS {
            self.deceiving += usize::from(deceives);
            self.runs.push(run);
        }
    }

    const fn is_full(&self) -> bool {
        self.deceiving == MOST_RUNS
    }
}

/// The hidden text of a document of Countersign's own, such as a policy or a record: what deceives
/// is an error, since a reader would see another document than this program reads; the rest is a
/// warning.
pub fn problems(path: &str, bytes: &[u8]) -> Vec<Problem> {
    let runs = find(bytes);
    if runs.is_empty() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(bytes);
    let lines = Lines::of(&text);
    let problem = |run: &Hidden| {
        let place = lines.place(path, &text, run.span.0);
        let help = "Delete it, or write it as an escape in double quotes: people do not see it, and other readers interpret it differently.";
        let problem = Problem::new(RuleId::HiddenText, place, run.span, run.describe(), help);
        if run.deceives() {
            problem
        } else {
            problem.review_context(Severity::Warning)
        }
    };
    runs.iter().map(problem).collect()
}

/// Whether the bytes are text at all: no NUL, as Git decides it, but over the whole file.
pub fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0)
}

fn scan(text: &str, base: usize, found: &mut HiddenRuns) {
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let interesting = line
            .bytes()
            .any(|byte| !matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r'));
        if interesting {
            scan_line(line, base + line_start, found);
        }
        line_start += line.len();
        if found.is_full() {
            return;
        }
    }
}

fn scan_line(line: &str, base: usize, found: &mut HiddenRuns) {
    let mut right_to_left = None;
    let mut open: Option<Hidden> = None;
    let mut before = None;
    let mut rest = line.char_indices();
    while let Some((offset, character)) = rest.next() {
        let start = base + offset;
        let is_mark = start == 0 && character == '\u{feff}';
        if let Some(length) = flag_sequence(&line[offset..]) {
            // The flag itself is the first of them.
            rest.nth(length - 2);
            before = None;
            continue;
        }
        let neighbors = Neighbors {
            line,
            before,
            after: line[offset + character.len_utf8()..].chars().next(),
        };
        let class = class_of(character)
            .filter(|class| !is_mark && !neighbors.needs(*class, character, &mut right_to_left));
        match (class, &mut open) {
            (Some(class), Some(run)) if run.class == class && run.span.1 == start => {
                run.span.1 = start + character.len_utf8();
                run.count += 1;
                run.spells.extend(tag_text(character));
                run.rewrites |= rewrites(character);
            }
            (Some(class), _) => {
                if let Some(run) = open.take() {
                    found.push(run);
                }
                if found.is_full() {
                    return;
                }
                let span = (start, start + character.len_utf8());
                let spells = tag_text(character).collect();
                open = Some(Hidden {
                    span,
                    first: character,
                    count: 1,
                    class,
                    spells,
                    rewrites: rewrites(character),
                });
            }
            (None, _) => {}
        }
        before = Some(character);
    }
    if let Some(run) = open {
        found.push(run);
    }
}

fn class_of(character: char) -> Option<UnsafeChar> {
    match UnsafeChar::of(character) {
        // What separates lines and words, and what a font may show.
        Some(UnsafeChar::Control) if matches!(character, '\t' | '\n' | '\r' | '\u{c}') => None,
        Some(UnsafeChar::NoAgreedGlyph) => None,
        class => class,
    }
}

/// The neighbors of a character.
struct Neighbors<'l> {
    line: &'l str,
    before: Option<char>,
    after: Option<char>,
}

impl Neighbors<'_> {
    // Whether the text would be shown or read wrongly without the character.
    fn needs(&self, class: UnsafeChar, character: char, right_to_left: &mut Option<bool>) -> bool {
        let before = |test: fn(char) -> bool| self.before.is_some_and(test);
        let after = |test: fn(char) -> bool| self.after.is_some_and(test);
        match (class, character) {
            // Marks, not embeddings, overrides or isolates: those can hide text even where
            // right-to-left letters are.
            (UnsafeChar::Bidirectional, '\u{61c}' | '\u{200e}' | '\u{200f}') => {
                *right_to_left.get_or_insert_with(|| self.line.chars().any(is_right_to_left))
            }
            (UnsafeChar::ZeroWidth, '\u{200d}') => {
                before(joins) && after(is_shown) || before(ends_emoji) && after(is_pictograph)
            }
            (UnsafeChar::ZeroWidth, '\u{200c}') => before(joins) && after(is_shown),
            // Where words are not separated by spaces, a zero-width one says where a line may
            // break.
            (UnsafeChar::ZeroWidth, '\u{200b}') => before(is_unspaced) && after(is_unspaced),
            (UnsafeChar::VariationSelector, '\u{fe0e}' | '\u{fe0f}') => before(has_emoji_variant),
            (UnsafeChar::VariationSelector, '\u{fe00}'..='\u{fe0d}') => {
                before(|base| is_ideograph(base) || matches!(base, '\u{2200}'..='\u{22ff}'))
            }
            (UnsafeChar::VariationSelector, '\u{e0100}'..='\u{e01ef}') => before(is_ideograph),
            (UnsafeChar::VariationSelector, _) => {
                before(|base| matches!(base, '\u{1820}'..='\u{18aa}'))
            }
            _ => false,
        }
    }
}

fn is_shown(character: char) -> bool {
    class_of(character).is_none()
}

// Scripts whose letters change shape with their neighbors: Arabic, Syriac, N'Ko, the Indic ones,
// Myanmar, Khmer, Mongolian and others.
const fn joins(character: char) -> bool {
    matches!(character,
        '\u{620}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1780}'..='\u{17b3}' | '\u{17b6}'..='\u{17ff}'
        | '\u{1820}'..='\u{18af}' | '\u{1a00}'..='\u{1c4f}' | '\u{a840}'..='\u{abff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
        | '\u{10a00}'..='\u{10aff}' | '\u{11000}'..='\u{11fff}' | '\u{1e900}'..='\u{1e95f}')
}

const fn is_right_to_left(character: char) -> bool {
    matches!(character,
        '\u{590}'..='\u{61b}' | '\u{61d}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

// Thai, Lao, Myanmar, Khmer.
const fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17b3}' | '\u{17b6}'..='\u{17ff}')
}

const fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

const fn is_pictograph(character: char) -> bool {
    matches!(character,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}'
        | '\u{2460}'..='\u{24ff}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}'
        | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

const fn has_emoji_variant(character: char) -> bool {
    is_pictograph(character) || matches!(character, '0'..='9' | '#' | '*')
}

const fn ends_emoji(character: char) -> bool {
    is_pictograph(character) || matches!(character, '\u{fe0f}' | '\u{20e3}')
}

// England, Scotland and Wales: a black flag, five tag letters, and the closing tag. No other
// sequence is in use.
fn flag_sequence(text: &str) -> Option<usize> {
    const FLAGS: [&str; 3] = ["gbeng", "gbsct", "gbwls"];
    let tags = text.strip_prefix('\u{1f3f4}')?;
    let region: String = tags.chars().take(5).flat_map(tag_text).collect();
    let is_closed = tags.chars().nth(5) == Some('\u{e007f}');
    (is_closed && FLAGS.contains(&region.as_str())).then_some(7)
}

// Escape sequences and backspaces rewrite what a terminal shows; NEL ends a line, and so a comment,
// for some readers.
const fn rewrites(character: char) -> bool {
    matches!(character, '\u{8}' | '\u{1b}' | '\u{9b}') || ends_a_line_for_some(character)
}

fn tag_text(character: char) -> impl Iterator<Item = char> {
    u32::from(character)
        .checked_sub(0xe0000)
        .filter(|ascii| (0x20..0x7f).contains(ascii))
        .and_then(char::from_u32)
        .into_iter()
}

impl Hidden {
    /// Whether the run can carry text or change what is shown. A lone selector, a soft hyphen or a
    /// control character left by a conversion is odd, and found in many honest documents.
    pub const fn deceives(&self) -> bool {
        match self.class {
            UnsafeChar::Bidirectional | UnsafeChar::ZeroWidth | UnsafeChar::Tag => true,
            UnsafeChar::VariationSelector => self.count > 1,
            UnsafeChar::Invisible => self.first != '\u{ad}' || self.count > 1,
            UnsafeChar::Control => self.rewrites,
            UnsafeChar::NoAgreedGlyph => false,
        }
    }

    /// For a message: code point, what it is, and what a run of tags spells.
    pub fn describe(&self) -> String {
        let plural = if self.count == 1 {
            String::new()
        } else {
            format!(", {} in a row", self.count)
        };
        let spells = if self.spells.is_empty() {
            String::new()
        } else {
            format!(", spelling `{}`", shown(&self.spells))
        };
        format!(
            "the {} U+{:04X}{}{plural}{spells}",
            self.class.as_str(),
            u32::from(self.first),
            name(self.first)
        )
    }
}

// Names from the Unicode character database, for the common ones.
fn name(character: char) -> &'static str {
    match character {
        '\u{1b}' => " (escape)",
        '\u{85}' => " (next line)",
        '\u{ad}' => " (soft hyphen)",
        '\u{200b}' => " (zero width space)",
        '\u{200c}' => " (zero width non-joiner)",
        '\u{200d}' => " (zero width joiner)",
        '\u{200e}' => " (left-to-right mark)",
        '\u{200f}' => " (right-to-left mark)",
        '\u{2028}' => " (line separator)",
        '\u{2029}' => " (paragraph separator)",
        '\u{202a}' => " (left-to-right embedding)",
        '\u{202b}' => " (right-to-left embedding)",
        '\u{202c}' => " (pop directional formatting)",
        '\u{202d}' => " (left-to-right override)",
        '\u{202e}' => " (right-to-left override)",
        '\u{2060}' => " (word joiner)",
        '\u{2066}' => " (left-to-right isolate)",
        '\u{2067}' => " (right-to-left isolate)",
        '\u{2068}' => " (first strong isolate)",
        '\u{2069}' => " (pop directional isolate)",
        '\u{3164}' => " (Hangul filler)",
        '\u{feff}' => " (zero width no-break space)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn classes(text: &str) -> Vec<UnsafeChar> {
        find(text.as_bytes())
            .into_iter()
            .map(|hidden| hidden.class)
            .collect()
    }

    #[test]
    fn names_the_code_point_and_the_place() {
        let found = find("# Title\nrun \u{202e}txt.sh\n".as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].span, (12, 15));
        assert_eq!(
            found[0].describe(),
            "the bidirectional control U+202E (right-to-left override)"
        );
    }

    #[test]
    fn reads_out_what_tag_characters_spell() {
        let smuggled: String = "ignore all"
            .chars()
            .filter_map(|c| char::from_u32(0xe0000 + u32::from(c)))
            .collect();
        let found = find(format!("Hello\u{e0001}{smuggled}!").as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].count, found[0].spells.as_str()),
            (11, "ignore all")
        );
    }

    #[test]
    fn only_what_can_carry_or_turn_text_deceives() {
        let deceives = |text: &str| find(text.as_bytes())[0].deceives();
        assert!(
            deceives("a\u{202e}")
                && deceives("a\u{200b}b")
                && deceives("a\u{fe01}\u{fe02}")
                && deceives("a\u{3164}")
        );
        assert!(!deceives("a\u{fe0f} b") && !deceives("co\u{ad}op") && !deceives("a\u{7}b"));
        assert!(deceives("\u{1b}[8m") && deceives("a\u{8}b"));
    }

    #[test]
    fn finds_every_class() {
        assert_eq!(classes("a\u{200b}b"), [UnsafeChar::ZeroWidth]);
        assert_eq!(
            classes("a\u{2060}b \u{feff}c"),
            [UnsafeChar::ZeroWidth, UnsafeChar::ZeroWidth]
        );
        assert_eq!(
            classes("a\u{fe01}\u{fe02}b"),
            [UnsafeChar::VariationSelector]
        );
        assert_eq!(
            classes("😀\u{e0150}\u{e0151}"),
            [UnsafeChar::VariationSelector]
        );
        assert_eq!(
            classes("a\u{3164}b\u{ad}c\u{2028}d"),
            [UnsafeChar::Invisible; 3]
        );
        assert_eq!(
            classes("a\u{1b}[8mb\u{9b}"),
            [UnsafeChar::Control, UnsafeChar::Control]
        );
        assert_eq!(classes("left \u{200f}mark"), [UnsafeChar::Bidirectional]);
        assert_eq!(classes("🏴\u{e0061}\u{e0062}\u{e007f}"), [UnsafeChar::Tag]);
    }

    #[test]
    fn leaves_scripts_and_emoji_alone() {
        for text in [
            "می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "👩\u{200d}💻 👩🏽\u{200d}🚀 ❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3} ✔\u{fe0f}",
            "葛\u{e0100}城",
            "שלום\u{200f} (x)",
            "ភាសា\u{200b}ខ្មែរ",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "\u{feff}# Title",
            "tab\tline\r\n\u{c}",
        ] {
            assert_eq!(classes(text), [], "{text:?}");
        }
    }

    #[test]
    fn a_joiner_at_the_end_or_before_another_is_still_hidden() {
        assert_eq!(classes("می\u{200c}\u{200c}"), [UnsafeChar::ZeroWidth]);
        assert_eq!(classes("👩\u{200d} x"), [UnsafeChar::ZeroWidth]);
        assert_eq!(classes("ab\u{200d}cd"), [UnsafeChar::ZeroWidth]);
    }

    #[test]
    fn bytes_that_are_not_text_are_stepped_over() {
        let mut bytes = b"\xff\xfe".to_vec();
        bytes.extend("a\u{202e}".as_bytes());
        assert_eq!(find(&bytes)[0].span, (3, 6));
        assert!(find("\u{200b}x".repeat(1000).as_bytes()).len() == MOST_RUNS);
    }

    proptest! {
        #[test]
        fn never_panics_and_points_into_the_file(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for hidden in find(&bytes) {
                prop_assert!(hidden.span.0 < hidden.span.1 && hidden.span.1 <= bytes.len());
                prop_assert!(str::from_utf8(&bytes[hidden.span.0..hidden.span.1]).is_ok());
            }
        }

        #[test]
        fn any_character_that_has_a_class_is_found_between_latin_letters(character in any::<char>()) {
            let found = find(format!("a{character}b").as_bytes());
            prop_assert_eq!(found.len(), usize::from(class_of(character).is_some()));
        }
    }
}
