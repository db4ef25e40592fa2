//! Independent judges: the stock tools, hermetically.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::output::environment;

/// Runs Git in `dir` and returns what it printed; it must succeed.
#[track_caller]
pub fn git(dir: &Path, home: &Path, arguments: &[&str]) -> String {
    let output = git_output(dir, home, arguments);
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "git {arguments:?} succeeds\n{stdout}\n{stderr}"
    );
    stdout.into_owned()
}

/// Runs Git in `dir`, whether it succeeds or not.
pub fn git_output(dir: &Path, home: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(dir)
        .args(arguments)
        .stdin(Stdio::null());
    environment(&mut command, home);
    command.output().expect("git is installed")
}

/// Runs a program in the same environment, feeding it `input`.
pub fn program<S: AsRef<OsStr>>(
    name: &str,
    home: &Path,
    arguments: &[S],
    input: &[u8],
) -> std::process::Output {
    let file = home.join("program-input");
    std::fs::write(&file, input).expect("the test's directory is writable");
    let mut command = Command::new(name);
    command
        .args(arguments)
        .stdin(std::fs::File::open(&file).expect("it was just written"));
    environment(&mut command, home);
    command
        .output()
        .unwrap_or_else(|error| panic!("{name} starts: {error}"))
}

/// The path of a program, if it is installed.
pub fn path_of(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Whether `ssh-keygen -Y verify` accepts `signature` over `message` by `identity` of the
/// allowed-signers text.
pub fn ssh_verify(
    home: &Path,
    signers: &str,
    identity: &str,
    namespace: &str,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let (list, file) = (home.join("allowed_signers"), home.join("signature.sig"));
    std::fs::write(&list, signers).expect("the test's directory is writable");
    std::fs::write(&file, signature).expect("the test's directory is writable");
    let arguments = [
        OsStr::new("-Y"),
        OsStr::new("verify"),
        OsStr::new("-f"),
        list.as_os_str(),
        OsStr::new("-I"),
        OsStr::new(identity),
        OsStr::new("-n"),
        OsStr::new(namespace),
        OsStr::new("-s"),
        file.as_os_str(),
    ];
    program("ssh-keygen", home, &arguments, message)
        .status
        .success()
}
