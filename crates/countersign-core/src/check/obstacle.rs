//! What stands in the way of what a rule advises, and what to do about it first.
//!
//! An approval is advised only where someone could give it.

use super::remedy::Case;
use crate::lifecycle::ledger::{Ledger, Subject, VersionState};
use countersign_model::{Circumstance, DecisionKind, Fact, Observation, PrincipalName, RuleId};

/// Notes what has to be done before what the rules' own help advises, where there is such a thing.
pub(super) fn note(ledger: &Ledger, observations: &mut [Observation]) {
    for observation in observations {
        if let Some(first) = first(ledger, observation) {
            observation.facts.insert(Fact::First, first);
        }
    }
}

fn first(ledger: &Ledger, observation: &Observation) -> Option<String> {
    if let (Some(taken), Some(version)) =
        (observation.facts.get(&Fact::Taken), &observation.version)
    {
        return Some(format!(
            "Give the bytes in the tree a version of their own, and approve that: as {}, other bytes \
             ({taken}) are approved on the merged line. Or squash the branch, which leaves its line \
             out.",
            version.label()
        ));
    }
    if let (RuleId::PrincipalSuspended, Some(name)) = (observation.rule, &observation.principal)
        && observation.circumstances.contains(&Circumstance::Earlier)
    {
        return Some(format!(
            "Leave the record, and let someone else decide. If the suspension is over, lift it with \
             `countersign unblock principal/{name} --reason …`."
        ));
    }
    if let (RuleId::ContributorUnknown, Some(from)) =
        (observation.rule, observation.facts.get(&Fact::From))
    {
        return Some(format!(
            "Let someone other than {from} approve it, or list the key for {from} again in \
             countersign.yaml: today it is in no list."
        ));
    }
    if !advises_approval(observation.rule) {
        return None;
    }
    let subject = ledger.subjects.get(observation.subject.as_ref()?)?;
    match (&observation.version, subject.head_version()) {
        (None, None) if !subject.paths.is_empty() => Some(before_identity(subject).to_owned()),
        (Some(version), Some(head)) if head.key.version == *version => {
            before_approval(ledger, subject, head)
        }
        _ => None,
    }
}

/// Whether the help of a rule is to approve a version.
const fn advises_approval(rule: RuleId) -> bool {
    matches!(
        rule,
        RuleId::UnapprovedVersion
            | RuleId::ApprovalExpired
            | RuleId::DraftAllowed
            | RuleId::StaleApproval
    )
}

/// What has to be done before anyone can approve `version`: a sentence that begins with a verb.
/// `None` when someone can approve it as it is.
fn before_approval(ledger: &Ledger, subject: &Subject, version: &VersionState) -> Option<String> {
    let case = Case {
        ledger,
        subject,
        version,
    };
    if let Some(why) = case.objection(DecisionKind::Approve) {
        return Some(format!(
            "Land a version that can be approved, or revert the change. Of this one: {why}."
        ));
    }
    case.lacks_approvers().then(|| {
        "Name more people with valid keys in countersign.yaml and let the administrators approve \
         that (`countersign policy bump`), or revert the change. As it stands, too few can approve it."
            .to_owned()
    })
}

/// The same for a subject whose bytes cannot be identified.
fn before_identity(subject: &Subject) -> &'static str {
    if subject.paths.len() > 1 {
        "Leave the subject at one path, or give the others names of their own, and land that. Then it \
         can be approved."
    } else {
        "Fix what is reported about its files, and land that. Then it can be approved."
    }
}

impl Case<'_> {
    /// Whether someone can approve it as it is.
    pub fn can_be_approved(self) -> bool {
        self.objection(DecisionKind::Approve).is_none() && !self.lacks_approvers()
    }

    /// Whether fewer people can still approve it than are missing.
    pub fn lacks_approvers(self) -> bool {
        self.version.requirements.iter().any(|requirement| {
            let keyless = |name: &&PrincipalName| requirement.keyless.contains(name);
            let candidates = requirement.candidates.iter();
            let able = candidates.filter(|name| !keyless(name)).count();
            able < requirement.missing as usize
        })
    }

    /// Whether it was approved under an earlier rule, and today's asks for more.
    pub(super) fn asks_for_more(self) -> bool {
        let mut requirements = self.version.requirements.iter();
        requirements.any(|requirement| requirement.missing > 0)
    }
}
