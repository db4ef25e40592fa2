//! What a caller passes on, such as the name of someone's branch, is inert too.

use countersign::git::write::Create;

use super::{PAYLOADS, inert, inert_everywhere};
use countersign_testkit::{Repo, TestResult};

#[test]
fn invalid_subjects_are_inert() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    for payload in PAYLOADS {
        let (kind, name, version) = (
            payload.to_owned(),
            format!("skill/{payload}"),
            format!("skill/pdf@{payload}"),
        );
        for subject in [&kind, &name, &version] {
            for command in ["status", "explain", "log", "show", "diff"] {
                let output = repo.run(&[command, "--", subject]);
                assert_ne!(output.code, 70, "{output}");
                inert(&output);
            }
        }
    }
    Ok(())
}

#[test]
fn invalid_revisions_are_inert() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    for payload in PAYLOADS {
        for option in [
            "--base",
            "--anchor",
            "--includes",
            "--now",
            "--format",
            "--no-such-option",
        ] {
            let output = repo.run(&["check", &format!("{option}={payload}")]);
            assert!([2, 3].contains(&output.code), "{output}");
            inert(&output);
        }
    }
    Ok(())
}

#[test]
fn names_of_branches_are_inert() -> TestResult {
    // What Git allows in a branch's name.
    for name in [
        "<script>alert(1)</script>",
        "\u{202e}gpj",
        "a\u{200b}b",
        "`code`",
        "$(touch)",
        "=1+1",
    ] {
        let mut repo = Repo::create(&Create {
            branch: name.to_owned(),
            ..Create::default()
        });
        let alice = repo.alice.clone();
        let policy = repo
            .team_policy()
            .with(|policy| policy.branch = name.to_owned());
        repo.commit(&alice, "Govern this repository", |tree| {
            tree.put_policy(&policy);
        })?;
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it.");
        })?;
        inert_everywhere(&repo);
    }
    Ok(())
}
