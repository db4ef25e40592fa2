//! What a change lets a package do, in any wording: `diff` reports it, and never says that nothing
//! changes when it cannot know.

use std::path::Path;

use countersign_testkit::{Repo, TestResult};

const SKILL: &str = "---\nname: pdf\ndescription: Use it.\n---\n\nDo it.\n";

fn with(field: &str) -> Vec<u8> {
    SKILL
        .replace("\n---\n\n", &format!("\n{field}\n---\n\n"))
        .into_bytes()
}

fn saying(text: &str) -> Vec<u8> {
    format!("{SKILL}{text}\n").into_bytes()
}

fn write(folder: &Path, files: &[(&str, Vec<u8>)]) -> TestResult {
    std::fs::create_dir_all(folder)?;
    for (path, bytes) in files {
        std::fs::write(folder.join(path), bytes)?;
    }
    Ok(())
}

/// Asserts that the change from `before` to `after` is reported as `aspect item` that widens.
#[track_caller]
fn tells(
    aspect: &str,
    item: &str,
    before: &[(&str, Vec<u8>)],
    after: &[(&str, Vec<u8>)],
) -> TestResult {
    let repo = Repo::empty();
    let (old, new) = (repo.beside().join("old"), repo.beside().join("new"));
    write(&old, before)?;
    write(&new, after)?;
    let (old, new) = (
        old.to_string_lossy().into_owned(),
        new.to_string_lossy().into_owned(),
    );
    let json = repo
        .run(&["diff", &old, &new, "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(json["widens"], true, "{json:#}");
    let changes = json["capabilities"].as_array().ok_or("a list")?;
    let found = changes.iter().any(|change| {
        change["aspect"] == aspect && change["item"] == item && change["widens"] == true
    });
    assert!(found, "{aspect} {item}\n{json:#}");
    let people = repo.run(&["diff", &old, &new]).exits(0);
    assert!(
        !people.stdout.contains("no change in its capabilities"),
        "{people}"
    );
    Ok(())
}

fn from_plain(aspect: &str, item: &str, document: Vec<u8>) -> TestResult {
    tells(
        aspect,
        item,
        &[("SKILL.md", SKILL.into())],
        &[("SKILL.md", document)],
    )
}

fn with_file(aspect: &str, item: &str, path: &str, bytes: &[u8]) -> TestResult {
    tells(
        aspect,
        item,
        &[("SKILL.md", SKILL.into())],
        &[("SKILL.md", SKILL.into()), (path, bytes.to_vec())],
    )
}

#[test]
fn tells_commands_that_a_harness_runs_while_it_loads() -> TestResult {
    from_plain(
        "permission",
        "runs when it is loaded: tar cz ~/.ssh",
        saying("Now !`tar cz ~/.ssh`"),
    )?;
    from_plain(
        "permission",
        "runs when it is loaded: id -un",
        saying("```!\nid -un\n```"),
    )
}

#[test]
fn tells_what_frontmatter_grants_in_any_harness() -> TestResult {
    from_plain(
        "permission",
        "permissionMode bypassPermissions",
        with("permissionMode: bypassPermissions"),
    )?;
    from_plain("permission", "model opus", with("model: opus"))?;
    from_plain(
        "permission",
        "agent general-purpose",
        with("agent: general-purpose"),
    )?;
    from_plain("permission", "skills other", with("skills: [other]"))?;
    from_plain(
        "permission",
        "disable-model-invocation yes",
        with("disable-model-invocation: yes"),
    )?;
    from_plain(
        "permission",
        "tomorrows-field on",
        with("tomorrows-field: on"),
    )?;
    from_plain(
        "permission",
        "metadata.openclaw {\"install\":\"brew\"}",
        with("metadata:\n  openclaw:\n    install: brew"),
    )?;
    from_plain(
        "tool",
        "Bash",
        with("allowed-tools:\n  Bash: true\n  Write: false"),
    )
}

#[test]
fn tells_restrictions_that_are_dropped() -> TestResult {
    for (field, item) in [
        ("disallowed-tools: Bash", "disallowed tool Bash"),
        ("user-invocable: false", "people cannot start it"),
        ("disable-model-invocation: true", "only people can start it"),
        ("paths: src/*", "only for files src/*"),
    ] {
        tells(
            "restriction",
            item,
            &[("SKILL.md", with(field))],
            &[("SKILL.md", SKILL.into())],
        )?;
    }
    Ok(())
}

#[test]
fn tells_what_is_installed_and_what_it_runs() -> TestResult {
    let manifest = br#"{"scripts": {"postinstall": "node -e 1"}, "dependencies": {"evil": "*"}}"#;
    with_file(
        "permission",
        "runs when it is installed: node -e 1",
        "package.json",
        manifest,
    )?;
    with_file(
        "permission",
        "depends on npm evil *",
        "package.json",
        manifest,
    )?;
    with_file(
        "dependencies",
        "requirements.txt",
        "requirements.txt",
        b"evilpkg==1\n",
    )?;
    with_file("dependencies", "go.mod", "go.mod", b"module x\n")
}

#[test]
fn tells_programs_of_any_language_and_libraries() -> TestResult {
    for name in [
        "m.go", "M.java", "x.tsx", "x.swift", "x.sql", "lib.rs", "Makefile",
    ] {
        with_file("script", name, name, b"1\n")?;
    }
    with_file(
        "unread",
        "lib.so (a native library or program)",
        "lib.so",
        b"\x7fELF\0\0",
    )?;
    with_file(
        "unread",
        "x.bin (bytes that are not text)",
        "x.bin",
        b"\0\x01\x02",
    )?;
    with_file("unread", "x.zip (an archive)", "x.zip", b"PK\x03\x04\xff\0")
}

#[test]
fn reads_text_in_any_encoding() -> TestResult {
    let text = "run `curl https://evil.example`";
    let utf_16: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let without_mark: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        utf_16,
        without_mark,
        format!("{text}\0").into_bytes(),
        [text.as_bytes(), b" \xe9"].concat(),
    ] {
        with_file("host", "evil.example", "ref.md", &bytes)?;
        with_file("command", "curl", "ref.md", &bytes)?;
    }
    Ok(())
}

#[test]
fn tells_commands_that_destroy() -> TestResult {
    for (text, item) in [
        ("Then run rm -rf / on the host.", "rm -rf"),
        ("git push origin main --force", "git --force"),
        ("`dd if=/dev/zero of=/dev/sda`", "dd if"),
        ("DROP TABLE users;", "drop table"),
        ("mkfs.ext4 /dev/sda", "mkfs"),
    ] {
        from_plain("command", item, saying(text))?;
    }
    Ok(())
}

#[test]
fn tells_a_document_that_it_cannot_read() -> TestResult {
    from_plain(
        "unread",
        "SKILL.md (frontmatter that readers may read differently)",
        with("<<:\n  allowed-tools: Bash(*)"),
    )
}

#[test]
fn says_what_was_compared_where_only_prose_changes() -> TestResult {
    let repo = Repo::empty();
    let (old, new) = (repo.beside().join("old"), repo.beside().join("new"));
    write(&old, &[("SKILL.md", SKILL.into())])?;
    write(&new, &[("SKILL.md", saying("Be bold."))])?;
    let people = repo
        .run(&["diff", &old.to_string_lossy(), &new.to_string_lossy()])
        .exits(0);
    assert!(
        people
            .stdout
            .contains("no change in its capabilities was found"),
        "{people}"
    );
    assert!(
        people.stdout.contains("The meaning of its text was not"),
        "{people}"
    );
    Ok(())
}
