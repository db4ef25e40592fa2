//! Decoders never panic, whatever the bytes: any bytes, and valid documents with a few bytes
//! changed. `fuzz/` does the same for longer.

use countersign::document::{decision, policy};
use countersign::git::{ObjectFormat, commit, tree};
use countersign::model::ObjectId;
use countersign::signature::{Format, prove_detached};
use proptest::collection::vec;
use proptest::prelude::*;

use super::decode::{DECODERS, KEYS, decode, seeds};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_can_be_read_without_a_panic(bytes in vec(any::<u8>(), 0..400), text in "\\PC{0,80}", lines in "[ -~\n\t:\\[\\]{}&*!|>'\"#,-]{0,200}") {
        for decoder in DECODERS {
            for input in [&bytes[..], text.as_bytes(), lines.as_bytes()] {
                decode(decoder, input);
            }
        }
    }

    #[test]
    fn damaged_documents_can_be_read_without_a_panic(which in any::<prop::sample::Index>(), edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6)) {
        for decoder in DECODERS {
            let mut seeds = seeds(decoder);
            let mut bytes = seeds.swap_remove(which.index(seeds.len()));
            for (at, byte, how) in &edits {
                if bytes.is_empty() {
                    break;
                }
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = *byte,
                    1 => bytes.insert(at, *byte),
                    2 => drop(bytes.remove(at)),
                    _ => bytes.truncate(at),
                }
            }
            decode(decoder, &bytes);
        }
    }
}

#[test]
fn what_is_valid_is_read() {
    assert!(policy::parse(&seeds("policy")[0]).is_ok());
    let path = "approvals/skill/pdf/1.0.0/20260105T090000Z-approve-alice.yaml";
    assert!(
        seeds("decision")
            .iter()
            .all(|bytes| decision::parse(path, bytes).is_ok())
    );
    let id = ObjectId::from_bytes(&[1; 20]).expect("20 bytes");
    assert!(seeds("commit").iter().all(|bytes| {
        commit::parse(id, bytes, ObjectFormat::Sha1).is_ok_and(|commit| commit.faults.is_empty())
    }));
    assert!(seeds("tree").iter().all(|bytes| {
        tree::parse(id, bytes, ObjectFormat::Sha1).is_ok_and(|listing| listing.faults.is_empty())
    }));
    for (format, decoder) in [(Format::Ssh, "sshsig"), (Format::OpenPgp, "openpgp")] {
        let proofs = prove_detached(format, b"x", &seeds(decoder)[0], &KEYS);
        assert!(
            proofs.iter().any(countersign::signature::Proof::is_good),
            "{proofs:?}"
        );
    }
}
