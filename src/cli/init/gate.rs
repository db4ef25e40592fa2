//! `init --workflow`: writes the gate's workflow where the policy is already there, and nothing else.

use super::{Init, workflow};
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::cli::files::{Folder, NewFile};
use crate::cli::session::Session;
use crate::cli::typed_command::Place;
use crate::cli::worktree::{invalid, missing};
use crate::document;
use crate::git::Repository;
use crate::model::Policy;
use crate::render::json;

/// What is at the workflow's path before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Nothing.
    None,
    /// The file that would be written.
    Same,
}

/// Looks whether `file` is there. Other content is never overwritten.
pub fn existing(folder: &Folder, file: &NewFile) -> Result<Existing, CommandError> {
    if !folder.exists(&file.path) {
        return Ok(Existing::None);
    }
    if folder.read(&file.path).as_ref() == Some(&file.bytes) {
        return Ok(Existing::Same);
    }
    Err(differs())
}

/// The refusal of other content.
pub fn differs() -> CommandError {
    CommandError::usage(format!(
        "{} is already there with other content; nothing was written",
        workflow::PATH
    ))
    .help("Keep it and name it under `protect` in countersign.yaml; or move it away, and run this again.")
}

/// Writes the workflow for the branch of the policy on disk.
pub fn write(
    session: &Session<'_>,
    repository: &Repository,
    folder: &Folder,
    options: &Init,
) -> Result<ExitCode, CommandError> {
    let text = folder.read(Policy::PATH).ok_or_else(missing)?;
    // The files that it names may be missing: the workflow is one of them.
    let policy = document::policy::parse(&text)
        .map_err(|faults| invalid(&text, &faults, faults.len()).help("Nothing was written."))?
        .policy;
    let file = NewFile::regular(
        workflow::PATH,
        workflow::gate(&policy.branch, options.merge_queue),
    );
    if options.print {
        session.out.bytes(&file.bytes)?;
        return Ok(ExitCode::Pass);
    }
    let written = existing(folder, &file)? == Existing::None;
    if written {
        folder.create(std::slice::from_ref(&file))?;
    }
    let place = Place::of(session, folder.root());
    let gate = Gate {
        protected: policy.protect.iter().any(|path| path == workflow::PATH),
        in_history: in_history(repository)?,
        text: &text,
        place: &place,
    };
    if session.json() {
        let view = json::InitWorkflow {
            schema: json::InitWorkflow::SCHEMA,
            next: gate.next(),
            branch: policy.branch,
            workflow: workflow::PATH,
            written,
            protected: gate.protected,
        };
        session.out.result(&json::text(&view))?;
    } else if !session.options.quiet {
        let mut lines = Vec::new();
        if options.github {
            lines.push(format!(
                "{} is already there and stays as it is.",
                Policy::PATH
            ));
        }
        lines.push(if written {
            format!(
                "Wrote {}, the gate for the branch {}.",
                workflow::PATH,
                policy.branch
            )
        } else {
            format!("{} is already there with this content.", workflow::PATH)
        });
        lines.extend(gate.lines());
        session.out.lines(lines)?;
    }
    Ok(ExitCode::Pass)
}

/// Whether the policy is committed: from then on, only a policy change reaches its protected files.
fn in_history(repository: &Repository) -> Result<bool, CommandError> {
    let Ok(head) = repository.head() else {
        return Ok(false);
    };
    let tree = repository.root_tree(head.commit)?;
    let entry = repository.entry_at(tree, Policy::PATH.as_bytes())?;
    Ok(entry.is_some())
}

/// The workflow on its way into the repository.
struct Gate<'a> {
    protected: bool,
    in_history: bool,
    /// The policy's text.
    text: &'a [u8],
    place: &'a Place,
}

impl Gate<'_> {
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            String::new(),
            "Replace OWNER and COMMIT in it with the release of the Action that you trust."
                .to_owned(),
        ];
        if !self.protected {
            lines.push(
                "Add it to `protect` in countersign.yaml, so that no pull request can rewrite it."
                    .to_owned(),
            );
        }
        lines.push("Then:".to_owned());
        lines.extend(self.next().iter().map(|command| format!("  {command}")));
        lines
    }

    fn next(&self) -> Vec<String> {
        let mut next = Vec::new();
        let line = format!("protect: [{}]", workflow::PATH);
        if !self.protected && self.takes(&line) && self.place.shell_finds(Policy::PATH) {
            next.push(format!("echo '{line}' >> {}", Policy::PATH));
        }
        if self.in_history {
            next.push(self.place.countersign("policy bump"));
        }
        let paths = [Policy::PATH, workflow::PATH].map(|path| self.place.path(path));
        let add = self.place.git(&format!("add {}", paths.join(" ")));
        let commit = self.place.git("commit -m 'Add the gate'");
        next.push(format!("{add} && {commit}"));
        next.push(if self.in_history {
            self.place
                .countersign("approve policy --reason 'Add the gate'")
        } else {
            self.place.countersign("check")
        });
        next
    }

    /// Whether the policy stays valid with `line` at its end.
    fn takes(&self, line: &str) -> bool {
        let text = [self.text, line.as_bytes(), b"\n"].concat();
        self.text.ends_with(b"\n") && document::policy::parse(&text).is_ok()
    }
}
