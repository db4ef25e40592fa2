//! Whether a pull request may rewrite the workflow that judges it.

use super::environment::{Environment, Origin};
use crate::cli::live;
use crate::cli::session::Session;
use crate::forge::RequiredWorkflow;
use crate::judge::Answer;
use crate::model::{Fact, Observation, RuleId};

/// Says so when nothing keeps the judged change from rewriting the workflow: neither `protect` nor
/// a ruleset that requires it.
pub(super) fn observe(session: &Session<'_>, environment: &Environment, answer: &mut Answer) {
    let Some(workflow) = &environment.workflow else {
        return;
    };
    let policy = &answer.survey.replay.policy.policy;
    if policy.protect.contains(workflow) {
        return;
    }
    // A forge that gives no answer knows of no such ruleset: the warning stays.
    let required = environment
        .token
        .as_ref()
        .and_then(|_| live::forge(policy, session.out).ok())
        .and_then(|forge| forge.required_workflows(&policy.branch).ok())
        .unwrap_or_default();
    if !required
        .iter()
        .any(|one| requires(one, workflow, &environment.origin))
    {
        answer
            .survey
            .add(&Observation::new(RuleId::GateNotProtected).with(Fact::Workflow, workflow));
    }
}

/// Whether a ruleset requires this very workflow: of this repository by its number, or of another
/// one, which no pull request here changes.
fn requires(required: &RequiredWorkflow, workflow: &str, origin: &Origin) -> bool {
    let this = origin.repository == Some(required.repository);
    required.path == workflow && this == origin.own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ruleset_counts_only_for_the_workflow_that_runs() {
        let path = ".github/workflows/countersign.yml";
        let required = |repository: u64| RequiredWorkflow {
            repository,
            path: path.to_owned(),
            reference: None,
        };
        let own = Origin {
            own: true,
            repository: Some(7),
        };
        let elsewhere = Origin {
            own: false,
            repository: Some(7),
        };
        assert!(requires(&required(7), path, &own) && requires(&required(8), path, &elsewhere));
        assert!(!requires(&required(8), path, &own) && !requires(&required(7), path, &elsewhere));
        assert!(!requires(&required(7), ".github/workflows/other.yml", &own));
        assert!(!requires(
            &required(7),
            path,
            &Origin {
                own: true,
                repository: None
            }
        ));
    }
}
