//! Agent definitions and tool-governance contracts.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::AgentInvalid,
        summary: "An agent definition does not match its schema",
        message: "this agent definition is not valid[: {why}]",
        why: "An agent runs with the tools and budget written here. A field that is not understood is a \
              limit that is not enforced.",
        help: "Fix the document at the location shown; `countersign schema agent` prints what is allowed.",
        detected_in: "countersign_model::document::validate::agent",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::AgentDependency,
        summary: "An agent uses something that is not governed here",
        message: "the agent uses {uses}[, which {why}]",
        why: "An agent is only as approved as what it uses. A reference to nothing, or to no version in \
              the range, is resolved by each harness in its own way.",
        help: "Add what it names, widen the range, or remove the line from `uses`.",
        detected_in: "countersign_core::replay::tip",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::ContractInvalid,
        summary: "A tool-governance contract does not match its schema",
        message: "this contract is not valid[: {why}]",
        why: "Runtimes enforce what the contract says. A field that cannot be read is a boundary that is \
              not enforced.",
        help: "Fix the document at the location shown; `countersign schema contract` prints what is allowed.",
        detected_in: "countersign_model::document::validate::contract",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::ContractMode,
        summary: "A contract's modes contradict each other",
        message: "the modes of this contract contradict each other[: {why}]",
        why: "The default mode must be allowed, and the fallback mode may not permit more than the \
              default. Otherwise a timeout or an incident makes the tool more powerful instead of less.",
        help: "Correct `defaultMode`, `allowedModes`, `rollback.safestMode` or `approval.timeoutFallback`.",
        detected_in: "countersign_model::document::validate::contract",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::ContractScope,
        summary: "A contract's scopes are unlimited or contradict each other",
        message: "the scopes of this contract set no limit[: {why}]",
        why: "A wildcard grants whatever is added later. Whether a scope that is both granted and blocked \
              is allowed depends on the implementation.",
        help: "List each scope by name, and put none in both `apiScope` and `blockedScopes`.",
        detected_in: "countersign_model::document::validate::contract",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::ContractRole,
        summary: "A contract names an owner or reviewers that are not in the policy",
        message: "the contract names someone who is not in the policy[: {why}]",
        why: "Approval at run time goes to the group named here. If the name resolves to no one, requests \
              wait forever or fall back.",
        help: "Name a principal or team of countersign.yaml, or add it there.",
        detected_in: "countersign_model::document::validate::contract",
        weight: Weight::always(Level::Error),
    },
];
