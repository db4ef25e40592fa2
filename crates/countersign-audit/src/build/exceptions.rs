//! What an auditor should look at: findings that remain, and acts that were refused or came too
//! early.

use super::super::report::{ChangeKind, Exception, ExceptionKind, Packet};
use super::super::version_label::VersionLabel;
use super::{AuditContext, decisions};
use countersign_core::check::findings::Finding;
use countersign_core::check::rules::Rule;
use countersign_core::lifecycle::ledger::{Action, Event};
use countersign_model::{Kind, RuleId, Severity};

/// By weight, so that a reader who stops early has read what matters most: severity, then what
/// remains before what happened and is over, then kind, then position.
pub fn exceptions(context: &AuditContext<'_>, changes: &[Packet]) -> Vec<Exception> {
    let covered = |finding: &&Finding| {
        finding
            .subject
            .as_ref()
            .is_none_or(|subject| context.covers(subject))
    };
    let mut exceptions: Vec<Exception> = context
        .request
        .findings
        .iter()
        .filter(covered)
        .map(remaining_finding)
        .collect();
    let events = context
        .events()
        .iter()
        .filter(|event| context.in_period(event) && context.covers(&event.subject));
    exceptions.extend(events.filter_map(|event| refused_decision(context, event)));
    exceptions.extend(changes.iter().filter_map(early_landing));
    let order = |one: &Exception| {
        let subject = one.subject.as_ref().map(ToString::to_string);
        (
            one.severity,
            !one.open,
            one.kind,
            one.position,
            subject,
            one.rule.as_str(),
            one.path.clone(),
            one.message.clone(),
        )
    };
    exceptions.sort_by_cached_key(order);
    exceptions
}

fn remaining_finding(finding: &Finding) -> Exception {
    Exception {
        kind: kind(finding.rule),
        rule: finding.rule,
        severity: finding.severity(),
        message: finding.message.clone(),
        help: finding.help.clone(),
        subject: finding.subject.clone(),
        version: finding.version.clone().map(VersionLabel::Version),
        path: finding.path.clone(),
        principal: finding.principal.clone(),
        position: finding.position.map(|position| position.0),
        commit: finding.commit,
        open: true,
    }
}

fn refused_decision(context: &AuditContext<'_>, event: &Event) -> Option<Exception> {
    let (Action::Decision(decision), Some(rule), false) =
        (event.action, event.refused_because, event.accepted)
    else {
        return None;
    };
    let person = event
        .principal
        .as_ref()
        .map(|name| context.history.person(name, event.landing.position.0));
    let person = person.map_or_else(|| "an unknown principal".to_owned(), |person| person.name);
    let version = VersionLabel::of(event)?;
    let kind = match kind(rule) {
        _ if event.subject.kind == Kind::Policy => ExceptionKind::Policy,
        ExceptionKind::SelfApproval => ExceptionKind::SelfApproval,
        _ => ExceptionKind::RefusedEvidence,
    };
    let why = decisions::lower(Rule::of(rule).summary);
    Some(Exception {
        kind,
        rule,
        severity: Severity::Info,
        message: format!(
            "{decision} of {} {version} by {person} had no effect: {why}",
            event.subject
        ),
        help: "Read the record and its reason. There is nothing to fix: it did not count."
            .to_owned(),
        subject: Some(event.subject.clone()),
        version: Some(version),
        path: event.path.as_deref().map(str::to_owned),
        principal: event.principal.clone(),
        position: Some(event.landing.position.0),
        commit: event.landing.commit,
        open: false,
    })
}

/// A version that was in the tree before its approval.
fn early_landing(packet: &Packet) -> Option<Exception> {
    let granted = packet.granted?;
    let is_package = matches!(packet.change, ChangeKind::Added | ChangeKind::Changed);
    let version = packet
        .version
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    (is_package && granted.position > packet.landed.position).then(|| Exception {
        kind: ExceptionKind::UnapprovedLanding,
        rule: RuleId::UnapprovedVersion,
        severity: Severity::Info,
        message: format!(
            "{} {version} landed before it was approved at position {}",
            packet.subject, granted.position
        ),
        help: "To prevent this, require approvals in the change that adds the version.".to_owned(),
        subject: Some(packet.subject.clone()),
        version: packet.version.clone(),
        path: None,
        principal: None,
        position: Some(packet.landed.position),
        commit: Some(packet.landed.commit),
        open: false,
    })
}

/// The kind of exception that a finding of a rule is.
const fn kind(rule: RuleId) -> ExceptionKind {
    use RuleId as R;
    match rule {
        R::UnapprovedVersion
        | R::RejectedVersion
        | R::ApprovalExpired
        | R::VersionReused
        | R::VersionRegressed => ExceptionKind::UnapprovedLanding,
        R::SelfApproval | R::SelfApprovalExempt | R::ContributorUnknown => {
            ExceptionKind::SelfApproval
        }
        R::DecisionAltered | R::DecisionDropped | R::RecordMisplaced => {
            ExceptionKind::RecordAltered
        }
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
        | R::LevelSet
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
