//! All tests of the adapters and the transport in one binary.

mod bluesky;
mod catalogue;
mod facebook;
mod http;
mod instagram;
