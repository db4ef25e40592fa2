//! Text for the commands that a build runner reads from standard output, and for the files that it
//! reads outputs from.
//!
//! Source: `@actions/core`, `command.ts` (`escapeData`, `escapeProperty`) and `file-command.ts`.

use super::terminal;

/// The message of a workflow command.
pub fn message(text: &str) -> String {
    terminal(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property of a workflow command.
pub fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_ends_a_command_or_begins_another(hostile in any::<String>()) {
            for shown in [message(&hostile), property(&hostile)] {
                prop_assert!(!shown.contains(['\n', '\r']));
                prop_assert!(!shown.contains("##["));
            }
            prop_assert!(!property(&hostile).contains([':', ',']));
        }
    }

    #[test]
    fn a_path_with_signs_of_the_format_is_one_value() {
        assert_eq!(property("a:b,c%\nd"), "a%3Ab%2Cc%25\\u{a}d");
    }
}
