//! One run of the binary.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use countersign::render::json::schemas::OUTPUTS;
use jsonschema::Validator;
use serde_json::Value;

/// What a run printed and how it ended.
#[derive(Clone, Debug)]
pub struct Output {
    /// The command line, for failures.
    pub command: String,
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Runs `program` with nothing of the caller's environment; a judging command finds no program
    /// on its `PATH`.
    pub fn of(program: &str, arguments: &[&str], home: &Path, judging: bool) -> Self {
        let mut command = Command::new(program);
        command.args(arguments);
        environment(&mut command, home);
        if judging {
            command.env("PATH", home.join("no-programs"));
        }
        let output = command
            .output()
            .unwrap_or_else(|error| panic!("{program} starts: {error}"));
        let output = Self {
            command: format!("countersign {}", arguments.join(" ")),
            code: output
                .status
                .code()
                .unwrap_or_else(|| panic!("{program} {arguments:?} was killed")),
            stdout: String::from_utf8(output.stdout)
                .expect("output is UTF-8, whatever the repository holds"),
            stderr: String::from_utf8(output.stderr)
                .expect("errors are UTF-8, whatever the repository holds"),
        };
        assert!(
            !output.stderr.contains("panicked at"),
            "no input makes it panic\n{output}"
        );
        output
    }

    /// Standard output as JSON, which must have the form of its schema.
    #[track_caller]
    pub fn json(&self) -> Value {
        let value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("standard output is JSON: {error}\n{self}"));
        if let Err(error) = has_its_form(&value) {
            panic!("{error}\n{self}");
        }
        value
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n{self}");
        self
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "$ {}\nexit code {}\n--- stdout\n{}--- stderr\n{}",
            self.command, self.code, self.stdout, self.stderr
        )
    }
}

/// Whether an output has the form that `countersign schema` publishes.
pub fn has_its_form(value: &Value) -> Result<(), String> {
    static VALIDATORS: LazyLock<BTreeMap<&str, Validator>> = LazyLock::new(|| {
        let of = |output: &countersign::render::json::schemas::OutputSchema| {
            jsonschema::draft202012::new(&output.value()).expect("a valid schema")
        };
        OUTPUTS
            .iter()
            .map(|output| (output.id, of(output)))
            .collect()
    });
    let Some(id) = value["schema"].as_str() else {
        return Ok(());
    };
    match VALIDATORS.get(id) {
        Some(validator) => match validator.validate(value) {
            Ok(()) => Ok(()),
            Err(error) => Err(format!("{id}: {error} at {}", error.instance_path())),
        },
        None => Err(format!("no schema describes {id}")),
    }
}

/// The environment of every program that a test starts: no configuration of the user or the system,
/// one locale, one time zone.
pub fn environment(command: &mut Command, home: &Path) {
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("xdg"))
        .env("GNUPGHOME", home.join("gnupg"));
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", home.join("no-gitconfig"))
        .env("GIT_TERMINAL_PROMPT", "0");
    command.env("LC_ALL", "C").env("TZ", "UTC");
    // Nothing asks the person who runs the tests for a passphrase.
    command
        .env("SSH_ASKPASS", "false")
        .env("SSH_ASKPASS_REQUIRE", "force");
    command
        .env("GIT_AUTHOR_NAME", "Judge")
        .env("GIT_AUTHOR_EMAIL", "judge@nowhere.example")
        .env("GIT_AUTHOR_DATE", "1767603600 +0000");
    command
        .env("GIT_COMMITTER_NAME", "Judge")
        .env("GIT_COMMITTER_EMAIL", "judge@nowhere.example")
        .env("GIT_COMMITTER_DATE", "1767603600 +0000");
}
