//! What is behind the links of a tree: manifests under the paths that they have there, and what a
//! link's finding is about.

use countersign_git::{GitError, Leaf, MODE_SUBMODULE, MODE_SYMLINK, Reader};
use countersign_harness::{self as harness, is_manifest, manifest_root, may_lead_to_manifest};
use countersign_model::{Digest, ObjectId};

use super::leaves::Leaves;
use super::links::{Destination, destination};

/// Links within linked folders are followed this deep.
pub(super) const MOST_LINKS: usize = 8;

/// How many leaves may be looked at in all: links can multiply them.
pub(super) fn most_looks(leaves: &Leaves) -> usize {
    4 * leaves.len() + 10_000
}

/// The manifests that harnesses find through links.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    /// By the path behind the link.
    pub files: Vec<(String, ObjectId)>,
    /// Links to more than can be looked at.
    pub unread: Vec<String>,
}

impl Manifests {
    /// Follows every link on the way from a plugin's folder to its manifest. Where the whole plugin
    /// is behind a link, it is one where it is stored.
    pub fn of(reader: &mut Reader, leaves: &Leaves) -> Result<Self, GitError> {
        let mut all = Self::default();
        let mut left = most_looks(leaves);
        for (bytes, _) in leaves.iter().filter(|(_, leaf)| leaf.mode == MODE_SYMLINK) {
            let link = String::from_utf8_lossy(bytes);
            if !may_lead_to_manifest(&link) {
                continue;
            }
            let whole = walk(
                reader,
                leaves,
                &link,
                &mut left,
                &mut |path: &str, leaf: Leaf| {
                    let loaded = format!("{link}{path}");
                    let is_file = !matches!(leaf.mode, MODE_SYMLINK | MODE_SUBMODULE);
                    if is_file
                        && is_manifest(&loaded)
                        && manifest_root(&loaded).is_some_and(|root| root.len() < link.len())
                    {
                        all.files.push((loaded, leaf.id));
                    }
                },
            )?;
            if !whole {
                all.unread.push(link.into_owned());
            }
        }
        Ok(all)
    }
}

/// The digest of everything that a harness may load through `link`, except for what `is_governed`:
/// it has findings of its own.
pub(super) fn digest(
    reader: &mut Reader,
    leaves: &Leaves,
    plugins: &harness::Plugins,
    link: &str,
    is_governed: &dyn Fn(&str) -> bool,
) -> Result<Digest, GitError> {
    let target = match destination(reader, leaves, link)? {
        Destination::Inside(target) => target,
        Destination::Outside | Destination::Nowhere => String::new(),
    };
    // A link to a folder that holds it leads to nearly everything: of that, only what is loaded by
    // itself counts.
    let holds_it = target.is_empty()
        || link
            .strip_prefix(&*target)
            .is_some_and(|rest| rest.starts_with('/'));
    let mut text = Vec::new();
    let mut left = most_looks(leaves);
    let whole = walk(
        reader,
        leaves,
        link,
        &mut left,
        &mut |path: &str, leaf: Leaf| {
            let loaded = format!("{link}{path}");
            let counts = !holds_it
                || harness::loaded_in(plugins, &loaded).is_some()
                || harness::is_skill_file(&loaded);
            if counts && !is_governed(&format!("{target}{path}")) {
                text.extend(format!("{path}\0{:o} {}\n", leaf.mode, leaf.id).into_bytes());
            }
        },
    )?;
    if !whole {
        leaves.iter().for_each(|(path, leaf)| {
            text.extend([path, format!("\0{:o} {}\n", leaf.mode, leaf.id).as_bytes()].concat());
        });
    }
    Ok(Digest::of(&text))
}

/// Calls `see` with everything behind the link at `link`, by its path from there: empty for a file,
/// else with a slash first. Returns whether that was all.
fn walk(
    reader: &mut Reader,
    leaves: &Leaves,
    link: &str,
    left: &mut usize,
    see: &mut impl FnMut(&str, Leaf),
) -> Result<bool, GitError> {
    // The links still to follow: where one is stored, its path from `link`, and within how many
    // links it is.
    let mut ahead = vec![(link.to_owned(), String::new(), 0)];
    while let Some((stored, before, depth)) = ahead.pop() {
        let Destination::Inside(target) = destination(reader, leaves, &stored)? else {
            continue;
        };
        if let Some(leaf) = leaves.get(target.as_bytes()) {
            see(&before, leaf);
            continue;
        }
        let everything = target
            .is_empty()
            .then(|| leaves.iter())
            .into_iter()
            .flatten();
        let below = (!target.is_empty())
            .then(|| leaves.below(&target))
            .into_iter()
            .flatten();
        for (bytes, leaf) in everything.chain(below) {
            if *left == 0 {
                return Ok(false);
            }
            *left -= 1;
            let path = String::from_utf8_lossy(bytes);
            let inside = if target.is_empty() {
                format!("{before}/{path}")
            } else {
                format!("{before}{}", &path[target.len()..])
            };
            see(&inside, leaf);
            if leaf.mode == MODE_SYMLINK && depth < MOST_LINKS {
                ahead.push((path.into_owned(), inside, depth + 1));
            }
        }
    }
    Ok(true)
}
