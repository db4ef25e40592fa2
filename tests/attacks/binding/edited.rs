//! Records edited after signing, and signatures made for something else.

use countersign::demo::person::COMMIT_NAMESPACE;
use countersign::demo::{Record, Seal};
use countersign::model::DecisionKind;

use countersign_testkit::{Checked, Repo, TestResult};

/// Lands Bob's approval of `pdf` after `forge` had its way with it.
fn landed(
    forge: impl FnOnce(&mut Record),
) -> Result<(Repo, Record, Checked), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let mut record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    forge(&mut record);
    repo.land(&bob, &record)?;
    let checked = repo.check();
    Ok((repo, record, checked))
}

/// The record is refused by `rule` at its landing, and the Skill stays a draft.
#[track_caller]
fn is_refused(repo: &Repo, record: &Record, checked: &Checked, rule: &str) {
    checked.assert("fail", &["unapproved-version"]);
    assert_eq!(checked.code(), 1);
    let finding = checked
        .finding_at(rule, &record.path)
        .is("error")
        .has("commit", &repo.head().to_string());
    assert_eq!(finding.number("position"), Some(2));
    let subject = repo.subject("skill/pdf");
    assert_eq!(subject["state"], "draft", "{subject:#}");
}

fn text(record: &mut Record, edit: impl FnOnce(String) -> String) {
    record.bytes =
        edit(String::from_utf8(record.bytes.clone()).expect("records are text")).into_bytes();
}

#[test]
fn a_record_as_it_was_signed_counts() -> TestResult {
    let (repo, _, checked) = landed(|_| ())?;
    checked.passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_record_that_is_edited_after_it_landed_is_one_finding() -> TestResult {
    let (mut repo, record, _) = landed(|_| ())?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Edit it", |tree| {
        tree.edit(&record.path, |text| {
            text.replace("principal: bob", "principal:  bob")
        });
    })?;
    repo.check()
        .assert("fail", &[])
        .without("signature-invalid")
        .finding_at("decision-altered", &record.path)
        .is("error");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn an_approval_whose_white_space_was_edited_after_signing_is_refused() -> TestResult {
    type Edit = fn(String) -> String;
    let edits: [Edit; 5] = [
        |text| text + "\n",
        |text| text.replace("decision: approve", "decision:  approve"),
        |text| text.replace('\n', "\r\n"),
        |text| text.trim_end().to_owned(),
        |text| format!("\u{feff}{text}"),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let (repo, record, checked) = landed(|record| text(record, edit))?;
        checked.assert("fail", &["unapproved-version"]);
        let found = checked.findings().into_iter().any(|finding| {
            ["signature-invalid", "record-invalid"].contains(&finding.rule())
                && finding.text("path") == Some(&record.path)
        });
        assert!(found, "edit {index}\n{checked}");
        assert_eq!(repo.state("skill/pdf"), "draft", "edit {index}");
    }
    Ok(())
}

#[test]
fn an_approval_with_one_space_more_after_signing_has_an_invalid_signature() -> TestResult {
    let (repo, record, checked) = landed(|record| {
        text(record, |text| {
            text.replace("principal: bob", "principal:  bob")
        });
    })?;
    is_refused(&repo, &record, &checked, "signature-invalid");
    checked.finding("signature-invalid").by("bob");
    assert_eq!(
        repo.refusal("approve", "bob").as_deref(),
        Some("signature-invalid")
    );
    Ok(())
}

#[test]
fn an_approval_whose_key_order_was_edited_after_signing_is_refused() -> TestResult {
    let (repo, record, checked) = landed(|record| {
        text(record, |text| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.swap(1, 2);
            lines.join("\n") + "\n"
        });
    })?;
    is_refused(&repo, &record, &checked, "signature-invalid");
    Ok(())
}

#[test]
fn an_approval_with_a_duplicate_key_added_after_signing_is_refused() -> TestResult {
    let (repo, record, checked) =
        landed(|record| text(record, |text| text + "reason: No one read it\n"))?;
    is_refused(&repo, &record, &checked, "record-invalid");
    Ok(())
}

#[test]
fn an_approval_that_was_signed_with_a_duplicate_key_is_refused() -> TestResult {
    let (repo, record, checked) = landed(|record| {
        text(record, |text| text + "decision: reject\n");
        let signature = countersign_testkit::Repo::empty()
            .bob
            .sign("countersign", &record.bytes);
        record.signatures[0].1 = signature.into_bytes();
    })?;
    is_refused(&repo, &record, &checked, "record-invalid");
    Ok(())
}

#[test]
fn an_approval_with_trailing_data_added_after_signing_is_refused() -> TestResult {
    for (trailing, rule) in [
        ("# read it twice\n", "signature-invalid"),
        ("---\nmore: data\n", "record-invalid"),
        ("\0", "record-invalid"),
    ] {
        let (repo, record, checked) = landed(|record| text(record, |text| text + trailing))?;
        is_refused(&repo, &record, &checked, rule);
    }
    Ok(())
}

#[test]
fn a_record_with_an_unknown_field_is_refused_although_it_was_signed_so() -> TestResult {
    let (repo, record, checked) = landed(|record| {
        text(record, |text| text + "scope: everything\n");
        record.signatures[0].1 = Repo::empty()
            .bob
            .sign("countersign", &record.bytes)
            .into_bytes();
    })?;
    is_refused(&repo, &record, &checked, "record-invalid");
    Ok(())
}

#[test]
fn a_record_of_a_later_schema_version_is_refused() -> TestResult {
    let (repo, record, checked) = landed(|record| {
        text(record, |text| {
            text.replace("countersign.decision/v1", "countersign.decision/v2")
        });
        record.signatures[0].1 = Repo::empty()
            .bob
            .sign("countersign", &record.bytes)
            .into_bytes();
    })?;
    assert_ne!(checked.verdict(), "pass");
    assert_ne!(checked.code(), 0);
    let at_record = checked
        .findings()
        .into_iter()
        .any(|finding| finding.severity() == "error" && finding.text("path") == Some(&record.path));
    assert!(at_record, "{checked}");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_signature_cut_short_doubled_or_followed_by_data_is_refused() -> TestResult {
    type Edit = fn(&[u8]) -> Vec<u8>;
    let edits: [Edit; 6] = [
        |armor| armor[..armor.len() / 2].to_vec(),
        |armor| [armor, armor].concat(),
        |armor| [armor, b"trailing\n"].concat(),
        |armor| [b"leading\n", armor].concat(),
        |_| Vec::new(),
        |_| b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n".to_vec(),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let (repo, record, checked) =
            landed(|record| record.signatures[0].1 = edit(&record.signatures[0].1))?;
        assert_eq!(checked.verdict(), "fail", "edit {index}\n{checked}");
        assert_eq!(repo.state("skill/pdf"), "draft", "edit {index}");
        let refused = checked.findings().into_iter().any(|finding| {
            finding.severity() == "error"
                && finding
                    .text("path")
                    .is_some_and(|path| path.starts_with(&record.path))
        });
        assert!(refused, "edit {index}\n{checked}");
    }
    Ok(())
}

#[test]
fn the_signature_of_another_record_of_the_same_person_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    let other = repo.granted_skill("other", "1.0.0")?;
    repo.drafted_skill("pdf", "1.0.0")?;
    let mut record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    record.signatures[0].1.clone_from(&other.signatures[0].1);
    repo.land(&bob, &record)?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("signature-invalid", &record.path)
        .is("error")
        .by("bob");
    assert_eq!(
        (repo.state("skill/pdf"), repo.state("skill/other")),
        ("draft".to_owned(), "approved".to_owned())
    );
    Ok(())
}

#[test]
fn a_record_signed_in_another_namespace_is_refused() -> TestResult {
    for namespace in [
        COMMIT_NAMESPACE,
        "file",
        "Countersign",
        "countersign ",
        "countersign.decision",
    ] {
        let mut repo = Repo::team();
        let bob = repo.bob.clone();
        repo.drafted_skill("pdf", "1.0.0")?;
        let record = repo
            .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
            .signed_in(&bob, namespace)
            .record();
        repo.land(&bob, &record)?;
        let checked = repo.check();
        is_refused(&repo, &record, &checked, "wrong-namespace");
        checked.finding("wrong-namespace").by("bob");
        assert_eq!(
            repo.refusal("approve", "bob").as_deref(),
            Some("wrong-namespace")
        );
    }
    Ok(())
}

#[test]
fn a_commit_signature_replayed_as_a_record_signature_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, _] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let (head, tree) = (repo.head(), repo.tree());
    let commit = repo.draft_commit(vec![head], &tree, bob.signed(), "Anything")?;
    let armor = commit.signature.clone().expect("the commit is signed");
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .sealed("sig", &armor)
        .record();
    repo.land(&bob, &record)?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("wrong-namespace", &record.path)
        .is("error")
        .says("a commit signature (SSH namespace `git`) next to a record");
    // The commit's own bytes, which Bob did sign, are not a record either.
    let mut payload = record.clone();
    payload.bytes = commit.payload();
    repo.land(&bob, &payload)?;
    repo.check().assert("fail", &["unapproved-version"]);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_signature_under_the_name_of_another_format_is_refused() -> TestResult {
    for extension in ["minisig", "asc"] {
        let (repo, record, checked) =
            landed(|record| record.signatures[0].0 = format!("{}.{extension}", record.path))?;
        checked.assert("fail", &["unapproved-version"]);
        let refused = checked.findings().into_iter().any(|finding| {
            finding.severity() == "error"
                && finding
                    .text("path")
                    .is_some_and(|path| path.starts_with(&record.path))
        });
        assert!(refused, "{extension}\n{checked}");
        assert_eq!(repo.state("skill/pdf"), "draft", "{extension}");
    }
    Ok(())
}

#[test]
fn a_good_signature_next_to_a_bad_one_proves_the_record() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let mut draft = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?;
    draft.seals.push(Seal::Raw(
        "minisig".to_owned(),
        b"untrusted comment: rubbish\n".to_vec(),
    ));
    repo.land(&bob, &draft.record())?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_record_or_its_signature_that_is_a_symbolic_link_proves_nothing() -> TestResult {
    for signature_only in [true, false] {
        let mut repo = Repo::team();
        let bob = repo.bob.clone();
        repo.drafted_skill("pdf", "1.0.0")?;
        let record = repo
            .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
            .record();
        let target = if signature_only {
            record.signatures[0].0.clone()
        } else {
            record.path.clone()
        };
        repo.commit(&bob, "Approve through a link", |tree| {
            tree.put_record(&record);
            tree.rename(&target, "elsewhere");
            tree.link(&target, "../../../../elsewhere");
        })?;
        let checked = repo.check();
        checked.assert("fail", &["unapproved-version"]);
        assert_eq!(repo.state("skill/pdf"), "draft");
    }
    Ok(())
}
