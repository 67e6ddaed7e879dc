//! Drafts of the set: posts that are not planned yet on all of their channels, or have none.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::PostId;
use domain::member::Action as May;
use serde::Deserialize;
use storage::deliveries::DeliveryRow;
use storage::posts::PostRow;

use super::{Say, Standings, current, no_set};
use crate::access::Guard;
use crate::actions::posts;
use crate::components::{Action, Empty, LifeRing, Menu, When};
use crate::extract::{Form, Path};
use crate::layout::{Entry, Flash, Frame};
use crate::page::{self, Ask};
use crate::problem::Outcome;
use crate::state::{Keep, Web};
use crate::urls;

/// How many drafts the page shows.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "pages/planning/drafts.html")]
struct DraftsPage {
    frame: Frame,
    rows: Vec<Row>,
    empty: Option<Empty>,
    create: Option<Action>,
}

struct Row {
    href: String,
    thumb: Option<String>,
    words: String,
    rings: Vec<LifeRing>,
    /// How many channels more than are drawn.
    further: usize,
    planned: String,
    /// Why it would not go out then, channel by channel.
    risks: Vec<String>,
    changed: When,
    menu: Option<Menu>,
}

/// The page.
pub async fn show(State(web): State<Web>, guard: Guard, ask: Ask) -> Outcome<Response> {
    let frame = page::frame(&web, &guard, &ask, Entry::Drafts).await?;
    let Some(set) = current(&guard) else {
        let empty = Some(no_set(&ask.text));
        return Ok(page::show(&DraftsPage {
            frame,
            rows: Vec::new(),
            empty,
            create: None,
        }));
    };
    let zone = crate::actions::sets::one(&web, &guard, set).await?.zone;
    let say = Say::new(&ask.text, &web, &zone);
    let standings = super::standings(&web, &guard, set).await?;
    let may = guard.may(May::Draft, Some(set));
    let all = posts::list(&web, &guard, set, true, None, SHOWN).await?;
    let rows: Vec<Row> = all
        .iter()
        .map(|(post, deliveries)| row(&say, &standings, post, deliveries, may))
        .collect();
    let create = || {
        Action::link(ask.text.t("nav-create"), urls::ComposeNew.to_string())
            .primary()
            .icon("plus")
    };
    let empty = rows.is_empty().then(|| Empty {
        icon: "file-pen-line",
        title: ask.text.t("drafts-empty"),
        words: ask.text.t("drafts-empty-words"),
        action: may.then(create),
    });
    let create = (may && empty.is_none()).then(create);
    Ok(page::show(&DraftsPage {
        frame,
        rows,
        empty,
        create,
    }))
}

fn row(
    say: &Say,
    standings: &Standings,
    post: &PostRow,
    deliveries: &[DeliveryRow],
    may: bool,
) -> Row {
    let text = &say.text;
    let words: Vec<&str> = post.content.text.split_whitespace().collect();
    let words: String = words.join(" ").chars().take(160).collect();
    let rings: Vec<LifeRing> = deliveries
        .iter()
        .filter_map(|row| standings.get(&row.channel))
        .map(|one| say.small_ring(one))
        .collect();
    let first_due = deliveries.iter().filter_map(|row| row.due_at).min();
    Row {
        href: urls::Compose { post: post.id }.to_string(),
        thumb: deliveries
            .iter()
            .find_map(|row| row.thumb_sha256.as_ref())
            .map(|sha256| super::picture(sha256)),
        words: if words.is_empty() {
            text.t("post-without-words")
        } else {
            words
        },
        further: rings.len().saturating_sub(4),
        planned: match first_due {
            Some(due) => text.t1("drafts-planned", "when", say.at(due).words),
            None => text.t("drafts-no-time"),
        },
        risks: deliveries
            .iter()
            .filter_map(|row| Some(say.short_risk(row, standings.get(&row.channel)?)))
            .filter(|risk| !risk.is_empty())
            .take(3)
            .collect(),
        rings: rings.into_iter().take(4).collect(),
        changed: say.near(post.updated_at),
        menu: may.then(|| {
            let discard = Action::post(
                text.t("post-discard"),
                urls::Discard { post: post.id }.to_string(),
            );
            Menu::dots(
                text.t("drafts-more"),
                vec![
                    discard
                        .danger()
                        .icon("trash-2")
                        .with("version", post.version.to_string()),
                ],
            )
        }),
    }
}

/// What *Throw away* and *Take back* send.
#[derive(Debug, Deserialize)]
pub struct DiscardForm {
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    version: Option<u64>,
}

/// Throws a draft away, or takes a post back.
pub async fn discard(
    State(web): State<Web>,
    guard: Guard,
    ask: Ask,
    Path(id): Path<PostId>,
    Form(form): Form<DiscardForm>,
) -> Outcome<Response> {
    let seen = crate::actions::post_work::form_version(form.version);
    let before = posts::one(&web, &guard, id).await?;
    let draft = before
        .deliveries
        .iter()
        .all(|(row, _)| row.state == domain::delivery::State::Draft);
    posts::cancel(&web, &guard, id, None, seen, Keep::Yes).await?;
    let words = ask.text.t(if draft {
        "post-thrown-away"
    } else {
        "post-taken-back"
    });
    let flash = Some(Flash::done(words));
    Ok(if draft {
        page::go(urls::Drafts, flash)
    } else {
        page::go(urls::Calendar, flash)
    })
}
