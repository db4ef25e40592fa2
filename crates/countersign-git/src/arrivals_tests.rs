//! Lines, arrivals and merge bases, with `git rev-list` and `git merge-base` as the judges.

use std::collections::BTreeSet;

use super::testing::Scratch;
use super::*;
use countersign_model::ObjectId;

/// A commit of the empty tree with these parents.
fn commit(scratch: &Scratch, parents: &[ObjectId], message: &str) -> ObjectId {
    let tree = scratch.object("tree", b"").to_string();
    let parents: Vec<String> = parents.iter().map(ToString::to_string).collect();
    let mut args = vec!["commit-tree", "-m", message, &tree];
    args.extend(parents.iter().flat_map(|parent| ["-p", parent.as_str()]));
    scratch.git(&args).parse().expect("git prints an id")
}

fn ids(nodes: &[CommitNode]) -> Vec<ObjectId> {
    nodes.iter().map(|node| node.id).collect()
}

fn rev_list(scratch: &Scratch, args: &[&str]) -> Vec<ObjectId> {
    scratch
        .git(&[&["rev-list"], args].concat())
        .lines()
        .map(|line| line.parse().expect("git prints ids"))
        .collect()
}

#[test]
fn each_commit_arrives_once_with_the_landing_that_first_reaches_it() {
    let scratch = Scratch::new();
    let root = commit(&scratch, &[], "root");
    let old = commit(&scratch, &[root], "a branch from before the anchor");
    let anchor = commit(&scratch, &[root], "anchor");
    let a1 = commit(&scratch, &[anchor], "a1");
    let a2 = commit(&scratch, &[a1], "a2");
    let b1 = commit(&scratch, &[anchor], "b1");
    let first = commit(&scratch, &[anchor, a1], "lands a1");
    let second = commit(
        &scratch,
        &[first, a2, b1, old],
        "an octopus that lands a2, b1 and the old branch",
    );
    let third = commit(&scratch, &[second], "direct");
    let orphan = commit(&scratch, &[], "another first commit");
    let c1 = commit(&scratch, &[b1, orphan], "c1");
    let fourth = commit(
        &scratch,
        &[third, c1, root],
        "lands c1 and, again, the root",
    );
    let repository = scratch.open();
    let line = repository.line(fourth, Some(anchor)).expect("a line");
    assert_eq!(ids(&line), [anchor, first, second, third, fourth]);
    let arrivals = repository.arrivals(&line).expect("arrivals");
    let sides: Vec<Vec<ObjectId>> = (0..6).map(|index| ids(arrivals.side(index))).collect();
    assert_eq!(
        sides,
        [
            vec![],
            vec![a1],
            vec![a2, b1, old],
            vec![],
            vec![orphan, c1],
            vec![]
        ]
    );

    let wip = commit(&scratch, &[c1, old], "wip");
    let tip = commit(&scratch, &[wip], "tip");
    let candidate = |head| {
        let arrived = line
            .iter()
            .chain((0..line.len()).flat_map(|index| arrivals.side(index)))
            .map(|node| node.id)
            .collect();
        repository
            .candidate(anchor, arrived, head)
            .map(|nodes| ids(&nodes))
    };
    assert_eq!(candidate(tip), Ok(vec![wip, tip]));
    assert_eq!(candidate(second), Ok(vec![]));
    let below = commit(&scratch, &[root], "another branch from before the anchor");
    assert_eq!(
        candidate(below),
        Ok(vec![below]),
        "what the anchor reaches arrived with it"
    );
    assert_eq!(
        repository.between(fourth, tip).map(|nodes| ids(&nodes)),
        Ok(vec![wip, tip])
    );
    assert_eq!(
        repository.between(first, a2).map(|nodes| ids(&nodes)),
        Ok(vec![a2])
    );
}

/// A history of random merges; small numbers from a fixed sequence.
fn random_history(scratch: &Scratch, count: u64) -> Vec<ObjectId> {
    let mut state = 42u64;
    let mut roll = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut all = vec![commit(scratch, &[], "0")];
    for number in 1..count {
        let mut parents: Vec<ObjectId> = (0..=roll(3))
            .map(|_| all[all.len() - 1 - roll(all.len().min(6))])
            .collect();
        let mut seen = BTreeSet::new();
        parents.retain(|parent| seen.insert(*parent));
        all.push(commit(scratch, &parents, &number.to_string()));
    }
    all
}

#[test]
fn agrees_with_git_rev_list_and_merge_base_on_random_histories() {
    let scratch = Scratch::new();
    let all = random_history(&scratch, 60);
    let repository = scratch.open();
    let head = all[all.len() - 1];
    let head_text = head.to_string();
    let line = repository.line(head, None).expect("a line");
    let mut expected = rev_list(&scratch, &["--first-parent", &head_text]);
    expected.reverse();
    assert_eq!(ids(&line), expected);
    for start in [0, line.len() / 2] {
        let part = &line[start..];
        let arrivals = repository.arrivals(part).expect("arrivals");
        for index in 1..part.len() {
            let landing = part[index].id.to_string();
            let not = format!("^{}", part[index - 1].id);
            let mut expected = rev_list(&scratch, &[&landing, &not]);
            expected.retain(|id| *id != part[index].id);
            let actual = ids(arrivals.side(index));
            assert_eq!(
                actual.iter().collect::<BTreeSet<_>>(),
                expected.iter().collect::<BTreeSet<_>>()
            );
            assert_eq!(actual.len(), expected.len());
        }
    }
    for pair in all.windows(7).step_by(3) {
        let (base, head) = (pair[2], pair[6]);
        let mut expected: Vec<String> = scratch
            .git(&["merge-base", "--all", &base.to_string(), &head.to_string()])
            .lines()
            .map(str::to_owned)
            .collect();
        expected.sort();
        let actual: Vec<String> = repository
            .merge_bases(base, head)
            .expect("bases")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(actual, expected);
    }
}

#[test]
fn a_commit_graph_gives_the_same_line() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let scratch = Scratch::with_format(format);
        let mut parents = vec![];
        for number in 0..20 {
            parents = vec![commit(&scratch, &parents, &number.to_string())];
            if number == 14 {
                scratch.git(&["update-ref", "refs/heads/main", &parents[0].to_string()]);
                scratch.git(&["commit-graph", "write", "--reachable"]);
            }
        }
        let repository = scratch.open();
        let with_graph = repository.line(parents[0], None).expect("a line");
        std::fs::remove_file(scratch.path().join(".git/objects/info/commit-graph"))
            .expect("written above");
        let without = scratch.open().line(parents[0], None).expect("a line");
        assert_eq!((with_graph.len(), &with_graph), (20, &without));
        let stop = without[7].id;
        assert_eq!(
            repository
                .line(parents[0], Some(stop))
                .map(|line| line[0].id),
            Ok(stop)
        );
    }
}

#[test]
fn a_forged_commit_graph_is_not_believed() {
    let scratch = Scratch::new();
    let first = commit(&scratch, &[], "first");
    let second = commit(&scratch, &[first], "hidden by the forged graph");
    let third = commit(&scratch, &[second], "third");
    scratch.git(&["update-ref", "refs/heads/main", &third.to_string()]);
    // A graph written under a replacement says that the third commit's parent is the first.
    let short = commit(&scratch, &[first], "decoy");
    scratch.git(&["commit-graph", "write", "--reachable"]);
    let path = scratch.path().join(".git/objects/info/commit-graph");
    let mut graph = std::fs::read(&path).expect("written above");
    // In the commit data of the third, the parent is a position in the sorted list of ids.
    let mut sorted = [first, second, third];
    sorted.sort();
    let position = |id: ObjectId| {
        sorted
            .iter()
            .position(|other| *other == id)
            .expect("one of them") as u32
    };
    let tree = scratch.object("tree", b"");
    let data: Vec<usize> = (0..graph.len() - 20)
        .filter(|at| graph[*at..*at + 20] == *tree.as_bytes())
        .collect();
    assert_eq!(data.len(), 3, "one record per commit, in the order of ids");
    let record = data[position(third) as usize];
    assert_eq!(
        graph[record + 20..record + 24],
        position(second).to_be_bytes()
    );
    for forged in [position(first), 0x7000_0000, 0x1234, u32::MAX] {
        graph[record + 20..record + 24].copy_from_slice(&forged.to_be_bytes());
        std::fs::remove_file(&path).expect("there");
        std::fs::write(&path, &graph).expect("writable");
        assert_eq!(
            scratch.open().line(third, None).map(|line| ids(&line)),
            Ok(vec![first, second, third])
        );
    }
    // A cut-off file must not bring the program down either.
    for length in [0, 8, 100, graph.len() / 2, graph.len() - 21] {
        std::fs::write(&path, &graph[..length]).expect("writable");
        assert_eq!(
            scratch.open().line(third, None).map(|line| line.len()),
            Ok(3)
        );
    }
    assert_eq!(
        scratch.open().line(short, None).map(|line| line.len()),
        Ok(2)
    );
}

#[test]
fn forged_dates_order_nothing() {
    let scratch = Scratch::new();
    let tree = scratch.object("tree", b"");
    let forged = |parents: &[ObjectId], date: &str| {
        let parents = parents
            .iter()
            .map(|parent| format!("parent {parent}\n"))
            .collect::<Vec<_>>()
            .concat();
        let text = format!(
            "tree {tree}\n{parents}author A <a@x> {date} +0000\ncommitter A <a@x> {date} +0000\n\n{date}\n"
        );
        scratch.object("commit", text.as_bytes())
    };
    let root = forged(&[], "4000000000");
    let anchor = forged(&[root], "1");
    let side = forged(&[root], "-100");
    let merge = forged(&[anchor, side], "99999999999999999999");
    let repository = scratch.open();
    let line = repository.line(merge, Some(anchor)).expect("a line");
    let arrivals = repository.arrivals(&line).expect("arrivals");
    assert_eq!(
        (ids(&line), ids(arrivals.side(1))),
        (vec![anchor, merge], vec![side])
    );
    assert_eq!(repository.merge_bases(anchor, side), Ok(vec![root]));
}
