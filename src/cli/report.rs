//! A report in the format that the options ask for.

use super::options::Format;
use super::session::Session;
use crate::check::Report;
use crate::lifecycle::Ledger;
use crate::render::github::{self, Links, Summary};
use crate::render::listing::Listing;
use crate::render::review_context::ReviewContext;
use crate::render::{Context, human, json, sarif};

/// The report in the requested format.
pub(super) fn shown(
    session: &Session<'_>,
    context: &Context,
    ledger: Option<&Ledger>,
    report: &Report,
    review_contexts: &[ReviewContext<'_>],
    listing: &Listing,
) -> String {
    let links = Links::default();
    match session.options.format {
        Format::Json => json::text(&json::check(context, ledger, report)),
        Format::Sarif => json::text(&sarif::sarif(report, &listing.selection, &links)),
        Format::Github => github::annotations(report, &listing.selection),
        Format::Markdown => github::summary(&Summary {
            context,
            ledger,
            report,
            review_contexts,
            links: &links,
            listing,
            pull: None,
        }),
        _ => session.out.paint().fit(human::check(
            context,
            ledger,
            report,
            listing,
            session.out.paint(),
        )),
    }
}
