//! What is wrong where the YAML parser stops, in our own words: the parser's are those of the
//! specification's productions, which few people know.

use crate::document::emit::quoted;
use crate::document::problem::shown;

/// Parts of the parser's messages, the first that occurs counts, with what is wrong and what to do.
const EXPLAINED: [(&str, &str, &str); 31] = [
    (
        "recursion limit",
        "nested too deeply",
        "Flatten the document.",
    ),
    (
        "mapping values are not allowed",
        "a `:` where no field can begin",
        "Put text that contains `: ` in quotes, or correct the indentation of this line.",
    ),
    (
        "':' ",
        "a `:` where no field can begin",
        "Close the bracket or quote that is open here, or put a space after the `:`.",
    ),
    (
        "quoted scalar, found unexpected end",
        "the document ends inside quotes",
        "Close the quote.",
    ),
    (
        "invalid indentation in quoted scalar",
        "the next line is not indented as a part of this quoted text",
        "Close the quote, or indent its further lines.",
    ),
    (
        "document indicator",
        "a `---` or `...` inside quotes",
        "Close the quote.",
    ),
    (
        "trailing content after double-quoted",
        "text after the closing quote",
        "Put the whole value into one pair of quotes.",
    ),
    (
        "escape",
        "a backslash that begins no escape",
        "Write the backslash twice, or use single quotes.",
    ),
    (
        "hexadecimal",
        "an escape without its digits",
        "Write the backslash twice, or use single quotes.",
    ),
    (
        "tab",
        "a tab where only spaces are allowed",
        "Indent with spaces.",
    ),
    (
        "expected ',' or '}'",
        "a `{` that is not closed, or a missing comma",
        "Put a comma between the fields, and a `}` after the last.",
    ),
    (
        "expected ',' or ']'",
        "a `[` that is not closed, or a missing comma",
        "Put a comma between the entries, and a `]` after the last.",
    ),
    (
        "flow construct",
        "a line inside brackets that is not indented",
        "Close the bracket that is open here, or indent the line.",
    ),
    (
        "misplaced bracket",
        "a closing bracket without an opening one",
        "Remove the bracket, or put the text in quotes.",
    ),
    (
        "expected '-' indicator",
        "a line that does not continue the list above it",
        "Begin each entry with `- `, all of them with the same indentation.",
    ),
    (
        "block sequence entries",
        "a `- ` where no list can begin",
        "Put the list on the lines below its field, or the text in quotes.",
    ),
    (
        "'-'",
        "a `-` that cannot begin this value",
        "Put the value in quotes.",
    ),
    (
        "expected key",
        "a line that does not continue the fields above it",
        "Give the fields of one group the same indentation.",
    ),
    (
        "mapping keys are not allowed",
        "a `?` where no field can begin",
        "Put the text in quotes.",
    ),
    (
        "simple key",
        "a line that is not a field",
        "Write a name, a colon and a value, or put the text in quotes.",
    ),
    (
        "block scalar",
        "a line that is not indented as the block of text around it",
        "Indent every line of the text in the same way.",
    ),
    (
        "comment intercepting",
        "a comment inside a text of several lines",
        "Put the comment on a line of its own, above the field.",
    ),
    (
        "unexpected eof",
        "the document ends too early",
        "Close what is open: a quote or a bracket.",
    ),
    (
        "end of plain scalar",
        "the document ends too early",
        "Close what is open: a quote or a bracket.",
    ),
    (
        "byte order mark",
        "a byte order mark inside the document",
        "Save the file as UTF-8 without a byte order mark.",
    ),
    (
        "unprintable",
        "a character that cannot be printed",
        "Write it as an escape in double quotes.",
    ),
    (
        "directive",
        "a directive",
        "Remove the line: documents are YAML 1.2 without directives.",
    ),
    (
        "document",
        "text outside of the document",
        "Keep one document per file: remove the `---` or `...` line.",
    ),
    (
        " tag",
        "a tag",
        "Put the text in quotes, or remove the `!`.",
    ),
    (
        "indentation",
        "a line that is indented differently from its neighbors",
        "Give the fields of one group the same indentation.",
    ),
    (
        "whitespace",
        "a missing space",
        "Put a space after the `:`, the `-` or the quote.",
    ),
];

/// What is wrong, and what to do, where the parser says `info` at the byte `at` of `text`.
pub(super) fn explain(info: &str, text: &str, at: usize) -> (String, String) {
    let rest = text.get(at..).unwrap_or_default();
    let value = value_at(rest);
    let first = rest.chars().next();
    let indicator = info.contains("anchor") || info.contains("unexpected character");
    if let Some(first) = first.filter(|first| indicator && !first.is_whitespace()) {
        let help = format!("Put the value in quotes: `{}`.", quoted(&shown(value)));
        let message = if first == '*' {
            "an alias, or text that begins with `*` without quotes".to_owned()
        } else {
            format!("a `{first}` that cannot begin text without quotes")
        };
        return (message, help);
    }
    let found = EXPLAINED.iter().find(|(part, ..)| info.contains(part));
    found.map_or_else(
        || {
            (
                "YAML that cannot be read here".to_owned(),
                "Check the indentation, quotes and brackets of this line and the one before."
                    .to_owned(),
            )
        },
        |(_, message, help)| ((*message).to_owned(), (*help).to_owned()),
    )
}

/// The plain value that a person meant to begin at the start of `rest`: up to what ends one inside
/// brackets, a comment or the line.
fn value_at(rest: &str) -> &str {
    let line = rest.lines().next().unwrap_or_default();
    let end = line
        .find([',', ']', '}'])
        .into_iter()
        .chain(line.find(" #"))
        .min()
        .unwrap_or(line.len());
    line[..end].trim_end()
}

#[cfg(test)]
mod tests {
    use crate::document::yaml;

    fn fault(text: &str) -> (String, String, u32, u32) {
        let problems = yaml::read("f", text.as_bytes()).expect_err(text);
        let first = &problems[0];
        (
            first.message.clone(),
            first.help.clone(),
            first.place.line,
            first.place.column,
        )
    }

    #[test]
    fn a_glob_or_a_name_that_needs_quotes_is_shown_with_them() {
        for (text, message, help) in [
            ("a: {p: **/skills/*, b: 1}", "`*`", "`\"**/skills/*\"`"),
            ("a:\n  - *.md # all", "`*`", "`\"*.md\"`"),
            ("a: [*]", "`*`", "`\"*\"`"),
            ("a: @alice", "`@`", "`\"@alice\"`"),
            ("a: `x`", "```", "`\"`x`\"`"),
            ("a: %x", "`%`", "`\"%x\"`"),
        ] {
            let (found, advice, ..) = fault(text);
            assert!(found.contains(message), "{text}: {found}");
            assert!(advice.contains(help), "{text}: {advice}");
        }
    }

    #[test]
    fn no_word_of_the_parser_reaches_a_reader() {
        let words = [
            "while parsing",
            "while scanning",
            "scalar",
            "mapping",
            "sequence",
            "context",
            "token",
            "node",
            "flow",
            "expected",
            "eof",
            "construct",
        ];
        for text in [
            "a: b: c",
            "a: [b",
            "a: [b\nc: d",
            "a: {b: c",
            "a: {b c: d e: f}",
            "a: \"b",
            "a: \"b\nc: d",
            "a: 'b",
            "a: \"b\" c",
            "a: \"\\q\"",
            "a: \"\\xzz\"",
            "a: ]",
            "a: }",
            "\ta: b",
            "a:\n\tb: c",
            "a: b\n  c: d",
            "a:\n  b: c\n d: e",
            "a: - b",
            "- a\nb: c",
            "a: b\n- c",
            "a: |\n   b\n  c",
            "a: >9\n b",
            "a: |0\n b",
            "a: &",
            "a: &x b",
            "a: *x",
            "a: !<x b",
            "a: !x b",
            "a: ? b",
            "? a\n: b\nc",
            "a\nb: c",
            "a: b #c\n  d: e",
            "a: b\n...\nc",
            "a: 'x\n---\n'",
            "a: [b]]",
            "a: [b] c",
            "a: {b: c}}",
            "{a: [b, }",
            "{a: {b}: c",
            "[a, b: [c",
            "a: b\n--- x: y",
            "a: -,",
            "a: [-]",
            "a: [b, -c, - d]",
            "[a]: b: c",
            "a:b: {c",
            "\"a\":b: c",
            "{\"a\":b:c",
            "a: {b:[c}",
        ] {
            let Err(problems) = yaml::read("f", text.as_bytes()) else {
                continue;
            };
            for problem in problems {
                let said = format!("{} {}", problem.message, problem.help);
                for word in words {
                    assert!(!said.contains(word), "{text:?}: {said}");
                }
            }
        }
    }

    #[test]
    fn the_place_is_where_the_reader_stopped() {
        let (message, _, line, column) = fault("a: 1\nb: Alice: Ng\n");
        assert_eq!(message, "a `:` where no field can begin");
        assert_eq!((line, column), (2, 9));
    }
}
