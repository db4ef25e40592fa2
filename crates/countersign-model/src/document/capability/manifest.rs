//! What a `package.json` runs when it is installed, and what it brings.

use serde_json::Value;

use super::{Capabilities, commands};

/// Scripts that npm and similar tools run automatically.
const INSTALL: [&str; 9] = [
    "preinstall",
    "install",
    "postinstall",
    "preprepare",
    "prepare",
    "postprepare",
    "prepublish",
    "prepublishOnly",
    "dependencies",
];

pub(super) fn read(value: &Value, found: &mut Capabilities) {
    for name in INSTALL {
        if let Some(line) = value
            .pointer(&format!("/scripts/{name}"))
            .and_then(Value::as_str)
        {
            commands::shell(line, &mut found.commands);
            found
                .permissions
                .insert(format!("runs when it is installed: {line}"));
        }
    }
    for list in [
        "dependencies",
        "devDependencies",
        "optionalDependencies",
        "peerDependencies",
    ] {
        for (name, range) in value
            .get(list)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            found.permissions.insert(format!(
                "depends on npm {name} {}",
                range.as_str().unwrap_or_default()
            ));
        }
    }
}
