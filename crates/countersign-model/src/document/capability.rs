//! What a package can do, read from its files: tools, scripts, executables, commands, hosts and
//! permissions. For `diff`, which shows what a change widens.
//!
//! A reading of text, not a proof: a script can build a host's name at run time. It errs toward
//! naming too much, so that something new shows. Its result follows from the bytes alone, and its
//! cost grows with them.

use std::collections::{BTreeMap, BTreeSet};

use super::frontmatter::FrontmatterFault;
use super::frontmatter_fields::FrontmatterFieldsFault;
use super::validate::PackageFile;
use super::yaml::Tree;
use super::{frontmatter_fields, head, json, yaml};
use crate::document_input::{AgentInput, ContractInput, ServerInput};
use crate::{Digest, FileMode, Kind};

mod commands;
mod destructive;
mod files;
mod frontmatter;
mod manifest;
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
    /// Files that say what is installed or built, by path, with the digest of their bytes.
    pub dependencies: BTreeMap<String, Digest>,
    /// Files that could not be read, or not as they are, by path and reason, with the digest of
    /// their bytes.
    pub unread: BTreeMap<String, Digest>,
    /// Programs that scripts, shell examples and prose name.
    pub commands: BTreeSet<String>,
    /// Hosts in addresses, lower-cased, with a port where one is given.
    pub hosts: BTreeSet<String>,
    /// Environment, headers, packages, remotes, scopes, modes, hooks and whatever else a document
    /// grants.
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
    Dependencies,
    Command,
    Host,
    Unread,
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
            Self::Dependencies => "dependencies",
            Self::Command => "command",
            Self::Host => "host",
            Self::Unread => "unread",
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
        widenings.extend(after.difference(before).map(|item| Widening {
            aspect,
            item: item.clone(),
            change: Change::Added,
        }));
    }
    let dropped = before.restrictions.difference(&after.restrictions);
    widenings.extend(dropped.map(|item| Widening {
        aspect: Aspect::Restriction,
        item: item.clone(),
        change: Change::Dropped,
    }));
    let by_bytes = [
        (Aspect::Script, &before.scripts, &after.scripts),
        (
            Aspect::Dependencies,
            &before.dependencies,
            &after.dependencies,
        ),
        (Aspect::Unread, &before.unread, &after.unread),
    ];
    for (aspect, before, after) in by_bytes {
        for (item, digest) in after {
            let change = match before.get(item) {
                None => Change::Added,
                Some(earlier) if earlier != digest => Change::Changed,
                Some(_) => continue,
            };
            widenings.push(Widening {
                aspect,
                item: item.clone(),
                change,
            });
        }
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
        for file in files {
            found.read_setting(file);
        }
    }
    found
}

impl Capabilities {
    fn read_file(&mut self, file: &PackageFile<'_>) {
        let extension = files::extension(file.path);
        let has_shebang = file.bytes.starts_with(b"#!");
        let digest = || Digest::of(file.bytes);
        if has_shebang || files::is_script(file.path) || file.mode == FileMode::Executable {
            self.scripts.insert(file.path.to_owned(), digest());
        }
        if file.mode == FileMode::Executable {
            self.executables.insert(file.path.to_owned());
        }
        if files::is_dependencies(file.path) {
            self.dependencies.insert(file.path.to_owned(), digest());
        }
        let (text, why) = files::read(file.bytes);
        if let Some(why) = why {
            self.not_read(file, why);
        }
        let Some(text) = text else { return };
        commands::hosts(&text, &mut self.hosts);
        commands::named(&text, &mut self.commands);
        destructive::named(&text, &mut self.commands);
        if has_shebang {
            commands::shebang(&text, &mut self.commands);
        }
        let is_shell = matches!(extension.as_str(), "sh" | "bash" | "zsh")
            || (has_shebang && commands::is_shell_shebang(&text));
        if is_shell {
            commands::shell(&text, &mut self.commands);
        } else if matches!(extension.as_str(), "md" | "markdown" | "mdc") {
            commands::fences(&text, &mut self.commands);
            for line in destructive::at_load(&text) {
                commands::shell(&line, &mut self.commands);
                self.permissions
                    .insert(format!("runs when it is loaded: {line}"));
            }
        }
        if files::name(file.path) == "package.json" {
            match json::read(file.path, file.bytes) {
                Ok(tree) => manifest::read(&tree.value, self),
                Err(_) => self.not_read(file, "JSON that readers may read differently"),
            }
        }
    }

    fn not_read(&mut self, file: &PackageFile<'_>, why: &str) {
        self.unread
            .insert(format!("{} ({why})", file.path), Digest::of(file.bytes));
    }

    // Settings of harnesses: JSON, and commands and agents as Markdown. Other formats are said not
    // to be read.
    fn read_setting(&mut self, file: &PackageFile<'_>) {
        match files::extension(file.path).as_str() {
            "json" => match json::read(file.path, file.bytes) {
                Ok(tree) => settings::read(&tree.value, self),
                Err(_) => self.not_read(file, "JSON that readers may read differently"),
            },
            "yaml" | "yml" => match yaml::read(file.path, file.bytes) {
                Ok(tree) => settings::read(&tree.value, self),
                Err(_) => self.not_read(file, "YAML that readers may read differently"),
            },
            "md" | "markdown" | "mdc" => self.read_matter(file),
            "jsonc" | "json5" | "toml" | "ini" | "xml" | "plist" => {
                self.not_read(file, "settings in an unsupported format");
            }
            _ => {}
        }
    }

    fn read_matter(&mut self, file: &PackageFile<'_>) {
        match frontmatter_fields::read(file.path, file.bytes, true) {
            Ok(matter) => frontmatter::read(&matter.tree.value, self),
            Err(FrontmatterFieldsFault::Fence(FrontmatterFault::Missing)) => {}
            Err(_) => self.not_read(file, "frontmatter that readers may read differently"),
        }
    }

    fn read_document(&mut self, kind: Kind, file: &PackageFile<'_>) {
        match kind {
            Kind::Skill | Kind::Prompt => self.read_matter(file),
            Kind::Server => {
                let tree = if head::is_json(file.path) {
                    json::read(file.path, file.bytes)
                } else {
                    yaml::read(file.path, file.bytes)
                };
                match tree.ok().and_then(typed::<ServerInput>) {
                    Some(server) => settings::server(&server, self),
                    None => {
                        self.not_read(file, "a server document that readers may read differently");
                    }
                }
            }
            Kind::Agent => match yaml::read(file.path, file.bytes)
                .ok()
                .and_then(typed::<AgentInput>)
            {
                Some(agent) => settings::agent(&agent, self),
                None => self.not_read(file, "an agent that readers may read differently"),
            },
            Kind::Contract => match yaml::read(file.path, file.bytes)
                .ok()
                .and_then(typed::<ContractInput>)
            {
                Some(contract) => settings::contract(&contract.governance, self),
                None => self.not_read(file, "a contract that readers may read differently"),
            },
            Kind::Setup | Kind::Policy | Kind::Principal => {}
        }
    }
}

fn typed<T: serde::de::DeserializeOwned>(mut tree: Tree) -> Option<T> {
    tree.read_as_text("/version");
    serde_json::from_value(tree.value).ok()
}

// Tools are separated by spaces or commas, and a tool's own brackets may hold both: `Bash(git
// add:*) Read`.
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
