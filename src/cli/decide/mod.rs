//! What all decisions have in common: find the bytes, write the record, sign it, try out whether it
//! would count, and say what comes next.

mod announce;
mod bytes;
mod change;
mod dirty;
mod items;
pub mod landing;
mod other_bytes;
mod outlook;
mod preview;
mod proposed;
mod request;
mod signer;
mod steps;

use std::path::Path;

use super::clock;
use super::error::CommandError;
use super::exit::ExitCode;
use super::files::{Folder, NewFile};
use super::programs::Programs;
use super::question;
use super::session::Session;
use super::subject_argument::{Selector, SubjectPattern};
use super::uncommitted;
use crate::document;
use crate::git::Repository;
use crate::judge::History;
use crate::model::decision_input::{DecisionInput, ItemInput};
use crate::model::policy_input::SignedCommits;
use crate::model::{
    Decision, DecisionItem, DecisionKind, EvidenceKind, Kind, Meaning, ObjectId, SubjectId,
    VersionRef,
};
use crate::signature::Format;

pub use change::Change;
pub use dirty::Difference;
use items::{Deciding, Items};
pub use landing::NewCommit;
use outlook::Outlook;
use request::MeaningArgument;
pub use request::{DecisionOptions, Request};
pub use signer::Signer;
pub use steps::{Signing, Steps};

/// The context of a decision.
pub struct DecisionContext<'s> {
    /// The run of the command.
    pub session: &'s Session<'s>,
    /// The repository.
    pub repository: Repository,
    /// Its worktree; a bare repository has none.
    pub folder: Option<Folder>,
    /// Programs for it.
    pub programs: Programs,
    /// What history says about HEAD, or about the pull request that is decided about.
    pub history: History,
    /// The pull request that is decided about instead of HEAD.
    pull: Option<u64>,
}

impl<'s> DecisionContext<'s> {
    /// Opens the repository and replays it.
    pub fn open(session: &'s Session<'s>) -> Result<Self, CommandError> {
        let repository = session.repository()?;
        let folder = repository.work_dir().map(Folder::open).transpose()?;
        let root = repository.work_dir().unwrap_or(repository.git_dir());
        let programs = Programs::new(repository.git_dir(), root);
        let history = question::history(session, &repository)?;
        Ok(Self {
            session,
            repository,
            folder,
            programs,
            history,
            pull: None,
        })
    }

    /// Where the repository's files are, or, where it is bare, the repository itself.
    pub fn root(&self) -> &Path {
        self.folder
            .as_ref()
            .map_or(self.repository.git_dir(), Folder::root)
    }

    /// The working tree; an error in a bare repository.
    pub fn files(&self) -> Result<&Folder, CommandError> {
        self.folder.as_ref().ok_or_else(|| {
            CommandError::usage("this repository is bare: it has no working tree to write to")
                .help("Add --commit, which commits the record to the branch itself, or run the command in a clone.")
        })
    }

    /// The repository opened again, so that objects just written are visible.
    pub fn reopened(&self) -> Result<Repository, CommandError> {
        Ok(Repository::open(self.root())?)
    }

    /// Makes the decision that `request` asks for, together with a `change` of packages.
    pub fn decide(
        &self,
        request: &Request<'_>,
        mut change: Change,
    ) -> Result<ExitCode, CommandError> {
        let replay = &self.history.replay;
        let version = &replay.policy;
        let named = request.subjects.iter().filter(|argument| {
            argument.version == Selector::Head
                && matches!(argument.subjects, SubjectPattern::One(_))
        });
        if !request.options.commit && self.pull.is_none() {
            self.files()?;
        }
        // What differs in the working tree cannot be approved, so this check comes first.
        self.refuse_other_bytes(
            request,
            replay
                .ledger
                .subjects
                .keys()
                .filter(|id| named.clone().any(|argument| argument.matches(id))),
        )?;
        let signer = Signer::find(self.session, &self.programs, request.options, version)?;
        let deciding = Deciding {
            kind: request.kind,
            who: &signer.principal,
            all_versions: request.all_versions,
        };
        let found = deciding
            .items(request.subjects, &replay.ledger, &version.policy)
            .or_else(|nothing| {
                // Nor does a glob say that a changed package is approved already.
                let meant =
                    |id: &&SubjectId| request.subjects.iter().any(|argument| argument.matches(id));
                self.refuse_other_bytes(request, replay.ledger.subjects.keys().filter(meant))?;
                Err(nothing)
            })?;
        let roots =
            self.refuse_other_bytes(request, found.chosen.iter().map(|item| &item.subject))?;
        self.say_what_differs(request.kind, &roots);
        if self.pull.is_none() && request.kind.raises() {
            uncommitted::mention(self.session, &self.repository, &version.policy);
        }

        // With --commit it is tried out.
        let later = request.options.no_sign && !request.options.commit;
        if later && request.kind.raises() {
            self.refuse_unsigned(&found)?;
        }

        let input = self.input(request, &signer, &found);
        let (record, decision) = self.free_record(input)?;
        let path = decision.path();
        let mut added = vec![NewFile::regular(path.clone(), record.as_bytes())];
        let mut landed = self.session.now;
        self.show_bytes(&decision)?;
        if request.kind == DecisionKind::Approve {
            self.show_capabilities(&decision);
        }
        if request.options.dry_run {
            change.added = added;
            return announce::dry_run(self, &change, Some((&decision, &found.skipped)));
        }
        if request.kind.raises() && !request.options.yes {
            preview::confirm(&decision)?;
        }
        if !request.options.no_sign {
            let detached = signer.sign(&self.programs, &record, version)?;
            if detached.format == Format::OpenPgp {
                // It says when it was made: perhaps after a passphrase was typed, and no landing
                // may be older.
                landed = landed.max(clock::now());
            }
            added.push(NewFile::regular(
                format!("{path}{}", detached.format.suffix()),
                detached.bytes,
            ));
        }
        change.added = added;

        let head = self.history.head.commit;
        let writer = landing::writer(&self.repository)?;
        let tree = change.tree(&self.repository, &writer, head)?;
        let message = commit_message(&title(&decision), &decision.reason);
        let signing = match (request.options.no_sign, version.policy.signed_commits) {
            (true, _) => Signing::Evidence(&signer),
            (false, SignedCommits::None) => Signing::Free,
            (false, SignedCommits::Governance | SignedCommits::All) => Signing::Policy,
        };
        let make = || {
            landing::commit(
                &self.programs,
                &writer,
                &NewCommit {
                    tree,
                    parent: head,
                    message: &message,
                    signing,
                    settings: &[],
                },
            )
        };
        let commit = request.options.commit.then(make).transpose()?;
        // A record that waits for its signed commit cannot be tried out before there is one.
        let judged_commit = match (commit, request.options.no_sign) {
            (Some(commit), _) => Some(commit),
            (None, true) => None,
            (None, false) => Some(landing::trial(&writer, tree, head, landed)?),
        };
        let after = judged_commit
            .map(|commit| {
                let repository = self.reopened()?;
                Ok::<_, CommandError>(self.history.with_commit(&repository, commit)?)
            })
            .transpose()?;
        let outlook = Outlook {
            decision: &decision,
            record: crate::model::Digest::of(record.as_bytes()),
            before: &replay.ledger,
            after: after.as_ref(),
        };
        outlook.refuse_void(&path)?;
        if self.pull.is_some() {
            return self.propose(
                &change,
                &decision,
                &message,
                signing,
                &outlook,
                &found.skipped,
            );
        }

        self.write(&change, commit, &message)?;
        if let Some(warning) = outlook.warning() {
            self.session.out.warning(&warning);
        }
        let done = Done {
            change: &change,
            commit,
            message: &message,
            signing,
            branch: None,
        };
        announce::decided(self, &done, &outlook, &found.skipped)
    }

    /// Changes files of packages without any decision, because none is needed for it: `why` says
    /// which one was made already.
    pub fn change(
        &self,
        what: &str,
        why: &str,
        options: &DecisionOptions,
        change: &Change,
    ) -> Result<ExitCode, CommandError> {
        if options.reason.trim().is_empty() {
            return Err(CommandError::usage("the reason is blank")
                .help("Give a short reason for people who read this later."));
        }
        let head = self.history.head.commit;
        let writer = landing::writer(&self.repository)?;
        let tree = change.tree(&self.repository, &writer, head)?;
        let message = commit_message(what, &options.reason);
        let signing = match self.history.replay.policy.policy.signed_commits {
            SignedCommits::All => Signing::Policy,
            SignedCommits::None | SignedCommits::Governance => Signing::Free,
        };
        let make = || {
            landing::commit(
                &self.programs,
                &writer,
                &NewCommit {
                    tree,
                    parent: head,
                    message: &message,
                    signing,
                    settings: &[],
                },
            )
        };
        if options.dry_run {
            return announce::dry_run(self, change, None);
        }
        let commit = options.commit.then(make).transpose()?;
        self.write(change, commit, &message)?;
        announce::changed(
            self,
            &Done {
                change,
                commit,
                message: &message,
                signing,
                branch: None,
            },
            why,
        )
    }

    /// Refuses a record without a signature of its own where no signed commit can prove it.
    fn refuse_unsigned(&self, found: &Items) -> Result<(), CommandError> {
        let ledger = &self.history.replay.ledger;
        let proves = |item: &DecisionItem| {
            let Some(subject) = ledger.subjects.get(&item.subject) else {
                return true;
            };
            let digest = item.version.digest();
            let version = subject
                .versions
                .iter()
                .find(|version| Some(&version.key.digest) == digest);
            let mut requirements = version
                .into_iter()
                .flat_map(|version| &version.requirements);
            !subject.risk.is_high()
                && requirements.all(|one| one.accept.contains(EvidenceKind::Commit))
        };
        match found.chosen.iter().find(|item| !proves(item)) {
            None => Ok(()),
            Some(item) => Err(CommandError::usage(format!(
                "a signed commit does not prove an approval of {}: its policy asks for a signature of the record",
                item.subject
            ))
            .help("Leave out --no-sign.")),
        }
    }

    /// Brings a change to the worktree, and to the branch when there is a commit of it.
    fn write(
        &self,
        change: &Change,
        commit: Option<ObjectId>,
        message: &str,
    ) -> Result<(), CommandError> {
        match commit {
            Some(commit) => landing::land(self, change, commit, message),
            None => change.write(self.files()?).map(drop),
        }
    }

    /// The governed branch.
    fn governed(&self) -> &str {
        &self.history.replay.policy.policy.branch
    }

    fn input(&self, request: &Request<'_>, signer: &Signer, found: &Items) -> DecisionInput {
        let items: Vec<ItemInput> = found.chosen.iter().map(item_input).collect();
        let single = (!found.batch).then(|| items[0].clone());
        let meaning = match request.options.meaning {
            MeaningArgument::Approval => None,
            MeaningArgument::Review => Some(Meaning::Review),
            MeaningArgument::Responsibility => Some(Meaning::Responsibility),
        };
        let answers = items::answers(
            request.kind,
            &signer.principal,
            &found.chosen,
            &self.history.replay.ledger,
        );
        let (principal, time) = (signer.principal.to_string(), self.session.now.to_string());
        let repository = &self.history.replay.policy.policy.repository;
        DecisionInput {
            subject: single.as_ref().map(|item| item.subject.clone()),
            version: single.as_ref().map(|item| item.version.clone()),
            digest: single.and_then(|item| item.digest),
            items: found.batch.then_some(items),
            meaning,
            answers: answers.iter().map(ToString::to_string).collect(),
            expires: request.expires.map(|time| time.to_string()),
            replacement: request.replacement.map(str::to_owned),
            sunset: request.sunset.map(|time| time.to_string()),
            to: request.to.map(ToString::to_string),
            refs: request.options.refs.clone(),
            ..DecisionInput::new(
                request.kind,
                repository,
                &principal,
                request.options.reason.clone(),
                time,
            )
        }
    }

    /// The record's text at a place where no other record is: a second decision within one second
    /// is made a second later.
    fn free_record(&self, mut input: DecisionInput) -> Result<(String, Decision), CommandError> {
        const TRIES: i64 = 60;
        for delay in 0..TRIES {
            input.time = self.session.now.plus(delay).to_string();
            let text = document::decision::write(&input);
            let decision =
                document::decision::parse("the decision", text.as_bytes()).map_err(|problems| {
                    let error = CommandError::usage("this decision cannot be written");
                    problems.iter().fold(error, |error, problem| {
                        error.help(format!("{}. {}", problem.message, problem.help))
                    })
                })?;
            let tree = self.repository.root_tree(self.history.head.commit)?;
            let landed = self
                .repository
                .entry_at(tree, decision.path().as_bytes())?
                .is_some();
            let on_disk = self
                .folder
                .as_ref()
                .is_some_and(|folder| folder.exists(&decision.path()));
            if !landed && !on_disk {
                return Ok((text, decision));
            }
        }
        Err(
            CommandError::usage("there already is a record for every second of the last minute")
                .help("Wait a moment, then try again."),
        )
    }
}

/// What was written, and how it gets into history.
struct Done<'d> {
    change: &'d Change,
    commit: Option<ObjectId>,
    message: &'d str,
    signing: Signing<'d>,
    /// The branch with the commit, where it is not HEAD's.
    branch: Option<&'d str>,
}

fn item_input(item: &DecisionItem) -> ItemInput {
    ItemInput {
        subject: item.subject.to_string(),
        version: item.version.to_string(),
        digest: item.version.digest().map(ToString::to_string),
    }
}

/// What is decided about, in a few words.
fn title(decision: &Decision) -> String {
    let verb = match decision.kind {
        DecisionKind::Approve => "Approve",
        DecisionKind::Reject => "Reject",
        DecisionKind::Deprecate => "Deprecate",
        DecisionKind::Block => "Block",
        DecisionKind::Unblock => "Unblock",
        DecisionKind::Revoke => "Revoke",
        DecisionKind::Archive => "Archive",
        DecisionKind::Rollback => "Roll back",
    };
    match decision.items.as_slice() {
        [item] => match &item.version {
            VersionRef::All if item.subject.kind == Kind::Principal => {
                format!("{verb} {}", item.subject)
            }
            VersionRef::All => format!("{verb} every version of {}", item.subject),
            version => format!("{verb} {} {version}", item.subject),
        },
        items => format!("{verb} {} subjects", items.len()),
    }
}

fn commit_message(title: &str, reason: &str) -> String {
    format!("{title}\n\n{}\n", reason.trim())
}
