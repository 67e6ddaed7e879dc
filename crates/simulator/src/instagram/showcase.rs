//! What everybody could see at instagram.com: a profile with its posts, and one post. Pictures
//! only; this is where permalinks lead, so that a person can look whether a post is there.

use super::accounts::picture;
use super::state::{Form, InstagramState, Post};
use crate::clock::for_people;
use crate::page::{self, escape};
use crate::reply::Reply;
use crate::simulator::Scene;
use http::StatusCode;

/// The path of a post's page, under the simulator's own address.
pub(super) fn path(post: &Post) -> String {
    let kind = if post.form == Form::Video {
        "reel"
    } else {
        "p"
    };
    format!("/www.instagram.com/{kind}/{}/", post.shortcode)
}

fn nothing() -> Reply {
    let body = r#"<p class="error">The link may be broken, or the post may have been removed.</p>"#;
    page::dialog(
        StatusCode::NOT_FOUND,
        "instagram",
        "Sorry, this page isn't available",
        body,
    )
}

/// One post.
pub(super) fn post(state: &InstagramState, scene: &Scene<'_>, shortcode: &str) -> Reply {
    let found = state
        .posts
        .values()
        .find(|post| post.shortcode == shortcode && !post.deleted);
    let Some(post) = found else { return nothing() };
    let alt = escape(post.alt_text.as_deref().unwrap_or(""));
    let pictures: String = post
        .media
        .iter()
        .map(|id| {
            format!(
                r#"<img class="shot" src="{}" alt="{alt}">"#,
                escape(&picture(scene, id))
            )
        })
        .collect();
    let others: Vec<String> = post
        .collaborators
        .iter()
        .filter(|one| one.status == "Accepted")
        .map(|one| profile_link(&one.username))
        .collect();
    let with = if others.is_empty() {
        String::new()
    } else {
        format!(" with {}", others.join(", "))
    };
    let body = format!(
        r#"<p>{}{with}<small>{}, {} likes</small></p>{pictures}<p id="caption">{}</p>"#,
        profile_link(&post.owner_username),
        escape(&for_people(post.at_ms)),
        post.likes,
        escape(&post.caption),
    );
    page::dialog(StatusCode::OK, "instagram", "Post", &body)
}

fn profile_link(username: &str) -> String {
    let name = escape(username);
    format!(r#"<a href="/www.instagram.com/{name}/">@{name}</a>"#)
}

/// A profile: the account's own posts and the collab posts it is on, newest first.
pub(super) fn profile(state: &InstagramState, scene: &Scene<'_>, username: &str) -> Reply {
    let Some(account) = state
        .account_named(username)
        .filter(|account| !account.standing.deleted)
    else {
        return nothing();
    };
    let on_it = |post: &Post| {
        post.collaborators
            .iter()
            .any(|one| one.status == "Accepted" && one.id == account.id)
    };
    let mut posts: Vec<&Post> = state
        .posts
        .values()
        .filter(|post| {
            !post.deleted && post.form != Form::Story && (post.owner == account.id || on_it(post))
        })
        .collect();
    posts.sort_by_key(|post| std::cmp::Reverse(post.at_ms));
    let tiles: String = posts
        .iter()
        .filter_map(|post| {
            let shown = picture(scene, post.media.first()?);
            Some(format!(
                r#"<a href="{}"><img src="{}" alt="{}" loading="lazy"></a>"#,
                escape(&path(post)),
                escape(&shown),
                escape(&post.caption)
            ))
        })
        .collect();
    let body = format!(
        r#"<p><strong>{}</strong><small>{} posts, {} followers</small></p><div class="tiles">{tiles}</div>"#,
        escape(&account.name),
        posts.len(),
        account.followers,
    );
    page::dialog(
        StatusCode::OK,
        "instagram",
        &format!("@{}", account.username),
        &body,
    )
}
