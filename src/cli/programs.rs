//! The only place that starts programs, and only for commands that write: `git`, `ssh-keygen`,
//! `minisign` and `gpg`.
//!
//! Programs are looked up as absolute paths on `PATH`, never in the current directory nor inside
//! the repository. Their environment is built from a short list, so no `GIT_*` variable and no
//! repository configuration can name a further program. Nothing here reads what a judging command
//! needs.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::CommandError;
use super::unusable::Unusable;
use crate::document::hidden_text;
use crate::model::UnsafeChar;

mod remote;

pub use remote::Token;

/// The programs that may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the programs' own names")]
pub enum Program {
    Git,
    SshKeygen,
    Minisign,
    Gpg,
}

impl Program {
    const fn name(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::SshKeygen => "ssh-keygen",
            Self::Minisign => "minisign",
            Self::Gpg => "gpg",
        }
    }
}

/// The result of a program.
#[derive(Clone, Debug)]
pub struct ProgramOutput {
    /// Whether it ended with 0.
    pub success: bool,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error, as text for people.
    pub stderr: String,
}

/// Variables that reach a program: where the user's own files, agents and terminals are, how their
/// network is reached, and the identity for `git commit`.
const PASSED_ON: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "USERNAME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "TMPDIR",
    "TEMP",
    "TMP",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "TERM",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "SSH_ASKPASS",
    "SSH_ASKPASS_REQUIRE",
    "SSH_SK_PROVIDER",
    "GNUPGHOME",
    "GPG_TTY",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_DATE",
    "HTTPS_PROXY",
    "https_proxy",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
];

/// Starts programs on behalf of one command in one repository.
#[derive(Clone, Debug)]
pub struct Programs {
    search: Vec<PathBuf>,
    git_dir: PathBuf,
    work_dir: PathBuf,
}

impl Programs {
    /// Programs from the user's `PATH` for the repository with these folders.
    pub fn new(git_dir: &Path, work_dir: &Path) -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        Self {
            search: search_path(&path, work_dir, git_dir),
            git_dir: git_dir.to_owned(),
            work_dir: work_dir.to_owned(),
        }
    }

    /// The root of the worktree, where programs are started.
    pub fn work_dir(&self) -> &Path {
        &self.work_dir
    }

    /// The absolute path of `program`.
    pub fn locate(&self, program: Program) -> Result<PathBuf, CommandError> {
        let file = format!("{}{}", program.name(), env::consts::EXE_SUFFIX);
        self.search.iter().map(|dir| dir.join(&file)).find(|path| is_program(path)).ok_or_else(|| {
            CommandError::not_evaluated(format!("`{}` is not on PATH", program.name()))
                .help(format!("Install {}; only absolute folders of PATH outside of the repository are searched.", program.name()))
        })
    }

    /// Runs `program` with `args` and gives `input` to its standard input; a status other than 0 is
    /// a result, not an error.
    ///
    /// Text that comes from a file or a person must come after `--`, be the value of an option, or
    /// be known not to start with `-`.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        program: Program,
        args: &[A],
        input: Option<&[u8]>,
    ) -> Result<ProgramOutput, CommandError> {
        self.start(program, args, input, Stdio::piped())
    }

    /// Runs a program that signs: what it has to say (touch the key, enter the passphrase) goes
    /// straight to the user. Where it does not sign, `why` says what is missing.
    pub fn sign<A: AsRef<OsStr>>(
        &self,
        program: Program,
        args: &[A],
        input: Option<&[u8]>,
        why: impl FnOnce() -> Unusable,
    ) -> Result<Vec<u8>, CommandError> {
        let output = self.start(program, args, input, Stdio::inherit())?;
        if output.success {
            return Ok(output.stdout);
        }
        let Unusable { why, help } = why();
        let error = CommandError::not_evaluated(format!(
            "{} did not sign, and nothing was written: {why}",
            program.name()
        ));
        Err(help.into_iter().fold(error, CommandError::help))
    }

    fn start<A: AsRef<OsStr>>(
        &self,
        program: Program,
        args: &[A],
        input: Option<&[u8]>,
        stderr: Stdio,
    ) -> Result<ProgramOutput, CommandError> {
        self.start_with(program, args, input, stderr, &[])
    }

    fn start_with<A: AsRef<OsStr>>(
        &self,
        program: Program,
        args: &[A],
        input: Option<&[u8]>,
        stderr: Stdio,
        variables: &[(OsString, OsString)],
    ) -> Result<ProgramOutput, CommandError> {
        let path = self.locate(program)?;
        let name = program.name();
        let mut command = Command::new(path);
        command.env_clear().current_dir(&self.work_dir);
        command.envs(
            PASSED_ON
                .iter()
                .filter_map(|name| Some((name, env::var_os(name)?))),
        );
        command.env(
            "PATH",
            env::join_paths(&self.search)
                .map_err(|error| CommandError::not_evaluated(format!("bad PATH: {error}")))?,
        );
        command
            .env("LC_ALL", "C")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.args(args);
        // Without input the program keeps the terminal, where it may ask for a passphrase.
        command
            .stdin(if input.is_some() {
                Stdio::piped()
            } else {
                Stdio::inherit()
            })
            .stdout(Stdio::piped())
            .stderr(stderr);
        let mut child = command
            .spawn()
            .map_err(|error| CommandError::io(format!("start {name}"), &error))?;
        let writer = input.and_then(|bytes| Some((child.stdin.take()?, bytes.to_owned())));
        // Written from a thread of its own, so that a program which answers before it has read
        // everything cannot block us both. A program that does not read its input says why on
        // standard error.
        let writer = writer
            .map(|(mut pipe, bytes)| std::thread::spawn(move || pipe.write_all(&bytes).is_ok()));
        let output = child
            .wait_with_output()
            .map_err(|error| CommandError::io(format!("run {name}"), &error))?;
        if let Some(writer) = writer {
            let _ = writer.join();
        }
        let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok(ProgramOutput {
            success: output.status.success(),
            stdout: output.stdout,
            stderr,
        })
    }

    /// Runs `program` and gives its standard output; a status other than 0 is an error that repeats
    /// what it printed.
    pub fn expect<A: AsRef<OsStr>>(
        &self,
        program: Program,
        args: &[A],
        input: Option<&[u8]>,
    ) -> Result<Vec<u8>, CommandError> {
        let output = self.run(program, args, input)?;
        if output.success {
            return Ok(output.stdout);
        }
        let failed = CommandError::not_evaluated(format!("{} failed", program.name()));
        Err(failed.printed(&output.stderr))
    }

    /// Asks git about this repository, with everything off through which its configuration could
    /// start a program.
    ///
    /// Only for what reads: git compares files, and so starts filters, when it writes an index.
    /// `git/advance.rs` writes.
    pub fn git<A: AsRef<OsStr>>(
        &self,
        args: &[A],
        input: Option<&[u8]>,
    ) -> Result<ProgramOutput, CommandError> {
        self.run(Program::Git, &self.git_args(args), input)
    }

    /// As [`Self::git`], but a status other than 0 is an error.
    pub fn expect_git<A: AsRef<OsStr>>(
        &self,
        args: &[A],
        input: Option<&[u8]>,
    ) -> Result<Vec<u8>, CommandError> {
        self.expect(Program::Git, &self.git_args(args), input)
    }

    fn git_args<A: AsRef<OsStr>>(&self, args: &[A]) -> Vec<OsString> {
        let folders = [
            "--git-dir".into(),
            self.git_dir.clone().into(),
            "--work-tree".into(),
            self.work_dir.clone().into(),
        ];
        folders
            .into_iter()
            .chain(self.settings())
            .chain(args.iter().map(|arg| arg.as_ref().to_owned()))
            .collect()
    }

    /// Options that turn off what git would start besides itself.
    fn settings(&self) -> Vec<OsString> {
        let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
        let mut all: Vec<OsString> = vec!["--no-pager".into()];
        let mut set = |name: &str, value: &OsStr| {
            let mut setting = OsString::from(format!("{name}="));
            setting.push(value);
            all.extend(["-c".into(), setting]);
        };
        set("core.hooksPath", OsStr::new(null));
        set("core.fsmonitor", OsStr::new("false"));
        set("core.untrackedCache", OsStr::new("false"));
        // Commits are signed here and not by git; should git sign after all, then with these.
        for (name, program) in [
            ("gpg.program", Program::Gpg),
            ("gpg.openpgp.program", Program::Gpg),
            ("gpg.ssh.program", Program::SshKeygen),
        ] {
            let path = self.locate(program).unwrap_or_else(|_| PathBuf::from(null));
            set(name, path.as_os_str());
        }
        set("gpg.x509.program", OsStr::new(null));
        all
    }

    /// Author and committer as git would write them into a commit made now: `Name <email> seconds
    /// zone`. `settings` are options for git that name another person than its configuration does.
    pub fn identities(&self, settings: &[String]) -> Result<[Vec<u8>; 2], CommandError> {
        if settings.is_empty() {
            self.user_setting("user.name")?;
            self.user_setting("user.email")?;
        }
        let identity = |name: &str| {
            let args: Vec<&str> = settings
                .iter()
                .map(String::as_str)
                .chain(["var", name])
                .collect();
            let mut line = self.expect_git(&args, None)?;
            line.truncate(line.trim_ascii_end().len());
            if line.iter().any(u8::is_ascii_control) {
                return Err(
                    CommandError::usage(format!("{name} contains a control character"))
                        .help("Set the name and e-mail to plain text."),
                );
            }
            Ok(line)
        };
        Ok([
            identity("GIT_AUTHOR_IDENT")?,
            identity("GIT_COMMITTER_IDENT")?,
        ])
    }

    /// `user.name` or `user.email` of the user's Git configuration; an error when it contains
    /// invalid characters.
    pub fn user_setting(&self, name: &str) -> Result<Option<String>, CommandError> {
        let value = self.git_config(name)?;
        let hidden = value.as_ref().and_then(|value| {
            let control = value
                .chars()
                .any(char::is_control)
                .then_some(UnsafeChar::Control);
            control.or_else(|| {
                hidden_text::find(value.as_bytes())
                    .first()
                    .map(|hidden| hidden.class)
            })
        });
        match hidden {
            None => Ok(value),
            Some(class) => Err(CommandError::usage(format!("`{name}` in your Git configuration contains a {}", class.as_str())).help(
                format!("Set it again without that: `git config {name} …`; `git config --show-origin {name}` shows where it is set."),
            )),
        }
    }

    /// A switch of the user's Git configuration; off when it is not set.
    pub fn git_flag(&self, name: &str) -> Result<bool, CommandError> {
        let output = self.git(&["config", "--type=bool", "--get", name], None)?;
        Ok(output.success && output.stdout == b"true\n")
    }

    /// One value of the user's Git configuration, without the line end; `None` when it is not set.
    pub fn git_config(&self, name: &str) -> Result<Option<String>, CommandError> {
        let output = self.git(&["config", "--null", "--get", name], None)?;
        let value = String::from_utf8_lossy(&output.stdout)
            .trim_end_matches('\0')
            .to_owned();
        Ok((output.success && !value.trim().is_empty()).then_some(value))
    }
}

/// The folders of `PATH` in which a program may be looked for.
fn search_path(path: &OsStr, work_dir: &Path, git_dir: &Path) -> Vec<PathBuf> {
    let inside =
        [work_dir, git_dir].map(|dir| dir.canonicalize().unwrap_or_else(|_| dir.to_owned()));
    env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .filter_map(|dir| dir.canonicalize().ok())
        .filter(|dir| !inside.iter().any(|repository| dir.starts_with(repository)))
        .collect()
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    #[test]
    fn never_looks_for_programs_in_relative_folders_or_in_the_repository() {
        let repository = outside();
        let tools = outside();
        let bin = repository.path().join("bin");
        std::fs::create_dir_all(&bin).expect("a folder");
        let path =
            env::join_paths([Path::new("."), Path::new(""), &bin, tools.path()]).expect("a path");
        let found = search_path(&path, repository.path(), &repository.path().join(".git"));
        assert_eq!(found, [tools.path().canonicalize().expect("it exists")]);
    }

    #[test]
    fn a_program_gets_its_input_and_a_clean_environment() {
        let repository = outside();
        let programs = Programs::new(&repository.path().join(".git"), repository.path());
        programs
            .expect(Program::Git, &["init", "-q", "."], None)
            .expect("git init works");
        let id = programs
            .expect_git(&["hash-object", "--stdin"], Some(b"hello\n"))
            .expect("git answers");
        assert_eq!(id, b"ce013625030ba8dba906f756967f9e9ca394464a\n");
        assert_eq!(programs.git_config("user.nosuchkey"), Ok(None));
        let error = programs
            .expect_git(&["no-such-command"], None)
            .expect_err("git refuses");
        assert!(
            error.message.starts_with("git failed: "),
            "{}",
            error.message
        );
    }

    #[test]
    fn hooks_of_the_repository_are_not_run() {
        let repository = outside();
        let programs = Programs::new(&repository.path().join(".git"), repository.path());
        programs
            .expect(Program::Git, &["init", "-q", "."], None)
            .expect("git init works");
        let hook = repository.path().join(".git/hooks/reference-transaction");
        std::fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
        std::fs::write(&hook, "#!/bin/sh\ntouch hooked\nexit 1\n").expect("a hook");
        #[cfg(unix)]
        std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("an executable hook");
        let tree = programs.expect_git(&["write-tree"], None).expect("a tree");
        let tree = String::from_utf8_lossy(&tree).trim().to_owned();
        let args = [
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b.example",
            "commit-tree",
            "-m",
            "x",
            &tree,
        ];
        let commit = programs.expect_git(&args, None).expect("a commit");
        let commit = String::from_utf8_lossy(&commit).trim().to_owned();
        programs
            .expect_git(&["update-ref", "refs/heads/x", &commit], None)
            .expect("a branch, without the hook");
        assert!(!repository.path().join("hooked").exists());
    }
}
