//! A commit-graph that lies about parents and trees.

use std::fs;
use std::path::PathBuf;

use countersign::demo::Method;
use countersign::model::DecisionKind;
use serde_json::Value;

use countersign_testkit::{Repo, TestResult, program};

/// Length of an object name in a SHA-1 repository.
const ID: usize = 20;

/// A commit-graph file in memory, after Documentation/gitformat-commit-graph.
struct Graph {
    file: PathBuf,
    bytes: Vec<u8>,
}

impl Graph {
    fn of(repo: &Repo) -> Result<Self, std::io::Error> {
        repo.git(&["commit-graph", "write", "--reachable"]);
        let file = repo.path().join(".git/objects/info/commit-graph");
        let bytes = fs::read(&file)?;
        assert_eq!(&bytes[..4], b"CGPH");
        Ok(Self { file, bytes })
    }

    /// Where a chunk begins.
    fn chunk(&self, name: [u8; 4]) -> usize {
        let table = self.bytes[8..]
            .chunks_exact(12)
            .take(usize::from(self.bytes[6]));
        let entry = table
            .into_iter()
            .find(|entry| entry[..4] == name)
            .expect("the chunk is there");
        let offset: [u8; 8] = entry[4..].try_into().expect("eight bytes");
        usize::try_from(u64::from_be_bytes(offset)).expect("the file is small")
    }

    /// The place of a commit in the list of names.
    fn index(&self, repo: &Repo, name: &str) -> usize {
        let hex = repo.git(&["rev-parse", name]);
        let id: Vec<u8> = (0..ID)
            .map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).expect("hex"))
            .collect();
        let names = &self.bytes[self.chunk(*b"OIDL")..self.chunk(*b"CDAT")];
        names
            .chunks_exact(ID)
            .position(|one| one == id)
            .expect("the graph knows the commit")
    }

    /// The row of a commit: tree, first parent, second parent, generation and date.
    fn row(&mut self, index: usize) -> &mut [u8] {
        let start = self.chunk(*b"CDAT") + index * (ID + 16);
        &mut self.bytes[start..start + ID + 16]
    }

    fn set_parents(&mut self, commit: usize, parents: [Option<usize>; 2]) {
        let row = self.row(commit);
        for (slot, parent) in parents.into_iter().enumerate() {
            let value = parent.map_or(0x7000_0000, |index| {
                u32::try_from(index).expect("few commits")
            });
            row[ID + slot * 4..ID + slot * 4 + 4].copy_from_slice(&value.to_be_bytes());
        }
    }

    /// Writes it back with a checksum that fits.
    fn write(mut self, repo: &Repo) -> Result<(), std::io::Error> {
        let end = self.bytes.len() - ID;
        let sum = program::<&str>("sha1sum", repo.beside(), &[], &self.bytes[..end]).stdout;
        let sum = String::from_utf8_lossy(&sum).into_owned();
        for at in 0..ID {
            self.bytes[end + at] =
                u8::from_str_radix(&sum[at * 2..at * 2 + 2], 16).expect("sha1sum prints hex");
        }
        fs::remove_file(&self.file)?;
        fs::write(&self.file, self.bytes)
    }
}

/// A Skill that is revoked, by a merged branch and by a landing, and some landings more.
fn revoked() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.granted_skill("csv", "1.0.0")?;
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    repo.branch("stop")?;
    repo.decide(&carol, DecisionKind::Block, "skill/csv", "1.0.0")?;
    repo.switch("main")?;
    repo.commit(&alice, "Meanwhile", |tree| tree.put("docs/a.md", "a"))?;
    repo.merge("stop", Method::Ours, &alice)?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/b.md", "b"))?;
    repo.check()
        .assert("fail", &["revoked-content", "decision-dropped"]);
    Ok(repo)
}

fn answers(repo: &Repo) -> (Value, String, String) {
    let json = |command: &str| repo.run(&[command, "--format", "json"]).stdout;
    (repo.check().json().clone(), json("status"), json("log"))
}

#[test]
fn an_honest_commit_graph_gives_the_same_answer_as_none() -> TestResult {
    let repo = revoked()?;
    let without = answers(&repo);
    repo.git(&["commit-graph", "write", "--reachable"]);
    assert_eq!(without, answers(&repo));
    Ok(())
}

#[test]
fn a_commit_graph_whose_parents_skip_landings_gives_the_same_answer_as_none() -> TestResult {
    let repo = revoked()?;
    let without = answers(&repo);
    let mut graph = Graph::of(&repo)?;
    let (head, approved) = (graph.index(&repo, "HEAD"), graph.index(&repo, "HEAD~4"));
    graph.set_parents(head, [Some(approved), None]);
    let count = repo.git(&["rev-list", "--count", "HEAD"]);
    graph.write(&repo)?;
    assert_ne!(
        repo.git(&["rev-list", "--count", "HEAD"]),
        count,
        "Git is deceived"
    );
    assert_eq!(without, answers(&repo));
    Ok(())
}

#[test]
fn a_commit_graph_that_hides_a_second_parent_gives_the_same_answer_as_none() -> TestResult {
    let repo = revoked()?;
    let without = answers(&repo);
    let mut graph = Graph::of(&repo)?;
    let (merge, first) = (graph.index(&repo, "HEAD~1"), graph.index(&repo, "HEAD~2"));
    graph.set_parents(merge, [Some(first), None]);
    let count = repo.git(&["rev-list", "--count", "HEAD"]);
    graph.write(&repo)?;
    assert_ne!(
        repo.git(&["rev-list", "--count", "HEAD"]),
        count,
        "Git is deceived"
    );
    assert_eq!(without, answers(&repo));
    Ok(())
}

#[test]
fn a_commit_graph_that_swaps_the_parents_of_a_merge_gives_the_same_answer_as_none() -> TestResult {
    let repo = revoked()?;
    let without = answers(&repo);
    let mut graph = Graph::of(&repo)?;
    let merge = graph.index(&repo, "HEAD~1");
    let (first, second) = (graph.index(&repo, "HEAD~2"), graph.index(&repo, "HEAD~1^2"));
    graph.set_parents(merge, [Some(second), Some(first)]);
    let line = repo.git(&["rev-list", "--first-parent", "HEAD"]);
    graph.write(&repo)?;
    assert_ne!(
        repo.git(&["rev-list", "--first-parent", "HEAD"]),
        line,
        "Git is deceived"
    );
    assert_eq!(without, answers(&repo));
    Ok(())
}

#[test]
fn a_commit_graph_that_makes_a_root_of_a_landing_gives_the_same_answer_as_none() -> TestResult {
    let repo = revoked()?;
    let without = answers(&repo);
    let mut graph = Graph::of(&repo)?;
    let landing = graph.index(&repo, "HEAD~4");
    graph.set_parents(landing, [None, None]);
    graph.write(&repo)?;
    assert_eq!(without, answers(&repo));
    Ok(())
}

#[test]
fn a_commit_graph_with_another_tree_gives_the_same_answer_as_none() -> TestResult {
    let repo = revoked()?;
    let without = answers(&repo);
    let mut graph = Graph::of(&repo)?;
    for (victim, donor) in [("HEAD", "HEAD~4"), ("HEAD~3", "HEAD~4")] {
        let (victim, donor) = (graph.index(&repo, victim), graph.index(&repo, donor));
        let tree = graph.row(donor)[..ID].to_vec();
        graph.row(victim)[..ID].copy_from_slice(&tree);
    }
    graph.write(&repo)?;
    assert_eq!(without, answers(&repo));
    Ok(())
}

#[test]
fn a_commit_graph_of_rubbish_gives_the_same_answer_as_none() -> TestResult {
    let repo = revoked()?;
    let without = answers(&repo);
    let Graph { file, bytes } = Graph::of(&repo)?;
    for rubbish in [
        b"rubbish".to_vec(),
        Vec::new(),
        bytes[..bytes.len() / 2].to_vec(),
        [&bytes[..8], &[0xff; 400][..]].concat(),
    ] {
        fs::remove_file(&file)?;
        fs::write(&file, rubbish)?;
        assert_eq!(without, answers(&repo));
    }
    Ok(())
}
