//! A policy and an entry for tests, with every field at its plainest value: a test names only the
//! fields it is about.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::Entry;
use crate::policy_input::{Baseline, CoAuthors, LimitsInput, Profile, SignedCommits, Unapproved};
use crate::{Glob, Kind, Policy};

/// A first policy that names no one and governs nothing.
pub fn policy() -> Policy {
    Policy {
        serial: 1,
        previous: None,
        repository: "github.com/acme/skills".to_owned(),
        branch: "main".to_owned(),
        merge_methods: BTreeSet::new(),
        principals: BTreeMap::new(),
        teams: BTreeMap::new(),
        platform_keys: Vec::new(),
        compromised: Vec::new(),
        protect: Vec::new(),
        administrators: BTreeSet::new(),
        operators: Vec::new(),
        recorders: Vec::new(),
        viewers: BTreeSet::new(),
        entries: Vec::new(),
        ignore: Vec::new(),
        rules: Vec::new(),
        policy_changes: 1,
        separation_of_duties: true,
        co_authors: CoAuthors::Recorded,
        unapproved: Unapproved::Wait,
        baseline: Baseline::Wait,
        signed_commits: SignedCommits::None,
        profile: Profile::Lenient,
        levels: Vec::new(),
        limits: LimitsInput::default(),
        retention: BTreeMap::new(),
        restart: None,
    }
}

/// An entry for packages of `kind` at `path`, without owners.
pub fn entry(kind: Kind, path: &str) -> Entry {
    Entry {
        kind,
        path: Glob::parse(path).expect("a glob"),
        name: None,
        owners: BTreeSet::new(),
        owners_written: Vec::new(),
        risk: None,
        review_every: None,
        install: None,
        required_files: Vec::new(),
        drafts: false,
        line: 1,
    }
}
