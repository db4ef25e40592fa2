//! `--verbose`: what was read, from where, and how long each phase took, on standard error and
//! never in a result.
//!
//! Only events of Countersign's own crates are shown: a library may log a header, and with it a
//! token. A phase is a span and is printed when it ends; the clock is read only here, so the crates
//! below still have none.

use std::env;
use std::fmt::{self, Write as _};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::set_global_default;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::clock;
use super::options::CommonOptions;
use super::output::Output;

/// What every target of this workspace begins with.
const OWN: &str = "countersign";
/// Read when `--verbose` is not given. Not `RUST_LOG`: it may be set for another program, and must
/// not change what this one prints.
const VARIABLE: &str = "COUNTERSIGN_LOG";

/// Prints the phases of this process from now on, if the user turned them on.
pub fn start(options: &CommonOptions, out: Output) {
    if options.quiet {
        return;
    }
    let targets = match options.verbose {
        0 => from_environment(out),
        1 => Some(only(LevelFilter::INFO)),
        2 => Some(only(LevelFilter::DEBUG)),
        _ => Some(only(LevelFilter::TRACE)),
    };
    if let Some(targets) = targets {
        // Fails only where another run in this process was first.
        let _ = set_global_default(Registry::default().with(Phases { targets, out }));
    }
}

fn only(level: LevelFilter) -> Targets {
    Targets::new().with_target(OWN, level)
}

fn from_environment(out: Output) -> Option<Targets> {
    let value = env::var(VARIABLE).ok().filter(|value| !value.is_empty())?;
    let targets = value.parse().ok();
    if targets.is_none() {
        out.warning(&format!("{VARIABLE} is not a valid filter: write a level such as `debug`, or `countersign_forge=debug`"));
    }
    targets
}

/// Prints events, and spans as they end.
struct Phases {
    targets: Targets,
    out: Output,
}

impl Phases {
    fn print(&self, level: Level, line: &str) {
        self.out.log(&level.as_str().to_ascii_lowercase(), line);
    }
}

/// A span that has not ended.
struct Open {
    since: Instant,
    text: Text,
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Phases {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target().starts_with(OWN)
            && self
                .targets
                .would_enable(metadata.target(), metadata.level())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.targets
            .iter()
            .map(|(_, level)| level)
            .chain(self.targets.default_level())
            .max()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut text = Text(attributes.metadata().name().to_owned());
        attributes.record(&mut text);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Open {
                since: clock::stopwatch(),
                text,
            });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            values.record(&mut open.text);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.print(*event.metadata().level(), text.0.trim_start());
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(span) = context.span(&id)
            && let Some(open) = span.extensions().get::<Open>()
        {
            let took = milliseconds(open.since.elapsed());
            self.print(
                *span.metadata().level(),
                &format!("{} took={took}ms", open.text.0),
            );
        }
    }
}

fn milliseconds(took: Duration) -> String {
    format!("{:.1}", took.as_secs_f64() * 1000.0)
}

/// A message and fields as `name=value`.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = match field.name() {
            "message" => write!(self.0, " {value}"),
            // A value with a space or a quote could look like another field.
            name if value.is_empty() || value.contains([' ', '"', '=']) => {
                write!(self.0, " {name}={value:?}")
            }
            name => write!(self.0, " {name}={value}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of a span with these fields.
    fn text(record: impl Fn() -> tracing::Span) -> String {
        struct SendLayer(std::sync::mpsc::Sender<String>);
        impl<S: Subscriber> Layer<S> for SendLayer {
            fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
                let mut text = Text(attributes.metadata().name().to_owned());
                attributes.record(&mut text);
                self.0.send(text.0).expect("someone listens");
            }
        }
        let (send, received) = std::sync::mpsc::channel();
        tracing::subscriber::with_default(Registry::default().with(SendLayer(send)), || {
            drop(record());
        });
        received.recv().expect("one span")
    }

    #[test]
    fn a_value_cannot_look_like_another_field() {
        let span = || {
            tracing::info_span!(
                "x",
                plain = "main",
                spaced = "main took=0ms",
                quoted = "a\"b",
                empty = "",
                number = 7
            )
        };
        assert_eq!(
            text(span),
            r#"x plain=main spaced="main took=0ms" quoted="a\"b" empty="" number=7"#
        );
    }

    #[test]
    fn only_our_own_crates_are_listened_to() {
        let phases = Phases {
            targets: "trace".parse().expect("a filter"),
            out: Output::default(),
        };
        let subscriber = Registry::default().with(phases);
        tracing::subscriber::with_default(subscriber, || {
            assert!(tracing::enabled!(target: "countersign_forge::github", Level::TRACE));
            assert!(!tracing::enabled!(target: "octocrab", Level::ERROR));
            assert!(!tracing::enabled!(target: "hyper::proto", Level::TRACE));
        });
    }
}
