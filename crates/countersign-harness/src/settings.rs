//! What the keys of a harness's settings can do, as far as it is known.
//!
//! A key that is not listed counts as one that runs something, because the next version of a
//! harness may read it so.

use countersign_model::document::spans::join;
use serde_json::Value;

use super::Harness;

/// What setting a key can do, the most harmless first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyClass {
    /// Nothing that matters here.
    Plain,
    /// Grants a permission, trusts something, or opens the sandbox.
    Widens,
    /// Names another endpoint, proxy, environment or marketplace.
    Redirects,
    /// Starts a program.
    Runs,
    /// Turns off hooks, checks or questions.
    Disables,
}

impl KeyClass {
    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Widens => "widens",
            Self::Redirects => "redirects",
            Self::Runs => "runs",
            Self::Disables => "disables",
        }
    }
}

/// Values with which a key has its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Values {
    /// Every value.
    Any,
    /// `true`.
    True,
    /// `false`.
    False,
    /// One of these texts.
    Text(&'static [&'static str]),
}

impl Values {
    /// For a page, after the key: ` = true`; empty for every value.
    pub fn words(self) -> String {
        match self {
            Self::Any => String::new(),
            Self::True => " = `true`".to_owned(),
            Self::False => " = `false`".to_owned(),
            Self::Text(texts) => format!(" = `{}`", texts.join("` or `")),
        }
    }

    fn has(self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::True => *value == Value::Bool(true),
            Self::False => *value == Value::Bool(false),
            Self::Text(texts) => value.as_str().is_some_and(|text| texts.contains(&text)),
        }
    }
}

/// A key of a harness's settings.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingsKey {
    /// From the top, with `/` between steps and `*` for any key.
    pub key: &'static str,
    /// What setting it can do.
    pub class: KeyClass,
    /// With which values.
    pub values: Values,
    /// What it does, after the name of the key; only where it disables something.
    pub means: &'static str,
}

const fn key(key: &'static str, class: KeyClass) -> SettingsKey {
    SettingsKey {
        key,
        class,
        values: Values::Any,
        means: "",
    }
}

pub(super) const fn plain(name: &'static str) -> SettingsKey {
    key(name, KeyClass::Plain)
}

pub(super) const fn widens(name: &'static str) -> SettingsKey {
    key(name, KeyClass::Widens)
}

pub(super) const fn redirects(name: &'static str) -> SettingsKey {
    key(name, KeyClass::Redirects)
}

pub(super) const fn runs(name: &'static str) -> SettingsKey {
    key(name, KeyClass::Runs)
}

pub(super) const fn disables(
    name: &'static str,
    values: Values,
    means: &'static str,
) -> SettingsKey {
    SettingsKey {
        key: name,
        class: KeyClass::Disables,
        values,
        means,
    }
}

/// A key that is set and turns off a check or a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsafeSetting {
    /// Where it is, as a JSON pointer. Hostile text.
    pub key: String,
    /// What it does, after the name of the key.
    pub means: &'static str,
}

/// The keys in a harness's settings that turn off checks or questions.
pub fn unsafe_settings(harness: &Harness, settings: &Value) -> Vec<UnsafeSetting> {
    let keys = harness.settings.iter();
    let disables = keys.filter(|known| known.class == KeyClass::Disables);
    let set = disables.flat_map(|known| {
        let found = at_key(settings, known.key).into_iter();
        let set = found.filter(|(_, value)| known.values.has(value));
        set.map(|(key, _)| UnsafeSetting {
            key,
            means: known.means,
        })
    });
    set.collect()
}

/// Every value at `key`, which may have `*` as a step, with its JSON pointer.
pub(super) fn at_key<'v>(value: &'v Value, key: &str) -> Vec<(String, &'v Value)> {
    let mut found = vec![(String::new(), value)];
    for step in key.split('/') {
        let mut below = Vec::new();
        for (at, value) in found {
            let fields = value.as_object().into_iter().flatten();
            let fields = fields.filter(|(name, _)| step == "*" || *name == step);
            below.extend(fields.map(|(name, value)| (join(&at, name), value)));
        }
        found = below;
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{HARNESSES, claude_code, opencode};
    use super::*;

    #[test]
    fn what_turns_off_a_check_is_found_and_what_does_not_is_not() {
        let settings = json!({
            "disableAllHooks": true,
            "enableAllProjectMcpServers": false,
            "permissions": {"defaultMode": "bypassPermissions", "allow": ["Bash"]},
        });
        let keys: Vec<String> = unsafe_settings(&claude_code::HARNESS, &settings)
            .into_iter()
            .map(|found| found.key)
            .collect();
        assert_eq!(keys, ["/disableAllHooks", "/permissions/defaultMode"]);
        let asks = json!({"permissions": {"defaultMode": "plan"}, "disableAllHooks": "no"});
        assert_eq!(unsafe_settings(&claude_code::HARNESS, &asks), []);
    }

    #[test]
    fn a_star_stands_for_every_key() {
        let settings = json!({"permission": {"bash": "allow", "edit": "ask", "webfetch": "allow"}});
        let keys: Vec<String> = unsafe_settings(&opencode::HARNESS, &settings)
            .into_iter()
            .map(|found| found.key)
            .collect();
        assert_eq!(keys, ["/permission/bash", "/permission/webfetch"]);
    }

    #[test]
    fn every_key_that_disables_something_says_what() {
        for harness in HARNESSES {
            for key in harness.settings {
                let says = !key.means.is_empty();
                assert_eq!(says, key.class == KeyClass::Disables, "{}", key.key);
            }
        }
    }
}
