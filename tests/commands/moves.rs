//! A package that moved: what left one place and came to another in one landing is told.

use countersign_testkit::{Repo, TestResult};

/// Lands the bytes of one folder at another one.
fn moved(repo: &mut Repo, from: &str, to: &str) -> TestResult {
    let alice = repo.alice.clone();
    let bytes = repo.git(&["show", &format!("HEAD:{from}/SKILL.md")]);
    repo.commit(&alice, "Move it", |tree| {
        tree.remove(format!("{from}/SKILL.md"));
        tree.put(format!("{to}/SKILL.md"), &bytes);
    })?;
    Ok(())
}

#[test]
fn a_subject_that_got_another_name_is_found_under_both() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    moved(&mut repo, "skills/pdf", "skills/pdf-kit")?;
    let came = "skill/pdf-kit 1.0.0 is a draft (0 of 1: needs one of bob, carol), moved from skills/pdf (skill/pdf)";
    let left = "its files are gone: moved to skills/pdf-kit (skill/pdf-kit)";
    for command in ["check", "status"] {
        let shown = repo.run(&[command]).stdout;
        assert!(shown.contains(came) && shown.contains(left), "{shown}");
    }
    let explained = repo.run(&["explain", "skill/pdf-kit"]).exits(0).stdout;
    assert!(
        explained.contains("skills/pdf-kit, moved from skills/pdf (skill/pdf)"),
        "{explained}"
    );
    Ok(())
}

#[test]
fn a_diff_says_where_the_bytes_were_before_and_where_they_went() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    moved(&mut repo, "skills/pdf", "skills/pdf-kit")?;
    let shown = repo.run(&["diff", "skill/pdf-kit"]).exits(0);
    assert!(
        shown
            .stdout
            .contains("], moved from skills/pdf (skill/pdf)\n"),
        "{shown}"
    );
    let json = repo
        .run(&["diff", "skill/pdf-kit", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(json["after"]["moved_from"], "skills/pdf (skill/pdf)");
    // What is gone is found under its new name, with a command that works.
    let gone = repo.run(&["diff", "skill/pdf"]).exits(2);
    let command = "countersign diff skill/pdf@1.0.0 skill/pdf-kit";
    assert!(
        gone.stderr.contains(&format!(
            "Its files moved to skills/pdf-kit (skill/pdf-kit): run `{command}`."
        )),
        "{gone}"
    );
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let same = repo.run(&words).exits(0);
    assert!(same.stdout.contains("byte for byte"), "{same}");
    Ok(())
}

#[test]
fn a_subject_at_another_path_says_where_it_was_and_stays_approved() -> TestResult {
    let lab = |policy: countersign::demo::PolicyDraft| {
        policy.with(|policy| {
            let entry = "{kind: skill, path: \"lab/*\", owners: [data-platform], risk: low}";
            policy.entries.push(entry.to_owned());
        })
    };
    let mut repo = Repo::team_with(lab, |_| ());
    repo.approved_skill("pdf", "1.0.0")?;
    moved(&mut repo, "skills/pdf", "lab/pdf")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    let explained = repo.run(&["explain", "skill/pdf"]).exits(0).stdout;
    assert!(
        explained.contains("lab/pdf, moved from skills/pdf\n"),
        "{explained}"
    );
    Ok(())
}

#[test]
fn bytes_that_left_twice_moved_from_nowhere() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    let bytes = repo.git(&["show", "HEAD:skills/pdf/SKILL.md"]);
    repo.commit(&alice, "Copy it", |tree| {
        tree.put("skills/copy/SKILL.md", &bytes);
    })?;
    repo.commit(&alice, "Move both", |tree| {
        tree.remove("skills/copy/SKILL.md");
        tree.remove("skills/pdf/SKILL.md");
        tree.put("skills/new/SKILL.md", &bytes);
    })?;
    let shown = repo.run(&["check"]).stdout;
    assert!(shown.contains("skill/new 1.0.0 is a draft"), "{shown}");
    assert!(
        !shown.contains("moved from") && !shown.contains("moved to"),
        "{shown}"
    );
    Ok(())
}
