//! The real transport: pooled connections, HTTP/1.1 and 2, TLS with the public web's roots.
//!
//! It sends once. It never repeats (not even a request that a closed connection gave back), never
//! follows a redirect, and says of every error whether the request can have arrived. Its log has the
//! operation, the host, the status and the time; never a query, header or body.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use domain::clock::{BootClock, SystemClock};
use http::HeaderValue;
use http::header::{ACCEPT, USER_AGENT};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::builderstates::WantsSchemes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::address::{self, Filtered, Through};
use super::{Address, MAX_ANSWER_BYTES, Request, Response, SendError, Transport};
use crate::call::Reach;
use crate::wire::redact;

/// How the transport is.
#[derive(Clone)]
pub struct TransportOptions {
    /// What we call ourselves in `User-Agent`.
    pub user_agent: String,
    /// The longest that connecting may take, in milliseconds; the call's own deadline holds as well. A
    /// connection that does not come is a request that was certainly not sent.
    pub connect_ms: i64,
    /// How long an unused connection is kept, in milliseconds. Shorter than servers keep theirs (Node
    /// closes after 5 s), so that a request seldom meets a connection that is just being closed.
    pub idle_ms: i64,
    /// The largest answer that is read, in bytes.
    pub max_answer_bytes: usize,
    /// Whom to trust instead of the public web's roots: a private network's own certificates.
    pub trusts: Option<Vec<CertificateDer<'static>>>,
    /// What the times in the log are measured with.
    pub clock: Arc<dyn BootClock>,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            user_agent: concat!("Mainstay/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_ms: 10_000,
            idle_ms: 3_000,
            max_answer_bytes: MAX_ANSWER_BYTES,
            trusts: None,
            clock: Arc::new(SystemClock),
        }
    }
}

type Pool = Client<HttpsConnector<HttpConnector<Filtered>>, Full<Bytes>>;

/// The transport of a served program. Clones share their connections.
#[derive(Clone)]
pub struct HyperTransport {
    /// For addresses from our settings.
    configured: Pool,
    /// For addresses that others name: a pool of its own, so that no connection is shared that the
    /// filter did not see.
    public: Pool,
    /// For those on an installation whose own address is loopback.
    near: Pool,
    options: TransportOptions,
    user_agent: HeaderValue,
}

impl HyperTransport {
    /// A transport with no connection yet.
    #[must_use]
    pub fn new(options: TransportOptions) -> Self {
        let user_agent = HeaderValue::from_str(&options.user_agent)
            .unwrap_or_else(|_| HeaderValue::from_static("Mainstay"));
        Self {
            configured: pool(&options, Through::All),
            public: pool(&options, Through::Public),
            near: pool(&options, Through::PublicAndLoopback),
            options,
            user_agent,
        }
    }

    fn pool_for(&self, address: Address) -> &Pool {
        match address {
            Address::Configured => &self.configured,
            Address::Given(Reach::PublicOnly) => &self.public,
            Address::Given(Reach::LoopbackToo) => &self.near,
        }
    }

    async fn exchange(
        &self,
        pool: &Pool,
        request: http::Request<Full<Bytes>>,
    ) -> Result<Response, SendError> {
        let answer = pool
            .request(request)
            .await
            .map_err(|error| told_apart(&error))?;
        let (head, body) = answer.into_parts();
        let body = read(body, self.options.max_answer_bytes).await?;
        Ok(Response {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }
}

fn pool(options: &TransportOptions, through: Through) -> Pool {
    let mut connector = HttpConnector::new_with_resolver(Filtered::new(through));
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(millis(options.connect_ms)));
    let https = tls(options)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(connector);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(millis(options.idle_ms))
        .retry_canceled_requests(false)
        .build(https)
}

/// The provider is named, so that no other crate's choice of a process-wide one matters.
fn tls(options: &TransportOptions) -> HttpsConnectorBuilder<WantsSchemes> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let known = "the provider knows the protocol versions that were compiled in";
    let builder = HttpsConnectorBuilder::new();
    let Some(trusts) = &options.trusts else {
        return builder
            .with_provider_and_webpki_roots(provider)
            .expect(known);
    };
    let mut roots = RootCertStore::empty();
    // One that cannot be read proves nobody: its server is then refused, and that is said.
    roots.add_parsable_certificates(trusts.iter().cloned());
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect(known)
        .with_root_certificates(roots)
        .with_no_client_auth();
    builder.with_tls_config(config)
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

#[async_trait]
impl Transport for HyperTransport {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let refused = |why: &dyn std::fmt::Display| SendError::NotSent(redact(&why.to_string()));
        let url = address::judge(&request.url, request.address).map_err(|why| refused(&why))?;
        let host = url.host_str().unwrap_or("").to_owned();
        let mut built = http::Request::new(Full::new(request.body));
        *built.method_mut() = request.method;
        // The fragment is ours and never sent; the parser of addresses of the client refuses some.
        let target = &url[..url::Position::AfterQuery];
        *built.uri_mut() = target
            .parse()
            .map_err(|_| refused(&"the address cannot be called"))?;
        *built.headers_mut() = request.headers;
        built
            .headers_mut()
            .entry(USER_AGENT)
            .or_insert_with(|| self.user_agent.clone());
        built
            .headers_mut()
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json, */*;q=0.5"));

        let began = self.options.clock.boot_ms();
        let exchange = self.exchange(self.pool_for(request.address), built);
        let answer = match tokio::time::timeout(millis(request.deadline_ms), exchange).await {
            Ok(answer) => answer,
            // Where it was cut off is not known: it may have arrived.
            Err(_) => Err(SendError::NoAnswer(format!(
                "nothing came within {} ms",
                request.deadline_ms
            ))),
        };
        let ms = self.options.clock.boot_ms() - began;
        let operation = request.operation;
        match &answer {
            Ok(answer) => tracing::debug!(
                operation,
                host,
                status = answer.status,
                ms,
                "platform answered"
            ),
            Err(error) => tracing::debug!(operation, host, %error, ms, "platform did not answer"),
        }
        answer
    }
}

/// Whether a request that failed can have arrived.
fn told_apart(error: &ClientError) -> SendError {
    let text = redact(&chain(error));
    // No connection, no TLS: nothing of the request has left.
    if error.is_connect() || gave_back(error) {
        SendError::NotSent(text)
    } else {
        SendError::NoAnswer(text)
    }
}

/// Whether the connection closed before the request's first byte: hyper then gives the request back,
/// and calls only that "canceled".
fn gave_back(error: &ClientError) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(inner) = inner.downcast_ref::<hyper::Error>() {
            return inner.is_canceled();
        }
        source = inner.source();
    }
    false
}

fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

async fn read(mut body: Incoming, limit: usize) -> Result<Bytes, SendError> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| SendError::NoAnswer(redact(&chain(&error))))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if read.len() + data.len() > limit {
            return Err(SendError::NoAnswer(format!(
                "the answer is larger than {limit} bytes"
            )));
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}
