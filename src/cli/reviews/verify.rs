//! `countersign reviews verify`: recorded reviews against what the forge says now.

use std::collections::BTreeMap;

use clap::Args;

use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::forge::ForgeSource;
use crate::cli::question;
use crate::cli::session::Session;
use crate::document;
use crate::evidence::review::differences;
use crate::forge::Pull;
use crate::git::Repository;
use crate::lifecycle::ledger::{Outcome, RecordStanding};
use crate::model::{Decision, EvidenceKind};
use crate::render::{VerifiedReview, human, json};
use crate::replay::Replay;

/// Compare every recorded review with the forge, and report what has changed
///
/// Exits with 1 if anything differs. This revokes nothing: an approval that was dismissed after its
/// landing still counted when it landed.
#[derive(Debug, Args)]
pub struct Verify {
    /// Only reviews of this pull request; may be repeated
    #[arg(long, value_name = "N")]
    pull: Vec<u64>,
    #[command(flatten)]
    source: ForgeSource,
}

impl Verify {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        let answer = question::ask(session, &repository)?;
        let policy = &answer.survey.replay.policy.policy;
        let opened = self.source.forge_or_live(session, policy)?;
        let forge = opened.forge();
        let mut pulls: BTreeMap<u64, Pull> = BTreeMap::new();
        let mut verified = Vec::new();
        for (standing, decision) in recorded(&repository, &answer.survey.replay)? {
            let Some(proof) = decision
                .review
                .filter(|proof| self.pull.is_empty() || self.pull.contains(&proof.at.pull))
            else {
                continue;
            };
            let pull = match pulls.get(&proof.at.pull) {
                Some(pull) => pull,
                None => pulls
                    .entry(proof.at.pull)
                    .or_insert(forge.pull(proof.at.pull)?),
            };
            verified.push(VerifiedReview {
                path: standing.path.to_string(),
                principal: decision.principal,
                subject: decision.items[0].subject.clone(),
                version: decision.items[0].version.clone(),
                at: proof.at.clone(),
                differences: differences(&proof, pull, policy),
            });
        }
        opened.save(policy)?;
        let text = if session.json() {
            json::text(&json::reviews_verified(&verified))
        } else {
            human::reviews_verified(&verified)
        };
        session.out.result(&text)?;
        let same = verified.iter().all(|review| review.differences.is_empty());
        Ok(if same { ExitCode::Pass } else { ExitCode::Fail })
    }
}

/// The accepted records of reviews that are in the tree unchanged, in order of path.
fn recorded<'r>(
    repository: &Repository,
    replay: &'r Replay,
) -> Result<Vec<(&'r RecordStanding, Decision)>, CommandError> {
    let mut found = Vec::new();
    for (digest, standing) in &replay.ledger.records {
        if !matches!(
            standing.outcome,
            Outcome::Accepted {
                evidence: EvidenceKind::Review,
                ..
            }
        ) {
            continue;
        }
        let Some(entry) = repository.entry_at(replay.tree, standing.path.as_bytes())? else {
            continue;
        };
        let bytes = repository.blob(entry.id)?;
        if crate::model::Digest::of(&bytes) != *digest {
            continue;
        }
        if let Ok(decision) = document::decision::parse(&standing.path, &bytes) {
            found.push((standing, decision));
        }
    }
    found.sort_by(|a, b| a.0.path.cmp(&b.0.path));
    Ok(found)
}
