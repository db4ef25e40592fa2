//! Numbers with their nouns, in words that fit: `1 key`, `2 keys`, `1 entry`, `2 entries`.

use std::fmt::Display;

/// `count` with `noun`, whose plural ends in `s`.
pub fn counted(count: impl Display, noun: &str) -> String {
    quantity(count, noun, &format!("{noun}s"))
}

/// `count` with the noun that fits: `one` for 1, otherwise `many`.
pub fn quantity(count: impl Display, one: &str, many: &str) -> String {
    let number = count.to_string();
    let noun = if number == "1" { one } else { many };
    format!("{number} {noun}")
}

/// A large number as people read it: `5,292`.
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_groups_of_three() {
        let shown = [0, 12, 999, 1_000, 5_292, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "12", "999", "1,000", "5,292", "1,234,567"]);
    }

    #[test]
    fn a_noun_is_plural_except_after_one() {
        assert_eq!(counted(0, "key"), "0 keys");
        assert_eq!(counted(1_u64, "key"), "1 key");
        assert_eq!(counted("12", "key"), "12 keys");
        assert_eq!(quantity(1, "entry", "entries"), "1 entry");
        assert_eq!(quantity(2, "entry", "entries"), "2 entries");
    }
}
