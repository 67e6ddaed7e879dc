//! All tests of the adapters and the transport in one binary.

mod bluesky;
mod facebook;
mod http;
mod instagram;
