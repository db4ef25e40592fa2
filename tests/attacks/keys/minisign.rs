//! Minisign signatures that are refused, each with its reason. The signer is the crate of
//! minisign's own author.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::demo::Record;
use countersign::model::ObjectId;
use minisign::KeyPair;

use countersign_testkit::adoption::{approve_signed, is_invalid_policy, waiting_for_bob};
use countersign_testkit::views::Landed;
use countersign_testkit::{Repo, TestResult};

fn pair() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().expect("the system has randomness")
}

fn item(pair: &KeyPair, more: &str) -> String {
    format!("{{minisign: \"{}\"{more}}}", pair.pk.to_base64())
}

/// The form that minisign writes today: the message is hashed first.
fn sign(pair: &KeyPair, message: &[u8]) -> String {
    let signed = minisign::sign(
        Some(&pair.pk),
        &pair.sk,
        Cursor::new(message),
        Some("who and when"),
        Some("a comment"),
    );
    signed.expect("a key in memory signs").into_string()
}

fn raw_sign<K: ssh_key::SigningKey>(key: &K, message: &[u8]) -> ssh_key::Signature {
    key.try_sign(message).expect("a key in memory signs")
}

/// The form that minisign wrote before: the same key over the message itself.
fn sign_legacy(pair: &KeyPair, message: &[u8]) -> String {
    // number, secret (seed and public key) as in `minisign.key`, after the 38 bytes on how it is
    // encrypted and the number before it.
    let file = pair
        .sk
        .to_box(None)
        .expect("an unencrypted key has a text form")
        .to_string();
    let bytes = STANDARD
        .decode(file.lines().nth(1).expect("a comment and base64"))
        .expect("minisign writes base64");
    let (number, seed) = (&bytes[54..62], &bytes[62..94]);
    let seed: [u8; 32] = seed.try_into().expect("32 bytes");
    let key = ssh_key::private::Ed25519Keypair::from_seed(&seed);
    let key = ssh_key::PrivateKey::new(ssh_key::private::KeypairData::Ed25519(key), "")
        .expect("a pair is a key");
    let raw = |message: &[u8]| raw_sign(&key, message).as_bytes().to_vec();
    let (comment, first) = ("who and when", raw(message));
    let second = raw(&[first.as_slice(), comment.as_bytes()].concat());
    let first = [b"Ed", number, first.as_slice()].concat();
    format!(
        "untrusted comment: a comment\n{}\ntrusted comment: {comment}\n{}\n",
        STANDARD.encode(first),
        STANDARD.encode(second)
    )
}

fn approved_with(
    key: String,
    sign: impl FnOnce(&[u8]) -> String,
) -> Result<(Repo, Record, ObjectId), Box<dyn std::error::Error>> {
    let mut repo = waiting_for_bob(&[key], |_| ())?;
    let (record, landing) = approve_signed(&mut repo, "minisig", |_, message| {
        sign(message).into_bytes()
    })?;
    Ok((repo, record, landing))
}

/// Asserts that the approval is refused by `rule` and that people read `why`.
#[track_caller]
fn refuses(key: String, rule: &str, why: &str, sign: impl FnOnce(&[u8]) -> String) -> TestResult {
    let (repo, record, landing) = approved_with(key, sign)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &repo.bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed
        .is_refused(&repo, rule)
        .finding_at(rule, &record.path)
        .says(why);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn the_prehashed_form_approves() -> TestResult {
    let pair = pair();
    let (repo, record, landing) = approved_with(item(&pair, ""), |message| sign(&pair, message))?;
    let landed = Landed {
        record: &record,
        landing,
        by: &repo.bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_accepted(&repo).passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn refuses_a_wrong_key_id() -> TestResult {
    let (pair, other) = (pair(), pair());
    refuses(
        item(&pair, ""),
        "key-unknown",
        "no listed key made this signature",
        |message| sign(&other, message),
    )
}

#[test]
fn refuses_the_number_of_a_listed_key_on_the_signature_of_another() -> TestResult {
    let (pair, other) = (pair(), pair());
    refuses(item(&pair, ""), "signature-invalid", "altered", |message| {
        let number = STANDARD
            .decode(pair.pk.to_base64())
            .expect("minisign writes base64")[2..10]
            .to_vec();
        let text = sign(&other, message);
        let lines: Vec<&str> = text.lines().collect();
        let mut first = STANDARD.decode(lines[1]).expect("minisign writes base64");
        first[2..10].copy_from_slice(&number);
        format!(
            "{}\n{}\n{}\n{}\n",
            lines[0],
            STANDARD.encode(first),
            lines[2],
            lines[3]
        )
    })
}

#[test]
fn refuses_an_altered_trusted_comment() -> TestResult {
    let pair = pair();
    refuses(
        item(&pair, ""),
        "signature-invalid",
        "trusted comment",
        |message| sign(&pair, message).replace("who and when", "who and why"),
    )
}

#[test]
fn an_altered_untrusted_comment_says_nothing() -> TestResult {
    let pair = pair();
    let (repo, _, _) = approved_with(item(&pair, ""), |message| {
        sign(&pair, message).replace("a comment", "another")
    })?;
    repo.check().passes();
    Ok(())
}

#[test]
fn refuses_the_legacy_form_unless_the_policy_allows_it() -> TestResult {
    let pair = pair();
    refuses(
        item(&pair, ""),
        "detached-signature-unreadable",
        "legacy",
        |message| sign_legacy(&pair, message),
    )
}

#[test]
fn the_legacy_form_approves_where_the_policy_allows_it() -> TestResult {
    let pair = pair();
    let (repo, _, _) = approved_with(item(&pair, ", legacy: true"), |message| {
        sign_legacy(&pair, message)
    })?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_prehashed_signature_does_not_pass_for_a_legacy_one_or_the_reverse() -> TestResult {
    let pair = pair();
    // The two letters say which form it is; they are not signed.
    for (legacy, from, to) in [(false, "Ed", "ED"), (true, "ED", "Ed")] {
        refuses(
            item(&pair, ", legacy: true"),
            "signature-invalid",
            "",
            |message| {
                let text = if legacy {
                    sign(&pair, message)
                } else {
                    sign_legacy(&pair, message)
                };
                let lines: Vec<&str> = text.lines().collect();
                let mut first = STANDARD.decode(lines[1]).expect("minisign writes base64");
                assert_eq!(&first[..2], from.as_bytes());
                first[..2].copy_from_slice(to.as_bytes());
                format!(
                    "{}\n{}\n{}\n{}\n",
                    lines[0],
                    STANDARD.encode(first),
                    lines[2],
                    lines[3]
                )
            },
        )?;
    }
    Ok(())
}

#[test]
fn refuses_a_truncated_signature() -> TestResult {
    let pair = pair();
    for kept in [0, 1, 2, 3] {
        refuses(
            item(&pair, ""),
            "detached-signature-unreadable",
            "truncated",
            |message| {
                let text = sign(&pair, message);
                text.lines()
                    .take(kept)
                    .fold(String::new(), |text, line| text + line + "\n")
            },
        )?;
    }
    refuses(
        item(&pair, ""),
        "detached-signature-unreadable",
        "",
        |message| {
            let text = sign(&pair, message);
            text[..text.len() - 5].to_owned()
        },
    )
}

#[test]
fn refuses_something_after_the_four_lines() -> TestResult {
    let pair = pair();
    refuses(
        item(&pair, ""),
        "detached-signature-unreadable",
        "",
        |message| sign(&pair, message) + "approved\n",
    )
}

#[test]
fn refuses_a_signature_over_other_bytes() -> TestResult {
    let pair = pair();
    refuses(
        item(&pair, ""),
        "signature-invalid",
        "does not match these bytes",
        |message| sign(&pair, &[message, b"\n"].concat()),
    )
}

#[test]
fn refuses_a_secret_key_in_the_policy() -> TestResult {
    let pair = pair();
    let secret = pair.sk.to_box(None)?.to_string();
    let line = secret
        .lines()
        .nth(1)
        .expect("a comment and base64")
        .to_owned();
    let checked = is_invalid_policy(
        &waiting_for_bob(&[format!("{{minisign: \"{line}\"}}")], |_| ())?,
        "",
    );
    let findings = checked.json()["findings"].to_string();
    assert!(
        !findings.contains(&line),
        "a finding does not repeat a secret\n{checked}"
    );
    Ok(())
}

#[test]
fn refuses_a_listed_key_that_is_not_a_key() -> TestResult {
    is_invalid_policy(
        &waiting_for_bob(&["{minisign: RWQnonsense}".to_owned()], |_| ())?,
        "minisign",
    );
    Ok(())
}
