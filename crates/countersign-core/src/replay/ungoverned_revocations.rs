//! Revoked bytes where the policy in force governs nothing any more, but an earlier one did: a
//! revocation outlives the entry.

use std::collections::BTreeSet;

use countersign_git::{GitError, Reader};
use countersign_model::{Observation, Place, RuleId};

use super::Replay;
use super::blobs::Blobs;
use super::package::{Builder, Found, Governed, governed};

/// What lies revoked at paths of the judged tree that only an earlier policy governed.
///
/// For a candidate, bytes that it leaves alone are left out: what it revokes itself must not hold
/// it up.
pub(super) fn revoked(
    reader: &mut Reader,
    replay: &Replay,
    blobs: &Blobs,
) -> Result<Vec<Observation>, GitError> {
    let revoked: BTreeSet<_> = replay.lifecycle.revoked().collect();
    let mut found = Vec::new();
    if revoked.is_empty() {
        return Ok(found);
    }
    let files: BTreeSet<_> = replay.lifecycle.revoked_files().collect();
    for earlier in replay
        .lifecycle
        .ever_in_force()
        .filter(|earlier| earlier.digest != replay.policy.digest)
    {
        let mut roots = Governed::of(&earlier.policy);
        reader.walk_tree(replay.tree, |path, _| roots.add(path))?;
        let builder = Builder {
            policy: &earlier.policy,
            blobs,
            anchor_tree: None,
        };
        for root in roots
            .roots
            .iter()
            .filter(|root| governed(&replay.policy.policy, root).is_none())
        {
            let Found::Package(package) = builder.build(reader, replay.tree, root)? else {
                continue;
            };
            if let Some(before) = replay.before
                && reader
                    .entry_at(before, root)
                    .ok()
                    .flatten()
                    .is_some_and(|entry| entry.id == package.git_id)
            {
                continue;
            }
            let rule = if package
                .at
                .digest
                .is_some_and(|digest| revoked.contains(&digest))
            {
                RuleId::RevokedContent
            } else if package.at.files.iter().any(|file| files.contains(file)) {
                RuleId::ContainsRevokedFile
            } else {
                continue;
            };
            let observation = Observation::new(rule)
                .subject(&package.at.subject)
                .version(&package.at.version);
            found.push(observation.place(Place::file(package.path)));
        }
    }
    Ok(found)
}
