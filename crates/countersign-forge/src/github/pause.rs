//! When a request is repeated: rate limits and faults on the forge's side. No clock: the
//! answer's own `Date` says what time it is.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};

/// How much is put up with for one question.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The longest that rate limits are waited for, in all.
    pub rate_limit: Duration,
    /// The first pause after a fault on the forge's side; it doubles every time.
    pub fault: Duration,
    /// How many attempts are made in all when such a fault persists.
    pub tries: u32,
    /// How long one answer may take, to its last byte.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            rate_limit: Duration::from_secs(300),
            fault: Duration::from_secs(1),
            tries: 3,
            answer: Duration::from_secs(60),
        }
    }
}

/// A pause that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The request.
    pub endpoint: String,
    /// How long.
    pub seconds: u64,
}

/// What to wait for when a rate limit refused the question; `None` when something else did.
///
/// The rules are GitHub's: `Retry-After`; or a limit that is used up, until its reset; or a text
/// that names the secondary limit, a minute.
pub fn rate_limit(
    status: StatusCode,
    headers: &HeaderMap,
    message: &str,
    tries: u32,
) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
    if status != StatusCode::TOO_MANY_REQUESTS && status != StatusCode::FORBIDDEN {
        return None;
    }
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds.max(1)));
    }
    let minute = Duration::from_secs(60 << tries.min(6));
    if number("x-ratelimit-remaining") == Some(0) {
        let left = number("x-ratelimit-reset")
            .zip(date(headers))
            .map(|(reset, now)| reset.saturating_sub(now) + 1);
        return Some(left.map_or(minute, Duration::from_secs));
    }
    let is_limit = status == StatusCode::TOO_MANY_REQUESTS
        || message.to_ascii_lowercase().contains("rate limit");
    is_limit.then_some(minute)
}

fn date(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    let instant = jiff::fmt::rfc2822::parse(text)
        .ok()?
        .timestamp()
        .as_second();
    u64::try_from(instant).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(status: u16, headers: &[(&'static str, &str)], message: &str) -> Option<u64> {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    (*name).try_into().expect("a name"),
                    value.parse().expect("a value"),
                )
            })
            .collect();
        rate_limit(
            StatusCode::from_u16(status).expect("a status"),
            &headers,
            message,
            0,
        )
        .map(|wait| wait.as_secs())
    }

    #[test]
    fn limits_say_how_long_they_last() {
        assert_eq!(wait(429, &[("retry-after", "7")], ""), Some(7));
        assert_eq!(wait(403, &[("retry-after", "0")], ""), Some(1));
        let used_up = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1772000010"),
            ("date", "Wed, 25 Feb 2026 06:13:20 GMT"),
        ];
        assert_eq!(wait(403, &used_up, ""), Some(11));
        assert_eq!(wait(403, &used_up[..2], ""), Some(60));
        assert_eq!(
            wait(403, &[], "You have exceeded a secondary Rate Limit."),
            Some(60)
        );
        assert_eq!(wait(429, &[], ""), Some(60));
    }

    #[test]
    fn other_refusals_are_not_rate_limits() {
        assert_eq!(
            wait(
                403,
                &[("x-ratelimit-remaining", "10")],
                "Resource not accessible by integration"
            ),
            None
        );
        assert_eq!(wait(200, &[("x-ratelimit-remaining", "0")], ""), None);
        assert_eq!(wait(500, &[("retry-after", "1")], ""), None);
    }
}
