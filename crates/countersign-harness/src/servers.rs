//! MCP servers in the files of harnesses: what each starts or connects to.
//!
//! Every harness has a dialect of its own; what they have in common is read from all of them:
//! a program with arguments (`command` and `args`, a `command` that is a list, `cmd`, or Zed's
//! `command` that is an object), or an address (`url`, `httpUrl`, `serverUrl`, `uri`).

use countersign_model::document::spans::join;
use countersign_model::document::validate::{LiteralSecret, literal_secrets};
use serde_json::Value;

use super::Harness;
use super::address::origin;
use super::package_ref::{PackageRef, program_name};
use super::settings::at_key;
use super::wrappers::unwrapped;

/// A server in a file of a harness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerEntry {
    /// Its name in the file. Hostile text.
    pub name: String,
    /// Where it is, as a JSON pointer. Hostile text.
    pub key: String,
    /// What it starts, and every address that it names; at least one.
    pub connections: Vec<Connection>,
    /// Whether the file says that it is off.
    pub disabled: bool,
    /// Values in it that are secrets.
    pub secrets: Vec<LiteralSecret>,
}

/// What a server's entry starts or connects to, without anything that could be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// A program on this machine.
    Program {
        /// Its file name. Hostile text.
        program: String,
        /// The package that it fetches and runs.
        package: Option<PackageRef>,
        /// Whether the folder that the harness is started in decides what runs: the program, a
        /// script among its arguments, or a package manager that prefers what is installed there.
        from_project: bool,
    },
    /// A server on the network.
    Remote {
        /// Scheme, host and port of the address; `None` where it is not written plainly. Hostile text.
        origin: Option<String>,
        /// Whether the connection is not encrypted and leaves this machine.
        plain_http: bool,
    },
    /// Neither can be read.
    Unreadable,
}

impl Connection {
    /// `runs npm @acme/tickets@1.2.3`, `runs node`, `connects to https://mcp.acme.example`.
    pub fn words(&self) -> String {
        match self {
            Self::Program {
                package: Some(package),
                ..
            } => format!("runs {}", package.words()),
            Self::Program { program, .. } => format!("runs {program}"),
            Self::Remote { origin, .. } => match origin {
                Some(origin) => format!("connects to {origin}"),
                None => "connects to an address that is not written plainly".to_owned(),
            },
            Self::Unreadable => "neither a program nor an address".to_owned(),
        }
    }
}

/// The servers that a harness finds in one of its files.
pub fn servers(harness: &Harness, file: &Value) -> Vec<ServerEntry> {
    let mut found = Vec::new();
    for key in harness.servers {
        for (at, table) in at_key(file, key) {
            match table {
                Value::Object(table) => {
                    let entries = table.iter();
                    found.extend(entries.map(|(name, entry)| read(name, join(&at, name), entry)));
                }
                // Continue has a list.
                Value::Array(list) => {
                    for (index, entry) in list.iter().enumerate() {
                        let at = join(&at, index);
                        let name = entry.get("name").and_then(Value::as_str);
                        found.push(read(name.unwrap_or(&at), at.clone(), entry));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Fields that hold an address.
const ADDRESSES: [&str; 4] = ["url", "httpUrl", "serverUrl", "uri"];

fn read(name: &str, key: String, entry: &Value) -> ServerEntry {
    let flag = |field: &str| entry.get(field).and_then(Value::as_bool);
    let mut connections = Vec::new();
    if let Some((program, arguments)) = command(entry) {
        connections.push(program_of(program, &arguments));
    }
    // Which of several a harness takes is its own rule.
    let addresses = ADDRESSES
        .iter()
        .filter_map(|field| entry.get(field)?.as_str());
    connections.extend(addresses.map(remote));
    if connections.is_empty() {
        connections.push(Connection::Unreadable);
    }
    ServerEntry {
        name: name.to_owned(),
        key,
        connections,
        disabled: flag("disabled") == Some(true) || flag("enabled") == Some(false),
        secrets: literal_secrets(entry),
    }
}

/// The words of the command that an entry starts.
fn command(entry: &Value) -> Option<(&str, Vec<&str>)> {
    let command = entry.get("command").or_else(|| entry.get("cmd"))?;
    match command {
        Value::String(program) => {
            let mut words = texts(entry.get("args"));
            // Some files have the whole line in it.
            let mut line = program.split_whitespace();
            let first = line.next()?;
            if words.is_empty() && line.clone().next().is_some() {
                words = line.collect();
                return Some((first, words));
            }
            Some((program, words))
        }
        Value::Array(_) => {
            let words = texts(Some(command));
            let (first, rest) = words.split_first()?;
            Some((first, rest.to_vec()))
        }
        Value::Object(fields) => {
            let program = fields.get("path").and_then(Value::as_str)?;
            Some((program, texts(fields.get("args"))))
        }
        _ => None,
    }
}

/// The texts of a list.
fn texts(list: Option<&Value>) -> Vec<&str> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

/// Programs that run a script among their arguments.
const INTERPRETERS: [&str; 13] = [
    "bash",
    "bun",
    "cmd",
    "deno",
    "node",
    "perl",
    "php",
    "powershell",
    "pwsh",
    "python",
    "python3",
    "ruby",
    "sh",
];
/// Package managers that prefer what the working folder has, or obey its configuration.
const OBEYING: [&str; 8] = ["npx", "npm", "pnpm", "pnpx", "yarn", "bunx", "uv", "poetry"];

fn program_of(program: &str, arguments: &[&str]) -> Connection {
    let (program, arguments) = unwrapped(program, arguments);
    let program = program.as_str();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let name = program_name(program);
    let scripts = arguments.iter().filter(|word| !word.starts_with('-'));
    let runs_script = INTERPRETERS.contains(&name.as_str())
        && scripts
            .take(1)
            .any(|script| is_relative(script) && !script.contains("://"));
    let steps = program.contains(['/', '\\']);
    Connection::Program {
        package: PackageRef::of(program, &arguments),
        from_project: steps && is_relative(program)
            || runs_script
            || OBEYING.contains(&name.as_str()),
        program: name,
    }
}

fn is_relative(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    !(path.starts_with(['/', '~', '\\', '$', '%']) || drive)
}

fn remote(address: &str) -> Connection {
    let origin = origin(address);
    let host = origin.as_deref().and_then(|origin| {
        let (scheme, host) = origin.split_once("://")?;
        matches!(scheme, "http" | "ws").then_some(host)
    });
    let here = |host: &str| {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(host, "localhost" | "127.0.0.1" | "[::1]")
            || matches!(name, "localhost" | "127.0.0.1" | "[::1]")
    };
    let lower = address.to_ascii_lowercase();
    Connection::Remote {
        plain_http: match &origin {
            Some(_) => host.is_some_and(|host| !here(host)),
            // It may be read as one.
            None => lower.contains("http:") || lower.contains("ws:"),
        },
        origin,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{claude_code, codex, continue_dev, goose, opencode, vscode, zed};
    use super::*;

    fn words(harness: &Harness, file: &Value) -> Vec<String> {
        let words = |found: ServerEntry| format!("{} {}", found.key, found.connections[0].words());
        servers(harness, file).into_iter().map(words).collect()
    }

    #[test]
    fn servers_are_read_in_every_dialect() {
        let standard = json!({"tickets": {"command": "npx", "args": ["-y", "tickets@1.2.3"]}});
        let found = |harness: &Harness, file: Value| words(harness, &file);
        assert_eq!(
            found(&claude_code::HARNESS, json!({"mcpServers": standard})),
            ["/mcpServers/tickets runs npm tickets@1.2.3"]
        );
        assert_eq!(
            found(
                &claude_code::HARNESS,
                json!({"projects": {"/home/a/x": {"mcpServers": standard}}})
            ),
            ["/projects/~1home~1a~1x/mcpServers/tickets runs npm tickets@1.2.3"]
        );
        assert_eq!(
            found(&codex::HARNESS, json!({"mcp_servers": standard})),
            ["/mcp_servers/tickets runs npm tickets@1.2.3"]
        );
        assert_eq!(
            found(
                &vscode::HARNESS,
                json!({"servers": {"a": {"type": "http", "url": "https://u:p@a.example:8443/mcp?t=1"}}})
            ),
            ["/servers/a connects to https://a.example:8443"]
        );
        assert_eq!(
            found(
                &opencode::HARNESS,
                json!({"mcp": {"a": {"type": "local", "command": ["uvx", "mcp-git"]}}})
            ),
            ["/mcp/a runs pypi mcp-git"]
        );
        assert_eq!(
            found(
                &zed::HARNESS,
                json!({"context_servers": {"a": {"command": {"path": "/usr/bin/a", "args": []}}}})
            ),
            ["/context_servers/a runs a"]
        );
        assert_eq!(
            found(
                &goose::HARNESS,
                json!({"extensions": {"a": {"type": "stdio", "cmd": "node", "args": ["a.js"]}}})
            ),
            ["/extensions/a runs node"]
        );
        assert_eq!(
            found(
                &continue_dev::HARNESS,
                json!({"mcpServers": [{"name": "a", "command": "python3 serve.py"}]})
            ),
            ["/mcpServers/0 runs python3"]
        );
    }

    #[test]
    fn no_argument_variable_path_or_query_is_kept() {
        let secret = "hunter22hunter";
        let file = json!({"mcpServers": {
            "a": {"command": "npx", "args": ["tickets", "--token", secret], "env": {"TOKEN": secret}},
            "b": {"url": format!("https://a.example/{secret}?key={secret}")},
        }});
        let found = servers(&claude_code::HARNESS, &file);
        assert!(!format!("{found:?}").contains(secret), "{found:?}");
        assert!(!found[0].secrets.is_empty());
    }

    #[test]
    fn what_the_working_folder_decides_is_told() {
        let from_project = |command: &str, args: &[&str]| {
            let file = json!({"mcpServers": {"a": {"command": command, "args": args}}});
            let found = servers(&claude_code::HARNESS, &file).remove(0);
            matches!(
                found.connections[0],
                Connection::Program {
                    from_project: true,
                    ..
                }
            )
        };
        assert!(from_project("npx", &["-y", "tickets@1.2.3"]));
        assert!(from_project("./serve", &[]));
        assert!(from_project("node", &["dist/index.js"]));
        assert!(from_project("python", &["-u", "serve.py"]));
        assert!(!from_project("/opt/tickets/serve", &["x"]));
        assert!(!from_project("node", &["/opt/tickets/index.js"]));
        assert!(!from_project("tickets", &[]));
        assert!(!from_project("docker", &["run", "a"]));
    }

    #[test]
    fn an_address_without_encryption_is_told_unless_it_is_this_machine() {
        for (address, plain) in [
            ("http://a.example/mcp", true),
            ("http://localhost:3000/mcp", false),
            ("http://127.0.0.1:3000", false),
            ("https://a.example", false),
            ("${ADDRESS}", false),
            ("${ADDRESS:-http://evil.example/}", true),
            ("http:evil.example/x", true),
            ("http://evil.example\\@localhost/", true),
        ] {
            let Connection::Remote { plain_http, .. } = remote(address) else {
                panic!("{address}");
            };
            assert_eq!(plain_http, plain, "{address}");
        }
    }
}
