//! What a record will do once it lands, as the replay itself says, and what the user has to do to
//! land it.

use std::collections::BTreeSet;

use crate::check::due::due;
use crate::check::logins::Logins;
use crate::check::remedy::{Case, Remedy, tree_remedies};
use crate::check::rules::Rule;
use crate::cli::error::CommandError;
use crate::lifecycle::ledger::{Action, Ledger, Outcome, VersionKey, VersionState};
use crate::model::quantity::counted;
use crate::model::{
    Decision, DecisionItem, DecisionKind, Digest, Kind, Observation, PrincipalName, RuleId, State,
    SubjectId, VersionRef,
};
use crate::replay::Replay;

/// A record and the replay in which it has landed; `None` when it could not be tried out.
pub struct Outlook<'a> {
    /// Its content.
    pub decision: &'a Decision,
    /// Digest of its bytes.
    pub record: Digest,
    /// The ledger without it.
    pub before: &'a Ledger,
    /// The ledger with it.
    pub after: Option<&'a Replay>,
}

impl Outlook<'_> {
    /// Refuses a record that would have no effect, before it is written.
    pub fn refuse_void(&self, path: &str) -> Result<(), CommandError> {
        let Some(replay) = self.after else {
            return Ok(());
        };
        let ledger = &replay.ledger;
        if let Some(Outcome::Refused { rule, detail }) = ledger
            .records
            .get(&self.record)
            .map(|standing| &standing.outcome)
        {
            return Err(self.void(
                &format!("this decision would not count: {detail}"),
                *rule,
                None,
            ));
        }
        let refused: Vec<(&SubjectId, RuleId)> = ledger
            .events
            .iter()
            .filter(|event| {
                event.record == Some(self.record)
                    && !event.accepted
                    && !self.settles(ledger, &event.subject)
            })
            .filter_map(|event| Some((&event.subject, event.refused_because?)))
            .collect();
        if let Some((subject, rule)) = refused.first() {
            let names: Vec<String> = refused
                .iter()
                .map(|(subject, _)| subject.to_string())
                .collect();
            let about = if names.len() == 1 {
                subject.to_string()
            } else {
                format!("{} of the subjects ({})", names.len(), names.join(", "))
            };
            return Err(self.void(
                &format!("this decision would have no effect on {about}"),
                *rule,
                Some(subject),
            ));
        }
        // A vote that is admitted and still does not count has its reason beside its path.
        let uncounted = self.decision.kind == DecisionKind::Approve
            && !self
                .decision
                .items
                .iter()
                .all(|item| self.counts(ledger, item));
        let why = ledger.observations.iter().find(|observation| {
            observation
                .place
                .as_ref()
                .is_some_and(|place| place.path == path)
        });
        match (uncounted, why) {
            (true, Some(observation)) => {
                let rule = Rule::of(observation.rule);
                Err(void(&rule.message(observation), observation))
            }
            (true, None) => Err(CommandError::usage(format!(
                "an approval by {} does not count for this",
                self.decision.principal
            ))
            .help("Run `countersign explain` to see who may approve it, and with which evidence.")),
            _ => Ok(()),
        }
    }

    /// Whether it withdraws its author's own reject or ends a conflict of lines, which are effects
    /// even if their approval is not needed.
    fn settles(&self, ledger: &Ledger, subject: &SubjectId) -> bool {
        let in_conflict = |ledger: &Ledger| {
            let found = ledger.subjects.get(subject);
            found.is_some_and(|found| found.in_conflict)
        };
        if in_conflict(self.before) && !in_conflict(ledger) {
            return true;
        }
        let items = self
            .decision
            .items
            .iter()
            .filter(|item| item.subject == *subject);
        let held = |ledger: &Ledger, item: &DecisionItem| {
            version_state(ledger, item)
                .is_some_and(|version| version.rejected_by.contains(&self.decision.principal))
        };
        items
            .into_iter()
            .any(|item| held(self.before, item) && !held(ledger, item))
    }

    fn void(&self, message: &str, rule: RuleId, subject: Option<&SubjectId>) -> CommandError {
        let subject = subject.or_else(|| self.decision.items.first().map(|item| &item.subject));
        let observation = Observation::new(rule).principal(&self.decision.principal);
        void(
            message,
            &subject.into_iter().fold(observation, Observation::subject),
        )
    }

    fn counts(&self, ledger: &Ledger, item: &DecisionItem) -> bool {
        let Some(version) = version_state(ledger, item) else {
            return true;
        };
        // Toward what clears a flag every admitted vote counts; but its state counts those that made the
        // grant.
        let flagged = matches!(
            version.state,
            State::Deprecated | State::Archived | State::RolledBack
        );
        let seated = version.requirements.iter().any(|requirement| {
            requirement
                .counted
                .iter()
                .any(|(name, _)| *name == self.decision.principal)
        });
        seated
            || flagged
            || self.settles(ledger, &item.subject)
            || version
                .granted
                .is_some_and(|granted| granted.position == ledger.head.position)
    }

    /// What the user should know before they land it.
    pub fn warning(&self) -> Option<String> {
        let replay = self
            .after
            .filter(|_| self.decision.kind == DecisionKind::Block)?;
        let policy = &replay.policy.policy;
        let active = policy
            .administrators
            .iter()
            .filter(|name| policy.is_person(name) && !replay.ledger.suspended.contains(*name))
            .count();
        let suspends = self
            .decision
            .items
            .iter()
            .any(|item| item.subject.kind == Kind::Principal);
        (suspends && active < policy.policy_changes as usize).then(|| {
            format!(
                "this leaves {active} of the {} that a policy change needs: no one could change the policy or lift this block",
                counted(policy.policy_changes, "administrator")
            )
        })
    }

    /// One line for each item.
    pub fn lines(&self) -> Vec<String> {
        let Some(replay) = self.after else {
            return vec![format!(
                "{}, once it lands in a signed commit that contains nothing but your records.",
                super::title(self.decision)
            )];
        };
        self.decision
            .items
            .iter()
            .map(|item| self.line(&replay.ledger, item))
            .collect()
    }

    fn line(&self, ledger: &Ledger, item: &DecisionItem) -> String {
        let subject = &item.subject;
        match (&item.version, subject.kind) {
            (VersionRef::All, Kind::Principal) => {
                let suspended = ledger
                    .suspended
                    .iter()
                    .any(|name| name.as_str() == subject.name.as_str());
                let word = if suspended {
                    "suspended: their records no longer count"
                } else {
                    "no longer suspended"
                };
                format!(
                    "{subject}: {}",
                    if suspended == (self.decision.kind == DecisionKind::Block) {
                        word.to_owned()
                    } else {
                        format!(
                            "more signatures are needed{}",
                            self.readmitters(ledger, subject)
                        )
                    }
                )
            }
            (VersionRef::All, _) => {
                let blocked = ledger
                    .subjects
                    .get(subject)
                    .is_some_and(|subject| !subject.blocked_all.is_empty());
                let still = self.decision.kind == DecisionKind::Unblock && blocked;
                let word = match (still, blocked) {
                    (true, _) => format!(
                        "still blocked: more signatures are needed{}",
                        self.lifters(ledger, subject)
                    ),
                    (false, true) => "every version is blocked, future ones too".to_owned(),
                    (false, false) => "no longer blocked as a whole".to_owned(),
                };
                format!("{subject}: {word}")
            }
            (VersionRef::Serial(serial, digest), _)
                if self
                    .before
                    .rivals
                    .iter()
                    .any(|rival| rival.digest == *digest) =>
            {
                let ended = ledger.rivals.iter().all(|rival| rival.digest != *digest);
                let word = if ended {
                    "rejected by both branches: no longer a fork"
                } else {
                    "still a fork: more administrators must reject it"
                };
                format!("policy serial {serial}: {word}")
            }
            (VersionRef::Serial(serial, digest), _) => match &ledger.pending {
                Some(pending) if pending.digest == *digest => {
                    let due = due(std::slice::from_ref(&pending.requirement), &self.logins())
                        .unwrap_or_else(|| "not in force".to_owned());
                    format!("policy serial {serial}: {due}")
                }
                _ if ledger.policy.digest == Some(*digest) => {
                    format!("policy serial {serial}: in force once this lands")
                }
                _ => format!("policy serial {serial}: waiting"),
            },
            (VersionRef::One(version, _), _) => {
                let state = version_state(ledger, item).map_or_else(
                    || "recorded".to_owned(),
                    |version| self.state(ledger, subject, version),
                );
                format!(
                    "{subject} {}: {state}{}",
                    version.label(),
                    self.current(ledger, subject)
                )
            }
        }
    }

    /// Which version is current with it, where that changes.
    fn current(&self, ledger: &Ledger, subject: &SubjectId) -> String {
        let current = |ledger: &Ledger| {
            ledger
                .subjects
                .get(subject)
                .and_then(|subject| subject.current.clone())
        };
        let (before, after) = (current(self.before), current(ledger));
        match after {
            Some(after)
                if before.as_ref() != Some(&after)
                    || self.decision.kind == DecisionKind::Rollback =>
            {
                format!("; current is {}", after.version.label())
            }
            None if before.is_some() => "; no version is current".to_owned(),
            _ => String::new(),
        }
    }

    fn logins(&self) -> Logins {
        self.after
            .map(|replay| Logins::of(&replay.policy.policy))
            .unwrap_or_default()
    }

    /// Who could give what is still needed, as `, from bob or carol`.
    fn from<'n>(&self, names: impl IntoIterator<Item = &'n PrincipalName>) -> String {
        let logins = self.logins();
        let names: Vec<String> = names.into_iter().map(|name| logins.shown(name)).collect();
        match names.split_last() {
            None => ", and no one is left who could give one".to_owned(),
            Some((last, [])) => format!(", from {last}"),
            Some((last, others)) => format!(", from {} or {last}", others.join(", ")),
        }
    }

    /// Administrators who can still lift a suspension.
    fn readmitters(&self, ledger: &Ledger, person: &SubjectId) -> String {
        let Some(replay) = self.after else {
            return String::new();
        };
        let policy = &replay.policy.policy;
        let signed = voters(ledger, person);
        self.from(policy.administrators.iter().filter(|name| {
            policy.is_person(name) && !ledger.suspended.contains(*name) && !signed.contains(name)
        }))
    }

    /// Who can still lift a block of every version.
    fn lifters(&self, ledger: &Ledger, id: &SubjectId) -> String {
        let signed = voters(ledger, id);
        let found = ledger.subjects.get(id);
        let shown = found.and_then(|subject| Some((subject, subject.shown_version()?)));
        shown.map_or_else(String::new, |(subject, version)| {
            let eligible = Case {
                ledger,
                subject,
                version,
            }
            .eligible();
            self.from(eligible.into_iter().filter(|name| !signed.contains(name)))
        })
    }

    fn state(&self, ledger: &Ledger, id: &SubjectId, version: &VersionState) -> String {
        let raises = self.decision.kind.raises();
        match due(&version.requirements, &self.logins())
            .filter(|_| raises && (version.granted.is_none() || version.expired))
            // What lifts a block is not what approving it takes afterwards.
            .filter(|_| version.state != State::Blocked)
        {
            Some(due) => due,
            None if raises && version.state != State::Approved && version.state != State::Draft => {
                let subject = ledger.subjects.get(id);
                let left = subject.map(|subject| {
                    let kind = self.decision.kind;
                    let able = |name: &&PrincipalName| {
                        !version
                            .requirements
                            .iter()
                            .any(|requirement| requirement.keyless.contains(name))
                    };
                    let left = Case {
                        ledger,
                        subject,
                        version,
                    }
                    .left(kind);
                    self.from(left.into_iter().filter(able))
                });
                format!(
                    "still {}: more approvals are needed{}",
                    version.state,
                    left.unwrap_or_default()
                )
            }
            None => version.state.to_string(),
        }
    }

    /// The state of an item with it, where it is known.
    pub fn state_of(&self, item: &DecisionItem) -> Option<State> {
        Some(version_state(&self.after?.ledger, item)?.state)
    }

    /// The commands that fix the tree if it still contains what was stopped.
    pub fn follow_ups(&self) -> Vec<Remedy> {
        let Some(replay) = self.after.filter(|_| {
            matches!(
                self.decision.kind,
                DecisionKind::Block | DecisionKind::Revoke
            )
        }) else {
            return Vec::new();
        };
        let stopped = self
            .decision
            .items
            .iter()
            .filter_map(|item| replay.ledger.subjects.get(&item.subject));
        let stopped_versions =
            stopped.filter_map(|subject| Some((subject, subject.head_version()?)));
        stopped_versions
            .flat_map(|(subject, version)| tree_remedies(&replay.ledger, subject, version))
            .collect()
    }
}

/// Whose lifting of the last block of all of `subject` counts so far.
fn voters<'l>(ledger: &'l Ledger, subject: &SubjectId) -> BTreeSet<&'l PrincipalName> {
    let of = |wanted: DecisionKind| {
        ledger.events.iter().filter(move |event| {
            event.accepted
                && event.action == Action::Decision(wanted)
                && event.subject == *subject
                && event.digest.is_none()
        })
    };
    let blocked = of(DecisionKind::Block)
        .map(|event| event.landing.position)
        .max();
    of(DecisionKind::Unblock)
        .filter(|event| Some(event.landing.position) > blocked)
        .filter_map(|event| event.principal.as_ref())
        .collect()
}

fn void(message: &str, observation: &Observation) -> CommandError {
    let rule = Rule::of(observation.rule);
    CommandError::usage(format!("{message} ({})", rule.id))
        .help("Nothing was written.")
        .help(rule.help(observation))
}

fn version_state<'l>(ledger: &'l Ledger, item: &DecisionItem) -> Option<&'l VersionState> {
    let VersionRef::One(version, digest) = &item.version else {
        return None;
    };
    ledger.subjects.get(&item.subject)?.version(&VersionKey {
        version: version.clone(),
        digest: *digest,
    })
}

/// What a glob matched and the decision leaves alone.
pub fn skipped(skipped: &[(SubjectId, String)]) -> Vec<String> {
    const MOST: usize = 10;
    let mut lines: Vec<String> = skipped
        .iter()
        .take(MOST)
        .map(|(subject, why)| format!("left out {subject}: {why}"))
        .collect();
    if skipped.len() > MOST {
        lines.push(format!("… and {} more", skipped.len() - MOST));
    }
    lines
}
