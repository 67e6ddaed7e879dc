//! All SQL, both engines, migrations. What is stored and under which condition is decided here and
//! nowhere else; what should be stored is decided by `domain` and the callers.
//!
//! Functions of an aggregate take a [`Conn`] and are called inside [`Store::read`] or
//! [`Store::write`], so that a caller puts several of them into one transaction.
//!
//! Not here: sealing (columns hold what the vault sealed), clocks (the time is passed in), HTTP.

mod domain_values;
mod engine;
mod error;
mod gate;
pub mod installation;
pub mod holds;
pub mod audit;
pub mod idempotency;
pub mod api_keys;
pub mod codes;
pub mod counts;
pub mod sessions;
pub mod sets;
pub mod people;
pub mod workspaces;
pub mod apps;
pub mod channel_events;
pub mod channel_grants;
pub mod channel_posts;
pub mod calendar;
pub mod channels;
pub mod connect_sessions;
pub mod deliveries;
pub mod delivery_events;
mod delivery_of_channel;
pub mod drafts;
pub mod grants;
pub mod grid;
pub mod history;
pub mod json;
pub mod lease;
pub mod ledger;
pub mod missed;
pub mod notices;
pub mod remote_posts;
pub mod standings;
pub mod renewals;
pub mod posts;
pub mod media;
mod lock;
mod migrate;
pub mod nodes;
pub mod happened;
pub mod reseal;
mod postgres;
mod row;
pub mod sql;
mod sqlite;
mod value;
mod writer;

pub use engine::{Conn, EngineKind, Flight, Mode, Store};
pub use error::{Error, Failure, Result};
pub use gate::Gate;
pub use lock::{ProcessLock, lock_path};
pub use migrate::SchemaState;
pub use row::Row;
pub use sql::Statement;
pub use value::{FromValue, ToValue, Value};
