//! What the user has to type to bring what was written to the governed branch.

use std::collections::BTreeSet;
use std::env;

use crate::cli::error::CommandError;
use crate::cli::user_key::UserKey;

use super::Desk;
use super::landing::Change;
use super::signer::Signer;

/// The commands, in order, and the sentence that leads to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// What they do.
    pub lead: String,
    /// As they are typed.
    pub commands: Vec<String>,
}

/// How a commit is signed that the user makes herself.
#[derive(Clone, Copy, Debug)]
pub enum Signing<'s> {
    /// As she likes.
    Free,
    /// The policy asks for signed commits.
    Policy,
    /// It is the record's only evidence, so it has to be this person's key.
    Evidence(&'s Signer),
}

impl Steps {
    /// From files in the worktree to the governed branch.
    pub fn commit(desk: &Desk<'_>, change: &Change, message: &str, signing: Signing<'_>) -> Result<Self, CommandError> {
        let title = message.lines().next().unwrap_or_default();
        let at = Place::of(desk);
        let sign = match signing {
            Signing::Free => String::new(),
            Signing::Policy | Signing::Evidence(_) => "-S ".to_owned(),
        };
        let settings = match signing {
            Signing::Evidence(signer) if UserKey::of_git(&desk.programs)?.is_none() => {
                let settings = signer.git_settings().unwrap_or_default();
                settings.iter().map(|word| format!(" {}", quoted(word))).collect()
            }
            _ => String::new(),
        };
        let add = if change.removed.is_empty() { "add" } else { "add -A" };
        let mut commands = vec![
            format!("{} {add} -- {}", at.git, at.paths(change).join(" ")),
            format!("{}{settings} commit {sign}-m {}", at.git, quoted(title)),
        ];
        let push = at.push(desk)?;
        let lead = match signing {
            Signing::Evidence(_) => "commit it alone and signed, because nothing else proves it".to_owned(),
            Signing::Free | Signing::Policy => format!("commit it, then {}", bring(desk, push.is_some())),
        };
        commands.extend(push);
        Ok(Self { lead, commands })
    }

    /// From a commit to the governed branch.
    pub fn push(desk: &Desk<'_>) -> Result<Self, CommandError> {
        let push = Place::of(desk).push(desk)?;
        Ok(Self { lead: bring(desk, push.is_some()), commands: push.into_iter().collect() })
    }
}

fn bring(desk: &Desk<'_>, remote: bool) -> String {
    match &desk.situation.head.branch {
        Some(branch) if branch != desk.governed() => format!("push `{branch}` and open a pull request against `{}`", desk.governed()),
        _ if remote => "push it, or open a pull request".to_owned(),
        _ => format!("bring it to where others find `{}`", desk.governed()),
    }
}

/// From where the commands are typed.
struct Place {
    git: String,
    at_root: bool,
}

impl Place {
    fn of(desk: &Desk<'_>) -> Self {
        let at_root = desk.session.directory().canonicalize().is_ok_and(|dir| dir == desk.folder.root());
        let typed = desk.session.options.directory.as_ref().and_then(|dir| dir.to_str());
        let elsewhere = || env::current_dir().and_then(|dir| dir.canonicalize()).is_ok_and(|dir| dir != desk.folder.root());
        let git = match typed.filter(|_| elsewhere()) {
            Some(dir) => format!("git -C {}", quoted(dir)),
            None => "git".to_owned(),
        };
        Self { git, at_root }
    }

    /// What `git add` takes: few paths one by one, many by their folders.
    fn paths(&self, change: &Change) -> Vec<String> {
        const MOST: usize = 6;
        let from_root = |path: &str| if self.at_root { quoted(path) } else { quoted(&format!(":/{path}")) };
        let paths = change.paths();
        match change.added.first() {
            // The shell finds the signature beside the record.
            Some(record) if self.shell_finds(change, &record.path) => vec![format!("{}*", record.path)],
            _ if paths.len() > MOST => {
                let folders: BTreeSet<&str> = paths.iter().map(|path| path.rsplit_once('/').map_or(*path, |(folder, _)| folder)).collect();
                folders.into_iter().map(from_root).collect()
            }
            _ => paths.into_iter().map(from_root).collect(),
        }
    }

    fn shell_finds(&self, change: &Change, record: &str) -> bool {
        self.at_root && self.git == "git" && change.restored.is_empty() && change.removed.is_empty() && quoted(record) == record
    }

    /// The push that works here; `None` where no remote is known.
    fn push(&self, desk: &Desk<'_>) -> Result<Option<String>, CommandError> {
        let Some(branch) = &desk.situation.head.branch else { return Ok(None) };
        if desk.programs.git_config(&format!("branch.{branch}.remote"))?.is_some() {
            return Ok(Some(format!("{} push", self.git)));
        }
        let origin = desk.programs.git_config("remote.origin.url")?;
        Ok(origin.map(|_| format!("{} push -u origin {}", self.git, quoted(branch))))
    }
}

/// A word that a POSIX shell takes as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/@+:,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_for_a_shell() {
        assert_eq!(quoted("approvals/skill/a/1.0.0/x.yaml"), "approvals/skill/a/1.0.0/x.yaml");
        assert_eq!(quoted("it's; rm -rf $HOME"), "'it'\\''s; rm -rf $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
