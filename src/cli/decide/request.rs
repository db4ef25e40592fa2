//! The options of every decision, and the request of one command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::subject_argument::SubjectArgument;
use crate::model::{DecisionKind, Timestamp, Version};

/// Options of every decision.
#[derive(Clone, Debug, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct DecisionOptions {
    /// Reason, for people who read this later
    #[arg(long, short, value_name = "TEXT")]
    pub(super) reason: String,
    /// Who decides [default: the person in the policy who has your key]
    #[arg(long = "as", value_name = "PRINCIPAL", help_heading = "Signing")]
    pub(super) principal: Option<crate::model::PrincipalName>,
    /// Sign with this SSH key, or with --openpgp this OpenPGP key [default: user.signingkey,
    /// ~/.ssh/id_*, your agent]
    #[arg(long, value_name = "KEY", help_heading = "Signing")]
    pub(super) key: Option<String>,
    /// Sign with OpenPGP
    #[arg(long, help_heading = "Signing")]
    pub(super) openpgp: bool,
    /// Sign with this minisign secret key
    #[arg(long, value_name = "FILE", conflicts_with_all = ["openpgp", "key"], help_heading = "Signing")]
    pub(super) minisign: Option<PathBuf>,
    /// Write no signature: a signed commit with nothing but your records proves it (only if the
    /// policy accepts `commit`)
    #[arg(long, conflicts_with = "minisign", help_heading = "Signing")]
    pub(super) no_sign: bool,
    /// Show what would be signed, and sign and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask before signing what gives authority, which is asked on a terminal
    #[arg(long)]
    pub(super) yes: bool,
    /// Commit the record, and nothing else
    #[arg(long)]
    pub(super) commit: bool,
    /// What your signature means (21 CFR 11.50)
    #[arg(long, value_enum, default_value_t, hide_default_value = true)]
    pub(super) meaning: MeaningArgument,
    /// A link to a ticket, review or scan; may be repeated
    #[arg(long = "ref", value_name = "URI")]
    pub(super) refs: Vec<String>,
}

/// [`Meaning`](crate::model::Meaning) as an option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the regulation defines them")]
pub enum MeaningArgument {
    #[default]
    Approval,
    Review,
    Responsibility,
}

/// The request of one command.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// What is decided.
    pub kind: DecisionKind,
    /// About what.
    pub subjects: &'a [SubjectArgument],
    /// Of every version, present and future.
    pub all_versions: bool,
    /// How.
    pub options: &'a DecisionOptions,
    /// End of an approval.
    pub expires: Option<Timestamp>,
    /// Replacement of a deprecated version.
    pub replacement: Option<&'a str>,
    /// When a deprecated version goes away.
    pub sunset: Option<Timestamp>,
    /// Target of a rollback.
    pub to: Option<&'a Version>,
}

impl<'a> Request<'a> {
    /// A decision without any field of its own.
    pub const fn new(
        kind: DecisionKind,
        subjects: &'a [SubjectArgument],
        options: &'a DecisionOptions,
    ) -> Self {
        Self {
            kind,
            subjects,
            all_versions: false,
            options,
            expires: None,
            replacement: None,
            sunset: None,
            to: None,
        }
    }
}
