//! Programs that only start another one: `env X=1 npx a`, `sh -c 'npx a'`, `cmd /c npx a`.

use super::package_ref::{is_of, program_name};

/// Programs that only start another one, with options that take a word of their own.
const WRAPPERS: [(&str, &[&str]); 12] = [
    ("env", &["-u", "--unset", "-C", "--chdir", "-S"]),
    ("sudo", &["-u", "-g", "-C"]),
    ("doas", &["-u"]),
    ("nice", &["-n"]),
    ("timeout", &["-k", "-s"]),
    ("nohup", &[]),
    ("exec", &[]),
    ("wsl", &["-d", "-u"]),
    ("volta", &[]),
    ("corepack", &[]),
    ("mise", &[]),
    ("setsid", &[]),
];
/// Programs that take the whole command line in one word.
const SHELLS: [&str; 8] = [
    "bash",
    "cmd",
    "dash",
    "fish",
    "powershell",
    "pwsh",
    "sh",
    "zsh",
];

/// The program and arguments behind what only starts them: `env X=1 npx a`, `sh -c 'npx a'`,
/// `cmd /c npx a`.
pub(super) fn unwrapped(program: &str, arguments: &[&str]) -> (String, Vec<String>) {
    let mut words: Vec<String> = std::iter::once(program)
        .chain(arguments.iter().copied())
        .map(str::to_owned)
        .collect();
    for _ in 0..DEEPEST_WRAPPERS {
        let Some(inner) = inside(&words) else { break };
        words = inner;
    }
    let program = words.remove(0);
    (program, words)
}

/// Wrappers inside one another.
const DEEPEST_WRAPPERS: usize = 6;

/// The words behind the first program, if that only starts another.
fn inside(words: &[String]) -> Option<Vec<String>> {
    let (first, rest) = words.split_first()?;
    let name = program_name(first);
    if SHELLS.contains(&name.as_str()) {
        let line = rest.iter().position(|word| {
            let word = word.to_ascii_lowercase();
            matches!(word.as_str(), "/c" | "/k" | "-command")
                || word.starts_with('-') && !word.starts_with("--") && word.ends_with('c')
        })?;
        let line = rest[line + 1..].join(" ");
        let words = line.split_whitespace();
        let words: Vec<String> = words
            .map(|word| word.trim_matches(['"', '\'']).to_owned())
            .skip_while(|word| is_assignment(word) || word == "exec")
            .collect();
        return (!words.is_empty()).then_some(words);
    }
    let (_, with_value) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name)?;
    let mut words = rest.iter();
    let mut inner = Vec::new();
    while let Some(word) = words.next() {
        if with_value.contains(&word.as_str()) {
            words.next();
        } else if !(word.starts_with('-') || is_assignment(word) || is_of_wrapper(&name, word)) {
            inner.push(word.clone());
            inner.extend(words.cloned());
            break;
        }
    }
    (!inner.is_empty()).then_some(inner)
}

/// The verb or number that a wrapper takes before the command.
fn is_of_wrapper(name: &str, word: &str) -> bool {
    match name {
        "timeout" => word.starts_with(|c: char| c.is_ascii_digit()),
        "volta" => word == "run",
        "mise" => matches!(word, "x" | "exec"),
        _ => false,
    }
}

/// `NAME=value`, which a shell sets for the command behind it.
pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        let name = name.strip_suffix('+').unwrap_or(name);
        is_of(name, "_")
    })
}

#[cfg(test)]
mod tests {
    use super::super::PackageRef;
    use super::*;

    #[test]
    fn what_only_starts_another_program_is_looked_through() {
        for line in [
            "env X=1 npx tickets",
            "/usr/bin/env npx tickets",
            "sh -c 'npx tickets'",
            "bash -lc 'X=1 exec npx tickets'",
            "cmd /c npx tickets",
            "sudo -u a nice -n 5 timeout 60 npx tickets",
            "mise x -- npx tickets",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let (program, arguments) = unwrapped(words[0], &words[1..]);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let found = PackageRef::of(&program, &arguments).map(|found| found.words());
            assert_eq!(found.as_deref(), Some("npm tickets"), "{line}");
        }
    }
}
