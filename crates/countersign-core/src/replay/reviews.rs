//! What is at the commits that a pull request names, so that its reviews can be compared with the
//! bytes that land.
//!
//! Only the paths that the landing changes are looked at. A commit that this clone lacks is left
//! out, and whatever rests on it proves nothing; only without the pull request's own head can
//! nothing be said at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::evidence::Record;
use crate::evidence::review::{BytesAt, Lands, ReviewFault, Reviewed};
use crate::lifecycle::{CommitFacts, CommitPeople, Landing, PackageAt};
use countersign_forge::{AccountKind, HeadEventKind, Pull, Review, ReviewState};
use countersign_git::{GitError, MODE_REGULAR, Reader, Repository, Roots};
use countersign_model::{Digest, ObjectId, Policy};

use super::ReplayError;
use super::arrival::Arrival;
use super::package::{Builder, Found};
use super::records;

/// Pull requests of which a forge told.
#[derive(Clone, Debug, Default)]
pub struct PullRequests {
    /// By the landing that they brought about.
    pub landings: BTreeMap<ObjectId, Vec<Arc<Pull>>>,
}

impl PullRequests {
    /// Whether a forge told of none.
    pub fn is_empty(&self) -> bool {
        self.landings.is_empty()
    }
}

/// The commits of `pull` whose bytes decide which of its reviews count under `policy`: its head
/// first, then where someone of the policy approved, and what force-pushes replaced.
pub fn commits_of(pull: &Pull, policy: &Policy) -> Vec<ObjectId> {
    // Anybody may review a public pull request; only those who could count cost anything.
    let known = |id: u64| {
        policy
            .principals
            .values()
            .any(|principal| principal.accounts.iter().any(|one| one.id == id))
    };
    let counts = |review: &&Review| {
        review.state == ReviewState::Approved
            && review
                .account
                .as_ref()
                .is_some_and(|account| known(account.id))
    };
    let approvals = pull
        .reviews
        .iter()
        .filter(counts)
        .filter_map(|review| review.commit);
    let replaced = pull.events.iter().filter_map(|event| match event.kind {
        HeadEventKind::ForcePush { before, .. } => before,
        HeadEventKind::BaseChanged | HeadEventKind::BaseForcePush => None,
    });
    let others: BTreeSet<ObjectId> = approvals
        .chain(replaced)
        .filter(|commit| *commit != pull.request.head)
        .collect();
    std::iter::once(pull.request.head).chain(others).collect()
}

/// The most commits of a pull request that are searched for the one that changed reviewed bytes.
const MOST_COMMITS: usize = 1000;

/// Reads packages at the commits that pull requests name, as the policy in force finds them.
pub(super) struct ReviewReader<'a> {
    pub repository: &'a Repository,
    pub builder: Builder<'a>,
}

impl ReviewReader<'_> {
    /// Adds what `pulls` say to the landing that `arrival` was read into, and gives what there is
    /// to judge about their reviews.
    ///
    /// `elsewhere` says why a pull request did not bring the landing about.
    pub fn read(
        &self,
        arrival: &Arrival,
        landing: &mut Landing,
        pulls: &[Arc<Pull>],
        elsewhere: impl Fn(&Pull) -> Option<ReviewFault>,
    ) -> Result<Vec<Reviewed>, ReplayError> {
        let as_landed = |(path, package): &(String, Option<PackageAt>)| {
            let package = package.as_ref()?;
            Some(Lands {
                path: path.clone(),
                subject: package.subject.clone(),
                version: package.version.clone(),
                digest: package.digest?,
            })
        };
        let lands: Vec<Lands> = landing.packages.iter().filter_map(as_landed).collect();
        let mut found = Vec::new();
        for pull in pulls {
            let reviewed = Reviewed {
                pull: Arc::clone(pull),
                elsewhere: elsewhere(pull),
                lands: lands.clone(),
                commits: self.commits(pull, arrival.parent, &lands)?,
            };
            landing.commits.extend(opener(&reviewed));
            if reviewed.elsewhere.is_none() {
                self.note_opener(arrival, landing, &reviewed)?;
            }
            found.push(reviewed);
        }
        Ok(found)
    }

    /// Notes who opened the pull request at the records that it adds, when it does nothing else and
    /// all of them lower.
    fn note_opener(
        &self,
        arrival: &Arrival,
        landing: &mut Landing,
        reviewed: &Reviewed,
    ) -> Result<(), GitError> {
        let (request, policy) = (&reviewed.pull.request, self.builder.policy);
        let here = request.repository.eq_ignore_ascii_case(&policy.repository)
            && request.base == policy.branch;
        let person = request
            .author
            .as_ref()
            .is_some_and(|author| author.kind == AccountKind::User);
        let (Some(opener), Some(base)) =
            (reviewed.opener().filter(|_| here && person), arrival.parent)
        else {
            return Ok(());
        };
        let [base] = self.repository.merge_bases(base, request.head)?[..] else {
            return Ok(());
        };
        let mut changes = Vec::new();
        let (before, after) = (
            self.repository.root_tree(base)?,
            self.repository.root_tree(request.head)?,
        );
        self.repository
            .diff(Some(before), Some(after), &Roots::all(), &mut changes)?;
        let mut added = BTreeSet::new();
        for change in &changes {
            let blob = change.after.filter(|leaf| {
                change.before.is_none()
                    && leaf.mode == MODE_REGULAR
                    && records::is_record(&change.path)
            });
            let Some(leaf) = blob else { return Ok(()) };
            if self.repository.blob_size(leaf.id)? > records::MOST_RECORD_BYTES {
                return Ok(());
            }
            added.insert(Digest::of(&self.repository.blob(leaf.id)?));
        }
        let own: Vec<&mut Record> = landing
            .records
            .iter_mut()
            .filter(|record| added.contains(&record.digest))
            .collect();
        let principal = own
            .first()
            .and_then(|record| record.decision.as_ref().ok())
            .map(|decision| decision.principal.clone());
        let lowers = |record: &&mut Record| {
            record.decision.as_ref().is_ok_and(|decision| {
                !decision.kind.raises() && Some(&decision.principal) == principal.as_ref()
            })
        };
        if own.len() == added.len() && own.iter().all(lowers) {
            for record in own {
                record.openers.push(opener.clone());
            }
        }
        Ok(())
    }

    fn commits(
        &self,
        pull: &Pull,
        base: Option<ObjectId>,
        lands: &[Lands],
    ) -> Result<BTreeMap<ObjectId, BytesAt>, ReplayError> {
        let head = pull.request.head;
        if !self.is_here(head) {
            return Err(ReplayError::PullNotFetched {
                pull: pull.request.number,
                commit: head,
            });
        }
        let mut commits = BTreeMap::new();
        for commit in commits_of(pull, self.builder.policy)
            .into_iter()
            .filter(|commit| self.is_here(*commit))
        {
            let bases = match base {
                Some(base) => self.repository.merge_bases(base, commit)?,
                None => Vec::new(),
            };
            commits.insert(
                commit,
                self.repository
                    .with_reader(|reader| self.at(reader, commit, &bases, head, lands))?,
            );
        }
        Ok(commits)
    }

    fn is_here(&self, commit: ObjectId) -> bool {
        is_here(self.repository, commit)
    }

    fn at(
        &self,
        reader: &mut Reader,
        commit: ObjectId,
        bases: &[ObjectId],
        head: ObjectId,
        lands: &[Lands],
    ) -> Result<BytesAt, GitError> {
        let mut at = BytesAt::default();
        for lands in lands {
            let digest = self.digest(reader, commit, lands)?;
            let mut changed = !bases.is_empty();
            for base in bases {
                changed &= self.digest(reader, *base, lands)? != digest;
            }
            if changed {
                at.changed.insert(lands.path.clone());
            }
            if digest != Some(lands.digest)
                && let Some(through) = through(reader, commit, head, lands.path.as_bytes())?
            {
                at.through.insert(lands.path.clone(), through);
            }
            if let Some(digest) = digest {
                at.digests.insert(lands.path.clone(), digest);
            }
        }
        Ok(at)
    }

    /// The bytes of the same subject at the same path.
    fn digest(
        &self,
        reader: &mut Reader,
        commit: ObjectId,
        lands: &Lands,
    ) -> Result<Option<Digest>, GitError> {
        let tree = reader.root_tree(commit)?;
        Ok(
            match self.builder.build(reader, tree, lands.path.as_bytes())? {
                Found::Package(package) if package.at.subject == lands.subject => package.at.digest,
                _ => None,
            },
        )
    }
}

/// Whether this clone has a commit that a forge names.
pub fn is_here(repository: &Repository, commit: ObjectId) -> bool {
    commit.as_bytes().len() == repository.object_format().id_len()
        && repository.with_reader(|reader| reader.exists(commit))
}

/// The first commit after `commit` on the pull request's own line with something else at `path`;
/// its head when the line was replaced.
fn through(
    reader: &mut Reader,
    commit: ObjectId,
    head: ObjectId,
    path: &[u8],
) -> Result<Option<ObjectId>, GitError> {
    let mut line = Vec::new();
    let mut next = Some(head);
    while let Some(id) = next.filter(|id| *id != commit) {
        if line.len() == MOST_COMMITS {
            return Ok(None);
        }
        line.push(id);
        next = reader.node(id)?.parents.first().copied();
    }
    if next.is_none() {
        return Ok(Some(head));
    }
    let there = lies_at(reader, commit, path)?;
    for id in line.into_iter().rev() {
        if lies_at(reader, id, path)? != there {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

fn lies_at(
    reader: &mut Reader,
    commit: ObjectId,
    path: &[u8],
) -> Result<Option<(u32, ObjectId)>, GitError> {
    let tree = reader.root_tree(commit)?;
    match reader.entry_at(tree, path) {
        Ok(entry) => Ok(entry.map(|entry| (entry.mode, entry.id))),
        Err(GitError::MalformedTree(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The person who opened a pull request contributed to everything that it changes.
fn opener(reviewed: &Reviewed) -> Option<CommitFacts> {
    let opener = reviewed.opener().filter(|_| reviewed.elsewhere.is_none())?;
    let head = reviewed.commits.get(&reviewed.pull.request.head)?;
    Some(CommitFacts {
        people: CommitPeople {
            opener: Some(opener),
            ..CommitPeople::default()
        },
        introduced: Vec::new(),
        combined: head
            .changed
            .iter()
            .map(|path| path.as_bytes().into())
            .collect(),
    })
}
