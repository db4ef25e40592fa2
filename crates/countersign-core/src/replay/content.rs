//! What lies where a finding without a subject points: part of its identity, so that other content
//! is another finding.
//!
//! The gate compares the findings of a candidate with those of its base. By its path alone, an
//! ungoverned file could be rewritten by any change.

use std::collections::BTreeMap;

use countersign_harness as harness;
use countersign_model::document::paths::with_folders;
use countersign_model::{Digest, Fact, ObjectId, Observation, Policy, RuleId};

use super::leaves::Leaves;
use super::package::Package;

/// What belongs to a Skill in the root of the repository, beside its document: everything else
/// there may be anything.
const OF_ROOT_SKILL: [&str; 3] = ["scripts/", "references/", "assets/"];

/// Adds what lies there to every observation of the tree `root` that has a place and no subject. Of
/// a Skill its whole folder counts, without what is governed in it.
pub(super) fn identify(
    observations: &mut [Observation],
    leaves: &Leaves,
    packages: &[Package],
    root: ObjectId,
) {
    let of = |observation: &Observation| {
        let place = observation
            .place
            .as_ref()
            .filter(|place| observation.subject.is_none() && place.path != Policy::PATH)?;
        let is_skill =
            observation.rule == RuleId::Ungoverned && harness::is_skill_file(&place.path);
        Some(
            if is_skill {
                place.path.rsplit_once('/').map_or("", |(folder, _)| folder)
            } else {
                &place.path
            }
            .to_owned(),
        )
    };
    let mut content: BTreeMap<String, Vec<u8>> = observations
        .iter()
        .filter_map(of)
        .map(|path| (path, Vec::new()))
        .collect();
    if content.is_empty() {
        return;
    }
    let is_governed = |step: &str| {
        packages
            .binary_search_by(|package| package.path.as_str().cmp(step))
            .is_ok()
    };
    for (bytes, leaf) in leaves.iter() {
        let path = String::from_utf8_lossy(bytes);
        let line = || [bytes, format!("\0{:o} {}\n", leaf.mode, leaf.id).as_bytes()].concat();
        if with_folders(&path).any(is_governed) {
            continue;
        }
        for step in with_folders(&path) {
            if let Some(content) = content.get_mut(step) {
                content.extend(line());
            }
        }
        if let Some(content) = content.get_mut("")
            && (harness::is_skill_file(&path) && !path.contains('/')
                || OF_ROOT_SKILL.iter().any(|folder| path.starts_with(folder)))
        {
            content.extend(line());
        }
    }
    for observation in observations {
        let Some(path) = of(observation) else {
            continue;
        };
        let digest = match content.get(&path) {
            // The root tree itself.
            _ if path == "." => Digest::of(root.to_string().as_bytes()),
            Some(content) => Digest::of(content),
            None => continue,
        };
        observation.facts.insert(Fact::Content, digest.to_string());
    }
}
