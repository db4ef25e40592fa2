//! `diff`: what changed between two versions, or between a version and files on disk.

use std::path::Path;

use clap::Args;

use super::checksum::why_not;
use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::landed;
use super::question;
use super::session::Session;
use super::subject_argument::{Selector, SubjectArgument, SubjectPattern};
use crate::check::comparison::{self, PackageSide};
use crate::check::moves::Moves;
use crate::check::remedy::version_argument;
use crate::git::{Folder, Repository};
use crate::judge::Answer;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Subject, VersionState};
use crate::model::{Digest, Kind, Manifest};
use crate::render::diff::{Compare, ComparedVersion};
use crate::render::{human, json};
use crate::replay::contents;

/// Show what changed between two versions: capabilities first, then file by file
///
/// Each side is a version such as skill/pdf-tools@1.2.0, or a folder or file on disk. One subject
/// alone compares its current version, or nothing where none is current, with HEAD's; one version
/// alone compares it with HEAD's.
/// Tools, permissions, scripts, commands and hosts that are new are marked `widens`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign diff skill/pdf-tools                          current against HEAD
  countersign diff skill/pdf-tools@1.0.0 skill/pdf-tools@1.1.0
  countersign diff skill/pdf-tools skills/pdf-tools         HEAD against the files on disk")]
pub struct Diff {
    /// The earlier package: SUBJECT, SUBJECT@VERSION, or a path
    #[arg(value_name = "A")]
    before: String,
    /// The later package: SUBJECT, SUBJECT@VERSION, or a path
    #[arg(value_name = "B")]
    after: Option<String>,
}

/// The largest folder on disk that is read into memory.
const MOST_BYTES: u64 = 1 << 30;

struct Loaded {
    compared: ComparedVersion,
    side: PackageSide,
}

impl Diff {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let before = Operand::read(session, &self.before)?;
        let after = self
            .after
            .as_deref()
            .map(|text| Operand::read(session, text))
            .transpose()?;
        let asks_history =
            matches!(before, Operand::Version(_)) || matches!(after, Some(Operand::Version(_)));
        let source = if asks_history {
            let repository = session.repository()?;
            let answer = question::ask(session, &repository)?;
            Some((repository, answer))
        } else {
            None
        };
        let history = source
            .as_ref()
            .map(|(repository, answer)| (repository, answer));
        let (before, after) = match (before, after) {
            (Operand::Path(_), None) => {
                return Err(
                    CommandError::usage("a path alone has nothing to compare with")
                        .help("Name two sides, such as skill/pdf-tools skills/pdf-tools."),
                );
            }
            (Operand::Version(argument), None) => alone(&argument, &self.before, history)?,
            (before, Some(after)) => (Some(before), after),
        };
        let kind = before.iter().chain([&after]).find_map(Operand::kind);
        let before = before
            .map(|before| load(session, &before, kind, history))
            .transpose()?;
        let after = load(session, &after, kind, history)?;
        let nothing = PackageSide {
            kind: after.side.kind,
            files: Vec::new(),
        };
        let side = before.as_ref().map_or(&nothing, |before| &before.side);
        let comparison = comparison::compare(side, &after.side);
        let compare = Compare {
            before: before.map(|before| before.compared),
            after: after.compared,
            comparison: &comparison,
        };
        let text = if session.json() {
            json::text(&json::diff(&compare))
        } else {
            session
                .out
                .paint()
                .fit(human::diff(&compare, session.out.paint()))
        };
        session.out.result(&text)?;
        Ok(ExitCode::Pass)
    }
}

/// One side as it was written.
#[derive(Clone, Debug)]
enum Operand {
    Version(SubjectArgument),
    Path(String),
}

impl Operand {
    /// An existing path, unless the text is plainly a subject.
    fn read(session: &Session<'_>, text: &str) -> Result<Self, CommandError> {
        let parsed = text.parse::<SubjectArgument>();
        let is_there = session.directory().join(text).symlink_metadata().is_ok();
        let plainly_a_path = text.starts_with(['.', '/']) || Path::new(text).is_absolute();
        match parsed {
            Ok(argument) if !plainly_a_path => Ok(Self::Version(argument)),
            _ if is_there => Ok(Self::Path(text.to_owned())),
            Err(error) if text.contains('@') => {
                Err(CommandError::usage(error)
                    .help("Write a version such as skill/pdf-tools@1.2.0."))
            }
            Err(error) if text.contains('/') && !plainly_a_path => Err(CommandError::usage(
                format!("`{text}` is neither a subject nor an existing path"),
            )
            .help(format!("Check the spelling: {error}"))),
            _ => Err(CommandError::usage(format!(
                "`{text}` is neither a subject nor an existing path"
            ))
            .help(
                "Write a version such as skill/pdf-tools@1.2.0, or the path of a folder or file.",
            )),
        }
    }

    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Version(SubjectArgument {
                subjects: SubjectPattern::One(id),
                ..
            }) => Some(id.kind),
            _ => None,
        }
    }
}

type History<'h> = Option<(&'h Repository, &'h Answer)>;

/// What one operand alone is compared with: the version named, else the current one, with HEAD's;
/// `None` where none is current.
fn alone(
    argument: &SubjectArgument,
    text: &str,
    history: History<'_>,
) -> Result<(Option<Operand>, Operand), CommandError> {
    let head = SubjectArgument {
        subjects: argument.subjects.clone(),
        version: Selector::Head,
    };
    if text.contains('@') {
        let named = Operand::Version(argument.clone());
        return Ok((Some(named), Operand::Version(head)));
    }
    let (_, answer) = history.expect("a version is looked up in history");
    let subject = landed::subject(&answer.survey.replay.ledger, argument)?;
    if subject.current.is_none() {
        return Ok((None, Operand::Version(head)));
    }
    // What is current already was compared with what came before it.
    let is_head = subject.head == subject.current && subject.previous.is_some();
    let version = if is_head {
        Selector::Previous
    } else {
        Selector::Current
    };
    Ok((
        Some(Operand::Version(SubjectArgument {
            subjects: argument.subjects.clone(),
            version,
        })),
        Operand::Version(head),
    ))
}

fn load(
    session: &Session<'_>,
    operand: &Operand,
    kind: Option<Kind>,
    history: History<'_>,
) -> Result<Loaded, CommandError> {
    match operand {
        Operand::Path(path) => on_disk(session, path, kind),
        Operand::Version(argument) => {
            let (repository, answer) = history.expect("a version is looked up in history");
            let replay = &answer.survey.replay;
            let subject = landed::subject(&replay.ledger, argument)?;
            let version =
                landed::version_state(subject, argument).map_err(|error| {
                    match moved_to(&replay.ledger, subject) {
                        Some(to) if subject.paths.is_empty() => error.help(to),
                        _ => error,
                    }
                })?;
            let landed = landed::find(repository, replay, subject, version)?;
            Ok(Loaded {
                compared: compared(&replay.ledger, subject, version),
                side: PackageSide {
                    kind: subject.id.kind,
                    files: landed.files,
                },
            })
        }
    }
}

fn compared(ledger: &Ledger, subject: &Subject, version: &VersionState) -> ComparedVersion {
    let moves = Moves::of(ledger);
    let mut paths = subject.paths.iter().filter(|_| version.present);
    let from = paths.find_map(|path| moves.from(&subject.id, path, version.key.digest));
    ComparedVersion {
        name: format!("{}@{}", subject.id, version.key.version.label()),
        digest: version.key.digest,
        state: Some(version.state),
        moved_from: from.map(|from| from.beside(&subject.id)),
    }
}

/// Where the files of a subject went that is no longer in the tree, and the command that compares
/// them.
fn moved_to(ledger: &Ledger, subject: &Subject) -> Option<String> {
    let moves = Moves::of(ledger);
    let mut places = subject.last_paths.iter().flat_map(|path| {
        let versions = subject.versions.iter();
        versions.map(move |version| (path, version))
    });
    let (version, to) = places.find_map(|(path, version)| {
        Some((version, moves.to(&subject.id, path, version.key.digest)?))
    })?;
    Some(format!(
        "Its files moved to {}: run `countersign diff {} {}`.",
        to.beside(&subject.id),
        version_argument(subject, version),
        to.subject
    ))
}

fn on_disk(session: &Session<'_>, path: &str, kind: Option<Kind>) -> Result<Loaded, CommandError> {
    let full = session.directory().join(path);
    let contents = contents::on_disk(&full)?;
    if !contents.refusals.is_empty() {
        return Err(
            CommandError::new(ErrorKind::Failed, format!("{path} is not a package"))
                .help(why_not(path, &contents)),
        );
    }
    let mut files = Vec::new();
    let mut left = MOST_BYTES;
    let folder = Folder::list(&full)?;
    // Nothing was refused, so the manifest has every listed file, in the same order.
    let changed = || {
        CommandError::new(
            ErrorKind::Failed,
            format!("{path} changed while it was being read"),
        )
        .help("Run the command again.")
    };
    if folder.files().len() != contents.manifest.entries().len() {
        return Err(changed());
    }
    for (file, entry) in folder.files().iter().zip(contents.manifest.entries()) {
        let bytes = folder.read(file, left)?;
        if file.path != entry.path.as_bytes() || Digest::of(&bytes) != entry.sha256 {
            return Err(changed());
        }
        left -= bytes.len() as u64;
        files.push((entry.path.clone(), entry.mode, bytes));
    }
    let kind = kind.unwrap_or_else(|| kind_of(&contents.manifest));
    Ok(Loaded {
        compared: ComparedVersion {
            name: path.to_owned(),
            digest: contents.manifest.digest(),
            state: None,
            moved_from: None,
        },
        side: PackageSide { kind, files },
    })
}

/// What files without a subject most likely are.
fn kind_of(manifest: &Manifest) -> Kind {
    let has = |name: &str| manifest.entries().iter().any(|entry| entry.path == name);
    match () {
        () if has("SKILL.md") => Kind::Skill,
        () if has("PROMPT.md") => Kind::Prompt,
        () if has("server.json") || has("server.yaml") => Kind::Server,
        () => Kind::Setup,
    }
}
