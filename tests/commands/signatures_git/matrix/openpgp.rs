//! Commits signed by OpenPGP: keys, certificates, and options that only gpg has.

use super::Matrix;
use crate::signatures_git::commits::Scratch;
use crate::signatures_git::keyring::Keyring;
use countersign_testkit::gpg::{BIRTH, Gpg, at};

const USER: &str = "alice@acme.example";
/// The commits of the scratch repository are made on 2026-01-05; gpg verifies on 2026-02-01.
const LATER: &str = "20260115T000000!";

pub(super) fn openpgp_cases(matrix: &mut Matrix, scratch: &mut Scratch) {
    let (gpg, other) = (Gpg::new(), Gpg::new());
    gpg.signing_key(USER);
    other.signing_key(USER);
    let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
    let alice =
        |scratch: &Scratch, payload: &[u8]| gpg.sign(USER, &at(scratch.now()), &[], payload);
    let mallory =
        |scratch: &Scratch, payload: &[u8]| other.sign(USER, &at(scratch.now()), &[], payload);
    matrix.common(scratch, &ring, &alice, &mallory);

    let with = |options: &'static [&'static str]| {
        move |gpg: &Gpg, scratch: &Scratch, payload: &[u8]| {
            gpg.sign(USER, &at(scratch.now()), options, payload)
        }
    };
    for algorithm in ["nistp256", "nistp384", "rsa2048", "rsa4096"] {
        let gpg = Gpg::new();
        gpg.generate(USER, algorithm, "sign", "0", BIRTH);
        let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
        matrix.one(algorithm, true, scratch, &ring, &|scratch, payload| {
            with(&[])(&gpg, scratch, payload)
        });
        if algorithm == "rsa2048" {
            let weak = with(&["--digest-algo", "SHA1"]);
            matrix.one(
                "openpgp-sha1",
                false,
                scratch,
                &ring,
                &|scratch, payload| weak(&gpg, scratch, payload),
            );
        }
    }
    matrix.one("text-mode", false, scratch, &ring, &|scratch, payload| {
        with(&["--textmode"])(&gpg, scratch, payload)
    });
    matrix.one(
        "armor-comment",
        false,
        scratch,
        &ring,
        &|scratch, payload| with(&["--comment", "x"])(&gpg, scratch, payload),
    );
    let ends = ["--default-sig-expire", "1y"];
    matrix.one(
        "signature-that-will-expire",
        false,
        scratch,
        &ring,
        &|scratch, payload| gpg.sign(USER, &at(scratch.now()), &ends, payload),
    );
    let ended = ["--default-sig-expire", "1d"];
    matrix.one(
        "signature-that-expired",
        false,
        scratch,
        &ring,
        &|scratch, payload| gpg.sign(USER, &at(scratch.now()), &ended, payload),
    );
    gpg.signing_key("second@acme.example");
    let both = Keyring::new()
        .openpgp(&gpg.export_minimal(USER))
        .openpgp(&gpg.export_minimal("second@acme.example"));
    matrix.one(
        "two-signatures-in-one-armor",
        false,
        scratch,
        &both,
        &|scratch, payload| {
            gpg.sign(
                USER,
                &at(scratch.now()),
                &["-u", "second@acme.example"],
                payload,
            )
        },
    );
    dying_certificates(matrix, scratch);
    weak_certificates(matrix, scratch);
}

/// Certificates that expire or are revoked, before or after they signed.
fn dying_certificates(matrix: &mut Matrix, scratch: &mut Scratch) {
    let gpg = Gpg::new();
    let fingerprint = gpg.generate(USER, "ed25519", "sign", "20260103T000000", BIRTH);
    let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
    gpg.expire(&fingerprint, "5y", "20260102T000000!");
    matrix.one(
        "expired-openpgp-key",
        false,
        scratch,
        &ring,
        &|scratch, payload| gpg.sign(USER, &at(scratch.now()), &[], payload),
    );

    let gpg = Gpg::new();
    gpg.generate(USER, "ed25519", "sign", "20260120T000000", BIRTH);
    let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
    matrix.one(
        "openpgp-key-that-expired-later",
        true,
        scratch,
        &ring,
        &|scratch, payload| gpg.sign(USER, &at(scratch.now()), &[], payload),
    );

    for (case, reason, time, accepted) in [
        ("openpgp-key-revoked-as-stolen", 1, LATER, false),
        ("openpgp-key-revoked-before", 2, "20260103T000000!", false),
        ("openpgp-key-superseded-later", 2, LATER, true),
    ] {
        let gpg = Gpg::new();
        let fingerprint = gpg.signing_key(USER);
        let mut draft = scratch.draft(case);
        draft.signature = Some(gpg.sign(USER, &at(scratch.now()), &[], &draft.payload()));
        gpg.revoke(&fingerprint, reason, time);
        let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
        let commit = scratch.write(&draft.bytes(scratch.format()));
        matrix.ask(case, accepted, &ring, scratch, commit);
    }

    let gpg = Gpg::new();
    gpg.signing_key(USER);
    let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
    matrix.one(
        "dated-before-the-openpgp-key",
        false,
        scratch,
        &ring,
        &|_, payload| {
            gpg.sign(
                USER,
                "20250101T000000!",
                &["--ignore-time-conflict", "--ignore-valid-from"],
                payload,
            )
        },
    );
}

/// Keys and bindings that no longer protect, and keys that may not sign.
fn weak_certificates(matrix: &mut Matrix, scratch: &mut Scratch) {
    for (case, algorithm) in [
        ("small-rsa-openpgp-key", "rsa1024"),
        ("dsa-openpgp-key", "dsa1024"),
    ] {
        let gpg = Gpg::new();
        gpg.generate(USER, algorithm, "sign", "0", BIRTH);
        let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
        assert!(ring.ours().is_empty(), "no policy lists such a key");
        let options = ["--digest-algo", "SHA256"];
        matrix.one(case, false, scratch, &ring, &|scratch, payload| {
            gpg.sign(USER, &at(scratch.now()), &options, payload)
        });
    }
    let gpg = Gpg::new();
    gpg.generate_bound_by_sha1(USER, BIRTH);
    let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
    matrix.one(
        "certificate-bound-by-sha1",
        false,
        scratch,
        &ring,
        &|scratch, payload| gpg.sign(USER, &at(scratch.now()), &[], payload),
    );

    let gpg = Gpg::new();
    let primary = gpg.generate(USER, "ed25519", "cert", "0", BIRTH);
    let subkey = gpg.subkey(&primary, "ed25519", "sign");
    let signer = format!("{subkey}!");
    let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
    matrix.one(
        "signing-subkey",
        true,
        scratch,
        &ring,
        &|scratch, payload| gpg.sign(&signer, &at(scratch.now()), &[], payload),
    );
    let mut draft = scratch.draft("Signed by a subkey that may not");
    draft.signature = Some(gpg.sign(&signer, &at(scratch.now()), &[], &draft.payload()));
    gpg.unsign_subkey(&primary, "20260102T000000!");
    let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
    let commit = scratch.write(&draft.bytes(scratch.format()));
    matrix.ask("subkey-that-may-not-sign", false, &ring, scratch, commit);
}
