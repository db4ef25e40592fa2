//! What a report says about approvals: whether they suffice, who gave them, and their signatures.

use countersign_model::quantity::quantity;
use std::collections::BTreeSet;

use super::{Statement, count, packets, remaining};
use crate::report::{ChangeKind, DecisionMade, ExceptionKind, Packet, Sections};
use crate::version_label::VersionLabel;
use countersign_model::{PrincipalName, RuleId, SubjectId};

pub(super) fn approvals(sections: &Sections) -> Statement {
    let by_evidence: Vec<String> = sections
        .metrics
        .approvals_by_evidence
        .iter()
        .map(|tally| format!("{} by {}", tally.count, tally.name))
        .collect();
    let total: u32 = sections
        .metrics
        .approvals_by_evidence
        .iter()
        .map(|tally| tally.count)
        .sum();
    // Several rules may report the same version.
    let unapproved: BTreeSet<(Option<&SubjectId>, Option<String>)> =
        remaining(sections, ExceptionKind::UnapprovedLanding)
            .map(|one| {
                (
                    one.subject.as_ref(),
                    one.version.as_ref().map(VersionLabel::to_string),
                )
            })
            .collect();
    let unapproved = count(unapproved.iter());
    let answer = format!(
        "{} had effect in the period{}. {} at its end without the approval that it needs.",
        quantity(total, "approval", "approvals"),
        if by_evidence.is_empty() {
            String::new()
        } else {
            format!(" ({})", by_evidence.join(", "))
        },
        quantity(unapproved, "version is there", "versions are there"),
    );
    Statement {
        packets: packets(
            sections
                .changes
                .iter()
                .filter(|packet| packet.granted.is_some()),
        ),
        open_points: unapproved,
        ..Statement::new(answer)
    }
}

pub(super) fn separation_of_duties(sections: &Sections) -> Statement {
    let without: Vec<String> = sections
        .access
        .iter()
        .filter(|era| !era.separation_of_duties)
        .map(|era| era.policy.serial.to_string())
        .collect();
    let own_work = || {
        sections.changes.iter().filter(|packet| {
            packet.change != ChangeKind::PolicyProposed && approved_by_contributor(packet)
        })
    };
    let refused = count(
        sections
            .events
            .iter()
            .filter(|event| event.refused_because == Some(RuleId::SelfApproval)),
    );
    let rule = if without.is_empty() {
        "No policy of the period let contributors approve.".to_owned()
    } else {
        format!(
            "Contributors could approve under the policies with serial {}.",
            without.join(", ")
        )
    };
    let answer = format!(
        "{rule} {} on a contributor; {} refused.",
        quantity(count(own_work()), "approval rests", "approvals rest"),
        quantity(refused, "self-approval was", "self-approvals were"),
    );
    let open_points = count(own_work()) + u32::try_from(without.len()).unwrap_or(u32::MAX);
    Statement {
        packets: packets(own_work()),
        open_points,
        ..Statement::new(answer)
    }
}

fn approved_by_contributor(packet: &Packet) -> bool {
    let contributors: BTreeSet<&PrincipalName> = packet
        .contributors
        .iter()
        .map(|person| &person.principal)
        .collect();
    packet.granted.is_some()
        && packet
            .requirements
            .iter()
            .flat_map(|met| &met.approvals)
            .any(|who| contributors.contains(&who.principal))
}

pub(super) fn signatures(sections: &Sections) -> Statement {
    let mut records = BTreeSet::new();
    let distinct: Vec<&DecisionMade> = sections
        .changes
        .iter()
        .flat_map(|packet| &packet.decisions)
        .filter(|decision| {
            decision.effect
                && records.insert((
                    decision.record,
                    &decision.subject,
                    decision.version.to_string(),
                ))
        })
        .collect();
    let total = u32::try_from(distinct.len()).unwrap_or(u32::MAX);
    let complete = count(distinct.iter().filter(|decision| is_complete(decision)));
    let answer = format!(
        "{} about the period's changes had effect; {complete} of them with printed name, meaning, reason and the signer's time, each proved for exact bytes.",
        quantity(total, "decision", "decisions"),
    );
    let with_decisions = sections
        .changes
        .iter()
        .filter(|packet| packet.decisions.iter().any(|decision| decision.effect));
    Statement {
        packets: packets(with_decisions),
        open_points: total - complete,
        ..Statement::new(answer)
    }
}

fn is_complete(decision: &DecisionMade) -> bool {
    decision.evidence.is_some()
        && decision.meaning.is_some()
        && decision.reason.is_some()
        && decision.signed.is_some()
}
