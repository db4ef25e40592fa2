//! Detached signatures over records: ssh-keygen and gpg, and we.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::model::Digest;
use countersign::model::key::KeySource;
use countersign::signature::{Format, VerificationKey, prove_detached};
use ssh_key::private::KeypairData;

use crate::signatures_git::TestResult;
use crate::signatures_git::keyring::Keyring;
use crate::signatures_git::table::{Observed, differs_as_documented};
use countersign_testkit::gpg::{BIRTH, Gpg};
use countersign_testkit::ssh_keys::{
    SshKeys, armored_at, dearmored, fields, sshsig, string, to_be_signed,
};

const MESSAGE: &[u8] = b"schema: countersign.decision/v1\ndecision: approve\n";
const NAMESPACE: &str = "countersign";
const USER: &str = "bob@acme.example";
const SIGNING: &str = "20260105T120000!";

/// Whether we accept an SSH signature by the listed key.
fn we_accept_ssh(line: &str, signature: &[u8]) -> Result<(), String> {
    let key = VerificationKey::read(&KeySource::Ssh(line.to_owned()), false, None)
        .map_err(|fault| fault.to_string())?;
    let proofs = prove_detached(Format::Ssh, MESSAGE, signature, std::slice::from_ref(&key));
    match (&proofs[0].fault, &proofs[0].key) {
        (Some(fault), _) => Err(fault.to_string()),
        (None, Some(named)) if *named == key.handle() => Ok(()),
        _ => Err("not listed".to_owned()),
    }
}

fn raw_sign<K: ssh_key::SigningKey>(key: &K, message: &[u8]) -> ssh_key::Signature {
    key.try_sign(message).expect("a key in memory signs")
}

/// The line and a signature of a security key that is made with the key `name` in memory.
fn security_key(keys: &SshKeys, name: &str, flags: u8) -> (String, Vec<u8>) {
    const KIND: &str = "sk-ssh-ed25519@openssh.com";
    let text = std::fs::read_to_string(keys.path(name)).expect("ssh-keygen wrote it");
    let private = ssh_key::PrivateKey::from_openssh(text).expect("ssh-keygen wrote it");
    let KeypairData::Ed25519(pair) = private.key_data() else {
        panic!("it was made as one")
    };
    let blob = [
        string(KIND.as_bytes()),
        string(&pair.public.0),
        string(b"ssh:"),
    ]
    .concat();
    let tail = [flags, 0, 0, 0, 7];
    let signed = to_be_signed(NAMESPACE, "sha256", Digest::of(MESSAGE).as_bytes());
    let device = [
        Digest::of(b"ssh:").as_bytes().as_slice(),
        &tail,
        Digest::of(&signed).as_bytes(),
    ]
    .concat();
    let signature = [
        string(KIND.as_bytes()),
        string(raw_sign(&private, &device).as_bytes()),
        tail.to_vec(),
    ]
    .concat();
    let signature = sshsig(&[
        blob.clone(),
        NAMESPACE.into(),
        Vec::new(),
        b"sha256".to_vec(),
        signature,
    ]);
    (format!("{KIND} {}", STANDARD.encode(blob)), signature)
}

#[test]
fn our_verdict_on_ssh_signatures_is_ssh_keygens_except_where_the_page_says_otherwise() {
    let keys = SshKeys::new();
    keys.generate("bob", "ed25519", "");
    keys.generate("mallory", "ed25519", "");
    keys.generate("device", "ed25519", "");
    keys.generate("large", "rsa", "4224");
    keys.generate_small_rsa("small");
    let mut observed = Vec::new();
    let mut ask = |case: &str, accepted: bool, line: &str, signature: &[u8]| {
        let ours = we_accept_ssh(line, signature);
        assert_eq!(ours.is_ok(), accepted, "{case}: {ours:?}");
        observed.push(Observed {
            case: case.to_owned(),
            variant: "",
            other: keys.accepts(line, NAMESPACE, MESSAGE, signature),
            ours,
        });
    };
    let line = keys.line("bob");
    let good = keys.sign("bob", NAMESPACE, MESSAGE);
    let bytes = dearmored(&good);
    let changed = |change: &dyn Fn(&mut [Vec<u8>; 5])| {
        let mut fields = fields(&good);
        change(&mut fields);
        sshsig(&fields)
    };
    ask("good", true, &line, &good);
    ask(
        "unknown-key",
        false,
        &line,
        &keys.sign("mallory", NAMESPACE, MESSAGE),
    );
    ask(
        "other-bytes",
        false,
        &line,
        &keys.sign("bob", NAMESPACE, b"decision: revoke\n"),
    );
    ask(
        "another-namespace",
        false,
        &line,
        &keys.sign("bob", "git", MESSAGE),
    );
    ask(
        "namespace-rewritten",
        false,
        &line,
        &changed(&|fields| fields[1] = b"git".to_vec()),
    );
    ask(
        "reserved-field-used",
        false,
        &line,
        &changed(&|fields| fields[2] = b"x".to_vec()),
    );
    ask(
        "unknown-hash",
        false,
        &line,
        &changed(&|fields| fields[3] = b"sha1".to_vec()),
    );
    ask(
        "wrong-type-label",
        false,
        &line,
        &changed(&|fields| {
            fields[4] = [string(b"rsa-sha2-512"), fields[4][15..].to_vec()].concat();
        }),
    );
    ask("rewrapped-armor", false, &line, &armored_at(60, &bytes));
    ask(
        "trailing-bytes",
        false,
        &line,
        &armored_at(70, &[bytes.as_slice(), b"\0"].concat()),
    );
    ask(
        "truncated",
        false,
        &line,
        &armored_at(70, &bytes[..bytes.len() - 1]),
    );
    ask(
        "text-after-armor",
        false,
        &line,
        &[good.as_slice(), b"approved\n"].concat(),
    );
    ask(
        "text-before-armor",
        false,
        &line,
        &[b"approved\n", good.as_slice()].concat(),
    );
    ask(
        "crlf-in-armor",
        false,
        &line,
        String::from_utf8_lossy(&good)
            .replace('\n', "\r\n")
            .as_bytes(),
    );
    ask("empty", false, &line, b"");

    let (device, touched) = security_key(&keys, "device", 1);
    ask("touched-security-key", true, &device, &touched);
    let (device, untouched) = security_key(&keys, "device", 0);
    ask("untouched-security-key", false, &device, &untouched);

    let signed = to_be_signed(
        NAMESPACE,
        "sha512",
        &keys
            .tool("openssl", &["dgst", "-sha512", "-binary"], MESSAGE)
            .stdout,
    );
    for (case, name) in [
        ("rsa-under-2048-bits", "small"),
        ("rsa-over-4096-bits", "large"),
    ] {
        let raw = keys
            .tool("openssl", &["dgst", "-sha512", "-sign", name], &signed)
            .stdout;
        let signature = [string(b"rsa-sha2-512"), string(&raw)].concat();
        let signature = sshsig(&[
            keys.blob(name),
            NAMESPACE.into(),
            Vec::new(),
            b"sha512".to_vec(),
            signature,
        ]);
        ask(case, false, &keys.line(name), &signature);
    }
    let spaced = format!("ssh-ed25519    {}", &line["ssh-ed25519 ".len()..]);
    ask("listed-with-more-spaces", true, &spaced, &good);

    keys.certify("bob");
    let certified = keys.sign("bob-cert.pub", NAMESPACE, MESSAGE);
    let listed = format!("bob cert-authority {line}");
    observed.push(Observed {
        case: "certificate".to_owned(),
        variant: "",
        other: keys.accepts_listed(&listed, NAMESPACE, MESSAGE, &certified),
        ours: we_accept_ssh(&line, &certified),
    });
    let restricted = format!("bob namespaces=\"git\" {line}");
    observed.push(Observed {
        case: "key-listed-for-another-namespace".to_owned(),
        variant: "",
        other: keys.accepts_listed(&restricted, NAMESPACE, MESSAGE, &good),
        ours: we_accept_ssh(&format!("namespaces=\"git\" {line}"), &good),
    });
    differs_as_documented("Records: ssh-keygen", &observed);
}

/// Our verdicts on OpenPGP signatures with those of gpg.
#[derive(Default)]
struct Verdicts(Vec<Observed>);

impl Verdicts {
    /// Adds the verdicts on `signature` by a key in `ring`; ours must be `accepted`.
    #[track_caller]
    fn add(&mut self, case: &str, accepted: bool, ring: &Keyring, signature: &[u8]) {
        let ours = ring.judged(&prove_detached(
            Format::OpenPgp,
            MESSAGE,
            signature,
            ring.ours(),
        ));
        assert_eq!(ours.is_ok(), accepted, "{case}: {ours:?}");
        self.0.push(Observed {
            case: case.to_owned(),
            variant: "",
            other: ring.gpg_accepts(MESSAGE, signature),
            ours,
        });
    }
}

#[test]
fn our_verdict_on_openpgp_signatures_is_gpgs_except_where_the_page_says_otherwise() -> TestResult {
    let mut verdicts = Verdicts::default();
    signatures_by_a_good_key(&mut verdicts)?;
    algorithms(&mut verdicts);
    lifetimes(&mut verdicts);
    subkeys(&mut verdicts);
    differs_as_documented("Records: gpg", &verdicts.0);
    Ok(())
}

fn signatures_by_a_good_key(verdicts: &mut Verdicts) -> TestResult {
    let gpg = Gpg::new();
    gpg.signing_key(USER);
    gpg.signing_key("second@acme.example");
    let ring = Keyring::new().openpgp(&gpg.export_minimal(USER));
    let both = Keyring::new()
        .openpgp(&gpg.export_minimal(USER))
        .openpgp(&gpg.export_minimal("second@acme.example"));
    let good = gpg.sign(USER, SIGNING, &[], MESSAGE);
    let text = String::from_utf8(good.clone())?;
    verdicts.add("good", true, &ring, &good);
    verdicts.add(
        "armor-comment",
        true,
        &ring,
        &gpg.sign(USER, SIGNING, &["--comment", "hello"], MESSAGE),
    );
    verdicts.add(
        "crlf-in-armor",
        true,
        &ring,
        text.replace('\n', "\r\n").as_bytes(),
    );
    verdicts.add(
        "other-bytes",
        false,
        &ring,
        &gpg.sign(USER, SIGNING, &[], b"decision: revoke\n"),
    );
    verdicts.add(
        "unknown-key",
        false,
        &ring,
        &gpg.sign("second@acme.example", SIGNING, &[], MESSAGE),
    );
    verdicts.add(
        "text-mode",
        false,
        &ring,
        &gpg.sign(USER, SIGNING, &["--textmode"], MESSAGE),
    );
    verdicts.add("binary", false, &ring, &gpg.run(&["--dearmor"], &good));
    verdicts.add(
        "text-before-armor",
        false,
        &ring,
        format!("approved\n{text}").as_bytes(),
    );
    verdicts.add(
        "text-after-armor",
        false,
        &ring,
        format!("{text}approved\n").as_bytes(),
    );
    verdicts.add("doubled-armor", false, &ring, &good.repeat(2));
    verdicts.add(
        "two-signatures-in-one-armor",
        false,
        &both,
        &gpg.sign(USER, SIGNING, &["-u", "second@acme.example"], MESSAGE),
    );
    verdicts.add(
        "signature-that-will-expire",
        false,
        &ring,
        &gpg.sign(USER, SIGNING, &["--default-sig-expire", "1y"], MESSAGE),
    );
    verdicts.add(
        "signature-that-expired",
        false,
        &ring,
        &gpg.sign(USER, SIGNING, &["--default-sig-expire", "1d"], MESSAGE),
    );
    verdicts.add("truncated", false, &ring, &good[..good.len() / 2]);
    verdicts.add("empty", false, &ring, b"");
    let early = ["--ignore-time-conflict", "--ignore-valid-from"];
    verdicts.add(
        "dated-before-the-key",
        false,
        &ring,
        &gpg.sign(USER, "20250101T000000!", &early, MESSAGE),
    );
    Ok(())
}

fn algorithms(verdicts: &mut Verdicts) {
    let rsa = Gpg::new();
    rsa.generate(USER, "rsa2048", "sign", "0", BIRTH);
    let rsa_ring = Keyring::new().openpgp(&rsa.export_minimal(USER));
    verdicts.add(
        "rsa2048",
        true,
        &rsa_ring,
        &rsa.sign(USER, SIGNING, &[], MESSAGE),
    );
    verdicts.add(
        "sha1",
        false,
        &rsa_ring,
        &rsa.sign(USER, SIGNING, &["--digest-algo", "SHA1"], MESSAGE),
    );
    verdicts.add(
        "md5",
        false,
        &rsa_ring,
        &rsa.sign(USER, SIGNING, &["--digest-algo", "MD5"], MESSAGE),
    );
    for (case, algorithm) in [("rsa-under-2048-bits", "rsa1024"), ("dsa", "dsa1024")] {
        let weak = Gpg::new();
        weak.generate(USER, algorithm, "sign", "0", BIRTH);
        let weak_ring = Keyring::new().openpgp(&weak.export_minimal(USER));
        verdicts.add(
            case,
            false,
            &weak_ring,
            &weak.sign(USER, SIGNING, &["--digest-algo", "SHA256"], MESSAGE),
        );
    }
}

fn lifetimes(verdicts: &mut Verdicts) {
    let ended = Gpg::new();
    ended.generate(USER, "ed25519", "sign", "20260120T000000", BIRTH);
    let ended_ring = Keyring::new().openpgp(&ended.export_minimal(USER));
    verdicts.add(
        "key-that-expired-later",
        true,
        &ended_ring,
        &ended.sign(USER, SIGNING, &[], MESSAGE),
    );
    for (case, reason, time, accepted) in [
        ("key-revoked-as-stolen", 1, "20260115T000000!", false),
        ("key-superseded-later", 2, "20260115T000000!", true),
    ] {
        let revoked = Gpg::new();
        let fingerprint = revoked.signing_key(USER);
        let signature = revoked.sign(USER, SIGNING, &[], MESSAGE);
        revoked.revoke(&fingerprint, reason, time);
        verdicts.add(
            case,
            accepted,
            &Keyring::new().openpgp(&revoked.export_minimal(USER)),
            &signature,
        );
    }
}

fn subkeys(verdicts: &mut Verdicts) {
    let sub = Gpg::new();
    let primary = sub.generate(USER, "ed25519", "cert", "0", BIRTH);
    let subkey = sub.subkey(&primary, "ed25519", "sign");
    let signature = sub.sign(&format!("{subkey}!"), SIGNING, &[], MESSAGE);
    verdicts.add(
        "signing-subkey",
        true,
        &Keyring::new().openpgp(&sub.export_minimal(USER)),
        &signature,
    );
    sub.unsign_subkey(&primary, "20260102T000000!");
    verdicts.add(
        "subkey-that-may-not-sign",
        false,
        &Keyring::new().openpgp(&sub.export_minimal(USER)),
        &signature,
    );
}
