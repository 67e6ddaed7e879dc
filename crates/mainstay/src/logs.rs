//! Logs: to the error output, as text or JSON lines. Never a query, a header, a body or the words of a
//! panic, because any of them may hold a token.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::settings::Logs;
use crate::trouble::{Result, Trouble};

/// Libraries that would write addresses with their queries, or values of statements, when asked for more.
const KEPT_SHORT: &[&str] = &[
    "h2",
    "hyper",
    "hyper_util",
    "rustls",
    "tokio_postgres",
    "tower",
    "axum",
];

/// Begins to log.
///
/// # Errors
/// When the level cannot be read.
pub fn begin(logs: &Logs) -> Result<()> {
    let mut filter = EnvFilter::builder().parse(&logs.level).map_err(|_| {
        Trouble::new(
            format!("logs.level is {:?}, which is no level", logs.level),
            "write error, warn, info, debug or trace, also by part: info,engine=debug",
        )
    })?;
    for library in KEPT_SHORT {
        if let Ok(short) = format!("{library}=info").parse() {
            filter = filter.add_directive(short);
        }
    }
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second call (in tests) leaves the first one's subscriber in place.
    let _ = if logs.json {
        lines.json().try_init()
    } else {
        lines.with_target(false).try_init()
    };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(String::new, ToString::to_string);
        tracing::error!(place, "the program met a mistake of its own");
    }));
    Ok(())
}
