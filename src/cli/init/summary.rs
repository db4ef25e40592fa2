//! Tells what `init` found and wrote, what is left for people to fill in, and the next command.

use super::Draft;
use super::people::written;
use super::policy_text::tally;
use crate::model::Policy;

/// What there is to tell.
pub struct Summary<'a> {
    /// What was found and written.
    pub draft: &'a Draft,
    /// The administrator's key.
    pub key: &'a str,
    /// What `check` will hold against the repository that belongs to no package.
    pub others: &'a [String],
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
        let found = tally(self.draft.inventory.packages.values().map(|package| package.kind));
        let mut lines = vec![format!("Found {found}.")];
        let entries: Vec<String> = self.draft.plan.entries.iter().map(|entry| self.entry(entry)).collect();
        lines.extend(shortened(&entries));
        if !self.draft.plan.ignore.is_empty() || !self.unreadable.is_empty() {
            lines.extend([String::new(), "Not governed, see `ignore` in the policy:".to_owned()]);
            let folders = self.draft.plan.ignore.iter().filter(|(path, _)| !self.draft.plan.ignore.contains_key(&format!("{path}/**")));
            let mut left_out: Vec<String> = folders.map(|(path, why)| format!("  {path}: {why}")).collect();
            left_out.extend(self.unreadable.iter().map(|path| format!("  {path}: the path is not UTF-8")));
            lines.extend(shortened(&left_out));
        }
        lines.extend([String::new(), format!("First administrator: {}, who signs with {}.", self.draft.people.administrator, self.key)]);
        lines.push("Nobody else has a key yet, so separation of duties is OFF: your own approval of your own work counts.".to_owned());
        lines.push("Turn it on (`separation_of_duties`) as soon as a second person has a key in the policy.".to_owned());
        lines.extend(self.to_fill_in());
        if !self.others.is_empty() {
            lines.extend([String::new(), "To mend, or `check` will fail:".to_owned()]);
            lines.extend(shortened(&self.others.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>()));
        }
        let names: Vec<&str> = self.draft.files.iter().map(|file| file.path.as_str()).collect();
        let sign = if self.signs_commits { "-S " } else { "" };
        lines.extend([
            String::new(),
            format!("Wrote {}. Read it, then start governance:", names.join(" and ")),
            format!("  git add {} && git commit {sign}-m 'Govern agent tooling with countersign'", names.join(" ")),
            "  countersign check".to_owned(),
        ]);
        lines
    }

    fn entry(&self, entry: &super::entries::PlannedEntry) -> String {
        let owners: Vec<String> = self.draft.people.names(&entry.owners).iter().map(ToString::to_string).collect();
        let count = match entry.packages {
            _ if !entry.path.contains('*') => String::new(),
            0 => " (new ones)".to_owned(),
            packages => format!(" ({packages})"),
        };
        format!("  {:<8} {}{count}, owned by {}", entry.kind.as_str(), entry.path, owners.join(", "))
    }

    fn to_fill_in(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.draft.people.teams.iter().map(|(name, shown)| format!("  teams.{name}: who is in {shown}? Git does not know.")).collect();
        lines.extend(self.draft.people.others.iter().map(|(name, owner)| format!("  principals.{name}: a key for {}.", written(owner))));
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
