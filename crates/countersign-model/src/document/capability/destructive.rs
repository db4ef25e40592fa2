//! Commands that destroy, wherever a text names them: in a script, in an example, or in a sentence
//! to a model.

use std::collections::BTreeSet;

/// A command, and the words after it that make it destructive; none when it always is.
const DESTRUCTIVE: [(&str, &[&str]); 31] = [
    ("dd", &["if", "of"]),
    ("del", &["/s", "/f", "/q"]),
    ("delete", &["from"]),
    ("diskutil", &["erasedisk", "erasevolume"]),
    ("docker", &["prune", "rm", "rmi"]),
    (
        "drop",
        &[
            "table", "database", "schema", "index", "user", "role", "view",
        ],
    ),
    ("dropdb", &[]),
    ("fdisk", &[]),
    ("find", &["-delete"]),
    ("format", &["c:", "d:"]),
    ("gcloud", &["delete"]),
    (
        "git",
        &[
            "--hard",
            "--force",
            "--force-with-lease",
            "-f",
            "-fd",
            "-fdx",
            "filter-branch",
            "-d",
        ],
    ),
    ("helm", &["uninstall", "delete"]),
    ("kill", &["-9", "-kill"]),
    ("killall", &[]),
    ("kubectl", &["delete", "drain"]),
    ("mkfs", &[]),
    ("parted", &[]),
    ("pkill", &[]),
    ("rd", &["/s"]),
    ("reboot", &["now", "-f", "--force"]),
    ("remove-item", &[]),
    ("rmdir", &["/s", "-rf"]),
    ("shred", &[]),
    ("shutdown", &["now", "-h", "-r", "/s", "/r"]),
    ("srm", &[]),
    ("terraform", &["destroy"]),
    ("tofu", &["destroy"]),
    ("truncate", &["table", "-s", "--size"]),
    ("wipefs", &[]),
    ("aws", &["delete", "rm", "rb", "terminate-instances"]),
];

// Words looked at after a command's name.
const AFTER_WORDS: usize = 6;

/// The destructive commands that `text` names, with the word that makes them so.
pub(super) fn named(text: &str, found: &mut BTreeSet<String>) {
    let is_break = |c: char| c.is_whitespace() || "`\"'()|;&<>$={},[]".contains(c);
    for line in text.lines() {
        let mut words = line.split(is_break).filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            let name = super::files::name(word.trim_end_matches(['.', ',', ':', '!', '?']));
            let mut after = words.clone().take(AFTER_WORDS);
            if name == "rm" {
                let deletes = |flag: &&str| flag.starts_with('-') && flag.contains(['r', 'R', 'f']);
                found.extend(after.find(deletes).map(|flag| format!("rm {flag}")));
            } else if name
                .get(..5)
                .is_some_and(|start| start.eq_ignore_ascii_case("mkfs."))
            {
                found.insert("mkfs".to_owned());
            } else if let Some((command, needs)) = DESTRUCTIVE
                .iter()
                .find(|(command, _)| command.eq_ignore_ascii_case(name))
            {
                if needs.is_empty() {
                    found.insert((*command).to_owned());
                } else if let Some(need) =
                    after.find_map(|word| needs.iter().find(|need| need.eq_ignore_ascii_case(word)))
                {
                    found.insert(format!("{command} {need}"));
                }
            }
        }
    }
}

/// What Claude Code runs while it loads a Markdown file: `` !`command` `` in a line, and fences of
/// the language `!`.
pub(super) fn at_load(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut in_fence = false;
    for line in text.lines() {
        let content = line.trim_start();
        if content.starts_with("```") {
            in_fence = !in_fence
                && content
                    .trim_start_matches('`')
                    .trim_start()
                    .starts_with('!');
            continue;
        }
        if in_fence && !content.is_empty() {
            lines.push(content.to_owned());
        }
        for (at, _) in line.match_indices("!`") {
            let rest = &line[at + 2..];
            // Without an end on the line, it is reported up to the end of the line.
            let command = rest.split('`').next().unwrap_or(rest).trim();
            if !command.is_empty() {
                lines.push(command.to_owned());
            }
        }
    }
    lines
}
