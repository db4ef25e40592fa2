//! Bytes that come into the tree and leave it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use countersign_model::shared_text::shared;
use countersign_model::{Observation, Place, Position, RuleId, SubjectId};

use super::compact::append;
use super::input::PackageAt;
use super::ledger::{Action, Event, LandingRef, VersionKey};
use super::state::Lifecycle;
use super::tracked_version::Described;

impl Lifecycle {
    /// Takes in the packages whose bytes changed.
    pub(super) fn land(
        &mut self,
        at: LandingRef,
        packages: Vec<(String, Option<PackageAt>)>,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        let mut touched = BTreeSet::new();
        // First everything that changed leaves, then everything that is there arrives: the order of
        // paths must not matter.
        let before: BTreeMap<String, PackageAt> = packages
            .iter()
            .filter_map(|(path, _)| Some((path.clone(), self.packages.remove(path)?)))
            .collect();
        for (path, package) in &packages {
            let Some(before) = before.get(path) else {
                continue;
            };
            self.note_left(path, before, package.as_ref());
            if package
                .as_ref()
                .is_none_or(|package| package.subject != before.subject)
            {
                self.leave(at, path, before);
                touched.insert(before.subject.clone());
            }
        }
        for (path, package) in packages {
            if let Some(package) = package {
                touched.insert(package.subject.clone());
                self.arrive(at, &path, package, before.get(&path));
            }
        }
        for id in &touched {
            self.note_history(at.position, id);
        }
        dirty.extend(touched);
    }

    fn leave(&mut self, at: LandingRef, path: &str, before: &PackageAt) {
        if let Some(state) = self.subjects.get_mut(&before.subject) {
            state.present.remove(path);
        }
        append(
            &mut self.events,
            package_event(at, Action::Removed, path, before),
        );
    }

    fn arrive(
        &mut self,
        at: LandingRef,
        path: &str,
        package: PackageAt,
        before: Option<&PackageAt>,
    ) {
        let state = self.subjects.entry(package.subject.clone()).or_default();
        if state.present.is_empty() {
            state.last.clear();
        }
        state.present.insert(path.to_owned());
        state.last = state.present.clone();
        let unchanged = before.is_some_and(|before| {
            before.subject == package.subject
                && before.digest == package.digest
                && before.version == package.version
        });
        if let Some(digest) = package.digest {
            let key = VersionKey {
                version: package.version.clone(),
                digest,
            };
            let tracked = state.tracked_mut(&key);
            tracked.landed.get_or_insert(at);
            tracked.fresh = true;
            tracked.baseline |= package.baseline;
            tracked.left |= package.baseline && self.left_baseline.contains(path);
            let elsewhere = tracked
                .paths
                .iter()
                .filter(|other| {
                    self.packages.get(&***other).is_some_and(|there| {
                        there.digest == Some(digest) && there.subject == package.subject
                    })
                })
                .cloned();
            tracked.paths = elsewhere.chain([shared(path)]).collect();
            if !unchanged {
                tracked.landed_last = Some(at.position);
            }
            tracked.described = Some(Described::of(&package));
            if tracked.grant.is_some() {
                self.granted_paths.insert(path.to_owned());
            }
            let under = Arc::clone(self.policy());
            if let Some(content) = package.files.first().filter(|_| package.one_file)
                && self.one_file.insert(digest, *content).is_none()
            {
                self.spare_revealed(digest, *content, &under);
            }
            self.spare_arrival(&package, &under);
        }
        if !unchanged {
            append(
                &mut self.events,
                package_event(at, Action::Landed, path, &package),
            );
        }
        self.packages.insert(path.to_owned(), package);
    }

    /// Notes which digest the subject has now: none when its paths disagree.
    fn note_history(&mut self, position: Position, id: &SubjectId) {
        let Some(state) = self.subjects.get_mut(id) else {
            return;
        };
        let mut digests = state
            .present
            .iter()
            .map(|path| self.packages.get(path).and_then(|package| package.digest));
        let first = digests.next().flatten();
        let digest = if digests.all(|digest| digest == first) {
            first
        } else {
            None
        };
        if state.history.last().map(|(_, last)| *last) != Some(digest) {
            state.history.push((position, digest));
        }
    }

    /// Identifies every package again under a policy that is now in force, without judging
    /// anything.
    pub fn remap(&mut self, packages: Vec<(String, PackageAt)>) {
        let at = self.head;
        let gone: Vec<(String, PackageAt)> =
            std::mem::take(&mut self.packages).into_iter().collect();
        for state in self.subjects.values_mut() {
            state.present.clear();
        }
        let mut touched: BTreeSet<SubjectId> = gone
            .iter()
            .map(|(_, package)| package.subject.clone())
            .collect();
        let told: BTreeSet<String> = packages.iter().map(|(path, _)| path.clone()).collect();
        for (path, package) in &gone {
            if !told.contains(path) {
                self.observations.push(
                    Observation::new(RuleId::GovernanceNarrowed)
                        .subject(&package.subject)
                        .place(Place::file(path.as_str()))
                        .landing(at.position, at.commit),
                );
            }
        }
        let before: BTreeMap<String, PackageAt> = gone.into_iter().collect();
        for (path, package) in packages {
            touched.insert(package.subject.clone());
            // Known bytes under the same name are not a new landing.
            self.arrive(at, &path, package, before.get(&path));
        }
        let version = Arc::clone(self.policy());
        for id in &touched {
            self.note_history(at.position, id);
            // A path that begins to be governed may ask for more, and not only from the next
            // landing on.
            if let Some(mut state) = self.subjects.remove(id) {
                for index in 0..state.versions.len() {
                    let mut tracked = state.versions[index].clone();
                    self.follow_paths(&version, &state, &mut tracked);
                    state.versions[index] = tracked;
                }
                self.subjects.insert(id.clone(), state);
            }
            self.settle_current(id);
        }
    }
}

fn package_event(landing: LandingRef, action: Action, path: &str, package: &PackageAt) -> Event {
    Event {
        version: Some(package.version.clone()),
        digest: package.digest,
        path: Some(shared(path)),
        ..Event::new(landing, action, package.subject.clone())
    }
}
