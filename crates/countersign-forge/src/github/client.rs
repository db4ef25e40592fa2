//! Calls to the API: each has one complete, bounded response or one error. Everything that goes
//! over the network goes through here.

use countersign_model::document::json;
use countersign_model::quantity::counted;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::address::Address;
use super::network::{Network, Proxy, Transport};
use super::pause::{Patience, Waiting, rate_limit};
use crate::{ForgeError, ForgeRequest};

/// A hundred comments of the longest sort that the forge takes, and as much again.
const MOST_BYTES: usize = 32 << 20;
/// Five thousand of anything.
const MOST_PAGES: usize = 50;
/// A renamed repository is one step away.
const MOST_REDIRECTIONS: usize = 3;
/// Of a text of the forge that is shown.
const LONGEST_MESSAGE: usize = 300;

/// Called for every pause.
pub type Progress = Box<dyn Fn(&Waiting) + Send + Sync>;

/// A call's method and body.
pub enum Call<'a> {
    /// Reads, and may be repeated.
    Get,
    /// Reads, with a body.
    Query(&'a Value),
    /// Creates something.
    Post(&'a Value),
    /// Changes something.
    Patch(&'a Value),
}

impl Call<'_> {
    const fn method(&self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Query(_) | Self::Post(_) => "POST",
            Self::Patch(_) => "PATCH",
        }
    }

    /// Whether two calls have the same effect as one.
    const fn is_repeatable(&self) -> bool {
        matches!(self, Self::Get | Self::Query(_))
    }
}

/// A response.
struct Response {
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Why one try had no response.
enum Fault {
    Unreachable(String),
    /// The certificate of the other side is not trusted.
    Untrusted(String),
    Cut(String),
    TooLarge,
}

impl Fault {
    /// For the log: a cause may quote what was sent.
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Untrusted(_) => "certificate not trusted",
            Self::Cut(_) => "cut",
            Self::TooLarge => "too large",
        }
    }
}

/// `client` with the headers of every request. The token goes to `address` alone.
fn layered<C>(
    client: hyper_util::client::legacy::Client<C, OctoBody>,
    address: &Address,
    token: Option<HeaderValue>,
) -> Result<Octocrab, ForgeError>
where
    C: hyper_util::client::legacy::connect::Connect + Clone + Send + Sync + 'static,
{
    let accept = HeaderValue::from_static("application/vnd.github+json");
    let agent = HeaderValue::from_static("countersign");
    let headers = vec![(header::ACCEPT, accept), (header::USER_AGENT, agent)];
    // The origin alone: a base path would be put before every path that does not begin with it,
    // GraphQL's too.
    let origin: Uri = address
        .origin()
        .parse()
        .map_err(|error: http::uri::InvalidUri| ForgeError::Setup(error.to_string()))?;
    let built = OctocrabBuilder::new_empty()
        .with_service(client)
        .with_layer(&ExtraHeadersLayer::new(Arc::new(headers)))
        .with_layer(&BaseUriLayer::new(origin.clone()))
        .with_layer(&AuthHeaderLayer::new(token, origin.clone(), origin))
        .with_auth(AuthState::None)
        .build();
    let Ok(octocrab) = built;
    Ok(octocrab)
}

/// A connection to one API.
pub struct Client {
    octocrab: Octocrab,
    address: Address,
    proxy: Option<Proxy>,
    patience: Patience,
    progress: Progress,
}

impl Client {
    /// A client; must be called inside the runtime that will drive it.
    pub fn new(
        address: Address,
        token: Option<&str>,
        network: &Network,
        patience: Patience,
        progress: Progress,
    ) -> Result<Self, ForgeError> {
        let token = match token.map(str::trim) {
            Some(token) if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) => {
                return Err(ForgeError::Token);
            }
            Some(token) => {
                let bearer = HeaderValue::from_str(&format!("Bearer {token}"));
                let mut bearer = bearer.map_err(|_| ForgeError::Token)?;
                bearer.set_sensitive(true);
                Some(bearer)
            }
            None => None,
        };
        let (octocrab, proxy) = match network.transport(&address)? {
            Transport::Direct(client) => (layered(*client, &address, token)?, None),
            Transport::Proxied(client, proxy) => (layered(*client, &address, token)?, Some(proxy)),
        };
        Ok(Self {
            octocrab,
            address,
            proxy,
            patience,
            progress,
        })
    }

    /// The value at an endpoint.
    pub async fn get<T: DeserializeOwned>(
        &self,
        endpoint: &str,
        permission: &'static str,
    ) -> Result<T, ForgeError> {
        self.send(endpoint, permission, &Call::Get).await
    }

    /// The value that a request with a body is answered with.
    pub async fn send<T: DeserializeOwned>(
        &self,
        endpoint: &str,
        permission: &'static str,
        call: &Call<'_>,
    ) -> Result<T, ForgeError> {
        let request = ForgeRequest {
            endpoint: format!("{} {endpoint}", call.method()),
            permission,
        };
        let path = if matches!(call, Call::Query(_)) {
            self.address.graphql()
        } else {
            self.address.rest(endpoint)
        };
        let response = self.respond(&request, path, call).await?;
        read(&request, &response.body)
    }

    /// Every element of a list, over all its pages.
    pub async fn list<T: DeserializeOwned>(
        &self,
        endpoint: &str,
        permission: &'static str,
    ) -> Result<Vec<T>, ForgeError> {
        let request = ForgeRequest {
            endpoint: format!("GET {endpoint}"),
            permission,
        };
        let separator = if endpoint.contains('?') { '&' } else { '?' };
        let mut path = self
            .address
            .rest(&format!("{endpoint}{separator}per_page=100"));
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let response = self.respond(&request, path, &Call::Get).await?;
            all.extend(read::<Vec<T>>(&request, &response.body)?);
            match self.next_page(&request, &response.headers)? {
                Some(next) => path = next,
                None => return Ok(all),
            }
        }
        Err(ForgeError::TooManyPages {
            request,
            limit: MOST_PAGES,
        })
    }

    /// The path of the next page, from the `Link` headers (RFC 8288).
    fn next_page(
        &self,
        request: &ForgeRequest,
        headers: &HeaderMap,
    ) -> Result<Option<String>, ForgeError> {
        let malformed = |reason: &str| ForgeError::Malformed {
            request: request.clone(),
            reason: reason.to_owned(),
        };
        for value in headers.get_all(header::LINK) {
            let value = value
                .to_str()
                .map_err(|_| malformed("its Link header is not text"))?;
            for link in value.split(',') {
                let mut parts = link.split(';').map(str::trim);
                let url = parts.next().unwrap_or_default();
                if !parts.any(|part| {
                    part.eq_ignore_ascii_case("rel=\"next\"")
                        || part.eq_ignore_ascii_case("rel=next")
                }) {
                    continue;
                }
                let url = url.strip_prefix('<').and_then(|url| url.strip_suffix('>'));
                let url = url.ok_or_else(|| malformed("its Link header has no URL"))?;
                return self
                    .address
                    .local(url)
                    .map(Some)
                    .ok_or_else(|| malformed("its next page is on another host"));
            }
        }
        Ok(None)
    }

    async fn respond(
        &self,
        request: &ForgeRequest,
        mut path: String,
        call: &Call<'_>,
    ) -> Result<Response, ForgeError> {
        let (mut tries, mut faults, mut redirections, mut waited) = (0, 0, 0, Duration::ZERO);
        loop {
            let (status, response) = match self.try_once(&path, call).await {
                Ok(exchange) => exchange,
                Err(fault) => {
                    faults += 1;
                    if call.is_repeatable()
                        && !matches!(fault, Fault::TooLarge | Fault::Untrusted(_))
                        && faults < self.patience.tries
                    {
                        self.pause_after_fault(request, faults).await;
                        continue;
                    }
                    return Err(broken(request, self.proxy.as_ref(), fault));
                }
            };
            if status.is_success() {
                return Ok(response);
            }
            if status.is_redirection() {
                redirections += 1;
                path = self.redirected(request, status, &response.headers, call, redirections)?;
                continue;
            }
            let message = message_of(&response.body);
            if let Some(pause) = rate_limit(status, &response.headers, &message, tries) {
                tries += 1;
                waited = waited.saturating_add(pause);
                if waited > self.patience.rate_limit {
                    return Err(ForgeError::RateLimited {
                        request: request.clone(),
                        status: status.as_u16(),
                        seconds: pause.as_secs(),
                    });
                }
                (self.progress)(&Waiting {
                    endpoint: request.endpoint.clone(),
                    seconds: pause.as_secs(),
                });
                tokio::time::sleep(pause).await;
                continue;
            }
            if status.is_server_error() {
                faults += 1;
                if call.is_repeatable() && faults < self.patience.tries {
                    self.pause_after_fault(request, faults).await;
                    continue;
                }
            }
            return Err(refused(request, status, message, faults));
        }
    }

    /// One try, with the whole body.
    async fn try_once(&self, path: &str, call: &Call<'_>) -> Result<(StatusCode, Response), Fault> {
        let exchange = async {
            let sent = match call {
                Call::Get => self.octocrab._get(path).await,
                Call::Query(body) | Call::Post(body) => {
                    self.octocrab._post(path, Some(*body)).await
                }
                Call::Patch(body) => self.octocrab._patch(path, Some(*body)).await,
            };
            let (parts, body) = sent.map_err(|error| unanswered(&error))?.into_parts();
            let body = Limited::new(body, MOST_BYTES)
                .collect()
                .await
                .map_err(|error| {
                    if error.is::<LengthLimitError>() {
                        Fault::TooLarge
                    } else {
                        Fault::Cut(cause(error.as_ref()))
                    }
                })?;
            Ok((
                parts.status,
                Response {
                    headers: parts.headers,
                    body: body.to_bytes().to_vec(),
                },
            ))
        };
        // Never entered: other requests may be under way on this thread. It ends with this try.
        let span = tracing::info_span!(
            "request",
            method = call.method(),
            path = without_query(path),
            status = tracing::field::Empty
        );
        let outcome = match tokio::time::timeout(self.patience.answer, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Fault::Unreachable(format!(
                "it took longer than {}",
                counted(self.patience.answer.as_secs(), "second")
            ))),
        };
        match &outcome {
            Ok((status, _)) => span.record("status", status.as_u16()),
            Err(fault) => span.record("status", fault.as_str()),
        };
        outcome
    }

    fn redirected(
        &self,
        request: &ForgeRequest,
        status: StatusCode,
        headers: &HeaderMap,
        call: &Call<'_>,
        count: usize,
    ) -> Result<String, ForgeError> {
        let to = headers
            .get(header::LOCATION)
            .and_then(|to| to.to_str().ok())
            .unwrap_or_default();
        let followed = matches!(status.as_u16(), 301 | 302 | 307 | 308)
            && matches!(call, Call::Get)
            && count <= MOST_REDIRECTIONS;
        let path = if followed {
            self.address.local(to)
        } else {
            None
        };
        path.ok_or_else(|| ForgeError::Redirected {
            request: request.clone(),
            to: shortened(to),
        })
    }

    async fn pause_after_fault(&self, request: &ForgeRequest, faults: u32) {
        let pause = self.patience.fault * 2_u32.saturating_pow(faults.saturating_sub(1).min(6));
        (self.progress)(&Waiting {
            endpoint: request.endpoint.clone(),
            seconds: pause.as_secs(),
        });
        tokio::time::sleep(pause).await;
    }
}

/// The path without its query, which may hold a secret of a signed address.
fn without_query(path: &str) -> &str {
    path.split_once(['?', '#']).map_or(path, |(path, _)| path)
}

/// Reads a response's body.
fn read<T: DeserializeOwned>(request: &ForgeRequest, body: &[u8]) -> Result<T, ForgeError> {
    serde_json::from_slice(body).map_err(|error| {
        let (request, reason) = (request.clone(), shortened(&json::reason(&error)));
        if error.is_eof() {
            ForgeError::Cut { request, reason }
        } else {
            ForgeError::Malformed { request, reason }
        }
    })
}

fn broken(request: &ForgeRequest, proxy: Option<&Proxy>, fault: Fault) -> ForgeError {
    let request = request.clone();
    match fault {
        Fault::Unreachable(reason) => match proxy {
            Some(proxy) => ForgeError::Proxy {
                request,
                proxy: proxy.address.clone(),
                setting: proxy.setting.clone(),
                reason,
            },
            None => ForgeError::Unreachable { request, reason },
        },
        Fault::Untrusted(reason) => ForgeError::Untrusted { request, reason },
        Fault::Cut(reason) => ForgeError::Cut { request, reason },
        Fault::TooLarge => ForgeError::TooLarge {
            request,
            limit: MOST_BYTES,
        },
    }
}

fn refused(request: &ForgeRequest, status: StatusCode, message: String, tries: u32) -> ForgeError {
    let request = request.clone();
    match status.as_u16() {
        401 => ForgeError::Unauthorized(request),
        403 => ForgeError::Forbidden { request, message },
        status @ (404 | 410) => ForgeError::NotFound { request, status },
        422 => ForgeError::Refused { request, message },
        status @ 500..=599 => ForgeError::Server {
            request,
            status,
            tries,
        },
        status => ForgeError::Status { request, status },
    }
}

/// What a refusal says: the forge's `message`, and of a 422 its `errors`.
fn message_of(body: &[u8]) -> String {
    #[derive(serde::Deserialize, Serialize)]
    struct Refusal {
        message: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        errors: Vec<Value>,
    }
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
        return String::new();
    };
    let texts = refusal
        .errors
        .iter()
        .filter_map(|error| error.as_str().or_else(|| error.get("message")?.as_str()));
    shortened(
        &std::iter::once(refusal.message.as_str())
            .chain(texts)
            .collect::<Vec<_>>()
            .join("; "),
    )
}

/// Why a request has no answer.
fn unanswered(error: &(dyn std::error::Error + 'static)) -> Fault {
    use rustls::CertificateError as Certificate;

    match certificate_fault(error) {
        Some(fault) => Fault::Untrusted(
            match fault {
                Certificate::UnknownIssuer => "no trusted authority signed it",
                Certificate::Expired | Certificate::ExpiredContext { .. } => "it has expired",
                Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                    "it is not valid yet"
                }
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                    "it is of another host"
                }
                Certificate::Revoked => "it is revoked",
                _ => "it is malformed or of an unknown kind",
            }
            .to_owned(),
        ),
        None => Fault::Unreachable(cause(error)),
    }
}

/// What TLS reports of a certificate, however deep in errors of input and output.
fn certificate_fault<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> Option<&'e rustls::CertificateError> {
    if let Some(rustls::Error::InvalidCertificate(fault)) = error.downcast_ref() {
        return Some(fault);
    }
    let inside = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref)
        .map(|inner| inner as &(dyn std::error::Error + 'static));
    inside
        .or_else(|| error.source())
        .and_then(certificate_fault)
}

/// The innermost cause: the outer ones of this library say no more than which part of it spoke.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    shortened(&innermost.to_string())
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_MESSAGE).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
