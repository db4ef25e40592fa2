//! Which package a command line fetches and runs.
//!
//! Reads the words of a command as its program would, as far as a package's name and version go:
//! `npx -y @acme/tickets@1.2.3`, `uvx --from mcp-git==0.6.2 server`, `docker run -i --rm image@sha256:…`.

/// Where a package comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Registry {
    /// npm, through npx and its like.
    Npm,
    /// `PyPI`, through uvx, pipx and their like.
    Pypi,
    /// A registry of container images.
    Oci,
}

impl Registry {
    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pypi => "pypi",
            Self::Oci => "oci",
        }
    }
}

/// A package that a command fetches, if it is not there, and runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRef {
    /// Where it comes from.
    pub registry: Registry,
    /// Its name. Hostile text.
    pub name: String,
    /// The version, range or tag as written; `None` where none is. Hostile text.
    pub version: Option<String>,
    /// Whether the version is exactly one: a release, or a digest for an image.
    pub is_exact: bool,
}

/// Programs that run a package of npm, with what comes before its name.
const NPM: [(&str, &[&str]); 6] = [
    ("npx", &[]),
    ("bunx", &[]),
    ("pnpx", &[]),
    ("npm", &["exec", "x"]),
    ("pnpm", &["dlx"]),
    ("yarn", &["dlx"]),
];
/// Options of these that take a word of their own.
const NPM_VALUES: [&str; 8] = [
    "-c",
    "--call",
    "-w",
    "--workspace",
    "--registry",
    "--prefix",
    "--userconfig",
    "--cache",
];
/// Programs that run a package of `PyPI`.
const PYPI: [(&str, &[&str]); 3] = [
    ("uvx", &[]),
    ("uv", &["tool", "run", "x"]),
    ("pipx", &["run"]),
];
const PYPI_VALUES: [&str; 12] = [
    "--with",
    "--python",
    "-p",
    "--index",
    "--default-index",
    "--index-url",
    "-i",
    "--extra-index-url",
    "--find-links",
    "-f",
    "--directory",
    "--pip-args",
];
/// Programs that run a container.
const CONTAINERS: [&str; 3] = ["docker", "podman", "nerdctl"];
/// Options of these that take no word of their own.
const CONTAINER_FLAGS: [&str; 11] = [
    "-i",
    "-t",
    "-it",
    "-ti",
    "-d",
    "--rm",
    "--init",
    "--interactive",
    "--tty",
    "--privileged",
    "--read-only",
];

impl PackageRef {
    /// The package that a program with these arguments runs.
    pub fn of(program: &str, arguments: &[&str]) -> Option<Self> {
        let program = program_name(program);
        if let Some((_, before)) = NPM.iter().find(|(name, _)| *name == program) {
            let rest = after(arguments, before)?;
            let named = named(rest, &["-p", "--package"], &NPM_VALUES)?;
            return Self::npm(named);
        }
        if let Some((_, before)) = PYPI.iter().find(|(name, _)| *name == program) {
            let rest = after(arguments, before)?;
            let named = named(rest, &["--from", "--spec"], &PYPI_VALUES)?;
            return Some(Self::pypi(named));
        }
        if CONTAINERS.contains(&program.as_str()) {
            return image(arguments).map(Self::oci);
        }
        None
    }

    /// `name`, `@scope/name`, each with `@version`; none for a path or an address.
    fn npm(text: &str) -> Option<Self> {
        if text.starts_with(['.', '/', '~']) {
            return None;
        }
        let at = text.get(1..).and_then(|rest| rest.find('@'));
        let (name, version) = match at {
            Some(at) => (&text[..=at], Some(&text[at + 2..])),
            None => (text, None),
        };
        let version = version.filter(|version| !version.is_empty());
        Some(Self {
            registry: Registry::Npm,
            name: name.to_owned(),
            version: version.map(str::to_owned),
            is_exact: version.is_some_and(is_release),
        })
    }

    /// `name`, `name==1.2`, `name[extra]>=1`, `name@1.2`, as uv and pipx take them.
    fn pypi(text: &str) -> Self {
        let end = text.find(['=', '<', '>', '!', '~', '@', ' ', ';']);
        let (name, rest) = text.split_at(end.unwrap_or(text.len()));
        let rest = rest.trim();
        let exact = rest
            .strip_prefix("==")
            .or_else(|| rest.strip_prefix('@'))
            .map(|version| version.trim_start_matches('=').trim());
        let version = exact.unwrap_or(rest);
        Self {
            registry: Registry::Pypi,
            name: name.split('[').next().unwrap_or(name).to_owned(),
            version: (!version.is_empty()).then(|| version.to_owned()),
            is_exact: exact.is_some_and(is_release),
        }
    }

    /// `image`, `image:tag`, `image@sha256:…`.
    fn oci(text: &str) -> Self {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash is that of a port.
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match name[last..].split_once(':') {
            Some((image, tag)) => (&name[..last + image.len()], Some(tag)),
            None => (name, None),
        };
        Self {
            registry: Registry::Oci,
            name: name.to_owned(),
            version: digest.or(tag).map(str::to_owned),
            is_exact: digest.is_some_and(|digest| digest.starts_with("sha256:")),
        }
    }

    /// `npm @acme/tickets@1.2.3`.
    pub fn words(&self) -> String {
        let registry = self.registry.as_str();
        match (&self.version, self.registry) {
            (None, _) => format!("{registry} {}", self.name),
            (Some(version), Registry::Oci) if !version.contains(':') => {
                format!("{registry} {}:{version}", self.name)
            }
            (Some(version), _) => format!("{registry} {}@{version}", self.name),
        }
    }
}

/// The file name of a program, without what Windows puts behind it, in lower case.
pub(super) fn program_name(program: &str) -> String {
    let last = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = last.to_ascii_lowercase();
    let endings = [".exe", ".cmd", ".bat", ".ps1"];
    let bare = endings.iter().find_map(|end| name.strip_suffix(end));
    bare.unwrap_or(&name).to_owned()
}

/// The arguments behind the words that have to come first, of which any may be left out but one
/// must be there.
fn after<'a, 'w>(arguments: &'a [&'w str], before: &[&str]) -> Option<&'a [&'w str]> {
    if before.is_empty() {
        return Some(arguments);
    }
    let count = arguments
        .iter()
        .take_while(|word| before.contains(word))
        .count();
    (count > 0).then(|| &arguments[count..])
}

/// The package in arguments: after one of the options that name it, else the first word that is no
/// option.
fn named<'w>(arguments: &[&'w str], naming: &[&str], with_value: &[&str]) -> Option<&'w str> {
    let mut words = arguments.iter();
    let mut first = None;
    while let Some(word) = words.next() {
        if let Some((option, value)) = word.split_once('=')
            && naming.contains(&option)
        {
            return Some(value);
        }
        if naming.contains(word) {
            return words.next().copied();
        }
        if with_value.contains(word) {
            words.next();
        } else if !word.starts_with('-') {
            first = Some(*word);
            break;
        }
    }
    first
}

/// The image of `docker run …`.
fn image<'w>(arguments: &[&'w str]) -> Option<&'w str> {
    let run = arguments.iter().position(|word| *word == "run")?;
    let mut words = arguments[run + 1..].iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            return Some(word);
        }
        if !(word.contains('=') || CONTAINER_FLAGS.contains(word)) {
            words.next();
        }
    }
    None
}

/// Whether a version is one release: digits first, and no range.
fn is_release(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit())
        && version.split('.').count() >= 2
        && version
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_'))
        && !version
            .split(['.', '-', '+'])
            .any(|part| matches!(part, "x" | "X"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<(String, bool)> {
        let words: Vec<&str> = line.split(' ').collect();
        PackageRef::of(words[0], &words[1..]).map(|found| (found.words(), found.is_exact))
    }

    #[test]
    fn the_package_of_a_command_line_is_found_with_its_version() {
        for (line, package, exact) in [
            ("npx @acme/tickets", "npm @acme/tickets", false),
            (
                "npx -y @acme/tickets@1.2.3",
                "npm @acme/tickets@1.2.3",
                true,
            ),
            ("npx -y tickets@latest", "npm tickets@latest", false),
            ("npx -y tickets@^1.2.0", "npm tickets@^1.2.0", false),
            ("npx -y tickets@1", "npm tickets@1", false),
            ("npx --package=tickets@1.2.3 run", "npm tickets@1.2.3", true),
            ("npx -p tickets@1.2.3 -c run", "npm tickets@1.2.3", true),
            ("/usr/bin/npx.cmd tickets@1.2.3", "npm tickets@1.2.3", true),
            ("npm exec -- tickets@1.2.3", "npm tickets@1.2.3", true),
            ("pnpm dlx tickets", "npm tickets", false),
            ("uvx mcp-git", "pypi mcp-git", false),
            ("uvx mcp-git@0.6.2", "pypi mcp-git@0.6.2", true),
            (
                "uvx --from mcp-git==0.6.2 serve",
                "pypi mcp-git@0.6.2",
                true,
            ),
            (
                "uvx --python 3.12 mcp-git>=0.6",
                "pypi mcp-git@>=0.6",
                false,
            ),
            (
                "uv tool run mcp-git[all]==0.6.2",
                "pypi mcp-git@0.6.2",
                true,
            ),
            ("pipx run mcp-git", "pypi mcp-git", false),
            (
                "docker run -i --rm -e TOKEN ghcr.io/acme/tickets",
                "oci ghcr.io/acme/tickets",
                false,
            ),
            (
                "docker run --rm -v /a:/b localhost:5000/tickets:1.2",
                "oci localhost:5000/tickets:1.2",
                false,
            ),
            (
                "podman run tickets@sha256:aa",
                "oci tickets@sha256:aa",
                true,
            ),
        ] {
            assert_eq!(words(line), Some((package.to_owned(), exact)), "{line}");
        }
        for line in [
            "node server.js",
            "npx ./server",
            "npm start",
            "docker ps",
            "npx",
        ] {
            assert_eq!(words(line), None, "{line}");
        }
    }
}
