//! The policy: bytes of `countersign.yaml` to a checked [`Policy`], with every fault and every
//! doubt at its line.
//!
//! Faults make the policy invalid. Doubts (`lint`) do not: such a policy is in force, but it may
//! not do what its author meant. Keys stay text here, and what needs the tree (entries that match
//! nothing, key files that are missing) is judged by others.

pub mod bump;
pub mod enrol;
mod levels;
mod lint;
mod people;
mod scopes;

use std::collections::{BTreeMap, BTreeSet};

use super::hidden_text;
use super::paths;
use super::private_key;
use super::problem::{MOST_PROBLEMS, Problem, closest, shown};
use super::schema::{self, POLICY};
use super::spans::join;
use super::yaml::{self, Tree};
use crate::policy_input::PolicyInput;
use crate::time::Span;
use crate::{Digest, ObjectId, Policy, RuleId, Severity};

/// A valid policy and what is doubtful in it.
#[derive(Clone, Debug)]
pub struct ParsedPolicy {
    /// The policy.
    pub policy: Policy,
    /// Doubts, by place.
    pub lint: Vec<Problem>,
}

/// Reads a policy. Every fault is reported at once.
pub fn parse(bytes: &[u8]) -> Result<ParsedPolicy, Vec<Problem>> {
    // Before anything else, so that no other fault repeats it.
    let private = private_key::problems(RuleId::PolicyInvalid, Policy::PATH, bytes);
    if !private.is_empty() {
        return Err(private);
    }
    let (odd, hidden): (Vec<_>, Vec<_>) = hidden_text::problems(Policy::PATH, bytes)
        .into_iter()
        .partition(|problem| problem.severity == Some(Severity::Warning));
    if !hidden.is_empty() {
        return Err(hidden);
    }
    let tree = yaml::read(Policy::PATH, bytes)?;
    let (input, from_schema) = POLICY.read::<PolicyInput>(&tree);
    let Some(input) = input else {
        return Err(from_schema);
    };
    let mut check = Check {
        tree: &tree,
        problems: Vec::new(),
    };
    let policy = check.policy(&input);
    let problems = schema::merged(from_schema, check.problems);
    match policy {
        Some(policy) if problems.is_empty() => {
            let mut lint = lint::doubts(&tree, &input, &policy);
            lint.extend(odd);
            lint.extend(levels::ambiguities(&tree, &input));
            lint.sort_by(|a, b| (a.span, a.rule, &a.message).cmp(&(b.span, b.rule, &b.message)));
            Ok(ParsedPolicy { policy, lint })
        }
        _ => Err(problems),
    }
}

/// Collects faults while parts of the input become parts of the model. A part with a fault is
/// `None`; since there is then a fault, no policy is returned, no matter what the part became.
struct Check<'t> {
    tree: &'t Tree,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn fault(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(
                self.tree
                    .problem(RuleId::PolicyInvalid, pointer, message, help),
            );
        }
    }

    fn key_fault(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(self.tree.key_problem(
                RuleId::PolicyInvalid,
                pointer,
                message,
                help,
            ));
        }
    }

    // A value of the model, or a fault with its own error as the message.
    fn parsed<T>(&mut self, pointer: &str, text: &str, help: &str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        text.parse()
            .map_err(|error: T::Err| self.fault(pointer, error.to_string(), help))
            .ok()
    }

    fn span(&mut self, pointer: &str, text: Option<&String>) -> Option<Span> {
        self.parsed(
            pointer,
            text?,
            "Write a whole number and d, w, m or y, such as 180d.",
        )
    }

    // A name that is neither a principal nor a team gets the nearest one as a hint.
    fn unknown(&mut self, pointer: &str, name: &str, known: &BTreeSet<&str>, help: &str) {
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let message = match closest(name, known.iter().copied()) {
            Some(meant) => format!(
                "`{}` is not a principal or team: did you mean `{meant}`?",
                shown(name)
            ),
            None => format!("`{}` is not a principal or team", shown(name)),
        };
        self.fault(pointer, message, help);
    }

    fn policy(&mut self, input: &PolicyInput) -> Option<Policy> {
        let previous = self.previous(input);
        self.branch(&input.branch);
        if input.repository.contains("://") {
            self.fault(
                "/repository",
                "the repository has a scheme",
                "Write the host and path, such as github.com/acme/agent-skills.",
            );
        }
        let principals = self.principals(input);
        let teams = self.teams(input);
        let mut names = people::Names::new(input, principals.as_ref(), teams.as_ref());
        let administrators = self.members(
            &mut names,
            "/roles/administrators",
            &input.roles.administrators,
        );
        let operators = self.operators(&mut names, &input.roles.operators);
        let recorders = self.recorders(&names, input);
        let viewers = self.names("/roles/viewers", &input.roles.viewers);
        let platform_keys = self.keys("/platform_keys", &input.platform_keys);
        let compromised = self.compromised(&input.compromised);
        let entries = self.entries(&mut names, &input.subjects);
        let ignore = self.globs("/ignore", &input.ignore);
        let rules = self.rules(&names, &input.approvals);
        let levels = self.levels(&input.rules);
        let protect: Option<Vec<String>> = input
            .protect
            .iter()
            .enumerate()
            .map(|(index, path)| self.file(&join("/protect", index), path))
            .collect();
        let retention = self.retention(&input.retention);
        let restart = self.restart(input);
        let policy = Policy {
            serial: input.serial,
            previous,
            repository: input.repository.clone(),
            branch: input.branch.clone(),
            merge_methods: input.merge_methods.iter().copied().collect(),
            principals: principals?,
            teams: teams?,
            platform_keys: platform_keys?,
            compromised: compromised?,
            protect: protect?,
            administrators: administrators?,
            operators: operators?,
            recorders: recorders?,
            viewers: viewers?,
            entries: entries?,
            ignore: ignore?,
            rules: rules?,
            policy_changes: input.policy_changes.count,
            separation_of_duties: input.separation_of_duties,
            co_authors: input.co_authors,
            unapproved: input.unapproved,
            baseline: input.baseline,
            signed_commits: input.signed_commits,
            profile: input.profile,
            levels: levels?,
            limits: input.limits,
            retention: retention?,
            restart,
        };
        self.files_in_packages(input, &policy);
        Some(policy)
    }

    fn previous(&mut self, input: &PolicyInput) -> Option<Digest> {
        if input.serial == 0 {
            self.fault("/serial", "the serial is zero", "Start with `serial: 1`.");
        }
        let text = input.previous.as_ref()?;
        if input.serial == 1 {
            let help =
                "Remove `previous`, or raise the serial: `countersign policy bump` writes both.";
            self.key_fault("/previous", "the first policy does not replace one", help);
        }
        self.parsed(
            "/previous",
            text,
            "Write the digest of the policy in force, or run `countersign policy bump`.",
        )
    }

    // As `git check-ref-format --branch`.
    fn branch(&mut self, branch: &str) {
        let bad_step = |step: &str| {
            step.is_empty() || step.starts_with('.') || step.to_ascii_lowercase().ends_with(".lock")
        };
        let bad_character =
            |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
        let bad = branch.split('/').any(bad_step)
            || branch.contains(bad_character)
            || branch.contains("..")
            || branch.contains("@{")
            || branch.starts_with('-')
            || branch.ends_with('.')
            || branch == "@"
            || branch == "HEAD";
        if branch.starts_with("refs/") {
            self.fault(
                "/branch",
                "the branch is a full reference",
                "Write only the branch name, such as main.",
            );
        } else if bad {
            self.fault(
                "/branch",
                format!("`{branch}` is not a branch name"),
                "Write the branch name as `git branch` lists it, such as main.",
            );
        }
    }

    fn retention(
        &mut self,
        retention: &BTreeMap<String, String>,
    ) -> Option<BTreeMap<String, Span>> {
        let read = |(kind, text): (&String, &String)| {
            let help = "Write a whole number and d, w, m or y, such as 7y.";
            Some((
                kind.clone(),
                self.parsed(&join("/retention", kind), text, help)?,
            ))
        };
        let spans: Vec<Option<(String, Span)>> = retention.iter().map(read).collect();
        spans.into_iter().collect()
    }

    fn restart(&mut self, input: &PolicyInput) -> Option<(ObjectId, String)> {
        let restart = input.restart.as_ref()?;
        if restart.reason.trim().is_empty() {
            self.fault(
                "/restart/reason",
                "the reason is blank",
                "Give a reason for people who read this later.",
            );
        }
        let previous = self.parsed(
            "/restart/previous",
            &restart.previous,
            "Write the full id of the last landing before the restart.",
        );
        Some((previous?, restart.reason.clone()))
    }

    // A file that the policy names: a plain path, neither the policy nor a record.
    fn file(&mut self, pointer: &str, path: &str) -> Option<String> {
        let under = |folder: &str| {
            path == folder
                || path
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        if let Err(fault) = paths::check_path(path.as_bytes()) {
            self.fault(
                pointer,
                fault.to_string(),
                "Write a plain path relative to the root of the repository.",
            );
        } else if path == Policy::PATH {
            self.fault(
                pointer,
                "the policy protects itself",
                "Remove the path: the policy is always part of its own digest.",
            );
        } else if under(Policy::APPROVALS) {
            self.fault(
                pointer,
                format!("the path is in `{}/`", Policy::APPROVALS),
                "Move the file: this folder is only for decisions.",
            );
        } else {
            return Some(path.to_owned());
        }
        None
    }

    // The policy's files are outside of packages, so that no package's approval can change the
    // policy.
    fn files_in_packages(&mut self, input: &PolicyInput, policy: &Policy) {
        const MOST_COMPARISONS: usize = 200_000;
        let files: BTreeMap<String, &str> = named_files(input);
        let steps: usize = files
            .values()
            .map(|path| path.matches('/').count() + 1)
            .sum();
        if steps.saturating_mul(policy.entries.len()) > MOST_COMPARISONS {
            self.fault(
                "/subjects",
                "too many entries for this many key files",
                "Write keys inline, or merge entries.",
            );
            return;
        }
        for (pointer, path) in files {
            let mut ends = path
                .match_indices('/')
                .map(|(at, _)| at)
                .chain([path.len()]);
            let inside = ends.find_map(|end| policy.entries_for(&path.as_bytes()[..end]).next());
            if let Some(entry) = inside {
                let message = format!(
                    "`{path}` is in a package of the entry at line {}",
                    entry.line
                );
                self.fault(
                    &pointer,
                    message,
                    "Move the file out of every governed path.",
                );
            }
        }
    }
}

// Every file that the policy names, by the pointer of its place.
fn named_files(input: &PolicyInput) -> BTreeMap<String, &str> {
    let of_people = input
        .principals
        .iter()
        .map(|(name, principal)| (join(&join("/principals", name), "keys"), &principal.keys));
    let lists = of_people.chain([("/platform_keys".to_owned(), &input.platform_keys)]);
    let keys = lists.flat_map(|(list, keys)| {
        keys.iter()
            .enumerate()
            .map(move |(index, key)| (join(&join(&list, index), "openpgp"), key))
    });
    let files = keys.filter_map(|(pointer, key)| {
        Some((
            pointer,
            key.openpgp
                .as_deref()
                .filter(|text| !people::is_armor(text))?,
        ))
    });
    files
        .chain(
            input
                .protect
                .iter()
                .enumerate()
                .map(|(index, path)| (join("/protect", index), path.as_str())),
        )
        .collect()
}

#[cfg(test)]
mod tests;
