//! What a decision is about: from the user's words and the ledger to items with their exact bytes. Pure.

use std::collections::BTreeSet;

use crate::cli::error::CommandError;
use crate::cli::subject_argument::{SubjectArgument, Which};
use crate::lifecycle::ledger::{Action, Ledger, Row, Subject};
use crate::model::{DecisionItem, DecisionKind, Digest, Kind, Policy, PrincipalName, State, SubjectId, VersionRef};

/// The items of a decision, and what of a glob was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items {
    /// At least one.
    pub chosen: Vec<DecisionItem>,
    /// Subjects that a glob matches and the decision would do nothing for, with the reason.
    pub skipped: Vec<(SubjectId, String)>,
    /// Whether to write them as a batch.
    pub batch: bool,
}

/// Who decides what.
#[derive(Clone, Copy, Debug)]
pub struct Deciding<'a> {
    /// What is decided.
    pub kind: DecisionKind,
    /// By whom.
    pub who: &'a PrincipalName,
    /// Of every version, present and future.
    pub all_versions: bool,
}

impl Deciding<'_> {
    /// Finds what `arguments` mean.
    pub fn items(self, arguments: &[SubjectArgument], ledger: &Ledger, policy: &Policy) -> Result<Items, CommandError> {
        let mut found = Items { batch: arguments.len() > 1, ..Items::default() };
        let mut seen = BTreeSet::new();
        for argument in arguments {
            match &argument.which {
                Which::One(id) => {
                    let item = self.one(argument, id, ledger, policy)?;
                    if seen.insert((item.subject.clone(), item.version.clone())) {
                        found.chosen.push(item);
                    }
                }
                Which::Matching(glob) => {
                    found.batch = true;
                    let matching: Vec<&Subject> = ledger.subjects.values().filter(|subject| argument.matches(&subject.id)).collect();
                    if matching.is_empty() {
                        return Err(
                            CommandError::usage(format!("`{glob}` matches no subject")).help("List them with `countersign status`.")
                        );
                    }
                    for subject in matching {
                        match self.of_many(argument, subject) {
                            Ok(item) if seen.insert((item.subject.clone(), item.version.clone())) => found.chosen.push(item),
                            Ok(_) => {}
                            Err(why) => found.skipped.push((subject.id.clone(), why)),
                        }
                    }
                }
            }
        }
        if found.chosen.is_empty() {
            let error = CommandError::usage(format!("there is nothing to {}", self.kind));
            let reasons = found.skipped.iter().take(10).map(|(subject, why)| format!("{subject}: {why}"));
            return Err(reasons.fold(error, CommandError::help));
        }
        Ok(found)
    }

    fn one(self, argument: &SubjectArgument, id: &SubjectId, ledger: &Ledger, policy: &Policy) -> Result<DecisionItem, CommandError> {
        match id.kind {
            Kind::Policy => return self.policy(ledger),
            Kind::Principal => return self.principal(id, policy),
            _ => {}
        }
        let subject = ledger.subjects.get(id).ok_or_else(|| unknown(id, ledger))?;
        if self.all_versions {
            return match self.objection_to_all(subject) {
                Some(objection) => Err(CommandError::usage(format!("{id}: {objection}"))),
                None => Ok(DecisionItem { subject: id.clone(), version: VersionRef::All }),
            };
        }
        if self.kind == DecisionKind::Unblock && !subject.blocked_all.is_empty() {
            return Err(CommandError::usage(format!("every version of {id} is blocked")).help("Unblock them all with --all-versions."));
        }
        let row = argument.version.row(subject).map_err(CommandError::usage)?;
        if let Some(objection) = self.objection(subject, row) {
            return Err(CommandError::usage(format!("{id} {}: {objection}", row.key.version.label()))
                .help(format!("Ask `countersign explain {id}@{}` for the whole story.", row.key.version)));
        }
        Ok(item_of(subject, row))
    }

    fn of_many(self, argument: &SubjectArgument, subject: &Subject) -> Result<DecisionItem, String> {
        if self.all_versions {
            return self
                .objection_to_all(subject)
                .map_or_else(|| Ok(DecisionItem { subject: subject.id.clone(), version: VersionRef::All }), Err);
        }
        let row = argument.version.row(subject)?;
        match self.objection(subject, row) {
            Some(objection) => Err(objection),
            None => Ok(item_of(subject, row)),
        }
    }

    fn policy(self, ledger: &Ledger) -> Result<DecisionItem, CommandError> {
        if !matches!(self.kind, DecisionKind::Approve | DecisionKind::Reject) {
            return Err(CommandError::usage(format!("a policy cannot be decided upon with `{}`", self.kind)).help("Use approve or reject."));
        }
        let pending = ledger.pending.as_ref().ok_or_else(|| {
            CommandError::usage(format!("no change of {} waits at HEAD", Policy::PATH)).help(
                "Edit it, run `countersign policy bump`, commit, then approve; `countersign check` says what keeps a change from being valid.",
            )
        })?;
        Ok(DecisionItem { subject: SubjectId::policy(), version: VersionRef::Serial(pending.serial, pending.digest) })
    }

    fn principal(self, id: &SubjectId, policy: &Policy) -> Result<DecisionItem, CommandError> {
        if !matches!(self.kind, DecisionKind::Block | DecisionKind::Unblock) {
            return Err(
                CommandError::usage(format!("a principal cannot be decided upon with `{}`", self.kind)).help("Use block or unblock.")
            );
        }
        let known = policy.principals.keys().any(|name| name.as_str() == id.name.as_str());
        if !known {
            let names: Vec<&str> = policy.principals.keys().map(PrincipalName::as_str).collect();
            return Err(
                CommandError::usage(format!("{} is nobody in the policy", id.name)).help(format!("Name one of {}.", names.join(", ")))
            );
        }
        Ok(DecisionItem { subject: id.clone(), version: VersionRef::All })
    }

    /// Why the decision would do nothing, as far as the row alone can say. What the row cannot say is tried out before anything is written.
    fn objection(self, subject: &Subject, row: &Row) -> Option<String> {
        let granted = row.granted.is_some() && !row.expired;
        let in_force = granted && matches!(row.state, State::Approved);
        let counted = || row.requirements.iter().any(|requirement| requirement.have.iter().any(|(name, _)| name == self.who));
        let seated = || row.requirements.iter().any(|requirement| requirement.missing > 0 && requirement.candidates.contains(self.who));
        match (self.kind, row.state) {
            (_, State::Revoked) => Some("it is revoked, which is final".to_owned()),
            (DecisionKind::Approve, State::Blocked) => Some("it is blocked; unblock it first".to_owned()),
            (DecisionKind::Approve, _) if in_force && row.expires.is_none() => Some("it is approved already".to_owned()),
            (DecisionKind::Approve, _) if row.rejected_by.contains(self.who) => None,
            (DecisionKind::Approve, _) if !in_force && counted() => Some(format!("{} approved it already", self.who)),
            (DecisionKind::Approve, _) if !in_force && !seated() => Some(self.not_asked(row)),
            (DecisionKind::Reject, _) if granted => Some("it is approved already; deprecate, block or revoke it instead".to_owned()),
            (DecisionKind::Reject, _) if row.rejected_by.contains(self.who) => Some(format!("{} rejected it already", self.who)),
            (DecisionKind::Deprecate, State::Deprecated) => Some("it is deprecated already".to_owned()),
            (DecisionKind::Archive, State::Archived) => Some("it is archived already".to_owned()),
            (DecisionKind::Deprecate | DecisionKind::Archive, _) if !granted => {
                Some("it is not approved, so there is nothing to retire".to_owned())
            }
            (DecisionKind::Block, State::Blocked) => Some("it is blocked already".to_owned()),
            (DecisionKind::Unblock, _) if !subject.blocked_all.is_empty() => Some("every version of it is blocked".to_owned()),
            (DecisionKind::Unblock, state) if state != State::Blocked => Some("it is not blocked".to_owned()),
            (DecisionKind::RollBack, _) if subject.current.as_ref() != Some(&row.key) => Some("it is not the current version".to_owned()),
            _ => None,
        }
    }

    fn objection_to_all(self, subject: &Subject) -> Option<String> {
        match (self.kind, subject.blocked_all.is_empty()) {
            (DecisionKind::Block, false) => Some("every version of it is blocked already".to_owned()),
            (DecisionKind::Unblock, true) => Some("it is not blocked as a whole; name the version that is".to_owned()),
            _ => None,
        }
    }

    /// Why this person's approval would not count.
    fn not_asked(self, row: &Row) -> String {
        if row.requirements.is_empty() {
            return "no rule of the policy says who may approve it".to_owned();
        }
        if row.contributors.contains(self.who) {
            return format!("{} contributed to it, and nobody approves their own work", self.who);
        }
        let missing: Vec<&PrincipalName> =
            row.requirements.iter().filter(|requirement| requirement.missing > 0).flat_map(|requirement| &requirement.candidates).collect();
        let names: BTreeSet<&str> = missing.into_iter().map(PrincipalName::as_str).collect();
        if names.is_empty() {
            return "nobody whom the policy names for it may approve it".to_owned();
        }
        format!("{} is not asked; it needs {}", self.who, names.into_iter().collect::<Vec<_>>().join(", "))
    }
}

/// Digests of the records that a decision has to answer: the blocks that an unblock lifts, the reject that its own author takes back.
pub fn answers(kind: DecisionKind, who: &PrincipalName, items: &[DecisionItem], ledger: &Ledger) -> Vec<Digest> {
    let overridden = match kind {
        DecisionKind::Approve => DecisionKind::Reject,
        DecisionKind::Unblock => DecisionKind::Block,
        _ => return Vec::new(),
    };
    let answered: BTreeSet<Digest> = ledger
        .events
        .iter()
        .filter(|event| event.accepted && event.action == Action::Decision(overridden))
        .filter(|event| overridden == DecisionKind::Block || event.principal.as_ref() == Some(who))
        .filter(|event| items.iter().any(|item| item.subject == event.subject && item.version.digest() == event.digest.as_ref()))
        .filter_map(|event| event.record)
        .collect();
    answered.into_iter().collect()
}

fn item_of(subject: &Subject, row: &Row) -> DecisionItem {
    DecisionItem { subject: subject.id.clone(), version: VersionRef::One(row.key.version.clone(), row.key.digest) }
}

/// There is no such subject: perhaps one that is spelled almost so.
pub fn unknown(id: &SubjectId, ledger: &Ledger) -> CommandError {
    let error = CommandError::usage(format!("there is no {id} here"));
    let names: Vec<String> = ledger.subjects.keys().map(ToString::to_string).collect();
    match crate::document::problem::closest(&id.to_string(), names.iter().map(String::as_str)) {
        Some(near) => error.help(format!("Try {near}.")),
        None => error.help("List what there is with `countersign status`."),
    }
}
