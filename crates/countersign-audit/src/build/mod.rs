//! From a replay and its findings to a report. One section, one file; none of them decides
//! anything.

mod access;
mod comparison;
mod decisions;
mod due;
mod exceptions;
mod incidents;
mod inventory;
mod metrics;
mod packets;
mod scope;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use super::framework::{self, Framework};
use super::history::AuditHistory;
use super::leaf::{LEAF_SCHEMA, Log};
use super::period::{self, PeriodError, RequestedBound};
use super::report::{AuditReport, EventRow, LogProof, SCHEMA, Sections, Summary, Tool};
use super::version_label::VersionLabel;
use countersign_core::check::findings::Finding;
use countersign_core::lifecycle::ledger::Event;
use countersign_core::replay::Replay;
use countersign_git::{GitError, Repository};
use countersign_model::digest::to_hex;
use countersign_model::{ObjectId, RuleId, SubjectId, Timestamp, Version};

/// What a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct AuditRequest<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// Replayed up to the last landing that counts.
    pub replay: &'a Replay,
    /// Every finding there.
    pub findings: &'a [Finding],
    /// The log of the same line.
    pub log: &'a Log,
    /// The instant at which expiry and due dates are judged.
    pub now: Timestamp,
    /// Beginning of the period.
    pub since: Option<&'a RequestedBound>,
    /// End of the period: the head of `replay`.
    pub until: Option<&'a RequestedBound>,
    /// The commit that had to be on the line.
    pub includes: Option<ObjectId>,
    /// The subjects that the report is limited to; `None` for everything.
    pub selection: Option<SubjectSelection<'a>>,
    /// The frameworks whose controls the report is to speak to.
    pub frameworks: &'a [Framework],
}

/// The subjects that a report is limited to.
#[derive(Clone, Copy, Debug)]
pub struct SubjectSelection<'a> {
    /// Subjects and globs as the user wrote them.
    pub requested: &'a [String],
    /// The subjects that they match.
    pub subjects: &'a BTreeSet<SubjectId>,
}

/// Why no report could be built.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The repository could not be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The period cannot be resolved.
    #[error(transparent)]
    Period(#[from] PeriodError),
}

/// What every section works with.
pub(super) struct AuditContext<'a> {
    request: AuditRequest<'a>,
    history: AuditHistory<'a>,
    /// First position of the period.
    from: u32,
    /// Findings by the subject that they are about.
    findings: BTreeMap<&'a SubjectId, Vec<&'a Finding>>,
}

impl<'a> AuditContext<'a> {
    fn new(request: AuditRequest<'a>, history: AuditHistory<'a>, from: u32) -> Self {
        let mut findings: BTreeMap<&SubjectId, Vec<&Finding>> = BTreeMap::new();
        for finding in request.findings {
            if let Some(subject) = &finding.subject {
                findings.entry(subject).or_default().push(finding);
            }
        }
        Self {
            request,
            history,
            from,
            findings,
        }
    }

    /// The rules that report something about a subject, or about one version of it, sorted by id.
    fn rules(&self, subject: &SubjectId, version: Option<&Version>) -> Vec<RuleId> {
        let findings = self
            .findings
            .get(subject)
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter();
        let about = findings.filter(|finding| {
            version.is_none_or(|version| finding.version.as_ref() == Some(version))
        });
        let mut rules: Vec<RuleId> = about.map(|finding| finding.rule).collect();
        rules.sort_unstable_by_key(|rule| rule.as_str());
        rules.dedup();
        rules
    }

    /// Whether the report covers a subject.
    fn covers(&self, subject: &SubjectId) -> bool {
        self.request
            .selection
            .is_none_or(|selection| selection.subjects.contains(subject))
    }

    /// Whether the report covers a subject that is a package.
    fn covers_package(&self, subject: &SubjectId) -> bool {
        subject.kind.is_package() && self.covers(subject)
    }

    fn in_period(&self, event: &Event) -> bool {
        event.landing.position.0 >= self.from
    }

    fn events(&self) -> &[Event] {
        &self.request.replay.ledger.events
    }
}

/// The report, unsigned and without a proof of extension.
pub fn build(request: AuditRequest<'_>) -> Result<AuditReport, AuditError> {
    let history = AuditHistory::read(request.repository, request.replay, request.now)?;
    let (from, period) = period::resolve(request.since, request.until, &history)?;
    let context = AuditContext::new(request, history, from);
    let changes = packets::packets(&context)?;
    let sections = Sections {
        scope: scope::scope(&context)?,
        period,
        inventory: inventory::inventory(&context),
        exceptions: exceptions::exceptions(&context, &changes),
        access: access::eras(&context),
        administration: access::acts(&context),
        incidents: incidents::incidents(&context),
        reviews: due::reviews(&context),
        expiring: due::expiring(&context),
        metrics: metrics::metrics(&context, &changes),
        retention: due::retention(&context),
        events: events(&context),
        log: log_proof(request.log),
        changes,
    };
    Ok(assemble(sections, request.frameworks))
}

/// The report of these sections: what is counted in them is added.
pub fn assemble(sections: Sections, frameworks: &[Framework]) -> AuditReport {
    let counts = summary::counts(&sections);
    let evidence = framework::answers(&sections, &counts);
    AuditReport {
        schema: SCHEMA,
        tool: Tool {
            name: "countersign",
            version: env!("CARGO_PKG_VERSION"),
        },
        summary: Summary {
            sentences: summary::sentences(&sections, &counts),
            counts,
        },
        scope: sections.scope,
        period: sections.period,
        inventory: sections.inventory,
        changes: sections.changes,
        exceptions: sections.exceptions,
        access: sections.access,
        administration: sections.administration,
        incidents: sections.incidents,
        reviews: sections.reviews,
        expiring: sections.expiring,
        metrics: sections.metrics,
        retention: sections.retention,
        frameworks: frameworks
            .iter()
            .map(|framework| framework::report(framework, &evidence))
            .collect(),
        evidence,
        events: sections.events,
        log: sections.log,
    }
}

fn log_proof(log: &Log) -> LogProof {
    let checkpoint = log.checkpoint();
    LogProof {
        leaf_schema: LEAF_SCHEMA,
        origin: checkpoint.origin.clone(),
        size: checkpoint.size,
        root: to_hex(&checkpoint.root),
        checkpoint: checkpoint.text(),
        signed: false,
        extends: None,
    }
}

fn events(context: &AuditContext<'_>) -> Vec<EventRow> {
    let events = context
        .events()
        .iter()
        .filter(|event| context.in_period(event) && context.covers(&event.subject));
    events.map(|event| event_row(context, event)).collect()
}

fn event_row(context: &AuditContext<'_>, event: &Event) -> EventRow {
    EventRow {
        leaf: context.request.log.index(event),
        at: context.history.moment_of(event.landing),
        action: event.action,
        subject: event.subject.clone(),
        version: VersionLabel::of(event),
        digest: event.digest,
        by: event
            .principal
            .as_ref()
            .map(|name| context.history.person(name, event.landing.position.0)),
        reason: event.reason.as_deref().map(str::to_owned),
        evidence: event.evidence,
        record: event.record,
        effect: event.accepted,
        refused_because: event.refused_because,
    }
}
