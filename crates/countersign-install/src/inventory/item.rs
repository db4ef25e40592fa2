//! What an inventory holds.

use countersign_harness::{Harness, Loads};
use countersign_model::{Digest, SubjectId};

/// Everything that was found, in order of scope, path, kind, key.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// What was found.
    pub items: Vec<Item>,
    /// Folders that were not searched, with the reason.
    pub unsearched: Vec<Unsearched>,
}

impl Inventory {
    /// The same with the folder of the project before each of its paths.
    #[must_use]
    pub fn below(mut self, project: &str) -> Self {
        let prefixed = |path: &str| format!("{}/{path}", project.trim_end_matches('/'));
        for item in &mut self.items {
            if item.scope == ItemScope::Project {
                item.path = prefixed(&item.path);
            }
        }
        for folder in &mut self.unsearched {
            if folder.scope == ItemScope::Project {
                folder.path = prefixed(&folder.path);
            }
        }
        self
    }

    /// Adds what was found elsewhere.
    pub fn add(&mut self, other: Self) {
        self.items.extend(other.items);
        self.unsearched.extend(other.unsearched);
    }
}

/// A folder that was not searched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsearched {
    /// Below what.
    pub scope: ItemScope,
    /// The folder. Hostile text.
    pub path: String,
    /// Why not.
    pub why: String,
}

/// Below what a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemScope {
    /// The project.
    Project,
    /// The home folder.
    User,
    /// The machine; paths are absolute.
    Machine,
}

impl ItemScope {
    /// The word in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::User => "user",
            Self::Machine => "machine",
        }
    }
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the words of `as_str`")]
pub enum ItemKind {
    Skill,
    Server,
    Agent,
    Command,
    Prompt,
    Hook,
    Plugin,
    Marketplace,
    Extension,
    Settings,
    Instructions,
}

impl ItemKind {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::Skill,
        Self::Server,
        Self::Agent,
        Self::Command,
        Self::Prompt,
        Self::Hook,
        Self::Plugin,
        Self::Marketplace,
        Self::Extension,
        Self::Settings,
        Self::Instructions,
    ];

    /// The word in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skill => "skill",
            Self::Server => "server",
            Self::Agent => "agent",
            Self::Command => "command",
            Self::Prompt => "prompt",
            Self::Hook => "hook",
            Self::Plugin => "plugin",
            Self::Marketplace => "marketplace",
            Self::Extension => "extension",
            Self::Settings => "settings",
            Self::Instructions => "instructions",
        }
    }

    /// What a file that a harness loads is.
    pub const fn of(loads: Loads) -> Self {
        match loads {
            Loads::Skill => Self::Skill,
            Loads::Command => Self::Command,
            Loads::Agent => Self::Agent,
            Loads::Prompt => Self::Prompt,
            Loads::Hook => Self::Hook,
            Loads::Plugin => Self::Plugin,
            Loads::Extension => Self::Extension,
            Loads::Settings => Self::Settings,
            Loads::Servers => Self::Server,
            Loads::Instructions => Self::Instructions,
        }
    }
}

/// One thing that a harness loads, runs or connects to.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its name: as it declares, else after its folder or file. Hostile text.
    pub name: String,
    /// Who loads it, in the order of the catalog.
    pub harnesses: Vec<&'static Harness>,
    /// Below what `path` is.
    pub scope: ItemScope,
    /// The folder or file. Hostile text.
    pub path: String,
    /// Where in the file it is, as a JSON pointer. Hostile text.
    pub key: Option<String>,
    /// The package checksum of its bytes; `None` for a part of a file, or what cannot be read.
    pub digest: Option<Digest>,
    /// What it runs or connects to, in words. Hostile text.
    pub detail: Option<String>,
    /// What the ledger says about the bytes.
    pub standing: Standing,
    /// The governed subject that has these bytes or this name, and its version.
    pub subject: Option<(SubjectId, Option<String>)>,
    /// The version that is current there.
    pub current: Option<String>,
    /// What a person should know, in order of weight.
    pub notes: Vec<ItemNote>,
}

/// What a ledger says about bytes, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the words of `as_str`")]
pub enum Standing {
    Revoked,
    Blocked,
    RolledBack,
    Rejected,
    Expired,
    Archived,
    Deprecated,
    Draft,
    Outdated,
    Approved,
    /// A governed name with bytes that no version has.
    Modified,
    /// Nothing is known about it.
    Unknown,
    /// Its bytes cannot be read.
    Unreadable,
}

impl Standing {
    /// All of them, the strongest first.
    pub const ALL: [Self; 13] = [
        Self::Revoked,
        Self::Blocked,
        Self::RolledBack,
        Self::Rejected,
        Self::Expired,
        Self::Archived,
        Self::Deprecated,
        Self::Draft,
        Self::Outdated,
        Self::Approved,
        Self::Modified,
        Self::Unknown,
        Self::Unreadable,
    ];

    /// The word in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Blocked => "blocked",
            Self::RolledBack => "rolled-back",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Archived => "archived",
            Self::Deprecated => "deprecated",
            Self::Draft => "draft",
            Self::Outdated => "outdated",
            Self::Approved => "approved",
            Self::Modified => "modified",
            Self::Unknown => "unknown",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What a person should know about an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemNote {
    /// What it is about.
    pub id: NoteId,
    /// In words. Hostile text.
    pub text: String,
}

/// Kinds of notes, the heaviest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteId {
    /// A secret stands in the file.
    SecretLiteral,
    /// A setting that turns off a check or a question is set.
    UnsafeSetting,
    /// The connection is not encrypted.
    PlainHttp,
    /// No exact version is named.
    PackageNotPinned,
    /// The working folder decides what runs.
    RunsFromProject,
    /// Another item of the same name and kind is loaded, too.
    ShadowedBy,
    /// It is there under another name than the governed one.
    Renamed,
    /// It leads elsewhere, or could not be read.
    Unread,
    /// The file says that it is off.
    Disabled,
}

impl NoteId {
    /// The word in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecretLiteral => "secret-literal",
            Self::UnsafeSetting => "unsafe-setting",
            Self::PlainHttp => "plain-http",
            Self::PackageNotPinned => "package-not-pinned",
            Self::RunsFromProject => "runs-from-project",
            Self::ShadowedBy => "shadowed-by",
            Self::Renamed => "renamed",
            Self::Unread => "unread",
            Self::Disabled => "disabled",
        }
    }

    /// Whether someone should look at the item because of it.
    pub const fn is_caution(self) -> bool {
        !matches!(self, Self::Disabled)
    }
}
