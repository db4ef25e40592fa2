//! What an approver should know before they sign, and the question whether they want to.

use super::DecisionContext;
use crate::check::comparison::CapabilityChange;
use crate::cli::error::CommandError;
use crate::cli::landed;
use crate::cli::terminal;
use crate::lifecycle::ledger::VersionKey;
use crate::model::quantity::counted;
use crate::model::{Decision, DecisionItem, Kind, VersionRef};
use crate::render::escape;

/// Items whose files are compared.
const MOST_ITEMS: usize = 50;

/// Capabilities of one item that are named.
const MOST_CAPABILITIES: usize = 8;

impl DecisionContext<'_> {
    /// Prints which capabilities each version adds to the current one of its subject.
    pub(super) fn show_capabilities(&self, decision: &Decision) {
        let several = decision.items.len() > 1;
        for item in decision.items.iter().take(MOST_ITEMS) {
            // The line above has the name of a single one.
            let name = |version: String| {
                if several {
                    format!("{}{version}: ", item.subject)
                } else {
                    String::new()
                }
            };
            if item.subject.kind == Kind::Policy {
                self.session.out.note(&format!(
                    "  {}`countersign policy diff` shows what it changes",
                    name(String::new())
                ));
            } else if let Some((version, adds)) = self.added(item) {
                self.session
                    .out
                    .note(&format!("  {}{adds}", name(format!(" {version}"))));
            }
        }
    }

    /// The label of an item's version and what it adds; `None` where its bytes cannot be read here.
    fn added(&self, item: &DecisionItem) -> Option<(String, String)> {
        let VersionRef::One(version, digest) = &item.version else {
            return None;
        };
        let subject = self.history.replay.ledger.subjects.get(&item.subject)?;
        let key = VersionKey {
            version: version.clone(),
            digest: *digest,
        };
        let version = subject.version(&key)?;
        let replay = &self.history.replay;
        let (current, comparison) =
            landed::compared_with_current(&self.repository, replay, subject, version)?;
        let found = comparison.capabilities;
        let adds: Vec<String> = found.iter().filter(|one| one.widens).map(named).collect();
        let to = current.map_or_else(
            || "(no version is current)".to_owned(),
            |current| format!("(compared with {})", current.key.version.label()),
        );
        let listed = match adds.len() {
            0 => "no capability was found".to_owned(),
            many => {
                let first = adds.iter().take(MOST_CAPABILITIES).cloned();
                let first: Vec<String> = first.collect();
                let more = match many.saturating_sub(MOST_CAPABILITIES) {
                    0 => String::new(),
                    more => format!(" and {more} more (`countersign diff {}`)", item.subject),
                };
                format!("{}{more}", first.join(", "))
            }
        };
        Some((version.key.version.label(), format!("adds {to}: {listed}")))
    }
}

/// Asks on a terminal whether to sign; elsewhere the command was the answer.
pub(super) fn confirm(decision: &Decision) -> Result<(), CommandError> {
    let what = match decision.items.as_slice() {
        [_] => String::new(),
        items => format!(" {}", counted(items.len(), "subject")),
    };
    let question = format!(
        "Sign to {}{what} as {}? [y/N] ",
        decision.kind, decision.principal
    );
    match terminal::answer(&question) {
        None => Ok(()),
        Some(answer) if ["y", "yes"].contains(&answer.to_lowercase().as_str()) => Ok(()),
        Some(_) => Err(CommandError::usage("nothing was signed or written")
            .help("Answer `y` to sign, or pass --yes to sign without a question.")),
    }
}

fn named(one: &CapabilityChange) -> String {
    let item = escape::terminal(&one.item);
    match one.sign {
        '-' => format!("no {} {item}", one.aspect.as_str()),
        _ => format!("{} {item}", one.aspect.as_str()),
    }
}
