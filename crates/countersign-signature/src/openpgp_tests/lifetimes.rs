//! When a certificate signs: from its birth until it expires or is revoked.

use countersign_model::{RuleId, Timestamp};

use super::{BIRTH, MESSAGE, SIGNING, listed, prove, refusal};
use crate::SignatureFault;
use crate::fixtures::Gpg;

#[test]
fn refuses_an_expired_certificate_and_accepts_what_it_signed_while_valid() {
    let gpg = Gpg::new();
    gpg.generate("a@x", "ed25519", "sign", "20240701T000000", BIRTH);
    let while_valid = gpg.sign("a@x", SIGNING, &[], MESSAGE);
    let old = listed(&gpg, "a@x");
    // gpg does not sign with an expired key: prolong it, sign, and list the certificate as it was.
    let fingerprint = gpg.fingerprints("a@x").swap_remove(0);
    gpg.run(
        &[
            "--faked-system-time",
            "20240701T000000",
            "--quick-set-expire",
            &fingerprint,
            "5y",
        ],
        b"",
    );
    let dead = gpg.sign("a@x", "20240801T000000", &[], MESSAGE);
    assert!(prove(&while_valid, std::slice::from_ref(&old))[0].is_good());
    assert_eq!(refusal(&dead, &[old]).0, RuleId::KeyExpired);
    assert!(prove(&dead, &[listed(&gpg, "a@x")])[0].is_good());
}

#[test]
fn tells_when_a_certificate_stops_signing() {
    let gpg = Gpg::new();
    gpg.generate("a@x", "ed25519", "sign", "20240701T000000", BIRTH);
    gpg.generate("b@x", "ed25519", "sign", "0", BIRTH);
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let ends = |of: &str, when: &str| listed(&gpg, of).ends(at(when)).map(|time| time.to_string());
    assert_eq!(
        ends("a@x", "2024-03-01T00:00:00Z").as_deref(),
        Some("2024-07-01T00:00:00Z")
    );
    assert_eq!(
        ends("a@x", "2025-03-01T00:00:00Z").as_deref(),
        Some("2024-07-01T00:00:00Z"),
        "also when it has ended"
    );
    assert_eq!(ends("b@x", "2024-03-01T00:00:00Z"), None);
    let fingerprint = gpg.fingerprints("b@x").swap_remove(0);
    gpg.run(
        &[
            "--faked-system-time",
            "20240201T000000",
            "--quick-add-key",
            &fingerprint,
            "ed25519",
            "sign",
            "20240901T000000",
        ],
        b"",
    );
    assert_eq!(
        ends("b@x", "2024-03-01T00:00:00Z"),
        None,
        "the primary key signs forever"
    );
}

#[test]
fn the_clock_of_the_machine_does_not_matter() {
    // Made after the day on which the test runs: whether that can be is judged by ledger time, not
    // here.
    let gpg = Gpg::new();
    gpg.generate("a@x", "ed25519", "sign", "0", "20990101T000000");
    let signature = gpg.sign("a@x", "20990601T000000", &[], MESSAGE);
    let proofs = prove(&signature, &[listed(&gpg, "a@x")]);
    assert_eq!(proofs[0].fault, None);
    assert_eq!(
        proofs[0].created.map(|time| time.to_string()),
        Some("2099-06-01T00:00:00Z".to_owned())
    );
}

#[test]
fn refuses_a_signature_older_than_its_key() {
    let gpg = Gpg::new();
    gpg.generate("a@x", "ed25519", "sign", "0", BIRTH);
    let early = gpg.sign(
        "a@x",
        "20230101T000000",
        &["--ignore-time-conflict", "--ignore-valid-from"],
        MESSAGE,
    );
    assert_eq!(
        refusal(&early, &[listed(&gpg, "a@x")]).0,
        RuleId::KeyExpired
    );
}

/// Imports the revocation that gpg prepared when it made the key, with another reason and time.
fn revoke(gpg: &Gpg, fingerprint: &str, reason: &str, time: &str, options: &[&str]) {
    let answers = format!("y\n{reason}\n\ny\n");
    let fixed = [
        "--no-batch",
        "--command-fd",
        "0",
        "--faked-system-time",
        time,
        "--armor",
    ];
    let certificate = gpg.run(
        &[&fixed, options, &["--gen-revoke", fingerprint]].concat(),
        answers.as_bytes(),
    );
    gpg.run(&["--import"], &certificate);
}

#[test]
fn a_hard_revocation_counts_at_any_time_and_a_soft_one_from_its_own() {
    for (reason, before) in [
        ("1", Some(RuleId::KeyRevoked)),
        ("0", Some(RuleId::KeyRevoked)),
        ("3", None),
        ("2", None),
    ] {
        let gpg = Gpg::new();
        let fingerprint = gpg.generate("a@x", "ed25519", "sign", "0", BIRTH);
        let early = gpg.sign("a@x", SIGNING, &[], MESSAGE);
        let late = gpg.sign("a@x", "20240901T000000", &[], MESSAGE);
        revoke(&gpg, &fingerprint, reason, "20240801T000000", &[]);
        let key = listed(&gpg, "a@x");
        let rule = |signature: &[u8]| {
            prove(signature, std::slice::from_ref(&key))[0]
                .fault
                .as_ref()
                .map(SignatureFault::rule)
        };
        assert_eq!(rule(&early), before, "reason {reason}");
        assert_eq!(rule(&late), Some(RuleId::KeyRevoked), "reason {reason}");
    }
}

#[test]
fn a_certificate_whose_keys_are_all_revoked_can_sign_no_more() {
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let (early, late) = (at("2024-07-01T00:00:00Z"), at("2024-09-01T00:00:00Z"));
    // For good at any time, or from then on.
    for (reason, before) in [("1", true), ("3", false)] {
        let gpg = Gpg::new();
        let fingerprint = gpg.generate("a@x", "ed25519", "sign", "0", BIRTH);
        assert!(!listed(&gpg, "a@x").is_revoked(late));
        revoke(&gpg, &fingerprint, reason, "20240801T000000", &[]);
        let key = listed(&gpg, "a@x");
        assert_eq!(
            (key.is_revoked(early), key.is_revoked(late)),
            (before, true)
        );
    }
    // The primary key only certifies, and the one subkey that signs is revoked.
    let gpg = Gpg::new();
    let fingerprint = gpg.generate("b@x", "ed25519", "cert", "0", BIRTH);
    let edit = |time: &str, answers: &str, command: &[&str]| {
        let fixed = [
            "--no-batch",
            "--command-fd",
            "0",
            "--faked-system-time",
            time,
        ];
        gpg.run(&[&fixed, command].concat(), answers.as_bytes());
    };
    let add = ["--quick-add-key", &fingerprint, "ed25519", "sign", "0"];
    edit("20240201T000000", "", &add);
    assert!(!listed(&gpg, "b@x").is_revoked(late));
    let command = ["--edit-key", &fingerprint];
    edit(
        "20240801T000000",
        "key 1\nrevkey\ny\n1\n\ny\nsave\n",
        &command,
    );
    assert!(listed(&gpg, "b@x").is_revoked(late));
}

#[test]
fn a_revocation_by_a_designated_revoker_counts_when_it_is_listed() {
    let gpg = Gpg::new();
    let fingerprint = gpg.generate("a@x", "ed25519", "sign", "0", BIRTH);
    let revoker = gpg.generate("b@x", "ed25519", "sign", "0", BIRTH);
    let signature = gpg.sign("a@x", SIGNING, &[], MESSAGE);
    let edit = [
        "--no-batch",
        "--command-fd",
        "0",
        "--faked-system-time",
        "20240201T000000",
        "--edit-key",
        &fingerprint,
        "addrevoker",
    ];
    gpg.run(&edit, format!("{revoker}\ny\nsave\n").as_bytes());
    assert!(prove(&signature, &[listed(&gpg, "a@x")])[0].is_good());
    let fixed = [
        "--no-batch",
        "--command-fd",
        "0",
        "--faked-system-time",
        "20240801T000000",
        "--armor",
        "--desig-revoke",
        &fingerprint,
    ];
    let revocation = gpg.run(&fixed, b"y\n1\n\ny\n");
    gpg.run(&["--import"], &revocation);
    assert_eq!(
        refusal(&signature, &[listed(&gpg, "a@x")]).0,
        RuleId::KeyRevoked
    );
}

#[test]
fn a_revocation_by_a_weak_hash_still_removes_authority() {
    let gpg = Gpg::new();
    let fingerprint = gpg.generate("a@x", "ed25519", "sign", "0", BIRTH);
    let signature = gpg.sign("a@x", SIGNING, &[], MESSAGE);
    revoke(
        &gpg,
        &fingerprint,
        "1",
        "20240801T000000",
        &["--cert-digest-algo", "SHA1"],
    );
    assert_eq!(
        refusal(&signature, &[listed(&gpg, "a@x")]).0,
        RuleId::KeyRevoked
    );
}
