//! `command: audit`: a report on everything on the governed branch, for scheduled runs.
//!
//! It queries no forge and reports what the repository proves on its own. A review that was not
//! recorded is not in it.

use super::environment::Environment;
use super::outputs::Files;
use crate::cli::audit;
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::options::CommonOptions;
use crate::cli::session::Session;
use crate::replay::ReplayError;

/// Writes the report and exits as a check of the same tip would: a scheduled job must not stay
/// green while approvals expire.
pub(super) fn run(
    session: &Session<'_>,
    environment: &Environment,
    files: &Files,
) -> Result<ExitCode, CommandError> {
    let repository = session.repository()?;
    repository.completeness().map_err(ReplayError::from)?;
    let anchor = environment.anchor.map(|anchor| anchor.to_string());
    let options = CommonOptions {
        anchor,
        includes: None,
        ..session.options.clone()
    };
    let pinned = Session {
        options: &options,
        ..*session
    };
    let folder = files.fresh("audit-")?;
    let outcome = audit::scheduled(&pinned, &repository, &folder)?;
    files.audit(environment, session, &outcome, &folder)?;
    Ok(outcome.judged.verdict.into())
}
