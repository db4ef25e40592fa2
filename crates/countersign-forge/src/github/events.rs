//! What changed the head and the base of a pull request.
//!
//! That something did is in the REST timeline. From which commit a force-push led away is only in
//! the GraphQL timeline, and not every token may ask that one. Without its answer the commit is
//! unknown, which is less than knowing it and never more.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Call, Client};
use super::wire::{Reason, commit, instant};
use crate::pull::{HeadEvent, HeadEventKind};
use crate::{ForgeError, RepositoryName};
use countersign_model::{ObjectId, Timestamp};

/// Five thousand force-pushes.
const MOST_PAGES: usize = 50;

const QUERY: &str = "query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      timelineItems(first: 100, after: $after, itemTypes: [HEAD_REF_FORCE_PUSHED_EVENT]) {
        pageInfo { hasNextPage endCursor }
        nodes { ... on HeadRefForcePushedEvent { createdAt beforeCommit { oid } afterCommit { oid } } }
      }
    }
  }
}";

/// An entry of the REST timeline. Most kinds have no `created_at`, and none of those matters here.
#[derive(Deserialize)]
pub struct WireEvent {
    event: Option<String>,
    created_at: Option<String>,
    commit_id: Option<String>,
}

impl WireEvent {
    /// The event, if it is one of those that matter.
    pub fn read(self) -> Result<Option<HeadEvent>, Reason> {
        let kind = match self.event.as_deref() {
            Some("head_ref_force_pushed") => {
                let after = self
                    .commit_id
                    .map(|sha| commit(&sha, "commit_id"))
                    .transpose()?;
                HeadEventKind::ForcePush {
                    before: None,
                    after,
                }
            }
            Some("base_ref_changed" | "automatic_base_change_succeeded") => {
                HeadEventKind::BaseChanged
            }
            Some("base_ref_force_pushed") => HeadEventKind::BaseForcePush,
            _ => return Ok(None),
        };
        let at = self.created_at.ok_or("an event without `created_at`")?;
        Ok(Some(HeadEvent {
            at: instant(&at, "created_at")?,
            kind,
        }))
    }
}

/// A force-push as GraphQL reports it.
struct ForcePush {
    at: Timestamp,
    before: Option<ObjectId>,
    after: Option<ObjectId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireForcePush {
    created_at: String,
    before_commit: Option<Oid>,
    after_commit: Option<Oid>,
}

#[derive(Deserialize)]
struct Oid {
    oid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Items {
    page_info: PageInfo,
    nodes: Vec<Option<WireForcePush>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

impl WireForcePush {
    fn read(self) -> Result<ForcePush, Reason> {
        let oid = |of: Option<Oid>| {
            of.map(|commit_of| commit(&commit_of.oid, "oid"))
                .transpose()
        };
        Ok(ForcePush {
            at: instant(&self.created_at, "createdAt")?,
            before: oid(self.before_commit)?,
            after: oid(self.after_commit)?,
        })
    }
}

/// Completes the force-pushes among `events`, oldest first, with the commits that they replaced, as
/// far as the forge reports them.
pub async fn complete(
    client: &Client,
    repository: &RepositoryName,
    number: u64,
    mut events: Vec<HeadEvent>,
) -> Vec<HeadEvent> {
    let is_push = |event: &HeadEvent| matches!(event.kind, HeadEventKind::ForcePush { .. });
    if events.iter().any(is_push)
        && let Some(pushes) = force_pushes(client, repository, number).await
    {
        join(&mut events, pushes);
    }
    events.sort_by_key(|event| event.at);
    events
}

/// Gives each event the push of the same second and the same new head. A push without an event
/// becomes an event too.
fn join(events: &mut Vec<HeadEvent>, pushes: Vec<ForcePush>) {
    let mut taken = vec![false; events.len()];
    for push in pushes {
        let of_push = |(index, event): &(usize, &HeadEvent)| {
            let HeadEventKind::ForcePush { after, .. } = event.kind else {
                return false;
            };
            !taken[*index] && event.at == push.at && after == push.after
        };
        let kind = HeadEventKind::ForcePush {
            before: push.before,
            after: push.after,
        };
        match events
            .iter()
            .take(taken.len())
            .enumerate()
            .find(of_push)
            .map(|(index, _)| index)
        {
            Some(index) => {
                taken[index] = true;
                events[index].kind = kind;
            }
            None => events.push(HeadEvent { at: push.at, kind }),
        }
    }
}

/// Every force-push of the head; `None` when GraphQL does not return all of them.
async fn force_pushes(
    client: &Client,
    repository: &RepositoryName,
    number: u64,
) -> Option<Vec<ForcePush>> {
    let mut pushes = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let variables = json!({"owner": repository.owner(), "name": repository.name(), "number": number, "after": after});
        let body = json!({"query": QUERY, "variables": variables});
        let answer: Result<Value, ForgeError> = client
            .send("/graphql", "pull-requests: read", &Call::Query(&body))
            .await;
        let mut answer = answer.ok()?;
        if answer.get("errors").is_some_and(|errors| !errors.is_null()) {
            return None;
        }
        let items = answer
            .pointer_mut("/data/repository/pullRequest/timelineItems")?
            .take();
        let items: Items = serde_json::from_value(items).ok()?;
        for node in items.nodes.into_iter().flatten() {
            pushes.push(node.read().ok()?);
        }
        if !items.page_info.has_next_page {
            return Some(pushes);
        }
        let next = items.page_info.end_cursor?;
        if after.as_ref() == Some(&next) {
            return None;
        }
        after = Some(next);
    }
    None
}
