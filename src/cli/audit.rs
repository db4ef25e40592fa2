//! `audit`: evidence for auditors, and samples of it.

mod files;
mod outcome;
mod scope;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::error::CommandError;
use super::exit::ExitCode;
use super::options::Format;
use super::session::Session;
use crate::audit::AuditReport;
use crate::audit::framework;
use crate::audit::identity::{self, LandedPackage, PackageIdentity};
use crate::audit::sample::draw;
use crate::git::Repository;
use crate::model::Digest;
use crate::render::audit::{self as views, html, human, intoto, markdown};
use crate::render::json;
use crate::signature::log_key::LogKey;

pub(super) use files::report as report_text;
pub(super) use outcome::AuditOutcome;
pub(super) use scope::ReportScope;

/// Report on everything governed: versions, decisions, access, incidents, and exceptions to review
///
/// The report covers the governed branch from `--since` to `--until`, and commits to everything
/// that happened there with a log that can only grow: `--extends` proves that it continues the log
/// of an earlier report. The same history, anchor and `--now` give the same bytes everywhere.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  countersign audit
  countersign audit --since 2026-01-01 --until 2026-03-31 --out q1
  countersign audit --anchor COMMIT --extends q1/audit.json --out q2
  countersign audit --framework soc-2 --format csv --out tables
  countersign audit --format intoto --attestation-key key.pem
  countersign audit sample --n 25 --seed 'Q1 2026'")]
pub struct Audit {
    #[command(subcommand)]
    command: Option<AuditCommand>,
    #[command(flatten)]
    scope: ScopeOptions,
    /// Write the report to this folder, which must not contain one yet; in every format, or only in
    /// that of --format
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// An earlier report or checkpoint that this report must continue
    #[arg(long, value_name = "FILE")]
    extends: Option<PathBuf>,
    /// Sign the checkpoint with this raw Ed25519 key: 32 bytes, or what `openssl genpkey -algorithm
    /// ed25519` writes
    #[arg(long, value_name = "FILE")]
    log_key: Option<PathBuf>,
    /// Map the evidence to each control of this framework, or of `all`; may be repeated
    #[arg(long = "framework", value_name = "NAME")]
    frameworks: Vec<String>,
    /// Sign the envelopes of --format intoto with this raw Ed25519 key
    #[arg(long, value_name = "FILE")]
    attestation_key: Option<PathBuf>,
    /// Also sign the checkpoint with this SSH key, using ssh-keygen; needs --out
    #[arg(long, value_name = "KEY", requires = "out")]
    sign: Option<String>,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    Sample(Sample),
}

/// Draw a reproducible random sample of changes and show each in full
///
/// A change's place in the draw is SHA-256 of the seed, a zero byte and the packet's id; the
/// smallest values are drawn.
#[derive(Debug, Args)]
pub struct Sample {
    /// How many changes
    #[arg(long = "n", value_name = "COUNT", default_value_t = 25)]
    count: usize,
    /// Any text that no one could have chosen to their advantage, such as the date and a dice roll
    #[arg(long, value_name = "TEXT")]
    seed: String,
    /// Write the sample to this folder, with separate files for each packet
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    scope: ScopeOptions,
}

/// What a report is about.
#[derive(Clone, Debug, Default, Args)]
pub struct ScopeOptions {
    /// Start after this landing, or at this day or time (UTC)
    #[arg(long, value_name = "COMMIT|DATE")]
    since: Option<String>,
    /// End with this landing, day or time (UTC)
    #[arg(long, value_name = "COMMIT|DATE")]
    until: Option<String>,
    /// Only these subjects or globs
    #[arg(long = "subject", value_name = "SUBJECT")]
    subjects: Vec<String>,
}

impl Audit {
    /// Of everything, in every format and for every framework, into `out`.
    pub(super) fn whole(out: PathBuf) -> Self {
        Self {
            command: None,
            scope: ScopeOptions::default(),
            out: Some(out),
            extends: None,
            log_key: None,
            frameworks: vec![framework::ALL.to_owned()],
            attestation_key: None,
            sign: None,
        }
    }

    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        if let Some(AuditCommand::Sample(sample)) = &self.command {
            return sample.run(session);
        }
        let repository = session.repository()?;
        let earlier = self.extends.as_deref().map(files::earlier).transpose()?;
        let key = self.log_key.as_deref().map(files::log_key).transpose()?;
        if let (Some(earlier), Some(key)) = (&earlier, &key) {
            files::same_key(session, earlier, key)?;
        }
        let attestation_key = self
            .attestation_key
            .as_deref()
            .map(files::log_key)
            .transpose()?;
        let scope = ReportScope {
            frameworks: self.frameworks.clone(),
            ..scope::requested(session, &repository, &self.scope)?
        };
        let outcome = AuditOutcome::replay(session, &repository, &scope, earlier.as_ref())?;
        let mut report = outcome.report;
        if let Some(key) = &key {
            report.log.checkpoint = outcome.checkpoint.sign(key);
            report.log.signed = true;
        }
        let context = AttestationContext {
            repository: &repository,
            places: &outcome.places,
            key: attestation_key.as_ref(),
        };
        match &self.out {
            Some(out) => {
                let chosen = |format: &Format| {
                    matches!(session.options.format, Format::Human)
                        || session.options.format == *format
                };
                let formats: Vec<Format> = files::FORMATS.into_iter().filter(chosen).collect();
                let target = files::Target {
                    folder: out,
                    formats: &formats,
                    sign: self.sign.as_deref(),
                };
                files::write(session, &context, &report, &target)?;
            }
            None => session
                .out
                .result(&text(&report, session.options.format, &context)?)?,
        }
        for fault in &outcome.failures {
            session.out.warning(fault);
        }
        if let Some(key) = &key {
            session.out.note(&format!(
                "the log's public key: {}",
                files::public(key, &report.log.origin)
            ));
        }
        Ok(if outcome.failures.is_empty() {
            ExitCode::Pass
        } else {
            ExitCode::Fail
        })
    }
}

/// For a scheduled job: everything on the governed branch, in the formats that people and their
/// tools open.
///
/// The log and the attestations are not signed there: this job must not have such a key.
pub(super) fn scheduled(
    session: &Session<'_>,
    repository: &Repository,
    out: &Path,
) -> Result<AuditOutcome, CommandError> {
    let scope = scope::requested(session, repository, &ScopeOptions::default())?;
    let outcome = AuditOutcome::replay(session, repository, &scope, None)?;
    let branch = &outcome.report.scope.branch;
    scope::require_tip(repository, branch, scope.head)?;
    let context = AttestationContext {
        repository,
        places: &outcome.places,
        key: None,
    };
    let formats = [Format::Html, Format::Markdown, Format::Json, Format::Csv];
    files::write(
        session,
        &context,
        &outcome.report,
        &files::Target {
            folder: out,
            formats: &formats,
            sign: None,
        },
    )?;
    Ok(outcome)
}

impl Sample {
    fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        let mut report = AuditOutcome::replay(
            session,
            &repository,
            &scope::requested(session, &repository, &self.scope)?,
            None,
        )?
        .report;
        let drawn = draw(&report.changes, self.count, &self.seed)
            .into_iter()
            .cloned()
            .collect();
        let population = std::mem::replace(&mut report.changes, drawn).len();
        if let Some(out) = &self.out {
            files::write_sample(session, &report, &self.seed, population, out)?;
            return Ok(ExitCode::Pass);
        }
        let text = match session.options.format {
            Format::Json => json::text(&views::json::sample(&report, &self.seed, population)),
            Format::Human | Format::Markdown => markdown::sample(&report, &self.seed, population),
            other => {
                return Err(CommandError::usage(format!(
                    "a sample cannot be printed as {}",
                    other.as_str()
                ))
                .help("Choose --format human, markdown or json."));
            }
        };
        session.out.result(&text)?;
        Ok(ExitCode::Pass)
    }
}

/// What attestations need beyond the report.
pub(super) struct AttestationContext<'a> {
    repository: &'a Repository,
    places: &'a [LandedPackage],
    key: Option<&'a LogKey>,
}

impl AttestationContext<'_> {
    fn identities(&self) -> Result<BTreeMap<Digest, PackageIdentity>, CommandError> {
        Ok(identity::identities(self.repository, self.places)?)
    }
}

/// The report in one format; a terminal gets the summary.
fn text(
    report: &AuditReport,
    format: Format,
    context: &AttestationContext<'_>,
) -> Result<String, CommandError> {
    match format {
        Format::Json => Ok(json::text(report)),
        Format::Html => Ok(html::page(report)),
        Format::Intoto => Ok(intoto::lines(report, &context.identities()?, context.key)),
        Format::Csv | Format::Oscal => Err(CommandError::usage(format!(
            "{} is more than one file",
            format.as_str()
        ))
        .help("Name a folder for them with --out.")),
        Format::Markdown => Ok(markdown::page(report)),
        _ => Ok(human::page(report)),
    }
}
