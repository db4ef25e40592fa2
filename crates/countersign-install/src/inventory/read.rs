//! What a found file is: one item for what is loaded as one, and one for each entry in a file that
//! holds servers, hooks and plugins.

use std::path::Path;

use countersign_core::replay::contents;
use countersign_git::read_regular;
use countersign_harness::{
    Connection, Harness, HarnessReader, Loads, ServerEntry, hooks, is_manifest, is_skill_file,
    plugins_in, servers, unsafe_settings,
};
use countersign_model::document::validate::literal_secrets;
use countersign_model::document::{head, json, structured};
use countersign_model::{Digest, Kind};
use serde_json::Value;

use super::find::{Found, by_purpose};
use super::item::{Item, ItemKind, ItemNote, NoteId, Standing};

/// The largest settings file that is read. Claude Code keeps its history in one.
const MOST_SETTINGS_BYTES: u64 = 64 << 20;
/// The largest document whose name is read.
const MOST_DOCUMENT_BYTES: u64 = 1 << 20;

/// The items that a found file makes.
pub(super) fn items(found: &Found) -> Vec<Item> {
    let mut items = Vec::new();
    for ((loads, ends), readers) in by_purpose(&found.readers) {
        let harnesses: Vec<&'static Harness> =
            readers.iter().map(|reader| reader.harness).collect();
        let path = &found.path[..ends];
        if let Some(target) = &found.link {
            items.push(link(found, loads, &harnesses, path, target));
            continue;
        }
        match loads {
            Loads::Settings | Loads::Servers => items.extend(entries(found, loads, &readers)),
            Loads::Hook if has_fields(&found.path) => {
                items.extend(entries(found, loads, &readers));
            }
            Loads::Plugin if has_fields(&found.path) => items.extend(plugin(found, &readers)),
            _ => items.push(whole(found, loads, harnesses, path)),
        }
        // An extension's manifest names the servers that come with it.
        if loads == Loads::Extension && is_manifest(&found.path) {
            items.extend(entries(found, loads, &readers));
        }
    }
    items
}

/// An item without anything that has to be read.
fn bare(found: &Found, kind: ItemKind, harnesses: Vec<&'static Harness>, path: &str) -> Item {
    Item {
        kind,
        name: name_of(kind, path),
        harnesses,
        scope: found.scope,
        path: path.to_owned(),
        key: None,
        digest: None,
        detail: None,
        standing: Standing::Unknown,
        subject: None,
        current: None,
        notes: Vec::new(),
    }
}

/// The last step of a path; that of an agent, command or prompt without its ending.
fn name_of(kind: ItemKind, path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or(path);
    if !matches!(kind, ItemKind::Agent | ItemKind::Command | ItemKind::Prompt) {
        return last.to_owned();
    }
    let endings = [".md", ".mdc", ".toml", ".prompt", ".agent", ".chatmode"];
    let mut name = last;
    while let Some(shorter) = endings.iter().find_map(|end| name.strip_suffix(end)) {
        if shorter.is_empty() {
            break;
        }
        name = shorter;
    }
    name.to_owned()
}

/// A link, which is not followed.
fn link(
    found: &Found,
    loads: Loads,
    harnesses: &[&'static Harness],
    path: &str,
    target: &Path,
) -> Item {
    let mut item = bare(found, ItemKind::of(loads), harnesses.to_vec(), path);
    item.standing = Standing::Unreadable;
    let target = target.to_string_lossy();
    item.notes.push(ItemNote {
        id: NoteId::Unread,
        text: format!("a link to {target}, which is not followed"),
    });
    item
}

/// A file or folder that is loaded as it is.
fn whole(found: &Found, loads: Loads, harnesses: Vec<&'static Harness>, path: &str) -> Item {
    let mut item = bare(found, ItemKind::of(loads), harnesses, path);
    // The folder of a Skill or extension is above the file that was found in it.
    let above = found.path[path.len()..].matches('/').count();
    let mut full = found.full.as_path();
    for _ in 0..above {
        full = full.parent().unwrap_or(full);
    }
    match contents::on_disk(full) {
        Ok(contents) => match contents.refusals.first() {
            None => item.digest = Some(contents.manifest.digest()),
            Some(refusal) => {
                item.standing = Standing::Unreadable;
                item.notes.push(ItemNote {
                    id: NoteId::Unread,
                    text: format!("no package: {}: {}", refusal.path, refusal.why),
                });
            }
        },
        Err(error) => {
            item.standing = Standing::Unreadable;
            item.notes.push(ItemNote {
                id: NoteId::Unread,
                text: unread(&error),
            });
        }
    }
    if loads == Loads::Skill
        && is_skill_file(&found.path)
        && let Ok(bytes) = read_regular(&found.full, MOST_DOCUMENT_BYTES)
        && let Some(name) = head::read(Kind::Skill, true, "SKILL.md", &bytes).name
    {
        item.name = name;
    }
    item
}

/// Why a file could not be read, without the path of the machine.
fn unread(error: &countersign_git::GitError) -> String {
    match error {
        countersign_git::GitError::Io { reason, .. } => format!("cannot be read: {reason}"),
        countersign_git::GitError::TooLarge { limit, .. } => {
            format!("cannot be read: larger than {limit} bytes")
        }
        _ => "cannot be read".to_owned(),
    }
}

fn has_fields(path: &str) -> bool {
    [".json", ".jsonc", ".toml", ".yaml", ".yml"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// The fields of a file.
fn fields(found: &Found) -> Result<Value, String> {
    let bytes = read_regular(&found.full, MOST_SETTINGS_BYTES).map_err(|error| unread(&error))?;
    let name = found.path.to_ascii_lowercase();
    let is_json = [".json", ".jsonc", ".code-workspace"]
        .iter()
        .any(|end| name.ends_with(end));
    if is_json {
        // Files that people do not write by hand are larger than documents.
        let read = json::read_generously(&bytes);
        return read.ok_or_else(|| "cannot be read: it is not JSON".to_owned());
    }
    match structured::read(&found.path, &bytes) {
        Some(Ok(tree)) => Ok(tree.value),
        Some(Err(())) => Err("cannot be read: it is not valid YAML or TOML".to_owned()),
        None => Ok(Value::Null),
    }
}

/// The servers, hooks, plugins and notable settings in a file.
fn entries(found: &Found, loads: Loads, readers: &[HarnessReader]) -> Vec<Item> {
    let harnesses: Vec<&'static Harness> = readers.iter().map(|reader| reader.harness).collect();
    let value = match fields(found) {
        Ok(value) => value,
        Err(why) => {
            let mut item = bare(found, ItemKind::of(loads), harnesses, &found.path);
            item.standing = Standing::Unreadable;
            item.notes.push(ItemNote {
                id: NoteId::Unread,
                text: why,
            });
            return vec![item];
        }
    };
    let mut items = Vec::new();
    for harness in &harnesses {
        let read = servers(harness, &value).into_iter();
        items.extend(read.map(|entry| server(found, harness, entry)));
    }
    for hook in hooks(&value) {
        let mut item = bare(found, ItemKind::Hook, harnesses.clone(), &found.path);
        item.name = hook.event;
        item.key = Some(hook.key);
        item.detail = Some(format!("runs {}", hook.program));
        items.push(item);
    }
    for plugin in plugins_in(&value) {
        let kind = if plugin.is_marketplace {
            ItemKind::Marketplace
        } else {
            ItemKind::Plugin
        };
        let mut item = bare(found, kind, harnesses.clone(), &found.path);
        item.name = plugin.name;
        item.key = Some(plugin.key);
        item.detail = plugin.origin;
        if plugin.disabled {
            item.notes.push(disabled());
        }
        items.push(item);
    }
    let mut settings = bare(found, ItemKind::Settings, harnesses.clone(), &found.path);
    for harness in &harnesses {
        for found in unsafe_settings(harness, &value) {
            settings.notes.push(ItemNote {
                id: NoteId::UnsafeSetting,
                text: format!("{}: {}", found.key, found.means),
            });
        }
    }
    if loads == Loads::Settings {
        settings
            .notes
            .extend(secrets_outside_servers(&harnesses, value));
    }
    settings.notes.sort();
    settings.notes.dedup();
    if !settings.notes.is_empty() {
        items.push(settings);
    }
    items
}

fn disabled() -> ItemNote {
    ItemNote {
        id: NoteId::Disabled,
        text: "the file says that it is off".to_owned(),
    }
}

fn server(found: &Found, harness: &'static Harness, entry: ServerEntry) -> Item {
    let mut item = bare(found, ItemKind::Server, vec![harness], &found.path);
    item.name = entry.name;
    item.key = Some(entry.key);
    item.detail = Some(entry.connection.words());
    for secret in entry.secrets {
        item.notes.push(ItemNote {
            id: NoteId::SecretLiteral,
            text: format!(
                "{}: {}",
                secret.pointer.trim_start_matches('/'),
                secret.what
            ),
        });
    }
    match entry.connection {
        Connection::Program {
            package,
            from_project,
            program,
        } => {
            if let Some(package) = package.filter(|package| !package.is_exact) {
                let text = match package.version {
                    None => format!(
                        "{program} runs whatever version of {} is newest",
                        package.name
                    ),
                    Some(version) => {
                        format!("{version} of {} is not one exact version", package.name)
                    }
                };
                item.notes.push(ItemNote {
                    id: NoteId::PackageNotPinned,
                    text,
                });
            }
            if from_project {
                item.notes.push(ItemNote {
                    id: NoteId::RunsFromProject,
                    text: format!(
                        "the folder that the harness starts in decides what {program} runs"
                    ),
                });
            }
        }
        Connection::Remote {
            plain_http: true, ..
        } => item.notes.push(ItemNote {
            id: NoteId::PlainHttp,
            text: "the connection is not encrypted".to_owned(),
        }),
        Connection::Remote { .. } => {}
        Connection::Unreadable => item.standing = Standing::Unreadable,
    }
    if entry.disabled {
        item.notes.push(disabled());
    }
    item.notes.sort();
    item
}

/// Secrets in settings, without those in servers, which have items of their own.
fn secrets_outside_servers(harnesses: &[&'static Harness], mut value: Value) -> Vec<ItemNote> {
    let tables = harnesses.iter().flat_map(|harness| harness.servers);
    for table in tables {
        let mut at = Some(&mut value);
        let (above, last) = table.rsplit_once('/').unwrap_or(("", table));
        for step in above.split('/').filter(|step| !step.is_empty()) {
            at = at.and_then(|value| value.get_mut(step));
        }
        if let Some(Value::Object(fields)) = at {
            fields.shift_remove(last);
        }
    }
    let note = |secret: countersign_model::document::validate::LiteralSecret| ItemNote {
        id: NoteId::SecretLiteral,
        text: format!(
            "{}: {}",
            secret.pointer.trim_start_matches('/'),
            secret.what
        ),
    };
    literal_secrets(&value).into_iter().map(note).collect()
}

/// A plugin's manifest, or a list of plugins, with what starts by itself.
fn plugin(found: &Found, readers: &[HarnessReader]) -> Vec<Item> {
    let mut items = entries(found, Loads::Plugin, readers);
    let lists = items
        .iter()
        .any(|item| matches!(item.kind, ItemKind::Plugin | ItemKind::Marketplace));
    if !lists {
        let harnesses = readers.iter().map(|reader| reader.harness).collect();
        let name = fields(found).ok().and_then(|value| {
            let name = value.get("name").and_then(Value::as_str);
            name.map(str::to_owned)
        });
        let is_list = found.path.ends_with("marketplace.json");
        let kind = if is_list {
            ItemKind::Marketplace
        } else {
            ItemKind::Plugin
        };
        let mut item = bare(found, kind, harnesses, &found.path);
        item.digest = digest(&found.full);
        if let Some(name) = name {
            item.name = name;
        }
        items.push(item);
    }
    items
}

fn digest(path: &Path) -> Option<Digest> {
    let contents = contents::on_disk(path).ok()?;
    contents
        .refusals
        .is_empty()
        .then(|| contents.manifest.digest())
}
