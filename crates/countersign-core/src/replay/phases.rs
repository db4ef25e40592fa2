//! What `--verbose` says about a replay: its phases, and what each one read. The subscriber
//! measures the spans.

use countersign_model::ObjectId;
use tracing::field::{Empty, display};
use tracing::span::EnteredSpan;
use tracing::{debug, debug_span, info_span};

use super::{Replay, Source};

/// The replay of the line that ends at `head`.
pub(super) fn replay(head: ObjectId) -> EnteredSpan {
    info_span!("replay", %head, anchor = Empty, repository = Empty, landings = Empty, policy = Empty, source = Empty).entered()
}

/// Adds what the replay of `span` has read.
pub(super) fn describe(span: &EnteredSpan, replay: &Replay) {
    span.record("anchor", display(replay.anchor));
    span.record("repository", &*replay.policy.policy.repository);
    span.record("landings", replay.line.len());
    span.record("policy", replay.policy.policy.serial);
    let source = match replay.source {
        Source::Repository => "repository",
        Source::Cache => "cache",
    };
    span.record("source", source);
}

/// Judging `landings` of them.
pub(super) fn judge(landings: usize) -> EnteredSpan {
    debug_span!("judge", landings).entered()
}

/// Reading the tree that is judged.
pub(super) fn tip(tree: ObjectId) -> EnteredSpan {
    info_span!("tip", %tree, packages = Empty, source = Empty).entered()
}

/// Adds what was read there.
pub(super) fn describe_tip(span: &EnteredSpan, packages: usize, cached: bool) {
    span.record("packages", packages);
    span.record("source", if cached { "cache" } else { "repository" });
}

/// Says why a replay begins at its anchor although it may begin with a cached state.
pub(super) fn cold(reason: &'static str) {
    debug!(reason, "replay from the anchor");
}
