//! `reference-escapes` for paths that prose, scripts and settings name in passing: those that lead
//! to something outside the package.
//!
//! A Skill and the like must contain what they use. Settings and hooks cannot, so what their
//! commands name must only be governed.

use serde_json::Value;

use super::{Context, PackageFile};
use crate::document::mentions::{self, Mention, MentionBase, Text};
use crate::document::paths::with_folders;
use crate::document::problem::{MOST_PROBLEMS, Problem, shown};
use crate::document::spans::join;
use crate::document::yaml::Tree;
use crate::{Kind, Place, RuleId};

/// Fields of settings whose text a harness runs or loads.
const COMMANDS: [&str; 18] = [
    "command",
    "args",
    "cmd",
    "script",
    "run",
    "exec",
    "bash",
    "powershell",
    "notify",
    "apikeyhelper",
    "awsauthrefresh",
    "awscredentialexport",
    "otelheadershelper",
    "gcpauthrefresh",
    "instructions",
    "contextfilename",
    "hooks",
    "mcpservers",
];

/// The mentions of Markdown or a script that lead outside. `place` gives the place of a byte;
/// `reported` has the places that are already reported.
pub(super) fn in_text(
    context: &Context<'_>,
    file: &PackageFile<'_>,
    kind: Text,
    text: &str,
    reported: &[(usize, usize)],
    place: &dyn Fn(usize) -> Place,
) -> Vec<Problem> {
    let path = context.path(file);
    let mut problems: Vec<Problem> = Vec::new();
    for mention in mentions::find(kind, text) {
        if reported
            .iter()
            .any(|span| span.0 < mention.span.1 && mention.span.0 < span.1)
        {
            continue;
        }
        if let Some((message, help)) = leads_outside(context, &path, &mention) {
            problems.push(Problem::new(
                RuleId::ReferenceEscapes,
                place(mention.span.0),
                mention.span,
                message,
                help,
            ));
        }
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
    }
    problems
}

/// What the commands of a file with fields name.
pub(super) fn in_fields(
    context: &Context<'_>,
    file: &PackageFile<'_>,
    tree: &Tree,
) -> Vec<Problem> {
    let mut found = Vec::new();
    walk(&tree.value, "", false, &mut found);
    let path = context.path(file);
    let mut problems = Vec::new();
    for (pointer, text) in found {
        for mention in mentions::find(Text::Command, text) {
            if let Some((message, help)) = leads_outside(context, &path, &mention) {
                problems.push(tree.problem(RuleId::ReferenceEscapes, &pointer, message, help));
            }
        }
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
    }
    problems
}

// Recursion is bounded by the readers' depth limits.
fn walk<'v>(value: &'v Value, pointer: &str, is_command: bool, found: &mut Vec<(String, &'v str)>) {
    match value {
        Value::String(text) if is_command => found.push((pointer.to_owned(), text)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| walk(item, &join(pointer, index), is_command, found)),
        Value::Object(fields) => {
            for (field, value) in fields {
                let is_command = COMMANDS.contains(&field.to_ascii_lowercase().as_str());
                walk(value, &join(pointer, field), is_command, found);
            }
        }
        _ => {}
    }
}

// What to say about a mention in the file at `path`, when it leads outside.
fn leads_outside(
    context: &Context<'_>,
    path: &str,
    mention: &Mention<'_>,
) -> Option<(String, &'static str)> {
    const MOVE: &str = "Copy its target into the package, or write the content here.";
    let (written, is_setup) = (shown(mention.word), context.package.kind == Kind::Setup);
    let plugin = || plugin_root(context);
    let bases = match mention.base {
        MentionBase::Machine => {
            let message = format!("`{written}` points to a file on the reader's machine");
            return Some((
                message,
                "Copy its target into the package, or remove the reference.",
            ));
        }
        MentionBase::Project => vec![String::new()],
        MentionBase::Plugin => match plugin() {
            Some(root) => vec![root],
            None if is_setup => return None,
            None => {
                let message = format!(
                    "`{written}` points outside the package, to the folder of its plugin, which the approval does not cover"
                );
                return Some((message, MOVE));
            }
        },
        MentionBase::Any => {
            let mut bases = vec![folder(path).to_owned(), context.package.path.to_owned()];
            bases.extend(plugin().filter(|_| is_setup));
            bases.push(String::new());
            bases
        }
    };
    let to: Vec<String> = bases
        .iter()
        .filter_map(|base| below(base, mention.path))
        .collect();
    let is_there = |to: &&String| !to.is_empty() && (context.exists)(to);
    if to.iter().any(|to| {
        is_inside(context, to)
            && (context.package.is_folder || *to == context.package.path)
            && is_there(&to)
    }) {
        return None;
    }
    let outside = to
        .iter()
        .filter(|to| !is_inside(context, to))
        .find(is_there);
    match outside {
        Some(to) if is_setup && is_governed(context, to) => None,
        Some(to) if is_setup => Some((
            format!(
                "`{written}` is `{}`, which the policy does not govern",
                shown(to)
            ),
            "Govern the file with an entry in countersign.yaml, or move it into the package.",
        )),
        Some(to) => Some((
            format!(
                "`{written}` points outside the package, to `{}`, which the approval does not cover",
                shown(to)
            ),
            MOVE,
        )),
        // A harness runs any file that is added there later.
        None if mention.base == MentionBase::Plugin && !is_setup => to.first().map(|to| {
            (
                format!(
                    "`{written}` points outside the package, to `{}`, which does not exist",
                    shown(to)
                ),
                "Correct or remove the reference.",
            )
        }),
        None => None,
    }
}

// The nearest folder at or above the package that is a plugin.
fn plugin_root(context: &Context<'_>) -> Option<String> {
    let mut at = Some(context.package.path);
    while let Some(path) = at {
        let is_plugin = |manifest: &&str| {
            (context.exists)(&if path.is_empty() {
                (*manifest).to_owned()
            } else {
                format!("{path}/{manifest}")
            })
        };
        if context.package.plugin_manifests.iter().any(is_plugin) {
            return Some(path.to_owned());
        }
        at = (!path.is_empty()).then(|| folder(path));
    }
    None
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

// `path` from the folder `base`; `None` above the root.
fn below(base: &str, path: &str) -> Option<String> {
    let mut steps: Vec<&str> = base.split('/').filter(|step| !step.is_empty()).collect();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()?),
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

fn is_inside(context: &Context<'_>, path: &str) -> bool {
    let root = context.package.path;
    path == root
        || path
            .strip_prefix(root)
            .is_some_and(|rest| rest.starts_with('/'))
}

// Whether some step of the path is a package of the policy.
fn is_governed(context: &Context<'_>, path: &str) -> bool {
    let mut steps = with_folders(path);
    !context.policy.ignores(path.as_bytes())
        && steps.any(|step| {
            context.policy.entries_for(step.as_bytes()).next().is_some()
                && !context.policy.ignores(step.as_bytes())
        })
}
