//! The sign-ins on a channel as its page shows them, the one in use first; and what a person says about the others.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use domain::channel::Consent;
use domain::grant::Life;
use domain::ids::{ChannelGrantId, ChannelId};
use domain::member::Action as May;
use engine::connect::{Former, Proven};
use engine::login::LoginRows;
use serde::Deserialize;
use storage::renewals::RenewalRow;

use super::words::{Say, evidence_line};
use super::{amber, to_channel};
use crate::access::Guard;
use crate::actions::channels::Seen;
use crate::actions::sign_ins::{self, Place, SignIn, place};
use crate::components::{Action, Tone};
use crate::extract::{Form, Path};
use crate::layout::Flash;
use crate::page::Ask;
use crate::pages::help::cause_title;
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// A sign-in, ready to be shown.
pub struct Card {
    /// The person's name at the platform.
    pub person: String,
    /// What it is to the channel, in words.
    pub place: String,
    /// How grave that is.
    pub tone: Tone,
    /// A question that only a person answers, or why it waits.
    pub question: String,
    /// Where it comes from and until when it is good.
    pub facts: Vec<(String, String)>,
    /// How it was extended, newest first.
    pub renewals: Vec<Renewal>,
    /// What may be decided.
    pub actions: Vec<Action>,
    /// Whether it is shown opened.
    pub open: bool,
}

/// One try to extend it.
pub struct Renewal {
    /// When.
    pub when: crate::components::When,
    /// What came of it.
    pub outcome: String,
    /// How grave that is.
    pub tone: Tone,
    /// What the platform said.
    pub said: String,
}

/// The cards of a channel.
#[must_use]
pub fn cards(
    guard: &Guard,
    say: &Say,
    seen: &Seen,
    all: &[SignIn],
    names: &BTreeMap<String, String>,
) -> Vec<Card> {
    let in_use = all
        .iter()
        .find(|one| place(&one.login) == Place::InUse)
        .map(|one| one.login.grant.person_name.as_str());
    all.iter()
        .map(|one| card(guard, say, seen, one, in_use.unwrap_or_default(), names))
        .collect()
}

fn card(
    guard: &Guard,
    say: &Say,
    seen: &Seen,
    one: &SignIn,
    in_use: &str,
    names: &BTreeMap<String, String>,
) -> Card {
    let (login, at) = (&one.login, place(&one.login));
    let text = &say.text;
    let (words, tone) = place_words(say, login, at, names);
    Card {
        person: login.grant.person_name.clone(),
        place: words,
        tone,
        question: question(text, login, at, in_use),
        facts: facts(say, one),
        renewals: one.renewals.iter().map(|row| renewal(say, row)).collect(),
        actions: actions(guard, text, seen, login, in_use),
        open: matches!(at, Place::InUse | Place::Asks),
    }
}

/// What is asked, or why one that stands by could not take over as it is.
fn question(text: &Text, login: &LoginRows, at: Place, in_use: &str) -> String {
    let condition = &login.on.condition;
    let why = condition.cause.filter(|_| condition.health.needs_person());
    match (at, why) {
        (Place::Asks, _) => {
            let person = login.grant.person_name.as_str();
            text.t2("spare-question", "person", person, "first", in_use)
        }
        (Place::StandsBy, Some(cause)) => {
            text.t1("spare-not-well", "why", cause_title(text, cause))
        }
        _ => String::new(),
    }
}

fn place_words(
    say: &Say,
    login: &LoginRows,
    at: Place,
    names: &BTreeMap<String, String>,
) -> (String, Tone) {
    let text = &say.text;
    let by = login
        .on
        .consent_by
        .and_then(|maker| names.get(&maker.to_string()).cloned());
    let since = login.on.consent_at.map(|at| say.day(at));
    match at {
        Place::InUse if login.lives() => (text.t("spare-in-use"), Tone::Green),
        Place::StandsBy => {
            let words = match (since, by) {
                (Some(day), Some(by)) => text.t2("spare-stands-by-said", "day", day, "by", by),
                (Some(day), None) => text.t1("spare-stands-by-since", "day", day),
                _ => text.t("spare-stands-by"),
            };
            (words, Tone::Blue)
        }
        Place::Asks => (text.t("spare-asks"), Tone::Amber),
        Place::Idle => (text.t("spare-idle"), Tone::Grey),
        Place::InUse | Place::Over => match login.grant.life {
            Life::Dead { cause, since } => {
                let why = cause_title(text, cause);
                let day = say.day(since);
                (text.t2("spare-ended", "day", day, "why", why), Tone::Red)
            }
            Life::Superseded { since } => {
                let day = say.day(since);
                (text.t1("spare-superseded", "day", day), Tone::Grey)
            }
            Life::Revoked { since } => {
                let day = say.day(since);
                (text.t1("spare-revoked", "day", day), Tone::Grey)
            }
            Life::Live => (text.t("spare-in-use"), Tone::Green),
        },
    }
}

/// Where it comes from, and its ends, each with how we know.
fn facts(say: &Say, one: &SignIn) -> Vec<(String, String)> {
    let (text, login) = (&say.text, &one.login);
    let grant = &login.grant;
    let signed = match &one.signed_in_by {
        Some(name) => text.t2(
            "fact-signed-by",
            "when",
            say.moment(grant.created_at),
            "name",
            name.as_str(),
        ),
        None => say.moment(grant.created_at),
    };
    let mut facts = vec![
        (text.t("fact-signed"), signed),
        (text.t("fact-app"), app_words(text, login)),
        (text.t("fact-scopes"), grant.scopes.join(", ")),
    ];
    let asked = &login.app.app.scopes;
    let refused: Vec<&str> = asked
        .iter()
        .filter(|scope| !grant.scopes.is_empty() && !grant.scopes.contains(scope))
        .map(String::as_str)
        .collect();
    facts.push((text.t("fact-not-given"), refused.join(", ")));
    facts.push((
        text.t("fact-role"),
        login.on.role.clone().unwrap_or_default(),
    ));
    if login.lives() {
        let outlook = domain::horizon::outlook_until(grant.mechanism, login.horizon());
        facts.push((text.t("fact-future"), say.future(outlook)));
    }
    facts.extend(say.ends(login));
    if grant.generation > 1 {
        let times = grant.generation - 1;
        let when = say.moment(grant.fresh_since);
        facts.push((
            text.t("fact-extended"),
            text.t2("fact-extended-times", "n", times, "when", when),
        ));
    }
    if let Some(at) = grant.renew_at.filter(|_| login.lives()) {
        facts.push((text.t("fact-next-extended"), say.moment(at)));
    }
    let checked = login
        .on
        .proven_at
        .map_or_else(|| text.t("fact-never"), |at| say.moment(at));
    facts.push((text.t("fact-checked"), checked));
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

/// Through which app, and whose it is.
#[must_use]
pub fn app_words(text: &Text, login: &LoginRows) -> String {
    let owner = match login.app.app.owner {
        domain::app::AppOwner::Installation => text.t("apps-owner-house"),
        domain::app::AppOwner::Workspace(_) => text.t("apps-owner-workspace"),
    };
    let through = text.t1("apps-through", "flow", login.grant.flow.name());
    if login.app.name.is_empty() {
        format!("{through} ({owner})")
    } else {
        format!("{}, {through} ({owner})", login.app.name)
    }
}

fn renewal(say: &Say, row: &RenewalRow) -> Renewal {
    let text = &say.text;
    let (key, tone) = match row.outcome.as_deref() {
        Some("renewed") => ("renewal-renewed", Tone::Green),
        Some("try_again") => ("renewal-try-again", Tone::Amber),
        Some("dead") => ("renewal-dead", Tone::Red),
        Some("not_rotated") => ("renewal-not-rotated", Tone::Grey),
        Some("overtaken") => ("renewal-overtaken", Tone::Grey),
        Some(_) => ("event-other", Tone::Grey),
        None => ("renewal-open", Tone::Amber),
    };
    Renewal {
        when: crate::components::When::day_and_time(text, row.begun_at, say.now, &say.zone),
        outcome: text.t(key),
        tone,
        said: row.evidence.as_ref().map(evidence_line).unwrap_or_default(),
    }
}

/// What may be decided about a sign-in that is not in use. Only whoever signed in may say yes while it asks.
#[must_use]
pub fn actions(
    guard: &Guard,
    text: &Text,
    seen: &Seen,
    login: &LoginRows,
    in_use: &str,
) -> Vec<Action> {
    let (channel, at) = (seen.channel.id, place(login));
    if !guard.may(May::SignIn, Some(seen.channel.social_set)) {
        return Vec::new();
    }
    let path = urls::ChannelSignIn {
        channel,
        login: login.on.id,
    }
    .to_string();
    let act = |key: &'static str, what: &'static str| {
        Action::post(text.t(key), path.clone())
            .with("what", what)
            .small()
    };
    let own = login.grant.signed_in_by == Some(guard.member());
    let mut all = Vec::new();
    match at {
        Place::Asks if own => {
            all.push(act("spare-let-stand-by", "stand_by").primary());
            let label = text.t1("spare-use-instead", "first", in_use);
            all.push(
                Action::post(label, path.clone())
                    .with("what", "use")
                    .small(),
            );
            all.push(act("spare-neither", "remove").quiet());
        }
        Place::Asks => all.push(act("spare-remove", "remove").quiet()),
        Place::StandsBy => {
            all.push(act("spare-make-first", "first"));
            all.push(act("spare-remove", "remove").quiet());
        }
        Place::Idle if login.on.consent != Some(Consent::Removed) => {
            all.push(act("spare-let-stand-by", "stand_by"));
            all.push(act("spare-remove", "remove").quiet());
        }
        _ => {}
    }
    all
}

/// What a decision sends.
#[derive(Debug, Deserialize)]
pub struct DecideFields {
    /// `stand_by`, `use` (instead of the first one), `first` (which then stands by) or `remove`.
    what: String,
}

/// *Let it stand by*, *Use it instead*, *Make it the first*, *Take it off*.
pub async fn decide(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path((channel, login)): Path<(ChannelId, ChannelGrantId)>,
    Form(given): Form<DecideFields>,
) -> Outcome<Response> {
    let text = &ask.text;
    let flash = match given.what.as_str() {
        "stand_by" => {
            sign_ins::stand_by(&web, &guard, channel, login).await?;
            Flash::done(text.t("spare-said-stands-by"))
        }
        "use" | "first" => {
            let former = if given.what == "use" {
                Former::Retires
            } else {
                Former::StandsBy
            };
            let proven = sign_ins::make_first(&web, &guard, channel, login, former).await?;
            match proven {
                Proven::Works => Flash::done(text.t("spare-said-first")),
                Proven::Later { .. } => amber(text.t("spare-said-later")),
                Proven::Lacks { cause, .. } | Proven::Dead { cause, .. } => {
                    let why = cause_title(text, cause);
                    Flash::refused(text.t1("spare-said-not", "why", why))
                }
            }
        }
        "remove" => {
            sign_ins::remove(&web, &guard, channel, login).await?;
            Flash::done(text.t("spare-said-removed"))
        }
        _ => {
            return Err(crate::problem::Refusal::field(
                "what",
                "unknown",
                crate::problem::Words::key("spare-what"),
            ));
        }
    };
    Ok(to_channel(channel, flash))
}
