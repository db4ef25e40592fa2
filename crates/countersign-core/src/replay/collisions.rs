//! Paths outside governed ones that are in them on a disk that ignores case, Unicode form, or what
//! Windows drops from names.
//!
//! `Skills/alpha/run.sh` beside the package `skills/alpha` is another file to Git. At checkout on
//! such a disk it becomes a file of the package, or replaces one, and nothing that was approved
//! says so.

use std::collections::BTreeMap;

use countersign_model::document::paths::{name_on_disk, path_on_disk};
use countersign_model::{Fact, Observation, Place, Policy, RuleId};

use super::leaves::Leaves;
use super::loaded::package_of;
use super::package::Package;

/// What is at a folded path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    /// A folder above something governed.
    Above,
    /// A package, a file of the policy, or the folder of the records.
    Governed,
}

/// An observation for each leaf that lands at, below or above a governed path without being there.
pub(super) fn observe(
    policy: &Policy,
    packages: &[Package],
    leaves: &Leaves,
    observations: &mut Vec<Observation>,
) {
    let spots = Spots::of(policy, packages);
    for (bytes, _) in leaves.iter() {
        let path = String::from_utf8_lossy(bytes);
        if let Some(other) = spots.landing(policy, packages, &path) {
            observations.push(
                Observation::new(RuleId::PathCollision)
                    .place(Place::file(path))
                    .with(Fact::Other, other),
            );
        }
    }
}

/// Governed paths and the folders above them, by what they are on such a disk; each with every
/// spelling in the tree.
#[derive(Default)]
struct Spots<'a>(BTreeMap<String, Vec<(&'a str, Spot)>>);

impl<'a> Spots<'a> {
    fn of(policy: &'a Policy, packages: &'a [Package]) -> Self {
        let mut spots = Self::default();
        spots.add(Policy::PATH);
        spots.add(Policy::APPROVALS);
        for path in policy
            .named_files()
            .into_iter()
            .chain(packages.iter().map(|package| package.path.as_str()))
        {
            spots.add(path);
        }
        spots
    }

    fn add(&mut self, path: &'a str) {
        let above = path
            .match_indices('/')
            .map(|(slash, _)| (&path[..slash], Spot::Above));
        for (spelling, spot) in above.chain([(path, Spot::Governed)]) {
            let known = self.0.entry(path_on_disk(spelling)).or_default();
            match known.iter_mut().find(|(known, _)| *known == spelling) {
                Some((_, known)) => *known = spot.max(*known),
                None => known.push((spelling, spot)),
            }
        }
    }

    /// The governed path that `path` would be at, below or above. Two packages at one place are a
    /// `name-collision` already.
    fn landing(&self, policy: &Policy, packages: &[Package], path: &str) -> Option<String> {
        let mut folded = String::new();
        let ends = path
            .match_indices('/')
            .map(|(slash, _)| slash)
            .chain([path.len()]);
        let mut start = 0;
        for end in ends {
            if start > 0 {
                folded.push('/');
            }
            folded.push_str(&name_on_disk(&path[start..end]));
            start = end + 1;
            let spellings = self.0.get(&folded)?;
            let prefix = &path[..end];
            for (spelling, spot) in spellings.iter().filter(|(spelling, _)| *spelling != prefix) {
                let own = package_of(packages, path).map(|package| package.path.as_str());
                // A leaf where a folder should be, or a file that an entry would govern there.
                let there = format!("{spelling}{}", &path[end..]);
                let mut steps = there
                    .match_indices('/')
                    .map(|(slash, _)| slash)
                    .chain([there.len()]);
                let mut governed = || {
                    steps.any(|step| {
                        policy
                            .entries
                            .iter()
                            .any(|entry| entry.path.matches(&there.as_bytes()[..step]))
                    })
                };
                let lands = match spot {
                    Spot::Governed => own != Some(prefix),
                    Spot::Above => own.is_none() && (end == path.len() || governed()),
                };
                if lands {
                    return Some((*spelling).to_owned());
                }
            }
        }
        None
    }
}
