//! *Linked Accounts* (all sets, trouble first) and one channel: how its login is, why, since when, what
//! waits, and the one thing to do about it.

pub mod banner;
pub mod diagnosis;
pub mod fire_drill;
pub mod lacks;
pub mod life;
pub mod show;
pub mod sign_ins;
pub mod unlink;
pub mod words;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::Timestamp;
use domain::channel::Mode;
use domain::health::Health;
use domain::ids::ChannelId;
use domain::member::Action as May;
use engine::connect::Extended;
use engine::watch::Probed;
use http::header;
use serde::Deserialize;

use crate::access::Guard;
use crate::actions::channels::{self, Seen};
use crate::components::{Action, ChannelRow, Empty, Menu, Tab, Tabs, Tone};
use crate::extract::{Form, Path, Query};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::pages::connect::half_done::{self, HalfDone};
use crate::pages::help::cause_href;
use crate::problem::{Outcome, Refusal};
use crate::state::Web;
use crate::text::Text;
use crate::urls;

pub use diagnosis::evidence;
pub use show::show;
pub use sign_ins::decide;
pub use unlink::{give_back, undo_unlink, unlink, unlink_page};
use words::Say;

#[derive(Template)]
#[template(path = "pages/channels/list.html")]
struct ListPage {
    frame: Frame,
    tabs: Tabs,
    open: Vec<HalfDone>,
    groups: Vec<Group>,
    empty: Empty,
}

/// The channels of one kind of state, in one card.
struct Group {
    rows: Vec<ChannelRow>,
}

/// `?show=attention`.
#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    show: String,
}

/// *Linked Accounts*.
pub async fn list(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Query(filter): Query<Filter>,
) -> Outcome<Response> {
    let text = &ask.text;
    let all = channels::list(&web, &guard, None).await?;
    let needy = all.iter().filter(|seen| seen.needs_person()).count();
    let only = filter.show == "attention";
    let rows: Vec<ChannelRow> = all
        .iter()
        .filter(|seen| !only || seen.needs_person())
        .map(|seen| {
            row(
                &guard,
                &Say::of(text, web.now(), seen),
                seen,
                "refresh-credentials",
            )
        })
        .collect();
    let all_href = urls::Channels.to_string();
    let tabs = Tabs {
        label: text.t("nav-linked-accounts"),
        tabs: vec![
            Tab::new(text.t("channels-all"), all_href.clone(), !only).count(all.len(), false),
            Tab::new(
                text.t("channels-attention"),
                format!("{all_href}?show=attention"),
                only,
            )
            .count(needy, needy > 0),
        ],
        joined: false,
    };
    let empty = if all.is_empty() {
        let action = Action::link(text.t("switcher-edit"), urls::Sets.to_string()).primary();
        Empty {
            icon: "link-2",
            title: text.t("channels-none"),
            words: text.t("channels-none-words"),
            action: Some(action),
        }
    } else {
        Empty {
            icon: "circle-check",
            title: text.t("channels-well"),
            words: text.t("channels-well-words"),
            action: None,
        }
    };
    let frame = page::frame(&web, &guard, &ask, Entry::Channels).await?;
    Ok(page::show(&ListPage {
        frame,
        tabs,
        open: half_done::of(&web, &guard, text, None).await?,
        groups: vec![Group { rows }],
        empty,
    }))
}

/// A channel in a list. `refresh` is the key of the label for signing in again.
#[must_use]
pub fn row(guard: &Guard, say: &Say, seen: &Seen, refresh: &'static str) -> ChannelRow {
    let id = seen.channel.id;
    ChannelRow {
        ring: say.ring(seen),
        href: urls::Channel { channel: id }.to_string(),
        handle: at_handle(&seen.channel.handle),
        health: say.health(seen),
        tone: say.tone(seen),
        details: say.details(seen),
        about: seen
            .cause()
            .filter(|_| say.tone(seen).is_some() && seen.is_linked())
            .map(cause_href),
        checked: say.checked(seen),
        sign_in: say.sign_in(seen),
        main: main_action(guard, &say.text, seen, refresh),
        menu: menu(guard, &say.text, seen, say.now),
    }
}

/// `@name`, or nothing where there is no handle.
#[must_use]
pub fn at_handle(handle: &str) -> String {
    if handle.is_empty() {
        String::new()
    } else {
        format!("@{handle}")
    }
}

/// The one main button, by state.
#[must_use]
pub fn main_action(
    guard: &Guard,
    text: &Text,
    seen: &Seen,
    refresh: &'static str,
) -> Option<Action> {
    let (channel, set) = (seen.channel.id, Some(seen.channel.social_set));
    let name = seen.channel.name.as_str();
    if !seen.is_linked() {
        let link = Action::link(
            text.t("channel-link-again"),
            urls::RefreshChannel { channel }.to_string(),
        );
        return guard.may(May::Manage, set).then_some(link);
    }
    if !guard.may(May::SignIn, set) {
        return None;
    }
    let sign_in = || {
        Action::link(
            text.t(refresh),
            urls::RefreshChannel { channel }.to_string(),
        )
        .spoken(format!("{}: {name}", text.t(refresh)))
    };
    let check = || {
        Action::post(
            text.t("channel-check"),
            urls::CheckChannel { channel }.to_string(),
        )
    };
    if seen.channel.mode == Mode::Remind {
        let auto = Action::post(
            text.t("channel-to-auto"),
            urls::ChannelMode { channel }.to_string(),
        );
        return guard
            .may(May::Manage, set)
            .then(|| auto.with("mode", Mode::Auto.as_str()));
    }
    Some(match seen.health() {
        Health::NeedsRefresh => sign_in().primary(),
        Health::Limited if seen.signing_in_helps() => sign_in().primary(),
        Health::Limited | Health::Waiting | Health::Checking => check(),
        Health::Expiring => sign_in(),
        Health::Healthy => Action::post(
            text.t("channel-sync"),
            urls::SyncChannel { channel }.to_string(),
        )
        .icon("refresh-cw")
        .spoken(format!("{}: {name}", text.t("channel-sync"))),
    })
}

/// Whether its login can be extended at this moment: where it cannot be yet, its page says from when.
#[must_use]
pub fn may_extend(seen: &Seen, now: Timestamp) -> bool {
    let from = seen
        .login
        .as_ref()
        .filter(|login| login.lives())
        .and_then(|login| login.extends_from().ok().flatten());
    from.is_some_and(|from| from <= now)
}

/// Everything else that can be done.
#[must_use]
pub fn menu(guard: &Guard, text: &Text, seen: &Seen, now: Timestamp) -> Menu {
    let (channel, set) = (seen.channel.id, Some(seen.channel.social_set));
    let mut items = vec![
        Action::link(
            text.t("channel-history"),
            format!("{}#timeline", urls::Channel { channel }),
        )
        .icon("history"),
        Action::link(
            text.t("drill-menu"),
            urls::FireDrill { channel }.to_string(),
        )
        .icon("flame"),
    ];
    if seen.is_linked() && guard.may(May::SignIn, set) {
        items.push(
            Action::link(
                text.t("channel-refresh"),
                urls::RefreshChannel { channel }.to_string(),
            )
            .icon("key-round"),
        );
        if may_extend(seen, now) {
            items.push(
                Action::post(
                    text.t("channel-extend"),
                    urls::ExtendChannel { channel }.to_string(),
                )
                .icon("alarm-clock"),
            );
        }
        items.push(
            Action::post(
                text.t("channel-check"),
                urls::CheckChannel { channel }.to_string(),
            )
            .icon("circle-check"),
        );
        items.push(
            Action::post(
                text.t("channel-sync"),
                urls::SyncChannel { channel }.to_string(),
            )
            .icon("refresh-cw"),
        );
    }
    if guard.may(May::Manage, set) {
        let post = |key: &'static str, icon| (text.t(key), icon);
        let (to, (label, icon)) = match seen.channel.mode {
            Mode::Auto => (Mode::Remind, post("channel-to-remind", "bell")),
            Mode::Remind => (Mode::Auto, post("channel-to-auto", "send")),
        };
        items.push(
            Action::post(label, urls::ChannelMode { channel }.to_string())
                .with("mode", to.as_str())
                .icon(icon),
        );
        if seen.is_linked() {
            items.push(
                Action::link(
                    text.t("channel-unlink"),
                    urls::UnlinkChannel { channel }.to_string(),
                )
                .icon("unlink")
                .danger(),
            );
        } else {
            items.push(
                Action::post(
                    text.t("channel-undo-unlink"),
                    urls::UndoUnlink { channel }.to_string(),
                )
                .icon("undo-2"),
            );
        }
    }
    Menu::dots(
        text.t1("more-for", "name", seen.channel.name.as_str()),
        items,
    )
}

fn to_channel(channel: ChannelId, flash: Flash) -> Response {
    page::go(urls::Channel { channel }, Some(flash))
}

fn amber(words: String) -> Flash {
    Flash {
        tone: Tone::Amber,
        words,
        action: None,
    }
}

/// *Extend now*.
pub async fn extend(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    let seen = channels::one(&web, &guard, id, May::SignIn).await?;
    let (say, text) = (Say::of(&ask.text, web.now(), &seen), &ask.text);
    let flash = match channels::extend(&web, &guard, id).await? {
        Extended::Done {
            good_until: Some(at),
            ..
        } => Flash::done(text.t1("extended-until", "day", say.day(at))),
        Extended::Done { .. } => Flash::done(text.t("extended")),
        Extended::NotBefore(at) => amber(text.t1("extend-not-before", "when", say.moment(at))),
        Extended::Cannot(_) => amber(text.t("extend-cannot")),
        Extended::TryAgain(at) => {
            let after = channels::one(&web, &guard, id, May::SignIn).await?;
            let key = if after.refusal().is_some() {
                "extend-refused"
            } else {
                "extend-later"
            };
            amber(text.t1(key, "when", say.near(at).words))
        }
        Extended::Dead(cause) => Flash::refused(crate::pages::help::cause_title(text, cause)),
        Extended::Busy => amber(text.t("extend-busy")),
    };
    Ok(to_channel(id, flash))
}

/// *Check now*.
pub async fn check(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    let flash = match channels::check(&web, &guard, id).await? {
        Probed::Well => Flash::done(ask.text.t("checked-well")),
        Probed::Not(_) => amber(ask.text.t("checked-not")),
        Probed::Later(_) => amber(ask.text.t("checked-later")),
    };
    Ok(to_channel(id, flash))
}

/// *Update grid*.
pub async fn sync(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    channels::sync(&web, &guard, id).await?;
    Ok(to_channel(id, Flash::done(ask.text.t("sync-begun"))))
}

/// What the form for the mode sends.
#[derive(Deserialize)]
pub struct ModeFields {
    mode: Mode,
}

/// Who posts.
pub async fn mode(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
    Form(given): Form<ModeFields>,
) -> Outcome<Response> {
    channels::set_mode(&web, &guard, id, given.mode).await?;
    let words = match given.mode {
        Mode::Auto => ask.text.t("mode-is-auto"),
        Mode::Remind => ask.text.t("mode-is-remind"),
    };
    Ok(to_channel(id, Flash::done(words)))
}

/// The channel's picture, as it was last read back.
pub async fn picture(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    let seen = channels::one(&web, &guard, id, May::Read).await?;
    small_picture(&web, seen.channel.picture_sha256.as_deref()).await
}

/// A small picture from the store; its address changes with it.
///
/// # Errors
/// `not_found`.
pub(in crate::pages) async fn small_picture(web: &Web, sha256: Option<&str>) -> Outcome<Response> {
    let hash = sha256.and_then(|hash| hash.parse().ok());
    let hash = hash.ok_or_else(Refusal::not_found)?;
    let bytes = web
        .media
        .get(hash)
        .await
        .map_err(|_| Refusal::not_found())?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CACHE_CONTROL, "private, max-age=86400"),
    ];
    Ok((headers, bytes).into_response())
}
