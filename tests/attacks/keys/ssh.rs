//! SSH keys and signatures that are refused: rsa-sha1, ssh-dss, small RSA, certificates, wrong
//! labels, trailing bytes, other namespaces.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::demo::Record;
use countersign::model::{Digest, ObjectId};
use ssh_key::private::KeypairData;

use countersign_testkit::adoption::{approve_signed, is_invalid_policy, ssh_item, waiting_for_bob};
use countersign_testkit::ssh_keys::{
    Fields, SshKeys, armored, dearmored, fields, sshsig, string, to_be_signed,
};
use countersign_testkit::views::Landed;
use countersign_testkit::{Repo, TestResult};

const NAMESPACE: &str = "countersign";

/// A repository in which Bob has approved with a signature made by `sign` from an honest one by his
/// key `bob`.
fn approved_with(
    keys: &SshKeys,
    sign: impl FnOnce(&[u8], Vec<u8>) -> Vec<u8>,
) -> Result<(Repo, Record, ObjectId), Box<dyn std::error::Error>> {
    let mut repo = waiting_for_bob(&[ssh_item(&keys.line("bob"))], |_| ())?;
    let (record, landing) = approve_signed(&mut repo, "sig", |_, message| {
        sign(message, keys.sign("bob", NAMESPACE, message))
    })?;
    Ok((repo, record, landing))
}

/// Asserts that the approval with the signature that `sign` makes is refused by `rule`, and that
/// the untouched one is not.
#[track_caller]
fn refuses(keys: &SshKeys, rule: &str, sign: impl FnOnce(&[u8], Vec<u8>) -> Vec<u8>) -> TestResult {
    let (repo, record, landing) = approved_with(keys, sign)?;
    let bob = &repo.bob;
    Landed {
        record: &record,
        landing,
        by: bob,
        subject: "skill/pdf",
        action: "approve",
    }
    .is_refused(&repo, rule);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

fn with_key(kind: &str, bits: &str) -> SshKeys {
    let keys = SshKeys::new();
    keys.generate("bob", kind, bits);
    keys
}

fn changed(signature: &[u8], change: impl FnOnce(&mut Fields)) -> Vec<u8> {
    let mut fields = fields(signature);
    change(&mut fields);
    sshsig(&fields)
}

/// The raw signature after its algorithm's name.
fn raw(signature: &[u8], name: &str) -> Vec<u8> {
    signature[4 + name.len()..].to_vec()
}

#[test]
fn every_key_type_that_counts_approves() -> TestResult {
    for (kind, bits) in [
        ("ed25519", ""),
        ("ecdsa", "256"),
        ("ecdsa", "384"),
        ("ecdsa", "521"),
        ("rsa", "2048"),
        ("rsa", "4096"),
    ] {
        let keys = with_key(kind, bits);
        let (repo, record, landing) = approved_with(&keys, |_, honest| honest)?;
        let landed = Landed {
            record: &record,
            landing,
            by: &repo.bob,
            subject: "skill/pdf",
            action: "approve",
        };
        landed.is_accepted(&repo).passes();
        assert_eq!(repo.state("skill/pdf"), "approved", "{kind} {bits}");
    }
    Ok(())
}

#[test]
fn refuses_rsa_with_sha1() -> TestResult {
    let keys = with_key("rsa", "3072");
    refuses(&keys, "key-weak", |message, honest| {
        let signed = to_be_signed(NAMESPACE, "sha512", &sha512(&keys, message));
        changed(&honest, |fields| {
            fields[4] = [string(b"ssh-rsa"), string(&keys.raw_sha1("bob", &signed))].concat();
        })
    })
}

fn sha512(keys: &SshKeys, message: &[u8]) -> Vec<u8> {
    keys.tool("openssl", &["dgst", "-sha512", "-binary"], message)
        .stdout
}

#[test]
fn refuses_an_ssh_dss_key_in_the_policy() -> TestResult {
    let keys = with_key("dsa", "");
    let repo = waiting_for_bob(&[ssh_item(&keys.line("bob"))], |_| ())?;
    is_invalid_policy(&repo, "DSA keys (ssh-dss) do not count");
    Ok(())
}

#[test]
fn refuses_a_signature_by_an_ssh_dss_key() -> TestResult {
    let keys = with_key("ed25519", "");
    keys.generate("dss", "dsa", "");
    refuses(&keys, "key-weak", |_, honest| {
        let dss = keys.blob("dss");
        changed(&honest, |fields| {
            fields[0] = dss;
            fields[4] = [string(b"ssh-dss"), string(&[7; 40])].concat();
        })
    })
}

#[test]
fn refuses_an_rsa_key_under_2048_bits_in_the_policy() -> TestResult {
    let keys = SshKeys::new();
    keys.generate_small_rsa("bob");
    let repo = waiting_for_bob(&[ssh_item(&keys.line("bob"))], |_| ())?;
    is_invalid_policy(&repo, "RSA keys under 2048 bits do not count");
    Ok(())
}

#[test]
fn refuses_a_signature_by_an_rsa_key_under_2048_bits() -> TestResult {
    let keys = with_key("ed25519", "");
    keys.generate_small_rsa("small");
    refuses(&keys, "key-weak", |message, _| {
        // ssh-keygen does not sign with it any more.
        let signed = to_be_signed(NAMESPACE, "sha512", &sha512(&keys, message));
        let raw = keys
            .tool("openssl", &["dgst", "-sha512", "-sign", "small"], &signed)
            .stdout;
        let signature = [string(b"rsa-sha2-512"), string(&raw)].concat();
        sshsig(&[
            keys.blob("small"),
            NAMESPACE.into(),
            Vec::new(),
            b"sha512".to_vec(),
            signature,
        ])
    })
}

#[test]
fn refuses_a_certificate_listed_as_a_key() -> TestResult {
    let keys = with_key("ed25519", "");
    let certificate = keys.certify("bob");
    let repo = waiting_for_bob(&[ssh_item(&certificate)], |_| ())?;
    is_invalid_policy(&repo, "certificates are not supported yet");
    Ok(())
}

#[test]
fn refuses_a_certificate_authority_in_the_policy() -> TestResult {
    let keys = with_key("ed25519", "");
    let repo = waiting_for_bob(
        &[ssh_item(&format!("cert-authority {}", keys.line("bob")))],
        |_| (),
    )?;
    is_invalid_policy(&repo, "options before the key are not supported");
    Ok(())
}

#[test]
fn refuses_a_signature_made_with_a_certificate() -> TestResult {
    let keys = with_key("ed25519", "");
    keys.certify("bob");
    refuses(&keys, "detached-signature-unreadable", |message, _| {
        let signature = keys.sign("bob-cert.pub", NAMESPACE, message);
        let listed = format!("bob cert-authority {}", keys.line("bob"));
        assert!(
            keys.accepts_listed(&listed, NAMESPACE, message, &signature),
            "it is a sound certificate"
        );
        signature
    })
}

#[test]
fn refuses_a_wrong_key_type_label_in_the_policy() -> TestResult {
    let keys = with_key("ed25519", "");
    let line = keys.line("bob").replacen("ssh-ed25519", "ssh-rsa", 1);
    let repo = waiting_for_bob(&[ssh_item(&line)], |_| ())?;
    is_invalid_policy(
        &repo,
        "the type before the key differs from the type inside it",
    );
    Ok(())
}

#[test]
fn refuses_a_wrong_key_type_label_in_the_signature() -> TestResult {
    let keys = with_key("ed25519", "");
    for label in [
        "rsa-sha2-512",
        "ecdsa-sha2-nistp256",
        "sk-ssh-ed25519@openssh.com",
    ] {
        refuses(&keys, "key-mismatch", |_, honest| {
            changed(&honest, |fields| {
                fields[4] = [string(label.as_bytes()), raw(&fields[4], "ssh-ed25519")].concat();
            })
        })?;
    }
    Ok(())
}

#[test]
fn refuses_trailing_bytes_after_a_listed_key() -> TestResult {
    let keys = with_key("ed25519", "");
    let blob = [keys.blob("bob").as_slice(), b"\0"].concat();
    let repo = waiting_for_bob(
        &[ssh_item(&format!("ssh-ed25519 {}", STANDARD.encode(blob)))],
        |_| (),
    )?;
    is_invalid_policy(&repo, "malformed");
    Ok(())
}

#[test]
fn refuses_trailing_bytes_after_the_signature() -> TestResult {
    let keys = with_key("ed25519", "");
    refuses(&keys, "detached-signature-unreadable", |_, honest| {
        armored(&[dearmored(&honest).as_slice(), b"\0"].concat())
    })
}

#[test]
fn refuses_trailing_bytes_inside_the_signature() -> TestResult {
    let keys = with_key("ed25519", "");
    refuses(&keys, "detached-signature-unreadable", |_, honest| {
        changed(&honest, |fields| fields[4].push(0))
    })
}

#[test]
fn refuses_text_after_the_armor() -> TestResult {
    let keys = with_key("ed25519", "");
    refuses(&keys, "detached-signature-unreadable", |_, honest| {
        [honest.as_slice(), b"approved\n"].concat()
    })
}

#[test]
fn refuses_a_truncated_signature() -> TestResult {
    let keys = with_key("ed25519", "");
    refuses(&keys, "detached-signature-unreadable", |_, honest| {
        let bytes = dearmored(&honest);
        armored(&bytes[..bytes.len() - 1])
    })
}

#[test]
fn refuses_a_signature_in_another_namespace() -> TestResult {
    let keys = with_key("ed25519", "");
    for namespace in ["git", "file", "countersign-approval", "Countersign"] {
        refuses(&keys, "wrong-namespace", |message, _| {
            keys.sign("bob", namespace, message)
        })?;
    }
    Ok(())
}

#[test]
fn refuses_a_signature_whose_namespace_was_rewritten() -> TestResult {
    let keys = with_key("ed25519", "");
    refuses(&keys, "signature-invalid", |message, _| {
        changed(&keys.sign("bob", "git", message), |fields| {
            fields[1] = NAMESPACE.into();
        })
    })
}

#[test]
fn refuses_a_signature_over_other_bytes() -> TestResult {
    let keys = with_key("ed25519", "");
    refuses(&keys, "signature-invalid", |message, _| {
        keys.sign("bob", NAMESPACE, &[message, b"\n"].concat())
    })
}

#[test]
fn refuses_a_signature_by_a_key_that_is_not_listed() -> TestResult {
    let keys = with_key("ed25519", "");
    keys.generate("stranger", "ed25519", "");
    refuses(&keys, "key-unknown", |message, _| {
        keys.sign("stranger", NAMESPACE, message)
    })
}

#[test]
fn refuses_an_empty_signature_file() -> TestResult {
    let keys = with_key("ed25519", "");
    refuses(&keys, "detached-signature-unreadable", |_, _| Vec::new())
}

#[test]
fn two_signature_files_of_which_one_is_bad_give_no_second_chance_to_a_stranger() -> TestResult {
    let keys = with_key("ed25519", "");
    keys.generate("stranger", "ed25519", "");
    let mut repo = waiting_for_bob(&[ssh_item(&keys.line("bob"))], |_| ())?;
    let bob = repo.bob.clone();
    let mut record = repo
        .draft(
            countersign::model::DecisionKind::Approve,
            &bob,
            "skill/pdf",
            "1.0.0",
        )?
        .unsigned()
        .record();
    record.signatures.push((
        format!("{}.sig", record.path),
        keys.sign("stranger", NAMESPACE, &record.bytes),
    ));
    record.signatures.push((
        format!("{}.asc", record.path),
        b"-----BEGIN PGP SIGNATURE-----\n".to_vec(),
    ));
    let landing = repo.land(&bob, &record)?;
    let checked = repo.check();
    checked.assert("fail", &[]);
    let found: Vec<_> = checked
        .findings()
        .into_iter()
        .filter(|finding| finding.text("path") == Some(&record.path))
        .collect();
    assert!(
        found
            .iter()
            .any(|finding| ["key-unknown", "detached-signature-unreadable"]
                .contains(&finding.rule())),
        "{checked}"
    );
    assert!(
        found
            .iter()
            .all(|finding| finding.text("commit") == Some(&landing.to_string())),
        "{checked}"
    );
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

/// What a security key would sign, made with a key in memory: `flags` says whether it was touched.
fn security_key(keys: &SshKeys, message: &[u8], flags: u8) -> Vec<u8> {
    let private = private(keys);
    let tail = [flags, 0, 0, 0, 7];
    let signed = to_be_signed(NAMESPACE, "sha256", Digest::of(message).as_bytes());
    let device = [
        Digest::of(b"ssh:").as_bytes().as_slice(),
        &tail,
        Digest::of(&signed).as_bytes(),
    ]
    .concat();
    let raw = raw_sign(&private, &device);
    let signature = [
        string(b"sk-ssh-ed25519@openssh.com"),
        string(raw.as_bytes()),
        tail.to_vec(),
    ]
    .concat();
    sshsig(&[
        security_blob(keys),
        NAMESPACE.into(),
        Vec::new(),
        b"sha256".to_vec(),
        signature,
    ])
}

fn raw_sign<K: ssh_key::SigningKey>(key: &K, message: &[u8]) -> ssh_key::Signature {
    key.try_sign(message).expect("a key in memory signs")
}

fn private(keys: &SshKeys) -> ssh_key::PrivateKey {
    let text = std::fs::read_to_string(keys.path("device")).expect("ssh-keygen wrote it");
    ssh_key::PrivateKey::from_openssh(text).expect("ssh-keygen wrote it")
}

fn security_blob(keys: &SshKeys) -> Vec<u8> {
    let private = private(keys);
    let KeypairData::Ed25519(pair) = private.key_data() else {
        panic!("it was made as one")
    };
    [
        string(b"sk-ssh-ed25519@openssh.com"),
        string(&pair.public.0),
        string(b"ssh:"),
    ]
    .concat()
}

/// A repository in which Bob has approved with a security key.
fn approved_by_touch(flags: u8) -> Result<(Repo, Record, ObjectId), Box<dyn std::error::Error>> {
    let keys = SshKeys::new();
    keys.generate("device", "ed25519", "");
    let line = format!(
        "sk-ssh-ed25519@openssh.com {}",
        STANDARD.encode(security_blob(&keys))
    );
    let mut repo = waiting_for_bob(&[ssh_item(&line)], |_| ())?;
    let (record, landing) = approve_signed(&mut repo, "sig", |_, message| {
        let signature = security_key(&keys, message, flags);
        if flags == 1 {
            assert!(
                keys.accepts(&line, NAMESPACE, message, &signature),
                "ssh-keygen agrees on the construction"
            );
        }
        signature
    })?;
    Ok((repo, record, landing))
}

#[test]
fn refuses_a_security_key_that_was_not_touched() -> TestResult {
    let (repo, record, landing) = approved_by_touch(0)?;
    Landed {
        record: &record,
        landing,
        by: &repo.bob,
        subject: "skill/pdf",
        action: "approve",
    }
    .is_refused(&repo, "signature-invalid");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_security_key_that_was_touched_approves() -> TestResult {
    let (repo, _, _) = approved_by_touch(1)?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}
