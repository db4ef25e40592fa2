use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document::problem::MOST_PROBLEMS;

fn tree(text: &str) -> Tree {
    read("f.yaml", text.as_bytes()).unwrap_or_else(|problems| panic!("{text:?}: {problems:?}"))
}

fn refusal(bytes: &[u8]) -> (u32, u32, String) {
    let problems = read("f.yaml", bytes).expect_err("it is refused");
    assert!(
        problems
            .iter()
            .all(|problem| problem.rule == RuleId::YamlInvalid && !problem.help.is_empty())
    );
    (
        problems[0].place.line,
        problems[0].place.column,
        problems[0].message.clone(),
    )
}

fn refused_at(text: &str, line: u32, column: u32, message: &str) {
    let found = refusal(text.as_bytes());
    assert!(
        (found.0, found.1) == (line, column) && found.2.contains(message),
        "{text:?} gave {found:?}"
    );
}

#[test]
fn reads_the_core_schema() {
    let value =
        tree("a: no\nb: yes\nc: 014\nd: 1_000\ne: 0x1F\nf: ~\ng: True\nh: -3\ni: 1.5\nj: '1'\nk: 0x-5\nl: +7\nm: 2026-11-03\nn: 0o17\n")
            .value;
    let expected = json!({"a": "no", "b": "yes", "c": 14, "d": "1_000", "e": 31, "f": null, "g": true, "h": -3, "i": 1.5, "j": "1",
        "k": "0x-5", "l": 7, "m": "2026-11-03", "n": 15});
    assert_eq!(value, expected);
}

#[test]
fn numbers_that_json_cannot_represent_stay_text() {
    let value =
        tree("[.inf, -.inf, .nan, 1e999, 99999999999999999999, -99999999999999999999, 18446744073709551615, 0xfffffffffffffffff]").value;
    let expected = json!([
        ".inf",
        "-.inf",
        ".nan",
        "1e999",
        "99999999999999999999",
        "-99999999999999999999",
        18_446_744_073_709_551_615_u64,
        "0xfffffffffffffffff"
    ]);
    assert_eq!(value, expected);
}

#[test]
fn versions_keep_their_source_text() {
    let mut tree = tree("version: 1.10\nother: \"1.10\"\nlist: []\n");
    assert_eq!(tree.source("/version"), Some("1.10"));
    assert_eq!(tree.source("/other"), Some("1.10"));
    assert_eq!((tree.source("/list"), tree.source("/absent")), (None, None));
    tree.read_as_text("/version");
    assert_eq!(tree.value["version"], json!("1.10"));
}

#[test]
fn every_node_has_its_place() {
    let text =
        "näme: ü # ö\nlist: # ä\n  - one\n  - {kéy: [1, 2] } # ñ\nlast:\n  deep:\n    x: y\n";
    let tree = tree(text);
    let at = |pointer: &str| {
        let (start, end) = tree.span(pointer);
        (
            tree.place(pointer).line,
            tree.place(pointer).column,
            &text[start..end],
        )
    };
    assert_eq!(at("/näme"), (1, 7, "ü"));
    assert_eq!(at("/list/0"), (3, 5, "one"));
    assert_eq!(at("/list/1"), (4, 5, "{kéy: [1, 2] }"));
    assert_eq!(at("/list/1/kéy"), (4, 11, "[1, 2]"));
    assert_eq!(at("/list/1/kéy/1"), (4, 15, "2"));
    assert_eq!(
        at("/list"),
        (2, 1, "list"),
        "several lines are represented by their key"
    );
    assert_eq!(at("/last/deep/x"), (7, 8, "y"));
    assert_eq!(
        at("/last/absent/x"),
        (5, 1, "last"),
        "what is absent is placed at its nearest ancestor"
    );
    assert_eq!(at(""), (1, 1, "näme: ü # ö"));
    assert_eq!(tree.line("/list/1"), 4);
    assert_eq!(
        tree.key_span("/last/deep/x"),
        (text.len() - 5, text.len() - 4)
    );
}

#[test]
fn a_missing_value_is_placed_after_its_key() {
    let tree = tree("a:\nb: x\n");
    assert_eq!((tree.place("/a").line, tree.place("/a").column), (1, 2));
}

#[test]
fn an_empty_file_is_null() {
    assert_eq!(tree("").value, json!(null));
    assert_eq!(tree("# only a comment\n").value, json!(null));
    assert_eq!(
        (tree("").place("").line, tree("").place("/x").column),
        (1, 1)
    );
}

#[test]
fn refuses_each_forbidden_construct_at_its_place() {
    refused_at("a: 1\nb: 2\na: 3\n", 3, 1, "the key `a` is repeated");
    refused_at("a: 1\n'a': 3\n", 2, 1, "is repeated");
    refused_at("x: {ä: 1, ä: 2}\n", 1, 11, "is repeated");
    refused_at("a: &x 1\n", 1, 4, "an anchor");
    refused_at("a: &x\n  b: 1\nc: *x\n", 1, 4, "an anchor");
    refused_at("a: *x\n", 1, 4, "an alias");
    refused_at("&x a: 1\n", 1, 1, "an anchor");
    refused_at("a: !!str 1\n", 1, 4, "a tag");
    refused_at("a: !x [1]\n", 1, 4, "a tag");
    refused_at("!x a: 1\n", 1, 1, "a tag");
    refused_at("a: 1\n---\nb: 1\n", 2, 1, "a second document");
    refused_at("a: 1\n...\n---\nb: 1\n", 3, 1, "a second document");
    refused_at("a: 1\n...\n...\nb: 1\n", 4, 1, "a second document");
    refused_at("%YAML 1.1\n---\na: 1\n", 1, 1, "a directive");
    refused_at("# c\n\n%TAG ! x\n---\na: 1\n", 3, 1, "a directive");
    refused_at("1: x\n", 1, 1, "the key `1` is not text");
    refused_at("a: {true: x}\n", 1, 5, "the key `true` is not text");
    refused_at("~: x\n", 1, 1, "is not text");
    refused_at("? [a]\n: x\n", 1, 3, "a key that is not text");
    refused_at("? {a: b}\n: x\n", 1, 3, "a key that is not text");
    refused_at("[[a]: b]\n", 1, 2, "a key that is not text");
    refused_at("\u{feff}a: 1\n", 1, 1, "a byte order mark");
    refused_at("a: 1\n\u{feff}b: 1\n", 2, 1, "byte order mark");
    refused_at("a: x\u{0}y\n", 1, 5, "U+0000");
    refused_at("ü: 1\nb: x\u{1b}[2J\n", 2, 5, "U+001B");
    refused_at("b: \"x\u{7f}\"\n", 1, 6, "U+007F");
    refused_at("a: 1\rb: 2\n", 1, 5, "U+000D");
    refused_at("a: [1\n", 2, 1, "");
    refused_at("a: \"x\n", 1, 4, "");
    refused_at("a: 1\n b: 2\n", 2, 3, "");
    refused_at("\ta: 1\n  b: 1\n", 2, 4, "");
    assert_eq!(
        refusal(b"a: 1\nb: \xff\n"),
        (2, 4, "a byte that is not UTF-8".to_owned())
    );
    assert_eq!(
        refusal(b"\xff\xfea\0"),
        (1, 1, "a byte that is not UTF-8".to_owned())
    );
}

#[test]
fn reports_all_faults_at_once_in_order() {
    let problems = read("f", b"b: &x 1\na: 1\na: !t 2\n3: x\n").expect_err("it is refused");
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.place.line, problem.place.column))
        .collect();
    assert_eq!(found, [(1, 4), (3, 1), (3, 4), (4, 1)]);
}

#[test]
fn windows_line_ends_are_read() {
    let tree = tree("a: 1\r\nb: x\r\n");
    assert_eq!(tree.value, json!({"a": 1, "b": "x"}));
    assert_eq!((tree.place("/b").line, tree.place("/b").column), (2, 4));
}

#[test]
fn json_is_yaml_here_too() {
    let text =
        "{\n\t\"name\": \"x\\u00fc\\/y\",\n\t\"list\": [1, 2.5, null, true],\n\t\"o\": {}\n}\n";
    assert_eq!(
        tree(text).value,
        serde_json::from_str::<Value>(text).expect("JSON")
    );
}

#[test]
fn depth_is_bounded_at_the_value_that_goes_too_deep() {
    let nested = |levels: usize| format!("{}x{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read("f", nested(32).as_bytes()).is_ok());
    refused_at(&nested(33), 1, 33, "more than 32 levels");
    refused_at(&"- ".repeat(40), 1, 65, "more than 32 levels");
    refused_at(&nested(2000), 1, 256, "nested too deeply");
}

#[test]
fn size_is_refused_before_anything_is_read() {
    let huge = vec![0xff; 100 << 20];
    assert_eq!(
        refusal(&huge),
        (
            1,
            1,
            "the document has 104857600 bytes, but only 1048576 are allowed".to_owned()
        )
    );
}

#[test]
fn the_number_of_values_is_bounded() {
    assert!(read("f", format!("[{}]", "a,".repeat(99_000)).as_bytes()).is_ok());
    assert_eq!(
        refusal(format!("[{}]", "a,".repeat(100_000)).as_bytes()).2,
        "more than 100000 values"
    );
    assert_eq!(
        refusal("- a\n".repeat(100_001).as_bytes()).2,
        "more than 100000 values"
    );
}

#[test]
fn an_alias_bomb_is_refused_at_its_first_anchor() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let alias = format!("*a{},", level - 1).repeat(9);
        bomb = format!("{bomb}a{level}: &a{level} [{alias}]\n");
    }
    assert_eq!(refusal(bomb.as_bytes()), (1, 5, "an anchor".to_owned()));
}

/// A megabyte of each construct that makes naive readers slow, recursive or large.
/// Work that grows with the square of a megabyte takes minutes, as anyone who runs this will see.
#[test]
fn a_hostile_megabyte_is_read_to_its_end_and_reported_within_bounds() {
    const MEGABYTE: usize = 1 << 20;
    let fill = |part: &str| part.repeat(MEGABYTE / part.len());
    let quoted = format!("\"{}\"", fill("\\n").split_at(MEGABYTE - 64).0);
    let same_line = format!("a: {}", fill("b ").split_at(MEGABYTE - 64).0);
    let inputs = [
        fill("["),
        fill("{"),
        fill("[]"),
        fill("- "),
        fill("? "),
        fill("? a\n"),
        fill(": "),
        fill(":"),
        fill("-"),
        fill("&a "),
        fill("*a "),
        fill("!a "),
        fill("!!"),
        fill("%TAG ! a\n"),
        fill("---\n"),
        fill("...\n"),
        fill("\n"),
        fill(" "),
        fill("\t"),
        fill("#\n"),
        fill("# "),
        fill("a: b\n"),
        fill("a:\n"),
        fill("a\n"),
        fill("a "),
        fill("'"),
        fill("''"),
        fill("\""),
        fill("|\n"),
        fill(">\n "),
        fill("[a: "),
        fill("{a: "),
        fill("[{"),
        fill("a,"),
        fill("{a,"),
        fill("[a, "),
        fill("[a\n, "),
        fill("{a: b, "),
        fill("\u{fc}"),
        fill("\u{feff}"),
        fill("a: \u{fc}\n"),
        fill("\u{fc}: [\n"),
        fill("\"a\n"),
        fill("- - a\n"),
        fill("  a\n"),
        fill("a:\n "),
        fill("[\n"),
        fill("{\n"),
        fill("'a'\n"),
        fill("[? "),
        fill("{? a, "),
        format!("x: |\n{}", fill("  a\n").split_at(MEGABYTE - 64).0),
        format!("x: >\n{}", fill("\n").split_at(MEGABYTE - 64).0),
        format!("[{}]: x", fill("a, ").split_at(MEGABYTE - 64).0),
        (0..60_000)
            .map(|i| format!("k{i}: v\n"))
            .collect::<Vec<_>>()
            .concat(),
        (0..60_000)
            .map(|i| format!("k{}: v\n", i % 30_000))
            .collect::<Vec<_>>()
            .concat(),
        format!("[{}]", "a: b, ".repeat(99_000)),
        format!("{{{}}}", "\"a\": [b], ".repeat(60_000)),
        quoted,
        same_line,
    ];
    for input in inputs {
        let head: String = input.chars().take(12).collect();
        let reported = read("f", input.as_bytes()).map_or_else(|problems| problems.len(), |_| 0);
        assert!(reported <= MOST_PROBLEMS, "{head:?}: {reported} problems");
    }
}

proptest! {
    #[test]
    fn never_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read("f", &bytes);
    }

    #[test]
    fn never_panics_on_anything_like_yaml(text in "([-?:,\\[\\]{}#&*!|>'\"%@`~ \t\n\r0-9a-zü\u{feff}]|---|\\.\\.\\.|: |- |\\? |<<|!!|\n  |\r\n|\\\\x){0,40}") {
        if let Ok(tree) = read("f", text.as_bytes()) {
            let (start, end) = tree.span("");
            prop_assert!(start <= end && end <= text.len() && text.is_char_boundary(start) && text.is_char_boundary(end));
            let _ = (tree.place("/a/0"), tree.key_span("/a"), tree.source("/0"));
        }
    }

    #[test]
    fn spans_cut_out_the_scalars_they_belong_to(words in proptest::collection::vec("[a-zäöü€😀]{1,8}", 1..20), comment in "[a-zäöü€😀 ]{0,8}") {
        let text = words.iter().map(|word| format!("- {word} # {comment}\n")).collect::<Vec<_>>().concat();
        let tree = read("f", text.as_bytes()).expect("it is YAML");
        for (index, word) in words.iter().enumerate() {
            let (start, end) = tree.span(&format!("/{index}"));
            prop_assert_eq!(&text[start..end], word);
        }
    }

    #[test]
    fn json_documents_read_the_same(value in json_value()) {
        let text = serde_json::to_string(&value).expect("JSON");
        prop_assert_eq!(&read("f", text.as_bytes()).expect("JSON is YAML").value, &value);
        let pretty = serde_json::to_string_pretty(&value).expect("JSON");
        prop_assert_eq!(&read("f", pretty.as_bytes()).expect("JSON is YAML").value, &value);
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~äöü€]{0,12}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[ -~äöü€]{0,12}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
        ]
    })
}
