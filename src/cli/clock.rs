//! The only reader of the clock: it serves the default of `--now`, the `time` of a new decision and
//! how long something took, and nothing that orders history.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::model::Timestamp;

/// The present instant, to the second.
pub fn now() -> Timestamp {
    let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => {
            i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds)
        }
    };
    Timestamp::from_unix(seconds)
}

/// Starts now, to report how long something took.
pub fn stopwatch() -> Instant {
    Instant::now()
}
