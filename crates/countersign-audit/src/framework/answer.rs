//! The answer of a report to each evidence query: one or two sentences with their numbers, the
//! packets to look at, and how many points are open.
//!
//! Counted from the report alone, so that anyone who has it can count again.

mod approvals;

use countersign_model::quantity::{counted, quantity};
use std::collections::BTreeSet;

use approvals::{approvals, separation_of_duties, signatures};

use crate::report::{
    ChangeKind, EvidenceAnswer, Exception, ExceptionKind, Packet, Sections, SummaryCounts,
};
use countersign_core::lifecycle::ledger::Action;
use countersign_model::framework_input::EvidenceQuery;
use countersign_model::policy_input::PrincipalKind;
use countersign_model::{DecisionKind, Digest, Severity, SubjectId};

/// Every query's answer, in the order of [`EvidenceQuery::ALL`].
pub fn answers(sections: &Sections, counts: &SummaryCounts) -> Vec<EvidenceAnswer> {
    EvidenceQuery::ALL
        .iter()
        .map(|query| answer(*query, sections, counts))
        .collect()
}

fn answer(query: EvidenceQuery, sections: &Sections, counts: &SummaryCounts) -> EvidenceAnswer {
    let Statement {
        answer,
        packets,
        open_points,
    } = match query {
        EvidenceQuery::Inventory => inventory(sections, counts),
        EvidenceQuery::ChangePackets => change_packets(sections, counts),
        EvidenceQuery::CapabilityChanges => capability_changes(sections),
        EvidenceQuery::Approvals => approvals(sections),
        EvidenceQuery::SeparationOfDuties => separation_of_duties(sections),
        EvidenceQuery::Signatures => signatures(sections),
        EvidenceQuery::Refusals => refusals(sections, counts),
        EvidenceQuery::Exceptions => exceptions(sections, counts),
        EvidenceQuery::Roles => roles(sections),
        EvidenceQuery::Administration => administration(sections),
        EvidenceQuery::PolicyChanges => policy_changes(sections, counts),
        EvidenceQuery::Incidents => incidents(sections, counts),
        EvidenceQuery::Retirements => retirements(sections),
        EvidenceQuery::Reviews => reviews(sections),
        EvidenceQuery::EventLog => event_log(sections),
        EvidenceQuery::TamperEvidence => tamper_evidence(sections),
        EvidenceQuery::Retention => retention(sections),
    };
    EvidenceAnswer {
        query,
        question: question(query),
        answer,
        packets,
        open_points,
    }
}

const fn question(query: EvidenceQuery) -> &'static str {
    match query {
        EvidenceQuery::Inventory => "What is governed, who owns it, and which version is there?",
        EvidenceQuery::ChangePackets => "What changed, and was every change decided?",
        EvidenceQuery::CapabilityChanges => {
            "What can the changed subjects do that they could not do before?"
        }
        EvidenceQuery::Approvals => {
            "Who approved which bytes, and is anything there without approval?"
        }
        EvidenceQuery::SeparationOfDuties => "Did anyone approve their own work?",
        EvidenceQuery::Signatures => {
            "Does every decision carry name, meaning, time and reason, bound to bytes?"
        }
        EvidenceQuery::Refusals => "Which decisions had no effect, and why?",
        EvidenceQuery::Exceptions => "What should an auditor look at?",
        EvidenceQuery::Roles => "Who could do what?",
        EvidenceQuery::Administration => "What was done to the policy and to principals?",
        EvidenceQuery::PolicyChanges => "Which policies changed, and who approved that?",
        EvidenceQuery::Incidents => "What was stopped, by whom, and how long was it exposed?",
        EvidenceQuery::Retirements => "What was retired or removed?",
        EvidenceQuery::Reviews => "Which reviews are overdue, and what expires?",
        EvidenceQuery::EventLog => "What happened, in order?",
        EvidenceQuery::TamperEvidence => "Are history and records complete, and what proves it?",
        EvidenceQuery::Retention => "What is kept, how long, and what is missing?",
    }
}

/// What the report answers to a query.
struct Statement {
    answer: String,
    packets: Vec<String>,
    open_points: u32,
}

impl Statement {
    /// Words only, with no open points.
    const fn new(answer: String) -> Self {
        Self {
            answer,
            packets: Vec::new(),
            open_points: 0,
        }
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

fn packets<'r>(chosen: impl Iterator<Item = &'r Packet>) -> Vec<String> {
    chosen.map(|packet| packet.id.clone()).collect()
}

fn remaining(sections: &Sections, kind: ExceptionKind) -> impl Iterator<Item = &Exception> {
    sections
        .exceptions
        .iter()
        .filter(move |exception| exception.open && exception.kind == kind)
}

fn inventory(sections: &Sections, counts: &SummaryCounts) -> Statement {
    let unowned = counts.subjects.saturating_sub(counts.owned);
    let ungoverned = count(
        remaining(sections, ExceptionKind::Content)
            .filter(|exception| exception.severity == Severity::Error),
    );
    let answer = format!(
        "{} in the tree: {} at an approved version, {} with an owner, {} of high or critical risk. {} that no policy entry governs or that are not a valid package.",
        quantity(counts.subjects, "subject is", "subjects are"),
        counts.approved,
        counts.owned,
        counts.high_risk,
        quantity(ungoverned, "finding names files", "findings name files"),
    );
    Statement {
        open_points: unowned + ungoverned,
        ..Statement::new(answer)
    }
}

fn change_packets(sections: &Sections, counts: &SummaryCounts) -> Statement {
    let waiting = count(
        sections
            .changes
            .iter()
            .filter(|packet| needs_approval(packet) && packet.granted.is_none()),
    );
    let answer = format!(
        "{} landed in the period, {} approved at its end; {} without an approval.",
        quantity(counts.changes, "change", "changes"),
        counts.changes_approved,
        quantity(waiting, "is", "are"),
    );
    Statement {
        packets: packets(sections.changes.iter()),
        open_points: waiting,
        ..Statement::new(answer)
    }
}

// The bytes of the anchor are not a change, and a removal has nothing to approve.
fn needs_approval(packet: &Packet) -> bool {
    packet.change != ChangeKind::Removed && !packet.baseline
}

fn capability_changes(sections: &Sections) -> Statement {
    let widening = || {
        sections
            .changes
            .iter()
            .filter(|packet| packet.widens == Some(true))
    };
    let unknown = count(
        sections
            .changes
            .iter()
            .filter(|packet| packet.widens.is_none() && packet.change != ChangeKind::Removed),
    );
    let undecided =
        count(widening().filter(|packet| needs_approval(packet) && packet.granted.is_none()));
    let answer = format!(
        "{} what a subject can do, {} of these without an approval. {} not be compared.",
        quantity(count(widening()), "change widens", "changes widen"),
        undecided,
        quantity(unknown, "change could", "changes could"),
    );
    Statement {
        packets: packets(widening()),
        open_points: undecided,
        ..Statement::new(answer)
    }
}

fn refusals(sections: &Sections, counts: &SummaryCounts) -> Statement {
    let by_rule: Vec<String> = sections
        .metrics
        .refused_by_rule
        .iter()
        .take(5)
        .map(|tally| format!("{} for {}", tally.count, tally.name))
        .collect();
    let answer = format!(
        "{} no effect in the period{}. A refusal is the control at work.",
        quantity(counts.decisions_refused, "decision had", "decisions had"),
        if by_rule.is_empty() {
            String::new()
        } else {
            format!(" ({})", by_rule.join(", "))
        },
    );
    let refused = sections
        .changes
        .iter()
        .filter(|packet| packet.decisions.iter().any(|decision| !decision.effect));
    Statement {
        packets: packets(refused),
        ..Statement::new(answer)
    }
}

fn exceptions(sections: &Sections, counts: &SummaryCounts) -> Statement {
    let severities = &counts.exceptions;
    let acts = count(
        sections
            .exceptions
            .iter()
            .filter(|exception| !exception.open),
    );
    let answer = format!(
        "{}, {} and {} remain at the end; {} had no effect or came too early.",
        quantity(severities.error, "error", "errors"),
        quantity(severities.warning, "warning", "warnings"),
        quantity(severities.info, "note", "notes"),
        quantity(acts, "act of the period", "acts of the period"),
    );
    let flagged = sections
        .changes
        .iter()
        .filter(|packet| !packet.findings.is_empty());
    Statement {
        packets: packets(flagged),
        open_points: severities.error,
        ..Statement::new(answer)
    }
}

fn roles(sections: &Sections) -> Statement {
    let Some(last) = sections.access.last() else {
        return Statement::new("No policy was in force in the period.".to_owned());
    };
    let machines = count(
        last.principals
            .iter()
            .filter(|who| who.kind == PrincipalKind::Machine),
    );
    let administrators = count(last.principals.iter().filter(|who| who.administrator));
    let suspended = count(
        last.principals
            .iter()
            .filter(|who| who.suspended_at.is_some()),
    );
    let changes: usize = sections.access.iter().map(|era| era.changes.len()).sum();
    Statement::new(format!(
        "{} in force in the period. The last one names {} and {}; {}, {} suspended. {} gained or lost.",
        quantity(count(sections.access.iter()), "policy was", "policies were"),
        quantity(count(last.principals.iter()) - machines, "person", "people"),
        quantity(machines, "machine", "machines"),
        quantity(administrators, "administrator", "administrators"),
        suspended,
        quantity(
            u32::try_from(changes).unwrap_or(u32::MAX),
            "permission was",
            "permissions were"
        ),
    ))
}

fn administration(sections: &Sections) -> Statement {
    let refused = count(sections.administration.iter().filter(|act| !act.effect));
    Statement::new(format!(
        "{} on the policy or a principal in the period, {refused} without effect.",
        quantity(count(sections.administration.iter()), "act", "acts"),
    ))
}

fn policy_changes(sections: &Sections, counts: &SummaryCounts) -> Statement {
    let faults = count(
        remaining(sections, ExceptionKind::Policy)
            .filter(|exception| exception.severity == Severity::Error),
    );
    let answer = format!(
        "{} effect in the period; the policy in force at its end has serial {} and needs {} to change. {} about the policy.",
        quantity(
            counts.policy_changes,
            "policy change took",
            "policy changes took"
        ),
        sections.scope.policy.serial,
        quantity(
            sections.access.last().map_or(0, |era| era.policy_changes),
            "administrator",
            "administrators"
        ),
        quantity(faults, "error remains", "errors remain"),
    );
    let proposed = sections
        .changes
        .iter()
        .filter(|packet| packet.change == ChangeKind::PolicyProposed);
    Statement {
        packets: packets(proposed),
        open_points: faults,
        ..Statement::new(answer)
    }
}

fn incidents(sections: &Sections, counts: &SummaryCounts) -> Statement {
    let exposed = count(
        sections
            .incidents
            .iter()
            .filter(|incident| incident.in_force && incident.present),
    );
    let longest = sections
        .incidents
        .iter()
        .filter_map(|incident| incident.exposure)
        .max();
    let longest = longest.map_or_else(String::new, |seconds| {
        format!(
            " The longest exposure before one was {}.",
            counted(seconds, "second")
        )
    });
    let answer = format!(
        "{} (block, revocation or rollback), {} open at the end.{longest} {} still in the tree.",
        quantity(counts.incidents, "incident", "incidents"),
        counts.incidents_open,
        quantity(exposed, "stopped version is", "stopped versions are"),
    );
    let stopped: BTreeSet<(&SubjectId, Option<Digest>)> = sections
        .incidents
        .iter()
        .map(|incident| (&incident.subject, incident.digest))
        .collect();
    let about = sections.changes.iter().filter(|packet| {
        packet.digest.is_some() && stopped.contains(&(&packet.subject, packet.digest))
            || stopped.contains(&(&packet.subject, None))
    });
    Statement {
        packets: packets(about),
        open_points: exposed,
        ..Statement::new(answer)
    }
}

fn retirements(sections: &Sections) -> Statement {
    let decided = |kind: DecisionKind| {
        count(
            sections
                .events
                .iter()
                .filter(|event| event.effect && event.action == Action::Decision(kind)),
        )
    };
    let removed = || {
        sections
            .changes
            .iter()
            .filter(|packet| packet.change == ChangeKind::Removed)
    };
    let left: BTreeSet<&SubjectId> = removed().map(|packet| &packet.subject).collect();
    let answer = format!(
        "In the period {}, {}, and the files of {} left the tree.",
        quantity(
            decided(DecisionKind::Deprecate),
            "version was deprecated",
            "versions were deprecated"
        ),
        quantity(
            decided(DecisionKind::Archive),
            "version was archived",
            "versions were archived"
        ),
        quantity(count(left.iter()), "subject", "subjects"),
    );
    Statement {
        packets: packets(removed()),
        ..Statement::new(answer)
    }
}

fn reviews(sections: &Sections) -> Statement {
    let overdue = count(sections.reviews.iter().filter(|review| review.overdue));
    let ended = count(sections.expiring.iter().filter(|expiry| expiry.ended));
    let answer = format!(
        "{} a review date, {overdue} of them overdue. {} an expiry, {ended} of them past.",
        quantity(
            count(sections.reviews.iter()),
            "subject has",
            "subjects have"
        ),
        quantity(
            count(sections.expiring.iter()),
            "approval or key has",
            "approvals and keys have"
        ),
    );
    Statement {
        open_points: overdue + ended,
        ..Statement::new(answer)
    }
}

fn event_log(sections: &Sections) -> Statement {
    Statement::new(format!(
        "{} in the period, over {}, each with the landing, actor, bytes, reason, evidence and outcome that its kind has.",
        quantity(count(sections.events.iter()), "event", "events"),
        quantity(sections.period.landings, "landing", "landings"),
    ))
}

// Does not mention signatures and earlier reports: those are added to the finished report.
fn tamper_evidence(sections: &Sections) -> Statement {
    let broken = remaining(sections, ExceptionKind::RecordAltered)
        .chain(remaining(sections, ExceptionKind::HistoryGap));
    let open_points = count(broken.filter(|exception| exception.severity == Severity::Error));
    let log = &sections.log;
    let answer = format!(
        "The log has {} with root {}; the anchor {}. {} or a gap in history.",
        quantity(log.size, "leaf", "leaves"),
        log.root,
        if sections.scope.anchor_pinned {
            "was pinned"
        } else {
            "was not pinned"
        },
        quantity(
            open_points,
            "error reports an altered record",
            "errors report an altered record"
        ),
    );
    Statement {
        packets: packets(
            sections
                .changes
                .iter()
                .filter(|packet| !packet.proofs.is_empty()),
        ),
        open_points,
        ..Statement::new(answer)
    }
}

fn retention(sections: &Sections) -> Statement {
    if sections.retention.is_empty() {
        return Statement::new(
            "The policy sets no retention period. Countersign never deletes anything.".to_owned(),
        );
    }
    let missing: usize = sections
        .retention
        .iter()
        .map(|kind| kind.missing.len())
        .sum();
    let kinds: Vec<String> = sections
        .retention
        .iter()
        .map(|kind| {
            let oldest = kind
                .oldest
                .map_or_else(String::new, |oldest| format!(", the oldest from {oldest}"));
            format!(
                "{}: keep {}, {} found{oldest}, {} missing",
                kind.kind,
                counted(kind.keep_days, "day"),
                kind.records,
                kind.missing.len()
            )
        })
        .collect();
    Statement {
        open_points: u32::try_from(missing).unwrap_or(u32::MAX),
        ..Statement::new(format!("{}.", kinds.join("; ")))
    }
}
