//! What was there before governance, and left it, here or on another line.
//!
//! Baseline bytes pass while they never left. A merge can swap the first-parent line for one on which
//! they never did, though they did on the line that was governed. So each line knows the paths at
//! which they left, and where they left on one line, what another still has counts as brought back.

use std::collections::BTreeSet;

use countersign_model::SubjectId;
use countersign_model::document::paths::with_folders;

use super::input::PackageAt;
use super::ledger::VersionKey;
use super::left_behind::ever_granted;
use super::state::Lifecycle;
use super::tracked_version::TrackedVersion;

impl TrackedVersion {
    /// Whether these bytes were there at the anchor and never left.
    pub(super) fn stayed(&self) -> bool {
        let landed = self.landed.map(|landing| landing.position);
        self.baseline && !self.left && landed == self.landed_last
    }
}

impl Lifecycle {
    /// Whether changes at some paths change or remove something of a package that is as it was at the
    /// anchor, before or after a landing with these packages: a file in it, or a folder above it.
    pub(super) fn touches_baseline<'p>(
        &self,
        mut changed: impl Iterator<Item = &'p [u8]>,
        landing: &[(String, Option<PackageAt>)],
    ) -> bool {
        let before = self.packages.iter();
        let after = landing
            .iter()
            .filter_map(|(path, package)| Some((path, package.as_ref()?)));
        let roots: BTreeSet<&str> = before
            .chain(after)
            .filter(|(_, package)| package.baseline)
            .map(|(path, _)| path.as_str())
            .collect();
        !roots.is_empty() && changed.any(|path| is_at_one_of(&roots, path))
    }

    /// Notes that the bytes of the anchor leave a path. A policy that stops to govern it moves nothing.
    pub(super) fn note_left(&mut self, path: &str, before: &PackageAt, after: Option<&PackageAt>) {
        let is_governed = |path: &str| {
            let mut entries = self.policy().policy.entries_for(path.as_bytes());
            entries.next().is_some()
        };
        let left = after.map_or_else(|| is_governed(path), |after| !after.baseline);
        if before.baseline && left {
            self.left_baseline.insert(path.to_owned());
        }
    }

    /// Counts baseline bytes as brought back where they left the same path on the other line, or were
    /// approved there and are not here: once someone decided about them, an approval that expired or
    /// is missing is no reason to pass.
    pub(super) fn note_left_baseline(&mut self, line: &Self, dirty: &mut BTreeSet<SubjectId>) {
        for (id, theirs) in &line.subjects {
            let Some(state) = self.subjects.get_mut(id) else {
                continue;
            };
            let decided = |tracked: &&mut TrackedVersion| {
                let known = theirs
                    .index(&tracked.key)
                    .map(|index| &theirs.versions[index]);
                tracked.stayed()
                    && tracked.grant.is_none()
                    && known.is_some_and(|known| ever_granted(known).is_some())
            };
            for tracked in state.versions.iter_mut().filter(decided) {
                tracked.left = true;
                dirty.insert(id.clone());
            }
        }
        for path in &line.left_baseline {
            self.left_baseline.insert(path.clone());
            let package = self.packages.get(path).filter(|package| package.baseline);
            let Some((package, digest)) = package.and_then(|there| Some((there, there.digest?)))
            else {
                continue;
            };
            let key = VersionKey {
                version: package.version.clone(),
                digest,
            };
            let Some(state) = self.subjects.get_mut(&package.subject) else {
                continue;
            };
            if let Some(index) = state.index(&key)
                && state.versions[index].stayed()
            {
                state.versions[index].left = true;
                dirty.insert(package.subject.clone());
            }
        }
    }
}

/// Whether a path is in or above one of these.
fn is_at_one_of(roots: &BTreeSet<&str>, path: &[u8]) -> bool {
    // The path of a package is UTF-8, whatever is in it.
    let text = match std::str::from_utf8(path) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&path[..error.valid_up_to()]).unwrap_or_default(),
    };
    let below = format!("{text}/");
    let mut inside = roots.range(below.as_str()..);
    with_folders(text).any(|step| roots.contains(step))
        || inside.next().is_some_and(|root| root.starts_with(&below))
}
