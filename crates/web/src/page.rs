//! What every page handler needs: the request's language and messages ([`Ask`]), the filled frame, the
//! way to answer with a page, and the way to go on to another page with a message.

use std::net::{IpAddr, SocketAddr};

use askama::Template;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::schedule::Zone;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use storage::{counts, sets, workspaces};

use crate::access::Guard;
use crate::components::{Tone, When};
use crate::layout::{DemoBar, Entry, Flash, Frame, Plain, SwitcherEntry};
use crate::problem::{Outcome, Refusal, render};
use crate::state::Web;
use crate::text::Text;

const SAID: &str = "mainstay-said";

/// What a page handler knows of its request.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Words of the request's language.
    pub text: Text,
    /// Messages of the page before.
    pub flashes: Vec<Flash>,
    /// Where the request comes from, if the server knows.
    pub address: Option<IpAddr>,
    /// Whether a script asked for a part of a page.
    pub part: bool,
    /// All headers.
    pub headers: HeaderMap,
}

impl FromRequestParts<Web> for Ask {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Refusal> {
        Ok(Self {
            text: render::language(&parts.headers),
            flashes: said(&parts.headers).into_iter().collect(),
            address: parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|info| info.0.ip()),
            part: parts.headers.contains_key("mainstay-part"),
            headers: parts.headers.clone(),
        })
    }
}

impl FromRequestParts<Web> for Text {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Refusal> {
        Ok(render::language(&parts.headers))
    }
}

/// Answers with a page.
pub fn show(template: &impl Template) -> Response {
    render::page(template)
}

/// Answers with a form that is shown again because something in it is wrong.
pub fn again(refusal: &Refusal, template: &impl Template) -> Response {
    let mut response = render::page(template);
    // The form itself says what is wrong, so no refusal rides along.
    *response.status_mut() = refusal.status();
    for (name, value) in refusal.headers() {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
}

/// Goes on to another page (303), which says this.
pub fn go(to: impl std::fmt::Display, flash: Option<Flash>) -> Response {
    let mut response = Redirect::to(&to.to_string()).into_response();
    if let Some(flash) = flash {
        let said = Said {
            tone: flash.tone.key().to_owned(),
            words: flash.words,
        };
        let text = serde_json::to_string(&said).unwrap_or_default();
        let line = format!(
            "{SAID}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60",
            URL_SAFE_NO_PAD.encode(text)
        );
        if let Ok(value) = HeaderValue::try_from(line) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// Leads the browser to an address outside, such as a platform's consent page. A form's own redirect
/// would be stopped by `form-action 'self'`, so this is a page that goes there by itself and has a
/// link for those whose browser does not.
pub fn leave(text: &Text, to: &str, name: &str) -> Response {
    show(&LeavePage {
        plain: Plain::new(text),
        to: to.to_owned(),
        name: name.to_owned(),
    })
}

#[derive(Template)]
#[template(path = "pages/leave.html")]
struct LeavePage {
    plain: Plain,
    to: String,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Said {
    tone: String,
    words: String,
}

/// The message that the page before left. It comes from the browser, so it is words and nothing else.
fn said(headers: &HeaderMap) -> Option<Flash> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let value = lines
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(SAID)?.strip_prefix('='))?;
    let said: Said = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
    let words: String = said.words.chars().take(400).collect();
    let tone = match said.tone.as_str() {
        "green" => Tone::Green,
        "red" => Tone::Red,
        _ => Tone::Amber,
    };
    Some(Flash {
        tone,
        words,
        action: None,
    })
}

/// The layer that forgets a message once a page has said it.
pub async fn forget_said(request: Request, next: Next) -> Response {
    let had = said(request.headers()).is_some();
    let mut response = next.run(request).await;
    let html = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if had && html {
        let gone =
            HeaderValue::from_static("mainstay-said=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}

/// The frame of a signed-in page, filled for this member.
///
/// # Errors
/// When the store fails.
pub async fn frame(web: &Web, guard: &Guard, ask: &Ask, current: Entry) -> Outcome<Frame> {
    let (workspace, asker) = (guard.workspace(), guard.clone());
    let (space, known, counts) = web
        .read("web.frame", move |conn| {
            let space = workspaces::one(conn, workspace)?.ok_or_else(Refusal::not_found)?;
            let mut known = sets::list(conn, workspace)?;
            known.retain(|set| asker.sees(set.id));
            let counts = counts::of_sets(conn, workspace)?;
            Ok((space, known, counts))
        })
        .await?;
    let mut frame = Frame::new(&ask.text, current);
    for set in known {
        let of_set = counts.get(&set.id).copied().unwrap_or_default();
        let selected = guard.current_set() == Some(set.id);
        // Lists of one set count that set; Linked Accounts and the Inbox show all of them.
        if selected {
            frame.counts.missed = of_set.missed;
            frame.counts.drafts = of_set.drafts;
        }
        frame.counts.channels += of_set.channels;
        frame.counts.inbox += of_set.notices;
        let (id, name, attention) = (set.id.to_string(), set.name, of_set.channels);
        frame.sets.push(SwitcherEntry {
            id,
            name,
            selected,
            attention,
        });
    }
    frame.workspace = space.name;
    frame.member = guard
        .signed_in()
        .map(|person| person.name.clone())
        .unwrap_or_default();
    frame.flashes.clone_from(&ask.flashes);
    frame.demo = demo_bar(web, &ask.text, &space.zone);
    // The pages of channels say it themselves.
    let of_channels = matches!(current, Entry::Channels | Entry::Forecast);
    if frame.counts.channels > 0 && !of_channels {
        frame.banner = crate::pages::channels::banner::worst(web, guard, &ask.text).await?;
    }
    Ok(frame)
}

/// The demo's bar, in the demo.
#[must_use]
pub fn demo_bar(web: &Web, text: &Text, zone: &Zone) -> Option<DemoBar> {
    let demo = web.settings.demo.as_ref()?;
    let now = web.now();
    let shown = When::day_and_time(text, now, now, zone.tz());
    Some(DemoBar {
        now: shown.words,
        story: web.take_story(),
        down: demo.is_down(),
    })
}

/// A page outside the frame.
#[must_use]
pub fn plain(web: &Web, ask: &Ask) -> Plain {
    let mut plain = Plain::new(&ask.text);
    plain.flashes.clone_from(&ask.flashes);
    plain.demo = demo_bar(web, &ask.text, &Zone::utc());
    plain
}
