//! What pages are made of. Each component is a small struct with a partial template in `templates/components/` and
//! `samples()` of every state; a page puts it into its own template with `{{ component }}`.
//! Nothing here reads a store or decides a rule: callers bring words and states.

pub mod action;
pub mod calendar;
pub mod channel;
pub mod composer;
pub mod dialog;
pub mod empty;
pub mod field;
pub mod forecast_bar;
pub mod gallery;
pub mod icon;
pub mod life_ring;
pub mod menu;
pub mod notice;
pub mod progress;
pub mod state;
pub mod tabs;
pub mod ticks;
pub mod tile;
pub mod time;

pub use action::{Action, Look, Target};
pub use calendar::Chip;
pub use channel::{Account, ChannelRow, PlatformTile};
pub use composer::{ChannelToggle, Preview};
pub use dialog::Dialog;
pub use empty::Empty;
pub use field::{Check, Choice, Choices, Field, Select};
pub use forecast_bar::ForecastBar;
pub use gallery::gallery;
pub use icon::{Html, icon, icon_named, mark, platform_name};
pub use life_ring::{Life, LifeRing, RingSize};
pub use menu::Menu;
pub use notice::NoticeRow;
pub use progress::{Counter, Meter};
pub use state::{PostState, StatePill, Tone};
pub use tabs::{Tab, Tabs};
pub use ticks::{Tick, TickState, Ticks};
pub use tile::{GridTile, TileKind};
pub use time::When;

/// Marks components whose own template has escaped everything, so that `{{ component }}` is not escaped again.
macro_rules! safe_html {
    ($($component:ty),+ $(,)?) => { $(impl askama::filters::HtmlSafe for $component {})+ };
}
pub(crate) use safe_html;
