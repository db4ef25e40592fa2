//! Commits that two programs read differently: never accepted as signed.

use countersign::demo::Person;
use countersign::git::ObjectFormat;
use countersign::git::write::{Create, ObjectKind, header};
use countersign::model::DecisionKind;

use countersign_testkit::{Checked, Repo, TestResult, commits_count};

/// The parts of a commit whose signature Bob made, before they are put together.
struct Parts {
    payload: Vec<u8>,
    armor: Vec<u8>,
    bob: Person,
}

impl Parts {
    /// Signs the payload as it is now.
    fn sign(&mut self) {
        self.armor = self.bob.sign("git", &self.payload).into_bytes();
    }

    /// Replaces text in the payload, which Bob then signs.
    fn signed_with(mut self, from: &str, to: &str) -> Vec<u8> {
        let text = String::from_utf8(self.payload.clone()).expect("the payload is text");
        assert!(text.contains(from), "`{from}` is in\n{text}");
        self.payload = text.replacen(from, to, 1).into_bytes();
        self.sign();
        self.whole(&[("gpgsig", &self.armor)])
    }

    /// The object with signature headers after `committer`.
    fn whole(&self, headers: &[(&str, &[u8])]) -> Vec<u8> {
        let start = find(&self.payload, b"\ncommitter ") + 1;
        let end = start + find(&self.payload[start..], b"\n") + 1;
        let mut bytes = self.payload[..end].to_vec();
        for (name, value) in headers {
            header(
                &mut bytes,
                name.as_bytes(),
                value.strip_suffix(b"\n").unwrap_or(value),
            );
        }
        bytes.extend_from_slice(&self.payload[end..]);
        bytes
    }
}

fn find(text: &[u8], part: &[u8]) -> usize {
    text.windows(part.len())
        .position(|window| window == part)
        .expect("the part is there")
}

/// Lands Bob's approval of `pdf`, for which a signed commit is enough, by a commit put together in
/// `how`.
fn landed(
    create: &Create,
    how: impl FnOnce(Parts) -> Vec<u8>,
) -> Result<(Repo, String, Checked), Box<dyn std::error::Error>> {
    let mut repo = Repo::team_as(create, commits_count, |_| ());
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    let (head, mut tree) = (repo.head(), repo.tree());
    tree.put_record(&record);
    let draft = repo.draft_commit(vec![head], &tree, bob.signed(), "Approve\n\nAs discussed.")?;
    let parts = Parts {
        payload: draft.payload(),
        armor: draft.signature.expect("Bob signs"),
        bob: bob.clone(),
    };
    let commit = repo.writer().write_raw(ObjectKind::Commit, &how(parts))?;
    repo.adopt(commit, vec![head], tree, &bob)?;
    let checked = repo.check();
    Ok((repo, record.path, checked))
}

/// The commit is said to be malformed and its record not accepted.
#[track_caller]
fn is_malformed(what: &str, how: impl FnOnce(Parts) -> Vec<u8>) {
    let (repo, path, checked) =
        landed(&Create::default(), how).expect("the repository can be built");
    assert_eq!(checked.verdict(), "fail", "{what}\n{checked}");
    assert_eq!(checked.code(), 1, "{what}");
    let refused = checked
        .findings()
        .into_iter()
        .any(|finding| finding.severity() == "error" && finding.text("path") == Some(&path));
    assert!(refused, "{what}: the record is refused\n{checked}");
    let commit = repo.head().to_string();
    let found = checked.findings().into_iter().any(|finding| {
        finding.rule() == "commit-signature-not-canonical"
            && finding.text("commit") == Some(&commit)
    });
    assert!(
        found,
        "{what}: the commit is commit-signature-not-canonical\n{checked}"
    );
    assert_eq!(repo.state("skill/pdf"), "draft", "{what}");
}

#[test]
fn the_commit_as_git_writes_it_is_accepted() -> TestResult {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let name = if format == ObjectFormat::Sha1 {
            "gpgsig"
        } else {
            "gpgsig-sha256"
        };
        let create = Create {
            format,
            ..Create::default()
        };
        let (repo, _, checked) = landed(&create, |parts| parts.whole(&[(name, &parts.armor)]))?;
        checked.passes().without("commit-signature-not-canonical");
        assert_eq!(repo.state("skill/pdf"), "approved");
    }
    Ok(())
}

#[test]
fn a_commit_with_an_ordinary_extra_header_is_accepted() -> TestResult {
    for extra in [
        "encoding ISO-8859-1",
        "HG:rename-source hg",
        "x-note something",
    ] {
        let (repo, _, checked) = landed(&Create::default(), |parts| {
            parts.signed_with("\n\nApprove", &format!("\n{extra}\n\nApprove"))
        })?;
        checked.passes();
        assert_eq!(repo.state("skill/pdf"), "approved", "{extra}");
    }
    Ok(())
}

#[test]
fn an_extra_header_that_looks_like_a_signature_is_malformed() {
    for name in ["gpgsig-foo", "gpgsig-sha512", "gpgsigs", "gpgsig-sha256"] {
        is_malformed(name, |parts| {
            parts.signed_with("\n\nApprove", &format!("\n{name} x\n\nApprove"))
        });
        is_malformed(&format!("{name}, outside the payload"), |parts| {
            parts.whole(&[("gpgsig", &parts.armor), (name, b"x")])
        });
        is_malformed(&format!("{name}, first"), |parts| {
            parts.whole(&[(name, b"x"), ("gpgsig", &parts.armor)])
        });
    }
}

#[test]
fn the_signature_header_of_the_other_object_format_is_malformed() -> TestResult {
    is_malformed("gpgsig-sha256 alone", |parts| {
        parts.whole(&[("gpgsig-sha256", &parts.armor)])
    });
    is_malformed("both", |parts| {
        parts.whole(&[("gpgsig", &parts.armor), ("gpgsig-sha256", &parts.armor)])
    });
    let sha256 = Create {
        format: ObjectFormat::Sha256,
        ..Create::default()
    };
    for names in [&["gpgsig"][..], &["gpgsig", "gpgsig-sha256"]] {
        let (repo, _, checked) = landed(&sha256, |parts| {
            let headers: Vec<(&str, &[u8])> = names
                .iter()
                .map(|name| (*name, parts.armor.as_slice()))
                .collect();
            parts.whole(&headers)
        })?;
        checked.assert("fail", &["commit-signature-not-canonical"]);
        assert_eq!(repo.state("skill/pdf"), "draft");
    }
    Ok(())
}

#[test]
fn a_repeated_signature_header_is_malformed() {
    let mallorys = |parts: &Parts| {
        Person::new("mallory")
            .sign("git", &parts.payload)
            .into_bytes()
    };
    is_malformed("twice the same", |parts| {
        parts.whole(&[("gpgsig", &parts.armor), ("gpgsig", &parts.armor)])
    });
    is_malformed("Mallory's first", |parts| {
        parts.whole(&[("gpgsig", &mallorys(&parts)), ("gpgsig", &parts.armor)])
    });
    is_malformed("Mallory's last", |parts| {
        parts.whole(&[("gpgsig", &parts.armor), ("gpgsig", &mallorys(&parts))])
    });
    is_malformed("an empty one", |parts| {
        parts.whole(&[("gpgsig", &parts.armor), ("gpgsig", b"")])
    });
}

#[test]
fn two_signatures_in_one_header_are_malformed() {
    is_malformed("both in one", |parts| {
        parts.whole(&[("gpgsig", &[&parts.armor[..], &parts.armor[..]].concat())])
    });
}

#[test]
fn a_repeated_header_is_malformed() {
    for name in ["tree", "author", "committer"] {
        is_malformed(name, |parts| {
            let text = String::from_utf8(parts.payload.clone()).expect("the payload is text");
            let line = text
                .lines()
                .find(|line| line.starts_with(name))
                .expect("the header is there")
                .to_owned();
            parts.signed_with(&line, &format!("{line}\n{line}"))
        });
    }
    is_malformed("encoding", |parts| {
        parts.signed_with("\n\nApprove", "\nencoding UTF-8\nencoding UTF-8\n\nApprove")
    });
}

#[test]
fn a_header_out_of_order_or_missing_is_malformed() {
    is_malformed("committer before author", |parts| {
        let text = String::from_utf8(parts.payload.clone()).expect("the payload is text");
        let line = |name: &str| {
            text.lines()
                .find(|line| line.starts_with(name))
                .expect("the header is there")
                .to_owned()
        };
        let (author, committer) = (line("author "), line("committer "));
        // `whole` looks for the committer, which now stands before the author.
        parts.signed_with(
            &format!("{author}\n{committer}"),
            &format!("{committer}\n{author}"),
        )
    });
    is_malformed("no author", |parts| {
        let text = String::from_utf8(parts.payload.clone()).expect("the payload is text");
        let author = text
            .lines()
            .find(|line| line.starts_with("author "))
            .expect("the header is there")
            .to_owned();
        parts.signed_with(&format!("{author}\n"), "")
    });
}

#[test]
fn a_re_wrapped_armor_is_malformed() {
    let edit = |what: &str, edit: &dyn Fn(&str) -> String| {
        is_malformed(what, |parts| {
            let armor = String::from_utf8(parts.armor.clone()).expect("armor is text");
            let edited = edit(&armor);
            assert_ne!(edited, armor, "{what}");
            parts.whole(&[("gpgsig", edited.as_bytes())])
        });
    };
    let body = |armor: &str| {
        armor
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect::<String>()
    };
    let wrapped = |armor: &str, width: usize| {
        let body = body(armor);
        let lines: Vec<&str> = body
            .as_bytes()
            .chunks(width)
            .map(|line| std::str::from_utf8(line).expect("base64"))
            .collect();
        format!(
            "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
            lines.join("\n")
        )
    };
    edit("at 64 columns", &|armor| wrapped(armor, 64));
    edit("at 76 columns", &|armor| wrapped(armor, 76));
    edit("on one line", &|armor| wrapped(armor, 10_000));
    edit("with carriage returns", &|armor| {
        armor.replace('\n', "\r\n")
    });
    edit("with trailing spaces", &|armor| {
        armor.replacen('\n', " \n", 2)
    });
    edit("with an empty line", &|armor| {
        armor.replacen("-----\n", "-----\n\n", 1)
    });
    edit("with a comment", &|armor| {
        armor.replacen("-----\n", "-----\nComment: hello\n\n", 1)
    });
    edit("with text before", &|armor| {
        format!("Signed by Bob\n{armor}")
    });
    edit("with text after", &|armor| {
        format!("{armor}Signed by Bob\n")
    });
    edit("without padding", &|armor| armor.replace('=', ""));
}

#[test]
fn a_nul_in_the_message_is_malformed() {
    is_malformed("in the message", |parts| {
        parts.signed_with("As discussed.", "As\0 discussed.")
    });
    is_malformed("at its end", |parts| {
        parts.signed_with("As discussed.\n", "As discussed.\n\0")
    });
    is_malformed("hiding a trailer", |parts| {
        parts.signed_with(
            "As discussed.\n",
            "As discussed.\n\0\nCo-authored-by: Bob <bob@acme.example>\n",
        )
    });
}

#[test]
fn a_nul_in_a_header_is_malformed() {
    is_malformed("in the author", |parts| {
        parts.signed_with("author Bob", "author B\0b")
    });
}

#[test]
fn a_missing_blank_line_is_malformed() {
    is_malformed("between headers and message", |parts| {
        parts.signed_with("\n\nApprove", "\nApprove")
    });
    is_malformed("and no message", |parts| {
        parts.signed_with("\n\nApprove\n\nAs discussed.\n", "\n")
    });
}

#[test]
fn a_continuation_line_that_smuggles_a_header_is_malformed_or_part_of_the_signature() {
    // The armor goes on after its end with what looks like a header to a careless reader.
    is_malformed("a header inside the armor", |parts| {
        let armor = String::from_utf8(parts.armor.clone()).expect("armor is text");
        parts.whole(&[(
            "gpgsig",
            format!("{armor}author Carol <carol@acme.example> 1 +0000\n").as_bytes(),
        )])
    });
}

/// A repository whose policy asks for signed commits, with one landing that is sound, malformed or
/// unsigned.
fn signed_commits(what: &str) -> Result<(Repo, String), Box<dyn std::error::Error>> {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    let policy = repo.team_policy().line("signed_commits: all");
    repo.commit(alice.signed(), "Govern", |tree| tree.put_policy(&policy))?;
    let (head, mut tree) = (repo.head(), repo.tree());
    tree.put("docs/a.md", "a");
    let mut draft = repo.draft_commit(vec![head], &tree, alice.signed(), "Docs")?;
    match what {
        "malformed" => {
            draft
                .extra_headers
                .push((b"gpgsig-foo".to_vec(), b"x".to_vec()));
            draft.signature = Some(alice.sign("git", &draft.payload()).into_bytes());
        }
        "unsigned" => draft.signature = None,
        _ => {}
    }
    let commit = repo.writer().write_commit(&draft)?;
    repo.adopt(commit, vec![head], tree, &alice)?;
    Ok((repo, commit.to_string()))
}

#[test]
fn a_malformed_or_unsigned_landing_does_not_satisfy_signed_commits() -> TestResult {
    signed_commits("sound")?.0.check().passes();
    for (what, rule) in [
        ("malformed", "commit-signature-not-canonical"),
        ("unsigned", "unsigned-landing"),
    ] {
        let (repo, commit) = signed_commits(what)?;
        repo.check()
            .assert("fail", &[])
            .finding(rule)
            .is("error")
            .has("commit", &commit);
    }
    Ok(())
}

#[test]
fn a_malformed_or_unsigned_landing_is_not_covered_by_a_signed_one_pushed_with_it() -> TestResult {
    for (what, rule) in [
        ("malformed", "commit-signature-not-canonical"),
        ("unsigned", "unsigned-landing"),
    ] {
        let (mut repo, commit) = signed_commits(what)?;
        let alice = repo.alice.clone();
        repo.commit(alice.signed(), "More docs", |tree| {
            tree.put("docs/b.md", "b");
        })?;
        repo.check()
            .assert("fail", &[])
            .finding(rule)
            .is("error")
            .has("commit", &commit);
    }
    Ok(())
}

#[test]
fn a_landing_signed_by_a_stranger_does_not_satisfy_signed_commits() -> TestResult {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    let policy = repo.team_policy().line("signed_commits: all");
    repo.commit(alice.signed(), "Govern", |tree| tree.put_policy(&policy))?;
    let commit = repo.commit(Person::new("mallory").signed(), "Docs", |tree| {
        tree.put("docs/a.md", "a");
    })?;
    repo.check()
        .assert("fail", &[])
        .finding("unsigned-landing")
        .is("error")
        .has("commit", &commit.to_string());
    Ok(())
}
