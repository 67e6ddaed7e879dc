//! The Inbox: news about channels and posts, what needs a person first.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::cause::Mender;
use domain::ids::NoticeId;
use domain::member::Action as May;
use domain::notice::{NoticeKind, NoticeState};
use serde::Deserialize;
use storage::notices::NoticeRow as Stored;

use crate::access::Guard;
use crate::actions::channels::{self, Seen};
use crate::actions::lacks::lacks;
use crate::actions::notices::{self, Show};
use crate::actions::{apps, troubles};
use crate::components::{Action, Empty, NoticeRow, Tab, Tabs, Tone, When, platform_name};
use crate::extract::{Path, Query};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::pages::channels::lacks::who;
use crate::pages::channels::words::Say;
use crate::pages::help::{cause_href, cause_title, cause_words};
use crate::pages::settings::apps::app_name;
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/inbox.html")]
struct InboxPage {
    frame: Frame,
    tabs: Tabs,
    troubles: Vec<InTrouble>,
    groups: Vec<(String, Vec<NoticeRow>)>,
    empty: Empty,
}

/// An app in trouble, for whoever may mend it. One line an app, however many channels wait.
struct InTrouble {
    words: String,
    since: When,
    about: String,
    more: String,
    open: Action,
}

/// `?show=all`.
#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    show: String,
}

/// The list.
pub async fn list(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Query(filter): Query<Filter>,
) -> Outcome<Response> {
    let text = &ask.text;
    let show = if filter.show == "all" {
        Show::All
    } else {
        Show::Open
    };
    let all = notices::list(&web, &guard, show).await?;
    let seen = channels::list(&web, &guard, None).await?;
    let open = all
        .iter()
        .filter(|notice| notice.closed_at.is_none())
        .count();
    let mut groups: [Vec<NoticeRow>; 3] = Default::default();
    for notice in &all {
        let place = match (notice.closed_at, notice.kind.needs_person()) {
            (Some(_), _) => 2,
            (None, true) => 0,
            (None, false) => 1,
        };
        groups[place].push(row(&web, &guard, text, notice, &seen));
    }
    let keys = ["inbox-needs-you", "inbox-news", "inbox-over"];
    let groups: Vec<_> = keys
        .into_iter()
        .zip(groups)
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(key, rows)| (text.t(key), rows))
        .collect();
    let href = urls::Inbox.to_string();
    let tabs = Tabs {
        label: text.t("nav-inbox"),
        tabs: vec![
            Tab::new(text.t("inbox-open"), href.clone(), show == Show::Open).count(open, false),
            Tab::new(
                text.t("inbox-all"),
                format!("{href}?show=all"),
                show == Show::All,
            ),
        ],
        joined: false,
    };
    let empty = Empty {
        icon: "inbox",
        title: text.t("inbox-empty"),
        words: text.t("inbox-empty-words"),
        action: None,
    };
    let frame = page::frame(&web, &guard, &ask, Entry::Inbox).await?;
    Ok(page::show(&InboxPage {
        troubles: in_trouble(&web, &guard, text).await?,
        frame,
        tabs,
        groups,
        empty,
    }))
}

async fn in_trouble(web: &Web, guard: &Guard, text: &Text) -> Outcome<Vec<InTrouble>> {
    if !guard.may(May::Administer, None) {
        return Ok(Vec::new());
    }
    let all = troubles::list(web, guard).await?;
    let apps = if all.is_empty() {
        Vec::new()
    } else {
        apps::list(web, guard).await?
    };
    let utc = jiff::tz::TimeZone::UTC;
    let rows = all.iter().filter_map(|trouble| {
        let (breaker, waiting) = (&trouble.breaker, i64::from(trouble.waiting));
        let row = apps.iter().find(|row| row.app.id == breaker.app)?;
        let platform = platform_name(text, row.app.platform.as_str());
        let key = if breaker.cause.mender() == Mender::Operator {
            "inbox-app-refused"
        } else {
            "inbox-app-waits"
        };
        Some(InTrouble {
            words: text.t_args(
                key,
                &[
                    ("platform", platform.into()),
                    ("app", app_name(text, row).into()),
                    ("n", waiting.into()),
                ],
            ),
            since: When::relative(text, breaker.opened_at, web.now(), &utc),
            about: cause_href(breaker.cause),
            more: cause_title(text, breaker.cause),
            open: Action::link(
                text.t("apps-open"),
                urls::EditApp { app: breaker.app }.to_string(),
            )
            .small(),
        })
    });
    Ok(rows.collect())
}

fn row(web: &Web, guard: &Guard, text: &Text, notice: &Stored, channels: &[Seen]) -> NoticeRow {
    let seen = notice
        .channel
        .and_then(|id| channels.iter().find(|seen| seen.channel.id == id));
    let zone = seen.map_or(jiff::tz::TimeZone::UTC, |seen| seen.set.zone.tz().clone());
    let say = Say {
        text: text.clone(),
        now: web.now(),
        zone,
    };
    let (tone, icon) = looks(notice);
    let waits = notice.waiting > 0;
    let href = match notice.channel {
        Some(channel)
            if !matches!(
                notice.kind,
                NoticeKind::Missed | NoticeKind::Failed | NoticeKind::Uncertain
            ) =>
        {
            urls::Channel { channel }.to_string()
        }
        _ => "/missed".to_owned(),
    };
    let mut facts: Vec<String> = Vec::new();
    if let Some(seen) = seen {
        facts.push(platform_name(text, seen.channel.platform.as_str()));
        facts.push(seen.set.name.clone());
    }
    if waits {
        facts.push(text.t1("channel-held", "n", notice.waiting));
    }
    let acknowledge = (notice.state == NoticeState::Open).then(|| {
        Action::post(
            text.t("inbox-acknowledge"),
            urls::AcknowledgeNotice { notice: notice.id }.to_string(),
        )
        .quiet()
        .small()
    });
    let action = action(guard, text, notice, seen);
    let menu = match (&action, acknowledge) {
        (Some(_), Some(acknowledge)) => Some(crate::components::Menu::dots(
            text.t1("more-for", "name", title(&say, notice, seen)),
            vec![acknowledge.icon("check")],
        )),
        _ => None,
    };
    let action = action.or_else(|| {
        (notice.state == NoticeState::Open).then(|| {
            Action::post(
                text.t("inbox-acknowledge"),
                urls::AcknowledgeNotice { notice: notice.id }.to_string(),
            )
            .quiet()
            .small()
        })
    });
    NoticeRow {
        text: text.clone(),
        tone,
        icon,
        title: title(&say, notice, seen),
        href,
        body: body(&say, notice, seen),
        about: notice.cause.map(cause_href),
        when: When::relative(text, notice.grown_at, say.now, &say.zone),
        facts,
        is_new: notice.state == NoticeState::Open,
        action,
        menu,
    }
}

fn looks(notice: &Stored) -> (Tone, &'static str) {
    if notice.closed_at.is_some() {
        return (Tone::Grey, "circle-check");
    }
    match notice.kind {
        NoticeKind::NeedsRefresh if restored(notice) => (Tone::Amber, "circle-pause"),
        NoticeKind::NeedsRefresh => (Tone::Red, "key-round"),
        NoticeKind::Limited if restored(notice) => (Tone::Amber, "circle-pause"),
        NoticeKind::Limited => (Tone::Amber, "lock"),
        NoticeKind::Expiring => (Tone::Amber, "alarm-clock"),
        NoticeKind::Waiting => (Tone::Grey, "cloud"),
        NoticeKind::Missed => (Tone::Amber, "circle-pause"),
        NoticeKind::Failed => (Tone::Red, "circle-x"),
        NoticeKind::Uncertain => (Tone::Amber, "circle-help"),
        NoticeKind::Reminded => (Tone::Blue, "bell-ring"),
        NoticeKind::Restored => (Tone::Green, "circle-check"),
    }
}

/// The login is well again; what was missed still waits.
fn restored(notice: &Stored) -> bool {
    notice
        .detail
        .get("restored_at")
        .is_some_and(|at| !at.is_null())
}

/// What was not lost comes first.
fn title(say: &Say, notice: &Stored, seen: Option<&Seen>) -> String {
    let text = &say.text;
    let name = seen.map_or_else(
        || text.t("inbox-a-channel"),
        |seen| seen.channel.name.clone(),
    );
    let end = notice.detail["end_at"]
        .as_str()
        .and_then(|at| at.parse().ok())
        .map(|at| say.day(at));
    let n = notice.waiting;
    match notice.kind {
        NoticeKind::NeedsRefresh | NoticeKind::Limited if restored(notice) => {
            text.t2("notice-restored-held", "n", n, "name", name)
        }
        NoticeKind::NeedsRefresh if n > 0 => text.t2("notice-needs-held", "n", n, "name", name),
        NoticeKind::NeedsRefresh => text.t1("notice-needs", "name", name),
        NoticeKind::Limited if n > 0 => text.t2("notice-limited-held", "n", n, "name", name),
        NoticeKind::Limited => text.t1("notice-limited", "name", name),
        NoticeKind::Expiring => text.t2(
            "notice-expiring",
            "name",
            name,
            "day",
            end.unwrap_or_default(),
        ),
        NoticeKind::Waiting => text.t1("notice-waiting", "name", name),
        NoticeKind::Missed => text.t2("notice-missed", "n", n, "name", name),
        NoticeKind::Failed => text.t1("notice-failed", "name", name),
        NoticeKind::Uncertain => text.t1("notice-uncertain", "name", name),
        NoticeKind::Reminded => text.t1("notice-reminded", "name", name),
        NoticeKind::Restored => text.t1("notice-restored", "name", name),
    }
}

fn body(say: &Say, notice: &Stored, seen: Option<&Seen>) -> String {
    if let (NoticeKind::Limited, Some(seen)) = (notice.kind, seen)
        && notice.closed_at.is_none()
        && seen.cause() == notice.cause
    {
        // What is missing by name, and who can give it.
        let missing = lacks(seen);
        let parts = [say.health(seen), who(say, seen, &missing)];
        if !missing.is_empty() {
            return parts.join(". ");
        }
    }
    match (notice.kind, notice.cause) {
        (NoticeKind::Expiring, _) => say.text.t("notice-expiring-words"),
        (_, Some(cause)) => cause_words(&say.text, cause).sentence,
        (NoticeKind::Uncertain, None) => say.text.t("notice-uncertain-words"),
        (_, None) => String::new(),
    }
}

fn action(guard: &Guard, text: &Text, notice: &Stored, seen: Option<&Seen>) -> Option<Action> {
    if notice.closed_at.is_some() {
        return None;
    }
    let missed = |label: &'static str| {
        let query = notice
            .channel
            .map(|id| format!("?channel={id}"))
            .unwrap_or_default();
        Action::link(text.t(label), format!("/missed{query}")).small()
    };
    match notice.kind {
        NoticeKind::NeedsRefresh | NoticeKind::Limited if restored(notice) => {
            Some(missed("notice-reschedule").primary())
        }
        NoticeKind::NeedsRefresh | NoticeKind::Limited | NoticeKind::Expiring => {
            let seen = seen?;
            let may = guard.may(May::SignIn, Some(seen.channel.social_set));
            let href = urls::RefreshChannel {
                channel: seen.channel.id,
            }
            .to_string();
            let helps = notice.kind == NoticeKind::Expiring || seen.signing_in_helps();
            let button = Action::link(text.t("refresh-credentials"), href).small();
            (may && helps).then(|| {
                if notice.kind == NoticeKind::Expiring {
                    button
                } else {
                    button.primary()
                }
            })
        }
        NoticeKind::Missed | NoticeKind::Failed | NoticeKind::Uncertain => {
            Some(missed("notice-look"))
        }
        NoticeKind::Waiting | NoticeKind::Reminded | NoticeKind::Restored => None,
    }
}

/// Somebody saw it.
pub async fn acknowledge(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<NoticeId>,
) -> Outcome<Response> {
    notices::acknowledge(&web, &guard, id).await?;
    Ok(page::go(
        urls::Inbox,
        Some(Flash::done(ask.text.t("inbox-acknowledged"))),
    ))
}
