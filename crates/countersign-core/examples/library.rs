//! Judges a repository from another program, and explains what waits in it.
//!
//! `cargo run -p countersign-core --example library -- PATH` judges the repository at PATH as of
//! now; without PATH it builds the repository of `countersign demo` and judges that.

#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use std::error::Error;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_core::check::remedy;
use countersign_core::judge::Question;
use countersign_git::Repository;
use countersign_model::{State, Timestamp};

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(path) = std::env::args().nth(1) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        return judge(Path::new(&path), Timestamp::from_unix(i64::try_from(now)?));
    }
    let folder = tempfile::tempdir()?;
    let story = countersign_demo::story::build(folder.path())?;
    judge(folder.path(), story.end)
}

fn judge(path: &Path, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let repository = Repository::open(path)?;
    let answer = Question::about_head(now).judge(&repository)?;
    println!("{}", answer.report().verdict);
    let ledger = &answer.survey.replay.ledger;
    for subject in ledger.subjects.values() {
        let version = subject.shown_version();
        println!(
            "{} {} is {}",
            subject.id,
            version
                .map(|version| version.key.version.label())
                .unwrap_or_default(),
            subject.shown_state()
        );
        if subject.shown_state() != State::Draft {
            continue;
        }
        for remedy in remedy::remedies(ledger, subject, version) {
            println!(
                "  {}: {}",
                remedy.command.unwrap_or_else(|| "by hand".to_owned()),
                remedy.needs
            );
        }
    }
    Ok(())
}
