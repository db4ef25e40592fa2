//! SSHSIG against `ssh-keygen -Y`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ssh_key::private::KeypairData;
use ssh_key::{PrivateKey, Signature, SigningKey};

use super::fixtures::{SshKeys, ssh_armor, ssh_dearmor, ssh_key, wire_string};
use super::{
    COMMIT_NAMESPACE, Format, Proof, RECORD_NAMESPACE, SignatureFault, prove_commit, prove_detached,
};
use countersign_model::{Digest, RuleId};

const MESSAGE: &[u8] = b"decision: approve\n";

fn prove(signature: &[u8]) -> Proof {
    let mut proofs = prove_detached(Format::Ssh, MESSAGE, signature, &[]);
    assert_eq!(proofs.len(), 1);
    proofs.swap_remove(0)
}

fn refusal(signature: &[u8]) -> (RuleId, String) {
    let fault = prove(signature).fault.expect("it must be refused");
    (fault.rule(), fault.to_string())
}

/// The container's fields: key, namespace, reserved, hash, signature.
fn container(version: u32, fields: [&[u8]; 5]) -> Vec<u8> {
    let mut bytes = [b"SSHSIG".as_slice(), &version.to_be_bytes()].concat();
    for field in fields {
        bytes.extend(wire_string(field));
    }
    bytes
}

fn fields(bytes: &[u8]) -> [Vec<u8>; 5] {
    let mut wire = super::ssh_key::Wire(&bytes[10..]);
    std::array::from_fn(|_| wire.string().expect("written by ssh-keygen").to_vec())
}

fn rebuilt(bytes: &[u8], change: impl FnOnce(&mut [Vec<u8>; 5])) -> Vec<u8> {
    let mut fields = fields(bytes);
    change(&mut fields);
    ssh_armor(&container(1, std::array::from_fn(|i| fields[i].as_slice())))
}

#[test]
fn every_key_type_and_hash_verifies_as_in_ssh_keygen() {
    let keys = SshKeys::new();
    for (kind, bits) in [
        ("ed25519", ""),
        ("ecdsa", "256"),
        ("ecdsa", "384"),
        ("ecdsa", "521"),
        ("rsa", "2048"),
        ("rsa", "3072"),
    ] {
        let name = keys.generate(kind, bits);
        let line = keys.public_line(&name);
        let key = ssh_key(&line).expect("a good key");
        for hash in ["sha256", "sha512"] {
            let option = format!("hashalg={hash}");
            let signature =
                keys.sign_with(&name, &["-n", RECORD_NAMESPACE, "-O", &option], MESSAGE);
            let proof = prove(&signature);
            assert_eq!(
                proof,
                Proof {
                    format: Format::Ssh,
                    key: Some(key.handle()),
                    created: None,
                    fault: None
                },
                "{kind}{bits} {hash}"
            );
            assert!(keys.accepts(&line, RECORD_NAMESPACE, MESSAGE, &signature));
            let other = prove_detached(Format::Ssh, b"decision: revoke\n", &signature, &[]);
            assert_eq!(
                other[0].fault.as_ref().map(SignatureFault::rule),
                Some(RuleId::SignatureInvalid)
            );
            assert!(!keys.accepts(&line, RECORD_NAMESPACE, b"decision: revoke\n", &signature));
        }
    }
}

#[test]
fn refuses_a_signature_made_in_another_namespace() {
    let keys = SshKeys::new();
    let name = keys.generate("ed25519", "");
    let commit = keys.sign(&name, COMMIT_NAMESPACE, MESSAGE);
    let record = keys.sign(&name, RECORD_NAMESPACE, MESSAGE);
    assert!(prove_commit(MESSAGE, &commit, &[])[0].is_good());
    let reason = "it is a commit signature (SSH namespace `git`) next to a record, which needs one in the namespace `countersign`";
    assert_eq!(
        refusal(&commit),
        (RuleId::WrongNamespace, reason.to_owned())
    );
    let fault = prove_commit(MESSAGE, &record, &[])
        .swap_remove(0)
        .fault
        .expect("it is refused");
    assert_eq!(fault.rule(), RuleId::WrongNamespace);
    assert_eq!(
        fault.to_string(),
        "it is a record signature (SSH namespace `countersign`) in a commit, which needs one in the namespace `git`"
    );
    // A changed name does not help: it is signed.
    let renamed = rebuilt(&ssh_dearmor(&commit), |fields| {
        fields[1] = RECORD_NAMESPACE.as_bytes().to_vec();
    });
    assert_eq!(refusal(&renamed).0, RuleId::SignatureInvalid);
    let hostile = rebuilt(&ssh_dearmor(&commit), |fields| {
        fields[1] = b"\x1b[2J::error::\n".to_vec();
    });
    assert_eq!(
        refusal(&hostile).1,
        "it was made in the SSH namespace `\\u{1b}[2J::error::\\n`, but `countersign` is needed"
    );
}

#[test]
fn refuses_every_change_to_the_container() {
    let keys = SshKeys::new();
    let name = keys.generate("ed25519", "");
    let bytes = ssh_dearmor(&keys.sign(&name, RECORD_NAMESPACE, MESSAGE));
    assert!(prove(&rebuilt(&bytes, |_| {})).is_good());
    let original = fields(&bytes);
    let all: [&[u8]; 5] = std::array::from_fn(|i| original[i].as_slice());
    let malformed = |signature: &[u8], detail: &str| {
        let (rule, text) = refusal(signature);
        assert_eq!(
            (rule, text),
            (
                RuleId::DetachedSignatureUnreadable,
                format!("malformed signature: {detail}")
            )
        );
    };
    malformed(&ssh_armor(&container(0, all)), "its version is not 1");
    malformed(&ssh_armor(&container(2, all)), "its version is not 1");
    malformed(
        &rebuilt(&bytes, |fields| fields[2] = b"x".to_vec()),
        "the reserved field is not empty",
    );
    malformed(
        &rebuilt(&bytes, |fields| fields[3] = b"sha1".to_vec()),
        "the hash is neither sha256 nor sha512",
    );
    malformed(
        &ssh_armor(&[bytes.as_slice(), b"\0"].concat()),
        "there are bytes after the signature",
    );
    malformed(
        &rebuilt(&bytes, |fields| fields[4].push(0)),
        "there are bytes after the signature",
    );
    malformed(&ssh_armor(&bytes[..bytes.len() - 1]), "it is truncated");
    malformed(&ssh_armor(b"SSHSIX"), "it does not start with SSHSIG");
    malformed(
        &rebuilt(&bytes, |fields| fields[0].push(0)),
        "malformed key: the key's fields are malformed, or there are bytes after them",
    );
    malformed(b"", "not exactly one SSH signature");
}

#[test]
fn refuses_an_algorithm_that_is_not_the_keys() {
    let keys = SshKeys::new();
    let bytes = ssh_dearmor(&keys.sign(&keys.generate("ed25519", ""), RECORD_NAMESPACE, MESSAGE));
    let relabeled = |algorithm: &[u8]| {
        refusal(&rebuilt(&bytes, |fields| {
            let raw = fields[4].split_off(4 + b"ssh-ed25519".len());
            fields[4] = [wire_string(algorithm), raw].concat();
        }))
        .0
    };
    assert_eq!(relabeled(b"ecdsa-sha2-nistp256"), RuleId::KeyMismatch);
    assert_eq!(relabeled(b"rsa-sha2-512"), RuleId::KeyMismatch);
    assert_eq!(relabeled(b"unheard-of"), RuleId::KeyMismatch);
    assert_eq!(
        relabeled(b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com"),
        RuleId::DetachedSignatureUnreadable
    );
    // The signature of one key beside another key.
    let other = fields(&ssh_dearmor(&keys.sign(
        &keys.generate("ed25519", ""),
        RECORD_NAMESPACE,
        MESSAGE,
    )));
    assert_eq!(
        refusal(&rebuilt(&bytes, |fields| fields[0].clone_from(&other[0]))).0,
        RuleId::SignatureInvalid
    );
}

#[test]
fn refuses_weak_keys_and_hashes() {
    let keys = SshKeys::new();
    let rsa = ssh_dearmor(&keys.sign(&keys.generate("rsa", "2048"), RECORD_NAMESPACE, MESSAGE));
    let sha1 = rebuilt(&rsa, |fields| {
        let raw = fields[4].split_off(4 + b"rsa-sha2-512".len());
        fields[4] = [wire_string(b"ssh-rsa"), raw].concat();
    });
    assert_eq!(refusal(&sha1).0, RuleId::KeyWeak);
    let dsa = rebuilt(&rsa, |fields| {
        fields[0] = [wire_string(b"ssh-dss"), wire_string(b"1")].concat();
    });
    assert_eq!(refusal(&dsa).0, RuleId::KeyWeak);
    let small = ssh_key::PublicKey::from_openssh(&keys.public_line(&keys.generate("rsa", "1024")))
        .expect("a readable key");
    let small = rebuilt(&rsa, |fields| {
        fields[0] = small.to_bytes().expect("a readable key");
    });
    assert_eq!(refusal(&small).0, RuleId::KeyWeak);
}

#[test]
fn refuses_a_signature_made_with_a_certificate() {
    let keys = SshKeys::new();
    let name = keys.generate("ed25519", "");
    keys.certify(&name);
    let signature = keys.sign(&format!("{name}-cert.pub"), RECORD_NAMESPACE, MESSAGE);
    let (rule, text) = refusal(&signature);
    assert_eq!(rule, RuleId::DetachedSignatureUnreadable);
    assert!(
        text.contains("certificates are not supported yet"),
        "{text}"
    );
}

fn raw_sign<K: SigningKey>(key: &K, message: &[u8]) -> Signature {
    key.try_sign(message).expect("a key in memory signs")
}

/// What a security key would sign, made with a key in memory, and the `authorized_keys` line of
/// that security key.
fn security_key(private: &PrivateKey, flags: u8) -> (String, Vec<u8>) {
    let (kind, public) = match private.key_data() {
        KeypairData::Ed25519(pair) => ("sk-ssh-ed25519@openssh.com", wire_string(&pair.public.0)),
        KeypairData::Ecdsa(pair) => (
            "sk-ecdsa-sha2-nistp256@openssh.com",
            [
                wire_string(b"nistp256"),
                wire_string(pair.public_key_bytes()),
            ]
            .concat(),
        ),
        _ => panic!("only two kinds of security keys exist"),
    };
    let blob = [wire_string(kind.as_bytes()), public, wire_string(b"ssh:")].concat();
    let signed = [
        b"SSHSIG".to_vec(),
        wire_string(b"countersign"),
        wire_string(b""),
        wire_string(b"sha256"),
        wire_string(Digest::of(MESSAGE).as_bytes()),
    ]
    .concat();
    let tail = [flags, 0, 0, 0, 7];
    let device = [
        Digest::of(b"ssh:").as_bytes().as_slice(),
        &tail,
        Digest::of(&signed).as_bytes(),
    ]
    .concat();
    let signature = [
        wire_string(kind.as_bytes()),
        wire_string(raw_sign(private, &device).as_bytes()),
        tail.to_vec(),
    ]
    .concat();
    let armored = ssh_armor(&container(
        1,
        [&blob, b"countersign", b"", b"sha256", &signature],
    ));
    (format!("{kind} {}", STANDARD.encode(&blob)), armored)
}

#[test]
fn security_keys_count_only_when_they_were_touched() {
    let keys = SshKeys::new();
    for (kind, bits) in [("ed25519", ""), ("ecdsa", "256")] {
        let name = keys.generate(kind, bits);
        let private =
            PrivateKey::from_openssh(keys.private_text(&name)).expect("written by ssh-keygen");
        let (line, touched) = security_key(&private, 0x01);
        assert!(
            keys.accepts(&line, RECORD_NAMESPACE, MESSAGE, &touched),
            "ssh-keygen must agree on the construction: {kind}"
        );
        assert_eq!(prove(&touched).fault, None);
        assert_eq!(
            prove(&touched).key,
            ssh_key(&line).ok().map(|key| key.handle())
        );
        // User verification alone (0x04) is not a touch.
        for flags in [0x00, 0x04] {
            let (_, untouched) = security_key(&private, flags);
            assert_eq!(
                refusal(&untouched),
                (
                    RuleId::SignatureInvalid,
                    "the security key signed without being touched".to_owned()
                )
            );
        }
        // The flag is signed.
        let (_, untouched) = security_key(&private, 0x00);
        let forged = rebuilt(&ssh_dearmor(&untouched), |fields| {
            let flag = fields[4].len() - 5;
            fields[4][flag] = 0x01;
        });
        assert_eq!(refusal(&forged).0, RuleId::SignatureInvalid);
        // A security key's signature without flags and counter.
        let (_, touched) = security_key(&private, 0x01);
        let short = rebuilt(&ssh_dearmor(&touched), |fields| {
            fields[4].truncate(fields[4].len() - 5);
        });
        assert_eq!(refusal(&short).0, RuleId::DetachedSignatureUnreadable);
    }
}

#[test]
fn the_same_key_in_a_security_key_has_the_same_material() {
    let keys = SshKeys::new();
    for (kind, bits) in [("ed25519", ""), ("ecdsa", "256")] {
        let name = keys.generate(kind, bits);
        let private =
            PrivateKey::from_openssh(keys.private_text(&name)).expect("written by ssh-keygen");
        let (line, _) = security_key(&private, 1);
        let plain = ssh_key(&keys.public_line(&name)).expect("a good key");
        let device = ssh_key(&line).expect("a good key");
        assert_eq!(plain.materials(), device.materials());
        assert_ne!(plain.id(), device.id());
    }
}
