//! Verifies what is about to be signed against the tree, and shows it.

use crate::cli::error::CommandError;
use crate::model::{Decision, DecisionItem, Digest, Policy, VersionRef};
use crate::replay::contents;

use super::DecisionContext;
use crate::lifecycle::ledger::VersionKey;

/// Items that are shown one by one.
const MOST: usize = 50;

impl DecisionContext<'_> {
    /// Recomputes the digest of every item from the objects of the tree, refuses a mismatch, and
    /// prints what will be signed.
    pub(super) fn show_bytes(&self, decision: &Decision) -> Result<(), CommandError> {
        let mut lines = Vec::new();
        for item in &decision.items {
            lines.extend(self.held(decision, item)?);
        }
        let more = lines.len().saturating_sub(MOST);
        for line in lines.iter().take(MOST) {
            self.session.out.note(line);
        }
        if more > 0 {
            self.session.out.note(&format!(
                "… and {more} more, each verified against the tree"
            ));
        }
        Ok(())
    }

    /// What is decided about one item, and where its bytes are; `None` where the decision names no
    /// bytes.
    fn held(
        &self,
        decision: &Decision,
        item: &DecisionItem,
    ) -> Result<Option<String>, CommandError> {
        let replay = &self.history.replay;
        let kind = decision.kind;
        let found = match &item.version {
            VersionRef::All => return Ok(None),
            // A rival is on another line, and its bytes are in no tree of this one.
            VersionRef::Serial(_, digest)
                if replay
                    .ledger
                    .rivals
                    .iter()
                    .any(|rival| rival.digest == *digest) =>
            {
                format!(
                    "{kind} {} {}: {digest}, on another branch",
                    item.subject, item.version
                )
            }
            VersionRef::Serial(_, digest) => {
                let on_disk = contents::policy_package(&self.repository, replay.tree)?
                    .map(|package| package.manifest.digest());
                self.equal(item, *digest, on_disk)?;
                format!(
                    "{kind} {} {}: {digest}, {} {}",
                    item.subject,
                    item.version,
                    Policy::PATH,
                    self.place()
                )
            }
            VersionRef::One(version, digest) => {
                let subject = replay.ledger.subjects.get(&item.subject);
                let found = subject.and_then(|subject| {
                    subject.version(&VersionKey {
                        version: version.clone(),
                        digest: *digest,
                    })
                });
                let at = match (subject, found) {
                    (Some(subject), Some(found)) if found.present => {
                        let mut on_disk = Vec::new();
                        for path in &subject.paths {
                            let contents =
                                contents::in_tree(&self.repository, replay.tree, path.as_bytes())?;
                            on_disk.extend(
                                contents.map(|contents| (contents.manifest.digest(), path)),
                            );
                        }
                        let same = on_disk.iter().find(|(found, _)| found == digest);
                        self.equal(
                            item,
                            *digest,
                            same.or(on_disk.first()).map(|(found, _)| *found),
                        )?;
                        format!(
                            "{} {}",
                            same.map(|(_, path)| path.as_str()).unwrap_or_default(),
                            self.place()
                        )
                    }
                    (_, Some(found)) => match found.landed.and_then(|landing| landing.commit) {
                        Some(commit) => format!("landed in {}", commit.short()),
                        None => "no longer in the tree".to_owned(),
                    },
                    _ => "never landed".to_owned(),
                };
                format!(
                    "{kind} {} {}: {digest}, {at}",
                    item.subject,
                    version.label()
                )
            }
        };
        Ok(Some(found))
    }

    fn equal(
        &self,
        item: &DecisionItem,
        expected: Digest,
        found: Option<Digest>,
    ) -> Result<(), CommandError> {
        if found == Some(expected) {
            return Ok(());
        }
        let found = found.map_or_else(|| "nothing".to_owned(), |digest| digest.to_string());
        Err(CommandError::not_evaluated(format!(
            "{} is {expected} in the replay, but {found} in the tree {}",
            item.subject,
            self.place()
        ))
        .help("Run `git fsck`, then report this as a bug in Countersign. Nothing was signed."))
    }

    /// Which tree is decided about.
    fn place(&self) -> String {
        match self.history.base {
            Some(_) => format!("as merging it into {} lands it", self.governed()),
            None => format!("at {}", self.history.head.commit.short()),
        }
    }
}
