//! What people see on a terminal of 60 columns.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use countersign::demo::story;
use countersign_testkit::{TestResult, binary, environment};
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr as _;

/// What a terminal of so many columns shows of a command in the demo's repository.
fn shown(home: &TempDir, columns: &str, arguments: &str) -> String {
    let line = format!("{} {arguments} 2>/dev/null", binary());
    let mut command = Command::new("script");
    environment(&mut command, home.path());
    let output = command
        .args(["--quiet", "--command", &line, "/dev/null"])
        .env("COLUMNS", columns)
        .env("NO_COLOR", "1")
        .current_dir(home.path().join("demo"))
        .stdin(Stdio::null())
        .output()
        .expect("script(1) is part of util-linux");
    String::from_utf8_lossy(&output.stdout).replace('\r', "")
}

/// Whether a line could have been broken at a space that is not between backticks.
fn breaks(line: &str) -> bool {
    let mut quoted = false;
    line.trim().chars().any(|c| {
        quoted ^= c == '`';
        c == ' ' && !quoted
    })
}

#[test]
fn no_line_is_wider_than_the_terminal_unless_it_cannot_be_broken() -> TestResult {
    let home = TempDir::new()?;
    story::build(&home.path().join("demo"))?;
    for arguments in [
        "status",
        "status principal/alice principal/bob",
        "log",
        "log skill/pdf-tools",
        "suggest",
        "check",
        "check -v",
        "explain skill/pdf-tools",
        "explain policy",
        "explain principal/alice",
        "diff skill/payments-refund",
        "policy diff",
        "show skill/pdf-tools@head",
        "checksum skills/pdf-tools --files",
    ] {
        let text = shown(&home, "60", arguments);
        assert!(!text.is_empty(), "{arguments}");
        let wide: Vec<&str> = text
            .lines()
            .filter(|line| line.width() > 60 && breaks(line))
            .collect();
        assert_eq!(wide, Vec::<&str>::new(), "{arguments}\n{text}");
        let words = |text: &str| -> usize {
            text.split_whitespace()
                .filter(|word| *word != "\\" && *word != "-")
                .count()
        };
        let full = shown(&home, "1000", arguments);
        assert!(
            words(&text) + 8 >= words(&full),
            "only headings go, for names of cells: {arguments}\n{text}\n{full}"
        );
        assert!(
            full.lines().any(|line| line.width() > 60),
            "{arguments}\n{full}"
        );
    }
    Ok(())
}
