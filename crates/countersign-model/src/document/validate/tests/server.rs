//! Tests of servers: pinned versions, and secrets.

use super::Case;
use crate::policy_input::Profile;
use crate::{Kind, RuleId};

const SERVER: &str = r#"{
  "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
  "name": "io.github.acme/weather",
  "description": "Weather.",
  "version": "1.0.0",
  "packages": [{
    "registryType": "npm", "identifier": "@acme/weather", "version": "1.0.0",
    "transport": {"type": "stdio"},
    "environmentVariables": [{"name": "API_KEY", "isSecret": true, "value": "{key}"}],
    "runtimeArguments": [{"type": "named", "name": "-e", "value": "X=1"}]
  }],
  "remotes": [{
    "type": "streamable-http", "url": "https://{tenant}.example.com/mcp",
    "headers": [{"name": "Authorization", "value": "Bearer {token}"}]
  }]
}
"#;

#[test]
fn a_server_pins_versions_and_contains_no_secret() {
    let case = Case::new(Kind::Server, Profile::Lenient);
    assert_eq!(case.found(SERVER), []);
    for (from, to, rule, line) in [
        (
            r#""version": "1.0.0","#,
            r#""version": "^1.0.0","#,
            RuleId::ServerInvalid,
            5,
        ),
        (
            r#""version": "1.0.0","#,
            r#""version": "latest","#,
            RuleId::ServerInvalid,
            5,
        ),
        (
            r#""version": "1.0.0","#,
            r#""version": "1.x","#,
            RuleId::ServerInvalid,
            5,
        ),
        (
            r#""version": "1.0.0","#,
            r#""version": "2025.1","#,
            RuleId::Unversioned,
            5,
        ),
        (r#""version": "1.0.0","#, "", RuleId::ServerInvalid, 1),
        (
            r#", "version": "1.0.0""#,
            r#", "version": ">=1""#,
            RuleId::ServerInvalid,
            7,
        ),
        (r#", "version": "1.0.0""#, "", RuleId::ServerInvalid, 6),
        (
            r#""registryType": "npm""#,
            r#""registryType": "mcpb""#,
            RuleId::ServerInvalid,
            6,
        ),
        (
            r#"npm", "identifier": "@acme/weather", "version": "1.0.0""#,
            r#"oci", "identifier": "ghcr.io/acme/weather:latest""#,
            RuleId::ServerInvalid,
            7,
        ),
        ("{key}", "hunter2", RuleId::SecretLiteral, 9),
        ("{token}", "abcdef", RuleId::SecretLiteral, 14),
        (
            "X=1",
            "X=9f86d081884c7d659a2feaa0c55ad015",
            RuleId::SecretLiteral,
            10,
        ),
        (
            r#""environmentVariables""#,
            r#""environment_variables""#,
            RuleId::ServerInvalid,
            9,
        ),
        ("2025-12-11", "2027-01-01", RuleId::SchemaUnknown, 2),
        ("2025-12-11", "2025-07-09", RuleId::ServerInvalid, 2),
        (
            "io.github.acme/weather",
            "weather",
            RuleId::ServerInvalid,
            3,
        ),
        (
            r#""type": "streamable-http""#,
            r#""type": "stdio""#,
            RuleId::ServerInvalid,
            13,
        ),
        (
            r#", "url": "https://{tenant}.example.com/mcp""#,
            "",
            RuleId::ServerInvalid,
            12,
        ),
        (r#""name": "-e", "#, "", RuleId::ServerInvalid, 10),
        (
            r#""description": "Weather.""#,
            r#""description": "Weather.", "owner": "bob""#,
            RuleId::DocumentOwner,
            4,
        ),
    ] {
        let found = case.found(&SERVER.replacen(from, to, 1));
        assert_eq!(found, [(rule, line)], "{to}");
    }
}

#[test]
fn a_server_may_be_yaml_and_secrets_are_found_in_unknown_fields_too() {
    let mut case = Case::new(Kind::Server, Profile::Lenient);
    case.path = "servers/weather.yaml";
    let yaml = "name: a/b\ndescription: x\nversion: 1.10.0\nremotes:\n  - {type: sse, url: https://x.example/sse}\n";
    assert_eq!(case.found(yaml), []);
    let token = ["ghp", "_16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let found = case.problems(&[(
        "weather.yaml",
        format!("{yaml}mcp:\n  env: {{GH: {token}}}\n").as_bytes(),
    )]);
    assert_eq!(
        found.iter().map(|p| p.rule).collect::<Vec<_>>(),
        [RuleId::ServerInvalid, RuleId::SecretLiteral]
    );
    assert!(
        found
            .iter()
            .all(|problem| !problem.message.contains(&token) && !problem.help.contains(&token))
    );
}
