//! Where a symbolic link of the judged tree leads, as a file system would follow it. Nothing
//! outside of the tree is looked at.

use countersign_git::{GitError, MODE_SUBMODULE, MODE_SYMLINK, Reader};

use super::leaves::Leaves;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// To this file or folder of the repository; empty for its root.
    Inside(String),
    /// Above the root, to an absolute path, or into a submodule.
    Outside,
    /// To nothing that is in the tree, or around in circles.
    Nowhere,
}

/// Linux follows no more links for one path.
const MOST_HOPS: usize = 40;
/// No path is longer on any system.
const MOST_BYTES: u64 = 4096;

/// Where the link at `link` leads, through every link on the way.
pub(super) fn destination(
    reader: &mut Reader,
    leaves: &Leaves,
    link: &str,
) -> Result<Destination, GitError> {
    let mut steps: Vec<String> = Vec::new();
    // The steps still to go, the next one last.
    let mut ahead: Vec<String> = link.rsplit('/').map(str::to_owned).collect();
    let mut hops = 0;
    while let Some(step) = ahead.pop() {
        match step.as_str() {
            ".." if steps.pop().is_none() => return Ok(Destination::Outside),
            "" | "." | ".." => continue,
            _ => steps.push(step),
        }
        let path = steps.join("/");
        let Some(leaf) = leaves.get(path.as_bytes()) else {
            if leaves.has(&path) {
                continue;
            }
            return Ok(Destination::Nowhere);
        };
        match leaf.mode {
            MODE_SYMLINK => {
                hops += 1;
                if hops > MOST_HOPS || reader.blob_size(leaf.id)? > MOST_BYTES {
                    return Ok(Destination::Nowhere);
                }
                let Ok(text) = String::from_utf8(reader.blob(leaf.id)?) else {
                    return Ok(Destination::Nowhere);
                };
                if text.is_empty() {
                    return Ok(Destination::Nowhere);
                }
                if text.starts_with('/') {
                    return Ok(Destination::Outside);
                }
                steps.pop();
                ahead.extend(text.rsplit('/').map(str::to_owned));
            }
            MODE_SUBMODULE => return Ok(Destination::Outside),
            _ if ahead.iter().all(|step| step.is_empty() || step == ".") => {}
            _ => return Ok(Destination::Nowhere),
        }
    }
    Ok(Destination::Inside(steps.join("/")))
}
