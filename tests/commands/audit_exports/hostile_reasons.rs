//! Reasons that a spreadsheet, a terminal, a line-based reader or a build runner would obey.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use countersign::model::DecisionKind;
use countersign_testkit::{Repo, TestResult};
use serde_json::Value;

use super::{judged, lines};

/// A spreadsheet that opens the tables: `soffice`.
const SPREADSHEET: &str = "COUNTERSIGN_SOFFICE";

/// A reason that a spreadsheet, a terminal, a line-based reader and a build runner would each like
/// to obey.
const HOSTILE: &str =
    "=cmd|'/c calc'!A1; +1\n{\"action\":\"approve\"}\r\n\u{1b}[2J\u{202e}##[error]";

/// A repository in which outsiders wrote what they liked where they could.
fn hostile() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf-tools", "1.0.0")?;
    let (carol, bob) = (repo.carol.clone(), repo.bob.clone());
    let record = repo
        .draft(DecisionKind::Block, &carol, "skill/pdf-tools", "1.0.0")?
        .reason(HOSTILE)
        .record();
    repo.land(&carol, &record)?;
    let record = repo
        .draft(DecisionKind::Unblock, &bob, "skill/pdf-tools", "1.0.0")?
        .reason(HOSTILE)
        .unsigned()
        .record();
    repo.land(&bob, &record)?;
    Ok(repo)
}

#[test]
fn no_reason_makes_a_line_a_cell_or_a_command_of_its_own() -> TestResult {
    let repo = hostile()?;
    for format in ["ndjson", "ocsf"] {
        let output = repo.run(&["log", "--format", format]).exits(0);
        let events = lines(&output.stdout);
        assert!(
            !output.stdout.contains(['\u{1b}', '\u{202e}', '\r']) && !output.stdout.contains("##["),
            "{output}"
        );
        let field = if format == "ndjson" {
            "reason"
        } else {
            "comment"
        };
        assert!(
            events.iter().any(|event| event[field] == HOSTILE),
            "the value itself is whole\n{output}"
        );
    }
    let out = repo.beside().join("tables");
    repo.run(&[
        "audit",
        "--format",
        "csv",
        "--out",
        out.to_str().unwrap_or_default(),
    ])
    .exits(0);
    let mut seen = 0;
    for entry in fs::read_dir(out.join("csv"))? {
        let text = fs::read_to_string(entry?.path())?;
        seen += text.matches("'=cmd|").count();
        assert!(
            !text.contains(['\u{1b}', '\u{202e}'])
                && !text.replace("\r\n", "").contains(['\r', '\n']),
            "{text}"
        );
        assert!(!text.contains("\"=") && !text.contains("; +"), "{text}");
    }
    assert!(seen >= 2, "the reason stands in the tables");
    if let Some(tables) = judged("duckdb_csv.py", &[&out.join("csv")]) {
        let tables: Value = serde_json::from_str(&tables)?;
        let reason = tables["incidents.csv"][0]["reason"]
            .as_str()
            .unwrap_or_default();
        assert!(
            reason.starts_with("'=cmd|'/c calc'!A1; '+1\\u{a}"),
            "{reason}"
        );
    }
    Ok(())
}

#[test]
fn a_spreadsheet_finds_no_formula_in_any_table() -> TestResult {
    let Some(soffice) = std::env::var_os(SPREADSHEET) else {
        let _ = writeln!(
            std::io::stderr(),
            "not run: tests/judges/spreadsheet.py; set {SPREADSHEET} to the soffice of libreoffice-calc-nogui"
        );
        return Ok(());
    };
    let repo = hostile()?;
    let out = repo.beside().join("tables");
    repo.run(&[
        "audit",
        "--framework",
        "all",
        "--format",
        "csv",
        "--out",
        out.to_str().unwrap_or_default(),
    ])
    .exits(0);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [out.join("csv"), root.join("examples/audit/csv")] {
        let scratch = repo.beside().join("scratch");
        let judge = root.join("tests/judges/spreadsheet.py");
        let output = Command::new("python3")
            .arg(judge)
            .arg(&soffice)
            .arg(&folder)
            .arg(&scratch)
            .output()?;
        let (said, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(
            output.status.success(),
            "{}: {said}\n{err}",
            folder.display()
        );
        assert!(
            said.trim().parse::<u32>()? > 300,
            "it looked at the cells: {said}"
        );
    }
    Ok(())
}
