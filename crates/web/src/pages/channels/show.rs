//! One channel's page.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::health::Health;
use domain::ids::ChannelId;
use domain::member::Action as May;

use super::words::{Say, evidence_line};
use super::{at_handle, main_action, menu};
use crate::access::Guard;
use crate::actions::channels::{self, Seen};
use crate::components::{Action, LifeRing, Menu, RingSize, Tone, When, platform_name};
use crate::extract::Path;
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::help::{CauseWords, cause_words};
use crate::problem::Outcome;
use crate::state::Web;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/channels/show.html")]
struct ChannelPage {
    frame: Frame,
    ring: LifeRing,
    name: String,
    handle: String,
    platform: String,
    set: String,
    set_href: String,
    health: String,
    tone: &'static str,
    details: Vec<String>,
    main: Option<Action>,
    refresh: Option<Action>,
    extend: Option<Action>,
    menu: Menu,
    undo: Option<Undo>,
    trouble: Option<Trouble>,
    held: Option<Action>,
    facts: Vec<(String, String)>,
    events: Vec<(&'static str, String, When)>,
}

/// What a channel that is not well says.
struct Trouble {
    words: CauseWords,
    help: String,
    since: When,
    evidence: String,
}

/// Above a channel that is not linked.
struct Undo {
    words: String,
    undo: Option<Action>,
    give_back: Option<Action>,
}

/// The page.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    let text = &ask.text;
    let seen = channels::one(&web, &guard, id, May::Read).await?;
    let timeline = channels::timeline(&web, &guard, id).await?;
    let say = Say::of(text, web.now(), &seen);
    let (set, channel) = (Some(seen.channel.social_set), id);
    let may_sign_in = guard.may(May::SignIn, set) && seen.is_linked();
    let main = main_action(&guard, text, &seen, "channel-refresh");
    let refresh = Action::link(
        text.t("channel-refresh"),
        urls::RefreshChannel { channel }.to_string(),
    );
    let is_main = main
        .as_ref()
        .is_some_and(|main| main.label == refresh.label);
    let extend = Action::post(
        text.t("channel-extend"),
        urls::ExtendChannel { channel }.to_string(),
    );
    let events = timeline
        .iter()
        .map(|event| {
            let (icon, words) = say.event(event);
            (icon, words, say.near(event.at))
        })
        .collect();
    let frame = page::frame(&web, &guard, &ask, Entry::Channels).await?;
    let held = (seen.waiting.held > 0).then(|| {
        Action::link(
            text.t1("channel-see-held", "n", seen.waiting.held),
            format!("/missed?channel={id}"),
        )
    });
    Ok(page::show(&ChannelPage {
        ring: say.ring(&seen).sized(RingSize::Large),
        name: seen.channel.name.clone(),
        handle: at_handle(&seen.channel.handle),
        platform: platform_name(text, seen.channel.platform.as_str()),
        set: seen.set.name.clone(),
        set_href: urls::SetManager { set: seen.set.id }.to_string(),
        health: say.health(&seen),
        tone: say.tone(&seen).unwrap_or(Tone::Green).key(),
        details: say.details(&seen),
        refresh: (may_sign_in && !is_main).then_some(refresh),
        extend: (may_sign_in && seen.health() == Health::Expiring).then_some(extend),
        menu: menu(&guard, text, &seen),
        undo: undo(&guard, &say, &seen),
        trouble: trouble(&say, &seen),
        facts: facts(&say, &seen),
        main,
        held,
        events,
        frame,
    }))
}

fn undo(guard: &Guard, say: &Say, seen: &Seen) -> Option<Undo> {
    if seen.is_linked() {
        return None;
    }
    let (text, channel) = (&say.text, seen.channel.id);
    let may = guard.may(May::Manage, Some(seen.channel.social_set));
    let lives = seen
        .login
        .as_ref()
        .is_some_and(engine::login::LoginRows::lives);
    let kept = seen.waiting.held + seen.waiting.planned;
    let words = if lives {
        "undo-words"
    } else {
        "undo-words-ended"
    };
    Some(Undo {
        words: text.t1(words, "n", kept),
        undo: may.then(|| {
            Action::post(
                text.t("channel-undo-unlink"),
                urls::UndoUnlink { channel }.to_string(),
            )
            .primary()
        }),
        give_back: (may && lives).then(|| {
            Action::post(
                text.t("channel-give-back"),
                urls::GiveBack { channel }.to_string(),
            )
            .quiet()
        }),
    })
}

fn trouble(say: &Say, seen: &Seen) -> Option<Trouble> {
    let login = seen.login.as_ref()?;
    let condition = &login.on.condition;
    let not_well = matches!(
        condition.health,
        Health::NeedsRefresh | Health::Limited | Health::Waiting
    );
    let cause = condition.cause.filter(|_| not_well && seen.is_linked())?;
    Some(Trouble {
        words: cause_words(&say.text, cause),
        help: urls::HelpCause {
            cause: cause.to_string(),
        }
        .to_string(),
        since: say.near(condition.since),
        evidence: condition
            .evidence
            .as_ref()
            .map(evidence_line)
            .unwrap_or_default(),
    })
}

/// Whose sign-in it is, through what, until when, with how we know.
fn facts(say: &Say, seen: &Seen) -> Vec<(String, String)> {
    let text = &say.text;
    let mut facts = Vec::new();
    if let Some(login) = &seen.login {
        facts.push((text.t("fact-sign-in"), say.sign_in(seen)));
        facts.push((text.t("fact-app"), app_words(text, login)));
        facts.push((text.t("fact-scopes"), login.grant.scopes.join(", ")));
        if let Some(role) = login.on.role.as_ref().filter(|role| !role.is_empty()) {
            facts.push((text.t("fact-role"), role.clone()));
        }
        if login.lives() {
            facts.push((text.t("fact-future"), say.future(seen.outlook())));
        }
        facts.extend(say.ends(login));
        if let Some(at) = login.grant.renew_at.filter(|_| login.lives()) {
            facts.push((text.t("fact-next-extended"), say.near(at).words));
        }
        let checked = login
            .on
            .proven_at
            .map_or_else(|| text.t("fact-never"), |at| say.near(at).words);
        facts.push((text.t("fact-checked"), checked));
    }
    let synced = seen
        .channel
        .synced_at
        .map_or_else(|| text.t("fact-never"), |at| say.near(at).words);
    facts.push((text.t("fact-synced"), synced));
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

fn app_words(text: &crate::text::Text, login: &engine::login::LoginRows) -> String {
    let owner = match login.app.app.owner {
        domain::app::AppOwner::Installation => text.t("apps-owner-house"),
        domain::app::AppOwner::Workspace(_) => text.t("apps-owner-workspace"),
    };
    format!(
        "{} ({owner})",
        text.t1("apps-through", "flow", login.grant.flow.name())
    )
}
