//! Tests of contracts: modes, scopes and roles.

use super::Case;
use crate::policy_input::Profile;
use crate::{Kind, RuleId};

const CONTRACT: &str = "schema: countersign.contract/v1
version: 1.0.0
agentToolGovernance:
  workflow: refunds
  owner: ann
  tool: billing.refund
  riskClass: high
  defaultMode: draft_write
  allowedModes: ['off', observe, search_only, draft_write, fallback]
  hardBoundary:
    serviceIdentity: refund-bot
    apiScope: [refund:draft, order:read]
    blockedScopes: [refund:send]
  runtimeControls: {modeFlag: a, approvalFlag: b, denylistFlag: c, fallbackFlag: d}
  approval: {requiredFor: [send], reviewerGroup: data, timeoutFallback: fallback}
  evidence: {logDecision: true, logPolicyValues: true, logReviewer: true, avoidSensitiveInputs: true}
  rollback: {safestMode: 'off', owner: bob}
";

#[test]
fn a_contract_is_checked_beyond_its_schema() {
    let case = Case::new(Kind::Contract, Profile::Lenient);
    assert_eq!(case.found(CONTRACT), []);
    assert_eq!(
        case.found(&CONTRACT.replace("[refund:draft, order:read]", "refund:draft")),
        []
    );
    for (from, to, rule, line) in [
        (
            "defaultMode: draft_write",
            "defaultMode: approval_required",
            RuleId::ContractMode,
            8,
        ),
        (
            "defaultMode: draft_write",
            "defaultMode: fallback",
            RuleId::ContractMode,
            8,
        ),
        (
            "safestMode: 'off'",
            "safestMode: fallback",
            RuleId::ContractMode,
            17,
        ),
        (
            "safestMode: 'off'",
            "safestMode: approval_required",
            RuleId::ContractMode,
            17,
        ),
        (
            "timeoutFallback: fallback",
            "timeoutFallback: approval_required",
            RuleId::ContractMode,
            15,
        ),
        ("['off', observe", "['off', 'off'", RuleId::ContractMode, 9),
        ("refund:draft", "\"refund:*\"", RuleId::ContractScope, 12),
        (
            "[refund:draft, order:read]",
            "\"*\"",
            RuleId::ContractScope,
            12,
        ),
        (
            "[refund:draft, order:read]",
            "[]",
            RuleId::ContractScope,
            12,
        ),
        ("[refund:send]", "[Order:Read]", RuleId::ContractScope, 13),
        (
            "reviewerGroup: data",
            "reviewerGroup: unlisted",
            RuleId::ContractRole,
            15,
        ),
        ("owner: ann", "owner: unlisted", RuleId::ContractRole, 5),
        ("owner: ann", "owner: bob", RuleId::DocumentOwner, 5),
        ("owner: bob", "owner: unlisted", RuleId::ContractRole, 17),
        (
            "riskClass: high",
            "riskClass: grave",
            RuleId::ContractInvalid,
            7,
        ),
        (
            "version: 1.0.0",
            "version: 1.0.0\nspec: {rules: []}",
            RuleId::ContractInvalid,
            3,
        ),
    ] {
        let found = case.found(&CONTRACT.replacen(from, to, 1));
        assert!(found.contains(&(rule, line)), "{to}: {found:?}");
        assert!(
            found.iter().all(|(found, _)| *found == rule),
            "{to}: {found:?}"
        );
    }
    assert_eq!(
        case.found(&CONTRACT.replace("version: 1.0.0", "version: 1.0.0\nspec: {}")),
        []
    );
    assert_eq!(
        case.found(&CONTRACT.replace("contract/v1", "contract/v9")),
        [(RuleId::SchemaUnknown, 1)]
    );
}
