//! Rules about the content of a document.

use countersign::demo::Tree;
use countersign::demo::documents::{agent_text, contract_text, prompt_text, server_text};
use countersign::model::RuleId;

use crate::rules::{Case, Scene, landed, landed_in};
use countersign_testkit::Repo;

pub const CASES: &[Case] = &[
    (RuleId::YamlInvalid, yaml_invalid),
    (RuleId::YamlAmbiguous, yaml_ambiguous),
    (RuleId::SchemaInvalid, schema_invalid),
    (RuleId::SchemaUnknown, schema_unknown),
    (RuleId::SkillFrontmatter, skill_frontmatter),
    (RuleId::SkillName, skill_name),
    (RuleId::SkillField, skill_field),
    (RuleId::SkillPortability, skill_portability),
    (RuleId::SkillFileMissing, skill_file_missing),
    (RuleId::PromptInvalid, prompt_invalid),
    (RuleId::ServerInvalid, server_invalid),
    (RuleId::SecretLiteral, secret_literal),
    (RuleId::AgentInvalid, agent_invalid),
    (RuleId::AgentDependency, agent_dependency),
    (RuleId::ContractInvalid, contract_invalid),
    (RuleId::ContractMode, contract_mode),
    (RuleId::ContractScope, contract_scope),
    (RuleId::ContractRole, contract_role),
    (RuleId::DocumentOwner, document_owner),
    (RuleId::HiddenText, hidden_text),
    (RuleId::ReferenceEscapes, reference_escapes),
];

const SKILL: &str = "skills/pdf/SKILL.md";

fn put_skill(tree: &mut Tree) {
    tree.put_skill("pdf", "1.0.0", "Do it [well](how.md).");
    tree.put("skills/pdf/how.md", "Like this.\n");
}

/// A Skill, in which the broken case replaces `from` by `to`.
fn skill(broken: bool, from: &str, to: &str) -> Scene {
    landed(broken, put_skill, |tree| tree.replace(SKILL, from, to))
}

/// The same for the next policy, which waits for its approvals.
fn policy(broken: bool, more: &str) -> Scene {
    let repo = Repo::team();
    let next = repo.team_policy().successor(&repo.tree());
    landed_in(
        repo,
        broken,
        |tree| tree.put_policy(&next),
        |tree| tree.edit("countersign.yaml", |text| text + more),
    )
}

/// The same for an agent and the Skill that it uses.
fn agent(broken: bool, from: &str, to: &str) -> Scene {
    let sound = |tree: &mut Tree| {
        put_skill(tree);
        tree.put(
            "agents/triage.yaml",
            agent_text("1.0.0", "data-platform", &["skill/pdf@^1"]),
        );
    };
    landed(broken, sound, |tree| {
        tree.replace("agents/triage.yaml", from, to);
    })
}

/// The same for a server.
fn server(broken: bool, from: &str, to: &str) -> Scene {
    let text = server_text("mail", "1.0.0").replace(
        "/mcp\"",
        "/mcp\", \"headers\": [{\"name\": \"Authorization\", \"value\": \"Bearer {token}\"}]",
    );
    landed(
        broken,
        |tree| tree.put("servers/mail/server.json", text),
        |tree| tree.replace("servers/mail/server.json", from, to),
    )
}

/// The same for a contract.
fn contract(broken: bool, from: &str, to: &str) -> Scene {
    let text = contract_text("1.0.0", "refunds", "data-platform", "security");
    landed(
        broken,
        |tree| tree.put("contracts/refunds.yaml", text),
        |tree| tree.replace("contracts/refunds.yaml", from, to),
    )
}

fn yaml_invalid(broken: bool) -> Scene {
    policy(broken, "serial: 3\n")
}

fn yaml_ambiguous(broken: bool) -> Scene {
    contract(broken, "\"off\"", "off")
}

fn schema_invalid(broken: bool) -> Scene {
    policy(broken, "color: blue\n")
}

fn schema_unknown(broken: bool) -> Scene {
    agent(broken, "countersign.agent/v1", "countersign.agent/v2")
}

fn skill_frontmatter(broken: bool) -> Scene {
    skill(broken, "\n---\n\n#", "\n\n#")
}

fn skill_name(broken: bool) -> Scene {
    let strict = Repo::team_with(|policy| policy.line("profile: strict"), |_| ());
    landed_in(strict, broken, put_skill, |tree| {
        tree.replace(SKILL, "name: pdf", "name: fdp");
    })
}

fn skill_field(broken: bool) -> Scene {
    skill(
        broken,
        "description: Use when the task calls for pdf.\n",
        "",
    )
}

fn skill_portability(broken: bool) -> Scene {
    skill(broken, "name: pdf", "name: fdp")
}

fn skill_file_missing(broken: bool) -> Scene {
    landed(broken, put_skill, |tree| {
        tree.rename(SKILL, "skills/pdf/README.md");
    })
}

fn prompt_invalid(broken: bool) -> Scene {
    let sound = |tree: &mut Tree| tree.put("prompts/greet.md", prompt_text("1.0.0", "Hello."));
    landed(broken, sound, |tree| {
        tree.replace("prompts/greet.md", "1.0.0\n---\n", "1.0.0\n");
    })
}

fn server_invalid(broken: bool) -> Scene {
    server(broken, "\"1.0.0\"", "\"^1.0.0\"")
}

fn secret_literal(broken: bool) -> Scene {
    server(broken, "{token}", "abcdef")
}

fn agent_invalid(broken: bool) -> Scene {
    agent(broken, "skill/pdf@^1", "skill/pdf")
}

fn agent_dependency(broken: bool) -> Scene {
    agent(broken, "skill/pdf@^1", "skill/pdf@^2")
}

fn contract_invalid(broken: bool) -> Scene {
    contract(broken, "riskClass: high", "riskClass: grave")
}

fn contract_mode(broken: bool) -> Scene {
    contract(broken, "defaultMode: draft_write", "defaultMode: fallback")
}

fn contract_scope(broken: bool) -> Scene {
    contract(broken, "[refunds.delete]", "[refunds.read]")
}

fn contract_role(broken: bool) -> Scene {
    contract(broken, "reviewerGroup: security", "reviewerGroup: unlisted")
}

fn document_owner(broken: bool) -> Scene {
    agent(broken, "owner: data-platform", "owner: security")
}

fn hidden_text(broken: bool) -> Scene {
    skill(broken, "Do it", "Do\u{200b} it")
}

fn reference_escapes(broken: bool) -> Scene {
    skill(broken, "(how.md)", "(../how.md)")
}
