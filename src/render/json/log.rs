//! `countersign.log/v1`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::lifecycle::ledger::Event;
use crate::model::ReviewRef;
use crate::render::Context;

/// The output of `log`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Log {
    /// `countersign.log/v1`.
    pub schema: &'static str,
    /// The time at which expiry was judged.
    pub now: String,
    /// In order of position; within a landing in the order in which they took effect.
    pub events: Vec<EventOut>,
}

/// One event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EventOut {
    /// The landing's position.
    pub position: u32,
    /// The landing's commit; null for a candidate.
    pub commit: Option<String>,
    /// Committer date as written; decides nothing.
    pub time: Option<String>,
    /// What happened.
    pub action: &'static str,
    /// To what.
    pub subject: String,
    /// To which version; a policy's serial.
    pub version: Option<String>,
    /// The digest of the version.
    pub digest: Option<String>,
    /// By whom.
    pub principal: Option<String>,
    /// Why, as the record says.
    pub reason: Option<String>,
    /// Proved how.
    pub evidence: Option<&'static str>,
    /// The pull-request review that it rests on.
    pub review: Option<ReviewOut>,
    /// Whether it had an effect.
    pub accepted: bool,
    /// The rule because of which it had no effect.
    pub refused_because: Option<&'static str>,
}

/// Which review.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReviewOut {
    /// Host of the forge.
    pub forge: String,
    /// `owner/name` there.
    pub repository: String,
    /// Pull-request number.
    pub pull: u64,
    /// The review's id.
    pub review_id: u64,
}

impl ReviewOut {
    /// The view of one.
    pub fn new(review: &ReviewRef) -> Self {
        let ReviewRef {
            forge,
            repository,
            pull,
            review_id,
        } = review.clone();
        Self {
            forge,
            repository,
            pull,
            review_id,
        }
    }
}

/// One line of `log --format ndjson`: `countersign.event/v1`. Every line names its repository, so
/// that files can be concatenated.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EventLine {
    /// `countersign.event/v1`.
    pub schema: &'static str,
    /// The repository's name in the policy in force at the head.
    pub repository: Option<String>,
    /// Place in the whole log, from 0: the same with and without a selection of subjects.
    pub sequence: u64,
    /// The event.
    #[serde(flatten)]
    pub event: EventOut,
    /// SHA-256 of the record's bytes, where the event is a decision.
    pub record: Option<String>,
    /// Paths of the files or of the record.
    pub path: Option<String>,
}

impl EventLine {
    /// The line of one event.
    pub fn new(context: &Context, sequence: u64, event: &Event) -> Self {
        Self {
            schema: "countersign.event/v1",
            repository: context.repository.clone(),
            sequence,
            event: EventOut::new(event),
            record: event.record.map(|record| record.to_string()),
            path: event.path.as_deref().map(str::to_owned),
        }
    }
}

/// The view of some events, in their order.
pub fn log<'e>(context: &Context, events: impl IntoIterator<Item = &'e Event>) -> Log {
    Log {
        schema: "countersign.log/v1",
        now: context.now.to_string(),
        events: events.into_iter().map(EventOut::new).collect(),
    }
}

impl EventOut {
    /// The view of an event.
    pub fn new(event: &Event) -> Self {
        Self {
            position: event.landing.position.0,
            commit: event.landing.commit.map(|commit| commit.to_string()),
            time: event.landing.time.map(|time| time.to_string()),
            action: event.action.as_str(),
            subject: event.subject.to_string(),
            version: event
                .version
                .as_ref()
                .map(ToString::to_string)
                .or_else(|| event.serial.map(|serial| serial.to_string())),
            digest: event.digest.map(|digest| digest.to_string()),
            principal: event.principal.as_ref().map(ToString::to_string),
            reason: event.reason.as_deref().map(str::to_owned),
            evidence: event.evidence.map(crate::model::EvidenceKind::as_str),
            review: event.review.as_deref().map(ReviewOut::new),
            accepted: event.accepted,
            refused_because: event.refused_because.map(crate::model::RuleId::as_str),
        }
    }
}
