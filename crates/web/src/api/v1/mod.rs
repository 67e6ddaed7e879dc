//! Version 1 of the API: one file a resource. Each reads its input, calls an action, and writes its
//! own shape of the answer; nothing is decided here.

pub mod api_keys;
pub mod audit_log;
pub mod deliveries;
pub mod grid;
pub mod history;
pub mod media;
pub mod posts;
pub mod shapes;
pub mod holds;
pub mod members;
pub mod social_sets;
pub mod workspace;

use utoipa::OpenApi as _;

/// The part of the description that each resource writes.
#[must_use]
pub fn documents() -> Vec<utoipa::openapi::OpenApi> {
    vec![
        workspace::Doc::openapi(),
        social_sets::Doc::openapi(),
        members::Doc::openapi(),
        api_keys::Doc::openapi(),
        audit_log::Doc::openapi(),
        holds::Doc::openapi(),
        grid::Doc::openapi(),
        history::Doc::openapi(),
        deliveries::Doc::openapi(),
        posts::Doc::openapi(),
        media::Doc::openapi(),
    ]
}
