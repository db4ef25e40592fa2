//! What agent harnesses load or run on their own: the one catalogue behind every rule about such
//! files.
//!
//! **Owns** one file per harness, which says where it finds Skills, commands, agents, prompts,
//! hooks, plugins, extensions, settings, servers and instructions; and the readers of manifests
//! that name more. `docs/harnesses.md` is made from it. Comparison follows the most generous file
//! system (see [`paths::name_on_disk`]). A harness may be started in any folder, so a project's
//! place counts below every folder of the repository. A repository may be someone's home folder, so
//! places there count too.
//!
//! **Must not** do I/O: paths and the text of manifests are given.
//!
//! **Start reading** at [`is_loaded`], then at any harness, such as `claude_code.rs`.
//!
//! [`paths::name_on_disk`]: countersign_model::document::paths::name_on_disk

mod address;
mod aider;
mod amazon_q;
mod amp;
mod antigravity;
mod augment;
mod claude_code;
mod claude_desktop;
mod cline;
mod codebuddy;
mod codex;
mod continue_dev;
mod copilot;
mod crush;
mod cursor;
mod droid;
mod editors;
mod gemini_cli;
mod goose;
mod grok;
mod hooks;
mod json;
mod junie;
mod kilo;
mod kimi;
mod kiro;
mod lookup;
mod manifests;
mod openclaw;
mod opencode;
mod openhands;
mod others;
mod package_ref;
mod page;
mod pi;
mod place_index;
mod plugin_entries;
mod plugins;
mod qoder;
mod qwen;
mod readers;
mod reading;
mod roo;
mod servers;
mod settings;
mod short_name;
mod test_folder;
mod trae;
mod vscode;
mod warp;
mod windsurf;
mod wrappers;
mod zed;

pub use hooks::{HookEntry, hooks};
pub use json::{ManifestContent, has_repeated_key};
pub use lookup::{Loaded, is_loaded, is_skill_file, loaded, loaded_in, test_data, touched};
pub use manifests::{
    MANIFESTS, MOST_MANIFEST_BYTES, is_manifest, manifest_root, may_lead_to_manifest,
};
pub use package_ref::{PackageRef, Registry};
pub use page::{PAGE, documentation};
pub use plugin_entries::{PluginEntry, plugins_in};
pub use plugins::Plugins;
pub use readers::{HarnessReader, places_in, readers_of};
pub use servers::{Connection, ServerEntry, servers};
pub use settings::{KeyClass, SettingsKey, UnsafeSetting, Values, unsafe_settings};

/// A harness and everything that it loads.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Harness {
    /// As `install.harnesses` names it.
    pub id: &'static str,
    /// As its vendor writes it.
    pub name: &'static str,
    /// Which folders it loads a project's files from.
    pub looks: &'static str,
    /// The keys below which its files have servers, from the top, with `/` between steps and `*`
    /// for any key.
    pub servers: &'static [&'static str],
    /// Variables that name another folder or file instead of one in the home folder.
    pub moved_by: &'static [(&'static str, &'static str)],
    /// What keys in its settings can do.
    pub settings: &'static [SettingsKey],
    /// What it loads.
    pub places: &'static [HarnessPlace],
}

/// What a harness does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loads {
    /// A Skill: the folder of a `SKILL.md`.
    Skill,
    /// A slash command, workflow or recipe.
    Command,
    /// An agent, sub-agent or mode.
    Agent,
    /// A prompt or output style.
    Prompt,
    /// A hook, or a script that hooks run.
    Hook,
    /// A plugin's manifest or code, or a list of plugins.
    Plugin,
    /// An extension or tool.
    Extension,
    /// Settings: permissions, hooks, servers, environment.
    Settings,
    /// Servers that it starts or connects to.
    Servers,
    /// Prose that it puts before every prompt. Every repository has some, so they only warn.
    Instructions,
}

impl Loads {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 10] = [
        Self::Skill,
        Self::Command,
        Self::Agent,
        Self::Prompt,
        Self::Hook,
        Self::Plugin,
        Self::Extension,
        Self::Settings,
        Self::Servers,
        Self::Instructions,
    ];

    /// What such a file is, with its article.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Skill => "a Skill",
            Self::Command => "a command",
            Self::Agent => "an agent",
            Self::Prompt => "a prompt",
            Self::Hook => "a hook",
            Self::Plugin => "a plugin",
            Self::Extension => "an extension",
            Self::Settings => "settings",
            Self::Servers => "MCP servers",
            Self::Instructions => "instructions",
        }
    }
}

/// Where a place is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A folder of the repository.
    Project,
    /// The folder of a plugin or extension.
    Plugin,
    /// The user's home folder.
    User,
    /// The machine: an absolute path that administrators manage.
    Machine,
}

/// Where a harness finds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HarnessPlace {
    /// Steps of a path: `*` is any run within one step, a step `**` is any number of steps. The
    /// first step is literal.
    pub pattern: &'static str,
    /// What is there.
    pub loads: Loads,
    /// What the pattern is relative to.
    pub scope: Scope,
}

const fn project(pattern: &'static str, loads: Loads) -> HarnessPlace {
    HarnessPlace {
        pattern,
        loads,
        scope: Scope::Project,
    }
}

const fn plugin(pattern: &'static str, loads: Loads) -> HarnessPlace {
    HarnessPlace {
        pattern,
        loads,
        scope: Scope::Plugin,
    }
}

const fn user(pattern: &'static str, loads: Loads) -> HarnessPlace {
    HarnessPlace {
        pattern,
        loads,
        scope: Scope::User,
    }
}

const fn machine(pattern: &'static str, loads: Loads) -> HarnessPlace {
    HarnessPlace {
        pattern,
        loads,
        scope: Scope::Machine,
    }
}

/// Every known harness. Where several load a file, the first is named.
pub const HARNESSES: [&Harness; 35] = [
    &claude_code::HARNESS,
    &codex::HARNESS,
    &cursor::HARNESS,
    &copilot::HARNESS,
    &vscode::HARNESS,
    &gemini_cli::HARNESS,
    &opencode::HARNESS,
    &goose::HARNESS,
    &windsurf::HARNESS,
    &kiro::HARNESS,
    &cline::HARNESS,
    &roo::HARNESS,
    &kilo::HARNESS,
    &qwen::HARNESS,
    &antigravity::HARNESS,
    &droid::HARNESS,
    &amp::HARNESS,
    &junie::HARNESS,
    &openclaw::HARNESS,
    &trae::HARNESS,
    &pi::HARNESS,
    &grok::HARNESS,
    &warp::HARNESS,
    &zed::HARNESS,
    &continue_dev::HARNESS,
    &crush::HARNESS,
    &amazon_q::HARNESS,
    &aider::HARNESS,
    &augment::HARNESS,
    &openhands::HARNESS,
    &codebuddy::HARNESS,
    &qoder::HARNESS,
    &claude_desktop::HARNESS,
    &kimi::HARNESS,
    &others::HARNESS,
];
