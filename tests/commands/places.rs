//! Faults of the files that people write: each at its own line and column, in our own words, with
//! what to write.

use std::fs;

use countersign_testkit::{Output, Repo, TestResult, desk};

/// The output of `check --worktree` after this change of the policy.
fn changed(repo: &Repo, from: &str, to: &str) -> Result<Output, Box<dyn std::error::Error>> {
    let path = repo.path().join("countersign.yaml");
    let before = fs::read_to_string(&path)?;
    assert!(before.contains(from), "{from}\n{before}");
    fs::write(&path, before.replacen(from, to, 1))?;
    let output = repo.run(&["check", "--worktree"]);
    fs::write(&path, before)?;
    for word in [
        "u64",
        "invalid type",
        "floating point",
        "anchor",
        "while parsing",
        "mapping values",
        "expected",
    ] {
        assert!(!output.stdout.contains(word), "{word}\n{output}");
        assert!(!output.stderr.contains(word), "{word}\n{output}");
    }
    Ok(output.exits(1))
}

fn governed() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add a Skill", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.checkout()?;
    let dir = repo.beside().join(".ssh");
    fs::create_dir_all(&dir)?;
    fs::write(dir.join("id_ed25519.pub"), alice.public_line())?;
    repo.run(&["init", "--quiet", "--as", "alice"]).exits(0);
    Ok(repo)
}

#[test]
fn each_fault_of_the_policy_is_at_its_place_with_what_to_write() -> TestResult {
    let repo = governed()?;
    let policy = fs::read_to_string(repo.path().join("countersign.yaml"))?;
    let line_of = |text: &str| {
        let before = policy.split(text).next().unwrap_or_default();
        before.matches('\n').count() + 1
    };
    let key = policy
        .lines()
        .find(|line| line.contains("- ssh: "))
        .ok_or("a key")?
        .trim()
        .to_owned();
    for (from, to, column, message, help) in [
        (
            "serial: 1",
            "serial: 1.0",
            9,
            "`1.0` instead of a whole number",
            "Write `1`.",
        ),
        (
            "serial: 1",
            "serial: \"1\"",
            9,
            "text instead of a whole number",
            "Remove the quotes: `1`.",
        ),
        (
            "serial: 1",
            "serial: 0",
            9,
            "the serial is zero",
            "Start with `serial: 1`.",
        ),
        (
            "separation_of_duties: false",
            "separation_of_duties: off",
            23,
            "text instead of true or false",
            "Write `false`: `off` does not mean it in YAML 1.2.",
        ),
        (
            "separation_of_duties: false",
            "separation_of_duties: \"false\"",
            23,
            "text instead of true or false",
            "Remove the quotes: `false`.",
        ),
        (
            "owners: [alice]",
            "owners: alice",
            45,
            "text instead of a list",
            "Write a list: `[alice]`.",
        ),
        (
            "administrators: [alice]",
            "administrators: alice",
            19,
            "text instead of a list",
            "Write a list: `[alice]`.",
        ),
        (
            "policy_changes: {count: 1}",
            "policy_changes: 1",
            17,
            "a number instead of a set of fields",
            "Write fields, each as a name, a colon and a value: `count`.",
        ),
        (
            "policy_changes: {count: 1}",
            "policy_changes: {count: 5000000000}",
            25,
            "`5000000000` is too large",
            "Write a smaller number.",
        ),
        (
            "path: \"skills/*\"",
            "path: **/skills/*",
            25,
            "text that begins with `*` without quotes",
            "Put the value in quotes: `\"**/skills/*\"`.",
        ),
        (
            "repository: repo",
            "repository: https://github.com/acme/x",
            13,
            "the repository has a scheme",
            "Write the host and path",
        ),
        (
            key.as_str(),
            "- gpg: keys/alice.asc",
            9,
            "unknown field `gpg`: did you mean `openpgp`?",
            "Rename the field",
        ),
        (
            key.as_str(),
            "- ssh: /home/alice/.ssh/id_ed25519.pub",
            14,
            "SSH key of alice is a path, and the key itself belongs here",
            "Paste the line that is in /home/alice/.ssh/id_ed25519.pub.",
        ),
        (
            key.as_str(),
            &key[..40],
            14,
            "SSH key of alice cannot be used: malformed key",
            "Paste the key as its tool prints it",
        ),
    ] {
        let output = changed(&repo, from, to)?;
        let line = line_of(from);
        let place = format!("[countersign.yaml:{line}:{column}]");
        // Long texts are wrapped.
        let said: Vec<&str> = output.stderr.split_whitespace().collect();
        let said = said.join(" ");
        for word in [place.as_str(), message, help] {
            assert!(said.contains(word), "{to}: {word}\n{output}");
        }
        assert!(
            output.stdout.contains("1 error"),
            "one cause, one fault: {to}\n{output}"
        );
    }
    Ok(())
}

#[test]
fn a_fault_of_a_record_is_at_its_place_with_what_to_write() -> TestResult {
    let repo = desk("alice")?;
    repo.run(&["approve", "skill/pdf", "--reason", "Read"])
        .exits(0);
    let record = countersign_testkit::records(&repo)
        .into_iter()
        .find(|path| path.ends_with(".yaml"))
        .ok_or("a record")?;
    let text = fs::read_to_string(&record)?;
    for (from, to, message, help) in [
        (
            "reason: Read",
            "reason: 5",
            "a number instead of text",
            "Put it in quotes: `\"5\"`.",
        ),
        (
            "reason: Read",
            "reason: @alice said so",
            "a `@` that cannot begin text without quotes",
            "Put the value in quotes: `\"@alice said so\"`.",
        ),
        (
            "principal: alice",
            "principal: [alice]",
            "a list instead of text",
            "Write it without brackets: `alice`.",
        ),
        (
            "reason: Read",
            "reason: Read: all",
            "a `:` where no field can begin",
            "Put text that contains `: ` in quotes",
        ),
    ] {
        assert!(text.contains(from), "{from}\n{text}");
        fs::write(&record, text.replacen(from, to, 1))?;
        let output = repo.run(&["check", "--worktree"]).exits(1);
        let before = text.split(from).next().unwrap_or_default();
        let place = format!(".yaml:{}:", before.matches('\n').count() + 1);
        for word in [place.as_str(), message, help] {
            assert!(output.stdout.contains(word), "{to}: {word}\n{output}");
        }
    }
    Ok(())
}
