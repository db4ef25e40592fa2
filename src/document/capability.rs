//! What a package can do, read from its files: tools, scripts, executables, commands, hosts and permissions. For `diff`, which shows what
//! a change widens.
//!
//! A reading of text, not a proof: a script can build a host's name at run time. It errs towards naming too much, so that something
//! new shows. Its result follows from the bytes alone, and its cost grows with them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::hidden_text::is_text;
use super::validate::PackageFile;
use super::{head, json, matter, yaml};
use crate::model::document_input::{AgentInput, ContractInput, ServerInput};
use crate::model::{Digest, FileMode, Kind};

mod commands;
mod settings;

/// What a package can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Tools that need no confirmation, or that a contract or agent names.
    pub tools: BTreeSet<String>,
    /// Scripts by path, with the digest of their bytes.
    pub scripts: BTreeMap<String, Digest>,
    /// Paths with the executable bit.
    pub executables: BTreeSet<String>,
    /// Programs that scripts, shell examples and prose name.
    pub commands: BTreeSet<String>,
    /// Hosts in addresses, lower-cased, with a port where one is given.
    pub hosts: BTreeSet<String>,
    /// Environment, headers, packages, remotes, scopes, modes, hooks and whatever else a document grants.
    pub permissions: BTreeSet<String>,
    /// What a document forbids, limits or demands: losing one of these widens.
    pub restrictions: BTreeSet<String>,
}

/// Which part of a package's capabilities something belongs to, in the order of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the fields of `Capabilities`")]
pub enum Aspect {
    Tool,
    Permission,
    Restriction,
    Script,
    Executable,
    Command,
    Host,
}

impl Aspect {
    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Permission => "permission",
            Self::Restriction => "restriction",
            Self::Script => "script",
            Self::Executable => "executable",
            Self::Command => "command",
            Self::Host => "host",
        }
    }
}

/// How something widens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was not there before.
    Added,
    /// It is there with other bytes.
    Changed,
    /// A restriction that is no longer there.
    Dropped,
}

impl Change {
    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Dropped => "dropped",
        }
    }
}

/// One thing that the later package can do and the earlier could not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Widening {
    /// Where it belongs.
    pub aspect: Aspect,
    /// What it is. Text from the package: escaped where it is printed.
    pub item: String,
    /// How it is new.
    pub change: Change,
}

/// What `after` can do beyond `before`, sorted by aspect, then by item.
pub fn widened(before: &Capabilities, after: &Capabilities) -> Vec<Widening> {
    let mut widenings = Vec::new();
    let sets = [
        (Aspect::Tool, &before.tools, &after.tools),
        (Aspect::Permission, &before.permissions, &after.permissions),
        (Aspect::Executable, &before.executables, &after.executables),
        (Aspect::Command, &before.commands, &after.commands),
        (Aspect::Host, &before.hosts, &after.hosts),
    ];
    for (aspect, before, after) in sets {
        widenings.extend(after.difference(before).map(|item| Widening { aspect, item: item.clone(), change: Change::Added }));
    }
    let dropped = before.restrictions.difference(&after.restrictions);
    widenings.extend(dropped.map(|item| Widening { aspect: Aspect::Restriction, item: item.clone(), change: Change::Dropped }));
    for (path, digest) in &after.scripts {
        let change = match before.scripts.get(path) {
            None => Change::Added,
            Some(earlier) if earlier != digest => Change::Changed,
            Some(_) => continue,
        };
        widenings.push(Widening { aspect: Aspect::Script, item: path.clone(), change });
    }
    widenings.sort();
    widenings
}

/// Reads what a package can do.
pub fn of(kind: Kind, files: &[PackageFile<'_>]) -> Capabilities {
    let mut found = Capabilities::default();
    for file in files {
        found.read_file(file);
    }
    if let Some(main) = head::main_file(kind, files.iter().map(|file| file.path))
        && let Some(file) = files.iter().find(|file| file.path == main)
    {
        found.read_document(kind, file);
    }
    if kind == Kind::Setup {
        for file in files.iter().filter(|file| file.path.to_ascii_lowercase().ends_with(".json")) {
            if let Ok(tree) = json::read(file.path, file.bytes) {
                settings::read(&tree.value, &mut found);
            }
        }
    }
    found
}

/// Extensions of files that an interpreter runs.
const SCRIPTS: [&str; 25] = [
    "sh",
    "bash",
    "zsh",
    "fish",
    "py",
    "pyw",
    "js",
    "mjs",
    "cjs",
    "ts",
    "mts",
    "cts",
    "rb",
    "pl",
    "php",
    "ps1",
    "psm1",
    "bat",
    "cmd",
    "lua",
    "r",
    "awk",
    "applescript",
    "scpt",
    "vbs",
];

impl Capabilities {
    fn read_file(&mut self, file: &PackageFile<'_>) {
        let name = file.path.rsplit('/').next().unwrap_or(file.path);
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        let has_shebang = file.bytes.starts_with(b"#!");
        let is_script = has_shebang || SCRIPTS.contains(&extension.as_str()) || matches!(name, "Makefile" | "justfile" | "Dockerfile");
        if is_script || file.mode == FileMode::Executable {
            self.scripts.insert(file.path.to_owned(), Digest::of(file.bytes));
        }
        if file.mode == FileMode::Executable {
            self.executables.insert(file.path.to_owned());
        }
        if !is_text(file.bytes) {
            return;
        }
        let text = String::from_utf8_lossy(file.bytes);
        commands::hosts(&text, &mut self.hosts);
        commands::named(&text, &mut self.commands);
        if has_shebang {
            commands::shebang(&text, &mut self.commands);
        }
        let is_shell = matches!(extension.as_str(), "sh" | "bash" | "zsh") || (has_shebang && commands::is_shell_shebang(&text));
        if is_shell {
            commands::shell(&text, &mut self.commands);
        } else if matches!(extension.as_str(), "md" | "markdown" | "mdc") {
            commands::fences(&text, &mut self.commands);
        }
    }

    fn read_document(&mut self, kind: Kind, file: &PackageFile<'_>) {
        match kind {
            Kind::Skill | Kind::Prompt => {
                if let Ok(matter) = matter::read(file.path, file.bytes, true) {
                    self.read_frontmatter(&matter.tree.value);
                }
            }
            Kind::Server => {
                let tree = if head::is_json(file.path) { json::read(file.path, file.bytes) } else { yaml::read(file.path, file.bytes) };
                if let Ok(mut tree) = tree {
                    tree.read_as_text("/version");
                    if let Ok(server) = serde_json::from_value::<ServerInput>(tree.value) {
                        settings::server(&server, self);
                    }
                }
            }
            Kind::Agent => {
                if let Some(agent) = typed::<AgentInput>(file) {
                    settings::agent(&agent, self);
                }
            }
            Kind::Contract => {
                if let Some(contract) = typed::<ContractInput>(file) {
                    settings::contract(&contract.governance, self);
                }
            }
            Kind::Setup | Kind::Policy | Kind::Principal => {}
        }
    }

    // `allowed-tools` of the specification, and what some harnesses read besides.
    fn read_frontmatter(&mut self, value: &Value) {
        for key in ["allowed-tools", "tools"] {
            match value.get(key) {
                Some(Value::String(text)) => self.tools.extend(tool_list(text)),
                Some(Value::Array(items)) => self.tools.extend(items.iter().filter_map(Value::as_str).flat_map(tool_list)),
                _ => {}
            }
        }
        if let Some(hooks) = value.get("hooks") {
            settings::read(&serde_json::json!({ "hooks": hooks }), self);
        }
        if value.get("context").and_then(Value::as_str) == Some("fork") {
            self.permissions.insert("runs as a subagent".to_owned());
        }
        if value.get("disable-model-invocation").and_then(Value::as_bool) == Some(true) {
            self.restrictions.insert("only people start it".to_owned());
        }
    }
}

fn typed<T: serde::de::DeserializeOwned>(file: &PackageFile<'_>) -> Option<T> {
    let mut tree = yaml::read(file.path, file.bytes).ok()?;
    tree.read_as_text("/version");
    serde_json::from_value(tree.value).ok()
}

// Tools are separated by blanks or commas, and a tool's own brackets may hold both: `Bash(git add:*) Read`.
fn tool_list(text: &str) -> Vec<String> {
    let mut tools = Vec::new();
    let mut open = 0_u32;
    let mut current = String::new();
    for character in text.chars() {
        match character {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 && (character.is_whitespace() || character == ',') {
            tools.push(std::mem::take(&mut current));
        } else {
            current.push(character);
        }
    }
    tools.push(current);
    tools.retain(|tool| !tool.is_empty());
    tools
}

#[cfg(test)]
mod tests;
