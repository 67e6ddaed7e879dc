//! `mainstay simulator`: the stand-in platforms alone, furnished, on one local port.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock as _, SystemClock};
use simulator::{HttpFetch, Options, Simulator};
use tokio::net::TcpListener;

use crate::cli::Simulator as How;
use crate::say;
use crate::trouble::{Result, Trouble};

/// The largest picture that the stand-in platforms fetch, in bytes, and how long they wait for it.
pub const FETCH_BYTES: usize = 16 * 1024 * 1024;
/// How long they wait for it.
pub const FETCH_TIME: Duration = Duration::from_secs(20);
/// The ids of the furnished apps.
const APPS: [&str; 2] = ["7000000000000001", "7000000000000002"];

/// Serves until it is told to stop.
///
/// # Errors
/// When the port is taken.
pub async fn run(how: How) -> Result<()> {
    let ended = super::ended()?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, how.port)))
        .await
        .map_err(|error| {
            Trouble::new(
                format!("port {} cannot be listened on: {error}", how.port),
                "choose another with --port",
            )
        })?;
    let address = listener
        .local_addr()
        .map_err(|error| Trouble::plain(error.to_string()))?;
    let simulator = Simulator::new(Options {
        clock: Arc::new(|| SystemClock.now().as_millisecond()),
        seed: how.seed,
        fetch: Arc::new(HttpFetch::new(FETCH_BYTES, FETCH_TIME)),
        origin: format!("http://{address}"),
    });
    simulator.furnish_default();
    for redirect in &how.redirect {
        for app in APPS {
            simulator.allow_redirect(app, redirect);
        }
    }
    say::line(format_args!(
        "Simulated platforms, nothing leaves this machine: http://{address}/control"
    ));
    say::line(format_args!(
        "  Instagram app {}, secret simulator-instagram-secret; Facebook app {}, secret simulator-facebook-secret",
        APPS[0], APPS[1]
    ));
    say::line(
        "  A platform's host is the first part of the path: /graph.instagram.com/…, /www.facebook.com/…",
    );
    simulator::serve(simulator, listener, async move { ended.cancelled().await }).await;
    say::line("Stopped.");
    Ok(())
}
