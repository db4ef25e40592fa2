//! Links in a summary.

use crate::model::{ObjectId, RuleId, markdown};
use crate::render::escape::markdown::{MarkdownDialect, Url, code_link};
use crate::render::escape::{Markdown, ToMarkup};

/// The addresses for links. A malformed part makes plain text instead of a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    repository: Option<String>,
    rules: Option<String>,
}

impl Links {
    /// Links into `repository` (`owner/name`) on `server` (`https://github.com`), and to the rules
    /// of the `tool` (`owner/name`) at `version`.
    pub fn new(
        server: &str,
        repository: Option<&str>,
        tool: Option<&str>,
        version: Option<&str>,
    ) -> Self {
        let server = server
            .strip_prefix("https://")
            .filter(|host| is_host(host))
            .map(|host| format!("https://{host}"));
        let at =
            |name: &str| Some(format!("{}/{name}", server.as_ref()?)).filter(|_| is_name(name));
        let rules = || {
            let version = version.filter(|version| is_path(version))?;
            Some(format!("{}/blob/{version}/docs/rules.md", at(tool?)?))
        };
        Self {
            repository: repository.and_then(at),
            rules: rules(),
        }
    }

    /// The name of a rule, linked to its page.
    pub(super) fn rule(&self, rule: RuleId) -> Markdown {
        code_or_link(rule, self.rule_page(rule))
    }

    /// The page of a rule.
    pub fn rule_page(&self, rule: RuleId) -> Option<String> {
        self.rules.as_ref().map(|page| format!("{page}#{rule}"))
    }

    /// The short id of a commit, linked to it.
    pub(super) fn commit(&self, commit: ObjectId) -> Markdown {
        code_or_link(
            commit.short(),
            self.repository
                .as_ref()
                .map(|repository| format!("{repository}/commit/{commit}")),
        )
    }
}

/// Words in the look of code, leading to an address where there is one.
fn code_or_link(words: impl ToMarkup<MarkdownDialect>, address: Option<String>) -> Markdown {
    if let Some(url) = address.and_then(|address| Url::parse(&address)) {
        code_link(words, &url)
    } else {
        markdown!("`" (words) "`")
    }
}

fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 253
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'))
}

fn is_name(name: &str) -> bool {
    name.split('/').count() == 2 && is_path(name)
}

fn is_path(path: &str) -> bool {
    let step = |step: &str| {
        !matches!(step, "" | "." | "..")
            && step
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    path.len() <= 200 && path.split('/').all(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_to_the_rules_of_the_version_that_judged() {
        let links = Links::new(
            "https://github.com",
            Some("acme/skills"),
            Some("tool/countersign"),
            Some("v0.1.0"),
        );
        assert_eq!(
            links.rule(RuleId::Symlink).as_str(),
            "[`symlink`](https://github.com/tool/countersign/blob/v0.1.0/docs/rules.md#symlink)"
        );
    }

    #[test]
    fn an_address_that_could_be_markup_makes_no_link() {
        for (server, tool, version) in [
            ("https://github.com/)](x", "a/b", "v1"),
            ("http://github.com", "a/b", "v1"),
            ("https://github.com", "a/b)c", "v1"),
            ("https://github.com", "a/b/c", "v1"),
            ("https://github.com", "a/b", "../x"),
            ("https://github.com", "a/b", "v1 (x)"),
        ] {
            assert_eq!(
                Links::new(server, None, Some(tool), Some(version))
                    .rule(RuleId::Symlink)
                    .as_str(),
                "`symlink`",
                "{server} {tool} {version}"
            );
        }
    }
}
