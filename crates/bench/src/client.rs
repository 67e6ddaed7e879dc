//! The bare client: hyper's own, the same TLS, nothing else. What it does in a second is the limit that the engine is
//! measured against.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;

use crate::gauge::{Mark, Took};
use crate::sink::Counts;

/// See the head of this file. Clones share their connections.
#[derive(Clone)]
pub struct Bare {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: String,
}

impl Bare {
    /// A client of the endpoint there.
    ///
    /// # Errors
    /// When its certificate is none.
    pub fn new(url: &str, cert: &CertificateDer<'static>) -> Result<Self> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(cert.clone())?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_only()
            .enable_http1()
            .wrap_connector(connector);
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(https),
            url: url.to_owned(),
        })
    }

    async fn post(&self, path: &str, body: &'static str) -> Result<Bytes> {
        let request = http::Request::post(format!("{}{path}", self.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::from(body))?;
        let answer = self.client.request(request).await?;
        ensure!(answer.status() == 200, "{path}: {}", answer.status());
        Ok(answer.into_body().collect().await?.to_bytes())
    }

    /// What the endpoint has seen.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn counts(&self) -> Result<Counts> {
        let said = self.post("/count", "").await?;
        serde_json::from_slice(&said).context("counts")
    }

    /// From now on the endpoint answers after so many milliseconds.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn set_latency(&self, ms: u64) -> Result<()> {
        let text: &'static str = Box::leak(ms.to_string().into_boxed_str());
        self.post("/latency", text).await.map(drop)
    }

    /// So many requests for tokens, so many of them in flight.
    ///
    /// # Errors
    /// When one of them fails.
    pub async fn drain(&self, count: usize, in_flight: usize) -> Result<Took> {
        let begun = Mark::now();
        let left = Arc::new(AtomicUsize::new(count));
        let lanes: Vec<_> = (0..in_flight.min(count))
            .map(|_| {
                let (bare, left) = (self.clone(), left.clone());
                tokio::spawn(async move {
                    let take = |left: usize| left.checked_sub(1);
                    while left
                        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
                        .is_ok()
                    {
                        let body = "grant_type=refresh_token&client_id=bench&refresh_token=bare";
                        bare.post("/token", body).await?;
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        for lane in lanes {
            lane.await??;
        }
        Ok(begun.took())
    }
}
