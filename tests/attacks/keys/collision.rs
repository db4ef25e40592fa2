//! Two real OpenPGP keys with one key id: 64 bits of a fingerprint can be found twice, so a key id
//! never names a key.
//!
//! The pair was found by a search through 2^52 pairs of Ed25519 seed and creation time, of which
//! 10^9 had to be tried.

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use countersign::demo::Record;
use countersign::model::ObjectId;
use sequoia_openpgp as openpgp;

use openpgp::packet::key::{Key4, PrimaryRole, SecretParts};
use openpgp::packet::signature::SignatureBuilder;
use openpgp::packet::{Key, UserID};
use openpgp::serialize::SerializeInto as _;
use openpgp::types::{KeyFlags, SignatureType};
use openpgp::{Cert, KeyID, Packet};

use countersign_testkit::adoption::{adopt_by_both, approve_signed, set_keys, waiting_for_bob};
use countersign_testkit::views::Landed;
use countersign_testkit::{Repo, TestResult, rule};

/// What both keys are called.
const KEY_ID: &str = "D4FA211E490486BD";

/// One of the two keys.
struct Twin {
    number: u64,
    born: u64,
    user: &'static str,
}

const BOBS: Twin = Twin {
    number: 1_433_208,
    born: 716_419_852,
    user: "bob@acme.example",
};
const OTHER: Twin = Twin {
    number: 2_642_946,
    born: 1_020_563_318,
    user: "carol@acme.example",
};

/// What a signature says about who made it.
#[derive(Clone, Copy, Debug)]
enum Issuer {
    Fingerprint,
    KeyId,
}

impl Twin {
    fn key(&self) -> Result<Key<SecretParts, PrimaryRole>, openpgp::Error> {
        let seed = [b"collide!".as_slice(), &self.number.to_be_bytes(), &[0; 16]].concat();
        let born = SystemTime::UNIX_EPOCH + Duration::from_secs(self.born);
        let key: Key4<SecretParts, PrimaryRole> =
            Key4::import_secret_ed25519(&seed, born).expect("32 bytes are a seed");
        Ok(key.into())
    }

    fn certificate(&self) -> openpgp::Result<Cert> {
        let key = self.key()?;
        let mut signer = key.clone().into_keypair()?;
        let cert = Cert::try_from(Packet::from(key.parts_into_public()))?;
        let user = UserID::from(self.user);
        let binding = SignatureBuilder::new(SignatureType::PositiveCertification)
            .set_signature_creation_time(
                SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            )?
            .set_key_flags(KeyFlags::empty().set_certification().set_signing())?;
        let binding = user.bind(&mut signer, &cert, binding)?;
        Ok(cert.insert_packets([Packet::from(user), binding.into()])?.0)
    }

    fn armored(&self) -> openpgp::Result<Vec<u8>> {
        self.certificate()?.armored().to_vec()
    }

    fn sign(&self, repo: &Repo, message: &[u8], issuer: Issuer) -> openpgp::Result<Vec<u8>> {
        let mut signer = self.key()?.into_keypair()?;
        let seconds = u64::try_from(repo.now().unix()).expect("no scenario is before 1970");
        let builder = SignatureBuilder::new(SignatureType::Binary)
            .set_signature_creation_time(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))?;
        let builder = match issuer {
            Issuer::Fingerprint => builder.set_issuer_fingerprint(signer.public().fingerprint())?,
            Issuer::KeyId => builder.set_issuer(KeyID::from_hex(KEY_ID)?)?,
        };
        armored(builder.sign_message(&mut signer, message)?)
    }
}

/// A signature as programs write it into a file.
fn armored(signature: openpgp::packet::Signature) -> openpgp::Result<Vec<u8>> {
    let mut writer = openpgp::armor::Writer::new(Vec::new(), openpgp::armor::Kind::Signature)?;
    writer.write_all(&Packet::from(signature).to_vec()?)?;
    Ok(writer.finalize()?)
}

/// `skill/pdf` waits for Bob, whose key is one of the two; with `both`, Carol has the other one.
fn waiting(both: bool) -> Result<Repo, Box<dyn std::error::Error>> {
    let (bobs, other) = (BOBS.armored()?, OTHER.armored()?);
    if !both {
        return Ok(waiting_for_bob(
            &["{openpgp: keys/bob.asc}".to_owned()],
            |tree| tree.put("keys/bob.asc", bobs),
        )?);
    }
    let policy = |draft: &mut countersign::demo::PolicyDraft| {
        set_keys(draft, "bob", &["{openpgp: keys/bob.asc}".to_owned()]);
        let mut carols = draft.principal("carol").keys.clone();
        carols.push("{openpgp: keys/carol.asc}".to_owned());
        set_keys(draft, "carol", &carols);
        draft.approvals[0] = rule("count: 1, from: [owners]");
    };
    let mut repo = Repo::team_with(
        |draft| draft.with(policy),
        |tree| {
            tree.put("keys/bob.asc", bobs);
            tree.put("keys/carol.asc", other);
        },
    );
    repo.drafted_skill("pdf", "1.0.0")?;
    Ok(repo)
}

/// Bob's approval, signed with `twin`.
fn approved_with(
    repo: &mut Repo,
    twin: &Twin,
    issuer: Issuer,
) -> Result<(Record, ObjectId), Box<dyn std::error::Error>> {
    Ok(approve_signed(repo, "asc", |repo, message| {
        twin.sign(repo, message, issuer)
            .expect("a key in memory signs")
    })?)
}

#[test]
fn two_certificates_of_one_key_id_are_two_keys() -> TestResult {
    let (bobs, other) = (BOBS.certificate()?, OTHER.certificate()?);
    assert_eq!(
        (bobs.keyid().to_hex(), other.keyid().to_hex()),
        (KEY_ID.to_owned(), KEY_ID.to_owned())
    );
    assert_ne!(bobs.fingerprint(), other.fingerprint());
    Ok(())
}

#[test]
fn each_of_two_keys_with_one_key_id_counts_for_its_own_person() -> TestResult {
    for both in [false, true] {
        for issuer in [Issuer::Fingerprint, Issuer::KeyId] {
            let mut repo = waiting(both)?;
            let (record, landing) = approved_with(&mut repo, &BOBS, issuer)?;
            let landed = Landed {
                record: &record,
                landing,
                by: &repo.bob,
                subject: "skill/pdf",
                action: "approve",
            };
            landed.is_accepted(&repo).passes();
            assert_eq!(
                repo.state("skill/pdf"),
                "approved",
                "both listed: {both}, {issuer:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_key_with_the_key_id_of_someone_elses_signs_nothing_for_them() -> TestResult {
    for both in [false, true] {
        for issuer in [Issuer::Fingerprint, Issuer::KeyId] {
            let mut repo = waiting(both)?;
            let (record, _) = approved_with(&mut repo, &OTHER, issuer)?;
            let checked = repo.check();
            let refused = checked.findings().into_iter().any(|found| {
                found.severity() == "error" && found.text("path") == Some(&record.path)
            });
            assert!(refused, "both listed: {both}, {issuer:?}\n{checked}");
            assert_eq!(
                repo.state("skill/pdf"),
                "draft",
                "both listed: {both}, {issuer:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_compromised_key_id_voids_every_key_that_has_it() -> TestResult {
    let mut repo = waiting(true)?;
    let since = repo.head();
    approved_with(&mut repo, &BOBS, Issuer::Fingerprint)?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    let draft = repo.team_policy().successor(&repo.tree()).line(&format!(
        "compromised: [{{key: \"{KEY_ID}\", since: {since}}}]"
    ));
    adopt_by_both(&mut repo, &draft)?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    repo.check()
        .finding("key-compromised")
        .has("principal", "bob");
    Ok(())
}
