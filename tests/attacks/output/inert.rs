//! Text in records and people's names is inert.

use countersign::model::DecisionKind;

use super::{PAYLOADS, inert_everywhere};
use countersign_testkit::{Repo, TestResult};

#[test]
fn reasons_are_inert_and_keep_their_value_in_json() -> TestResult {
    for payload in PAYLOADS {
        let mut repo = Repo::team();
        repo.approved_skill("pdf", "1.0.0")?;
        let bob = repo.bob.clone();
        let record = repo
            .draft(DecisionKind::Deprecate, &bob, "skill/pdf", "1.0.0")?
            .reason(payload)
            .record();
        repo.land(&bob, &record)?;
        inert_everywhere(&repo);
        let log = repo.run(&["log", "--format", "json"]).json();
        let events = log["events"].as_array().cloned().unwrap_or_default();
        let deprecated = events.iter().find(|event| event["action"] == "deprecate");
        if let Some(event) = deprecated.filter(|event| event["accepted"] == true) {
            assert_eq!(event["reason"], payload, "{event:#}");
        }
        assert!(
            deprecated.is_some() || repo.check().verdict() == "fail",
            "the record is told either way"
        );
    }
    Ok(())
}

#[test]
fn reasons_of_blocks_that_explain_a_failure_are_inert() -> TestResult {
    for payload in PAYLOADS {
        for kind in [
            DecisionKind::Block,
            DecisionKind::Revoke,
            DecisionKind::Archive,
        ] {
            let mut repo = Repo::team();
            repo.approved_skill("pdf", "1.0.0")?;
            let bob = repo.bob.clone();
            let record = repo
                .draft(kind, &bob, "skill/pdf", "1.0.0")?
                .reason(payload)
                .record();
            repo.land(&bob, &record)?;
            inert_everywhere(&repo);
        }
    }
    Ok(())
}

#[test]
fn replacements_and_links_of_records_are_inert() -> TestResult {
    for payload in PAYLOADS {
        let mut repo = Repo::team();
        repo.approved_skill("pdf", "1.0.0")?;
        let bob = repo.bob.clone();
        let draft = repo
            .draft(DecisionKind::Deprecate, &bob, "skill/pdf", "1.0.0")?
            .with(|input| {
                input.replacement = Some(payload.to_owned());
                input.refs = vec![payload.to_owned()];
            });
        repo.land(&bob, &draft.record())?;
        inert_everywhere(&repo);
    }
    Ok(())
}

#[test]
fn fields_of_records_that_are_refused_are_inert() -> TestResult {
    for payload in PAYLOADS {
        let mut repo = Repo::team();
        repo.approved_skill("pdf", "1.0.0")?;
        let bob = repo.bob.clone();
        let place =
            |name: &str| format!("approvals/skill/pdf/1.0.0/20260105T120000Z-{name}-bob.yaml");
        let draft = repo.draft(DecisionKind::Block, &bob, "skill/pdf", "1.0.0")?;
        for (index, draft) in [
            draft
                .clone()
                .with(|input| input.repository = payload.to_owned()),
            draft
                .clone()
                .with(|input| input.principal = payload.to_owned()),
            draft
                .clone()
                .with(|input| input.subject = Some(payload.to_owned())),
            draft
                .clone()
                .with(|input| input.version = Some(payload.to_owned())),
            draft.clone().with(|input| input.time = payload.to_owned()),
            draft
                .clone()
                .with(|input| input.schema = payload.to_owned()),
            draft
                .clone()
                .with(|input| input.digest = Some(payload.to_owned())),
            draft.with(|input| input.channel = Some(payload.to_owned())),
        ]
        .into_iter()
        .enumerate()
        {
            repo.land(&bob, &draft.at(&place(&format!("block{index}"))).record())?;
        }
        assert_eq!(repo.check().verdict(), "fail");
        inert_everywhere(&repo);
    }
    Ok(())
}

#[test]
fn the_namespace_of_a_signature_is_inert() -> TestResult {
    for payload in PAYLOADS {
        let mut repo = Repo::team();
        repo.approved_skill("pdf", "1.0.0")?;
        let bob = repo.bob.clone();
        let record = repo
            .draft(DecisionKind::Block, &bob, "skill/pdf", "1.0.0")?
            .signed_in(&bob, payload)
            .record();
        repo.land(&bob, &record)?;
        repo.check().assert("fail", &["wrong-namespace"]);
        inert_everywhere(&repo);
    }
    Ok(())
}

#[test]
fn content_in_the_place_of_a_signature_is_inert() -> TestResult {
    for payload in PAYLOADS {
        for extension in ["sig", "minisig", "asc"] {
            let mut repo = Repo::team();
            repo.approved_skill("pdf", "1.0.0")?;
            let bob = repo.bob.clone();
            let armor = format!(
                "-----BEGIN SSH SIGNATURE-----\n{payload}\n-----END SSH SIGNATURE-----\nuntrusted comment: {payload}\n"
            );
            let record = repo
                .draft(DecisionKind::Block, &bob, "skill/pdf", "1.0.0")?
                .sealed(extension, armor.as_bytes())
                .record();
            repo.land(&bob, &record)?;
            assert_eq!(repo.check().verdict(), "fail");
            inert_everywhere(&repo);
        }
    }
    Ok(())
}

#[test]
fn printed_names_and_addresses_of_principals_are_inert() -> TestResult {
    for payload in PAYLOADS {
        let mut repo = Repo::empty();
        let alice = repo
            .alice
            .clone()
            .printed(payload)
            .email(&format!("{}@acme.example", payload.replace('\n', " ")));
        let policy =
            countersign::demo::PolicyDraft::team(&alice, &repo.bob.clone(), &repo.carol.clone());
        let (bob, committer) = (repo.bob.clone(), repo.alice.clone());
        repo.commit(&committer, "Govern this repository", |tree| {
            tree.put_policy(&policy);
        })?;
        repo.commit(&committer, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it.");
        })?;
        if repo.run(&["status"]).code == 0 {
            repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
        }
        inert_everywhere(&repo);
    }
    Ok(())
}

#[test]
fn names_and_addresses_of_unknown_contributors_are_inert() -> TestResult {
    for payload in PAYLOADS {
        let mut repo = Repo::team();
        let flat = payload.replace(['\n', '\r', '<', '>', '\0'], " ");
        let stranger = countersign::demo::Person::new("mallory")
            .printed(&flat)
            .email(&format!("{flat}@evil.example"));
        repo.commit(&stranger, payload, |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it.");
        })?;
        let message = format!("Change it\n\nCo-authored-by: {flat} <{flat}@evil.example>\n");
        repo.commit(&stranger, &message, |tree| {
            tree.put_skill("pdf", "1.0.1", "Do it.");
        })?;
        assert!(
            repo.check()
                .findings()
                .iter()
                .any(|finding| finding.rule() == "contributor-unknown")
        );
        inert_everywhere(&repo);
    }
    Ok(())
}

/// A runner looks for its old commands anywhere in a line: `##[add-mask]pass` would blot out a
/// word, `##[stop-commands]` ours.
#[test]
fn old_commands_of_runners_are_inert_anywhere_in_a_line() -> TestResult {
    let payload = "x ##[error]pwned";
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    let record = repo
        .draft(DecisionKind::Deprecate, &bob, "skill/pdf", "1.0.0")?
        .reason(payload)
        .record();
    repo.land(&bob, &record)?;
    repo.commit(&alice, "Add a path", |tree| {
        tree.put(format!("skills/pdf/{payload}.md"), "x");
    })?;
    for output in inert_everywhere(&repo) {
        assert!(!output.stdout.contains("##["), "{output}");
    }
    Ok(())
}
