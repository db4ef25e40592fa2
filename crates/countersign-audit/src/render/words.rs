//! Figures as people read them.

use countersign_model::quantity::counted;
use countersign_model::{Digest, ObjectId, Timestamp};

/// Seconds as days and hours, or less.
pub fn span(seconds: i64) -> String {
    let (days, hours, minutes) = (
        seconds / 86_400,
        seconds % 86_400 / 3_600,
        seconds % 3_600 / 60,
    );
    match (days, hours, minutes) {
        _ if seconds < 0 => "before".to_owned(),
        (0, 0, 0) => "under a minute".to_owned(),
        (0, 0, minutes) => counted(minutes, "minute"),
        (0, hours, _) => counted(hours, "hour"),
        (days, 0, _) => counted(days, "day"),
        (days, hours, _) => format!("{} {}", counted(days, "day"), counted(hours, "hour")),
    }
}

/// The same, or a dash for none.
pub fn maybe_span(seconds: Option<i64>) -> String {
    seconds.map_or_else(|| "–".to_owned(), span)
}

/// A share in whole percent, rounded down: 100 means all. `None` of nothing.
pub fn percent(part: u32, whole: u32) -> Option<u64> {
    (u64::from(part) * 100).checked_div(u64::from(whole))
}

/// The day of an instant.
pub fn day(time: Timestamp) -> String {
    time.to_string()
        .split('T')
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// How many hex digits name an object to people.
const SHORT: usize = 12;

/// The first digits of a digest or commit.
pub fn short(id: impl HexId) -> String {
    short_hex(&id.hex())
}

/// A value that hex digits name.
pub trait HexId {
    /// All digits.
    fn hex(&self) -> String;
}

impl HexId for Digest {
    fn hex(&self) -> String {
        Self::hex(self)
    }
}

impl HexId for ObjectId {
    fn hex(&self) -> String {
        self.to_string()
    }
}

/// The first digits of a hash that is hex already.
pub fn short_hex(hash: &str) -> String {
    hash.chars().take(SHORT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rounded_down() {
        assert_eq!(
            [span(59), span(60), span(3_700), span(86_400), span(273_600)],
            [
                "under a minute",
                "1 minute",
                "1 hour",
                "1 day",
                "3 days 4 hours"
            ]
        );
        assert_eq!(
            [percent(999, 1000), percent(1, 1), percent(0, 0)],
            [Some(99), Some(100), None]
        );
    }
}
