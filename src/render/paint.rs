//! How text looks: colors, which are few and off in tests, files and pipes, and how wide it may be.

use anstyle::{AnsiColor, Style};

use super::fit::fit;

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to do.
    Plain,
    /// Approved, pass.
    Good,
    /// Waits for someone, or warns.
    Wait,
    /// Blocks.
    Bad,
    /// Less important.
    Faint,
    /// A heading.
    Strong,
}

/// Whether to use colors, and how many columns there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    /// `false` writes plain text.
    pub color: bool,
    /// How wide lines may be; `None` where no terminal shows them.
    pub columns: Option<usize>,
}

impl Paint {
    /// Plain text.
    pub const PLAIN: Self = Self {
        color: false,
        columns: None,
    };

    /// `text` in lines that fit.
    pub fn fit(self, text: String) -> String {
        match self.columns {
            Some(columns) => fit(&text, columns),
            None => text,
        }
    }

    /// `text`, which must already be escaped, in the color of `tone`.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let style = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Wait => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Strong => Style::new().bold(),
        };
        if self.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_only_on_request() {
        assert_eq!(Paint::PLAIN.paint(Tone::Bad, "x"), "x");
        assert_eq!(
            Paint {
                color: true,
                ..Paint::PLAIN
            }
            .paint(Tone::Good, "x"),
            "\u{1b}[32mx\u{1b}[0m"
        );
    }
}
