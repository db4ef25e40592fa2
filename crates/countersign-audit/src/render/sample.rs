//! One report that has something in every table, with hostile text where outsiders can write.

use crate::framework;
use crate::leaf::Leaves;
use crate::report::{
    AdministrativeAct, Approver, Bound, CapabilityChange, Change, DecisionMade, Distribution, Exception, ExceptionKind, Expiry, FileChange,
    Incident, InventoryItem, LeafProof, LogProof, Metrics, Moment, Packet, Period, PermissionChange, Permissions, Person, PolicyAt,
    PolicyEra, Report, RequirementMet, Retention, ReviewDue, SCHEMA, Scope, Severities, Summary, Tally, Tool, VersionAt,
};
use crate::report::{EventRow, Step};
use countersign_core::check::sample::{commit, digest, time};

/// What a spreadsheet, a terminal, a browser and a build runner would each like to obey.
pub const HOSTILE: &str = "=cmd|'/c calc'!A1 <script>alert(1)</script> \u{1b}[2J\n::error::x";

/// A landing at a position.
pub fn moment(position: u32) -> Moment {
    Moment { position, commit: commit(position).to_string().into(), time: time(position).to_string().into() }
}

fn person(name: &str, printed: &str) -> Person {
    Person { principal: name.to_owned(), name: printed.to_owned() }
}

fn bob() -> Approver {
    Approver {
        principal: "bob".to_owned(),
        name: "Bob Ode".to_owned(),
        evidence: "signature",
        strength: "A key of his signed these bytes.",
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn decision(kind: &'static str, version: &str, effect: bool) -> DecisionMade {
    DecisionMade {
        decision: kind,
        subject: "skill/pdf-tools".to_owned(),
        version: version.to_owned(),
        digest: text(&digest(version).to_string()),
        by: person("bob", "Bob Ode"),
        meaning: text("approval"),
        reason: text(HOSTILE),
        signed: text(&time(6).to_string()),
        landed: moment(6),
        evidence: effect.then_some("signature"),
        key: text("SHA256:abc"),
        effect,
        refused_because: (!effect).then(|| "key-unknown".to_owned()),
        believed: "A key of bob signed exactly these bytes.".to_owned(),
        record: digest(&format!("record of {version}")).to_string(),
        path: "approvals/skill/pdf-tools/x.yaml".to_owned(),
        refs: Vec::new(),
        recorded_by: None,
    }
}

fn packet(position: u32, version: &str, granted: bool) -> Packet {
    Packet {
        id: format!("{position}-skill-pdf-tools-{version}"),
        change: Change::Changed,
        subject: "skill/pdf-tools".to_owned(),
        version: text(version),
        digest: text(&digest(version).to_string()),
        before: Some(VersionAt { version: "1.0.0".to_owned(), digest: text(&digest("1.0.0").to_string()) }),
        landed: moment(position),
        risk: "medium",
        owners: vec![person("alice", "Alice Ng")],
        capabilities: vec![CapabilityChange { aspect: "hosts", item: HOSTILE.to_owned(), change: "added", widens: true }],
        widens: Some(true),
        files: vec![FileChange { path: "SKILL.md".to_owned(), change: "changed" }],
        contributors: vec![person("alice", "Alice Ng")],
        unknown_contributors: vec!["=mallory@example.com".to_owned()],
        baseline: false,
        state: Some(if granted { "approved" } else { "draft" }),
        requirements: vec![RequirementMet {
            count: 1,
            from: vec!["owners".to_owned()],
            accept: vec!["signature"],
            have: if granted { vec![bob()] } else { Vec::new() },
            missing: u32::from(!granted),
        }],
        granted: granted.then(|| moment(position + 1)),
        lead_time: granted.then_some(3600),
        decisions: vec![decision("approve", version, granted)],
        findings: if granted { Vec::new() } else { vec!["unapproved".to_owned()] },
        proofs: vec![LeafProof { index: 3, leaves: Leaves::new(vec!["{}".into(); 5]) }],
    }
}

fn policy() -> PolicyAt {
    PolicyAt { serial: 7, digest: digest("policy 7").to_string(), since: moment(0) }
}

fn event(leaf: u64, position: u32, action: &'static str, effect: bool) -> EventRow {
    EventRow {
        leaf: Some(leaf),
        at: moment(position),
        action,
        subject: "skill/pdf-tools".to_owned(),
        version: text("1.2.0"),
        digest: text(&digest("1.2.0").to_string()),
        by: (action != "landed").then(|| person("bob", "Bob Ode")),
        reason: (action != "landed").then(|| HOSTILE.to_owned()),
        evidence: (action != "landed" && effect).then_some("signature"),
        record: None,
        effect,
        refused_because: (!effect).then(|| "key-unknown".to_owned()),
    }
}

fn exception(kind: ExceptionKind, rule: &str, severity: &'static str) -> Exception {
    Exception {
        kind,
        rule: rule.to_owned(),
        severity,
        message: HOSTILE.to_owned(),
        help: "Look at it.".to_owned(),
        subject: text("skill/pdf-tools"),
        version: text("1.3.0"),
        path: text("skills/pdf-tools"),
        principal: None,
        position: Some(9),
        commit: text(&commit(9).to_string()),
        stands: true,
    }
}

/// The report: one approved change, one that waits, a refusal, a block, an overdue review, and every framework.
pub fn report() -> Report {
    let mut report = bare();
    report.evidence = framework::answers(&report);
    let frameworks = framework::chosen(&[framework::ALL.to_owned()]).expect("they are built in");
    report.frameworks = frameworks.iter().map(|framework| framework::report(framework, &report.evidence)).collect();
    report
}

#[allow(clippy::too_many_lines, reason = "every field once")]
fn bare() -> Report {
    let tally = |name: &str, count: u32| Tally { name: name.to_owned(), count };
    Report {
        schema: SCHEMA,
        tool: Tool { name: "countersign", version: "0.1.0" },
        scope: Scope {
            repository: "github.com/acme/agent-skills".to_owned(),
            branch: "main".to_owned(),
            anchor: moment(0),
            anchor_pinned: false,
            head: moment(20),
            now: time(24).to_string(),
            policy: policy(),
            includes: None,
            subjects: None,
            not_evaluated: vec!["Reviews were not asked for.".to_owned()],
        },
        period: Period {
            since: Bound { asked: None, landing: moment(0), resolved: "The anchor.".to_owned() },
            until: Bound { asked: None, landing: moment(20), resolved: "The head.".to_owned() },
            landings: 21,
        },
        summary: Summary {
            sentences: vec!["One of two changes is approved.".to_owned()],
            subjects: 2,
            approved: 1,
            owned: 2,
            high_risk: 0,
            changes: 2,
            changes_approved: 1,
            decisions: 2,
            decisions_refused: 1,
            policy_changes: 0,
            incidents: 1,
            incidents_open: 1,
            exceptions: Severities { error: 1, warning: 1, info: 0 },
            reviews_overdue: 1,
            approvals_expired: 0,
        },
        inventory: vec![inventory_item()],
        changes: vec![packet(5, "1.2.0", true), packet(9, "1.3.0", false)],
        exceptions: vec![
            exception(ExceptionKind::UnapprovedLanding, "unapproved", "error"),
            exception(ExceptionKind::HistoryGap, "anchor-not-pinned", "warning"),
        ],
        access: vec![era()],
        administration: vec![AdministrativeAct {
            at: moment(8),
            action: "block",
            subject: "principal/dave".to_owned(),
            serial: None,
            by: Some(person("carol", "Carol Wu")),
            reason: text("He left."),
            effect: true,
            refused_because: None,
        }],
        incidents: vec![Incident {
            action: "block",
            subject: "skill/pdf-tools".to_owned(),
            version: "1.3.0".to_owned(),
            digest: text(&digest("1.3.0").to_string()),
            by: person("carol", "Carol Wu"),
            reason: text(HOSTILE),
            at: moment(12),
            landed: Some(moment(9)),
            exposed: Some(10_800),
            ended: None,
            lasted: None,
            stands: true,
            present: true,
        }],
        reviews: vec![ReviewDue {
            subject: "skill/pdf-tools".to_owned(),
            owners: vec![person("alice", "Alice Ng")],
            every_days: 90,
            last: None,
            due: None,
            overdue: true,
        }],
        expiring: vec![Expiry { kind: "approval", what: "skill/pdf-tools@1.2.0".to_owned(), ends: time(900).to_string(), ended: false }],
        metrics: Metrics {
            lead_time: Distribution { count: 1, min: Some(3600), median: Some(3600), p90: Some(3600), max: Some(3600) },
            approval_age: Distribution::default(),
            lead_times: vec![tally("under a day", 1)],
            approval_ages: Vec::new(),
            approvals_by_evidence: vec![tally("signature", 1)],
            refused_by_rule: vec![tally("key-unknown", 1)],
            decisions_by_kind: vec![tally("approve", 1), tally("block", 1)],
            subjects_by_state: vec![tally("approved", 1), tally("draft", 1)],
            subjects_by_risk: vec![tally("medium", 2)],
            series: vec![step()],
        },
        retention: vec![Retention {
            kind: "decisions".to_owned(),
            keep_days: 2555,
            records: 2,
            oldest: text(&time(6).to_string()),
            older: 0,
            missing: Vec::new(),
            note: None,
        }],
        evidence: Vec::new(),
        frameworks: Vec::new(),
        events: vec![event(0, 5, "landed", true), event(1, 6, "approve", true), event(2, 10, "approve", false)],
        log: LogProof {
            leaf_schema: "countersign.leaf/v1",
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
        from: time(0).to_string(),
        to: time(20).to_string(),
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
        subject: "skill/pdf-tools".to_owned(),
        kind: "skill",
        paths: vec!["skills/pdf-tools".to_owned()],
        owners: vec!["data-platform".to_owned()],
        owned_by: vec![person("alice", "Alice Ng"), person("bob", "Bob Ode")],
        risk: "medium",
        version: text("1.2.0"),
        digest: text(&digest("1.2.0").to_string()),
        state: "approved",
        current: text("1.2.0"),
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
            kind: "person",
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
        changes: vec![PermissionChange { principal: "alice".to_owned(), change: "gained", permission: "administrator".to_owned() }],
    }
}
