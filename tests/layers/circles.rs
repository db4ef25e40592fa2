//! That no files use each other in a circle: from the paths that each file names to the modules
//! that it uses.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, sources};
use super::statements;

/// The crates. No files in one of them use each other in a circle: each can be read from the bottom
/// up.
const WITHOUT_CIRCLES: [&str; 11] = [
    "src",
    "crates/countersign-audit/src",
    "crates/countersign-core/src",
    "crates/countersign-demo/src",
    "crates/countersign-forge/src",
    "crates/countersign-git/src",
    "crates/countersign-harness/src",
    "crates/countersign-install/src",
    "crates/countersign-model/src",
    "crates/countersign-signature/src",
    "crates/countersign-testkit/src",
];

/// The module of a file below the root of a crate; empty for the root itself.
fn module_of(inside: &str) -> Vec<String> {
    let steps = inside.trim_end_matches(".rs").split('/');
    steps
        .filter(|step| !matches!(*step, "mod" | "lib" | "main"))
        .map(str::to_owned)
        .collect()
}

/// Paths that a line names from the crate's root or from a module above, each as its steps; a group
/// gives one path for each of its ends.
fn relative_paths(line: &str) -> Vec<Vec<String>> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let starts = ["crate::", "super::"]
        .iter()
        .flat_map(|start| line.match_indices(start).map(|(at, _)| at));
    let starts = starts.filter(|at| !line[..*at].ends_with(word));
    starts.flat_map(|at| ends(&line[at..])).collect()
}

/// The paths with which `text` begins.
fn ends(text: &str) -> Vec<Vec<String>> {
    let name = |c: char| c.is_alphanumeric() || c == '_';
    let end = text.find(|c: char| !name(c)).unwrap_or(text.len());
    let (step, rest) = text.split_at(end);
    let inner = match rest.strip_prefix("::") {
        Some(group) if group.starts_with('{') => members(&group[1..])
            .iter()
            .flat_map(|member| ends(member.trim()))
            .collect(),
        Some(rest) => ends(rest),
        None => vec![Vec::new()],
    };
    inner
        .into_iter()
        .map(|path: Vec<String>| std::iter::once(step.to_owned()).chain(path).collect())
        .collect()
}

/// The members of a group that is open, up to its end.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// The modules of one crate with those that each uses, except for its own parts and the root.
fn module_uses(root: &str) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let all = sources(&[root]);
    let program: Vec<&Source> = all.iter().filter(|source| !source.is_test).collect();
    let modules: BTreeSet<Vec<String>> = program
        .iter()
        .filter_map(|source| source.below(root))
        .map(module_of)
        .collect();
    let uses = |own: &Vec<String>, source: &Source| {
        let lines = statements(&source.code());
        let paths = lines.iter().flat_map(|(_, line)| relative_paths(line));
        let found = paths.filter_map(|path| {
            let up = path.iter().take_while(|step| *step == "super").count();
            let from = if up == 0 {
                0
            } else {
                own.len().checked_sub(up)?
            };
            let steps = path
                .iter()
                .skip(up.max(1))
                .take_while(|step| *step != "self");
            let full: Vec<String> = own[..from].iter().chain(steps).cloned().collect();
            (1..=full.len())
                .rev()
                .map(|end| full[..end].to_vec())
                .find(|module| modules.contains(module))
        });
        found.filter(|used| !used.starts_with(own)).collect()
    };
    program
        .iter()
        .filter_map(|source| Some((module_of(source.below(root)?), source)))
        .map(|(own, source)| (own.clone(), uses(&own, source)))
        .collect()
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    for root in WITHOUT_CIRCLES {
        let mut uses = module_uses(root);
        // What uses nothing that is left, or is used by nothing that is left, is on no circle.
        loop {
            let used: BTreeSet<Vec<String>> = uses.values().flatten().cloned().collect();
            let left: BTreeSet<Vec<String>> = uses
                .iter()
                .filter(|(own, others)| !others.is_empty() && used.contains(*own))
                .map(|(own, _)| own.clone())
                .collect();
            if left.len() == uses.len() {
                break;
            }
            uses.retain(|own, _| left.contains(own));
            for others in uses.values_mut() {
                others.retain(|other| left.contains(other));
            }
        }
        let circle: Vec<String> = uses.keys().map(|module| module.join("::")).collect();
        assert!(
            circle.is_empty(),
            "in {root} these use each other in a circle: {}",
            circle.join(", ")
        );
    }
}

#[test]
fn used_modules_are_found_in_groups_and_from_above() {
    let paths = |line: &str| {
        relative_paths(line)
            .iter()
            .map(|path| path.join("::"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        paths("use super::{tree::{self, Leaf}, reader};"),
        ["super::tree::self", "super::tree::Leaf", "super::reader"]
    );
    assert_eq!(
        paths("let x = crate::render::text(1); my_crate::other(super::super::a::B);"),
        ["crate::render::text", "super::super::a::B"]
    );
    assert_eq!(module_of("evidence/review/mod.rs"), ["evidence", "review"]);
}
