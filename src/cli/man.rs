//! `countersign man`.

use std::path::PathBuf;

use clap::Args;

use super::destination;
use super::error::CommandError;
use super::exit::ExitCode;
use super::files::{Folder, NewFile};
use super::session::Session;

/// Print the man page, or write one page per command to a folder
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign man ~/.local/share/man/man1")]
pub struct Man {
    /// Folder for the pages; nothing in it is overwritten
    dir: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let mut root = super::command();
        root.build();
        let Some(dir) = &self.dir else {
            session.out.bytes(&page(root)?)?;
            return Ok(ExitCode::Pass);
        };
        let mut files = vec![NewFile::regular("countersign.1", page(root.clone())?)];
        for command in root
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
        {
            files.push(NewFile::regular(
                format!("countersign-{}.1", command.get_name()),
                page(command.clone())?,
            ));
        }
        Folder::open(&destination::folder(dir)?)?.create(&files)?;
        session.out.note(&format!(
            "wrote {} man pages to {}",
            files.len(),
            dir.display()
        ));
        Ok(ExitCode::Pass)
    }
}

fn page(command: clap::Command) -> Result<Vec<u8>, CommandError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| CommandError::io("render a man page", &error))?;
    Ok(page)
}
