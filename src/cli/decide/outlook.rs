//! What a record will do once it lands, as the replay itself says, and what the user has to do to land it.

use crate::check::due::due;
use crate::check::rules::Rule;
use crate::cli::error::CommandError;
use crate::lifecycle::ledger::{Ledger, Outcome, Row, RowKey};
use crate::model::{Decision, DecisionItem, DecisionKind, Digest, Kind, RuleId, SubjectId, VersionRef};
use crate::replay::Replay;

use super::landing::Change;

/// A record and the replay in which it has landed; `None` when it could not be tried out.
pub struct Outlook<'a> {
    /// Its content.
    pub decision: &'a Decision,
    /// Digest of its bytes.
    pub record: Digest,
    /// The ledger with it.
    pub after: Option<&'a Replay>,
}

impl Outlook<'_> {
    /// Refuses a record that would have no effect, before it is written.
    pub fn refuse_void(&self, path: &str) -> Result<(), CommandError> {
        let Some(replay) = self.after else { return Ok(()) };
        let ledger = &replay.ledger;
        if let Some(Outcome::Refused { rule, detail }) = ledger.records.get(&self.record).map(|standing| &standing.outcome) {
            return Err(void(&format!("this decision would not count: {detail}"), *rule));
        }
        let refused: Vec<(&SubjectId, RuleId)> = ledger
            .events
            .iter()
            .filter(|event| event.record == Some(self.record) && !event.accepted)
            .filter_map(|event| Some((&event.subject, event.refused_because?)))
            .collect();
        if let Some((subject, rule)) = refused.first() {
            let names: Vec<String> = refused.iter().map(|(subject, _)| subject.to_string()).collect();
            let about =
                if names.len() == 1 { subject.to_string() } else { format!("{} of the subjects ({})", names.len(), names.join(", ")) };
            return Err(void(&format!("this decision would have no effect on {about}"), *rule));
        }
        // A vote that is admitted and still does not count has its reason beside its path.
        let uncounted = self.decision.kind == DecisionKind::Approve && !self.decision.items.iter().all(|item| self.counts(ledger, item));
        let why = ledger.observations.iter().find(|observation| observation.place.as_ref().is_some_and(|place| place.path == path));
        match (uncounted, why) {
            (true, Some(observation)) => Err(void(&Rule::of(observation.rule).message(observation), observation.rule)),
            (true, None) => Err(CommandError::usage(format!("an approval by {} would not count here", self.decision.principal))
                .help("Ask `countersign explain` who may approve it, and with what evidence.")),
            _ => Ok(()),
        }
    }

    fn counts(&self, ledger: &Ledger, item: &DecisionItem) -> bool {
        let Some(row) = row(ledger, item) else { return true };
        let seated = row.requirements.iter().any(|requirement| requirement.have.iter().any(|(name, _)| *name == self.decision.principal));
        seated || row.granted.is_some_and(|granted| granted.position == ledger.head.position)
    }

    /// What the user should know before she lands it.
    pub fn warning(&self) -> Option<String> {
        let replay = self.after.filter(|_| self.decision.kind == DecisionKind::Block)?;
        let policy = &replay.policy.policy;
        let active = policy.administrators.iter().filter(|name| policy.is_person(name) && !replay.ledger.suspended.contains(*name)).count();
        let suspends = self.decision.items.iter().any(|item| item.subject.kind == Kind::Principal);
        (suspends && active < policy.policy_changes as usize).then(|| {
            format!(
                "this leaves {active} of the {} administrators whom a policy change takes: nobody could change the policy or lift this block",
                policy.policy_changes
            )
        })
    }

    /// One line for each item.
    pub fn lines(&self) -> Vec<String> {
        let Some(replay) = self.after else {
            return vec![format!("{}, once a signed commit with nothing but your records brings it.", super::title(self.decision))];
        };
        self.decision.items.iter().map(|item| self.line(&replay.ledger, item)).collect()
    }

    fn line(&self, ledger: &Ledger, item: &DecisionItem) -> String {
        let subject = &item.subject;
        match (&item.version, subject.kind) {
            (VersionRef::All, Kind::Principal) => {
                let suspended = ledger.suspended.iter().any(|name| name.as_str() == subject.name.as_str());
                let word = if suspended { "suspended: none of its records count from here on" } else { "no longer suspended" };
                format!(
                    "{subject}: {}",
                    if suspended == (self.decision.kind == DecisionKind::Block) { word } else { "more signatures are needed" }
                )
            }
            (VersionRef::All, _) => {
                let blocked = ledger.subjects.get(subject).is_some_and(|subject| !subject.blocked_all.is_empty());
                let still = self.decision.kind == DecisionKind::Unblock && blocked;
                let word = match (still, blocked) {
                    (true, _) => "still blocked: more signatures are needed",
                    (false, true) => "every version is blocked, future ones too",
                    (false, false) => "no longer blocked as a whole",
                };
                format!("{subject}: {word}")
            }
            (VersionRef::Serial(serial, digest), _) => match &ledger.pending {
                Some(pending) if pending.digest == *digest => {
                    let due = due(std::slice::from_ref(&pending.requirement)).unwrap_or_else(|| "not in force".to_owned());
                    format!("policy serial {serial}: {due}")
                }
                _ if ledger.policy.digest == Some(*digest) => format!("policy serial {serial}: in force once this lands"),
                _ => format!("policy serial {serial}: waiting"),
            },
            (VersionRef::One(version, _), _) => {
                let state = row(ledger, item).map_or_else(|| "recorded".to_owned(), |row| self.state(row));
                let current = ledger.subjects.get(subject).and_then(|subject| subject.current.as_ref());
                let now = match current.filter(|_| self.decision.kind == DecisionKind::RollBack) {
                    Some(current) => format!("; current is {}", current.version.label()),
                    None => String::new(),
                };
                format!("{subject} {}: {state}{now}", version.label())
            }
        }
    }

    fn state(&self, row: &Row) -> String {
        let raises = self.decision.kind.raises();
        match due(&row.requirements).filter(|_| raises && (row.granted.is_none() || row.expired)) {
            Some(due) => due,
            None => row.state.to_string(),
        }
    }
}

fn void(message: &str, rule: RuleId) -> CommandError {
    CommandError::usage(format!("{message} ({rule})")).help("Nothing was written.").help(Rule::of(rule).help)
}

fn row<'l>(ledger: &'l Ledger, item: &DecisionItem) -> Option<&'l Row> {
    let VersionRef::One(version, digest) = &item.version else { return None };
    ledger.subjects.get(&item.subject)?.row(&RowKey { version: version.clone(), digest: *digest })
}

/// What a glob matched and the decision leaves alone.
pub fn skipped(skipped: &[(SubjectId, String)]) -> Vec<String> {
    const MOST: usize = 10;
    let mut lines: Vec<String> = skipped.iter().take(MOST).map(|(subject, why)| format!("left out {subject}: {why}")).collect();
    if skipped.len() > MOST {
        lines.push(format!("… and {} more", skipped.len() - MOST));
    }
    lines
}

/// The commands that bring the record into history.
pub fn how_to_commit(change: &Change, message: &str, must_be_signed: bool) -> Vec<String> {
    let title = message.lines().next().unwrap_or_default();
    let sign = if must_be_signed { "-S " } else { "" };
    let paths: Vec<String> = match change.added.first() {
        // The shell finds the signature beside the record.
        Some(record) if change.restored.is_empty() && change.removed.is_empty() && quoted(&record.path) == record.path => {
            vec![format!("{}*", record.path)]
        }
        _ => change.paths().into_iter().map(quoted).collect(),
    };
    let add = if change.removed.is_empty() { "git add" } else { "git add -A" };
    let mut lines = vec!["Next: commit it and open a pull request, or push:".to_owned(), format!("  {add} -- {}", folded(&paths))];
    if must_be_signed {
        "Next: commit it alone and signed, because nothing else proves it:".clone_into(&mut lines[0]);
    }
    lines.push(format!("  git commit {sign}-m {}", quoted(title)));
    lines
}

/// Where the commit has to go.
pub fn after_commit(governed: &str, branch: Option<&str>) -> String {
    match branch {
        Some(branch) if branch != governed => format!("Next: push `{branch}` and open a pull request against `{governed}`."),
        _ => "Next: git push".to_owned(),
    }
}

/// Few paths one by one, many by their folders.
fn folded(paths: &[String]) -> String {
    const MOST: usize = 6;
    if paths.len() <= MOST {
        return paths.join(" ");
    }
    let mut folders: Vec<String> = Vec::new();
    for path in paths {
        let folder = path.trim_matches('\'').rsplit_once('/').map_or(".", |(folder, _)| folder);
        let folder = quoted(folder);
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders.join(" ")
}

/// A word that a POSIX shell takes as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/@+:,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_for_a_shell() {
        assert_eq!(quoted("approvals/skill/a/1.0.0/x.yaml"), "approvals/skill/a/1.0.0/x.yaml");
        assert_eq!(quoted("it's; rm -rf $HOME"), "'it'\\''s; rm -rf $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
