//! *Add & Edit Social Connections*: the social sets, and *Social Set Manager* for one of them.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::app::AppOwner;
use domain::ids::SocialSetId;
use domain::member::{Action as May, Role};
use domain::platform::{LoginFlow, Platform};
use storage::apps::AppRow;
use storage::people;

use crate::access::Guard;
use crate::actions::channels::Seen;
use crate::actions::{app_care, apps, channels, sets};
use crate::components::{Action, ChannelRow, Empty, LifeRing, PlatformTile, RingSize};
use crate::extract::Path;
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::channels::row;
use crate::pages::channels::words::Say;
use crate::pages::connect::half_done::{self, HalfDone};
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/connections/index.html")]
struct IndexPage {
    frame: Frame,
    open: Vec<HalfDone>,
    sets: Vec<SetCard>,
    new: Option<Action>,
}

struct SetCard {
    name: String,
    href: String,
    rings: Vec<LifeRing>,
    more: usize,
    words: String,
    attention: usize,
}

/// How many channels of a set show their ring in the list of sets.
const RINGS: usize = 8;

/// The sets.
pub async fn index(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let text = &ask.text;
    let all = channels::list(&web, &guard, None).await?;
    let mut cards = Vec::new();
    for set in sets::list(&web, &guard).await? {
        let here: Vec<&Seen> = all.iter().filter(|seen| seen.set.id == set.id).collect();
        let ring = |seen: &&Seen| {
            Say::of(text, web.now(), seen)
                .ring(seen)
                .sized(RingSize::Small)
        };
        cards.push(SetCard {
            href: urls::SetManager { set: set.id }.to_string(),
            rings: here.iter().take(RINGS).map(ring).collect(),
            more: here.len().saturating_sub(RINGS),
            words: text.t1("sets-channels", "n", here.len()),
            attention: here.iter().filter(|seen| seen.needs_person()).count(),
            name: set.name,
        });
    }
    let new = guard
        .may(May::Manage, None)
        .then(|| Action::link(text.t("sets-new"), urls::SetSettings.to_string()).icon("plus"));
    let frame = page::frame(&web, &guard, &ask, Entry::Channels).await?;
    let open = half_done::of(&web, &guard, text, None).await?;
    Ok(page::show(&IndexPage {
        frame,
        open,
        sets: cards,
        new,
    }))
}

#[derive(Template)]
#[template(path = "pages/connections/manager.html")]
struct ManagerPage {
    frame: Frame,
    name: String,
    rows: Vec<ChannelRow>,
    empty: Empty,
    open: Vec<HalfDone>,
    tiles: Vec<PlatformTile>,
    may_connect: bool,
    settings: Option<Action>,
}

/// *Social Set Manager*.
pub async fn manager(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<SocialSetId>,
) -> Outcome<Response> {
    let text = &ask.text;
    let set = sets::one(&web, &guard, id).await?;
    let seen = channels::list(&web, &guard, Some(id)).await?;
    let rows = seen
        .iter()
        .map(|seen| {
            row(
                &guard,
                &Say::of(text, web.now(), seen),
                seen,
                "channel-refresh",
            )
        })
        .collect();
    let may_connect = guard.may(May::Manage, Some(id));
    let empty = Empty {
        icon: "link-2",
        title: text.t("manager-none"),
        words: text.t("manager-none-words"),
        action: Some(Action::link(
            text.t("manager-plan-first"),
            crate::layout::nav::CREATE,
        )),
    };
    let open = half_done::of(&web, &guard, text, Some(id)).await?;
    let known = app_care::offered(&web, &guard).await?;
    let retired = apps::list(&web, &guard).await?;
    let whom = Whom {
        may_set_up: guard.may(May::Administer, None),
        admins: admins(&web, &guard).await?,
        retired: &retired,
    };
    let settings = guard.may(May::Manage, Some(id)).then(|| {
        Action::link(text.t("sets-edit"), urls::EditSet { set: id }.to_string())
            .quiet()
            .icon("settings")
    });
    Ok(page::show(&ManagerPage {
        frame: page::frame(&web, &guard, &ask, Entry::Channels).await?,
        name: set.name,
        rows,
        empty,
        open,
        tiles: tiles(text, id, &known, &whom),
        may_connect,
        settings,
    }))
}

/// A tile for each way to sign in that has an app, the first app of each; the other platforms greyed, with
/// whom to ask.
fn tiles(text: &Text, set: SocialSetId, apps: &[AppRow], whom: &Whom<'_>) -> Vec<PlatformTile> {
    let mut tiles = Vec::new();
    let mut done: BTreeSet<(Platform, LoginFlow)> = BTreeSet::new();
    for (platform, flow) in apps::flows() {
        let app = apps
            .iter()
            .find(|row| (row.app.platform, row.app.flow) == (platform, flow.flow));
        let fresh = done.insert((platform, flow.flow));
        let Some(app) = app.filter(|_| fresh) else {
            continue;
        };
        tiles.push(PlatformTile {
            text: text.clone(),
            platform: platform.as_str().to_owned(),
            href: Some(
                urls::ConnectNew {
                    set,
                    app: app.app.id,
                }
                .to_string(),
            ),
            note: text.t1("manager-through", "flow", flow.flow.name()),
        });
    }
    for platform in Platform::ALL {
        let adapter = platforms::registry::get(*platform);
        let some = apps.iter().any(|row| row.app.platform == *platform);
        if some && adapter.is_some() {
            continue;
        }
        // Nothing is promised where there is no adapter.
        let (note, href) = if adapter.is_some() {
            whom.to_ask(text, *platform)
        } else {
            (text.t("manager-not-yet"), None)
        };
        tiles.push(PlatformTile {
            text: text.clone(),
            platform: platform.as_str().to_owned(),
            href,
            note,
        });
    }
    tiles
}

/// Whom to ask for a platform that has no app.
struct Whom<'a> {
    may_set_up: bool,
    admins: Vec<String>,
    /// All apps, also those that take no new sign-ins.
    retired: &'a [AppRow],
}

impl Whom<'_> {
    /// The words, and for who may set it up the way to it.
    fn to_ask(&self, text: &Text, platform: Platform) -> (String, Option<String>) {
        if self.may_set_up {
            let to = urls::AppSetUp {
                platform: platform.to_string(),
            };
            return (text.t("manager-set-up-yourself"), Some(to.to_string()));
        }
        let by_house = self
            .retired
            .iter()
            .any(|row| row.app.platform == platform && row.app.owner == AppOwner::Installation);
        if by_house {
            return (text.t("manager-ask-house"), None);
        }
        if self.admins.is_empty() {
            return (text.t("manager-ask-admin"), None);
        }
        let names = self.admins.join(", ");
        (text.t1("manager-ask-names", "names", names), None)
    }
}

/// The names of those who may set up apps here, the first few.
async fn admins(web: &Web, guard: &Guard) -> Outcome<Vec<String>> {
    let workspace = guard.workspace();
    let members = web
        .read("web.admins", move |conn| {
            Ok(people::members(conn, workspace)?)
        })
        .await?;
    Ok(members
        .into_iter()
        .filter(|row| matches!(row.member.role, Role::Owner | Role::Admin))
        .filter(|row| row.member.sets.is_none())
        .map(|row| row.name)
        .take(ADMINS)
        .collect())
}

/// The most names of people to ask.
const ADMINS: usize = 3;
