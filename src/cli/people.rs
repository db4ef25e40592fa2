//! `countersign people`: adds people to the policy from a forge.

use crate::model::quantity::counted;
use clap::{Args, Subcommand};

use super::account_keys::AccountKeys;
use super::error::CommandError;
use super::exit::ExitCode;
use super::files::{Folder, NewFile};
use super::forge::ForgeSource;
use super::question;
use super::session::{Session, work_dir};
use super::worktree::{invalid, missing};
use crate::document;
use crate::document::policy::bump;
use crate::document::policy::enrol::{Newcomer, enrol};
use crate::forge::AccountKind;
use crate::model::{Policy, PrincipalName};
use crate::replay::worktree;

/// Add people to the policy with their account number and signing keys from the forge
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign people add @dora                           adds the account's number and public signing keys
  countersign people add @dora --team data-platform")]
pub struct People {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Add(Add),
}

/// Add one person to countersign.yaml; keeps comments and layout, and raises the serial
///
/// Takes effect once the policy change is approved. Compare the keys with the person first: the
/// forge is trusted for them.
#[derive(Debug, Args)]
struct Add {
    /// Login on the policy's forge
    #[arg(value_name = "@LOGIN")]
    login: String,
    /// Team to join; created if it does not exist
    #[arg(long, value_name = "TEAM")]
    team: Option<PrincipalName>,
    /// Name in the policy [default: the login in lower case]
    #[arg(long = "as", value_name = "PRINCIPAL")]
    principal: Option<PrincipalName>,
    #[command(flatten)]
    source: ForgeSource,
}

impl People {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        match &self.action {
            Action::Add(add) => add.run(session),
        }
    }
}

impl Add {
    fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        let work_dir = work_dir(&repository)?;
        let answer = question::ask(session, &repository)?;
        let force = answer
            .base
            .as_ref()
            .map_or(&answer.survey.replay.policy, |base| &base.replay.policy);
        let opened = self.source.forge_or_live(session, &force.policy)?;
        let forge = opened.forge();
        let login = self.login.strip_prefix('@').unwrap_or(&self.login);
        let account = forge.account(login)?;
        if account.kind != AccountKind::User {
            return Err(
                CommandError::usage(format!("@{login} is not a person's account"))
                    .help("Add machines by hand, with `kind: machine`."),
            );
        }
        let host = forge.repository().host();
        let holds = |name: &&PrincipalName| {
            let accounts = force
                .policy
                .principals
                .get(*name)
                .map(|principal| &principal.accounts);
            accounts.is_some_and(|all| {
                all.iter()
                    .any(|one| one.id == account.id && one.forge.eq_ignore_ascii_case(host))
            })
        };
        if let Some(name) = force.policy.principals.keys().find(holds) {
            return Err(CommandError::usage(format!(
                "account {} is already in the policy, as {name}",
                account.id
            ))
            .help("Edit that principal in countersign.yaml, then run `countersign policy bump`."));
        }
        let name = match &self.principal {
            Some(name) => name.clone(),
            None => login.to_ascii_lowercase().parse().map_err(|_| {
                CommandError::usage(format!("`{login}` is not a valid name in the policy"))
                    .help("Choose one with --as.")
            })?,
        };
        let found = forge.signing_keys(&account.login)?;
        opened.save(&force.policy)?;
        let keys = AccountKeys::of(&found, session.now);
        let (ssh, openpgp) = (keys.ssh, keys.openpgp);
        let on_disk = worktree::policy(&repository)?.ok_or_else(missing)?;
        let newcomer = Newcomer {
            name: name.as_str(),
            forge: host,
            account: (&account.login, account.id),
            ssh: &ssh,
            openpgp: &openpgp,
            team: self.team.as_ref().map(PrincipalName::as_str),
        };
        let refused =
            |problems: Vec<document::Problem>| invalid(&on_disk.text, &problems, problems.len());
        let edited = enrol(&on_disk.text, &newcomer).map_err(refused)?;
        let edited =
            bump::bump(edited.as_bytes(), force.policy.serial, &force.digest).map_err(refused)?;
        // With every key in its place, as the policy's roster reads them: one that belongs to
        // someone else is not a key of theirs.
        worktree::version(&repository, edited.as_bytes())?.map_err(|problems| {
            invalid(edited.as_bytes(), &problems, problems.len()).help("Nothing was written.")
        })?;
        Folder::open(work_dir)?.replace(&NewFile::regular(Policy::PATH, edited))?;
        let count = ssh.len() + openpgp.len();
        let title = format!(
            "added {name}: @{} is account {} of {host}, with {}",
            account.login,
            account.id,
            counted(count, "signing key")
        );
        session
            .out
            .lines(std::iter::once(title).chain(keys.ids.iter().map(|id| format!("  {id}"))))?;
        for why in keys.left_out {
            session
                .out
                .warning(&format!("left out a key of @{}: {why}", account.login));
        }
        if let Some(count) = found.revoked {
            let keys = if count == 1 {
                "an OpenPGP key"
            } else {
                "OpenPGP keys"
            };
            session
                .out
                .note(&format!("Left out {keys} that {host} reports as revoked."));
        }
        if count == 0 {
            session
                .out
                .note("Without a key, their reviews can count, but their signatures cannot.");
        }
        session.out.note(&format!(
            "Their own commits are recognized by the addresses under `emails` only: add those under \
             which {name} commits."
        ));
        session.out.note(&format!("\nNext: compare the fingerprints with {name}, then\n  countersign policy diff\n  git commit -m 'Add {name}' {}\n  countersign approve policy --reason …", Policy::PATH));
        Ok(ExitCode::Pass)
    }
}
