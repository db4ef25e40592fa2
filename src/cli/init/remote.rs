//! Turns the address of a Git remote into a repository's name, `host/owner/name`.

/// Where the address of a remote leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The host as written, in lower case.
    pub host: String,
    /// The user, where it names one.
    pub user: Option<String>,
    /// The path, percent-encoded where the name of a repository needs it.
    path: String,
    /// Whether SSH looks the host up in its configuration.
    pub is_ssh: bool,
}

/// Forges that also answer under a second host, such as `ssh.github.com` on port 443.
const FORGES: [&str; 5] = [
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "codeberg.org",
    "dev.azure.com",
];

/// What such a second host has before the forge's own.
const SECOND_HOSTS: [&str; 3] = ["www.", "ssh.", "altssh."];

impl Address {
    /// Reads `url`; `None` when it is a path or has no host.
    pub fn parse(url: &str) -> Option<Self> {
        let url = url.trim();
        let (scheme, authority, path) = match url.split_once("://") {
            Some(("file", _)) => return None,
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/')?;
                (scheme, authority, path)
            }
            // The short form of SSH, `[user@]host:path`. One letter before the colon is a Windows
            // drive.
            None => {
                let (authority, path) = url
                    .split_once(':')
                    .filter(|(host, _)| host.len() > 1 && !host.contains('/'))?;
                ("ssh", authority, path)
            }
        };
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        // What follows a colon is a password.
        let user = user.map(|user| user.split_once(':').map_or(user, |(user, _)| user));
        let host = host
            .split_once(':')
            .map_or(host, |(host, _)| host)
            .trim_end_matches('.')
            .to_lowercase();
        let path = path.trim_matches('/');
        let path = path
            .strip_suffix(".git")
            .unwrap_or(path)
            .trim_end_matches('/');
        let path = normalized(path)?;
        let plain_host = !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        let plain_path = !path.split('/').any(|step| matches!(step, "" | "." | ".."));
        (plain_host && plain_path).then_some(Self {
            host,
            user: user.map(str::to_owned),
            path,
            is_ssh: matches!(scheme, "ssh" | "git+ssh" | "ssh+git"),
        })
    }

    /// The name of the repository there: one for every address under which the forge has it.
    pub fn name(&self) -> String {
        match self.forge() {
            Some("dev.azure.com") => format!("dev.azure.com/{}", azure(&self.path)),
            Some(forge) => format!("{forge}/{}", self.path),
            None => format!("{}/{}", self.host, self.path),
        }
    }

    /// The same repository on another host.
    pub fn at(&self, host: &str) -> Self {
        Self {
            host: host.to_owned(),
            ..self.clone()
        }
    }

    /// The known forge that the host belongs to.
    pub fn forge(&self) -> Option<&'static str> {
        let own = SECOND_HOSTS
            .iter()
            .find_map(|second| {
                let rest = self.host.strip_prefix(second)?;
                FORGES.contains(&rest).then_some(rest)
            })
            .unwrap_or(&self.host);
        FORGES.iter().copied().find(|forge| *forge == own)
    }

    /// The host without `www.` or the like, where it may be a second host of a forge that is not
    /// known here.
    pub fn may_stand_for(&self) -> Option<&str> {
        let rest = SECOND_HOSTS
            .iter()
            .find_map(|second| self.host.strip_prefix(second))?;
        (self.forge().is_none() && rest.contains('.')).then_some(rest)
    }

    /// Whether other machines cannot know the host: a short name, or one below no top-level domain,
    /// as in `git@github.com-work:`.
    pub fn is_local_name(&self) -> bool {
        let is_ip = self.host.parse::<std::net::IpAddr>().is_ok();
        let last = self.host.rsplit_once('.').map(|(_, last)| last);
        let is_domain = last.is_some_and(|last| {
            last.starts_with("xn--") || last.bytes().all(|b| b.is_ascii_alphabetic())
        });
        !is_ip && !is_domain
    }
}

/// SSH's path of a repository of Azure, `v3/organization/project/name`, as HTTPS has it.
fn azure(path: &str) -> String {
    let steps: Vec<&str> = path.split('/').collect();
    match steps.as_slice() {
        ["v3", organization, project, name] => format!("{organization}/{project}/_git/{name}"),
        _ => path.to_owned(),
    }
}

/// A path with one spelling (RFC 3986, section 6.2.2): what needs no percent-encoding has none, and
/// the rest has upper-case digits. `None` when it contains anything else.
fn normalized(path: &str) -> Option<String> {
    let mut out = String::new();
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let (byte, was_encoded) = if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
            let byte = hex.then(|| u8::from_str_radix(digits, 16).ok()).flatten()?;
            (byte, true)
        } else {
            (byte, false)
        };
        match byte {
            b if b.is_ascii_alphanumeric() || b"._-~@+".contains(&b) => out.push(char::from(b)),
            b'/' if !was_encoded => out.push('/'),
            b if was_encoded => out.push_str(&format!("%{b:02X}")),
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository_name(url: &str) -> Option<String> {
        Address::parse(url).map(|address| address.name())
    }

    #[test]
    fn every_form_of_address_gives_the_same_name() {
        for url in [
            "https://github.com/acme/agent-skills.git",
            "https://user:secret@GitHub.com/acme/agent-skills",
            "ssh://git@github.com:22/acme/agent-skills.git",
            "git@github.com:acme/agent-skills.git",
            "github.com:acme/agent-skills/",
            "ssh://git@ssh.github.com:443/acme/agent-skills.git",
            "https://www.github.com/acme/agent-skills",
            "https://github.com./acme/agent%2Dskills",
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
        assert_eq!(
            repository_name("git@altssh.gitlab.com:a/b/c.git").as_deref(),
            Some("gitlab.com/a/b/c")
        );
    }

    #[test]
    fn a_percent_encoded_path_keeps_one_spelling_under_every_address() {
        for url in [
            "https://dev.azure.com/acme/My%20Project/_git/skills",
            "https://acme@dev.azure.com/acme/My%20Project/_git/skills",
            "git@ssh.dev.azure.com:v3/acme/My%20Project/skills",
        ] {
            assert_eq!(
                repository_name(url).as_deref(),
                Some("dev.azure.com/acme/My%20Project/_git/skills"),
                "{url}"
            );
        }
        assert_eq!(
            repository_name("https://h.example/r%c3%a9sum%c3%a9").as_deref(),
            Some("h.example/r%C3%A9sum%C3%A9")
        );
        for url in [
            "https://h.example/a%2",
            "https://h.example/a%zz",
            "https://h.example/a/%2e%2e/b",
        ] {
            assert_eq!(repository_name(url), None, "{url}");
        }
    }

    #[test]
    fn a_host_that_only_this_machine_knows_is_recognized() {
        let is_local = |url: &str| Address::parse(url).expect("an address").is_local_name();
        for url in ["git@github.com-work:a/b", "work:a/b", "git@gh_2:a/b"] {
            assert!(is_local(url), "{url}");
        }
        for url in [
            "git@github.com:a/b",
            "git@10.0.0.7:a/b",
            "git@xn--bcher-kva.xn--p1ai:a/b",
        ] {
            assert!(!is_local(url), "{url}");
        }
        let second = |url: &str| {
            let address = Address::parse(url).expect("an address");
            address.may_stand_for().map(str::to_owned)
        };
        assert_eq!(
            second("https://www.git.acme.example/a/b").as_deref(),
            Some("git.acme.example")
        );
        assert_eq!(second("https://www.github.com/a/b"), None);
        assert_eq!(second("https://git.acme.example/a/b"), None);
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
