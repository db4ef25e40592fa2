//! Values that are placeholders for the real ones: in an example, they are not secrets.

/// Whether `text` is what authors write where the reader has to fill something in.
pub(super) fn is_filler(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let says_so = [
        "your",
        "example",
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "xxxx",
        "...",
        "…",
        "dummy",
        "redacted",
        "insert",
        "replace",
    ];
    let is_marked = text.starts_with('<') && text.ends_with('>');
    let distinct: std::collections::BTreeSet<_> =
        text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let is_word = matches!(
        lower.as_str(),
        "true" | "false" | "none" | "null" | "0" | "1" | "yes" | "no" | "on" | "off"
    );
    is_marked
        || is_word
        || says_so.iter().any(|word| lower.contains(word))
        || (text.len() > 4 && distinct.len() <= 2)
}
