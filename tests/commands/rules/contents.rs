//! Rules about the files of a package.

use countersign::demo::documents::{prompt_text, skill_text};
use countersign::demo::tree::{REGULAR, SUBMODULE};
use countersign::demo::{DemoError, Tree};
use countersign::git::write::ObjectKind;
use countersign::model::{ObjectId, RuleId};

use crate::rules::{Case, Scene, check, check_with, landed, landed_in};
use countersign_testkit::Repo;

pub const CASES: &[Case] = &[
    (RuleId::PackageEmpty, package_empty),
    (RuleId::PackageShape, package_shape),
    (RuleId::PackageTooLarge, package_too_large),
    (RuleId::PackageNested, package_nested),
    (RuleId::RequiredFileMissing, required_file_missing),
    (RuleId::Symlink, symlink),
    (RuleId::Submodule, submodule),
    (RuleId::LfsPointer, lfs_pointer),
    (RuleId::FileMode, file_mode),
    (RuleId::PathName, path_name),
    (RuleId::PathCollision, path_collision),
    (RuleId::TreeMalformed, tree_malformed),
    (RuleId::AttributesAlterBytes, attributes_alter_bytes),
];

const FOLDER: u32 = 0o040_000;

fn put_skill(tree: &mut Tree) {
    tree.put_skill("pdf", "1.0.0", "Do it well.");
}

/// A Skill to which the broken case adds something.
fn skill(broken: bool, spoil: impl FnOnce(&mut Tree)) -> Scene {
    landed(broken, put_skill, spoil)
}

/// A repository whose folder of Skills holds one package with these entries, which the builder
/// itself would never write.
fn raw_package(entries: impl FnOnce(ObjectId) -> Vec<(&'static [u8], u32, ObjectId)>) -> Scene {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let root = raw_tree(&repo, entries)?;
    let (head, tree) = (repo.head(), repo.tree());
    let mut draft = repo.draft_commit(vec![head], &tree, &alice, "Add what no tool writes")?;
    draft.tree = root;
    let commit = repo.writer().write_commit(&draft)?;
    repo.adopt(commit, vec![head], tree, &alice)?;
    check(&repo)
}

fn raw_tree(
    repo: &Repo,
    entries: impl FnOnce(ObjectId) -> Vec<(&'static [u8], u32, ObjectId)>,
) -> Result<ObjectId, DemoError> {
    let writer = repo.writer();
    let document = writer.write_blob(skill_text("pdf", "1.0.0", "Do it well.").as_bytes())?;
    let policy = writer.write_blob(
        repo.tree()
            .bytes("countersign.yaml")
            .expect("the policy is there"),
    )?;
    let raw = |entries: &[(&[u8], u32, ObjectId)]| {
        let bytes: Vec<u8> = entries
            .iter()
            .flat_map(|(name, mode, id)| {
                [format!("{mode:o} ").as_bytes(), name, b"\0", id.as_bytes()].concat()
            })
            .collect();
        writer.write_raw(ObjectKind::Tree, &bytes)
    };
    let package = raw(&entries(document))?;
    let skills = raw(&[(b"pdf", FOLDER, package)])?;
    Ok(raw(&[
        (b"countersign.yaml", REGULAR, policy),
        (b"skills", FOLDER, skills),
    ])?)
}

fn package_empty(broken: bool) -> Scene {
    raw_package(|document| {
        if broken {
            Vec::new()
        } else {
            vec![(b"SKILL.md", REGULAR, document)]
        }
    })
}

fn package_shape(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let path = if broken {
        "agents/triage/agent.yaml"
    } else {
        "agents/triage.yaml"
    };
    repo.commit(&alice, "Add an agent", |tree| {
        put_skill(tree);
        tree.put(
            path,
            countersign::demo::documents::agent_text("1.0.0", "data-platform", &["skill/pdf@^1"]),
        );
    })?;
    repo.checkout()?;
    check_with(&repo, &["--worktree"])
}

fn package_too_large(broken: bool) -> Scene {
    let repo = Repo::team_with(
        |policy| policy.line("limits: {package_files: 1, package_bytes: 4096}"),
        |_| (),
    );
    landed_in(repo, broken, put_skill, |tree| {
        tree.put("skills/pdf/more.md", "More.\n");
    })
}

fn package_nested(broken: bool) -> Scene {
    let entry = "{kind: prompt, path: \"skills/*/prompts/*\", owners: [data-platform]}";
    let repo = Repo::team_with(
        |policy| policy.with(|policy| policy.entries.push(entry.to_owned())),
        |_| (),
    );
    landed_in(repo, broken, put_skill, |tree| {
        tree.put(
            "skills/pdf/prompts/greet.md",
            prompt_text("1.0.0", "Hello."),
        );
    })
}

fn required_file_missing(broken: bool) -> Scene {
    let entry =
        "{kind: skill, path: \"skills/*\", owners: [data-platform], required_files: [LICENSE]}";
    let repo = Repo::team_with(
        |policy| policy.with(|policy| policy.entries.push(entry.to_owned())),
        |_| (),
    );
    let sound = |tree: &mut Tree| {
        put_skill(tree);
        tree.put("skills/pdf/LICENSE", "MIT\n");
    };
    landed_in(repo, broken, sound, |tree| {
        tree.rename("skills/pdf/LICENSE", "skills/pdf/COPYING");
    })
}

fn symlink(broken: bool) -> Scene {
    skill(broken, |tree| tree.link("skills/pdf/notes.md", "SKILL.md"))
}

fn submodule(broken: bool) -> Scene {
    skill(broken, |tree| {
        tree.put_object(
            "skills/pdf/vendor",
            SUBMODULE,
            ObjectId::from_bytes(&[1; 20]).expect("20 bytes"),
        );
    })
}

fn lfs_pointer(broken: bool) -> Scene {
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n",
        "4d".repeat(32)
    );
    let sound = |tree: &mut Tree| {
        put_skill(tree);
        tree.put(
            "skills/pdf/model.bin",
            format!("It looks like this:\n{pointer}"),
        );
    };
    landed(broken, sound, |tree| {
        tree.put("skills/pdf/model.bin", &pointer);
    })
}

fn file_mode(broken: bool) -> Scene {
    let mode = if broken { 0o100_664 } else { REGULAR };
    raw_package(|document| vec![(b"SKILL.md", mode, document)])
}

fn path_name(broken: bool) -> Scene {
    let name = if broken { "nul.md" } else { "null.md" };
    skill(true, |tree| tree.put(format!("skills/pdf/{name}"), "x"))
}

fn path_collision(broken: bool) -> Scene {
    let sound = |tree: &mut Tree| {
        put_skill(tree);
        tree.put("skills/pdf/run.sh", "echo safe\n");
    };
    landed(broken, sound, |tree| {
        tree.put("skills/pdf/Run.sh", "echo evil\n");
    })
}

fn tree_malformed(broken: bool) -> Scene {
    // The same name twice has two readings.
    raw_package(|document| vec![(b"SKILL.md", REGULAR, document); if broken { 2 } else { 1 }])
}

fn attributes_alter_bytes(broken: bool) -> Scene {
    let sound = |tree: &mut Tree| {
        put_skill(tree);
        tree.put(".gitattributes", "*.md diff=markdown\n");
    };
    landed(broken, sound, |tree| {
        tree.put(".gitattributes", "*.md ident\n");
    })
}
