//! Merged pull requests whose reviews may approve what waits, in words.

use std::collections::BTreeSet;

/// Numbers that are shown.
const MOST: usize = 3;

/// What may be missing: `pull requests #7, #8 may have unrecorded approvals`; `None` when nothing
/// is.
pub fn words(numbers: &BTreeSet<u64>) -> Option<String> {
    let noun = match numbers.len() {
        0 => return None,
        1 => "pull request",
        _ => "pull requests",
    };
    let shown: Vec<String> = numbers
        .iter()
        .take(MOST)
        .map(|number| format!("#{number}"))
        .collect();
    let more = match numbers.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "{noun} {}{more} may have unrecorded approvals",
        shown.join(", ")
    ))
}

/// What counts them, each with its circumstance: `countersign check --live` where `command` is
/// `check`.
pub fn remedies(numbers: &BTreeSet<u64>, command: &str) -> [(&'static str, String); 2] {
    let first = numbers.first().copied().unwrap_or_default();
    [
        ("with a token", format!("countersign {command} --live")),
        (
            "on a recorder's machine",
            format!("countersign reviews record --pull {first}"),
        ),
    ]
}

/// The note for a terminal; empty when nothing may be missing.
pub fn note(numbers: &BTreeSet<u64>, command: &str) -> String {
    let Some(words) = words(numbers) else {
        return String::new();
    };
    let [(when, live), (on, record)] = remedies(numbers, command);
    format!("{words}\n  {when}, `{live}` counts them\n  {on}, `{record}` keeps them\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_named_and_the_rest_is_counted() {
        assert_eq!(note(&BTreeSet::new(), "check"), "");
        assert_eq!(
            words(&BTreeSet::from([7])).as_deref(),
            Some("pull request #7 may have unrecorded approvals")
        );
        let many: BTreeSet<u64> = (12345..12360).collect();
        let lines = note(&many, "status");
        assert!(
            lines.starts_with(
                "pull requests #12345, #12346, #12347 and 12 more may have unrecorded approvals\n"
            ),
            "{lines}"
        );
        assert!(lines.lines().all(|line| line.len() <= 80), "{lines}");
    }
}
