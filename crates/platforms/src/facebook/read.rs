//! Posts read back (§8): everything that the Page published. Posts of other Pages on which it only worked
//! along are left out and counted.

use domain::Timestamp;

use super::graph::{graph, page_token};
use super::wire::{Attachment, List, Post, id_of};
use crate::account::Target;
use crate::call::Call;
use crate::failure::Failure;
use crate::read::{PostsPage, RemotePost};

/// What is asked of what hangs on a post. An album holds its photos one level below.
pub(super) const ATTACHMENTS: &str =
    "attachments{media_type,target,subattachments{media_type,target}}";
/// The most posts of one page; no figure is documented, and 50 are asked for elsewhere on the Graph.
const PAGE: usize = 50;

/// One page of the Page's own posts, newest first.
pub(super) async fn posts(
    call: &Call<'_>,
    target: &Target<'_>,
    cursor: Option<&str>,
    most: usize,
) -> Result<PostsPage, Failure> {
    let path = format!("{}/published_posts", target.account_id);
    let fields =
        format!("id,message,created_time,permalink_url,full_picture,from,parent_id,{ATTACHMENTS}");
    let mut params = vec![("fields", fields), ("limit", most.min(PAGE).to_string())];
    params.extend(cursor.map(|cursor| ("after", cursor.to_owned())));
    let list: List<Post> = graph(call)
        .read("facebook.posts", &path, params, page_token(target))
        .await?;
    let cursor = list.after();
    let listed = list.data.len();
    let own: Vec<Post> = list
        .data
        .into_iter()
        .filter(|post| is_own(post, target.account_id))
        .collect();
    let foreign = u32::try_from(listed - own.len()).unwrap_or(u32::MAX);
    Ok(PostsPage {
        posts: own.into_iter().filter_map(post).collect(),
        collabs_left_out: Some(foreign).filter(|foreign| *foreign > 0),
        cursor,
    })
}

/// Whether the Page is the author. A share of another's post is the Page's own doing.
fn is_own(post: &Post, page: &str) -> bool {
    let author = id_of(post.from.as_ref());
    author.is_empty() || author == page
}

fn post(post: Post) -> Option<RemotePost> {
    let at = moment(&post.created_time);
    let (Some(at), false) = (at, post.id.is_empty()) else {
        tracing::warn!(
            post = post.id,
            "a post without an id or a readable time is left out"
        );
        return None;
    };
    let shown = items(&post)
        .iter()
        .filter(|item| ["photo", "album", "video"].contains(&item.media_type.as_str()))
        .count();
    Some(RemotePost {
        at,
        items: u32::try_from(shown).unwrap_or(u32::MAX),
        text: post.message,
        permalink: post.permalink_url,
        picture_url: post.full_picture,
        id: post.id,
    })
}

/// What hangs on a post, one by one: an album stands for what it holds.
pub(super) fn items(post: &Post) -> Vec<&Attachment> {
    let held = |item: &'_ Attachment| {
        let held = item.subattachments.as_ref();
        held.is_some_and(|held| !held.data.is_empty())
    };
    let mut items = Vec::new();
    for item in post.attachments.iter().flat_map(|all| &all.data) {
        if held(item) {
            items.extend(item.subattachments.iter().flat_map(|held| &held.data));
        } else {
            items.push(item);
        }
    }
    items
}

/// A time as Graph writes it, `2026-03-01T12:00:00+0000`, or in seconds since 1970.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.parse().ok(),
    }
}
