//! Secrets in what harnesses read: found in every governed text file, and never repeated.

use countersign::demo::documents::skill_text;

use countersign_testkit::{Checked, Repo, TestResult};

/// The path and text of each file, governed as the team governs setups and Skills.
fn with(files: &[(&str, &str)]) -> Repo {
    let entries = |policy: countersign::demo::PolicyDraft| {
        policy.with(|policy| {
            for path in [
                ".mcp.json",
                ".claude/settings.json",
                ".codex/config.toml",
                "goose.yaml",
            ] {
                policy.entries.push(format!(
                    "{{kind: setup, path: {path}, owners: [data-platform], name: settings-{}}}",
                    policy.entries.len()
                ));
            }
        })
    };
    let mut repo = Repo::team_with(entries, |_| ());
    let alice = repo.alice.clone();
    let put = |tree: &mut countersign::demo::Tree| {
        for (path, text) in files {
            tree.put(path, text);
        }
    };
    repo.commit(&alice, "Add files", put)
        .expect("the builder writes any tree");
    repo
}

#[track_caller]
fn finds(path: &str, text: &str, secret: &str) -> Checked {
    let checked = with(&[(path, text)]).check();
    checked
        .assert("fail", &[])
        .finding_at("secret-literal", path)
        .is("error");
    assert!(
        !checked.to_string().contains(secret),
        "a finding does not repeat a secret\n{checked}"
    );
    checked
}

fn token() -> String {
    ["ghp", "_16C7e42F292c6912E7710c838347Ae178B4a"].concat()
}

#[test]
fn refuses_a_token_anywhere_in_settings_of_a_harness() {
    let token = token();
    for (path, text) in [
        (
            ".mcp.json",
            r#"{"mcpServers":{"gh":{"command":"npx","args":["-y","x@1.0.0"],"env":{"GITHUB_TOKEN":"TOKEN"}}}}"#,
        ),
        (
            ".mcp.json",
            r#"{"mcpServers":{"r":{"type":"http","url":"https://x.example/mcp","headers":{"Authorization":"Bearer TOKEN"}}}}"#,
        ),
        (
            ".mcp.json",
            r#"{"mcpServers":{"r":{"command":"npx","args":["mcp-remote","--header","Authorization: Bearer TOKEN"]}}}"#,
        ),
        (
            ".claude/settings.json",
            r#"{"env":{"GITHUB_TOKEN":"TOKEN"}}"#,
        ),
        (
            ".claude/settings.json",
            "{\n  // for now\n  \"apiKeyHelper\": \"echo TOKEN\",\n}\n",
        ),
        (
            ".codex/config.toml",
            "[mcp_servers.gh.env]\nGITHUB_TOKEN = \"TOKEN\"\n",
        ),
        (
            "goose.yaml",
            "extensions:\n  gh:\n    envs: {GITHUB_TOKEN: TOKEN}\n",
        ),
        (".mcp.json", "{ not json, TOKEN"),
        ("skills/pdf/config.json", r#"{"token": "TOKEN"}"#),
        ("skills/pdf/run.sh", "export GH=TOKEN\n"),
        (
            "skills/pdf/SKILL.md",
            "---\nname: pdf\ndescription: Use it.\n---\n\nUse `TOKEN`.\n",
        ),
        ("prompts/ask.md", "Ask with TOKEN.\n"),
    ] {
        finds(
            path,
            &text
                .replace("TOKEN", &token)
                .replace(&format!("GITHUB_{token}"), "GITHUB_TOKEN"),
            &token,
        );
    }
}

#[test]
fn refuses_a_literal_value_of_a_name_that_says_secret() {
    for (path, text) in [
        (
            ".mcp.json",
            r#"{"mcpServers":{"gh":{"command":"x","env":{"API_KEY":"hunter22"}}}}"#,
        ),
        (
            ".mcp.json",
            r#"{"mcpServers":{"gh":{"command":"x","args":["--api-key","hunter22"]}}}"#,
        ),
        (
            ".codex/config.toml",
            "[mcp_servers.x]\nhttp_headers = { \"X-Api-Key\" = \"hunter22\" }\n",
        ),
    ] {
        finds(path, text, "hunter22");
    }
}

#[test]
fn refuses_a_private_key_in_a_skill() {
    let material = "q83vEjRWeJC6qFz0b2kX9wLmTnq83vEjRWeJC6qFz0b2kX9wLmTn";
    let key = format!(
        "-----BEGIN OPENSSH PRIVATE {}-----\n{material}\n-----END OPENSSH PRIVATE KEY-----\n",
        "KEY"
    );
    finds("skills/pdf/id", &key, material);
}

#[test]
fn references_placeholders_and_examples_are_not_secrets() -> TestResult {
    let skill = skill_text(
        "pdf",
        "1.0.0",
        "Set `OPENAI_API_KEY=sk-…`, `ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxx` or ${TOKEN}; look for `-----BEGIN RSA PRIVATE KEY-----`.",
    );
    let repo = with(&[
        (
            ".mcp.json",
            r#"{"mcpServers":{"gh":{"command":"npx","args":["-y","x@1.0.0","--token","${TOKEN}"],"env":{"GITHUB_TOKEN":"${GITHUB_TOKEN}","API_KEY":"YOUR_API_KEY_HERE"}}}}"#,
        ),
        (
            ".claude/settings.json",
            r#"{"env":{"CLAUDE_CODE_MAX_OUTPUT_TOKENS":"32000"},"permissions":{"allow":["Bash(echo $TOKEN)"]}}"#,
        ),
        (
            ".codex/config.toml",
            "[mcp_servers.gh]\nbearer_token_env_var = \"GITHUB_TOKEN\"\n",
        ),
        ("skills/pdf/SKILL.md", &skill),
    ]);
    repo.check()
        .assert("waiting", &[])
        .without("secret-literal");
    Ok(())
}
