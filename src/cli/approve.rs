//! `countersign approve`.

use clap::Args;

use super::decide::{Change, DecisionContext, DecisionOptions, Request};
use super::error::CommandError;
use super::exit::ExitCode;
use super::session::Session;
use super::subject_argument::SubjectArgument;
use crate::model::{DecisionKind, Timestamp};

/// Approve exact versions, or a policy change
///
/// Writes one signed record about the content of HEAD, and prints what is still missing. Several
/// subjects or a glob become one record with one signature; a glob leaves out what needs no
/// approval from you.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign approve skill/pdf-tools --reason 'Read every script'\n  countersign approve 'skill/*' --reason 'First review' --commit\n  countersign approve policy --reason 'Carol joins the team'\n  countersign approve --pull 7 --reason 'Read every script'   # then push the new branch"
)]
pub struct Approve {
    /// What: kind/name, kind/name@version (or @head, @current, @previous, digits of a digest), a
    /// glob such as 'skill/*', or `policy`
    #[arg(required_unless_present = "pull", value_name = "SUBJECT")]
    subjects: Vec<SubjectArgument>,
    /// Approve what merging this pull request of `origin` would land, on a separate branch [default
    /// SUBJECT: all drafts that it adds]
    #[arg(long, value_name = "N", conflicts_with_all = ["no_sign", "commit"])]
    pull: Option<u64>,
    /// When the approval ends, such as 2027-06-30T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
    #[command(flatten)]
    options: DecisionOptions,
}

impl Approve {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let context = match self.pull {
            Some(number) => DecisionContext::open_pull(session, number)?,
            None => DecisionContext::open(session)?,
        };
        let subjects = if self.subjects.is_empty() {
            context.drafts()?
        } else {
            self.subjects.clone()
        };
        let request = Request {
            expires: self.expires,
            ..Request::new(DecisionKind::Approve, &subjects, &self.options)
        };
        context.decide(&request, Change::default())
    }
}
