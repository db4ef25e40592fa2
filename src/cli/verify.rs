//! `verify`: whether a report matches the repository, or at least its own proofs.

mod folder;

use crate::model::quantity::quantity;
use std::path::PathBuf;

use clap::Args;

use super::audit::{AuditOutcome, ReportScope, report_text};
use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::question;
use super::session::Session;
use crate::audit::AuditReport;
use crate::audit::checkpoint::LogPublicKey;
use crate::audit::verify;
use crate::git::Repository;
use crate::judge::governed_base;
use crate::model::escape::terminal;
use crate::render::json::{self, ReportVerified};
use crate::replay;

/// Verify an audit report: its proofs, and every word against the repository
///
/// With --offline, no repository is needed, and only the proofs are checked: that each packet, or
/// the one named, is in the log that the checkpoint commits to. Figures, names, reasons and
/// completeness are not, so it ends with 3 (not evaluated) unless --proofs says that the proofs are
/// all you want.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign verify q1
  countersign verify audit.json
  countersign verify audit.json --log-key github.com/acme/skills/countersign-audit+1a2b3c4d+AQ…
  countersign verify audit.json --proofs
  countersign verify audit.json --proofs --packet 17-skill-pdf-tools-1.1.0")]
pub struct Verify {
    /// A report as `countersign audit --format json` writes it, or the folder of `audit --out`, whose
    /// other formats are then compared with the report
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    /// Use no repository; exits with 3, because only a repository can confirm the rest of the
    /// report
    #[arg(long)]
    offline: bool,
    /// Check the proofs alone, without a repository; exits with 0 if they are valid
    #[arg(long)]
    proofs: bool,
    /// Check the proofs of this packet only; needs --offline or --proofs
    #[arg(long, value_name = "ID")]
    packet: Option<String>,
    /// The log's public key, as `countersign audit --log-key` prints it
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
}

impl Verify {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let not_this = |error: verify::VerifyError| {
            CommandError::usage(format!("{}: {error}", self.report.display()))
        };
        let (path, folder) = folder::report_in(&self.report);
        let without_repository = self.offline || self.proofs;
        if self.packet.is_some() && !without_repository {
            return Err(CommandError::usage("--packet checks proofs only")
                .help("Add --proofs, or leave out --packet."));
        }
        let key: Option<LogPublicKey> = self
            .log_key
            .as_ref()
            .map(|key| key.parse())
            .transpose()
            .map_err(CommandError::usage)?;
        let report = verify::parse(&report_text(&path)?).map_err(not_this)?;
        let mut checked =
            verify::offline(&report, self.packet.as_deref(), key.as_ref()).map_err(not_this)?;
        let mut lines = vec![format!(
            "{} valid",
            quantity(checked.proofs, "inclusion proof is", "inclusion proofs are")
        )];
        let earlier = &report["log"]["extends"];
        lines.extend(checked.extends.then(|| {
            format!(
                "the log continues an earlier one of {}, root {}",
                quantity(&earlier["size"], "leaf", "leaves"),
                earlier["root"]
            )
        }));
        lines.push(if checked.signed {
            "the checkpoint is signed by the log's key".to_owned()
        } else {
            format!(
                "no signature was checked: compare the log's root {} with a checkpoint that you trust, or pass --log-key",
                report["log"]["root"]
            )
        });
        if let Some(folder) = folder
            && folder::checkpoint_differs(folder, &report)?
        {
            checked
                .faults
                .push("the checkpoint beside it is another one".to_owned());
        }
        if without_repository {
            lines.push(
                "the packets' subjects, bytes, landings, decisions and approvals are in the log; the rest of the report was not checked"
                    .to_owned(),
            );
        } else {
            match self.recomputed(session, &report)? {
                Ok(again) => {
                    lines.push("recomputed from the repository: identical".to_owned());
                    if session.options.anchor.is_none() {
                        let anchor = report["scope"]["anchor"]["commit"]
                            .as_str()
                            .unwrap_or_default();
                        lines.push(format!("the start of governance, {anchor}, was not verified: pass --anchor to pin it"));
                    }
                    if let Some(folder) = folder {
                        let shown = folder::compare(folder, &report, again)?;
                        lines.extend(file_lines(&shown));
                        checked.faults.extend(
                            shown
                                .different
                                .iter()
                                .map(|name| format!("{name} does not show this report")),
                        );
                    }
                }
                Err(pointer) => checked.faults.push(format!(
                    "recomputed from the repository, it differs at {pointer}"
                )),
            }
        }
        if !checked.faults.is_empty() {
            let shown = checked
                .faults
                .iter()
                .take(20)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join("; ");
            if !session.json() {
                lines.push("does not hold".to_owned());
                session.out.lines(lines)?;
            }
            return Err(CommandError::new(ErrorKind::Failed, format!("the report does not hold: {shown}"))
                .help("Compare it with its author's copy, and find out who changed the report or the history."));
        }
        // The proofs do not cover the figures: an edited count passes them all.
        let evaluated = !without_repository || self.proofs;
        if session.json() {
            session.out.result(&json::text(&ReportVerified {
                schema: ReportVerified::SCHEMA,
                valid: evaluated.then_some(true),
                proofs: checked.proofs,
                extends: checked.extends,
                signed: checked.signed,
                recomputed: !without_repository,
            }))?;
        } else {
            if evaluated {
                let last = if self.proofs {
                    "the proofs hold"
                } else {
                    "holds"
                };
                lines.push(last.to_owned());
            }
            session.out.lines(lines)?;
        }
        if evaluated {
            return Ok(ExitCode::Pass);
        }
        Err(CommandError::not_evaluated(
            "the proofs are valid, but the report was not compared with its repository",
        )
        .help("Run `countersign verify` without --offline in a clone of the repository.")
        .help("Add --proofs if you only want to check the proofs."))
    }

    /// The report that the repository gives now, or where the given one differs from it.
    fn recomputed(
        &self,
        session: &Session<'_>,
        report: &serde_json::Value,
    ) -> Result<Result<AuditReport, String>, CommandError> {
        let repository = session.repository()?;
        let scope = ReportScope::of(report, &repository).ok_or_else(|| {
            CommandError::usage(format!("{} does not name its scope", self.report.display()))
        })?;
        let pinned = question::anchor(session, &repository)?;
        if pinned.is_some_and(|pinned| report["scope"]["anchor"]["commit"] != pinned.to_string()) {
            return Ok(Err("/scope/anchor".to_owned()));
        }
        // A restart counts only for who pins it, and the report's author is not who verifies it.
        if pinned.is_none()
            && scope.anchor.is_some_and(|anchor| {
                replay::find_anchor(&repository, scope.head).ok() != Some(anchor)
            })
        {
            return Ok(Err(
                "/scope/anchor: governance started at another commit; if you accept a restart there, pass it with --anchor".to_owned(),
            ));
        }
        if !on_line(&repository, &scope)? {
            return Ok(Err(
                "/scope/head: it is not on the governed branch's first-parent line (history-rewritten, or this clone is older)".to_owned(),
            ));
        }
        let again = AuditOutcome::replay(session, &repository, &scope, None)?.report;
        let value: serde_json::Value = serde_json::to_value(&again)
            .map_err(|error| CommandError::new(ErrorKind::Internal, error))?;
        Ok(verify::difference(report, &value).map_or(Ok(again), Err))
    }
}

/// Which files of a folder were compared.
fn file_lines(shown: &folder::Shown) -> Vec<String> {
    let mut lines = Vec::new();
    if !shown.same.is_empty() {
        lines.push(format!(
            "{} the same report",
            quantity(shown.same.len(), "other file shows", "other files show")
        ));
    }
    if !shown.not_compared.is_empty() {
        let names = shown.not_compared.join(", ");
        lines.push(format!("not compared: {}", terminal(&names)));
    }
    lines
}

/// Whether the last landing of a report is still on the branch: a clone keeps commits that the
/// branch has lost.
fn on_line(repository: &Repository, scope: &ReportScope) -> Result<bool, CommandError> {
    let head = repository.head()?;
    let tip = governed_base(repository, &head)?.unwrap_or(head.commit);
    Ok(tip == scope.head
        || repository
            .line(tip, None)?
            .iter()
            .any(|node| node.id == scope.head))
}
