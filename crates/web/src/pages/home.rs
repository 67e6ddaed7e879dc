//! Home: what needs you, and what goes out next.

use askama::Template;
use axum::extract;
use axum::response::Response;
use domain::delivery::State;
use domain::ids::SocialSetId;
use domain::schedule::{Zone, plus_ms};
use storage::calendar::{self, Stretch};
use storage::deliveries::DeliveryRow;
use storage::sets;
use storage::standings::Standing;

use crate::access::Guard;
use crate::components::{Action, Empty, StatePill, When};
use crate::components::{Html, mark, platform_name};
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::planning::{self, Say};
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::urls;

/// How far ahead the page looks: a fortnight.
const AHEAD_MS: i64 = 14 * 24 * 60 * 60 * 1_000;
/// How many posts it shows.
const NEXT: usize = 6;

#[derive(Template)]
#[template(path = "pages/home.html")]
struct HomePage {
    frame: Frame,
    waiting: Vec<(Entry, String)>,
    quiet: Empty,
    next: Vec<Next>,
    nothing: Empty,
    zone: String,
}

struct Next {
    when: When,
    platform: String,
    mark: Html,
    handle: String,
    words: String,
    href: String,
    state: StatePill,
}

/// The page.
pub async fn show(
    extract::State(web): extract::State<Web>,
    guard: Guard,
    ask: Ask,
) -> Outcome<Response> {
    let frame = page::frame(&web, &guard, &ask, Entry::Home).await?;
    let text = &ask.text;
    let lines = [
        (Entry::Missed, frame.counts.missed, "home-missed"),
        (Entry::Channels, frame.counts.channels, "home-channels"),
        (Entry::Inbox, frame.counts.inbox, "home-inbox"),
        (Entry::Drafts, frame.counts.drafts, "home-drafts"),
    ];
    let waiting = lines
        .into_iter()
        .filter(|(_, n, _)| *n > 0)
        .map(|(entry, n, key)| (entry, text.t1(key, "n", n)))
        .collect();
    let (zone, next) = match guard.current_set() {
        Some(set) => coming(&web, &guard, &ask, set).await?,
        None => (Zone::utc(), Vec::new()),
    };
    let create = Action::link(text.t("nav-create"), Entry::Create.href())
        .primary()
        .icon("plus");
    Ok(page::show(&HomePage {
        frame,
        waiting,
        quiet: Empty {
            icon: "circle-check",
            title: text.t("home-quiet"),
            words: text.t("home-quiet-words"),
            action: None,
        },
        next,
        nothing: Empty {
            icon: "calendar-plus",
            title: text.t("home-nothing-planned"),
            words: text.t("home-nothing-planned-words"),
            action: Some(create),
        },
        zone: zone.name().replace('_', " "),
    }))
}

/// What goes out next in the set, by its zone.
async fn coming(
    web: &Web,
    guard: &Guard,
    ask: &Ask,
    set: SocialSetId,
) -> Outcome<(Zone, Vec<Next>)> {
    let (workspace, now) = (guard.workspace(), web.now());
    let stretch = Stretch {
        from: now,
        to: plus_ms(now, AHEAD_MS),
        ahead_ms: 0,
    };
    let (zone, due) = web
        .read("web.home", move |conn| {
            let set = sets::one(conn, workspace, set)?.ok_or_else(Refusal::not_found)?;
            let due = calendar::window(conn, workspace, set.id, stretch, NEXT)?;
            Ok((set.zone, due))
        })
        .await?;
    let say = Say::new(&ask.text, web, &zone);
    let standings = planning::standings(web, guard, set).await?;
    let rows = due.into_iter().filter_map(|dated| {
        row(
            &say,
            &dated.delivery,
            standings.get(&dated.delivery.channel)?,
        )
    });
    let rows = rows.take(NEXT).collect();
    Ok((zone, rows))
}

fn row(say: &Say, delivery: &DeliveryRow, standing: &Standing) -> Option<Next> {
    let text = &say.text;
    // What is out, held or given up does not go out next.
    let next = matches!(
        delivery.state,
        State::Scheduled | State::InReview | State::HandedOver | State::Publishing(_)
    );
    let channel = &standing.channel;
    next.then_some(())?;
    Some(Next {
        when: When::day_and_time(text, delivery.due_at?, say.now, say.tz()),
        platform: platform_name(text, channel.platform.as_str()),
        mark: mark(channel.platform.as_str()),
        handle: channel.handle.clone(),
        words: if delivery.excerpt.is_empty() {
            text.t("post-without-words")
        } else {
            delivery.excerpt.clone()
        },
        href: urls::Delivery {
            delivery: delivery.id,
        }
        .to_string(),
        state: StatePill::new(text, say.state(delivery, Some(standing))),
    })
}
