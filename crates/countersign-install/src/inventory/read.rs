//! What a found file is: one item for what is loaded as one, and one for each entry in a file that
//! holds servers, hooks and plugins.

use std::collections::BTreeSet;
use std::path::Path;

use countersign_core::replay::contents;
use countersign_git::{Folder, read_regular};
use countersign_harness::{
    Connection, Harness, HarnessReader, Loads, ServerEntry, has_repeated_key, hooks, is_manifest,
    is_skill_file, plugins_in, servers, unsafe_settings,
};
use countersign_model::Kind;
use countersign_model::document::validate::{LiteralSecret, literal_secrets};
use countersign_model::document::{head, json, structured};
use serde_json::Value;

use super::find::{Found, by_purpose};
use super::item::{Item, ItemKind, ItemNote, NoteId, Standing};

/// The largest settings file that is read.
const MOST_SETTINGS_BYTES: u64 = 2 << 20;
/// The same for the file in which Claude Code keeps its history.
const MOST_HISTORY_BYTES: u64 = 16 << 20;
/// The largest folder or file whose checksum is computed.
const MOST_PACKAGE_BYTES: u64 = 256 << 20;
/// The largest document whose name is read.
const MOST_DOCUMENT_BYTES: u64 = 1 << 20;

/// Found files, each once for what it is loaded as: a folder that is loaded as one is there with its
/// first file alone.
pub(super) fn units(found: &[Found]) -> Vec<Unit<'_>> {
    let mut seen = BTreeSet::new();
    let mut units = Vec::new();
    for file in found {
        for ((loads, ends), readers) in by_purpose(&file.readers) {
            let unit = Unit {
                found: file,
                loads,
                ends,
                readers,
            };
            let whole = (file.scope, &file.path[..ends], loads);
            if unit.is_read_itself() || seen.insert(whole) {
                units.push(unit);
            }
        }
    }
    units
}

/// A found file, and what it is loaded as.
pub(super) struct Unit<'f> {
    found: &'f Found,
    loads: Loads,
    /// Bytes of its path up to the end of what is loaded as one.
    ends: usize,
    readers: Vec<HarnessReader>,
}

impl Unit<'_> {
    /// Whether the file itself is read, and not only the folder that is loaded as one.
    fn is_read_itself(&self) -> bool {
        let found = self.found;
        found.link.is_some()
            || match self.loads {
                Loads::Settings | Loads::Servers => true,
                Loads::Hook | Loads::Plugin => has_fields(&found.path),
                Loads::Extension => is_manifest(&found.path),
                _ => false,
            }
    }
}

/// The items that a file makes.
pub(super) fn items(unit: &Unit<'_>) -> Vec<Item> {
    let Unit { found, loads, .. } = *unit;
    let harnesses = || unit.readers.iter().map(|reader| reader.harness).collect();
    let path = &found.path[..unit.ends];
    if let Some(target) = &found.link {
        return vec![link(found, loads, harnesses(), path, target)];
    }
    match loads {
        Loads::Settings | Loads::Servers => entries(found, loads, &unit.readers),
        Loads::Hook if has_fields(&found.path) => entries(found, loads, &unit.readers),
        Loads::Plugin if has_fields(&found.path) => plugin(found, &unit.readers),
        // An extension's manifest names the servers that come with it.
        Loads::Extension if is_manifest(&found.path) => {
            let mut items = entries(found, loads, &unit.readers);
            items.push(whole(found, loads, harnesses(), path));
            items
        }
        _ => vec![whole(found, loads, harnesses(), path)],
    }
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
    harnesses: Vec<&'static Harness>,
    path: &str,
    target: &Path,
) -> Item {
    let mut item = bare(found, ItemKind::of(loads), harnesses, path);
    let target = target.to_string_lossy();
    unreadable(
        &mut item,
        format!("a link to {target}, which is not followed"),
    );
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
    match sized(full).and_then(|()| contents::on_disk(full)) {
        Ok(contents) => match contents.refusals.first() {
            None => item.digest = Some(contents.manifest.digest()),
            Some(refusal) => {
                let why = format!("no package: {}: {}", refusal.path, refusal.why);
                unreadable(&mut item, why);
            }
        },
        Err(error) => unreadable(&mut item, unread(&error)),
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

/// An error where a folder or file holds too much.
fn sized(path: &Path) -> Result<(), countersign_git::GitError> {
    let listed = Folder::list(path)?;
    let size = listed.files().iter().map(|file| file.size);
    let sum = size.fold(0, u64::saturating_add);
    if sum > MOST_PACKAGE_BYTES {
        return Err(countersign_git::GitError::TooLarge {
            what: String::new(),
            limit: MOST_PACKAGE_BYTES,
        });
    }
    Ok(())
}

/// Why a file could not be read, without the path of the machine.
fn unread(error: &countersign_git::GitError) -> String {
    match error {
        countersign_git::GitError::Io { reason, .. } => format!("cannot be read: {reason}"),
        countersign_git::GitError::TooLarge { limit, .. } => {
            format!("cannot be read: more than {limit} bytes, or folders inside one another")
        }
        _ => "cannot be read".to_owned(),
    }
}

const JSON: [&str; 3] = [".json", ".jsonc", ".code-workspace"];
const OTHERS: [&str; 3] = [".toml", ".yaml", ".yml"];

fn ends_with(path: &str, endings: &[&str]) -> bool {
    let path = path.to_ascii_lowercase();
    endings.iter().any(|end| path.ends_with(end))
}

/// Whether a file has fields to read.
fn has_fields(path: &str) -> bool {
    ends_with(path, &JSON) || ends_with(path, &OTHERS)
}

/// The fields of a file.
fn fields(found: &Found) -> Result<Value, String> {
    let most = if found.path.ends_with(".claude.json") {
        MOST_HISTORY_BYTES
    } else {
        MOST_SETTINGS_BYTES
    };
    let bytes = read_regular(&found.full, most).map_err(|error| unread(&error))?;
    if ends_with(&found.path, &JSON) {
        // Files that people do not write by hand are larger than documents.
        if has_repeated_key(&bytes) {
            let why = "a key is repeated: some harnesses read the first value, others the last";
            return Err(why.to_owned());
        }
        let read = json::read_generously(&bytes);
        return read.ok_or_else(|| "cannot be read: it is not JSON".to_owned());
    }
    match structured::read(&found.path, &bytes) {
        Some(Ok(tree)) => Ok(tree.value),
        Some(Err(())) => Err("cannot be read: it is not valid YAML or TOML".to_owned()),
        None => Err("cannot be read: its format is not known".to_owned()),
    }
}

/// The servers, hooks, plugins and notable settings in a file.
fn entries(found: &Found, loads: Loads, readers: &[HarnessReader]) -> Vec<Item> {
    let harnesses: Vec<&'static Harness> = readers.iter().map(|reader| reader.harness).collect();
    let value = match fields(found) {
        Ok(value) => value,
        Err(why) => {
            let mut item = bare(found, ItemKind::of(loads), harnesses, &found.path);
            unreadable(&mut item, why);
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

/// Marks an item whose bytes are not known.
fn unreadable(item: &mut Item, why: String) {
    item.standing = Standing::Unreadable;
    item.notes.push(ItemNote {
        id: NoteId::Unread,
        text: why,
    });
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
    let words: Vec<String> = entry.connections.iter().map(Connection::words).collect();
    item.detail = Some(words.join(" and "));
    item.notes
        .extend(entry.secrets.into_iter().map(secret_note));
    for connection in entry.connections {
        item.notes.extend(cautions(&mut item.standing, connection));
    }
    if entry.disabled {
        item.notes.push(disabled());
    }
    item.notes.sort();
    item
}

/// What a person should know about what a server starts or connects to.
fn cautions(standing: &mut Standing, connection: Connection) -> Vec<ItemNote> {
    let mut notes = Vec::new();
    let mut note = |id, text| notes.push(ItemNote { id, text });
    match connection {
        Connection::Program {
            package,
            from_project,
            program,
        } => {
            if let Some(package) = package.filter(|package| !package.is_exact) {
                let text = match (package.name, package.version) {
                    (None, _) => {
                        format!("{program} runs a package that is not named plainly")
                    }
                    (Some(name), None) => {
                        format!("{program} runs whatever version of {name} is newest")
                    }
                    (Some(name), Some(version)) => {
                        format!(
                            "{version} of {name}, or what comes with it, is not one exact version"
                        )
                    }
                };
                note(NoteId::PackageNotPinned, text);
            }
            if from_project {
                let text =
                    format!("the folder that the harness starts in decides what {program} runs");
                note(NoteId::RunsFromProject, text);
            }
        }
        Connection::Remote {
            plain_http: true, ..
        } => note(
            NoteId::PlainHttp,
            "the connection is, or may be, without encryption".to_owned(),
        ),
        Connection::Remote { .. } => {}
        Connection::Unreadable => {
            *standing = Standing::Unreadable;
            note(
                NoteId::Unread,
                "it names neither a program nor an address in a field that is known".to_owned(),
            );
        }
    }
    notes
}

fn secret_note(secret: LiteralSecret) -> ItemNote {
    ItemNote {
        id: NoteId::SecretLiteral,
        text: format!("{}: {}", secret.pointer, secret.what),
    }
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
    literal_secrets(&value)
        .into_iter()
        .map(secret_note)
        .collect()
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
        let mut item = whole(found, Loads::Plugin, harnesses, &found.path);
        item.kind = kind;
        if let Some(name) = name {
            item.name = name;
        }
        items.push(item);
    }
    items
}
