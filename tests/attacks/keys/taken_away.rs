//! What takes authority away is found wherever it is: in subkeys, in policies of the past, in a
//! second listing, in a revocation that no one understands, and in numbers that anyone can factor.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::demo::policy::ssh_key;
use sequoia_openpgp as openpgp;

use openpgp::packet::Key;
use openpgp::packet::key::{PublicParts, SubordinateRole};
use openpgp::packet::signature::SignatureBuilder;
use openpgp::packet::signature::subpacket::{Subpacket, SubpacketTag, SubpacketValue};
use openpgp::serialize::SerializeInto as _;
use openpgp::types::{ReasonForRevocation, SignatureType};
use openpgp::{Cert, Packet};

use countersign_testkit::adoption::{
    adopt_by_both, adopt_with, approve_signed, is_invalid_policy, set_keys, ssh_item,
    waiting_for_bob,
};
use countersign_testkit::gpg::{BIRTH, Gpg, at};
use countersign_testkit::ssh_keys::{SshKeys, string};
use countersign_testkit::{Repo, TestResult};

const USER: &str = "bob@acme.example";
const FILE: &str = "keys/bob.asc";

fn listed(files: &[&str]) -> Vec<String> {
    files
        .iter()
        .map(|file| format!("{{openpgp: {file}}}"))
        .collect()
}

fn waiting(certificate: &[u8]) -> Result<Repo, Box<dyn std::error::Error>> {
    Ok(waiting_for_bob(&listed(&[FILE]), |tree| {
        tree.put(FILE, certificate);
    })?)
}

#[test]
fn a_stolen_subkey_voids_what_it_signed_also_when_its_certificate_has_left_the_policy() -> TestResult
{
    for names_subkey in [false, true] {
        for stays in [false, true] {
            let gpg = Gpg::new();
            let primary = gpg.generate(USER, "ed25519", "cert", "0", BIRTH);
            let subkey = gpg.subkey(&primary, "ed25519", "sign");
            let mut repo = waiting(&gpg.export_minimal(USER))?;
            let since = repo.head();
            approve_signed(&mut repo, "asc", |repo, message| {
                gpg.sign(&format!("{subkey}!"), &at(repo.now()), &[], message)
            })?;
            assert_eq!(repo.state("skill/pdf"), "approved");
            let renewed = repo.bob.clone().with_key_of("bob at home");
            let named = if names_subkey { &subkey } else { &primary };
            let line = format!("compromised: [{{key: \"{named}\", since: {since}}}]");
            let mut keys = vec![ssh_key(&renewed)];
            keys.extend(listed(&[FILE]).into_iter().filter(|_| stays));
            let draft = repo
                .team_policy()
                .successor(&repo.tree())
                .with(|draft| set_keys(draft, "bob", &keys))
                .line(&line);
            let [alice, _, carol] = repo.people();
            adopt_with(&mut repo, &draft, &[&alice, &carol], |tree| {
                if !stays {
                    tree.remove("keys");
                }
            })?;
            let what = format!("subkey named: {names_subkey}, certificate stays: {stays}");
            assert_eq!(repo.check().json()["policy_serial"], 2, "{what}");
            assert_eq!(repo.state("skill/pdf"), "draft", "{what}");
            let checked = repo.check();
            checked.finding("key-compromised").has("principal", "bob");
            // An earlier policy listed it, so it is not a typing error.
            assert!(
                !checked
                    .human()
                    .stdout
                    .contains("is not listed in this policy"),
                "{checked}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_stolen_subkey_voids_the_ssh_form_of_the_same_key_that_a_later_policy_lists() -> TestResult {
    let gpg = Gpg::new();
    let primary = gpg.generate(USER, "ed25519", "sign", "0", BIRTH);
    let subkey = gpg.subkey(&primary, "ed25519", "auth");
    let ssh = String::from_utf8(gpg.run(&["--export-ssh-key", &format!("{subkey}!")], b""))?;
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let since = repo.head();
    let line = format!("compromised: [{{key: \"{subkey}\", since: {since}}}]");
    let renewed = repo.bob.clone().with_key_of("bob at home");
    let keys = [ssh_key(&renewed), ssh_item(&ssh)];
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "bob", &keys))
        .line(&line);
    adopt_by_both(&mut repo, &draft)?;
    let explained = repo.run(&["explain", "principal/bob"]).exits(0);
    assert!(explained.stdout.contains("SHA256:"), "{explained}");
    // What the new key approves counts.
    repo.approve(&renewed, "pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn sixteen_digits_without_a_format_are_looked_up_as_a_key_id_too() -> TestResult {
    let gpg = Gpg::new();
    let primary = gpg.generate(USER, "ed25519", "sign", "0", BIRTH);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let since = repo.head();
    approve_signed(&mut repo, "asc", |repo, message| {
        gpg.sign(USER, &at(repo.now()), &[], message)
    })?;
    let renewed = repo.bob.clone().with_key_of("bob at home");
    let line = format!(
        "compromised: [{{key: \"{}\", since: {since}}}]",
        &primary[24..]
    );
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "bob", &[ssh_key(&renewed)]))
        .line(&line);
    adopt_by_both(&mut repo, &draft)?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn refuses_a_certificate_that_is_listed_twice_in_two_exports() -> TestResult {
    let gpg = Gpg::new();
    let fingerprint = gpg.signing_key(USER);
    let before = gpg.export_minimal(USER);
    gpg.revoke(&fingerprint, 1, "20260301T000000!");
    let after = gpg.export_minimal(USER);
    for (first, second) in [(&before, &after), (&after, &before)] {
        let repo = waiting_for_bob(&listed(&["keys/a.asc", "keys/b.asc"]), |tree| {
            tree.put("keys/a.asc", first);
            tree.put("keys/b.asc", second);
        })?;
        is_invalid_policy(&repo, "is listed twice, in two exports");
    }
    // The same export twice is only one listing.
    let other = Gpg::new();
    other.signing_key(USER);
    let certificate = other.export_minimal(USER);
    let repo = waiting_for_bob(&listed(&["keys/a.asc", "keys/b.asc"]), |tree| {
        tree.put("keys/a.asc", &certificate);
        tree.put("keys/b.asc", &certificate);
    })?;
    repo.check().assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn refuses_the_ssh_form_of_a_key_that_a_listed_certificate_revokes() -> TestResult {
    let gpg = Gpg::new();
    let primary = gpg.generate(USER, "ed25519", "sign", "0", BIRTH);
    let subkey = gpg.subkey(&primary, "ed25519", "auth");
    let ssh = String::from_utf8(gpg.run(&["--export-ssh-key", &format!("{subkey}!")], b""))?;
    gpg.revoke(&primary, 1, "20260301T000000!");
    let keys = [listed(&[FILE]), vec![ssh_item(&ssh)]].concat();
    let certificate = gpg.export_minimal(USER);
    let repo = waiting_for_bob(&keys, |tree| tree.put(FILE, &certificate))?;
    is_invalid_policy(
        &repo,
        "contains a key that another listed certificate revokes",
    );
    Ok(())
}

/// A certificate with its secret keys, one of them for signing in a subkey.
fn own() -> openpgp::Result<Cert> {
    let created = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_767_225_600);
    let builder = openpgp::cert::CertBuilder::new()
        .add_userid("Bob <bob@acme.example>")
        .add_signing_subkey();
    Ok(builder
        .set_profile(openpgp::Profile::RFC4880)?
        .set_creation_time(created)
        .generate()?
        .0)
}

/// A revocation of the certificate's subkey, to which `change` does something.
fn revocation(
    cert: &Cert,
    change: impl FnOnce(SignatureBuilder) -> openpgp::Result<SignatureBuilder>,
) -> openpgp::Result<Packet> {
    let created = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_767_300_000);
    let mut signer = cert
        .primary_key()
        .key()
        .clone()
        .parts_into_secret()?
        .into_keypair()?;
    let subkey: Key<PublicParts, SubordinateRole> = cert
        .keys()
        .subkeys()
        .next()
        .expect("it has one")
        .key()
        .clone()
        .parts_into_public()
        .role_into_subordinate();
    let builder = SignatureBuilder::new(SignatureType::SubkeyRevocation)
        .set_signature_creation_time(created)?;
    let builder =
        builder.set_reason_for_revocation(ReasonForRevocation::KeyCompromised, b"stolen")?;
    let public = cert.primary_key().key().clone().parts_into_public();
    Ok(change(builder)?
        .sign_subkey_binding(&mut signer, &public, &subkey)?
        .into())
}

/// The packets of the certificate, and one more, armored.
fn with(cert: &Cert, more: Option<Vec<u8>>) -> openpgp::Result<Vec<u8>> {
    let mut bytes = cert.to_vec()?;
    bytes.extend(more.unwrap_or_default());
    let mut armored = Vec::new();
    let mut writer = openpgp::armor::Writer::new(&mut armored, openpgp::armor::Kind::PublicKey)?;
    std::io::Write::write_all(&mut writer, &bytes)?;
    writer.finalize()?;
    Ok(armored)
}

#[test]
fn refuses_a_certificate_with_a_revocation_that_is_not_understood() -> TestResult {
    let cert = own()?;
    waiting(&with(&cert, None)?)?
        .check()
        .assert("waiting", &["unapproved-version"]);
    let understood = revocation(&cert, Ok)?.to_vec()?;
    waiting(&with(&cert, Some(understood.clone()))?)?
        .check()
        .assert("waiting", &["unapproved-version"]);
    let critical = |tag: u8| {
        revocation(&cert, move |builder| {
            builder.modify_hashed_area(|mut area| {
                let value = SubpacketValue::Unknown {
                    tag: SubpacketTag::from(tag),
                    body: b"z".to_vec(),
                };
                area.add(Subpacket::new(value, true)?)?;
                Ok(area)
            })
        })
    };
    let mut damaged = understood.clone();
    if let Some(last) = damaged.last_mut() {
        *last ^= 1;
    }
    // The version after the packet's header of two bytes (RFC 9580, section 4.2.1).
    let version = |version: u8| {
        let mut bytes = understood.clone();
        bytes[2] = version;
        bytes
    };
    for bad in [critical(99)?.to_vec()?, critical(107)?.to_vec()?, damaged] {
        is_invalid_policy(
            &waiting(&with(&cert, Some(bad))?)?,
            "a revocation that cannot be interpreted",
        );
    }
    // What a later version says is not known here.
    for bad in [version(5), version(9)] {
        is_invalid_policy(&waiting(&with(&cert, Some(bad))?)?, "cannot be used");
    }
    Ok(())
}

/// An `ssh-rsa` line with these numbers, big-endian without leading zeros.
fn rsa_line(exponent: &[u8], modulus: &[u8]) -> String {
    let number = |bytes: &[u8]| {
        if bytes[0] < 0x80 {
            bytes.to_vec()
        } else {
            [&[0][..], bytes].concat()
        }
    };
    let blob = [
        string(b"ssh-rsa"),
        string(&number(exponent)),
        string(&number(modulus)),
    ]
    .concat();
    format!("ssh-rsa {}", STANDARD.encode(blob))
}

/// The modulus of a fresh key of `bits` bits.
fn modulus(bits: &str) -> Vec<u8> {
    let keys = SshKeys::new();
    keys.generate("bob", "rsa", bits);
    let blob = keys.blob("bob");
    // Behind the type and the exponent 65537.
    blob[4 + 7 + 4 + 3 + 4..]
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect()
}

#[test]
fn refuses_rsa_keys_that_anyone_can_factor() -> TestResult {
    let sound = modulus("2048");
    let e = [1, 0, 1];
    let repo = waiting_for_bob(&[ssh_item(&rsa_line(&e, &sound))], |_| ())?;
    repo.check().assert("waiting", &["unapproved-version"]);
    let mut even = sound.clone();
    if let Some(last) = even.last_mut() {
        *last &= 0xfe;
    }
    // Divisible by 3: the bytes of a number are its digits in base 256, which is 1 modulo 3.
    let mut threes = vec![0xff; 256];
    threes[255] = 0xfd;
    threes[254] = 0xfe;
    assert_eq!(
        threes.iter().map(|byte| u32::from(*byte)).sum::<u32>() % 3,
        0
    );
    for (exponent, modulus, why) in [
        (&e[..], &even, "small factor"),
        (&e, &threes, "small factor"),
        (&[1], &sound, "exponent under 3"),
        (&[2], &sound, "exponent under 3"),
        (&[1, 0], &sound, "exponent that no honest tool writes"),
    ] {
        is_invalid_policy(
            &waiting_for_bob(&[ssh_item(&rsa_line(exponent, modulus))], |_| ())?,
            why,
        );
    }
    Ok(())
}
