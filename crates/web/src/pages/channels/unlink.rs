//! *Unlink*, standing apart: what is kept, what else may be enough, and the way back.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::channel::{Link, Mode};
use domain::ids::ChannelId;
use domain::member::Action as May;
use engine::connect::GivenBack;

use super::words::Say;
use super::{at_handle, to_channel};
use crate::access::Guard;
use crate::actions::{apps, channels};
use crate::components::{Account, Action, Tone};
use crate::extract::Path;
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::problem::Outcome;
use crate::state::Web;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/channels/unlink.html")]
struct UnlinkPage {
    frame: Frame,
    name: String,
    account: Account,
    lead: String,
    others: Vec<Other>,
    unlink: Action,
    back: Action,
}

/// What may be enough instead.
struct Other {
    title: String,
    words: String,
    action: Action,
}

/// The page.
pub async fn unlink_page(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    let text = &ask.text;
    let seen = channels::one(&web, &guard, id, May::Manage).await?;
    let say = Say::of(text, web.now(), &seen);
    let kept = seen.waiting.held + seen.waiting.planned;
    let used = seen.login.as_ref().map(|login| login.grant.flow);
    let mut others = Vec::new();
    for app in apps::list(&web, &guard).await? {
        if app.app.platform != seen.channel.platform || Some(app.app.flow) == used {
            continue;
        }
        let href = format!(
            "{}?app={}",
            urls::RefreshChannel { channel: id },
            app.app.id
        );
        others.push(Other {
            title: text.t1("unlink-other-flow", "flow", app.app.flow.name()),
            words: text.t("unlink-other-flow-words"),
            action: Action::link(
                text.t1("unlink-other-flow-button", "flow", app.app.flow.name()),
                href,
            ),
        });
    }
    if seen.channel.mode == Mode::Auto {
        others.push(Other {
            title: text.t("unlink-remind"),
            words: text.t("unlink-remind-words"),
            action: Action::post(
                text.t("channel-to-remind"),
                urls::ChannelMode { channel: id }.to_string(),
            )
            .with("mode", Mode::Remind.as_str()),
        });
    }
    let label = text.t("channel-unlink");
    Ok(page::show(&UnlinkPage {
        frame: page::frame(&web, &guard, &ask, Entry::Channels).await?,
        name: seen.channel.name.clone(),
        account: Account {
            label: seen.set.name.clone(),
            ring: say.ring(&seen),
            handle: at_handle(&seen.channel.handle),
        },
        lead: text.t1("unlink-kept", "n", kept),
        others,
        unlink: Action::post(label, urls::UnlinkChannel { channel: id }.to_string())
            .danger()
            .icon("unlink"),
        back: Action::link(
            text.t("unlink-not"),
            urls::Channel { channel: id }.to_string(),
        )
        .quiet(),
    }))
}

/// *Unlink*.
pub async fn unlink(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    let seen = channels::unlink(&web, &guard, id).await?;
    let kept = seen.waiting.held + seen.waiting.planned;
    Ok(to_channel(
        id,
        Flash::done(ask.text.t1("unlinked", "n", kept)),
    ))
}

/// *Undo*.
pub async fn undo_unlink(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    if let Err(refusal) = channels::undo_unlink(&web, &guard, id).await {
        // Pressed twice, or undone elsewhere: it is linked, as was asked for.
        let now = channels::one(&web, &guard, id, May::Manage).await?;
        if now.channel.link != Link::Linked {
            return Err(refusal);
        }
    }
    Ok(to_channel(id, Flash::done(ask.text.t("unlink-undone"))))
}

/// *Give the sign-in back*.
pub async fn give_back(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    let came = channels::give_back(&web, &guard, id).await?;
    let text = &ask.text;
    let flash = match came.iter().max_by_key(|came| weight(**came)) {
        None | Some(GivenBack::AtPlatform) => Flash::done(text.t("given-back")),
        Some(GivenBack::OnlyHere) => Flash {
            tone: Tone::Amber,
            words: text.t("given-back-here"),
            action: None,
        },
        Some(GivenBack::StillInUse) => Flash {
            tone: Tone::Amber,
            words: text.t("given-back-kept"),
            action: None,
        },
        Some(GivenBack::NotNow) => Flash::refused(text.t("given-back-not-now")),
    };
    Ok(to_channel(id, flash))
}

/// The gravest of several is told.
fn weight(came: GivenBack) -> u8 {
    match came {
        GivenBack::AtPlatform => 0,
        GivenBack::OnlyHere => 1,
        GivenBack::StillInUse => 2,
        GivenBack::NotNow => 3,
    }
}
