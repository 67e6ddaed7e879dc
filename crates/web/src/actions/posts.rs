//! Posts without their form: planned for a time, taken back, read, listed. Saving is in `save.rs`.

use std::collections::BTreeSet;

use domain::Timestamp;
use domain::ids::{ChannelId, PostId, SocialSetId};
use domain::member::Action;
use storage::deliveries::{self, DeliveryRow};
use storage::drafts;
use storage::posts::{self, PostRow};

use super::hand::{Hand, not_now, nudge};
use super::post_work::{PostWork, Terms, is_open, refuse_unhealthy};
use super::save::Saved;
use super::when::When;
use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words};
use crate::state::{Keep, Web};

/// Plans a post's open deliveries, or those on some channels, for a time.
///
/// # Errors
/// As [`super::save::save`].
pub async fn plan(
    web: &Web,
    by: &Guard,
    id: PostId,
    when: When,
    only: Option<BTreeSet<ChannelId>>,
    terms: Terms,
    seen: impl FnOnce(u64) -> Outcome<()> + Send + 'static,
) -> Outcome<Saved> {
    let (hand, guard) = (Hand::of(web, by), by.clone());
    let saved = web
        .write_if(terms.keep, "web.post_plan", move |conn| {
            let mut work = PostWork::read(conn, &hand, &guard, id, Action::Publish)?;
            seen(work.post.version)?;
            let chosen =
                |row: &DeliveryRow| only.as_ref().is_none_or(|only| only.contains(&row.channel));
            let at = work.places(|row| chosen(row) && is_open(row.state));
            if at.is_empty() {
                let first = work.deliveries.iter().find(|(row, _)| chosen(row));
                return Err(first.map_or_else(
                    || Refusal::field("channels", "missing", Words::key("post-no-channel")),
                    |(row, _)| not_now(row.state),
                ));
            }
            let due_at = work.instant(&when)?;
            if work.plan(conn, &at, due_at)? > 0 {
                hand.audit(conn, "post.schedule", id, due_at.to_string())?;
            }
            let warnings = work.warnings(&at)?;
            if terms.healthy {
                refuse_unhealthy(&warnings)?;
            }
            Ok(Saved {
                post: work.post,
                deliveries: work.deliveries,
                warnings,
                fresh: false,
            })
        })
        .await?;
    nudge(web);
    Ok(saved)
}

/// Calls a post off on all channels where nothing of it was sent, or on some. A draft that has no channel
/// is thrown away whole; then there is no post to answer with.
///
/// # Errors
/// `not_now` where it is out or on its way everywhere.
pub async fn cancel(
    web: &Web,
    by: &Guard,
    id: PostId,
    only: Option<BTreeSet<ChannelId>>,
    seen: impl FnOnce(u64) -> Outcome<()> + Send + 'static,
    keep: Keep,
) -> Outcome<Option<Saved>> {
    let (hand, guard) = (Hand::of(web, by), by.clone());
    let saved = web
        .write_if(keep, "web.post_cancel", move |conn| {
            let mut work = PostWork::read(conn, &hand, &guard, id, Action::Draft)?;
            seen(work.post.version)?;
            if work.deliveries.is_empty() {
                posts::delete_empty(conn, &work.post)?;
                hand.audit(conn, "post.discard", id, "")?;
                return Ok(None);
            }
            let chosen =
                |row: &DeliveryRow| only.as_ref().is_none_or(|only| only.contains(&row.channel));
            let at = work.places(|row| chosen(row) && is_open(row.state));
            if at.is_empty() {
                let first = work.deliveries.iter().find(|(row, _)| chosen(row));
                return Err(first.map_or_else(Refusal::not_found, |(row, _)| not_now(row.state)));
            }
            for at in at {
                super::deliveries::call_off(conn, &hand, &guard, &mut work.deliveries[at].0)?;
            }
            hand.audit(
                conn,
                "post.cancel",
                id,
                work.for_lists(&work.post.content).0,
            )?;
            Ok(Some(Saved {
                post: work.post,
                deliveries: work.deliveries,
                warnings: Vec::new(),
                fresh: false,
            }))
        })
        .await?;
    nudge(web);
    Ok(saved)
}

/// One post with its deliveries and what is to be known of them.
///
/// # Errors
/// `not_found`.
pub async fn one(web: &Web, by: &Guard, id: PostId) -> Outcome<Saved> {
    let (hand, guard) = (Hand::of(web, by), by.clone());
    web.read("web.post", move |conn| {
        let work = PostWork::read(conn, &hand, &guard, id, Action::Read)?;
        let warnings = work.warnings(&work.open())?;
        Ok(Saved {
            post: work.post,
            deliveries: work.deliveries,
            warnings,
            fresh: false,
        })
    })
    .await
}

/// Posts of a set, newest first, before a place; or its drafts, the last changed first.
///
/// # Errors
/// `not_found`.
pub async fn list(
    web: &Web,
    by: &Guard,
    set: SocialSetId,
    drafts_only: bool,
    before: Option<(Timestamp, PostId)>,
    limit: usize,
) -> Outcome<Vec<(PostRow, Vec<DeliveryRow>)>> {
    by.ask(Action::Read, Some(set))?;
    let workspace = by.workspace();
    let last = <PostId as domain::ids::Id>::from_uuid(uuid::Uuid::max());
    let before = before.unwrap_or((Timestamp::MAX, last));
    web.read("web.posts", move |conn| {
        let rows = if drafts_only {
            drafts::list(conn, workspace, set, before, limit)?
        } else {
            posts::of_set(conn, workspace, set, before, limit)?
        };
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let deliveries = deliveries::of_post(conn, workspace, row.id)?;
            all.push((row, deliveries));
        }
        Ok(all)
    })
    .await
}
