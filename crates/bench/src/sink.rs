//! The token endpoint: HTTP/1.1 over TLS, in a process of its own, so that its processor time is not the program's. It
//! rotates, knows each grant's present refresh token, counts what it granted and what came twice, and answers after a
//! while that can be set.

use std::convert::Infallible;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// About what an access token of a platform is, in bytes.
const ACCESS_BYTES: usize = 380;

/// What the endpoint has seen.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Requests for new tokens, in all.
    pub posts: u64,
    /// Refresh tokens that were used again.
    pub reused: u64,
    /// Grants that were renewed.
    pub grants: u64,
    /// The most renewals of one grant.
    pub most: u32,
}

#[derive(Default)]
struct State {
    latency_ms: AtomicU64,
    posts: AtomicU64,
    reused: AtomicU64,
    /// By grant: how often it was renewed.
    renewed: Mutex<Vec<u32>>,
}

impl State {
    fn counts(&self) -> Counts {
        let renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        Counts {
            posts: self.posts.load(Ordering::Relaxed),
            reused: self.reused.load(Ordering::Relaxed),
            grants: renewed.iter().filter(|times| **times > 0).count() as u64,
            most: renewed.iter().copied().max().unwrap_or(0),
        }
    }

    /// The next refresh token; none where this one was used already.
    fn rotate(&self, token: &str) -> Option<String> {
        self.posts.fetch_add(1, Ordering::Relaxed);
        let Some((grant, times)) = parts(token) else {
            return Some(String::new());
        };
        let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        if renewed.len() <= grant {
            renewed.resize(grant + 1, 0);
        }
        if renewed[grant] != times {
            self.reused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        renewed[grant] += 1;
        Some(refresh_token(grant, times + 1))
    }
}

/// The refresh token of a grant after so many renewals.
pub fn refresh_token(grant: usize, times: u32) -> String {
    format!("r-{grant}-{times}")
}

/// An access token as long as platforms' are.
pub fn access_token() -> String {
    "a".repeat(ACCESS_BYTES)
}

fn parts(token: &str) -> Option<(usize, u32)> {
    let (grant, times) = token.strip_prefix("r-")?.split_once('-')?;
    Some((grant.parse().ok()?, times.parse().ok()?))
}

async fn answer(
    state: Arc<State>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await;
    let body = body
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let text = match path.as_str() {
        "/count" => serde_json::to_string(&state.counts()).unwrap_or_default(),
        "/latency" => {
            let ms = std::str::from_utf8(&body).unwrap_or_default();
            state
                .latency_ms
                .store(ms.parse().unwrap_or(0), Ordering::Relaxed);
            "{}".to_owned()
        }
        "/token" => {
            let latency_ms = state.latency_ms.load(Ordering::Relaxed);
            if latency_ms > 0 {
                tokio::time::sleep(Duration::from_millis(latency_ms)).await;
            }
            let token =
                url::form_urlencoded::parse(&body).find(|(name, _)| name == "refresh_token");
            let token = token.map(|(_, token)| token).unwrap_or_default();
            match state.rotate(&token) {
                Some(next) => format!(
                    r#"{{"access_token":"{}","refresh_token":"{next}","expires_in":5184000}}"#,
                    access_token()
                ),
                None => {
                    let mut refused = http::Response::new(r#"{"error":"invalid_grant"}"#.into());
                    *refused.status_mut() = http::StatusCode::BAD_REQUEST;
                    return Ok(refused);
                }
            }
        }
        _ => "{}".to_owned(),
    };
    Ok(http::Response::new(text.into()))
}

async fn connection(acceptor: TlsAcceptor, stream: TcpStream, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let service = service_fn(move |request| answer(state.clone(), request));
    // A client that goes away is no trouble of ours.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Serves until standard input closes. The line that says where is its port.
///
/// # Errors
/// When the certificate cannot be read or no port is free.
pub async fn serve(folder: &Path) -> Result<()> {
    let cert = CertificateDer::from_pem_file(folder.join("cert.pem"))?;
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    crate::gauge::say(listener.local_addr()?.port());
    let state = Arc::new(State::default());
    let accepting = async {
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(acceptor.clone(), stream, state.clone()));
            }
        }
    };
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0_u8; 1]));
    tokio::select! {
        () = accepting => {}
        _ = ended => {}
    }
    Ok(())
}

/// The endpoint as the bench sees it. It ends when this is dropped.
pub struct Sink {
    /// `https://127.0.0.1:PORT`.
    pub url: String,
    /// What it proves itself with.
    pub cert: CertificateDer<'static>,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Sink {
    /// Makes a certificate and starts the endpoint.
    ///
    /// # Errors
    /// When `openssl` is not there, or it does not start.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let cert = certificate(folder.path())?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("sink")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().context("a piped output")?;
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line)?;
        let port: u16 = line.trim().parse().context("the sink said no port")?;
        Ok(Self {
            url: format!("https://127.0.0.1:{port}"),
            cert,
            child,
            _folder: folder,
        })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

fn certificate(folder: &Path) -> Result<CertificateDer<'static>> {
    let at = |file: &str| -> PathBuf { folder.join(file) };
    let config = "[req]\ndistinguished_name = dn\nx509_extensions = ext\n[dn]\n[ext]\n\
        basicConstraints = critical, CA:FALSE\nsubjectAltName = IP:127.0.0.1\n";
    std::fs::write(at("openssl.cnf"), config)?;
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
        .args([
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-subj",
            "/CN=bench",
        ])
        .arg("-config")
        .arg(at("openssl.cnf"))
        .arg("-keyout")
        .arg(at("key.pem"))
        .arg("-out")
        .arg(at("cert.pem"))
        .stderr(Stdio::null())
        .status()
        .context("openssl is not here")?;
    ensure!(made.success(), "openssl made no certificate");
    Ok(CertificateDer::from_pem_file(at("cert.pem"))?)
}
