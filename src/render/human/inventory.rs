//! What agent tooling is on a machine.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::install::inventory::{Item, ItemKind, ItemNote, ItemScope, Standing};
use crate::model::escape::terminal;
use crate::model::quantity::{counted, grouped, quantity};
use crate::render::inventory::{Inventoried, shown_path};
use crate::render::paint::{Paint, Tone};
use crate::render::table::{Cell, lay_out};

/// Items of one kind that are listed unless all are asked for.
const MOST: usize = 30;

/// How much there is, what needs a look, then everything by kind.
pub fn inventory(view: &Inventoried<'_>, paint: Paint) -> String {
    let items = &view.inventory.items;
    if items.is_empty() {
        return format!(
            "nothing that a known harness loads\n{}",
            unsearched(view, paint)
        );
    }
    let mut text = format!("{}\n", paint.paint(Tone::Strong, &summary(items)));
    if let Some(source) = view.source {
        let _ = writeln!(
            text,
            "compared with {} at {}, {}",
            terminal(&source.repository),
            source.head.short(),
            standings(items)
        );
    }
    let cautions: Vec<&Item> = items.iter().filter(|item| needs_a_look(item)).collect();
    let heading = match cautions.len() {
        0 => "\nNothing needs a look.\n".to_owned(),
        1 => "\n1 needs a look\n".to_owned(),
        some => format!("\n{} need a look\n", grouped(some)),
    };
    text.push_str(&paint.paint(Tone::Strong, &heading));
    let shown = if view.complete { cautions.len() } else { MOST };
    for item in cautions.iter().take(shown) {
        text.push_str(&caution(item, paint));
    }
    more(&mut text, cautions.len(), shown, "countersign inventory -v");
    for kind in ItemKind::ALL {
        let of_kind: Vec<&Item> = items.iter().filter(|item| item.kind == kind).collect();
        // Settings are only listed for what is wrong with them.
        if of_kind.is_empty() || kind == ItemKind::Settings {
            continue;
        }
        let heading = format!("\n{}\n", plural(kind, of_kind.len()));
        text.push_str(&paint.paint(Tone::Strong, &heading));
        let shown = if view.complete { of_kind.len() } else { MOST };
        let rows: Vec<Vec<Cell>> = of_kind
            .iter()
            .take(shown)
            .map(|item| row(item, view.source.is_some()))
            .collect();
        text.push_str(&lay_out(&rows, 2, paint));
        let command = format!("countersign inventory --kind {}", kind.as_str());
        more(&mut text, of_kind.len(), shown, &command);
    }
    text.push_str(&unsearched(view, paint));
    if view.source.is_none() {
        text.push_str(
            "\nNo governed repository was named, so nothing is known about these bytes. To see which are \
             approved:\n  countersign inventory --source PATH\n",
        );
    }
    text
}

fn more(text: &mut String, total: usize, shown: usize, command: &str) {
    if total > shown {
        let _ = writeln!(text, "  … and {} more: {command}", grouped(total - shown));
    }
}

/// `9 Skills, 2 servers, 3 instruction files`.
fn summary(items: &[Item]) -> String {
    let counts: Vec<String> = ItemKind::ALL
        .into_iter()
        .filter(|kind| *kind != ItemKind::Settings)
        .filter_map(|kind| {
            let count = items.iter().filter(|item| item.kind == kind).count();
            (count > 0).then(|| plural(kind, count))
        })
        .collect();
    if counts.is_empty() {
        return "only settings".to_owned();
    }
    counts.join(", ")
}

fn plural(kind: ItemKind, count: usize) -> String {
    match kind {
        ItemKind::Skill => counted(count, "Skill"),
        ItemKind::Instructions => counted(count, "instruction file"),
        ItemKind::Settings => quantity(count, "settings file", "settings files"),
        kind => counted(count, kind.as_str()),
    }
}

/// `3 approved, 1 modified, 4 unknown`.
fn standings(items: &[Item]) -> String {
    let counts: Vec<String> = Standing::ALL
        .into_iter()
        .filter_map(|standing| {
            let count = items
                .iter()
                .filter(|item| item.standing == standing)
                .count();
            (count > 0).then(|| format!("{count} {}", standing.as_str()))
        })
        .collect();
    counts.join(", ")
}

fn needs_a_look(item: &Item) -> bool {
    let standing = !matches!(
        item.standing,
        Standing::Approved | Standing::Unknown | Standing::Outdated | Standing::Draft
    );
    standing || item.notes.iter().any(|note| note.id.is_caution())
}

/// One item with everything that is wrong with it.
fn caution(item: &Item, paint: Paint) -> String {
    let mut text = format!(
        "  {} {}  {}\n",
        item.kind.as_str(),
        paint.paint(Tone::Strong, &terminal(&item.name)),
        terminal(&place(item))
    );
    if !matches!(item.standing, Standing::Unknown | Standing::Unreadable) {
        let subject = item
            .subject
            .as_ref()
            .map_or_else(String::new, |(id, version)| {
                let version = version
                    .as_ref()
                    .map_or_else(String::new, |version| format!(" {version}"));
                format!(": {id}{version}")
            });
        let word = paint.paint(tone(item.standing), item.standing.as_str());
        let _ = writeln!(text, "    {word}{}", terminal(&subject));
    }
    let mut notes: Vec<&ItemNote> = item.notes.iter().collect();
    notes.dedup();
    for note in notes {
        let word = paint.paint(Tone::Wait, note.id.as_str());
        let _ = writeln!(text, "    {word}: {}", terminal(&note.text));
    }
    text
}

fn place(item: &Item) -> String {
    match &item.key {
        Some(key) => format!("{} at {key}", shown_path(item)),
        None => shown_path(item),
    }
}

fn row(item: &Item, compared: bool) -> Vec<Cell> {
    let version = item
        .subject
        .as_ref()
        .and_then(|(_, version)| version.clone());
    let standing = match version {
        Some(version) => format!("{} {version}", item.standing.as_str()),
        None => item.standing.as_str().to_owned(),
    };
    let detail = item
        .detail
        .as_ref()
        .map_or_else(String::new, |detail| format!("  {detail}"));
    let mut row = vec![Cell::plain(&item.name)];
    if compared {
        row.push(Cell::new(tone(item.standing), &standing));
    }
    row.push(Cell::new(Tone::Faint, &harnesses(item)));
    row.push(Cell::plain(&format!("{}{detail}", shown_path(item))));
    row
}

/// `claude-code`, `codex +9`.
fn harnesses(item: &Item) -> String {
    let first = item.harnesses.first().map_or("", |harness| harness.id);
    match item.harnesses.len() {
        0 | 1 => first.to_owned(),
        some => format!("{first} +{}", some - 1),
    }
}

const fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Approved => Tone::Good,
        Standing::Revoked | Standing::Blocked | Standing::RolledBack | Standing::Modified => {
            Tone::Bad
        }
        Standing::Unknown => Tone::Faint,
        _ => Tone::Wait,
    }
}

/// What was not searched.
fn unsearched(view: &Inventoried<'_>, paint: Paint) -> String {
    let folders = &view.inventory.unsearched;
    if folders.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{} not searched\n", counted(folders.len(), "folder"));
    text = paint.paint(Tone::Faint, &text);
    let shown = if view.complete { folders.len() } else { 3 };
    let named: BTreeSet<String> = folders
        .iter()
        .take(shown)
        .map(|folder| {
            let home = if folder.scope == ItemScope::User {
                "~/"
            } else {
                ""
            };
            format!(
                "  {home}{}: {}\n",
                terminal(&folder.path),
                terminal(&folder.why)
            )
        })
        .collect();
    text.extend(named);
    more(&mut text, folders.len(), shown, "countersign inventory -v");
    text
}
