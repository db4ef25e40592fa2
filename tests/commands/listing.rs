//! What `check` and `status` list: what blocks in full, the rest by rule with a command that lists
//! it, and what the user selects.

use countersign::demo::Tree;
use countersign_testkit::{Output, Repo, TestResult, typed};

/// Skills without a version, of which there are many.
fn put_many(tree: &mut Tree, count: usize) {
    for number in 0..count {
        let name = format!("name-{number:03}");
        tree.put_skill(&name, "1.0.0", "Do it.");
        tree.replace(format!("skills/{name}/SKILL.md"), "1.0.0", "one");
    }
}

/// A team whose branch has many Skills that were there when governance began.
fn noisy(count: usize) -> Repo {
    let baseline = |policy: countersign::demo::PolicyDraft| policy.line("baseline: allow");
    Repo::team_with(baseline, |tree| put_many(tree, count))
}

/// Rows on a terminal of 80 columns.
fn rows(output: &Output) -> usize {
    let rows = |line: &str| line.chars().count().div_ceil(80).max(1);
    output.stdout.lines().map(rows).sum()
}

/// The command in a line that begins like this.
fn command_after<'o>(output: &'o Output, start: &str) -> &'o str {
    let line = output
        .stdout
        .lines()
        .find(|line| line.trim_start().starts_with(start));
    let line = line.unwrap_or_else(|| panic!("{start} is printed\n{output}"));
    let at = line
        .find("countersign ")
        .unwrap_or_else(|| panic!("{line}"));
    &line[at..]
}

#[test]
fn a_big_repository_that_passes_fits_on_a_screen_and_each_command_works_as_typed() -> TestResult {
    let mut repo = noisy(120);
    for command in [&["check"][..], &["check", "--format", "markdown"]] {
        let output = repo.run(command).exits(0);
        assert!(rows(&output) < 60, "{} rows\n{output}", rows(&output));
    }
    let check = repo.run(&["check"]);
    assert!(
        check
            .stdout
            .contains("warning unversioned 120: a package declares no usable version\n"),
        "{check}"
    );
    repo.history.checkout()?;
    let all = typed(&repo, &repo.path(), command_after(&check, "… and 117 more")).exits(0);
    assert_eq!(all.stdout.matches("/SKILL.md:").count(), 120, "{all}");
    assert!(!all.stdout.contains("baseline-content"), "{all}");
    let notes = typed(&repo, &repo.path(), command_after(&check, "121 notes")).exits(0);
    let named = notes.stdout.matches(" unversioned (sha ").count();
    assert_eq!(named, 120, "{notes}");
    Ok(())
}

#[test]
fn a_message_and_a_fix_that_findings_share_are_said_once() {
    let repo = noisy(5);
    let all = repo.run(&["check", "--rule", "unversioned"]).exits(0);
    assert_eq!(
        all.stdout.matches("is not a semantic version").count(),
        1,
        "{all}"
    );
    assert_eq!(all.stdout.matches("help: ").count(), 1, "{all}");
}

#[test]
fn a_selection_changes_neither_the_verdict_nor_the_counts_and_says_what_it_hides() -> TestResult {
    let mut repo = noisy(4);
    repo.drafted_skill("pdf", "1.0.0")?;
    let plain = repo.run(&["check"]).exits(1);
    let first = plain.stdout.lines().next().unwrap_or_default().to_owned();
    for (options, shown, hidden) in [
        (
            &["--rule", "unversioned"][..],
            "name-003",
            "1 missing approval",
        ),
        (&["--severity", "waiting"], "skill/pdf", "warnings"),
        (&["--path", "skills/pdf/"], "skill/pdf", "warnings"),
        (&["--subject", "pdf"], "skill/pdf", "warnings"),
        (
            &["--subject", "skill/name-*"],
            "name-003",
            "1 missing approval",
        ),
    ] {
        let output = repo.run(&[&["check"], options].concat()).exits(1);
        let mut lines = output.stdout.lines();
        assert_eq!(lines.next(), Some(first.as_str()), "{output}");
        let said = lines.next().unwrap_or_default();
        assert!(
            said.contains(&format!("selected by {}", options[0])) && said.contains(hidden),
            "{output}"
        );
        assert!(output.stdout.contains(shown), "{output}");
        for format in ["markdown", "github", "sarif"] {
            let options = [&["check", "--format", format], options].concat();
            let output = repo.run(&options).exits(1);
            assert!(output.stdout.contains("--"), "{output}");
        }
    }
    let output = repo
        .run(&["check", "--format", "json", "--rule", "unversioned"])
        .exits(2);
    assert!(
        output.stderr.contains("JSON, which is always complete"),
        "{output}"
    );
    let output = repo.run(&["check", "--rule", "unversionned"]).exits(2);
    assert!(
        output.stderr.contains("did you mean `unversioned`?"),
        "{output}"
    );
    Ok(())
}

#[test]
fn the_command_for_the_rest_repeats_the_options_that_were_given() -> TestResult {
    let mut repo = Repo::team();
    let base = repo.head().to_string();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add many", |tree| put_many(tree, 5))?;
    let anchor = base.clone();
    let output = repo
        .run(&["check", "--base", &base, "--anchor", &anchor, "--strict"])
        .exits(1);
    let command = command_after(&output, "… and 2 more");
    for part in [
        format!("--base {base}"),
        format!("--anchor {anchor}"),
        "--strict".to_owned(),
    ] {
        assert!(command.contains(&part), "{part}: {command}");
    }
    let status = repo.run(&["status", "skill/*"]).exits(0);
    let command = command_after(&status, "… and 2 more");
    assert!(
        command.contains("status") && command.contains("'skill/*'"),
        "{command}"
    );
    repo.history.checkout()?;
    typed(&repo, &repo.path(), command).exits(0);
    Ok(())
}

#[test]
fn strictly_a_warning_fails_in_every_format_and_each_says_so() {
    let repo = noisy(1);
    repo.run(&["check"]).exits(0);
    let strict = |format: &str| {
        repo.run(&["check", "--strict", "--format", format])
            .exits(1)
    };
    for (format, said) in [
        ("human", "which count as errors (--strict)"),
        ("markdown", "--strict"),
        ("github", "Warnings count as errors (--strict)."),
        ("sarif", "Warnings count as errors (--strict)."),
        ("json", "\"strict\": true"),
    ] {
        let output = strict(format);
        assert!(output.stdout.contains(said), "{output}");
    }
    let json = strict("json").json();
    assert_eq!(json["verdict"], "fail");
    assert_eq!(
        json["findings"][0]["severity"], "warning",
        "a severity is the rule's own"
    );
    repo.run(&["check", "--worktree"]);
}

#[test]
fn documents_on_disk_are_listed_in_the_same_way() -> TestResult {
    let mut repo = noisy(6);
    repo.history.checkout()?;
    let output = repo.run(&["check", "--worktree"]).exits(0);
    let command = command_after(&output, "… and 3 more");
    assert!(
        command.ends_with(" --worktree --rule unversioned"),
        "{command}"
    );
    let all = typed(&repo, &repo.path(), command).exits(0);
    assert_eq!(all.stdout.matches("/SKILL.md:").count(), 6, "{all}");
    repo.run(&["check", "--worktree", "--strict"]).exits(1);
    Ok(())
}
