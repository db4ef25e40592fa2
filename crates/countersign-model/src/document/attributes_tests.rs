use proptest::prelude::*;

use super::*;

fn altered_by(files: &[(&str, &str)], path: &str) -> Option<String> {
    let name = |folder: &str| {
        if folder.is_empty() {
            NAME.to_owned()
        } else {
            format!("{folder}/{NAME}")
        }
    };
    let files: Vec<_> = files
        .iter()
        .map(|(folder, text)| (name(folder), text.as_bytes().to_vec()))
        .collect();
    read(&files, path)
}

fn read(files: &[(String, Vec<u8>)], path: &str) -> Option<String> {
    altering(files, path).map(|found| {
        format!(
            "{} {}:{}",
            found.attribute, found.place.path, found.place.line
        )
    })
}

#[test]
fn finds_each_attribute_that_alters_bytes() {
    for (line, expected) in [
        (
            "*.md working-tree-encoding=UTF-16",
            "working-tree-encoding=UTF-16 .gitattributes:2",
        ),
        ("*.md ident", "ident .gitattributes:2"),
        ("*.md filter=lfs", "filter=lfs .gitattributes:2"),
        ("skills/** export-subst", "export-subst .gitattributes:2"),
        ("* text=auto eol=crlf", "eol=crlf .gitattributes:2"),
        ("SKILL.* eol=crlf", "eol=crlf .gitattributes:2"),
    ] {
        assert_eq!(
            altered_by(&[("", &format!("# first\n{line}\n"))], "skills/a/SKILL.md").as_deref(),
            Some(expected),
            "{line}"
        );
    }
}

#[test]
fn attributes_that_leave_bytes_alone_are_ignored() {
    for line in [
        "* text=auto",
        "* text=auto eol=lf",
        "* -text",
        "*.md -text eol=crlf",
        "*.bat eol=crlf",
        "*.md -ident",
        "*.md filter",
        "*.md diff=md",
        "skills ident",
        "skills/ ident",
        "!*.md ident",
        "*.md binary eol=crlf",
        "*.md working-tree-encoding=UTF-8",
    ] {
        assert_eq!(
            altered_by(&[("", line)], "skills/a/SKILL.md"),
            None,
            "{line}"
        );
    }
}

#[test]
fn later_lines_and_nearer_files_win() {
    assert_eq!(
        altered_by(&[("", "* eol=crlf\n*.md eol=lf\n")], "a.md"),
        None
    );
    assert_eq!(
        altered_by(
            &[("", "* ident\n"), ("skills", "*.md -ident\n")],
            "skills/a.md"
        ),
        None
    );
    assert_eq!(
        altered_by(
            &[("skills", "*.md ident\n"), ("", "* -ident\n")],
            "skills/a.md"
        )
        .as_deref(),
        Some("ident skills/.gitattributes:1")
    );
    assert_eq!(altered_by(&[("other", "* ident\n")], "skills/a.md"), None);
    assert_eq!(altered_by(&[("", "* ident\n*.md !ident\n")], "a.md"), None);
}

#[test]
fn a_line_ends_at_a_nul_and_what_follows_it_may_be_read_or_not() {
    assert_eq!(
        altered_by(&[("", "*.md ident\0")], "a.md").as_deref(),
        Some("ident .gitattributes:1")
    );
    assert_eq!(
        altered_by(&[("", "*.md ident\0x -ident\n")], "a.md").as_deref(),
        Some("ident .gitattributes:1")
    );
    assert_eq!(
        altered_by(&[("", "x\0\n*.md ident\n")], "a.md").as_deref(),
        Some("ident .gitattributes:2")
    );
    assert_eq!(
        altered_by(&[("", "*.md ident\nx\0\n*.md -ident\n")], "a.md").as_deref(),
        Some("ident .gitattributes:1")
    );
    assert_eq!(
        altered_by(
            &[("", "x\0\n[attr]odd ident\n"), ("s", "*.md odd\n")],
            "s/a.md"
        )
        .as_deref(),
        Some("ident s/.gitattributes:1")
    );
    assert_eq!(altered_by(&[("", "*.md -ident\0 ident\n")], "a.md"), None);
}

#[test]
fn a_file_is_found_by_what_its_name_and_folder_are_on_some_disk() {
    let one = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    for path in [
        ".GITATTRIBUTES",
        ".gitattributes.",
        "Skills/.gitattributes",
        "skills/A/.GitAttributes",
        "skills./.gitattributes",
    ] {
        assert!(is_attributes_file(path), "{path}");
        assert_eq!(
            read(&[one(path, "*.md ident\n")], "skills/a/b.md"),
            Some(format!("ident {path}:1")),
            "{path}"
        );
    }
    assert_eq!(
        read(
            &[one("Other/.gitattributes", "*.md ident\n")],
            "skills/a/b.md"
        ),
        None
    );
    // Where both are, either may be all that is left.
    let both = [
        one(".gitattributes", "*.md -ident\n"),
        one(".GITATTRIBUTES", "*.md ident\n"),
    ];
    assert_eq!(
        read(&both, "a.md").as_deref(),
        Some("ident .GITATTRIBUTES:1")
    );
    let both = [
        one(".gitattributes", "*.md ident\n"),
        one(".GITATTRIBUTES", "*.md -ident\n"),
    ];
    assert_eq!(
        read(&both, "a.md").as_deref(),
        Some("ident .gitattributes:1")
    );
    assert!(!is_attributes_file("gitattributes") && !is_attributes_file(".gitattributes/x"));
}

#[test]
fn macros_are_looked_into_and_only_the_root_defines_them() {
    assert_eq!(
        altered_by(&[("", "[attr]odd filter=x\n*.md odd\n")], "a.md").as_deref(),
        Some("filter=x .gitattributes:2")
    );
    assert_eq!(
        altered_by(&[("", "[attr]a b\n[attr]b a filter=x\n*.md a\n")], "a.md").as_deref(),
        Some("filter=x .gitattributes:3")
    );
    assert_eq!(
        altered_by(&[("s", "[attr]odd filter=x\n*.md odd\n")], "s/a.md"),
        None
    );
}

#[test]
fn macros_that_name_themselves_and_each_other_take_no_exponential_time() {
    let own = format!("[attr]m {}filter=x\n*.md m\n*.MD m\n", "m x ".repeat(400));
    assert_eq!(
        altered_by(&[("", &own)], "a.md").as_deref(),
        Some("filter=x .gitattributes:3")
    );
    let mut chain: String = (0..20_000)
        .map(|index| format!("[attr]a{index} a{0} a{0}\n", index + 1))
        .collect();
    chain.push_str("[attr]a20000 filter=x\n*.md a0\n");
    assert_eq!(
        altered_by(&[("", &chain)], "a.md").as_deref(),
        Some("filter=x .gitattributes:20002")
    );
}

#[test]
fn where_case_depends_on_the_machine_the_worse_answer_is_given() {
    assert_eq!(
        altered_by(&[("", "*.MD ident\n")], "a.md").as_deref(),
        Some("ident .gitattributes:1")
    );
    assert_eq!(
        altered_by(&[("", "*.md ident\n*.MD -ident\n")], "a.md").as_deref(),
        Some("ident .gitattributes:1")
    );
}

#[test]
fn quoted_patterns_and_long_lines_are_read() {
    assert_eq!(
        altered_by(&[("", "\"a b.md\" ident\n")], "a b.md").as_deref(),
        Some("ident .gitattributes:1")
    );
    assert_eq!(
        altered_by(&[("", "\"\\141.md\" ident\n")], "a.md").as_deref(),
        Some("ident .gitattributes:1")
    );
    let long = format!("*.md -ident {}\n", "x".repeat(3000));
    assert_eq!(
        altered_by(&[("", &format!("*.md ident\n{long}"))], "a.md").as_deref(),
        Some("ident .gitattributes:1")
    );
}

#[test]
fn many_stars_take_no_exponential_time() {
    assert!(!wildmatch(&b"*a".repeat(500), &[b'b'; 1000]));
    assert!(!wildmatch(
        &[b"**/".repeat(300), b"x".to_vec()].concat(),
        &b"a/".repeat(500)
    ));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), path in "[a-z/.]{1,12}") {
        let _ = altering(&[(NAME.to_owned(), bytes)], &path);
    }
}
