//! From what was replayed and found to a report. One section, one file; none of them decides anything.

mod access;
mod decisions;
mod due;
mod exceptions;
mod incidents;
mod inventory;
mod metrics;
mod packets;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use super::checkpoint::Checkpoint;
use super::framework::{self, Framework};
use super::history::History;
use super::leaf::{LEAF_SCHEMA, Log, version_of};
use super::period::{self, Asked, PeriodError};
use super::report::{EventRow, LogProof, Report, SCHEMA, Scope, Tool};
use countersign_core::check::findings::Finding;
use countersign_core::lifecycle::ledger::Event;
use countersign_core::replay::Replay;
use countersign_git::{GitError, Repository};
use countersign_model::digest::to_hex;
use countersign_model::{EvidenceKind, Kind, ObjectId, SubjectId, Timestamp, Version};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// Replayed up to the last landing that counts.
    pub replay: &'a Replay,
    /// Everything found there.
    pub findings: &'a [Finding],
    /// The log of the same line.
    pub log: &'a Log,
    /// The instant at which expiry and due dates are judged.
    pub now: Timestamp,
    /// Beginning of the period.
    pub since: Option<&'a Asked>,
    /// End of the period: the head of `replay`.
    pub until: Option<&'a Asked>,
    /// The commit that had to be on the line.
    pub includes: Option<ObjectId>,
    /// The subjects that were asked for, as written and as found; `None` for everything.
    pub subjects: Option<(&'a [String], &'a BTreeSet<SubjectId>)>,
    /// The frameworks whose controls the report is to speak to.
    pub frameworks: &'a [Framework],
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The repository could not be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// There is no such period.
    #[error(transparent)]
    Period(#[from] PeriodError),
}

/// What every section works with.
pub(super) struct Scene<'a> {
    question: Question<'a>,
    history: History<'a>,
    /// First position of the period.
    from: u32,
    /// Findings by the subject that they are about.
    findings: BTreeMap<&'a SubjectId, Vec<&'a Finding>>,
}

impl Scene<'_> {
    /// The rules that have something to say about a subject, or about one version of it, sorted.
    fn rules(&self, subject: &SubjectId, version: Option<&Version>) -> Vec<String> {
        let about = self.findings.get(subject).map(Vec::as_slice).unwrap_or_default().iter();
        let about = about.filter(|finding| version.is_none_or(|version| finding.version.as_ref() == Some(version)));
        let rules: BTreeSet<String> = about.map(|finding| finding.rule.to_string()).collect();
        rules.into_iter().collect()
    }

    fn wanted(&self, subject: &SubjectId) -> bool {
        self.question.subjects.is_none_or(|(_, wanted)| wanted.contains(subject))
    }

    /// Whether an event is about a governed thing that was asked for.
    fn governed(&self, subject: &SubjectId) -> bool {
        !matches!(subject.kind, Kind::Policy | Kind::Principal) && self.wanted(subject)
    }

    fn in_period(&self, event: &Event) -> bool {
        event.landing.position.0 >= self.from
    }

    fn events(&self) -> &[Event] {
        &self.question.replay.ledger.events
    }
}

/// The report, unsigned and without a proof of extension.
pub fn build(question: Question<'_>) -> Result<Report, AuditError> {
    let history = History::read(question.repository, question.replay, question.now)?;
    let (from, period) = period::resolve(question.since, question.until, &history)?;
    let mut findings: BTreeMap<&SubjectId, Vec<&Finding>> = BTreeMap::new();
    for finding in question.findings {
        if let Some(subject) = &finding.subject {
            findings.entry(subject).or_default().push(finding);
        }
    }
    let scene = Scene { question, history, from, findings };
    let inventory = inventory::of(&scene);
    let changes = packets::of(&scene)?;
    let exceptions = exceptions::of(&scene, &changes);
    let incidents = incidents::of(&scene);
    let reviews = due::reviews(&scene);
    let expiring = due::expiring(&scene);
    let metrics = metrics::of(&scene, &changes);
    let events: Vec<EventRow> =
        scene.events().iter().filter(|event| scene.in_period(event)).filter_map(|event| row(&scene, event)).collect();
    let mut report = Report {
        schema: SCHEMA,
        tool: Tool { name: "countersign", version: env!("CARGO_PKG_VERSION") },
        scope: scope(&scene),
        period,
        summary: summary::empty(),
        inventory,
        changes,
        exceptions,
        access: access::eras(&scene),
        administration: access::acts(&scene),
        incidents,
        reviews,
        expiring,
        metrics,
        retention: due::retention(&scene),
        evidence: Vec::new(),
        frameworks: Vec::new(),
        events,
        log: log_proof(question.log),
    };
    report.summary = summary::of(&report);
    report.evidence = framework::answers(&report);
    report.frameworks = question.frameworks.iter().map(|framework| framework::report(framework, &report.evidence)).collect();
    Ok(report)
}

fn scope(scene: &Scene<'_>) -> Scope {
    let (question, history) = (&scene.question, &scene.history);
    let policy = &question.replay.policy.policy;
    let last = history.eras.last().expect("a governed line has the anchor's policy");
    let mut not_evaluated = Vec::new();
    if !question.replay.anchor_pinned {
        not_evaluated.push("The anchor is not pinned: that governance began here and under this policy is taken on trust.".to_owned());
    }
    if question.replay.saw_future() {
        not_evaluated
            .push("A landing is dated after the time of this report; its date does not count here, but it does in the log.".to_owned());
    }
    not_evaluated.push("Who can read the repository and who can push to it: the forge knows, Git does not.".to_owned());
    not_evaluated.push("What runs where: the report covers what is on the governed branch, not what is installed.".to_owned());
    Scope {
        repository: policy.repository.clone(),
        branch: policy.branch.clone(),
        anchor: history.moment(0),
        anchor_pinned: question.replay.anchor_pinned,
        head: history.moment(history.last()),
        now: question.now.to_string(),
        policy: history.policy_at(last),
        includes: question.includes.map(|commit| commit.to_string()),
        subjects: question.subjects.map(|(asked, _)| asked.to_vec()),
        not_evaluated,
    }
}

fn log_proof(log: &Log) -> LogProof {
    let checkpoint: Checkpoint = log.checkpoint();
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

fn row(scene: &Scene<'_>, event: &Event) -> Option<EventRow> {
    let shown = scene.wanted(&event.subject);
    shown.then(|| EventRow {
        leaf: scene.question.log.index(event),
        at: scene.history.at(event.landing),
        action: event.action.as_str(),
        subject: event.subject.to_string(),
        version: version_of(event),
        digest: event.digest.map(|digest| digest.to_string()),
        by: event.principal.as_ref().map(|name| scene.history.person(name, event.landing.position.0)),
        reason: event.reason.as_deref().map(str::to_owned),
        evidence: event.evidence.map(EvidenceKind::as_str),
        record: event.record.map(|record| record.to_string()),
        effect: event.accepted,
        refused_because: event.refused_because.map(|rule| rule.to_string()),
    })
}
