//! Plain scalars that readers of YAML 1.1 (`PyYAML`, Psych, js-yaml 3, Go's yaml) read differently
//! than this one, which reads YAML 1.2.

use serde_json::Value;

use super::Tree;
use crate::RuleId;
use crate::document::problem::{Problem, shown};

/// A plain scalar with two readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmbiguousScalar {
    /// Where it is, in bytes of the file.
    pub span: (usize, usize),
    /// As its author wrote it.
    pub text: String,
    /// Whether this program reads text; else a number.
    pub is_text: bool,
    /// What a reader of YAML 1.1 sees.
    pub theirs: &'static str,
}

impl AmbiguousScalar {
    /// The scalar `text` that was read as `value`, if readers of YAML 1.1 read another value.
    pub(super) fn of(text: &str, value: &Value, span: (usize, usize)) -> Option<Self> {
        let theirs = reading(text, value)?;
        Some(Self {
            span,
            text: text.to_owned(),
            is_text: value.is_string(),
            theirs,
        })
    }
}

impl Tree {
    /// Every plain scalar, keys included, that readers of YAML 1.1 read otherwise; at most a
    /// hundred.
    pub fn ambiguous_scalars(&self) -> &[AmbiguousScalar] {
        &self.ambiguous_scalars
    }

    /// A warning at each of them: for documents in which every value decides something.
    pub fn ambiguities(&self) -> impl Iterator<Item = Problem> {
        self.ambiguous_scalars
            .iter()
            .map(|scalar| self.ambiguity(scalar))
    }

    /// A warning at the value of a JSON pointer if it is one of them: for documents in which only
    /// some values decide something.
    pub fn ambiguity_at(&self, pointer: &str) -> Option<Problem> {
        if !self.has(pointer) {
            return None;
        }
        let (start, _) = self.span(pointer);
        self.ambiguous_scalars
            .iter()
            .find(|scalar| scalar.span.0 == start)
            .map(|scalar| self.ambiguity(scalar))
    }

    fn ambiguity(&self, scalar: &AmbiguousScalar) -> Problem {
        let ours = if scalar.is_text { "text" } else { "a number" };
        let message = format!(
            "`{}` is {ours} here, but {} for YAML 1.1 readers",
            shown(&scalar.text),
            scalar.theirs
        );
        let help = if scalar.is_text {
            "Put it in quotes, or write true or false if a boolean is meant."
        } else {
            "Write the number in decimal digits, without leading zeros or an exponent."
        };
        self.problem_at(RuleId::YamlAmbiguous, scalar.span, message, help)
    }
}

// The types of YAML 1.1 (<https://yaml.org/type/>) where they and the core schema of YAML 1.2
// differ.
fn reading(text: &str, value: &Value) -> Option<&'static str> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some("true"),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some("false"),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some("a number");
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let all = |text: &str, allowed: fn(char) -> bool| !text.is_empty() && text.chars().all(allowed);
    if let Some(digits) = unsigned.strip_prefix("0o") {
        return all(digits, |c| c.is_digit(8)).then_some("text");
    }
    if let Some(digits) = unsigned.strip_prefix("0b") {
        return all(digits, |c| matches!(c, '0' | '1' | '_')).then_some("a binary number");
    }
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return (value.is_string() && all(digits, |c| c.is_ascii_hexdigit() || c == '_'))
            .then_some("a number");
    }
    if all(unsigned, |c| c.is_ascii_digit()) {
        let octal = unsigned.len() > 1 && unsigned.starts_with('0');
        return if octal {
            Some("an octal number or text")
        } else {
            value.is_string().then_some("a number")
        };
    }
    if unsigned.contains(':') {
        let (whole, rest) = unsigned.split_once(':')?;
        let (places, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        // A digit, or two of which the first is at most 5.
        let is_place = |place: &str| {
            place.len() < 3
                && all(place, |c| c.is_ascii_digit())
                && (place.len() == 1 || place < "6")
        };
        let in_base_60 = all(whole, |c| c.is_ascii_digit() || c == '_')
            && places.split(':').all(is_place)
            && fraction.chars().all(|c| c.is_ascii_digit() || c == '_');
        return in_base_60.then_some("a number in base 60");
    }
    let (mantissa, exponent) = unsigned
        .split_once(['e', 'E'])
        .map_or((unsigned, None), |(mantissa, exponent)| {
            (mantissa, Some(exponent))
        });
    if mantissa.contains('_') {
        let is_number = mantissa
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '_' | '.'))
            && mantissa.matches('.').count() < 2;
        return (is_number && exponent.is_none_or(|exponent| exponent.starts_with(['-', '+'])))
            .then_some("a number");
    }
    // Their exponent needs a point before it and a sign in it.
    let lacks = |exponent: &str| !mantissa.contains('.') || !exponent.starts_with(['-', '+']);
    (value.is_number() && exponent.is_some_and(lacks)).then_some("text")
}

#[cfg(test)]
mod tests {
    use crate::document::yaml::read;

    #[test]
    fn finds_what_yaml_1_1_reads_otherwise() {
        for (text, theirs) in [
            ("off", "false"),
            ("Yes", "true"),
            ("y", "true"),
            ("010", "an octal number or text"),
            ("08", "an octal number or text"),
            ("-01", "an octal number or text"),
            ("1_000", "a number"),
            ("1:30", "a number in base 60"),
            ("190:20:30.15", "a number in base 60"),
            ("0o7", "text"),
            ("0b101", "a binary number"),
            ("0x_ff", "a number"),
            ("-0x1f", "a number"),
            ("1e3", "text"),
            ("1.5e3", "text"),
            ("1_0.5", "a number"),
            (".inf", "a number"),
            ("-.INF", "a number"),
            ("99999999999999999999", "a number"),
        ] {
            let tree = read("f", format!("a: {text}\n").as_bytes()).expect("YAML");
            assert_eq!(
                tree.ambiguous_scalars()
                    .iter()
                    .map(|scalar| scalar.theirs)
                    .collect::<Vec<_>>(),
                [theirs],
                "{text}"
            );
            assert!(
                tree.ambiguity_at("/a").is_some() && tree.ambiguity_at("/b").is_none(),
                "{text}"
            );
        }
    }

    #[test]
    fn leaves_alone_what_both_read_alike_and_what_is_in_quotes() {
        for text in [
            "0",
            "7",
            "-12",
            "0x1f",
            "1.10",
            "1.0e+3",
            "true",
            "null",
            "~",
            "2026-11-03T10:12:00Z",
            "1.2.3",
            "\"off\"",
            "'010'",
            "|\n  yes",
            "yes please",
            "-y",
            "on-call",
            "12:75",
            "1:2:x",
            "sha256:9f2c",
            "10.0.0.1:8080",
            "0o8",
            "_1",
            "1-2",
            "12ab",
        ] {
            let tree = read("f", format!("a: {text}\n").as_bytes()).expect("YAML");
            assert_eq!(tree.ambiguous_scalars(), [], "{text}");
        }
    }

    #[test]
    fn keys_and_items_are_looked_at_too() {
        let tree = read("f", b"on: [no, {x: off}]\n").expect("YAML");
        assert_eq!(tree.ambiguous_scalars().len(), 3);
        let places: Vec<u32> = tree
            .ambiguities()
            .map(|problem| problem.place.column)
            .collect();
        assert_eq!(places, [1, 6, 14]);
    }
}
