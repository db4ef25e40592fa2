//! Symlinks, submodules, LFS pointers and nested repositories are refused.

use countersign::demo::tree::SUBMODULE;
use countersign::demo::{PolicyDraft, Tree};

use super::{attacked, honest_twin, refuses};
use countersign_testkit::{Repo, TestResult};

const LFS_POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

#[test]
fn refuses_a_symlink_to_a_file_inside_the_package() {
    refuses(
        &mut attacked(|tree| tree.link("skills/pdf/notes.md", "SKILL.md")),
        "symlink",
        "skills/pdf/notes.md",
    );
}

#[test]
fn refuses_a_symlink_to_a_file_outside_the_package() {
    refuses(
        &mut attacked(|tree| tree.link("skills/pdf/notes.md", "../../countersign.yaml")),
        "symlink",
        "skills/pdf/notes.md",
    );
    refuses(
        &mut attacked(|tree| tree.link("skills/pdf/passwd", "/etc/passwd")),
        "symlink",
        "skills/pdf/passwd",
    );
}

#[test]
fn refuses_a_dangling_symlink() {
    refuses(
        &mut attacked(|tree| tree.link("skills/pdf/scripts/run.sh", "nowhere")),
        "symlink",
        "skills/pdf/scripts/run.sh",
    );
}

#[test]
fn refuses_a_symlink_loop() {
    let attack = |tree: &mut Tree| {
        tree.link("skills/pdf/a", "b");
        tree.link("skills/pdf/b", "a");
        tree.link("skills/pdf/self", "self");
    };
    let mut repo = attacked(attack);
    repo.check().finding_at("symlink", "skills/pdf/b");
    repo.check().finding_at("symlink", "skills/pdf/self");
    refuses(&mut repo, "symlink", "skills/pdf/a");
}

#[test]
fn refuses_a_symlink_in_place_of_the_document() {
    let attack = |tree: &mut Tree| {
        tree.put("elsewhere.md", tree.text("skills/pdf/SKILL.md"));
        tree.link("skills/pdf/SKILL.md", "../../elsewhere.md");
    };
    refuses(&mut attacked(attack), "symlink", "skills/pdf/SKILL.md");
}

#[test]
fn refuses_a_symlink_at_a_governed_path() {
    let attack = |tree: &mut Tree| {
        tree.rename("skills/pdf", "vendor/pdf");
        tree.link("skills/pdf", "../vendor/pdf");
    };
    let repo = attacked(attack);
    let checked = repo.check();
    checked
        .assert("fail", &["symlink"])
        .finding_at("symlink", "skills/pdf")
        .is("error");
    assert_eq!(checked.code(), 1);
}

#[test]
fn refuses_a_symlink_above_a_governed_path() {
    let attack = |tree: &mut Tree| {
        tree.rename("skills", "vendor");
        tree.link("skills", "vendor");
    };
    let checked = attacked(attack).check();
    checked
        .assert("fail", &["symlink"])
        .finding_at("symlink", "skills")
        .is("error");
}

#[test]
fn refuses_a_symlink_above_a_governed_path_that_never_held_anything() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add prompts", |tree| {
        tree.put("hidden/greet.md", "---\nversion: 1.0.0\n---\n\nHi.\n");
        tree.link("prompts", "hidden");
    })?;
    repo.check()
        .assert("fail", &["symlink"])
        .finding_at("symlink", "prompts")
        .is("error");
    Ok(())
}

#[test]
fn a_symlink_outside_every_governed_path_is_not_checked() {
    honest_twin(|tree| tree.link("docs/readme", "../README.md")).without("symlink");
}

#[test]
fn refuses_a_submodule_inside_a_package() {
    let attack = |tree: &mut Tree| {
        let commit = "1111111111111111111111111111111111111111"
            .parse()
            .expect("an id");
        tree.put_object("skills/pdf/vendor", SUBMODULE, commit);
    };
    refuses(&mut attacked(attack), "submodule", "skills/pdf/vendor");
}

#[test]
fn refuses_a_submodule_at_a_governed_path() {
    let attack = |tree: &mut Tree| {
        let commit = "1111111111111111111111111111111111111111"
            .parse()
            .expect("an id");
        tree.remove("skills/pdf");
        tree.put_object("skills/pdf", SUBMODULE, commit);
        tree.put(
            ".gitmodules",
            "[submodule \"pdf\"]\n\tpath = skills/pdf\n\turl = https://evil.example/pdf\n",
        );
    };
    let checked = attacked(attack).check();
    checked
        .assert("fail", &["submodule"])
        .finding_at("submodule", "skills/pdf")
        .is("error");
}

#[test]
fn refuses_a_submodule_above_a_governed_path() {
    let attack = |tree: &mut Tree| {
        let commit = "1111111111111111111111111111111111111111"
            .parse()
            .expect("an id");
        tree.remove("skills");
        tree.put_object("skills", SUBMODULE, commit);
    };
    attacked(attack)
        .check()
        .assert("fail", &["submodule"])
        .finding_at("submodule", "skills")
        .is("error");
}

#[test]
fn refuses_an_lfs_pointer() {
    refuses(
        &mut attacked(|tree| tree.put("skills/pdf/model.bin", LFS_POINTER)),
        "lfs-pointer",
        "skills/pdf/model.bin",
    );
}

#[test]
fn a_document_about_lfs_pointers_is_not_a_pointer() {
    honest_twin(|tree| {
        tree.put(
            "skills/pdf/lfs.md",
            format!("A pointer looks like this:\n\n{LFS_POINTER}"),
        );
    })
    .without("lfs-pointer");
}

#[test]
fn refuses_a_nested_repository() {
    let attack = |tree: &mut Tree| {
        tree.put("skills/pdf/vendor/.git/HEAD", "ref: refs/heads/main\n");
        tree.put(
            "skills/pdf/vendor/.git/config",
            "[core]\n\tfsmonitor = touch /tmp/owned\n",
        );
    };
    refuses(
        &mut attacked(attack),
        "path-name",
        "skills/pdf/vendor/.git/HEAD",
    );
}

#[test]
fn refuses_a_file_called_git_that_points_to_a_repository() {
    let attack = |tree: &mut Tree| tree.put("skills/pdf/.git", "gitdir: ../../.git/modules/evil\n");
    refuses(&mut attacked(attack), "path-name", "skills/pdf/.git");
}

#[test]
fn refuses_modes_that_git_does_not_write() {
    let attack = |tree: &mut Tree| tree.put_mode("skills/pdf/odd.sh", 0o100_664, "echo\n");
    let repo = attacked(attack);
    let checked = repo.check();
    assert_eq!(checked.verdict(), "fail", "{checked}");
    let findings = checked.findings();
    let odd = findings.iter().any(|finding| {
        matches!(finding.rule(), "file-mode" | "tree-malformed") && finding.severity() == "error"
    });
    assert!(odd, "{checked}");
}

#[test]
fn refuses_a_package_of_nothing_but_refused_files() {
    let attack = |tree: &mut Tree| {
        tree.remove("skills/pdf");
        tree.link("skills/pdf/SKILL.md", "/dev/null");
    };
    let checked = attacked(attack).check();
    checked
        .assert("fail", &["symlink"])
        .finding_at("symlink", "skills/pdf/SKILL.md")
        .is("error");
}

#[test]
fn refuses_more_files_than_the_policy_allows() -> TestResult {
    let mut repo = grown("limits: {package_files: 3, package_bytes: 52428800}")?;
    repo.check().without("skill-file-missing");
    refuses(&mut repo, "package-too-large", "skills/pdf");
    Ok(())
}

#[test]
fn refuses_more_bytes_than_the_policy_allows() -> TestResult {
    let repo = grown("limits: {package_files: 2000, package_bytes: 400}")?;
    let checked = repo.check();
    checked
        .assert("fail", &["package-too-large"])
        .finding("package-too-large")
        .is("error")
        .has("subject", "skill/pdf");
    assert!(repo.subject("skill/pdf")["digest"].is_null());
    // It is too large; nothing of it is missing.
    checked.without("skill-file-missing");
    Ok(())
}

/// An approved Skill that grows beyond `limits`.
fn grown(limits: &str) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(|policy: PolicyDraft| policy.line(limits), |_| ());
    repo.approved_skill("pdf", "1.0.0")?;
    repo.check().passes();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Grow", |tree| {
        for file in 0..4 {
            tree.put(format!("skills/pdf/{file}.md"), "x".repeat(100));
        }
    })?;
    Ok(repo)
}
