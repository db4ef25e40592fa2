//! The governed line as an auditor walks it: positions with their commits, dates and policies, and
//! the records read again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::report::{Moment, NamedPrincipal, PolicyAt};
use countersign_core::evidence::PolicyVersion;
use countersign_core::lifecycle::ledger::{Action, LandingRef};
use countersign_core::replay::Replay;
use countersign_git::{CommitNode, GitError, Repository};
use countersign_model::document;
use countersign_model::{Decision, Digest, ObjectId, PrincipalName, Timestamp};

/// Largest record that is read again: the same limit as in the replay.
const MOST_RECORD_BYTES: u64 = 1 << 18;

/// A policy and the landings that it judged.
#[derive(Clone, Debug)]
pub struct Era {
    /// The policy.
    pub policy: Arc<PolicyVersion>,
    /// The landing that brought it into force; 0 for the anchor's.
    pub since: u32,
    /// The landing that brought the next one into force.
    pub until: Option<u32>,
}

/// The line of one replay.
#[derive(Debug)]
pub struct AuditHistory<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// What was replayed.
    pub replay: &'a Replay,
    /// Every landing, the anchor first.
    pub nodes: Vec<CommitNode>,
    /// Ledger time at each: the running maximum of dates that are not after `now`.
    pub times: Vec<Timestamp>,
    /// Every policy that was in force, oldest first.
    pub eras: Vec<Era>,
    /// Records of several decisions; any other is needed once.
    batches: Mutex<BTreeMap<Digest, Arc<Decision>>>,
}

impl<'a> AuditHistory<'a> {
    /// Reads the line of `replay` as it is known at `now`.
    pub fn read(
        repository: &'a Repository,
        replay: &'a Replay,
        now: Timestamp,
    ) -> Result<Self, GitError> {
        let nodes = repository.line(replay.head, Some(replay.anchor))?;
        let times = ledger_times(&nodes, now);
        let mut eras: Vec<Era> = Vec::new();
        // The first policy has its event at the anchor.
        let mut began = replay
            .ledger
            .events
            .iter()
            .filter(|event| event.action == Action::PolicyInForce);
        for policy in replay.policy_line() {
            let since = began.next().map_or(0, |event| event.landing.position.0);
            if let Some(before) = eras.last_mut() {
                before.until = Some(since);
            }
            eras.push(Era {
                policy: Arc::clone(policy),
                since,
                until: None,
            });
        }
        Ok(Self {
            repository,
            replay,
            nodes,
            times,
            eras,
            batches: Mutex::default(),
        })
    }

    /// The last position.
    pub fn last(&self) -> u32 {
        (self.nodes.len() as u32).saturating_sub(1)
    }

    /// A position with its commit and time.
    pub fn moment(&self, position: u32) -> Moment {
        let node = &self.nodes[(position as usize).min(self.nodes.len() - 1)];
        Moment {
            position,
            commit: node.id,
            time: node.committed,
        }
    }

    /// A landing of the ledger with its commit and time.
    pub fn moment_of(&self, landing: LandingRef) -> Moment {
        self.moment(landing.position.0)
    }

    /// Ledger time at a position.
    pub fn time(&self, position: u32) -> Timestamp {
        self.times[(position as usize).min(self.times.len() - 1)]
    }

    /// Seconds of ledger time from one position to another.
    pub fn seconds(&self, from: u32, to: u32) -> i64 {
        self.time(to).unix() - self.time(from).unix()
    }

    /// The root tree of a position; `None` before the anchor.
    pub fn tree(&self, position: Option<u32>) -> Option<ObjectId> {
        self.nodes.get(position? as usize).map(|node| node.tree)
    }

    /// The policy that judged a landing.
    pub fn era(&self, position: u32) -> &Era {
        let later = self.eras.iter().skip(1).rfind(|era| era.since < position);
        later
            .or_else(|| self.eras.first())
            .expect("a governed line has the anchor's policy")
    }

    /// A policy with its place.
    pub fn policy_at(&self, era: &Era) -> PolicyAt {
        PolicyAt {
            serial: era.policy.policy.serial,
            digest: era.policy.digest,
            since: self.moment(era.since),
        }
    }

    /// A principal with the name printed at a position, else the last one printed anywhere.
    pub fn person(&self, name: &PrincipalName, position: u32) -> NamedPrincipal {
        let printed = |era: &Era| {
            era.policy
                .policy
                .principals
                .get(name)
                .map(|principal| principal.printed.clone())
        };
        let printed =
            printed(self.era(position)).or_else(|| self.eras.iter().rev().find_map(printed));
        NamedPrincipal {
            principal: name.clone(),
            name: printed.unwrap_or_else(|| name.to_string()),
        }
    }

    /// The record with this digest, read again where it landed; `None` when it is not there.
    pub fn decision(&self, record: &Digest) -> Option<Arc<Decision>> {
        let batches = || self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decision) = batches().get(record) {
            return Some(Arc::clone(decision));
        }
        let decision = self.read_record(record)?;
        if decision.items.len() > 1 {
            batches().insert(*record, Arc::clone(&decision));
        }
        Some(decision)
    }

    fn read_record(&self, record: &Digest) -> Option<Arc<Decision>> {
        let standing = self.replay.ledger.records.get(record)?;
        let tree = self.tree(Some(standing.landing.position.0))?;
        let entry = self
            .repository
            .entry_at(tree, standing.path.as_bytes())
            .ok()??;
        let small = self
            .repository
            .blob_size(entry.id)
            .is_ok_and(|size| size <= MOST_RECORD_BYTES);
        let bytes = small
            .then(|| self.repository.blob(entry.id).ok())
            .flatten()?;
        if Digest::of(&bytes) != *record {
            return None;
        }
        document::decision::parse(&standing.path, &bytes)
            .ok()
            .map(Arc::new)
    }
}

/// The running maximum of dates that are not after `now`.
pub fn ledger_times(nodes: &[CommitNode], now: Timestamp) -> Vec<Timestamp> {
    let mut time = Timestamp::from_unix(i64::MIN);
    let step = |node: &CommitNode| {
        if node.committed <= now {
            time = time.max(node.committed);
        }
        time
    };
    nodes.iter().map(step).collect()
}
