//! `countersign reject`.

use clap::Args;

use super::decide::{Change, DecisionContext, DecisionOptions, Request};
use super::error::CommandError;
use super::exit::ExitCode;
use super::session::Session;
use super::subject_argument::SubjectArgument;
use crate::model::DecisionKind;

/// Say no to a version that is not approved yet
///
/// It takes back your own approval and holds the version as a draft until you approve it after all. A policy of another line, which
/// `policy-fork` reports, is named by its serial or its digest; it is no rival any more once enough administrators of both lines reject it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign reject skill/pdf-tools --reason 'Sends file names to a third party'\n  countersign reject policy/countersign@sha256:4be1… --reason 'Not our line'"
)]
pub struct Reject {
    /// What: kind/name, kind/name@version (or @head, @current, @previous, digits of a digest), a glob such as 'skill/*', or policy/countersign
    #[arg(required = true, value_name = "SUBJECT")]
    subjects: Vec<SubjectArgument>,
    #[command(flatten)]
    options: DecisionOptions,
}

impl Reject {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        DecisionContext::open(session)?.decide(&Request::new(DecisionKind::Reject, &self.subjects, &self.options), Change::default())
    }
}
