//! Minisign signatures over records: the reference implementation in Rust, by minisign's own
//! author, and we.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::model::key::KeySource;
use countersign::signature::{Format, VerificationKey, prove_detached};
use minisign::{KeyPair, PublicKey, SignatureBox};

use crate::signatures_git::TestResult;
use crate::signatures_git::table::{Observed, differs_as_documented};

const MESSAGE: &[u8] = b"test";

/// What `minisign -V` does: either form, as it has always been.
fn minisign_accepts(key: &PublicKey, signature: &str) -> bool {
    SignatureBox::from_string(signature).is_ok_and(|signature| {
        minisign::verify(key, &signature, Cursor::new(MESSAGE), true, false, true).is_ok()
    })
}

fn we_accept(key: &PublicKey, signature: &str) -> Result<(), String> {
    let key = VerificationKey::read(&KeySource::Minisign(key.to_base64()), false, None)
        .map_err(|fault| fault.to_string())?;
    let proofs = prove_detached(
        Format::Minisign,
        MESSAGE,
        signature.as_bytes(),
        std::slice::from_ref(&key),
    );
    proofs[0]
        .fault
        .as_ref()
        .map_or(Ok(()), |fault| Err(fault.to_string()))
}

#[test]
fn our_verdict_on_minisign_signatures_is_minisigns_except_where_the_page_says_otherwise()
-> TestResult {
    let (pair, other) = (
        KeyPair::generate_unencrypted_keypair()?,
        KeyPair::generate_unencrypted_keypair()?,
    );
    let sign = |pair: &KeyPair, message: &[u8]| {
        minisign::sign(
            Some(&pair.pk),
            &pair.sk,
            Cursor::new(message),
            Some("who and when"),
            Some("a comment"),
        )
        .map(SignatureBox::into_string)
    };
    let good = sign(&pair, MESSAGE)?;
    let lines: Vec<&str> = good.lines().collect();
    let number_of_ours = {
        let mut first =
            STANDARD.decode(sign(&other, MESSAGE)?.lines().nth(1).expect("four lines"))?;
        first[2..10].copy_from_slice(&STANDARD.decode(pair.pk.to_base64())?[2..10]);
        [lines[0], &STANDARD.encode(first), lines[2], lines[3]].join("\n") + "\n"
    };
    let relabeled = {
        let mut first = STANDARD.decode(lines[1])?;
        first[..2].copy_from_slice(b"Ed");
        [lines[0], &STANDARD.encode(first), lines[2], lines[3]].join("\n") + "\n"
    };
    // From the tests of minisign-verify, in the form of before 2021.
    let old = PublicKey::from_base64("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")?;
    let legacy = "untrusted comment: signature from minisign secret key\n\
        RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=\n\
        trusted comment: timestamp:1555779966\tfile:test\n\
        QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==\n";
    let cases: Vec<(&str, bool, &PublicKey, String)> = vec![
        ("good", true, &pair.pk, good.clone()),
        (
            "untrusted-comment-altered",
            true,
            &pair.pk,
            good.replace("a comment", "another"),
        ),
        ("legacy-form", false, &old, legacy.to_owned()),
        ("unknown-key", false, &pair.pk, sign(&other, MESSAGE)?),
        ("number-of-a-listed-key", false, &pair.pk, number_of_ours),
        ("other-bytes", false, &pair.pk, sign(&pair, b"other")?),
        (
            "trusted-comment-altered",
            false,
            &pair.pk,
            good.replace("who and when", "who and why"),
        ),
        ("prehashed-relabeled-as-legacy", false, &pair.pk, relabeled),
        ("truncated", false, &pair.pk, lines[..3].join("\n")),
        ("empty", false, &pair.pk, String::new()),
        (
            "text-after-the-four-lines",
            false,
            &pair.pk,
            format!("{good}approved\n"),
        ),
        ("crlf", false, &pair.pk, good.replace('\n', "\r\n")),
        (
            "untrusted-comment-without-its-prefix",
            false,
            &pair.pk,
            good.replace("untrusted comment: ", "comment: "),
        ),
    ];
    let mut observed = Vec::new();
    for (case, accepted, key, signature) in cases {
        let ours = we_accept(key, &signature);
        assert_eq!(ours.is_ok(), accepted, "{case}: {ours:?}");
        observed.push(Observed {
            case: case.to_owned(),
            variant: "",
            other: minisign_accepts(key, &signature),
            ours,
        });
    }
    differs_as_documented("Records: minisign", &observed);
    Ok(())
}
