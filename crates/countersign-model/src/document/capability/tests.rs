use proptest::prelude::*;

use super::*;

fn file<'a>(path: &'a str, text: &'a str) -> PackageFile<'a> {
    PackageFile {
        path,
        mode: FileMode::Regular,
        bytes: text.as_bytes(),
    }
}

fn skill(text: &str) -> Capabilities {
    of(Kind::Skill, &[file("SKILL.md", text)])
}

fn list(set: &BTreeSet<String>) -> Vec<&str> {
    set.iter().map(String::as_str).collect()
}

#[test]
fn tools_keep_their_brackets_with_any_separator() {
    for tools in [
        "Bash(git add:*) Read, mcp__x",
        "\n  - Bash(git add:*)\n  - Read\n  - mcp__x",
        "[\"Bash(git add:*)\", Read, mcp__x]",
    ] {
        let found = skill(&format!(
            "---\nname: a\ndescription: b\nallowed-tools: {tools}\n---\n"
        ));
        assert_eq!(
            list(&found.tools),
            ["Bash(git add:*)", "Read", "mcp__x"],
            "{tools}"
        );
    }
}

#[test]
fn scripts_are_known_by_bit_first_line_and_extension() {
    let executable = PackageFile {
        path: "bin/x",
        mode: FileMode::Executable,
        bytes: b"\0\x01",
    };
    let files = [
        executable,
        file("run", "#!/usr/bin/env -S python3 -u\n"),
        file("a.PY", "x"),
        file("b.md", "x"),
    ];
    let found = of(Kind::Skill, &files);
    assert_eq!(
        found.scripts.keys().map(String::as_str).collect::<Vec<_>>(),
        ["a.PY", "bin/x", "run"]
    );
    assert_eq!(list(&found.executables), ["bin/x"]);
    assert_eq!(list(&found.commands), ["python3"]);
}

#[test]
fn commands_come_from_scripts_fences_and_prose() {
    let text = "Use `curl` and go home.\n```bash\n$ FOO=1 sudo -E jq . x | tee out && npx -y cowsay@2 hi\n# rm x\nif true; then ./build.sh; fi\n```\n```rust\nfn main() {}\n```\nthen `pip install requests`.";
    let found = skill(text);
    assert_eq!(
        list(&found.commands),
        [
            "./build.sh",
            "curl",
            "jq",
            "npx",
            "npx cowsay@2",
            "pip",
            "pip install requests",
            "sudo",
            "tee"
        ]
    );
    let script = of(
        Kind::Setup,
        &[file(
            "x.sh",
            "set -e\nfor f in *; do\n  gzip \"$f\" \\\n    -9\ndone\nwget https://Example.COM:8443/x\n",
        )],
    );
    assert_eq!(list(&script.commands), ["gzip", "wget"]);
    assert_eq!(list(&script.hosts), ["example.com:8443"]);
}

#[test]
fn hosts_are_those_of_any_address() {
    let text = "https://a.example/x, (http://User:pw@B.example) wss://c.example. git@github.com:acme/x ssh://git@d.example:22/x ann@mail.example http://[::1]:80/ http://10.0.0.1/";
    let mut found = BTreeSet::new();
    commands::hosts(text, &mut found);
    assert_eq!(
        list(&found),
        [
            "10.0.0.1",
            "[::1]",
            "a.example",
            "b.example",
            "c.example",
            "d.example:22",
            "github.com"
        ]
    );
}

#[test]
fn a_server_is_what_it_runs_reaches_and_is_given() {
    let text = "name: a/b\ndescription: x\nversion: 1.0.0\npackages:\n  - {registryType: npm, identifier: w, version: 1.0.0, runtimeHint: npx, transport: {type: stdio}, environmentVariables: [{name: KEY, isSecret: true, value: hunter2}]}\nremotes:\n  - {type: sse, url: https://x.example/sse, headers: [{name: X-A}]}\n";
    let found = of(Kind::Server, &[file("server.yaml", text)]);
    assert_eq!(
        list(&found.permissions),
        [
            "header X-A",
            "package npm:w@1.0.0",
            "remote https://x.example/sse",
            "secret environment KEY"
        ]
    );
    assert!(list(&found.hosts).contains(&"x.example") && !format!("{found:?}").contains("hunter2"));
}

#[test]
fn settings_are_permissions_hooks_and_servers() {
    let text = r#"{"permissions": {"allow": ["Bash(ls)"], "deny": ["WebFetch"], "defaultMode": "acceptEdits"},
        "hooks": {"PreToolUse": [{"matcher": "*", "hooks": [{"type": "command", "command": "./guard.sh --strict"}]}]},
        "mcpServers": {"w": {"command": "npx", "args": ["-y", "w@1"], "env": {"K": "${K}"}}, "r": {"url": "https://r.example/mcp?key=1"}}}"#;
    let found = of(Kind::Setup, &[file("settings.json", text)]);
    assert_eq!(
        list(&found.permissions),
        [
            "allow Bash(ls)",
            "default mode acceptEdits",
            "environment K",
            "remote https://r.example/mcp",
            "runs ./guard.sh --strict",
            "runs npx -y w@1"
        ]
    );
    assert_eq!(list(&found.restrictions), ["deny WebFetch"]);
    assert!(
        list(&found.commands).contains(&"npx w@1") && list(&found.commands).contains(&"./guard.sh")
    );
}

#[test]
fn what_is_new_is_listed_in_order_and_what_goes_is_not() {
    let before = skill("---\nallowed-tools: Read Write\n---\nhttps://a.example\n");
    let mut after = skill("---\nallowed-tools: Read Bash\n---\nhttps://b.example\n`curl x`\n");
    let mut before_with = before.clone();
    before_with.restrictions.insert("deny WebFetch".to_owned());
    before_with
        .scripts
        .insert("run.sh".to_owned(), Digest::of(b"1"));
    after.scripts.insert("run.sh".to_owned(), Digest::of(b"2"));
    after.scripts.insert("new.sh".to_owned(), Digest::of(b"2"));
    let lines: Vec<_> = widened(&before_with, &after)
        .iter()
        .map(|w| format!("{} {} {}", w.aspect.as_str(), w.change.as_str(), w.item))
        .collect();
    assert_eq!(
        lines,
        [
            "tool added Bash",
            "restriction dropped deny WebFetch",
            "script added new.sh",
            "script changed run.sh",
            "command added curl",
            "host added b.example",
        ]
    );
    assert_eq!(widened(&after, &after), []);
}

#[test]
fn a_contract_that_blocks_less_widens() {
    let text = "schema: countersign.contract/v1\nversion: 1.0.0\nagentToolGovernance:\n  workflow: w\n  owner: o\n  tool: t\n  riskClass: low\n  defaultMode: observe\n  allowedModes: [off, observe]\n  hardBoundary: {serviceIdentity: s, apiScope: [a], blockedScopes: [b]}\n  runtimeControls: {modeFlag: a, approvalFlag: b, denylistFlag: c, fallbackFlag: d}\n  approval: {requiredFor: [send], reviewerGroup: g, timeoutFallback: off}\n  evidence: {logDecision: true, logPolicyValues: true, logReviewer: true, avoidSensitiveInputs: true}\n  rollback: {safestMode: off, owner: o}\n";
    let read = |text: &str| of(Kind::Contract, &[file("c.yaml", text)]);
    let later = text
        .replace("blockedScopes: [b]", "blockedScopes: []")
        .replace("apiScope: [a]", "apiScope: [a, c]")
        .replace("logReviewer: true", "logReviewer: false");
    let lines: Vec<_> = widened(&read(text), &read(&later))
        .iter()
        .map(|w| format!("{} {}", w.change.as_str(), w.item))
        .collect();
    assert_eq!(
        lines,
        [
            "added scope c",
            "dropped blocked scope b",
            "dropped reviewers are logged"
        ]
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[ -~\\n\u{e9}]{0,80}", prefix in "(#!|```sh\\n|---\\n|a://|x@)") {
        let text = format!("{prefix}{text}");
        for kind in Kind::PACKAGED {
            for path in ["SKILL.md", "x.sh", "server.json", "a.yaml"] {
                let _ = of(kind, &[PackageFile { path, mode: FileMode::Executable, bytes: &bytes }]);
                let _ = of(kind, &[file(path, &text)]);
            }
        }
    }

    #[test]
    fn the_order_of_files_does_not_matter(a in "[ -~\\n]{0,60}", b in "[ -~\\n]{0,60}") {
        let (a, b) = (file("a.sh", &a), file("b.md", &b));
        prop_assert_eq!(of(Kind::Setup, &[a, b]), of(Kind::Setup, &[b, a]));
    }
}
