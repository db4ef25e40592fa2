//! Rules about subjects, and about who had a hand in them.

use countersign::demo::documents::prompt_text;
use countersign::demo::{Authorship, Person, Tree};
use countersign::model::{DecisionKind, RuleId};

use crate::rules::{Case, Scene, check, check_with, landed, landed_in};
use countersign_testkit::Repo;

pub const CASES: &[Case] = &[
    (RuleId::SubjectName, subject_name),
    (RuleId::SubjectAmbiguous, subject_ambiguous),
    (RuleId::SubjectRemoved, subject_removed),
    (RuleId::NameCollision, name_collision),
    (RuleId::Ungoverned, ungoverned),
    (RuleId::Ignored, ignored),
    (RuleId::Unversioned, unversioned),
    (RuleId::SelfApproval, self_approval),
    (RuleId::SelfApprovalExempt, self_approval_exempt),
    (RuleId::ContributorUnknown, contributor_unknown),
];

fn subject_name(broken: bool) -> Scene {
    let name = if broken { "gr\u{fc}\u{df}e" } else { "gruesse" };
    landed(
        true,
        |tree| tree.put(format!("prompts/{name}.md"), prompt_text("1.0.0", "Hello.")),
        |_| (),
    )
}

fn subject_ambiguous(broken: bool) -> Scene {
    let entry = "{kind: skill, path: \"more/*\", owners: [data-platform]}";
    let repo = Repo::team_with(
        |policy| policy.with(|policy| policy.entries.push(entry.to_owned())),
        |_| (),
    );
    let sound = |tree: &mut Tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
        tree.copy("skills/pdf", "more/pdf");
    };
    landed_in(repo, broken, sound, |tree| {
        tree.replace("more/pdf/SKILL.md", "well", "otherwise");
    })
}

fn subject_removed(broken: bool) -> Scene {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    let archived = repo
        .draft(DecisionKind::Archive, &alice, "skill/pdf", "1.0.0")?
        .record();
    repo.branch("remove")?;
    repo.commit(&alice, "Remove it", |tree| {
        tree.remove("skills/pdf");
        if !broken {
            tree.put_record(&archived);
        }
    })?;
    check_with(&repo, &["--base", "main"])
}

fn name_collision(broken: bool) -> Scene {
    let other = if broken { "Greet" } else { "welcome" };
    landed(
        true,
        |tree| {
            tree.put("prompts/greet.md", prompt_text("1.0.0", "Hello."));
            tree.put(
                format!("prompts/{other}.md"),
                prompt_text("1.0.0", "Good morning."),
            );
        },
        |_| (),
    )
}

fn ungoverned(broken: bool) -> Scene {
    landed(
        broken,
        |tree| tree.put_skill("pdf", "1.0.0", "Do it."),
        |tree| tree.rename("skills/pdf", "tools/pdf"),
    )
}

fn ignored(broken: bool) -> Scene {
    let repo = Repo::team_with(|policy| policy.line("ignore: [\"examples/**\"]"), |_| ());
    landed_in(
        repo,
        broken,
        |_| (),
        |tree| tree.put("examples/x/SKILL.md", "Old.\n"),
    )
}

fn unversioned(broken: bool) -> Scene {
    let sound = |tree: &mut Tree| tree.put("prompts/greet.md", prompt_text("1.0.0", "Hello."));
    landed(broken, sound, |tree| {
        tree.put("prompts/greet.md", "Hello.\n");
    })
}

/// A Skill that someone commits and someone approves.
fn approved(author: impl Into<Authorship>, approver: &Person) -> Scene {
    let mut repo = Repo::team();
    repo.commit(author, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.approve(approver, "pdf", "1.0.0")?;
    check(&repo)
}

fn self_approval(broken: bool) -> Scene {
    let (alice, bob) = (Person::new("alice"), Person::new("bob"));
    approved(&alice, if broken { &alice } else { &bob })
}

fn self_approval_exempt(broken: bool) -> Scene {
    let (alice, bob, carol) = (
        Person::new("alice"),
        Person::new("bob"),
        Person::new("carol"),
    );
    approved(
        bob.committed_by(&alice),
        if broken { &alice } else { &carol },
    )
}

fn contributor_unknown(broken: bool) -> Scene {
    approved(
        &Person::new(if broken { "mallory" } else { "alice" }),
        &Person::new("bob"),
    )
}
