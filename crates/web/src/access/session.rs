//! Browser sessions: a random token in a cookie, its hash in the store. 30 days from the last use, 90
//! days at most, by the security clock. The cookie carries `__Host-` where the address is https; on
//! plain http browsers would drop such a cookie, so it has another name there.

use domain::Timestamp;
use domain::ids::{PersonId, SessionId, SocialSetId};
use domain::member::{Action, Member, may};
use domain::schedule::{ms_between, plus_ms};
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};
use storage::sessions::{self, Living, Session};
use storage::{people, sets};

use super::SignedIn;
use crate::problem::{Outcome, Refusal, codes};
use crate::secret;
use crate::state::Web;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// A session that is not used for so long has ended.
pub const SLIDING_MS: i64 = 30 * DAY_MS;
/// A session ends after so long whatever its use.
pub const ABSOLUTE_MS: i64 = 90 * DAY_MS;
/// How exact the time of the last use is.
const SEEN_EVERY_MS: i64 = 60 * 60 * 1_000;
const SECURE_NAME: &str = "__Host-mainstay";
const PLAIN_NAME: &str = "mainstay";

/// Which sessions live at a time.
#[must_use]
pub fn living(now: Timestamp) -> Living {
    Living {
        seen_since: plus_ms(now, -SLIDING_MS),
        now,
    }
}

fn cookie_name(web: &Web) -> &'static str {
    if web.settings.secure_cookies {
        SECURE_NAME
    } else {
        PLAIN_NAME
    }
}

fn token_in(web: &Web, headers: &HeaderMap) -> Option<SecretString> {
    let name = cookie_name(web);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned().into())
}

/// Who comes with these headers, or nobody.
///
/// # Errors
/// When the store fails.
pub async fn find(web: &Web, headers: &HeaderMap) -> Outcome<Option<SignedIn>> {
    let Some(token) = token_in(web, headers) else {
        return Ok(None);
    };
    let (now, hash) = (web.security_now(), secret::hash(token.expose_secret()));
    let found = web
        .read("web.session", move |conn| {
            let Some(session) = sessions::by_token(conn, &hash, living(now))? else {
                return Ok(None);
            };
            Ok(people::one(conn, session.person)?.map(|person| (person, session)))
        })
        .await?;
    let Some((person, session)) = found else {
        return Ok(None);
    };
    if ms_between(session.seen_at, now) > SEEN_EVERY_MS {
        let id = session.id;
        web.write("web.session_seen", move |conn| {
            Ok(sessions::seen(conn, id, now)?)
        })
        .await?;
    }
    Ok(Some(SignedIn {
        person: person.id,
        name: person.name,
        session,
    }))
}

/// Where the signed-in person is: their membership, and the set of the switcher. A person whose
/// workspace or set is gone stands in the first that they may see.
///
/// # Errors
/// `no_workspace`, or when the store fails.
pub(super) async fn seat(
    web: &Web,
    signed_in: &SignedIn,
) -> Outcome<(Member, Option<SocialSetId>)> {
    let session = signed_in.session.clone();
    web.read("web.seat", move |conn| {
        let mut member = None;
        if let Some(workspace) = session.workspace {
            member = people::member_of(conn, workspace, session.person)?;
        }
        if member.is_none() {
            for seat in people::seats(conn, session.person)? {
                member = people::member_of(conn, seat.workspace, session.person)?;
                if member.is_some() {
                    break;
                }
            }
        }
        let member = member.ok_or_else(|| Refusal::new(&codes::NO_WORKSPACE))?;
        let known = sets::list(conn, member.workspace)?;
        let mut visible = known
            .iter()
            .map(|set| set.id)
            .filter(|set| may(&member, Action::Read, Some(*set)));
        let first = visible.clone().next();
        let current = session
            .set
            .filter(|wanted| visible.any(|set| set == *wanted))
            .or(first);
        Ok((member, current))
    })
    .await
}

/// Signs a person in: the value of `Set-Cookie`.
///
/// # Errors
/// When the store fails.
pub async fn begin(web: &Web, person: PersonId, client: &HeaderMap) -> Outcome<HeaderValue> {
    let now = web.security_now();
    let token = secret::session_token(&*web.chance);
    let hash = secret::hash(token.expose_secret());
    let session = Session {
        id: <SessionId as domain::ids::Id>::new(now, &*web.chance),
        person,
        workspace: None,
        set: None,
        created_at: now,
        seen_at: now,
        ends_at: plus_ms(now, ABSOLUTE_MS),
        client: client_name(client),
    };
    web.write("web.session_begin", move |conn| {
        sessions::forget(conn, living(now))?;
        Ok(sessions::create(conn, &session, &hash)?)
    })
    .await?;
    cookie(web, token.expose_secret(), ABSOLUTE_MS / 1_000)
}

/// Signs out: ends the session and gives the cookie that forgets it.
///
/// # Errors
/// When the store fails.
pub async fn end(web: &Web, signed_in: &SignedIn) -> Outcome<HeaderValue> {
    let (id, person) = (signed_in.session.id, signed_in.person);
    web.write("web.session_end", move |conn| {
        Ok(sessions::revoke(conn, id, person)?)
    })
    .await?;
    cookie(web, "", 0)
}

fn cookie(web: &Web, value: &str, max_age_s: i64) -> Outcome<HeaderValue> {
    let secure = if web.settings.secure_cookies {
        "; Secure"
    } else {
        ""
    };
    let line = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}",
        cookie_name(web)
    );
    let mut value = HeaderValue::try_from(line).map_err(|_| Refusal::new(&codes::INTERNAL))?;
    value.set_sensitive(true);
    Ok(value)
}

/// What the browser calls itself, cut to what a list shows.
fn client_name(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let browser = ["Edg/", "OPR/", "Firefox/", "Chrome/", "Safari/", "curl/"]
        .iter()
        .find(|name| agent.contains(**name));
    let system = ["iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux"]
        .iter()
        .find(|name| agent.contains(**name));
    let browser = match browser.copied() {
        Some("Edg/") => "Edge",
        Some("OPR/") => "Opera",
        Some(name) => name.trim_end_matches('/'),
        None => "",
    };
    match (browser, system) {
        ("", None) => agent.chars().take(60).collect(),
        (browser, None) => browser.to_owned(),
        ("", Some(system)) => (*system).to_owned(),
        (browser, Some(system)) => format!("{browser}, {system}"),
    }
}
