//! How a connection is made: through the proxy of a company or directly, and whose certificates are
//! trusted. Every setting is an argument; nothing here reads the environment.

use std::path::PathBuf;

use http::Uri;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioExecutor;
use octocrab::OctoBody;
use rustls::{ClientConfig, RootCertStore};

use super::address::Address;
use crate::ForgeError;

/// The settings of this machine's network, as the usual variables have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// `HTTPS_PROXY` or `ALL_PROXY`: its name and its value.
    pub proxy: Option<(String, String)>,
    /// `NO_PROXY`: hosts that are connected to directly.
    pub no_proxy: Option<String>,
    /// `SSL_CERT_FILE`: certificates to trust instead of the system's.
    pub certificate_file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: a folder of them.
    pub certificate_folder: Option<PathBuf>,
}

/// A proxy that is in the way to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The name of the variable that sets it.
    pub setting: String,
    /// Its address, without the user and password.
    pub address: String,
}

/// A client that connects directly.
pub type Direct = Client<HttpsConnector<HttpConnector>, OctoBody>;
/// A client that connects through a proxy, which may have a certificate of its own.
pub type Proxied = Client<HttpsConnector<Tunnel<HttpsConnector<HttpConnector>>>, OctoBody>;

/// One of the two.
pub enum Transport {
    /// Without a proxy.
    Direct(Box<Direct>),
    /// Through this one.
    Proxied(Box<Proxied>, Proxy),
}

impl Network {
    /// A transport to `address`.
    pub fn transport(&self, address: &Address) -> Result<Transport, ForgeError> {
        let config = self.trust()?;
        // Other places are never asked, so the way is known here.
        let origin: Uri = address
            .origin()
            .parse()
            .map_err(|error: http::uri::InvalidUri| ForgeError::Setup(error.to_string()))?;
        let Some((setting, text)) = self.proxy.as_ref().filter(|_| !address.is_this_machine())
        else {
            return Ok(direct(config));
        };
        let no_proxy = self.no_proxy.clone().unwrap_or_default();
        let matcher = Matcher::builder()
            .all(text.clone())
            .no(no_proxy.clone())
            .build();
        let Some(found) = matcher.intercept(&origin) else {
            // Either the address needs none, or what is set is none.
            let anything = Matcher::builder()
                .all("http://proxy.invalid")
                .no(no_proxy)
                .build();
            if anything.intercept(&origin).is_some() {
                return Err(unusable(setting));
            }
            return Ok(direct(config));
        };
        if !matches!(found.uri().scheme_str(), Some("http" | "https")) {
            return Err(unusable(setting));
        }
        let proxy = Proxy {
            setting: setting.clone(),
            address: format!(
                "{}://{}",
                found.uri().scheme_str().unwrap_or("http"),
                found
                    .uri()
                    .authority()
                    .map_or("", |authority| authority.as_str())
            ),
        };
        let mut tunnel = Tunnel::new(found.uri().clone(), secured(config.clone(), plain()));
        if let Some(secret) = found.basic_auth() {
            tunnel = tunnel.with_auth(secret.clone());
        }
        let client = Client::builder(TokioExecutor::new()).build(secured(config, tunnel));
        Ok(Transport::Proxied(Box::new(client), proxy))
    }

    /// Whom TLS trusts: the certificates that are named, else the system's, else those that this
    /// program brings along, for machines without any.
    fn trust(&self) -> Result<ClientConfig, ForgeError> {
        let (file, folder) = (
            self.certificate_file.as_deref(),
            self.certificate_folder.as_deref(),
        );
        let named = file.is_some() || folder.is_some();
        let found = if named {
            rustls_native_certs::load_certs_from_paths(file, folder)
        } else {
            rustls_native_certs::load_native_certs()
        };
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if named && added == 0 {
            let setting = if file.is_some() {
                "SSL_CERT_FILE"
            } else {
                "SSL_CERT_DIR"
            };
            return Err(ForgeError::Certificates(setting));
        }
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| ForgeError::Setup(error.to_string()))?;
        Ok(if added == 0 {
            builder.with_webpki_roots().with_no_client_auth()
        } else {
            builder.with_root_certificates(roots).with_no_client_auth()
        })
    }
}

fn direct(config: ClientConfig) -> Transport {
    let client = Client::builder(TokioExecutor::new()).build(secured(config, plain()));
    Transport::Direct(Box::new(client))
}

fn unusable(setting: &str) -> ForgeError {
    ForgeError::ProxySetting(setting.to_owned())
}

fn plain() -> HttpConnector {
    let mut connector = HttpConnector::new();
    // TLS goes over it, too.
    connector.enforce_http(false);
    connector
}

fn secured<C>(config: ClientConfig, connector: C) -> HttpsConnector<C> {
    HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(proxy: &str, no_proxy: &str, api: Option<&str>) -> Result<Option<String>, ForgeError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let _inside = runtime.enter();
        let repository = "github.com/acme/tools".parse().expect("a name");
        let address = Address::parse(api, &repository).expect("an address");
        let network = Network {
            proxy: Some(("HTTPS_PROXY".to_owned(), proxy.to_owned())),
            no_proxy: Some(no_proxy.to_owned()),
            ..Network::default()
        };
        Ok(match network.transport(&address)? {
            Transport::Direct(_) => None,
            Transport::Proxied(_, proxy) => Some(proxy.address),
        })
    }

    #[test]
    fn the_proxy_is_taken_but_for_this_machine_and_the_hosts_that_need_none() {
        let through = |proxy| way(proxy, "", None).expect("a way");
        assert_eq!(
            through("http://user:secret@proxy.acme.example:3128").as_deref(),
            Some("http://proxy.acme.example:3128"),
            "without its password"
        );
        assert_eq!(
            through("proxy.acme.example:3128").as_deref(),
            Some("http://proxy.acme.example:3128")
        );
        assert_eq!(
            through("https://proxy.acme.example").as_deref(),
            Some("https://proxy.acme.example")
        );
        for no_proxy in ["api.github.com", "github.com", ".github.com", "x,*"] {
            assert_eq!(way("http://p:1", no_proxy, None), Ok(None), "{no_proxy}");
        }
        assert_eq!(way("http://p:1", "", Some("http://localhost:7")), Ok(None));
        for bad in ["socks5://p:1", "ftp://p", "http://"] {
            assert_eq!(way(bad, "", None), Err(unusable("HTTPS_PROXY")), "{bad}");
        }
    }

    #[test]
    fn certificates_that_are_named_and_not_there_are_an_error_and_not_replaced() {
        let network = Network {
            certificate_file: Some("/nowhere/ca.pem".into()),
            ..Network::default()
        };
        assert_eq!(
            network.trust().err(),
            Some(ForgeError::Certificates("SSL_CERT_FILE"))
        );
        assert!(Network::default().trust().is_ok());
    }
}
