//! `check --worktree`: the documents on disk, checked before a commit. History only shows which of
//! them have not changed since governance began.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::environment::variable;
use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::options::Format;
use super::question;
use super::report;
use super::session::{Session, work_dir};
use super::user_key::home;
use crate::check::Report;
use crate::check::findings::{self, About, Finding};
use crate::check::levels::Levels;
use crate::check::logins::Logins;
use crate::check::rules::Setting;
use crate::evidence::PolicyVersion;
use crate::git::{Repository, UserSettings};
use crate::lifecycle::ledger::Subject;
use crate::model::{Fact, Observation, Place, Policy, RuleId, Verdict, policy_input};
use crate::render::context::Context;
use crate::render::human::{self, Worktree};
use crate::render::listing::Listing;
use crate::replay::Replay;
use crate::replay::worktree::{self, WorkPackage, WorkPolicy};

/// Judges the documents in the working tree: 0 when none has an error, else 1.
pub fn check(
    session: &Session<'_>,
    repository: &Repository,
    listing: &Listing,
    strict: bool,
) -> Result<ExitCode, CommandError> {
    work_dir(repository)?;
    let Some(policy) = worktree::policy(repository)? else {
        return Err(missing());
    };
    let ignored = repository.ignored(&user_settings());
    let records = worktree::records(repository, ignored.as_ref())?;
    let mut setting = Setting::default();
    let mut found = Vec::new();
    let mut packages = Vec::new();
    if let Ok(version) = &policy.policy {
        setting.profile = version.policy.profile;
        let read = worktree::packages(repository, &version.policy, ignored.as_ref())?;
        found.extend(
            version
                .lint
                .iter()
                .map(|problem| Finding::of_problem(problem, About::default(), &setting)),
        );
        let ended = version.ended_keys(session.now);
        found.extend(
            ended
                .iter()
                .map(|problem| Finding::of_problem(problem, About::default(), &setting)),
        );
        found.extend(
            read.unnamed
                .iter()
                .map(|observation| Finding::of(observation, &setting)),
        );
        found.extend(
            not_raised(session, repository, &policy.text, version)?
                .iter()
                .map(|observation| Finding::of(observation, &setting)),
        );
        let mut baseline = Baseline::new(session, repository, &version.policy);
        let mut levels = Levels::new(&version.policy.levels);
        for package in &read.packages {
            let about = About {
                subject: Some(&package.subject),
                ..About::default()
            };
            found.extend(
                package
                    .observations
                    .iter()
                    .map(|observation| Finding::of(observation, &setting)),
            );
            let judged = package
                .problems
                .iter()
                .map(|problem| Finding::of_problem(problem, about, &setting));
            // A document may declare a higher risk; that counts at the gate.
            let entries = version.policy.entries_for(package.path.as_bytes());
            let risk = entries
                .filter_map(|entry| entry.risk)
                .max()
                .unwrap_or_default();
            let judged = judged.filter_map(|finding| levels.apply(finding, Some(risk)));
            found.extend(judged.map(|finding| {
                if baseline.holds(package) {
                    finding.in_baseline()
                } else {
                    finding
                }
            }));
        }
        found.extend(levels.notes(&setting));
        packages = read
            .packages
            .into_iter()
            .map(|package| package.subject)
            .collect();
        packages.sort();
        packages.dedup();
    }
    found.extend(
        records
            .problems
            .iter()
            .map(|problem| Finding::of_problem(problem, About::default(), &setting)),
    );
    found.extend(
        records
            .observations
            .iter()
            .map(|observation| Finding::of(observation, &setting)),
    );
    let faults = policy
        .policy
        .as_ref()
        .err()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let of_policy = faults
        .iter()
        .map(|problem| Finding::of_problem(problem, About::default(), &setting));
    findings::sort(&mut found);
    let mut all: Vec<Finding> = found.iter().cloned().chain(of_policy).collect();
    findings::sort(&mut all);
    let verdict = findings::verdict(&all, true);
    let report = Report {
        verdict,
        subjects: packages,
        lowered: Vec::new(),
        findings: all,
        strict: false,
        logins: Logins::default(),
        unrecorded: BTreeSet::new(),
    };
    let report = if strict { report.strictly() } else { report };
    let verdict = report.verdict;
    if session.options.format == Format::Human {
        // The policy's own faults follow with the user's lines, on the other stream.
        let view = Worktree {
            report: &report,
            shown: &found,
            listing,
            records: records.count,
            faults: faults.len(),
        };
        session.out.result(
            &session
                .out
                .paint()
                .fit(human::worktree(&view, session.out.paint())),
        )?;
    } else {
        session.out.result(&report::shown(
            session,
            &context(session, &policy),
            None,
            &report,
            &[],
            listing,
        ))?;
    }
    match faults.len() {
        0 if verdict == Verdict::Pass => Ok(ExitCode::Pass),
        0 => Ok(ExitCode::Fail),
        count => Err(invalid(&policy.text, faults, count)),
    }
}

/// What a policy on disk that HEAD does not have lacks to follow the one in force:
/// `countersign policy bump`.
fn not_raised(
    session: &Session<'_>,
    repository: &Repository,
    text: &[u8],
    version: &PolicyVersion,
) -> Result<Option<Observation>, CommandError> {
    // Governance starts with it, or starts again.
    let Ok(head) = repository.head() else {
        return Ok(None);
    };
    let tree = repository.root_tree(head.commit)?;
    let Some(landed) = repository.entry_at(tree, Policy::PATH.as_bytes())? else {
        return Ok(None);
    };
    if version.policy.restart.is_some() || repository.blob(landed.id).is_ok_and(|old| old == text) {
        return Ok(None);
    }
    // Where history cannot be judged, every command that has to read it says so.
    let Ok(answer) = question::ask(session, repository) else {
        return Ok(None);
    };
    let force = question::in_force(&answer);
    let rule = if version.policy.previous == Some(force.digest) {
        RuleId::PolicySerial
    } else {
        RuleId::PolicyPrevious
    };
    let follows = rule == RuleId::PolicySerial && version.policy.serial > force.policy.serial;
    let is_other = version.digest != force.digest;
    Ok((is_other && !follows).then(|| {
        Observation::new(rule)
            .place(Place::file(Policy::PATH))
            .with(Fact::Serial, version.policy.serial)
            .with(Fact::SerialInForce, force.policy.serial)
            .with(Fact::Digest, version.digest)
            .with(Fact::DigestInForce, force.digest)
    }))
}

/// Where Git keeps the user's settings, as gitignore(5) and git-config(1) say. They matter only for
/// what the user has Git ignore everywhere.
pub(super) fn user_settings() -> UserSettings {
    let home = home();
    let folder = match variable("XDG_CONFIG_HOME") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => home.as_ref().map(|home| home.join(".config")),
    };
    let folder = folder.map(|folder| folder.join("git"));
    let files = if let Some(file) = variable("GIT_CONFIG_GLOBAL") {
        vec![PathBuf::from(file)]
    } else {
        let own = home.as_ref().map(|home| home.join(".gitconfig"));
        let shared = folder.as_ref().map(|folder| folder.join("config"));
        shared.into_iter().chain(own).collect()
    };
    UserSettings {
        home,
        folder,
        files,
    }
}

/// Which bytes on disk are those of the anchor. History is only read once some package has a fault.
struct Baseline<'s> {
    session: &'s Session<'s>,
    repository: &'s Repository,
    history: History,
}

/// What is known of the history before the bytes on disk.
enum History {
    /// Nothing yet.
    Unread,
    /// HEAD is not governed: the commit to come would be the anchor.
    Begins,
    /// HEAD is governed.
    Known(Box<Replay>),
    /// No bytes are excused: the policy allows it not, or history cannot be judged.
    Irrelevant,
}

impl<'s> Baseline<'s> {
    fn new(session: &'s Session<'s>, repository: &'s Repository, policy: &Policy) -> Self {
        let allowed = policy.baseline == policy_input::Baseline::Allow;
        Self {
            session,
            repository,
            history: if allowed {
                History::Unread
            } else {
                History::Irrelevant
            },
        }
    }

    fn holds(&mut self, package: &WorkPackage) -> bool {
        let Some(digest) = package.digest else {
            return false;
        };
        if matches!(self.history, History::Unread) {
            self.history = match question::history(self.session, self.repository) {
                Ok(history) => History::Known(Box::new(history.replay)),
                Err(error) if error.kind == ErrorKind::NotGoverned => History::Begins,
                Err(_) => History::Irrelevant,
            };
        }
        match &self.history {
            History::Known(replay) => {
                let subject = replay.ledger.subjects.get(&package.subject);
                let version = subject
                    .filter(|subject| subject.paths.contains(&package.path))
                    .and_then(Subject::head_version);
                version.is_some_and(|version| version.baseline && version.key.digest == digest)
            }
            History::Begins => true,
            History::Unread | History::Irrelevant => false,
        }
    }
}

/// No policy on disk.
pub(super) fn missing() -> CommandError {
    CommandError::new(
        ErrorKind::NotGoverned,
        format!("there is no {} in the working tree", Policy::PATH),
    )
    .help("Run `countersign init` to govern this repository.")
}

/// A policy with faults, each at its line.
pub(super) fn invalid(
    text: &[u8],
    faults: &[crate::document::Problem],
    count: usize,
) -> CommandError {
    let noun = if count == 1 { "fault" } else { "faults" };
    CommandError::new(
        ErrorKind::Failed,
        format!("{} has {count} {noun}", Policy::PATH),
    )
    .faults(faults, text)
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
