//! What a decision is about: from the user's arguments and the ledger to items with their exact
//! bytes. Pure.

use std::collections::BTreeSet;

use crate::check::remedy::{Case, version_argument};
use crate::cli::error::CommandError;
use crate::cli::subject_argument::{Selector, SubjectArgument, SubjectPattern, unknown_subject};
use crate::lifecycle::ledger::{Action, Ledger, PendingPolicy, Subject, VersionKey, VersionState};
use crate::model::{
    DecisionItem, DecisionKind, Digest, Kind, Policy, PrincipalName, SubjectId, VersionRef,
};

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
    pub fn items(
        self,
        arguments: &[SubjectArgument],
        ledger: &Ledger,
        policy: &Policy,
    ) -> Result<Items, CommandError> {
        let mut found = Items {
            batch: arguments.len() > 1,
            ..Items::default()
        };
        let mut seen = BTreeSet::new();
        for argument in arguments {
            match &argument.subjects {
                SubjectPattern::One(id) => {
                    let item = self.one(argument, id, ledger, policy)?;
                    if seen.insert((item.subject.clone(), item.version.clone())) {
                        found.chosen.push(item);
                    }
                }
                SubjectPattern::Matching(glob) => {
                    found.batch = true;
                    let matching: Vec<&Subject> = ledger
                        .subjects
                        .values()
                        .filter(|subject| argument.matches(&subject.id))
                        .collect();
                    if matching.is_empty() {
                        return Err(CommandError::usage(format!("no subject matches `{glob}`"))
                            .help("List them with `countersign status`."));
                    }
                    for subject in matching {
                        match self.of_many(argument, subject, ledger) {
                            Ok(item)
                                if seen.insert((item.subject.clone(), item.version.clone())) =>
                            {
                                found.chosen.push(item);
                            }
                            Ok(_) => {}
                            Err(why) => found.skipped.push((subject.id.clone(), why)),
                        }
                    }
                }
            }
        }
        if found.chosen.is_empty() {
            let error = CommandError::usage(format!("there is nothing to {}", self.kind));
            let reasons = found
                .skipped
                .iter()
                .take(10)
                .map(|(subject, why)| format!("{subject}: {why}"));
            return Err(reasons.fold(error, CommandError::help));
        }
        Ok(found)
    }

    fn one(
        self,
        argument: &SubjectArgument,
        id: &SubjectId,
        ledger: &Ledger,
        policy: &Policy,
    ) -> Result<DecisionItem, CommandError> {
        match id.kind {
            Kind::Policy => return self.policy(argument, ledger),
            Kind::Principal => return self.principal(id, policy),
            _ => {}
        }
        let subject = ledger
            .subjects
            .get(id)
            .ok_or_else(|| unknown_subject(&id.to_string(), ledger.subjects.keys()))?;
        if self.all_versions {
            return self
                .of_all(subject)
                .map_err(|objection| CommandError::usage(format!("{id}: {objection}")));
        }
        let version = argument
            .version
            .find(subject)
            .map_err(CommandError::usage)?;
        if let Some(objection) = self.objection(subject, version, ledger) {
            return Err(CommandError::usage(format!(
                "{id} {}: {objection}",
                version.key.version.label()
            ))
            .help(format!(
                "Run `countersign explain {}` to see why.",
                version_argument(subject, version)
            )));
        }
        Ok(item_of(subject, version))
    }

    fn of_many(
        self,
        argument: &SubjectArgument,
        subject: &Subject,
        ledger: &Ledger,
    ) -> Result<DecisionItem, String> {
        if self.all_versions {
            return self.of_all(subject);
        }
        let version = argument.version.find(subject)?;
        self.objection(subject, version, ledger)
            .map_or_else(|| Ok(item_of(subject, version)), Err)
    }

    fn policy(
        self,
        argument: &SubjectArgument,
        ledger: &Ledger,
    ) -> Result<DecisionItem, CommandError> {
        if !matches!(self.kind, DecisionKind::Approve | DecisionKind::Reject) {
            return Err(
                CommandError::usage(format!("`{}` does not work on a policy", self.kind))
                    .help("Use approve or reject."),
            );
        }
        // A rival is rejected by its name only: the change in the tree is another policy.
        let rivals = || {
            ledger
                .rivals
                .iter()
                .filter(|_| self.kind == DecisionKind::Reject)
        };
        let pending = match &argument.version {
            Selector::Head => ledger.pending.as_ref().ok_or_else(|| {
                let error = CommandError::usage(format!("HEAD has no pending change of {}", Policy::PATH));
                let commands = rivals()
                    .map(|rival| format!("Name a policy of the other branch: `countersign reject policy/countersign@{}`.", rival.digest));
                commands.fold(error, CommandError::help).help(
                    "Edit it, run `countersign policy bump`, commit, then approve; `countersign check` shows why a change is not valid.",
                )
            })?,
            selector => {
                let waiting = ledger.pending.iter().map(|pending| (pending.serial, pending.digest));
                let known: Vec<(u64, Digest)> = waiting.chain(rivals().map(|rival| (rival.serial, rival.digest))).collect();
                let (serial, digest) = selector.policy(&known).map_err(|why| {
                    CommandError::usage(format!("there is nothing to {}: {why}", self.kind))
                        .help("Run `countersign check` to see pending policies and any `policy-fork`.")
                })?;
                match ledger.pending.as_ref().filter(|pending| pending.digest == digest) {
                    Some(pending) => pending,
                    None => return Ok(DecisionItem { subject: SubjectId::policy(), version: VersionRef::Serial(serial, digest) }),
                }
            }
        };
        if let Some(objection) = self.policy_objection(pending) {
            return Err(CommandError::usage(format!(
                "policy serial {}: {objection}",
                pending.serial
            ))
            .help("Run `countersign explain policy/countersign` to see who can approve it."));
        }
        Ok(DecisionItem {
            subject: SubjectId::policy(),
            version: VersionRef::Serial(pending.serial, pending.digest),
        })
    }

    /// Why an approval of the pending policy by this person would not count.
    fn policy_objection(self, pending: &PendingPolicy) -> Option<String> {
        let (who, requirement) = (self.who, &pending.requirement);
        if self.kind != DecisionKind::Approve || requirement.candidates.contains(who) {
            return None;
        }
        let others: Vec<&str> = requirement
            .candidates
            .iter()
            .map(PrincipalName::as_str)
            .collect();
        let others = if others.is_empty() {
            "other administrators".to_owned()
        } else {
            others.join(", ")
        };
        Some(if requirement.counted.iter().any(|(name, _)| name == who) {
            format!("{who} approved it already")
        } else if pending.authors.contains(who) {
            format!(
                "{who} wrote it, and own policy changes cannot be approved while {others} could"
            )
        } else {
            format!("{who} is not an administrator who can approve it; it needs {others}")
        })
    }

    fn principal(self, id: &SubjectId, policy: &Policy) -> Result<DecisionItem, CommandError> {
        if !matches!(self.kind, DecisionKind::Block | DecisionKind::Unblock) {
            return Err(CommandError::usage(format!(
                "`{}` does not work on a principal",
                self.kind
            ))
            .help("Use block or unblock."));
        }
        let known = policy
            .principals
            .keys()
            .any(|name| name.as_str() == id.name.as_str());
        if !known {
            let names: Vec<&str> = policy
                .principals
                .keys()
                .map(PrincipalName::as_str)
                .collect();
            return Err(
                CommandError::usage(format!("`{}` is not in the policy", id.name))
                    .help(format!("Name one of {}.", names.join(", "))),
            );
        }
        Ok(DecisionItem {
            subject: id.clone(),
            version: VersionRef::All,
        })
    }

    fn objection(
        self,
        subject: &Subject,
        version: &VersionState,
        ledger: &Ledger,
    ) -> Option<String> {
        Case {
            ledger,
            subject,
            version,
        }
        .objection_to(self.kind, self.who)
    }

    fn of_all(self, subject: &Subject) -> Result<DecisionItem, String> {
        match (self.kind, subject.blocked_all.is_empty()) {
            (DecisionKind::Block, false) => {
                Err("every version of it is already blocked".to_owned())
            }
            (DecisionKind::Unblock, true) => {
                Err("it is not blocked as a whole; name the version that is".to_owned())
            }
            _ => Ok(DecisionItem {
                subject: subject.id.clone(),
                version: VersionRef::All,
            }),
        }
    }
}

/// Digests of the records that a decision has to answer: the blocks that an unblock lifts, the
/// reject that its own author takes back, and the deprecations, archivings and rollbacks that an
/// approval is cast over.
pub fn answers(
    kind: DecisionKind,
    who: &PrincipalName,
    items: &[DecisionItem],
    ledger: &Ledger,
) -> Vec<Digest> {
    let overridden = match kind {
        DecisionKind::Approve => DecisionKind::Reject,
        DecisionKind::Unblock => DecisionKind::Block,
        _ => return Vec::new(),
    };
    // What another line decided applies here without an event of its own.
    let overrides = |digest: &&Digest| {
        let Some(standing) = ledger.records.get(*digest) else {
            return false;
        };
        match standing.decision {
            Some(DecisionKind::Deprecate | DecisionKind::Archive | DecisionKind::Rollback) => {
                kind == DecisionKind::Approve
            }
            Some(decision) if decision == overridden => {
                decision == DecisionKind::Block || standing.principal.as_ref() == Some(who)
            }
            _ => false,
        }
    };
    let subjects = || {
        items
            .iter()
            .filter_map(|item| ledger.subjects.get(&item.subject))
    };
    let versions = items.iter().filter_map(|item| {
        let key = VersionKey {
            version: item.version.version()?.clone(),
            digest: *item.version.digest()?,
        };
        ledger.subjects.get(&item.subject)?.version(&key)
    });
    let about = versions
        .flat_map(|version| &version.records)
        .chain(subjects().flat_map(|subject| &subject.blocked_all));
    let mut answered: BTreeSet<Digest> = about.filter(overrides).copied().collect();
    let of_people = ledger.records.iter().filter(|(digest, standing)| {
        let people = items.iter().any(|item| {
            item.subject.kind == Kind::Principal && standing.subjects.contains(&item.subject)
        });
        people && overrides(digest)
    });
    answered.extend(of_people.map(|(digest, _)| *digest));
    let standing: BTreeSet<Digest> = ledger
        .events
        .iter()
        .filter(|event| event.accepted && event.action == Action::Decision(overridden))
        .filter(|event| overridden == DecisionKind::Block || event.principal.as_ref() == Some(who))
        .filter(|event| {
            items.iter().any(|item| {
                item.subject == event.subject && item.version.digest() == event.digest.as_ref()
            })
        })
        .filter_map(|event| event.record)
        .collect();
    answered.extend(standing);
    answered.into_iter().collect()
}

fn item_of(subject: &Subject, version: &VersionState) -> DecisionItem {
    DecisionItem {
        subject: subject.id.clone(),
        version: VersionRef::One(version.key.version.clone(), version.key.digest),
    }
}
