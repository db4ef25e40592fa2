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
    /// Its name; `None` where it is no plain name, such as an address, or cannot be told from the
    /// options before it.
    pub name: Option<String>,
    /// The version, range or tag as written; `None` where none is, or it is not plain.
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
/// Options of these that take a word of their own.
const CONTAINER_VALUES: [&str; 26] = [
    "-e",
    "--env",
    "--env-file",
    "-v",
    "--volume",
    "--mount",
    "-p",
    "--publish",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "--name",
    "--network",
    "--net",
    "--platform",
    "--pull",
    "--entrypoint",
    "-m",
    "--memory",
    "--cpus",
    "-l",
    "--label",
    "--add-host",
    "-h",
    "--hostname",
];
/// Options of these that take no word of their own.
const CONTAINER_FLAGS: [&str; 14] = [
    "-q",
    "--quiet",
    "--detach",
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
        if let Some((_, verbs)) = NPM.iter().find(|(name, _)| *name == program) {
            let rest = after(arguments, verbs)?;
            return of_all(
                Registry::Npm,
                &named(rest, &["-p", "--package"], &NPM_VALUES),
                npm,
            );
        }
        if let Some((_, verbs)) = PYPI.iter().find(|(name, _)| *name == program) {
            let rest = after(arguments, verbs)?;
            return of_all(
                Registry::Pypi,
                &named(rest, &["--from", "--spec"], &PYPI_VALUES),
                pypi,
            );
        }
        if CONTAINERS.contains(&program.as_str()) {
            return image(arguments);
        }
        None
    }

    fn unknown(registry: Registry) -> Self {
        Self {
            registry,
            name: None,
            version: None,
            is_exact: false,
        }
    }

    /// `npm @acme/tickets@1.2.3`.
    pub fn words(&self) -> String {
        let registry = self.registry.as_str();
        let Some(name) = &self.name else {
            return format!("a package of {registry} that is not named plainly");
        };
        match &self.version {
            None => format!("{registry} {name}"),
            Some(version) if self.registry == Registry::Oci && !version.contains(':') => {
                format!("{registry} {name}:{version}")
            }
            Some(version) => format!("{registry} {name}@{version}"),
        }
    }
}

/// The first of the packages that a command installs; exact only where all are.
fn of_all(
    registry: Registry,
    named: &Named<'_>,
    read: fn(&str) -> Option<PackageRef>,
) -> Option<PackageRef> {
    let packages = match named {
        Named::Packages(packages) if packages.is_empty() => return None,
        Named::Packages(packages) => packages,
        Named::Unclear => return Some(PackageRef::unknown(registry)),
    };
    let mut read = packages.iter().map(|package| read(package));
    let mut first = read.next()??;
    first.is_exact &= read.all(|other| other.is_some_and(|other| other.is_exact));
    Some(first)
}

/// Whether all characters are letters, digits or among `more`.
pub(super) fn is_of(text: &str, more: &str) -> bool {
    !text.is_empty()
        && text.len() <= 214
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

/// A version, range or tag that can be shown.
fn shown(version: &str) -> Option<String> {
    (version.len() <= 40 && is_of(version, ".-_+~^*<>=|, ")).then(|| version.to_owned())
}

/// `name`, `@scope/name`, each with `@version`; none for a path.
fn npm(text: &str) -> Option<PackageRef> {
    if text.starts_with(['.', '/', '~']) {
        return None;
    }
    let at = text.get(1..).and_then(|rest| rest.find('@'));
    let (name, version) = match at {
        Some(at) => (&text[..=at], Some(&text[at + 2..])),
        None => (text, None),
    };
    let version = version.filter(|version| !version.is_empty());
    let (scope, bare) = name
        .strip_prefix('@')
        .and_then(|rest| rest.split_once('/'))
        .map_or((None, name), |(scope, bare)| (Some(scope), bare));
    let is_plain = is_of(bare, "._-") && scope.is_none_or(|scope| is_of(scope, "._-"));
    if !is_plain {
        return Some(PackageRef::unknown(Registry::Npm));
    }
    let kept = version.and_then(shown);
    Some(PackageRef {
        registry: Registry::Npm,
        name: Some(name.to_owned()),
        is_exact: kept.as_deref().is_some_and(is_semver),
        version: kept,
    })
}

/// `name`, `name==1.2`, `name[extra]>=1`, `name@1.2`, as uv and pipx take them.
fn pypi(text: &str) -> Option<PackageRef> {
    let end = text.find(['=', '<', '>', '!', '~', '@', ' ', ';', '[']);
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    if !is_of(name, "._-") || text.contains("://") {
        return Some(PackageRef::unknown(Registry::Pypi));
    }
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let rest = rest.trim();
    let exact = rest
        .strip_prefix("==")
        .or_else(|| rest.strip_prefix('@'))
        .map(|version| version.trim_start_matches('=').trim());
    let version = shown(exact.unwrap_or(rest));
    Some(PackageRef {
        registry: Registry::Pypi,
        name: Some(name.to_owned()),
        is_exact: exact.is_some() && version.as_deref().is_some_and(is_release),
        version,
    })
}

/// `image`, `image:tag`, `image@sha256:…`.
fn oci(text: &str) -> PackageRef {
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
    if !is_of(name, "./_-:") {
        return PackageRef::unknown(Registry::Oci);
    }
    let hex = digest.and_then(|digest| digest.strip_prefix("sha256:"));
    let is_exact =
        hex.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let digest = digest.filter(|_| is_exact).map(str::to_owned);
    PackageRef {
        registry: Registry::Oci,
        name: Some(name.to_owned()),
        version: digest.or_else(|| tag.and_then(shown)),
        is_exact,
    }
}

/// The file name of a program, without what Windows puts behind it, in lower case; `a program` where
/// it has other characters than names of programs, which may be secret.
pub(super) fn program_name(program: &str) -> String {
    let last = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = last.to_ascii_lowercase();
    let endings = [".exe", ".cmd", ".bat", ".ps1"];
    let bare = endings.iter().find_map(|end| name.strip_suffix(end));
    let name = bare.unwrap_or(&name);
    if is_of(name, "._+-") && name.len() <= 64 && !program.contains(['?', '=', '$', '"', '\'']) {
        name.to_owned()
    } else {
        "a program".to_owned()
    }
}

/// The arguments behind the verb that says to run a package. Options may come before it.
fn after<'a, 'w>(arguments: &'a [&'w str], verbs: &[&str]) -> Option<&'a [&'w str]> {
    if verbs.is_empty() {
        return Some(arguments);
    }
    let options = arguments
        .iter()
        .take_while(|word| word.starts_with('-'))
        .count();
    let rest = &arguments[options..];
    let count = rest.iter().take_while(|word| verbs.contains(word)).count();
    (count > 0).then(|| &rest[count..])
}

/// What the words of a command name.
enum Named<'w> {
    /// These packages; none where there is none.
    Packages(Vec<&'w str>),
    /// It cannot be told which word is the package: an unknown option comes before it.
    Unclear,
}

/// Options that take no word of their own.
const FLAGS: [&str; 20] = [
    "-y",
    "--yes",
    "-q",
    "--quiet",
    "--silent",
    "-s",
    "--offline",
    "--no-install",
    "--prefer-online",
    "--prefer-offline",
    "--ignore-existing",
    "--no",
    "--bun",
    "--isolated",
    "--no-cache",
    "--refresh",
    "-v",
    "--verbose",
    "--native-tls",
    "--reinstall",
];

/// The packages in arguments: those behind the options that name them, else the first word that is
/// no option.
fn named<'w>(arguments: &[&'w str], naming: &[&str], with_value: &[&str]) -> Named<'w> {
    let mut words = arguments.iter();
    let mut packages = Vec::new();
    let mut unclear = false;
    while let Some(word) = words.next() {
        let (option, value) = word
            .split_once('=')
            .map_or((*word, None), |(o, v)| (o, Some(v)));
        if naming.contains(&option) {
            packages.extend(value.or_else(|| words.next().copied()));
        } else if with_value.contains(&option) {
            let value = value.or_else(|| words.next().copied());
            // What is installed beside it runs, too.
            if option == "--with" {
                packages.extend(value);
            }
        } else if *word == "--" {
        } else if word.starts_with('-') {
            unclear |= value.is_none() && !FLAGS.contains(word);
        } else {
            let beside = naming.contains(&"--from") && !packages.is_empty();
            if packages.is_empty() {
                packages.push(word);
            } else if beside && arguments.contains(&"--with") && !names_it(arguments, naming) {
                packages.insert(0, word);
            }
            break;
        }
    }
    if unclear && !names_it(arguments, naming) {
        return Named::Unclear;
    }
    Named::Packages(packages)
}

/// Whether an option names the package.
fn names_it(arguments: &[&str], naming: &[&str]) -> bool {
    arguments.iter().any(|word| {
        let option = word.split('=').next().unwrap_or(word);
        naming.contains(&option)
    })
}

/// The image of `docker run …`.
fn image(arguments: &[&str]) -> Option<PackageRef> {
    let run = arguments.iter().position(|word| *word == "run")?;
    let mut words = arguments[run + 1..].iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            return Some(oci(word));
        }
        if word.contains('=') || CONTAINER_FLAGS.contains(word) {
            continue;
        }
        if !CONTAINER_VALUES.contains(word) {
            return Some(PackageRef::unknown(Registry::Oci));
        }
        words.next();
    }
    None
}

/// Whether a version is one release of npm: three numbers, and what Semantic Versioning lets follow.
fn is_semver(version: &str) -> bool {
    semver_core(version).is_some_and(|parts| parts == 3)
}

/// The number of numeric parts of a version before a `-` or `+`; `None` where one is not numeric.
fn semver_core(version: &str) -> Option<usize> {
    let core = version.split(['-', '+']).next().unwrap_or(version);
    let mut parts = 0;
    for part in core.split('.') {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        parts += 1;
    }
    Some(parts)
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
            ("npx -y tickets@1.2", "npm tickets@1.2", false),
            ("npx -y tickets@1.2.3evil", "npm tickets@1.2.3evil", false),
            ("npx -p a@1.2.3 -p evil a", "npm a@1.2.3", false),
            ("npm --yes exec tickets", "npm tickets", false),
            ("uvx --with evil a==1.2.3", "pypi a@1.2.3", false),
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
            ("podman run tickets@sha256:aa", "oci tickets", false),
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
