//! What a report says to each evidence query: one sentence or two with its numbers, the packets to look at, and what speaks against it.
//!
//! Counted from the report alone, so that everybody who holds it can count again.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::report::{Change, DecisionMade, Exception, ExceptionKind, Packet, Report};
use countersign_model::RuleId;
use countersign_model::framework_input::EvidenceQuery;

/// The answer to one query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The query's word.
    pub query: &'static str,
    /// What it asks.
    pub asks: &'static str,
    /// Sentences with their numbers.
    pub says: String,
    /// Packets to look at, in the report's order.
    pub packets: Vec<String>,
    /// How many things here speak against what the control wants: unapproved versions, overdue reviews, altered records …
    pub against: u32,
}

/// Every query's answer, in the order of [`EvidenceQuery::ALL`].
pub fn answers(report: &Report) -> Vec<Answer> {
    EvidenceQuery::ALL.iter().map(|query| answer(*query, report)).collect()
}

fn answer(query: EvidenceQuery, report: &Report) -> Answer {
    let Found { says, packets, against } = match query {
        EvidenceQuery::Inventory => inventory(report),
        EvidenceQuery::ChangePackets => change_packets(report),
        EvidenceQuery::CapabilityChanges => capability_changes(report),
        EvidenceQuery::Approvals => approvals(report),
        EvidenceQuery::SeparationOfDuties => separation_of_duties(report),
        EvidenceQuery::Signatures => signatures(report),
        EvidenceQuery::Refusals => refusals(report),
        EvidenceQuery::Exceptions => exceptions(report),
        EvidenceQuery::Roles => roles(report),
        EvidenceQuery::Administration => administration(report),
        EvidenceQuery::PolicyChanges => policy_changes(report),
        EvidenceQuery::Incidents => incidents(report),
        EvidenceQuery::Retirements => retirements(report),
        EvidenceQuery::Reviews => reviews(report),
        EvidenceQuery::EventLog => event_log(report),
        EvidenceQuery::TamperEvidence => tamper_evidence(report),
        EvidenceQuery::Retention => retention(report),
    };
    Answer { query: query.as_str(), asks: asks(query), says, packets, against }
}

const fn asks(query: EvidenceQuery) -> &'static str {
    match query {
        EvidenceQuery::Inventory => "What is governed, who owns it, and which version lies there?",
        EvidenceQuery::ChangePackets => "What changed, and was every change decided upon?",
        EvidenceQuery::CapabilityChanges => "What may the changed subjects do that they could not do before?",
        EvidenceQuery::Approvals => "Who approved which bytes, and is anything there without approval?",
        EvidenceQuery::SeparationOfDuties => "Did anybody approve her own work?",
        EvidenceQuery::Signatures => "Does every decision carry name, meaning, time and reason, bound to bytes?",
        EvidenceQuery::Refusals => "Which decisions had no effect, and why?",
        EvidenceQuery::Exceptions => "What should an auditor look at?",
        EvidenceQuery::Roles => "Who could do what?",
        EvidenceQuery::Administration => "What was done to the policy and to principals?",
        EvidenceQuery::PolicyChanges => "Which rules changed, and who approved that?",
        EvidenceQuery::Incidents => "What was stopped, by whom, and how long was it exposed?",
        EvidenceQuery::Retirements => "What was retired or removed?",
        EvidenceQuery::Reviews => "Which reviews are overdue, and what ends?",
        EvidenceQuery::EventLog => "What happened, in order?",
        EvidenceQuery::TamperEvidence => "Are history and records whole, and how is that proved?",
        EvidenceQuery::Retention => "What is kept, how long, and what is missing?",
    }
}

struct Found {
    says: String,
    packets: Vec<String>,
    against: u32,
}

fn said(says: String) -> Found {
    Found { says, packets: Vec::new(), against: 0 }
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

/// A number of things, in words that fit it.
pub fn things(number: u32, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

fn packets<'r>(chosen: impl Iterator<Item = &'r Packet>) -> Vec<String> {
    chosen.map(|packet| packet.id.clone()).collect()
}

fn standing(report: &Report, kind: ExceptionKind) -> impl Iterator<Item = &Exception> {
    report.exceptions.iter().filter(move |exception| exception.stands && exception.kind == kind)
}

fn inventory(report: &Report) -> Found {
    let summary = &report.summary;
    let unowned = summary.subjects.saturating_sub(summary.owned);
    let ungoverned = count(standing(report, ExceptionKind::Content).filter(|exception| exception.severity == "error"));
    let says = format!(
        "{} in the tree: {} in an approved version, {} with an owner who is somebody, {} of high or critical risk. {} that nobody governs or that cannot be read as a package.",
        things(summary.subjects, "subject is", "subjects are"),
        summary.approved,
        summary.owned,
        summary.high_risk,
        things(ungoverned, "finding names files", "findings name files"),
    );
    Found { against: unowned + ungoverned, ..said(says) }
}

fn change_packets(report: &Report) -> Found {
    let waiting = count(report.changes.iter().filter(|packet| wants_approval(packet) && packet.granted.is_none()));
    let says = format!(
        "{} landed in the period, {} approved at its end; {} without an approval.",
        things(report.summary.changes, "change", "changes"),
        report.summary.changes_approved,
        things(waiting, "is", "are"),
    );
    Found { packets: packets(report.changes.iter()), against: waiting, ..said(says) }
}

// Bytes of the anchor are nobody's change, and a removal has nothing to approve.
fn wants_approval(packet: &Packet) -> bool {
    packet.change != Change::Removed && !packet.baseline
}

fn capability_changes(report: &Report) -> Found {
    let widening = || report.changes.iter().filter(|packet| packet.widens == Some(true));
    let unknown = count(report.changes.iter().filter(|packet| packet.widens.is_none() && packet.change != Change::Removed));
    let undecided = count(widening().filter(|packet| wants_approval(packet) && packet.granted.is_none()));
    let says = format!(
        "{} what a subject may do, {} of these without an approval. {} not be compared.",
        things(count(widening()), "change widens", "changes widen"),
        undecided,
        things(unknown, "change could", "changes could"),
    );
    Found { packets: packets(widening()), against: undecided, ..said(says) }
}

fn approvals(report: &Report) -> Found {
    let by_evidence: Vec<String> =
        report.metrics.approvals_by_evidence.iter().map(|tally| format!("{} by {}", tally.count, tally.name)).collect();
    let total: u32 = report.metrics.approvals_by_evidence.iter().map(|tally| tally.count).sum();
    // Several rules may have something against one version.
    let unapproved: BTreeSet<(Option<&String>, Option<&String>)> =
        standing(report, ExceptionKind::UnapprovedLanding).map(|one| (one.subject.as_ref(), one.version.as_ref())).collect();
    let unapproved = count(unapproved.iter());
    let says = format!(
        "{} had effect in the period{}. {} at its end without the approval that it takes.",
        things(total, "approval", "approvals"),
        if by_evidence.is_empty() { String::new() } else { format!(" ({})", by_evidence.join(", ")) },
        things(unapproved, "version is there", "versions are there"),
    );
    Found { packets: packets(report.changes.iter().filter(|packet| packet.granted.is_some())), against: unapproved, ..said(says) }
}

fn separation_of_duties(report: &Report) -> Found {
    let without: Vec<String> =
        report.access.iter().filter(|era| !era.separation_of_duties).map(|era| era.policy.serial.to_string()).collect();
    let own_work = || report.changes.iter().filter(|packet| packet.change != Change::PolicyProposed && approved_by_contributor(packet));
    let own = RuleId::SelfApproval.as_str();
    let refused = count(report.events.iter().filter(|event| event.refused_because.as_deref() == Some(own)));
    let rule = if without.is_empty() {
        "Every policy of the period kept contributors from approving.".to_owned()
    } else {
        format!("Contributors could approve under the policies with serial {}.", without.join(", "))
    };
    let says = format!(
        "{rule} {} on somebody who contributed to it; {} refused.",
        things(count(own_work()), "approval rests", "approvals rest"),
        things(refused, "approval of one's own work was", "approvals of one's own work were"),
    );
    let against = count(own_work()) + u32::try_from(without.len()).unwrap_or(u32::MAX);
    Found { packets: packets(own_work()), against, ..said(says) }
}

fn approved_by_contributor(packet: &Packet) -> bool {
    let contributors: BTreeSet<&str> = packet.contributors.iter().map(|person| person.principal.as_str()).collect();
    packet.granted.is_some()
        && packet.requirements.iter().flat_map(|met| &met.have).any(|who| contributors.contains(who.principal.as_str()))
}

fn signatures(report: &Report) -> Found {
    let mut records = BTreeSet::new();
    let effective = |decision: &&DecisionMade| decision.effect;
    let distinct: Vec<&DecisionMade> = report
        .changes
        .iter()
        .flat_map(|packet| &packet.decisions)
        .filter(effective)
        .filter(|decision| records.insert((decision.record.as_str(), decision.subject.as_str(), decision.version.as_str())))
        .collect();
    let complete = |decision: &&&DecisionMade| {
        decision.evidence.is_some() && decision.meaning.is_some() && decision.reason.is_some() && decision.signed.is_some()
    };
    let total = u32::try_from(distinct.len()).unwrap_or(u32::MAX);
    let whole = count(distinct.iter().filter(complete));
    let says = format!(
        "{} about the period's changes had effect; {whole} of them with printed name, meaning, reason and the signer's time, proved by evidence over exact bytes.",
        things(total, "decision", "decisions"),
    );
    let with_decisions = report.changes.iter().filter(|packet| packet.decisions.iter().any(|decision| decision.effect));
    Found { packets: packets(with_decisions), against: total - whole, ..said(says) }
}

fn refusals(report: &Report) -> Found {
    let by_rule: Vec<String> =
        report.metrics.refused_by_rule.iter().take(5).map(|tally| format!("{} for {}", tally.count, tally.name)).collect();
    let says = format!(
        "{} no effect in the period{}. A refusal is the control at work.",
        things(report.summary.decisions_refused, "decision had", "decisions had"),
        if by_rule.is_empty() { String::new() } else { format!(" ({})", by_rule.join(", ")) },
    );
    let refused = report.changes.iter().filter(|packet| packet.decisions.iter().any(|decision| !decision.effect));
    Found { packets: packets(refused), ..said(says) }
}

fn exceptions(report: &Report) -> Found {
    let found = &report.summary.exceptions;
    let acts = count(report.exceptions.iter().filter(|exception| !exception.stands));
    let says = format!(
        "{}, {} and {} stand at the end; {} had no effect or came too early.",
        things(found.error, "error", "errors"),
        things(found.warning, "warning", "warnings"),
        things(found.info, "note", "notes"),
        things(acts, "act of the period", "acts of the period"),
    );
    let flagged = report.changes.iter().filter(|packet| !packet.findings.is_empty());
    Found { packets: packets(flagged), against: found.error, ..said(says) }
}

fn roles(report: &Report) -> Found {
    let Some(last) = report.access.last() else { return said("No policy was in force in the period.".to_owned()) };
    let machines = count(last.principals.iter().filter(|who| who.kind == "machine"));
    let administrators = count(last.principals.iter().filter(|who| who.administrator));
    let suspended = count(last.principals.iter().filter(|who| who.suspended_at.is_some()));
    let changes: usize = report.access.iter().map(|era| era.changes.len()).sum();
    said(format!(
        "{} in force in the period. The last one names {} and {}; {}, {} suspended. {} came or went.",
        things(count(report.access.iter()), "policy was", "policies were"),
        things(count(last.principals.iter()) - machines, "person", "people"),
        things(machines, "machine", "machines"),
        things(administrators, "administrator", "administrators"),
        suspended,
        things(u32::try_from(changes).unwrap_or(u32::MAX), "permission", "permissions"),
    ))
}

fn administration(report: &Report) -> Found {
    let refused = count(report.administration.iter().filter(|act| !act.effect));
    said(format!(
        "{} upon the policy or a principal in the period, {refused} without effect.",
        things(count(report.administration.iter()), "act", "acts"),
    ))
}

fn policy_changes(report: &Report) -> Found {
    let faults = count(standing(report, ExceptionKind::Policy).filter(|exception| exception.severity == "error"));
    let says = format!(
        "{} effect in the period; the policy in force at its end has serial {} and takes {} for a change. {} about the policy.",
        things(report.summary.policy_changes, "policy change took", "policy changes took"),
        report.scope.policy.serial,
        things(report.access.last().map_or(0, |era| era.policy_changes), "administrator", "administrators"),
        things(faults, "error stands", "errors stand"),
    );
    let proposed = report.changes.iter().filter(|packet| packet.change == Change::PolicyProposed);
    Found { packets: packets(proposed), against: faults, ..said(says) }
}

fn incidents(report: &Report) -> Found {
    let exposed = count(report.incidents.iter().filter(|incident| incident.stands && incident.present));
    let longest = report.incidents.iter().filter_map(|incident| incident.exposed).max();
    let longest = longest.map_or_else(String::new, |seconds| format!(" The longest exposure before one was {seconds} seconds."));
    let says = format!(
        "{} (block, revocation or rollback), {} open at the end.{longest} {} still in the tree.",
        things(report.summary.incidents, "incident", "incidents"),
        report.summary.incidents_open,
        things(exposed, "stopped version is", "stopped versions are"),
    );
    let stopped: BTreeSet<(&str, Option<&str>)> =
        report.incidents.iter().map(|incident| (incident.subject.as_str(), incident.digest.as_deref())).collect();
    let about = report.changes.iter().filter(|packet| {
        packet.digest.is_some() && stopped.contains(&(packet.subject.as_str(), packet.digest.as_deref()))
            || stopped.contains(&(packet.subject.as_str(), None))
    });
    Found { packets: packets(about), against: exposed, ..said(says) }
}

fn retirements(report: &Report) -> Found {
    let acts = |action: &str| count(report.events.iter().filter(|event| event.effect && event.action == action));
    let removed = || report.changes.iter().filter(|packet| packet.change == Change::Removed);
    let left: BTreeSet<&str> = removed().map(|packet| packet.subject.as_str()).collect();
    let says = format!(
        "In the period {}, {}, and the files of {} left the tree.",
        things(acts("deprecate"), "version was deprecated", "versions were deprecated"),
        things(acts("archive"), "version was archived", "versions were archived"),
        things(count(left.iter()), "subject", "subjects"),
    );
    Found { packets: packets(removed()), ..said(says) }
}

fn reviews(report: &Report) -> Found {
    let overdue = count(report.reviews.iter().filter(|review| review.overdue));
    let ended = count(report.expiring.iter().filter(|expiry| expiry.ended));
    let says = format!(
        "{} a date for review, {overdue} of them overdue. {} an end, {ended} of them past.",
        things(count(report.reviews.iter()), "subject has", "subjects have"),
        things(count(report.expiring.iter()), "approval or key has", "approvals and keys have"),
    );
    Found { against: overdue + ended, ..said(says) }
}

fn event_log(report: &Report) -> Found {
    said(format!(
        "{} in the period, over {}, each with landing, actor, bytes, reason, evidence and outcome as far as its kind has them.",
        things(count(report.events.iter()), "event", "events"),
        things(report.period.landings, "landing", "landings"),
    ))
}

// Says nothing of signatures and earlier reports: those are added when the report is there.
fn tamper_evidence(report: &Report) -> Found {
    let broken = standing(report, ExceptionKind::RecordAltered).chain(standing(report, ExceptionKind::HistoryGap));
    let against = count(broken.filter(|exception| exception.severity == "error"));
    let log = &report.log;
    let says = format!(
        "The log has {} with root {}; the anchor {}. {} or a gap in history.",
        if log.size == 1 { "1 leaf".to_owned() } else { format!("{} leaves", log.size) },
        log.root,
        if report.scope.anchor_pinned { "was pinned" } else { "was not pinned" },
        things(against, "error tells of an altered record", "errors tell of altered records"),
    );
    Found { packets: packets(report.changes.iter().filter(|packet| !packet.proofs.is_empty())), against, ..said(says) }
}

fn retention(report: &Report) -> Found {
    if report.retention.is_empty() {
        return said("The policy says of no kind of record how long it is kept. Nothing is ever deleted by this program.".to_owned());
    }
    let missing: usize = report.retention.iter().map(|kind| kind.missing.len()).sum();
    let kinds: Vec<String> = report
        .retention
        .iter()
        .map(|kind| {
            let oldest = kind.oldest.as_deref().map_or_else(String::new, |oldest| format!(", the oldest of {oldest}"));
            format!("{}: kept {} days, {} found{oldest}, {} missing", kind.kind, kind.keep_days, kind.records, kind.missing.len())
        })
        .collect();
    Found { against: u32::try_from(missing).unwrap_or(u32::MAX), ..said(format!("{}.", kinds.join("; "))) }
}
