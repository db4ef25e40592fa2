//! `countersign reject`.

use clap::Args;

use super::decide::{Change, DecisionContext, DecisionOptions, Request};
use super::error::CommandError;
use super::exit::ExitCode;
use super::session::Session;
use super::subject_argument::SubjectArgument;
use crate::model::DecisionKind;

/// Reject a version that is not approved yet
///
/// Withdraws your own approval and keeps the version a draft until you approve it. A policy of
/// another branch, which `policy-fork` reports, is named by its serial or digest; the fork is
/// resolved once enough administrators of both branches reject it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign reject skill/pdf-tools --reason 'Sends file names to a third party'\n  countersign reject policy/countersign@sha256:4be1… --reason 'Not our line'"
)]
pub struct Reject {
    /// What: kind/name, kind/name@version (or @head, @current, @previous, digits of a digest), a
    /// glob such as 'skill/*', or policy/countersign
    #[arg(required = true, value_name = "SUBJECT")]
    subjects: Vec<SubjectArgument>,
    #[command(flatten)]
    options: DecisionOptions,
}

impl Reject {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        DecisionContext::open(session)?.decide(
            &Request::new(DecisionKind::Reject, &self.subjects, &self.options),
            Change::default(),
        )
    }
}
