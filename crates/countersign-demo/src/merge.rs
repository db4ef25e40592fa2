//! How a branch lands: the ways a forge offers, and those an attacker uses.

use std::collections::BTreeSet;

use super::authorship::Authorship;
use super::history::{DemoError, History};
use super::tree::Tree;
use countersign_model::ObjectId;

/// How a branch becomes part of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A merge commit with the three-way merge of both trees.
    Merge,
    /// One commit with the merged tree; its message lists the branch's commits and names their
    /// authors as co-authors, as GitHub does.
    Squash,
    /// Each commit again on top, author kept, committer new, signatures lost (or made again by the
    /// given signer).
    Rebase,
    /// The branch's tip becomes ours, which must be its ancestor.
    FastForward,
    /// A merge commit that keeps our tree (`git merge -s ours`).
    Ours,
}

impl Method {
    /// Every legitimate way, after which the same tree must have the same state.
    pub const HONEST: [Self; 4] = [Self::Merge, Self::Squash, Self::Rebase, Self::FastForward];
}

impl History {
    /// Lands `branch` on the current branch and returns the new tip.
    pub fn merge(
        &mut self,
        branch: &str,
        method: Method,
        by: impl Into<Authorship>,
    ) -> Result<ObjectId, DemoError> {
        let by = by.into();
        let (ours, theirs) = (self.head(), self.tip(branch)?);
        match method {
            Method::Merge => {
                let tree = self.merged_tree(ours, theirs)?;
                self.commit_tree(
                    vec![ours, theirs],
                    tree,
                    by,
                    &format!("Merge branch '{branch}'"),
                )
            }
            Method::Ours => {
                let tree = self.tree_of(ours);
                self.commit_tree(
                    vec![ours, theirs],
                    tree,
                    by,
                    &format!("Merge branch '{branch}'"),
                )
            }
            Method::Squash => {
                let tree = self.merged_tree(ours, theirs)?;
                let message = self.squash_message(branch, ours, theirs, &by);
                self.commit_tree(vec![ours], tree, by, &message)
            }
            Method::Rebase => self.rebase(ours, theirs, &by),
            Method::FastForward => {
                if !self.ancestors(theirs).contains(&ours) {
                    return Err(DemoError::Conflict(format!(
                        "the line of `{branch}`, which does not hold ours"
                    )));
                }
                self.set_tip(theirs)?;
                Ok(theirs)
            }
        }
    }

    /// Merges several branches in one commit.
    pub fn octopus(
        &mut self,
        branches: &[&str],
        by: impl Into<Authorship>,
    ) -> Result<ObjectId, DemoError> {
        let ours = self.head();
        let mut parents = vec![ours];
        let mut tree = self.tree_of(ours);
        for branch in branches {
            let theirs = self.tip(branch)?;
            let base = self.base_tree(ours, theirs);
            tree = three_way(&base, &tree, &self.tree_of(theirs))?;
            parents.push(theirs);
        }
        self.commit_tree(
            parents,
            tree,
            by,
            &format!("Merge branches {}", branches.join(", ")),
        )
    }

    /// The tree that a clean merge of two commits gives: per path, the side that changed it wins.
    pub fn merged_tree(&self, ours: ObjectId, theirs: ObjectId) -> Result<Tree, DemoError> {
        three_way(
            &self.base_tree(ours, theirs),
            &self.tree_of(ours),
            &self.tree_of(theirs),
        )
    }

    fn rebase(
        &mut self,
        onto: ObjectId,
        theirs: ObjectId,
        by: &Authorship,
    ) -> Result<ObjectId, DemoError> {
        let mut tip = onto;
        for commit in self.own_commits(onto, theirs) {
            let snapshot = self.commits[&commit].clone();
            let before = snapshot
                .parents
                .first()
                .map(|parent| self.tree_of(*parent))
                .unwrap_or_default();
            let tree = three_way(&before, &self.tree_of(tip), &snapshot.tree)?;
            let authorship = Authorship {
                author: snapshot.authorship.author,
                ..by.clone()
            };
            tip = self.write_commit(vec![tip], tree, authorship, &snapshot.message)?;
        }
        self.set_tip(tip)?;
        Ok(tip)
    }

    fn squash_message(
        &self,
        branch: &str,
        ours: ObjectId,
        theirs: ObjectId,
        by: &Authorship,
    ) -> String {
        let commits = self.own_commits(ours, theirs);
        let titles: Vec<String> = commits
            .iter()
            .map(|id| format!("* {}", self.commits[id].message))
            .collect();
        let authors: BTreeSet<&str> = commits
            .iter()
            .map(|id| self.commits[id].authorship.author.as_str())
            .collect();
        let others = authors.into_iter().filter(|author| *author != by.author);
        let trailers: Vec<String> = others
            .map(|author| format!("Co-authored-by: {author}"))
            .collect();
        let mut message = format!("Squash {branch}\n\n{}\n", titles.join("\n\n"));
        if !trailers.is_empty() {
            message = format!("{message}\n{}\n", trailers.join("\n"));
        }
        message
    }

    /// Commits of their first-parent line that ours does not hold, oldest first.
    fn own_commits(&self, ours: ObjectId, theirs: ObjectId) -> Vec<ObjectId> {
        let known = self.ancestors(ours);
        let mut line = Vec::new();
        let mut next = Some(theirs);
        while let Some(commit) = next.filter(|commit| !known.contains(commit)) {
            line.push(commit);
            next = self.commits[&commit].parents.first().copied();
        }
        line.reverse();
        line
    }

    /// The tree of the nearest commit that both sides hold; empty for unrelated histories.
    fn base_tree(&self, ours: ObjectId, theirs: ObjectId) -> Tree {
        let known = self.ancestors(ours);
        let mut queue = std::collections::VecDeque::from([theirs]);
        while let Some(commit) = queue.pop_front() {
            if known.contains(&commit) {
                return self.tree_of(commit);
            }
            queue.extend(self.commits[&commit].parents.iter().copied());
        }
        Tree::default()
    }

    /// The commit and everything it comes from.
    fn ancestors(&self, commit: ObjectId) -> BTreeSet<ObjectId> {
        let mut seen = BTreeSet::new();
        let mut stack = vec![commit];
        while let Some(next) = stack.pop() {
            if seen.insert(next) {
                stack.extend(self.commits[&next].parents.iter().copied());
            }
        }
        seen
    }
}

fn three_way(base: &Tree, ours: &Tree, theirs: &Tree) -> Result<Tree, DemoError> {
    let mut merged = ours.clone();
    let paths: BTreeSet<&Vec<u8>> = base.files().keys().chain(theirs.files().keys()).collect();
    for path in paths {
        let (was, here, there) = (
            base.files().get(path),
            ours.files().get(path),
            theirs.files().get(path),
        );
        if there == was || here == there {
            continue;
        }
        if here != was {
            return Err(DemoError::Conflict(
                String::from_utf8_lossy(path).into_owned(),
            ));
        }
        match there {
            Some(file) => merged.set(path, file.clone()),
            None => {
                merged.remove(path);
            }
        }
    }
    Ok(merged)
}
