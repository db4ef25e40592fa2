//! `action/binary.sh`: which binary the Action runs, and which it refuses.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::runner::{Runner, Step};
use crate::support::TestResult;

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
    Ok(runner.with("GITHUB_WORKSPACE", &workspace.display().to_string()).with("PATH", &path))
}

fn program(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, "#!/bin/sh\nexit 0\n")?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[test]
fn a_given_binary_outside_of_the_repository_is_used() -> TestResult {
    let runner = runner()?;
    let binary = runner.path("countersign");
    program(&binary)?;
    let step = run(runner.with("BINARY", &binary.display().to_string()), "")?;
    assert_eq!(step.code, 0, "{}{}", step.stdout, step.stderr);
    assert_eq!(PathBuf::from(&step.outputs["path"]), binary.canonicalize()?);
    Ok(())
}

#[test]
fn a_binary_in_the_judged_repository_is_refused_also_behind_a_link() -> TestResult {
    let runner = runner()?;
    let inside = runner.path("workspace/countersign");
    program(&inside)?;
    let link = runner.path("link");
    std::os::unix::fs::symlink(&inside, &link)?;
    let step = run(runner.with("BINARY", &link.display().to_string()), "")?;
    assert_eq!(step.code, 2, "{}{}", step.stdout, step.stderr);
    assert!(step.stdout.contains("lies in the repository"), "{}", step.stdout);
    assert!(!step.outputs.contains_key("path"));
    Ok(())
}

/// A release as the release workflow packs it, its name and SHA-256.
fn archive(runner: &Runner) -> Result<(String, String), Box<dyn std::error::Error>> {
    let name = format!("countersign-0.1.0-{}-unknown-linux-musl.tar.gz", std::env::consts::ARCH);
    let folder = runner.path("release");
    std::fs::create_dir_all(&folder)?;
    program(&folder.join("countersign"))?;
    let made = Command::new("python3").args([ARCHIVE, "countersign", &name]).current_dir(&folder).status()?;
    assert!(made.success());
    let bytes = std::fs::read(folder.join(&name))?;
    Ok((name, countersign::model::Digest::of(&bytes).hex()))
}

#[test]
fn a_release_packed_again_later_has_the_same_bytes() -> TestResult {
    let runner = runner()?;
    let first = archive(&runner)?;
    let binary = std::fs::File::options().write(true).open(runner.path("release/countersign"))?;
    binary.set_modified(std::time::SystemTime::UNIX_EPOCH)?;
    assert_eq!(archive(&runner)?.1, first.1.clone(), "its own time stamp does not matter");
    let listed = Command::new("tar").arg("-tzf").arg(runner.path("release").join(&first.0)).output()?;
    assert_eq!(String::from_utf8(listed.stdout)?, "countersign\nCargo.lock\nLICENSE-APACHE\nLICENSE-MIT\nREADME.md\n");
    Ok(())
}

/// A folder with a `curl` that takes the release from another folder instead of the network.
fn offline(runner: &Runner) -> Result<String, Box<dyn std::error::Error>> {
    let bin = runner.path("bin");
    std::fs::create_dir_all(&bin)?;
    let curl = bin.join("curl");
    let script = format!(
        "#!/bin/sh\nwhile [ $# -gt 0 ]; do case $1 in --output) out=$2; shift ;; https://*) url=$1 ;; esac; shift; done\ncp '{}'/\"${{url##*/}}\" \"$out\"\n",
        runner.path("release").display()
    );
    program(&curl)?;
    std::fs::write(&curl, script)?;
    Ok(format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default()))
}

fn download(tamper: bool, table: impl Fn(&str, &str) -> String) -> Result<Step, Box<dyn std::error::Error>> {
    let runner = runner()?.with("VERSION", "0.1.0").with("TOOL", "tool/countersign");
    let path = offline(&runner)?;
    let (name, digest) = archive(&runner)?;
    if tamper {
        let path = runner.path("release").join(&name);
        let mut bytes = std::fs::read(&path)?;
        bytes.push(0);
        std::fs::write(path, bytes)?;
    }
    Ok(run(runner.with("PATH", &path), &table(&name, &digest))?)
}

#[test]
fn a_release_with_the_listed_checksum_is_used() -> TestResult {
    let step = download(false, |name, digest| format!("# table\n{digest}  {name}\n"))?;
    assert_eq!(step.code, 0, "{}{}", step.stdout, step.stderr);
    assert!(step.outputs["path"].ends_with("/countersign-bin/countersign"), "{:?}", step.outputs);
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
fn latest_is_no_version() -> TestResult {
    for version in ["latest", "1", "0.1", "../../x", "0.1.0/../../y", "v0.1.0"] {
        let step = run(runner()?.with("VERSION", version).with("TOOL", "tool/countersign"), "")?;
        assert_eq!(step.code, 2, "{version}: {}{}", step.stdout, step.stderr);
        assert!(step.stdout.contains("must be exact"), "{version}: {}", step.stdout);
    }
    Ok(())
}
