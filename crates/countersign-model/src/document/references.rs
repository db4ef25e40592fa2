//! References in Markdown that leave the package: what they point to is not part of what was
//! approved.
//!
//! Finds link and image targets, link definitions, `src` and `href` attributes, code spans and `@`
//! imports that are paths. It judges the text of the path alone and looks at no file. Fenced code
//! is left out: its content is an example, not a reference. Addresses with a scheme are not handled
//! here (`capability` lists their hosts).

/// A reference that leaves the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escape {
    /// Bytes of the target in the file.
    pub span: (usize, usize),
    /// The target as written.
    pub target: String,
}

/// Where a reference that leaves its package leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To this path of the repository, from its root; empty for the root itself.
    Repository(String),
    /// Above the repository's root.
    Above,
    /// To an absolute path, so to a file on the reader's machine.
    Machine,
}

/// Where `target` leads, written in the file at `file`, a path from the repository's root.
pub fn destination_of(file: &str, target: &str) -> Destination {
    let path = path_of(target);
    let lower = path.to_ascii_lowercase();
    if lower.starts_with("file:") || is_absolute(&path, &lower) {
        return Destination::Machine;
    }
    let mut steps: Vec<&str> = file.split('/').collect();
    steps.pop();
    for step in path.split('/') {
        match step {
            ".." if steps.pop().is_none() => return Destination::Above,
            "" | "." | ".." => {}
            step => steps.push(step),
        }
    }
    Destination::Repository(steps.join("/"))
}

/// More than this are not reported for one file.
pub const MOST: usize = 50;

/// The references of the Markdown file at `path` (relative to its package) that leave the package,
/// in file order.
pub fn escaping(path: &str, text: &str) -> Vec<Escape> {
    let depth = path.matches('/').count();
    let mut found: Vec<Escape> = Vec::new();
    let mut line_start = 0;
    let mut fence = None;
    for line in text.split_inclusive('\n') {
        let is_code = is_in_fence(line, &mut fence);
        let found_here = if is_code { Vec::new() } else { targets(line) };
        for (start, target) in found_here {
            if leaves(depth, target) {
                let start = line_start + start;
                found.push(Escape {
                    span: (start, start + target.len()),
                    target: target.to_owned(),
                });
            }
        }
        line_start += line.len();
        if found.len() >= MOST {
            break;
        }
    }
    found.sort_by_key(|escape| escape.span);
    found.dedup();
    found.truncate(MOST);
    found
}

// Whether the line belongs to fenced code (CommonMark 0.31, section 4.5), its fences included.
// `fence` is the open one.
pub(super) fn is_in_fence(line: &str, fence: &mut Option<(char, usize)>) -> bool {
    let content = line.trim_start_matches(' ');
    let marker = content
        .chars()
        .next()
        .filter(|c| matches!(c, '`' | '~'))
        .filter(|_| line.len() - content.len() < 4);
    let length = marker.map_or(0, |marker| {
        content.chars().take_while(|c| *c == marker).count()
    });
    let after = content.get(length..).unwrap_or_default().trim();
    match (*fence, marker) {
        (Some((open, least)), Some(marker))
            if open == marker && length >= least && after.is_empty() =>
        {
            *fence = None;
        }
        (Some(_), _) => {}
        (None, Some(marker)) if length >= 3 && !(marker == '`' && after.contains('`')) => {
            *fence = Some((marker, length));
        }
        (None, _) => return false,
    }
    true
}

// Everything in one line that may be a path, with its offset. A target that spans lines is not one
// in CommonMark either.
fn targets(line: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    // `](target "title")` and `](<target>)`; the next link starts behind this one's target.
    let mut from = 0;
    while let Some(at) = line[from..].find("](").map(|at| from + at + 2) {
        let target = destination(line, at);
        from = target.map_or(at, |(start, target)| start + target.len());
        found.extend(target);
    }
    // `[label]: target`
    let content = line.trim_start();
    if content.starts_with('[')
        && let Some(colon) = content.find("]:")
    {
        found.extend(destination(line, line.len() - content.len() + colon + 2));
    }
    for attribute in ["src", "href"] {
        for (at, _) in line.match_indices(attribute) {
            // `/x` in HTML is a path on a web site.
            found.extend(
                attribute_value(line, at + attribute.len())
                    .filter(|(_, value)| !value.starts_with(['/', '\\'])),
            );
        }
    }
    // A code span with one path and nothing else; `@path` as harnesses import files.
    let mut inside = false;
    let mut start = 0;
    for (at, _) in line.match_indices('`') {
        let span = &line[start..at];
        if inside && is_plainly_a_path(span) {
            found.push((start, span));
        }
        inside = !inside;
        start = at + 1;
    }
    for (at, _) in line.match_indices('@') {
        let starts_word = line[..at]
            .chars()
            .next_back()
            .is_none_or(|before| before.is_whitespace() || "(\"'`".contains(before));
        if !starts_word {
            continue;
        }
        let rest = window(&line[at + 1..], LONGEST);
        let end = rest
            .find(|c: char| c.is_whitespace() || "\"'`)<>,;".contains(c))
            .unwrap_or(rest.len());
        if is_plainly_a_path(&rest[..end]) {
            found.push((at + 1, &rest[..end]));
        }
    }
    found
}

// No path is longer; the bound keeps the search for an end from being repeated over a whole hostile
// line.
const LONGEST: usize = 4096;

/// The start of `text`, at most `most` bytes, cut between characters.
pub(super) fn window(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn destination(line: &str, start: usize) -> Option<(usize, &str)> {
    let rest = window(line.get(start..)?, LONGEST);
    let start = start + (rest.len() - rest.trim_start().len());
    let rest = rest.trim_start();
    if let Some(inner) = rest.strip_prefix('<') {
        return Some((start + 1, &inner[..inner.find('>')?]));
    }
    let mut depth = 0_u32;
    let end = rest
        .find(|c: char| match c {
            '(' => {
                depth += 1;
                false
            }
            ')' if depth == 0 => true,
            ')' => {
                depth -= 1;
                false
            }
            _ => c.is_whitespace(),
        })
        .unwrap_or(rest.len());
    (end > 0).then(|| (start, &rest[..end]))
}

fn attribute_value(line: &str, after_name: usize) -> Option<(usize, &str)> {
    let value = window(line.get(after_name..)?, LONGEST);
    let rest = value.trim_start().strip_prefix('=')?.trim_start();
    let start = after_name + value.len() - rest.len();
    let first = rest.chars().next()?;
    if matches!(first, '"' | '\'') {
        let inner = &rest[1..];
        return Some((start + 1, &inner[..inner.find(first)?]));
    }
    let end = rest
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(rest.len());
    Some((start, &rest[..end]))
}

// Prose has many code spans; only those that climb or start at a root can leave.
fn is_plainly_a_path(text: &str) -> bool {
    let text = text.trim_start_matches("./").trim_start_matches(".\\");
    let climbs = ["../", "..\\"]
        .iter()
        .any(|step| text.starts_with(step) || text.contains(&format!("/{step}")));
    climbs && !text.contains(char::is_whitespace) && !text.contains('*')
}

/// Whether `target`, written in a file `depth` folders below the package's root, points outside the
/// package.
fn leaves(depth: usize, target: &str) -> bool {
    let path = path_of(target);
    let lower = path.to_ascii_lowercase();
    if path.is_empty() || path == "/" {
        return false;
    }
    if lower.starts_with("file:") {
        return true;
    }
    // `//host/path` and `scheme:` go to the network.
    if path.starts_with("//") || has_scheme(&lower) {
        return false;
    }
    if is_absolute(&path, &lower) {
        return true;
    }
    let mut level = depth;
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." if level == 0 => return true,
            ".." => level -= 1,
            _ => level += 1,
        }
    }
    false
}

/// The path that a target means, without query and fragment.
fn path_of(target: &str) -> String {
    decoded(target.split(['#', '?']).next().unwrap_or_default()).replace('\\', "/")
}

fn is_absolute(path: &str, lower: &str) -> bool {
    let is_drive = lower
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphabetic)
        && lower[1..].starts_with(":/");
    path.starts_with('/') || path.starts_with("~/") || path == "~" || is_drive
}

fn has_scheme(lower: &str) -> bool {
    lower.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    })
}

// `%2e%2e/` is `../` to a reader who opens the link.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], escape) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        escaping(path, text)
            .into_iter()
            .map(|escape| escape.target)
            .collect()
    }

    #[test]
    fn finds_every_form_that_climbs_out() {
        let text = "see [a](../x/SKILL.md \"t\") ![b](<../y z.png>)\n[c]: ../../z\n<img src='../i.png'> <a href=../h>\nread `../shared/rules.md` and @../other.md\n";
        assert_eq!(
            found("SKILL.md", text),
            [
                "../x/SKILL.md",
                "../y z.png",
                "../../z",
                "../i.png",
                "../h",
                "../shared/rules.md",
                "../other.md"
            ]
        );
    }

    #[test]
    fn a_reference_inside_the_package_is_fine_in_any_form() {
        let text = "[a](references/x.md) [b](../SKILL.md) [c](./y/../z.md#part) [d](https://example.com/../x) [e](#top) [f](mailto:a@b.c) `../SKILL.md` [g](?q)";
        assert_eq!(found("references/api.md", text), Vec::<String>::new());
    }

    #[test]
    fn encoded_absolute_and_windows_forms_do_not_hide_it() {
        let text = "[a](%2e%2e/x) [b](/etc/passwd) [c](~/.ssh/id) [d](..\\x) [e](C:\\x) [f](file:///etc/passwd) [g](a/../../x)";
        assert_eq!(
            found("SKILL.md", text),
            [
                "%2e%2e/x",
                "/etc/passwd",
                "~/.ssh/id",
                "..\\x",
                "C:\\x",
                "file:///etc/passwd",
                "a/../../x"
            ]
        );
    }

    #[test]
    fn says_where_a_reference_leads() {
        let to = |target| destination_of(".agents/skills/x/SKILL.md", target);
        assert_eq!(
            to("../../README.md#top"),
            Destination::Repository(".agents/README.md".to_owned())
        );
        assert_eq!(
            to("..\\..%2f..\\README.md"),
            Destination::Repository("README.md".to_owned())
        );
        assert_eq!(to("../../.."), Destination::Repository(String::new()));
        assert_eq!(to("../../../../x"), Destination::Above);
        assert_eq!(
            (to("/etc/passwd"), to("~/x"), to("file:///x"), to("C:\\x")),
            {
                let machine = || Destination::Machine;
                (machine(), machine(), machine(), machine())
            }
        );
    }

    #[test]
    fn fenced_code_and_paths_of_web_sites_are_not_references() {
        let text = "```html\n[a](../x)\n~~~\n[b](../x)\n```\n[c](../x)\n<a href=\"/about\">\n    ```\n[d](../x)\n``` a ` b\n[e](../x)\n";
        assert_eq!(found("SKILL.md", text), ["../x", "../x", "../x"]);
    }

    #[test]
    fn prose_and_shell_are_not_references() {
        let text = "run `cd ..` then `ls ../ -l`, mail user@../x, write to `..` or `*/../*`.";
        assert_eq!(found("SKILL.md", text), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn never_panics_and_points_at_what_it_names(text in any::<String>()) {
            for escape in escaping("a/b.md", &text) {
                prop_assert_eq!(&text[escape.span.0..escape.span.1], escape.target.as_str());
            }
        }
    }
}
