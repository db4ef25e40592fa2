//! `countersign reviews record`: one decision file for each review that counted, with its proof,
//! signed by the recording machine.
//!
//! A record's time is the time of its review, so its path follows from the review: recording again
//! finds the file that is there.

use clap::Args;

use crate::cli::decide::{Change, DecisionContext, Signer, Signing, Steps, landing};
use crate::cli::error::{CommandError, ErrorKind};
use crate::cli::exit::ExitCode;
use crate::cli::files::NewFile;
use crate::cli::forge::ForgeSource;
use crate::cli::session::Session;
use crate::document;
use crate::evidence::review::ReviewVote;
use crate::forge::Forge;
use crate::judge::{self, Fetch};
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Outcome, ReviewStanding};
use crate::model::decision_input::{DecisionInput, ReviewInput};
use crate::model::policy::Recorder;
use crate::model::policy_input::SignedCommits;
use crate::model::{Decision, Digest, ObjectId, Policy, PrincipalName, ReviewProof, ReviewRef};
use crate::render::json;
use crate::replay::PullRequests;

/// Record each pull-request approval of what landed, with its proof, signed by a recorder of the
/// policy
///
/// Writes only approvals that count, each once. They stay labeled as reviews: what the forge
/// reported, recorded by the machine that queried it. Run it on the governed branch, after the
/// landing.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct Record {
    /// The merged pull request
    #[arg(long, value_name = "N", group = "which")]
    pull: Option<u64>,
    /// The landing whose pull requests to record
    #[arg(long, value_name = "COMMIT", group = "which")]
    commit: Option<String>,
    /// Sign with this SSH key of the recorder [default: user.signingkey, ~/.ssh/id_*, your agent]
    #[arg(long, value_name = "KEY", help_heading = "Signing")]
    key: Option<String>,
    /// The machine that records [default: the recorder in the policy who has this key]
    #[arg(long = "as", value_name = "PRINCIPAL", help_heading = "Signing")]
    principal: Option<PrincipalName>,
    #[command(flatten)]
    source: ForgeSource,
}

/// A record that is to be written.
struct Draft {
    text: String,
    decision: Decision,
}

/// Of the commit that adds them.
pub const MESSAGE: &str = "Record reviews";

/// How that commit is signed. The records carry their own signatures.
fn signing(policy: &Policy) -> Signing<'static> {
    match policy.signed_commits {
        SignedCommits::None => Signing::Free,
        SignedCommits::Governance | SignedCommits::All => Signing::Policy,
    }
}

/// More records than this in one second by one person for one version are not made.
const MOST_DELAY: i64 = 60;

/// Which landings are recorded.
pub enum Landings<'w> {
    /// Those of a merged pull request.
    Pull(u64),
    /// This one.
    Commit(&'w str),
    /// Those of whatever waits.
    Waiting,
}

/// What there is to write, and what there is not.
pub struct NewReviews {
    /// The records and their signatures.
    pub change: Change,
    /// Paths of the records.
    pub written: Vec<String>,
    /// Records that are there already.
    pub existing: Vec<String>,
    /// Subjects that the recorder may not record.
    left_out: Vec<String>,
}

impl Record {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let context = DecisionContext::open(session)?;
        let version = &context.history.replay.policy;
        let opened = self.source.forge_or_live(session, &version.policy)?;
        let landings = match (&self.commit, self.pull) {
            (Some(commit), _) => Landings::Commit(commit),
            (None, Some(number)) => Landings::Pull(number),
            (None, None) => Landings::Waiting,
        };
        on_governed_branch(&context)?;
        let fetch =
            |number: u64, commits: &[ObjectId]| context.programs.fetch_pull(number, commits, None);
        let pulls = pulls(&context, opened.forge(), &landings, Some(&fetch))?;
        opened.save(&version.policy)?;
        let signer = Signer::recorder(
            session,
            &context.programs,
            self.key.as_deref(),
            self.principal.as_ref(),
            version,
        )?;
        let recorded = recorded(&context, pulls, &signer)?;
        if !recorded.written.is_empty() {
            let _ = recorded.change.write(context.files()?)?;
        }
        if session.json() {
            session.out.result(&json::text(&json::reviews_recorded(
                &recorded.written,
                &recorded.existing,
            )))?;
            return Ok(ExitCode::Pass);
        }
        let mut lines = recorded.lines();
        if !recorded.written.is_empty() {
            let steps = Steps::commit(
                &context,
                &recorded.change,
                MESSAGE,
                signing(&version.policy),
            )?;
            lines.extend([String::new(), format!("Next: {}:", steps.lead)]);
            lines.extend(steps.commands.iter().map(|command| format!("  {command}")));
        }
        session.out.lines(lines)?;
        Ok(ExitCode::Pass)
    }
}

impl NewReviews {
    /// In words.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .written
            .iter()
            .map(|path| format!("wrote {path}"))
            .collect();
        lines.extend(
            self.existing
                .iter()
                .map(|path| format!("already recorded: {path}")),
        );
        lines.extend(self.left_out.iter().cloned());
        if lines.is_empty() {
            lines.push("no approvals left to record".to_owned());
        }
        lines
    }
}

/// Refuses to record what has not landed.
pub fn on_governed_branch(context: &DecisionContext<'_>) -> Result<(), CommandError> {
    let branch = &context.history.replay.policy.policy.branch;
    if context.history.base.is_none() {
        return Ok(());
    }
    Err(
        CommandError::usage(format!("HEAD is not on the governed branch {branch}")).help(format!(
            "Run `git switch {branch}` first: only landed reviews are recorded."
        )),
    )
}

/// The pull requests of the landings that are meant.
pub fn pulls(
    context: &DecisionContext<'_>,
    forge: &dyn Forge,
    landings: &Landings<'_>,
    fetch: Option<&Fetch<'_>>,
) -> Result<PullRequests, CommandError> {
    let replay = &context.history.replay;
    let policy = &replay.policy.policy;
    let commits: Vec<ObjectId> = match landings {
        Landings::Commit(rev) => {
            let commit = context.repository.resolve(rev)?;
            if !replay.line.contains(&commit) {
                return Err(CommandError::usage(format!(
                    "{rev} is not a landing of the governed branch"
                )));
            }
            vec![commit]
        }
        Landings::Pull(number) => {
            let landings = judge::landings_of(forge, &replay.line, *number, policy)?;
            if landings.is_empty() {
                return Err(CommandError::new(
                    ErrorKind::Failed,
                    format!("pull request {number} has not landed on this branch"),
                )
                .help("Merge it first, and fetch the governed branch."));
            }
            landings
        }
        Landings::Waiting => judge::waiting(replay),
    };
    let wanted = |number: u64| !matches!(landings, Landings::Pull(pull) if *pull != number);
    let found = judge::of_landings(forge, &commits, policy, wanted)?;
    if let Some(fetch) = fetch {
        let all: Vec<_> = found.landings.values().flatten().cloned().collect();
        judge::fetch_missing(&context.repository, &all, policy, fetch);
    }
    Ok(found)
}

/// Signs a record for each approval that counts and has none, and makes sure that each of them will
/// count.
pub fn recorded(
    context: &DecisionContext<'_>,
    pulls: PullRequests,
    signer: &Signer,
) -> Result<NewReviews, CommandError> {
    let version = &context.history.replay.policy;
    let learned = context
        .history
        .with_pull_requests(&context.repository, pulls)?;
    let recorder = &signer.principal;
    let (mut drafts, mut existing, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for standing in learned
        .ledger
        .reviews
        .iter()
        .filter(|standing| learned.ledger.counts(standing))
    {
        let Some(vote) = vote(standing) else { continue };
        let subject = vote.subject.to_string();
        let covers = |scope: &Recorder| {
            scope.principal == *recorder
                && scope
                    .subjects
                    .iter()
                    .any(|glob| glob.matches(subject.as_bytes()))
        };
        if !version.policy.recorders.iter().any(covers) {
            left_out.push(format!(
                "left out {subject}: {recorder} is not a recorder for it"
            ));
        } else if let Some(path) = already(&context.history.replay.ledger, &vote) {
            existing.push(path);
        } else if let Some(draft) = draft(context, &vote, &version.policy.repository, recorder)? {
            drafts.push(draft);
        } else {
            existing.push(vote.decision(&version.policy.repository).path());
        }
    }
    let mut change = Change::default();
    for draft in &drafts {
        let detached = signer.sign(&context.programs, &draft.text, version)?;
        let path = draft.decision.path();
        change
            .added
            .push(NewFile::regular(path.clone(), draft.text.as_bytes()));
        change.added.push(NewFile::regular(
            format!("{path}{}", detached.format.suffix()),
            detached.bytes,
        ));
    }
    if !drafts.is_empty() {
        refuse_void(context, &change, &drafts)?;
    }
    let written = drafts.iter().map(|draft| draft.decision.path()).collect();
    Ok(NewReviews {
        change,
        written,
        existing,
        left_out,
    })
}

/// The approval that a review was judged to be.
fn vote(standing: &ReviewStanding) -> Option<ReviewVote> {
    let (subject, key) = standing.about.clone()?;
    let (principal, proof) = (standing.principal.clone()?, standing.outcome.clone().ok()?);
    Some(ReviewVote {
        principal,
        subject,
        version: key.version,
        digest: key.digest,
        proof,
    })
}

/// Where the review has been recorded already.
fn already(ledger: &Ledger, vote: &ReviewVote) -> Option<String> {
    let same = |event: &&crate::lifecycle::ledger::Event| {
        event.review.as_deref() == Some(&vote.proof.at)
            && event.subject == vote.subject
            && event.digest == Some(vote.digest)
    };
    let records = ledger
        .events
        .iter()
        .filter(same)
        .filter_map(|event| ledger.records.get(&event.record?));
    let mut accepted =
        records.filter(|standing| matches!(standing.outcome, Outcome::Accepted { .. }));
    accepted.next().map(|standing| standing.path.to_string())
}

/// The record to be written; `None` when the same record is already in the working tree.
fn draft(
    context: &DecisionContext<'_>,
    vote: &ReviewVote,
    repository: &str,
    recorder: &PrincipalName,
) -> Result<Option<Draft>, CommandError> {
    let tree = context.repository.root_tree(context.history.head.commit)?;
    for delay in 0..MOST_DELAY {
        let decision = Decision {
            time: vote.proof.submitted.plus(delay),
            ..vote.decision(repository)
        };
        let text = document::decision::write(&input(&decision, &vote.proof, recorder));
        let decision =
            document::decision::parse("the record", text.as_bytes()).map_err(|problems| {
                let error = CommandError::usage("this review cannot be recorded");
                problems.iter().fold(error, |error, problem| {
                    error.help(format!("{}. {}", problem.message, problem.help))
                })
            })?;
        let path = decision.path();
        let folder = context.folder.as_ref();
        let on_disk = folder.and_then(|folder| folder.read(&path));
        if on_disk.is_some_and(|bytes| bytes == text.as_bytes()) {
            return Ok(None);
        }
        if context
            .repository
            .entry_at(tree, path.as_bytes())?
            .is_none()
            && !folder.is_some_and(|folder| folder.exists(&path))
        {
            return Ok(Some(Draft { text, decision }));
        }
    }
    Err(CommandError::usage(
        "there already is a record for every second of the minute after the review",
    ))
}

fn input(decision: &Decision, proof: &ReviewProof, recorder: &PrincipalName) -> DecisionInput {
    let item = &decision.items[0];
    let ReviewRef {
        forge,
        repository,
        pull,
        review_id,
    } = proof.at.clone();
    let (principal, time) = (decision.principal.to_string(), decision.time.to_string());
    DecisionInput {
        subject: Some(item.subject.to_string()),
        version: Some(item.version.to_string()),
        digest: item.version.digest().map(ToString::to_string),
        recorded_by: Some(recorder.to_string()),
        review: Some(ReviewInput {
            forge,
            repository,
            pull,
            review_id,
            user_id: proof.user_id,
            state: proof.state.clone(),
            head: proof.head.to_string(),
            head_digest: proof.head_digest.to_string(),
            submitted: proof.submitted.to_string(),
            head_events: proof.events.iter().map(ToString::to_string).collect(),
        }),
        ..DecisionInput::new(
            decision.kind,
            &decision.repository,
            &principal,
            decision.reason.clone(),
            time,
        )
    }
}

/// Tries the records out, and refuses when one of them would not count.
fn refuse_void(
    context: &DecisionContext<'_>,
    change: &Change,
    drafts: &[Draft],
) -> Result<(), CommandError> {
    let head = context.history.head.commit;
    let writer = landing::writer(&context.repository)?;
    let tree = change.tree(&context.repository, &writer, head)?;
    let commit = landing::trial(&writer, tree, head, context.session.now)?;
    // Opened again, so that the objects just written are visible.
    let after = context.history.with_commit(&context.reopened()?, commit)?;
    for draft in drafts {
        let digest = Digest::of(draft.text.as_bytes());
        let path = draft.decision.path();
        if let Some(Outcome::Refused { rule, detail }) = after
            .ledger
            .records
            .get(&digest)
            .map(|standing| &standing.outcome)
        {
            return Err(
                CommandError::usage(format!("{path} would not count: {detail} ({rule})"))
                    .help("Nothing was written."),
            );
        }
        let accepted = after
            .ledger
            .events
            .iter()
            .any(|event| event.record == Some(digest) && event.accepted);
        if !accepted {
            return Err(CommandError::usage(format!("{path} would have no effect"))
                .help("Nothing was written."));
        }
    }
    Ok(())
}
