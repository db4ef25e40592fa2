//! The only table of characters that are not shown as what they are. Every layer that finds,
//! refuses or escapes them uses it.

/// Why a character is unsafe to show or to read past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsafeChar {
    /// A control character (C0, DEL, C1), line ends and tabs included.
    Control,
    /// Changes the order in which text is shown.
    Bidirectional,
    /// Has no width.
    ZeroWidth,
    /// An invisible copy of ASCII, U+E0000 to U+E007F.
    Tag,
    /// Chooses a variant of the character before it.
    VariationSelector,
    /// Any other character without a glyph: fillers, separators of lines and paragraphs, invisible
    /// operators, deprecated format characters.
    Invisible,
    /// Shown differently by each font: private use, noncharacters, the blank Braille pattern.
    NoAgreedGlyph,
}

impl UnsafeChar {
    /// The class of `character`; `None` for one that shows as what it is.
    pub const fn of(character: char) -> Option<Self> {
        Some(match character {
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Self::Control,
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => Self::Bidirectional,
            '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => Self::ZeroWidth,
            '\u{e0000}'..='\u{e007f}' => Self::Tag,
            '\u{180b}'..='\u{180d}'
            | '\u{180f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0100}'..='\u{e01ef}' => Self::VariationSelector,
            // Soft hyphen, grapheme joiner, Hangul and Khmer fillers, line and paragraph
            // separators, invisible operators, deprecated format characters, interlinear
            // annotation, shorthand and musical format controls, and the rest of the ignorable
            // plane.
            '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{2061}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0080}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}' => Self::Invisible,
            '\u{2800}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fffe}'
            | '\u{ffff}'
            | '\u{e1000}'..='\u{10ffff}' => Self::NoAgreedGlyph,
            _ => return None,
        })
    }

    /// For a message: what the character is.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Control => "control character",
            Self::Bidirectional => "bidirectional control",
            Self::ZeroWidth => "zero-width character",
            Self::Tag => "tag character",
            Self::VariationSelector => "variation selector without a variant",
            Self::Invisible => "invisible character",
            Self::NoAgreedGlyph => "character without an agreed glyph",
        }
    }
}

/// Whether `character` may end a line for some readers and not for others: YAML 1.1, JavaScript and
/// editors end it where YAML 1.2 does not.
pub const fn ends_a_line_for_some(character: char) -> bool {
    matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_as_it_is_has_no_class() {
        for character in " ~aZ0ü日ไ\u{a0}😀✔🏴\u{301}\u{fffd}".chars() {
            assert_eq!(UnsafeChar::of(character), None, "{character:?}");
        }
    }

    #[test]
    fn what_hides_turns_or_breaks_text_has_one() {
        for (character, class) in [
            ('\n', UnsafeChar::Control),
            ('\u{85}', UnsafeChar::Control),
            ('\u{202e}', UnsafeChar::Bidirectional),
            ('\u{200b}', UnsafeChar::ZeroWidth),
            ('\u{e0041}', UnsafeChar::Tag),
            ('\u{fe0f}', UnsafeChar::VariationSelector),
            ('\u{2028}', UnsafeChar::Invisible),
            ('\u{e000}', UnsafeChar::NoAgreedGlyph),
            ('\u{10ffff}', UnsafeChar::NoAgreedGlyph),
        ] {
            assert_eq!(UnsafeChar::of(character), Some(class), "{character:?}");
        }
    }
}
