//! How a simulated platform pulls media from an address, as Instagram does.
//!
//! [`Fetch`] can be replaced (tests and the rehearsal hand bytes over in memory). The real one
//! speaks plain http to this machine only: nothing leaves it, whatever address it is given.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use std::time::Duration;

/// Why media could not be pulled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not an address that this fetcher may ask.
    #[error("this address may not be fetched: {0}")]
    Refused(String),
    /// No connection, or it broke.
    #[error("the host could not be reached: {0}")]
    Unreachable(String),
    /// No complete answer in time.
    #[error("the download timed out")]
    TimedOut,
    /// More bytes than allowed.
    #[error("the file is larger than allowed")]
    TooLarge,
    /// An answer other than 200.
    #[error("the host answered {0}")]
    Status(u16),
}

/// Pulls the bytes behind an address.
pub trait Fetch: Send + Sync {
    /// The content type as stated by the host, and the bytes.
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<(String, Bytes), FetchError>>;
}

/// Plain http over loopback, with a size limit and a time-out. Redirects are not followed, as
/// Meta's crawler does not follow them for media (sheet instagram.md §9.2, 9004).
pub struct HttpFetch {
    client: Client<HttpConnector, Empty<Bytes>>,
    max_bytes: usize,
    time_out: Duration,
    hosts: Vec<String>,
}

impl HttpFetch {
    /// A fetcher for this machine's own addresses.
    #[must_use]
    pub fn new(max_bytes: usize, time_out: Duration) -> Self {
        let hosts = ["127.0.0.1", "localhost", "[::1]"]
            .map(str::to_owned)
            .to_vec();
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            max_bytes,
            time_out,
            hosts,
        }
    }

    /// Also lets it ask this host (a name or address without port), such as the name under which
    /// the product is known on a local network.
    #[must_use]
    pub fn and_host(mut self, host: &str) -> Self {
        self.hosts.push(host.to_owned());
        self
    }

    async fn pull(&self, url: &str) -> Result<(String, Bytes), FetchError> {
        let address: hyper::Uri = url
            .parse()
            .map_err(|_| FetchError::Refused("no valid address".to_owned()))?;
        if address.scheme_str() != Some("http") {
            return Err(FetchError::Refused("only plain http".to_owned()));
        }
        let host = address.host().unwrap_or_default();
        if !self.hosts.iter().any(|known| known == host) {
            return Err(FetchError::Refused(format!("{host} is not this machine")));
        }
        let request = hyper::Request::get(address)
            .header("user-agent", "facebookexternalhit/1.1")
            .body(Empty::new())
            .map_err(|error| FetchError::Refused(error.to_string()))?;
        let answer = self
            .client
            .request(request)
            .await
            .map_err(|error| FetchError::Unreachable(error.to_string()))?;
        if answer.status() != hyper::StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let kind = answer
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = Limited::new(answer.into_body(), self.max_bytes)
            .collect()
            .await
            .map_err(|error| {
                if error.is::<http_body_util::LengthLimitError>() {
                    FetchError::TooLarge
                } else {
                    FetchError::Unreachable(error.to_string())
                }
            })?;
        Ok((kind, body.to_bytes()))
    }
}

impl Fetch for HttpFetch {
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<(String, Bytes), FetchError>> {
        Box::pin(async move {
            tokio::time::timeout(self.time_out, self.pull(url))
                .await
                .unwrap_or(Err(FetchError::TimedOut))
        })
    }
}
