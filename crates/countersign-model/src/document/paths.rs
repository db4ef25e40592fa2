//! Which paths a governed file may have, so that it is the same file on every system that checks it
//! out.
//!
//! A path is refused when some file system, or Git itself, would read it as another one: Git's own
//! folder in any spelling, Windows' reserved names and characters, invisible characters, and pairs
//! that differ only by case or Unicode normalization.

mod collisions;

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

pub use collisions::collisions;

use crate::UnsafeChar;

/// Longest path in bytes.
const LONGEST_PATH: usize = 1024;
/// Longest step of a path in bytes, as most file systems have it.
const LONGEST_STEP: usize = 255;
/// Characters of the longest name of a device, `CONOUT$`.
const LONGEST_DEVICE: usize = 7;

/// Every folder that a path with `/` between its steps is in, the outermost first, and the path.
pub fn with_folders(path: &str) -> impl Iterator<Item = &str> + Clone {
    let folders = path.match_indices('/').map(|(slash, _)| &path[..slash]);
    folders.chain([path])
}

/// Why a path is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// Bytes that are not UTF-8.
    #[error("the path is not UTF-8")]
    NotUtf8,
    /// Empty, absolute, or with an empty step.
    #[error("the path is empty, starts or ends with a slash, or has two in a row")]
    EmptyStep,
    /// `.` or `..`.
    #[error("the path contains `.` or `..`")]
    Dots,
    /// Over 1024 bytes, or a step over 255.
    #[error(
        "the path is longer than {LONGEST_PATH} bytes, or one of its parts is longer than {LONGEST_STEP}"
    )]
    TooLong,
    /// A control, format or separator character, which no listing shows.
    #[error("the path contains the invisible character U+{0:04X}")]
    Invisible(u32),
    /// A character that Windows does not allow, or reads as a separator or stream.
    #[error("the path contains the character `{0}`, which Windows does not allow")]
    Character(char),
    /// `.git`, however Git or a file system may spell it.
    #[error("the path contains `{0}`, which some systems read as `.git`")]
    Git(String),
    /// A device of Windows, with any extension.
    #[error("the path contains `{0}`, which is a device on Windows")]
    Device(String),
    /// Windows drops trailing dots and spaces.
    #[error("the path contains `{0}`, whose last character Windows drops")]
    TrailingDotOrBlank(String),
}

/// The path as text, when a governed file may have it.
pub fn check_path(path: &[u8]) -> Result<&str, PathFault> {
    let text = std::str::from_utf8(path).map_err(|_| PathFault::NotUtf8)?;
    check_text(text).map(|()| text)
}

/// Whether a governed file may have this path.
pub fn check_text(text: &str) -> Result<(), PathFault> {
    if text.len() > LONGEST_PATH {
        return Err(PathFault::TooLong);
    }
    for step in text.split('/') {
        check_step(step)?;
    }
    Ok(())
}

fn check_step(step: &str) -> Result<(), PathFault> {
    if step.is_empty() {
        return Err(PathFault::EmptyStep);
    }
    if step == "." || step == ".." {
        return Err(PathFault::Dots);
    }
    if step.len() > LONGEST_STEP {
        return Err(PathFault::TooLong);
    }
    if is_git(step) {
        return Err(PathFault::Git(step.to_owned()));
    }
    // Nearly all names have only these, which is faster to check.
    let ordinary = step
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if !ordinary {
        check_characters(step)?;
    }
    if step.ends_with(['.', ' ']) {
        return Err(PathFault::TrailingDotOrBlank(step.to_owned()));
    }
    if is_device(step) {
        return Err(PathFault::Device(step.to_owned()));
    }
    Ok(())
}

fn check_characters(step: &str) -> Result<(), PathFault> {
    for character in step.chars() {
        if is_invisible(character) {
            return Err(PathFault::Invisible(u32::from(character)));
        }
        if matches!(character, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') {
            return Err(PathFault::Character(character));
        }
    }
    Ok(())
}

/// Whether a text has characters that no listing shows, so that a reader could not see what it
/// names.
pub fn has_invisible(text: &str) -> bool {
    text.chars().any(is_invisible)
}

/// Whether a step of a path is Git's own folder, however Git or some file system may spell it.
// As Git's own `is_hfs_dotgit` and `is_ntfs_dotgit`, and any number after the tilde: HFS+ ignores
// invisible characters, NTFS drops trailing dots, spaces and streams, and knows a short name.
pub fn is_git(step: &str) -> bool {
    let plain = step
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_control());
    if plain && !step.starts_with(['.', 'g', 'G']) {
        return false;
    }
    let name = name_on_disk(step);
    let short = name.strip_prefix("git~").is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    name == ".git" || short
}

fn is_device(step: &str) -> bool {
    let device = step
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end_matches(' ');
    // No character disappears in upper case, so a longer name stays longer; and only a letter
    // becomes that letter alone.
    if device.chars().nth(LONGEST_DEVICE).is_some()
        || !device.starts_with(['C', 'c', 'P', 'p', 'A', 'a', 'N', 'n', 'L', 'l'])
    {
        return false;
    }
    let device = device.to_uppercase();
    let numbered = |prefix: &str| {
        let mut rest = device.strip_prefix(prefix).unwrap_or_default().chars();
        matches!(
            (rest.next(), rest.next()),
            (Some('0'..='9' | '¹' | '²' | '³'), None)
        )
    };
    matches!(
        device.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$"
    ) || numbered("COM")
        || numbered("LPT")
}

// What no listing shows, among it all that HFS+ ignores. Private use has some glyph, and an emoji
// in a name may have its selector.
const fn is_invisible(character: char) -> bool {
    match UnsafeChar::of(character) {
        None | Some(UnsafeChar::NoAgreedGlyph) => false,
        Some(UnsafeChar::VariationSelector) => !matches!(character, '\u{fe00}'..='\u{fe0f}'),
        Some(_) => true,
    }
}

/// The name that one step of a path may have on some disk, in lower case: without invisible
/// characters, streams, trailing dots and spaces.
pub fn name_on_disk(step: &str) -> Cow<'_, str> {
    let plain = step
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && byte != b':')
        && !step.ends_with('.');
    if plain {
        return Cow::Borrowed(step);
    }
    let visible: String = step
        .chars()
        .filter(|character| !is_invisible(*character))
        .collect();
    let folded = fold(&visible);
    Cow::Owned(
        folded
            .split(':')
            .next()
            .unwrap_or_default()
            .trim_end_matches(['.', ' '])
            .to_owned(),
    )
}

/// The path that `path` may have on some disk; see [`name_on_disk`].
pub fn path_on_disk(path: &str) -> String {
    path.split('/')
        .map(name_on_disk)
        .collect::<Vec<_>>()
        .join("/")
}

/// What a case-insensitive, normalizing file system makes of `path`: Unicode's full case folding is
/// approximated by upper and then lower case of each character, in NFC. That folds a little more
/// than the standard does (a dotless i becomes an i), never less.
pub fn fold(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    path.nfc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn allows_what_every_system_reads_alike() {
        for path in [
            "SKILL.md",
            "scripts/run.sh",
            ".github/workflows/x.yml",
            ".gitignore",
            ".gitattributes",
            "naïve/日本.md",
            "a b",
            "console.txt",
            "com10",
            "git~",
            "git~x",
            ".gitx",
            "aux_",
            "comx",
        ] {
            assert_eq!(check_path(path.as_bytes()), Ok(path));
        }
    }

    #[test]
    fn refuses_every_spelling_of_gits_folder() {
        for step in [
            ".git",
            ".GIT",
            ".Git",
            ".git ",
            ".git.",
            ".git...",
            ".git . .",
            ".g\u{200c}it",
            "\u{feff}.git",
            ".gi\u{2060}t",
            "git~1",
            "GIT~1",
            "git~2",
            "git~1 ",
            ".git::$INDEX_ALLOCATION",
            ".g\u{131}t",
        ] {
            for path in [
                step.to_owned(),
                format!("a/{step}/config"),
                format!("{step}/hooks/pre-commit"),
            ] {
                assert!(
                    matches!(check_path(path.as_bytes()), Err(PathFault::Git(_))),
                    "{path:?}"
                );
            }
        }
    }

    #[test]
    fn refuses_names_that_windows_reads_as_devices() {
        for step in [
            "con",
            "CON",
            "con.txt",
            "Con.tar.gz",
            "aux",
            "nul",
            "NUL .txt",
            "prn.md",
            "com1",
            "COM9.log",
            "com¹",
            "lpt0",
            "conin$",
            "CONOUT$",
        ] {
            assert!(
                matches!(
                    check_path(format!("a/{step}").as_bytes()),
                    Err(PathFault::Device(_))
                ),
                "{step:?}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_a_plain_relative_path() {
        for (path, fault) in [
            ("", PathFault::EmptyStep),
            ("/etc/passwd", PathFault::EmptyStep),
            ("a//b", PathFault::EmptyStep),
            ("a/", PathFault::EmptyStep),
            ("..", PathFault::Dots),
            ("a/../b", PathFault::Dots),
            ("./a", PathFault::Dots),
            ("a\nb", PathFault::Invisible(10)),
            ("a\u{1b}[2J", PathFault::Invisible(27)),
            ("a\u{7f}", PathFault::Invisible(127)),
            ("a\u{85}", PathFault::Invisible(133)),
            ("a\u{202e}txt.sh", PathFault::Invisible(0x202e)),
            ("a\u{e0041}", PathFault::Invisible(0xe0041)),
            ("a\\b", PathFault::Character('\\')),
            ("C:/x", PathFault::Character(':')),
            ("a*", PathFault::Character('*')),
            ("a?", PathFault::Character('?')),
            ("a.", PathFault::TrailingDotOrBlank("a.".to_owned())),
            ("b /c", PathFault::TrailingDotOrBlank("b ".to_owned())),
            ("...", PathFault::TrailingDotOrBlank("...".to_owned())),
        ] {
            assert_eq!(check_path(path.as_bytes()), Err(fault), "{path:?}");
        }
        assert_eq!(check_path(b"a\xff"), Err(PathFault::NotUtf8));
        assert_eq!(
            check_path("a/".repeat(600).as_bytes()),
            Err(PathFault::TooLong)
        );
        assert_eq!(
            check_path("a".repeat(256).as_bytes()),
            Err(PathFault::TooLong)
        );
    }

    proptest! {
        #[test]
        fn never_panics_and_allowed_paths_are_plain(path in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(text) = check_path(&path) {
                prop_assert!(!text.starts_with('/') && !text.contains('\\') && !text.split('/').any(|step| step == ".."));
            }
        }

        #[test]
        fn folding_makes_case_and_form_equal(text in "[a-zA-ZäÖéßſİıσςΣ\u{301}K/]{0,16}") {
            let composed: String = text.nfc().collect();
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(fold(&composed), fold(&decomposed));
            prop_assert_eq!(fold(&text.to_uppercase()), fold(&text));
        }
    }
}
