//! Version 1 of the API: one file a resource. Each reads its input, calls an action, and writes its
//! own shape of the answer; nothing is decided here.

pub mod api_keys;
pub mod app_care;
pub mod apps;
pub mod audit_log;
pub mod causes;
pub mod channel_shape;
pub mod channels;
pub mod connect_sessions;
pub mod deliveries;
pub mod fire_drill;
pub mod forecast;
pub mod grid;
pub mod history;
pub mod holds;
pub mod media;
pub mod members;
pub mod notices;
pub mod posts;
pub mod shapes;
pub mod sign_ins;
pub mod social_sets;
pub mod workspace;

use utoipa::OpenApi as _;

/// The part of the description that each resource writes.
#[must_use]
pub fn documents() -> Vec<utoipa::openapi::OpenApi> {
    vec![
        workspace::Doc::openapi(),
        notices::Doc::openapi(),
        connect_sessions::Doc::openapi(),
        channels::Doc::openapi(),
        sign_ins::Doc::openapi(),
        causes::Doc::openapi(),
        forecast::Doc::openapi(),
        fire_drill::Doc::openapi(),
        apps::Doc::openapi(),
        app_care::Doc::openapi(),
        social_sets::Doc::openapi(),
        members::Doc::openapi(),
        api_keys::Doc::openapi(),
        audit_log::Doc::openapi(),
        holds::Doc::openapi(),
        media::Doc::openapi(),
        posts::Doc::openapi(),
        deliveries::Doc::openapi(),
        history::Doc::openapi(),
        grid::Doc::openapi(),
    ]
}
