//! The other files of a folder that `audit --out` wrote: people read them, so each must show what
//! the report says.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::audit::AuditReport;
use crate::audit::report::Extension;
use crate::cli::audit::report_text;
use crate::cli::error::CommandError;
use crate::render::audit::{csv, html, markdown, oscal};

/// The report in a folder, or the path itself.
pub fn report_in(path: &Path) -> (PathBuf, Option<&Path>) {
    if path.is_dir() {
        (path.join("audit.json"), Some(path))
    } else {
        (path.to_owned(), None)
    }
}

/// Whether the checkpoint beside the report is the one in it; a folder needs none.
pub fn checkpoint_differs(folder: &Path, report: &Value) -> Result<bool, CommandError> {
    let path = folder.join("checkpoint");
    Ok(path.exists() && report["log"]["checkpoint"] != report_text(&path)?)
}

/// Files that show the same report.
#[derive(Debug, Default)]
pub struct Shown {
    /// Those that are as this program writes them.
    pub same: Vec<String>,
    /// Those that are not.
    pub different: Vec<String>,
    /// What nothing was compared with, sorted.
    pub not_compared: Vec<String>,
}

/// Compares the files of a folder with those of the report that was made `again`, of which
/// `report` is known to say the same.
pub fn compare(
    folder: &Path,
    report: &Value,
    mut again: AuditReport,
) -> Result<Shown, CommandError> {
    // What the author added to the log is in every format.
    let log = &report["log"];
    log["checkpoint"]
        .as_str()
        .unwrap_or_default()
        .clone_into(&mut again.log.checkpoint);
    again.log.signed = log["signed"] == true;
    again.log.extends = extension(&log["extends"]);
    let mut shown = Shown::default();
    if report["tool"]["version"] == again.tool.version {
        for (name, text) in texts(&again) {
            let path = folder.join(&name);
            if !path.exists() {
                continue;
            }
            if report_text(&path)? == text {
                shown.same.push(name);
            } else {
                shown.different.push(name);
            }
        }
    }
    let io = |error: std::io::Error| CommandError::io(format!("read {}", folder.display()), &error);
    for below in ["", "csv/"] {
        let Ok(entries) = fs::read_dir(folder.join(below)) else {
            continue;
        };
        for entry in entries {
            let entry = entry.map_err(io)?;
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            let known = ["audit.json", "checkpoint", "csv"].contains(&name.as_str())
                || shown.same.contains(&name)
                || shown.different.contains(&name);
            if !known {
                shown.not_compared.push(name);
            }
        }
    }
    shown.not_compared.sort_unstable();
    Ok(shown)
}

fn texts(report: &AuditReport) -> Vec<(String, String)> {
    let mut texts = vec![
        ("audit.html".to_owned(), html::page(report)),
        ("audit.md".to_owned(), markdown::page(report)),
    ];
    texts.extend(
        csv::TABLES
            .into_iter()
            .map(|(name, make)| (format!("csv/{name}"), make(report))),
    );
    texts.extend(
        oscal::documents(report)
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text)),
    );
    texts
}

fn extension(value: &Value) -> Option<Extension> {
    Some(Extension {
        size: value["size"].as_u64()?,
        root: value["root"].as_str()?.to_owned(),
        proof: value["proof"]
            .as_array()?
            .iter()
            .filter_map(|hash| hash.as_str().map(str::to_owned))
            .collect(),
    })
}
