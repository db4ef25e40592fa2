//! A governance contract: what its schema cannot say about modes, scopes and roles.

use std::collections::BTreeSet;

use super::{Context, owner, under, version};
use crate::document::head;
use crate::document::problem::{Problem, shown};
use crate::document::schema;
use crate::document::spans::join;
use crate::document::yaml::{self, Tree};
use crate::document_input::contract::GovernanceInput;
use crate::document_input::{ContractInput, Mode};
use crate::{Kind, RuleId, Severity};

const ROOT: &str = "/agentToolGovernance";

pub(super) fn check(context: &Context<'_>, problems: &mut Vec<Problem>) {
    let Some(file) = context.main().filter(|_| !context.package.is_folder) else {
        let help = "Change the policy's entry to match the file.";
        problems.push(context.problem(
            RuleId::ContractInvalid,
            "a contract is one YAML file, not a folder",
            help,
        ));
        return;
    };
    let path = context.path(file);
    let mut tree = match yaml::read(&path, file.bytes) {
        Ok(tree) => tree,
        Err(faults) => {
            problems.extend(under(RuleId::ContractInvalid, faults));
            return;
        }
    };
    problems.extend(tree.ambiguities());
    tree.read_as_text("/version");
    let (contract, faults) = schema::CONTRACT.read::<ContractInput>(&tree);
    let is_other_schema = contract.is_none()
        && faults
            .iter()
            .any(|fault| fault.rule == RuleId::SchemaUnknown);
    problems.extend(under(RuleId::ContractInvalid, faults));
    if is_other_schema {
        return;
    }
    problems.extend(version(
        &tree,
        head::pointers(Kind::Contract, context.is_lenient()).version,
    ));
    let Some(contract) = contract else { return };
    if !contract.spec.is_empty() {
        let help = "Remove the field: it is reserved for a later version of Countersign.";
        problems.push(tree.key_problem(
            RuleId::ContractInvalid,
            "/spec",
            "`spec` is reserved and must be empty",
            help,
        ));
    }
    modes(&tree, &contract.governance, problems);
    scopes(&tree, &contract.governance, problems);
    roles(context, &tree, &contract.governance, problems);
}

fn modes(tree: &Tree, governance: &GovernanceInput, problems: &mut Vec<Problem>) {
    let default = governance.default_mode;
    let fields = [
        ("/defaultMode", "the default mode", default),
        (
            "/rollback/safestMode",
            "the safest mode",
            governance.rollback.safest_mode,
        ),
        (
            "/approval/timeoutFallback",
            "the mode after a timeout",
            governance.approval.timeout_fallback,
        ),
    ];
    for (pointer, what, mode) in fields {
        let mut fault = |message: String, help: &str| {
            problems.push(tree.problem(
                RuleId::ContractMode,
                &format!("{ROOT}{pointer}"),
                message,
                help,
            ));
        };
        if !governance.allowed_modes.contains(&mode) {
            fault(
                format!(
                    "{what}, `{}`, is not among the allowed modes",
                    mode.as_str()
                ),
                "Choose an allowed mode, or add this one to `allowedModes`.",
            );
        }
        // `fallback` has no rank: it says that another way is taken, not how far that way goes.
        if mode == Mode::Fallback && pointer != "/approval/timeoutFallback" {
            fault(
                format!("{what} must not be `fallback`, which has no rank"),
                "Choose a mode from off to approval_required.",
            );
        }
        if let (Some(rank), Some(limit)) = (mode.rank(), default.rank())
            && rank > limit
        {
            fault(
                format!(
                    "{what}, `{}`, allows more than the default, `{}`",
                    mode.as_str(),
                    default.as_str()
                ),
                "Choose a mode that is not above the default.",
            );
        }
    }
    let mut seen = BTreeSet::new();
    for (index, mode) in governance.allowed_modes.iter().enumerate() {
        if !seen.insert(mode) {
            let pointer = join(&format!("{ROOT}/allowedModes"), index);
            let problem = tree.problem(
                RuleId::ContractMode,
                &pointer,
                format!("`{}` is listed twice", mode.as_str()),
                "Keep one of the two.",
            );
            problems.push(problem.review_context(Severity::Warning));
        }
    }
}

fn scopes(tree: &Tree, governance: &GovernanceInput, problems: &mut Vec<Problem>) {
    let boundary = &governance.hard_boundary;
    let api: Vec<_> = boundary.api_scope.iter().collect();
    let api_root = format!("{ROOT}/hardBoundary/apiScope");
    let blocked_root = format!("{ROOT}/hardBoundary/blockedScopes");
    let mut fault = |pointer: &str, message: String, help: &str| {
        problems.push(tree.problem(RuleId::ContractScope, pointer, message, help));
    };
    if api.is_empty() {
        fault(
            &api_root,
            "no scopes".to_owned(),
            "List the scopes of the service identity.",
        );
    }
    // A single scope is not a list, and its place is that of the field.
    let is_list = tree.has(&join(&api_root, 0));
    let placed = api.iter().enumerate().map(|(index, scope)| {
        (
            if is_list {
                join(&api_root, index)
            } else {
                api_root.clone()
            },
            *scope,
        )
    });
    let blocked = boundary
        .blocked_scopes
        .iter()
        .enumerate()
        .map(|(index, scope)| (join(&blocked_root, index), scope.as_str()));
    for (pointer, scope) in placed.chain(blocked) {
        if scope.trim().is_empty() {
            fault(&pointer, "an empty scope".to_owned(), "Remove it.");
        } else if scope.contains(['*', '?'])
            || matches!(scope.trim().to_ascii_lowercase().as_str(), "all" | "any")
        {
            fault(
                &pointer,
                format!("the wildcard scope `{}`", shown(scope)),
                "List each scope.",
            );
        }
    }
    let folded = |scope: &str| scope.trim().to_lowercase();
    let allowed: BTreeSet<_> = api.iter().map(|scope| folded(scope)).collect();
    for (index, scope) in boundary.blocked_scopes.iter().enumerate() {
        if allowed.contains(&folded(scope)) {
            let message = format!("`{}` is blocked and also in `apiScope`", shown(scope));
            fault(
                &join(&blocked_root, index),
                message,
                "Remove it from one of the two.",
            );
        }
    }
}

fn roles(
    context: &Context<'_>,
    tree: &Tree,
    governance: &GovernanceInput,
    problems: &mut Vec<Problem>,
) {
    let fields = [
        ("/owner", "the owner", &governance.owner),
        (
            "/approval/reviewerGroup",
            "the reviewer group",
            &governance.approval.reviewer_group,
        ),
        (
            "/rollback/owner",
            "the owner of the rollback",
            &governance.rollback.owner,
        ),
    ];
    for (pointer, what, name) in fields {
        let pointer = format!("{ROOT}{pointer}");
        if !owner::is_known(context.policy, name) {
            let message = format!(
                "{what}, `{}`, is neither a principal nor a team of the policy",
                shown(name)
            );
            problems.push(tree.problem(
                RuleId::ContractRole,
                &pointer,
                message,
                "Name a principal or team in countersign.yaml, or add this one there.",
            ));
        } else if pointer.ends_with("Governance/owner") {
            problems.extend(owner::check(context, tree, &[&pointer]));
        }
    }
}
