//! Git attributes that change the bytes on checkout: an error, and the digest is that of the bytes
//! in Git.

use super::{attacked, honest_twin};
use countersign_testkit::TestResult;

#[track_caller]
fn alters(folder: &str, line: &str, attribute: &str) {
    let path = if folder.is_empty() {
        ".gitattributes".to_owned()
    } else {
        format!("{folder}/.gitattributes")
    };
    let mut before = None;
    let repo = attacked(|tree| {
        before = Some(tree.digest("skills/pdf"));
        tree.put(&path, format!("# attributes\n{line}\n"));
    });
    let checked = repo.check();
    let finding = checked
        .assert("fail", &["attributes-alter-bytes"])
        .finding_at("attributes-alter-bytes", &path);
    finding.is("error").line(2).says(attribute);
    assert_eq!(checked.code(), 1);
    if !folder.starts_with("skills/pdf") {
        let digest = repo.subject("skill/pdf")["digest"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert_eq!(
            Some(digest),
            before.map(|digest| digest.to_string()),
            "the digest is that of the bytes in Git"
        );
        assert_eq!(
            repo.state("skill/pdf"),
            "approved",
            "what was approved is what Git holds"
        );
    }
}

#[test]
fn refuses_line_ends_changed_on_checkout() {
    alters("", "*.md text eol=crlf", "eol");
    alters("skills", "*.md eol=crlf", "eol");
}

#[test]
fn refuses_export_subst() {
    alters("", "skills/** export-subst", "export-subst");
}

#[test]
fn refuses_ident() {
    alters("", "*.md ident", "ident");
}

#[test]
fn refuses_filters() {
    alters("", "*.md filter=evil", "filter");
    alters("", "* filter=lfs diff=lfs merge=lfs -text", "filter");
}

#[test]
fn refuses_working_tree_encodings() {
    alters(
        "",
        "SKILL.md working-tree-encoding=UTF-16LE",
        "working-tree-encoding",
    );
}

#[test]
fn refuses_attributes_of_a_file_inside_the_package() {
    alters("skills/pdf", "* ident", "ident");
}

#[test]
fn refuses_attributes_behind_a_macro() {
    let repo = attacked(|tree| tree.put(".gitattributes", "[attr]harmless ident\n*.md harmless\n"));
    repo.check()
        .assert("fail", &["attributes-alter-bytes"])
        .finding_at("attributes-alter-bytes", ".gitattributes")
        .is("error");
}

#[test]
fn attributes_that_change_no_governed_bytes_pass() -> TestResult {
    for line in [
        "* text=auto eol=lf",
        "*.md diff=markdown",
        "docs/** ident",
        "*.png binary",
        "*.md -ident -filter",
        "/SKILL.md ident",
    ] {
        honest_twin(|tree| tree.put(".gitattributes", format!("{line}\n")))
            .without("attributes-alter-bytes");
    }
    Ok(())
}

#[test]
fn a_later_line_that_unsets_the_attribute_passes() {
    honest_twin(|tree| tree.put(".gitattributes", "*.md ident\n*.md -ident\n"))
        .without("attributes-alter-bytes");
}

#[test]
fn the_worktrees_line_ends_do_not_change_the_digest() -> TestResult {
    let mut repo = countersign_testkit::Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let before = repo.subject("skill/pdf")["digest"].clone();
    repo.checkout()?;
    std::fs::write(
        repo.path().join("skills/pdf/SKILL.md"),
        "something else\r\n",
    )?;
    repo.check().passes();
    assert_eq!(repo.subject("skill/pdf")["digest"], before);
    Ok(())
}

#[test]
fn refuses_attributes_in_a_file_or_folder_that_some_disk_knows_by_another_spelling() {
    for path in [
        ".GITATTRIBUTES",
        ".gitattributes.",
        "Skills/.gitattributes",
        "skills/PDF/.gitattributes",
        "skills./.GitAttributes",
    ] {
        let repo = attacked(|tree| tree.put(path, "*.md ident\n"));
        repo.check()
            .assert("fail", &["attributes-alter-bytes"])
            .finding_at("attributes-alter-bytes", path)
            .is("error");
    }
}

#[test]
fn refuses_attributes_before_and_after_a_nul() {
    for text in ["*.md ident\0", "*.md ident\0x\n", "x\0\n*.md ident\n"] {
        let repo = attacked(|tree| tree.put(".gitattributes", text));
        repo.check().assert("fail", &["attributes-alter-bytes"]);
    }
}

#[test]
fn a_line_of_attributes_that_reaches_more_files_is_another_finding() -> TestResult {
    let mut repo = attacked(|tree| tree.put(".gitattributes", "# one\n*.md ident\n"));
    let alice = repo.alice.clone();
    repo.check().assert("fail", &["attributes-alter-bytes"]);
    let lines = [
        ("* ident\n", "fail"),
        ("SKILL.md ident\n", "fail"),
        ("# two\n\n*.md ident\n", "pass"),
    ];
    for (index, (text, verdict)) in lines.into_iter().enumerate() {
        repo.branch(&format!("work-{index}"))?;
        repo.commit(&alice, "Attributes", |tree| {
            tree.put(".gitattributes", text);
        })?;
        assert_eq!(
            repo.check_with(&["--base", "main"]).verdict(),
            verdict,
            "{text:?}"
        );
        repo.switch("main")?;
    }
    Ok(())
}
