//! Reports what `init` found and wrote, what is left for people to fill in, and the next command.

use super::Draft;
use super::entries::is_single;
use super::origin::RepositoryName;
use super::people::written;
use super::policy_text::tally;
use super::workflow;
use crate::cli::typed_command::Place;
use crate::model::{Policy, PrincipalName};
use crate::render::json;

/// The content of the summary.
pub struct Summary<'a> {
    /// What was found and written.
    pub draft: &'a Draft,
    /// The repository's name.
    pub repository: &'a RepositoryName,
    /// The second administrator.
    pub second: Option<&'a PrincipalName>,
    /// The administrator's key.
    pub key: &'a str,
    /// What `check` will report outside of packages.
    pub others: &'a [String],
    /// Paths that are not UTF-8.
    pub unreadable: &'a [String],
    /// Where the user runs commands.
    pub place: &'a Place,
    /// Whether the workflow was already there, with this content.
    pub workflow_is_there: bool,
}

/// Lines shown about one thing.
const MOST: usize = 12;

impl Summary<'_> {
    /// The summary, line by line.
    pub fn lines(&self) -> Vec<String> {
        let found = tally(
            self.draft
                .inventory
                .packages
                .values()
                .map(|package| package.kind),
        );
        let mut lines = vec![
            format!(
                "Repository: {} (from {}).",
                self.repository.name, self.repository.source
            ),
            format!("Found {found}."),
        ];
        let entries: Vec<String> = self
            .draft
            .plan
            .entries
            .iter()
            .map(|entry| self.entry(entry))
            .collect();
        lines.extend(shortened(&entries));
        let left_out: Vec<String> = self
            .ignored()
            .iter()
            .map(|(path, why)| format!("  {path}: {why}"))
            .collect();
        if !left_out.is_empty() {
            lines.extend([
                String::new(),
                "Not governed (see `ignore` in the policy):".to_owned(),
            ]);
            lines.extend(shortened(&left_out));
        }
        let instructions = &self.draft.inventory.instructions;
        if !instructions.is_empty() {
            lines.extend([
                String::new(),
                "Instructions that harnesses read, not governed. `check` warns until `subjects` or `ignore` covers them:".to_owned(),
            ]);
            lines.extend(shortened(
                &instructions
                    .iter()
                    .map(|path| format!("  {path}"))
                    .collect::<Vec<_>>(),
            ));
        }
        lines.extend([
            String::new(),
            format!(
                "First administrator: {}, who signs with {}.",
                self.draft.people.administrator, self.key
            ),
        ]);
        lines.extend(
            self.second
                .map(|second| format!("Second administrator: {second}.")),
        );
        let people = &self.draft.people;
        let with_keys: Vec<&str> = people.with_keys().map(|(name, _)| name.as_str()).collect();
        if with_keys.is_empty() {
            lines.push("No one else has a key yet, so separation of duties is OFF: you can approve your own work.".to_owned());
            lines.push(
                "Turn on `separation_of_duties` as soon as a second person has a key in the policy."
                    .to_owned(),
            );
        } else {
            lines.push(format!(
                "Separation of duties is ON, because {} too: no one can approve their own work.",
                match with_keys.as_slice() {
                    [one] => format!("{one} has a key"),
                    [one, other] => format!("{one} and {other} have keys"),
                    many => format!("{} other people have keys", many.len()),
                }
            ));
        }
        lines.extend(self.to_fill_in());
        if self.files().any(|path| path == workflow::PATH) {
            lines.extend([
                String::new(),
                format!(
                    "Before you commit {}: replace OWNER and COMMIT with the release of the Action that you trust.",
                    workflow::PATH
                ),
            ]);
            lines.push("It is protected: from then on, changing it needs the approvals that a policy change needs.".to_owned());
        }
        if !self.others.is_empty() {
            lines.extend([String::new(), "To fix, or `check` will fail:".to_owned()]);
            lines.extend(shortened(
                &self
                    .others
                    .iter()
                    .map(|fault| format!("  {fault}"))
                    .collect::<Vec<_>>(),
            ));
        }
        lines.push(String::new());
        if self.workflow_is_there {
            lines.push(format!(
                "{} is already there with this content.",
                workflow::PATH
            ));
        }
        lines.push(format!(
            "Wrote {}. Read it, then commit it to start governance:",
            self.written().join(" and ")
        ));
        lines.extend(self.next().iter().map(|command| format!("  {command}")));
        lines
    }

    /// The same as JSON.
    pub fn view(&self, repository: &str, branch: &str) -> json::Init {
        let plan = &self.draft.plan;
        let entry = |entry: &super::entries::PlannedEntry| json::InitEntry {
            kind: entry.kind.as_str(),
            path: entry.path.clone(),
            owners: self
                .draft
                .people
                .names(&entry.owners)
                .iter()
                .map(ToString::to_string)
                .collect(),
            packages: entry.packages,
        };
        let teams = self
            .draft
            .people
            .unknown_teams()
            .map(|(name, _)| format!("teams.{name}"));
        let people = self
            .draft
            .people
            .unknown()
            .map(|(name, _)| format!("principals.{name}"));
        json::Init {
            schema: json::Init::SCHEMA,
            repository: repository.to_owned(),
            branch: branch.to_owned(),
            administrator: self.draft.people.administrator.to_string(),
            second_administrator: self.second.map(ToString::to_string),
            candidates: self
                .draft
                .people
                .with_keys()
                .map(|(name, _)| name.to_string())
                .collect(),
            separation_of_duties: self.draft.people.with_keys().next().is_some(),
            key: self.key.to_owned(),
            entries: plan.entries.iter().map(entry).collect(),
            ignored: self
                .ignored()
                .into_iter()
                .map(|(path, reason)| json::InitIgnored { path, reason })
                .collect(),
            to_fill_in: teams.chain(people).collect(),
            to_fix: self.others.to_vec(),
            written: self.written().into_iter().map(str::to_owned).collect(),
            next: self.next(),
        }
    }

    /// Paths of the policy and of the files that it names.
    fn files(&self) -> impl Iterator<Item = &str> {
        self.draft.files.iter().map(|file| file.path.as_str())
    }

    fn written(&self) -> Vec<&str> {
        self.files()
            .filter(|path| !(self.workflow_is_there && *path == workflow::PATH))
            .collect()
    }

    /// The first policy does not require signed commits.
    fn next(&self) -> Vec<String> {
        let paths: Vec<String> = self.files().map(|path| self.place.path(path)).collect();
        let add = self.place.git(&format!("add {}", paths.join(" ")));
        let commit = self
            .place
            .git("commit -m 'Govern agent tooling with countersign'");
        vec![
            format!("{add} && {commit}"),
            self.place.countersign("check"),
        ]
    }

    /// What is not governed, and why: folders once, not for each of their files.
    fn ignored(&self) -> Vec<(String, String)> {
        let ignore = &self.draft.plan.ignore;
        let outermost = ignore
            .iter()
            .filter(|(path, _)| !ignore.contains_key(&format!("{path}/**")));
        let mut ignored: Vec<(String, String)> = outermost
            .map(|(path, why)| (path.clone(), why.clone()))
            .collect();
        ignored.extend(
            self.unreadable
                .iter()
                .map(|path| (path.clone(), "the path is not UTF-8".to_owned())),
        );
        ignored
    }

    fn entry(&self, entry: &super::entries::PlannedEntry) -> String {
        let owners: Vec<String> = self
            .draft
            .people
            .names(&entry.owners)
            .iter()
            .map(ToString::to_string)
            .collect();
        let count = match entry.packages {
            _ if is_single(&entry.path) => String::new(),
            0 => " (new ones)".to_owned(),
            packages => format!(" ({packages})"),
        };
        format!(
            "  {:<8} {}{count}, owned by {}",
            entry.kind.as_str(),
            entry.path,
            owners.join(", ")
        )
    }

    fn to_fill_in(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .draft
            .people
            .unknown_teams()
            .map(|(name, shown)| {
                format!("  teams.{name}: who is in {shown}? Git does not record it.")
            })
            .collect();
        lines.extend(
            self.draft
                .people
                .unknown()
                .map(|(name, owner)| format!("  principals.{name}: a key for {}.", written(owner))),
        );
        if lines.is_empty() {
            return lines;
        }
        let mut notes = vec![
            String::new(),
            format!(
                "Fill in {}; until then, an administrator approves for them:",
                Policy::PATH
            ),
        ];
        notes.extend(shortened(&lines));
        notes
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
