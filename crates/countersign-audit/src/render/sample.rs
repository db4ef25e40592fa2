//! One report that has something in every table, with hostile text where outsiders can write.

use crate::build;
use crate::framework;
use crate::leaf::{LEAF_SCHEMA, LeafProof, Leaves};
use crate::report::{
    AdministrativeAct, AnchorSignature, AuditReport, AuditScope, Bound, ChangeKind,
    ChangedCapability, ChangedFile, CountedApprover, DecisionMade, Distribution, EventRow,
    Exception, ExceptionKind, Expiry, ExpiryKind, Incident, InventoryItem, ItemChange, LogProof,
    Metrics, Moment, NamedPrincipal, Outside, Packet, PathCount, Period, PermissionChange,
    PermissionChangeKind, Permissions, PolicyAt, PolicyEra, RequirementMet, Retention, ReviewDue,
    Sections, Step, Tally, VersionAt,
};
use crate::version_label::VersionLabel;
use countersign_core::check::sample::{commit, digest, time};
use countersign_core::lifecycle::ledger::Action;
use countersign_model::document::capability::Aspect;
use countersign_model::policy_input::PrincipalKind;
use countersign_model::{
    DecisionKind, EvidenceKind, EvidenceKinds, Kind, Meaning, PrincipalName, Risk, RuleId,
    Severity, State, SubjectId, Version,
};

/// What a spreadsheet, a terminal, a browser and a build runner would each like to obey.
pub const HOSTILE: &str = "=cmd|'/c calc'!A1 <script>alert(1)</script> \u{1b}[2J\n::error::x";

/// A landing at a position.
pub fn moment(position: u32) -> Moment {
    Moment {
        position,
        commit: commit(position),
        time: time(position),
    }
}

fn principal(name: &str) -> PrincipalName {
    name.parse().expect("it is a name")
}

fn pdf_tools() -> SubjectId {
    "skill/pdf-tools".parse().expect("it is a subject")
}

fn version(text: &str) -> Version {
    Version::parse(text).expect("it is a version")
}

fn label(text: &str) -> VersionLabel {
    VersionLabel::Version(version(text))
}

fn person(name: &str, printed: &str) -> NamedPrincipal {
    NamedPrincipal {
        principal: principal(name),
        name: printed.to_owned(),
    }
}

fn bob() -> CountedApprover {
    CountedApprover {
        principal: principal("bob"),
        name: "Bob Ode".to_owned(),
        evidence: EvidenceKind::Signature,
        strength: "Their key signed these bytes.",
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn decision(kind: DecisionKind, version: &str, effect: bool) -> DecisionMade {
    DecisionMade {
        decision: kind,
        subject: pdf_tools(),
        version: label(version),
        digest: Some(digest(version)),
        by: person("bob", "Bob Ode"),
        meaning: Some(Meaning::Approval),
        reason: text(HOSTILE),
        signed: Some(time(6)),
        landed: moment(6),
        evidence: effect.then_some(EvidenceKind::Signature),
        key: text("SHA256:abc"),
        effect,
        refused_because: (!effect).then_some(RuleId::KeyUnknown),
        basis: "A key of bob signed exactly these bytes.".to_owned(),
        record: digest(&format!("record of {version}")),
        path: "approvals/skill/pdf-tools/x.yaml".to_owned(),
        refs: Vec::new(),
        recorded_by: None,
    }
}

fn packet(position: u32, version: &str, granted: bool) -> Packet {
    Packet {
        id: format!("{position}-skill-pdf-tools-{version}"),
        change: ChangeKind::Changed,
        subject: pdf_tools(),
        version: Some(label(version)),
        digest: Some(digest(version)),
        before: Some(VersionAt {
            version: label("1.0.0"),
            digest: Some(digest("1.0.0")),
        }),
        landed: moment(position),
        risk: Risk::Medium,
        owners: vec![person("alice", "Alice Ng")],
        capabilities: vec![ChangedCapability {
            aspect: Aspect::Host,
            item: HOSTILE.to_owned(),
            change: ItemChange::Added,
            widens: true,
        }],
        widens: Some(true),
        files: vec![ChangedFile {
            path: "SKILL.md".to_owned(),
            change: ItemChange::Changed,
        }],
        contributors: vec![person("alice", "Alice Ng")],
        unknown_contributors: vec!["=mallory@example.com".to_owned()],
        baseline: false,
        state: Some(if granted {
            State::Approved
        } else {
            State::Draft
        }),
        requirements: vec![RequirementMet {
            count: 1,
            from: vec!["owners".to_owned()],
            accept: [EvidenceKind::Signature]
                .into_iter()
                .collect::<EvidenceKinds>(),
            approvals: if granted { vec![bob()] } else { Vec::new() },
            missing: u32::from(!granted),
        }],
        granted: granted.then(|| moment(position + 1)),
        lead_time: granted.then_some(3600),
        decisions: vec![decision(DecisionKind::Approve, version, granted)],
        findings: if granted {
            Vec::new()
        } else {
            vec![RuleId::UnapprovedVersion]
        },
        proofs: vec![LeafProof {
            index: 3,
            leaves: Leaves::new(vec!["{}".into(); 5]),
        }],
    }
}

fn policy() -> PolicyAt {
    PolicyAt {
        serial: 7,
        digest: digest("policy 7"),
        since: moment(0),
    }
}

fn event(leaf: u64, position: u32, action: Action, effect: bool) -> EventRow {
    EventRow {
        leaf: Some(leaf),
        at: moment(position),
        action,
        subject: pdf_tools(),
        version: Some(label("1.2.0")),
        digest: Some(digest("1.2.0")),
        by: (action != Action::Landed).then(|| person("bob", "Bob Ode")),
        reason: (action != Action::Landed).then(|| HOSTILE.to_owned()),
        evidence: (action != Action::Landed && effect).then_some(EvidenceKind::Signature),
        record: None,
        effect,
        refused_because: (!effect).then_some(RuleId::KeyUnknown),
    }
}

fn exception(kind: ExceptionKind, rule: RuleId, severity: Severity) -> Exception {
    Exception {
        kind,
        rule,
        severity,
        message: HOSTILE.to_owned(),
        help: "Look at it.".to_owned(),
        subject: Some(pdf_tools()),
        version: Some(label("1.3.0")),
        path: text("skills/pdf-tools"),
        principal: None,
        position: Some(9),
        commit: Some(commit(9)),
        open: true,
    }
}

/// The report: one approved change, one that waits, a refusal, a block, an overdue review, and
/// every framework.
pub fn report() -> AuditReport {
    assembled(sections())
}

/// A report of these sections, with every framework.
pub fn assembled(sections: Sections) -> AuditReport {
    build::assemble(
        sections,
        &framework::chosen(&[framework::ALL.to_owned()]).expect("they are built in"),
    )
}

/// What [`report`] is made of.
#[allow(clippy::too_many_lines, reason = "every field once")]
pub fn sections() -> Sections {
    Sections {
        scope: AuditScope {
            repository: "github.com/acme/agent-skills".to_owned(),
            branch: "main".to_owned(),
            anchor: moment(0),
            anchor_pinned: false,
            anchor_signature: AnchorSignature {
                signed: true,
                key: text("SHA256:alice"),
                by: Some(person("alice", "Alice Ng")),
            },
            head: moment(20),
            now: time(24),
            policy: policy(),
            includes: None,
            subjects: None,
            outside: Outside {
                ignored: vec![format!("`ignore` hides 1 with lab/*: {HOSTILE}")],
                ungoverned: PathCount {
                    count: 3,
                    paths: vec![HOSTILE.to_owned()],
                },
                instructions: PathCount::default(),
            },
            suspended: vec![person("dave", "Dave Ito")],
            not_evaluated: vec!["Reviews were not requested.".to_owned()],
        },
        period: Period {
            since: Bound {
                requested: None,
                landing: moment(0),
                resolved: "The anchor.".to_owned(),
            },
            until: Bound {
                requested: None,
                landing: moment(20),
                resolved: "The head.".to_owned(),
            },
            landings: 21,
        },
        inventory: vec![inventory_item()],
        changes: vec![packet(5, "1.2.0", true), packet(9, "1.3.0", false)],
        exceptions: vec![
            exception(
                ExceptionKind::UnapprovedLanding,
                RuleId::UnapprovedVersion,
                Severity::Error,
            ),
            exception(
                ExceptionKind::HistoryGap,
                RuleId::AnchorNotPinned,
                Severity::Warning,
            ),
        ],
        access: vec![era()],
        administration: vec![AdministrativeAct {
            at: moment(8),
            action: Action::Decision(DecisionKind::Block),
            subject: "principal/dave".parse().expect("it is a subject"),
            serial: None,
            by: Some(person("carol", "Carol Wu")),
            reason: text("They left."),
            effect: true,
            refused_because: None,
        }],
        incidents: vec![Incident {
            action: DecisionKind::Block,
            subject: pdf_tools(),
            version: label("1.3.0"),
            digest: Some(digest("1.3.0")),
            by: person("carol", "Carol Wu"),
            reason: text(HOSTILE),
            at: moment(12),
            landed: Some(moment(9)),
            exposure: Some(10_800),
            ended: None,
            duration: None,
            in_force: true,
            present: true,
        }],
        reviews: vec![ReviewDue {
            subject: pdf_tools(),
            owners: vec![person("alice", "Alice Ng")],
            every_days: 90,
            last: None,
            due: None,
            overdue: true,
        }],
        expiring: vec![Expiry {
            kind: ExpiryKind::Approval,
            what: "skill/pdf-tools@1.2.0".to_owned(),
            ends: time(900),
            ended: false,
        }],
        metrics: Metrics {
            lead_time: Distribution {
                count: 1,
                min: Some(3600),
                median: Some(3600),
                p90: Some(3600),
                max: Some(3600),
            },
            approval_age: Distribution::default(),
            lead_times: vec![Tally {
                name: "under a day",
                count: 1,
            }],
            approval_ages: Vec::new(),
            approvals_by_evidence: vec![Tally {
                name: EvidenceKind::Signature,
                count: 1,
            }],
            refused_by_rule: vec![Tally {
                name: RuleId::KeyUnknown,
                count: 1,
            }],
            decisions_by_kind: [DecisionKind::Approve, DecisionKind::Block]
                .map(|name| Tally { name, count: 1 })
                .into(),
            subjects_by_state: [State::Approved, State::Draft]
                .map(|name| Tally { name, count: 1 })
                .into(),
            subjects_by_risk: vec![Tally {
                name: Risk::Medium,
                count: 2,
            }],
            series: vec![step()],
        },
        retention: vec![Retention {
            kind: "decisions".to_owned(),
            keep_days: 2555,
            records: 2,
            oldest: Some(time(6)),
            older: 0,
            missing: Vec::new(),
            note: None,
        }],
        events: vec![
            event(0, 5, Action::Landed, true),
            event(1, 6, Action::Decision(DecisionKind::Approve), true),
            event(2, 10, Action::Decision(DecisionKind::Approve), false),
        ],
        log: LogProof {
            leaf_schema: LEAF_SCHEMA,
            origin: "github.com/acme/agent-skills".to_owned(),
            size: 3,
            root: "ab".repeat(32),
            checkpoint: "github.com/acme/agent-skills\n3\nqw==\n".to_owned(),
            signed: false,
            extends: None,
        },
    }
}

fn step() -> Step {
    Step {
        from: time(0),
        to: time(20),
        position: Some(20),
        landed: 2,
        granted: 1,
        refused: 1,
        stopped: 1,
        subjects: 2,
        approved: 1,
        owned: 2,
        awaiting_opened: 1,
        awaiting_closed: 0,
        awaiting: 1,
        findings_began: 1,
    }
}

fn inventory_item() -> InventoryItem {
    InventoryItem {
        subject: pdf_tools(),
        kind: Kind::Skill,
        paths: vec!["skills/pdf-tools".to_owned()],
        owners: vec!["data-platform".to_owned()],
        owned_by: vec![person("alice", "Alice Ng"), person("bob", "Bob Ode")],
        risk: Risk::Medium,
        version: Some(version("1.2.0")),
        digest: Some(digest("1.2.0")),
        state: State::Approved,
        current: Some(version("1.2.0")),
        baseline: false,
        landed: Some(moment(5)),
        granted: Some(moment(6)),
        approvers: vec![bob()],
        expires: None,
        next_review: None,
        findings: Vec::new(),
        timeline: Vec::new(),
    }
}

fn era() -> PolicyEra {
    PolicyEra {
        policy: policy(),
        until: None,
        approved_by: Vec::new(),
        policy_changes: 2,
        separation_of_duties: true,
        principals: vec![Permissions {
            principal: person("alice", "Alice Ng"),
            kind: PrincipalKind::Person,
            keys: vec!["SHA256:abc".to_owned()],
            teams: vec!["data-platform".to_owned()],
            administrator: true,
            operates: vec!["skill/*".to_owned()],
            records: Vec::new(),
            viewer: false,
            owns: vec!["skills/*".to_owned()],
            approves: vec!["31".to_owned()],
            suspended_at: None,
        }],
        changes: vec![PermissionChange {
            principal: principal("alice"),
            change: PermissionChangeKind::Gained,
            permission: "administrator".to_owned(),
        }],
    }
}
