//! `command: record`: writes the reviews of what landed as signed records to the governed branch,
//! or to a pull request.
//!
//! It runs after the landing, in a separate workflow that has the recorder's key and checks out
//! nothing from a pull request.

use std::fs;
use std::io::Write as _;

use super::environment::{Environment, RecordTo, SigningKey};
use super::outputs::Files;
use crate::cli::decide::{DecisionContext, NewCommit, Signer, Signing, landing};
use crate::cli::error::{CommandError, ErrorKind};
use crate::cli::exit::ExitCode;
use crate::cli::live;
use crate::cli::programs::{Program, Programs};
use crate::cli::reviews::record::{self, Landings, MESSAGE, NewReviews};
use crate::cli::session::Session;
use crate::evidence::PolicyVersion;
use crate::forge::Proposal;
use crate::model::ObjectId;

/// The branch that records are proposed on; only the recorder uses it.
const BRANCH: &str = "countersign/record-reviews";

/// Records, commits and publishes.
pub(super) fn run(
    session: &Session<'_>,
    environment: &Environment,
    files: &Files,
) -> Result<ExitCode, CommandError> {
    if environment.token.is_none() {
        return Err(
            CommandError::not_evaluated("there is no token to query reviews with")
                .help("Set the Action's input `token`."),
        );
    }
    let Some(key) = &environment.signing_key else {
        return Err(CommandError::usage("there is no key for signing records")
            .help("Set the Action's input `signing-key` from an environment that only the governed branch can use."));
    };
    let context = DecisionContext::open(session)?;
    let version = context.history.replay.policy.clone();
    record::on_governed_branch(&context)?;
    has_landed(&context, &version.policy.branch)?;
    let forge = live::forge(&version.policy, session.out)?;
    let fetch = |number: u64, commits: &[ObjectId]| {
        context
            .programs
            .fetch_pull(number, commits, environment.token.as_ref());
    };
    let pulls = record::pulls(&context, forge.as_ref(), &Landings::Waiting, Some(&fetch))?;
    let key_file = TemporaryKey::write(key, &context.programs)?;
    let signer = Signer::recorder(
        session,
        &context.programs,
        Some(&key_file.path()?),
        None,
        &version,
    )?;
    let recorded = record::recorded(&context, pulls, &signer)?;
    let mut lines = recorded.lines();
    let title = match recorded.written.len() {
        0 => "nothing to record".to_owned(),
        1 => "1 review recorded".to_owned(),
        many => format!("{many} reviews recorded"),
    };
    if !recorded.written.is_empty() {
        let commit = commit(&context, &recorded, &signer, &version)?;
        lines.push(publish(session, environment, &context, commit, &version)?);
    }
    files.done(environment, session, &title, &lines)?;
    Ok(ExitCode::Pass)
}

/// Refuses a HEAD that is not on the forge's governed branch: the records are committed on top of
/// it, so pushing them would land it too.
fn has_landed(context: &DecisionContext<'_>, branch: &str) -> Result<(), CommandError> {
    let (repository, head) = (&context.repository, context.history.head.commit);
    let tip = super::tip(repository, branch)?;
    if repository
        .line(tip, Some(head))?
        .first()
        .is_some_and(|node| node.id == head)
    {
        return Ok(());
    }
    Err(CommandError::not_evaluated(format!("HEAD is {}, which is not a landing of origin/{branch}", head.short()))
        .help("Run `command: record` on pushes to the governed branch, and do not set `ref` of actions/checkout."))
}

/// A commit of the records on top of HEAD, signed by the recorder.
fn commit(
    context: &DecisionContext<'_>,
    recorded: &NewReviews,
    signer: &Signer,
    version: &PolicyVersion,
) -> Result<ObjectId, CommandError> {
    let head = context.history.head.commit;
    let writer = landing::writer(&context.repository)?;
    let tree = recorded.change.tree(&context.repository, &writer, head)?;
    let email = version
        .policy
        .principals
        .get(&signer.principal)
        .and_then(|machine| machine.emails.first().cloned());
    let email = email.unwrap_or_else(|| format!("{}@countersign.invalid", signer.principal));
    let settings = [
        "-c".to_owned(),
        format!("user.name={}", signer.principal),
        "-c".to_owned(),
        format!("user.email={email}"),
    ];
    let message = format!("{MESSAGE}\n");
    let signing = Signing::Evidence(signer);
    landing::commit(
        &context.programs,
        &writer,
        &NewCommit {
            tree,
            parent: head,
            message: &message,
            signing,
            settings: &settings,
        },
    )
}

/// Pushes the commit, and says where it is.
fn publish(
    session: &Session<'_>,
    environment: &Environment,
    context: &DecisionContext<'_>,
    commit: ObjectId,
    version: &PolicyVersion,
) -> Result<String, CommandError> {
    let base = &version.policy.branch;
    let refspec = match environment.record_to {
        RecordTo::Push => format!("{commit}:refs/heads/{base}"),
        // Anything already there was proposed by an earlier run and is recorded again now.
        RecordTo::PullRequest => format!("+{commit}:refs/heads/{BRANCH}"),
    };
    let answer = context.programs.git_remote(
        &["push", "--quiet", "origin", &refspec],
        environment.token.as_ref(),
    )?;
    if !answer.success {
        return Err(CommandError::new(ErrorKind::NotEvaluated, "the records were not pushed").printed(&answer.stderr).help(format!(
            "If {base} has moved, the run for its new tip records them. Otherwise allow the recorder to push, or set `record-to: pull-request`."
        )));
    }
    if environment.record_to == RecordTo::Push {
        return Ok(format!("pushed {} to {base}", commit.short()));
    }
    let proposal = Proposal {
        head: BRANCH.to_owned(),
        base: base.clone(),
        title: MESSAGE.to_owned(),
        body: "Records of the pull-request approvals of what has landed, signed by the recorder. Nothing else changes.".to_owned(),
    };
    let number = live::writer(&version.policy, session.out)?.propose(&proposal)?;
    Ok(format!(
        "proposed {} in pull request {number}",
        commit.short()
    ))
}

/// The key and its public half, in a folder that only this user can read, for as long as they are
/// needed.
struct TemporaryKey {
    folder: tempfile::TempDir,
}

impl TemporaryKey {
    fn write(key: &SigningKey, programs: &Programs) -> Result<Self, CommandError> {
        let cannot =
            |error: std::io::Error| CommandError::io("keep the signing key for the run", &error);
        let key_file = Self {
            folder: tempfile::Builder::new()
                .prefix("countersign-")
                .tempdir()
                .map_err(cannot)?,
        };
        let path = key_file.path()?;
        let mut private = fs::OpenOptions::new();
        private.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut private, 0o600);
        // With the line ends in which such secrets are pasted on some systems, ssh-keygen does not
        // read it.
        private
            .open(&path)
            .and_then(|mut file| file.write_all(key.0.replace("\r\n", "\n").as_bytes()))
            .map_err(cannot)?;
        let public = programs.run(
            Program::SshKeygen,
            &["-y", "-P", "", "-f", &path],
            Some(b""),
        )?;
        if !public.success {
            return Err(CommandError::usage("the signing key is not a private SSH key without a passphrase")
                .help("Store the whole file that `ssh-keygen -t ed25519 -N ''` writes, including its first and last line."));
        }
        fs::write(format!("{path}.pub"), public.stdout).map_err(cannot)?;
        Ok(key_file)
    }

    fn path(&self) -> Result<String, CommandError> {
        let path = self
            .folder
            .path()
            .join("recorder")
            .to_str()
            .map(str::to_owned);
        path.ok_or_else(|| {
            CommandError::not_evaluated("the path of the folder for temporary files is not UTF-8")
        })
    }
}
