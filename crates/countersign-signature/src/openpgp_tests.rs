//! OpenPGP signatures against `gpg --verify`.

use super::fixtures::{Gpg, SshKeys, certificate};
use super::openpgp::armor::{Block, openpgp as dearmor};
use super::{
    Format, KeyFault, Proof, SignatureFault, VerificationKey, prove_commit, prove_detached,
};
use countersign_model::{KeyId, RuleId, Timestamp};

mod lifetimes;

const MESSAGE: &[u8] = b"decision: approve\n";
/// Keys are made then, signatures a little later.
const BIRTH: &str = "20240101T000000";
const SIGNING: &str = "20240601T120000";

fn prove(signature: &[u8], keys: &[VerificationKey]) -> Vec<Proof> {
    prove_detached(Format::OpenPgp, MESSAGE, signature, keys)
}

fn refusal(signature: &[u8], keys: &[VerificationKey]) -> (RuleId, String) {
    let proofs = prove(signature, keys);
    assert_eq!(proofs.len(), 1);
    let fault = proofs[0].fault.clone().expect("it must be refused");
    (fault.rule(), fault.to_string())
}

fn listed(gpg: &Gpg, user: &str) -> VerificationKey {
    certificate(&gpg.export(user)).expect("a certificate that gpg exported")
}

#[test]
fn a_good_signature_names_its_certificate_and_time() {
    let gpg = Gpg::new();
    for (user, algorithm) in [("a@x", "ed25519"), ("b@x", "nistp256"), ("c@x", "rsa2048")] {
        let fingerprint = gpg.generate(user, algorithm, "sign", "0", BIRTH);
        let key = listed(&gpg, user);
        assert_eq!(key.id(), &KeyId::OpenPgp(fingerprint.into()));
        let signature = gpg.sign(user, SIGNING, &[], MESSAGE);
        let created: Timestamp = "2024-06-01T12:00:00Z".parse().expect("a time");
        let good = Proof {
            format: Format::OpenPgp,
            key: Some(key.handle()),
            created: Some(created),
            fault: None,
        };
        assert_eq!(
            prove(&signature, std::slice::from_ref(&key)),
            std::slice::from_ref(&good),
            "{algorithm}"
        );
        assert_eq!(
            prove_commit(MESSAGE, &signature, std::slice::from_ref(&key)),
            [good]
        );
        assert!(gpg.accepts("20240602T000000!", MESSAGE, &signature));
        let other = prove_detached(
            Format::OpenPgp,
            b"decision: revoke\n",
            &signature,
            std::slice::from_ref(&key),
        );
        assert_eq!(
            other[0].fault.as_ref().map(SignatureFault::rule),
            Some(RuleId::SignatureInvalid)
        );
        assert!(!gpg.accepts("20240602T000000!", b"decision: revoke\n", &signature));
    }
}

#[test]
fn binary_and_armored_certificates_are_the_same_key() {
    let gpg = Gpg::new();
    gpg.generate("a@x", "ed25519", "sign", "0", BIRTH);
    let armored = gpg.export("a@x");
    let binary = dearmor(&armored, Block::PublicKey).expect("written by gpg");
    assert_eq!(
        certificate(&armored).map(|key| key.handle()),
        certificate(&binary).map(|key| key.handle())
    );
}

#[test]
fn an_unlisted_key_is_unknown_and_one_listed_twice_proves_twice() {
    let gpg = Gpg::new();
    let fingerprint = gpg.generate("a@x", "ed25519", "sign", "0", BIRTH);
    gpg.generate("b@x", "ed25519", "sign", "0", BIRTH);
    let signature = gpg.sign("a@x", SIGNING, &[], MESSAGE);
    let (rule, text) = refusal(&signature, &[listed(&gpg, "b@x")]);
    assert_eq!(
        (rule, text),
        (
            RuleId::KeyUnknown,
            format!("no listed key made this signature; it names {fingerprint}")
        )
    );
    let plain = listed(&gpg, "a@x");
    gpg.run(
        &[
            "--faked-system-time",
            "20250101T000000",
            "--quick-add-uid",
            "a@x",
            "second@x",
        ],
        b"",
    );
    let later = listed(&gpg, "a@x");
    assert_eq!(plain.id(), later.id());
    assert_ne!(plain.handle(), later.handle());
    let proofs = prove(&signature, &[plain, later]);
    assert_eq!(
        proofs.iter().map(Proof::is_good).collect::<Vec<_>>(),
        [true, true]
    );
}

#[test]
fn only_a_subkey_for_signing_signs_and_a_revoked_one_does_not() {
    let gpg = Gpg::new();
    let primary = gpg.generate("a@x", "ed25519", "cert", "0", BIRTH);
    gpg.run(
        &[
            "--faked-system-time",
            BIRTH,
            "--quick-add-key",
            &primary,
            "ed25519",
            "sign",
            "0",
        ],
        b"",
    );
    let subkey = gpg.fingerprints("a@x").swap_remove(1);
    let signature = gpg.sign(&format!("{subkey}!"), SIGNING, &[], MESSAGE);
    let key = listed(&gpg, "a@x");
    let proofs = prove(&signature, std::slice::from_ref(&key));
    assert_eq!(
        (proofs[0].is_good(), proofs[0].key.clone()),
        (true, Some(key.handle())),
        "the primary key names the certificate"
    );
    assert_eq!(key.materials().len(), 2);
    // The subkey's own revocation.
    gpg.run(
        &[
            "--no-batch",
            "--command-fd",
            "0",
            "--faked-system-time",
            "20240801T000000",
            "--edit-key",
            &primary,
        ],
        b"key 1\nrevkey\ny\n1\n\ny\nsave\n",
    );
    assert_eq!(
        refusal(&signature, &[listed(&gpg, "a@x")]).0,
        RuleId::KeyRevoked
    );
}

#[test]
fn refuses_a_key_without_the_signing_flag() {
    let gpg = Gpg::new();
    let primary = gpg.generate("a@x", "ed25519", "cert", "0", BIRTH);
    gpg.run(
        &[
            "--faked-system-time",
            BIRTH,
            "--quick-add-key",
            &primary,
            "ed25519",
            "sign",
            "0",
        ],
        b"",
    );
    let subkey = gpg.fingerprints("a@x").swap_remove(1);
    // The same subkey bound as one for authentication only.
    let signature = gpg.sign(&format!("{subkey}!"), SIGNING, &[], MESSAGE);
    let edit = b"key 1\nchange-usage\nS\nA\nQ\nsave\n";
    gpg.run(
        &[
            "--no-batch",
            "--expert",
            "--command-fd",
            "0",
            "--faked-system-time",
            "20240501T000000",
            "--edit-key",
            &primary,
        ],
        edit,
    );
    assert_eq!(
        refusal(&signature, &[listed(&gpg, "a@x")]).0,
        RuleId::KeyMismatch
    );
}

#[test]
fn refuses_weak_hashes_in_signatures_and_in_certificates() {
    let gpg = Gpg::new();
    gpg.generate("a@x", "rsa2048", "sign", "0", BIRTH);
    let key = listed(&gpg, "a@x");
    for hash in ["SHA1", "RIPEMD160"] {
        let signature = gpg.sign("a@x", SIGNING, &["--digest-algo", hash], MESSAGE);
        assert_eq!(
            refusal(&signature, std::slice::from_ref(&key)).0,
            RuleId::KeyWeak,
            "{hash}"
        );
    }
    let gpg = Gpg::new();
    gpg.generate_bound_by_sha1("b@x", BIRTH);
    let signature = gpg.sign("b@x", SIGNING, &[], MESSAGE);
    assert_eq!(
        refusal(&signature, &[listed(&gpg, "b@x")]).0,
        RuleId::KeyWeak
    );
}

#[test]
fn refuses_weak_keys_when_they_are_listed_and_when_they_sign() {
    let gpg = Gpg::new();
    for (user, algorithm) in [("a@x", "rsa1024"), ("b@x", "dsa1024")] {
        gpg.generate(user, algorithm, "sign", "0", BIRTH);
        assert!(
            matches!(certificate(&gpg.export(user)), Err(KeyFault::Weak(_))),
            "{algorithm}"
        );
    }
    let primary = gpg.generate("c@x", "ed25519", "cert", "0", BIRTH);
    for algorithm in ["rsa1024", "dsa1024", "dsa2048"] {
        gpg.run(
            &[
                "--faked-system-time",
                BIRTH,
                "--cert-digest-algo",
                "SHA256",
                "--quick-add-key",
                &primary,
                algorithm,
                "sign",
                "0",
            ],
            b"",
        );
    }
    let key = listed(&gpg, "c@x");
    for subkey in &gpg.fingerprints("c@x")[1..] {
        let signature = gpg.sign(
            &format!("{subkey}!"),
            SIGNING,
            &["--digest-algo", "SHA256"],
            MESSAGE,
        );
        assert_eq!(
            refusal(&signature, std::slice::from_ref(&key)).0,
            RuleId::KeyWeak
        );
    }
}

#[test]
fn refuses_everything_but_one_detached_binary_signature() {
    let gpg = Gpg::new();
    gpg.generate("a@x", "ed25519", "sign", "0", BIRTH);
    let keys = [listed(&gpg, "a@x")];
    let good = gpg.sign("a@x", SIGNING, &[], MESSAGE);
    assert!(prove(&good, &keys)[0].is_good());
    let fixed = ["--faked-system-time", SIGNING, "-u", "a@x", "--armor"];
    let malformed = |signature: &[u8]| {
        assert_eq!(
            refusal(signature, &keys).0,
            RuleId::DetachedSignatureUnreadable
        );
    };
    malformed(&gpg.run(&[&fixed[..], &["--clear-sign"]].concat(), MESSAGE));
    malformed(&gpg.run(&[&fixed[..], &["--sign"]].concat(), MESSAGE));
    malformed(&gpg.sign("a@x", SIGNING, &["--textmode"], MESSAGE));
    malformed(&[good.as_slice(), &good].concat());
    malformed(&dearmor(&good, Block::Signature).expect("written by gpg"));
    malformed(&gpg.export("a@x"));
    malformed(b"");
    // Two signatures in one armor: gpg accepts both, git counts one.
    gpg.generate("b@x", "ed25519", "sign", "0", BIRTH);
    let two = gpg.run(
        &[
            "--faked-system-time",
            SIGNING,
            "-u",
            "a@x",
            "-u",
            "b@x",
            "--armor",
            "--detach-sign",
        ],
        MESSAGE,
    );
    malformed(&two);
    // One that ends.
    let ends = gpg.sign("a@x", SIGNING, &["--default-sig-expire", "1d"], MESSAGE);
    assert_eq!(refusal(&ends, &keys).0, RuleId::SignatureInvalid);
}

#[test]
fn refuses_listed_files_that_are_not_one_public_certificate() {
    let gpg = Gpg::new();
    gpg.generate("a@x", "ed25519", "sign", "0", BIRTH);
    gpg.generate("b@x", "ed25519", "sign", "0", BIRTH);
    let one = gpg.export("a@x");
    let other = gpg.export("b@x");
    let fault = |bytes: &[u8]| {
        certificate(bytes)
            .err()
            .unwrap_or_else(|| panic!("it must be refused"))
    };
    assert_eq!(
        fault(&gpg.run(&["--armor", "--export", "a@x", "b@x"], b"")),
        KeyFault::Several
    );
    assert_eq!(fault(&[one.as_slice(), &other].concat()), KeyFault::Several);
    assert_eq!(
        fault(&gpg.run(&["--armor", "--export-secret-keys", "a@x"], b"")),
        KeyFault::Secret
    );
    let secret = gpg.run(&["--export-secret-keys", "a@x"], b"");
    assert_eq!(fault(&secret), KeyFault::Secret);
    let binary = dearmor(&one, Block::PublicKey).expect("written by gpg");
    assert!(matches!(
        fault(&binary[..binary.len() - 1]),
        KeyFault::Malformed(_)
    ));
    assert!(matches!(
        fault(&[&binary[..], b"x"].concat()),
        KeyFault::Malformed(_)
    ));
    assert!(matches!(
        fault(&gpg.sign("a@x", SIGNING, &[], MESSAGE)),
        KeyFault::Malformed(_)
    ));
    assert!(matches!(fault(b""), KeyFault::Malformed(_)));
    let many = [&binary[..], &[0xca, 0x03, b'P', b'G', b'P'].repeat(2_000)].concat();
    assert!(
        matches!(fault(&many), KeyFault::Malformed(_)),
        "thousands of packets"
    );
}

#[test]
fn the_same_key_in_ssh_and_openpgp_has_the_same_material() {
    use base64::Engine as _;
    let gpg = Gpg::new();
    for (user, algorithm) in [
        ("a@x", "ed25519"),
        ("b@x", "nistp256"),
        ("c@x", "nistp384"),
        ("d@x", "nistp521"),
        ("e@x", "rsa2048"),
    ] {
        gpg.generate(user, algorithm, "sign,auth", "0", BIRTH);
        let line = String::from_utf8(gpg.run(
            &[
                "--export-ssh-key",
                &format!("{}!", gpg.fingerprints(user)[0]),
            ],
            b"",
        ))
        .expect("ASCII");
        let ssh = super::fixtures::ssh_key(&line)
            .unwrap_or_else(|fault| panic!("{algorithm}: {fault}: {line}"));
        assert_eq!(
            ssh.materials(),
            listed(&gpg, user).materials(),
            "{algorithm}"
        );
    }
    // And in minisign.
    let keys = SshKeys::new();
    let line = keys.public_line(&keys.generate("ed25519", ""));
    let ssh = super::fixtures::ssh_key(&line).expect("a good key");
    let blob = base64::engine::general_purpose::STANDARD
        .decode(line.split(' ').nth(1).expect("base64"))
        .expect("base64");
    let minisign = [b"Ed12345678", &blob[blob.len() - 32..]].concat();
    let minisign = base64::engine::general_purpose::STANDARD.encode(minisign);
    let minisign = VerificationKey::read(
        &countersign_model::key::KeySource::Minisign(minisign),
        false,
        None,
    )
    .expect("a good key");
    assert_eq!(minisign.materials(), ssh.materials());
}

#[test]
fn a_version_6_certificate_signs() -> sequoia_openpgp::Result<()> {
    use sequoia_openpgp::armor::{Kind, Writer};
    use sequoia_openpgp::cert::CertBuilder;
    use sequoia_openpgp::packet::signature::SignatureBuilder;
    use sequoia_openpgp::policy::StandardPolicy;
    use sequoia_openpgp::serialize::SerializeInto as _;
    use sequoia_openpgp::types::SignatureType;
    use sequoia_openpgp::{Packet, Profile, serialize::Serialize as _};

    let (cert, _) = CertBuilder::general_purpose(Some("a@x"))
        .set_profile(Profile::RFC9580)?
        .generate()?;
    let policy = StandardPolicy::new();
    let signer = cert
        .keys()
        .with_policy(&policy, None)
        .for_signing()
        .secret()
        .next()
        .expect("it can sign");
    let signature = SignatureBuilder::new(SignatureType::Binary)
        .sign_message(&mut signer.key().clone().into_keypair()?, MESSAGE)?;
    let mut armored = Vec::new();
    let mut writer = Writer::new(&mut armored, Kind::Signature)?;
    Packet::from(signature).serialize(&mut writer)?;
    writer.finalize()?;
    let key = certificate(&cert.armored().to_vec()?)?;
    let proofs = prove(&armored, std::slice::from_ref(&key));
    assert_eq!(
        (proofs[0].fault.as_ref(), proofs[0].key.clone()),
        (None, Some(key.handle()))
    );
    assert!(matches!(
        certificate(&cert.as_tsk().armored().to_vec()?),
        Err(KeyFault::Secret)
    ));
    let other = prove_detached(Format::OpenPgp, b"decision: revoke\n", &armored, &[key]);
    assert_eq!(
        other[0].fault.as_ref().map(SignatureFault::rule),
        Some(RuleId::SignatureInvalid)
    );
    Ok(())
}
