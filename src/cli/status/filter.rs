//! Which subjects `status` and `suggest` show, by what is known of them.

use std::collections::BTreeSet;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::cli::shell_word::quoted;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::Subject;
use crate::model::{State, SubjectId};

/// Subjects by what is known of them; all of these options must fit.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which subjects")]
pub struct SubjectFilter {
    /// Only subjects in this state; may be repeated
    #[arg(long, value_name = "STATE", value_parser = states(), value_delimiter = ',')]
    state: Vec<State>,
    /// Only subjects of this owner, a person or a team
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Only drafts that wait for approvals
    #[arg(long)]
    waiting: bool,
    /// Only subjects whose files are not those of the current version
    #[arg(long)]
    stale: bool,
}

impl SubjectFilter {
    /// Those of `wanted` (all where it is `None`) that fit.
    pub fn narrow(
        &self,
        ledger: &Ledger,
        wanted: Option<BTreeSet<SubjectId>>,
    ) -> Option<BTreeSet<SubjectId>> {
        if !self.is_active() {
            return wanted;
        }
        let named = |id: &SubjectId| wanted.as_ref().is_none_or(|wanted| wanted.contains(id));
        let subjects = ledger.subjects.values();
        let fitting = subjects.filter(|subject| named(&subject.id) && self.fits(subject));
        Some(fitting.map(|subject| subject.id.clone()).collect())
    }

    fn is_active(&self) -> bool {
        !self.state.is_empty() || self.owner.is_some() || self.waiting || self.stale
    }

    fn fits(&self, subject: &Subject) -> bool {
        let owned = |name: &String| {
            let written = subject.owners_written.contains(name);
            written || subject.owners.iter().any(|owner| owner.as_str() == name)
        };
        (self.state.is_empty() || self.state.contains(&subject.shown_state()))
            && self.owner.as_ref().is_none_or(owned)
            && (!self.waiting || is_waiting(subject))
            && (!self.stale || is_stale(subject))
    }

    /// Adds these options to a command as it is typed.
    pub fn add_to(&self, command: &mut String) {
        for state in &self.state {
            command.push_str(&format!(" --state {state}"));
        }
        if let Some(owner) = &self.owner {
            command.push_str(&format!(" --owner {}", quoted(owner)));
        }
        for (set, option) in [(self.waiting, " --waiting"), (self.stale, " --stale")] {
            command.push_str(if set { option } else { "" });
        }
    }
}

/// Whether the version in the tree is a draft that approvals could make an approved one.
pub fn is_waiting(subject: &Subject) -> bool {
    subject.head_version().is_some_and(|version| {
        version.state == State::Draft
            && version.rejected_by.is_empty()
            && version.requirements.iter().any(|one| one.missing > 0)
    })
}

/// Whether the tree holds other bytes than those of the current version.
fn is_stale(subject: &Subject) -> bool {
    subject.current.is_some() && !subject.paths.is_empty() && subject.head != subject.current
}

fn states() -> impl clap::builder::TypedValueParser<Value = State> {
    const STATES: [State; 7] = [
        State::Draft,
        State::Approved,
        State::Deprecated,
        State::Archived,
        State::RolledBack,
        State::Blocked,
        State::Revoked,
    ];
    PossibleValuesParser::new(STATES.map(State::as_str)).map(|word| {
        let known = STATES.into_iter().find(|state| state.as_str() == word);
        known.expect("only these words are possible")
    })
}
