//! Programs and hosts that a text names.

use std::collections::BTreeSet;

use crate::document::references::window;

/// Programs that reach out, run other code or change the machine: reported wherever a text names
/// them as a word.
const NOTABLE: [&str; 49] = [
    "apt",
    "apt-get",
    "aws",
    "az",
    "base64",
    "brew",
    "bun",
    "bunx",
    "cargo",
    "chmod",
    "chown",
    "crontab",
    "curl",
    "deno",
    "docker",
    "eval",
    "gcloud",
    "gh",
    "git",
    "go",
    "iex",
    "invoke-webrequest",
    "kubectl",
    "launchctl",
    "nc",
    "ncat",
    "netcat",
    "node",
    "npm",
    "npx",
    "osascript",
    "perl",
    "pip",
    "pip3",
    "pipx",
    "pnpm",
    "podman",
    "powershell",
    "pwsh",
    "python",
    "python3",
    "rsync",
    "scp",
    "ssh",
    "sudo",
    "systemctl",
    "uv",
    "uvx",
    "wget",
];

/// Programs that fetch and run what comes after them: the package is part of the capability.
const RUNNERS: [(&str, &[&str]); 18] = [
    ("npx", &[]),
    ("bunx", &[]),
    ("uvx", &[]),
    ("pipx", &["run", "install"]),
    ("npm", &["install", "i", "exec"]),
    ("pnpm", &["add", "dlx"]),
    ("yarn", &["add", "dlx"]),
    ("bun", &["add", "x"]),
    ("pip", &["install"]),
    ("pip3", &["install"]),
    ("uv", &["add"]),
    ("brew", &["install"]),
    ("apt", &["install"]),
    ("apt-get", &["install"]),
    ("cargo", &["install"]),
    ("gem", &["install"]),
    ("docker", &["run", "pull"]),
    ("podman", &["run", "pull"]),
];

/// Words of prose that are also programs count only in a shell, not in a sentence.
const PROSE: [&str; 9] = [
    "apt", "aws", "az", "bun", "git", "go", "node", "python", "perl",
];

// Names of programs in scripts; longer words are not.
const LONGEST: usize = 64;
// As much of a text as an address may take, so that the search for its end is bounded.
const LONGEST_ADDRESS: usize = 512;
// Words looked at after a command's name.
const MOST_WORDS: usize = 64;

/// The notable programs that `text` names, and what runners fetch.
pub(super) fn named(text: &str, found: &mut BTreeSet<String>) {
    let is_break = |c: char| c.is_whitespace() || "`\"'()|;&<>$={},[]".contains(c);
    for line in text.lines() {
        let mut words = line.split(is_break).filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            let name = program(word);
            let known = NOTABLE
                .iter()
                .find(|notable| notable.eq_ignore_ascii_case(name) && !PROSE.contains(notable));
            if let Some(known) = known {
                found.extend(fetched(known, words.clone()));
                found.insert((*known).to_owned());
            }
        }
    }
}

/// The commands of shell examples in Markdown.
pub(super) fn fences(text: &str, found: &mut BTreeSet<String>) {
    let mut fence: Option<(char, usize, bool)> = None;
    let mut block = String::new();
    for line in text.lines() {
        let content = line.trim_start_matches([' ', '>', '\t']);
        let marker = content.chars().next().filter(|c| matches!(c, '`' | '~'));
        let length = marker.map_or(0, |marker| {
            content.chars().take_while(|c| *c == marker).count()
        });
        match (fence, marker) {
            (None, Some(marker)) if length >= 3 => {
                let language = content[length..]
                    .trim()
                    .trim_start_matches(['{', '.'])
                    .to_ascii_lowercase();
                let language = language
                    .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                    .next()
                    .unwrap_or_default();
                let is_shell = matches!(
                    language,
                    "" | "sh"
                        | "bash"
                        | "zsh"
                        | "shell"
                        | "console"
                        | "shell-session"
                        | "terminal"
                        | "shellscript"
                        | "ksh"
                        | "fish"
                );
                fence = Some((marker, length, is_shell));
            }
            (Some((open, least, is_shell)), Some(marker))
                if marker == open && length >= least && content[length..].trim().is_empty() =>
            {
                if is_shell {
                    shell(&std::mem::take(&mut block), found);
                }
                block.clear();
                fence = None;
            }
            (Some((_, _, true)), _) => {
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    // A fence that is never closed goes on to the end.
    shell(&block, found);
}

/// The commands of a shell text: the first word of each, without assignments, prefixes and
/// keywords.
pub(super) fn shell(text: &str, found: &mut BTreeSet<String>) {
    const KEYWORDS: [&str; 31] = [
        "if", "then", "else", "elif", "fi", "for", "in", "do", "done", "while", "until", "case",
        "esac", "function", "select", "{", "}", "[", "[[", "!", "return", "local", "export",
        "declare", "set", "shift", "break", "continue", "readonly", "unset", "true",
    ];
    const PREFIXES: [&str; 12] = [
        "sudo", "env", "exec", "command", "time", "nohup", "xargs", "then", "else", "do", "if",
        "while",
    ];
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    for line in joined.lines() {
        let line = line.trim_start();
        let line = line
            .strip_prefix("$ ")
            .or_else(|| line.strip_prefix("% "))
            .or_else(|| line.strip_prefix("> "))
            .unwrap_or(line);
        if line.starts_with('#') {
            continue;
        }
        for part in line.split(['|', ';', '&', '`', '(', ')']) {
            // The command comes first, so a bounded look is enough.
            let words = part
                .split_whitespace()
                .take(MOST_WORDS)
                .map(|word| word.trim_matches(['"', '\'', '$', '{', '}']));
            let words: Vec<&str> = words.collect();
            let mut rest = words.as_slice();
            while let [first, others @ ..] = rest {
                let is_assignment = first.split_once('=').is_some_and(|(name, _)| {
                    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                });
                let is_prefix = PREFIXES.contains(first);
                if !(is_assignment || is_prefix || first.is_empty()) {
                    break;
                }
                if is_prefix && NOTABLE.contains(first) {
                    found.insert((*first).to_owned());
                }
                rest = others;
                while is_prefix && rest.first().is_some_and(|word| word.starts_with('-')) {
                    rest = &rest[1..];
                }
            }
            let Some((first, arguments)) = rest.split_first() else {
                continue;
            };
            if KEYWORDS.contains(first) || !is_program(first) {
                continue;
            }
            let name = program(first);
            found.extend(fetched(name, arguments.iter().copied()));
            found.insert(name.to_owned());
        }
    }
}

/// The interpreter that a script's first line names.
pub(super) fn shebang(text: &str, found: &mut BTreeSet<String>) {
    let mut words = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("#!")
        .split_whitespace();
    let Some(first) = words.next() else { return };
    let name = program(first);
    let interpreter = if name == "env" {
        words
            .find(|word| !word.starts_with('-') && !word.contains('='))
            .map(program)
    } else {
        Some(name)
    };
    found.extend(
        interpreter
            .filter(|name| is_program(name))
            .map(str::to_owned),
    );
}

/// Whether a script's first line names a shell.
pub(super) fn is_shell_shebang(text: &str) -> bool {
    let mut interpreter = BTreeSet::new();
    shebang(text, &mut interpreter);
    interpreter.iter().any(|name| {
        matches!(
            name.as_str(),
            "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash"
        )
    })
}

/// The hosts of addresses in `text`.
pub(super) fn hosts(text: &str, found: &mut BTreeSet<String>) {
    for (at, _) in text.match_indices("://") {
        let scheme = text[..at]
            .bytes()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
            .count();
        if scheme == 0 {
            continue;
        }
        let rest = window(&text[at + 3..], LONGEST_ADDRESS);
        let end = rest
            .find(|c: char| c.is_whitespace() || "/?#\"'`<>()[]{}|\\^,;*".contains(c))
            .unwrap_or(rest.len());
        let bracketed = rest
            .starts_with('[')
            .then(|| rest.find(']'))
            .flatten()
            .map(|end| &rest[..=end]);
        let authority = bracketed.unwrap_or(&rest[..end]);
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        found.extend(host_name(host));
    }
    // `git@host:path`, as Git and scp write it. An address with a scheme was handled above.
    for word in text.split_whitespace().filter(|word| !word.contains("://")) {
        for (at, _) in word
            .match_indices('@')
            .filter(|(at, _)| word[..*at].ends_with(|c: char| c.is_ascii_alphanumeric()))
        {
            let rest = &word[at + 1..];
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
                .unwrap_or(rest.len());
            let path = rest[end..].strip_prefix(':');
            let is_path = path.is_some_and(|path| {
                path.starts_with(|c: char| c.is_ascii_alphanumeric() || "~/._".contains(c))
            });
            if is_path && rest[..end].contains('.') {
                found.extend(host_name(&rest[..end]));
            }
        }
    }
}

fn host_name(host: &str) -> Option<String> {
    let host = host
        .trim_end_matches(['.', ':', '*', '_', '!'])
        .to_lowercase();
    let is_host = host
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']' | '%'));
    (!host.is_empty() && host.len() <= 253 && is_host && host.contains(char::is_alphanumeric))
        .then_some(host)
}

// What a runner fetches: `npx cowsay` is more than `npx`.
fn fetched<'t>(name: &str, arguments: impl Iterator<Item = &'t str>) -> Option<String> {
    let (_, verbs) = RUNNERS.iter().find(|(runner, _)| *runner == name)?;
    let mut words = arguments
        .take(MOST_WORDS)
        .map(|word| word.trim_matches(['"', '\'', '`', ',', '.']))
        .filter(|word| !word.starts_with('-'));
    let mut prefix = name.to_owned();
    if !verbs.is_empty() {
        let verb = words.next().filter(|verb| verbs.contains(verb))?;
        prefix = format!("{name} {verb}");
    }
    let package = words.next().filter(|word| {
        !word.is_empty() && word.len() <= LONGEST && word.chars().all(|c| c.is_ascii_graphic())
    })?;
    Some(format!("{prefix} {package}"))
}

// The program without its folder.
fn program(word: &str) -> &str {
    let word = word.trim_end_matches(['.', ',', ':', ';', '!', '?']);
    if word.starts_with("./") || word.starts_with("../") {
        word
    } else {
        word.rsplit('/').next().unwrap_or(word)
    }
}

fn is_program(word: &str) -> bool {
    let name = program(word);
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'/');
    !name.is_empty()
        && name.len() <= LONGEST
        && name.bytes().all(allowed)
        && name.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !name.starts_with('-')
}
