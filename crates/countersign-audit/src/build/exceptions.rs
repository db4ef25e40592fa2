//! What an auditor should look at: findings that stand, and acts that were refused or came too early.

use super::super::leaf::version_of;
use super::super::report::{Change, Exception, ExceptionKind, Packet};
use super::{Scene, decisions};
use countersign_core::check::findings::Finding;
use countersign_core::check::rules::Rule;
use countersign_core::lifecycle::ledger::{Action, Event};
use countersign_model::{Kind, RuleId};

pub fn of(scene: &Scene<'_>, changes: &[Packet]) -> Vec<Exception> {
    let about = |finding: &&Finding| finding.subject.as_ref().is_none_or(|subject| scene.wanted(subject));
    let mut found: Vec<Exception> = scene.question.findings.iter().filter(about).map(standing).collect();
    let refused = scene.events().iter().filter(|event| scene.in_period(event) && scene.wanted(&event.subject));
    found.extend(refused.filter_map(|event| act(scene, event)));
    found.extend(changes.iter().filter_map(early));
    let order = |a: &Exception| (a.position, a.kind, a.subject.clone(), a.rule.clone(), a.path.clone(), a.message.clone());
    found.sort_by_key(order);
    found
}

fn standing(finding: &Finding) -> Exception {
    Exception {
        kind: kind(finding.rule),
        rule: finding.rule.to_string(),
        severity: finding.severity().as_str(),
        message: finding.message.clone(),
        help: finding.help.clone(),
        subject: finding.subject.as_ref().map(ToString::to_string),
        version: finding.version.as_ref().map(ToString::to_string),
        path: finding.path.clone(),
        principal: finding.principal.as_ref().map(ToString::to_string),
        position: finding.position.map(|position| position.0),
        commit: finding.commit.map(|commit| commit.to_string()),
        stands: true,
    }
}

fn act(scene: &Scene<'_>, event: &Event) -> Option<Exception> {
    let (Action::Decision(decision), Some(rule), false) = (event.action, event.refused_because, event.accepted) else { return None };
    let who =
        event.principal.as_ref().map_or_else(|| "somebody".to_owned(), |name| scene.history.person(name, event.landing.position.0).name);
    let version = version_of(event).unwrap_or_default();
    let kind = match kind(rule) {
        _ if event.subject.kind == Kind::Policy => ExceptionKind::Policy,
        ExceptionKind::SelfApproval => ExceptionKind::SelfApproval,
        _ => ExceptionKind::RefusedEvidence,
    };
    Some(Exception {
        kind,
        rule: rule.to_string(),
        severity: "info",
        message: format!("{decision} of {} {version} by {who} had no effect: {}", event.subject, decisions::lower(Rule::of(rule).summary)),
        help: "Read the record and its reason; nothing needs mending, because it did not count.".to_owned(),
        subject: Some(event.subject.to_string()),
        version: Some(version),
        path: event.path.as_deref().map(str::to_owned),
        principal: event.principal.as_ref().map(ToString::to_string),
        position: Some(event.landing.position.0),
        commit: event.landing.commit.map(|commit| commit.to_string()),
        stands: false,
    })
}

/// A version that was in the tree before its approval.
fn early(packet: &Packet) -> Option<Exception> {
    let granted = packet.granted.as_ref()?;
    let package = matches!(packet.change, Change::Added | Change::Changed);
    (package && granted.position > packet.landed.position).then(|| Exception {
        kind: ExceptionKind::UnapprovedLanding,
        rule: RuleId::UnapprovedVersion.to_string(),
        severity: "info",
        message: format!(
            "{} {} landed before it was approved, which was at position {}",
            packet.subject,
            packet.version.as_deref().unwrap_or_default(),
            granted.position
        ),
        help: "Require approvals in the change that brings the version, where this is not wanted.".to_owned(),
        subject: Some(packet.subject.clone()),
        version: packet.version.clone(),
        path: None,
        principal: None,
        position: Some(packet.landed.position),
        commit: Some(packet.landed.commit.to_string()),
        stands: false,
    })
}

/// The kind of exception that a rule tells.
pub const fn kind(rule: RuleId) -> ExceptionKind {
    use RuleId as R;
    match rule {
        R::UnapprovedVersion | R::RejectedVersion | R::ApprovalExpired | R::VersionReused | R::VersionRegressed => {
            ExceptionKind::UnapprovedLanding
        }
        R::SelfApproval | R::SelfApprovalExempt | R::ContributorUnknown => ExceptionKind::SelfApproval,
        R::DecisionAltered | R::DecisionDropped | R::RecordMisplaced => ExceptionKind::RecordAltered,
        R::RecordInvalid
        | R::RecordUnexpected
        | R::RecordFuture
        | R::WrongRepository
        | R::DecisionWithoutEffect
        | R::Unanswered
        | R::NotAuthorized
        | R::MachinePrincipal
        | R::PrincipalUnknown
        | R::PrincipalSuspended
        | R::EvidenceMissing
        | R::EvidenceNotAccepted
        | R::WrongNamespace
        | R::DetachedSignatureUnreadable
        | R::SignatureInvalid
        | R::KeyUnknown
        | R::KeyMismatch
        | R::KeyWeak
        | R::KeyExpired
        | R::KeyRevoked
        | R::KeyCompromised
        | R::CommitEvidenceRefused
        | R::ReviewUnverified
        | R::StaleApproval => ExceptionKind::RefusedEvidence,
        R::HistoryIncomplete
        | R::HistoryRewritten
        | R::AnchorNotReached
        | R::AnchorNotPinned
        | R::IncludesMissing
        | R::CommitSignatureNotCanonical
        | R::UnsignedLanding
        | R::TreeMalformed => ExceptionKind::HistoryGap,
        R::PolicyInvalid
        | R::PolicyMissing
        | R::PolicyIrregular
        | R::PolicyPending
        | R::PolicyPrevious
        | R::PolicySerial
        | R::PolicyFork
        | R::PolicyCompromised
        | R::PolicyUnmatched
        | R::OwnerUnknown
        | R::RequirementUnsatisfiable
        | R::RulesOverlap
        | R::SeparationOff
        | R::GovernanceNarrowed
        | R::PolicyRestart => ExceptionKind::Policy,
        R::Ungoverned
        | R::Ignored
        | R::Symlink
        | R::Submodule
        | R::LfsPointer
        | R::FileMode
        | R::PathName
        | R::PathCollision
        | R::PackageEmpty
        | R::PackageShape
        | R::PackageTooLarge
        | R::PackageNested
        | R::RequiredFileMissing
        | R::AttributesAlterBytes
        | R::HiddenText
        | R::SecretLiteral
        | R::SubjectAmbiguous
        | R::NameCollision => ExceptionKind::Content,
        _ => ExceptionKind::Other,
    }
}
