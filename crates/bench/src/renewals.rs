//! P6: renewals a second and processor time of each. In every round the bare client, the engine and a serial loop take
//! turns; the median of the rounds' ratios counts.

use anyhow::{Result, ensure};
use clap::Args;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use engine::{Bounds, Cx, due};

use crate::client::Bare;
use crate::gauge::{Mark, Took, float, median, say};
use crate::ground::{Ground, Login, long_after};

/// The sizes of a run.
#[derive(Args, Clone)]
pub struct Options {
    /// Grants in all; each is renewed once, in one of the rounds.
    #[arg(long, default_value_t = 50_000)]
    grants: usize,
    /// Rounds.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Calls in flight, of the engine and of the bare client.
    #[arg(long, default_value_t = 64)]
    in_flight: usize,
    /// Grants of one claim.
    #[arg(long, default_value_t = 500)]
    batch: usize,
    /// How long the endpoint takes, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Renewals of the serial loop in a round.
    #[arg(long, default_value_t = 100)]
    serial: usize,
    /// How long an unused connection is kept, in milliseconds. The bare client keeps its own warm; the program as it is
    /// served keeps them for 3,000.
    #[arg(long, default_value_t = 90_000)]
    idle_ms: i64,
    /// The address of a PostgreSQL server; SQLite without it.
    #[arg(long)]
    postgres: Option<String>,
}

/// A round's figures.
struct Round {
    bare: f64,
    bare_cpu: f64,
    engine: f64,
    engine_cpu: f64,
    serial: f64,
}

/// Renews until nothing is due; how many were.
async fn drain(cx: &Cx) -> Result<(usize, Took)> {
    let begun = Mark::now();
    let mut renewed = 0;
    loop {
        let report = due::step(cx).await?;
        ensure!(report.troubled == 0, "{} were refused", report.troubled);
        renewed += usize::try_from(report.done)?;
        if !report.more {
            return Ok((renewed, begun.took()));
        }
    }
}

/// Measures, prints, verifies.
///
/// # Errors
/// When a part does not start, a renewal fails, or one was made twice or not at all.
pub async fn run(options: Options) -> Result<()> {
    // What was renewed is due again after a month, and then no round would know its own.
    let sizes = (1..=20).contains(&options.rounds) && options.grants >= 2 * options.rounds;
    ensure!(sizes, "1 to 20 rounds, with two grants each at least");
    let bounds = Bounds {
        batch: options.batch,
        in_flight: options.in_flight,
        ..Bounds::default()
    };
    let ground = Ground::new(options.postgres.as_deref(), bounds, options.idle_ms).await?;
    let bare = Bare::new(&ground.sink.url, &ground.sink.cert)?;
    let made = fill(&ground, &options).await?;
    say(format_args!(
        "{} grants made in {:.1} s, {:.0} us of processor each",
        options.grants,
        float(made.wall_us) / 1e6,
        made.cpu_each(options.grants)
    ));
    bare.set_latency(options.latency_ms).await?;
    // Connections and caches are warm before anything counts.
    bare.drain(options.in_flight * 10, options.in_flight)
        .await?;
    let before = bare.counts().await?.posts;
    let mut rounds = Vec::new();
    let mut bare_posts = 0;
    for number in 0..options.rounds {
        let round = one_round(&ground, &bare, &options, &mut bare_posts).await?;
        say(format_args!(
            "round {}: bare {:.0}/s at {:.1} us, engine {:.0}/s at {:.1} us, serial {:.1}/s",
            number + 1,
            round.bare,
            round.bare_cpu,
            round.engine,
            round.engine_cpu,
            round.serial
        ));
        rounds.push(round);
    }
    verify(&ground, &bare, &options, before + bare_posts as u64).await?;
    tell(&options, &rounds);
    Ok(())
}

/// The grants of round `n` are due on day `n`, within an hour of its second half: however long a round takes, none of the
/// next one's falls due in it.
async fn fill(ground: &Ground, options: &Options) -> Result<Took> {
    let now = ground.cx.now();
    let each = options.grants / options.rounds;
    let logins = (0..each * options.rounds).map(|number| {
        let round = i64::try_from(number / each).unwrap_or(0);
        // In no order of their ids, as in life.
        let minute = 1 + i64::try_from(number * 7_919 % 59).unwrap_or(0);
        Login {
            number,
            renew_at: Some(plus_ms(
                now,
                round * DAY_MS + 12 * HOUR_MS + minute * MINUTE_MS,
            )),
            access_end: long_after(now),
        }
    });
    let begun = Mark::now();
    ground.put(logins).await?;
    Ok(begun.took())
}

async fn one_round(
    ground: &Ground,
    bare: &Bare,
    options: &Options,
    bare_posts: &mut usize,
) -> Result<Round> {
    let each = options.grants / options.rounds;
    let alone = bare.drain(each, options.in_flight).await?;
    *bare_posts += each;
    ground.cx.clocks.product.jump_ms(DAY_MS);
    // The serial loop takes the first of those that are due, as such loops do: one after the other.
    let loops = Cx {
        bounds: Bounds {
            batch: options.serial.min(each / 2),
            in_flight: 1,
            takes_ms: 0,
            ..ground.cx.bounds
        },
        ..ground.cx.clone()
    };
    let begun = Mark::now();
    let taken = usize::try_from(due::step(&loops).await?.done)?;
    let serial = begun.took();
    let (renewed, engine) = drain(&ground.cx).await?;
    ensure!(
        renewed + taken == each,
        "{} of {each} were renewed",
        renewed + taken
    );
    Ok(Round {
        bare: alone.per_second(each),
        bare_cpu: alone.cpu_each(each),
        engine: engine.per_second(renewed),
        engine_cpu: engine.cpu_each(renewed),
        serial: serial.per_second(taken),
    })
}

/// Every grant exactly once, at the endpoint and in the store.
async fn verify(ground: &Ground, bare: &Bare, options: &Options, not_ours: u64) -> Result<()> {
    let all = options.grants / options.rounds * options.rounds;
    let counts = bare.counts().await?;
    let ours = counts.posts - not_ours;
    ensure!(
        ours == all as u64 && counts.reused == 0 && counts.grants == all as u64 && counts.most == 1,
        "the endpoint saw {ours} requests for {all} grants: {counts:?}"
    );
    let generations = ground.generations().await?;
    ensure!(
        generations.len() == 1 && generations.get(&2) == Some(&all),
        "the store has {generations:?}"
    );
    say(format_args!(
        "verified: {all} grants, each renewed once; {ours} requests, none twice"
    ));
    Ok(())
}

fn tell(options: &Options, rounds: &[Round]) {
    let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
    say(format_args!(
        "P6, {} at {} ms, {} in flight, batches of {}, {} grants, {} rounds; medians:",
        if options.postgres.is_some() {
            "PostgreSQL"
        } else {
            "SQLite"
        },
        options.latency_ms,
        options.in_flight,
        options.batch,
        options.grants,
        options.rounds
    ));
    say(format_args!(
        "  engine {:.0}/s, {:.1} us of processor; bare client {:.0}/s, {:.1} us; serial {:.1}/s",
        of(|round| round.engine),
        of(|round| round.engine_cpu),
        of(|round| round.bare),
        of(|round| round.bare_cpu),
        of(|round| round.serial)
    ));
    say(format_args!(
        "  of the bare client {:.0} %; {:.0} times the serial loop",
        100.0 * of(|round| round.engine / round.bare),
        of(|round| round.engine / round.serial)
    ));
}
