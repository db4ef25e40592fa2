//! Names of files and folders, including the short names that NTFS gives them.

/// Whether `name` is `literal`, or the short name that NTFS may give it: some first letters, a
/// tilde, a number.
pub(super) fn is_name(literal: &str, name: &str) -> bool {
    if name == literal {
        return true;
    }
    let Some((letters, number)) = name.split_once('~') else {
        return false;
    };
    let plain = literal.chars().filter(char::is_ascii_alphanumeric);
    number.starts_with(|digit: char| digit.is_ascii_digit())
        && letters.len() > 1
        && plain.collect::<String>().starts_with(letters)
}
