//! The files of keys beside the example, and the Git configuration that uses them.

use std::fs;
use std::path::Path;

use super::ALLOWED_SIGNERS;
use crate::history::DemoError;
use crate::person::Person;

/// The repository's own configuration: commits here are by `you`, signed with the demo key.
pub(super) fn config(you: &Person, key_file: &Path) -> String {
    let quoted = |path: &Path| {
        format!(
            "\"{}\"",
            path.display()
                .to_string()
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
        )
    };
    let signers = key_file.with_file_name(ALLOWED_SIGNERS);
    format!(
        "[user]\n\tname = {}\n\temail = {}\n\tsigningkey = {}\n[gpg]\n\tformat = ssh\n[gpg \"ssh\"]\n\tallowedSignersFile = {}\n",
        you.printed,
        you.email,
        quoted(key_file),
        quoted(&signers)
    )
}

/// Writes private keys that only their owner may read, as ssh-keygen demands, and the list by which
/// Git verifies the commits.
pub(super) fn write_keys(key_file: &Path, people: &[Person]) -> Result<(), DemoError> {
    let write = |path: &Path, text: &str| {
        fs::write(path, text)
            .map_err(|error| DemoError::WorkTree(path.display().to_string(), error))
    };
    let folder = key_file.parent().unwrap_or(key_file);
    fs::create_dir_all(folder)
        .map_err(|error| DemoError::WorkTree(folder.display().to_string(), error))?;
    for person in people {
        let path = folder.join(&person.name);
        write(&path, &person.private_pem())?;
        protect(&path)?;
        write(
            &path.with_extension("pub"),
            &format!("{}\n", person.public_line()),
        )?;
    }
    let signers: Vec<String> = people.iter().map(Person::allowed_signer).collect();
    write(&folder.join(ALLOWED_SIGNERS), &signers.concat())?;
    write(
        &folder.join("README"),
        "These keys follow from published names: worthless, for the demo only.\n",
    )
}

#[cfg(unix)]
fn protect(path: &Path) -> Result<(), DemoError> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        .map_err(|error| DemoError::WorkTree(path.display().to_string(), error))
}

#[cfg(not(unix))]
fn protect(_path: &Path) -> Result<(), DemoError> {
    Ok(())
}
