//! The addresses under which forges let people commit without showing their own.
//!
//! | forge | address |
//! |---|---|
//! | GitHub, GitHub Enterprise Server | `[id+]login@users.noreply.<host>` |
//! | GHE.com | the same, on the tenant's host or on `ghe.com` |
//! | GitLab | `id-login@users.noreply.<host>` |
//! | Gitea, Forgejo | `[id+]login@noreply.<host>` |
//!
//! Like every identity in a commit they are free text: they only ever exclude.

use super::policy_input::AccountInput;

/// A no-reply address of some forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noreply<'e> {
    local: &'e str,
    host: &'e str,
}

impl<'e> Noreply<'e> {
    /// Reads an address; `None` for one of another form.
    pub fn of(email: &'e str) -> Option<Self> {
        let (local, domain) = email.split_once('@')?;
        let domain = strip_prefix(domain, "users.").unwrap_or(domain);
        let host = strip_prefix(domain, "noreply.")?;
        (!local.is_empty() && !host.is_empty()).then_some(Self { local, host })
    }

    /// The login, as far as the address alone can say.
    pub fn login(self) -> &'e str {
        self.with_id().map_or(self.local, |(_, login)| login)
    }

    /// Whether the forge of `account` can have given it this address: by login or by number, since
    /// logins change.
    pub fn may_be_of(self, account: &AccountInput) -> bool {
        let is_login = |login: &str| account.login.eq_ignore_ascii_case(login);
        let with_id = self.with_id();
        self.is_on(&account.forge)
            && (is_login(self.local)
                || with_id
                    .is_some_and(|(id, login)| id.parse() == Ok(account.id) || is_login(login)))
    }

    // Number and login. With a plus, the number may be anything: what is before it names no one.
    fn with_id(self) -> Option<(&'e str, &'e str)> {
        self.local.split_once('+').or_else(|| {
            let is_github = ["github.com", "ghe.com"]
                .iter()
                .any(|host| is_at_or_below(self.host, host));
            let (id, login) = self.local.split_once('-').filter(|_| !is_github)?;
            (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some((id, login))
        })
    }

    // The host itself, or a domain above it: tenants of one forge share an address.
    fn is_on(self, forge: &str) -> bool {
        let forge = forge.split_once(':').map_or(forge, |(host, _)| host);
        forge.eq_ignore_ascii_case(self.host)
            || self.host.contains('.') && is_at_or_below(forge, self.host)
    }
}

fn is_at_or_below(host: &str, above: &str) -> bool {
    let Some(start) = host.len().checked_sub(above.len()) else {
        return false;
    };
    let (rest, end) = host.as_bytes().split_at(start);
    end.eq_ignore_ascii_case(above.as_bytes()) && (rest.is_empty() || rest.ends_with(b"."))
}

fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    text.get(..prefix.len())
        .filter(|start| start.eq_ignore_ascii_case(prefix))
        .map(|_| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice(forge: &str) -> AccountInput {
        AccountInput {
            forge: forge.to_owned(),
            login: "Alice-Ng".to_owned(),
            id: 583_231,
        }
    }

    #[test]
    fn knows_an_account_by_the_address_its_forge_gives_it() {
        for (forge, email) in [
            ("github.com", "583231+alice-ng@users.noreply.github.com"),
            ("github.com", "alice-ng@users.noreply.github.com"),
            ("github.com", "583231+renamed@users.noreply.github.com"),
            ("GitHub.com", "1+alice-ng@users.noreply.GitHub.com"),
            ("github.com", "x+alice-ng@users.noreply.github.com"),
            (
                "ghe.acme.corp",
                "583231+alice-ng@users.noreply.ghe.acme.corp",
            ),
            ("ghe.acme.corp:8443", "alice-ng@users.noreply.ghe.acme.corp"),
            ("ghe.acme.corp", "alice-ng@users.noreply.acme.corp"),
            ("acme.ghe.com", "583231+alice-ng@users.noreply.ghe.com"),
            ("acme.ghe.com", "583231+alice-ng@users.noreply.acme.ghe.com"),
            ("gitlab.com", "583231-alice-ng@users.noreply.gitlab.com"),
            (
                "gitlab.acme.corp",
                "583231-renamed@users.noreply.gitlab.acme.corp",
            ),
            (
                "gitlab.acme.corp",
                "7-alice-ng@users.noreply.gitlab.acme.corp",
            ),
            ("codeberg.org", "alice-ng@noreply.codeberg.org"),
            ("git", "alice-ng@users.noreply.git"),
        ] {
            assert!(
                Noreply::of(email).is_some_and(|address| address.may_be_of(&alice(forge))),
                "{forge} {email}"
            );
        }
    }

    #[test]
    fn leaves_other_accounts_and_other_forges_alone() {
        for (forge, email) in [
            ("github.com", "alice-ng@users.noreply.gitlab.com"),
            ("github.com", "7+bob@users.noreply.github.com"),
            ("github.com", "583231-alice-ng@users.noreply.github.com"),
            ("acme.ghe.com", "alice-ng@users.noreply.other.ghe.com"),
            ("ghe.com", "alice-ng@users.noreply.acme.ghe.com"),
            ("github.com", "alice-ng@users.noreply.hub.com"),
            ("github.com", "alice-ng@users.noreply.com"),
        ] {
            assert!(
                !Noreply::of(email).is_some_and(|address| address.may_be_of(&alice(forge))),
                "{forge} {email}"
            );
        }
        for email in [
            "alice@acme.example",
            "alice-ng@github.com",
            "@users.noreply.github.com",
            "alice-ng",
            "a@users.noreply.",
        ] {
            assert_eq!(Noreply::of(email), None, "{email}");
        }
    }
}
