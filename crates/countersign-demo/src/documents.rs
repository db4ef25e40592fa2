//! Small valid documents of every kind.

use super::tree::Tree;

/// The text of a SKILL.md that keeps the Agent Skills specification.
pub fn skill_text(name: &str, version: &str, body: &str) -> String {
    format!(
        "---\nname: {name}\ndescription: Use when the task calls for {name}.\nlicense: MIT\nmetadata:\n  version: \"{version}\"\n---\n\n# {name}\n\n{body}\n"
    )
}

/// The text of a prompt.
pub fn prompt_text(version: &str, body: &str) -> String {
    format!("---\nversion: {version}\n---\n\n{body}\n")
}

/// The text of an agent; `uses` are `kind/name@range`.
pub fn agent_text(version: &str, owner: &str, uses: &[&str]) -> String {
    let uses: Vec<String> = uses
        .iter()
        .map(|used| format!("  - \"{used}\"\n"))
        .collect();
    format!(
        "schema: countersign.agent/v1\nversion: {version}\nowner: {owner}\nmodel: any\nuses:\n{}tools: [Read, Grep]\n",
        uses.concat()
    )
}

/// The text of an MCP server's server.json.
pub fn server_text(name: &str, version: &str) -> String {
    let server = serde_json::json!({
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": format!("example.acme/{name}"),
        "description": format!("The {name} of Acme"),
        "version": version,
        "remotes": [{"type": "streamable-http", "url": format!("https://{name}.acme.example/mcp")}],
    });
    format!("{server:#}\n")
}

/// The text of a tool-governance contract.
pub fn contract_text(version: &str, workflow: &str, owner: &str, reviewers: &str) -> String {
    format!(
        "schema: countersign.contract/v1
version: {version}
agentToolGovernance:
  workflow: {workflow}
  owner: {owner}
  tool: {workflow}-api
  riskClass: high
  defaultMode: draft_write
  allowedModes: [\"off\", observe, draft_write, approval_required, fallback]
  hardBoundary:
    serviceIdentity: {workflow}-bot
    apiScope: [{workflow}.read, {workflow}.draft]
    blockedScopes: [{workflow}.delete]
  runtimeControls:
    modeFlag: {workflow}.mode
    approvalFlag: {workflow}.approval
    denylistFlag: {workflow}.denylist
    fallbackFlag: {workflow}.fallback
  approval:
    requiredFor: [{workflow}.draft]
    reviewerGroup: {reviewers}
    timeoutFallback: observe
  evidence:
    logDecision: true
    logPolicyValues: true
    logReviewer: true
    avoidSensitiveInputs: true
  rollback:
    safestMode: observe
    owner: {owner}
"
    )
}

impl Tree {
    /// Puts the Skill `skills/<name>` with a SKILL.md.
    pub fn put_skill(&mut self, name: &str, version: &str, body: &str) {
        self.put(
            format!("skills/{name}/SKILL.md"),
            skill_text(name, version, body),
        );
    }
}
