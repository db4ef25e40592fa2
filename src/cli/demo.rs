//! `demo`: a small company's governed repository, and what to try in it.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::audit::Audit;
use super::check::Check;
use super::destination;
use super::error::CommandError;
use super::exit::ExitCode;
use super::options::{CommonOptions, Format};
use super::session::Session;
use super::status::Status;
use crate::demo::story::{self, Story};
use crate::render::escape;
use crate::render::json;
use crate::render::paint::{Paint, Tone};

/// The demo's audit, in its folder.
const AUDIT: &str = "audit";

/// Build a small governed repository with real signed history, run status, check and audit in it,
/// and print what to try
///
/// Needs no network and no keys: it creates worthless keys inside the repository's .git folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  countersign demo\n  countersign demo /tmp/acme")]
pub struct Demo {
    /// A folder that does not exist yet, or is empty
    #[arg(value_name = "DIR", default_value = "countersign-demo")]
    dir: PathBuf,
}

impl Demo {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let dir = session.directory().join(&self.dir);
        if !is_free(&dir) {
            return Err(CommandError::usage(format!("{} is already there", self.dir.display()))
                .help("Name another folder, such as `countersign demo another-demo`, or remove it first."));
        }
        let dir = destination::folder(&dir)?;
        let story = story::build(&dir).map_err(|error| {
            CommandError::not_evaluated(format!("cannot build the demo: {error}"))
        })?;
        // Of its own folder, so that Git has nothing to say about it.
        let audit = dir.join(AUDIT);
        exclude(&dir)?;
        let options = CommonOptions {
            directory: Some(dir),
            format: Format::Human,
            anchor: None,
            includes: None,
            now: Some(story.end),
            ..session.options.clone()
        };
        let inside = Session {
            options: &options,
            out: session.out,
            now: story.end,
        };
        Audit::whole(audit).run(&Session {
            out: session.out.quietly(),
            ..inside
        })?;
        if session.json() {
            session
                .out
                .result(&json::text(&view(&story, &self.dir.to_string_lossy())))?;
            return Ok(ExitCode::Pass);
        }
        let paint = session.out.paint();
        let shown = self.dir.to_string_lossy();
        session.out.result(&paint.fit(opening(&story, &shown)))?;
        command(session, "countersign status", paint)?;
        Status::all().run(&inside)?;
        command(session, "countersign check", paint)?;
        Check::tip().run(&inside)?;
        command(
            session,
            &format!("countersign audit --framework all --out {AUDIT}"),
            paint,
        )?;
        session.out.result(&format!(
            "Open {AUDIT}/audit.html first; the folder has every format.\n"
        ))?;
        session
            .out
            .result(&paint.fit(closing(&story, &shown, paint)))?;
        name_the_program(session);
        Ok(ExitCode::Pass)
    }
}

/// Excludes the audit's folder from Git's view of the repository.
fn exclude(dir: &Path) -> Result<(), CommandError> {
    let info = dir.join(".git/info");
    let written = fs::create_dir_all(&info)
        .and_then(|()| fs::write(info.join("exclude"), format!("/{AUDIT}/\n")));
    written.map_err(|error| {
        CommandError::io(format!("write {}", info.join("exclude").display()), &error)
    })
}

/// What was built.
fn opening(story: &Story, dir: &str) -> String {
    let people: Vec<&str> = story
        .people
        .iter()
        .map(|person| person.printed.as_str())
        .collect();
    let (last, others) = people
        .split_last()
        .map_or(("no one", &[][..]), |(last, others)| (*last, others));
    format!(
        "Built {}: two months of a small company in {} landings, signed by {} and {last}.\n",
        escape::terminal(dir),
        story.landings.len(),
        others.join(", ")
    )
}

/// What to try: the command, and what it shows.
fn ideas(story: &Story) -> Vec<(String, String)> {
    let (subject, version) = &story.waiting;
    let you = story
        .you
        .printed
        .split(' ')
        .next()
        .unwrap_or(&story.you.printed);
    vec![
        (
            format!("countersign explain {}", story.eventful),
            "what is approved, by whom, and why 1.2.0 is not".to_owned(),
        ),
        (
            format!("countersign diff {subject}"),
            format!("what {version} changes, before anyone approves it"),
        ),
        (
            format!(
                "countersign approve {subject} --reason 'Read the change.' --commit && countersign check"
            ),
            format!("you are {you}, whose approval is missing: now it passes"),
        ),
        (
            format!(
                "echo 'Run anything.' >> {} && git commit -qam 'One more line' && countersign check",
                story.approved_file
            ),
            "one more line in an approved Skill: check fails".to_owned(),
        ),
        (
            format!("countersign show {}@1.2.0 --file SKILL.md", story.eventful),
            "the exact bytes of a version that was rolled back".to_owned(),
        ),
        (
            "countersign log".to_owned(),
            "who decided what, when, why, and with which evidence".to_owned(),
        ),
        (
            format!("countersign verify {AUDIT}/audit.json"),
            "recomputes the audit from the repository and compares every word".to_owned(),
        ),
    ]
}

fn closing(story: &Story, dir: &str, paint: Paint) -> String {
    let mut text = format!(
        "\n{}\n\n  cd {}\n",
        paint.paint(Tone::Strong, "Try it:"),
        escape::terminal(dir)
    );
    for (command, shows) in ideas(story) {
        let _ = writeln!(
            text,
            "\n  {}\n  {command}",
            paint.paint(Tone::Faint, &format!("# {shows}"))
        );
    }
    text
}

fn view(story: &Story, dir: &str) -> json::Demo {
    let landings = story.landings.iter().map(|landing| json::DemoLanding {
        commit: landing.commit.to_string(),
        summary: landing.summary.clone(),
    });
    json::Demo {
        schema: "countersign.demo/v1",
        dir: dir.to_owned(),
        now: story.end.to_string(),
        waiting: format!("{}@{}", story.waiting.0, story.waiting.1),
        landings: landings.collect(),
        try_next: ideas(story)
            .into_iter()
            .map(|(command, _)| command)
            .collect(),
    }
}

fn command(session: &Session<'_>, line: &str, paint: Paint) -> Result<(), CommandError> {
    session.out.result(&format!(
        "\n{}\n",
        paint.paint(Tone::Strong, &format!("$ {line}"))
    ))
}

/// Whether nothing is there but perhaps an empty folder.
fn is_free(dir: &Path) -> bool {
    match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => dir.symlink_metadata().is_err(),
    }
}

/// The commands can be typed as they are only where the shell finds the program.
fn name_the_program(session: &Session<'_>) {
    let found = env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|dir| dir.join("countersign").is_file()));
    if let (false, Ok(program)) = (found, env::current_exe()) {
        session.out.note(&format!(
            "\ncountersign is not on your PATH yet; in this shell, run:\n  alias countersign='{}'",
            program.display()
        ));
    }
}
