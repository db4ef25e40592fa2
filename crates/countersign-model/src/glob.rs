//! The policy's globs: `*` is any run without a slash, `**` any run, `\*` a star, `\\` a backslash,
//! everything else matches itself. Case-sensitive, on bytes.

use std::fmt;

/// A parsed glob over path bytes (or over `kind/name`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
    tokens: Vec<Token>,
    prefix: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(Vec<u8>),
    /// `*`
    Segment,
    /// `**`
    Any,
}

/// Why a text is not a glob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// Nothing to match.
    #[error("a glob must not be empty")]
    Empty,
    /// `***`, which means the same as `**`.
    #[error("`{0}` has three stars in a row")]
    Stars(String),
    /// A backslash before a character that needs no escape.
    #[error("`{0}` has a backslash that is not before a star or another backslash")]
    Escape(String),
    /// More than 16 wildcards: no real layout needs it, and matching time grows with them.
    #[error("`{0}` has more than 16 wildcards")]
    TooMany(String),
    /// A leading or trailing slash, `//`, `.` or `..`: no path in a Git tree looks like that.
    #[error(
        "`{0}` cannot match a path: write it relative to the repository, without `.`, `..` or empty parts"
    )]
    Shape(String),
}

impl Glob {
    /// Parses `text`.
    pub fn parse(text: &str) -> Result<Self, GlobError> {
        if text.is_empty() {
            return Err(GlobError::Empty);
        }
        if text
            .split('/')
            .any(|step| step.is_empty() || step == "." || step == "..")
        {
            return Err(GlobError::Shape(text.to_owned()));
        }
        let tokens = tokens(text)?;
        if tokens
            .iter()
            .filter(|token| !matches!(token, Token::Literal(_)))
            .count()
            > 16
        {
            return Err(GlobError::TooMany(text.to_owned()));
        }
        let prefix = match tokens.as_slice() {
            [Token::Literal(bytes)] => String::from_utf8_lossy(bytes).into_owned(),
            [Token::Literal(bytes), ..] => {
                let folder = bytes
                    .iter()
                    .rposition(|byte| *byte == b'/')
                    .map_or(&[][..], |slash| &bytes[..slash]);
                String::from_utf8_lossy(folder).into_owned()
            }
            _ => String::new(),
        };
        Ok(Self {
            text: text.to_owned(),
            tokens,
            prefix,
        })
    }

    /// The text of a glob that matches `path` and nothing else.
    pub fn literal(path: &str) -> String {
        path.replace('\\', "\\\\").replace('*', "\\*")
    }

    /// A path with `run` for every wildcard.
    pub fn filled(&self, run: &str) -> String {
        let token = |token: &Token| match token {
            Token::Literal(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Token::Segment | Token::Any => run.to_owned(),
        };
        self.tokens.iter().map(token).collect()
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many wildcards the glob has: what `{1}`…`{n}` in an entry's `name` may refer to.
    pub fn wildcards(&self) -> usize {
        self.tokens
            .iter()
            .filter(|token| !matches!(token, Token::Literal(_)))
            .count()
    }

    /// Whether the whole of `path` matches, in time bounded by tokens × path length.
    pub fn matches(&self, path: &[u8]) -> bool {
        // Most paths that do not match begin or end otherwise.
        let (tokens, path) = match self.tokens.as_slice() {
            [Token::Literal(bytes), rest @ ..] => match path.strip_prefix(bytes.as_slice()) {
                Some(path) => (rest, path),
                None => return false,
            },
            tokens => (tokens, path),
        };
        match tokens.split_last() {
            None => return path.is_empty(),
            Some((Token::Literal(bytes), _)) if !path.ends_with(bytes) => return false,
            Some((Token::Segment, [])) => return !path.contains(&b'/'),
            Some((Token::Any, [])) => return true,
            Some(_) => {}
        }
        // `reached[at]`: the tokens so far match `path[..at]`.
        let mut reached = vec![false; path.len() + 1];
        reached[0] = true;
        for token in tokens {
            if let Token::Literal(bytes) = token {
                for at in (0..=path.len()).rev() {
                    let start = at.checked_sub(bytes.len());
                    reached[at] =
                        start.is_some_and(|start| reached[start] && path[start..at] == **bytes);
                }
                continue;
            }
            let mut open = false;
            for (at, reached) in reached.iter_mut().enumerate() {
                open |= *reached;
                *reached = open;
                open &= *token == Token::Any || path.get(at) != Some(&b'/');
            }
        }
        reached[path.len()]
    }

    /// What each wildcard matched, in order; earlier wildcards match as little as possible. `None`
    /// when `path` does not match.
    pub fn captures<'p>(&self, path: &'p [u8]) -> Option<Vec<&'p [u8]>> {
        let mut dead = vec![false; (self.tokens.len() + 1) * (path.len() + 1)];
        let mut found = Vec::new();
        self.step(0, path, 0, &mut found, &mut dead)
            .then_some(found)
    }

    /// The directory part before the first wildcard, without a trailing slash: where a matching
    /// path can be. Empty for the root.
    pub fn fixed_prefix(&self) -> &str {
        &self.prefix
    }

    // `dead` remembers the (token, offset) pairs that cannot match, so the time is bounded by
    // tokens × path length².
    fn step<'p>(
        &self,
        token: usize,
        path: &'p [u8],
        at: usize,
        found: &mut Vec<&'p [u8]>,
        dead: &mut [bool],
    ) -> bool {
        let key = token * (path.len() + 1) + at;
        if dead[key] {
            return false;
        }
        let matched = match self.tokens.get(token) {
            None => at == path.len(),
            Some(Token::Literal(bytes)) => {
                path[at..].starts_with(bytes)
                    && self.step(token + 1, path, at + bytes.len(), found, dead)
            }
            Some(kind) => {
                let limit = match kind {
                    Token::Segment => path[at..]
                        .iter()
                        .position(|b| *b == b'/')
                        .map_or(path.len(), |slash| at + slash),
                    _ => path.len(),
                };
                (at..=limit).any(|end| {
                    found.push(&path[at..end]);
                    let fits = self.step(token + 1, path, end, found, dead);
                    if !fits {
                        found.pop();
                    }
                    fits
                })
            }
        };
        dead[key] = !matched;
        matched
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, GlobError> {
    let mut tokens = Vec::new();
    let mut literal = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let stars = rest.iter().take_while(|byte| **byte == b'*').count();
        rest = match (first, stars) {
            (b'\\', _) => match after.split_first() {
                Some((escaped @ (b'*' | b'\\'), after)) => {
                    literal.push(*escaped);
                    after
                }
                _ => return Err(GlobError::Escape(text.to_owned())),
            },
            (_, 0) => {
                literal.push(*first);
                after
            }
            (_, 1 | 2) => {
                if !literal.is_empty() {
                    tokens.push(Token::Literal(std::mem::take(&mut literal)));
                }
                tokens.push(if stars == 1 {
                    Token::Segment
                } else {
                    Token::Any
                });
                &rest[stars..]
            }
            _ => return Err(GlobError::Stars(text.to_owned())),
        };
    }
    if !literal.is_empty() {
        tokens.push(Token::Literal(literal));
    }
    Ok(tokens)
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, path: &str) -> bool {
        Glob::parse(glob).expect("a glob").matches(path.as_bytes())
    }

    #[test]
    fn one_star_stops_at_a_slash_and_two_do_not() {
        assert!(matches("skills/*", "skills/pdf"));
        assert!(!matches("skills/*", "skills/pdf/SKILL.md"));
        assert!(!matches("skills/*", "Skills/pdf"));
        assert!(matches("skills/**", "skills/pdf/SKILL.md"));
        assert!(matches("plugins/**/skills/*", "plugins/a/b/skills/c"));
        assert!(!matches("plugins/**/skills/*", "plugins/skills/c"));
        assert!(matches("*/*", "skill/x"));
        assert!(matches("[a]?", "[a]?"));
    }

    #[test]
    fn captures_name_the_wildcards() {
        let glob = Glob::parse("plugins/*/skills/*").expect("a glob");
        assert_eq!(
            glob.captures(b"plugins/a/skills/b"),
            Some(vec![&b"a"[..], b"b"])
        );
        assert_eq!(glob.fixed_prefix(), "plugins");
        assert_eq!(
            Glob::parse("skills/payments-*")
                .expect("a glob")
                .fixed_prefix(),
            "skills"
        );
        assert_eq!(
            Glob::parse("a/b.md").expect("a glob").fixed_prefix(),
            "a/b.md"
        );
        assert_eq!(Glob::parse("**").expect("a glob").fixed_prefix(), "");
    }

    proptest::proptest! {
        #[test]
        fn matching_and_capturing_agree(glob in "[ab/]{0,2}\\*{0,2}[ab]{0,2}/?\\*{0,2}[ab]{1,2}\\*{0,2}", path in "[ab/]{0,8}") {
            if let Ok(glob) = Glob::parse(&glob) {
                proptest::prop_assert_eq!(glob.matches(path.as_bytes()), glob.captures(path.as_bytes()).is_some());
            }
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let glob = Glob::parse(&"**a".repeat(16)).expect("a glob");
        assert!(!glob.matches(&[b'b'; 2000]));
        assert!(!glob.matches(&[b'a'; 15]));
    }

    #[test]
    fn a_backslash_takes_a_star_as_it_is() {
        assert!(matches(r"skills/\*", "skills/*") && !matches(r"skills/\*", "skills/a"));
        assert!(matches(r"a\\b/*", r"a\b/c") && !matches(r"a\\b/*", "a/c"));
        assert!(matches(r"\**", "*a") && !matches(r"\**", "a"));
        let glob = Glob::parse(r"a/\*/b*").expect("a glob");
        assert_eq!(
            (
                glob.wildcards(),
                glob.fixed_prefix(),
                glob.filled("x").as_str()
            ),
            (1, "a/*", "a/*/bx")
        );
        for bad in [r"a\", r"a\b"] {
            assert!(
                matches!(Glob::parse(bad), Err(GlobError::Escape(_))),
                "{bad}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn a_literal_matches_its_path_alone(path in r"[ab*\\]{1,6}(/[ab*\\]{1,4})?", other in r"[ab*\\]{1,6}(/[ab*\\]{1,4})?") {
            let glob = Glob::parse(&Glob::literal(&path)).expect("any path can be written");
            proptest::prop_assert!(glob.matches(path.as_bytes()));
            proptest::prop_assert_eq!(glob.fixed_prefix(), &path);
            proptest::prop_assert_eq!(glob.matches(other.as_bytes()), path == other);
        }
    }

    #[test]
    fn refuses_what_can_match_nothing() {
        for bad in ["", "/a", "a/", "a//b", "./a", "a/../b", "a***b"] {
            assert!(Glob::parse(bad).is_err(), "{bad}");
        }
    }
}
