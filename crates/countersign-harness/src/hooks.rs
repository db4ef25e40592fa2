//! Hooks in the files of harnesses: at which event which program runs.
//!
//! Every harness has a field `hooks` that maps events to commands, nested in different ways.

use countersign_model::document::spans::join;
use serde_json::Value;

use super::address::origin;
use super::package_ref::program_name;
use super::wrappers::is_assignment;

/// A command that a harness runs at an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookEntry {
    /// The event, as the file names it. Hostile text.
    pub event: String,
    /// Where it is, as a JSON pointer. Hostile text.
    pub key: String,
    /// The file name of the program, or scheme and host of an address.
    pub program: String,
}

/// Fields that hold a command, an address, or words for the model.
const COMMANDS: [&str; 5] = ["command", "bash", "powershell", "url", "prompt"];
/// Hooks may be nested no deeper than this.
const DEEPEST: usize = 8;

/// The hooks in a file.
pub fn hooks(file: &Value) -> Vec<HookEntry> {
    let mut found = Vec::new();
    let events = file.get("hooks").and_then(Value::as_object);
    for (event, commands) in events.into_iter().flatten() {
        let at = join("/hooks", event);
        collect(event, &at, commands, DEEPEST, &mut found);
    }
    found
}

fn collect(event: &str, at: &str, value: &Value, deepest: usize, found: &mut Vec<HookEntry>) {
    if deepest == 0 {
        return;
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let at = join(at, index);
                collect(event, &at, item, deepest - 1, found);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = join(at, name);
                match value.as_str().filter(|_| COMMANDS.contains(&name.as_str())) {
                    Some(line) => found.push(HookEntry {
                        event: event.to_owned(),
                        key: at,
                        program: match name.as_str() {
                            "url" => origin(line).unwrap_or_else(|| "an address".to_owned()),
                            "prompt" => "a prompt".to_owned(),
                            _ => program(line),
                        },
                    }),
                    None => collect(event, &at, value, deepest - 1, found),
                }
            }
        }
        _ => {}
    }
}

/// The program of a shell's command line: its first word that sets no variable. A quote or `$` in what
/// comes before may hide where a word ends, and then no name is given.
fn program(line: &str) -> String {
    let mut words = line.split_whitespace();
    let first = words.find(|word| !is_assignment(word)).unwrap_or_default();
    let before = &line[..line.find(first).unwrap_or_default()];
    if before.contains(['"', '\'', '$', '`', '(']) {
        return "a program".to_owned();
    }
    // `"$CLAUDE_PROJECT_DIR"/.claude/hooks/check.sh` is named by its file.
    let last = first.rsplit(['/', '\\']).next().unwrap_or(first);
    program_name(last.trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hooks_are_found_however_they_are_nested() {
        let claude = json!({"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [
            {"type": "command", "command": "TOKEN=abc \"$CLAUDE_PROJECT_DIR\"/.claude/hooks/check.sh --all"},
        ]}]}});
        let copilot =
            json!({"version": 1, "hooks": {"preToolUse": [{"type": "command", "bash": "./gate"}]}});
        let found = |file: &Value| {
            let words =
                |found: HookEntry| format!("{} {} {}", found.event, found.key, found.program);
            hooks(file).into_iter().map(words).collect::<Vec<_>>()
        };
        assert_eq!(
            found(&claude),
            ["PreToolUse /hooks/PreToolUse/0/hooks/0/command check.sh"]
        );
        assert_eq!(
            found(&copilot),
            ["preToolUse /hooks/preToolUse/0/bash gate"]
        );
        assert_eq!(found(&json!({"hooks": "./hooks"})), [""; 0]);
    }
}
