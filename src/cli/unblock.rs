//! `countersign unblock`.

use clap::Args;

use super::block::every_version;
use super::decide::{Change, DecisionContext, DecisionOptions, Request};
use super::error::CommandError;
use super::exit::ExitCode;
use super::session::Session;
use super::subject_argument::SubjectArgument;
use crate::model::DecisionKind;

/// Lift a block (needs the same approvals as approving)
///
/// The record names every block that it lifts; they are filled in for you. A suspended principal is
/// readmitted by as many administrators as a policy change needs.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign unblock skill/pdf-tools@1.2.0 --reason 'False alarm'\n  countersign unblock skill/pdf-tools --all-versions --reason 'Fixed'\n  countersign unblock principal/bob --reason 'New key'"
)]
pub struct Unblock {
    /// What: kind/name, kind/name@version (or @head, @current, @previous, @all, digits of a
    /// digest), a glob, or principal/NAME
    #[arg(required = true, value_name = "SUBJECT")]
    subjects: Vec<SubjectArgument>,
    /// Lift the block of every present and future version
    #[arg(long)]
    all_versions: bool,
    #[command(flatten)]
    options: DecisionOptions,
}

impl Unblock {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let all_versions = every_version(self.all_versions, &self.subjects)?;
        let request = Request {
            all_versions,
            ..Request::new(DecisionKind::Unblock, &self.subjects, &self.options)
        };
        DecisionContext::open(session)?.decide(&request, Change::default())
    }
}
