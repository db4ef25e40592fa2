//! Minisign signatures made by the reference implementation in Rust.

use std::io::Cursor;

use minisign::KeyPair;

use super::{Format, KeyFault, Proof, SignatureFault, VerificationKey, prove_detached};
use countersign_model::key::KeySource;
use countersign_model::{KeyId, RuleId};

const MESSAGE: &[u8] = b"decision: approve\n";

fn pair() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().expect("randomness")
}

fn sign(pair: &KeyPair, message: &[u8]) -> String {
    minisign::sign(
        Some(&pair.pk),
        &pair.sk,
        Cursor::new(message),
        Some("who and when"),
        Some("a comment"),
    )
    .expect("signing")
    .into_string()
}

fn listed(pair: &KeyPair, legacy: bool) -> VerificationKey {
    VerificationKey::read(&KeySource::Minisign(pair.pk.to_base64()), legacy, None)
        .expect("a good key")
}

fn prove(signature: &str, keys: &[VerificationKey]) -> Vec<Proof> {
    prove_detached(Format::Minisign, MESSAGE, signature.as_bytes(), keys)
}

fn refusal(signature: &str, key: &VerificationKey) -> (RuleId, String) {
    let proofs = prove(signature, std::slice::from_ref(key));
    assert_eq!(proofs.len(), 1);
    let fault = proofs[0].fault.clone().expect("it must be refused");
    (fault.rule(), fault.to_string())
}

#[test]
fn a_good_signature_names_its_key() {
    let pair = pair();
    let key = listed(&pair, false);
    let signature = sign(&pair, MESSAGE);
    assert_eq!(
        prove(&signature, std::slice::from_ref(&key)),
        [Proof {
            format: Format::Minisign,
            key: Some(key.handle()),
            created: None,
            fault: None
        }]
    );
    let KeyId::Minisign(id) = key.id() else {
        panic!("not a minisign key")
    };
    let printed = pair.pk.to_box().expect("a public key").to_string();
    assert!(
        printed
            .lines()
            .next()
            .is_some_and(|comment| comment.ends_with(&id[..16])),
        "{printed} {id}"
    );
}

#[test]
fn reads_the_two_lines_of_a_public_key_file() {
    let pair = pair();
    let file = pair.pk.to_box().expect("a public key").to_string();
    let key = VerificationKey::read(&KeySource::Minisign(file), false, None).expect("a good key");
    assert_eq!(key.handle(), listed(&pair, false).handle());
    assert_ne!(
        key.handle(),
        listed(&pair, true).handle(),
        "allowing the legacy form is another listing"
    );
}

#[test]
fn refuses_what_is_not_a_public_key() {
    let pair = pair();
    let read = |text: &str| {
        VerificationKey::read(&KeySource::Minisign(text.to_owned()), false, None).err()
    };
    let secret = pair.sk.to_box(None).expect("a secret key").to_string();
    assert_eq!(read(&secret), Some(KeyFault::Secret));
    let good = pair.pk.to_base64();
    for bad in [
        "",
        "x",
        &good[1..],
        &format!("{good}\n{good}"),
        &format!("{good}="),
        &good.replacen("RW", "RU", 1),
    ] {
        assert!(read(bad).is_some(), "{bad}");
    }
    let file = pair.pk.to_box().expect("a public key").to_string();
    assert_eq!(read(&format!("{file}\n{good}\n")), Some(KeyFault::Several));
}

#[test]
fn refuses_another_message_an_altered_comment_and_an_altered_signature_with_its_reason() {
    let pair = pair();
    let key = listed(&pair, false);
    let signature = sign(&pair, MESSAGE);
    assert_eq!(
        refusal(&sign(&pair, b"decision: revoke\n"), &key),
        (
            RuleId::SignatureInvalid,
            "the signature does not match these bytes".to_owned()
        )
    );
    assert_eq!(
        refusal(&signature.replace("who and when", "who and then"), &key),
        (
            RuleId::SignatureInvalid,
            "the trusted comment or the signature was altered".to_owned()
        )
    );
    // No one vouches for the untrusted comment.
    assert!(prove(&signature.replace("a comment", "another"), &[key])[0].is_good());
}

#[test]
fn refuses_an_unlisted_key_by_its_number() {
    let (pair, other) = (pair(), self::pair());
    let signature = sign(&pair, MESSAGE);
    let (rule, text) = refusal(&signature, &listed(&other, false));
    let KeyId::Minisign(id) = listed(&pair, false).id().clone() else {
        panic!("not a minisign key")
    };
    assert_eq!(
        (rule, text),
        (
            RuleId::KeyUnknown,
            format!("no listed key made this signature; it names {}", &id[..16])
        )
    );
}

#[test]
fn numbers_are_not_unique_so_every_key_of_a_number_is_tried() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let (pair, other) = (pair(), self::pair());
    let number = STANDARD.decode(pair.pk.to_base64()).expect("base64");
    let stranger = STANDARD.decode(other.pk.to_base64()).expect("base64");
    let twin = STANDARD.encode([&number[..10], &stranger[10..]].concat());
    let twin = VerificationKey::read(&KeySource::Minisign(twin), false, None).expect("a good key");
    let key = listed(&pair, false);
    assert_ne!(twin.id(), key.id());
    let proofs = prove(&sign(&pair, MESSAGE), &[twin, key]);
    assert_eq!(
        proofs.iter().map(Proof::is_good).collect::<Vec<_>>(),
        [false, true]
    );
}

#[test]
fn the_legacy_form_counts_only_where_the_policy_allows_it() {
    // From the tests of minisign-verify: the message is `test`.
    let line = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    let signature = "untrusted comment: signature from minisign secret key\n\
        RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=\n\
        trusted comment: timestamp:1555779966\tfile:test\n\
        QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==\n";
    let fault = |legacy| {
        let key = VerificationKey::read(&KeySource::Minisign(line.to_owned()), legacy, None)
            .expect("a good key");
        prove_detached(Format::Minisign, b"test", signature.as_bytes(), &[key])[0]
            .fault
            .clone()
    };
    assert_eq!(fault(true), None);
    assert_eq!(
        fault(false).as_ref().map(SignatureFault::rule),
        Some(RuleId::DetachedSignatureUnreadable)
    );
    // Where it is allowed, the prehashed form still counts.
    let pair = pair();
    assert!(prove(&sign(&pair, MESSAGE), &[listed(&pair, true)])[0].is_good());
}

#[test]
fn refuses_everything_but_four_lines() {
    let pair = pair();
    let key = listed(&pair, false);
    let good = sign(&pair, MESSAGE);
    let lines: Vec<&str> = good.lines().collect();
    for bad in [
        String::new(),
        lines[..3].join("\n"),
        lines[..2].join("\n"),
        format!("{good}\n"),
        format!("{good}x"),
        good.replace('\n', "\r\n"),
        good.replace("untrusted comment: ", "comment: "),
        good.replace("\ntrusted comment: ", "\ncomment: "),
        [
            lines[0],
            &lines[1][..lines[1].len() - 4],
            lines[2],
            lines[3],
        ]
        .join("\n"),
        [
            lines[0],
            lines[1],
            lines[2],
            &lines[3][..lines[3].len() - 4],
        ]
        .join("\n"),
        [
            lines[0],
            &lines[1].replacen("RU", "RX", 1),
            lines[2],
            lines[3],
        ]
        .join("\n"),
        "x".repeat(30_000),
    ] {
        assert_eq!(
            refusal(&bad, &key).0,
            RuleId::DetachedSignatureUnreadable,
            "{bad}"
        );
    }
}
