//! An inventory as one table for spreadsheets.

use crate::install::inventory::Item;
use crate::render::audit::csv::{Cell, Column, table};
use crate::render::inventory::Inventoried;

/// What each column has of an item.
fn columns<'i>() -> [Column<&'i Item>; 13] {
    [
        ("kind", |item| item.kind.as_str().into()),
        ("name", |item| Cell::from(&item.name)),
        ("standing", |item| item.standing.as_str().into()),
        ("subject", |item| {
            let subject = item.subject.as_ref();
            Cell::from(&subject.map(|(id, _)| id.to_string()))
        }),
        ("version", |item| {
            let subject = item.subject.as_ref();
            Cell::from(&subject.and_then(|(_, version)| version.clone()))
        }),
        ("current", |item| Cell::from(&item.current)),
        ("scope", |item| item.scope.as_str().into()),
        ("path", |item| Cell::from(&item.path)),
        ("key", |item| Cell::from(&item.key)),
        ("detail", |item| Cell::from(&item.detail)),
        ("harnesses", |item| {
            let names: Vec<&str> = item.harnesses.iter().map(|harness| harness.id).collect();
            names.join(" ").into()
        }),
        ("notes", |item| {
            let notes = item.notes.iter();
            let notes: Vec<String> = notes
                .map(|note| format!("{}: {}", note.id.as_str(), note.text))
                .collect();
            notes.join("; ").into()
        }),
        ("digest", |item| Cell::from(&item.digest)),
    ]
}

/// The table. Text that could be a formula to a spreadsheet is made inert, as in an audit.
pub fn inventory_csv(view: &Inventoried<'_>) -> String {
    table(&columns(), &view.inventory.items)
}
