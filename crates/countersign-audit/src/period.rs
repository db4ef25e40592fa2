//! From `--since` and `--until` to positions. Dates are looked up in ledger time, never in a
//! commit's own date.

use super::history::AuditHistory;
use super::report::{Bound, Period};
use countersign_git::CommitNode;
use countersign_model::{ObjectId, Timestamp};

/// One end as the user requested it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedBound {
    /// The day, the instant or the commit that the user named.
    pub text: String,
    /// What it means.
    pub end: End,
}

/// What an end means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A landing: the period begins after it, or ends with it.
    Commit(ObjectId),
    /// From the first instant, or to the last: a day has two, an instant one.
    Instant {
        /// Where a period that begins then begins.
        first: Timestamp,
        /// Where a period that ends then ends.
        last: Timestamp,
    },
}

/// Why the period cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// The commit is not a landing of the governed line.
    #[error("{0} is not on the first-parent line between the anchor and the head")]
    NotALanding(String),
    /// The end is before the beginning.
    #[error("the period ends before it begins")]
    Backwards,
    /// It ends before governance began.
    #[error("nothing was governed yet at {0}")]
    BeforeAnchor(String),
}

impl End {
    /// A day (`2026-11-03`) or an instant (`2026-11-03T10:12:00Z`); `None` when the text is
    /// neither.
    pub fn instant(text: &str) -> Option<Self> {
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Some(Self::Instant {
                first: instant,
                last: instant,
            });
        }
        let day = |time: &str| format!("{text}T{time}Z").parse::<Timestamp>().ok();
        Some(Self::Instant {
            first: day("00:00:00")?,
            last: day("23:59:59")?,
        })
    }
}

/// The last landing that counts, on a line from the anchor on.
pub fn until(
    bound: Option<&RequestedBound>,
    line: &[CommitNode],
    times: &[Timestamp],
) -> Result<u32, PeriodError> {
    let last = (line.len() as u32).saturating_sub(1);
    let Some(bound) = bound else { return Ok(last) };
    match bound.end {
        End::Commit(commit) => find(line, commit, &bound.text),
        End::Instant { last: instant, .. } => {
            let within = times.partition_point(|time| *time <= instant);
            (within as u32)
                .checked_sub(1)
                .ok_or_else(|| PeriodError::BeforeAnchor(bound.text.clone()))
        }
    }
}

/// The first landing that counts: one past the last when nothing landed since.
fn since(bound: Option<&RequestedBound>, history: &AuditHistory<'_>) -> Result<u32, PeriodError> {
    let Some(bound) = bound else { return Ok(0) };
    match bound.end {
        End::Commit(commit) => Ok(find(&history.nodes, commit, &bound.text)? + 1),
        End::Instant { first, .. } => {
            Ok(history.times.partition_point(|time| *time < first) as u32)
        }
    }
}

fn find(line: &[CommitNode], commit: ObjectId, text: &str) -> Result<u32, PeriodError> {
    let position = line.iter().position(|node| node.id == commit);
    position
        .map(|index| index as u32)
        .ok_or_else(|| PeriodError::NotALanding(text.to_owned()))
}

/// The period of a report whose last landing is the head of `history`.
pub fn resolve(
    from: Option<&RequestedBound>,
    to: Option<&RequestedBound>,
    history: &AuditHistory<'_>,
) -> Result<(u32, Period), PeriodError> {
    let (first, last) = (since(from, history)?, history.last());
    if let (Some(End::Instant { first, .. }), Some(End::Instant { last, .. })) =
        (from.map(|bound| bound.end), to.map(|bound| bound.end))
        && last < first
    {
        return Err(PeriodError::Backwards);
    }
    let landings = (last + 1).saturating_sub(first);
    let resolved = match from.map(|bound| bound.end) {
        None => "the anchor, position 0".to_owned(),
        Some(_) if landings == 0 => format!("nothing landed after position {last}"),
        Some(End::Commit(_)) => format!("the landing after it, position {first}"),
        Some(End::Instant { .. }) => {
            format!("the first landing with a ledger time at or after it, position {first}")
        }
    };
    let since = Bound {
        requested: from.map(|bound| bound.text.clone()),
        landing: history.moment(first.min(last)),
        resolved,
    };
    let resolved = match to.map(|bound| bound.end) {
        None => format!("the head, position {last}"),
        Some(End::Commit(_)) => format!("that landing, position {last}"),
        Some(End::Instant { .. }) => {
            format!("the last landing with a ledger time at or before it, position {last}")
        }
    };
    let until = Bound {
        requested: to.map(|bound| bound.text.clone()),
        landing: history.moment(last),
        resolved,
    };
    Ok((
        first,
        Period {
            since,
            until,
            landings,
        },
    ))
}
