//! What a revision that a user wrote names, and in our own words why it names no commit.
//!
//! Everything is looked up without obeying configuration, with one exception: `BRANCH@{upstream}`
//! is by definition what the repository configures for that branch.

use gix::bstr::ByteSlice as _;

use super::error::{GitError, RevisionFault};
use super::reader::{to_gix, to_model};
use super::repository::Repository;
use countersign_model::ObjectId;

impl Repository {
    /// The commit that a revision (a branch, tag, full or abbreviated id, `HEAD~2`, `main@{u}` …)
    /// names; tags are followed.
    pub fn resolve(&self, rev: &str) -> Result<ObjectId, GitError> {
        self.commit_of(rev)
            .map_err(|why| GitError::UnknownRevision {
                rev: rev.to_owned(),
                why,
            })
    }

    /// The id that `rev` is, if it is a whole one of this repository's format. The object need not
    /// be here.
    pub fn whole_id(&self, rev: &str) -> Option<ObjectId> {
        let id: ObjectId = rev.to_ascii_lowercase().parse().ok()?;
        (id.as_bytes().len() == self.object_format().id_len()).then_some(id)
    }

    /// As [`Self::resolve`], but a whole id is that commit even where this clone lacks it: it is
    /// known from elsewhere, and that it is gone is a verdict.
    pub fn resolve_known(&self, rev: &str) -> Result<ObjectId, GitError> {
        match (self.resolve(rev), self.whole_id(rev)) {
            (
                Err(GitError::UnknownRevision {
                    why: RevisionFault::Absent { .. },
                    ..
                }),
                Some(gone),
            ) => Ok(gone),
            (found, _) => found,
        }
    }

    /// The commit that the name of a base means: a branch before a tag of the same name, then any
    /// other revision. A whole id is that commit, as in [`Self::resolve_known`].
    pub fn resolve_base(&self, rev: &str) -> Result<ObjectId, GitError> {
        if self.whole_id(rev).is_none() {
            for name in [format!("refs/heads/{rev}"), format!("refs/remotes/{rev}")] {
                if let Some(tip) = self.reference(&name)? {
                    return Ok(tip);
                }
            }
        }
        self.resolve_known(rev)
    }

    /// Whether the object is in this clone.
    pub fn has(&self, id: ObjectId) -> bool {
        self.local().has_object(to_gix(&id))
    }

    fn commit_of(&self, rev: &str) -> Result<ObjectId, RevisionFault> {
        let local = self.local();
        // A full id is that object, even if a branch has the same name.
        let id = match self.whole_id(rev) {
            Some(id) if local.has_object(to_gix(&id)) => to_gix(&id),
            Some(_) => {
                return Err(RevisionFault::Absent {
                    remote: self.remotes().into_iter().next(),
                });
            }
            None => {
                let expanded = self.with_upstream(rev)?;
                let text = expanded.as_deref().unwrap_or(rev);
                local
                    .rev_parse_single(text)
                    .map_err(|_| self.fault(text))?
                    .detach()
            }
        };
        let object = local
            .find_object(id)
            .map_err(|_| RevisionFault::Unreadable)?;
        let kind = object.kind;
        let commit = object.peel_to_commit().map_err(|_| match kind {
            gix::objs::Kind::Blob => RevisionFault::NotACommit("a file"),
            gix::objs::Kind::Tree => RevisionFault::NotACommit("a folder"),
            gix::objs::Kind::Tag => RevisionFault::NotACommit("a tag of something else"),
            gix::objs::Kind::Commit => RevisionFault::Unreadable,
        })?;
        Ok(to_model(&commit.id))
    }

    /// Why `rev`, of which the library makes nothing, is not a commit.
    fn fault(&self, rev: &str) -> RevisionFault {
        if rev.contains("..") || rev.starts_with('^') || rev.ends_with("^!") || rev.ends_with("^@")
        {
            return RevisionFault::Range;
        }
        if rev.starts_with(":/") || rev.contains("^{/") {
            return RevisionFault::Search;
        }
        let local = self.local();
        let prefix = gix::hash::Prefix::from_hex(rev).ok();
        let found = prefix.and_then(|prefix| local.objects.lookup_prefix(prefix, None).ok());
        if let Some(Some(Err(()))) = found {
            return RevisionFault::Ambiguous;
        }
        let name = name_of(rev);
        if name.len() < rev.len() && local.rev_parse_single(name).is_ok() {
            return RevisionFault::Beyond {
                name: name.to_owned(),
            };
        }
        let name = name.strip_prefix("refs/").unwrap_or(name);
        let name = name.strip_prefix("remotes/").unwrap_or(name);
        let of_remote = self.remotes().into_iter().find_map(|remote| {
            let branch = name.strip_prefix(&remote)?.strip_prefix('/')?;
            (!branch.is_empty()).then(|| RevisionFault::NotFetched {
                branch: branch.to_owned(),
                remote,
            })
        });
        of_remote.unwrap_or(RevisionFault::Unknown)
    }

    /// `rev` with its `@{upstream}` replaced by the branch that this names; `None` without one.
    fn with_upstream(&self, rev: &str) -> Result<Option<String>, RevisionFault> {
        let Some((name, rest)) = rev.split_once("@{") else {
            return Ok(None);
        };
        let Some((word, after)) = rest.split_once('}') else {
            return Ok(None);
        };
        let word = word.to_ascii_lowercase();
        if word == "push" {
            return Err(RevisionFault::Push);
        }
        if word != "u" && word != "upstream" {
            return Ok(None);
        }
        let branch = match name {
            "" | "@" | "HEAD" => self.head().ok().and_then(|head| head.branch),
            name => Some(name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()),
        };
        let branch = branch.ok_or(RevisionFault::Detached)?;
        match self.upstream(&branch) {
            Some(upstream) => Ok(Some(format!("{upstream}{after}"))),
            None => Err(RevisionFault::NoUpstream { branch }),
        }
    }

    /// The full name of the branch that `branch` follows, as the repository configures it.
    fn upstream(&self, branch: &str) -> Option<String> {
        let local = self.local();
        let config = local.config_snapshot();
        let value = |section: &str, name: &str, key: &str| {
            let sections = config.plumbing().sections_by_name(section)?;
            sections
                .filter(|section| {
                    section.header().subsection_name() == Some(gix::bstr::BStr::new(name))
                })
                .filter_map(|section| Some(section.value(key)?.to_str().ok()?.to_owned()))
                .last()
        };
        let (remote, merge) = (
            value("branch", branch, "remote")?,
            value("branch", branch, "merge")?,
        );
        if remote == "." {
            return Some(merge);
        }
        let specs = config.plumbing().sections_by_name("remote")?;
        let specs = specs
            .filter(|section| {
                section.header().subsection_name() == Some(gix::bstr::BStr::new(&remote))
            })
            .flat_map(|section| section.values("fetch"));
        let mut places = specs.filter_map(|spec| mapped(spec.to_str().ok()?, &merge));
        // A clone of one branch fetches no other, so what it would call the branch is said all the
        // same.
        places.next().or_else(|| {
            let branch = merge.strip_prefix("refs/heads/")?;
            Some(format!("refs/remotes/{remote}/{branch}"))
        })
    }

    /// The names of the remotes that the repository configures, `origin` first.
    fn remotes(&self) -> Vec<String> {
        let local = self.local();
        let config = local.config_snapshot();
        let sections = config.plumbing().sections_by_name("remote");
        let mut names: Vec<String> = sections
            .into_iter()
            .flatten()
            .filter_map(|section| section.header().subsection_name()?.to_str().ok())
            .map(str::to_owned)
            .collect();
        names.sort_by_key(|name| (name != "origin", name.clone()));
        names.dedup();
        names
    }
}

/// Where a refspec puts what is called `name` on the remote.
fn mapped(spec: &str, name: &str) -> Option<String> {
    let (from, to) = spec.strip_prefix('+').unwrap_or(spec).split_once(':')?;
    match (from.strip_suffix('*'), to.strip_suffix('*')) {
        (Some(from), Some(to)) => Some(format!("{to}{}", name.strip_prefix(from)?)),
        _ => (from == name).then(|| to.to_owned()),
    }
}

/// The name that a revision begins with, without what leads on from it.
fn name_of(rev: &str) -> &str {
    let ends = ["^", "~", ":", "@{"];
    let end = ends.iter().filter_map(|end| rev.find(end)).min();
    &rev[..end.unwrap_or(rev.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refspec_says_where_a_branch_of_the_remote_is_kept() {
        let all = "+refs/heads/*:refs/remotes/origin/*";
        assert_eq!(
            mapped(all, "refs/heads/a/b").as_deref(),
            Some("refs/remotes/origin/a/b")
        );
        assert_eq!(mapped(all, "refs/tags/v1"), None);
        let one = "refs/heads/main:refs/remotes/up/main";
        assert_eq!(
            mapped(one, "refs/heads/main").as_deref(),
            Some("refs/remotes/up/main")
        );
        assert_eq!(mapped(one, "refs/heads/mainly"), None);
    }

    #[test]
    fn a_name_ends_where_its_steps_begin_and_may_have_an_at_sign() {
        for (rev, name) in [
            ("main~3", "main"),
            ("origin/main^{commit}", "origin/main"),
            ("feat@x@{1}", "feat@x"),
            ("HEAD:README.md", "HEAD"),
            ("v1.0", "v1.0"),
        ] {
            assert_eq!(name_of(rev), name);
        }
    }
}
