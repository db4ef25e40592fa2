//! The section `Content` of the list of attacks: what is in a package, next to it, or is called
//! what.

mod attributes;
mod described;
mod frontmatter;
mod harnesses;
mod hidden;
mod links;
mod loopholes;
mod manifests;
mod names;
mod owners;
mod paths;
mod reached;
mod references;
mod rewritten;
mod secrets;
mod subjects;
mod unreadable;

use countersign::demo::Tree;
use countersign::model::DecisionKind;
use countersign_testkit::{Checked, Repo};

/// An approved Skill `pdf` at 1.0.0 in which Alice then lands `attack`.
pub fn attacked(attack: impl FnOnce(&mut Tree)) -> Repo {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")
        .expect("the builder writes an approved Skill");
    repo.check().passes();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Improve the Skill", attack)
        .expect("the builder writes any tree");
    repo
}

/// Asserts that no one can make `skill/pdf` pass as it is now: the rule fires at `path`,
/// there is no digest, and an approval over what could be hashed changes nothing.
#[track_caller]
pub fn refuses(repo: &mut Repo, rule: &str, path: &str) {
    let refused = |repo: &Repo| {
        let checked = repo.check();
        checked
            .assert("fail", &[rule])
            .finding_at(rule, path)
            .is("error");
        assert_eq!(checked.code(), 1, "{checked}");
        let subject = repo.subject("skill/pdf");
        assert_eq!(subject["state"], "draft", "{subject:#}");
        assert!(
            subject["digest"].is_null(),
            "a refused package has no digest: {subject:#}"
        );
        checked
    };
    let before = refused(repo);
    before.finding_at(rule, path).has("subject", "skill/pdf");
    let bob = repo.bob.clone();
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")
        .expect("the builder writes a record");
    refused(repo);
    repo.run(&["log"]).exits(0);
    assert_eq!(
        repo.current("skill/pdf"),
        "1.0.0",
        "the approved version stays current"
    );
}

/// A change that takes the same steps honestly: it lands, waits, is approved, and passes.
#[track_caller]
pub fn honest_twin(change: impl FnOnce(&mut Tree)) -> Checked {
    let mut repo = attacked(|tree| {
        change(tree);
        tree.replace("skills/pdf/SKILL.md", "1.0.0", "1.1.0");
    });
    repo.check().assert("waiting", &["unapproved-version"]);
    let bob = repo.bob.clone();
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.1.0")
        .expect("the builder writes a record");
    let checked = repo.check();
    checked.passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    checked
}
