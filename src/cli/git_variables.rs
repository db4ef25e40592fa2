//! `GIT_DIR` and `GIT_WORK_TREE`: Git goes by them, Countersign goes by the folder. Where the two
//! differ, the user would read about another repository than the one they mean.

use std::env;
use std::path::{Path, PathBuf};

use super::error::CommandError;
use super::shell_word::quoted;
use crate::git::Repository;

/// Refuses the repository of a folder that was not named with `-C` when one of the variables names
/// another. Git sets them for its hooks, to the repository that the hook runs in.
pub fn refuse_another(repository: Option<&Repository>) -> Result<(), CommandError> {
    let git_dir = repository.map(Repository::git_dir);
    let work_dir = repository.and_then(Repository::work_dir);
    refuse("GIT_DIR", git_dir)?;
    refuse("GIT_WORK_TREE", work_dir)
}

fn refuse(variable: &str, found: Option<&Path>) -> Result<(), CommandError> {
    let Some(named) = env::var_os(variable).filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let named = PathBuf::from(named);
    if found.is_some_and(|found| is_same(&named, found)) {
        return Ok(());
    }
    let named = quoted(&named.display().to_string());
    let instead = found.map_or_else(
        || "this folder is in none".to_owned(),
        |found| format!("this folder has {}", quoted(&found.display().to_string())),
    );
    Err(CommandError::usage(format!(
        "`{variable}` is {named}, and {instead}: Countersign goes by the folder, not by `{variable}`"
    ))
    .help(format!(
        "Name the folder of the repository that you mean with -C, or run `unset {variable}`."
    )))
}

fn is_same(named: &Path, found: &Path) -> bool {
    named == found
        || matches!(
            (named.canonicalize(), found.canonicalize()),
            (Ok(named), Ok(found)) if named == found
        )
}
