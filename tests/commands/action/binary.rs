//! `action/binary.sh`: which binary the Action runs, and which it refuses.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use countersign_testkit::runner::{Runner, Step};
use countersign_testkit::{TestResult, git};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/action/binary.sh");
const ARCHIVE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/action/archive.py");

/// Runs the script, from a copy of the Action whose table is `table`.
fn run(runner: Runner, table: &str) -> std::io::Result<Step> {
    let action = runner.path("action-checkout");
    std::fs::create_dir_all(action.join("action"))?;
    std::fs::copy(SCRIPT, action.join("action/binary.sh"))?;
    std::fs::write(action.join("action/checksums.txt"), table)?;
    let mut command = Command::new("/bin/bash");
    command.arg(action.join("action/binary.sh"));
    Ok(runner.run(command))
}

fn runner() -> Result<Runner, std::io::Error> {
    let runner = Runner::new("schedule", &json!({}));
    let workspace = runner.path("workspace");
    std::fs::create_dir(&workspace)?;
    let path = std::env::var("PATH").unwrap_or_default();
    Ok(runner
        .with("GITHUB_WORKSPACE", &workspace.display().to_string())
        .with("PATH", &path))
}

/// A program that does what `script` says.
pub fn program(path: &Path, script: &str) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, format!("#!/bin/sh\n{script}\n"))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[test]
fn a_given_binary_outside_of_the_repository_is_used() -> TestResult {
    let runner = runner()?;
    let binary = runner.path("countersign");
    program(&binary, "exit 0")?;
    let step = run(runner.with("BINARY", &binary.display().to_string()), "")?;
    assert_eq!(step.code, 0, "{}{}", step.stdout, step.stderr);
    assert_eq!(PathBuf::from(&step.outputs["path"]), binary.canonicalize()?);
    Ok(())
}

#[test]
fn a_binary_in_the_judged_repository_is_refused_also_behind_a_link() -> TestResult {
    let runner = runner()?;
    let inside = runner.path("workspace/countersign");
    program(&inside, "exit 0")?;
    let link = runner.path("link");
    std::os::unix::fs::symlink(&inside, &link)?;
    let step = run(runner.with("BINARY", &link.display().to_string()), "")?;
    assert_eq!(step.code, 2, "{}{}", step.stdout, step.stderr);
    assert!(
        step.stdout.contains("is in the repository"),
        "{}",
        step.stdout
    );
    assert!(!step.outputs.contains_key("path"));
    Ok(())
}

#[test]
fn a_binary_in_a_judged_repository_outside_of_the_workspace_is_refused() -> TestResult {
    let runner = runner()?;
    let judged = runner.path("elsewhere");
    std::fs::create_dir_all(judged.join("folder"))?;
    git(&judged, &judged, &["init", "-q"]);
    program(&judged.join("countersign"), "exit 0")?;
    let mut runner = runner.with("BINARY", &judged.join("countersign").display().to_string());
    // The repository is judged wherever in it `path` is.
    for path in [judged.clone(), judged.join("folder")] {
        runner = runner.with("REPOSITORY", &path.display().to_string());
        let mut command = Command::new("/bin/bash");
        command.arg(SCRIPT);
        let step = runner.run(command);
        assert_eq!(step.code, 2, "{}{}", step.stdout, step.stderr);
        assert!(
            step.stdout.contains("the binary is in the repository"),
            "{}",
            step.stdout
        );
        assert!(!step.outputs.contains_key("path"));
    }
    Ok(())
}

#[test]
fn an_action_in_the_judged_repository_is_refused() -> TestResult {
    // Where `run` puts the Action: as the repository itself, and in a folder of it.
    for judged in ["action-checkout", "."] {
        let runner = runner()?;
        let binary = tempfile::tempdir()?;
        program(&binary.path().join("countersign"), "exit 0")?;
        let judged = runner.path(judged).display().to_string();
        let step = run(
            runner
                .with(
                    "BINARY",
                    &binary.path().join("countersign").display().to_string(),
                )
                .with("REPOSITORY", &judged),
            "",
        )?;
        assert_eq!(step.code, 2, "{}{}", step.stdout, step.stderr);
        assert!(
            step.stdout.contains("the Action is in the repository"),
            "{}",
            step.stdout
        );
        assert!(!step.outputs.contains_key("path"));
    }
    Ok(())
}

/// A release in `folder` as the release workflow packs it, of a program that does what `script`
/// says. Its name and SHA-256.
pub fn archive(
    folder: &Path,
    script: &str,
) -> Result<(String, String), Box<dyn std::error::Error>> {
    let name = format!(
        "countersign-0.1.0-{}-unknown-linux-musl.tar.gz",
        std::env::consts::ARCH
    );
    std::fs::create_dir_all(folder)?;
    program(&folder.join("countersign"), script)?;
    let made = Command::new("python3")
        .args([ARCHIVE, "countersign", &name])
        .current_dir(folder)
        .status()?;
    assert!(made.success());
    let bytes = std::fs::read(folder.join(&name))?;
    Ok((name, countersign::model::Digest::of(&bytes).hex()))
}

/// Another byte at the end of a release.
pub fn tamper(archive: &Path) -> std::io::Result<()> {
    let mut bytes = std::fs::read(archive)?;
    bytes.push(0);
    std::fs::write(archive, bytes)
}

#[test]
fn a_release_packed_again_later_has_the_same_bytes() -> TestResult {
    let runner = runner()?;
    let release = runner.path("release");
    let first = archive(&release, "exit 0")?;
    let binary = std::fs::File::options()
        .write(true)
        .open(runner.path("release/countersign"))?;
    binary.set_modified(std::time::SystemTime::UNIX_EPOCH)?;
    assert_eq!(
        archive(&release, "exit 0")?.1,
        first.1.clone(),
        "its own time stamp does not matter"
    );
    let listed = Command::new("tar")
        .arg("-tzf")
        .arg(runner.path("release").join(&first.0))
        .output()?;
    assert_eq!(
        String::from_utf8(listed.stdout)?,
        "countersign\nCargo.lock\nLICENSE-APACHE\nLICENSE-MIT\nREADME.md\n"
    );
    Ok(())
}

/// A `PATH` whose `curl`, in `bin`, takes a release from a folder instead of the network.
pub fn offline(bin: &Path, release: &Path) -> std::io::Result<String> {
    std::fs::create_dir_all(bin)?;
    let script = format!(
        "while [ $# -gt 0 ]; do case $1 in --output) out=$2; shift ;; https://*) url=$1 ;; esac; shift; done\ncp '{}'/\"${{url##*/}}\" \"$out\"",
        release.display()
    );
    program(&bin.join("curl"), &script)?;
    Ok(format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").unwrap_or_default()
    ))
}

fn download(
    tampered: bool,
    table: impl Fn(&str, &str) -> String,
) -> Result<Step, Box<dyn std::error::Error>> {
    let runner = runner()?
        .with("VERSION", "0.1.0")
        .with("TOOL", "tool/countersign");
    let release = runner.path("release");
    let path = offline(&runner.path("bin"), &release)?;
    let (name, digest) = archive(&release, "exit 0")?;
    if tampered {
        tamper(&release.join(&name))?;
    }
    Ok(run(runner.with("PATH", &path), &table(&name, &digest))?)
}

#[test]
fn a_release_with_the_listed_checksum_is_used() -> TestResult {
    let step = download(false, |name, digest| format!("# table\n{digest}  {name}\n"))?;
    assert_eq!(step.code, 0, "{}{}", step.stdout, step.stderr);
    assert!(
        step.outputs["path"].ends_with("/countersign-bin/countersign"),
        "{:?}",
        step.outputs
    );
    Ok(())
}

#[test]
fn a_tampered_release_is_refused_before_it_is_unpacked() -> TestResult {
    let step = download(true, |name, digest| format!("{digest}  {name}\n"))?;
    assert_eq!(step.code, 2, "{}{}", step.stdout, step.stderr);
    assert!(step.stdout.contains("another SHA-256"), "{}", step.stdout);
    assert!(!step.outputs.contains_key("path"));
    Ok(())
}

#[test]
fn a_version_that_the_table_does_not_list_is_refused() -> TestResult {
    for table in ["", "# nothing\n"] {
        let step = download(false, |_, _| table.to_owned())?;
        assert_eq!(step.code, 2, "{}{}", step.stdout, step.stderr);
        assert!(step.stdout.contains("does not know"), "{}", step.stdout);
    }
    Ok(())
}

#[test]
fn latest_is_not_a_version() -> TestResult {
    for version in ["latest", "1", "0.1", "../../x", "0.1.0/../../y", "v0.1.0"] {
        let step = run(
            runner()?
                .with("VERSION", version)
                .with("TOOL", "tool/countersign"),
            "",
        )?;
        assert_eq!(step.code, 2, "{version}: {}{}", step.stdout, step.stderr);
        assert!(
            step.stdout.contains("must be exact"),
            "{version}: {}",
            step.stdout
        );
    }
    Ok(())
}
