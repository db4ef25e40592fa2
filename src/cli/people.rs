//! `countersign people`: who is in the policy, taken from a forge.

use clap::{Args, Subcommand};

use super::error::CommandError;
use super::exit::ExitCode;
use super::files::{Folder, NewFile};
use super::forge::ForgeSource;
use super::question::Answer;
use super::session::Session;
use super::worktree::{invalid, missing};
use crate::document;
use crate::document::policy::bump;
use crate::document::policy::enrol::{Newcomer, enrol};
use crate::forge::{AccountKind, SigningKeys};
use crate::model::{Policy, PrincipalName};
use crate::replay::worktree;

/// Add people to the policy with their account number and signing keys, as the forge has them
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign people add @dora                           the account's number and public signing keys
  countersign people add @dora --team data-platform")]
pub struct People {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Add(Add),
}

/// Add one person to countersign.yaml, comments and layout kept, serial and previous raised
///
/// Nothing is in force before the change has the approvals of a policy change. Compare the keys with the person first: the forge is believed.
#[derive(Debug, Args)]
struct Add {
    /// Login on the policy's forge
    #[arg(value_name = "@LOGIN")]
    login: String,
    /// Team to join; it is made where there is none
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
        let work_dir = session.work_dir(&repository)?;
        let answer = Answer::ask(session, &repository)?;
        let force = answer.base.as_ref().map_or(&answer.survey.replay.policy, |base| &base.replay.policy);
        let forge = self.source.forge_or_live(session, &force.policy)?;
        let login = self.login.strip_prefix('@').unwrap_or(&self.login);
        let account = forge.account(login)?;
        if account.kind != AccountKind::User {
            return Err(
                CommandError::usage(format!("@{login} is no person's account")).help("Machines are added by hand, with `kind: machine`.")
            );
        }
        let host = forge.repository().host();
        let holds = |name: &&PrincipalName| {
            let accounts = force.policy.principals.get(*name).map(|principal| &principal.accounts);
            accounts.is_some_and(|all| all.iter().any(|one| one.id == account.id && one.forge.eq_ignore_ascii_case(host)))
        };
        if let Some(name) = force.policy.principals.keys().find(holds) {
            return Err(CommandError::usage(format!("account {} is in the policy already, as {name}", account.id))
                .help("Edit that principal in countersign.yaml, then run `countersign policy bump`."));
        }
        let name = match &self.principal {
            Some(name) => name.clone(),
            None => login
                .to_ascii_lowercase()
                .parse()
                .map_err(|_| CommandError::usage(format!("`{login}` cannot be a name in the policy")).help("Choose one with --as."))?,
        };
        let SigningKeys { ssh, openpgp } = forge.signing_keys(&account.login)?;
        forge.save(&force.policy)?;
        let ssh: Vec<String> = ssh.iter().filter_map(|key| two_words(key)).collect();
        let found = worktree::policy(&repository)?.ok_or_else(missing)?;
        let newcomer = Newcomer {
            name: name.as_str(),
            forge: host,
            account: (&account.login, account.id),
            ssh: &ssh,
            openpgp: &openpgp,
            team: self.team.as_ref().map(PrincipalName::as_str),
        };
        let refused = |problems: Vec<document::Problem>| invalid(&found.text, &problems, problems.len());
        let edited = enrol(&found.text, &newcomer).map_err(refused)?;
        let edited = bump::bump(edited.as_bytes(), force.policy.serial, &force.digest).map_err(refused)?;
        document::policy::parse(edited.as_bytes()).map_err(|problems| invalid(edited.as_bytes(), &problems, problems.len()))?;
        Folder::open(work_dir)?.replace(&NewFile::regular(Policy::PATH, edited))?;
        let keys = ssh.len() + openpgp.len();
        session.out.lines([format!(
            "added {name}: @{} is account {} of {host}, with {keys} signing key{}",
            account.login,
            account.id,
            if keys == 1 { "" } else { "s" }
        )])?;
        if keys == 0 {
            session.out.note("Without a key their reviews can count, and no signature of theirs can.");
        }
        session.out.note(&format!("\nNext: compare the keys with {name}, then\n  countersign policy diff\n  git commit -m 'Add {name}' {}\n  countersign approve policy --reason …", Policy::PATH));
        Ok(ExitCode::Pass)
    }
}

/// Type and base64 of an SSH key: what stands behind them is anybody's text.
fn two_words(key: &str) -> Option<String> {
    let mut words = key.split_ascii_whitespace();
    let (kind, body) = (words.next()?, words.next()?);
    let plain = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-@.".contains(&byte));
    (plain(kind) && plain(body)).then(|| format!("{kind} {body}"))
}
