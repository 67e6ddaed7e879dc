//! web: pages, API and the OAuth journey. It asks the engine only for nudges and decides no rule of its own.

pub mod assets;
pub mod components;
pub mod layout;
pub mod text;

// Short names, because templates write them out: `{{ crate::icon("calendar") }}`, `{{ crate::asset("app.css") }}`.
pub use assets::asset_url as asset;
pub use components::icon::icon;
