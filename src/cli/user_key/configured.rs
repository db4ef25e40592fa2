//! The key that the user's Git configuration names for signing.

use super::files::literal;
use super::{UserKey, openpgp};
use crate::cli::error::CommandError;
use crate::cli::programs::Programs;
use crate::cli::unusable::Unusable;

/// What `user.signingkey` and `gpg.format` say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Configured {
    /// No key.
    Unset,
    /// This key.
    Key(UserKey),
    /// A key that cannot be used.
    Unusable(Unusable),
}

impl Configured {
    /// What the configuration says.
    pub fn read(programs: &Programs) -> Result<Self, CommandError> {
        let Some(key) = programs.git_config("user.signingkey")? else {
            return Ok(Self::Unset);
        };
        let format = programs.git_config("gpg.format")?;
        let found = match format.as_deref() {
            _ if literal(&key).is_some() => UserKey::find(&key, programs.work_dir(), programs),
            Some("ssh") => UserKey::find(&key, programs.work_dir(), programs),
            None | Some("openpgp") if is_file_name(&key) => {
                let says = format.map_or("not set", |_| "`openpgp`");
                return Ok(Self::Unusable(Unusable::new(
                    format!(
                        "`user.signingkey` in your Git configuration names a file, as for an SSH key, but `gpg.format` is {says}"
                    ),
                    "Run `git config --global gpg.format ssh`, or pass the key to sign with.",
                )));
            }
            None | Some("openpgp") => openpgp::find(programs, &key),
            Some("x509") => Err(Unusable::new(
                "`gpg.format` is `x509`, and a policy cannot list such keys",
                "Pass an SSH or OpenPGP key.",
            )),
            Some(other) => {
                return Ok(Self::Unusable(Unusable::new(
                    format!(
                        "`gpg.format` in your Git configuration is `{other}`, which Git does not know"
                    ),
                    "Set it to `ssh` or `openpgp`; `git config --show-origin gpg.format` shows where it is set.",
                )));
            }
        };
        Ok(match found {
            Ok(key) => Self::Key(key),
            Err(mut fault) => {
                fault.why = format!(
                    "`user.signingkey` in your Git configuration cannot be used: {}",
                    fault.why
                );
                fault.help.push("Find where it is set with `git config --show-origin user.signingkey`, or pass another key with --key.".to_owned());
                Self::Unusable(fault)
            }
        })
    }

    /// The key, where there is one and it can be used.
    pub fn key(self) -> Option<UserKey> {
        match self {
            Self::Key(key) => Some(key),
            Self::Unset | Self::Unusable(_) => None,
        }
    }
}

/// Whether a name of a key is that of a file, which no name of an OpenPGP key looks like.
fn is_file_name(key: &str) -> bool {
    ["/", "~/", "./"].iter().any(|start| key.starts_with(start)) || key.ends_with(".pub")
}
