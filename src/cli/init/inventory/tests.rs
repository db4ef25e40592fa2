use super::*;

/// A tree of regular files; a path may be followed by `=` and its content, and start with `@`
/// for a symbolic link.
pub fn tree(paths: &[&str]) -> Vec<TreeFile> {
    let file = |text: &&str| {
        let (path, content) = text.split_once('=').unwrap_or((text, text));
        let (mode, path) = path
            .strip_prefix('@')
            .map_or((REGULAR, path), |path| (0o120_000, path));
        let id = ObjectId::from_bytes(&Digest::of(content.as_bytes()).as_bytes()[..20])
            .expect("20 bytes");
        TreeFile {
            path: path.to_owned(),
            mode,
            id,
        }
    };
    paths.iter().map(file).collect()
}

pub fn take(files: &[TreeFile]) -> Inventory {
    Inventory::take(
        files,
        Plugins::of_paths(files.iter().map(|file| &*file.path)),
        &|_, _| None,
    )
}

fn packages_in(paths: &[&str]) -> Vec<String> {
    let inventory = take(&tree(paths));
    let packages = inventory
        .packages
        .values()
        .map(|package| format!("{} {}", package.kind, package.path));
    packages
        .chain(
            inventory
                .left_out
                .iter()
                .map(|(path, why)| format!("left out {path}: {why}")),
        )
        .collect()
}

#[test]
fn finds_skills_everywhere_and_keeps_nested_ones_with_their_package() {
    let paths = [
        "skills/a/SKILL.md",
        "skills/a/examples/b/SKILL.md",
        ".claude/skills/c/skill.md",
        "x/y/z/SKILL.md",
        "SKILL.md.txt",
    ];
    assert_eq!(
        packages_in(&paths),
        ["skill .claude/skills/c", "skill skills/a", "skill x/y/z"]
    );
}

#[test]
fn finds_the_default_layout_and_harness_files() {
    let paths = [
        ".mcp.json",
        ".claude/hooks/a.sh",
        ".claude/hooks/lib/b.sh",
        "plugins/p/.mcp.json",
        "x.mcp.json",
        "prompts/README.md",
        "prompts/a.md",
        "prompts/b/PROMPT.md",
        "servers/s/server.json",
        "agents/reviewer.md",
        "setups/dev/hooks.sh",
        "setups/dev/.mcp.json",
    ];
    let expected = [
        "setup .claude/hooks",
        "setup .mcp.json",
        "setup plugins/p/.mcp.json",
        "prompt prompts/a.md",
        "prompt prompts/b",
        "server servers/s",
        "setup setups/dev",
    ];
    assert_eq!(packages_in(&paths), expected);
}

#[test]
fn harness_files_have_short_names() {
    let paths = [
        ".mcp.json",
        "plugins/p/.claude/settings.local.json",
        ".codex/config.toml",
        ".claude/hooks/a.sh",
        ".claude/commands/team/x.md",
        "a/b/.github/hooks/x.json",
        "opencode.jsonc",
        "plugins/q/.claude-plugin/plugin.json",
        "plugins/q/hooks/hooks.json",
        "plugins/q/hooks/run.sh",
        "skills/hooks/SKILL.md",
    ];
    let inventory = take(&tree(&paths));
    let names: Vec<(&str, Option<String>)> = inventory
        .packages
        .values()
        .map(|package| (package.path.as_str(), harness_name(package)))
        .collect();
    let expected = [
        (".claude/commands", Some("claude-commands")),
        (".claude/hooks", Some("claude-hooks")),
        (".codex/config.toml", Some("codex-config")),
        (".mcp.json", Some("mcp")),
        ("a/b/.github/hooks", Some("github-hooks")),
        ("opencode.jsonc", Some("opencode-jsonc")),
        (
            "plugins/p/.claude/settings.local.json",
            Some("claude-settings-local"),
        ),
        (
            "plugins/q/.claude-plugin/plugin.json",
            Some("claude-plugin-plugin"),
        ),
        ("plugins/q/hooks", Some("hooks")),
        ("skills/hooks", None),
    ];
    assert_eq!(
        names,
        expected.map(|(path, name)| (path, name.map(str::to_owned)))
    );
}

#[test]
fn says_why_something_is_left_out() {
    let paths = [
        "SKILL.md",
        "skills/a/SKILL.md",
        "@skills/a/link",
        "tests/fixtures/x/SKILL.md",
    ];
    let expected = [
        "left out SKILL.md: a Skill at the root makes the whole repository its package; move it into a folder to govern it",
        "left out skills/a: skills/a/link is a symbolic link",
        "left out skills/a/**: skills/a/link is a symbolic link",
        "left out tests/fixtures/**: test data",
    ];
    assert_eq!(packages_in(&paths), expected);
}

#[test]
fn equal_bytes_have_equal_fingerprints() {
    let files = tree(&["a/x/SKILL.md=1", "b/x/SKILL.md=1", "c/x/SKILL.md=2"]);
    let inventory = take(&files);
    let prints: Vec<Digest> = inventory
        .packages
        .values()
        .map(|package| package.fingerprint)
        .collect();
    assert!(prints[0] == prints[1] && prints[1] != prints[2]);
}
