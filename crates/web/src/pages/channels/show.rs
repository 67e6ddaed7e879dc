//! One channel's page.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::channel::Mode;
use domain::grant::Mechanism;
use domain::health::Health;
use domain::ids::{ChannelId, EventId};
use domain::member::Action as May;
use domain::schedule::{DAY_MS, HOUR_MS, ms_between, plus_ms};
use serde::Deserialize;
use storage::channel_events::ChannelEvent;

use super::diagnosis::{self, Aside, Trouble};
use super::lacks::who;
use super::life::{Line, Stood, fold, lengths, stretches};
use super::sign_ins::{Card, cards};
use super::words::Say;
use super::{at_handle, main_action, menu};
use crate::access::Guard;
use crate::actions::channels::{self, Seen};
use crate::actions::lacks::lacks;
use crate::actions::sign_ins;
use crate::components::{Action, LifeRing, Menu, RingSize, Tone, When, platform_name};
use crate::extract::{Path, Query};
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::help::cause_title;
use crate::pages::planning::names;
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
    aside: Option<Aside>,
    held: Option<Action>,
    future: String,
    extend_words: String,
    facts: Vec<(String, String)>,
    strip: Option<Strip>,
    cards: Vec<Card>,
    events: Vec<(&'static str, String, When)>,
    older: Option<Action>,
}

/// The channel's life, drawn: pieces and moments in thousandths of its length.
struct Strip {
    spoken: String,
    pieces: Vec<(&'static str, String, String)>,
    marks: Vec<(&'static str, String)>,
    from: String,
    legend: Vec<(&'static str, String)>,
}

/// Above a channel that is not linked.
struct Undo {
    words: String,
    undo: Option<Action>,
    give_back: Option<Action>,
}

/// How many lines of the timeline are read for one page.
const READ: usize = 200;
/// How many of them are shown, folded.
const SHOWN: usize = 40;
/// The length of the strip.
const STRIP_MS: i64 = 90 * DAY_MS;

/// `?before=`: lines before this one.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    /// Milliseconds and id, as the page's own link has them.
    #[serde(default)]
    before: String,
}

impl Look {
    fn place(&self) -> Option<(Timestamp, EventId)> {
        let (at, id) = self.before.split_once('.')?;
        let at = Timestamp::from_millisecond(at.parse().ok()?).ok()?;
        Some((at, id.parse().ok()?))
    }
}

/// The page.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
    Query(look): Query<Look>,
) -> Outcome<Response> {
    let text = &ask.text;
    let seen = channels::one(&web, &guard, id, May::Read).await?;
    let timeline = channels::timeline(&web, &guard, id, look.place(), READ + 1).await?;
    let sign_ins = sign_ins::list(&web, &guard, id).await?;
    let names = names(&web, &guard).await?;
    let say = Say::of(text, web.now(), &seen);
    let strip = strip(&web, &guard, &say, &seen).await?;
    let (events, older) = lines(&say, id, &timeline);
    let parts = Parts {
        guard: &guard,
        say: &say,
        seen: &seen,
    };
    let (extend, extend_words) = parts.extend();
    let main = main_action(&guard, text, &seen, "channel-refresh");
    let frame = page::frame(&web, &guard, &ask, Entry::Channels).await?;
    Ok(page::show(&ChannelPage {
        ring: say.ring(&seen).sized(RingSize::Large),
        name: seen.channel.name.clone(),
        handle: at_handle(&seen.channel.handle),
        platform: platform_name(text, seen.channel.platform.as_str()),
        set: seen.set.name.clone(),
        set_href: urls::SetManager { set: seen.set.id }.to_string(),
        health: say.health(&seen),
        tone: say.tone(&seen).unwrap_or(Tone::Green).key(),
        details: parts.details(),
        refresh: parts.refresh(main.as_ref()),
        extend,
        extend_words,
        menu: menu(&guard, text, &seen, say.now),
        undo: undo(&guard, &say, &seen),
        future: parts.future(),
        trouble: diagnosis::trouble(&web, &guard, &say, &seen).await?,
        aside: diagnosis::aside(&guard, &say, &seen),
        facts: facts(&say, &seen),
        strip,
        cards: cards(&guard, &say, &seen, &sign_ins, &names),
        held: parts.held(),
        main,
        events,
        older,
        frame,
    }))
}

struct Parts<'a> {
    guard: &'a Guard,
    say: &'a Say,
    seen: &'a Seen,
}

impl Parts<'_> {
    fn may_sign_in(&self) -> bool {
        let set = Some(self.seen.channel.social_set);
        self.guard.may(May::SignIn, set) && self.seen.is_linked()
    }

    /// Signing in again always may, unless it is the main button already.
    fn refresh(&self, main: Option<&Action>) -> Option<Action> {
        let channel = self.seen.channel.id;
        let refresh = Action::link(
            self.say.text.t("channel-refresh"),
            urls::RefreshChannel { channel }.to_string(),
        );
        let is_main = main.is_some_and(|main| main.label == refresh.label);
        (self.may_sign_in() && !is_main).then_some(refresh)
    }

    /// The button where a machine can extend the login now; else from when on it can, or that it cannot.
    fn extend(&self) -> (Option<Action>, String) {
        let (text, channel) = (&self.say.text, self.seen.channel.id);
        let login = self.seen.login.as_ref().filter(|login| login.lives());
        let Some(login) = login.filter(|_| self.may_sign_in()) else {
            return (None, String::new());
        };
        match login.extends_from().ok().flatten() {
            Some(from) if from <= self.say.now => {
                let path = urls::ExtendChannel { channel }.to_string();
                (
                    Some(Action::post(text.t("channel-extend"), path)),
                    String::new(),
                )
            }
            Some(from) => {
                let when = self.say.moment(from);
                (None, text.t1("extend-from", "when", when))
            }
            None if login.horizon().is_none() && login.grant.mechanism == Mechanism::Derived => {
                (None, text.t("extend-nothing"))
            }
            None => (None, text.t("extend-never")),
        }
    }

    /// One of the three sentences where its state does not say it already, and how we know of the end.
    fn future(&self) -> String {
        let login = self.seen.login.as_ref().filter(|login| login.lives());
        if login.is_none() || !self.seen.is_linked() {
            return String::new();
        }
        let known = self.say.end_source(self.seen);
        let known = known.map(|how| self.say.text.t1("future-known", "how", how));
        let said = matches!(self.seen.health(), Health::Healthy | Health::Expiring)
            && self.seen.channel.mode == Mode::Auto;
        let words = (!said).then(|| self.say.future(self.seen.outlook()));
        [words, known]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(". ")
    }

    /// What else is worth a line; what is missing stands below with more.
    fn details(&self) -> Vec<String> {
        let said = [
            who(self.say, self.seen, &lacks(self.seen)),
            self.say.future(self.seen.outlook()),
        ];
        let mut details = self.say.details(self.seen);
        details.retain(|detail| !said.contains(detail));
        details
    }

    fn held(&self) -> Option<Action> {
        let n = self.seen.waiting.held;
        (n > 0).then(|| {
            let href = format!("/missed?channel={}", self.seen.channel.id);
            Action::link(self.say.text.t1("channel-see-held", "n", n), href)
        })
    }
}

/// The lines, a platform's bad hour as one, and the way to those before them.
fn lines(
    say: &Say,
    channel: ChannelId,
    events: &[ChannelEvent],
) -> (Vec<(&'static str, String, When)>, Option<Action>) {
    let folded = fold(events);
    let last = folded
        .iter()
        .take(SHOWN)
        .next_back()
        .map(|(_, place)| *place);
    let older = last.filter(|last| last + 1 < events.len()).map(|last| {
        let event = &events[last];
        let at = urls::Channel { channel };
        let before = format!("{}.{}", event.at.as_millisecond(), event.id);
        Action::link(
            say.text.t("timeline-older"),
            format!("{at}?before={before}#timeline"),
        )
    });
    let shown = folded.iter().take(SHOWN).map(|(line, _)| match line {
        Line::One(event) => {
            let (icon, words) = say.event(event);
            (icon, words, say.near(event.at))
        }
        Line::Folded {
            times,
            first,
            last,
            cause,
            ..
        } => {
            let why = cause.map(|cause| cause_title(&say.text, cause));
            let words = say.text.t_args(
                "event-folded",
                &[
                    ("n", (*times).into()),
                    ("from", say.moment(*first).into()),
                    ("to", say.moment(*last).into()),
                    ("why", why.unwrap_or_default().into()),
                ],
            );
            ("cloud", words, say.near(*last))
        }
    });
    (shown.collect(), older)
}

async fn strip(web: &Web, guard: &Guard, say: &Say, seen: &Seen) -> Outcome<Option<Strip>> {
    let from = plus_ms(say.now, -STRIP_MS).max(seen.channel.created_at);
    let (stood, turns) = channels::turns(web, guard, seen.channel.id, from).await?;
    let is = if seen.is_linked() {
        Stood::of(seen.health())
    } else {
        Stood::Unlinked
    };
    let pieces = stretches(stood.as_ref(), &turns, from, say.now, is);
    let whole = ms_between(from, say.now);
    if whole < HOUR_MS || pieces.is_empty() {
        return Ok(None);
    }
    let place = |at: Timestamp| {
        let promille = ms_between(from, at).max(0) * 10_000 / whole;
        format!("{}.{}", promille / 10, promille % 10)
    };
    let legend: Vec<(&'static str, String)> = lengths(&pieces)
        .into_iter()
        .map(|(stood, ms)| {
            let how = say.text.t(stood.words());
            let length = say.length(ms);
            (
                stood.key(),
                say.text.t2("stood-for", "how", how, "length", length),
            )
        })
        .collect();
    let spoken: Vec<&str> = legend.iter().map(|(_, words)| words.as_str()).collect();
    let since = say.day(from);
    Ok(Some(Strip {
        spoken: say.text.t2(
            "strip-spoken",
            "from",
            since.as_str(),
            "parts",
            spoken.join(", "),
        ),
        pieces: pieces
            .iter()
            .map(|one| (one.stood.key(), place(one.from), place(one.to)))
            .collect(),
        marks: turns
            .iter()
            .filter_map(|event| match event.kind.as_str() {
                "signed_in" => Some(("signed_in", place(event.at))),
                "renewed" => Some(("renewed", place(event.at))),
                "took_over" => Some(("took_over", place(event.at))),
                _ => None,
            })
            .collect(),
        from: since,
        legend,
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

/// What is known of the channel itself; its sign-ins tell the rest.
fn facts(say: &Say, seen: &Seen) -> Vec<(String, String)> {
    let text = &say.text;
    let mut facts = Vec::new();
    if seen.login.is_some() {
        facts.push((text.t("fact-sign-in"), say.sign_in(seen)));
    }
    let checked = seen.login.as_ref().and_then(|login| login.on.proven_at);
    let near =
        |at: Option<Timestamp>| at.map_or_else(|| text.t("fact-never"), |at| say.near(at).words);
    facts.push((text.t("fact-checked"), near(checked)));
    facts.push((text.t("fact-synced"), near(seen.channel.synced_at)));
    facts
}
