//! Facts about a policy and about a principal: for `explain policy/countersign` and `explain
//! principal/NAME`.
//!
//! Pure: taken from the ledger and from the policies that were in force or are proposed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::due::due;
use super::logins::Logins;
use super::remedy::Remedy;
use crate::evidence::PolicyVersion;
use crate::evidence::roster::KeyOwner;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Action, Event, RequirementStatus};
use countersign_model::policy_input::PrincipalKind;
use countersign_model::{DecisionKind, Digest, PrincipalName, SubjectId};

/// What became of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyStanding {
    /// It judges.
    InForce,
    /// It is in the tree and not in force.
    Pending,
    /// It was in force until a later one replaced it.
    Replaced,
    /// It took effect on another line.
    Rival,
}

impl PolicyStanding {
    /// The words shown to people and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in force",
            Self::Pending => "pending",
            Self::Replaced => "replaced",
            Self::Rival => "rival",
        }
    }
}

/// One version of the policy.
#[derive(Clone, Debug)]
pub struct PolicyView {
    /// Its serial.
    pub serial: u64,
    /// Its package checksum.
    pub digest: Digest,
    /// The policy that it replaces.
    pub previous: Option<Digest>,
    /// What became of it.
    pub standing: PolicyStanding,
    /// Who may change it, with what each could sign.
    pub administrators: Vec<Administrator>,
    /// How many of them a change needs.
    pub count: u32,
    /// What a pending one needs, and who has approved it.
    pub requirement: Option<RequirementStatus>,
    /// Who contributed to a pending one, sorted.
    pub authors: BTreeSet<PrincipalName>,
    /// Authors whose approval counts all the same, sorted.
    pub exempt: BTreeSet<PrincipalName>,
    /// What happened to it, in order.
    pub events: Vec<Event>,
    /// By which accounts its people are known.
    pub logins: Logins,
    /// What would change that.
    pub remedies: Vec<Remedy>,
}

/// An administrator under a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// The principal.
    pub name: PrincipalName,
    /// Fingerprints of the keys, in the order of the policy.
    pub keys: Vec<String>,
    /// Whether their records count.
    pub suspended: bool,
}

/// A person or machine.
#[derive(Clone, Debug)]
pub struct PrincipalView {
    /// The name that records use.
    pub name: PrincipalName,
    /// The name for people; hostile text.
    pub printed: String,
    /// Person or machine.
    pub kind: PrincipalKind,
    /// 1-based line of `countersign.yaml`.
    pub line: u32,
    /// Fingerprints of the keys, in the order of the policy.
    pub keys: Vec<String>,
    /// Accounts, as `forge/login`.
    pub accounts: Vec<String>,
    /// What the policy lets them do, one sentence fragment each.
    pub roles: Vec<String>,
    /// Subjects that they own, sorted.
    pub owns: Vec<SubjectId>,
    /// The accepted decision that suspended them.
    pub suspended: Option<Event>,
    /// What they decided and what was decided about them, in order.
    pub events: Vec<Event>,
    /// What would change their standing.
    pub remedies: Vec<Remedy>,
}

impl PolicyView {
    /// The one of `versions` with this digest; `None` when there is none.
    pub fn of(ledger: &Ledger, versions: &[Arc<PolicyVersion>], digest: Digest) -> Option<Self> {
        let in_force = ledger.policy.digest?;
        let rival = |digest: &Digest| ledger.rivals.iter().any(|rival| rival.digest == *digest);
        let pending = ledger.pending.as_ref();
        let version = versions.iter().find(|version| version.digest == digest)?;
        let pending = pending.filter(|pending| pending.digest == digest);
        let standing = match () {
            () if digest == in_force => PolicyStanding::InForce,
            () if pending.is_some() => PolicyStanding::Pending,
            () if rival(&digest) => PolicyStanding::Rival,
            () => PolicyStanding::Replaced,
        };
        let administrators = version
            .policy
            .administrators
            .iter()
            .map(|name| Administrator {
                name: name.clone(),
                keys: fingerprints(version, name),
                suspended: ledger.suspended.contains(name),
            });
        let about =
            |event: &&Event| event.subject == SubjectId::policy() && event.digest == Some(digest);
        let view = Self {
            serial: version.policy.serial,
            digest,
            previous: version.policy.previous,
            standing,
            administrators: administrators.collect(),
            count: version.policy.policy_changes,
            requirement: pending.map(|pending| pending.requirement.clone()),
            authors: pending
                .map(|pending| pending.authors.clone())
                .unwrap_or_default(),
            exempt: pending
                .map(|pending| pending.exempt.clone())
                .unwrap_or_default(),
            events: ledger.events.iter().filter(about).cloned().collect(),
            logins: Logins::of(&version.policy),
            remedies: Vec::new(),
        };
        Some(Self {
            remedies: view.remedies(),
            ..view
        })
    }

    fn remedies(&self) -> Vec<Remedy> {
        let approve = |needs: String| Remedy {
            command: Some("countersign approve policy --reason …".to_owned()),
            needs,
        };
        match (self.standing, &self.requirement) {
            (PolicyStanding::Pending, Some(requirement)) => {
                let due = due(std::slice::from_ref(requirement), &self.logins);
                due.map(approve).into_iter().chain([diff()]).collect()
            }
            (PolicyStanding::InForce, _) => {
                let needs = format!(
                    "then a commit, and approvals by {} of the administrators",
                    self.count
                );
                vec![Remedy {
                    command: Some("countersign policy bump".to_owned()),
                    needs,
                }]
            }
            (PolicyStanding::Rival, _) => {
                let needs =
                    "by the administrators of both lines, if this line is the right one".to_owned();
                vec![Remedy {
                    command: Some(format!(
                        "countersign reject policy/countersign@{} --reason …",
                        self.digest
                    )),
                    needs,
                }]
            }
            _ => Vec::new(),
        }
    }
}

fn diff() -> Remedy {
    Remedy {
        command: Some("countersign policy diff".to_owned()),
        needs: "no signature: it shows what would change".to_owned(),
    }
}

impl PrincipalView {
    /// A principal of `version`, the policy in force; `None` when it has no such principal.
    pub fn of(ledger: &Ledger, version: &PolicyVersion, name: &PrincipalName) -> Option<Self> {
        let policy = &version.policy;
        let principal = policy.principals.get(name)?;
        let subject = |event: &Event| event.subject.to_string() == format!("principal/{name}");
        let about = |event: &&Event| event.principal.as_ref() == Some(name) || subject(event);
        let blocks = |event: &&Event| {
            event.action == Action::Decision(DecisionKind::Block)
                && event.accepted
                && subject(event)
        };
        let suspended = ledger.suspended.contains(name);
        let owns = ledger
            .subjects
            .values()
            .filter(|subject| subject.owners.contains(name))
            .map(|subject| subject.id.clone());
        let mut remedies = Vec::new();
        if suspended {
            let needs = format!(
                "{} of the other administrators, each by a signature that answers the block",
                policy.policy_changes
            );
            remedies.push(Remedy {
                command: Some(format!("countersign unblock principal/{name} --reason …")),
                needs,
            });
        } else {
            let needs = format!("one signature of an administrator, or of {name}");
            remedies.push(Remedy {
                command: Some(format!("countersign block principal/{name} --reason …")),
                needs,
            });
        }
        Some(Self {
            name: name.clone(),
            printed: principal.printed.clone(),
            kind: principal.kind,
            line: principal.line,
            keys: fingerprints(version, name),
            accounts: principal
                .accounts
                .iter()
                .map(|account| format!("{}/{}", account.forge, account.login))
                .collect(),
            roles: roles(version, name),
            owns: owns.collect(),
            suspended: ledger
                .events
                .iter()
                .rev()
                .find(blocks)
                .filter(|_| suspended)
                .cloned(),
            events: ledger.events.iter().filter(about).cloned().collect(),
            remedies,
        })
    }
}

/// What a policy lets a principal do.
fn roles(version: &PolicyVersion, name: &PrincipalName) -> Vec<String> {
    let policy = &version.policy;
    let mut roles = Vec::new();
    if policy.administrators.contains(name) {
        roles.push("administrator".to_owned());
    }
    let globs = |globs: &[countersign_model::Glob]| {
        globs
            .iter()
            .map(|glob| glob.as_str().to_owned())
            .collect::<Vec<_>>()
            .join(", ")
    };
    for operator in policy
        .operators
        .iter()
        .filter(|operator| operator.members.contains(name))
    {
        roles.push(format!("operator of {}", globs(&operator.subjects)));
    }
    for recorder in policy
        .recorders
        .iter()
        .filter(|recorder| recorder.principal == *name)
    {
        roles.push(format!(
            "recorder of reviews for {}",
            globs(&recorder.subjects)
        ));
    }
    if policy.viewers.contains(name) {
        roles.push("viewer".to_owned());
    }
    for (team, _) in policy
        .teams
        .iter()
        .filter(|(_, members)| members.contains(name))
    {
        roles.push(format!("member of {team}"));
    }
    roles
}

fn fingerprints(version: &PolicyVersion, name: &PrincipalName) -> Vec<String> {
    let own = |owner: &KeyOwner| matches!(owner, KeyOwner::Principal(owner) if owner == name);
    version
        .roster
        .listings()
        .filter(|(_, owner)| own(owner))
        .map(|(key, _)| key.id().to_string())
        .collect()
}
