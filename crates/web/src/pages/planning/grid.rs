//! The Plan Grid: what is planned above what the account has, in three columns. A stale grid keeps its last
//! state and says why, each of the four symptoms in its own words.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::channel::Link;
use domain::health::Health;
use domain::ids::{ChannelId, DeliveryId};
use domain::member::Action as May;
use domain::schedule::{HOUR_MS, ms_between};
use serde::Deserialize;
use storage::grid::Planned;
use storage::remote_posts::RemotePostRow;

use super::side::{self, Side};
use super::{Say, current, no_set};
use crate::access::Guard;
use crate::actions::calendars::{self, GridRead};
use crate::actions::grids;
use crate::components::{Action, Empty, GridTile, Tab, Tabs, TileKind, Tone, When};
use crate::extract::{Form, Query, parsed};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal};
use crate::state::{Keep, Web};
use crate::urls;

/// After so long without a reading back the grid says that it is not up to date.
const OLD_MS: i64 = 6 * HOUR_MS;
/// How long "3 new posts" is said.
const NEWS_MS: i64 = 15 * 60 * 1_000;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    #[serde(default, deserialize_with = "parsed")]
    channel: Option<ChannelId>,
    #[serde(default, deserialize_with = "parsed")]
    delivery: Option<DeliveryId>,
}

#[derive(Template)]
#[template(path = "pages/planning/grid.html")]
struct GridPage {
    frame: Frame,
    zone: String,
    tabs: Option<Tabs>,
    empty: Option<Empty>,
    grid: Option<GridView>,
    side: Option<Side>,
}

struct GridView {
    channel: String,
    planned: Vec<GridTile>,
    posts: Vec<GridTile>,
    /// `Updated 4 min ago`, `As of 3 May`.
    synced: Option<When>,
    status: String,
    action: Option<Action>,
    news: String,
    symptom: Option<Symptom>,
    left_out: String,
    stale: bool,
    create: Option<Action>,
}

/// Why the grid is not as the account is.
struct Symptom {
    tone: Tone,
    title: String,
    words: String,
}

/// The page.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Query(look): Query<Look>,
) -> Outcome<Response> {
    let frame = page::frame(&web, &guard, &ask, Entry::Grid).await?;
    let text = &ask.text;
    let nothing = |empty, frame| GridPage {
        frame,
        zone: String::new(),
        tabs: None,
        empty: Some(empty),
        grid: None,
        side: None,
    };
    let Some(set) = current(&guard) else {
        return Ok(page::show(&nothing(no_set(text), frame)));
    };
    let standings = calendars::standings(&web, &guard, set).await?;
    // An address of another set's channel is shown as what it is, with its own set's tabs left out.
    let first = standings
        .iter()
        .find(|one| one.channel.link == Link::Linked)
        .or(standings.first());
    let Some(id) = look.channel.or(first.map(|one| one.channel.id)) else {
        let connect = Action::link(text.t("switcher-edit"), frame.connections_href()).primary();
        let action = guard.may(May::SignIn, Some(set)).then_some(connect);
        let empty = Empty {
            icon: "layout-grid",
            title: text.t("grid-no-channel"),
            words: text.t("grid-no-channel-words"),
            action,
        };
        return Ok(page::show(&nothing(empty, frame)));
    };
    let read = calendars::grid(&web, &guard, id).await?;
    let say = Say::new(text, &web, &read.set.zone);
    let side = match look.delivery {
        Some(delivery) => side::read(&web, &guard, &say, delivery).await?,
        None => None,
    };
    let tabs = standings.iter().map(|one| {
        let href = format!("{}?channel={}", urls::Grid, one.channel.id);
        Tab::new(
            format!("{} · {}", one.channel.name, one.channel.platform.name()),
            href,
            one.channel.id == id,
        )
    });
    let tabs = Tabs {
        label: text.t("grid-channels"),
        tabs: tabs.collect(),
        joined: false,
    };
    Ok(page::show(&GridPage {
        frame,
        zone: say.zone_words(),
        tabs: (tabs.tabs.len() > 1).then_some(tabs),
        empty: None,
        grid: Some(view(&guard, &say, &read)),
        side,
    }))
}

fn view(guard: &Guard, say: &Say, read: &GridRead) -> GridView {
    let (text, channel) = (&say.text, &read.standing.channel);
    let symptom = symptom(say, read);
    let broken = is_broken(read);
    let (status, action) = if broken {
        let label = if channel.link == Link::Unlinked {
            "grid-link-again"
        } else {
            "grid-sign-in"
        };
        let sign_in = Action::link(text.t(label), channel_href(read)).small();
        (
            text.t("grid-as-of"),
            guard.may(May::SignIn, Some(read.set.id)).then_some(sign_in),
        )
    } else {
        let update = Action::post(text.t("grid-update"), urls::GridUpdate.to_string());
        (
            text.t("grid-updated"),
            Some(
                update
                    .small()
                    .icon("refresh-cw")
                    .with("channel", channel.id.to_string()),
            ),
        )
    };
    let left_out = match channel.collabs_left_out {
        Some(n) if n > 0 => text.t2("grid-collabs", "n", n, "platform", channel.platform.name()),
        _ => String::new(),
    };
    GridView {
        channel: channel.id.to_string(),
        planned: read
            .planned
            .iter()
            .chain(&read.fresh)
            .map(|one| planned_tile(say, read, one))
            .collect(),
        posts: read
            .posts
            .iter()
            .map(|post| synced_tile(say, post))
            .collect(),
        synced: channel
            .synced_at
            .map(|at| if broken { say.at(at) } else { say.near(at) }),
        status: if channel.synced_at.is_none() {
            text.t("grid-never")
        } else {
            status
        },
        action,
        news: news(say, read),
        stale: symptom.is_some() && channel.synced_at.is_some(),
        symptom,
        left_out,
        create: guard.may(May::Draft, Some(read.set.id)).then(|| {
            let href = format!("{}?channel={}", urls::ComposeNew, channel.id);
            Action::link(text.t("nav-create"), href)
                .primary()
                .icon("plus")
        }),
    }
}

/// `3 new posts`, for a while after they came.
fn news(say: &Say, read: &GridRead) -> String {
    let Some(event) = &read.synced else {
        return String::new();
    };
    let new = event.detail["new_posts"].as_i64().unwrap_or(0);
    if new > 0 && ms_between(event.at, say.now) < NEWS_MS {
        say.text.t1("grid-new-posts", "n", new)
    } else {
        String::new()
    }
}

fn is_broken(read: &GridRead) -> bool {
    read.standing.channel.link == Link::Unlinked
        || read
            .standing
            .login
            .as_ref()
            .is_none_or(|login| login.health == Health::NeedsRefresh)
}

fn channel_href(read: &GridRead) -> String {
    urls::Channel {
        channel: read.standing.channel.id,
    }
    .to_string()
}

/// Which of the four symptoms the grid shows, if any: broken or disconnected, not syncing, recent posts
/// missing, not up to date.
fn symptom(say: &Say, read: &GridRead) -> Option<Symptom> {
    let (text, channel) = (&say.text, &read.standing.channel);
    let told = |tone, title: &str, words: String| {
        Some(Symptom {
            tone,
            title: text.t(title),
            words,
        })
    };
    let name = channel.name.as_str();
    if channel.link == Link::Unlinked {
        return told(
            Tone::Grey,
            "grid-unlinked",
            text.t1("grid-unlinked-words", "name", name),
        );
    }
    if is_broken(read) {
        let cause = read.standing.login.as_ref().and_then(|login| login.cause);
        let why = cause
            .map(|cause| super::cause_sentence(text, cause))
            .unwrap_or_default();
        let words = format!("{} {why}", text.t1("grid-broken-words", "name", name));
        return told(Tone::Red, "grid-broken", words.trim().to_owned());
    }
    if channel.sync_tries > 0 {
        let platform = channel.platform.name();
        let next = channel
            .sync_at
            .map(|at| say.near(at).words)
            .unwrap_or_default();
        let words = text.t2("grid-not-syncing-words", "platform", platform, "next", next);
        return told(Tone::Amber, "grid-not-syncing", words);
    }
    let synced_at = channel.synced_at?;
    let late = read
        .fresh
        .iter()
        .filter(|one| one.delivery.remote_id.is_some())
        .filter(|one| one.delivery.published_at.is_some_and(|at| at < synced_at))
        .count();
    if late > 0 {
        let words = text.t2(
            "grid-recent-missing-words",
            "n",
            late,
            "platform",
            channel.platform.name(),
        );
        return told(Tone::Blue, "grid-recent-missing", words);
    }
    if ms_between(synced_at, say.now) > OLD_MS {
        return told(Tone::Grey, "grid-old", text.t("grid-old-words"));
    }
    None
}

fn words(say: &Say, one: &Planned) -> String {
    if one.delivery.excerpt.is_empty() {
        say.text.t("post-without-words")
    } else {
        one.delivery.excerpt.clone()
    }
}

fn planned_tile(say: &Say, read: &GridRead, one: &Planned) -> GridTile {
    let row = &one.delivery;
    let due = row.due_at.unwrap_or(say.now);
    GridTile {
        text: say.text.clone(),
        id: row.id.to_string(),
        kind: TileKind::Planned,
        href: format!("{}?channel={}&delivery={}", urls::Grid, row.channel, row.id),
        picture: row
            .thumb_sha256
            .as_ref()
            .map(|sha256| super::picture(sha256)),
        words: words(say, one),
        state: Some(say.state(row, Some(&read.standing))),
        note: say.short_risk(row, &read.standing),
        when: say.at(due).words,
        datetime: due.to_string(),
        pictures: one.content.media.len().max(1),
        video: false,
        collab: false,
    }
}

fn synced_tile(say: &Say, post: &RemotePostRow) -> GridTile {
    GridTile {
        text: say.text.clone(),
        id: post.id.to_string(),
        kind: TileKind::Synced,
        href: post
            .permalink
            .clone()
            .unwrap_or_else(|| urls::Grid.to_string()),
        picture: post
            .picture_sha256
            .as_ref()
            .map(|sha256| super::picture(sha256)),
        words: if post.text.is_empty() {
            say.text.t("post-without-words")
        } else {
            post.text.chars().take(120).collect()
        },
        state: None,
        note: String::new(),
        when: say.at(post.at).words,
        datetime: post.at.to_string(),
        pictures: usize::try_from(post.items).unwrap_or(1).max(1),
        video: false,
        collab: false,
    }
}

/// What a drag tells: the tile, and the one in whose place it was put.
#[derive(Debug, Deserialize)]
pub struct Drag {
    id: DeliveryId,
    /// The tile that it changed places with.
    #[serde(default, deserialize_with = "parsed")]
    swap: Option<DeliveryId>,
}

/// A planned tile was dragged onto another: the two swap their times.
pub async fn drag(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Form(drag): Form<Drag>,
) -> Outcome<Response> {
    let Some(other) = drag.swap else {
        return Err(Refusal::not_found());
    };
    let (one, two) = grids::swap(&web, &guard, drag.id, other, Keep::Yes).await?;
    let set = crate::actions::sets::one(&web, &guard, one.social_set).await?;
    let say = Say::new(&ask.text, &web, &set.zone);
    let when = |row: &storage::deliveries::DeliveryRow| {
        row.due_at.map(|due| say.at(due).words).unwrap_or_default()
    };
    let words = ask
        .text
        .t2("grid-swapped", "first", when(&one), "second", when(&two));
    let flash = super::moved_words(&web, &guard, &say, &[&one, &two], words).await?;
    Ok(super::calendar::told(flash))
}

/// What *Update grid* sends.
#[derive(Debug, Deserialize)]
pub struct UpdateForm {
    channel: ChannelId,
}

/// *Update grid*.
pub async fn update(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Form(form): Form<UpdateForm>,
) -> Outcome<Response> {
    grids::update(&web, &guard, form.channel).await?;
    let to = format!("{}?channel={}", urls::Grid, form.channel);
    Ok(page::go(to, Some(Flash::done(ask.text.t("grid-updating")))))
}
