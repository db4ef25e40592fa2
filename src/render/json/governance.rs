//! `countersign.explain-policy/v1` and `countersign.explain-principal/v1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::check::FindingOut;
use super::explain::Remedy;
use super::log::EventOut;
use super::subject::RequirementOut;
use crate::check::Finding;
use crate::check::governance::{PolicyView, PrincipalView};
use crate::model::PrincipalName;
use crate::model::policy_input::PrincipalKind;
use crate::render::Context;
use crate::render::human::governance::is_about_policy;

/// The output of `explain policy/countersign`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExplainPolicy {
    /// `countersign.explain-policy/v1`.
    pub schema: &'static str,
    /// The commit judged.
    pub head: Option<String>,
    /// The time at which expiry was judged.
    pub now: String,
    /// Its serial.
    pub serial: u64,
    /// Its package checksum.
    pub digest: String,
    /// The policy that it replaces.
    pub previous: Option<String>,
    /// `in force`, `pending`, `replaced` or `rival`.
    pub standing: &'static str,
    /// How many administrators a change needs.
    pub count: u32,
    /// Sorted by name.
    pub administrators: Vec<AdministratorOut>,
    /// What a pending one needs.
    pub requirement: Option<RequirementOut>,
    /// Authors of a pending one, sorted.
    pub authors: Vec<String>,
    /// Authors whose approval counts anyway, sorted.
    pub exempt: Vec<String>,
    /// What happened to it, in order.
    pub events: Vec<EventOut>,
    /// What was found about the policy.
    pub findings: Vec<FindingOut>,
    /// What would change it.
    pub remedies: Vec<Remedy>,
}

/// An administrator.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AdministratorOut {
    /// The principal.
    pub name: String,
    /// Fingerprints, in the order of the policy.
    pub keys: Vec<String>,
    /// Whether their records count.
    pub suspended: bool,
}

/// The output of `explain principal/NAME`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExplainPrincipal {
    /// `countersign.explain-principal/v1`.
    pub schema: &'static str,
    /// The commit judged.
    pub head: Option<String>,
    /// The time at which expiry was judged.
    pub now: String,
    /// Serial of the policy in force.
    pub policy_serial: u64,
    /// The name that records use.
    pub name: String,
    /// The name for people.
    pub printed: String,
    /// `person` or `machine`.
    pub kind: &'static str,
    /// 1-based line of `countersign.yaml`.
    pub line: u32,
    /// Fingerprints, in the order of the policy.
    pub keys: Vec<String>,
    /// `forge/login`, in the order of the policy.
    pub accounts: Vec<String>,
    /// In the order of the policy.
    pub roles: Vec<String>,
    /// Sorted.
    pub owns: Vec<String>,
    /// The decision that suspended them.
    pub suspended: Option<EventOut>,
    /// What they decided and what was decided about them, in order.
    pub events: Vec<EventOut>,
    /// What was found about them.
    pub findings: Vec<FindingOut>,
    /// What would change this.
    pub remedies: Vec<Remedy>,
}

/// The view of a policy.
pub fn explain_policy(context: &Context, view: &PolicyView, found: &[Finding]) -> ExplainPolicy {
    let names = |names: &std::collections::BTreeSet<PrincipalName>| {
        names.iter().map(ToString::to_string).collect()
    };
    let administrators = view.administrators.iter().map(|one| AdministratorOut {
        name: one.name.to_string(),
        keys: one.keys.clone(),
        suspended: one.suspended,
    });
    ExplainPolicy {
        schema: "countersign.explain-policy/v1",
        head: context.head.map(|commit| commit.to_string()),
        now: context.now.to_string(),
        serial: view.serial,
        digest: view.digest.to_string(),
        previous: view.previous.map(|digest| digest.to_string()),
        standing: view.standing.as_str(),
        count: view.count,
        administrators: administrators.collect(),
        requirement: view
            .requirement
            .as_ref()
            .map(|one| RequirementOut::new(one, &view.logins)),
        authors: names(&view.authors),
        exempt: names(&view.exempt),
        events: view.events.iter().map(EventOut::new).collect(),
        findings: found
            .iter()
            .filter(|finding| is_about_policy(finding.rule))
            .map(FindingOut::new)
            .collect(),
        remedies: view.remedies.iter().map(Remedy::new).collect(),
    }
}

/// The view of a principal.
pub fn explain_principal(
    context: &Context,
    policy_serial: u64,
    view: &PrincipalView,
    found: &[Finding],
) -> ExplainPrincipal {
    ExplainPrincipal {
        schema: "countersign.explain-principal/v1",
        head: context.head.map(|commit| commit.to_string()),
        now: context.now.to_string(),
        policy_serial,
        name: view.name.to_string(),
        printed: view.printed.clone(),
        kind: if view.kind == PrincipalKind::Machine {
            "machine"
        } else {
            "person"
        },
        line: view.line,
        keys: view.keys.clone(),
        accounts: view.accounts.clone(),
        roles: view.roles.clone(),
        owns: view.owns.iter().map(ToString::to_string).collect(),
        suspended: view.suspended.as_ref().map(EventOut::new),
        events: view.events.iter().map(EventOut::new).collect(),
        findings: found
            .iter()
            .filter(|finding| finding.principal.as_ref() == Some(&view.name))
            .map(FindingOut::new)
            .collect(),
        remedies: view.remedies.iter().map(Remedy::new).collect(),
    }
}
