//! Changes, decisions about them, and what they let a subject do.

use super::cell::{Cell, Column, count, list, people, position, table, time};
use crate::report::{AuditReport, ChangedCapability, DecisionMade, Packet};

pub(super) fn changes(report: &AuditReport) -> String {
    let columns: &[Column<&Packet>] = &[
        ("packet", |packet| Cell::from(&packet.id)),
        ("change", |packet| Cell::from(packet.change)),
        ("subject", |packet| Cell::from(&packet.subject)),
        ("version", |packet| Cell::from(&packet.version)),
        ("digest", |packet| Cell::from(&packet.digest)),
        ("before_version", |packet| {
            Cell::from(&packet.before.as_ref().map(|before| before.version.clone()))
        }),
        ("before_digest", |packet| {
            Cell::from(&packet.before.as_ref().and_then(|before| before.digest))
        }),
        ("position", |packet| Cell::from(packet.landed.position)),
        ("commit", |packet| Cell::from(&packet.landed.commit)),
        ("time", |packet| Cell::from(&packet.landed.time)),
        ("risk", |packet| Cell::from(packet.risk)),
        ("owners", |packet| people(&packet.owners)),
        ("widens", |packet| Cell::from(&packet.widens)),
        ("files_changed", |packet| count(&packet.files)),
        ("contributors", |packet| people(&packet.contributors)),
        ("unknown_contributors", |packet| {
            list(&packet.unknown_contributors)
        }),
        ("baseline", |packet| Cell::from(packet.baseline)),
        ("state", |packet| Cell::from(&packet.state)),
        ("granted_position", |packet| {
            position(packet.granted.as_ref())
        }),
        ("granted_time", |packet| time(packet.granted.as_ref())),
        ("lead_time_seconds", |packet| Cell::from(&packet.lead_time)),
        ("approvers", |packet| {
            list(
                packet
                    .requirements
                    .iter()
                    .flat_map(|met| &met.approvals)
                    .map(|who| &who.principal),
            )
        }),
        ("missing_approvals", |packet| {
            Cell::from(
                packet
                    .requirements
                    .iter()
                    .map(|met| met.missing)
                    .sum::<u32>(),
            )
        }),
        ("findings", |packet| list(&packet.findings)),
    ];
    table(columns, &report.changes)
}

pub(super) fn decisions(report: &AuditReport) -> String {
    let columns: &[Column<(&Packet, &DecisionMade)>] = &[
        ("packet", |(packet, _)| Cell::from(&packet.id)),
        ("decision", |(_, decision)| Cell::from(decision.decision)),
        ("subject", |(_, decision)| Cell::from(&decision.subject)),
        ("version", |(_, decision)| Cell::from(&decision.version)),
        ("digest", |(_, decision)| Cell::from(&decision.digest)),
        ("principal", |(_, decision)| {
            Cell::from(&decision.by.principal)
        }),
        ("name", |(_, decision)| Cell::from(&decision.by.name)),
        ("meaning", |(_, decision)| Cell::from(&decision.meaning)),
        ("reason", |(_, decision)| Cell::from(&decision.reason)),
        ("signed", |(_, decision)| Cell::from(&decision.signed)),
        ("position", |(_, decision)| {
            Cell::from(decision.landed.position)
        }),
        ("commit", |(_, decision)| {
            Cell::from(&decision.landed.commit)
        }),
        ("time", |(_, decision)| Cell::from(&decision.landed.time)),
        ("evidence", |(_, decision)| Cell::from(&decision.evidence)),
        ("key", |(_, decision)| Cell::from(&decision.key)),
        ("effect", |(_, decision)| Cell::from(decision.effect)),
        ("refused_because", |(_, decision)| {
            Cell::from(&decision.refused_because)
        }),
        ("basis", |(_, decision)| Cell::from(&decision.basis)),
        ("record", |(_, decision)| Cell::from(&decision.record)),
        ("path", |(_, decision)| Cell::from(&decision.path)),
        ("recorded_by", |(_, decision)| {
            Cell::from(&decision.recorded_by)
        }),
    ];
    table(
        columns,
        report.changes.iter().flat_map(|packet| {
            packet
                .decisions
                .iter()
                .map(move |decision| (packet, decision))
        }),
    )
}

pub(super) fn capabilities(report: &AuditReport) -> String {
    let columns: &[Column<(&Packet, &ChangedCapability)>] = &[
        ("packet", |(packet, _)| Cell::from(&packet.id)),
        ("subject", |(packet, _)| Cell::from(&packet.subject)),
        ("version", |(packet, _)| Cell::from(&packet.version)),
        ("aspect", |(_, capability)| Cell::from(capability.aspect)),
        ("item", |(_, capability)| Cell::from(&capability.item)),
        ("change", |(_, capability)| Cell::from(capability.change)),
        ("widens", |(_, capability)| Cell::from(capability.widens)),
    ];
    table(
        columns,
        report.changes.iter().flat_map(|packet| {
            packet
                .capabilities
                .iter()
                .map(move |capability| (packet, capability))
        }),
    )
}
