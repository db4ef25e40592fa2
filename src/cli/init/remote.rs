//! Turns the address of a Git remote into a repository's name, `host/owner/name`.

/// The name in `url`; `None` when it is a path or has no host.
pub fn repository_name(url: &str) -> Option<String> {
    let url = url.trim();
    let (authority, path) = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?,
        // The short form of SSH, `[user@]host:path`. One letter before the colon is a Windows
        // drive.
        None => url
            .split_once(':')
            .filter(|(host, _)| host.len() > 1 && !host.contains('/'))?,
    };
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host
        .split_once(':')
        .map_or(host, |(host, _)| host)
        .to_lowercase();
    let path = path.trim_matches('/');
    let path = path
        .strip_suffix(".git")
        .unwrap_or(path)
        .trim_end_matches('/');
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-/~".contains(&b))
    };
    (plain(&host) && plain(path) && !path.split('/').any(|step| matches!(step, "" | "." | "..")))
        .then(|| format!("{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_address_gives_the_same_name() {
        for url in [
            "https://github.com/acme/agent-skills.git",
            "https://user:secret@GitHub.com/acme/agent-skills",
            "ssh://git@github.com:22/acme/agent-skills.git",
            "git@github.com:acme/agent-skills.git",
            "github.com:acme/agent-skills/",
        ] {
            assert_eq!(
                repository_name(url).as_deref(),
                Some("github.com/acme/agent-skills"),
                "{url}"
            );
        }
        assert_eq!(
            repository_name("https://gitlab.com/a/b/c.git").as_deref(),
            Some("gitlab.com/a/b/c")
        );
    }

    #[test]
    fn a_folder_has_no_name() {
        for url in [
            "/srv/git/x.git",
            "../x",
            "file:///srv/x",
            "C:\\git\\x",
            "",
            "https://github.com",
            "https://github.com/a/../b",
            "ssh://h/a b",
        ] {
            assert_eq!(repository_name(url), None, "{url}");
        }
    }
}
