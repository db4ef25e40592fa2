//! `docs/records.md`.

use countersign_testkit::TestResult;

use super::{Reader, page, text};

#[test]
fn what_it_shows_of_the_demo_is_so() -> TestResult {
    let printed = Reader::new().follows(&page("docs/records.md"));
    let explained = printed.last().ok_or("it ends with `explain`")?;
    assert!(
        explained.stdout.contains("proved by commit"),
        "the block has no other proof\n{explained}"
    );
    Ok(())
}

#[test]
fn every_field_of_a_record_is_on_the_page() -> TestResult {
    let page = text("docs/records.md");
    let schema: serde_json::Value = serde_json::from_str(&text("schemas/decision.schema.json"))?;
    let fields = schema["properties"].as_object().ok_or("fields")?;
    for field in fields.keys() {
        assert!(page.contains(&format!("\n| `{field}` | ")), "{field}");
    }
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.split('|').nth(1))
        .collect();
    for name in ["ReviewInput", "ItemInput"] {
        let fields = schema["$defs"][name]["properties"]
            .as_object()
            .ok_or("fields")?;
        for field in fields.keys() {
            assert!(
                rows.iter().any(|row| row.contains(&format!("`{field}`"))),
                "{name}.{field}"
            );
        }
    }
    Ok(())
}
