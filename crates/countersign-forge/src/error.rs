//! Why a forge could not be queried, or its answer not used.

use countersign_model::quantity::counted;

/// A request as a user can find it in the forge's own documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeRequest {
    /// Method and path, such as `GET /repos/acme/tools/pulls/7/reviews`.
    pub endpoint: String,
    /// What the token must be allowed, such as `pull-requests: read`.
    pub permission: &'static str,
}

/// A failure of the forge layer. Each one means that the reviews are unknown: a failure is never an
/// answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// The address of the API cannot be used.
    #[error("`{address}` is not a valid address of the forge's API: {reason}")]
    Address {
        /// As given.
        address: String,
        /// Why not.
        reason: String,
    },
    /// The token cannot be sent.
    #[error("the token is empty or contains invalid characters")]
    Token,
    /// Not queried, because there is no token.
    #[error("reviews could count, but there is no token to query them with")]
    NoToken,
    /// A name that no forge gives.
    #[error("`{0}` is not a name of a person, organization or team on a forge")]
    Name(String),
    /// No connection, or it broke before an answer came.
    #[error("{} got no answer: {reason}", .request.endpoint)]
    Unreachable {
        /// The request.
        request: ForgeRequest,
        /// What the connection says.
        reason: String,
    },
    /// The proxy does not lead to the forge.
    #[error("{} got no answer through the proxy {proxy} of `{setting}`: {reason}", .request.endpoint)]
    Proxy {
        /// The request.
        request: ForgeRequest,
        /// The proxy's address, without a password.
        proxy: String,
        /// The variable that sets it.
        setting: String,
        /// What the connection says.
        reason: String,
    },
    /// The certificate of the forge, or of the proxy, is not trusted.
    #[error("{} got no answer: the certificate is not trusted ({reason})", .request.endpoint)]
    Untrusted {
        /// The request.
        request: ForgeRequest,
        /// What TLS says.
        reason: String,
    },
    /// A proxy is set that cannot be used.
    #[error("`{0}` is not the address of a proxy that can be used")]
    ProxySetting(String),
    /// Certificates are named that cannot be read.
    #[error("`{0}` leads to no certificate that can be read")]
    Certificates(&'static str),
    /// 401.
    #[error("{} was refused: the token is not valid (401)", .0.endpoint)]
    Unauthorized(ForgeRequest),
    /// 403 that is not a rate limit.
    #[error("{} was refused: the token lacks a permission (403{})", .request.endpoint, detail(.message))]
    Forbidden {
        /// The request.
        request: ForgeRequest,
        /// What the forge says, shortened.
        message: String,
    },
    /// 404 or 410.
    #[error("{} does not exist, or the token cannot see it ({status})", .request.endpoint)]
    NotFound {
        /// The request.
        request: ForgeRequest,
        /// 404 or 410.
        status: u16,
    },
    /// 422.
    #[error("{} was refused as invalid (422{})", .request.endpoint, detail(.message))]
    Refused {
        /// The request.
        request: ForgeRequest,
        /// What the forge says, shortened.
        message: String,
    },
    /// 429, or 403 for a rate limit, that would have to be waited for too long.
    #[error("{} was refused: the rate limit is used up for {} ({status})", .request.endpoint, counted(.seconds, "more second"))]
    RateLimited {
        /// The request.
        request: ForgeRequest,
        /// 403 or 429.
        status: u16,
        /// How long is left to wait.
        seconds: u64,
    },
    /// 5xx, after every retry.
    #[error("{} failed on the forge's side ({status}) {}", .request.endpoint, counted(.tries, "time"))]
    Server {
        /// The request.
        request: ForgeRequest,
        /// The last status.
        status: u16,
        /// How many attempts were made.
        tries: u32,
    },
    /// A status that has no meaning for this request.
    #[error("{} returned the unexpected status {status}", .request.endpoint)]
    Status {
        /// The request.
        request: ForgeRequest,
        /// The status.
        status: u16,
    },
    /// A redirection that is not followed.
    #[error("{} was redirected to `{to}`", .request.endpoint)]
    Redirected {
        /// The request.
        request: ForgeRequest,
        /// Where to, shortened.
        to: String,
    },
    /// The answer ends early, or a list is known to be longer than what the forge returned.
    #[error("the answer to {} is incomplete: {reason}", .request.endpoint)]
    Cut {
        /// The request.
        request: ForgeRequest,
        /// Where.
        reason: String,
    },
    /// The response is not of the kind that this request has.
    #[error("the answer to {} cannot be read: {reason}", .request.endpoint)]
    Malformed {
        /// The request.
        request: ForgeRequest,
        /// In what way.
        reason: String,
    },
    /// The answer has more bytes than any real one.
    #[error("the answer to {} has more than {limit} bytes", .request.endpoint)]
    TooLarge {
        /// The request.
        request: ForgeRequest,
        /// The limit.
        limit: usize,
    },
    /// The list has more pages than any real one.
    #[error("the answer to {} has more than {limit} pages", .request.endpoint)]
    TooManyPages {
        /// The request.
        request: ForgeRequest,
        /// The limit.
        limit: usize,
    },
    /// Saved answers do not hold this one.
    #[error("the saved answers do not include {0}")]
    NotRecorded(String),
    /// Saved answers that cannot be used.
    #[error("the saved answers cannot be read: {0}")]
    Answers(String),
    /// The saved answers are of another repository.
    #[error("the saved answers are about {recorded}, but the policy is about {governed}")]
    OtherRepository {
        /// What they are of.
        recorded: String,
        /// The repository of the query.
        governed: String,
    },
    /// What asks is left out of this program.
    #[error("this build of Countersign cannot query a forge")]
    NotBuiltIn,
    /// The program cannot open connections at all.
    #[error("cannot open a connection: {0}")]
    Setup(String),
}

impl ForgeError {
    /// The request, where one was made to a forge.
    pub const fn request(&self) -> Option<&ForgeRequest> {
        match self {
            Self::Unauthorized(request)
            | Self::Unreachable { request, .. }
            | Self::Proxy { request, .. }
            | Self::Untrusted { request, .. }
            | Self::Forbidden { request, .. }
            | Self::NotFound { request, .. }
            | Self::Refused { request, .. }
            | Self::RateLimited { request, .. }
            | Self::Server { request, .. }
            | Self::Status { request, .. }
            | Self::Redirected { request, .. }
            | Self::Cut { request, .. }
            | Self::Malformed { request, .. }
            | Self::TooLarge { request, .. }
            | Self::TooManyPages { request, .. } => Some(request),
            Self::Address { .. }
            | Self::Token
            | Self::NoToken
            | Self::Name(_)
            | Self::NotRecorded(_)
            | Self::Answers(_)
            | Self::OtherRepository { .. }
            | Self::NotBuiltIn
            | Self::ProxySetting(_)
            | Self::Certificates(_)
            | Self::Setup(_) => None,
        }
    }

    /// What to do about it, with what the token must be allowed: a sentence that starts with a
    /// verb.
    pub fn help(&self) -> String {
        let what = self.remedy();
        match self.request() {
            Some(request) if !what.contains(request.permission) => {
                format!(
                    "{what} The token needs the permission `{}`.",
                    request.permission
                )
            }
            _ => what,
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::Address { .. } => {
                "Set GITHUB_API_URL to the https address of the API of the policy's forge, such as https://api.github.com.".to_owned()
            }
            Self::Token => "Set the token on one line, as the forge shows it.".to_owned(),
            Self::NoToken => {
                "Set the Action's input `token: ${{ github.token }}` and the job's permission `pull-requests: read`.".to_owned()
            }
            Self::Name(_) => "Write the name as in the address of its page.".to_owned(),
            Self::Unreachable { .. } => "Try again when the forge's API is reachable.".to_owned(),
            Self::Proxy { setting, .. } => {
                format!("Correct `{setting}`, or list the host of the forge's API in `NO_PROXY`.")
            }
            Self::Untrusted { .. } => {
                "If your company signs certificates itself, name the file with its root in `SSL_CERT_FILE`, or add it to the system's.".to_owned()
            }
            Self::ProxySetting(setting) => {
                format!("Set `{setting}` to an address such as http://proxy.acme.example:3128, or remove it.")
            }
            Self::Certificates(setting) => {
                format!("Set `{setting}` to what has certificates in PEM, or remove it.")
            }
            Self::Unauthorized(request) => {
                format!("Set a valid token with the permission `{}`.", request.permission)
            }
            Self::Forbidden { request, .. } => format!("Give the token the permission `{}`.", request.permission),
            Self::NotFound { request, .. } => {
                format!("Check the name, and give the token the permission `{}` on this repository or organization.", request.permission)
            }
            Self::Refused { .. } => "Correct what the forge reports.".to_owned(),
            Self::RateLimited { seconds, .. } => {
                format!("Try again in {}, or use a token that has not reached its limit.", counted(seconds, "second"))
            }
            Self::Server { .. } => "Try again later; check the forge's status page.".to_owned(),
            Self::Redirected { .. } => {
                "Use the current name of the repository and address of the API: the token is not sent anywhere else.".to_owned()
            }
            Self::Cut { .. } => "Try again: an incomplete answer is never used.".to_owned(),
            Self::Status { .. } | Self::Malformed { .. } | Self::TooLarge { .. } | Self::TooManyPages { .. } => {
                "Check that the API's address is the forge's: a malformed answer is never used.".to_owned()
            }
            Self::NotRecorded(_) => "Save the answers again with the same options.".to_owned(),
            Self::Answers(_) => "Use the file exactly as it was written.".to_owned(),
            Self::OtherRepository { .. } => "Pass the answers that were saved for this repository.".to_owned(),
            Self::NotBuiltIn => "Use a build with the feature `github`, or pass saved answers with --answers FILE.".to_owned(),
            Self::Setup(_) => "Report this bug with the operating system and its version.".to_owned(),
        }
    }
}

fn detail(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    }
}
