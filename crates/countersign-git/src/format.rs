//! Which repository formats can be read: the same that Git reads, as gitformat-repository-layout and
//! `extensions.*` in git-config(1) say, except for other reference storages.
//!
//! A format or extension that is unknown can mean that references or objects are elsewhere, so
//! nothing is read then.

use gix::bstr::ByteSlice as _;

use super::error::GitError;

/// Extensions that Git obeys whatever the version.
const ALWAYS: [&str; 4] = ["noop", "preciousobjects", "partialclone", "worktreeconfig"];

/// Extensions that need version 1.
const SINCE_ONE: [&str; 5] = [
    "noop-v1",
    "objectformat",
    "compatobjectformat",
    "refstorage",
    "relativeworktrees",
];

/// Refuses a repository with this configuration where Git would, or where its references cannot be
/// read.
pub(super) fn require_known(config: &gix::config::File) -> Result<(), GitError> {
    let version = last(config, "core", "repositoryFormatVersion").unwrap_or_default();
    let version = match version.trim() {
        "" => 0,
        text => text
            .parse::<u32>()
            .ok()
            .filter(|version| *version <= 1)
            .ok_or_else(|| GitError::Unsupported(format!("the repository format {text}")))?,
    };
    if let Some(storage) = last(config, "extensions", "refStorage")
        && !storage.eq_ignore_ascii_case("files")
    {
        return Err(GitError::RefStorage(storage));
    }
    for name in extensions(config) {
        let lower = name.to_ascii_lowercase();
        let is_known = ALWAYS.contains(&lower.as_str());
        let is_newer = SINCE_ONE.contains(&lower.as_str());
        // Version 0 does not say that an extension has to be understood.
        if is_newer && version == 0 || !is_known && !is_newer && version == 1 {
            return Err(GitError::Unsupported(format!(
                "the extension `{name}` in the repository format {version}"
            )));
        }
    }
    Ok(())
}

fn extensions(config: &gix::config::File) -> Vec<String> {
    let sections = config.sections_by_name("extensions").into_iter().flatten();
    sections
        .flat_map(|section| section.value_names().collect::<Vec<String>>())
        .collect()
}

fn last(config: &gix::config::File, section: &str, key: &str) -> Option<String> {
    let sections = config.sections_by_name(section)?;
    let values = sections.filter_map(|section| section.value(key));
    let value = values.last()?;
    Some(value.to_str_lossy().into_owned())
}
