//! Everything in a ledger and in the tree at its head that `check` judges.

use super::due::due;
use super::landing::{self, Facts};
use super::logins::Logins;
use super::obstacle;
use crate::lifecycle::Ledger;
use countersign_model::{Fact, Observation, RuleId};

/// What the replay observed, and what the states of versions mean for the tree.
pub fn observations(ledger: &Ledger, facts: &Facts<'_>) -> Vec<Observation> {
    let logins = Logins::of(facts.policy);
    let mut observations = ledger.observations.clone();
    if let Some(due) = ledger
        .pending
        .as_ref()
        .and_then(|pending| due(std::slice::from_ref(&pending.requirement), &logins))
    {
        for pending in observations
            .iter_mut()
            .filter(|observation| observation.rule == RuleId::PolicyPending)
        {
            pending.facts.insert(Fact::Due, due.clone());
        }
    }
    observations.extend(landing::judge(ledger, facts));
    obstacle::note(ledger, &mut observations);
    observations
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::check::sample::{digest, facts, ledger, policy, requirement, skill, version_state};
    use crate::lifecycle::ledger::PendingPolicy;
    use countersign_model::State;

    #[test]
    fn joins_observations_with_their_meaning_and_names_who_a_policy_waits_for() {
        let mut ledger = ledger(vec![skill(
            "x",
            vec![version_state("1.0.0", "bytes", 3, State::Draft)],
        )]);
        ledger.pending = Some(PendingPolicy {
            serial: 8,
            digest: digest("new"),
            requirement: requirement(2, &["alice"], &["carol"]),
            authors: BTreeSet::new(),
            exempt: BTreeSet::new(),
        });
        ledger
            .observations
            .push(Observation::new(RuleId::PolicyPending).with(Fact::Serial, 8));
        let (policy, none) = (policy(), BTreeSet::new());
        let found = observations(&ledger, &facts(&policy, &none));
        assert_eq!(found[0].facts[&Fact::Due], "1 of 2: needs carol");
        assert_eq!(
            found
                .iter()
                .map(|observation| observation.rule)
                .collect::<Vec<_>>(),
            [RuleId::PolicyPending, RuleId::UnapprovedVersion]
        );
    }
}
