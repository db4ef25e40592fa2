//! The first-parent line of a branch.

use std::path::Path;

use rayon::prelude::*;

use super::error::GitError;
use super::object::{CommitNode, OBJECT_LIMIT};
use super::reader::{to_gix, to_model};
use super::repository::Repository;
use countersign_model::ObjectId;

/// Commits that one worker checks at a time.
const CHUNK: usize = 512;
/// Chunks that are checked side by side before their commits join the line.
const ROUND: usize = 16;

impl Repository {
    /// The commits that first parents lead to from `head`, oldest first and `head` last.
    ///
    /// The walk ends with `stop_at`, which is then the first of the result, or at a commit without
    /// parents: a caller that gives `stop_at` compares it with the first. Every commit is read and
    /// hashed; a commit-graph only makes the reading parallel and is not trusted.
    pub fn line(
        &self,
        head: ObjectId,
        stop_at: Option<ObjectId>,
    ) -> Result<Vec<CommitNode>, GitError> {
        let mut line = match self.line_by_graph(head, stop_at) {
            Some(line) => line,
            None => self.line_by_objects(head, stop_at)?,
        };
        line.reverse();
        Ok(line)
    }

    /// Newest first, one object after the other.
    fn line_by_objects(
        &self,
        head: ObjectId,
        stop_at: Option<ObjectId>,
    ) -> Result<Vec<CommitNode>, GitError> {
        self.with_reader(|reader| {
            let mut line = Vec::new();
            let mut next = Some(head);
            while let Some(id) = next {
                let node = reader.node(id)?;
                next = node
                    .parents
                    .first()
                    .copied()
                    .filter(|_| Some(id) != stop_at);
                line.push(node);
            }
            Ok(line)
        })
    }

    /// Newest first, from the commit-graph, then checked against the objects; `None` when there is
    /// no graph or it is wrong.
    fn line_by_graph(&self, head: ObjectId, stop_at: Option<ObjectId>) -> Option<Vec<CommitNode>> {
        let ids = self.graph_ids(head, stop_at)?;
        let read = |chunk: &[ObjectId]| {
            self.with_reader(|reader| {
                chunk
                    .iter()
                    .map(|id| reader.node(*id))
                    .collect::<Result<Vec<_>, _>>()
            })
        };
        let mut nodes: Vec<CommitNode> = Vec::with_capacity(ids.len());
        // In rounds, so that a long line is not in memory twice.
        for round in ids.chunks(CHUNK * ROUND) {
            let chunks: Vec<Vec<CommitNode>> = round
                .par_chunks(CHUNK)
                .map(read)
                .collect::<Result<_, _>>()
                .ok()?;
            nodes.extend(chunks.into_iter().flatten());
        }
        let linked = nodes
            .windows(2)
            .all(|pair| pair[0].parents.first() == Some(&pair[1].id));
        let ended = nodes
            .last()
            .is_some_and(|last| last.parents.is_empty() || Some(last.id) == stop_at);
        (linked && ended).then_some(nodes)
    }

    fn graph_ids(&self, head: ObjectId, stop_at: Option<ObjectId>) -> Option<Vec<ObjectId>> {
        let info: &Path = &self.common_dir().join("objects").join("info");
        let kind = to_gix(&head).kind();
        let graph = gix::commitgraph::Graph::at(info, kind, Some(OBJECT_LIMIT)).ok()?;
        let count = graph.num_commits();
        let mut ids = Vec::new();
        let mut next = head;
        // The newest commits are often not in the graph yet.
        let mut position = loop {
            if let Some(position) = graph.lookup(to_gix(&next)) {
                break position;
            }
            ids.push(next);
            if Some(next) == stop_at {
                return Some(ids);
            }
            next = *self
                .with_reader(|reader| reader.node(next))
                .ok()?
                .parents
                .first()?;
        };
        loop {
            // A graph may be damaged or forged: positions are checked, and no line is longer than
            // the graph.
            if position.0 >= count || ids.len() > count as usize * 2 + 1_000_000 {
                return None;
            }
            let id = to_model(graph.id_at(position));
            ids.push(id);
            if Some(id) == stop_at {
                return Some(ids);
            }
            match graph.commit_at(position).parent1().ok()? {
                Some(parent) => position = parent,
                None => return Some(ids),
            }
        }
    }
}
