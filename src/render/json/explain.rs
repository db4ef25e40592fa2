//! `countersign.explain/v1`: the same facts as in words.

use schemars::JsonSchema;
use serde::Serialize;

use super::check::FindingOut;
use super::log::{EventOut, ReviewOut};
use super::subject::{self, Landed, RequirementOut};
use crate::check::logins::Logins;
use crate::check::remedy::remedies;
use crate::lifecycle::ledger::{Outcome, RecordStanding, ReviewStanding, Subject};
use crate::model::Digest;
use crate::render::human::Explanation;
use crate::render::human::{evidence, explain as words};

/// The output of `explain`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[allow(clippy::struct_excessive_bools, reason = "the format's own fields")]
pub struct Explain {
    /// `countersign.explain/v1`.
    pub schema: &'static str,
    /// The repository's name in the policy.
    pub repository: Option<String>,
    /// The governed branch.
    pub branch: Option<String>,
    /// The commit judged.
    pub head: Option<String>,
    /// The base of a candidate.
    pub base: Option<String>,
    /// The anchor.
    pub anchor: Option<String>,
    /// Whether the verifier pinned it.
    pub anchor_pinned: bool,
    /// The time at which expiry was judged.
    pub now: String,
    /// Serial of the policy in force.
    pub policy_serial: u64,
    /// `kind/name`.
    pub subject: String,
    /// The kind alone.
    pub kind: &'static str,
    /// The requested version; null when its bytes could not be identified.
    pub version: Option<String>,
    /// Its package checksum.
    pub digest: Option<String>,
    /// Its state.
    pub state: &'static str,
    /// Why: sentences, each following from the one before.
    pub because: Vec<String>,
    /// People who own it, sorted.
    pub owners: Vec<String>,
    /// As the policy writes them.
    pub owners_written: Vec<String>,
    /// Risk.
    pub risk: &'static str,
    /// Lines of `countersign.yaml` whose entries govern it, in file order.
    pub entry_lines: Vec<u32>,
    /// Lines of `countersign.yaml` whose approval rules apply, in file order.
    pub rule_lines: Vec<u32>,
    /// The current version.
    pub current: Option<Approved>,
    /// The version that was current before it.
    pub previous: Option<String>,
    /// Paths of the subject at the head, sorted.
    pub paths: Vec<String>,
    /// Whether this version is in the tree.
    pub present: bool,
    /// Where these bytes first landed under this version.
    pub landed: Option<Landed>,
    /// Whether the bytes are from the anchor.
    pub baseline: bool,
    /// Principals who contributed, sorted, then unknown addresses, sorted.
    pub contributors: Vec<String>,
    /// Where it should be installed.
    pub install: Option<Installation>,
    /// What approving it would take today, in the order of the policy. What a grant rests on is in
    /// `basis`.
    pub requirements: Vec<RequirementOut>,
    /// The approvals on which the grant of this version rests, sorted by principal; empty without a
    /// grant.
    pub basis: Vec<BasisOut>,
    /// People whose reject applies, sorted.
    pub rejected_by: Vec<String>,
    /// Every record about this version, in order of landing.
    pub evidence: Vec<EvidenceOut>,
    /// What happened to the subject, in order.
    pub events: Vec<EventOut>,
    /// Reviews that a forge reported in this run.
    pub reviews: Vec<ReviewedOut>,
    /// What was found about the subject.
    pub findings: Vec<FindingOut>,
    /// What would change its state.
    pub remedies: Vec<Remedy>,
}

/// The current version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Approved {
    /// The version.
    pub version: String,
    /// Its package checksum.
    pub digest: String,
    /// `approved` or `deprecated`.
    pub state: &'static str,
    /// Where its requirement was met.
    pub granted: Option<Landed>,
    /// When the grant ends.
    pub expires: Option<String>,
    /// Whether a rollback names it.
    pub pinned: bool,
}

/// An approval on which a grant rests.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BasisOut {
    /// Who.
    pub principal: String,
    /// Proved how.
    pub evidence: &'static str,
    /// SHA-256 of the record's bytes; null for a review that no record holds.
    pub record: Option<String>,
}

/// Where it should be installed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Installation {
    /// As the policy lists them.
    pub harnesses: Vec<String>,
    /// Scope.
    pub scope: Option<String>,
}

/// A record, and whether it counts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EvidenceOut {
    /// SHA-256 of the record's bytes.
    pub record: String,
    /// Where it landed first.
    pub path: String,
    /// What it decides; null when it could not be read.
    pub decision: Option<&'static str>,
    /// Who claims to decide.
    pub principal: Option<String>,
    /// Where it landed.
    pub landed: Landed,
    /// Whether its author is proved.
    pub proved: bool,
    /// By what.
    pub evidence: Option<&'static str>,
    /// With which key.
    pub key: Option<String>,
    /// Whether it had effect on this subject when it landed.
    pub accepted: bool,
    /// The rule because of which one that was accepted does not count any more.
    pub void_because: Option<&'static str>,
    /// The rule because of which it has no effect.
    pub refused_because: Option<&'static str>,
    /// Details of a refusal.
    pub detail: Option<String>,
    /// Why, as the record says.
    pub reason: Option<String>,
}

/// A review that a forge reported in this run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReviewedOut {
    /// Which.
    #[serde(flatten)]
    pub review: ReviewOut,
    /// Whose; null when the account belongs to no principal.
    pub principal: Option<String>,
    /// Whether it counts.
    pub counts: bool,
    /// Why not.
    pub why: Option<String>,
}

/// What would change the state.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Remedy {
    /// The command to run; null for what no command can do.
    pub command: Option<String>,
    /// What it needs, or what to do instead.
    pub needs: String,
}

impl Remedy {
    /// The view of a remedy.
    pub fn new(remedy: &crate::check::remedy::Remedy) -> Self {
        Self {
            command: remedy.command.clone(),
            needs: remedy.needs.clone(),
        }
    }
}

/// The view of an explanation.
pub fn explain(of: &Explanation<'_>) -> Explain {
    let (context, subject, version) = (of.context, of.subject, of.version);
    let logins = Logins::of(of.policy);
    let state = version.map_or_else(|| subject.shown_state(), |version| version.state);
    let events = of
        .ledger
        .events
        .iter()
        .filter(|event| event.subject == subject.id);
    Explain {
        schema: "countersign.explain/v1",
        repository: context.repository.clone(),
        branch: context.branch.clone(),
        head: context.head.map(|commit| commit.to_string()),
        base: context.base.map(|commit| commit.to_string()),
        anchor: context.anchor.map(|commit| commit.to_string()),
        anchor_pinned: context.anchor_pinned,
        now: context.now.to_string(),
        policy_serial: of.ledger.policy.serial,
        subject: subject.id.to_string(),
        kind: subject.id.kind.as_str(),
        version: version.map(|version| version.key.version.to_string()),
        digest: version.map(|version| version.key.digest.to_string()),
        state: state.as_str(),
        because: words::reasons(of, state)
            .iter()
            .map(|line| line.trim_start().to_owned())
            .collect(),
        owners: subject.owners.iter().map(ToString::to_string).collect(),
        owners_written: subject.owners_written.clone(),
        risk: subject.risk.as_str(),
        entry_lines: subject.entry_lines.clone(),
        rule_lines: subject.rule_lines.clone(),
        current: approved(subject),
        previous: subject.previous.as_ref().map(|key| key.version.to_string()),
        paths: subject.paths.clone(),
        present: version.is_some_and(|version| version.present),
        landed: version
            .and_then(|version| version.landed.as_ref())
            .map(Landed::new),
        baseline: version.is_some_and(|version| version.baseline),
        contributors: version.map(subject::contributors).unwrap_or_default(),
        install: subject.install.as_ref().map(|install| Installation {
            harnesses: install.harnesses.clone(),
            scope: install.scope.clone(),
        }),
        requirements: version
            .map(|version| subject::requirements(version, &logins))
            .unwrap_or_default(),
        basis: version
            .into_iter()
            .flat_map(|version| &version.basis)
            .map(|vote| BasisOut {
                principal: vote.principal.to_string(),
                evidence: vote.evidence.as_str(),
                record: of
                    .ledger
                    .records
                    .contains_key(&vote.record)
                    .then(|| vote.record.to_string()),
            })
            .collect(),
        rejected_by: version.map(subject::rejected_by).unwrap_or_default(),
        evidence: evidence::records(of.ledger, subject, version)
            .iter()
            .map(|(digest, standing)| record(of, digest, standing))
            .collect(),
        reviews: evidence::reviews(of.ledger, subject, version)
            .into_iter()
            .map(|standing| reviewed(of, standing))
            .collect(),
        events: events.map(EventOut::new).collect(),
        findings: of
            .findings
            .iter()
            .filter(|finding| finding.subject.as_ref() == Some(&subject.id))
            .map(FindingOut::new)
            .collect(),
        remedies: remedies(of.ledger, subject, version)
            .iter()
            .map(Remedy::new)
            .collect(),
    }
}

fn approved(subject: &Subject) -> Option<Approved> {
    let version = subject.current_version()?;
    Some(Approved {
        version: version.key.version.to_string(),
        digest: version.key.digest.to_string(),
        state: version.state.as_str(),
        granted: version.granted.as_ref().map(Landed::new),
        expires: version.expires.map(|time| time.to_string()),
        pinned: subject.pinned.is_some(),
    })
}

fn reviewed(of: &Explanation<'_>, standing: &ReviewStanding) -> ReviewedOut {
    let why = evidence::why_not(of.ledger, standing);
    let principal = standing.principal.as_ref().map(ToString::to_string);
    ReviewedOut {
        review: ReviewOut::new(&standing.at),
        principal,
        counts: why.is_none(),
        why,
    }
}

fn record(of: &Explanation<'_>, digest: &Digest, standing: &RecordStanding) -> EvidenceOut {
    let event = of
        .ledger
        .events
        .iter()
        .find(|event| event.record == Some(*digest) && event.subject == of.subject.id);
    let without_effect = event
        .filter(|event| !event.accepted)
        .and_then(|event| event.refused_because);
    let (proved, evidence, key, refused, detail) = match &standing.outcome {
        Outcome::Accepted { evidence, key } => (
            true,
            Some(evidence.as_str()),
            Some(key.clone()),
            without_effect,
            None,
        ),
        Outcome::Refused { rule, detail } => (
            false,
            None,
            None,
            Some(*rule),
            Some(detail.clone()).filter(|detail| !detail.is_empty()),
        ),
    };
    EvidenceOut {
        record: digest.to_string(),
        path: standing.path.to_string(),
        decision: standing.decision.map(crate::model::DecisionKind::as_str),
        principal: standing.principal.as_ref().map(ToString::to_string),
        landed: Landed::new(&standing.landing),
        proved,
        evidence,
        key,
        accepted: proved && refused.is_none(),
        void_because: evidence::void_because(of.ledger, of.subject, of.version, standing)
            .filter(|_| proved && refused.is_none())
            .map(crate::model::RuleId::as_str),
        refused_because: refused.map(crate::model::RuleId::as_str),
        detail,
        reason: event.and_then(|event| event.reason.as_deref().map(str::to_owned)),
    }
}
