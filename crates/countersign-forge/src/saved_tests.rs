//! Saved answers: what is written is read, and nothing else is.

use proptest::prelude::*;

use super::*;
use crate::{AccountKind, HeadEvent, HeadEventKind, PullState, Review, ReviewState};
use countersign_model::Timestamp;

fn id(digit: char) -> ObjectId {
    digit.to_string().repeat(40).parse().expect("an id")
}

fn account(login: &str) -> Account {
    Account {
        id: 42,
        login: login.to_owned(),
        kind: AccountKind::User,
    }
}

fn a_pull(number: u64) -> Pull {
    let at: Timestamp = "2026-11-03T10:12:00Z".parse().expect("a time");
    Pull {
        request: PullRequest {
            number,
            repository: "github.com/acme/tools".to_owned(),
            base: "main".to_owned(),
            head: id('a'),
            author: None,
            merged: true,
            merge_commit: Some(id('b')),
            state: Some(PullState::Open),
        },
        reviews: vec![Review {
            id: 9,
            account: Some(account("ann")),
            state: ReviewState::Approved,
            commit: Some(id('a')),
            submitted: Some(at),
        }],
        events: vec![
            HeadEvent {
                at,
                kind: HeadEventKind::BaseChanged,
            },
            HeadEvent {
                at,
                kind: HeadEventKind::ForcePush {
                    before: None,
                    after: Some(id('c')),
                },
            },
            HeadEvent {
                at,
                kind: HeadEventKind::BaseForcePush,
            },
        ],
    }
}

/// A forge that answers everything, in its own way for each question.
struct Live(RepositoryName);

impl Forge for Live {
    fn repository(&self) -> &RepositoryName {
        &self.0
    }
    fn pulls_of_commit(&self, _: ObjectId) -> Result<Vec<PullRequest>, ForgeError> {
        Ok(vec![a_pull(7).request])
    }
    fn pull(&self, number: u64) -> Result<Pull, ForgeError> {
        if number > 100 {
            Err(ForgeError::Token)
        } else {
            Ok(a_pull(number))
        }
    }
    fn commits(&self, _: u64) -> Result<Vec<ObjectId>, ForgeError> {
        Ok(vec![id('1'), id('2')])
    }
    fn holder(&self) -> Result<Holder, ForgeError> {
        Ok(Holder::Account(account("me")))
    }
    fn account(&self, login: &str) -> Result<Account, ForgeError> {
        Ok(account(login))
    }
    fn signing_keys(&self, _: &str) -> Result<SigningKeys, ForgeError> {
        Ok(SigningKeys {
            ssh: vec!["ssh-ed25519 AAAA".to_owned()],
            openpgp: vec!["-----BEGIN \"x\"\\".to_owned()],
            revoked: Some(1),
        })
    }
    fn team(&self, _: &str, _: &str) -> Result<Vec<Account>, ForgeError> {
        Ok(vec![account("ann"), account("bob")])
    }
    fn required_workflows(&self, _: &str) -> Result<Vec<RequiredWorkflow>, ForgeError> {
        Ok(vec![RequiredWorkflow {
            repository: 1,
            path: "gate.yml".to_owned(),
            reference: None,
        }])
    }
}

fn a_file() -> Vec<u8> {
    let recording = Recording::new(Box::new(Live(
        "github.com/acme/tools".parse().expect("a name"),
    )));
    recording.pull(7).expect("an answer");
    recording.pull(101).expect_err("a refusal");
    recording.pulls_of_commit(id('b')).expect("an answer");
    recording.commits(7).expect("an answer");
    recording.holder().expect("an answer");
    recording.account("Ann").expect("an answer");
    recording.signing_keys("ann").expect("an answer");
    recording.team("acme", "Agents").expect("an answer");
    recording.required_workflows("main").expect("an answer");
    recording.file().expect("a file")
}

#[test]
fn saved_answers_are_the_live_ones() {
    let live = Live("github.com/acme/tools".parse().expect("a name"));
    let saved = SavedForge::read(&a_file()).expect("the file is good");
    assert_eq!(saved.repository(), live.repository());
    assert_eq!(saved.pull(7), live.pull(7));
    assert_eq!(
        saved.pulls_of_commit(id('b')),
        live.pulls_of_commit(id('b'))
    );
    assert_eq!(saved.commits(7), live.commits(7));
    assert_eq!(saved.holder(), live.holder());
    assert_eq!(saved.account("ann"), live.account("Ann"));
    assert_eq!(saved.signing_keys("ANN"), live.signing_keys("ann"));
    assert_eq!(saved.team("Acme", "agents"), live.team("acme", "agents"));
    assert_eq!(
        saved.required_workflows("main"),
        live.required_workflows("main")
    );
}

#[test]
fn what_was_not_answered_is_not_known() {
    let saved = SavedForge::read(&a_file()).expect("the file is good");
    for missing in [
        saved.pull(8).map(drop),
        saved.pull(101).map(drop),
        saved.pulls_of_commit(id('c')).map(drop),
        saved.commits(8).map(drop),
        saved.account("bob").map(drop),
        saved.signing_keys("bob").map(drop),
        saved.team("acme", "other").map(drop),
        saved.required_workflows("next").map(drop),
    ] {
        assert!(
            matches!(missing, Err(ForgeError::NotRecorded(_))),
            "{missing:?}"
        );
    }
}

#[test]
fn a_file_has_hex_and_times_that_people_can_read() {
    let text = String::from_utf8(a_file()).expect("text");
    assert!(
        text.contains("\"head\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""),
        "{text}"
    );
    assert!(
        text.contains("\"submitted\": \"2026-11-03T10:12:00Z\""),
        "{text}"
    );
    assert!(text.contains("\"event\": \"force_push\""), "{text}");
}

#[test]
fn only_white_space_may_differ_from_what_is_written() {
    let text = String::from_utf8(a_file()).expect("text");
    let compact = String::from_utf8(without_white_space(text.as_bytes())).expect("text");
    assert!(SavedForge::read(compact.as_bytes()).is_ok());
    for (what, from, to) in [
        ("another schema", "answers/v1", "answers/v2"),
        ("no repository", "github.com/acme/tools", "acme/tools"),
        ("an unknown field", "\"holder\":", "\"x\":1,\"holder\":"),
        (
            "an unknown field of an event",
            "\"event\":\"base_changed\"",
            "\"event\":\"base_changed\",\"x\":1",
        ),
        ("an unknown event", "base_changed", "base_kept"),
        ("an unknown state", "\"approved\"", "\"very_approved\""),
        (
            "a key twice in a map",
            "\"pulls_of_commit\":{",
            "\"pulls_of_commit\":{\"x\":[],\"x\":[],",
        ),
        (
            "a key twice in an event",
            "\"event\":\"base_changed\"",
            "\"event\":\"base_force_push\",\"event\":\"base_changed\"",
        ),
        (
            "an answer under another number",
            "\"pulls\":{\"7\"",
            "\"pulls\":{\"8\"",
        ),
        ("a field left out", "\"author\":null,", ""),
        ("another spelling of a text", "\"main\"", "\"\\u006dain\""),
        (
            "another spelling of a time",
            "2026-11-03T10:12:00Z",
            "2026-11-03T10:12:00+00:00",
        ),
        (
            "a time that no clock shows",
            "\"2026-11-03T10:12:00Z\"",
            "9223372036854775807",
        ),
        (
            "another spelling of an id",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
        (
            "something after it",
            "gate.yml\",\"reference\":null}]}}}",
            "gate.yml\",\"reference\":null}]}}}{}",
        ),
    ] {
        let changed = compact.replacen(from, to, 1);
        assert_ne!(changed, compact, "{what}: nothing was changed");
        let read = SavedForge::read(changed.as_bytes());
        assert!(
            matches!(read, Err(ForgeError::Answers(_))),
            "{what}: {read:?}"
        );
    }
}

#[test]
fn a_deep_file_and_a_huge_one_are_refused() {
    assert!(SavedForge::read("[".repeat(100_000).as_bytes()).is_err());
    assert!(SavedForge::read(&vec![b' '; MOST_BYTES + 1]).is_err());
    assert!(SavedForge::read(b"").is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(at in 0_usize..2000, byte: u8) {
        let mut file = a_file();
        let at = at % file.len();
        file[at] = byte;
        let _ = SavedForge::read(&file);
    }
}
