//! Changes, decisions about them, and what they let a subject do.

use super::cell::{Cell, Table, list, people, position, row, time};
use crate::report::{DecisionMade, Report};

pub(super) fn changes(report: &Report) -> String {
    let mut table = Table::new(&[
        "packet",
        "change",
        "subject",
        "version",
        "digest",
        "before_version",
        "before_digest",
        "position",
        "commit",
        "time",
        "risk",
        "owners",
        "widens",
        "files_changed",
        "contributors",
        "unknown_contributors",
        "baseline",
        "state",
        "granted_position",
        "granted_time",
        "lead_time_seconds",
        "approvers",
        "missing_approvals",
        "findings",
    ]);
    for packet in &report.changes {
        let approvers: Vec<&str> = packet.requirements.iter().flat_map(|met| &met.have).map(|who| who.principal.as_str()).collect();
        let missing: u32 = packet.requirements.iter().map(|met| met.missing).sum();
        table.row(row![
            &packet.id,
            word(&packet.change),
            &packet.subject,
            &packet.version,
            &packet.digest,
            &packet.before.as_ref().map(|before| before.version.clone()),
            &packet.before.as_ref().and_then(|before| before.digest.clone()),
            packet.landed.position,
            &packet.landed.commit,
            &packet.landed.time,
            packet.risk,
            people(&packet.owners),
            &packet.widens,
            u32::try_from(packet.files.len()).unwrap_or(u32::MAX),
            people(&packet.contributors),
            list(&packet.unknown_contributors),
            packet.baseline,
            &packet.state,
            position(packet.granted.as_ref()),
            time(packet.granted.as_ref()),
            &packet.lead_time,
            list(&approvers),
            missing,
            list(&packet.findings),
        ]);
    }
    table.0
}

/// The word that JSON has for a value of an enumeration.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(super) fn decisions(report: &Report) -> String {
    let mut table = Table::new(&[
        "packet",
        "decision",
        "subject",
        "version",
        "digest",
        "principal",
        "name",
        "meaning",
        "reason",
        "signed",
        "position",
        "commit",
        "time",
        "evidence",
        "key",
        "effect",
        "refused_because",
        "believed",
        "record",
        "path",
        "recorded_by",
    ]);
    for packet in &report.changes {
        for decision in &packet.decisions {
            table.row(decision_row(&packet.id, decision));
        }
    }
    table.0
}

fn decision_row(packet: &str, decision: &DecisionMade) -> Vec<Cell> {
    row![
        packet,
        decision.decision,
        &decision.subject,
        &decision.version,
        &decision.digest,
        &decision.by.principal,
        &decision.by.name,
        &decision.meaning,
        &decision.reason,
        &decision.signed,
        decision.landed.position,
        &decision.landed.commit,
        &decision.landed.time,
        &decision.evidence,
        &decision.key,
        decision.effect,
        &decision.refused_because,
        &decision.believed,
        &decision.record,
        &decision.path,
        &decision.recorded_by,
    ]
}

pub(super) fn capabilities(report: &Report) -> String {
    let mut table = Table::new(&["packet", "subject", "version", "aspect", "item", "change", "widens"]);
    for packet in &report.changes {
        for capability in &packet.capabilities {
            table.row(row![
                &packet.id,
                &packet.subject,
                &packet.version,
                capability.aspect,
                &capability.item,
                capability.change,
                capability.widens,
            ]);
        }
    }
    table.0
}
