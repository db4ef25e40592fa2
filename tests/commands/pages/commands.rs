//! `docs/commands.md`.

use countersign_testkit::Repo;

use super::text;

#[test]
fn every_command_is_in_the_table() {
    let help = Repo::empty().run(&["--help"]).exits(0).stdout;
    let (_, commands) = help.split_once("Commands:\n").expect("a list of commands");
    let names: Vec<&str> = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() > 20, "{names:?}");
    let page = text("docs/commands.md");
    let first_cells = page.lines().filter_map(|line| line.strip_prefix("| "));
    let first_cells: Vec<&str> = first_cells
        .filter_map(|row| row.split(" | ").next())
        .collect();
    for name in names {
        let named = first_cells.iter().any(|cell| {
            cell.split('`')
                .skip(1)
                .step_by(2)
                .any(|span| span.split(' ').next() == Some(name))
        });
        assert!(named, "{name}");
    }
    for code in ["0", "1", "2", "3", "70"] {
        assert!(first_cells.contains(&code), "exit code {code}");
    }
}
