//! What everybody could see at facebook.com: a Page with its posts, and one post. This is where
//! permalinks lead, so that a person can look whether a post is there.

use super::read::permalink;
use super::state::{PagePost, Standing};
use crate::clock::for_people;
use crate::instagram::accounts::picture;
use crate::page::{self, escape};
use crate::reply::Reply;
use crate::simulator::Scene;
use crate::state::State;
use http::StatusCode;

/// Posts on the page of a Page.
const SHOWN: usize = 50;

fn nothing() -> Reply {
    let body = r#"<p class="error">The link may be broken, or it was only shared with a small group of people, or it was removed.</p>"#;
    page::dialog(
        StatusCode::NOT_FOUND,
        "facebook",
        "This content isn't available at the moment",
        body,
    )
}

fn told(state: &State, scene: &Scene<'_>, id: &str, post: &PagePost) -> String {
    let page = state.instagram.pages.get(&post.page);
    let name = page.map(|page| page.name.as_str()).unwrap_or_default();
    let photos: String = post
        .photos
        .iter()
        .filter_map(|id| state.facebook.photos.get(id))
        .map(|photo| {
            format!(
                r#"<img class="shot" src="{}" alt="{}" loading="lazy">"#,
                escape(&picture(scene, &photo.media)),
                escape(photo.alt_text.as_deref().unwrap_or("")),
            )
        })
        .collect();
    let link = post.link.as_ref().map(|link| {
        let link = escape(link);
        format!(r#"<p><a href="{link}" rel="noreferrer">{link}</a></p>"#)
    });
    format!(
        r#"<p><strong>{}</strong><small><a href="{}">{}</a></small></p><p class="message">{}</p>{}{photos}"#,
        escape(post.visitor.as_deref().unwrap_or(name)),
        escape(&permalink(scene, id)),
        escape(&for_people(post.at_ms)),
        escape(&post.message),
        link.unwrap_or_default(),
    )
}

/// One post.
pub(super) fn post(state: &State, scene: &Scene<'_>, id: &str) -> Reply {
    let found = state.facebook.posts.get(id);
    let found = found.filter(|post| post.standing == Standing::Published);
    let shown = found.filter(|post| {
        let page = state.instagram.pages.get(&post.page);
        page.is_some_and(|page| !page.standing.deleted && !page.standing.unpublished)
    });
    let Some(post) = shown else { return nothing() };
    let mut body = told(state, scene, id, post);
    for comment in &post.comments {
        body.push_str(&format!(
            "<p><small>{}</small></p>",
            escape(&comment.message)
        ));
    }
    page::dialog(StatusCode::OK, "facebook", "Post", &body)
}

/// A Page and its latest posts.
pub(super) fn page(state: &State, scene: &Scene<'_>, name: &str) -> Reply {
    let found = state.instagram.page_named(name);
    let shown = found.filter(|page| !page.standing.deleted && !page.standing.unpublished);
    let Some(page) = shown else { return nothing() };
    let posts = state.facebook.posts.of(&page.id).rev().take(SHOWN);
    let body: String = posts
        .map(|(id, post)| told(state, scene, id, post))
        .collect();
    page::dialog(StatusCode::OK, "facebook", &page.name, &body)
}
