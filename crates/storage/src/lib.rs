//! All SQL, both engines, migrations. What is stored and under which condition is decided here and
//! nowhere else; what should be stored is decided by `domain` and the callers.
//!
//! Functions of an aggregate take a [`Conn`] and are called inside [`Store::read`] or
//! [`Store::write`], so that a caller puts several of them into one transaction.
//!
//! Not here: sealing (columns hold what the vault sealed), clocks (the time is passed in), HTTP.

pub mod answers;
pub mod api_keys;
pub mod app_care;
pub mod apps;
pub mod audit;
pub mod breakers;
pub mod calendar;
pub mod channel_events;
pub mod channel_grants;
pub mod channel_posts;
pub mod channels;
pub mod codes;
pub mod connect_sessions;
pub mod counts;
pub mod deliveries;
pub mod delivery_events;
pub mod delivery_of_channel;
mod domain_values;
pub mod drafts;
mod engine;
mod error;
pub mod fire_drill;
pub mod forecast;
mod gate;
pub mod grants;
pub mod grid;
pub mod happened;
pub mod history;
pub mod holds;
pub mod idempotency;
pub mod installation;
pub mod json;
pub mod lease;
pub mod ledger;
mod line;
mod lock;
pub mod media;
mod migrate;
pub mod missed;
pub mod nodes;
pub mod notices;
pub mod people;
mod postgres;
pub mod posts;
pub mod promises;
pub mod remote_posts;
pub mod renewals;
pub mod reseal;
mod row;
pub mod sessions;
pub mod sets;
pub mod spares;
pub mod sql;
mod sqlite;
pub mod standings;
mod value;
pub mod workspaces;
mod writer;

pub use engine::{Conn, EngineKind, Flight, Mode, Store};
pub use error::{Error, Failure, Result};
pub use gate::{Gate, Weather};
pub use lock::{ProcessLock, lock_path};
pub use migrate::SchemaState;
pub use row::Row;
pub use sql::Statement;
pub use value::{FromValue, ToValue, Value};
