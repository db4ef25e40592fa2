//! Decision files: bytes to a checked [`Decision`], and the canonical text of a new one.

use super::emit;
use super::hidden_text;
use super::problem::{Problem, closest, shown};
use super::schema::{self, DECISION};
use super::spans::join;
use super::yaml::{self, Tree};
use crate::decision_input::{DecisionInput, ItemInput, ReviewInput};
use crate::{
    Decision, DecisionItem, DecisionKind, Digest, Kind, ObjectId, PrincipalName, ReviewProof,
    ReviewRef, RuleId, SeenEvent, Severity, SubjectId, Timestamp, Version, VersionRef,
};

/// Reads a decision. `path` is only for the places of problems; the replay judges whether the file
/// has the path that its content requires.
pub fn parse(path: &str, bytes: &[u8]) -> Result<Decision, Vec<Problem>> {
    let hidden: Vec<_> = hidden_text::problems(path, bytes)
        .into_iter()
        .filter(|problem| problem.severity != Some(Severity::Warning))
        .collect();
    if !hidden.is_empty() {
        return Err(hidden);
    }
    let mut tree = yaml::read(path, bytes)?;
    read_versions_as_text(&mut tree);
    let (input, from_schema) = DECISION.read::<DecisionInput>(&tree);
    let Some(input) = input else {
        return Err(from_schema);
    };
    let mut check = Check {
        tree: &tree,
        problems: Vec::new(),
    };
    check.numbers();
    let decision = check.decision(&input);
    let problems = schema::merged(from_schema, check.problems);
    match decision {
        Some(decision) if problems.is_empty() => Ok(decision),
        _ => Err(problems),
    }
}

/// The canonical text of a decision: what is signed. The first line names the schema for editors.
pub fn write(input: &DecisionInput) -> String {
    format!(
        "{}\n{}",
        schema::editor_comment(DECISION.name),
        emit::yaml(input)
    )
}

// `version: 7` and `version: 1.10` are meant as text.
fn read_versions_as_text(tree: &mut Tree) {
    tree.read_as_text("/version");
    tree.read_as_text("/to");
    let items = tree
        .value
        .get("items")
        .and_then(serde_json::Value::as_array)
        .map_or(0, Vec::len);
    for index in 0..items {
        tree.read_as_text(&format!("/items/{index}/version"));
    }
}

struct Check<'t> {
    tree: &'t Tree,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn fault(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(
            self.tree
                .problem(RuleId::RecordInvalid, pointer, message, help),
        );
    }

    fn field_fault(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(
            self.tree
                .key_problem(RuleId::RecordInvalid, pointer, message, help),
        );
    }

    // A value of the model, or a fault with its own error as the message.
    fn parsed<T>(&mut self, pointer: &str, text: &str, help: &str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        text.parse()
            .map_err(|error: T::Err| self.fault(pointer, error.to_string(), help))
            .ok()
    }

    // Numbers name a pull request, a review and its author: they have one reading.
    fn numbers(&mut self) {
        for scalar in self
            .tree
            .ambiguous_scalars()
            .iter()
            .filter(|scalar| !scalar.is_text)
        {
            let message = format!(
                "`{}` is a number here, but {} for YAML 1.1 readers",
                shown(&scalar.text),
                scalar.theirs
            );
            let help = "Write the number in decimal digits, without leading zeros.";
            self.problems.push(self.tree.problem_at(
                RuleId::RecordInvalid,
                scalar.span,
                message,
                help,
            ));
        }
    }

    fn decision(&mut self, input: &DecisionInput) -> Option<Decision> {
        let items = self.items(input);
        let principal = self.parsed::<PrincipalName>(
            "/principal",
            &input.principal,
            "Name a principal in the policy.",
        );
        let time = self.time("/time", &input.time);
        let answers = self.digests("/answers", &input.answers);
        self.fields_of_kind(input);
        let expires = input
            .expires
            .as_ref()
            .and_then(|text| self.time("/expires", text));
        let sunset = input
            .sunset
            .as_ref()
            .and_then(|text| self.time("/sunset", text));
        if let (Some(time), Some(expires)) = (time, expires)
            && expires <= time
        {
            self.fault(
                "/expires",
                "the approval ends before it starts",
                "Choose a time after the field `time`.",
            );
        }
        let to = input.to.as_ref().and_then(|text| self.version("/to", text));
        if input.reason.trim().is_empty() {
            self.fault(
                "/reason",
                "the reason is blank",
                "Give a reason for people who read this later.",
            );
        }
        let (recorded_by, review) = self.recorded_review(input);
        Some(Decision {
            kind: input.decision,
            items: items?,
            batch: input.items.is_some(),
            repository: input.repository.clone(),
            principal: principal?,
            meaning: input.meaning.unwrap_or_default(),
            reason: input.reason.clone(),
            time: time?,
            answers: answers?,
            expires,
            replacement: input.replacement.clone(),
            sunset,
            to,
            refs: input.refs.clone(),
            recorded_by,
            review,
        })
    }

    fn items(&mut self, input: &DecisionInput) -> Option<Vec<DecisionItem>> {
        let Some(items) = &input.items else {
            let (Some(subject), Some(version)) = (&input.subject, &input.version) else {
                let help = "Add `subject` and `version` (and `digest`), or a list `items` of them.";
                self.fault("", "neither a subject with a version nor `items`", help);
                return None;
            };
            let item = ItemInput {
                subject: subject.clone(),
                version: version.clone(),
                digest: input.digest.clone(),
            };
            return self.item(input.decision, "", &item).map(|item| vec![item]);
        };
        for (name, present) in [
            ("subject", input.subject.is_some()),
            ("version", input.version.is_some()),
            ("digest", input.digest.is_some()),
        ] {
            if present {
                self.field_fault(
                    &join("", name),
                    format!("`{name}` next to `items`"),
                    "Move it into the list, or remove the list.",
                );
            }
        }
        let read: Vec<_> = (0..)
            .zip(items)
            .map(|(index, item)| self.item(input.decision, &format!("/items/{index}"), item))
            .collect();
        let mut seen = std::collections::BTreeSet::new();
        for (index, item) in (0..)
            .zip(&read)
            .filter_map(|(index, item): (usize, _)| Some((index, item.as_ref()?)))
        {
            if !seen.insert((&item.subject, &item.version)) {
                self.fault(
                    &format!("/items/{index}"),
                    format!("{}@{} is listed twice", item.subject, item.version),
                    "Keep one of the two.",
                );
            }
        }
        read.into_iter().collect()
    }

    fn item(
        &mut self,
        decision: DecisionKind,
        pointer: &str,
        item: &ItemInput,
    ) -> Option<DecisionItem> {
        let subject: SubjectId = self.parsed(
            &join(pointer, "subject"),
            &item.subject,
            "Write kind/name, such as skill/pdf-tools.",
        )?;
        let digest = match &item.digest {
            Some(text) => Some(self.parsed::<Digest>(
                &join(pointer, "digest"),
                text,
                "Copy the digest that `countersign checksum` prints.",
            )?),
            None => None,
        };
        let version = self.version_ref(decision, pointer, &subject, &item.version, digest)?;
        Some(DecisionItem { subject, version })
    }

    fn version_ref(
        &mut self,
        decision: DecisionKind,
        pointer: &str,
        subject: &SubjectId,
        version: &str,
        digest: Option<Digest>,
    ) -> Option<VersionRef> {
        let at = |name: &str| join(pointer, name);
        let suspends = matches!(decision, DecisionKind::Block | DecisionKind::Unblock);
        match subject.kind {
            Kind::Principal => {
                self.parsed::<PrincipalName>(
                    &at("subject"),
                    subject.name.as_str(),
                    "Name a principal in the policy.",
                )?;
                if !suspends {
                    self.fault(
                        "/decision",
                        format!("`{decision}` does not work on a principal"),
                        "Use block or unblock, the only decisions about principals.",
                    );
                    return None;
                }
                if version != "all" {
                    self.fault(
                        &at("version"),
                        "a principal has no versions",
                        "Write `version: all`.",
                    );
                    return None;
                }
            }
            Kind::Policy => {
                if !matches!(decision, DecisionKind::Approve | DecisionKind::Reject) {
                    self.fault(
                        "/decision",
                        format!("`{decision}` does not work on the policy"),
                        "Use approve or reject, the only decisions about the policy.",
                    );
                    return None;
                }
                let plain =
                    !version.starts_with('0') && version.bytes().all(|byte| byte.is_ascii_digit());
                let Some(serial) = version.parse::<u64>().ok().filter(|_| plain) else {
                    self.fault(
                        &at("version"),
                        format!("`{version}` is not a serial"),
                        "Write the policy's serial, a whole number such as 7.",
                    );
                    return None;
                };
                return self
                    .needed(pointer, digest)
                    .map(|digest| VersionRef::Serial(serial, digest));
            }
            _ => {}
        }
        if version != "all" {
            let version = self.version(&at("version"), version);
            let digest = self.needed(pointer, digest);
            return Some(VersionRef::One(version?, digest?));
        }
        if !suspends {
            self.fault(
                &at("version"),
                format!("`{decision}` does not work on every version"),
                "Name one version: `all` is only for block and unblock.",
            );
            return None;
        }
        if digest.is_some() {
            self.field_fault(
                &at("digest"),
                "a digest next to `version: all`",
                "Remove the digest, or name one version.",
            );
            return None;
        }
        Some(VersionRef::All)
    }

    fn needed(&mut self, pointer: &str, digest: Option<Digest>) -> Option<Digest> {
        if digest.is_none() {
            let help = "Add the digest that `countersign checksum` prints: a decision binds bytes.";
            self.fault(
                &join(pointer, "version"),
                "a version without a digest",
                help,
            );
        }
        digest
    }

    fn version(&mut self, pointer: &str, text: &str) -> Option<Version> {
        let version = Version::parse(text);
        version
            .map_err(|error| {
                self.fault(
                    pointer,
                    error.to_string(),
                    "Write the version as the package declares it.",
                );
            })
            .ok()
    }

    fn time(&mut self, pointer: &str, text: &str) -> Option<Timestamp> {
        self.parsed(
            pointer,
            text,
            "Write the time in UTC, such as 2026-11-03T10:12:00Z.",
        )
    }

    fn digests(&mut self, pointer: &str, texts: &[String]) -> Option<Vec<Digest>> {
        let read = |(index, text): (usize, &String)| {
            self.parsed(
                &join(pointer, index),
                text,
                "Copy the SHA-256 of the record's bytes, as `countersign explain` prints it.",
            )
        };
        let digests: Vec<Option<Digest>> = texts.iter().enumerate().map(read).collect();
        digests.into_iter().collect()
    }

    // Fields that only some decisions may have.
    fn fields_of_kind(&mut self, input: &DecisionInput) {
        use DecisionKind::{Approve, Deprecate, Rollback};
        for (name, present, kind) in [
            ("expires", input.expires.is_some(), Approve),
            ("replacement", input.replacement.is_some(), Deprecate),
            ("sunset", input.sunset.is_some(), Deprecate),
            ("to", input.to.is_some(), Rollback),
            ("recorded_by", input.recorded_by.is_some(), Approve),
            ("review", input.review.is_some(), Approve),
        ] {
            if present && input.decision != kind {
                let message = format!(
                    "`{name}` does not belong in a `{}` decision",
                    input.decision
                );
                self.field_fault(
                    &join("", name),
                    message,
                    format!("Remove the field: it belongs to `{kind}`."),
                );
            }
        }
        if input.decision == Rollback && input.to.is_none() {
            self.fault(
                "/decision",
                "a rollback without a target",
                "Add `to`, the version to return to.",
            );
        }
        if let (Some(to), Some(version)) = (&input.to, &input.version)
            && to == version
        {
            self.fault(
                "/to",
                "a rollback to the same version",
                "Name another version in `to`.",
            );
        }
        if let Some(channel) = input
            .channel
            .as_deref()
            .filter(|channel| *channel != "stable")
        {
            let message = match closest(channel, std::iter::once("stable")) {
                Some(_) => format!("`{channel}` is not a channel: did you mean `stable`?"),
                None => {
                    format!("this version of Countersign does not know the channel `{channel}`")
                }
            };
            self.fault(
                "/channel",
                message,
                "Remove the field, or upgrade Countersign: this version only knows `stable`.",
            );
        }
    }

    fn recorded_review(
        &mut self,
        input: &DecisionInput,
    ) -> (Option<PrincipalName>, Option<ReviewProof>) {
        let recorder = input
            .recorded_by
            .as_ref()
            .and_then(|name| self.parsed("/recorded_by", name, "Name a machine in the policy."));
        if input.recorded_by.is_some() && input.review.is_none() {
            self.fault(
                "/recorded_by",
                "a recorder without a review",
                "Add `review`, or remove `recorded_by`.",
            );
        }
        if input.review.is_some() && input.recorded_by.is_none() {
            self.field_fault(
                "/review",
                "a review without a recorder",
                "Add `recorded_by`, or remove `review`.",
            );
        }
        if input.review.is_some() && input.items.is_some() {
            self.field_fault(
                "/review",
                "a review of several items",
                "Write one record for each item: a review covers one digest.",
            );
        }
        (
            recorder,
            input.review.as_ref().and_then(|review| self.review(review)),
        )
    }

    fn review(&mut self, input: &ReviewInput) -> Option<ReviewProof> {
        let at = ReviewRef {
            forge: input.forge.clone(),
            repository: input.repository.clone(),
            pull: input.pull,
            review_id: input.review_id,
        };
        let head =
            self.parsed::<ObjectId>("/review/head", &input.head, "Write the full commit id.");
        let head_digest = self.parsed::<Digest>(
            "/review/head_digest",
            &input.head_digest,
            "Write the package checksum at that commit.",
        );
        let submitted = self.time("/review/submitted", &input.submitted);
        let help = "Write TIME base-changed, TIME base-force-push, or TIME force-push before=… after=… digest=….";
        let events: Vec<Option<SeenEvent>> = (0..)
            .zip(&input.head_events)
            .map(|(index, text): (usize, &String)| {
                self.parsed(&format!("/review/head_events/{index}"), text, help)
            })
            .collect();
        Some(ReviewProof {
            at,
            user_id: input.user_id,
            state: input.state.clone(),
            head: head?,
            head_digest: head_digest?,
            submitted: submitted?,
            events: events.into_iter().collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests;
