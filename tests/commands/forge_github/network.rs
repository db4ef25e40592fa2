//! The networks of companies: a proxy in between, and certificates of their own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use countersign::demo::Tree;
use countersign::forge::github::{GitHub, GitHubOptions, Network};
use countersign::forge::{Forge as _, ForgeError};
use countersign_testkit::{Repo, TestResult, binary, path_of, program};

use super::scene::short;

/// A proxy that refuses everything, and the first line of each request.
fn proxy() -> Result<(String, Receiver<String>), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://user:secret@{}", listener.local_addr()?);
    let (send, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            let answer = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
            let _ = reader.get_mut().write_all(answer);
            if send.send(head).is_err() {
                return;
            }
        }
    });
    Ok((address, asked))
}

fn forge(api: Option<&str>, network: Network) -> Result<GitHub, ForgeError> {
    GitHub::new(GitHubOptions {
        repository: "github.com/acme/tools".parse().expect("a name"),
        api,
        token: Some("token"),
        network,
        patience: short(),
        progress: Box::new(|_| ()),
    })
}

#[test]
fn the_proxy_of_a_company_is_asked_and_its_failure_names_the_setting() -> TestResult {
    let (address, asked) = proxy()?;
    let network = Network {
        proxy: Some(("https_proxy".to_owned(), address)),
        ..Network::default()
    };
    let error = forge(None, network)?
        .account("ann")
        .expect_err("the proxy refuses");
    let head = asked.recv_timeout(Duration::from_secs(5))?;
    assert!(
        head.starts_with("CONNECT api.github.com:443 HTTP/1.1\r\n"),
        "{head}"
    );
    // `user:secret` in base64.
    assert!(head.contains("Basic dXNlcjpzZWNyZXQ="), "{head}");
    let said = format!("{error}. {}", error.help());
    assert!(
        said.contains("through the proxy http://127.0.0.1:") && said.contains("`https_proxy`"),
        "{said}"
    );
    assert!(!said.contains("secret"), "{said}");
    Ok(())
}

#[test]
fn the_settings_come_from_the_usual_variables() -> TestResult {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add a Skill", |tree: &mut Tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.checkout()?;
    let ssh = repo.beside().join(".ssh");
    std::fs::create_dir_all(&ssh)?;
    std::fs::write(ssh.join("id_ed25519.pub"), alice.public_line())?;
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let (address, asked) = proxy()?;
        let output = Command::new(binary())
            .args([
                "init",
                "--print",
                "--github",
                "--repository",
                "github.com/acme/x",
            ])
            .current_dir(repo.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", repo.beside())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GITHUB_TOKEN", "x")
            .env(name, &address)
            .output()?;
        let stderr = String::from_utf8(output.stderr)?;
        assert!(
            asked.recv_timeout(Duration::from_secs(5)).is_ok(),
            "{name}: {stderr}"
        );
        assert!(stderr.contains(&format!("of `{name}`")), "{stderr}");
    }
    Ok(())
}

/// A server on this machine with a certificate that only `ca.pem` in `dir` vouches for.
struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const SERVER: &str = r#"
import http.server, ssl
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *rest): pass
    def do_GET(self):
        body = b'{"message": "Not Found"}'
        self.send_response(404)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('s.pem', 's.key')
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
"#;

impl Server {
    fn start(dir: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let make = "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj '/CN=Acme CA' \
            && openssl req -newkey rsa:2048 -nodes -keyout s.key -out s.csr -subj /CN=localhost \
            && printf subjectAltName=DNS:localhost > ext \
            && openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out s.pem -days 2 -extfile ext";
        let here = format!("cd '{}' && {make}", dir.display());
        let made = program("bash", dir, &["-c", &here], b"");
        assert!(made.status.success(), "{made:?}");
        let mut child = Command::new("python3")
            .args(["-c", SERVER])
            .current_dir(dir)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut port = String::new();
        let stdout = child.stdout.take().ok_or("a pipe")?;
        BufReader::new(stdout.take(16)).read_line(&mut port)?;
        Ok(Self(
            child,
            format!("https://localhost:{}/api/v3", port.trim()),
        ))
    }
}

#[test]
fn a_certificate_of_a_companys_own_is_trusted_where_its_root_is_named() -> TestResult {
    if path_of("openssl").is_none() {
        return Ok(());
    }
    let dir = tempfile::tempdir()?;
    let server = Server::start(dir.path())?;
    let error = forge(Some(&server.1), Network::default())?
        .account("ann")
        .expect_err("no one vouches for it");
    assert!(matches!(error, ForgeError::Untrusted { .. }), "{error:?}");
    assert!(error.help().contains("`SSL_CERT_FILE`"), "{}", error.help());
    let named = Network {
        certificate_file: Some(dir.path().join("ca.pem")),
        ..Network::default()
    };
    let error = forge(Some(&server.1), named)?
        .account("ann")
        .expect_err("it knows no one");
    assert!(matches!(error, ForgeError::NotFound { .. }), "{error:?}");
    Ok(())
}
