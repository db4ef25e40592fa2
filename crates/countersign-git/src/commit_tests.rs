//! Strict commits.

use super::testing::Scratch;
use super::*;
use countersign_model::{Identity, ObjectId, Timestamp};

const SSH: &str = "-----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----";

fn commit(scratch: &Scratch, headers: &[&str], rest: &str) -> Commit {
    let tree = scratch.object("tree", b"");
    let text = headers
        .iter()
        .map(|header| header.replace("TREE", &tree.to_string()) + "\n")
        .collect::<String>()
        + rest;
    let id = scratch.object("commit", text.as_bytes());
    scratch.open().commit(id).expect("it has a tree")
}

const TREE: &str = "tree TREE";
const AUTHOR: &str = "author Ann <Ann@X.example> 1700000000 +0130";
const COMMITTER: &str = "committer Carl <carl@x.example> 1700000001 -0500";

#[test]
fn reads_an_ordinary_commit() {
    let scratch = Scratch::new();
    let first = scratch.commit("first");
    let second = scratch
        .commit("Subject\n\nCo-authored-by: Bo B <Bo@X.example>\nCO-AUTHORED-BY:  c@x.example");
    let read = scratch.open().commit(second).expect("a commit");
    assert_eq!(
        (read.id, read.tree, read.parents.as_slice()),
        (second, scratch.id("HEAD^{tree}"), &[first][..])
    );
    assert_eq!(
        read.author.identity,
        Identity::new("A U Thor", "author@example.com")
    );
    assert_eq!(
        (read.author.offset_minutes, read.faults.as_slice()),
        (60, &[][..])
    );
    assert_eq!(read.signature(), Ok(None));
    assert_eq!(
        read.co_authors(),
        [
            Identity::new("", "c@x.example"),
            Identity::new("Bo B", "bo@x.example")
        ]
    );
}

#[test]
fn the_payload_is_the_raw_commit_without_the_signature() {
    for (format, header) in [
        (ObjectFormat::Sha1, "gpgsig"),
        (ObjectFormat::Sha256, "gpgsig-sha256"),
    ] {
        let scratch = Scratch::with_format(format);
        let signed = format!("{header} {SSH}");
        let read = commit(
            &scratch,
            &[
                TREE,
                AUTHOR,
                COMMITTER,
                "change-id abc",
                &signed,
                "extra x\n y",
            ],
            "\nmessage\n",
        );
        assert_eq!(read.faults, []);
        let signature = read.signature().expect("no faults").expect("signed");
        assert_eq!(
            signature.armor,
            SSH.replace("\n ", "\n")
                .into_bytes()
                .into_iter()
                .chain(*b"\n")
                .collect::<Vec<_>>()
        );
        let tree = scratch.object("tree", b"");
        let payload =
            format!("tree {tree}\n{AUTHOR}\n{COMMITTER}\nchange-id abc\nextra x\n y\n\nmessage\n");
        assert_eq!(String::from_utf8_lossy(&signature.payload), payload);
    }
}

#[test]
fn refuses_the_signature_of_a_commit_with_two_readings() {
    let scratch = Scratch::new();
    let good = format!("gpgsig {SSH}");
    let good = good.as_str();
    let narrow = "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NI\n U0lH\n -----END SSH SIGNATURE-----";
    let zero = "0".repeat(40);
    let parent = format!("parent {zero}");
    let cases: &[(&[&str], &str)] = &[
        (&[TREE, AUTHOR, COMMITTER, good, good], "\nm\n"),
        (&[TREE, AUTHOR, COMMITTER, good, "gpgsig-sha256 x"], "\nm\n"),
        (
            &[TREE, AUTHOR, COMMITTER, "gpgsig-evil x\n y", good],
            "\nm\n",
        ),
        (&[TREE, AUTHOR, COMMITTER, narrow], "\nm\n"),
        (&[TREE, AUTHOR, COMMITTER, "gpgsig"], "\nm\n"),
        (&[TREE, AUTHOR, COMMITTER, "gpgsig-sha256 x"], "\nm\n"),
        (&[TREE, TREE, AUTHOR, COMMITTER, good], "\nm\n"),
        (&[TREE, AUTHOR, AUTHOR, COMMITTER, good], "\nm\n"),
        (&[TREE, AUTHOR, COMMITTER, COMMITTER, good], "\nm\n"),
        (
            &[TREE, AUTHOR, COMMITTER, "encoding a", "encoding b", good],
            "\nm\n",
        ),
        (&[TREE, COMMITTER, AUTHOR, good], "\nm\n"),
        (&[TREE, good, AUTHOR, COMMITTER], "\nm\n"),
        (&[TREE, AUTHOR, COMMITTER, &parent, good], "\nm\n"),
        (&[TREE, &parent, &parent, AUTHOR, COMMITTER, good], "\nm\n"),
        (&[TREE, AUTHOR, good], "\nm\n"),
        (&[TREE, COMMITTER, good], "\nm\n"),
        (&[TREE, AUTHOR, COMMITTER, "word", good], "\nm\n"),
        (
            &[TREE, "author A <a@x>\n continued", COMMITTER, good],
            "\nm\n",
        ),
        (&[TREE, AUTHOR, COMMITTER, good], "\nm\0hidden\n"),
        (
            &[TREE, AUTHOR, "committer C\0 <c@x> 1 +0000", good],
            "\nm\n",
        ),
        (&[TREE, AUTHOR, COMMITTER, good], ""),
        (&[TREE, AUTHOR, COMMITTER, good], "no newline"),
    ];
    for (headers, rest) in cases {
        let read = commit(&scratch, headers, rest);
        assert!(read.signature().is_err(), "{headers:?} {rest:?}");
        assert_eq!(read.tree, scratch.object("tree", b""), "the replay goes on");
    }
    assert!(
        commit(&scratch, &[TREE, AUTHOR, COMMITTER, good], "\nm\n")
            .signature()
            .is_ok_and(|signature| signature.is_some())
    );
}

#[test]
fn an_unsigned_commit_with_faults_is_unsigned() {
    let read = commit(&Scratch::new(), &[TREE, AUTHOR, AUTHOR, COMMITTER], "\nm\n");
    assert_eq!((read.signature(), read.faults.len()), (Ok(None), 1));
}

#[test]
fn forged_dates_and_names_are_clamped_not_believed() {
    let scratch = Scratch::new();
    let cases = [
        (
            "A <a@x> 99999999999999999999999999 +0000",
            Timestamp::from_unix(i64::MAX),
            0,
        ),
        (
            "A <a@x> -99999999999999999999999999 +9999",
            Timestamp::from_unix(i64::MIN),
            99 * 60 + 99,
        ),
        ("A <a@x> -5 -0030", Timestamp::from_unix(-5), -30),
        ("A <a@x> 5 nonsense", Timestamp::from_unix(5), 0),
        ("A <a@x>", Timestamp::from_unix(0), 0),
        ("A", Timestamp::from_unix(0), 0),
        ("", Timestamp::from_unix(0), 0),
        ("A <a@x> x> 7 +0000", Timestamp::from_unix(7), 0),
        ("A <a@x 1 +00", Timestamp::from_unix(0), 0),
    ];
    for (text, time, offset) in cases {
        let read = commit(
            &scratch,
            &[
                TREE,
                &format!("author {text}"),
                &format!("committer {text}"),
            ],
            "\nm\n",
        );
        assert_eq!(
            (read.author.time, read.author.offset_minutes),
            (time, offset),
            "{text}"
        );
        assert_eq!(
            scratch
                .open()
                .line(read.id, None)
                .map(|line| line[0].committed),
            Ok(time)
        );
    }
}

#[test]
fn finds_co_authors_in_every_spelling() {
    let scratch = Scratch::new();
    let message = "\ns\n\n  co-authored-BY : A <a@x>, B <b@x>\r\nnot Co-authored-by: N <n@x>\nCo-authored-by: Just Name\nco-authored-by:\n\nCo-Authored-By: A <A@X>\n\nSigned-off-by: S <s@x>\n";
    let read = commit(&scratch, &[TREE, AUTHOR, COMMITTER], message);
    let expected = [
        Identity::new("A", "a@x"),
        Identity::new("B", "b@x"),
        Identity::new("Just Name", ""),
    ];
    assert_eq!(read.co_authors(), expected);
}

#[test]
fn what_git_does_not_take_for_a_commit_is_corrupt() {
    let scratch = Scratch::new();
    let tree = scratch.object("tree", b"");
    for text in [
        String::new(),
        "x".to_owned(),
        format!("{AUTHOR}\ntree {tree}\n\n"),
        format!("tree {tree}0\n\n"),
        "tree \n\n".to_owned(),
        format!("tree {tree}\nparent 12\n\n"),
    ] {
        let id: ObjectId = scratch.object("commit", text.as_bytes());
        let repository = scratch.open();
        assert!(
            matches!(repository.commit(id), Err(GitError::Corrupt { .. })),
            "{text}"
        );
        assert!(
            matches!(repository.line(id, None), Err(GitError::Corrupt { .. })),
            "{text}"
        );
    }
}

/// Signs a commit with the user's tools, as `git commit -S` does, and checks armor and payload with
/// the same tools.
#[test]
fn what_git_signs_with_ssh_keygen_is_canonical_and_its_payload_verifies() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let scratch = Scratch::with_format(format);
        let key = scratch.path().join("key");
        let keygen = |args: &[&str], input: &[u8]| {
            let file = scratch.write("input", "");
            std::fs::write(&file, input).expect("writable");
            let mut program = scratch.program("ssh-keygen", scratch.path());
            program
                .args(args)
                .stdin(std::fs::File::open(file).expect("readable"));
            program.output().expect("ssh-keygen runs").status.success()
        };
        assert!(keygen(
            &["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "key"],
            b""
        ));
        let key = key.to_str().expect("UTF-8");
        scratch.git(&[
            "-c",
            "gpg.format=ssh",
            "-c",
            &format!("user.signingKey={key}"),
            "commit",
            "-q",
            "-S",
            "--allow-empty",
            "-m",
            "signed",
        ]);
        let read = scratch.open().commit(scratch.id("HEAD")).expect("a commit");
        assert_eq!(read.faults, []);
        let signature = read.signature().expect("no faults").expect("signed");
        scratch.write(
            "armor",
            &String::from_utf8(signature.armor.clone()).expect("armor is text"),
        );
        let public = std::fs::read_to_string(format!("{key}.pub")).expect("written");
        scratch.write("allowed", &format!("me {public}"));
        let verify = [
            "-Y", "verify", "-f", "allowed", "-I", "me", "-n", "git", "-s", "armor",
        ];
        assert!(keygen(&verify, &signature.payload));
        assert!(!keygen(
            &verify,
            &[signature.payload.as_slice(), b"x"].concat()
        ));
    }
}

mod any_bytes {
    use proptest::prelude::*;

    use super::super::{ObjectFormat, armor, commit, tree};
    use countersign_model::ObjectId;

    fn id() -> ObjectId {
        ObjectId::from_bytes(&[0; 20]).expect("20 bytes")
    }

    /// Pieces of commits in any order.
    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let zeros = "0".repeat(40);
        let words = [
            format!("tree {zeros}\n"),
            format!("parent {zeros}\n"),
            "author A <a@x> 1 +0000\n".to_owned(),
            "committer <<>> -9".to_owned(),
            "gpgsig -----BEGIN PGP SIGNATURE-----\n \n".to_owned(),
            " aaaa\n =aaaa\n -----END PGP SIGNATURE-----\n".to_owned(),
            "gpgsig-x\n".to_owned(),
            "\n".to_owned(),
            " ".to_owned(),
            "\0".to_owned(),
            "Co-authored-by: <".to_owned(),
        ];
        let rest = prop::collection::vec(prop::sample::select(words.to_vec()), 0..12);
        rest.prop_map(move |words| format!("tree {zeros}\n{}", words.concat()).into_bytes())
    }

    proptest! {
        #[test]
        fn never_bring_the_parsers_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = commit::parse(id(), &bytes, ObjectFormat::Sha1);
            let _ = tree::parse(id(), &bytes, ObjectFormat::Sha256);
            armor::is_canonical(&bytes);
        }

        #[test]
        fn a_signature_is_given_only_for_commits_that_rebuild_from_it(bytes in pieces()) {
            let read = commit::parse(id(), &bytes, ObjectFormat::Sha1).expect("it starts with a tree");
            read.co_authors();
            if let Ok(Some(signature)) = read.signature() {
                let folded = String::from_utf8_lossy(&signature.armor).trim_end_matches('\n').replace('\n', "\n ");
                let header = format!("gpgsig {folded}\n");
                prop_assert_eq!(header.len() + signature.payload.len(), bytes.len());
            }
        }
    }
}
