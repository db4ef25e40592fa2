//! Options that choose which findings a report for people lists. They never change a verdict.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::error::CommandError;
use super::options::Format;
use super::session::Session;
use super::shell_word::quoted;
use crate::check::rules::Level;
use crate::document::problem::closest;
use crate::model::RuleId;
use crate::model::glob::Glob;
use crate::render::listing::{Listing, Selection};

/// The heading of these options.
pub const HEADING: &str = "What to list (the verdict stays the same)";

/// Which findings are listed.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = HEADING)]
pub struct ListingOptions {
    /// Only findings of this rule, all of them; may be repeated, as all of these options
    #[arg(long, value_name = "RULE", value_parser = rule, value_delimiter = ',')]
    rule: Vec<RuleId>,
    /// Only findings at this file, folder or glob, from the repository's root
    #[arg(long, value_name = "PATH", value_parser = path)]
    path: Vec<Glob>,
    /// Only findings of this severity: error, waiting, warning or info
    #[arg(long, value_name = "SEVERITY", value_parser = severity(), value_delimiter = ',', hide_possible_values = true)]
    severity: Vec<Level>,
}

impl ListingOptions {
    /// What to list. `command` is the command without these options, as it was typed.
    pub fn listing(
        &self,
        session: &Session<'_>,
        subjects: &[Glob],
        command: String,
    ) -> Result<Listing, CommandError> {
        let selection = Selection {
            rules: self.rule.clone(),
            subjects: subjects.to_vec(),
            paths: self.path.clone(),
            levels: self.severity.clone(),
        };
        if selection.is_active() && session.options.format == Format::Json {
            return Err(CommandError::usage(format!(
                "{} does not apply to JSON, which is always complete",
                selection.words()
            ))
            .help("Leave it out, and select from `findings` in the result."));
        }
        Ok(Listing {
            selection,
            complete: session.options.verbose > 0,
            command,
        })
    }
}

/// A command with the common options that decide what is judged, as the user can type it in the
/// repository. Where that is on this machine is left out: output is the same in every clone.
pub fn typed(session: &Session<'_>, name: &str) -> String {
    let options = session.options;
    let mut command = format!("countersign {name}");
    let now = options.now.map(|now| now.to_string());
    let given = [
        ("--anchor", &options.anchor),
        ("--includes", &options.includes),
        ("--now", &now),
    ];
    for (option, value) in given {
        add(&mut command, option, value.as_deref());
    }
    command
}

/// Adds an option, if it was given.
pub fn add(command: &mut String, option: &str, value: Option<&str>) {
    if let Some(value) = value {
        command.push_str(&format!(" {option} {}", quoted(value)));
    }
}

fn rule(text: &str) -> Result<RuleId, String> {
    text.parse::<RuleId>().map_err(|error| {
        match closest(text, RuleId::ALL.iter().map(|rule| rule.as_str())) {
            Some(near) => format!("{error}: did you mean `{near}`?"),
            None => format!("{error}: docs/rules.md lists them"),
        }
    })
}

fn path(text: &str) -> Result<Glob, String> {
    let plain = text.trim_start_matches("./").trim_end_matches('/');
    Glob::parse(plain).map_err(|error| error.to_string())
}

/// A glob over subjects; without a kind, it is a name of any kind.
pub fn subject(text: &str) -> Result<Glob, String> {
    let whole = if text.contains('/') {
        text.to_owned()
    } else {
        format!("*/{text}")
    };
    Glob::parse(&whole).map_err(|error| error.to_string())
}

/// The words of `--severity`.
fn severity() -> impl TypedValueParser<Value = Level> {
    const SEVERITIES: [Level; 4] = [Level::Error, Level::Waiting, Level::Warning, Level::Info];
    PossibleValuesParser::new(SEVERITIES.map(Level::as_str)).map(|word| {
        let known = SEVERITIES.into_iter().find(|level| level.as_str() == word);
        known.expect("only these words are possible")
    })
}
