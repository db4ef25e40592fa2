//! Reads CODEOWNERS: patterns like those of `.gitignore`, each followed by owners. The last match
//! wins.
//!
//! Follows GitHub's documentation ("About code owners"): no negation, no character ranges, `docs/*`
//! does not match in sub-folders. Section headings of other forges are skipped; the lines below
//! them are read.

/// Where a repository may keep the file, in the order in which GitHub looks.
pub const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Who owns something, as the file writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// `@login`
    Account(String),
    /// `@organization/team`
    Team(String, String),
    /// An address.
    Email(String),
}

/// The rules of one file.
#[derive(Clone, Debug, Default)]
pub struct CodeOwners {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    steps: Vec<String>,
    /// The pattern may start at any folder.
    floating: bool,
    /// The pattern names files of one folder only: its last step is `*`.
    shallow: bool,
    owners: Vec<Owner>,
}

impl CodeOwners {
    /// Reads the file; lines without a rule are skipped.
    pub fn parse(text: &str) -> Self {
        Self {
            rules: text.lines().filter_map(rule).collect(),
        }
    }

    /// The owners of the file at `path`; empty when no one is named.
    pub fn owners(&self, path: &str) -> &[Owner] {
        let steps: Vec<&str> = path.split('/').collect();
        self.rules
            .iter()
            .rev()
            .find(|rule| rule.matches(&steps))
            .map_or(&[], |rule| &rule.owners)
    }
}

fn rule(line: &str) -> Option<Rule> {
    let mut words = words(line).into_iter();
    let pattern = words.next()?;
    // Section headings of GitLab, and syntax that no forge supports.
    if pattern.starts_with(['[', '^', '!']) {
        return None;
    }
    let owners = words.filter_map(|word| owner(&word)).collect();
    let body = pattern.trim_matches('/');
    if body.is_empty() {
        return None;
    }
    let steps: Vec<String> = body
        .split('/')
        .filter(|step| !step.is_empty())
        .map(str::to_owned)
        .collect();
    let folder_only = pattern.ends_with('/');
    let floating = !pattern.starts_with('/') && steps.len() == 1;
    let shallow = !folder_only && !floating && steps.last().is_some_and(|step| step == "*");
    let steps = if folder_only {
        steps.into_iter().chain(["**".to_owned()]).collect()
    } else {
        steps
    };
    Some(Rule {
        steps,
        floating,
        shallow,
        owners,
    })
}

/// The words of a line up to a comment; a backslash makes the next character literal.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => word.extend(chars.next()),
            '#' if word.is_empty() => break,
            c if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn owner(word: &str) -> Option<Owner> {
    let Some(handle) = word.strip_prefix('@') else {
        return word
            .split_once('@')
            .filter(|(local, host)| !local.is_empty() && !host.is_empty())
            .map(|_| Owner::Email(word.to_owned()));
    };
    match handle.split_once('/') {
        _ if handle.is_empty() || handle.starts_with('@') => None,
        None => Some(Owner::Account(handle.to_owned())),
        Some((organization, team)) if !organization.is_empty() && !team.is_empty() => {
            Some(Owner::Team(organization.to_owned(), team.to_owned()))
        }
        Some(_) => None,
    }
}

impl Rule {
    fn matches(&self, path: &[&str]) -> bool {
        let steps: Vec<&str> = self.steps.iter().map(String::as_str).collect();
        if self.floating {
            return (0..path.len()).any(|start| prefix_matches(&steps, &path[start..], false));
        }
        prefix_matches(&steps, path, self.shallow)
    }
}

/// Whether `steps` match `path`, or a folder above it unless the match must be `whole`.
fn prefix_matches(steps: &[&str], path: &[&str], whole: bool) -> bool {
    // One row of the table at a time: `reached[n]` says that the steps so far match the first `n`
    // parts of the path.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for step in steps {
        let mut next = vec![false; path.len() + 1];
        if *step == "**" {
            let mut any = false;
            for (at, slot) in next.iter_mut().enumerate() {
                any |= reached[at];
                *slot = any;
            }
        } else {
            for at in 0..path.len() {
                next[at + 1] = reached[at] && step_matches(step.as_bytes(), path[at].as_bytes());
            }
        }
        reached = next;
    }
    if whole {
        reached[path.len()]
    } else {
        reached.contains(&true)
    }
}

/// `*` is any run and `?` any one character. Two pointers, so the work is bounded by the length of
/// the pattern times that of the name.
fn step_matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut retry = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, n));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((star, taken)) => {
                    p = star + 1;
                    n = taken + 1;
                    retry = Some((star, taken + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(file: &str, path: &str) -> String {
        let names: Vec<String> = CodeOwners::parse(file)
            .owners(path)
            .iter()
            .map(|owner| match owner {
                Owner::Account(login) => format!("@{login}"),
                Owner::Team(organization, team) => format!("@{organization}/{team}"),
                Owner::Email(address) => address.clone(),
            })
            .collect();
        names.join(" ")
    }

    #[test]
    fn the_last_match_wins_and_may_name_no_one() {
        let file = "# all\n* @all\n/skills/ @org/skills alice@example.com\n/skills/pdf/ # no one\n";
        assert_eq!(owners(file, "README.md"), "@all");
        assert_eq!(
            owners(file, "skills/a/SKILL.md"),
            "@org/skills alice@example.com"
        );
        assert_eq!(owners(file, "skills/pdf/SKILL.md"), "");
    }

    #[test]
    fn patterns_follow_githubs_documentation() {
        for (pattern, path, expected) in [
            ("docs/*", "docs/a.md", true),
            ("docs/*", "docs/x/a.md", false),
            ("apps/", "deep/apps/a", true),
            ("/apps/", "deep/apps/a", false),
            ("*.md", "deep/a.md", true),
            ("/skills/pay*", "skills/payments/SKILL.md", true),
            ("skills/**/SKILL.md", "skills/a/b/SKILL.md", true),
            ("**/logs", "deep/er/logs/x", true),
            ("skills/a", "skills/ab/SKILL.md", false),
            ("skills/my\\ skill/", "skills/my skill/SKILL.md", true),
            ("[Section]", "Section", false),
            ("!skills", "skills/a", false),
        ] {
            assert_eq!(
                !owners(&format!("{pattern} @x"), path).is_empty(),
                expected,
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = format!("/{}b/{}", "*a".repeat(200), "**/".repeat(200));
        assert_eq!(owners(&format!("{pattern} @x"), &"a".repeat(2000)), "");
    }

    #[test]
    fn words_that_name_no_one_are_skipped() {
        assert_eq!(owners("* @ @@role @org/ @/team x@ plain @ok", "a"), "@ok");
    }
}
