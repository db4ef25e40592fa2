//! Judges a Git repository: which version of what is approved, by whom, over which bytes, and
//! whether a change may land.
//!
//! The public face of Countersign. A command, a hook or another program asks a [`judge::Question`]
//! and gets an [`judge::Answer`]:
//!
//! ```
//! use countersign_core::check::remedy;
//! use countersign_core::judge::Question;
//! use countersign_git::Repository;
//! use countersign_model::{State, Verdict};
//!
//! # let folder = tempfile::tempdir()?;
//! # let story = countersign_demo::story::build(folder.path())?;
//! # let (path, now, id) = (folder.path(), story.end, story.waiting.0);
//! let repository = Repository::open(path)?;
//! let answer = Question::about_head(now).judge(&repository)?;
//! assert_eq!(answer.report().verdict, Verdict::Waiting);
//!
//! // Why does it wait? `id` is "skill/payments-refund".
//! let ledger = &answer.survey.replay.ledger;
//! let subject = &ledger.subjects[&id.parse()?];
//! assert_eq!(subject.shown_state(), State::Draft);
//! let remedies = remedy::remedies(ledger, subject, subject.shown_version());
//! let commands: Vec<String> = remedies.into_iter().filter_map(|remedy| remedy.command).collect();
//! assert!(commands[0].starts_with("countersign approve skill/payments-refund"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Owns
//!
//! The trust rules of `docs/trust-model.md`, to whose numbers comments refer. The layers, each of
//! which uses only those before it:
//!
//! | layer | from | to |
//! |---|---|---|
//! | [`evidence`] | proofs, records and reviews, under one policy | whose decision it is |
//! | [`lifecycle`] | landings with their evidence, one after the other | the ledger: every version and its state |
//! | [`replay`] | a repository | landings, fed to the lifecycle; what is in the tree |
//! | [`check`] | the ledger and the tree's contents | findings, and from them a verdict |
//! | [`judge`] | a question about a repository | the answer: what commands show, print and exit with |
//!
//! # Must not
//!
//! Print, read the clock, the environment or options, start a program, or open a connection: the
//! caller passes in the time and, where pull requests count, a forge. Nothing in the judged
//! repository is executed, and none of its configuration is obeyed.
//!
//! # Start reading
//!
//! At [`judge::Question`] to use it. At [`lifecycle`] to review it: its first page tells how a vote
//! becomes a grant.

pub mod check;
pub mod context;
pub mod evidence;
pub mod judge;
pub mod lifecycle;
pub mod replay;

pub use context::Context;
