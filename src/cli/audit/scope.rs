//! What a report covers: read from the options, or from an earlier report.

use super::ScopeOptions;
use crate::audit::period::{End, RequestedBound};
use crate::cli::error::CommandError;
use crate::cli::question;
use crate::cli::session::Session;
use crate::git::Repository;
use crate::judge::governed_base;
use crate::model::{ObjectId, Timestamp};

/// The scope of a report.
#[derive(Clone, Debug)]
pub struct ReportScope {
    /// The tip of the governed branch.
    pub head: ObjectId,
    /// The anchor, where it is pinned.
    pub anchor: Option<ObjectId>,
    /// A commit that must be on the line.
    pub includes: Option<ObjectId>,
    /// When expiry is judged.
    pub now: Timestamp,
    /// Beginning of the period.
    pub since: Option<RequestedBound>,
    /// End of the period.
    pub until: Option<RequestedBound>,
    /// Subjects or globs; all when empty.
    pub subjects: Vec<String>,
    /// Names of compliance frameworks.
    pub frameworks: Vec<String>,
}

/// The requested scope, about the governed branch even if HEAD is on another one.
pub fn requested(
    session: &Session<'_>,
    repository: &Repository,
    scope: &ScopeOptions,
) -> Result<ReportScope, CommandError> {
    let head = repository.head()?;
    let governed = governed_base(repository, &head)?;
    Ok(ReportScope {
        head: governed.unwrap_or(head.commit),
        anchor: question::anchor(session, repository)?,
        includes: question::includes(session, repository)?,
        now: session.now,
        since: scope
            .since
            .as_deref()
            .map(|text| end(repository, text))
            .transpose()?,
        until: scope
            .until
            .as_deref()
            .map(|text| end(repository, text))
            .transpose()?,
        subjects: scope.subjects.clone(),
        frameworks: Vec::new(),
    })
}

/// Refuses a commit that is not the tip of the governed branch: what a job for a change has checked
/// out has not landed.
pub fn require_tip(
    repository: &Repository,
    branch: &str,
    head: ObjectId,
) -> Result<(), CommandError> {
    let named = |place: &str| repository.reference(&format!("refs/{place}/{branch}"));
    let tip = match named("remotes/origin")? {
        Some(tip) => Some(tip),
        None => named("heads")?,
    };
    let help = "Check out the governed branch with `fetch-depth: 0`, on schedule, workflow_dispatch or push.";
    match tip {
        Some(tip) if tip == head => Ok(()),
        Some(tip) => {
            let why = format!(
                "HEAD is at {}, but the governed branch {branch} is at {}",
                head.short(),
                tip.short()
            );
            Err(CommandError::not_evaluated(why).help(help))
        }
        None => Err(CommandError::not_evaluated(format!(
            "the governed branch {branch} is not in this clone"
        ))
        .help(help)),
    }
}

/// A revision becomes the commit that it names: another clone, or this one tomorrow, may know
/// another one by that name.
fn end(repository: &Repository, text: &str) -> Result<RequestedBound, CommandError> {
    if let Some(end) = End::instant(text) {
        return Ok(RequestedBound {
            text: text.to_owned(),
            end,
        });
    }
    let commit = repository.resolve(text)?;
    Ok(RequestedBound {
        text: commit.to_string(),
        end: End::Commit(commit),
    })
}

impl ReportScope {
    /// What `report`, read again, was about; `None` when it does not say so completely.
    pub fn of(report: &serde_json::Value, repository: &Repository) -> Option<Self> {
        let scope = &report["scope"];
        let commit = |value: &serde_json::Value| value.as_str()?.parse::<ObjectId>().ok();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let head = commit(&scope["head"]["commit"])?;
        let anchor = commit(&scope["anchor"]["commit"])?;
        let landings = report["period"]["landings"].as_u64()?;
        let first = scope["head"]["position"]
            .as_u64()?
            .checked_add(1)?
            .checked_sub(landings)?;
        let ends = |text: String, landing: Option<ObjectId>| {
            let end = match End::instant(&text) {
                Some(end) => end,
                // Another name of the commit would be in the report that is made again, and be the
                // same there.
                None => End::Commit(landing.filter(|landing| landing.to_string() == text)?),
            };
            Some(RequestedBound { text, end })
        };
        let before = || {
            let line = repository.line(head, Some(anchor)).ok()?;
            line.get(usize::try_from(first.checked_sub(1)?).ok()?)
                .map(|node| node.id)
        };
        let since = match text(&report["period"]["since"]["requested"]) {
            Some(text) => Some(ends(text, before())?),
            None => None,
        };
        let until = match text(&report["period"]["until"]["requested"]) {
            Some(text) => Some(ends(text, Some(head))?),
            None => None,
        };
        Some(Self {
            head,
            anchor: scope["anchor_pinned"].as_bool()?.then_some(anchor),
            includes: commit(&scope["includes"]),
            now: scope["now"].as_str()?.parse().ok()?,
            since,
            until,
            subjects: scope["subjects"]
                .as_array()
                .map(|all| all.iter().filter_map(text).collect())
                .unwrap_or_default(),
            frameworks: report["frameworks"]
                .as_array()?
                .iter()
                .filter_map(|framework| text(&framework["id"]))
                .collect(),
        })
    }
}
