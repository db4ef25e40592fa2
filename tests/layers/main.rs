//! What neither Cargo nor the compiler checks: the order of the layers inside a crate, that no
//! files use each other in a circle, who prints, who starts programs, who reads the clock, the
//! words of every text, and that what pages name exists.

mod circles;
mod pages;
mod source;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use source::{bare, sources};

/// Crates with layers inside, each with its layers from the bottom up. Modules that are in no layer
/// are below all of them.
const LAYERS: [(&str, &[&str]); 4] = [
    ("crates/countersign-model/src", &["document"]),
    (
        "crates/countersign-core/src",
        &["evidence", "lifecycle", "replay", "check", "judge"],
    ),
    ("crates/countersign-audit/src", &["render"]),
    ("src", &["render", "cli"]),
];

/// Sources of the program. What only tests use is left out.
const PROGRAM: [&str; 10] = [
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
];

/// Everything that people read.
const EVERYTHING: [&str; 5] = ["src", "crates", "tests", "benches", "fuzz"];

/// Files may have this many lines.
const LONGEST: usize = 600;

/// Whether `line` contains `text` as a whole word.
fn has_word(line: &str, text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(text).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + text.len()..].chars().next();
        let bounded = !text.ends_with(word) || !after.is_some_and(word);
        bounded && !before.is_some_and(word)
    })
}

/// Those of the `layers` that a line names by a path from the root.
fn named_layers<'l>(layers: &[&'l str], line: &str, depth: usize) -> Vec<&'l str> {
    let up = format!("{}::", vec!["super"; depth].join("::"));
    let from_root = |layer: &&str| {
        has_word(line, &format!("crate::{layer}"))
            || has_word(line, &format!("{up}{layer}"))
            || ["crate::{", &format!("{up}{{")].iter().any(|group| {
                let inside = line.split_once(*group).map_or("", |(_, inside)| inside);
                first_steps(inside).contains(layer)
            })
    };
    layers.iter().copied().filter(from_root).collect()
}

/// The first steps of the paths of a group that is open.
fn first_steps(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut steps = Vec::new();
    for part in group.split_inclusive(['{', '}', ',']) {
        if depth == 0 {
            steps.push(
                part.trim()
                    .split("::")
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches([',', '}', ';'])
                    .trim(),
            );
        }
        depth += part.matches('{').count() as i32 - part.matches('}').count() as i32;
        if depth < 0 {
            break;
        }
    }
    steps
}

/// The lines with each `use` on one line, however it was wrapped.
fn statements(lines: &[(usize, &str)]) -> Vec<(usize, String)> {
    let mut joined: Vec<(usize, String)> = Vec::new();
    for (number, line) in lines {
        match joined
            .last_mut()
            .filter(|(_, last)| has_word(last, "use") && !last.contains(';'))
        {
            Some((_, last)) => *last = format!("{last} {}", line.trim()),
            None => joined.push((*number, (*line).to_owned())),
        }
    }
    joined
}

/// Asserts that what `finds` finds is in `allowed` only.
#[track_caller]
fn only_in(allowed: &[&str], what: &str, finds: impl Fn(&str) -> bool) {
    let all = sources(&PROGRAM);
    let mut wrong = Vec::new();
    for source in all.iter().filter(|source| !source.is_in(allowed)) {
        for (number, line) in source.code() {
            if finds(line) {
                wrong.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{what} is used only in {allowed:?}\n{}",
        wrong.join("\n")
    );
}

#[test]
fn each_layer_uses_only_those_before_it() {
    let mut wrong = Vec::new();
    for (root, layers) in LAYERS {
        for source in sources(&[root]) {
            let Some(inside) = source
                .below(root)
                .filter(|inside| !matches!(*inside, "lib.rs" | "main.rs"))
            else {
                continue;
            };
            let own = inside.split(['/', '.']).next().unwrap_or_default();
            let rank = layers.iter().position(|layer| *layer == own);
            for (number, line) in statements(&source.code()) {
                for layer in named_layers(layers, &line, source.depth()) {
                    if layers.iter().position(|other| *other == layer) > rank {
                        wrong.push(format!("{}:{number}: {own} uses {layer}", source.path));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_that_begin_elsewhere_are_read_too() {
    let named = |line: &str| {
        named_layers(
            &["model", "document", "git", "lifecycle", "render", "cli"],
            line,
            2,
        )
    };
    assert_eq!(
        named("use crate::{model::Digest, lifecycle, git::{Reader, document}};"),
        ["model", "git", "lifecycle"]
    );
    assert_eq!(named("let x = crate::render::text(1);"), ["render"]);
    assert_eq!(named("use super::super::cli::Options;"), ["cli"]);
    assert_eq!(
        named("use super::model; use crate::modeling; use crate::git2;"),
        Vec::<&str>::new()
    );
    let wrapped = [
        (1, "use crate::{"),
        (2, "    model::Digest,"),
        (3, "    cli,"),
        (4, "};"),
    ];
    assert_eq!(named(&statements(&wrapped)[0].1), ["model", "cli"]);
    let text = "let a = \"crate::cli\"; // crate::cli\nlet b = r#\"crate::cli \"\"#; let c: &'a str = '\\''; crate::model /* crate::cli */";
    assert!(!bare(text).contains("cli"), "{}", bare(text));
    assert!(bare(text).contains("crate::model"));
}

#[test]
fn the_trust_core_reads_a_repository_in_two_layers() {
    // What the others say follows from values that these two have read.
    let core = "crates/countersign-core/src";
    let readers = ["replay", "judge"].map(|layer| format!("{core}/{layer}"));
    let readers = readers.each_ref().map(String::as_str);
    let handles = ["Repository", "Reader", "Writer"];
    let mut wrong = Vec::new();
    for source in sources(&[core])
        .iter()
        .filter(|source| !source.is_test && !source.is_in(&readers))
    {
        for (number, line) in statements(&source.code()) {
            if has_word(&line, "countersign_git")
                && handles.iter().any(|handle| has_word(&line, handle))
            {
                wrong.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "only replay and judge read a repository\n{}",
        wrong.join("\n")
    );
}

#[test]
fn signatures_are_verified_by_one_crate() {
    // The demo signs with the same library; it verifies nothing.
    only_in(
        &["crates/countersign-signature"],
        "verification by ssh-key",
        |line| has_word(line, "ssh_key::SshSig"),
    );
}

#[test]
fn programs_are_started_by_one_file() {
    // What makes keys for tests starts the stock tools.
    only_in(
        &[
            "src/cli/programs.rs",
            "crates/countersign-signature/src/fixtures.rs",
            "crates/countersign-signature/src/fixtures/gpg.rs",
        ],
        "std::process::Command",
        |line| {
            has_word(line, "process::Command")
                || has_word(line, "Command::new") && !line.contains("clap")
        },
    );
}

#[test]
fn only_commands_print() {
    only_in(&["src/cli", "src/main.rs"], "printing", |line| {
        ["print!", "println!", "eprint!", "eprintln!", "dbg!"]
            .iter()
            .any(|name| has_word(line, name))
            || has_word(line, "io::stdout")
            || has_word(line, "io::stderr")
    });
}

#[test]
fn the_clock_is_read_by_one_file() {
    only_in(&["src/cli/clock.rs"], "the clock", |line| {
        [
            "SystemTime::now",
            "Timestamp::now",
            "Zoned::now",
            "Instant::now",
        ]
        .iter()
        .any(|name| has_word(line, name))
    });
}

#[test]
fn no_file_is_too_long() {
    let all = sources(&EVERYTHING);
    let long: Vec<String> = all
        .iter()
        .filter(|source| source.text.lines().count() > LONGEST)
        .map(|source| format!("{} has {} lines", source.path, source.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_file_is_named_for_nothing() {
    let empty = [
        "util", "utils", "helper", "helpers", "common", "manager", "misc",
    ];
    let steps = |path: &str| {
        path.trim_end_matches(".rs")
            .split(['/', '_'])
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let all = sources(&EVERYTHING);
    let wrong: Vec<&str> = all
        .iter()
        .filter(|source| {
            steps(&source.path)
                .iter()
                .any(|step| empty.contains(&step.as_str()))
        })
        .map(|source| source.path.as_str())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_owns() {
    let all = sources(&EVERYTHING);
    let silent: Vec<&str> = all
        .iter()
        .filter(|source| !(source.is_test && source.is_in(&PROGRAM)))
        .filter(|source| !source.text.trim_start().starts_with("//!"))
        .map(|source| source.path.as_str())
        .collect();
    assert!(
        silent.is_empty(),
        "a module opens with what it owns: {}",
        silent.join(", ")
    );
}

/// Public types that share a name, with the reason why it is right in each place.
const SHARED_NAMES: [(&str, &str); 5] = [
    ("Certificate", "one type, with OpenPGP and without"),
    (
        "History",
        "the demo builds the history that a judgment reads",
    ),
    (
        "Landing",
        "the demo builds the landings that the lifecycle judges",
    ),
    ("Record", "the demo writes the records that evidence reads"),
    (
        "Tree",
        "the demo's tree is Git's, the model's is that of a YAML document",
    ),
];

#[test]
fn no_public_type_has_the_name_of_another() {
    let libraries: Vec<&str> = PROGRAM
        .into_iter()
        .filter(|folder| *folder != "src")
        .collect();
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources(&libraries) {
        for name in source
            .code()
            .into_iter()
            .filter_map(|(_, line)| public_type(line))
        {
            places
                .entry(name.to_owned())
                .or_default()
                .insert(source.path.clone());
        }
    }
    places.retain(|_, places| places.len() > 1);
    let unexplained: Vec<_> = places
        .iter()
        .filter(|(name, _)| !SHARED_NAMES.iter().any(|(known, _)| known == name))
        .collect();
    assert!(
        unexplained.is_empty(),
        "give each type a name of its own: {unexplained:#?}"
    );
    let stale = SHARED_NAMES
        .iter()
        .find(|(name, _)| !places.contains_key(*name));
    assert_eq!(stale, None, "only one type has this name");
}

/// The name of the type that a line defines for other crates.
fn public_type(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let name = ["struct ", "enum ", "trait ", "type ", "union "]
        .iter()
        .find_map(|keyword| rest.strip_prefix(keyword))?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}
