//! Which commits each landing brings into the governed branch.
//!
//! A merge lands commits of side branches; each is assigned to the first landing that reaches it.
//! Only parent links order anything here, never dates. What the anchor reaches arrived before
//! everything else and is not assigned to a landing.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::error::GitError;
use super::object::CommitNode;
use super::reader::Reader;
use super::repository::Repository;
use countersign_model::ObjectId;

/// The commits of side branches, by the landing that brought them.
#[derive(Debug, Default)]
pub struct Arrivals {
    side: Vec<CommitNode>,
    /// The range of each merge's commits in `side`, by its index in the line.
    ranges: BTreeMap<usize, Range<usize>>,
}

/// What has arrived so far.
#[derive(Debug, Default)]
struct ArrivedCommits {
    /// The line, the side branches, and, once `anchor` is walked, all that it reaches.
    ids: HashSet<ObjectId>,
    /// The anchor, until its ancestors are known.
    anchor: Option<CommitNode>,
}

impl Arrivals {
    /// The commits that the landing at `index` of the line brought besides itself, every parent
    /// before its children.
    ///
    /// Empty for the anchor, for a commit that is not a merge, and beyond the line.
    pub fn side(&self, index: usize) -> &[CommitNode] {
        self.ranges
            .get(&index)
            .map_or(&[], |range| &self.side[range.clone()])
    }

    /// How many commits came over side branches.
    pub fn side_count(&self) -> usize {
        self.side.len()
    }
}

impl ArrivedCommits {
    /// The commits reachable from `starts` and not known yet, parents first, in the order of the
    /// parent lists; they are known afterwards.
    fn walk(
        &mut self,
        reader: &mut Reader,
        starts: &[ObjectId],
    ) -> Result<Vec<CommitNode>, GitError> {
        let mut found = Vec::new();
        let mut rooted = false;
        for start in starts {
            rooted |= self.descend(reader, *start, &mut found)?;
        }
        // Old branches lead below the anchor, and then always down to a first commit; only then
        // must its ancestors be known.
        if rooted && let Some(anchor) = self.anchor.take() {
            let mut below = Self::default();
            for parent in &anchor.parents {
                below.descend(reader, *parent, &mut Vec::new())?;
            }
            found.retain(|node| !below.ids.contains(&node.id));
            self.ids.extend(below.ids);
        }
        Ok(found)
    }

    /// Depth first without recursion; whether a commit without parents was found.
    fn descend(
        &mut self,
        reader: &mut Reader,
        start: ObjectId,
        found: &mut Vec<CommitNode>,
    ) -> Result<bool, GitError> {
        let mut rooted = false;
        let mut path: Vec<(CommitNode, usize)> = Vec::new();
        if self.ids.insert(start) {
            path.push((reader.node(start)?, 0));
        }
        while let Some((node, next)) = path.last_mut() {
            if let Some(parent) = node.parents.get(*next).copied() {
                *next += 1;
                if self.ids.insert(parent) {
                    path.push((reader.node(parent)?, 0));
                }
            } else {
                rooted |= node.parents.is_empty();
                found.extend(path.pop().map(|(node, _)| node));
            }
        }
        Ok(rooted)
    }
}

impl Repository {
    /// Assigns every commit that `line` reaches and its first does not to the first landing that
    /// reaches it.
    ///
    /// `line` is what [`Repository::line`] gave: the anchor, then every landing, oldest first. Each
    /// commit is read once.
    pub fn arrivals(&self, line: &[CommitNode]) -> Result<Arrivals, GitError> {
        self.assign(
            ArrivedCommits {
                ids: line.iter().map(|node| node.id).collect(),
                anchor: line.first().cloned(),
            },
            line,
        )
    }

    /// The same for the landings of a `line` that goes on where an earlier walk ended: its first
    /// was the last one of that walk.
    ///
    /// `arrived` are the landings since `anchor` and all that they brought; it is asked only when
    /// one of `line` is a merge.
    pub fn arrivals_after(
        &self,
        anchor: ObjectId,
        arrived: impl FnOnce() -> HashSet<ObjectId>,
        line: &[CommitNode],
    ) -> Result<Arrivals, GitError> {
        let mut known = ArrivedCommits::default();
        if line.iter().skip(1).any(|landing| landing.parents.len() > 1) {
            known = ArrivedCommits {
                ids: arrived(),
                anchor: Some(self.node(anchor)?),
            };
            known.ids.extend(line.iter().map(|node| node.id));
        }
        self.assign(known, line)
    }

    fn assign(&self, mut known: ArrivedCommits, line: &[CommitNode]) -> Result<Arrivals, GitError> {
        let mut side = Vec::new();
        let mut ranges = BTreeMap::new();
        self.with_reader(|reader| {
            for (index, landing) in line.iter().enumerate() {
                if index > 0 && landing.parents.len() > 1 {
                    let start = side.len();
                    side.extend(known.walk(reader, &landing.parents[1..])?);
                    ranges.insert(index, start..side.len());
                }
            }
            Ok(())
        })?;
        Ok(Arrivals { side, ranges })
    }

    /// The commits that `head` reaches and the last commit of a line does not, every parent before
    /// its children (so `head` is last).
    ///
    /// `arrived` are the landings of that line since `anchor` and all that they brought.
    pub fn candidate(
        &self,
        anchor: ObjectId,
        arrived: HashSet<ObjectId>,
        head: ObjectId,
    ) -> Result<Vec<CommitNode>, GitError> {
        let mut known = ArrivedCommits {
            ids: arrived,
            anchor: Some(self.node(anchor)?),
        };
        self.with_reader(|reader| known.walk(reader, &[head]))
    }

    /// The commits that `head` reaches and `base` does not, every parent before its children.
    ///
    /// Walks all that `base` reaches; where what has arrived is at hand, [`Self::candidate`] is
    /// cheaper.
    pub fn between(&self, base: ObjectId, head: ObjectId) -> Result<Vec<CommitNode>, GitError> {
        self.with_reader(|reader| {
            let mut known = ArrivedCommits::default();
            known.descend(reader, base, &mut Vec::new())?;
            known.walk(reader, &[head])
        })
    }

    /// The best common ancestors of two commits: those that no other common ancestor descends from,
    /// sorted by id.
    ///
    /// Git finds them by walking in the order of dates, which forged dates lead astray; here only
    /// parent links count.
    pub fn merge_bases(&self, base: ObjectId, head: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        self.with_reader(|reader| {
            let mut known = ArrivedCommits::default();
            known.descend(reader, base, &mut Vec::new())?;
            if known.ids.contains(&head) {
                return Ok(vec![head]);
            }
            let ours = known.walk(reader, &[head])?;
            let own: HashSet<ObjectId> = ours.iter().map(|node| node.id).collect();
            let mut shared: Vec<ObjectId> = ours
                .iter()
                .flat_map(|node| &node.parents)
                .copied()
                .filter(|id| !own.contains(id))
                .collect();
            shared.sort_unstable();
            shared.dedup();
            if shared.len() > 1 {
                let mut below = ArrivedCommits::default();
                for id in &shared {
                    for parent in reader.node(*id)?.parents.iter().copied() {
                        below.descend(reader, parent, &mut Vec::new())?;
                    }
                }
                shared.retain(|id| !below.ids.contains(id));
            }
            Ok(shared)
        })
    }
}
