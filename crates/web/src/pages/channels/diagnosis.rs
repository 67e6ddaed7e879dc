//! What stands in the way of a channel, in words: the cause and how sure it is, who can mend it, what to do first
//! where signing in keeps failing, what the platform said; and for admins the answer as it came.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::cause::{Cause, Confidence};
use domain::health::{Evidence, Health};
use domain::ids::ChannelId;
use domain::member::Action as May;
use engine::connect::FailedAlike;
use storage::answers::LoginAnswer;

use super::at_handle;
use super::lacks::{allows, who};
use super::words::{Say, evidence_line};
use crate::access::Guard;
use crate::actions::apps::flow_facts;
use crate::actions::channels::Seen;
use crate::actions::diagnosis;
use crate::actions::lacks::{Kind, lacks};
use crate::components::{Action, When, platform_name};
use crate::extract::Path;
use crate::layout::{Entry, Frame};
use crate::page::{self, Ask};
use crate::pages::help::{CauseWords, cause_href, cause_title, cause_words};
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// What a channel that is not well says.
pub(super) struct Trouble {
    pub words: CauseWords,
    pub help: String,
    pub since: When,
    /// How sure the cause is; empty where the platform's table does not say.
    pub sure: String,
    pub evidence: String,
    /// What is missing by the platform's name, with what it allows; and who can give it.
    pub lacks: Vec<(String, String)>,
    pub who: String,
    /// The answer as it came, for admins.
    pub raw: Option<Action>,
    /// What comes before signing in.
    pub first: Option<RemoveFirst>,
}

/// Signing in keeps failing: our app is removed at the platform first.
pub(in crate::pages) struct RemoveFirst {
    pub words: String,
    /// Where, in the platform's own words.
    pub place: String,
    /// The same as an address, where there is one.
    pub href: Option<String>,
}

/// A refusal that the login's health does not tell of.
pub(super) struct Aside {
    pub words: String,
    pub since: When,
    pub help: String,
    pub more: String,
    pub evidence: String,
    pub raw: Option<Action>,
}

/// How sure a cause is, in words.
pub(super) fn sure_words(text: &Text, sure: Option<Confidence>) -> String {
    match sure {
        Some(Confidence::Documented) => text.t("sure-documented"),
        Some(Confidence::Probable) => text.t("sure-probable"),
        Some(Confidence::Guess) => text.t("sure-guess"),
        None => String::new(),
    }
}

/// What a channel that is not well says; nothing for one that is.
pub(super) async fn trouble(
    web: &Web,
    guard: &Guard,
    say: &Say,
    seen: &Seen,
) -> Outcome<Option<Trouble>> {
    let Some(login) = &seen.login else {
        return Ok(None);
    };
    let condition = &login.on.condition;
    let not_well = matches!(
        condition.health,
        Health::NeedsRefresh | Health::Limited | Health::Waiting | Health::Checking
    );
    let Some(cause) = condition.cause.filter(|_| not_well && seen.is_linked()) else {
        return Ok(None);
    };
    // The platform may file a missing role under the permissions; the steps are those of a role all the same.
    let missing = lacks(seen);
    let roles = !missing.is_empty() && missing.iter().all(|lack| lack.kind == Kind::Role);
    let told = if roles { Cause::LostAdminRole } else { cause };
    let alike = diagnosis::failed_alike(web, seen).await?;
    let said = condition.evidence.as_ref();
    Ok(Some(Trouble {
        words: cause_words(&say.text, told),
        help: cause_href(told),
        since: say.near(condition.since),
        who: who(say, seen, &missing),
        lacks: missing
            .into_iter()
            .map(|lack| {
                let words = allows(&say.text, &lack);
                (lack.name, words)
            })
            .collect(),
        sure: sure_words(&say.text, said.and_then(|said| seen.sure(cause, said))),
        evidence: said.map(evidence_line).unwrap_or_default(),
        raw: raw(guard, &say.text, seen),
        first: alike.and_then(|alike| remove_first(&say.text, seen, alike)),
    }))
}

/// A refusal since the last proof that is no trouble by itself: the login is kept and tried again.
pub(super) fn aside(guard: &Guard, say: &Say, seen: &Seen) -> Option<Aside> {
    let last = seen.refusal()?;
    let title = cause_title(&say.text, last.cause);
    Some(Aside {
        words: refusal_words(say, last),
        since: say.near(last.at),
        help: cause_href(last.cause),
        more: say.text.t1("refusal-more", "why", title),
        evidence: evidence_line(&last.evidence),
        raw: raw(guard, &say.text, seen),
    })
}

fn refusal_words(say: &Say, last: &LoginAnswer) -> String {
    let key = if last.evidence.mapped {
        "refusal-words"
    } else {
        "refusal-unmapped"
    };
    let times = i64::try_from(last.times).unwrap_or(i64::MAX);
    say.text.t1(key, "n", times)
}

fn raw(guard: &Guard, text: &Text, seen: &Seen) -> Option<Action> {
    let set = Some(seen.channel.social_set);
    let kept = seen.last.as_ref().is_some_and(|last| last.raw.is_some());
    (kept && guard.may(May::Administer, set)).then(|| {
        let channel = seen.channel.id;
        let href = urls::ChannelEvidence { channel }.to_string();
        Action::link(text.t("evidence-raw"), href).small()
    })
}

/// What to do before signing in once more, where it failed in the same way again.
pub(in crate::pages) fn remove_first(
    text: &Text,
    seen: &Seen,
    alike: FailedAlike,
) -> Option<RemoveFirst> {
    let app = &seen.login.as_ref()?.app.app;
    let place = flow_facts(app.platform, app.flow).ok()?.remove_app_at;
    let times = i64::try_from(alike.times).unwrap_or(i64::MAX);
    Some(RemoveFirst {
        words: text.t1("remove-first", "n", times),
        place: place.to_owned(),
        href: place.starts_with("https://").then(|| place.to_owned()),
    })
}

#[derive(Template)]
#[template(path = "pages/channels/evidence.html")]
struct EvidencePage {
    frame: Frame,
    back: String,
    name: String,
    handle: String,
    platform: String,
    facts: Vec<(String, String)>,
    help: String,
    raw: String,
}

/// What the platform said, as it came. For admins.
pub async fn evidence(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<ChannelId>,
) -> Outcome<Response> {
    let text = &ask.text;
    let (seen, last) = diagnosis::evidence(&web, &guard, id).await?;
    let say = Say::of(text, web.now(), &seen);
    Ok(page::show(&EvidencePage {
        frame: page::frame(&web, &guard, &ask, Entry::Channels).await?,
        back: urls::Channel { channel: id }.to_string(),
        name: seen.channel.name.clone(),
        handle: at_handle(&seen.channel.handle),
        platform: platform_name(text, seen.channel.platform.as_str()),
        facts: facts(&say, &seen, &last),
        help: cause_href(last.cause),
        raw: last.raw.unwrap_or_default(),
    }))
}

fn facts(say: &Say, seen: &Seen, last: &LoginAnswer) -> Vec<(String, String)> {
    let text = &say.text;
    let at = |moment| When::day_and_time(text, moment, say.now, &say.zone).exact;
    let mut facts = vec![
        (text.t("evidence-at"), at(last.at)),
        (
            text.t("evidence-why"),
            why(say, seen, last.cause, &last.evidence),
        ),
        (text.t("evidence-call"), evidence_line(&last.evidence)),
    ];
    if last.times > 1 {
        let times = i64::try_from(last.times).unwrap_or(i64::MAX);
        let words = text.t2("evidence-repeated", "n", times, "when", at(last.first_at));
        facts.insert(1, (text.t("evidence-times"), words));
    }
    facts
}

fn why(say: &Say, seen: &Seen, cause: Cause, said: &Evidence) -> String {
    let title = cause_title(&say.text, cause);
    let sure = sure_words(&say.text, seen.sure(cause, said));
    if sure.is_empty() {
        title
    } else {
        format!("{title} ({sure})")
    }
}
