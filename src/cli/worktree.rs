//! `check --worktree`: the documents as they lie on disk, for a look before a commit.

use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::options::Format;
use super::session::Session;
use crate::check::Report;
use crate::check::findings::{self, About, Finding};
use crate::check::rules::Setting;
use crate::git::Repository;
use crate::model::{Policy, Verdict};
use crate::render::context::Context;
use crate::render::human::{self, Worktree};
use crate::render::paint::Paint;
use crate::replay::worktree::{self, WorkPolicy};

/// Judges the documents in the working tree: 0 when none has an error, else 1.
pub fn check(session: &Session<'_>, repository: &Repository) -> Result<ExitCode, CommandError> {
    session.work_dir(repository)?;
    let Some(policy) = worktree::policy(repository)? else { return Err(missing()) };
    let records = worktree::records(repository)?;
    let mut setting = Setting::default();
    let mut found = Vec::new();
    let mut packages = Vec::new();
    if let Ok(version) = &policy.policy {
        setting.profile = version.policy.profile;
        let read = worktree::packages(repository, &version.policy)?;
        found.extend(version.lint.iter().map(|problem| Finding::of_problem(problem, About::default(), &setting)));
        found.extend(read.unnamed.iter().map(|observation| Finding::of(observation, &setting)));
        for package in &read.packages {
            let about = About { subject: Some(&package.subject), ..About::default() };
            found.extend(package.observations.iter().map(|observation| Finding::of(observation, &setting)));
            found.extend(package.problems.iter().map(|problem| Finding::of_problem(problem, about, &setting)));
        }
        packages = read.packages.into_iter().map(|package| package.subject).collect();
        packages.sort();
        packages.dedup();
    }
    found.extend(records.problems.iter().map(|problem| Finding::of_problem(problem, About::default(), &setting)));
    found.extend(records.observations.iter().map(|observation| Finding::of(observation, &setting)));
    let faults = policy.policy.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    let of_policy = faults.iter().map(|problem| Finding::of_problem(problem, About::default(), &setting));
    findings::sort(&mut found);
    let mut all: Vec<Finding> = found.iter().cloned().chain(of_policy).collect();
    findings::sort(&mut all);
    let verdict = findings::verdict(&all, true);
    let report = Report { verdict, subjects: packages, lowered: Vec::new(), findings: all };
    if session.options.format == Format::Human {
        // The policy's own faults follow with the user's lines, on the other stream.
        let view = Worktree { report: &report, shown: &found, records: records.count, faults: faults.len() };
        session.out.result(&human::worktree(&view, Paint { color: session.out.colored() }))?;
    } else {
        session.out.result(&super::check::shown(session, &context(session, &policy), None, &report, &[]))?;
    }
    match faults.len() {
        0 if verdict == Verdict::Pass => Ok(ExitCode::Pass),
        0 => Ok(ExitCode::Fail),
        count => Err(invalid(&policy.text, faults, count)),
    }
}

/// No policy on disk.
pub(super) fn missing() -> CommandError {
    CommandError::new(ErrorKind::NotGoverned, format!("there is no {} in the working tree", Policy::PATH))
        .help("Run `countersign init` to govern this repository.")
}

/// A policy with faults, each at its line.
pub(super) fn invalid(text: &[u8], faults: &[crate::document::Problem], count: usize) -> CommandError {
    let noun = if count == 1 { "fault" } else { "faults" };
    CommandError::new(ErrorKind::Failed, format!("{} has {count} {noun}", Policy::PATH)).faults(faults, text)
}

fn context(session: &Session<'_>, policy: &WorkPolicy) -> Context {
    let policy = policy.policy.as_ref().ok().map(|version| &version.policy);
    Context {
        repository: policy.map(|policy| policy.repository.clone()),
        branch: policy.map(|policy| policy.branch.clone()),
        head: None,
        base: None,
        anchor: None,
        anchor_pinned: session.options.anchor.is_some(),
        now: session.now,
    }
}
