//! OpenPGP certificates and signatures that are refused, by gpg's own making.

use countersign::demo::Record;
use countersign::model::ObjectId;

use countersign_testkit::adoption::{approve_signed, is_invalid_policy, waiting_for_bob};
use countersign_testkit::gpg::{BIRTH, Gpg, at};
use countersign_testkit::views::Landed;
use countersign_testkit::{Repo, TestResult};

const USER: &str = "bob@acme.example";
const FILE: &str = "keys/bob.asc";

fn listed() -> Vec<String> {
    vec![format!("{{openpgp: {FILE}}}")]
}

/// `skill/pdf` 1.0.0 waits for Bob, whose certificate is `certificate`.
fn waiting(certificate: &[u8]) -> Result<Repo, Box<dyn std::error::Error>> {
    Ok(waiting_for_bob(&listed(), |tree| {
        tree.put(FILE, certificate);
    })?)
}

/// Asserts that the approval is refused by `rule`.
#[track_caller]
fn is_refused(repo: &Repo, (record, landing): &(Record, ObjectId), rule: &str) {
    Landed {
        record,
        landing: *landing,
        by: &repo.bob,
        subject: "skill/pdf",
        action: "approve",
    }
    .is_refused(repo, rule);
    assert_eq!(repo.state("skill/pdf"), "draft");
}

/// Signs at the time at which the record says it was made.
fn sign_now(gpg: &Gpg, user: &str, options: &[&str]) -> impl FnOnce(&Repo, &[u8]) -> Vec<u8> {
    move |repo, message| gpg.sign(user, &at(repo.now()), options, message)
}

#[test]
fn a_good_certificate_approves() -> TestResult {
    for algorithm in ["ed25519", "nistp256", "nistp384", "rsa2048", "rsa4096"] {
        let gpg = Gpg::new();
        gpg.generate(USER, algorithm, "sign", "0", BIRTH);
        let mut repo = waiting(&gpg.export_minimal(USER))?;
        let (record, landing) = approve_signed(&mut repo, "asc", sign_now(&gpg, USER, &[]))?;
        let landed = Landed {
            record: &record,
            landing,
            by: &repo.bob,
            subject: "skill/pdf",
            action: "approve",
        };
        landed.is_accepted(&repo).passes();
        assert_eq!(repo.state("skill/pdf"), "approved", "{algorithm}");
    }
    Ok(())
}

#[test]
fn a_certificate_written_into_the_policy_approves() -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    let armor = String::from_utf8(gpg.export_minimal(USER))?;
    let inline = format!("{{openpgp: {}}}", serde_json::to_string(&armor)?);
    let mut repo = waiting_for_bob(&[inline], |_| ())?;
    approve_signed(&mut repo, "asc", sign_now(&gpg, USER, &[]))?;
    repo.check().passes();
    Ok(())
}

#[test]
fn refuses_what_an_expired_certificate_signed() -> TestResult {
    let gpg = Gpg::new();
    // It ends before the history begins; to sign all the same, Bob prolongs a copy that the policy
    // does not list.
    let fingerprint = gpg.generate(USER, "ed25519", "sign", "20260103T000000", BIRTH);
    let certificate = gpg.export_minimal(USER);
    gpg.expire(&fingerprint, "5y", "20260102T000000!");
    let mut repo = waiting(&certificate)?;
    let landed = approve_signed(&mut repo, "asc", sign_now(&gpg, USER, &[]))?;
    is_refused(&repo, &landed, "key-expired");
    Ok(())
}

#[test]
fn what_a_certificate_signed_before_it_expired_counts() -> TestResult {
    let gpg = Gpg::new();
    gpg.generate(USER, "ed25519", "sign", "20260105T130000", BIRTH);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    approve_signed(&mut repo, "asc", sign_now(&gpg, USER, &[]))?;
    repo.wait(48 * 3600);
    let alice = repo.alice.clone();
    repo.commit(&alice, "Time passes", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn refuses_a_signature_dated_back_to_before_its_key() -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let early = ["--ignore-time-conflict", "--ignore-valid-from"];
    let landed = approve_signed(&mut repo, "asc", |_, message| {
        gpg.sign(USER, "20250101T000000!", &early, message)
    })?;
    is_refused(&repo, &landed, "key-expired");
    Ok(())
}

#[test]
fn refuses_a_signature_made_after_its_landing() -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let landed = approve_signed(&mut repo, "asc", |repo, message| {
        gpg.sign(USER, &at(repo.now().plus(7200)), &[], message)
    })?;
    is_refused(&repo, &landed, "record-future");
    Ok(())
}

/// Bob's approval signed while `gpg` still could, landed where the policy lists the certificate as
/// `change` left it.
fn signed_before(
    gpg: &Gpg,
    user: &str,
    change: impl FnOnce(&Gpg),
) -> Result<(Repo, (Record, ObjectId)), Box<dyn std::error::Error>> {
    // The builder writes the same record whatever the certificate is.
    let mut dry_run = waiting(&gpg.export_minimal(USER))?;
    let time = at(dry_run.now());
    let (rehearsed, _) = approve_signed(&mut dry_run, "asc", |_, message| message.to_vec())?;
    let signature = gpg.sign(user, &time, &[], &rehearsed.bytes);
    change(gpg);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let landed = approve_signed(&mut repo, "asc", |_, _| signature)?;
    assert_eq!(landed.0.bytes, rehearsed.bytes);
    Ok((repo, landed))
}

#[test]
fn refuses_what_a_certificate_signed_that_was_later_revoked_as_stolen() -> TestResult {
    // A revocation for theft, or for no reason given, counts at any time.
    for reason in [0, 1] {
        let gpg = Gpg::new();
        let fingerprint = gpg.signing_key(USER);
        let (repo, landed) = signed_before(&gpg, USER, |gpg| {
            gpg.revoke(&fingerprint, reason, "20260301T000000!");
        })?;
        is_refused(&repo, &landed, "key-revoked");
    }
    Ok(())
}

#[test]
fn refuses_what_a_certificate_signed_after_it_was_superseded() -> TestResult {
    let gpg = Gpg::new();
    let fingerprint = gpg.signing_key(USER);
    let (repo, landed) = signed_before(&gpg, USER, |gpg| {
        gpg.revoke(&fingerprint, 2, "20260104T000000!");
    })?;
    is_refused(&repo, &landed, "key-revoked");
    Ok(())
}

#[test]
fn what_a_certificate_signed_before_it_was_superseded_counts() -> TestResult {
    let gpg = Gpg::new();
    let fingerprint = gpg.signing_key(USER);
    let (repo, _) = signed_before(&gpg, USER, |gpg| {
        gpg.revoke(&fingerprint, 2, "20260301T000000!");
    })?;
    repo.check().passes();
    Ok(())
}

#[test]
fn refuses_a_subkey_without_the_signing_flag() -> TestResult {
    let gpg = Gpg::new();
    let primary = gpg.generate(USER, "ed25519", "cert", "0", BIRTH);
    let subkey = gpg.subkey(&primary, "ed25519", "sign");
    let (repo, landed) = signed_before(&gpg, &format!("{subkey}!"), |gpg| {
        gpg.unsign_subkey(&primary, "20260102T000000!");
    })?;
    is_refused(&repo, &landed, "key-mismatch");
    Ok(())
}

#[test]
fn a_subkey_with_the_signing_flag_approves() -> TestResult {
    let gpg = Gpg::new();
    let primary = gpg.generate(USER, "ed25519", "cert", "0", BIRTH);
    let subkey = gpg.subkey(&primary, "ed25519", "sign");
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    approve_signed(&mut repo, "asc", sign_now(&gpg, &format!("{subkey}!"), &[]))?;
    repo.check().passes();
    Ok(())
}

#[test]
fn refuses_several_signatures_in_one_armor() -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    gpg.signing_key("mallory@acme.example");
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let landed = approve_signed(
        &mut repo,
        "asc",
        sign_now(&gpg, USER, &["-u", "mallory@acme.example"]),
    )?;
    is_refused(&repo, &landed, "detached-signature-unreadable");
    Ok(())
}

#[test]
fn refuses_several_armors_in_one_file() -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let landed = approve_signed(&mut repo, "asc", |repo, message| {
        gpg.sign(USER, &at(repo.now()), &[], message).repeat(2)
    })?;
    is_refused(&repo, &landed, "detached-signature-unreadable");
    Ok(())
}

#[test]
fn refuses_a_signature_over_text_and_one_that_contains_its_message() -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let landed = approve_signed(&mut repo, "asc", sign_now(&gpg, USER, &["--textmode"]))?;
    is_refused(&repo, &landed, "detached-signature-unreadable");
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let clear = |repo: &Repo, message: &[u8]| {
        gpg.run(
            &[
                "--faked-system-time",
                &at(repo.now()),
                "--armor",
                "-u",
                USER,
                "--clear-sign",
            ],
            message,
        )
    };
    let landed = approve_signed(&mut repo, "asc", clear)?;
    is_refused(&repo, &landed, "detached-signature-unreadable");
    Ok(())
}

#[test]
fn refuses_weak_hashes() -> TestResult {
    let gpg = Gpg::new();
    gpg.generate(USER, "rsa2048", "sign", "0", BIRTH);
    for hash in ["SHA1", "RIPEMD160"] {
        let mut repo = waiting(&gpg.export_minimal(USER))?;
        let landed = approve_signed(
            &mut repo,
            "asc",
            sign_now(&gpg, USER, &["--digest-algo", hash]),
        )?;
        is_refused(&repo, &landed, "key-weak");
    }
    Ok(())
}

#[test]
fn refuses_a_certificate_that_is_bound_by_a_weak_hash() -> TestResult {
    let gpg = Gpg::new();
    gpg.generate_bound_by_sha1(USER, BIRTH);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let landed = approve_signed(&mut repo, "asc", sign_now(&gpg, USER, &[]))?;
    is_refused(&repo, &landed, "key-weak");
    Ok(())
}

#[test]
fn refuses_small_rsa_and_dsa_in_the_policy() -> TestResult {
    for (algorithm, why) in [
        ("rsa1024", "RSA keys under 2048 bits do not count"),
        ("dsa1024", "DSA keys do not count"),
    ] {
        let gpg = Gpg::new();
        gpg.generate(USER, algorithm, "sign", "0", BIRTH);
        is_invalid_policy(&waiting(&gpg.export_minimal(USER))?, why);
    }
    Ok(())
}

#[test]
fn refuses_small_rsa_and_dsa_subkeys() -> TestResult {
    for algorithm in ["rsa1024", "dsa2048"] {
        let gpg = Gpg::new();
        let primary = gpg.generate(USER, "ed25519", "cert", "0", BIRTH);
        let subkey = gpg.subkey(&primary, algorithm, "sign");
        let mut repo = waiting(&gpg.export_minimal(USER))?;
        let user = format!("{subkey}!");
        let sign = sign_now(&gpg, &user, &["--digest-algo", "SHA256"]);
        let landed = approve_signed(&mut repo, "asc", sign)?;
        is_refused(&repo, &landed, "key-weak");
    }
    Ok(())
}

#[test]
fn refuses_a_certificate_that_is_not_listed() -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    let certificate = gpg.export_minimal(USER);
    let other = Gpg::new();
    other.signing_key(USER);
    let mut repo = waiting(&certificate)?;
    let landed = approve_signed(&mut repo, "asc", sign_now(&other, USER, &[]))?;
    is_refused(&repo, &landed, "key-unknown");
    Ok(())
}

#[test]
fn refuses_a_signature_over_other_bytes() -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let landed = approve_signed(&mut repo, "asc", |repo, message| {
        gpg.sign(USER, &at(repo.now()), &[], &[message, b"\n"].concat())
    })?;
    is_refused(&repo, &landed, "signature-invalid");
    Ok(())
}

#[test]
fn refuses_a_signature_that_itself_expires() -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let landed = approve_signed(
        &mut repo,
        "asc",
        sign_now(&gpg, USER, &["--default-sig-expire", "1d"]),
    )?;
    is_refused(&repo, &landed, "signature-invalid");
    Ok(())
}

#[test]
fn refuses_a_key_file_that_is_not_one_public_certificate() -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    gpg.signing_key("mallory@acme.example");
    let two = gpg.run(&["--armor", "--export", USER, "mallory@acme.example"], b"");
    is_invalid_policy(&waiting(&two)?, "there is more than one key");
    let secret = gpg.run(&["--armor", "--export-secret-keys", USER], b"");
    is_invalid_policy(&waiting(&secret)?, "this is a private key");
    is_invalid_policy(
        &waiting_for_bob(&listed(), |_| ())?,
        "keys/bob.asc does not exist",
    );
    Ok(())
}
