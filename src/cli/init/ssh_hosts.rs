//! What the user's SSH configuration calls a host, read as `ssh_config(5)` says.
//!
//! It is read here because `ssh -G` could start the programs that a `Match exec` names. What starts a
//! program, or depends on how a connection went (`exec`, `canonical`, `final`), never applies. The
//! answer is for a warning that people read, never for a decision alone.

use std::fs;
use std::path::{Path, PathBuf};

/// How deep `Include` may lead, as in OpenSSH.
const MOST_DEPTH: usize = 16;
/// Files that are read, so that files which include each other come to an end.
const MOST_FILES: usize = 128;
/// Bytes of all of them: more than any person writes.
const MOST_BYTES: u64 = 1 << 20;
/// Names in a folder that a wildcard is compared with.
const MOST_NAMES: usize = 4096;

/// What `ssh` would be asked to connect to.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The host as it is in the address.
    pub host: &'a str,
    /// The user, where the address has one.
    pub user: Option<&'a str>,
    /// The user's own name on this machine.
    pub local_user: Option<&'a str>,
}

/// The `HostName` that the configuration in `home` gives to a destination; `None` where it gives
/// none.
pub fn host_name(home: &Path, destination: Destination<'_>) -> Option<String> {
    let mut lookup = Lookup {
        folder: home.join(".ssh"),
        home,
        destination,
        user: destination.user.map(str::to_owned),
        host_name: None,
        files: MOST_FILES,
        bytes: MOST_BYTES,
    };
    lookup.file(&home.join(".ssh").join("config"), 0, true);
    lookup.host_name.map(|name| lookup.destination.of(&name))
}

impl Destination<'_> {
    /// A `HostName` with what it says of the host.
    fn of(&self, name: &str) -> String {
        let parts: Vec<String> = name
            .split("%%")
            .map(|part| part.replace("%h", self.host))
            .collect();
        parts.join("%").to_lowercase()
    }
}

/// A configuration on its way, from the top to the bottom: the first value of a keyword counts.
struct Lookup<'a> {
    home: &'a Path,
    /// What relative names of files begin at.
    folder: PathBuf,
    destination: Destination<'a>,
    user: Option<String>,
    host_name: Option<String>,
    files: usize,
    bytes: u64,
}

impl Lookup<'_> {
    /// Reads one file. Where it `may_apply` is not so, nothing in it does.
    fn file(&mut self, path: &Path, depth: usize, may_apply: bool) {
        if depth > MOST_DEPTH || self.files == 0 {
            return;
        }
        self.files -= 1;
        let plain = fs::metadata(path).is_ok_and(|meta| {
            // A pipe or a device may never end.
            meta.is_file() && meta.len() <= self.bytes
        });
        let Some(bytes) = plain.then(|| fs::read(path).ok()).flatten() else {
            return;
        };
        self.bytes = self.bytes.saturating_sub(bytes.len() as u64);
        let text = String::from_utf8_lossy(&bytes);
        let mut applies = may_apply;
        for line in text.lines() {
            let Some((keyword, rest)) = keyword(line) else {
                continue;
            };
            let Some(words) = words(rest) else {
                continue;
            };
            match keyword.to_ascii_lowercase().as_str() {
                "host" => applies = may_apply && self.is_host(&words),
                "match" => applies = may_apply && self.matches(&words),
                "hostname" if applies && self.host_name.is_none() => {
                    self.host_name = words.into_iter().next();
                }
                "user" if applies && self.user.is_none() => self.user = words.into_iter().next(),
                "include" => {
                    for name in &words {
                        for path in self.included(name) {
                            self.file(&path, depth + 1, applies);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a `Host` line names the host.
    fn is_host(&self, patterns: &[String]) -> bool {
        one_of(patterns.iter().map(String::as_str), self.destination.host)
    }

    /// Whether every criterion of a `Match` line holds.
    fn matches(&self, words: &[String]) -> bool {
        if let [all] = words {
            match all.to_ascii_lowercase().as_str() {
                "all" => return true,
                "!all" => return false,
                _ => {}
            }
        }
        let mut words = words.iter().map(String::as_str).peekable();
        let mut holds = words.peek().is_some();
        while let Some(word) = words.next() {
            let (criterion, value) = word.split_once('=').unwrap_or((word, ""));
            let Some(value) = Some(value)
                .filter(|value| !value.is_empty())
                .or_else(|| words.next())
            else {
                return false;
            };
            let (is_negated, criterion) = match criterion.strip_prefix('!') {
                Some(criterion) => (true, criterion),
                None => (false, criterion),
            };
            let Destination {
                host, local_user, ..
            } = self.destination;
            let subject = match criterion.to_ascii_lowercase().as_str() {
                "host" => self
                    .host_name
                    .as_ref()
                    .map_or_else(|| host.to_owned(), |name| self.destination.of(name)),
                "originalhost" => host.to_owned(),
                "user" => match self.user.as_deref().or(local_user) {
                    Some(user) => user.to_owned(),
                    None => return false,
                },
                "localuser" => match local_user {
                    Some(user) => user.to_owned(),
                    None => return false,
                },
                // Never started, or not known before there is a connection.
                _ => return false,
            };
            holds &= one_of(value.split(','), &subject) != is_negated;
        }
        holds
    }

    /// The files that an `Include` names, in the order of their names.
    fn included(&self, name: &str) -> Vec<PathBuf> {
        let (mut found, rest) = if let Some(rest) = name.strip_prefix("~/") {
            (vec![self.home.to_owned()], rest)
        } else if let Some(rest) = name.strip_prefix('/') {
            (vec![PathBuf::from("/")], rest)
        } else if name.starts_with('~') {
            return Vec::new();
        } else {
            (vec![self.folder.clone()], name)
        };
        for step in rest.split('/').filter(|step| !step.is_empty()) {
            found = found
                .iter()
                .flat_map(|folder| names_in(folder, step))
                .take(MOST_FILES)
                .collect();
        }
        found
    }
}

/// What a step of a path with wildcards is in `folder`.
fn names_in(folder: &Path, step: &str) -> Vec<PathBuf> {
    if !step.contains(['*', '?']) {
        return vec![folder.join(step)];
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries
        .take(MOST_NAMES)
        .filter_map(|entry| entry.file_name().into_string().ok());
    let mut found: Vec<String> = names
        .filter(|name| name.starts_with('.') == step.starts_with('.') && fits(step, name))
        .collect();
    found.sort();
    found.iter().map(|name| folder.join(name)).collect()
}

/// Whether some of the patterns fits and no negated one does.
fn one_of<'p>(patterns: impl Iterator<Item = &'p str>, subject: &str) -> bool {
    let subject = subject.to_lowercase();
    let mut fitting = false;
    for pattern in patterns {
        let (is_negated, pattern) = match pattern.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, pattern),
        };
        if fits(&pattern.to_lowercase(), &subject) {
            if is_negated {
                return false;
            }
            fitting = true;
        }
    }
    fitting
}

/// Whether `text` fits a pattern, in which `*` is anything and `?` any character. Takes at most the
/// product of the lengths.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut place) = (0, 0);
    let mut star = None;
    while place < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(one) if *one == '?' || *one == text[place] => {
                at += 1;
                place += 1;
            }
            _ => match star {
                Some((before, from)) => {
                    star = Some((before, from + 1));
                    (at, place) = (before + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

/// The keyword of a line and what follows it; `None` for a comment or an empty line.
fn keyword(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(|c: char| c.is_whitespace() || c == '=');
    let (keyword, rest) = line.split_at(end.unwrap_or(line.len()));
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
    Some((keyword.trim_matches('"'), rest))
}

/// The words of a line up to a comment; `None` where a quote does not end, which `ssh` refuses.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.chars().peekable();
    loop {
        while rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        if rest.peek().is_none_or(|c| *c == '#') {
            return Some(words);
        }
        let mut word = String::new();
        let mut quote = None;
        while let Some(c) = rest.next() {
            match c {
                '\\' => {
                    let escaped = rest.next_if(|next| {
                        matches!(next, '\'' | '"' | '\\') || quote.is_none() && *next == ' '
                    });
                    word.push(escaped.unwrap_or(c));
                }
                ' ' | '\t' if quote.is_none() => break,
                '\'' | '"' if quote.is_none() => quote = Some(c),
                _ if quote == Some(c) => quote = None,
                _ => word.push(c),
            }
        }
        if quote.is_some() {
            return None;
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a configuration says about `git@host` for Alice.
    fn said(text: &str, host: &str) -> Option<String> {
        let home = tempfile::TempDir::new().expect("the system has a place for temporary files");
        let folder = home.path().join(".ssh");
        fs::create_dir(&folder).expect("our own folder");
        fs::write(folder.join("config"), text).expect("our own folder");
        fs::write(folder.join("loop"), "Include loop loop\nHostName looped\n").expect("our own");
        let destination = Destination {
            host,
            user: Some("git"),
            local_user: Some("alice"),
        };
        host_name(home.path(), destination)
    }

    #[test]
    fn a_host_has_the_first_name_of_a_block_that_names_it() {
        let text = "# mine\nhost github.com-work other\n  User git\n  hostname=GitHub.com\n  HostName late\nHost bare\nMatch host x\n  HostName yes\n";
        assert_eq!(said(text, "github.com-work").as_deref(), Some("github.com"));
        assert_eq!(said(text, "OTHER").as_deref(), Some("github.com"));
        assert_eq!(said(text, "bare"), None);
        assert_eq!(said(text, "x").as_deref(), Some("yes"));
        assert_eq!(said("", "x"), None);
    }

    #[test]
    fn a_local_user_is_the_one_who_types() {
        let of = |user: &str| format!("Match localuser {user}\nHostName yes\n");
        assert_eq!(said(&of("bob,alice"), "x").as_deref(), Some("yes"));
        assert_eq!(said(&of("bob"), "x"), None);
        assert_eq!(said(&of("git"), "x"), None);
    }

    #[test]
    fn what_would_start_a_program_or_needs_a_connection_never_applies() {
        for criterion in [
            "exec true",
            "exec \"true\"",
            "!exec false",
            "canonical",
            "final all",
        ] {
            let text = format!("Match {criterion}\nHostName no\nMatch all\nHostName yes\n");
            assert_eq!(said(&text, "x").as_deref(), Some("yes"), "{criterion}");
        }
    }

    #[test]
    fn files_that_include_each_other_come_to_an_end() {
        assert_eq!(said("Include loop\n", "x").as_deref(), Some("looped"));
        assert_eq!(said("Include config\n", "x"), None);
        let long = format!("Host {}b\nHostName no\n", "*a".repeat(2000));
        assert_eq!(said(&long, &"a".repeat(2000)), None);
    }
}
