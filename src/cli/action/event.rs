//! What happened, as the forge reports it to the runner: the few fields of a webhook payload that a
//! gate needs. Pure.
//!
//! The payload also contains text by outsiders, such as titles; none of it is read. Source:
//! "Webhook events and payloads" of the forge's documentation.

use serde::Deserialize;

use crate::document::json;
use crate::model::ObjectId;

/// Larger payloads are refused; the forge's own limit is 25 MB.
pub(super) const MOST_BYTES: u64 = 32 << 20;

/// Why the workflow runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// A pull request was opened, changed or reviewed.
    Pull {
        /// Its number.
        number: u64,
        /// Its base branch.
        base: String,
        /// Its head.
        head: ObjectId,
    },
    /// A merge queue has made a commit that would land.
    Queue {
        /// The branch it would land on.
        base: String,
        /// That commit.
        head: ObjectId,
        /// The pull request that the queue's branch names.
        number: Option<u64>,
    },
    /// Something was pushed.
    Push {
        /// The branch.
        branch: Option<String>,
        /// Its tip before; `None` when the branch is new.
        before: Option<ObjectId>,
    },
    /// A schedule or a manual run.
    Other,
}

/// Why an event cannot be used: a lower-case fragment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EventError {
    /// The payload is not what the forge documents.
    #[error("cannot read the payload of the event `{0}`: {1}")]
    Malformed(String, String),
    /// A job for pull requests with the base's secrets: what it checks out must never be judged
    /// there.
    #[error(
        "`pull_request_target` gives the base branch's secrets to a job about someone else's change"
    )]
    Target,
}

#[derive(Deserialize)]
struct PullPayload {
    pull_request: PullPart,
}

#[derive(Deserialize)]
struct PullPart {
    number: u64,
    base: Tip,
    head: Tip,
}

#[derive(Deserialize)]
struct Tip {
    #[serde(rename = "ref")]
    name: String,
    sha: String,
}

#[derive(Deserialize)]
struct QueuePayload {
    merge_group: QueuePart,
}

#[derive(Deserialize)]
struct QueuePart {
    base_ref: String,
    head_ref: String,
    head_sha: String,
}

#[derive(Deserialize)]
struct PushPayload {
    #[serde(rename = "ref")]
    name: String,
    before: String,
}

impl Occasion {
    /// The event called `name` with this payload.
    pub(super) fn read(name: &str, payload: &[u8]) -> Result<Self, EventError> {
        match name {
            "pull_request_target" => Err(EventError::Target),
            "pull_request" | "pull_request_review" => {
                let PullPayload { pull_request: pull } = parse(name, payload)?;
                Ok(Self::Pull {
                    number: pull.number,
                    base: branch(name, &pull.base.name)?,
                    head: commit(name, &pull.head.sha)?,
                })
            }
            "merge_group" => {
                let QueuePayload { merge_group: group } = parse(name, payload)?;
                Ok(Self::Queue {
                    base: branch(name, &group.base_ref)?,
                    head: commit(name, &group.head_sha)?,
                    number: queued(&group.head_ref),
                })
            }
            "push" => {
                let push: PushPayload = parse(name, payload)?;
                let before = if push.before.bytes().all(|byte| byte == b'0') {
                    None
                } else {
                    Some(commit(name, &push.before)?)
                };
                let branch = push
                    .name
                    .starts_with("refs/heads/")
                    .then(|| branch(name, &push.name))
                    .transpose()?;
                Ok(Self::Push { branch, before })
            }
            _ => Ok(Self::Other),
        }
    }
}

fn parse<T: for<'de> Deserialize<'de>>(event: &str, payload: &[u8]) -> Result<T, EventError> {
    serde_json::from_slice(payload)
        .map_err(|error| EventError::Malformed(event.to_owned(), json::reason(&error)))
}

/// A branch name, as `git check-ref-format --branch` has it, so that it names nothing else where a
/// revision is expected.
fn branch(event: &str, name: &str) -> Result<String, EventError> {
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    let bad_step = |step: &str| {
        step.is_empty() || step.starts_with('.') || step.to_ascii_lowercase().ends_with(".lock")
    };
    let bad_character =
        |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    let bad = name.len() > 255
        || name.split('/').any(bad_step)
        || name.contains(bad_character)
        || name.contains("..")
        || name.contains("@{")
        || name.starts_with('-')
        || name.ends_with('.')
        || name == "@";
    if bad {
        return Err(EventError::Malformed(
            event.to_owned(),
            "the base is not a branch".to_owned(),
        ));
    }
    Ok(name.to_owned())
}

fn commit(event: &str, id: &str) -> Result<ObjectId, EventError> {
    id.parse()
        .map_err(|_| EventError::Malformed(event.to_owned(), "a commit id is malformed".to_owned()))
}

/// `refs/heads/gh-readonly-queue/main/pr-7-<base>`: only the forge can create these branches.
fn queued(head: &str) -> Option<u64> {
    let name = head
        .strip_prefix("refs/heads/gh-readonly-queue/")?
        .rsplit('/')
        .next()?;
    name.strip_prefix("pr-")?.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0123456789012345678901234567890123456789";

    #[test]
    fn each_event_is_read_for_what_the_gate_needs() {
        let head: ObjectId = ID.parse().expect("an id");
        let pull = format!(
            r#"{{"pull_request":{{"number":7,"title":"::error::","base":{{"ref":"main","sha":"{ID}"}},"head":{{"ref":"x","sha":"{ID}"}}}}}}"#
        );
        assert_eq!(
            Occasion::read("pull_request", pull.as_bytes()),
            Ok(Occasion::Pull {
                number: 7,
                base: "main".to_owned(),
                head
            })
        );
        let queue = format!(
            r#"{{"merge_group":{{"base_ref":"refs/heads/main","base_sha":"{ID}","head_sha":"{ID}","head_ref":"refs/heads/gh-readonly-queue/main/pr-12-{ID}"}}}}"#
        );
        let queued = Occasion::Queue {
            base: "main".to_owned(),
            head,
            number: Some(12),
        };
        assert_eq!(Occasion::read("merge_group", queue.as_bytes()), Ok(queued));
        let push = format!(
            r#"{{"ref":"refs/heads/main","before":"{}"}}"#,
            "0".repeat(40)
        );
        assert_eq!(
            Occasion::read("push", push.as_bytes()),
            Ok(Occasion::Push {
                branch: Some("main".to_owned()),
                before: None
            })
        );
        assert_eq!(Occasion::read("schedule", b""), Ok(Occasion::Other));
    }

    #[test]
    fn a_job_with_the_bases_secrets_is_refused() {
        assert_eq!(
            Occasion::read("pull_request_target", b"{}"),
            Err(EventError::Target)
        );
    }

    #[test]
    fn a_base_that_is_not_a_plain_branch_is_refused() {
        for base in [
            "",
            "-x",
            "a..b",
            "main~1",
            "main:x",
            "a b",
            "@{u}",
            "x/../y",
            "main^{tree}",
            "@",
            "a.lock/b",
            "a.",
        ] {
            let payload = serde_json::json!({"pull_request": {"number": 1, "base": {"ref": base, "sha": ID}, "head": {"ref": "x", "sha": ID}}});
            assert!(
                Occasion::read("pull_request", payload.to_string().as_bytes()).is_err(),
                "{base}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_payload_is_a_panic(payload in any::<Vec<u8>>()) {
            for name in ["pull_request", "merge_group", "push"] {
                let _ = Occasion::read(name, &payload);
            }
        }
    }
}
