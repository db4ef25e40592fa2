//! A build without OpenPGP: what it cannot verify it does not accept, and what it cannot read it
//! does not judge.

use countersign_testkit::adoption::{adopt_by_both, approve_signed, ssh_item, waiting_for_bob};
use countersign_testkit::gpg::{Gpg, at};
use countersign_testkit::{Repo, TestResult};

const USER: &str = "bob@acme.example";
const FILE: &str = "keys/bob.asc";
const REASON: &str = "this build has no OpenPGP";

fn certificate() -> (Gpg, Vec<u8>) {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    let certificate = gpg.export_minimal(USER);
    (gpg, certificate)
}

#[test]
fn a_first_policy_with_an_openpgp_key_is_not_valid() -> TestResult {
    let (_, certificate) = certificate();
    let repo = waiting_for_bob(&[format!("{{openpgp: {FILE}}}")], |tree| {
        tree.put(FILE, &certificate)
    })?;
    for command in [
        &["check"][..],
        &["status"],
        &["explain", "skill/pdf"],
        &["audit", "--format", "json"],
    ] {
        let output = repo.run(command).exits(2);
        assert!(output.to_string().contains(REASON), "{output}");
    }
    Ok(())
}

#[test]
fn a_history_with_an_openpgp_key_in_a_later_policy_is_not_evaluated() -> TestResult {
    let (_, certificate) = certificate();
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    repo.check().passes();
    let armor = serde_json::to_string(&String::from_utf8(certificate)?)?;
    let draft = repo.team_policy().successor(&repo.tree()).with(|draft| {
        draft
            .principal("bob")
            .keys
            .push(format!("{{openpgp: {armor}}}"));
    });
    adopt_by_both(&mut repo, &draft)?;
    // To this build the policy before it is still in force, and by that one the Skill is approved.
    for command in [
        &["check"][..],
        &["status"],
        &["log"],
        &["explain", "skill/pdf"],
        &["audit", "--format", "json"],
    ] {
        let output = repo.run(command).exits(3);
        assert!(output.to_string().contains(REASON), "{output}");
    }
    Ok(())
}

#[test]
fn an_openpgp_signature_approves_nothing() -> TestResult {
    let (gpg, _) = certificate();
    let mut repo = waiting_for_bob(
        &[ssh_item(
            &countersign::demo::Person::new("bob").public_line(),
        )],
        |_| (),
    )?;
    approve_signed(&mut repo, "asc", |repo, message| {
        gpg.sign(USER, &at(repo.now()), &[], message)
    })?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    let checked = repo.check();
    assert_ne!(checked.code(), 0, "{checked}");
    assert!(checked.human().stdout.contains(REASON), "{checked}");
    Ok(())
}
