//! What a step writes: reports in the runner's temporary folder, the job's summary, outputs for
//! later steps, annotations.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use crate::check::Report;
use crate::check::rules::Level;
use crate::cli::audit::AuditOutcome;
use crate::cli::error::CommandError;
use crate::cli::session::Session;
use crate::model::markdown;
use crate::render::escape::{Markdown, workflow};
use crate::render::github::{self, Summary};
use crate::render::listing::Selection;
use crate::render::{json, sarif};

/// The forge rejects a summary of more than one MiB.
const MOST_SUMMARY: usize = 1 << 20;

/// The folder of the reports.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    /// Makes the folder.
    pub(super) fn open(environment: &Environment) -> Result<Self, CommandError> {
        fs::create_dir_all(&environment.folder)
            .map_err(|error| CommandError::io("create a folder for the reports", &error))?;
        Ok(Self {
            folder: environment.folder.clone(),
        })
    }

    /// Writes everything about a report, and prints the annotations.
    pub(super) fn report(
        &self,
        environment: &Environment,
        session: &Session<'_>,
        of: &Summary<'_>,
    ) -> Result<(), CommandError> {
        let report = self.write(
            "report.json",
            &json::text(&json::check(of.context, of.ledger, of.report)),
        )?;
        let summary = github::summary(of);
        let shown = self.write("summary.md", &summary)?;
        add_summary(environment, &summary)?;
        let mut outputs = vec![
            ("verdict", of.report.verdict.as_str().to_owned()),
            ("title", github::title(of)),
            ("findings", weighty(of.report).to_string()),
            ("report", report.display().to_string()),
            ("summary", shown.display().to_string()),
        ];
        if environment.sarif {
            let file = self.write(
                "report.sarif",
                &json::text(&sarif::sarif(of.report, &of.listing.selection, of.links)),
            )?;
            outputs.push(("sarif", file.display().to_string()));
        }
        add_outputs(environment, &outputs)?;
        session
            .out
            .result(&github::annotations(of.report, &of.listing.selection))?;
        session.out.result(&format!(
            "{}\n",
            crate::render::escape::terminal(&github::title(of))
        ))
    }

    /// A new folder in it, whose path no other step has.
    pub(super) fn fresh(&self, prefix: &str) -> Result<PathBuf, CommandError> {
        let made = tempfile::Builder::new()
            .prefix(prefix)
            .tempdir_in(&self.folder);
        made.map(tempfile::TempDir::keep)
            .map_err(|error| CommandError::io("create a folder for the reports", &error))
    }

    /// The same for an audit, whose report is in `folder` in several formats.
    pub(super) fn audit(
        &self,
        environment: &Environment,
        session: &Session<'_>,
        outcome: &AuditOutcome,
        folder: &Path,
    ) -> Result<(), CommandError> {
        let judged = &outcome.judged;
        let title = github::audit_title(judged);
        let summary = github::audit_summary(judged, &outcome.report);
        let shown = self.write("summary.md", &summary)?;
        add_summary(environment, &summary)?;
        let outputs = [
            ("verdict", judged.verdict.as_str().to_owned()),
            ("title", title.clone()),
            ("findings", weighty(judged).to_string()),
            ("report", folder.join("audit.json").display().to_string()),
            ("reports", folder.display().to_string()),
            ("summary", shown.display().to_string()),
        ];
        add_outputs(environment, &outputs)?;
        session
            .out
            .result(&github::annotations(judged, &Selection::default()))?;
        session.out.lines([title])
    }

    /// The same when something was done but nothing was judged.
    pub(super) fn done(
        &self,
        environment: &Environment,
        session: &Session<'_>,
        title: &str,
        lines: &[String],
    ) -> Result<(), CommandError> {
        let items: Markdown = lines
            .iter()
            .map(|line| markdown!("- " (line) "\n"))
            .collect();
        let summary = markdown!("## Countersign: " (title) "\n\n" (items)).into_string();
        let shown = self.write("summary.md", &summary)?;
        add_summary(environment, &summary)?;
        add_outputs(
            environment,
            &[
                ("title", title.to_owned()),
                ("summary", shown.display().to_string()),
            ],
        )?;
        session.out.lines(lines)
    }

    /// The same when there is no report: an error without a finding.
    pub(super) fn error(
        &self,
        environment: &Environment,
        session: &Session<'_>,
        error: &CommandError,
    ) -> Result<(), CommandError> {
        let help: Markdown = error
            .help
            .iter()
            .map(|help| markdown!("\n- "(help)))
            .collect();
        let summary = markdown!("## ⚠️ Countersign: not-evaluated, which is not a pass\n\n" (error.message) "\n" (help) "\n").into_string();
        let shown = self.write("summary.md", &summary)?;
        add_summary(environment, &summary)?;
        add_outputs(
            environment,
            &[
                ("verdict", "not-evaluated".to_owned()),
                ("summary", shown.display().to_string()),
            ],
        )?;
        let whole = std::iter::once(error.message.clone()).chain(error.help.iter().cloned());
        session.out.result(&format!(
            "::error title=countersign::{}\n",
            workflow::message(&whole.collect::<Vec<_>>().join("\n"))
        ))
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, CommandError> {
        let path = self.folder.join(name);
        fs::write(&path, text)
            .map_err(|error| CommandError::io(format!("write {name}"), &error))?;
        Ok(path)
    }
}

/// How many findings are more than notes.
fn weighty(report: &Report) -> usize {
    report
        .findings
        .iter()
        .filter(|finding| finding.level != Level::Info)
        .count()
}

fn add_summary(environment: &Environment, summary: &str) -> Result<(), CommandError> {
    let Some(path) = &environment.summary else {
        return Ok(());
    };
    let too_long =
        "## Countersign\n\nThe summary is too long to show here; it is in the reports.\n";
    append(
        path,
        if summary.len() < MOST_SUMMARY {
            summary
        } else {
            too_long
        },
    )
}

/// `name=value` lines. A value never has a line break: it is one of our own words, a number, a path
/// of the runner, or inert text.
fn add_outputs(environment: &Environment, outputs: &[(&str, String)]) -> Result<(), CommandError> {
    let Some(path) = &environment.output else {
        return Ok(());
    };
    let line = |(name, value): &(&str, String)| {
        format!("{name}={}\n", crate::render::escape::terminal(value))
    };
    append(path, &outputs.iter().map(line).collect::<String>())
}

fn append(path: &Path, text: &str) -> Result<(), CommandError> {
    let cannot = |error: &std::io::Error| CommandError::io("write the runner's output file", error);
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|error| cannot(&error))?;
    file.write_all(text.as_bytes())
        .map_err(|error| cannot(&error))
}
