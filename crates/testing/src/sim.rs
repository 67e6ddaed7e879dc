//! The simulator in memory: a transport that reaches it without a socket, and the pictures that it pulls.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use domain::clock::Clock as _;
use domain::clock::ManualClock;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use media::DiskStore;
use platforms::http::{Request, Response, SendError, Transport};
use simulator::{DELAY_HEADER, Fetch, FetchError, LOST_HEADER, Options, Simulator};
use storage::Gate;
use tower::ServiceExt as _;

/// Where the simulator is, in memory.
pub const ORIGIN: &str = "http://127.0.0.1:9500";

/// Where Mainstay is, in memory.
pub const PUBLIC: &str = "http://127.0.0.1:8484";

/// A simulator on the manual clock, furnished with its default scenario.
#[must_use]
pub fn simulator(clock: &Arc<ManualClock>, seed: u64, media: &Arc<DiskStore>) -> Simulator {
    let clock = clock.clone();
    let sim = Simulator::new(Options {
        clock: Arc::new(move || clock.now().as_millisecond()),
        seed,
        fetch: Arc::new(StoreFetch(media.clone())),
        origin: ORIGIN.to_owned(),
    });
    sim.furnish_default();
    sim
}

/// Pulls pictures out of the store, by the public paths that adapters hand to platforms.
struct StoreFetch(Arc<DiskStore>);

impl Fetch for StoreFetch {
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<(String, Bytes), FetchError>> {
        Box::pin(async move {
            let file = url
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .trim_end_matches(".jpg");
            let hash = file.parse().map_err(|_| FetchError::Status(404))?;
            let bytes = self
                .0
                .get(hash)
                .await
                .map_err(|_| FetchError::Status(404))?;
            Ok(("image/jpeg".to_owned(), bytes))
        })
    }
}

/// Sends to the simulator in memory. Each call passes the gate before and after, so that a run can be
/// ended there.
pub struct SimTransport {
    sim: Simulator,
    gate: Option<Arc<dyn Gate>>,
}

impl SimTransport {
    /// A transport to this simulator.
    #[must_use]
    pub fn new(sim: &Simulator) -> Self {
        Self {
            sim: sim.clone(),
            gate: None,
        }
    }

    /// The same, with calls passing `gate` as `call:<operation>:before` and `:after`.
    #[must_use]
    pub fn with_gate(self, gate: Arc<dyn Gate>) -> Self {
        Self {
            gate: Some(gate),
            ..self
        }
    }

    async fn pass(&self, operation: &str, side: &str) {
        if let Some(gate) = &self.gate {
            gate.pass(&format!("call:{operation}:{side}")).await;
        }
    }
}

#[async_trait]
impl Transport for SimTransport {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let Some(path) = request.url.strip_prefix(self.sim.origin()) else {
            return Err(SendError::NotSent(
                "this address is not the simulator's".to_owned(),
            ));
        };
        let mut outgoing = http::Request::builder()
            .method(request.method.clone())
            .uri(path);
        if let Some(headers) = outgoing.headers_mut() {
            headers.extend(request.headers.clone());
        }
        let outgoing = outgoing
            .body(Body::from(request.body.clone()))
            .map_err(|error| SendError::NotSent(error.to_string()))?;
        self.pass(request.operation, "before").await;
        let answer = match self.sim.router().oneshot(outgoing).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let body = body
            .collect()
            .await
            .map_err(|error| SendError::NoAnswer(error.to_string()))?
            .to_bytes();
        self.pass(request.operation, "after").await;
        let late_ms = parts
            .headers
            .get(DELAY_HEADER)
            .and_then(|ms| ms.to_str().ok()?.parse::<i64>().ok());
        if parts.headers.contains_key(LOST_HEADER)
            || late_ms.is_some_and(|ms| ms > request.deadline_ms)
        {
            return Err(SendError::NoAnswer("the connection was closed".to_owned()));
        }
        Ok(Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    }
}
