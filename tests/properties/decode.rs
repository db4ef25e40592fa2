//! Every decoder of bytes that come from a repository, by the name of its fuzz target, and valid
//! inputs to begin with.
//!
//! The property tests and `fuzz/` both stand on this file.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use countersign::demo::documents::{
    agent_text, contract_text, prompt_text, server_text, skill_text,
};
use countersign::demo::{DecisionDraft, Person, PolicyDraft};
use countersign::document::validate::{PackageFile, PackageFiles};
use countersign::document::{
    attributes, decision, frontmatter, head, hidden_text, json, lfs, paths, policy, references,
    structured, validate, yaml,
};
use countersign::evidence::PolicyVersion;
use countersign::git::{ObjectFormat, commit, tree};
use countersign::harness::{self, HARNESSES, Scope};
use countersign::model::key::KeySource;
use countersign::model::{
    DecisionKind, Digest, FileMode, Glob, Kind, ObjectId, Risk, SubjectId, Timestamp, Version,
};
use countersign::signature::{Format, VerificationKey, prove_commit, prove_detached};

/// One decoder for every kind of bytes that come from a repository.
pub const DECODERS: [&str; 15] = [
    "yaml",
    "frontmatter",
    "policy",
    "decision",
    "commit",
    "tree",
    "sshsig",
    "minisign",
    "openpgp",
    "gitattributes",
    "skill",
    "server",
    "contract",
    "agent",
    "settings",
];

/// One key of each format; the signatures of [`seeds`] are by them where they can be.
pub static KEYS: LazyLock<Vec<VerificationKey>> = LazyLock::new(|| {
    let minisign = minisign::KeyPair::generate_unencrypted_keypair()
        .expect("randomness")
        .pk
        .to_base64();
    let ssh = Person::new("alice").public_line();
    let read = |source: KeySource| VerificationKey::read(&source, false, None).expect("a good key");
    vec![
        read(KeySource::Minisign(minisign)),
        read(KeySource::Ssh(ssh)),
        read(KeySource::OpenPgpArmor(OPENPGP_CERTIFICATE.to_owned())),
    ]
});

static POLICY: LazyLock<PolicyVersion> = LazyLock::new(|| {
    let bytes: Arc<[u8]> = PolicyDraft::solo(&Person::new("alice"))
        .text()
        .into_bytes()
        .into();
    let digest = Digest::of(&bytes);
    PolicyVersion::read(bytes, &BTreeMap::new(), digest).expect("a sound policy")
});

/// Runs one decoder; the answer does not matter.
pub fn decode(decoder: &str, bytes: &[u8]) {
    let id = ObjectId::from_bytes(&[1; 20]).expect("20 bytes");
    match decoder {
        "yaml" => {
            if let Ok(tree) = yaml::read("x.yaml", bytes) {
                let _ = (tree.place("/a"), tree.span(""), tree.text().len());
            }
        }
        "frontmatter" => {
            let _ = frontmatter::find(bytes);
            let _ = (
                hidden_text::find(bytes),
                lfs::pointer(bytes),
                paths::check_path(bytes).map(paths::fold),
            );
            if let Ok(text) = std::str::from_utf8(bytes) {
                let _ = references::escaping("SKILL.md", text);
                let _ = (
                    text.parse::<SubjectId>(),
                    text.parse::<Timestamp>(),
                    text.parse::<Digest>(),
                    Version::parse(text),
                );
                let _ = Glob::parse(text)
                    .map(|glob| (glob.matches(bytes), glob.captures(b"a/b/c/a/b/c")));
            }
        }
        "policy" => {
            let _ = policy::parse(bytes);
            let files = BTreeMap::from([("keys/a.asc".to_owned(), Arc::from(bytes))]);
            let _ = PolicyVersion::read(Arc::from(bytes), &files, Digest::of(bytes));
        }
        "decision" => {
            let path = "approvals/skill/pdf/1.0.0/20260105T090000Z-approve-alice.yaml";
            if let Ok(decision) = decision::parse(path, bytes) {
                let _ = decision.path();
            }
        }
        "commit" => {
            for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
                if let Ok(commit) = commit::parse(id, bytes, format) {
                    let _ = (commit.signature(), commit.co_authors());
                }
            }
        }
        "tree" => {
            for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
                let _ = tree::parse(id, bytes, format).map(|listing| listing.is_ambiguous());
            }
        }
        "sshsig" => {
            assert!(!prove_detached(Format::Ssh, b"x", bytes, &KEYS).is_empty());
            assert!(!prove_commit(b"x", bytes, &KEYS).is_empty());
            if let Ok(text) = std::str::from_utf8(bytes) {
                let _ = VerificationKey::read(&KeySource::Ssh(text.to_owned()), false, None);
            }
        }
        "minisign" => {
            assert!(!prove_detached(Format::Minisign, b"x", bytes, &KEYS).is_empty());
            if let Ok(text) = std::str::from_utf8(bytes) {
                let _ = VerificationKey::read(&KeySource::Minisign(text.to_owned()), true, None);
            }
        }
        "openpgp" => {
            assert!(!prove_detached(Format::OpenPgp, b"x", bytes, &KEYS).is_empty());
            let _ = VerificationKey::read(
                &KeySource::OpenPgpFile("keys/a.asc".to_owned()),
                false,
                Some(bytes),
            );
        }
        "gitattributes" => {
            let files = [".gitattributes", "Skills/.GITATTRIBUTES"]
                .map(|path| (path.to_owned(), bytes.to_vec()));
            let _ = attributes::altering(&files, "skills/pdf/SKILL.md");
        }
        "skill" => document(Kind::Skill, "skills/pdf", "SKILL.md", bytes),
        "server" => {
            document(Kind::Server, "servers/mail.json", "mail.json", bytes);
            document(Kind::Server, "servers/mail", "server.yaml", bytes);
        }
        "contract" => document(
            Kind::Contract,
            "contracts/refund.yaml",
            "refund.yaml",
            bytes,
        ),
        "agent" => {
            document(Kind::Agent, "agents/triage.yaml", "triage.yaml", bytes);
            document(Kind::Prompt, "prompts/greet.md", "greet.md", bytes);
        }
        "settings" => {
            let read = |path: &str| {
                let tree = structured::read(path, bytes)?.ok()?;
                Some(tree.value)
            };
            let values = ["x.json", "x.toml", "x.yaml"].into_iter().filter_map(read);
            for value in values.chain(json::read_generously(bytes)) {
                for harness in HARNESSES {
                    let _ = harness::servers(harness, &value);
                    let _ = harness::unsafe_settings(harness, &value);
                }
                let _ = (harness::hooks(&value), harness::plugins_in(&value));
            }
            if let Ok(text) = std::str::from_utf8(bytes) {
                for scope in [Scope::Project, Scope::User, Scope::Machine] {
                    let readers = harness::readers_of(scope, text);
                    assert!(
                        readers
                            .iter()
                            .all(|reader| text.is_char_boundary(reader.ends))
                    );
                }
            }
        }
        other => panic!("`{other}` is no decoder"),
    }
}

/// Reads the head of a document and validates a package that holds it.
fn document(kind: Kind, path: &str, file: &str, bytes: &[u8]) {
    for lenient in [true, false] {
        let _ = head::read(kind, lenient, file, bytes);
    }
    let subject: SubjectId = format!("{kind}/pdf").parse().expect("a subject");
    let policy = &POLICY.policy;
    let entry = policy
        .entries
        .iter()
        .find(|entry| entry.kind == kind)
        .expect("every kind has an entry");
    let files = vec![PackageFile {
        path: file,
        mode: FileMode::Regular,
        bytes,
    }];
    let package = PackageFiles {
        kind,
        path,
        subject: &subject,
        is_folder: !path.ends_with(file),
        files,
        plugin_manifests: &["plugin.json"],
    };
    let _ = validate::package(&package, policy, entry, Risk::High, &|_| true);
}

/// Valid inputs of a decoder, to be damaged.
pub fn seeds(decoder: &str) -> Vec<Vec<u8>> {
    let alice = Person::new("alice");
    let record = || {
        let digest = Some(Digest::of(b""));
        DecisionDraft::new(
            DecisionKind::Approve,
            &alice,
            "skill/pdf",
            "1.0.0",
            digest,
            "github.com/acme/skills",
            Timestamp::from_unix(1_767_603_600),
        )
    };
    let policy = PolicyDraft::solo(&alice).text();
    let commit = |signature: &str| {
        let (id, who) = (
            "1".repeat(40),
            "Alice <alice@acme.example> 1767603600 +0000",
        );
        format!(
            "tree {id}\nparent {id}\nauthor {who}\ncommitter {who}\n{signature}\nSubject\n\nCo-authored-by: Bob <bob@acme.example>\n"
        )
    };
    match decoder {
        "yaml" | "policy" => vec![
            policy.into_bytes(),
            b"a: [1, {b: 'c'}]\n? x\n: |\n  y\n".to_vec(),
        ],
        "frontmatter" | "skill" => {
            vec![skill_text("pdf", "1.0.0", "Do [it](../x.md).").into_bytes()]
        }
        "decision" => vec![
            record().record().bytes,
            record()
                .batch(&[("skill/a", "1.0.0", Some(Digest::of(b"")))])
                .record()
                .bytes,
        ],
        "commit" => {
            let armor = alice.sign("git", b"x").trim_end().replace('\n', "\n ");
            vec![
                commit("").into_bytes(),
                commit(&format!("gpgsig {armor}\n")).into_bytes(),
            ]
        }
        "tree" => {
            let entry = |mode: &str, name: &str| {
                [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &[3; 20]].concat()
            };
            vec![
                [
                    entry("100644", "a"),
                    entry("40000", "b"),
                    entry("120000", "c"),
                ]
                .concat(),
            ]
        }
        "settings" => vec![
            br#"{"mcpServers": {"a": {"command": "npx", "args": ["-y", "@a/b@1.2.3"], "env": {"K": "${V}"}}},
                "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "A=b c"}]}]},
                "enabledPlugins": {"x@y": true}, "disableAllHooks": true}"#
                .to_vec(),
            b"[mcp_servers.a]\ncommand = \"uvx\"\nargs = [\"--from\", \"a==1.2\", \"b\"]\n".to_vec(),
            b"extensions:\n  a:\n    cmd: docker\n    args: [run, -i, x@sha256:aa]\n".to_vec(),
        ],
        "sshsig" => vec![
            alice.sign("countersign", b"x").into_bytes(),
            alice.public_line().into_bytes(),
        ],
        "minisign" => {
            let pair = minisign::KeyPair::generate_unencrypted_keypair().expect("randomness");
            let signature =
                minisign::sign(Some(&pair.pk), &pair.sk, &b"x"[..], None, None).expect("it signs");
            vec![
                signature.into_string().into_bytes(),
                pair.pk.to_base64().into_bytes(),
            ]
        }
        "openpgp" => vec![
            OPENPGP_SIGNATURE.as_bytes().to_vec(),
            OPENPGP_CERTIFICATE.as_bytes().to_vec(),
        ],
        "gitattributes" => vec![
            b"[attr]m ident\n*.md text eol=crlf\n\"a b\" -filter !ident\n/a/**/b[a-c]? m\n"
                .to_vec(),
        ],
        "server" => vec![server_text("mail", "1.0.0").into_bytes()],
        "contract" => vec![contract_text("1.0.0", "refund", "alice", "alice").into_bytes()],
        "agent" => vec![
            agent_text("1.0.0", "alice", &["skill/pdf@^1"]).into_bytes(),
            prompt_text("1.0.0", "Hello.").into_bytes(),
        ],
        other => panic!("`{other}` is no decoder"),
    }
}

/// A detached signature over `x` and its key's certificate, made by GnuPG for this test; the key is
/// gone.
const OPENPGP_SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----

iHUEABYIAB0WIQSleZa0XIN8WvTEdaURBkYUxXdJngUCaVcKgAAKCRARBkYUxXdJ
nqVoAP9fH/hRPyZNIanetXubU27IuO1r90dC+wrOsPDU8+8zSgD+MYEIfBvKy8QD
tGbpUClCDnP+M/DT2Z6giOZIzxA9ygk=
=I2qx
-----END PGP SIGNATURE-----
";
const OPENPGP_CERTIFICATE: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEaVW5ABYJKwYBBAHaRw8BAQdAsZUm/lpuiKQrMsZ2+zJvQBK+pDkhNRb88nMF
P4+NkAS0JVdvcnRobGVzcyA8d29ydGhsZXNzQG5vd2hlcmUuZXhhbXBsZT6IkAQT
FggAOBYhBKV5lrRcg3xa9MR1pREGRhTFd0meBQJpVbkAAhsDBQsJCAcCBhUKCQgL
AgQWAgMBAh4BAheAAAoJEBEGRhTFd0meTncA/jepMQU1Ub5+LnjsKRDGLwoIot5R
PKxEG7dSo4+VC+aqAQDNCj3R+bXg+m4U+LXZUrn9bGJuPWRHNSrltHUTv3WqAw==
=nZ8e
-----END PGP PUBLIC KEY BLOCK-----
";
