//! The report as Markdown. Text enters it only escaped: see [`Markdown`].

use countersign_model::escape::markdown::{MarkdownDialect, indented_code};
use countersign_model::escape::{Markdown, ToMarkup};
use countersign_model::markdown;
use countersign_model::quantity::{counted, quantity};

use super::json::METHOD;
use super::scope as shared;
use super::words::{day, maybe_span, percent, short};
use crate::AuditReport;
use crate::report::{
    AdministrativeAct, Bound, ControlReport, DecisionMade, Exception, FrameworkReport,
    InventoryItem, Moment, NamedPrincipal, Packet, Permissions, PolicyEra,
};

/// Rows of a table in a summary.
const SHOWN: usize = 50;

/// The report.
pub fn page(report: &AuditReport) -> String {
    let nothing = Markdown::literal(if report.changes.is_empty() {
        "\nNothing changed in the period.\n"
    } else {
        ""
    });
    markdown!(
        (head(report)) (summary_section(report)) (tables(report)) (controls(report)) "\n## Changes\n" (nothing)
        (report.changes.iter().map(section).collect::<Markdown>()) (log(report)) (sign_off())
    )
    .into_string()
}

/// The report in one minute, for a place without room for all of it: what it is about, the summary,
/// and what to look at first.
pub fn summary(report: &AuditReport) -> Markdown {
    // Where only some have room, the most severe come first.
    let mut heaviest: Vec<&Exception> = report.exceptions.iter().collect();
    heaviest.sort_by_key(|one| one.severity);
    markdown!((about(report))(summary_section(report))(exceptions(
        &heaviest, SHOWN
    ))(incidents(report, SHOWN)))
}

/// A drawn sample: the packets left in `report`, out of `population`.
pub fn sample(report: &AuditReport, seed: &str, population: usize) -> String {
    markdown!(
        (head(report)) "\n## Sample\n\n" (report.changes.len()) " of " (counted(population, "change")) ", drawn with the seed “" (seed) "”: "
        (Markdown::literal(METHOD)) ".\n" (report.changes.iter().map(section).collect::<Markdown>()) (log(report))
    )
    .into_string()
}

/// One packet on a page of its own.
pub fn packet(report: &AuditReport, packet: &Packet) -> String {
    markdown!((head(report))(section(packet))(log(report))).into_string()
}

fn head(report: &AuditReport) -> Markdown {
    markdown!("# Audit of " (report.scope.repository) "\n\n" (about(report)))
}

/// What was looked at.
fn about(report: &AuditReport) -> Markdown {
    let (scope, period) = (&report.scope, &report.period);
    let pinned = Markdown::literal(if scope.anchor_pinned {
        "pinned"
    } else {
        "**not pinned**"
    });
    let mut lines = markdown!(
        "- branch " (scope.branch) ", " (counted(period.landings, "landing")) "\n- since: " (bound(&period.since)) "\n- until: " (bound(&period.until))
        "\n- anchor " (short(scope.anchor.commit)) ", " (pinned) "; policy " (scope.policy.serial) " (" (short(scope.policy.digest))
        ")\n- baseline accepted by: " (shared::baseline(report)) "\n- judged at " (scope.now) " by " (report.tool.name) " " (Markdown::literal(report.tool.version)) "\n"
    );
    if let Some(subjects) = &scope.subjects {
        lines.push(markdown!("- only " (subjects.join(", ")) "\n"));
    }
    for outside in shared::outside(report) {
        lines.push(markdown!("- not governed: " (outside) "\n"));
    }
    if !scope.suspended.is_empty() {
        lines.push(markdown!("- suspended: " (people(&scope.suspended)) "\n"));
    }
    lines
}

fn bound(bound: &Bound) -> Markdown {
    let requested = bound
        .requested
        .as_ref()
        .map(|requested| markdown!((requested) ", "))
        .unwrap_or_default();
    markdown!((requested) (bound.resolved) " (" (short(bound.landing.commit)) ", " (bound.landing.time) ")")
}

/// The summary, and what it cannot say.
fn summary_section(report: &AuditReport) -> Markdown {
    let (counts, times) = (&report.summary.counts, &report.metrics.lead_time);
    markdown!(
        "\n## Summary\n\n" (items(&report.summary.sentences)) "\n" (share(counts.approved, counts.subjects)) " of subjects are approved and "
        (share(counts.owned, counts.subjects)) " have an owner. From landing to approval: median " (maybe_span(times.median))
        ", 90 % within " (maybe_span(times.p90)) ".\n\nNot evaluated:\n\n" (items(&report.scope.not_evaluated))
    )
}

fn items(sentences: &[String]) -> Markdown {
    sentences
        .iter()
        .map(|sentence| markdown!("- " (sentence) "\n"))
        .collect()
}

fn share(part: u32, whole: u32) -> Markdown {
    percent(part, whole).map_or_else(
        || Markdown::literal("–"),
        |percent| markdown!((percent) " %"),
    )
}

/// A table under its title.
fn table(
    title: &Markdown,
    headings: &[&'static str],
    rows: impl IntoIterator<Item = Vec<Markdown>>,
) -> Markdown {
    let rows: Markdown = rows
        .into_iter()
        .map(|cells| markdown!("| " (Markdown::join(cells, " | ")) " |\n"))
        .collect();
    if rows.is_empty() {
        return markdown!("\n## " (title) "\n\nNone.\n");
    }
    let headings = headings.iter().map(|heading| Markdown::literal(heading));
    let line: Markdown = headings
        .clone()
        .map(|_| Markdown::literal("---|"))
        .collect();
    markdown!("\n## " (title) "\n\n| " (Markdown::join(headings, " | ")) " |\n|" (line) "\n" (rows))
}

fn when(moment: Moment) -> Markdown {
    markdown!((day(moment.time)) " (" (moment.position) ")")
}

fn people(people: &[NamedPrincipal]) -> Markdown {
    Markdown::join(people.iter().map(|person| &person.name), ", ")
}

fn or_dash<T: ToMarkup<MarkdownDialect>>(value: Option<T>) -> Markdown {
    value.map_or_else(|| Markdown::literal("–"), Markdown::text)
}

fn tables(report: &AuditReport) -> Markdown {
    let inventory = [
        "Subject",
        "Version",
        "State",
        "Risk",
        "Owners",
        "Approved by",
        "Digest",
    ];
    let access = report
        .access
        .iter()
        .flat_map(|era| era.principals.iter().map(move |who| principal(era, who)));
    let reviews = report.reviews.iter().map(|review| {
        vec![
            Markdown::text(&review.subject),
            Markdown::text(shared::people(report, &review.owners)),
            markdown!((counted(review.every_days, "day"))),
            review
                .due
                .map_or_else(|| Markdown::literal("now"), |due| Markdown::text(day(due))),
            Markdown::literal(if review.overdue { "**overdue**" } else { "" }),
        ]
    });
    let expiring = report.expiring.iter().map(|expiry| {
        let ended = Markdown::literal(if expiry.ended { "**expired**" } else { "" });
        vec![
            Markdown::text(&expiry.what),
            Markdown::literal(expiry.kind.as_str()),
            Markdown::text(expiry.ends),
            ended,
        ]
    });
    let retention = report.retention.iter().map(|kind| {
        let records = kind
            .note
            .as_ref()
            .map_or_else(|| Markdown::text(kind.records), Markdown::text);
        let missing = Markdown::text(kind.missing.len());
        vec![
            Markdown::text(&kind.kind),
            markdown!((counted(kind.keep_days, "day"))),
            records,
            Markdown::text(kind.older),
            missing,
        ]
    });
    markdown!((table(
        &markdown!("Inventory"),
        &inventory,
        report.inventory.iter().map(|one| item(report, one))
    ))(exceptions(
        &report.exceptions.iter().collect::<Vec<_>>(),
        usize::MAX
    ))(incidents(report, usize::MAX))(table(
        &markdown!("Roles and access"),
        &["Policy", "Principal", "Role", "Owns", "Approval rules"],
        access
    ))(table(
        &markdown!("Administration"),
        &["When", "Act", "Subject", "By", "Reason", "Effect"],
        report.administration.iter().map(administrative_act),
    ))(table(
        &markdown!("Reviews"),
        &["Subject", "Owners", "Every", "Due", ""],
        reviews
    ))(table(
        &markdown!("Approvals and keys that expire"),
        &["What", "Kind", "Expires", ""],
        expiring
    ))(table(
        &markdown!("Retention"),
        &["Records", "Keep", "Found", "Older", "Missing"],
        retention
    )))
}

fn item(report: &AuditReport, item: &InventoryItem) -> Vec<Markdown> {
    let gone = Markdown::literal(if item.paths.is_empty() {
        ", not in the tree"
    } else {
        ""
    });
    vec![
        Markdown::text(&item.subject),
        or_dash(item.version.as_ref()),
        markdown!((item.state)(gone)),
        Markdown::text(item.risk),
        Markdown::text(item.owners.join(", ")),
        Markdown::join(
            item.approvers
                .iter()
                .map(|who| markdown!((who.name) " (" (who.evidence) (shared::standing(report, &who.principal)) ")")),
            ", ",
        ),
        item.digest
            .map(short)
            .map(Markdown::text)
            .unwrap_or_default(),
    ]
}

fn principal(era: &PolicyEra, who: &Permissions) -> Vec<Markdown> {
    let suspended = who
        .suspended_at
        .map(|at| markdown!(", **suspended** at position "(at.position)))
        .unwrap_or_default();
    vec![
        Markdown::text(era.policy.serial),
        markdown!((who.principal.name) " (" (who.principal.principal) ")" (suspended)),
        Markdown::literal(if who.administrator {
            "administrator"
        } else {
            who.kind.as_str()
        }),
        Markdown::text(who.owns.join(", ")),
        Markdown::join(&who.approves, "; "),
    ]
}

fn administrative_act(act: &AdministrativeAct) -> Vec<Markdown> {
    vec![
        when(act.at),
        Markdown::literal(act.action.as_str()),
        Markdown::text(&act.subject),
        act.by
            .as_ref()
            .map(|by| Markdown::text(&by.name))
            .unwrap_or_default(),
        or_dash(act.reason.as_ref()),
        Markdown::literal(if act.effect { "yes" } else { "no" }),
    ]
}

/// What an auditor should look at, the first `most`.
fn exceptions(all: &[&Exception], most: usize) -> Markdown {
    let rows = all.iter().take(most).map(|one| {
        vec![
            Markdown::text(one.severity),
            Markdown::text(one.rule),
            Markdown::text(&one.message),
            one.position.map(Markdown::text).unwrap_or_default(),
            Markdown::literal(if one.open { "remains" } else { "happened" }),
        ]
    });
    markdown!((table(
        &markdown!("Exceptions"),
        &["Severity", "Rule", "What", "Position", "Status"],
        rows
    ))(more(all.len(), most)))
}

/// What was stopped, the first `most`.
fn incidents(report: &AuditReport, most: usize) -> Markdown {
    let rows = report.incidents.iter().take(most).map(|one| {
        vec![
            when(one.at),
            Markdown::text(one.action),
            markdown!((one.subject) " " (one.version)),
            Markdown::text(&one.by.name),
            or_dash(one.reason.as_ref()),
            Markdown::text(maybe_span(one.exposure)),
            Markdown::literal(if one.present { "still there" } else { "gone" }),
        ]
    });
    let headings = ["When", "Act", "What", "By", "Reason", "Exposed", "Files"];
    markdown!((table(&markdown!("Incidents"), &headings, rows))(more(
        report.incidents.len(),
        most
    )))
}

/// What was left out of a table.
fn more(all: usize, most: usize) -> Markdown {
    if all > most {
        markdown!("\n" (all - most) " more are in the report.\n")
    } else {
        Markdown::new()
    }
}

/// What the evidence says, and the controls of the requested frameworks.
fn controls(report: &AuditReport) -> Markdown {
    let rows = report.evidence.iter().map(|answer| {
        vec![
            Markdown::literal(answer.query.as_str()),
            Markdown::text(answer.question),
            Markdown::text(&answer.answer),
            Markdown::text(answer.packets.len()),
            Markdown::text(answer.open_points),
        ]
    });
    let evidence = table(
        &markdown!("Evidence"),
        &["Evidence", "Question", "Answer", "Packets", "Open points"],
        rows,
    );
    markdown!((evidence)(
        report
            .frameworks
            .iter()
            .map(framework)
            .collect::<Markdown>()
    ))
}

fn framework(framework: &FrameworkReport) -> Markdown {
    let successor = framework
        .superseded_by
        .as_ref()
        .map(|by| markdown!(" by "(by)))
        .unwrap_or_default();
    let title = markdown!((framework.title) " (" (framework.status.as_str()) (successor) ", since " (framework.since) ")");
    let headings = [
        "Control",
        "Requires",
        "Evidence",
        "Strength",
        "Open points",
        "Git cannot show",
    ];
    let controls = table(&title, &headings, framework.controls.iter().map(control));
    markdown!((controls) "\n" (framework.notice) " " (framework.applies) "\n")
}

fn control(control: &ControlReport) -> Vec<Markdown> {
    vec![
        Markdown::text(&control.id),
        Markdown::text(&control.requirement),
        Markdown::join(control.evidence.iter().map(|query| query.as_str()), ", "),
        Markdown::literal(control.strength.as_str()),
        Markdown::text(control.open_points),
        Markdown::text(&control.git_cannot_show),
    ]
}

/// One packet with everything about it.
fn section(packet: &Packet) -> Markdown {
    let version = packet
        .version
        .as_ref()
        .map_or_else(|| Markdown::literal("removed"), Markdown::text);
    let mut lines = markdown!(
        "\n### " (packet.subject) " " (version) " (" (packet.id) ")\n\n- landed " (when(packet.landed)) " in " (short(packet.landed.commit)) "\n"
    );
    if let Some(digest) = packet.digest {
        lines.push(markdown!("- digest " (digest) "\n"));
    }
    if let Some(before) = &packet.before {
        lines.push(markdown!("- before " (before.version) " " (before.digest.map(short).unwrap_or_default()) "\n"));
    }
    lines.push(markdown!("- risk " (packet.risk) "; owners " (people(&packet.owners)) "\n- contributors " (contributors(packet)) "\n"));
    lines.push(match packet.granted {
        Some(granted) => markdown!("- approved " (when(granted)) ", lead time " (maybe_span(packet.lead_time)) "\n"),
        None => Markdown::literal("- not approved\n"),
    });
    for change in &packet.capabilities {
        let widens = Markdown::literal(if change.widens { " **(widens)**" } else { "" });
        lines.push(markdown!("- " (change.change.as_str()) " " (change.aspect.as_str()) " " (change.item) (widens) "\n"));
    }
    for file in &packet.files {
        lines.push(markdown!("- file " (file.change.as_str()) " " (file.path) "\n"));
    }
    lines.push(packet.decisions.iter().map(decision).collect::<Markdown>());
    for proof in &packet.proofs {
        lines.push(markdown!("- leaf " (proof.index) " of the log\n"));
    }
    lines
}

fn contributors(packet: &Packet) -> Markdown {
    let known = if packet.baseline {
        Markdown::literal("unknown: the bytes were there at the anchor")
    } else {
        people(&packet.contributors)
    };
    let unknown = packet.unknown_contributors.iter().map(Markdown::text);
    let all: Vec<Markdown> = [known]
        .into_iter()
        .chain(unknown)
        .filter(|one| !one.is_empty())
        .collect();
    if all.is_empty() {
        Markdown::literal("–")
    } else {
        Markdown::join(all, ", ")
    }
}

fn decision(made: &DecisionMade) -> Markdown {
    let effect = Markdown::literal(if made.effect {
        ""
    } else {
        ", **without effect**"
    });
    let meaning = made
        .shown_meaning()
        .map(|meaning| markdown!(", meaning "(meaning)))
        .unwrap_or_default();
    markdown!(
        "- " (made.decision) " by " (made.by.name) " (" (made.by.principal) ")" (meaning) ", signed "
        (or_dash(made.signed)) ", landed " (when(made.landed)) (effect) ": “" (or_dash(made.reason.as_ref())) "” – " (made.basis)
        "; record " (short(made.record)) "\n"
    )
}

/// Lines to fill in.
fn sign_off() -> Markdown {
    let rows: Markdown = shared::SIGN_OFF
        .into_iter()
        .map(|what| markdown!("| " (Markdown::literal(what)) " | |\n"))
        .collect();
    markdown!("\n## Sign-off\n\n| | Name, signature or date |\n|---|---|\n"(rows))
}

fn log(report: &AuditReport) -> Markdown {
    let log = &report.log;
    let signed = if log.signed {
        "signed"
    } else {
        "not signed here"
    };
    markdown!(
        "\n## Log\n\n" (quantity(log.size, "leaf", "leaves")) ", root " (log.root) ", " (signed) ".\n\n" (indented_code(&log.checkpoint))
    )
}
