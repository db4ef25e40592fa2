//! A fault in a user's file, before it is judged or printed.

use serde::{Deserialize, Serialize};

use crate::{Place, RuleId, Severity};

/// A fault in a user's file: goes to a finding with line and column, and to the label of a
/// diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which rule is broken.
    pub rule: RuleId,
    /// The one primary place, 1-based.
    pub place: Place,
    /// The same place as byte offsets `start..end` into the file.
    pub span: (usize, usize),
    /// What is wrong, a lower-case fragment. May hold text from the file: escaped where it is
    /// printed.
    pub message: String,
    /// What to do, a sentence that starts with a verb.
    pub help: String,
    /// Its severity; `None` means the rule's own.
    pub severity: Option<Severity>,
}

impl Problem {
    /// A problem with the rule's own severity.
    pub fn new(
        rule: RuleId,
        place: Place,
        span: (usize, usize),
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            place,
            span,
            message: message.into(),
            help: help.into(),
            severity: None,
        }
    }

    /// A problem with a file as a whole.
    pub fn of_file(
        rule: RuleId,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::new(rule, Place::at(path, 1, 1), (0, 0), message, help)
    }

    /// The same problem with a severity of its own.
    #[must_use]
    pub const fn review_context(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

/// At most this many problems are reported for one file; no one reads more, and a hostile file may
/// contain a hundred thousand.
pub const MOST_PROBLEMS: usize = 100;

/// `text` cut to a length that fits into a message.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The candidate that a person most likely meant by `word`: at most a third of its letters differ.
/// Looks at no more than a thousand.
pub fn closest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let length = word.chars().count();
    if length > 64 {
        return None;
    }
    let word = word.to_lowercase();
    let near = candidates.take(1000).filter_map(|candidate| {
        let allowed = candidate.chars().count().max(3) / 3;
        let possible = candidate.chars().count().abs_diff(length) <= allowed;
        let distance = possible.then(|| distance(&word, &candidate.to_lowercase()))?;
        (distance <= allowed).then_some((distance, candidate))
    });
    near.min().map(|(_, candidate)| candidate)
}

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbors count one
// each.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if swapped {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_what_is_near() {
        let fields = ["subjects", "schema", "serial", "teams"];
        assert_eq!(closest("sujects", fields.into_iter()), Some("subjects"));
        assert_eq!(closest("temas", fields.into_iter()), Some("teams"));
        assert_eq!(closest("color", fields.into_iter()), None);
        assert_eq!(closest(&"x".repeat(1_000_000), fields.into_iter()), None);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shown("ü"), "ü");
        assert_eq!(shown(&"ü".repeat(81)), format!("{}…", "ü".repeat(80)));
    }
}
