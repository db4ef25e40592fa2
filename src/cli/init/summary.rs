//! Tells what `init` found and wrote, what is left for people to fill in, and the next command.

use super::entries::Plan;
use super::inventory::Inventory;
use super::people::{People, written};
use super::policy_text::tally;
use crate::cli::files::NewFile;
use crate::model::Policy;

/// What there is to tell.
pub struct Summary<'a> {
    /// What was found.
    pub inventory: &'a Inventory,
    /// What the policy says about it.
    pub plan: &'a Plan,
    /// Whom it names.
    pub people: &'a People,
    /// The administrator's key.
    pub key: &'a str,
    /// What was written.
    pub files: &'a [NewFile],
    /// Paths that are no text.
    pub unreadable: &'a [String],
    /// Whether Git can sign the commit with the user's own configuration.
    pub signs_commits: bool,
}

/// More lines than this about one thing help nobody.
const MOST: usize = 12;

impl Summary<'_> {
    /// The summary, line by line.
    pub fn lines(&self) -> Vec<String> {
        let found = tally(self.inventory.packages.values().map(|package| package.kind));
        let mut lines = vec![format!("Found {found}.")];
        let entries: Vec<String> = self.plan.entries.iter().map(Self::entry).collect();
        lines.extend(shortened(&entries));
        if !self.plan.ignore.is_empty() || !self.unreadable.is_empty() {
            lines.extend([String::new(), "Not governed, see `ignore` in the policy:".to_owned()]);
            let folders = self.plan.ignore.iter().filter(|(path, _)| !self.plan.ignore.contains_key(&format!("{path}/**")));
            let mut left_out: Vec<String> = folders.map(|(path, why)| format!("  {path}: {why}")).collect();
            left_out.extend(self.unreadable.iter().map(|path| format!("  {path}: the path is not UTF-8")));
            lines.extend(shortened(&left_out));
        }
        lines.extend([String::new(), format!("First administrator: {}, who signs with {}.", self.people.administrator, self.key)]);
        lines.push("Nobody else has a key yet, so separation of duties is OFF: your own approval of your own work counts.".to_owned());
        lines.push("Turn it on (`separation_of_duties`) as soon as a second person has a key in the policy.".to_owned());
        lines.extend(self.to_fill_in());
        let names: Vec<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        let sign = if self.signs_commits { "-S " } else { "" };
        lines.extend([
            String::new(),
            format!("Wrote {}. Read it, then start governance:", names.join(" and ")),
            format!("  git add {} && git commit {sign}-m 'Govern agent tooling with countersign'", names.join(" ")),
            "  countersign check".to_owned(),
        ]);
        lines
    }

    fn entry(entry: &super::entries::PlannedEntry) -> String {
        let owners: Vec<&str> = entry.owners.iter().map(crate::model::PrincipalName::as_str).collect();
        let count = if entry.path.contains('*') { format!(" ({})", entry.packages) } else { String::new() };
        format!("  {:<8} {}{count}, owned by {}", entry.kind.as_str(), entry.path, owners.join(", "))
    }

    fn to_fill_in(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.people.teams.iter().map(|(name, shown)| format!("  teams.{name}: who is in {shown}? Git does not know.")).collect();
        lines.extend(self.people.others.iter().map(|(name, owner)| format!("  principals.{name}: a key for {}.", written(owner))));
        if lines.is_empty() {
            return lines;
        }
        let mut told = vec![String::new(), format!("To fill in, in {}; until then an administrator approves for them:", Policy::PATH)];
        told.extend(shortened(&lines));
        told
    }
}

fn shortened(lines: &[String]) -> Vec<String> {
    if lines.len() <= MOST {
        return lines.to_vec();
    }
    let mut shown = lines[..MOST - 1].to_vec();
    shown.push(format!("  … and {} more", lines.len() - shown.len()));
    shown
}
