//! Git and a remote: `ls-remote`, `fetch` and `push`.
//!
//! Nothing that the repository configures takes part but the URL of the remote. Git runs in a Git
//! folder created for this run, which has the repository's objects and references and a
//! configuration of its own; so no `core.sshCommand`, `remote.*.uploadpack`, proxy command,
//! credential helper or hook of a clone is ever started. The user's own configuration applies: how
//! this machine reaches a forge is theirs to say.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use base64::Engine as _;

use super::{Program, ProgramOutput, Programs};
use crate::cli::error::CommandError;
use crate::model::ObjectId;

/// A forge's token for the git of one run, given in variables that no other user of the machine can
/// read.
#[derive(Clone)]
pub struct Token {
    server: String,
    token: String,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a token for {}", self.server)
    }
}

impl Token {
    /// The token for repositories below `server`, such as `https://github.com`.
    pub fn new(server: &str, token: &str) -> Self {
        Self {
            server: server.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        }
    }

    fn variables(&self) -> Vec<(String, String)> {
        let secret = base64::engine::general_purpose::STANDARD
            .encode(format!("x-access-token:{}", self.token));
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("GIT_TERMINAL_PROMPT", "0".to_owned()),
            pair("GIT_CONFIG_COUNT", "1".to_owned()),
            pair(
                "GIT_CONFIG_KEY_0",
                format!("http.{}/.extraheader", self.server),
            ),
            pair(
                "GIT_CONFIG_VALUE_0",
                format!("AUTHORIZATION: basic {secret}"),
            ),
        ]
    }
}

/// What must not run in the folder created for this run: a repack there would throw away what its
/// references do not reach.
const SETTINGS: [&str; 6] = [
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.writeCommitGraph=false",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "push.gpgSign=false",
];

/// The transports that start no program of the URL's choosing; `git://` is not authenticated.
const PROTOCOLS: &str = "file:http:https:ssh";

impl Programs {
    /// Runs git with the remote `origin`, with `token` for its host where there is one.
    pub fn git_remote<A: AsRef<OsStr>>(
        &self,
        args: &[A],
        token: Option<&Token>,
    ) -> Result<ProgramOutput, CommandError> {
        let cannot = |error: std::io::Error| CommandError::io("create a temporary folder", &error);
        let place = tempfile::Builder::new()
            .prefix("countersign-")
            .tempdir()
            .map_err(cannot)?;
        let text = |args: &[&str]| {
            Ok::<String, CommandError>(
                String::from_utf8_lossy(&self.expect_git(args, None)?)
                    .trim()
                    .to_owned(),
            )
        };
        let objects: PathBuf = self
            .work_dir
            .join(text(&["rev-parse", "--git-path", "objects"])?);
        let format = text(&["rev-parse", "--show-object-format"])?;
        let config = format!(
            "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = {format}\n"
        );
        // What is here already need not be sent again.
        let references = self.expect_git(
            &[
                "for-each-ref",
                "--format=%(objectname) %(refname)",
                "refs/heads",
                "refs/remotes",
            ],
            None,
        )?;
        let files: [(&str, &[u8]); 3] = [
            ("HEAD", b"ref: refs/heads/none\n"),
            ("config", config.as_bytes()),
            ("packed-refs", &references),
        ];
        for (name, bytes) in files {
            fs::write(place.path().join(name), bytes).map_err(cannot)?;
        }
        for name in ["refs", "objects"] {
            fs::create_dir(place.path().join(name)).map_err(cannot)?;
        }
        let mut all: Vec<OsString> = vec!["--git-dir".into(), place.path().into()];
        all.extend(self.settings());
        all.extend(
            SETTINGS
                .iter()
                .flat_map(|setting| ["-c".into(), setting.into()]),
        );
        for name in ["remote.origin.url", "remote.origin.pushurl"] {
            let url = self.git_config(name)?;
            all.extend(
                url.into_iter()
                    .flat_map(|url| ["-c".into(), format!("{name}={url}").into()]),
            );
        }
        all.extend(args.iter().map(|arg| arg.as_ref().to_owned()));
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("GIT_OBJECT_DIRECTORY".into(), objects.into()),
            ("GIT_ALLOW_PROTOCOL".into(), PROTOCOLS.into()),
        ];
        // Git's own names for whom TLS trusts come first, and so does its configuration.
        for (own, usual, setting) in [
            ("GIT_SSL_CAINFO", "SSL_CERT_FILE", "http.sslCAInfo"),
            ("GIT_SSL_CAPATH", "SSL_CERT_DIR", "http.sslCAPath"),
        ] {
            if let Some(value) = env::var_os(usual)
                && env::var_os(own).is_none()
                && self.git_config(setting)?.is_none()
            {
                variables.push((own.into(), value));
            }
        }
        let token = token.map(Token::variables).unwrap_or_default();
        variables.extend(
            token
                .into_iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        self.start_with(Program::Git, &all, Some(b""), Stdio::piped(), &variables)
    }

    /// Brings a pull request's head, then each of `commits` that did not come with it, from
    /// `origin`. What cannot be had is left out: the reader that needs it sees that it is not
    /// there. No branch, tag or `FETCH_HEAD` changes.
    pub fn fetch_pull(&self, number: u64, commits: &[ObjectId], token: Option<&Token>) {
        const MOST: usize = 50;
        let head = format!("refs/pull/{number}/head");
        let wanted =
            std::iter::once(head).chain(commits.iter().take(MOST).map(ToString::to_string));
        for (index, what) in wanted.enumerate() {
            let object = format!("{what}^{{commit}}");
            let there = index > 0
                && self
                    .git(&["cat-file", "-e", &object], None)
                    .is_ok_and(|answer| answer.success);
            if !there {
                let args = [
                    "fetch",
                    "--quiet",
                    "--no-tags",
                    "--no-write-fetch-head",
                    "--no-recurse-submodules",
                    "origin",
                    &what,
                ];
                // An answer with a failure is an answer: see above.
                let _ = self.git_remote(&args, token);
            }
        }
    }
}
