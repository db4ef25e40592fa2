//! The replay's state after its last run, kept under the Git directory. Safe to delete; only ever
//! saves time.
//!
//! It is used only by commands that look, and only when it was written by this very version of the
//! tool, for this anchor, for landings of this line ([`covered`]), and when no landing since then
//! touches the policy; anything else means a cold run. No secret protects it: anyone who can write
//! into the Git directory can forge it, so nothing is decided or judged by it.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evidence::PolicyVersion;
use crate::lifecycle::ledger::Event;
use crate::lifecycle::{Lifecycle, Subjects};
use countersign_git::{CommitNode, GitError};
use countersign_model::{Digest, ObjectId, Policy};
use countersign_signature::HAS_OPENPGP;

use super::policies::FoundPolicy;
use super::{Run, State, covered};

/// Changes whenever the shape of the state or the meaning of anything in it may have.
const FORMAT: &str = if HAS_OPENPGP {
    concat!("countersign ", env!("CARGO_PKG_VERSION"), " replay 18")
} else {
    concat!(
        "countersign ",
        env!("CARGO_PKG_VERSION"),
        " replay 18 without OpenPGP"
    )
};

/// What is written first, borrowed. Its fields are those of [`Header`], then those of
/// [`CachedState`]. The subjects follow, then the events, then where these two begin.
#[derive(Serialize)]
struct CacheFile<'a> {
    header: Header,
    policies: Vec<CachedPolicy>,
    lifecycle: &'a Lifecycle,
}

/// What tells whether the rest may be used, read before it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    format: String,
    /// The anchor that the verifier named.
    pinned: Option<ObjectId>,
    head: ObjectId,
    position: u32,
}

/// A state that was kept, not yet held against the repository.
pub(super) struct CachedState {
    header: Header,
    policies: Vec<CachedPolicy>,
    lifecycle: Lifecycle,
}

/// A policy as its bytes: what it means is read again.
#[derive(Serialize, Deserialize)]
struct CachedPolicy {
    digest: Digest,
    files: BTreeMap<String, Vec<u8>>,
}

const NAME: &str = "replay";
/// Length of a number at the end.
const PLACE: usize = size_of::<u64>();

/// The state of the last run, when this version of the tool wrote it for the same anchor and it
/// would be the same at this time.
pub(super) fn load(run: &Run<'_>) -> Option<CachedState> {
    if !run.options.cache {
        return None;
    }
    let (header, policies, mut lifecycle) = run.repository.read_cache_with(NAME, |bytes| {
        let (header, kept): (Header, &[u8]) = postcard::take_from_bytes(bytes).ok()?;
        if header.format != FORMAT || header.pinned != run.options.anchor {
            return None;
        }
        let begin = bytes.len() - kept.len();
        let (bytes, [subjects, events]) = places(bytes)?;
        let (kept, subjects, events) = (
            bytes.get(begin..subjects)?,
            bytes.get(subjects..events)?,
            bytes.get(events..)?,
        );
        // Side by side: with the state at hand this is most of what a view waits for.
        let ((kept, events), subjects) = rayon::join(
            || {
                rayon::join(
                    || postcard::from_bytes::<(Vec<CachedPolicy>, Lifecycle)>(kept).ok(),
                    || postcard::from_bytes::<Vec<Event>>(events).ok(),
                )
            },
            || postcard::from_bytes::<Subjects>(subjects).ok(),
        );
        let (policies, lifecycle) = kept?;
        Some((header, policies, lifecycle.whole(subjects?, events?)))
    })?;
    lifecycle.adopt_now(run.options.now).then_some(CachedState {
        header,
        policies,
        lifecycle,
    })
}

/// Keeps `state`. A failure to write only means that the next run is slower.
pub(super) fn save(run: &Run<'_>, state: &State) {
    let Some(head) = state
        .line
        .last()
        .filter(|_| run.options.cache && !state.lifecycle.policy_changed())
    else {
        return;
    };
    let kept_policy = |version: &Arc<PolicyVersion>| CachedPolicy {
        digest: version.digest,
        files: version
            .files
            .iter()
            .map(|(path, bytes)| (path.clone(), bytes.to_vec()))
            .collect(),
    };
    let written = CacheFile {
        header: Header {
            format: FORMAT.to_owned(),
            pinned: run.options.anchor,
            head: *head,
            position: state.line.len() as u32 - 1,
        },
        policies: state.lifecycle.policies().map(kept_policy).collect(),
        lifecycle: &state.lifecycle,
    };
    let content = |file: &mut dyn io::Write| {
        let mut file = Counted { place: 0, file };
        let subjects = write(&mut file, &written)?;
        let events = write(&mut file, &state.lifecycle.subjects())?;
        write(&mut file, state.lifecycle.events())?;
        file.write_all(&[subjects.to_le_bytes(), events.to_le_bytes()].concat())
    };
    run.repository.write_cache_with(NAME, content);
}

/// Where the two later parts begin, and the bytes before these numbers.
fn places(bytes: &[u8]) -> Option<(&[u8], [usize; 2])> {
    let (bytes, numbers) = bytes.split_last_chunk::<{ 2 * PLACE }>()?;
    let number = |numbers: &[u8; PLACE]| usize::try_from(u64::from_le_bytes(*numbers)).ok();
    let [subjects, events] = numbers.as_chunks::<PLACE>().0 else {
        return None;
    };
    Some((bytes, [number(subjects)?, number(events)?]))
}

/// Writes one part; where it ends.
fn write(file: &mut Counted<'_>, part: &(impl Serialize + ?Sized)) -> io::Result<u64> {
    postcard::to_io(part, &mut *file).map_err(io::Error::other)?;
    Ok(file.place)
}

/// Counts what is written.
struct Counted<'f> {
    place: u64,
    file: &'f mut dyn io::Write,
}

impl io::Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.place += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl CachedState {
    /// The last landing that the state has seen.
    pub fn head(&self) -> ObjectId {
        self.header.head
    }

    /// The state, ready for the landings of `line` after its first, which is [`Self::head`]. `None`
    /// when the policy differs at the end of `line`, or when anything that the state refers to is
    /// not there.
    pub fn restore(
        mut self,
        run: &Run<'_>,
        line: &[CommitNode],
    ) -> Result<Option<State>, GitError> {
        let versions: Option<Vec<Arc<PolicyVersion>>> =
            self.policies.iter().map(read_policy).collect();
        let landings: Option<Vec<ObjectId>> = self.lifecycle.landings().collect();
        let (Some(versions), Some(landings)) = (versions, landings) else {
            return Ok(None);
        };
        let whole = landings.len() == self.header.position as usize + 1
            && landings.last() == Some(&self.header.head);
        if !whole || !self.lifecycle.restore(versions) || touches_policy(run, line)? {
            return Ok(None);
        }
        if !run
            .repository
            .with_reader(|reader| covered::agrees(reader, &self.lifecycle, &landings, &line[0]))?
        {
            return Ok(None);
        }
        let anchor_tree = run.repository.root_tree(landings[0])?;
        let keys = self
            .lifecycle
            .policies()
            .flat_map(|version| version.roster.keys().iter().cloned())
            .collect();
        Ok(Some(State {
            lifecycle: self.lifecycle,
            anchor_tree,
            keys,
            tree: line[0].tree,
            line: landings,
            reviewed: Vec::new(),
            is_other: false,
        }))
    }
}

fn read_policy(kept: &CachedPolicy) -> Option<Arc<PolicyVersion>> {
    let files: BTreeMap<String, Arc<[u8]>> = kept
        .files
        .iter()
        .map(|(path, bytes)| (path.clone(), Arc::from(bytes.as_slice())))
        .collect();
    let bytes = Arc::clone(files.get(Policy::PATH)?);
    PolicyVersion::read(bytes, &files, kept.digest)
        .ok()
        .map(Arc::new)
}

/// Whether the policy or a file that it names differs between the ends of `line`.
fn touches_policy(run: &Run<'_>, line: &[CommitNode]) -> Result<bool, GitError> {
    let digest_at = |node: &CommitNode| {
        let found = run
            .repository
            .with_reader(|reader| run.policies.find(reader, node.tree))?;
        Ok(match found {
            FoundPolicy::Valid(version) => Some(version.digest),
            _ => None,
        })
    };
    Ok(digest_at(&line[0])? != digest_at(&line[line.len() - 1])?)
}
