//! What is kept of a pull-request review: what a forge said of it when it was recorded.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::object_id::ObjectId;
use super::time::Timestamp;

/// The proof of a review. Whether it is enough is for `evidence` to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReviewProof {
    /// Which review.
    pub at: ReviewRef,
    /// The reviewer's numeric account id.
    pub user_id: u64,
    /// The review's state, as the forge calls it.
    pub state: String,
    /// The commit that the forge says was reviewed.
    pub head: ObjectId,
    /// The package checksum at that commit.
    pub head_digest: Digest,
    /// When it was submitted, by the forge's clock.
    pub submitted: Timestamp,
    /// What changed the pull request's head or base, as far as it was seen.
    pub events: Vec<SeenEvent>,
}

/// Which review of which pull request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReviewRef {
    /// Host of the forge.
    pub forge: String,
    /// `owner/name` there.
    pub repository: String,
    /// Pull-request number.
    pub pull: u64,
    /// The review's id.
    pub review_id: u64,
}

impl ReviewRef {
    /// The forge's word for a submitted approval.
    pub const APPROVED: &'static str = "APPROVED";

    /// Whether it was made where a policy says that its repository is. Forges ignore case in such
    /// names.
    pub fn is_in(&self, repository: &str) -> bool {
        format!("{}/{}", self.forge, self.repository).eq_ignore_ascii_case(repository)
    }
}

impl fmt::Display for ReviewRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "review {} of pull request {}", self.review_id, self.pull)
    }
}

/// Something that changed the head or the base of a pull request, with what was found out about it.
///
/// As text: the time, a space, then `base-changed`, `base-force-push`, or `force-push before=…
/// after=… digest=…`, each with a commit, a digest or `unknown`. One event has one text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeenEvent {
    /// When, by the forge's clock.
    pub at: Timestamp,
    /// What.
    pub kind: SeenKind,
}

/// Kinds of such events.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SeenKind {
    /// The head was replaced by something that does not descend from it.
    ForcePush {
        /// The head before.
        before: Option<ObjectId>,
        /// The head after.
        after: Option<ObjectId>,
        /// The package checksum at `before`.
        digest: Option<Digest>,
    },
    /// The pull request was pointed at another base branch.
    BaseChanged,
    /// The base branch itself was replaced.
    BaseForcePush,
}

const UNKNOWN: &str = "unknown";

impl fmt::Display for SeenEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn known<T: ToString>(value: Option<&T>) -> String {
            value.map_or_else(|| UNKNOWN.to_owned(), ToString::to_string)
        }
        write!(f, "{} ", self.at)?;
        match &self.kind {
            SeenKind::ForcePush {
                before,
                after,
                digest,
            } => {
                write!(
                    f,
                    "force-push before={} after={} digest={}",
                    known(before.as_ref()),
                    known(after.as_ref()),
                    known(digest.as_ref())
                )
            }
            SeenKind::BaseChanged => f.write_str("base-changed"),
            SeenKind::BaseForcePush => f.write_str("base-force-push"),
        }
    }
}

/// The text is not such an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an event of a pull request")]
pub struct SeenEventError(pub String);

impl FromStr for SeenEvent {
    type Err = SeenEventError;

    fn from_str(text: &str) -> Result<Self, SeenEventError> {
        read(text)
            .filter(|event| event.to_string() == text)
            .ok_or_else(|| SeenEventError(text.to_owned()))
    }
}

fn read(text: &str) -> Option<SeenEvent> {
    #[allow(
        clippy::option_option,
        reason = "`unknown` and a malformed word are different errors"
    )]
    fn known<T: FromStr>(word: Option<&str>, name: &str) -> Option<Option<T>> {
        let value = word?.strip_prefix(name)?.strip_prefix('=')?;
        if value == UNKNOWN {
            Some(None)
        } else {
            value.parse().ok().map(Some)
        }
    }
    let mut words = text.split(' ');
    let at = words.next()?.parse().ok()?;
    let kind = match words.next()? {
        "base-changed" => SeenKind::BaseChanged,
        "base-force-push" => SeenKind::BaseForcePush,
        "force-push" => SeenKind::ForcePush {
            before: known(words.next(), "before")?,
            after: known(words.next(), "after")?,
            digest: known(words.next(), "digest")?,
        },
        _ => return None,
    };
    words.next().is_none().then_some(SeenEvent { at, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_has_one_text() {
        let commit = "a".repeat(40);
        let digest = format!("sha256:{}", "b".repeat(64));
        for text in [
            "2026-11-03T10:12:00Z base-changed".to_owned(),
            "2026-11-03T10:12:00Z base-force-push".to_owned(),
            format!(
                "2026-11-03T10:12:00Z force-push before={commit} after=unknown digest={digest}"
            ),
            "2026-11-03T10:12:00Z force-push before=unknown after=unknown digest=unknown"
                .to_owned(),
        ] {
            assert_eq!(
                text.parse::<SeenEvent>().map(|event| event.to_string()),
                Ok(text)
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "2026-11-03T10:12:00Z",
            "2026-11-03T10:12:00Z ",
            "2026-11-03T10:12:00Z  base-changed",
            "2026-11-03T10:12:00Z base-changed ",
            "2026-11-03T10:12:00Z base-changed x",
            "2026-11-03T10:12:00Z Base-changed",
            "yesterday base-changed",
            "2026-11-03T10:12:00Z force-push",
            "2026-11-03T10:12:00Z force-push before=abc after=unknown digest=unknown",
            "2026-11-03T10:12:00Z force-push after=unknown before=unknown digest=unknown",
        ] {
            assert!(bad.parse::<SeenEvent>().is_err(), "{bad}");
        }
    }
}
