//! Posts read back (sheet instagram.md §8). A collab post is listed only for its creator, so a grid
//! may seem to lack posts: those are counted where the platform tells of them.

use domain::Timestamp;

use super::graph;
use super::wire::{List, Media, Profile};
use crate::account::Target;
use crate::call::Call;
use crate::failure::Failure;
use crate::read::{PostsPage, RemotePost};

/// The most posts of one page (sheet instagram.md §8).
const PAGE: usize = 50;
/// The most pages of collaborations that are counted.
const COLLAB_PAGES: usize = 3;

/// One page of the account's own posts, newest first. Our cursor holds the time of the oldest post
/// before it as well, so that collaborations are counted on the page whose days they are of.
pub(super) async fn posts(
    call: &Call<'_>,
    target: &Target<'_>,
    cursor: Option<&str>,
    most: usize,
) -> Result<PostsPage, Failure> {
    let (until, after) = split(cursor.unwrap_or_default());
    let path = format!("{}/media", target.account_id);
    let fields = "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,\
        username,owner,children{id,media_type,media_url,thumbnail_url}";
    let mut params = vec![
        ("fields", fields.to_owned()),
        ("limit", most.min(PAGE).to_string()),
    ];
    params.extend(after.map(|after| ("after", after.to_owned())));
    let list: List<Media> =
        graph::read_either(call, target, "instagram.posts", &path, params).await?;

    let after = list.after();
    let oldest = list
        .data
        .iter()
        .filter_map(|media| moment(&media.timestamp))
        .min();
    let cursor = after
        .zip(oldest)
        .map(|(after, oldest)| format!("{}:{after}", oldest.as_millisecond()));
    let listed = list.data.len();
    let own = own(call, target, list.data).await;
    let foreign = u32::try_from(listed - own.len()).unwrap_or(u32::MAX);
    let since = if cursor.is_some() { oldest } else { None };
    let elsewhere = collabs(call, target, since, until).await;
    let collabs_left_out = match elsewhere {
        Some(count) => Some(count.max(foreign)),
        None => Some(foreign).filter(|foreign| *foreign > 0),
    };
    let posts = own.into_iter().filter_map(post).collect();
    Ok(PostsPage {
        posts,
        collabs_left_out,
        cursor,
    })
}

/// The posts that are the account's own: its id as owner, or its name. Where not one of them is, the
/// name may have changed since we learnt it, and is asked for.
async fn own(call: &Call<'_>, target: &Target<'_>, mut all: Vec<Media>) -> Vec<Media> {
    let mut handle = target.handle.to_owned();
    if !all.is_empty()
        && !all
            .iter()
            .any(|media| is_own(media, target.account_id, &handle))
    {
        let fields = vec![("fields", "username".to_owned())];
        let path = if graph::through_facebook(call) {
            target.account_id
        } else {
            "me"
        };
        let now: Result<Profile, _> =
            graph::read_either(call, target, "instagram.name", path, fields).await;
        handle = now
            .ok()
            .map(|now| now.username)
            .filter(|name| !name.is_empty())
            .unwrap_or(handle);
    }
    all.retain(|media| is_own(media, target.account_id, &handle));
    all
}

fn is_own(media: &Media, account: &str, handle: &str) -> bool {
    let owner = media
        .owner
        .as_ref()
        .map(|owner| owner.id.as_str())
        .unwrap_or_default();
    let told = !owner.is_empty() || !media.username.is_empty();
    !told || owner == account || media.username.eq_ignore_ascii_case(handle)
}

/// Posts of others on which the account is a collaborator, of the days of this page. None where the
/// platform does not tell (Instagram login), or not now.
async fn collabs(
    call: &Call<'_>,
    target: &Target<'_>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Option<u32> {
    if !graph::through_facebook(call) {
        return None;
    }
    let path = format!("{}/collaborative_media", target.account_id);
    let (mut count, mut after) = (0, None::<String>);
    for _ in 0..COLLAB_PAGES {
        let mut params = vec![
            ("fields", "id,timestamp".to_owned()),
            ("limit", PAGE.to_string()),
        ];
        params.extend(after.take().map(|after| ("after", after)));
        let list: Result<List<Media>, _> =
            graph::read_either(call, target, "instagram.collaborations", &path, params).await;
        let list = list.ok()?;
        after = list.after();
        let times: Vec<_> = list
            .data
            .iter()
            .filter_map(|media| moment(&media.timestamp))
            .collect();
        let here = times.iter().filter(|at| {
            since.is_none_or(|since| **at >= since) && until.is_none_or(|until| **at < until)
        });
        count += here.count();
        let before_this_page = times
            .iter()
            .min()
            .zip(since)
            .is_some_and(|(oldest, since)| *oldest < since);
        if after.is_none() || before_this_page {
            break;
        }
    }
    u32::try_from(count).ok()
}

fn post(media: Media) -> Option<RemotePost> {
    let Some(at) = moment(&media.timestamp) else {
        tracing::warn!(
            media = media.id,
            "a post without a readable time is left out"
        );
        return None;
    };
    let is_film = media.media_type == "VIDEO";
    let children = media.children.map_or(0, |children| children.data.len());
    Some(RemotePost {
        at,
        text: media.caption,
        permalink: media.permalink,
        picture_url: if is_film {
            media.thumbnail_url.or(media.media_url)
        } else {
            media.media_url.or(media.thumbnail_url)
        },
        items: u32::try_from(children.max(1)).unwrap_or(1),
        id: media.id,
    })
}

/// A time as Graph writes it: `2026-03-01T12:00:00+0000`.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Our cursor: milliseconds, a colon, the platform's own.
fn split(cursor: &str) -> (Option<Timestamp>, Option<&str>) {
    match cursor.split_once(':') {
        Some((ms, after)) => {
            let until = ms
                .parse()
                .ok()
                .and_then(|ms| Timestamp::from_millisecond(ms).ok());
            (until, Some(after).filter(|after| !after.is_empty()))
        }
        None => (None, Some(cursor).filter(|cursor| !cursor.is_empty())),
    }
}
