//! The demo's bar, and the page of all components. Only there when the program runs as a demo.

use axum::extract::State;
use axum::response::{Html, Response};
use serde::Deserialize;

use crate::access::Guard;
use crate::extract::Form;
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal};
use crate::state::{Demo, Web};
use crate::text::Text;
use crate::urls;

/// Which way a login is to break.
#[derive(Deserialize)]
pub struct BreakForm {
    #[serde(default)]
    kind: String,
}

/// Every component in every state.
pub async fn components(text: Text) -> Html<String> {
    Html(crate::components::gallery(&text))
}

/// Breaks a login.
pub async fn break_login(
    State(web): State<Web>,
    _guard: Guard,
    ask: Ask,
    Form(form): Form<BreakForm>,
) -> Outcome<Response> {
    let story = demo(&web)?.break_login(&form.kind).await;
    told(&web, &ask, story)
}

/// Jumps to the next post.
pub async fn next_post(State(web): State<Web>, _guard: Guard, ask: Ask) -> Outcome<Response> {
    let story = demo(&web)?.jump_to_next_post().await;
    told(&web, &ask, story)
}

/// Jumps a fortnight.
pub async fn jump(State(web): State<Web>, _guard: Guard, ask: Ask) -> Outcome<Response> {
    let story = demo(&web)?.jump_days(14).await;
    told(&web, &ask, story)
}

/// Takes the platform down, or up again.
pub async fn platform_down(State(web): State<Web>, _guard: Guard, ask: Ask) -> Outcome<Response> {
    let story = demo(&web)?.toggle_platform().await;
    told(&web, &ask, story)
}

/// Furnishes it anew.
pub async fn reset(State(web): State<Web>, _guard: Guard, ask: Ask) -> Outcome<Response> {
    let story = demo(&web)?.reset().await;
    told(&web, &ask, story)
}

fn demo(web: &Web) -> Outcome<&dyn Demo> {
    web.settings.demo.as_deref().ok_or_else(Refusal::not_found)
}

/// Back to the page that the button was on, where the bar tells what happened.
fn told(web: &Web, ask: &Ask, story: Vec<String>) -> Outcome<Response> {
    web.tell_story(story);
    let referer = ask
        .headers
        .get(http::header::REFERER)
        .and_then(|value| value.to_str().ok());
    let own = referer
        .and_then(|referer| url::Url::parse(referer).ok())
        .filter(|url| url.origin() == web.settings.public_url.origin());
    let to = own.map_or_else(
        || urls::Home.to_string(),
        |url| match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        },
    );
    Ok(page::go(to, None))
}
