//! `countersign revoke`.

use clap::Args;

use super::decide::{Change, DecisionContext, DecisionOptions, Request};
use super::error::CommandError;
use super::exit::ExitCode;
use super::session::Session;
use super::subject_argument::SubjectArgument;
use crate::model::DecisionKind;

/// Withdraw a version permanently: its bytes are refused forever, under any name or version
///
/// One authorized signature is enough, and it cannot be undone; use `block` for a stop that can be
/// lifted.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign revoke skill/pdf-tools@1.2.0 --reason 'Leaks credentials, see SEC-231'"
)]
pub struct Revoke {
    /// What: kind/name, kind/name@version (or @head, @current, @previous, digits of a digest), or a
    /// glob such as 'skill/*'
    #[arg(required = true, value_name = "SUBJECT")]
    subjects: Vec<SubjectArgument>,
    #[command(flatten)]
    options: DecisionOptions,
}

impl Revoke {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        DecisionContext::open(session)?.decide(
            &Request::new(DecisionKind::Revoke, &self.subjects, &self.options),
            Change::default(),
        )
    }
}
