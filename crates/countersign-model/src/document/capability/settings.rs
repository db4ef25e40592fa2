//! What documents and settings grant and forbid.

use serde_json::Value;

use super::Capabilities;
use super::commands;
use crate::document_input::contract::GovernanceInput;
use crate::document_input::server::{ArgumentInput, KeyValueInput, ServerInput};
use crate::document_input::{AgentInput, Mode};

/// Packages, remotes, environment and headers of an MCP server.
pub(super) fn server(server: &ServerInput, found: &mut Capabilities) {
    for package in &server.packages {
        let version = package
            .version
            .as_deref()
            .map(|version| format!("@{version}"))
            .unwrap_or_default();
        found.permissions.insert(format!(
            "package {}:{}{version}",
            package.registry_type, package.identifier
        ));
        if let Some(base) = &package.registry_base_url {
            commands::hosts(base, &mut found.hosts);
        }
        match &package.file_sha256 {
            Some(digest) => found.restrictions.insert(format!(
                "package file {} is sha256:{digest}",
                package.identifier
            )),
            None => false,
        };
        found.commands.extend(package.runtime_hint.clone());
        keys("environment", &package.environment_variables, found);
        keys("header", &package.transport.headers, found);
        arguments("runtime argument", &package.runtime_arguments, found);
        arguments("argument", &package.package_arguments, found);
    }
    for remote in &server.remotes {
        found
            .permissions
            .extend(remote.url.as_ref().map(|url| format!("remote {url}")));
        keys("header", &remote.headers, found);
    }
}

// Names only: a value may be a secret.
fn keys(what: &str, values: &[KeyValueInput], found: &mut Capabilities) {
    for value in values {
        let secret = if value.value.is_secret { "secret " } else { "" };
        found
            .permissions
            .insert(format!("{secret}{what} {}", value.name));
    }
}

fn arguments(what: &str, arguments: &[ArgumentInput], found: &mut Capabilities) {
    for argument in arguments {
        let name = argument
            .name
            .as_deref()
            .or(argument.value_hint.as_deref())
            .or(argument.value.value.as_deref());
        found
            .permissions
            .extend(name.map(|name| format!("{what} {}", without_value(name))));
    }
}

// `--token=abc` is named by what is before the sign.
fn without_value(argument: &str) -> &str {
    argument.split('=').next().unwrap_or(argument)
}

/// Tools, uses, budget and handovers of an agent.
pub(super) fn agent(agent: &AgentInput, found: &mut Capabilities) {
    found.tools.extend(agent.tools.iter().cloned());
    found.permissions.insert(format!("model {}", agent.model));
    found
        .permissions
        .extend(agent.uses.iter().map(|used| format!("uses {used}")));
    if let Some(budget) = &agent.budget {
        let limits = [
            ("max_turns", budget.max_turns.map(u64::from)),
            ("max_tool_calls", budget.max_tool_calls.map(u64::from)),
            ("max_tokens", budget.max_tokens),
            ("max_seconds", budget.max_seconds),
            ("max_cost_cents", budget.max_cost_cents),
        ];
        found.restrictions.extend(
            limits
                .iter()
                .filter_map(|(name, limit)| limit.map(|limit| format!("budget {name} {limit}"))),
        );
    }
    for handoff in agent.handoffs.iter().flat_map(|block| &block.to) {
        found
            .permissions
            .insert(format!("hands off to {}", handoff.agent));
        if handoff.approval {
            found
                .restrictions
                .insert(format!("asks before handing off to {}", handoff.agent));
        }
    }
}

/// Scopes, modes, approvals and logging of a contract.
pub(super) fn contract(governance: &GovernanceInput, found: &mut Capabilities) {
    found.tools.insert(governance.tool.clone());
    found.permissions.insert(format!(
        "identity {}",
        governance.hard_boundary.service_identity
    ));
    found.permissions.extend(
        governance
            .hard_boundary
            .api_scope
            .iter()
            .map(|scope| format!("scope {scope}")),
    );
    found.permissions.extend(
        governance
            .allowed_modes
            .iter()
            .map(|mode| format!("mode {}", mode.as_str())),
    );
    found
        .permissions
        .insert(format!("default mode {}", governance.default_mode.as_str()));
    found.permissions.insert(format!(
        "mode after a timeout {}",
        governance.approval.timeout_fallback.as_str()
    ));
    found.permissions.insert(format!(
        "reviewed by {}",
        governance.approval.reviewer_group
    ));
    found.restrictions.extend(
        governance
            .hard_boundary
            .blocked_scopes
            .iter()
            .map(|scope| format!("blocked scope {scope}")),
    );
    found.restrictions.extend(
        governance
            .approval
            .required_for
            .iter()
            .map(|action| format!("approval for {action}")),
    );
    if governance.rollback.safest_mode != Mode::Fallback {
        found.restrictions.insert(format!(
            "safest mode {}",
            governance.rollback.safest_mode.as_str()
        ));
    }
    let evidence = &governance.evidence;
    let logged = [
        ("decisions are logged", evidence.log_decision),
        ("policy values are logged", evidence.log_policy_values),
        ("reviewers are logged", evidence.log_reviewer),
        (
            "sensitive inputs are not logged",
            evidence.avoid_sensitive_inputs,
        ),
    ];
    found.restrictions.extend(
        logged
            .iter()
            .filter(|(_, holds)| *holds)
            .map(|(what, _)| (*what).to_owned()),
    );
}

/// The parts that harnesses' settings have in common: permissions, hooks, and MCP servers.
pub(super) fn read(value: &Value, found: &mut Capabilities) {
    let Value::Object(fields) = value else {
        if let Value::Array(items) = value {
            for item in items {
                read(item, found);
            }
        }
        return;
    };
    for (field, value) in fields {
        let texts = || {
            value
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
        };
        match (field.as_str(), value) {
            ("allow" | "includeTools" | "enabledTools", Value::Array(_)) => {
                found
                    .permissions
                    .extend(texts().map(|text| format!("allow {text}")));
            }
            ("deny" | "ask" | "excludeTools" | "disabledTools", Value::Array(_)) => {
                found
                    .restrictions
                    .extend(texts().map(|text| format!("{field} {text}")));
            }
            ("additionalDirectories", Value::Array(_)) => found
                .permissions
                .extend(texts().map(|text| format!("folder {text}"))),
            ("defaultMode", Value::String(mode)) => {
                found.permissions.insert(format!("default mode {mode}"));
            }
            ("command", Value::String(command)) => {
                let arguments = fields
                    .get("args")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str);
                let words: Vec<_> = std::iter::once(command.as_str())
                    .chain(arguments.map(without_value))
                    .collect();
                let line = words.join(" ");
                commands::shell(&line, &mut found.commands);
                found.permissions.insert(format!("runs {line}"));
            }
            ("url" | "httpUrl" | "serverUrl", Value::String(url)) => {
                found
                    .permissions
                    .insert(format!("remote {}", url.split('?').next().unwrap_or(url)));
            }
            ("env", Value::Object(names)) => found
                .permissions
                .extend(names.keys().map(|name| format!("environment {name}"))),
            ("headers", Value::Object(names)) => found
                .permissions
                .extend(names.keys().map(|name| format!("header {name}"))),
            (
                "enableAllProjectMcpServers" | "trust" | "skipDangerousModePermissionPrompt",
                Value::Bool(true),
            ) => {
                found.permissions.insert(format!("{field} is on"));
            }
            _ => read(value, found),
        }
    }
}
