//! `countersign init`: writes a first policy that covers the existing content, and never touches
//! another file.

mod administrator_key;
mod codeowners;
mod dry_run;
mod entries;
mod gate;
mod inventory;
mod on_forge;
mod origin;
mod people;
mod policy_text;
mod probe;
mod remote;
mod second_administrator;
mod ssh_hosts;
mod summary;
mod workflow;

use std::collections::BTreeMap;

use clap::Args;

use self::administrator_key::Key;
use self::codeowners::CodeOwners;
use self::entries::Plan;
use self::inventory::{Inventory, Package, TreeFile};
use self::origin::RepositoryName;
use self::people::{CurrentUser, People};
use self::policy_text::{AdministratorKey, FirstPolicy};
use super::error::CommandError;
use super::exit::ExitCode;
use super::files::{Folder, NewFile};
use super::live;
use super::programs::Programs;
use super::session::{Session, work_dir};
use super::typed_command::Place;
use crate::document::{self, Problem};
use crate::git::{GitError, HeadRef, Repository};
use crate::harness::Plugins;
use crate::model::{ObjectId, Policy, PrincipalName, RuleId};
use crate::render::json;
use crate::replay;

/// Govern this repository: write a first policy that covers its current content
///
/// Finds every Skill, prompt, server and harness file at HEAD, takes owners from CODEOWNERS and the
/// first administrator from your Git identity and signing key, and writes countersign.yaml. It
/// changes no other file. Existing content passes until it changes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign init\n  countersign init --print\n  countersign init --as alice --key ~/.ssh/id_ed25519\n  GITHUB_TOKEN=$(gh auth token) countersign init --github\n  countersign init --workflow"
)]
#[allow(clippy::struct_excessive_bools, reason = "one for each option")]
pub struct Init {
    /// Your name in the policy [default: from your login or address]
    #[arg(long = "as", value_name = "PRINCIPAL")]
    principal: Option<PrincipalName>,
    /// Your SSH key [default: `user.signingkey`, else `~/.ssh/id_ed25519`]
    #[arg(long, value_name = "FILE", conflicts_with = "openpgp")]
    key: Option<String>,
    /// Your OpenPGP key, as gpg knows it
    #[arg(long, value_name = "KEY")]
    openpgp: Option<String>,
    /// The repository's name, which every decision names [default: from the remote `origin`]
    #[arg(long, value_name = "HOST/OWNER/NAME")]
    repository: Option<String>,
    /// The governed branch [default: the default branch of `origin`, else the current one]
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Also write the gate's workflow for GitHub Actions, and look up the people and teams of
    /// CODEOWNERS on GitHub (token: `GITHUB_TOKEN`)
    #[arg(long)]
    github: bool,
    /// A second administrator: a person with a signing key on GitHub, by their name in the policy
    /// [default: asked on a terminal]
    #[arg(long, value_name = "PRINCIPAL", requires = "github")]
    administrator: Option<PrincipalName>,
    /// Write only the gate's workflow, for the policy that is already here
    #[arg(long, conflicts_with_all = ["principal", "key", "openpgp", "repository", "branch", "github"])]
    workflow: bool,
    /// The branch has a merge queue: make the workflow judge it too
    #[arg(long)]
    merge_queue: bool,
    /// Print the policy, or with --workflow the workflow, instead of writing it
    #[arg(long)]
    print: bool,
}

impl Init {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        let root = work_dir(&repository)?;
        let folder = Folder::open(root)?;
        if self.merge_queue && !self.github && !self.workflow {
            return Err(CommandError::usage(
                "--merge-queue is about the gate's workflow, which plain `init` does not write",
            )
            .help("Add --github, or --workflow where the policy is already here."));
        }
        if self.workflow || self.github && folder.exists(Policy::PATH) {
            return gate::write(session, &repository, &folder, self);
        }
        let programs = Programs::new(repository.git_dir(), root);
        let head = repository.head().map_err(|error| match error {
            GitError::Unborn(branch) => CommandError::usage(format!("the branch {branch} has no commits yet"))
                .help("Commit something first, such as a README: governance starts from existing content."),
            other => other.into(),
        })?;
        refuse_when_governed(&repository, &folder, head.commit)?;
        let (files, unreadable) = files_at(&repository, head.commit)?;
        let plugins = {
            let regular = files
                .iter()
                .filter(|file| !file.is_link())
                .map(|file| (&*file.path, file.id));
            replay::plugins::read(&mut repository.reader(), regular)?
        };
        let probe = probe::Probe::new(&repository, &files)?;
        let setting = Setting {
            myself: self.myself(&programs)?,
            key: administrator_key::find(
                session,
                &programs,
                self.key.as_deref(),
                self.openpgp.as_deref(),
            )?,
            rules: codeowners_at(&repository, &files)?
                .map(|text| CodeOwners::parse(&text))
                .unwrap_or_default(),
            repository: self.repository_name(session, &programs, &folder)?,
            branch: self.branch(session, &programs, &head)?,
            known: None,
            second: None,
            workflow: None,
        };
        let setting = if self.github {
            self.ask_github(session, setting, &folder, &files, plugins.clone())?
        } else {
            setting
        };
        // Packages that fail the check are left out, which may change the entries for the rest.
        let mut failing: BTreeMap<String, String> = BTreeMap::new();
        let (draft, faults) = loop {
            let fault = |package: &Package, members: &[&TreeFile]| {
                failing
                    .get(&package.path)
                    .cloned()
                    .or_else(|| probe.fault(package, members))
            };
            let mut inventory = Inventory::take(&files, plugins.clone(), &fault);
            inventory.look_up_names(&|package| {
                let main = files.iter().find(|file| file.path == package.main_file)?;
                probe.declared_name(package, main.id)
            });
            let draft = setting.draft(inventory)?;
            probe.outcome()?;
            let faults = dry_run::rehearse(
                &repository,
                head.commit,
                &draft.files,
                &draft.inventory,
                session.now,
            )?;
            let known = failing.len();
            failing.extend(faults.packages.clone());
            if failing.len() == known {
                break (draft, faults);
            }
        };
        let of_packages = draft.inventory.to_fix.iter().map(|(path, why)| {
            if why.starts_with(&**path) {
                why.clone()
            } else {
                format!("{path}: {why}")
            }
        });
        let mut to_fix: Vec<String> = of_packages.chain(faults.others.iter().cloned()).collect();
        to_fix.dedup();
        if self.print {
            session.out.bytes(&draft.files[0].bytes)?;
            return Ok(ExitCode::Pass);
        }
        let is_there = setting.workflow.as_ref().is_some_and(|one| one.is_there);
        let files = draft.files.iter();
        let new = files.filter(|file| !(is_there && file.path == workflow::PATH));
        folder.create(&new.cloned().collect::<Vec<_>>())?;
        let place = Place::of(session, folder.root());
        let advice = second_administrator::advice(&setting, &draft, &place, self);
        for caution in &faults.cautions {
            // The advice says the same, with names.
            if advice.is_none() || caution.rule != RuleId::AdministratorsTooFew {
                session.out.warning(&caution.sentence);
            }
        }
        if let Some(advice) = advice {
            session.out.warning(&advice);
        }
        let summary = summary::Summary {
            draft: &draft,
            repository: &setting.repository,
            second: setting.second.as_ref(),
            key: &setting.key.1,
            others: &to_fix,
            unreadable: &unreadable,
            place: &place,
            workflow_is_there: is_there,
        };
        if session.json() {
            session.out.result(&json::text(
                &summary.view(&setting.repository.name, &setting.branch),
            ))?;
        } else if !session.options.quiet {
            session.out.lines(summary.lines())?;
        }
        Ok(ExitCode::Pass)
    }

    /// Adds the workflow, and the people with an account on the forge. The rest is left to fill in.
    fn ask_github(
        &self,
        session: &Session,
        setting: Setting,
        folder: &Folder,
        files: &[TreeFile],
        plugins: Plugins,
    ) -> Result<Setting, CommandError> {
        let workflow = workflow::gate(&setting.branch, self.merge_queue);
        let file = NewFile::regular(workflow::PATH, workflow);
        let is_there = match gate::existing(folder, &file)? {
            gate::Existing::Same => true,
            gate::Existing::None if files.iter().any(|one| one.path == workflow::PATH) => {
                return Err(gate::differs());
            }
            gate::Existing::None => false,
        };
        let mut people = setting
            .draft(Inventory::take(files, plugins, &|_, _| None))?
            .people;
        let forge = live::forge_of(&setting.repository.name, session.out);
        let resolved = forge.and_then(|forge| {
            let lookup = on_forge::Lookup {
                forge: forge.as_ref(),
                now: session.now,
                key: &setting.key.1,
                login: self.principal.as_ref(),
            };
            lookup.resolve(&mut people)
        });
        let known = match resolved {
            Ok(notes) => {
                for note in notes {
                    session.out.warning(&note);
                }
                Some(people)
            }
            Err(error) => {
                session.out.warning(&format!(
                    "could not look up people on GitHub: {error}. {}",
                    error.help()
                ));
                None
            }
        };
        let second = second_administrator::choose(known.as_ref(), self.administrator.as_ref())?;
        Ok(Setting {
            known,
            second,
            workflow: Some(Workflow { file, is_there }),
            ..setting
        })
    }

    fn myself(&self, programs: &Programs) -> Result<CurrentUser, CommandError> {
        let (name, email) = (
            programs.user_setting("user.name")?,
            programs.user_setting("user.email")?,
        );
        Ok(CurrentUser {
            name,
            email: email.map(|email| email.trim().to_owned()),
            requested_name: self.principal.clone(),
        })
    }

    fn repository_name(
        &self,
        session: &Session,
        programs: &Programs,
        folder: &Folder,
    ) -> Result<RepositoryName, CommandError> {
        if let Some(name) = &self.repository {
            return Ok(RepositoryName {
                name: name.clone(),
                source: "--repository".to_owned(),
                warnings: Vec::new(),
            });
        }
        let root = folder.root().file_name().map_or_else(
            || "repository".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        let name = origin::name(programs, &root)?;
        for warning in &name.warnings {
            session.out.warning(warning);
        }
        Ok(name)
    }

    fn branch(
        &self,
        session: &Session,
        programs: &Programs,
        head: &HeadRef,
    ) -> Result<String, CommandError> {
        if let Some(branch) = &self.branch {
            return Ok(branch.clone());
        }
        let answer = programs.git(
            &["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"],
            None,
        )?;
        let target = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
        let default = target
            .strip_prefix("refs/remotes/origin/")
            .map(str::to_owned);
        match (default, &head.branch) {
            (Some(default), Some(current)) if default != *current => {
                session.out.warning(&format!(
                    "you are on `{current}`; the policy governs `{default}`, the default branch of `origin` (--branch chooses another)"
                ));
                Ok(default)
            }
            (Some(default), _) => Ok(default),
            (None, Some(current)) => Ok(current.clone()),
            (None, None) => Err(CommandError::usage("HEAD is on no branch")
                .help("Switch to the branch to govern, or pass it with --branch.")),
        }
    }
}

/// The settings that do not depend on the tree.
struct Setting {
    myself: CurrentUser,
    key: (Key, String),
    rules: CodeOwners,
    repository: RepositoryName,
    branch: String,
    /// The people with their accounts on the forge.
    known: Option<People>,
    /// The second administrator.
    second: Option<PrincipalName>,
    workflow: Option<Workflow>,
}

/// The gate's workflow.
struct Workflow {
    file: NewFile,
    /// Whether the file is there with this content.
    is_there: bool,
}

/// A first policy, and what it was made from.
pub struct Draft {
    inventory: Inventory,
    people: People,
    plan: Plan,
    /// The policy, then the key files it names.
    files: Vec<NewFile>,
}

impl Setting {
    fn draft(&self, inventory: Inventory) -> Result<Draft, CommandError> {
        let owners = |path: &str| self.rules.owners(path).to_vec();
        let mut plan = entries::plan(&inventory, &owners);
        if plan.entries.is_empty() {
            plan.entries
                .push(entries::PlannedEntry::first_folder(&owners));
        }
        let mut people = People::new(
            &self.myself,
            plan.entries.iter().flat_map(|entry| &entry.owners),
        );
        if let Some(known) = &self.known {
            people = known.clone();
        }
        let workflow = self.workflow.as_ref();
        let protect: Vec<String> = workflow.iter().map(|one| one.file.path.clone()).collect();
        let (key, key_file) = match &self.key.0 {
            Key::Ssh(line) => (AdministratorKey::Ssh(line.clone()), None),
            Key::OpenPgp(certificate) => {
                let path = format!("keys/{}.asc", people.administrator);
                (
                    AdministratorKey::OpenPgpFile(path.clone()),
                    Some(NewFile::regular(path, certificate.clone())),
                )
            }
        };
        let first = FirstPolicy {
            repository: &self.repository.name,
            branch: &self.branch,
            name: self.myself.name.as_deref(),
            email: self.myself.email.as_deref(),
            key: &key,
            people: &people,
            second: self.second.as_ref(),
            plan: &plan,
            forge: self.repository.name.split('/').next().unwrap_or_default(),
            protect: &protect,
        };
        let text = first.text();
        if let Err(problem) = read_back(&text) {
            return Err(refusal(&first, &problem));
        }
        let files = std::iter::once(NewFile::regular(Policy::PATH, text))
            .chain(key_file)
            .chain(workflow.map(|one| one.file.clone()))
            .collect();
        Ok(Draft {
            inventory,
            people,
            plan,
            files,
        })
    }
}

/// There is one anchor: in a repository that ever had a policy, it is changed, never created again.
fn refuse_when_governed(
    repository: &Repository,
    folder: &Folder,
    head: ObjectId,
) -> Result<(), CommandError> {
    let advice = "Edit it, then run `countersign policy bump` and `countersign approve policy`; `countersign check` shows its state.";
    if folder.exists(Policy::PATH) {
        return Err(CommandError::usage(format!("{} is already there", Policy::PATH)).help(advice));
    }
    repository.completeness().map_err(|incomplete| {
        CommandError::not_evaluated(format!(
            "cannot tell whether this repository was governed before: {incomplete}"
        ))
        .help(incomplete.help())
    })?;
    let mut reader = repository.reader();
    for node in repository.line(head, None)? {
        let present = reader
            .tree(node.tree)?
            .entries
            .iter()
            .any(|entry| entry.name.eq_ignore_ascii_case(Policy::PATH.as_bytes()));
        if present {
            return Err(CommandError::usage(format!(
                "this repository already had a policy: {} is in {}",
                Policy::PATH,
                node.id.short()
            ))
            .help(advice)
            .help("Restore it if it was removed: the policy stays in force without its file."));
        }
    }
    Ok(())
}

/// Every file of the tree, and the paths that are not UTF-8.
fn files_at(
    repository: &Repository,
    head: ObjectId,
) -> Result<(Vec<TreeFile>, Vec<String>), CommandError> {
    let (mut files, mut unreadable) = (Vec::new(), Vec::new());
    repository.walk_tree(
        repository.root_tree(head)?,
        |path, leaf| match std::str::from_utf8(path) {
            Ok(path) => files.push(TreeFile {
                path: path.to_owned(),
                mode: leaf.mode,
                id: leaf.id,
            }),
            Err(_) => unreadable.push(String::from_utf8_lossy(path).into_owned()),
        },
    )?;
    Ok((files, unreadable))
}

/// GitHub does not read a larger file.
const MOST_CODEOWNERS: u64 = 3 << 20;

fn codeowners_at(
    repository: &Repository,
    files: &[TreeFile],
) -> Result<Option<String>, CommandError> {
    let place = codeowners::PLACES.iter().find_map(|place| {
        files
            .iter()
            .find(|file| file.path == *place && file.mode & 0o170_000 == 0o100_000)
    });
    let Some(file) = place else { return Ok(None) };
    if repository.blob_size(file.id)? > MOST_CODEOWNERS {
        return Err(
            CommandError::usage(format!("{} is larger than 3 MB", file.path))
                .help("Shorten it; GitHub ignores it too."),
        );
    }
    Ok(Some(
        String::from_utf8_lossy(&repository.blob(file.id)?).into_owned(),
    ))
}

/// The written file must be a valid policy.
fn read_back(text: &str) -> Result<(), Problem> {
    let problems = document::policy::parse(text.as_bytes())
        .err()
        .unwrap_or_default();
    problems.into_iter().next().map_or(Ok(()), Err)
}

/// Explains which value copied into the policy makes it unreadable.
fn refusal(first: &FirstPolicy<'_>, problem: &Problem) -> CommandError {
    let reads = |changed: FirstPolicy<'_>| read_back(&changed.text()).is_ok();
    let settings = [
        (
            "user.name",
            reads(FirstPolicy {
                name: None,
                ..first.clone()
            }),
        ),
        (
            "user.email",
            reads(FirstPolicy {
                email: None,
                ..first.clone()
            }),
        ),
    ];
    if let Some((setting, _)) = settings.iter().find(|(_, helps)| *helps) {
        return CommandError::usage(format!("`{setting}` in your Git configuration is not valid in a policy: {}", problem.message))
            .help(format!("Set it with `git config {setting} …`, then run `countersign init` again. Nothing was written."));
    }
    let text = first.text();
    let line = usize::try_from(problem.place.line)
        .unwrap_or_default()
        .checked_sub(1)
        .and_then(|line| text.lines().nth(line));
    CommandError::usage(format!(
        "the generated policy is not valid: {}, in `{}`",
        problem.message,
        line.unwrap_or_default().trim()
    ))
    .help("Rename or remove it, or write countersign.yaml by hand. Nothing was written.")
}
