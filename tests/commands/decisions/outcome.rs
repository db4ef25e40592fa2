//! What a decision says that it does, and what it still lacks.

use countersign_testkit::{Repo, TestResult, sit};

#[test]
fn an_unblock_with_too_few_signatures_names_who_else_can_sign() -> TestResult {
    let mut repo = Repo::team_with(countersign_testkit::any_two_members, |_| ());
    let bob = repo.bob.clone();
    repo.commit(&bob, "Add a Skill", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.checkout()?;
    sit(&repo, "alice");
    for (blocked, told) in [
        (
            &["skill/pdf"][..],
            "skill/pdf 1.0.0: still blocked: more approvals are needed, from carol",
        ),
        (
            &["skill/pdf", "--all-versions"],
            "skill/pdf: still blocked: more signatures are needed, from carol",
        ),
        (
            &["principal/bob"],
            "principal/bob: more signatures are needed, from carol",
        ),
    ] {
        let rest = ["--reason", "x", "--commit"];
        repo.run(&[&["block"], blocked, &rest].concat()).exits(0);
        let lifted = repo.run(&[&["unblock"], blocked, &rest].concat()).exits(0);
        assert!(lifted.stdout.contains(told), "{told}\n{lifted}");
        sit(&repo, "carol");
        let lifted = repo.run(&[&["unblock"], blocked, &rest].concat()).exits(0);
        assert!(!lifted.stdout.contains("needed"), "{lifted}");
        sit(&repo, "alice");
    }
    Ok(())
}
