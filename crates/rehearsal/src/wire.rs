//! The way to the simulator in memory: no socket, virtual latency, and the watch over each call before its
//! first byte and after its answer.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use domain::chance::{ChaChaChance, Chance as _};
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use media::DiskStore;
use platforms::http::{Request, Response, SendError, Transport};
use serde_json::Value;
use simulator::{DELAY_HEADER, Fetch, FetchError, LOST_HEADER, Simulator};
use storage::Gate as _;
use tower::ServiceExt as _;

use crate::clock::sleep_ms;
use crate::fate::Fate;
use crate::watch::{Heard, Watch};

/// Where the simulator is.
pub const ORIGIN: &str = "http://127.0.0.1:9500";
/// Where Mainstay is.
pub const PUBLIC: &str = "https://planner.rehearsal.dev";
/// Where the document lies that says who Mainstay is (Bluesky).
pub const CLIENT_ID: &str = "https://planner.rehearsal.dev/oauth/client-metadata/bluesky.json";

/// What platforms fetch from us: pictures, by the public paths that adapters hand out, and the document
/// that says who we are.
pub struct Ours {
    /// The pictures.
    pub media: Arc<DiskStore>,
    /// The document.
    pub document: Arc<std::sync::Mutex<Value>>,
}

impl Fetch for Ours {
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<(String, Bytes), FetchError>> {
        Box::pin(async move {
            if url == CLIENT_ID {
                let document = self
                    .document
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .to_string();
                return Ok(("application/json".to_owned(), document.into()));
            }
            let path = url.split('?').next().unwrap_or(url);
            let file = path
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .trim_end_matches(".jpg");
            let hash = file.parse().map_err(|_| FetchError::Status(404))?;
            let bytes = self.media.get(hash).await;
            let bytes = bytes.map_err(|_| FetchError::Status(404))?;
            Ok(("image/jpeg".to_owned(), bytes))
        })
    }
}

/// See the head of this file. One for each process.
pub struct Wire {
    sim: Simulator,
    fate: Arc<Fate>,
    watch: Arc<Watch>,
    me: domain::ids::IncarnationId,
    chance: ChaChaChance,
}

impl Wire {
    /// The way of one process.
    pub fn new(
        sim: &Simulator,
        fate: &Arc<Fate>,
        watch: &Arc<Watch>,
        me: domain::ids::IncarnationId,
        seed: u64,
    ) -> Self {
        Self {
            sim: sim.clone(),
            fate: fate.clone(),
            watch: watch.clone(),
            me,
            chance: ChaChaChance::from_seed(seed),
        }
    }

    /// Most calls are quick; some are not. In milliseconds.
    fn latency(&self) -> i64 {
        let most = if self.chance.below(50) == 0 {
            4_000
        } else {
            300
        };
        i64::try_from(15 + self.chance.below(most)).unwrap_or(15)
    }

    async fn ask(&self, request: &Request) -> Result<Response, SendError> {
        let Some(path) = request.url.strip_prefix(ORIGIN) else {
            return Err(SendError::NotSent(
                "this address is not the simulator's".to_owned(),
            ));
        };
        let mut outgoing = http::Request::builder()
            .method(request.method.clone())
            .uri(path);
        if let Some(headers) = outgoing.headers_mut() {
            headers.clone_from(&request.headers);
        }
        let outgoing = outgoing
            .body(Body::from(request.body.clone()))
            .map_err(|error| SendError::NotSent(error.to_string()))?;
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
        let late_ms = parts
            .headers
            .get(DELAY_HEADER)
            .and_then(|ms| ms.to_str().ok()?.parse::<i64>().ok())
            .unwrap_or(0);
        let late_ms = late_ms + self.latency();
        sleep_ms(late_ms.min(request.deadline_ms)).await;
        if parts.headers.contains_key(LOST_HEADER) || late_ms > request.deadline_ms {
            return Err(SendError::NoAnswer("the connection was closed".to_owned()));
        }
        Ok(Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        // Straight at the first byte, before anything can hold it up.
        let call = self.watch.first_byte(&self.fate, self.me, &request).await;
        self.fate
            .pass(&format!("call:{}:before", request.operation))
            .await;
        sleep_ms(self.latency()).await;
        self.fate.live().await;
        let answer = self.ask(&request).await;
        let heard = Heard::of(&answer);
        self.watch.arrived(&call).await;
        self.fate
            .pass(&format!("call:{}:after", request.operation))
            .await;
        self.watch.answered(call, heard, &answer);
        answer
    }
}
