#![doc = include_str!("../README.md")]

pub mod access;
pub mod actions;
pub mod api;
pub mod assets;
pub mod components;
pub mod extract;
pub mod layout;
pub mod page;
pub mod pages;
pub mod password;
pub mod problem;
pub mod route;
pub mod router;
pub mod routes;
pub mod secret;
pub mod state;
pub mod text;
pub mod throttle;
pub mod urls;

// Short names, because templates write them out: `{{ crate::icon("calendar") }}`, `{{ crate::asset("app.css") }}`.
pub use assets::asset_url as asset;
pub use components::icon::icon;
pub use router::router;
pub use state::{Demo, Parts, Web, WebSettings};
