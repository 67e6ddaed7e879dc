//! The sign-ins on a channel, the one in use first: where each comes from, how it was extended, and what a person
//! decides about those that are not in use.

use domain::channel::{Consent, Standing};
use domain::grant::Life;
use domain::ids::{ChannelGrantId, ChannelId};
use domain::member::Action;
use engine::connect::{self, Former, Proven};
use engine::login::{self, LoginRows};
use storage::renewals::{self, RenewalRow};
use storage::{channel_grants, people};

use super::channels::{self, Seen, note};
use super::connecting::refusal;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, codes};
use crate::state::Web;

/// How many sign-ins of a channel are shown; those that are over come last.
pub const SHOWN: usize = 12;
/// How many renewals of each.
const RENEWALS: usize = 6;

/// A sign-in on a channel.
#[derive(Clone)]
pub struct SignIn {
    /// Its rows.
    pub login: LoginRows,
    /// Its last renewals, newest first.
    pub renewals: Vec<RenewalRow>,
    /// Who of ours was at the keyboard.
    pub signed_in_by: Option<String>,
}

/// What a sign-in is to its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Calls are made with it.
    InUse,
    /// It takes over when the first one ends.
    StandsBy,
    /// Whoever signed in has not said yet whether it may.
    Asks,
    /// It lives and is used elsewhere, or has not been proven here.
    Idle,
    /// It is over.
    Over,
}

impl Place {
    /// The word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::InUse => "in_use",
            Self::StandsBy => "stands_by",
            Self::Asks => "asks",
            Self::Idle => "idle",
            Self::Over => "over",
        }
    }
}

/// What a sign-in is to its channel.
#[must_use]
pub fn place(login: &LoginRows) -> Place {
    match (login.on.standing, &login.grant.life, login.on.consent) {
        (Standing::Primary, ..) => Place::InUse,
        (_, Life::Dead { .. } | Life::Superseded { .. } | Life::Revoked { .. }, _) => Place::Over,
        (_, Life::Live, Some(Consent::StandsBy)) => Place::StandsBy,
        (_, Life::Live, Some(Consent::Asked)) => Place::Asks,
        (_, Life::Live, _) => Place::Idle,
    }
}

/// The sign-ins on a channel: the one in use, those that stand by or ask, then what is over, newest first.
///
/// # Errors
/// `not_found`, `not_allowed`.
pub async fn list(web: &Web, by: &Guard, id: ChannelId) -> Outcome<Vec<SignIn>> {
    channels::one(web, by, id, Action::Read).await?;
    let workspace = by.workspace();
    web.read("web.sign_ins", move |conn| {
        let members = people::members(conn, workspace)?;
        let mut logins = Vec::new();
        for on in channel_grants::of_channel(conn, workspace, id)? {
            logins.extend(login::read(conn, workspace, id, Some(on.id))?);
        }
        let rank = |login: &LoginRows| match place(login) {
            Place::InUse => 0,
            Place::StandsBy => 1,
            Place::Asks => 2,
            Place::Idle => 3,
            Place::Over => 4,
        };
        logins.sort_by_key(|login| (rank(login), std::cmp::Reverse(login.grant.created_at)));
        logins.truncate(SHOWN);
        let mut all = Vec::with_capacity(logins.len());
        for login in logins {
            let name = members
                .iter()
                .find(|row| Some(row.member.id) == login.grant.signed_in_by)
                .map(|row| row.name.clone());
            all.push(SignIn {
                renewals: renewals::renewals(conn, workspace, login.grant.id, RENEWALS)?,
                signed_in_by: name,
                login,
            });
        }
        Ok(all)
    })
    .await
}

/// One sign-in of a channel, if the member may decide about it. While it asks, only whoever signed in may say yes.
async fn one(
    web: &Web,
    by: &Guard,
    id: ChannelId,
    which: ChannelGrantId,
    says_yes: bool,
) -> Outcome<Seen> {
    let seen = channels::one(web, by, id, Action::SignIn).await?;
    let workspace = by.workspace();
    let read = web.read("web.sign_in", move |conn| {
        Ok(login::read(conn, workspace, id, Some(which))?)
    });
    let login = read.await?.filter(|login| login.on.channel == id);
    let login = login.ok_or_else(Refusal::not_found)?;
    let own = login.grant.signed_in_by == Some(by.member());
    if says_yes && login.on.consent == Some(Consent::Asked) && !own {
        return Err(Refusal::new(&codes::NOT_YOURS_TO_SAY));
    }
    Ok(seen)
}

/// It takes over when the first one ends. Twice is once.
///
/// # Errors
/// `not_found`, `not_allowed`, `not_yours_to_say`, `no_login`, `not_now`.
pub async fn stand_by(web: &Web, by: &Guard, id: ChannelId, which: ChannelGrantId) -> Outcome<()> {
    let seen = one(web, by, id, which, true).await?;
    connect::stand_by(&web.cx, by.workspace(), id, which, by.maker())
        .await
        .map_err(refusal)?;
    note(web, by, "channel.stand_by", &seen).await
}

/// Calls are made with it from now on, if it works there.
///
/// # Errors
/// As [`stand_by`].
pub async fn make_first(
    web: &Web,
    by: &Guard,
    id: ChannelId,
    which: ChannelGrantId,
    former: Former,
) -> Outcome<Proven> {
    let seen = one(web, by, id, which, true).await?;
    let proven = connect::make_first(&web.cx, by.workspace(), id, which, former, by.maker())
        .await
        .map_err(refusal)?;
    if proven == Proven::Works {
        note(web, by, "channel.make_first", &seen).await?;
    }
    Ok(proven)
}

/// It is taken off the channel. The one in use cannot be.
///
/// # Errors
/// `not_found`, `not_allowed`, `not_now`.
pub async fn remove(web: &Web, by: &Guard, id: ChannelId, which: ChannelGrantId) -> Outcome<()> {
    let seen = one(web, by, id, which, false).await?;
    connect::remove(&web.cx, by.workspace(), id, which, by.maker())
        .await
        .map_err(refusal)?;
    note(web, by, "channel.remove_sign_in", &seen).await
}
