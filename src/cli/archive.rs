//! `countersign archive`.

use clap::Args;

use super::decide::{Change, DecisionContext, DecisionOptions, Request};
use super::error::CommandError;
use super::exit::ExitCode;
use super::session::Session;
use super::subject_argument::SubjectArgument;
use crate::model::DecisionKind;

/// Retire an approved version: existing users keep it, and it is not offered to new ones
///
/// You may remove an archived subject's files from the tree.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign archive skill/pdf-tools --reason 'Replaced by skill/documents'"
)]
pub struct Archive {
    /// What: kind/name, kind/name@version (or @head, @current, @previous, digits of a digest), or a
    /// glob such as 'skill/*'
    #[arg(required = true, value_name = "SUBJECT")]
    subjects: Vec<SubjectArgument>,
    #[command(flatten)]
    options: DecisionOptions,
}

impl Archive {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        DecisionContext::open(session)?.decide(
            &Request::new(DecisionKind::Archive, &self.subjects, &self.options),
            Change::default(),
        )
    }
}
