//! Tests of agents: what they use, and where their faults are reported.

use super::{AGENT, Case};
use crate::document::validate::agent_uses;
use crate::policy_input::Profile;
use crate::{Kind, RuleId};

#[test]
fn an_agent_names_what_it_uses_with_ranges() {
    let case = Case::new(Kind::Agent, Profile::Lenient);
    assert_eq!(case.found(AGENT), []);
    let uses: Vec<_> = agent_uses(AGENT.as_bytes())
        .iter()
        .map(|(subject, range)| format!("{subject}@{range}"))
        .collect();
    assert_eq!(
        uses,
        [
            "skill/pdf-tools@^1.2",
            "agent/human-desk@*",
            "contract/refund@>=1, <3"
        ]
    );
    assert_eq!(agent_uses(b"schema: [\n"), []);
}

#[test]
fn faults_of_an_agent_are_reported_at_their_line() {
    let case = Case::new(Kind::Agent, Profile::Lenient);
    for (from, to, rule, line) in [
        ("@^1.2", "", RuleId::AgentInvalid, 6),
        ("@^1.2", "@one", RuleId::AgentInvalid, 6),
        ("skill/pdf-tools", "tool/x", RuleId::AgentInvalid, 6),
        ("skill/pdf-tools", "principal/ann", RuleId::AgentInvalid, 6),
        (
            "contract/refund@>=1, <3",
            "skill/pdf-tools@*",
            RuleId::AgentInvalid,
            7,
        ),
        (
            "contract/refund@>=1, <3",
            "agent/triage@*",
            RuleId::AgentInvalid,
            7,
        ),
        ("agent/human-desk", "skill/x", RuleId::AgentInvalid, 13),
        (
            "countersign.budget/v1",
            "countersign.budget/v2",
            RuleId::SchemaUnknown,
            9,
        ),
        (
            "countersign.agent/v1",
            "countersign.agent/v2",
            RuleId::SchemaUnknown,
            1,
        ),
        ("max_turns", "max_turn", RuleId::AgentInvalid, 9),
        ("owner: ann", "owner: bob", RuleId::DocumentOwner, 3),
        ("1.10.0", "1.10", RuleId::Unversioned, 2),
        ("model: claude-sonnet-4-5\n", "", RuleId::AgentInvalid, 1),
    ] {
        let found = case.found(&AGENT.replacen(from, to, 1));
        assert_eq!(found, [(rule, line)], "{to}");
    }
    let mut folder = Case::new(Kind::Agent, Profile::Lenient);
    (folder.path, folder.is_folder) = ("agents/triage", true);
    assert_eq!(
        folder.problems(&[("a.yaml", AGENT.as_bytes())])[0].rule,
        RuleId::AgentInvalid
    );
}
