//! The options that every command accepts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::output::Color;
use crate::model::Timestamp;

/// How a result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs; versioned, see the schemas.
    Json,
    /// `check`: a summary as GitHub shows it; `audit`: the report.
    #[value(alias = "md")]
    Markdown,
    /// `check`: SARIF 2.1.0, for code scanning.
    Sarif,
    /// `check`: workflow commands, which annotate the lines of a change.
    Github,
    /// `audit`: one page that needs nothing else.
    Html,
    /// `audit`, `inventory`: tables for spreadsheets and databases.
    Csv,
    /// `audit`: OSCAL assessment plan and results.
    Oscal,
    /// `audit`: in-toto attestations of approved versions, one envelope a line.
    Intoto,
    /// `log`: one event a line.
    Ndjson,
    /// `log`: one event a line, as the Open Cybersecurity Schema Framework has it.
    Ocsf,
}

impl Format {
    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Oscal => "oscal",
            Self::Intoto => "intoto",
            Self::Ndjson => "ndjson",
            Self::Ocsf => "ocsf",
        }
    }
}

/// Options that every command accepts.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Common options")]
pub struct CommonOptions {
    /// Work in this folder of the repository
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// How to print the result
    #[arg(
        long,
        value_enum,
        default_value_t,
        global = true,
        value_name = "human|json|…",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub format: Format,
    /// The commit at which governance starts; any other start is an error
    #[arg(long, value_name = "COMMIT", global = true)]
    pub anchor: Option<String>,
    /// A commit that must be on the first-parent line of the governed branch
    #[arg(long, value_name = "COMMIT", global = true)]
    pub includes: Option<String>,
    /// Evaluate expiry at this time instead of now, such as 2026-11-03T10:12:00Z
    #[arg(long, value_name = "TIME", global = true)]
    pub now: Option<Timestamp>,
    /// When to color
    #[arg(
        long,
        value_enum,
        default_value_t,
        global = true,
        value_name = "auto|always|never",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub color: Color,
    /// Print only results, warnings and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say on standard error what was read, from where, and how long it took; -vv and -vvv say more.
    /// `check` and `status` also list every finding, notes included
    #[arg(long, short, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
}
