//! P7, single flight: many callers at once need an access token that is over. One request must do for all, and none
//! should wait much longer than that request takes.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use clap::Args;
use domain::schedule::{HOUR_MS, ms_between, plus_ms};
use engine::access::{self, Access};
use engine::{Bounds, Cx};

use crate::client::Bare;
use crate::gauge::{Mark, float, median, percentile, say};
use crate::ground::{Ground, Login, Put};

/// As the program is served.
const IDLE_MS: i64 = 3_000;

/// The sizes of a run.
#[derive(Args, Clone)]
pub struct Options {
    /// Callers at once.
    #[arg(long, default_value_t = 1_000)]
    callers: usize,
    /// Rounds, each with a login of its own.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long the endpoint takes, in milliseconds.
    #[arg(long, default_value_t = 100)]
    latency_ms: u64,
    /// The address of a PostgreSQL server; SQLite without it.
    #[arg(long)]
    postgres: Option<String>,
}

/// One caller, as a publisher does it: told to come later, it comes then. Milliseconds until it could call.
async fn caller(cx: Cx, put: Put) -> Result<f64> {
    let begun = Mark::now();
    loop {
        match access::ready(&cx, put.workspace, put.channel).await? {
            Access::Ready { generation } => {
                ensure!(generation == 2, "ready at generation {generation}");
                return Ok(float(begun.took().wall_us) / 1e3);
            }
            Access::Later(at) => {
                let wait_ms = ms_between(cx.now(), at).max(1);
                tokio::time::sleep(Duration::from_millis(u64::try_from(wait_ms)?)).await;
            }
            Access::Ended => bail!("the login ended"),
        }
    }
}

/// Measures, prints; more than one request a round is an error.
///
/// # Errors
/// When a part does not start, or a round took more than one request.
pub async fn run(options: Options) -> Result<()> {
    let ground = Ground::new(options.postgres.as_deref(), Bounds::default(), IDLE_MS).await?;
    let bare = Bare::new(&ground.sink.url, &ground.sink.cert)?;
    let now = ground.cx.now();
    let logins = (0..options.rounds).map(|number| Login {
        number,
        renew_at: None,
        access_end: plus_ms(now, -HOUR_MS),
    });
    let logins = ground.put(logins).await?;
    bare.set_latency(options.latency_ms).await?;
    let mut worst = Vec::new();
    for put in logins {
        let before = bare.counts().await?.posts;
        let callers: Vec<_> = (0..options.callers)
            .map(|_| tokio::spawn(caller(ground.cx.clone(), put)))
            .collect();
        let mut waits = Vec::with_capacity(callers.len());
        for caller in callers {
            waits.push(caller.await??);
        }
        let posts = bare.counts().await?.posts - before;
        let (half, most) = (median(waits.clone()), percentile(waits, 99));
        say(format_args!(
            "{} callers, {posts} requests; ready after {half:.0} ms (half of them), {most:.0} ms (99 of 100)",
            options.callers
        ));
        ensure!(posts == 1, "one login, {posts} requests");
        worst.push(most);
    }
    let most = median(worst);
    say(format_args!(
        "P7, {} callers of one expired token at {} ms: 1 request; p99 {most:.0} ms, {:.2} times the endpoint's own",
        options.callers,
        options.latency_ms,
        most / float(options.latency_ms.max(1))
    ));
    Ok(())
}
