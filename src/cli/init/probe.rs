//! Finds packages that would fail the check at once; they are left out of the policy and reported
//! to the user.

use std::cell::RefCell;

use super::inventory::{Package, TreeFile};
use crate::cli::error::CommandError;
use crate::document::attributes::{AlteringAttribute, Attributes, is_attributes_file};
use crate::document::{head, lfs, paths};
use crate::git::{GitError, Repository};
use crate::model::{Kind, ObjectId};

/// Reads blobs of the tree at HEAD.
pub struct Probe<'a> {
    repository: &'a Repository,
    attributes: Attributes,
    error: RefCell<Option<GitError>>,
}

/// A Git LFS pointer is never larger.
const LARGEST_POINTER: u64 = 1024;
/// A document of these kinds is never larger.
const LARGEST_DOCUMENT: u64 = 1 << 20;

impl<'a> Probe<'a> {
    /// A probe of the tree that has `files`.
    pub fn new(repository: &'a Repository, files: &[TreeFile]) -> Result<Self, CommandError> {
        let mut attributes = Vec::new();
        for file in files {
            if is_attributes_file(&file.path) && repository.blob_size(file.id)? <= LARGEST_DOCUMENT
            {
                attributes.push((file.path.clone(), repository.blob(file.id)?));
            }
        }
        Ok(Self {
            repository,
            attributes: Attributes::parse(&attributes),
            error: RefCell::new(None),
        })
    }

    /// Why `package` cannot be governed in its current form; `None` if it can.
    pub fn fault(&self, package: &Package, files: &[&TreeFile]) -> Option<String> {
        self.try_fault(package, files).unwrap_or_else(|error| {
            self.error.borrow_mut().get_or_insert(error);
            None
        })
    }

    /// What the document of `package` calls itself.
    pub fn declared_name(&self, package: &Package, main: ObjectId) -> Option<String> {
        let read = || -> Result<Option<String>, GitError> {
            if self.repository.blob_size(main)? > LARGEST_DOCUMENT {
                return Ok(None);
            }
            let bytes = self.repository.blob(main)?;
            Ok(head::read(package.kind, true, &package.main_file, &bytes).name)
        };
        read().unwrap_or_else(|error| {
            self.error.borrow_mut().get_or_insert(error);
            None
        })
    }

    /// The first object that could not be read.
    pub fn outcome(&self) -> Result<(), CommandError> {
        self.error
            .borrow_mut()
            .take()
            .map_or(Ok(()), |error| Err(error.into()))
    }

    fn try_fault(
        &self,
        package: &Package,
        files: &[&TreeFile],
    ) -> Result<Option<String>, GitError> {
        for file in files {
            if let Err(fault) = paths::check_path(file.path.as_bytes()) {
                return Ok(Some(format!("{}: {fault}", file.path)));
            }
            if let Some(AlteringAttribute {
                attribute, place, ..
            }) = self.attributes.altering(&file.path)
            {
                return Ok(Some(format!(
                    "{}:{} changes its bytes on checkout ({attribute})",
                    place.path, place.line
                )));
            }
            if self.repository.blob_size(file.id)? <= LARGEST_POINTER
                && lfs::pointer(&self.repository.blob(file.id)?).is_some()
            {
                return Ok(Some(format!(
                    "{} is a Git LFS pointer: its content is not in Git",
                    file.path
                )));
            }
        }
        if let Some((one, other)) = paths::collisions(files.iter().map(|file| file.path.as_str()))
            .into_iter()
            .next()
        {
            return Ok(Some(format!(
                "{one} and {other} are the same file on some systems"
            )));
        }
        self.other_format(package, files)
    }

    /// A folder called `agents` may contain anything, so only documents that declare their kind count.
    fn other_format(
        &self,
        package: &Package,
        files: &[&TreeFile],
    ) -> Result<Option<String>, GitError> {
        let mark = match package.kind {
            Kind::Agent => "countersign.agent/",
            Kind::Contract => "agentToolGovernance",
            Kind::Server => "modelcontextprotocol.io/schemas/2025-12-11/",
            _ => return Ok(None),
        };
        let Some(main) = files.iter().find(|file| file.path == package.main_file) else {
            return Ok(None);
        };
        let holds_mark = self.repository.blob_size(main.id)? <= LARGEST_DOCUMENT
            && self
                .repository
                .blob(main.id)?
                .windows(mark.len())
                .any(|window| window == mark.as_bytes());
        Ok((!holds_mark).then(|| format!("not a {} document", package.kind)))
    }
}
