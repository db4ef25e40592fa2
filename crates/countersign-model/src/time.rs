//! Instants as the tool writes and compares them: whole seconds in UTC. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Seconds since 1970-01-01T00:00:00Z, clamped to the years 0 to 9999 so that every value has a
/// text form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Its one spelling where people read it, elsewhere the seconds.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?
                .parse()
                .map_err(D::Error::custom);
        }
        i64::deserialize(deserializer).map(Self::from_unix)
    }
}

const YEAR_0: i64 = -62_167_219_200;
// The last second that every time zone of `jiff` can show.
const YEAR_10000: i64 = 253_402_207_200;

impl Timestamp {
    /// An instant from Unix seconds; a time outside the years 0 to 9999 becomes the nearest limit.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(if seconds < YEAR_0 {
            YEAR_0
        } else if seconds > YEAR_10000 {
            YEAR_10000
        } else {
            seconds
        })
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// This instant `seconds` later (or earlier), clamped.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self::from_unix(self.0.saturating_add(seconds))
    }

    /// `YYYYMMDDTHHMMSSZ`, as in a record's file name.
    pub fn compact(self) -> String {
        self.to_string().replace(['-', ':'], "")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = jiff::Timestamp::from_second(self.0)
            .expect("clamped to jiff's range by the constructor");
        let utc = instant.to_zoned(jiff::tz::TimeZone::UTC);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            utc.year(),
            utc.month(),
            utc.day(),
            utc.hour(),
            utc.minute(),
            utc.second()
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an instant in the one accepted spelling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time: write UTC to the second, such as 2026-11-03T10:12:00Z")]
pub struct TimeError(pub String);

/// Only `YYYY-MM-DDTHH:MM:SSZ`: one instant has one spelling, so a record's name follows from its
/// content.
impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let bad = || TimeError(text.to_owned());
        let instant: jiff::Timestamp = text.parse().map_err(|_| bad())?;
        let parsed = Self::from_unix(instant.as_second());
        if parsed.to_string() == text {
            Ok(parsed)
        } else {
            Err(bad())
        }
    }
}

/// A length of time in a policy: a whole number and `d`, `w`, `m` (30 days) or `y` (365 days).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Length in seconds.
    pub seconds: i64,
}

/// The text is not a span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a span: write a whole number above zero and d, w, m or y, such as 180d")]
pub struct SpanError(pub String);

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let bad = || SpanError(text.to_owned());
        let unit = text.chars().next_back().ok_or_else(bad)?;
        let days = match unit {
            'd' => 1,
            'w' => 7,
            'm' => 30,
            'y' => 365,
            _ => return Err(bad()),
        };
        let digits = &text[..text.len() - 1];
        if digits.is_empty()
            || digits.len() > 5
            || !digits.bytes().all(|b| b.is_ascii_digit())
            || digits.starts_with('0')
        {
            return Err(bad());
        }
        let count: i64 = digits.parse().map_err(|_| bad())?;
        Ok(Self {
            seconds: count * days * 86_400,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instant_has_one_spelling() {
        assert_eq!(
            "2026-11-03T10:12:00Z"
                .parse::<Timestamp>()
                .map(super::Timestamp::compact),
            Ok("20261103T101200Z".to_owned())
        );
        for bad in [
            "2026-11-03T10:12:00+00:00",
            "2026-11-03T10:12:00.5Z",
            "2026-11-03 10:12:00Z",
            "2026-02-30T00:00:00Z",
            "x",
            "2026-11-03T10:12:60Z",
        ] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn any_number_of_seconds_has_a_text() {
        for seconds in [i64::MIN, -1, 0, i64::MAX] {
            let time = Timestamp::from_unix(seconds);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn spans_are_a_number_and_a_unit() {
        assert_eq!("180d".parse::<Span>().map(|s| s.seconds), Ok(180 * 86_400));
        for bad in ["0d", "d", "-1d", "1.5y", "180", "999999d", "1 d", "１d"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }
}
