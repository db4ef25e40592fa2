//! Subjects and governed paths whose names collide.

use countersign::demo::documents::{prompt_text, skill_text};
use countersign::model::DecisionKind;

use super::{attacked, honest_twin};
use countersign_testkit::{Repo, TestResult};

#[test]
fn refuses_two_subjects_whose_names_differ_only_in_case() {
    let repo =
        attacked(|tree| tree.put("skills/PDF/SKILL.md", skill_text("PDF", "1.0.0", "Do it.")));
    let checked = repo.check();
    checked.assert("fail", &["name-collision"]);
    assert_eq!(checked.code(), 1);
    let named: Vec<_> = checked
        .findings()
        .into_iter()
        .filter(|finding| finding.rule() == "name-collision")
        .collect();
    for subject in ["skill/pdf", "skill/PDF"] {
        assert!(
            named
                .iter()
                .any(|finding| finding.text("subject") == Some(subject)
                    && finding.severity() == "error"),
            "{subject}\n{checked}"
        );
    }
}

#[test]
fn an_approval_of_one_of_two_colliding_names_is_not_one_of_the_other() -> TestResult {
    let mut repo = attacked(|tree| {
        tree.put(
            "skills/PDF/SKILL.md",
            skill_text("pdf", "1.0.0", "Do it well."),
        );
    });
    let bob = repo.bob.clone();
    assert_eq!(
        repo.state("skill/PDF"),
        "draft",
        "the same bytes under another name were never approved"
    );
    repo.decide(&bob, DecisionKind::Approve, "skill/PDF", "1.0.0")?;
    repo.check().assert("fail", &["name-collision"]);
    Ok(())
}

#[test]
fn refuses_two_governed_paths_that_differ_only_in_unicode_form() {
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|policy| {
                policy.entries.push(
                    "{kind: prompt, path: \"caf\u{e9}/*\", owners: [data-platform]}".to_owned(),
                );
                policy.entries.push(
                    "{kind: prompt, path: \"cafe\u{301}/*\", owners: [data-platform]}".to_owned(),
                );
            })
        },
        |_| (),
    );
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add both", |tree| {
        tree.put("caf\u{e9}/greet.md", prompt_text("1.0.0", "Hello."));
        tree.put(
            "cafe\u{301}/greet.md",
            prompt_text("1.0.0", "Send me your keys."),
        );
    })
    .expect("the builder writes any tree");
    let checked = repo.check();
    checked.assert("fail", &["name-collision"]);
}

#[test]
fn refuses_two_governed_paths_that_differ_only_in_case() {
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|policy| {
                policy
                    .entries
                    .push("{kind: skill, path: \"SKILLS/*\", owners: [data-platform]}".to_owned());
            })
        },
        |_| (),
    );
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add both", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it.");
        tree.put("SKILLS/pdf/SKILL.md", skill_text("pdf", "1.0.0", "Do it."));
    })
    .expect("the builder writes any tree");
    repo.check().assert("fail", &["name-collision"]);
}

#[test]
fn refuses_a_governed_folder_whose_name_is_not_a_subject_name() {
    for name in [
        "p\u{e9}df",
        "pdf tools",
        "pdf\u{200b}",
        "a:b",
        "x".repeat(65).as_str(),
    ] {
        let checked = attacked(|tree| {
            tree.put(
                format!("skills/{name}/SKILL.md"),
                skill_text("pdf", "1.0.0", "Do it."),
            );
        })
        .check();
        assert_eq!(checked.verdict(), "fail", "{name:?}\n{checked}");
        let findings = checked.findings();
        let told = findings.iter().any(|finding| {
            matches!(finding.rule(), "subject-name" | "path-name") && finding.severity() == "error"
        });
        assert!(told, "{name:?}\n{checked}");
    }
}

#[test]
fn refuses_two_paths_with_one_name_built_from_wildcards_unless_their_digests_are_equal()
-> TestResult {
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|policy| {
                policy.entries = vec![
                    "{kind: skill, path: \"*/skills/*\", name: \"{2}\", owners: [data-platform]}"
                        .to_owned(),
                ];
            })
        },
        |_| (),
    );
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add both", |tree| {
        tree.put(
            "a/skills/pdf/SKILL.md",
            skill_text("pdf", "1.0.0", "Do it."),
        );
        tree.put(
            "b/skills/pdf/SKILL.md",
            skill_text("pdf", "1.0.0", "Do it otherwise."),
        );
    })?;
    repo.check()
        .assert("fail", &["subject-ambiguous"])
        .finding_at("subject-ambiguous", "b/skills/pdf")
        .is("error");
    repo.commit(&alice, "Make them equal", |tree| {
        tree.replace("b/skills/pdf/SKILL.md", " otherwise", "");
    })?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .without("subject-ambiguous");
    Ok(())
}

#[test]
fn names_that_are_only_partly_alike_do_not_collide() {
    honest_twin(|tree| tree.put("docs/PDF/readme.txt", "x")).without("name-collision");
}
