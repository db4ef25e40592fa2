//! `docs/harnesses.md`: the catalogue for people.

use std::fmt::Write as _;

use super::{HARNESSES, Harness, HarnessPlace, KeyClass, Loads, Scope};

/// Where the page is, from the root of the project.
pub const PAGE: &str = "docs/harnesses.md";

const START: &str = "\
# What harnesses load

Agent harnesses load Skills, run hooks and start servers because a file is in a certain place. Countersign knows these places from a
catalog in `crates/countersign-harness/src/`, with one file per harness. This page is generated from it; do not edit it by hand
(`COUNTERSIGN_WRITE_DOCS=1 cargo test -p countersign-harness --lib harnesses_page`).

What the catalog decides:

- `check` reports everything at such a place that no entry of the policy covers (`ungoverned`). Instructions are a warning, the rest
  is an error. A Skill counts wherever it is.
- `ignore` cannot cover it. Two exceptions: instructions, and everything in a folder called `fixtures`, `testdata`, `test-data`,
  `test_data` or `__fixtures__`, because no harness is started there. A folder of such a name inside a place is part of the place, and what a manifest outside of it names
  is not test data.
- A symbolic link or submodule at, above or inside such a place is an error, unless the link leads to something in the repository that the
  policy governs. What a harness loads through a link is judged as if it were a file at that place.
- Drafts are not allowed at such a place.
- `init` writes entries for everything it finds there.

How to read the patterns: `*` is any run of characters in one step, `**` any number of steps. A project's places count in every folder of
the repository, because a harness can be started in any of them, and so do those of a home folder, because a repository can be one.
Letter case, invisible characters, trailing dots, streams and short file names are ignored.

These files can make a harness load other files, so they are read, also through a link:

- The manifest of a plugin (`plugin.json`, `gemini-extension.json`): what its fields `commands`, `agents`, `skills`, `hooks`,
  `mcpServers`, `outputStyles` and their like name counts as if it were at the usual place. A `plugin.json` that starts hooks or servers
  itself counts too.
- A marketplace (`.claude-plugin/marketplace.json` and its like, also a `marketplace.json` that lists plugins): every local folder that it
  lists is a plugin. A link or submodule at or above such a folder is an error.
- `.vscode/settings.json`, `*.code-workspace` and `devcontainer.json`, which many repositories have for other reasons: they count when one
  of their keys concerns an agent, such as `chat.tools.autoApprove`, and so does what `chat.promptFilesLocations` and its like name.
- `extraKnownMarketplaces` in the settings of a harness: a local marketplace that it names counts.

If a key is repeated, both values count. A manifest that cannot be read (not JSON, nested deeper than 128 levels, over 4 MiB, or
with more than 10,000 names) makes everything in its folder count as loaded; editor settings that cannot be read count themselves.

Below the places of a harness are the keys that its settings are known to have, by what setting them can
do: *runs* starts a program, *redirects* names another endpoint, environment or marketplace, *widens*
grants a permission or trusts something, *disables* turns off hooks, checks or questions. A key that is not
listed counts as one that runs something. `inventory` reports what *disables*.

Not in the catalog: a submodule or link elsewhere that contains a separate project.
";

/// The whole page.
pub fn documentation() -> String {
    let mut page = START.to_owned();
    for harness in HARNESSES {
        let _ = write!(
            page,
            "\n## {}\n\n`{}`. Looks in {}.\n\n| | project | plugin | home and machine |\n|---|---|---|---|\n",
            harness.name, harness.id, harness.looks
        );
        for loads in Loads::ALL {
            let of = |scopes: &[Scope]| {
                let places = harness
                    .places
                    .iter()
                    .filter(|place| place.loads == loads && scopes.contains(&place.scope));
                places.map(pattern).collect::<Vec<_>>().join(" ")
            };
            let row = [
                of(&[Scope::Project]),
                of(&[Scope::Plugin]),
                of(&[Scope::User, Scope::Machine]),
            ];
            if row.iter().any(|cell| !cell.is_empty()) {
                let _ = writeln!(page, "| {} | {} |", heading(loads), row.join(" | "));
            }
        }
        settings(harness, &mut page);
    }
    page
}

/// Where its files have servers, which variables move them, and what their keys can do.
fn settings(harness: &Harness, page: &mut String) {
    let quoted = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let mut lines = Vec::new();
    if !harness.servers.is_empty() {
        lines.push(format!("- Servers are below {}.", quoted(harness.servers)));
    }
    for (variable, from) in harness.moved_by {
        lines.push(format!(
            "- `{variable}` names another place for `~/{from}`."
        ));
    }
    for class in [
        KeyClass::Runs,
        KeyClass::Redirects,
        KeyClass::Widens,
        KeyClass::Plain,
    ] {
        let of_class = harness.settings.iter().filter(|key| key.class == class);
        let keys: Vec<&str> = of_class.map(|key| key.key).collect();
        if !keys.is_empty() {
            lines.push(format!("- *{}*: {}.", class.as_str(), quoted(&keys)));
        }
    }
    for key in harness.settings {
        if key.class == KeyClass::Disables {
            let value = key.values.words();
            lines.push(format!("- *disables*: `{}`{value} {}.", key.key, key.means));
        }
    }
    if !lines.is_empty() {
        let _ = writeln!(page, "\n{}", lines.join("\n"));
    }
}

fn pattern(place: &HarnessPlace) -> String {
    let home = if place.scope == Scope::User { "~/" } else { "" };
    format!("`{home}{}`", place.pattern)
}

const fn heading(loads: Loads) -> &'static str {
    match loads {
        Loads::Skill => "Skills",
        Loads::Command => "commands",
        Loads::Agent => "agents",
        Loads::Prompt => "prompts",
        Loads::Hook => "hooks",
        Loads::Plugin => "plugins",
        Loads::Extension => "extensions",
        Loads::Settings => "settings",
        Loads::Servers => "MCP servers",
        Loads::Instructions => "instructions",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `COUNTERSIGN_WRITE_DOCS=1 cargo test -p countersign-harness --lib harnesses_page` writes the
    /// page again.
    #[test]
    fn the_harnesses_page_is_current() {
        let page = documentation();
        let path = &std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(PAGE);
        if std::env::var_os("COUNTERSIGN_WRITE_DOCS").is_some() {
            std::fs::write(path, &page).expect("docs/ can be written");
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page,
            "docs/harnesses.md is stale: run COUNTERSIGN_WRITE_DOCS=1 cargo test -p countersign-harness --lib harnesses_page"
        );
    }
}
