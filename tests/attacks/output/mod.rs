//! The section `Output` of the list of attacks: hostile text is inert in every format, and the same
//! repository gives the same bytes.

mod arguments;
mod inert;
mod places;
mod same;
mod writing;

use countersign_testkit::{Output, Repo};

/// What someone who can push would like to have printed.
pub const PAYLOADS: [&str; 5] = [
    "\u{1b}[2J\u{1b}]8;;https://evil.example\u{7}click\u{8}\u{8}",
    "x\n::error file=a.md,line=1::pwned\r\npass: main at 0000000000",
    "::error::<script>alert(1)</script>",
    "=1+1 [click](https://evil.example) `code` | a | b |\n\n# pass",
    "\u{9b}31m\u{202e}gpj.exe\u{200b}\u{e0041}\u{2028}::error::pwned",
];

/// Every command that reads a repository, in every format that exists.
#[track_caller]
pub fn inert_everywhere(repo: &Repo) -> Vec<Output> {
    let mut outputs = Vec::new();
    for command in [
        &["check"][..],
        &["status"],
        &["log"],
        &["explain", "skill/pdf"],
    ] {
        for format in ["human", "json"] {
            let output = repo.run(&[command, &["--format", format]].concat());
            assert_ne!(output.code, 70, "{output}");
            inert(&output);
            if format == "json" && !output.stdout.is_empty() {
                output.json();
            }
            outputs.push(output);
        }
    }
    for format in ["human", "json", "markdown", "html"] {
        let output = repo.run(&["audit", "--format", format]);
        assert_ne!(output.code, 70, "{output}");
        inert(&output);
        match format {
            "json" if !output.stdout.is_empty() => drop(output.json()),
            "html" | "markdown" => no_markup(&output),
            _ => {}
        }
        outputs.push(output);
    }
    outputs
}

/// Asserts that a page contains no markup except our own.
#[track_caller]
fn no_markup(output: &Output) {
    for markup in [
        "<script",
        "<img",
        "<iframe",
        "<a href=\"http",
        "javascript:",
        " onload=",
        " onerror=",
    ] {
        assert!(
            !output.stdout.to_lowercase().contains(markup),
            "`{markup}` got through\n{output}"
        );
    }
    // Brackets are only brackets where there are tags.
    let html = output.stdout.starts_with("<!DOCTYPE html>");
    assert!(
        html || !output.stdout.contains("](https://evil"),
        "someone else's link\n{output}"
    );
    assert!(
        !output.stdout.lines().any(|line| line.starts_with("# pass")),
        "someone else's heading\n{output}"
    );
}

/// Asserts that nothing printed moves a cursor, hides or reorders text, breaks a line of ours, or
/// is a command to a runner.
#[track_caller]
pub fn inert(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        if let Some(character) = text.chars().find(|c| acts(*c)) {
            panic!(
                "U+{:04X} is printed as it is\n{}",
                u32::from(character),
                output.to_string().escape_debug()
            );
        }
        for line in text.lines() {
            assert!(
                !line.trim_start().starts_with("::"),
                "a runner obeys `{line}`\n{output}"
            );
        }
    }
}

/// Characters that do more than print.
fn acts(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
