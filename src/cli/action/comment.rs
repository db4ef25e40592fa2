//! The one comment on a pull request, updated in place. It never decides anything, so a failure to
//! write it is only a warning.

use super::environment::Environment;
use crate::cli::live;
use crate::cli::session::Session;
use crate::model::Policy;
use crate::render::github;

/// The first line of the comment. Only a comment of this token's account that starts with it is
/// updated.
const MARKER: &str = "<!-- countersign: the gate -->";
/// The forge accepts 65536 characters.
const MOST: usize = 60_000;

/// Keeps the comment up to date, if the workflow has one.
pub(super) fn keep(
    session: &Session<'_>,
    environment: &Environment,
    policy: &Policy,
    of: &github::Summary<'_>,
) {
    let Some(number) = of.pull.filter(|_| environment.comment) else {
        return;
    };
    if environment.token.is_none() {
        session
            .out
            .warning("no comment was written: there is no token");
        return;
    }
    let summary = github::summary(of);
    let body = if summary.len() <= MOST {
        summary
    } else {
        github::short_summary(of)
    };
    let written =
        live::writer(policy, session.out).and_then(|writer| writer.comment(number, MARKER, &body));
    if let Err(error) = written {
        session.out.warning(&format!(
            "the comment was not written: {error}. {}",
            error.help()
        ));
    }
}
