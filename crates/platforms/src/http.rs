//! The only way out: what a request and an answer are, and the transport that can be replaced.
//!
//! Time-outs and size limits are the transport's; whether an error may have had its effect is said by
//! [`SendError`], because sending twice hangs on it. The real one is [`HyperTransport`].

mod address;
mod transport;

pub use address::{AddressRefused, is_public};
pub use transport::{HyperTransport, TransportOptions};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method};

/// One call to a platform.
#[derive(Clone)]
pub struct Request {
    /// Its name in logs, faults and evidence: `instagram.media_publish`.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// The whole address. It may hold a token in its query: never logged as it is.
    pub url: String,
    /// The headers; those with secrets are marked sensitive.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The longest that it may take, in milliseconds.
    pub deadline_ms: i64,
    /// Where the address comes from.
    pub address: Address,
}

/// Where an address comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// From our settings: may be anything.
    Configured,
    /// From a person or another server: only public https, and never an address inside.
    Given(crate::call::Reach),
}

/// An answer.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most [`MAX_ANSWER_BYTES`].
    pub body: Bytes,
}

/// The largest answer that is read, in bytes.
pub const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// No answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The request certainly did not reach the platform.
    #[error("not sent: {0}")]
    NotSent(String),
    /// It may have.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

/// A way to send a request.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends it once and waits for the answer. Never repeats by itself, never follows a redirect.
    async fn send(&self, request: Request) -> Result<Response, SendError>;
}
