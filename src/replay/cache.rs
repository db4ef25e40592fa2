//! The replay's state after its last run, kept under the Git directory. Safe to delete; only ever saves time.
//!
//! It is used only when it was written by this very version of the tool, for this anchor, for a landing on this line, and when no landing
//! since then touches the policy; anything else means a cold run. Whoever can write into the Git directory can already rewrite history there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evidence::PolicyVersion;
use crate::git::{CommitNode, GitError};
use crate::lifecycle::Lifecycle;
use crate::model::{Digest, ObjectId, Policy};

use super::Run;
use super::policies::FoundPolicy;

/// Changes whenever the shape of the state or the meaning of anything in it may have.
const FORMAT: &str = concat!("countersign ", env!("CARGO_PKG_VERSION"), " replay 1");

#[derive(Serialize, Deserialize)]
struct Kept {
    format: String,
    anchor: ObjectId,
    pinned: bool,
    head: ObjectId,
    position: u32,
    policies: Vec<KeptPolicy>,
    lifecycle: Lifecycle,
}

/// A policy as its bytes: what it means is read again.
#[derive(Serialize, Deserialize)]
struct KeptPolicy {
    digest: Digest,
    files: BTreeMap<String, Vec<u8>>,
}

const NAME: &str = "replay";

/// The state at some landing of `line`, and how many landings it has seen.
pub(super) fn load(run: &Run<'_>, line: &[CommitNode]) -> Option<(Lifecycle, usize)> {
    if !run.options.cache {
        return None;
    }
    let bytes = run.repository.read_cache(NAME)?;
    let mut kept: Kept = postcard::from_bytes(&bytes).ok()?;
    let position = kept.position as usize;
    let fits = kept.format == FORMAT
        && kept.anchor == line.first()?.id
        && kept.pinned == run.options.anchor.is_some()
        && line.get(position)?.id == kept.head
        && kept.lifecycle.adopt_now(run.options.now);
    if !fits || touches_policy(run, line, position).unwrap_or(true) {
        return None;
    }
    let versions: Option<Vec<Arc<PolicyVersion>>> = kept.policies.iter().map(read_policy).collect();
    kept.lifecycle.restore(versions?).then_some((kept.lifecycle, position + 1))
}

/// Keeps `lifecycle`, which has seen all of `line`. A failure to write only means that the next run is slower.
pub(super) fn save(run: &Run<'_>, line: &[CommitNode], lifecycle: &Lifecycle) {
    let Some(last) = line.last().filter(|_| run.options.cache && !lifecycle.policy_changed()) else { return };
    let kept = Kept {
        format: FORMAT.to_owned(),
        anchor: line[0].id,
        pinned: run.options.anchor.is_some(),
        head: last.id,
        position: line.len() as u32 - 1,
        policies: lifecycle
            .policies()
            .map(|version| KeptPolicy {
                digest: version.digest,
                files: version.files.iter().map(|(path, bytes)| (path.clone(), bytes.to_vec())).collect(),
            })
            .collect(),
        lifecycle: lifecycle.clone(),
    };
    if let Ok(bytes) = postcard::to_allocvec(&kept) {
        run.repository.write_cache(NAME, &bytes);
    }
}

fn read_policy(kept: &KeptPolicy) -> Option<Arc<PolicyVersion>> {
    let files: BTreeMap<String, Arc<[u8]>> = kept.files.iter().map(|(path, bytes)| (path.clone(), Arc::from(bytes.as_slice()))).collect();
    let bytes = Arc::clone(files.get(Policy::PATH)?);
    PolicyVersion::read(bytes, &files, kept.digest).ok().map(Arc::new)
}

/// Whether the policy or a file that it names differs between a landing and the end of the line.
fn touches_policy(run: &Run<'_>, line: &[CommitNode], position: usize) -> Result<bool, GitError> {
    let (then, now) = (line[position].tree, line[line.len() - 1].tree);
    run.repository.with_reader(|reader| {
        let mut seen: BTreeSet<Option<Digest>> = BTreeSet::new();
        for tree in [then, now] {
            seen.insert(match run.policies.find(reader, tree)? {
                FoundPolicy::Valid(version) => Some(version.digest),
                _ => None,
            });
        }
        Ok(seen.len() > 1)
    })
}
