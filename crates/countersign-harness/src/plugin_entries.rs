//! Plugins and marketplaces in the settings of harnesses, and in the lists that harnesses keep of
//! what they installed.

use countersign_model::document::spans::join;
use serde_json::Value;

use super::address::origin;

/// A plugin or marketplace that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginEntry {
    /// Its name in the file. Hostile text.
    pub name: String,
    /// Where it is, as a JSON pointer. Hostile text.
    pub key: String,
    /// Whether it lists plugins.
    pub is_marketplace: bool,
    /// Where it comes from, or its version, in words. Hostile text.
    pub origin: Option<String>,
    /// Whether the file says that it is off.
    pub disabled: bool,
}

/// Fields with marketplaces by name.
const MARKETPLACES: [&str; 2] = ["extraKnownMarketplaces", "marketplaces"];

/// The plugins and marketplaces in a file.
pub fn plugins_in(file: &Value) -> Vec<PluginEntry> {
    let mut found = Vec::new();
    let table = |field: &str| file.get(field).and_then(Value::as_object);
    for (name, on) in table("enabledPlugins").into_iter().flatten() {
        found.push(PluginEntry {
            disabled: *on == Value::Bool(false),
            ..plugin(name, "enabledPlugins", None)
        });
    }
    for (name, installed) in table("plugins").into_iter().flatten() {
        // A list of places where it is installed, or one of them.
        let one = installed.get(0).unwrap_or(installed);
        if !one.is_object() {
            continue;
        }
        let version = one.get("version").and_then(Value::as_str);
        let off = one.get("enabled") == Some(&Value::Bool(false));
        found.push(PluginEntry {
            disabled: off,
            ..plugin(
                name,
                "plugins",
                version.map(|version| format!("version {version}")),
            )
        });
    }
    // OpenCode names packages of npm.
    let packages = file.get("plugin").and_then(Value::as_array);
    for (index, name) in packages.into_iter().flatten().enumerate() {
        // With options, it is the first of a list.
        if let Some(name) = name.as_str().or_else(|| name.get(0)?.as_str()) {
            let key = join("/plugin", index);
            found.push(PluginEntry {
                name: without_secrets(name),
                key,
                ..plugin(name, "plugin", None)
            });
        }
    }
    for field in MARKETPLACES {
        for (name, known) in table(field).into_iter().flatten() {
            found.extend(marketplace(name, join(&join("", field), name), known));
        }
    }
    // `known_marketplaces.json` has nothing around its marketplaces.
    for (name, known) in file.as_object().into_iter().flatten() {
        if known.get("installLocation").is_some() {
            found.extend(marketplace(name, join("", name), known));
        }
    }
    found
}

fn plugin(name: &str, field: &str, origin: Option<String>) -> PluginEntry {
    PluginEntry {
        name: name.to_owned(),
        key: join(&join("", field), name),
        is_marketplace: false,
        origin,
        disabled: false,
    }
}

fn marketplace(name: &str, key: String, known: &Value) -> Option<PluginEntry> {
    let source = known.get("source")?;
    let text = |field: &str| source.get(field).and_then(Value::as_str);
    let place = ["repo", "url", "package", "path"];
    let from = source.as_str().or_else(|| place.into_iter().find_map(text));
    Some(PluginEntry {
        name: name.to_owned(),
        key,
        is_marketplace: true,
        origin: from.map(|from| format!("from {}", without_secrets(from))),
        disabled: false,
    })
}

/// A name or path as it is, and of an address only the host: what comes before it and after it may be
/// secret.
fn without_secrets(text: &str) -> String {
    if text.contains("://") {
        return origin(text).unwrap_or_else(|| "an address".to_owned());
    }
    let plain = |c: char| c.is_alphanumeric() || "@/._-+ ".contains(c);
    // `user:password@host` has a colon; `owner/name` and `name@1.2.3` have none.
    if text.chars().all(plain) {
        return text.to_owned();
    }
    "an address".to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plugins_and_marketplaces_are_found_in_settings_and_in_lists_of_what_is_installed() {
        let settings = json!({
            "enabledPlugins": {"review@acme": true, "old@acme": false},
            "extraKnownMarketplaces": {"acme": {"source": {"source": "github", "repo": "acme/plugins"}}},
        });
        let words = |file: &Value| -> Vec<String> {
            let words = |found: PluginEntry| {
                let origin = found.origin.unwrap_or_default();
                format!(
                    "{} {} {origin} {}",
                    found.key, found.is_marketplace, found.disabled
                )
            };
            plugins_in(file).into_iter().map(words).collect()
        };
        assert_eq!(
            words(&settings),
            [
                "/enabledPlugins/review@acme false  false",
                "/enabledPlugins/old@acme false  true",
                "/extraKnownMarketplaces/acme true from acme/plugins false",
            ]
        );
        let installed = json!({"version": 2, "plugins": {"review@acme": [{"version": "1.0.0"}]}});
        assert_eq!(
            words(&installed),
            ["/plugins/review@acme false version 1.0.0 false"]
        );
        let known = json!({"acme": {
            "source": {"source": "git", "url": "https://u:p@git.acme.example/x.git?a=b"},
            "installLocation": "/home/a/.claude/plugins/marketplaces/acme",
        }});
        assert_eq!(
            words(&known),
            ["/acme true from https://git.acme.example false"]
        );
    }
}
