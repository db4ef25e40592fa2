//! `countersign deprecate`.

use clap::Args;

use super::decide::{Change, DecisionContext, DecisionOptions, Request};
use super::error::CommandError;
use super::exit::ExitCode;
use super::session::Session;
use super::subject_argument::SubjectArgument;
use crate::model::{DecisionKind, Timestamp};

/// Advise against an approved version: it stays valid, and `check` warns
///
/// It stays current until another version is approved. Name its replacement with --replacement.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign deprecate skill/pdf-tools --replacement skill/documents --sunset 2027-06-30T00:00:00Z --reason 'Merged'"
)]
pub struct Deprecate {
    /// What: kind/name, kind/name@version (or @head, @current, @previous, digits of a digest), or a
    /// glob such as 'skill/*'
    #[arg(required = true, value_name = "SUBJECT")]
    subjects: Vec<SubjectArgument>,
    /// What to use instead
    #[arg(long, value_name = "SUBJECT")]
    replacement: Option<String>,
    /// When it will go away
    #[arg(long, value_name = "TIME")]
    sunset: Option<Timestamp>,
    #[command(flatten)]
    options: DecisionOptions,
}

impl Deprecate {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let request = Request {
            replacement: self.replacement.as_deref(),
            sunset: self.sunset,
            ..Request::new(DecisionKind::Deprecate, &self.subjects, &self.options)
        };
        DecisionContext::open(session)?.decide(&request, Change::default())
    }
}
