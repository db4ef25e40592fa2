//! Decisions as files: a draft whose every field can be set, also to what no honest tool would
//! write, and the resulting bytes.

use std::fmt::Write as _;

use super::person::{DECISION_NAMESPACE, Person};
use countersign_model::decision_input::{DecisionInput, ItemInput};
use countersign_model::{DecisionKind, Digest, Timestamp, UnsafeChar};

/// A decision before it is written.
#[derive(Clone, Debug)]
pub struct DecisionDraft {
    /// What the file says.
    pub input: DecisionInput,
    /// Its path, if it differs from the one its content requires.
    pub path: Option<String>,
    /// How it is signed.
    pub seals: Vec<Seal>,
}

/// One detached signature beside a record.
#[derive(Clone, Debug)]
pub enum Seal {
    /// An SSHSIG by this person in this namespace, in `<record>.sig`.
    Ssh(Box<Person>, String),
    /// Any bytes in `<record>.<extension>`.
    Raw(String, Vec<u8>),
}

/// A record and its signatures, ready to be put into a tree. Change `bytes` after signing to forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Path from the root.
    pub path: String,
    /// The file's bytes, which are what is signed.
    pub bytes: Vec<u8>,
    /// Path and bytes of each signature.
    pub signatures: Vec<(String, Vec<u8>)>,
}

impl DecisionDraft {
    /// A decision by `by` about one version, signed with their key. `digest` is left out for `all`.
    pub fn new(
        kind: DecisionKind,
        by: &Person,
        subject: &str,
        version: &str,
        digest: Option<Digest>,
        repository: &str,
        time: Timestamp,
    ) -> Self {
        let reason = format!("{kind} {subject} {version}");
        let input = DecisionInput {
            subject: Some(subject.to_owned()),
            version: Some(version.to_owned()),
            digest: digest.map(|digest| digest.to_string()),
            ..DecisionInput::new(kind, repository, &by.name, reason, time.to_string())
        };
        Self {
            input,
            path: None,
            seals: vec![Seal::Ssh(
                Box::new(by.clone()),
                DECISION_NAMESPACE.to_owned(),
            )],
        }
    }

    /// Makes it a batch over `(subject, version, digest)`.
    #[must_use]
    pub fn batch(mut self, items: &[(&str, &str, Option<Digest>)]) -> Self {
        let item = |(subject, version, digest): &(&str, &str, Option<Digest>)| ItemInput {
            subject: (*subject).to_owned(),
            version: (*version).to_owned(),
            digest: digest.map(|digest| digest.to_string()),
        };
        self.input.items = Some(items.iter().map(item).collect());
        self.input.subject = None;
        self.input.version = None;
        self.input.digest = None;
        self
    }

    /// Sets the reason.
    #[must_use]
    pub fn reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.input.reason);
        self
    }

    /// Names the records that this one overrides.
    #[must_use]
    pub fn answers(mut self, records: &[&Record]) -> Self {
        self.input.answers = records
            .iter()
            .map(|record| record.digest().to_string())
            .collect();
        self
    }

    /// Names the version to return to.
    #[must_use]
    pub fn to(mut self, version: &str) -> Self {
        self.input.to = Some(version.to_owned());
        self
    }

    /// Changes the input in any way.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut DecisionInput)) -> Self {
        change(&mut self.input);
        self
    }

    /// Puts it at `path`, whatever the content says.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// Leaves it unsigned.
    #[must_use]
    pub fn unsigned(mut self) -> Self {
        self.seals.clear();
        self
    }

    /// Signs it with the key of `by` alone.
    #[must_use]
    pub fn signed_by(self, by: &Person) -> Self {
        self.signed_in(by, DECISION_NAMESPACE)
    }

    /// Signs it with the key of `by` in another SSHSIG namespace.
    #[must_use]
    pub fn signed_in(mut self, by: &Person, namespace: &str) -> Self {
        self.seals = vec![Seal::Ssh(Box::new(by.clone()), namespace.to_owned())];
        self
    }

    /// Puts this file next to it instead of a real signature.
    #[must_use]
    pub fn sealed(mut self, extension: &str, bytes: &[u8]) -> Self {
        self.seals = vec![Seal::Raw(extension.to_owned(), bytes.to_vec())];
        self
    }

    /// The path that the content requires.
    pub fn expected_path(&self) -> String {
        let input = &self.input;
        let time = input.time.replace(['-', ':'], "");
        let file = format!("{time}-{}-{}.yaml", input.decision, input.principal);
        match (&input.subject, &input.version) {
            (Some(subject), Some(version)) if input.items.is_none() => {
                format!("approvals/{subject}/{version}/{file}")
            }
            _ => format!("approvals/batch/{file}"),
        }
    }

    /// Writes and signs it.
    pub fn record(&self) -> Record {
        let path = self.path.clone().unwrap_or_else(|| self.expected_path());
        let bytes = text(&self.input).into_bytes();
        let signatures = self.seals.iter().map(|seal| match seal {
            Seal::Ssh(by, namespace) => (
                format!("{path}.sig"),
                by.sign(namespace, &bytes).into_bytes(),
            ),
            Seal::Raw(extension, signature) => (format!("{path}.{extension}"), signature.clone()),
        });
        Record {
            signatures: signatures.collect(),
            path,
            bytes,
        }
    }
}

impl Record {
    /// What names the record: the SHA-256 of its bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// The same files under another path.
    #[must_use]
    pub fn moved(&self, path: &str) -> Self {
        let beside = |old: &str| format!("{path}{}", &old[self.path.len()..]);
        let signatures = self
            .signatures
            .iter()
            .map(|(old, bytes)| (beside(old), bytes.clone()))
            .collect();
        Self {
            path: path.to_owned(),
            bytes: self.bytes.clone(),
            signatures,
        }
    }
}

impl super::tree::Tree {
    /// Puts a record and its signatures into the tree.
    pub fn put_record(&mut self, record: &Record) {
        self.put(&record.path, &record.bytes);
        for (path, bytes) in &record.signatures {
            self.put(path, bytes);
        }
    }
}

/// The file's text: fields in the order of `DecisionInput`, one line each.
pub fn text(input: &DecisionInput) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            writeln!(text, "{name}: {}", scalar(value)).expect("a string takes any text");
        }
    };
    let list = |values: &[String]| {
        values
            .iter()
            .map(|value| scalar(value))
            .collect::<Vec<_>>()
            .join(", ")
    };
    line("schema", Some(&input.schema));
    line("decision", Some(input.decision.as_str()));
    line("subject", input.subject.as_deref());
    line("version", input.version.as_deref());
    line("digest", input.digest.as_deref());
    if let Some(items) = &input.items {
        text.push_str("items:\n");
        for item in items {
            let digest = item
                .digest
                .as_ref()
                .map(|digest| format!(", digest: {}", scalar(digest)))
                .unwrap_or_default();
            writeln!(
                text,
                "  - {{subject: {}, version: {}{digest}}}",
                scalar(&item.subject),
                scalar(&item.version)
            )
            .expect("a string takes any text");
        }
    }
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            writeln!(text, "{name}: {value}").expect("a string takes any text");
        }
    };
    let quoted = |value: &Option<String>| value.as_deref().map(scalar);
    line("repository", Some(scalar(&input.repository)));
    line("principal", Some(scalar(&input.principal)));
    let meaning = input
        .meaning
        .map(|meaning| format!("{meaning:?}").to_lowercase());
    line("meaning", meaning);
    line("reason", Some(scalar(&input.reason)));
    line("time", Some(scalar(&input.time)));
    line(
        "answers",
        (!input.answers.is_empty()).then(|| format!("[{}]", list(&input.answers))),
    );
    line("expires", quoted(&input.expires));
    line("replacement", quoted(&input.replacement));
    line("sunset", quoted(&input.sunset));
    line("to", quoted(&input.to));
    line(
        "refs",
        (!input.refs.is_empty()).then(|| format!("[{}]", list(&input.refs))),
    );
    line("channel", quoted(&input.channel));
    line("recorded_by", quoted(&input.recorded_by));
    // JSON is YAML's flow style.
    line(
        "review",
        input
            .review
            .as_ref()
            .map(|review| serde_json::to_string(review).expect("a review is plain data")),
    );
    text
}

/// A YAML scalar: plain where every YAML reader agrees that it is a string, else double-quoted as
/// in JSON.
pub fn scalar(text: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '/' | '-' | '_' | ':' | ';');
    let words = ["true", "false", "null", "yes", "no", "on", "off"];
    // A number's look needs a second dot (a version), a colon (a digest, a time) or a letter that
    // no number has.
    let numeric = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_' | b'e' | b'E'))
        && text.matches('.').count() < 2;
    let edges =
        text.starts_with(|c: char| c.is_ascii_alphanumeric()) && !text.ends_with([' ', ':']);
    if edges
        && text.chars().all(plain)
        && !text.contains(": ")
        && !numeric
        && !words.contains(&text.to_lowercase().as_str())
    {
        text.to_owned()
    } else {
        let json = serde_json::to_string(text).expect("any text is a JSON string");
        // What no one can see is written as an escape of YAML: a record that has it raw is refused.
        let hidden = |c: &char| UnsafeChar::of(*c).is_some();
        json.chars()
            .map(|c| {
                if hidden(&c) {
                    format!("\\U{:08X}", u32::from(c))
                } else {
                    c.to_string()
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_reader_could_take_for_something_else_is_plain() {
        for plain in [
            "skill/pdf-tools",
            "1.3.0",
            "2026-11-03T10:12:00Z",
            "sha256:9f2c",
            "Read every script; reads input files only.",
            "0.0.0-sha1",
        ] {
            assert_eq!(scalar(plain), plain);
        }
        for (text, quoted) in [
            ("7", "\"7\""),
            ("1.0", "\"1.0\""),
            ("1e5", "\"1e5\""),
            ("true", "\"true\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("*x", "\"*x\""),
            ("", "\"\""),
            (" x", "\" x\""),
            ("a\nb", "\"a\\nb\""),
            ("\u{1b}[31m", "\"\\u001b[31m\""),
        ] {
            assert_eq!(scalar(text), quoted);
        }
    }

    #[test]
    fn a_record_is_at_the_path_its_content_gives_and_is_written_in_the_fixed_order() {
        let alice = Person::new("alice");
        let time = "2026-11-03T10:12:00Z".parse().expect("a time");
        let digest = Digest::of(b"");
        let draft = DecisionDraft::new(
            DecisionKind::Approve,
            &alice,
            "skill/pdf-tools",
            "1.3.0",
            Some(digest),
            "github.com/acme/skills",
            time,
        );
        let record = draft.reason("Read every script.").record();
        assert_eq!(
            record.path,
            "approvals/skill/pdf-tools/1.3.0/20261103T101200Z-approve-alice.yaml"
        );
        let expected = format!(
            "schema: countersign.decision/v1\ndecision: approve\nsubject: skill/pdf-tools\nversion: 1.3.0\ndigest: {digest}\n\
             repository: github.com/acme/skills\nprincipal: alice\nreason: Read every script.\ntime: 2026-11-03T10:12:00Z\n"
        );
        assert_eq!(String::from_utf8(record.bytes), Ok(expected));
    }

    #[test]
    fn a_batch_lists_its_items() {
        let time = "2026-11-03T10:12:00Z".parse().expect("a time");
        let draft = DecisionDraft::new(
            DecisionKind::Block,
            &Person::new("alice"),
            "skill/a",
            "all",
            None,
            "r",
            time,
        );
        let record = draft
            .batch(&[
                ("skill/a", "all", None),
                ("skill/b", "1.0.0", Some(Digest::of(b""))),
            ])
            .record();
        assert_eq!(
            record.path,
            "approvals/batch/20261103T101200Z-block-alice.yaml"
        );
        let text = String::from_utf8_lossy(&record.bytes).into_owned();
        let items = format!(
            "items:\n  - {{subject: skill/a, version: all}}\n  - {{subject: skill/b, version: 1.0.0, digest: {}}}\n",
            Digest::of(b"")
        );
        assert!(text.contains(&items), "{text}");
    }
}
