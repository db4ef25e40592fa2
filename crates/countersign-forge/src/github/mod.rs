//! GitHub, through `octocrab`: its requests and headers. Connections are made in `network`. Answers
//! are read here, strictly and within bounds, not by its models.
//!
//! Only this module knows of the network and of asynchronous code. Its callers block.

mod address;
mod client;
mod events;
mod network;
mod pause;
mod wire;
mod writer;

use std::future::Future;

use futures_util::future::try_join;
use tokio::runtime::Runtime;

use self::address::Address;
use self::client::Client;
use self::events::WireEvent;
use self::wire::{
    Reason, WireCommit, WireGpgKey, WirePull, WireReview, WireRule, WireSshKey, WireUser,
};
use super::repository::is_plain;
use super::{
    Account, Forge, ForgeError, ForgeRequest, Holder, Pull, PullRequest, RepositoryName,
    RequiredWorkflow, SigningKeys,
};
use countersign_model::ObjectId;

pub use client::Progress;
pub use network::Network;
pub use pause::{Patience, Waiting};
pub use writer::GitHubWriter;

const PULLS: &str = "pull-requests: read";
const CONTENTS: &str = "contents: read";
const METADATA: &str = "metadata: read";
const MEMBERS: &str = "members: read (of the organization)";
const PROFILE: &str = "any (a profile is public)";

/// The forge lists no more commits of a pull request, however many it has.
const MOST_COMMITS: usize = 250;

/// What a connection to GitHub needs.
pub struct GitHubOptions<'a> {
    /// The repository.
    pub repository: RepositoryName,
    /// The address of the API; by default that of github.com.
    pub api: Option<&'a str>,
    /// The token; without one only public data can be read, and few requests are allowed.
    pub token: Option<&'a str>,
    /// The proxy and the certificates of this machine's network.
    pub network: Network,
    /// How long to wait, and how often to try again.
    pub patience: Patience,
    /// Called for every pause.
    pub progress: Progress,
}

/// A repository on GitHub that can be read.
pub struct GitHub {
    connection: Connection,
    has_token: bool,
}

/// A client with the runtime that drives it.
struct Connection {
    // Declared before the runtime, so that it is dropped first.
    client: Client,
    runtime: Runtime,
    repository: RepositoryName,
}

impl Connection {
    fn open(options: GitHubOptions<'_>) -> Result<Self, ForgeError> {
        let address = Address::parse(options.api, &options.repository)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| ForgeError::Setup(error.to_string()))?;
        let client = {
            let _inside = runtime.enter();
            Client::new(
                address,
                options.token,
                &options.network,
                options.patience,
                options.progress,
            )?
        };
        Ok(Self {
            client,
            runtime,
            repository: options.repository,
        })
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// An endpoint of the repository.
    fn endpoint(&self, rest: &str) -> String {
        format!(
            "/repos/{}/{}{rest}",
            self.repository.owner(),
            self.repository.name()
        )
    }
}

impl GitHub {
    /// Opens no connection yet.
    pub fn new(options: GitHubOptions<'_>) -> Result<Self, ForgeError> {
        let has_token = options.token.is_some();
        Ok(Self {
            connection: Connection::open(options)?,
            has_token,
        })
    }

    async fn request(&self, number: u64) -> Result<PullRequest, ForgeError> {
        let endpoint = self.connection.endpoint(&format!("/pulls/{number}"));
        let pull: WirePull = self.connection.client.get(&endpoint, PULLS).await?;
        let pull = understood(&endpoint, PULLS, pull.read(&self.connection.repository))?;
        if pull.number != number {
            return understood(
                &endpoint,
                PULLS,
                Err(format!("it is about number {}", pull.number)),
            );
        }
        Ok(pull)
    }

    async fn whole(&self, number: u64) -> Result<Pull, ForgeError> {
        let client = &self.connection.client;
        let reviews = self
            .connection
            .endpoint(&format!("/pulls/{number}/reviews"));
        let timeline = self
            .connection
            .endpoint(&format!("/issues/{number}/timeline"));
        let (request, wire) = try_join(
            self.request(number),
            client.list::<WireReview>(&reviews, PULLS),
        )
        .await?;
        // Only now: a force-push that moved one of these reviews, however short a time ago, is in
        // what is read next.
        let events = client.list::<WireEvent>(&timeline, PULLS).await?;
        let events: Result<Vec<_>, _> = events
            .into_iter()
            .filter_map(|event| event.read().transpose())
            .collect();
        let events = understood(&timeline, PULLS, events)?;
        let wire: Result<Vec<_>, _> = wire.into_iter().map(WireReview::read).collect();
        Ok(Pull {
            request,
            reviews: understood(&reviews, PULLS, wire)?,
            events: events::complete(client, &self.connection.repository, number, events).await,
        })
    }

    /// A list over all pages, each element read.
    fn list<W: serde::de::DeserializeOwned, T>(
        &self,
        endpoint: &str,
        permission: &'static str,
        read: impl Fn(W) -> Result<T, Reason>,
    ) -> Result<Vec<T>, ForgeError> {
        let wire: Vec<W> = self
            .connection
            .block_on(self.connection.client.list(endpoint, permission))?;
        let all: Result<Vec<T>, Reason> = wire.into_iter().map(read).collect();
        understood(endpoint, permission, all)
    }
}

impl Forge for GitHub {
    fn repository(&self) -> &RepositoryName {
        &self.connection.repository
    }

    fn pulls_of_commit(&self, commit: ObjectId) -> Result<Vec<PullRequest>, ForgeError> {
        let endpoint = self
            .connection
            .endpoint(&format!("/commits/{commit}/pulls"));
        self.list(&endpoint, PULLS, |pull: WirePull| {
            pull.read(&self.connection.repository)
        })
    }

    fn pull(&self, number: u64) -> Result<Pull, ForgeError> {
        self.connection.block_on(self.whole(number))
    }

    fn commits(&self, number: u64) -> Result<Vec<ObjectId>, ForgeError> {
        let endpoint = self
            .connection
            .endpoint(&format!("/pulls/{number}/commits"));
        let commits = self.list(&endpoint, CONTENTS, WireCommit::read)?;
        if commits.len() >= MOST_COMMITS {
            let reason =
                format!("the forge lists at most {MOST_COMMITS} commits of a pull request");
            return Err(ForgeError::Cut {
                request: request_to(&endpoint, CONTENTS),
                reason,
            });
        }
        Ok(commits)
    }

    fn holder(&self) -> Result<Holder, ForgeError> {
        if !self.has_token {
            return Ok(Holder::Anonymous);
        }
        match self
            .connection
            .block_on(self.connection.client.get::<WireUser>("/user", PROFILE))
        {
            Ok(user) => understood("/user", PROFILE, user.read()).map(Holder::Account),
            // The forge's answer to a token of an app, a workflow's own among them: it has no
            // profile.
            Err(ForgeError::Forbidden { message, .. })
                if message.contains("not accessible by integration") =>
            {
                Ok(Holder::App)
            }
            Err(error) => Err(error),
        }
    }

    fn account(&self, login: &str) -> Result<Account, ForgeError> {
        let endpoint = format!("/users/{}", in_path(login)?);
        let user: WireUser = self
            .connection
            .block_on(self.connection.client.get(&endpoint, PROFILE))?;
        let account = understood(&endpoint, PROFILE, user.read())?;
        if !account.login.eq_ignore_ascii_case(login) {
            return understood(
                &endpoint,
                PROFILE,
                Err("it is about another login".to_owned()),
            );
        }
        Ok(account)
    }

    fn signing_keys(&self, login: &str) -> Result<SigningKeys, ForgeError> {
        let login = in_path(login)?;
        let (client, one_line) = (&self.connection.client, |key: &String| {
            !key.contains(['\n', '\r'])
        });
        let ssh = format!("/users/{login}/ssh_signing_keys");
        let openpgp = format!("/users/{login}/gpg_keys");
        let both = try_join(
            client.list::<WireSshKey>(&ssh, PROFILE),
            client.list::<WireGpgKey>(&openpgp, PROFILE),
        );
        let (ssh_keys, openpgp_keys) = self.connection.block_on(both)?;
        let ssh_keys: Vec<String> = ssh_keys
            .into_iter()
            .map(|key| key.key.trim().to_owned())
            .collect();
        if !ssh_keys.iter().all(one_line) {
            return understood(&ssh, PROFILE, Err("a key of more than one line".to_owned()));
        }
        let (revoked, valid): (Vec<WireGpgKey>, Vec<WireGpgKey>) = openpgp_keys
            .into_iter()
            .partition(|key| key.revoked == Some(true));
        let openpgp = valid.into_iter().filter_map(|key| key.raw_key).collect();
        Ok(SigningKeys {
            ssh: ssh_keys,
            openpgp,
            revoked: (!revoked.is_empty()).then_some(revoked.len() as u64),
        })
    }

    fn team(&self, organization: &str, team: &str) -> Result<Vec<Account>, ForgeError> {
        let endpoint = format!(
            "/orgs/{}/teams/{}/members",
            in_path(organization)?,
            in_path(team)?
        );
        self.list(&endpoint, MEMBERS, WireUser::read)
    }

    fn required_workflows(&self, branch: &str) -> Result<Vec<RequiredWorkflow>, ForgeError> {
        let endpoint = self
            .connection
            .endpoint(&format!("/rules/branches/{}", escaped(branch)));
        Ok(self
            .list(&endpoint, METADATA, WireRule::read)?
            .into_iter()
            .flatten()
            .collect())
    }
}

fn request_to(endpoint: &str, permission: &'static str) -> ForgeRequest {
    ForgeRequest {
        endpoint: format!("GET {endpoint}"),
        permission,
    }
}

fn understood<T>(
    endpoint: &str,
    permission: &'static str,
    read: Result<T, Reason>,
) -> Result<T, ForgeError> {
    read.map_err(|reason| ForgeError::Malformed {
        request: request_to(endpoint, permission),
        reason,
    })
}

/// The name of a person, organization or team as a step of a path.
fn in_path(name: &str) -> Result<String, ForgeError> {
    let plain = name.strip_suffix("[bot]").unwrap_or(name);
    if is_plain(plain) {
        Ok(escaped(name))
    } else {
        Err(ForgeError::Name(name.chars().take(100).collect()))
    }
}

/// Text as one step of a path or one value of a query: everything but unreserved characters escaped
/// (RFC 3986, section 2.3).
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
