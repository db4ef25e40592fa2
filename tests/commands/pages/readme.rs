//! The README.

use countersign_testkit::TestResult;

use super::{Block, Reader, page, section};

#[test]
fn its_four_commands_work_in_a_repository_with_a_skill() -> TestResult {
    let mut reader = Reader::new();
    let setup = "git config --global user.name Ann\n\
        git config --global user.email ann@acme.example\n\
        mkdir -m 700 ~/.ssh\n\
        ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519\n\
        git init -q -b main\n\
        mkdir -p skills/hello\n\
        printf -- '---\\nname: hello\\ndescription: Greets people.\\n---\\nSay hello.\\n' > skills/hello/SKILL.md\n\
        git add . && git commit -qm 'Add a Skill'";
    reader.types(&Block::sh(setup));
    let page = page("README.md");
    let blocks = section(&page, "How it works");
    let [block] = blocks.as_slice() else {
        return Err("one block says how it works".into());
    };
    for line in block.text.lines() {
        reader.types(&Block::sh(line));
        if line.starts_with("countersign init") {
            reader.types(&Block::sh("git add -A && git commit -qm Govern"));
        }
    }
    Ok(())
}

#[test]
fn the_two_commands_that_need_nothing_but_rust_come_first() {
    let page = page("README.md");
    let typed: Vec<&str> = page
        .iter()
        .filter(|block| block.language == "sh")
        .map(|block| block.text.trim_end())
        .collect();
    assert_eq!(
        &typed[..2],
        [
            "cargo run --release --locked -- demo",
            "cargo test --workspace --locked"
        ]
    );
}
