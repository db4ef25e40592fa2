//! The matrix of commits: unsigned, good, bad, unknown, expired, amended, re-wrapped, doubled … in
//! SHA-1 and SHA-256, by SSH and by OpenPGP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::demo::{Authorship, Person};
use countersign::git::ObjectFormat;
use countersign::git::write::CommitDraft;
use countersign::model::ObjectId;

mod openpgp;

use crate::signatures_git::commits::{Scratch, replaced};
use crate::signatures_git::keyring::Keyring;
use crate::signatures_git::table::{Observed, differs_as_documented};
use countersign_testkit::ssh_keys::{self, SshKeys};

const NAMESPACE: &str = "git";

/// Makes a signature over the payload of a commit.
type Signer<'a> = &'a dyn Fn(&Scratch, &[u8]) -> Vec<u8>;

/// The name of a case, and what it does to the bytes of a commit.
type Change<'a> = (&'static str, &'a dyn Fn(Vec<u8>) -> Vec<u8>);

/// What was observed so far.
struct Matrix {
    /// Whose signatures: `ssh` or `openpgp`.
    signer: &'static str,
    observed: Vec<Observed>,
}

impl Matrix {
    /// Asks both about a commit; `accepted` is what we must say.
    #[track_caller]
    fn ask(
        &mut self,
        case: &str,
        accepted: bool,
        ring: &Keyring,
        scratch: &Scratch,
        commit: ObjectId,
    ) {
        let ours = ring.we_accept(scratch.repository(), commit);
        let other = ring.git_accepts(scratch.repository(), commit);
        assert_eq!(
            ours.is_ok(),
            accepted,
            "{case} in {:?}: {ours:?}",
            scratch.format()
        );
        self.observed.push(Observed {
            case: case.to_owned(),
            variant: self.signer,
            other,
            ours,
        });
    }

    /// What does not depend on who signed.
    fn common(
        &mut self,
        scratch: &mut Scratch,
        ring: &Keyring,
        sign: Signer<'_>,
        stranger: Signer<'_>,
    ) {
        let signed = |scratch: &mut Scratch, message: &str, sign: Signer<'_>| {
            let mut draft = scratch.draft(message);
            draft.signature = Some(sign(scratch, &draft.payload()));
            draft
        };
        let unsigned = scratch.draft("Unsigned");
        let commit = scratch.write(&unsigned.bytes(scratch.format()));
        self.ask("unsigned", false, ring, scratch, commit);

        let good = signed(scratch, "Good", sign);
        let commit = scratch.write(&good.bytes(scratch.format()));
        self.ask("good", true, ring, scratch, commit);

        let unknown = signed(scratch, "Unknown key", stranger);
        let commit = scratch.write(&unknown.bytes(scratch.format()));
        self.ask("unknown-key", false, ring, scratch, commit);

        let spoofed = Authorship {
            committer: Person::new("bob").identity(),
            ..Authorship::from(&Person::new("carol"))
        };
        let mut draft = scratch.draft_by(spoofed, "Names of others");
        draft.signature = Some(sign(scratch, &draft.payload()));
        let commit = scratch.write(&draft.bytes(scratch.format()));
        self.ask("names-of-others", true, ring, scratch, commit);

        let mut other = scratch.draft("Another commit");
        other.signature.clone_from(&good.signature);
        let commit = scratch.write(&other.bytes(scratch.format()));
        self.ask("signature-of-another-commit", false, ring, scratch, commit);

        // An amended commit keeps no signature unless it is signed again.
        let mut amended = CommitDraft {
            signature: None,
            ..good.clone()
        };
        amended.message = b"Amended\n".to_vec();
        let commit = scratch.write(&amended.bytes(scratch.format()));
        self.ask("amended", false, ring, scratch, commit);
        amended.signature = Some(sign(scratch, &amended.payload()));
        let commit = scratch.write(&amended.bytes(scratch.format()));
        self.ask("amended-and-signed-again", true, ring, scratch, commit);

        let mut with_header = scratch.draft("A header that is signed");
        with_header.extra_headers.push((
            b"change-id".to_vec(),
            b"zsuskulnrvyrovkzqrwmxqlsskqntxvp".to_vec(),
        ));
        with_header.signature = Some(sign(scratch, &with_header.payload()));
        let commit = scratch.write(&with_header.bytes(scratch.format()));
        self.ask("unknown-header-that-is-signed", true, ring, scratch, commit);

        self.bent(scratch, ring, &good);
        self.signed_oddities(scratch, ring, sign);
    }

    /// A good commit with its bytes changed after it was signed.
    fn bent(&mut self, scratch: &Scratch, ring: &Keyring, good: &CommitDraft) {
        let header = scratch.header();
        let armor = String::from_utf8(good.signature.clone().expect("it is signed"))
            .expect("armor is ASCII");
        let changes: [Change<'_>; 10] = [
            ("message-changed", &|bytes| replaced(&bytes, "Good", "Bad!")),
            ("message-extended", &|bytes| {
                [bytes.as_slice(), b"\n"].concat()
            }),
            ("nul-after-message", &|bytes| {
                [bytes.as_slice(), b"\0hidden"].concat()
            }),
            ("author-changed", &|bytes| {
                replaced(&bytes, "author Alice", "author Mallory")
            }),
            ("header-added", &|bytes| {
                replaced(
                    &bytes,
                    &format!("{header} "),
                    &format!("foo bar\n{header} "),
                )
            }),
            ("foreign-signature-header", &|bytes| {
                replaced(
                    &bytes,
                    &format!("{header} "),
                    &format!("gpgsig-evil anything\n{header} "),
                )
            }),
            ("other-formats-header", &|bytes| {
                replaced(
                    &bytes,
                    &format!("{header} "),
                    &format!("{} junk\n{header} ", scratch.foreign_header()),
                )
            }),
            ("signature-removed-to-the-other-header", &|bytes| {
                replaced(
                    &bytes,
                    &format!("\n{header} "),
                    &format!("\n{} ", scratch.foreign_header()),
                )
            }),
            ("tree-added", &|bytes| {
                [
                    format!("tree {}\n", "0".repeat(good.tree.to_string().len())).as_bytes(),
                    &bytes,
                ]
                .concat()
            }),
            ("armor-truncated", &|bytes| {
                replaced(&bytes, "-----END", "-----FIN")
            }),
        ];
        for (case, change) in changes {
            let commit = scratch.write_changed(good, change);
            self.ask(case, false, ring, scratch, commit);
        }
        let folded = armor.trim_end().replace('\n', "\n ");
        let doubled = scratch.write_changed(good, |bytes| {
            replaced(
                &bytes,
                &format!("{header} "),
                &format!("{header} {folded}\n{header} "),
            )
        });
        self.ask("doubled-header", false, ring, scratch, doubled);
        for (case, armor) in [
            ("rewrapped-armor", rewrapped(&armor, 60)),
            ("crlf-in-armor", armor.replace('\n', "\r\n")),
            ("text-after-armor", format!("{armor}approved\n")),
            ("text-before-armor", format!("approved\n{armor}")),
            ("doubled-armor", armor.repeat(2)),
        ] {
            let draft = CommitDraft {
                signature: Some(armor.into_bytes()),
                ..good.clone()
            };
            let commit = scratch.write(&draft.bytes(scratch.format()));
            self.ask(case, false, ring, scratch, commit);
        }
    }

    /// Commits that are odd and signed as they are.
    fn signed_oddities(&mut self, scratch: &mut Scratch, ring: &Keyring, sign: Signer<'_>) {
        let header = scratch.header();
        let base = scratch.base();
        let draft = scratch.draft("Odd");
        let parent = format!("parent {base}\n");
        let with_separator = format!("\n{header} ");
        let odd: [Change<'_>; 4] = [
            ("nul-in-message", &|payload| {
                [payload.as_slice(), b"\0hidden"].concat()
            }),
            ("repeated-author", &|payload| {
                replaced(
                    &payload,
                    "committer ",
                    "author Mallory <m@nowhere.example> 0 +0000\ncommitter ",
                )
            }),
            ("repeated-parent", &|payload| {
                replaced(&payload, &parent, &parent.repeat(2))
            }),
            ("repeated-encoding", &|payload| {
                replaced(
                    &payload,
                    "\n\nOdd",
                    "\nencoding UTF-8\nencoding ISO-8859-1\n\nOdd",
                )
            }),
        ];
        for (case, change) in odd {
            let payload = change(draft.payload());
            let armor = String::from_utf8(sign(scratch, &payload)).expect("armor is ASCII");
            let folded = armor.trim_end().replace('\n', "\n ");
            let commit = scratch.write(&replaced(
                &payload,
                "\n\nOdd",
                &format!("{with_separator}{folded}\n\nOdd"),
            ));
            self.ask(case, false, ring, scratch, commit);
        }
        // The signature comes before the author: its payload is the same.
        let armor = String::from_utf8(sign(scratch, &draft.payload())).expect("armor is ASCII");
        let folded = armor.trim_end().replace('\n', "\n ");
        let commit = scratch.write(&replaced(
            &draft.payload(),
            "\nauthor ",
            &format!("{with_separator}{folded}\nauthor "),
        ));
        self.ask("signature-before-author", false, ring, scratch, commit);
    }

    /// A commit signed by `sign`, judged with this ring.
    #[track_caller]
    fn one(
        &mut self,
        case: &str,
        accepted: bool,
        scratch: &mut Scratch,
        ring: &Keyring,
        sign: Signer<'_>,
    ) {
        let mut draft = scratch.draft(case);
        draft.signature = Some(sign(scratch, &draft.payload()));
        let commit = scratch.write(&draft.bytes(scratch.format()));
        self.ask(case, accepted, ring, scratch, commit);
    }
}

/// The same armor with its base64 broken at another column.
fn rewrapped(armor: &str, width: usize) -> String {
    let lines: Vec<&str> = armor.lines().collect();
    let is_body =
        |line: &&&str| !line.is_empty() && !line.starts_with("-----") && !line.starts_with('=');
    let body: String = lines.iter().filter(is_body).copied().collect();
    let wrapped: Vec<&str> = body
        .as_bytes()
        .chunks(width)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    let first = lines
        .iter()
        .position(|line| is_body(&line))
        .expect("there is a body");
    let last = lines
        .iter()
        .rposition(|line| is_body(&line))
        .expect("there is a body");
    let all = [&lines[..first], &wrapped, &lines[last + 1..]].concat();
    all.join("\n") + "\n"
}

fn ssh_cases(matrix: &mut Matrix, scratch: &mut Scratch) {
    let keys = SshKeys::new();
    for name in ["alice", "mallory"] {
        keys.generate(name, "ed25519", "");
    }
    let ring = Keyring::new().ssh(&keys.line("alice"));
    let alice = |_: &Scratch, payload: &[u8]| keys.sign("alice", NAMESPACE, payload);
    let mallory = |_: &Scratch, payload: &[u8]| keys.sign("mallory", NAMESPACE, payload);
    matrix.common(scratch, &ring, &alice, &mallory);

    for (kind, bits) in [
        ("ecdsa", "256"),
        ("ecdsa", "384"),
        ("ecdsa", "521"),
        ("rsa", "2048"),
        ("rsa", "4096"),
    ] {
        let name = format!("{kind}{bits}");
        keys.generate(&name, kind, bits);
        let ring = Keyring::new().ssh(&keys.line(&name));
        matrix.one(&name, true, scratch, &ring, &|_, payload| {
            keys.sign(&name, NAMESPACE, payload)
        });
    }
    matrix.one("another-namespace", false, scratch, &ring, &|_, payload| {
        keys.sign("alice", "countersign", payload)
    });

    // An expired key is one that the policy lists no more; in git's list it has an end.
    let ended = Keyring::new().ssh_of_git_only(&format!(
        "someone@acme.example valid-before=\"20260101\" {}",
        keys.line("alice")
    ));
    matrix.one("expired-ssh-key", false, scratch, &ended, &alice);
    let mut dated_back = scratch.draft_by(
        Authorship::from(&Person::new("alice")).dated("1704067200 +0000"),
        "Dated back",
    );
    dated_back.signature = Some(alice(scratch, &dated_back.payload()));
    let commit = scratch.write(&dated_back.bytes(scratch.format()));
    matrix.ask("expired-ssh-key-dated-back", false, &ended, scratch, commit);

    keys.certify("alice");
    let authority = Keyring::new()
        .ssh(&keys.line("mallory"))
        .ssh_of_git_only(&format!("bob cert-authority {}", keys.line("alice")));
    matrix.one(
        "ssh-certificate",
        false,
        scratch,
        &authority,
        &|_, payload| keys.sign("alice-cert.pub", NAMESPACE, payload),
    );

    let tool = |arguments: &[&str], input: &[u8]| keys.tool("openssl", arguments, input).stdout;
    let rsa = |name: &str, label: &str, hash: &str, payload: &[u8]| {
        let signed = ssh_keys::to_be_signed(
            NAMESPACE,
            "sha512",
            &tool(&["dgst", "-sha512", "-binary"], payload),
        );
        let raw = tool(&["dgst", hash, "-sign", name], &signed);
        let signature = [ssh_keys::string(label.as_bytes()), ssh_keys::string(&raw)].concat();
        ssh_keys::sshsig(&[
            keys.blob(name),
            NAMESPACE.into(),
            Vec::new(),
            b"sha512".to_vec(),
            signature,
        ])
    };
    keys.generate_small_rsa("small");
    let small = Keyring::new().ssh(&keys.line("small"));
    matrix.one(
        "small-rsa-ssh-key",
        false,
        scratch,
        &small,
        &|_, payload| rsa("small", "rsa-sha2-512", "-sha512", payload),
    );
    let ring = Keyring::new().ssh(&keys.line("rsa2048"));
    matrix.one(
        "rsa-of-sha512-by-openssl",
        true,
        scratch,
        &ring,
        &|_, payload| rsa("rsa2048", "rsa-sha2-512", "-sha512", payload),
    );
    matrix.one("rsa-with-sha1", false, scratch, &ring, &|_, payload| {
        rsa("rsa2048", "ssh-rsa", "-sha1", payload)
    });
}

#[test]
fn our_verdict_on_commits_is_gits_except_where_the_page_says_otherwise() {
    let mut matrix = Matrix {
        signer: "",
        observed: Vec::new(),
    };
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let mut scratch = Scratch::new(format);
        matrix.signer = "ssh";
        ssh_cases(&mut matrix, &mut scratch);
        matrix.signer = "openpgp";
        openpgp::openpgp_cases(&mut matrix, &mut scratch);
    }
    assert!(
        matrix.observed.iter().filter(|one| one.other).count() > 20,
        "git accepts what is good"
    );
    differs_as_documented("Commits: git", &matrix.observed);
}

#[test]
fn rewrapping_changes_the_lines_and_not_the_bytes() {
    let bytes: Vec<u8> = (0..200).collect();
    let armor = String::from_utf8(ssh_keys::armored(&bytes)).expect("armor is ASCII");
    let wrapped = rewrapped(&armor, 60);
    assert_ne!(wrapped, armor);
    let body: String = wrapped
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    assert_eq!(STANDARD.decode(body).ok(), Some(bytes));
}
