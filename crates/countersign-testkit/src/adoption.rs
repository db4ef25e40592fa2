//! What the scenarios of keys and policies begin with.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use countersign::demo::policy::PrincipalDraft;
use countersign::demo::{DemoError, Person, PolicyDraft, Record, Tree};
use countersign::model::{DecisionKind, ObjectId};

use crate::{Checked, Repo};

/// The subject of every decision about the policy.
pub const POLICY: &str = "policy/countersign";
/// Path of the policy.
pub const POLICY_PATH: &str = "countersign.yaml";

/// One approval of the policy in `tree` by each of `people`.
pub fn policy_approvals(repo: &Repo, tree: &Tree, serial: u64, people: &[&Person]) -> Vec<Record> {
    let digest = Some(tree.policy_digest());
    people
        .iter()
        .map(|by| {
            repo.draft_for(
                DecisionKind::Approve,
                by,
                POLICY,
                &serial.to_string(),
                digest,
            )
            .record()
        })
        .collect()
}

/// Lands a changed policy, which Alice wrote, together with the approvals of `people` and whatever
/// `also` does to the tree.
pub fn adopt_with(
    repo: &mut Repo,
    draft: &PolicyDraft,
    people: &[&Person],
    also: impl FnOnce(&mut Tree),
) -> Result<ObjectId, DemoError> {
    let alice = repo.alice.clone();
    adopt_from(repo, &alice, draft, people, also)
}

/// The same for a policy that `author` wrote.
pub fn adopt_from(
    repo: &mut Repo,
    author: &Person,
    draft: &PolicyDraft,
    people: &[&Person],
    also: impl FnOnce(&mut Tree),
) -> Result<ObjectId, DemoError> {
    let mut tree = repo.tree();
    tree.put_policy(draft);
    also(&mut tree);
    for record in policy_approvals(repo, &tree, draft.serial, people) {
        tree.put_record(&record);
    }
    let head = repo.head();
    repo.commit_tree(vec![head], tree, author, "Change the policy")
}

/// Lands a changed policy by Bob, who is not an administrator, together with the approvals of
/// `people`.
pub fn adopt_from_bob(
    repo: &mut Repo,
    draft: &PolicyDraft,
    people: &[&Person],
) -> Result<ObjectId, DemoError> {
    let bob = repo.bob.clone();
    adopt_from(repo, &bob, draft, people, |_| ())
}

/// Lands a changed policy together with the approvals of `people`.
pub fn adopt(
    repo: &mut Repo,
    draft: &PolicyDraft,
    people: &[&Person],
) -> Result<ObjectId, DemoError> {
    adopt_with(repo, draft, people, |_| ())
}

/// Lands a changed policy that Alice and Carol, the administrators, approve.
pub fn adopt_by_both(repo: &mut Repo, draft: &PolicyDraft) -> Result<ObjectId, DemoError> {
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    adopt(repo, draft, &[&alice, &carol])
}

/// The principal's keys become exactly these, each the inside of a list item.
pub fn set_keys(draft: &mut PolicyDraft, name: &str, keys: &[String]) {
    draft.principal(name).keys = keys.to_vec();
}

/// A person's SSH key as the policy lists it.
pub fn ssh_item(line: &str) -> String {
    format!("{{ssh: \"{}\"}}", line.trim_end())
}

/// Adds a person who belongs to the data platform.
pub fn join_platform(draft: &mut PolicyDraft, person: &Person) {
    draft.principals.push(PrincipalDraft::of(person));
    draft.teams[0].1.push(person.name.clone());
}

/// Takes a person out of the policy.
pub fn remove_person(draft: &mut PolicyDraft, name: &str) {
    draft.principals.retain(|principal| principal.name != name);
    draft
        .administrators
        .retain(|administrator| administrator != name);
    for (_, members) in &mut draft.teams {
        members.retain(|member| member != name);
    }
}

/// The team's repository with Bob's keys replaced, and `skill/pdf` 1.0.0 by Alice waiting for an
/// approval.
pub fn waiting_for_bob(keys: &[String], files: impl FnOnce(&mut Tree)) -> Result<Repo, DemoError> {
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|draft| {
                set_keys(draft, "bob", keys);
                // Only owners approve, so that no one but Bob can.
                "{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}]}"
                    .clone_into(&mut draft.approvals[0]);
            })
        },
        files,
    );
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    Ok(repo)
}

/// Bob's approval of `skill/pdf` 1.0.0 with a signature made by `sign` over the record's bytes,
/// landed.
pub fn approve_signed(
    repo: &mut Repo,
    extension: &str,
    sign: impl FnOnce(&Repo, &[u8]) -> Vec<u8>,
) -> Result<(Record, ObjectId), DemoError> {
    let bob = repo.bob.clone();
    let mut record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    let signature = sign(repo, &record.bytes);
    record
        .signatures
        .push((format!("{}.{extension}", record.path), signature));
    let landing = repo.land(&bob, &record)?;
    Ok((record, landing))
}

/// Asserts that the repository is not governed, because what its only policy lists cannot be used,
/// and that people read where and why.
#[track_caller]
pub fn is_invalid_policy(repo: &Repo, why: &str) -> Checked {
    let checked = repo.check();
    checked.assert("not-evaluated", &[]);
    assert_eq!(checked.code(), 2, "{checked}");
    let found = checked.findings().into_iter().find(|finding| {
        finding
            .text("message")
            .is_some_and(|message| message.contains(why))
    });
    let finding = found.unwrap_or_else(|| panic!("a finding says `{why}`\n{checked}"));
    let finding = finding.is("error").has("path", POLICY_PATH);
    assert!(
        finding.number("line").is_some() && finding.number("column").is_some(),
        "{finding:?} has a place\n{checked}"
    );
    let text = format!("{}{}", checked.human().stdout, checked.human().stderr);
    assert!(
        text.contains("countersign.yaml"),
        "people read where\n{checked}"
    );
    assert!(text.contains(why), "people read why\n{checked}");
    checked
}
