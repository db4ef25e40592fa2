//! `command: audit`: the report about everything that is on the governed branch, for a schedule.
//!
//! It asks no forge: it says what the repository proves by itself. A review that nobody recorded is not in it.

use super::environment::Environment;
use super::outputs::Files;
use crate::cli::audit;
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::options::CommonOptions;
use crate::cli::question::Answer;
use crate::cli::session::Session;
use crate::replay::ReplayError;

/// Reports, and ends as a check of the same tip would: a schedule that stays green while approvals expire is read by nobody.
pub(super) fn run(session: &Session<'_>, environment: &Environment, files: &Files) -> Result<ExitCode, CommandError> {
    let repository = session.repository()?;
    repository.completeness().map_err(ReplayError::from)?;
    let anchor = environment.anchor.map(|anchor| anchor.to_string());
    let options = CommonOptions { anchor, includes: None, ..session.options.clone() };
    let asked = Session { options: &options, ..*session };
    let folder = files.fresh("audit-")?;
    let found = audit::scheduled(&asked, &repository, &folder)?;
    files.audit(environment, session, &found, &folder)?;
    Ok(Answer::exit(&found.judged))
}
