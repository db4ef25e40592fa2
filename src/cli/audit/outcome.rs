//! Replays the history and builds the report.

use crate::model::quantity::counted;
use std::sync::Arc;

use super::ReportScope;
use crate::audit::build::{self, AuditError, AuditRequest, SubjectSelection};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::extension::{Earlier, prove};
use crate::audit::framework;
use crate::audit::history::ledger_times;
use crate::audit::identity::{self, LandedPackage};
use crate::audit::leaf::Log;
use crate::audit::period;
use crate::audit::report::AuditReport;
use crate::check::{self, gate};
use crate::cli::clock;
use crate::cli::error::CommandError;
use crate::cli::session::Session;
use crate::cli::status::select;
use crate::git::Repository;
use crate::judge;
use crate::model::{Fact, ObjectId, Observation, RuleId, Timestamp};
use crate::render::audit::intoto;
use crate::replay::{self, Options, Replay};

/// A report, and what prevents a pass.
#[derive(Debug)]
pub struct AuditOutcome {
    /// The report, unsigned.
    pub report: AuditReport,
    /// What its log commits to.
    pub checkpoint: Checkpoint,
    /// Where the versions of the attestations landed.
    pub places: Vec<LandedPackage>,
    /// What a check of the same tip says.
    pub judged: check::Report,
    /// Why the command fails although there is a report; empty when it does not.
    pub failures: Vec<String>,
}

impl AuditOutcome {
    /// Replays from scratch: evidence must not rest on what an earlier run left behind.
    pub fn replay(
        session: &Session<'_>,
        repository: &Repository,
        scope: &ReportScope,
        earlier: Option<&Earlier>,
    ) -> Result<Self, CommandError> {
        let started = clock::stopwatch();
        let options = Options {
            anchor: scope.anchor,
            now: scope.now,
            cache: false,
            pulls: Arc::default(),
        };
        let whole = replay::run(repository, scope.head, &options)?;
        let (end, anchored) = end(repository, &whole, scope)?;
        // A later landing must not count: the report is about what was known at the end of the
        // period.
        let replay = if end == whole.head {
            whole
        } else {
            replay::run(repository, end, &options)?
        };
        let log = log(repository, &replay, anchored, &options)?;
        let mut survey = judge::survey(repository, replay, false)?;
        let mut failures = Vec::new();
        if let Some(includes) = scope.includes {
            survey.require(includes);
            if !survey.replay.line.contains(&includes) {
                failures.push(format!(
                    "includes-missing: the commit {includes} is not on the first-parent line"
                ));
            }
        }
        let extends = match earlier.map(|earlier| prove(&log, &survey.replay.line, earlier)) {
            None => None,
            Some(Ok(extension)) => Some(extension),
            Some(Err(why)) => {
                failures.push(format!("history-rewritten: {why}"));
                survey.add(&Observation::new(RuleId::HistoryRewritten).with(Fact::Why, why));
                None
            }
        };
        let selected = select(&scope.subjects, survey.replay.ledger.subjects.keys())?;
        let frameworks = framework::chosen(&scope.frameworks).map_err(|unknown| {
            let known = framework::names().collect::<Vec<_>>().join(", ");
            CommandError::usage(format!("`{unknown}` is not a known framework"))
                .help(format!("Choose one of {known}, or all."))
        })?;
        let request = AuditRequest {
            repository,
            replay: &survey.replay,
            findings: &survey.findings,
            log: &log,
            now: scope.now,
            since: scope.since.as_ref(),
            until: scope.until.as_ref(),
            includes: scope.includes,
            selection: selected.as_ref().map(|subjects| SubjectSelection {
                requested: &scope.subjects,
                subjects,
            }),
            frameworks: &frameworks,
        };
        let mut report = build::build(request).map_err(|error| match error {
            AuditError::Git(error) => error.into(),
            AuditError::Period(error) => period_error(&error),
        })?;
        report.log.extends = extends;
        let took = started.elapsed().as_secs_f64();
        // Only on the terminal, never in the report, whose bytes must be reproducible.
        session.out.progress(&format!(
            "{} audited in {took:.1} s",
            counted(report.period.landings, "landing")
        ));
        let places = identity::places(&survey.replay.ledger, &intoto::digests(&report));
        // The replay is as large as the report, and is no longer needed.
        Ok(Self {
            report,
            checkpoint: log.checkpoint(),
            places,
            judged: gate::judge(None, &survey.side()),
            failures,
        })
    }
}

/// The last landing of the period, and when the anchor landed.
fn end(
    repository: &Repository,
    whole: &Replay,
    scope: &ReportScope,
) -> Result<(ObjectId, Timestamp), CommandError> {
    let nodes = repository.line(whole.head, Some(whole.anchor))?;
    let times = ledger_times(&nodes, scope.now);
    let last = period::until(scope.until.as_ref(), &nodes, &times)
        .map_err(|error| period_error(&error))?;
    Ok((nodes[last as usize].id, nodes[0].committed))
}

/// The log must not depend on the time of the run: if a date is after it, the line is judged again
/// with every date.
fn log(
    repository: &Repository,
    replay: &Replay,
    anchored: Timestamp,
    options: &Options,
) -> Result<Log, CommandError> {
    if !replay.saw_future() {
        return Ok(Log::of(replay, anchored));
    }
    let timeless = Options {
        now: Timestamp::from_unix(i64::MAX),
        ..options.clone()
    };
    Ok(Log::of(
        &replay::run(repository, replay.head, &timeless)?,
        anchored,
    ))
}

fn period_error(error: &period::PeriodError) -> CommandError {
    CommandError::usage(error)
        .help("Give a landing of the governed branch, a day such as 2026-03-31, or a time such as 2026-03-31T12:00:00Z.")
}
