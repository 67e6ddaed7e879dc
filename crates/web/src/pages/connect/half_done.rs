//! Sign-ins that were begun and not finished: a state that is seen wherever channels are, and gone on with from
//! there. Until somebody came back from the platform only the browser that began one can; the others are told.

use askama::Template;
use domain::ids::SocialSetId;

use crate::access::Guard;
use crate::actions::connecting::{self, Session};
use crate::actions::sets;
use crate::components::{Action, When, platform_name};
use crate::problem::Outcome;
use crate::state::Web;
use crate::text::Text;
use crate::urls;

/// One of them.
#[derive(Template)]
#[template(path = "pages/connect/half_done.html")]
pub struct HalfDone {
    words: String,
    when: When,
    go_on: Action,
}

impl askama::filters::HtmlSafe for HalfDone {}

/// Those of a set, or of all sets that the member sees, newest first.
///
/// # Errors
/// When the store fails.
pub async fn of(
    web: &Web,
    guard: &Guard,
    text: &Text,
    only: Option<SocialSetId>,
) -> Outcome<Vec<HalfDone>> {
    let open = connecting::open(web, guard).await?;
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let sets = sets::list(web, guard).await?;
    let wanted = |session: &&Session| only.is_none_or(|set| set == session.row.social_set);
    let now = web.security_now();
    let one = |session: &Session| {
        let row = &session.row;
        let set = sets.iter().find(|set| set.id == row.social_set);
        let zone = set.map_or(jiff::tz::TimeZone::UTC, |set| set.zone.tz().clone());
        let name = set.map(|set| set.name.as_str()).unwrap_or_default();
        HalfDone {
            words: words(guard, text, session, name),
            when: When::relative(text, row.created_at, now, &zone),
            go_on: go_on(guard, text, session),
        }
    };
    Ok(open.iter().filter(wanted).map(one).collect())
}

fn words(guard: &Guard, text: &Text, session: &Session, set: &str) -> String {
    let app = &session.app.app;
    let begun = text.t_args(
        "connect-half-done",
        &[
            (
                "platform",
                platform_name(text, app.platform.as_str()).into(),
            ),
            ("flow", app.flow.name().into()),
            ("set", set.to_owned().into()),
        ],
    );
    if connecting::goes_on_here(guard, &session.row) {
        return begun;
    }
    let why = if session.row.api_key.is_some() {
        "connect-begun-by-key"
    } else {
        "connect-begun-elsewhere"
    };
    format!("{begun} {}", text.t(why))
}

fn go_on(guard: &Guard, text: &Text, session: &Session) -> Action {
    let label = if connecting::goes_on_here(guard, &session.row) {
        "connect-go-on"
    } else {
        "notice-look"
    };
    let href = urls::Connect {
        session: session.row.id,
    };
    Action::link(text.t(label), href.to_string()).small()
}
