//! Why a key of the user cannot be used, before it is known which command stops over it.

use super::error::CommandError;

/// Why a key cannot be used, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// A lower-case fragment.
    pub why: String,
    /// Sentences that start with a verb.
    pub help: Vec<String>,
}

impl Unusable {
    /// Both together.
    pub fn new(why: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            help: vec![help.into()],
        }
    }

    /// What another program's error says.
    pub fn of(error: CommandError) -> Self {
        Self {
            why: error.message,
            help: error.help,
        }
    }

    /// As the error of a command that was called with this key.
    pub fn error(&self) -> CommandError {
        let error = CommandError::usage(&self.why);
        self.help.iter().fold(error, CommandError::help)
    }

    /// As one line of help for another error.
    pub fn line(&self) -> String {
        let help: Vec<&str> = self.help.iter().map(String::as_str).collect();
        format!("{}. {}", self.why, help.join(" "))
    }
}
