//! One policy as a value: its bytes, its meaning, its keys. What the replay carries and never reads
//! again from a tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_model::document::{self, Problem, yaml};
use countersign_model::{Digest, Policy, RuleId, Severity, Timestamp};

use super::Roster;
use super::roster::RosterFault;

/// A valid policy with its named files read.
#[derive(Debug)]
pub struct PolicyVersion {
    /// The checked policy.
    pub policy: Policy,
    /// Whose key is whose.
    pub roster: Roster,
    /// Package checksum over `countersign.yaml`, key files and protected files.
    pub digest: Digest,
    /// Bytes of `countersign.yaml`.
    pub bytes: Arc<[u8]>,
    /// Every file of its package, `countersign.yaml` included, by path.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// Faults that do not make it invalid.
    pub lint: Vec<Problem>,
}

impl PolicyVersion {
    /// Reads a policy from its bytes and the bytes of the files it names.
    ///
    /// `digest` is the checksum of the policy's package, which the caller computed over the same
    /// bytes.
    pub fn read(
        bytes: Arc<[u8]>,
        files: &BTreeMap<String, Arc<[u8]>>,
        digest: Digest,
    ) -> Result<Self, Vec<Problem>> {
        let parsed = document::policy::parse(&bytes)?;
        let roster = match Roster::read(&parsed.policy, files) {
            Ok(roster) => roster,
            Err(faults) => {
                let tree = yaml::read(Policy::PATH, &bytes)?;
                return Err(faults.iter().map(|fault| fault.problem(&tree)).collect());
            }
        };
        let mut lint = parsed.lint;
        // All that a roster warns of are entries that match nothing.
        if !roster.warnings().is_empty() {
            let tree = yaml::read(Policy::PATH, &bytes)?;
            lint.extend(roster.warnings().iter().map(|fault| Problem {
                rule: RuleId::PolicyUnmatched,
                ..fault.problem(&tree)
            }));
        }
        Ok(Self {
            policy: parsed.policy,
            roster,
            digest,
            bytes,
            files: files.clone(),
            lint,
        })
    }

    /// Keys that can make no signature at `now`, each at its line. They do not make the policy
    /// invalid: what they signed before may count.
    pub fn ended_keys(&self, now: Timestamp) -> Vec<Problem> {
        let ended = self.roster.ended(now);
        if ended.is_empty() {
            return Vec::new();
        }
        // It was read when the policy was.
        let Ok(tree) = yaml::read(Policy::PATH, &self.bytes) else {
            return Vec::new();
        };
        let problem = |(rule, fault): &(RuleId, RosterFault)| Problem {
            rule: *rule,
            severity: Some(Severity::Warning),
            ..fault.problem(&tree)
        };
        ended.iter().map(problem).collect()
    }
}
