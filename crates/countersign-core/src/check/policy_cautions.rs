//! What people should know about a policy before it lands: that its administrators could not change
//! it any more, or that it cannot take effect.

use super::rules::Rule;
use crate::evidence::PolicyVersion;
use crate::lifecycle::Lifecycle;
use crate::replay::Replay;
use countersign_model::{Fact, Observation, RuleId};

/// Something that people should know about a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caution {
    /// The rule that says so in `check`.
    pub rule: RuleId,
    /// The sentence, with what to do.
    pub sentence: String,
}

/// What to know about `version`. Empty when there is nothing to say.
pub fn cautions(replay: &Replay, version: &PolicyVersion) -> Vec<Caution> {
    let mut found = Vec::new();
    let (count, able) = (
        version.policy.policy_changes,
        replay.able_administrators(version),
    );
    let observation = Lifecycle::too_few(count, able);
    if able < count as usize {
        found.push(observation.with(Fact::Why, "this policy could never be changed again"));
    } else if able == count as usize {
        found.push(observation.with(
            Fact::Why,
            "without one of them it could never be changed again",
        ));
    }
    if let Some(key) = replay.reassigned_key(version) {
        found.push(
            Observation::new(RuleId::KeyReassigned)
                .principal(&key.to)
                .with(Fact::From, &key.from)
                .with(Fact::Key, &key.key),
        );
    }
    let caution = |observation: &Observation| Caution {
        rule: observation.rule,
        sentence: sentence(observation),
    };
    found.iter().map(caution).collect()
}

fn sentence(observation: &Observation) -> String {
    let rule = Rule::of(observation.rule);
    format!(
        "{} ({}). {}",
        rule.message(observation),
        rule.id,
        rule.help(observation)
    )
}
