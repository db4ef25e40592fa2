//! What a shell asks while the user types: commands and options, and the subjects, versions and
//! people of the repository. `completions` prints what makes a shell ask.
//!
//! Whatever goes wrong, the answer is that there is nothing to offer: a message would land in the
//! user's line.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::Command;
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::Shells;

use super::exit::ExitCode;
use super::output::Output;
use super::subject_argument::Selector;
use super::{clock, environment};
use crate::git::Repository;
use crate::judge::{Purpose, Question};
use crate::lifecycle::ledger::Subject;
use crate::model::{Kind, SubjectId};
use crate::replay::Replay;

/// Names the shell that asks.
pub(super) const VARIABLE: &str = "COUNTERSIGN_COMPLETE";
/// A user waits for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// More than anyone reads.
const MOST: usize = 500;

/// Whether a registered script calls. No command has this form, so that a variable that is set by
/// accident turns no verdict into a pass.
pub(super) fn is_asked(args: &[OsString]) -> bool {
    args.get(1).is_some_and(|first| first == "--") && environment::variable(VARIABLE).is_some()
}

/// Prints what the user may type next.
pub(super) fn answer(args: Vec<OsString>, command: Command) -> ExitCode {
    let shells = Shells::builtins();
    let shell = environment::variable(VARIABLE);
    let shell = shell.as_deref().and_then(|name| shells.completer(name));
    let words: Vec<OsString> = args.into_iter().skip(2).collect();
    if let Some(shell) = shell.filter(|_| !words.is_empty()) {
        let mut command = with_names(command, &Typed::new(&words));
        command.build();
        let mut offered = Vec::new();
        let folder = env::current_dir().ok();
        let done = shell.write_complete(&mut command, words, folder.as_deref(), &mut offered);
        if done.is_ok() {
            // Where the shell does not read on, there is no one to say so to.
            let _ = Output::new(super::output::Color::Never, true).bytes(&offered);
        }
    }
    ExitCode::Pass
}

/// What the user has typed so far, as far as names depend on it.
#[derive(Clone, Default)]
struct Typed {
    folder: PathBuf,
    subjects: Vec<SubjectId>,
}

impl Typed {
    fn new(words: &[OsString]) -> Self {
        let mut typed = Self {
            folder: PathBuf::from("."),
            ..Self::default()
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let text = word.to_string_lossy();
            if word == "-C" {
                typed.folder = words.next().map_or_else(|| ".".into(), PathBuf::from);
            } else if let Some(folder) = text.strip_prefix("-C") {
                typed.folder = folder.into();
            } else if let Ok(subject) = text.split('@').next().unwrap_or_default().parse() {
                typed.subjects.push(subject);
            }
        }
        typed
    }
}

/// The command line with the names of the repository where they are values.
fn with_names(command: Command, typed: &Typed) -> Command {
    command
        .mut_args(|arg| {
            let name = arg.get_value_names().and_then(<[_]>::first);
            let name = name.map(clap::builder::Str::as_str);
            let offers: fn(&Replay, &Typed, &str) -> Vec<CompletionCandidate> = match name {
                Some("SUBJECT" | "SUBJECT@VERSION" | "SUBJECT[@VERSION]" | "A" | "B") => subjects,
                Some("PRINCIPAL") => principals,
                Some("VERSION") => versions,
                _ => return arg,
            };
            let paths = matches!(name, Some("A" | "B"));
            let typed = typed.clone();
            arg.add(ArgValueCompleter::new(move |current: &OsStr| {
                let Some(text) = current.to_str() else {
                    return Vec::new();
                };
                if paths && text.starts_with(['.', '/']) {
                    return PathCompleter::any().complete(current);
                }
                let mut offered = replay(&typed.folder)
                    .map_or_else(Vec::new, |replay| offers(&replay, &typed, text));
                offered.retain(|one| {
                    one.get_value()
                        .to_str()
                        .is_some_and(|value| value.starts_with(text) && is_plain(value))
                });
                offered.truncate(MOST);
                offered
            }))
        })
        .mut_subcommands(|sub| with_names(sub, typed))
}

/// The subjects; after `@`, the versions of one.
fn subjects(replay: &Replay, _: &Typed, text: &str) -> Vec<CompletionCandidate> {
    let ledger = &replay.ledger;
    let Some((name, _)) = text.split_once('@') else {
        let packages = ledger.subjects.values().map(|subject| {
            CompletionCandidate::new(subject.id.to_string())
                .help(Some(subject.shown_state().to_string().into()))
        });
        let people = replay.policy.policy.principals.keys();
        let people =
            people.map(|name| CompletionCandidate::new(format!("{}/{name}", Kind::Principal)));
        return packages
            .chain([CompletionCandidate::new("policy")])
            .chain(people.filter(|_| text.starts_with("principal")))
            .collect();
    };
    let subject = name.parse().ok();
    let subject = subject.and_then(|subject: SubjectId| ledger.subjects.get(&subject));
    subject.map_or_else(Vec::new, |subject| {
        let names = ["head", "current", "previous"].map(|word| (word.to_owned(), None));
        let all = names.into_iter().chain(versions_of(subject));
        all.map(|(version, state)| {
            CompletionCandidate::new(format!("{name}@{version}")).help(state.map(Into::into))
        })
        .collect()
    })
}

/// The versions of the subject that was typed before.
fn versions(replay: &Replay, typed: &Typed, _: &str) -> Vec<CompletionCandidate> {
    let known = |subject| replay.ledger.subjects.get(subject);
    let subjects = typed.subjects.iter().filter_map(known);
    subjects
        .flat_map(versions_of)
        .chain([("previous".to_owned(), None)])
        .map(|(version, state)| CompletionCandidate::new(version).help(state.map(Into::into)))
        .collect()
}

fn versions_of(subject: &Subject) -> impl Iterator<Item = (String, Option<String>)> + '_ {
    let named = subject.versions.iter().rev().map(|version| {
        let name = version.key.version.to_string();
        (name, Some(version.state.to_string()))
    });
    named.filter(|(name, _)| name.parse::<Selector>().is_ok())
}

/// The people and machines of the policy.
fn principals(replay: &Replay, _: &Typed, _: &str) -> Vec<CompletionCandidate> {
    let people = replay.policy.policy.principals.keys();
    people
        .map(|name| CompletionCandidate::new(name.to_string()))
        .collect()
}

/// Whether no shell and no command takes it for something else.
fn is_plain(text: &str) -> bool {
    !text.starts_with('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.+/@:".contains(&byte))
}

/// The repository as `status` sees it; `None` when that takes too long.
fn replay(folder: &std::path::Path) -> Option<Box<Replay>> {
    let (send, receive) = mpsc::channel();
    let folder = folder.to_owned();
    thread::spawn(move || {
        let read = || {
            let repository = Repository::open(&folder).ok()?;
            let question = Question {
                purpose: Purpose::View {
                    unattended: env::var_os("CI").is_some(),
                },
                ..Question::about_head(clock::now())
            };
            Some(Box::new(question.history(&repository).ok()?.replay))
        };
        send.send(read())
    });
    receive.recv_timeout(PATIENCE).ok().flatten()
}
