//! Reading environment variables as text.

use std::env;

/// The value of a variable, trimmed; `None` when it is blank or not text.
pub fn variable(name: &str) -> Option<String> {
    env::var(name)
        .ok()
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}
