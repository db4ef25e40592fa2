//! Keys that a policy declares stolen, looked up in every policy that was ever in force. Trust rule
//! 2.

use std::borrow::Cow;

use crate::evidence::{CompromisedKeys, PolicyVersion};
use countersign_model::Position;

use super::state::Lifecycle;
use super::tracked_version::Vote;

impl Lifecycle {
    /// Whether a stolen key's vote is void under `version`.
    pub(super) fn void(&self, vote: &Vote, version: &PolicyVersion) -> bool {
        let Some(key) = vote
            .key
            .as_ref()
            .filter(|_| !version.policy.compromised.is_empty())
        else {
            return false;
        };
        self.stolen(version)
            .since(&key.id)
            .into_iter()
            .any(|since| {
                // A landing that is not on this line cannot be dated: then everything that key signed
                // is void.
                let from = self
                    .landings
                    .iter()
                    .position(|commit| *commit == Some(since))
                    .unwrap_or(0);
                vote.position >= Position(from as u32)
            })
    }

    /// The keys that `version` declares stolen.
    pub(super) fn stolen(&self, version: &PolicyVersion) -> Cow<'_, CompromisedKeys> {
        match self.policy.stolen.get(&version.digest) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(self.look_up(version)),
        }
    }

    /// Remembers them: each vote asks.
    pub(super) fn note_stolen(&mut self, version: &PolicyVersion) {
        if !version.policy.compromised.is_empty() {
            let stolen = self.look_up(version);
            self.policy.stolen.insert(version.digest, stolen);
        }
    }

    fn look_up(&self, version: &PolicyVersion) -> CompromisedKeys {
        CompromisedKeys::of(
            &version.roster,
            self.policy_line().map(|earlier| &earlier.roster),
        )
    }
}
