//! The only place that prints. Results go to standard output, everything else to standard error.
//!
//! A reader that goes away (`countersign log | head`) is not an error. Text that may come from a
//! repository is made inert here before it reaches a terminal; what a renderer made is inert
//! already.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource};

use super::environment::variable;
use super::error::{CommandError, Diagnostic, ErrorKind};
use crate::model::UnsafeChar;
use crate::render::paint::Paint;

/// When to color.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs, reason = "the names that command-line tools use")]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();

/// On a narrower terminal, lines are as wide as on this one.
const FEWEST_COLUMNS: usize = 60;

/// Where and how to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Output {
    color: Color,
    quiet: bool,
}

impl Output {
    /// An output with the user's wishes.
    pub const fn new(color: Color, quiet: bool) -> Self {
        Self { color, quiet }
    }

    /// The same without notes, for a command that another one runs.
    pub const fn quietly(self) -> Self {
        Self {
            quiet: true,
            ..self
        }
    }

    /// Whether standard output shows colors.
    pub fn colored(self) -> bool {
        self.shows_color(&io::stdout())
    }

    /// How text for people looks on standard output. Only a terminal has columns: elsewhere the
    /// same repository gives the same bytes.
    pub fn paint(self) -> Paint {
        let columns = || {
            let told = variable("COLUMNS").and_then(|columns| columns.parse().ok());
            let found = || terminal_size::terminal_size_of(io::stdout());
            told.or_else(|| found().map(|(width, _)| usize::from(width.0)))
                .map(|columns: usize| columns.max(FEWEST_COLUMNS))
        };
        Paint {
            color: self.colored(),
            columns: columns().filter(|_| io::stdout().is_terminal()),
        }
    }

    fn shows_color(self, stream: &impl anstream::stream::RawStream) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => AutoStream::choice(stream) != ColorChoice::Never,
        }
    }

    /// Prints a result exactly as a renderer or a file has it.
    pub fn result(self, text: &str) -> Result<(), CommandError> {
        self.bytes(
            if self.colored() {
                text.to_owned()
            } else {
                anstream::adapter::strip_str(text).to_string()
            }
            .as_bytes(),
        )
    }

    /// Prints raw bytes, such as a file of a package.
    #[allow(
        clippy::unused_self,
        reason = "an output is set before anything is printed"
    )]
    pub fn bytes(self, bytes: &[u8]) -> Result<(), CommandError> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(CommandError::io("write the output", &error))
            }
            _ => Ok(()),
        }
    }

    /// Prints lines of a result that hold text from elsewhere.
    pub fn lines<T: AsRef<str>>(
        self,
        lines: impl IntoIterator<Item = T>,
    ) -> Result<(), CommandError> {
        let mut text = String::new();
        for line in lines {
            text.push_str(&inert(line.as_ref()));
            text.push('\n');
        }
        self.bytes(text.as_bytes())
    }

    /// Prints pieces of a result one after the other, as they are produced, without keeping them.
    #[allow(
        clippy::unused_self,
        reason = "an output is set before anything is printed"
    )]
    pub fn stream(
        self,
        pieces: impl IntoIterator<Item = io::Result<String>>,
    ) -> Result<(), CommandError> {
        let mut stdout = io::BufWriter::new(io::stdout().lock());
        let written = pieces
            .into_iter()
            .try_for_each(|piece| stdout.write_all(piece?.as_bytes()))
            .and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(CommandError::io("write the output", &error))
            }
            _ => Ok(()),
        }
    }

    /// A progress line, shown only on a terminal.
    pub fn progress(self, text: &str) {
        if io::IsTerminal::is_terminal(&io::stderr()) {
            self.note(text);
        }
    }

    /// Prints something that is not the result: what was done, what comes next.
    pub fn note(self, text: &str) {
        if !self.quiet {
            self.stderr(&format!("{}\n", inert(text)));
        }
    }

    /// A line about the run itself.
    pub fn log(self, level: &str, text: &str) {
        self.stderr(&format!("{HELP}{level}:{HELP:#} {}\n", one_line(text)));
    }

    /// Prints something that the user should look at.
    pub fn warning(self, text: &str) {
        self.stderr(&format!("{WARNING}warning:{WARNING:#} {}\n", inert(text)));
    }

    /// Prints an error with its help and the places in the user's files.
    pub fn error(self, error: &CommandError) {
        let mut text = String::new();
        for diagnostic in &error.diagnostics {
            text.push_str(&snippet(diagnostic, self.shows_color(&io::stderr())));
        }
        let _ = writeln!(text, "{ERROR}error:{ERROR:#} {}", one_line(&error.message));
        for line in &error.printed {
            let _ = writeln!(text, "  | {}", one_line(line));
        }
        for help in &error.help {
            let _ = writeln!(
                text,
                "  {HELP}help:{HELP:#} {}",
                inert(help).replace('\n', "\n        ")
            );
        }
        if error.kind == ErrorKind::Internal {
            let _ = writeln!(text, "  {HELP}help:{HELP:#} {REPORT}");
        }
        self.stderr(&text);
    }

    fn stderr(self, text: &str) {
        let text = if self.shows_color(&io::stderr()) {
            text.to_owned()
        } else {
            anstream::adapter::strip_str(text).to_string()
        };
        // There is nowhere left to complain when standard error is gone.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

const REPORT: &str = "Report this bug with the command, its output, and the output of `countersign --version`. An internal error is never a pass.";

/// Prints the message of a caught panic.
pub fn internal_error(message: &str) {
    Output::default().error(&CommandError::new(
        ErrorKind::Internal,
        format!("internal error: {message}"),
    ));
}

/// Prints clap's output: help and version to standard output, usage errors to standard error.
pub fn usage(error: &clap::Error) {
    let text = inert(&error.render().to_string())
        .replace("\n::", "\n\\u{3a}:")
        .replace("##[", "#\\u{23}[");
    // A reader that went away is not an error.
    let _ = if error.use_stderr() {
        io::stderr().write_all(text.as_bytes())
    } else {
        io::stdout().write_all(text.as_bytes())
    };
}

/// `text` with everything that could command a terminal or hide from a reader shown as `\u{…}`;
/// line ends and tabs stay.
pub fn inert(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || c == '\t' || UnsafeChar::of(c).is_none() {
            shown.push(c);
        } else {
            let _ = write!(shown, "{}", c.escape_unicode());
        }
    }
    shown
}

/// [`inert`] text that stays on its line and cannot be a command for a build runner.
fn one_line(text: &str) -> String {
    inert(text)
        .replace('\n', "\\u{a}")
        .replace("##[", "#\\u{23}[")
}

/// The user's line with the fault marked in it.
fn snippet(diagnostic: &Diagnostic, color: bool) -> String {
    let message = inert(&diagnostic.message);
    let mut report = MietteDiagnostic::new(message)
        .with_label(LabeledSpan::new_with_span(None, diagnostic.excerpt.mark()));
    if !diagnostic.help.is_empty() {
        report = report.with_help(inert(&diagnostic.help));
    }
    let theme = if color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let shown = miette::Report::new(report).with_source_code(NamedSource::new(
        inert(&diagnostic.path),
        diagnostic.excerpt.clone(),
    ));
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(120)
        .with_links(false);
    match handler.render_report(&mut text, shown.as_ref()) {
        Ok(()) => text,
        Err(_) => format!("{}: {shown}\n", inert(&diagnostic.path)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::excerpt::Excerpt;
    use super::*;

    #[test]
    fn shows_hostile_characters_instead_of_obeying_them() {
        assert_eq!(
            inert("a\u{1b}[31mb\tc\u{202e}d\r\n\u{e0041}é"),
            "a\\u{1b}[31mb\tc\\u{202e}d\\u{d}\n\\u{e0041}é"
        );
    }

    #[test]
    fn a_diagnostic_shows_the_users_own_line() {
        let diagnostic = Diagnostic {
            path: "countersign.yaml".to_owned(),
            excerpt: Excerpt::of(b"schema: countersign.policy/v1\nserial: seven\n", (38, 43)),
            message: "`seven` is not a number".to_owned(),
            help: "Write a whole number.".to_owned(),
        };
        insta::assert_snapshot!(snippet(&diagnostic, false), @r"
         × `seven` is not a number
          ╭─[countersign.yaml:2:9]
        1 │ schema: countersign.policy/v1
        2 │ serial: seven
          ·         ─────
          ╰────
         help: Write a whole number.
        ");
    }

    #[test]
    fn a_span_outside_of_the_file_does_not_panic() {
        let excerpt = Excerpt::of(b"", (7, 3));
        let diagnostic = Diagnostic {
            path: "x".to_owned(),
            excerpt,
            message: "m".to_owned(),
            help: String::new(),
        };
        assert!(snippet(&diagnostic, true).contains('m'));
    }
}
