//! Queries a forge about pull requests: only when the user says so, and only about those that the
//! question needs.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::destination;
use super::error::CommandError;
use super::files::{Folder, NewFile};
use super::live;
use super::output::Output;
use super::session::Session;
use super::shell_word::quoted;
use crate::forge::saved::{self, Recording, SavedForge};
use crate::forge::{Forge, ForgeError};
use crate::judge::MergeQueue;
use crate::model::Policy;

/// Where pull-request reviews come from.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Pull requests")]
pub struct ForgeOptions {
    /// The pull request that HEAD is of; may be repeated [default: those the forge has for HEAD].
    /// On the governed branch: consider no others
    #[arg(long, value_name = "N", requires = "review_source")]
    pull: Vec<u64>,
    #[command(flatten)]
    source: ForgeSource,
    /// The merge queue that HEAD is of.
    #[arg(skip)]
    queue: Option<MergeQueue>,
}

/// The source of the answers.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Pull requests")]
#[group(id = "review_source", multiple = true)]
pub struct ForgeSource {
    /// Query the forge at `GITHUB_API_URL` with the token in `GITHUB_TOKEN`
    #[arg(long)]
    live: bool,
    /// Read the forge's answers from this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["live", "save_answers"])]
    answers: Option<PathBuf>,
    /// Query the forge, and save its answers to this new file, for --answers
    #[arg(long, value_name = "FILE")]
    save_answers: Option<PathBuf>,
}

impl ForgeOptions {
    /// A live query about these pull requests, or about those that the forge has for what is
    /// judged.
    pub fn live(pull: Vec<u64>) -> Self {
        Self {
            pull,
            source: ForgeSource {
                live: true,
                ..ForgeSource::default()
            },
            queue: None,
        }
    }

    /// A live query about the pull requests of a merge queue.
    pub fn of_queue(queue: MergeQueue) -> Self {
        Self {
            queue: Some(queue),
            ..Self::live(Vec::new())
        }
    }

    /// Where the answers come from.
    pub fn answers(&self, session: &Session<'_>) -> Result<AnswerSource, CommandError> {
        self.source.source(session)
    }

    /// Adds these options to a command that asks the same. Answers that were saved are read again.
    pub fn add_to(&self, command: &mut String) {
        for number in &self.pull {
            command.push_str(&format!(" --pull {number}"));
        }
        let file = self
            .source
            .answers
            .as_ref()
            .or(self.source.save_answers.as_ref());
        match file.and_then(|file| file.to_str()) {
            Some(file) => command.push_str(&format!(" --answers {}", quoted(file))),
            None if self.source.live => command.push_str(" --live"),
            None => {}
        }
    }

    /// The pull requests that the user names.
    pub fn numbers(&self) -> &[u64] {
        &self.pull
    }

    /// The merge queue that HEAD is of.
    pub const fn queue(&self) -> Option<&MergeQueue> {
        self.queue.as_ref()
    }
}

impl ForgeSource {
    /// The forge that the user names, else the live one.
    pub fn forge_or_live(
        &self,
        session: &Session<'_>,
        policy: &Policy,
    ) -> Result<OpenedForge, CommandError> {
        let source = match self.source(session)? {
            AnswerSource::NotAsked => AnswerSource::Live(session.out, None),
            source => source,
        };
        let forge = source.open(policy)?.ok_or(ForgeError::NotBuiltIn)?;
        Ok(OpenedForge { forge, source })
    }

    fn source(&self, session: &Session<'_>) -> Result<AnswerSource, CommandError> {
        if let Some(file) = &self.answers {
            let file = session.directory().join(file);
            let bytes = super::files::read_at_most(&file, saved::MOST_BYTES)?;
            return Ok(AnswerSource::Saved(Arc::new(SavedForge::read(&bytes)?)));
        }
        let keep = self
            .save_answers
            .as_ref()
            .map(|file| Keep::to(session.directory().join(file)))
            .transpose()?;
        Ok(if self.live || keep.is_some() {
            AnswerSource::Live(session.out, keep)
        } else {
            AnswerSource::NotAsked
        })
    }
}

/// The source. The policy in force says which repository is queried, never the environment or a
/// change.
pub enum AnswerSource {
    /// No forge is queried.
    NotAsked,
    /// Answers that an earlier run saved.
    Saved(Arc<SavedForge>),
    /// The forge itself; its answers may be kept in a file.
    Live(Output, Option<Keep>),
}

impl AnswerSource {
    /// Whether anything is asked.
    pub const fn is_asked(&self) -> bool {
        !matches!(self, Self::NotAsked)
    }

    /// The forge of the repository that `policy` governs; `None` to query none.
    pub fn open(&self, policy: &Policy) -> Result<Option<Arc<dyn Forge>>, ForgeError> {
        match self {
            Self::NotAsked => Ok(None),
            Self::Saved(saved) => {
                if !saved
                    .repository()
                    .to_string()
                    .eq_ignore_ascii_case(&policy.repository)
                {
                    let (recorded, governed) =
                        (saved.repository().to_string(), policy.repository.clone());
                    return Err(ForgeError::OtherRepository { recorded, governed });
                }
                Ok(Some(Arc::clone(saved) as Arc<dyn Forge>))
            }
            Self::Live(out, None) => Ok(Some(Arc::from(live::forge(policy, *out)?))),
            Self::Live(out, Some(keep)) => Ok(Some(keep.open(policy, *out)? as Arc<dyn Forge>)),
        }
    }

    /// Saves the answers after the last query, if the user gave a file for them.
    pub fn save(&self, policy: &Policy) -> Result<(), CommandError> {
        match self {
            Self::Live(out, Some(keep)) => keep.write(&keep.open(policy, *out)?.file()?),
            _ => Ok(()),
        }
    }
}

/// A new file for the answers of a live forge. Neither the token nor an address is among them.
pub struct Keep {
    folder: Folder,
    name: String,
    recording: OnceCell<Arc<Recording>>,
}

impl Keep {
    /// Refuses an existing file before any query.
    fn to(file: PathBuf) -> Result<Self, CommandError> {
        let unusable = || CommandError::usage(format!("{} is not a file name", file.display()));
        let (Some(dir), Some(name)) = (file.parent(), file.file_name().and_then(OsStr::to_str))
        else {
            return Err(unusable());
        };
        let (folder, name) = (
            Folder::open(&destination::existing_folder(dir)?)?,
            name.to_owned(),
        );
        if folder.exists(&name) {
            return Err(CommandError::usage(format!("{} is already there", file.display()))
                .help("Move it away, or choose another name: Countersign never overwrites an existing file."));
        }
        Ok(Self {
            folder,
            name,
            recording: OnceCell::new(),
        })
    }

    fn open(&self, policy: &Policy, out: Output) -> Result<Arc<Recording>, ForgeError> {
        if self.recording.get().is_none() {
            // However often it is opened, there is one file for all answers.
            let _ = self
                .recording
                .set(Arc::new(Recording::new(live::forge(policy, out)?)));
        }
        self.recording
            .get()
            .map(Arc::clone)
            .ok_or(ForgeError::NotBuiltIn)
    }

    fn write(&self, answers: &[u8]) -> Result<(), CommandError> {
        self.folder
            .create(&[NewFile::regular(self.name.clone(), answers)])
    }
}

/// The forge that a command queries by itself.
pub struct OpenedForge {
    forge: Arc<dyn Forge>,
    source: AnswerSource,
}

impl OpenedForge {
    /// The forge.
    pub fn forge(&self) -> &dyn Forge {
        self.forge.as_ref()
    }

    /// Saves the answers after the last query, if the user gave a file for them.
    pub fn save(&self, policy: &Policy) -> Result<(), CommandError> {
        self.source.save(policy)
    }
}

impl From<ForgeError> for CommandError {
    fn from(error: ForgeError) -> Self {
        Self::not_evaluated(&error).help(error.help())
    }
}
