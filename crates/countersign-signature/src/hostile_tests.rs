//! Hostile bytes: nothing panics, and no altered signature says something else.

use std::io::Cursor;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::fixtures::{Gpg, SshKeys, certificate, ssh_armor, ssh_dearmor, ssh_key};
use super::{Format, Proof, RECORD_NAMESPACE, VerificationKey, prove_commit, prove_detached};
use countersign_model::key::KeySource;

const MESSAGE: &[u8] = b"decision: approve\n";

struct Sample {
    format: Format,
    signature: Vec<u8>,
    keys: Vec<VerificationKey>,
    /// What lists the key: for mutation.
    listing: Vec<u8>,
}

/// One good signature of each format.
static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let mut samples = Vec::new();
    let ssh = SshKeys::new();
    for (kind, bits) in [("ed25519", ""), ("ecdsa", "256"), ("rsa", "2048")] {
        let name = ssh.generate(kind, bits);
        let line = ssh.public_line(&name);
        let keys = vec![ssh_key(&line).expect("a good key")];
        samples.push(Sample {
            format: Format::Ssh,
            signature: ssh.sign(&name, RECORD_NAMESPACE, MESSAGE),
            keys,
            listing: line.into(),
        });
    }
    let gpg = Gpg::new();
    gpg.generate("a@x", "ed25519", "sign", "0", "20240101T000000");
    let listing = gpg.export("a@x");
    let keys = vec![certificate(&listing).expect("a good certificate")];
    samples.push(Sample {
        format: Format::OpenPgp,
        signature: gpg.sign("a@x", "20240601T000000", &[], MESSAGE),
        keys,
        listing,
    });
    let pair = minisign::KeyPair::generate_unencrypted_keypair().expect("randomness");
    let signature = minisign::sign(
        Some(&pair.pk),
        &pair.sk,
        Cursor::new(MESSAGE),
        Some("who and when"),
        None,
    )
    .expect("signing");
    let line = pair.pk.to_base64();
    let keys = vec![
        VerificationKey::read(&KeySource::Minisign(line.clone()), false, None).expect("a good key"),
    ];
    samples.push(Sample {
        format: Format::Minisign,
        signature: signature.into_string().into_bytes(),
        keys,
        listing: line.into(),
    });
    samples
});

fn read_as_every_key(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    for source in [
        KeySource::Ssh(text.clone()),
        KeySource::Minisign(text.clone()),
        KeySource::OpenPgpArmor(text),
    ] {
        let _ = VerificationKey::read(&source, false, None);
    }
    let _ = certificate(bytes);
}

fn prove_in_every_format(bytes: &[u8], keys: &[VerificationKey]) {
    for format in Format::ALL {
        let proofs = prove_detached(format, MESSAGE, bytes, keys);
        assert!(!proofs.is_empty());
    }
    assert!(!prove_commit(MESSAGE, bytes, keys).is_empty());
}

/// The meaning of a good proof: which key, and when.
fn meaning(
    proof: &Proof,
) -> Option<(
    Format,
    Option<super::KeyHandle>,
    Option<countersign_model::Timestamp>,
)> {
    proof
        .is_good()
        .then(|| (proof.format, proof.key.clone(), proof.created))
}

#[test]
fn every_flipped_bit_of_a_signature_file_is_refused_or_says_the_same() {
    for sample in SAMPLES.iter() {
        let original =
            meaning(&prove_detached(sample.format, MESSAGE, &sample.signature, &sample.keys)[0]);
        assert!(original.is_some());
        let mut accepted = 0;
        for bit in 0..sample.signature.len() * 8 {
            let mut altered = sample.signature.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            for proof in prove_detached(sample.format, MESSAGE, &altered, &sample.keys) {
                if proof.is_good() {
                    assert_eq!(
                        meaning(&proof),
                        original,
                        "bit {bit} of {:?}",
                        sample.format
                    );
                    accepted += 1;
                }
            }
        }
        if sample.format == Format::Ssh {
            assert_eq!(accepted, 0, "an SSH signature has one spelling");
        }
    }
}

#[test]
fn every_flipped_bit_inside_an_ssh_signature_is_refused() {
    for sample in SAMPLES.iter().filter(|sample| sample.format == Format::Ssh) {
        let bytes = ssh_dearmor(&sample.signature);
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let proof = &prove_detached(Format::Ssh, MESSAGE, &ssh_armor(&altered), &[])[0];
            assert!(!proof.is_good(), "bit {bit}");
        }
    }
}

#[test]
fn every_truncation_is_refused_or_says_the_same() {
    for sample in SAMPLES.iter() {
        for length in 0..sample.signature.len() {
            for proof in prove_detached(
                sample.format,
                MESSAGE,
                &sample.signature[..length],
                &sample.keys,
            ) {
                // Only the final line end may be missing.
                assert!(
                    !proof.is_good() || length + 2 >= sample.signature.len(),
                    "{length} bytes of {:?}",
                    sample.format
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_as_every_key(&bytes);
        prove_in_every_format(&bytes, &SAMPLES[3].keys);
        prove_in_every_format(&ssh_armor(&bytes), &[]);
        prove_in_every_format(&ssh_armor(&[b"SSHSIG\0\0\0\x01".as_slice(), &bytes].concat()), &[]);
    }

    #[test]
    fn any_packets_are_read_without_a_panic(tag in 0xc0_u8.., bytes in prop::collection::vec(any::<u8>(), 0..190)) {
        let length = u8::try_from(bytes.len()).expect("below 190");
        let packet = [&[tag, length], bytes.as_slice()].concat();
        let _ = certificate(&packet);
        let valid = super::openpgp::armor::openpgp(&SAMPLES[3].listing, super::openpgp::armor::Block::PublicKey).expect("written by gpg");
        let _ = certificate(&[valid.as_slice(), &packet].concat());
    }

    #[test]
    fn mutated_keys_and_signatures_are_read_without_a_panic(
        which in 0_usize..5,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let sample = &SAMPLES[which];
        let edit = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            for (index, byte) in &edits {
                let at = index.index(bytes.len());
                bytes[at] = *byte;
            }
            bytes
        };
        read_as_every_key(&edit(&sample.listing));
        prove_in_every_format(&edit(&sample.signature), &sample.keys);
        match sample.format {
            Format::Ssh => prove_in_every_format(&ssh_armor(&edit(&ssh_dearmor(&sample.signature))), &[]),
            Format::OpenPgp => {
                let binary = super::openpgp::armor::openpgp(&sample.listing, super::openpgp::armor::Block::PublicKey).expect("written by gpg");
                if let Ok(key) = certificate(&edit(&binary)) {
                    let proofs = prove_detached(Format::OpenPgp, MESSAGE, &sample.signature, &[key]);
                    prop_assert!(!proofs.is_empty());
                }
            }
            Format::Minisign => {}
        }
    }
}
