//! The small language in which rules word their messages: text with `{name}` placeholders and
//! `[optional parts]`.
//!
//! An optional part disappears when a placeholder in it has no value; `{?name}` requires a value
//! and prints nothing; `{name noun}` prints a number with its noun in the form that fits. Values are put in once and never read as template text again, so hostile
//! values stay values. Parts do not nest.

use countersign_model::quantity::counted;

/// Fills `template`. `value` gives what a placeholder stands for; `fallback` what is printed
/// outside optional parts when there is nothing.
pub fn fill(
    template: &str,
    value: &dyn Fn(&str) -> Option<String>,
    fallback: &dyn Fn(&str) -> String,
) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        let Some(length) = rest[open..].find(']') else {
            break;
        };
        text.push_str(&required(&rest[..open], value, fallback));
        text.push_str(&optional(&rest[open + 1..open + length], value).unwrap_or_default());
        rest = &rest[open + length + 1..];
    }
    text.push_str(&required(rest, value, fallback));
    text
}

/// The names of all placeholders, in order.
pub fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name.trim_start_matches('?'))
        .map(|name| name.split_once(' ').map_or(name, |(name, _)| name))
}

fn required(
    part: &str,
    value: &dyn Fn(&str) -> Option<String>,
    fallback: &dyn Fn(&str) -> String,
) -> String {
    substitute(part, &|name| {
        Some(value(name).unwrap_or_else(|| fallback(name)))
    })
    .unwrap_or_default()
}

fn optional(part: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    substitute(part, value)
}

fn substitute(part: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut text = String::new();
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        match (name.strip_prefix('?'), name.split_once(' ')) {
            (Some(requested), _) => drop(value(requested)?),
            (None, Some((name, noun))) => text.push_str(&counted(value(name)?, noun)),
            (None, None) => text.push_str(&value(name)?),
        }
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill_with(template: &str, pairs: &[(&str, &str)]) -> String {
        let value = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        fill(template, &value, &|name| name.to_uppercase())
    }

    #[test]
    fn drops_an_optional_part_whose_value_is_missing() {
        let template = "{a} is here[: {b}][{?c}; surely]";
        assert_eq!(fill_with(template, &[("a", "x")]), "x is here");
        assert_eq!(
            fill_with(template, &[("a", "x"), ("b", "y"), ("c", "")]),
            "x is here: y; surely"
        );
        assert_eq!(fill_with(template, &[]), "A is here");
    }

    #[test]
    fn never_reads_a_value_as_template() {
        assert_eq!(
            fill_with("{a}[ {b}]", &[("a", "{b} [x]"), ("b", "[{a}]")]),
            "{b} [x] [{a}]"
        );
    }

    #[test]
    fn a_number_has_the_form_of_its_noun_that_fits() {
        let template = "needs {a key}[, has {b key}]";
        assert_eq!(fill_with(template, &[("a", "1")]), "needs 1 key");
        assert_eq!(
            fill_with(template, &[("a", "2"), ("b", "0")]),
            "needs 2 keys, has 0 keys"
        );
    }

    #[test]
    fn names_its_placeholders() {
        assert_eq!(
            placeholders("{a} [{?b}: {c}] {d key}").collect::<Vec<_>>(),
            ["a", "b", "c", "d"]
        );
    }
}
