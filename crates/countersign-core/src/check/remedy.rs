//! Which decisions would change a version, and who could make them. Commands refuse by it, and
//! `explain` offers by it.
//!
//! Pure: from the ledger alone. What the ledger cannot answer, a command tries out before it writes
//! anything.

use std::collections::BTreeSet;

use super::due::due;
use super::logins::Logins;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Action, Event, Subject, VersionState};
use countersign_model::{DecisionKind, Position, PrincipalName, State, SubjectId};

/// One version to decide about.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What history says.
    pub ledger: &'a Ledger,
    /// The subject.
    pub subject: &'a Subject,
    /// Its version.
    pub version: &'a VersionState,
}

/// What would change a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The command to run; `None` when no command does it.
    pub command: Option<String>,
    /// What it needs, or what to do instead.
    pub needs: String,
}

/// What returning to a version needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Return {
    /// It is in the tree and is current.
    Nothing,
    /// It is current already: only its files have to be put back.
    Files,
    /// A rollback, by one signature or by the approvals that approving needs.
    Decision {
        /// Whether one signature is enough.
        one_suffices: bool,
    },
    /// It cannot be done: why, a lower-case fragment.
    Impossible(String),
}

const ONE: &str = "one signature of an owner, operator or administrator";
const FULL: &str = "the approvals that approving needs";
const NO_SIGNATURE: &str = "no signature: it only changes files";

impl<'a> Case<'a> {
    /// Why a decision would do nothing, no matter who makes it: a lower-case fragment.
    pub fn objection(self, kind: DecisionKind) -> Option<String> {
        let Self {
            subject, version, ..
        } = self;
        let granted = version.granted.is_some() && !version.expired;
        match (kind, version.state) {
            (_, State::Revoked) => Some("it is revoked, which is final".to_owned()),
            (DecisionKind::Approve, State::Blocked) => {
                Some("it is blocked; unblock it first".to_owned())
            }
            (DecisionKind::Approve, State::Approved)
                if version.expires.is_none() && !subject.in_conflict && !self.asks_for_more() =>
            {
                Some("it is approved already".to_owned())
            }
            (DecisionKind::Approve, _) if self.reused() => Some(format!(
                "other bytes are approved as {}; give these a version of their own",
                version.key.version.label()
            )),
            (DecisionKind::Approve, _)
                if subject.rule_lines.is_empty() && version.requirements.is_empty() =>
            {
                Some("no rule of the policy says who may approve it".to_owned())
            }
            (DecisionKind::Reject, _) if granted => {
                Some("it is approved already; deprecate, block or revoke it instead".to_owned())
            }
            (DecisionKind::Deprecate, State::Deprecated) => {
                Some("it is deprecated already".to_owned())
            }
            (DecisionKind::Archive, State::Archived) => Some("it is archived already".to_owned()),
            (DecisionKind::Deprecate | DecisionKind::Archive, _) if !granted => {
                Some("it is not approved, so there is nothing to retire".to_owned())
            }
            (DecisionKind::Block, State::Blocked) => Some("it is blocked already".to_owned()),
            (DecisionKind::Unblock, _) if !subject.blocked_all.is_empty() => Some(format!(
                "every version of it is blocked; lift that with `{}`",
                lift(&all_versions(subject))
            )),
            (DecisionKind::Unblock, State::Blocked) if self.blocked_as().is_some() => {
                self.blocked_as().map(|(source, blocked)| {
                    format!(
                        "its bytes are blocked as {source}; lift that with `{}`",
                        lift(&blocked)
                    )
                })
            }
            (DecisionKind::Unblock, state) if state != State::Blocked => {
                Some("it is not blocked".to_owned())
            }
            (DecisionKind::Rollback, _) if subject.current.as_ref() != Some(&version.key) => {
                Some("it is not the current version".to_owned())
            }
            _ => None,
        }
    }

    /// What the block names that stops it, as `unblock` takes it: another subject where its bytes
    /// are blocked under that name.
    pub fn blocked(self) -> String {
        if !self.subject.blocked_all.is_empty() {
            return all_versions(self.subject);
        }
        self.blocked_as()
            .map_or_else(|| self.target(), |(_, blocked)| blocked)
    }

    /// Where these bytes are blocked under another name, and what the block there names.
    fn blocked_as(self) -> Option<(&'a SubjectId, String)> {
        let source = self
            .version
            .blocked_as
            .first()
            .filter(|_| self.subject.blocked_all.is_empty())?;
        let subject = self.ledger.subjects.get(source)?;
        let version = subject
            .versions
            .iter()
            .find(|version| version.key.digest == self.version.key.digest);
        let version = version.filter(|_| subject.blocked_all.is_empty());
        Some((
            source,
            version.map_or_else(
                || all_versions(subject),
                |version| version_argument(subject, version),
            ),
        ))
    }

    /// Why a decision by `who` would do nothing.
    pub fn objection_to(self, kind: DecisionKind, who: &PrincipalName) -> Option<String> {
        if let Some(objection) = self.objection(kind) {
            return Some(objection);
        }
        let version = self.version;
        match kind {
            DecisionKind::Approve
                if version.rejected_by.contains(who)
                    || version.state == State::Approved && !self.asks_for_more()
                    || self.subject.in_conflict =>
            {
                None
            }
            DecisionKind::Approve if self.voted(kind).contains(who) => Some(match self.flagged() {
                Some(_) => format!("{who} approved it already since it was {}", version.state),
                None => format!("{who} approved it already"),
            }),
            DecisionKind::Unblock if self.voted(kind).contains(who) => {
                Some(format!("{who} lifted it already, and others are needed"))
            }
            DecisionKind::Approve | DecisionKind::Unblock
                if !version.requirements.is_empty() && !self.eligible().contains(who) =>
            {
                Some(self.why_not_eligible(who))
            }
            DecisionKind::Reject if version.rejected_by.contains(who) => {
                Some(format!("{who} rejected it already"))
            }
            _ => None,
        }
    }

    /// The last flag that an approval would have to come after.
    fn flagged(self) -> Option<Position> {
        let flags = [
            DecisionKind::Deprecate,
            DecisionKind::Archive,
            DecisionKind::Rollback,
        ];
        let flagged = matches!(
            self.version.state,
            State::Deprecated | State::Archived | State::RolledBack
        );
        let position = || {
            self.events(&flags)
                .map(|event| event.landing.position)
                .max()
                .unwrap_or_default()
        };
        flagged.then(position)
    }

    /// People whose approve or unblock counts today toward what `kind` is after.
    fn voted(self, kind: DecisionKind) -> BTreeSet<&'a PrincipalName> {
        let since = match kind {
            DecisionKind::Unblock => self
                .events(&[DecisionKind::Block])
                .map(|event| event.landing.position)
                .max(),
            _ => self.flagged(),
        };
        match since {
            Some(since) => {
                let kinds = [kind];
                let later = self
                    .events(&kinds)
                    .filter(|event| event.landing.position > since);
                later.filter_map(|event| event.principal.as_ref()).collect()
            }
            // Its block came with a merged line: it is in no event, and no one has lifted it yet.
            None if kind == DecisionKind::Unblock => BTreeSet::new(),
            None => self
                .version
                .requirements
                .iter()
                .flat_map(|requirement| requirement.counted.iter().map(|(name, _)| name))
                .collect(),
        }
    }

    /// Who could still give what `kind` lacks.
    pub fn left(self, kind: DecisionKind) -> BTreeSet<&'a PrincipalName> {
        let voted = self.voted(kind);
        &self.eligible() - &voted
    }

    /// Everyone whose approval could count, or does.
    pub fn eligible(self) -> BTreeSet<&'a PrincipalName> {
        // For a draft, only people who still count; for what a flag hides, all requirements have to
        // be met again.
        let again = self.version.state != State::Draft;
        let open = self
            .version
            .requirements
            .iter()
            .filter(move |requirement| again || requirement.missing > 0);
        open.flat_map(move |requirement| {
            let counted = requirement
                .counted
                .iter()
                .map(|(name, _)| name)
                .filter(move |_| again);
            requirement.candidates.iter().chain(counted)
        })
        .collect()
    }

    /// Accepted decisions of these kinds about these very bytes under this version.
    fn events(self, kinds: &[DecisionKind]) -> impl Iterator<Item = &'a Event> {
        let Self {
            ledger,
            subject,
            version,
        } = self;
        ledger.events.iter().filter(move |event| {
            let Action::Decision(kind) = event.action else {
                return false;
            };
            event.accepted
                && kinds.contains(&kind)
                && event.subject == subject.id
                && event.digest == Some(version.key.digest)
                && event.version.as_ref() == Some(&version.key.version)
        })
    }

    /// Whether other bytes were granted under this declared version: then these never are.
    fn reused(self) -> bool {
        let key = &self.version.key;
        let others = self.subject.versions.iter().filter(|version| {
            version.key.version == key.version && version.key.digest != key.digest
        });
        !key.version.is_pseudo() && others.into_iter().any(|version| version.granted.is_some())
    }

    /// Why this person's approval would not count.
    fn why_not_eligible(self, who: &PrincipalName) -> String {
        if self.version.contributors.contains(who) {
            return format!("{who} contributed to it, and no one may approve their own work");
        }
        let eligible = self.eligible();
        if eligible.is_empty() {
            return "no one whom the policy names for it may approve it".to_owned();
        }
        format!(
            "{who} is not an eligible approver; it needs {}",
            names(eligible)
        )
    }

    /// The commands that would change the state of this version.
    fn remedies(self) -> Vec<Remedy> {
        let (version, subject) = (self.version, self.subject);
        let mut remedies = Vec::new();
        remedies.extend(self.way_back());
        let kinds: &[DecisionKind] = match version.state {
            State::Draft => &[
                DecisionKind::Approve,
                DecisionKind::Reject,
                DecisionKind::Block,
            ],
            // To say that a merged line is wrong about it.
            State::Approved if subject.in_conflict => &[
                DecisionKind::Approve,
                DecisionKind::Deprecate,
                DecisionKind::Archive,
                DecisionKind::Block,
                DecisionKind::Revoke,
            ],
            State::Approved => &[
                DecisionKind::Deprecate,
                DecisionKind::Archive,
                DecisionKind::Block,
                DecisionKind::Revoke,
            ],
            State::Deprecated => &[
                DecisionKind::Approve,
                DecisionKind::Archive,
                DecisionKind::Block,
            ],
            State::Archived | State::RolledBack => &[DecisionKind::Approve, DecisionKind::Block],
            State::Blocked => &[DecisionKind::Unblock, DecisionKind::Revoke],
            State::Revoked => &[],
        };
        for kind in kinds.iter().filter(|kind| self.objection(**kind).is_none()) {
            let needs = if kind.raises() {
                self.raising(*kind)
            } else {
                Some(ONE.to_owned())
            };
            remedies.extend(needs.map(|needs| run(kind.as_str(), &self.target(), needs)));
        }
        if version.state == State::Blocked && !subject.blocked_all.is_empty() {
            remedies.push(Remedy {
                command: Some(lift(&all_versions(subject))),
                needs: FULL.to_owned(),
            });
        }
        if version.state == State::Blocked
            && let Some((_, blocked)) = self.blocked_as()
        {
            remedies.push(Remedy {
                command: Some(lift(&blocked)),
                needs: FULL.to_owned(),
            });
        }
        remedies.extend(self.removal());
        if version.state == State::Revoked {
            remedies.push(advice(
                "land other bytes as a new version: a revocation is final",
            ));
        } else if version.state == State::Draft && self.reused() {
            remedies.push(advice(
                "give these bytes their own version: other bytes are approved under this one",
            ));
        }
        remedies
    }

    /// Who has to approve or unblock; `None` when no one can.
    fn raising(self, kind: DecisionKind) -> Option<String> {
        let version = self.version;
        if !version.rejected_by.is_empty() {
            let approvers =
                due(&version.requirements, &Logins::default()).unwrap_or_else(|| FULL.to_owned());
            return Some(format!(
                "by {}, who rejected it, and {approvers}",
                names(&version.rejected_by)
            ));
        }
        if version.requirements.is_empty() {
            return Some(FULL.to_owned());
        }
        let (voted, left) = (self.voted(kind), self.left(kind));
        if left.is_empty() || version.state == State::Draft && self.lacks_approvers() {
            return None;
        }
        match version.state {
            State::Draft => {
                due(&version.requirements, &Logins::default()).or_else(|| Some(FULL.to_owned()))
            }
            _ if voted.is_empty() => Some(format!("{FULL}, from {}", names(left))),
            _ => Some(format!(
                "{FULL}: {} did, from {}",
                names(voted),
                names(left)
            )),
        }
    }

    /// From the current version to the one before it, or from a version that may not stay in the
    /// tree to the current one.
    fn way_back(self) -> Option<Remedy> {
        let Self {
            subject, version, ..
        } = self;
        let is_current = subject.current.as_ref() == Some(&version.key);
        let stays = !matches!(
            version.state,
            State::Blocked | State::Revoked | State::RolledBack
        );
        if !is_current && (stays || subject.head.as_ref() != Some(&version.key)) {
            return None;
        }
        let mut targets = if is_current {
            let previous = subject
                .previous
                .as_ref()
                .and_then(|key| subject.version(key));
            previous
                .into_iter()
                .chain(subject.versions.iter().rev())
                .collect::<Vec<_>>()
        } else {
            subject.current_version().into_iter().collect()
        };
        targets.retain(|target| target.key != version.key && target.landed.is_some());
        targets.into_iter().find_map(|target| {
            let needs = match return_to(subject, target) {
                Return::Decision { one_suffices: true } => ONE,
                Return::Decision {
                    one_suffices: false,
                } => FULL,
                Return::Files => NO_SIGNATURE,
                Return::Nothing | Return::Impossible(_) => return None,
            };
            Some(run(
                "rollback",
                &format!("{} --to {}", subject.id, selector(subject, target)),
                needs.to_owned(),
            ))
        })
    }

    /// Removing the files of what is stopped.
    fn removal(self) -> Option<Remedy> {
        let Self {
            subject, version, ..
        } = self;
        let lies = matches!(version.state, State::Blocked | State::Revoked)
            && subject.head.as_ref() == Some(&version.key);
        lies.then(|| {
            run(
                "block",
                &format!("{} --remove", subject.id),
                NO_SIGNATURE.to_owned(),
            )
        })
    }

    /// How this version is named in a command.
    fn target(self) -> String {
        let Self {
            subject, version, ..
        } = self;
        if subject.head.as_ref() == Some(&version.key) {
            subject.id.to_string()
        } else {
            version_argument(subject, version)
        }
    }
}

/// `kind/name@version`, as every command takes it.
pub fn version_argument(subject: &Subject, version: &VersionState) -> String {
    format!("{}@{}", subject.id, selector(subject, version))
}

/// What would change the state of `version`, or of `subject` when its version is not known.
pub fn remedies(ledger: &Ledger, subject: &Subject, version: Option<&VersionState>) -> Vec<Remedy> {
    match version {
        None if subject.blocked_all.is_empty() => vec![advice(
            "fix its findings first: it has no version to decide about",
        )],
        None => vec![Remedy {
            command: Some(lift(&all_versions(subject))),
            needs: FULL.to_owned(),
        }],
        Some(version) => Case {
            ledger,
            subject,
            version,
        }
        .remedies(),
    }
}

/// What would take a stopped version out of the tree; nothing for one that may stay.
pub fn tree_remedies(ledger: &Ledger, subject: &Subject, version: &VersionState) -> Vec<Remedy> {
    let case = Case {
        ledger,
        subject,
        version,
    };
    case.removal()
        .map(|removal| case.way_back().into_iter().chain([removal]).collect())
        .unwrap_or_default()
}

/// What making `target` current, and having it in the tree, needs.
pub fn return_to(subject: &Subject, target: &VersionState) -> Return {
    let id = &subject.id;
    let label = target.key.version.label();
    if subject.current.as_ref() == Some(&target.key) {
        return if subject.head == subject.current {
            Return::Nothing
        } else {
            Return::Files
        };
    }
    if target.state != State::Approved {
        return Return::Impossible(format!(
            "{id} {label} is {}, and a rollback returns only to an approved version",
            target.state
        ));
    }
    if subject.current.is_none() {
        return Return::Impossible(format!(
            "no version of {id} is current, so there is none to roll back from"
        ));
    }
    Return::Decision {
        one_suffices: subject.previous.as_ref() == Some(&target.key),
    }
}

/// What makes some version current again when none is.
pub fn ways_to_current(ledger: &Ledger, subject: &Subject) -> Vec<Remedy> {
    let granted = subject
        .versions
        .iter()
        .rev()
        .filter(|version| version.granted.is_some());
    let raising = |remedy: &Remedy| {
        let is = |kind: DecisionKind| {
            remedy
                .command
                .as_ref()
                .is_some_and(|line| line.starts_with(&format!("countersign {kind} ")))
        };
        is(DecisionKind::Approve) || is(DecisionKind::Unblock)
    };
    granted
        .flat_map(|version| remedies(ledger, subject, Some(version)))
        .filter(raising)
        .collect()
}

/// The argument for a block of every version.
fn all_versions(subject: &Subject) -> String {
    format!("{} --all-versions", subject.id)
}

/// The command that lifts a block.
fn lift(blocked: &str) -> String {
    format!("countersign unblock {blocked} --reason …")
}

/// The version's own text, or the start of its digest where other bytes have the same.
fn selector(subject: &Subject, version: &VersionState) -> String {
    let same = subject
        .versions
        .iter()
        .filter(|other| other.key.version == version.key.version)
        .count();
    if same > 1 {
        version.key.digest.short(12)
    } else {
        version.key.version.to_string()
    }
}

fn run(verb: &str, target: &str, needs: String) -> Remedy {
    Remedy {
        command: Some(format!("countersign {verb} {target} --reason …")),
        needs,
    }
}

fn advice(what: &str) -> Remedy {
    Remedy {
        command: None,
        needs: what.to_owned(),
    }
}

fn names<'n>(names: impl IntoIterator<Item = &'n PrincipalName>) -> String {
    names
        .into_iter()
        .map(PrincipalName::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}
