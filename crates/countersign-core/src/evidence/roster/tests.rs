use super::*;
use countersign_model::policy::Principal;
use countersign_model::policy_input::{AccountInput, PrincipalKind};
use countersign_model::sample::policy;
use countersign_signature::fixtures::{Gpg, SshKeys};
use countersign_signature::{Format, prove_detached};

const SINCE: &str = "1111111111111111111111111111111111111111";

fn name(text: &str) -> PrincipalName {
    text.parse().expect("a name")
}

fn listed(source: KeySource, line: u32) -> PolicyKey {
    PolicyKey {
        source,
        legacy: false,
        line,
    }
}

fn person(line: u32, keys: Vec<PolicyKey>) -> Principal {
    Principal {
        printed: String::new(),
        kind: PrincipalKind::Person,
        accounts: Vec::new(),
        emails: BTreeSet::new(),
        keys,
        line,
    }
}

fn compromised(key: &str, line: u32) -> Compromised {
    Compromised {
        key: key.to_owned(),
        since: SINCE.parse().expect("an id"),
        line,
    }
}

fn read(policy: &Policy) -> Result<Roster, Vec<RosterFault>> {
    Roster::read(policy, &BTreeMap::new())
}

fn lines(policy: &Policy, files: &BTreeMap<String, Arc<[u8]>>) -> Vec<(u32, String)> {
    let faults = Roster::read(policy, files).err().unwrap_or_default();
    faults
        .into_iter()
        .map(|fault| (fault.line, fault.message))
        .collect()
}

#[test]
fn a_signature_is_attributed_to_the_one_who_lists_its_key() {
    let keys = SshKeys::new();
    let (hers, forge, stranger) = (
        keys.generate("ed25519", ""),
        keys.generate("ed25519", ""),
        keys.generate("ed25519", ""),
    );
    let mut policy = policy();
    policy.principals.insert(
        name("alice"),
        person(3, vec![listed(KeySource::Ssh(keys.public_line(&hers)), 4)]),
    );
    policy
        .platform_keys
        .push(listed(KeySource::Ssh(keys.public_line(&forge)), 9));
    let roster = read(&policy).expect("a sound policy");
    let owner = |key: &str| {
        let proof = prove_detached(
            Format::Ssh,
            b"x",
            &keys.sign(key, "countersign", b"x"),
            roster.keys(),
        )
        .swap_remove(0);
        let handle = proof.key.expect("SSH signatures carry their key");
        assert_eq!(roster.owner(&handle), roster.owner_by_id(&handle.id));
        roster.owner(&handle).cloned()
    };
    assert_eq!(owner(&hers), Some(KeyOwner::Principal(name("alice"))));
    assert_eq!(owner(&forge), Some(KeyOwner::Platform));
    assert_eq!(owner(&stranger), None);
}

#[test]
fn a_signature_proved_under_another_listing_of_the_certificate_has_no_owner() {
    let gpg = Gpg::new();
    gpg.generate("a@x", "ed25519", "sign", "0", "20240101T000000");
    let listing = || {
        let mut policy = policy();
        policy.principals.insert(
            name("alice"),
            person(
                3,
                vec![listed(KeySource::OpenPgpFile("keys/a.asc".to_owned()), 4)],
            ),
        );
        let files = BTreeMap::from([("keys/a.asc".to_owned(), Arc::from(gpg.export("a@x")))]);
        Roster::read(&policy, &files).expect("a sound policy")
    };
    let before = listing();
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
    let after = listing();
    let handle = before.keys()[0].handle();
    assert_eq!(
        before.owner(&handle),
        Some(&KeyOwner::Principal(name("alice")))
    );
    assert_eq!(after.owner(&handle), None);
    assert_eq!(
        after.owner_by_id(&handle.id),
        Some(&KeyOwner::Principal(name("alice")))
    );
}

#[test]
fn refuses_one_key_under_two_principals_in_two_formats_subkeys_included() {
    let gpg = Gpg::new();
    let primary = gpg.generate("a@x", "ed25519", "cert", "0", "20240101T000000");
    gpg.run(
        &[
            "--faked-system-time",
            "20240101T000000",
            "--quick-add-key",
            &primary,
            "ed25519",
            "auth",
            "0",
        ],
        b"",
    );
    let subkey = gpg.fingerprints("a@x").swap_remove(1);
    let line = String::from_utf8(gpg.run(&["--export-ssh-key", &format!("{subkey}!")], b""))
        .expect("ASCII");
    let armor = String::from_utf8(gpg.export("a@x")).expect("ASCII");
    let mut policy = policy();
    policy.principals.insert(
        name("alice"),
        person(3, vec![listed(KeySource::OpenPgpArmor(armor), 4)]),
    );
    policy.principals.insert(
        name("bob"),
        person(6, vec![listed(KeySource::Ssh(line.clone()), 7)]),
    );
    policy
        .platform_keys
        .push(listed(KeySource::Ssh(line.clone()), 9));
    let faults = lines(&policy, &BTreeMap::new());
    assert_eq!(
        faults.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
        [7, 9]
    );
    assert!(
        faults
            .iter()
            .all(|(_, message)| message.ends_with("contains a key that alice has too")),
        "{faults:?}"
    );
    // One person may hold a key in two formats.
    policy.platform_keys.clear();
    let bob = policy
        .principals
        .remove(&name("bob"))
        .expect("inserted above");
    policy
        .principals
        .get_mut(&name("alice"))
        .expect("inserted above")
        .keys
        .extend(bob.keys);
    assert_eq!(lines(&policy, &BTreeMap::new()), []);
}

#[test]
fn refuses_one_account_or_address_under_two_principals() {
    let account = |login: &str, id| AccountInput {
        forge: "GitHub.com".to_owned(),
        login: login.to_owned(),
        id,
    };
    let mut policy = policy();
    let mut alice = person(3, Vec::new());
    alice.accounts = vec![account("alice", 1)];
    alice.emails = BTreeSet::from(["a@x".to_owned()]);
    let mut bob = alice.clone();
    (bob.line, bob.accounts) = (5, vec![account("Alice", 2)]);
    let mut carol = person(7, Vec::new());
    carol.accounts = vec![AccountInput {
        forge: "github.com".to_owned(),
        ..account("carol", 1)
    }];
    policy.principals.extend([
        (name("alice"), alice),
        (name("bob"), bob),
        (name("carol"), carol),
    ]);
    let expected = [
        (
            5,
            "the account github.com `alice` belongs to alice and to bob".to_owned(),
        ),
        (5, "the e-mail `a@x` belongs to alice and to bob".to_owned()),
        (
            7,
            "the account github.com 1 belongs to alice and to carol".to_owned(),
        ),
    ];
    assert_eq!(lines(&policy, &BTreeMap::new()), expected);
}

#[test]
fn lists_every_key_that_cannot_be_used_by_line() {
    let mut policy = policy();
    let keys = vec![
        listed(KeySource::OpenPgpFile("keys/gone.asc".to_owned()), 8),
        listed(KeySource::OpenPgpFile("keys/bad.asc".to_owned()), 7),
        listed(KeySource::Ssh("ssh-dss AAAA".to_owned()), 6),
        listed(KeySource::Minisign("RW".to_owned()), 5),
        PolicyKey {
            legacy: true,
            ..listed(KeySource::Ssh("ssh-ed25519 AAAA".to_owned()), 4)
        },
    ];
    policy.principals.insert(name("alice"), person(3, keys));
    let files = BTreeMap::from([("keys/bad.asc".to_owned(), Arc::from(b"\x00".as_slice()))]);
    let faults = lines(&policy, &files);
    assert_eq!(
        faults.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
        [4, 5, 6, 7, 8]
    );
    assert_eq!(
        faults[4].1,
        "key file `keys/gone.asc` of alice cannot be used: the key file does not exist"
    );
}

#[test]
fn a_stolen_key_is_found_by_its_fingerprint_with_its_other_forms() {
    let gpg = Gpg::new();
    let primary = gpg.generate("a@x", "ed25519", "cert", "0", "20240101T000000");
    gpg.run(
        &[
            "--faked-system-time",
            "20240101T000000",
            "--quick-add-key",
            &primary,
            "ed25519",
            "auth",
            "0",
        ],
        b"",
    );
    let subkey = gpg.fingerprints("a@x").swap_remove(1);
    let ssh = String::from_utf8(gpg.run(&["--export-ssh-key", &format!("{subkey}!")], b""))
        .expect("ASCII");
    let armor = String::from_utf8(gpg.export("a@x")).expect("ASCII");
    let minisign = minisign::KeyPair::generate_unencrypted_keypair()
        .expect("randomness")
        .pk
        .to_base64();
    let mut policy = policy();
    let keys = [
        KeySource::OpenPgpArmor(armor),
        KeySource::Ssh(ssh),
        KeySource::Minisign(minisign),
    ];
    policy.principals.insert(
        name("alice"),
        person(
            3,
            keys.into_iter().map(|source| listed(source, 4)).collect(),
        ),
    );
    let ids: Vec<KeyId> = read(&policy)
        .expect("a sound policy")
        .keys()
        .iter()
        .map(|key| key.id().clone())
        .collect();
    let mut voided = |text: &str| {
        policy.compromised = vec![compromised(text, 20)];
        let roster = read(&policy).expect("a sound policy");
        assert_eq!(roster.warnings(), []);
        let stolen = CompromisedKeys::of(&roster, std::iter::empty());
        ids.iter().map(|id| stolen.holds(id)).collect::<Vec<_>>()
    };
    let spaced: String = primary
        .to_lowercase()
        .chars()
        .flat_map(|c| [c, ' '])
        .collect();
    for text in [
        primary.clone(),
        format!("openpgp:{primary}"),
        spaced,
        format!("0x{primary}"),
        subkey,
        ids[1].to_string(),
    ] {
        assert_eq!(voided(&text), [true, true, false], "{text}");
    }
    let KeyId::Minisign(id) = &ids[2] else {
        panic!("the third is a minisign key")
    };
    assert_eq!(voided(&id[..16]), [false, false, true]);
    assert_eq!(
        voided(&ids[2].to_string().to_lowercase()),
        [false, false, true]
    );
}

#[test]
fn a_stolen_key_that_is_no_longer_listed_is_still_void_and_gives_a_warning() {
    let keys = SshKeys::new();
    let gone = keys.public_line(&keys.generate("ed25519", ""));
    let id = countersign_signature::fixtures::ssh_key(&gone)
        .expect("a good key")
        .id()
        .clone();
    let mut policy = policy();
    policy.compromised = vec![compromised(&id.to_string(), 20)];
    let roster = read(&policy).expect("a sound policy");
    assert_eq!(
        CompromisedKeys::of(&roster, std::iter::empty()).since(&id),
        [SINCE.parse().expect("an id")]
    );
    assert_eq!(
        roster
            .warnings()
            .iter()
            .map(|warning| warning.line)
            .collect::<Vec<_>>(),
        [20]
    );
    // What is no fingerprint would void nothing.
    for bad in [
        "",
        "alice",
        "MD5:00:11",
        "SHA256:short",
        "openpgp:0123456789ABCDEF",
        "ssh-ed25519 AAAA",
        "é",
    ] {
        policy.compromised = vec![compromised(bad, 21)];
        assert_eq!(lines(&policy, &BTreeMap::new()).len(), 1, "{bad}");
    }
}
