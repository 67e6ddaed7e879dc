//! Reading back: a channel's own latest posts, for the plan grid. A failure keeps the last state, with
//! its reason.

use domain::Timestamp;
use domain::channel::Link;
use domain::ids::RemotePostId;
use domain::schedule::{DAY_MS, HOUR_MS, MINUTE_MS, plus_ms};
use platforms::failure::Failure;
use platforms::http::{Address, Request};
use platforms::read::RemotePost;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use storage::channels::{self, ChannelRow};
use storage::remote_posts::{self, Known, NewRemotePost, Put, RemotePostRow};

use crate::cx::Cx;
use crate::error::Result;
use crate::login::{self, Login, LoginRows};
use crate::publish::fresh::{Fresh, to_read};
use crate::reconciler::Report;
use crate::trouble;

/// How often a channel is read back when nothing asks for it sooner.
const EVERY_MS: i64 = 6 * HOUR_MS;
/// How long a channel is left to the node that took it: longer than its calls take.
const HELD_MS: i64 = 10 * MINUTE_MS;
/// How many of the latest posts are kept up to date.
const LATEST: usize = 50;
/// How many are looked at to see whether there is anything new.
const GLANCE: usize = 10;
/// How many pictures are copied in one run.
const PICTURES: usize = 30;
/// The most channels of one run.
const BATCH: usize = 50;

/// One run: reads back the channels that are due.
///
/// # Errors
/// When the database fails.
pub async fn step(cx: &Cx) -> Result<Report> {
    let (now, until) = (cx.now(), plus_ms(cx.now(), HELD_MS));
    let claim = move |conn: &mut storage::Conn<'_>| channels::sync_claim(conn, now, until, BATCH);
    let due = cx.store.write("sync.claim", claim).await?;
    let more = due.len() == BATCH;
    let work = due
        .into_iter()
        .map(|channel| async move { (channel.id, sync(cx, channel).await) });
    let mut report = Report {
        done: 0,
        troubled: 0,
        more,
    };
    for (id, outcome) in crate::reconciler::all(work, cx.bounds.in_flight).await {
        match outcome {
            Ok(true) => report.done += 1,
            Ok(false) => report.troubled += 1,
            Err(error) => {
                report.troubled += 1;
                tracing::warn!(channel = %id, %error, "a channel could not be read back");
            }
        }
    }
    Ok(report)
}

async fn sync(cx: &Cx, channel: ChannelRow) -> Result<bool> {
    let (workspace, id) = (channel.workspace, channel.id);
    let rows = cx
        .store
        .read("sync.login", move |conn| {
            login::read(conn, workspace, id, None)
        })
        .await?;
    let usable = |rows: &LoginRows| rows.lives() && channel.link == Link::Linked;
    let Some(rows) = rows.filter(usable) else {
        return rest(cx, channel).await;
    };
    let login = match to_read(cx, rows).await? {
        Fresh::Open(login) => login,
        Fresh::Later(at) => return later(cx, channel, at).await,
        Fresh::Ended => return rest(cx, channel).await,
    };
    let whole = is_new_day(channel.synced_at, cx.now());
    // A few more than are read: some that are known may be gone at the platform.
    let most = 2 * if whole { LATEST } else { GLANCE };
    let read = move |conn: &mut storage::Conn<'_>| remote_posts::known(conn, workspace, id, most);
    let known = cx.store.read("sync.known", read).await?;
    match read_back(cx, &login, &known, whole).await? {
        Ok(reading) => {
            store(cx, &channel, reading, &known).await?;
            copy_pictures(cx, &channel, &login).await?;
            Ok(true)
        }
        Err(failure) => failed(cx, channel, &login, failure).await,
    }
}

/// Nothing can be read without a login; the next sign-in asks for it.
async fn rest(cx: &Cx, channel: ChannelRow) -> Result<bool> {
    let at = plus_ms(cx.now(), EVERY_MS);
    later(cx, channel, at).await
}

async fn later(cx: &Cx, channel: ChannelRow, at: Timestamp) -> Result<bool> {
    let evidence = channel.sync_evidence.clone().unwrap_or_default();
    cx.store
        .write("sync.later", move |conn| {
            channels::sync_failed(conn, &channel, at, &evidence)
        })
        .await?;
    Ok(false)
}

/// Once a day everything is read, so that a change further back is seen too.
fn is_new_day(last: Option<Timestamp>, now: Timestamp) -> bool {
    let day = |at: Timestamp| at.as_millisecond().div_euclid(DAY_MS);
    last.is_none_or(|last| day(last) != day(now))
}

/// What a reading brought, the newest first.
struct Reading {
    /// Each post with the hash of its content.
    posts: Vec<(RemotePost, String)>,
    /// Posts of others that were left out, of all of the latest; none where that is not known.
    collabs_left_out: Option<u32>,
    /// Whether it went as far back as is kept.
    whole: bool,
}

/// Reads the latest posts. Unless the whole is wanted, it ends at a page on which nothing is new: most readings need
/// one call, of the few that a platform allows.
async fn read_back(
    cx: &Cx,
    login: &Login,
    known: &Known,
    whole: bool,
) -> Result<std::result::Result<Reading, Failure>> {
    let (adapter, target) = (login.rows.adapter()?, login.target());
    let mut all = Reading {
        posts: Vec::new(),
        collabs_left_out: None,
        whole: true,
    };
    let mut cursor = None;
    for _ in 0..3 {
        let call = login.call(cx);
        let before = all.posts.len();
        let most = if whole || before > 0 { LATEST } else { GLANCE };
        let page = match adapter.posts(&call, &target, cursor.as_deref(), most).await {
            Ok(page) => page,
            Err(failure) => return Ok(Err(failure)),
        };
        let hashed = page.posts.into_iter().map(|post| {
            let hash = content_hash(&post);
            (post, hash)
        });
        all.posts.extend(hashed);
        all.collabs_left_out = match (all.collabs_left_out, page.collabs_left_out) {
            (Some(before), Some(more)) => Some(before + more),
            (before, more) => before.or(more),
        };
        cursor = page.cursor;
        if cursor.is_none() || all.posts.len() >= LATEST {
            break;
        }
        let page = &all.posts[before..];
        let as_known = |(post, hash): &(RemotePost, String)| known.get(&post.id) == Some(hash);
        if !whole && !page.is_empty() && page.iter().all(as_known) {
            all.whole = false;
            break;
        }
    }
    Ok(Ok(all))
}

async fn store(cx: &Cx, channel: &ChannelRow, reading: Reading, known: &Known) -> Result<()> {
    let (ids, now, channel) = (cx.ids(), cx.now(), channel.clone());
    let collabs = if reading.whole {
        reading.collabs_left_out
    } else {
        channel.collabs_left_out
    };
    // Most of what is read back is as it was, and is not written.
    let mut changed = reading.posts;
    changed.retain(|(post, hash)| known.get(&post.id) != Some(hash));
    let write = move |conn: &mut storage::Conn<'_>| {
        let mut new = 0_usize;
        for (post, content_sha256) in &changed {
            let id: RemotePostId = ids.make();
            let row = NewRemotePost {
                id,
                remote_id: &post.id,
                at: post.at,
                text: &post.text,
                permalink: post.permalink.as_deref(),
                picture_url: post.picture_url.as_deref(),
                items: post.items,
                content_sha256,
            };
            let put = remote_posts::put(conn, channel.workspace, channel.id, &row, now)?;
            new += usize::from(put == Put::New);
        }
        channels::synced(conn, &channel, now, plus_ms(now, EVERY_MS), collabs)?;
        if new > 0 && channel.synced_at.is_some() {
            trouble::line(
                conn,
                &ids,
                &channel,
                "synced",
                json!({ "new_posts": new }),
                now,
            )?;
        }
        Ok(())
    };
    cx.store.write("sync.store", write).await?;
    Ok(())
}

/// What would be worth a new row. The picture's address is left out: platforms change it by themselves.
fn content_hash(post: &RemotePost) -> String {
    let text = format!(
        "{}\n{}\n{}\n{}",
        post.at,
        post.items,
        post.permalink.as_deref().unwrap_or(""),
        post.text
    );
    crate::publish::hex(&Sha256::digest(text.as_bytes()))
}

/// Copies pictures that are new: a platform's picture addresses end.
async fn copy_pictures(cx: &Cx, channel: &ChannelRow, login: &Login) -> Result<()> {
    let (workspace, id) = (channel.workspace, channel.id);
    let read = move |conn: &mut storage::Conn<'_>| {
        remote_posts::without_picture(conn, workspace, id, PICTURES)
    };
    let wanted = cx.store.read("sync.pictures", read).await?;
    let deadline_ms = login.rows.adapter()?.facts().call_deadline_ms;
    let copies = wanted
        .into_iter()
        .map(|post| copy_picture(cx, post, deadline_ms));
    for found in crate::reconciler::all(copies, 4).await {
        let Some((post, sha256)) = found else {
            continue;
        };
        let write = move |conn: &mut storage::Conn<'_>| {
            remote_posts::set_picture(conn, workspace, post, &sha256)
        };
        cx.store.write("sync.picture", write).await?;
    }
    if let (None, Some(url)) = (&channel.picture_sha256, &channel.picture_url)
        && let Some(sha256) = fetch_picture(cx, url, deadline_ms).await
    {
        let write =
            move |conn: &mut storage::Conn<'_>| channels::set_picture(conn, workspace, id, &sha256);
        cx.store.write("sync.channel_picture", write).await?;
    }
    Ok(())
}

async fn copy_picture(
    cx: &Cx,
    post: RemotePostRow,
    deadline_ms: i64,
) -> Option<(RemotePostId, String)> {
    let sha256 = fetch_picture(cx, post.picture_url.as_deref()?, deadline_ms).await?;
    Some((post.id, sha256))
}

/// A picture that cannot be had now is asked for again at the next reading back.
pub(crate) async fn fetch_picture(cx: &Cx, url: &str, deadline_ms: i64) -> Option<String> {
    let request = Request {
        operation: "picture.fetch",
        method: http::Method::GET,
        url: url.to_owned(),
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
        deadline_ms,
        address: Address::Given(cx.reach),
    };
    let answer = cx
        .transport
        .send(request)
        .await
        .ok()
        .filter(|answer| answer.status == 200)?;
    cx.pictures.keep_small(answer.body).await.ok()
}

async fn failed(cx: &Cx, channel: ChannelRow, login: &Login, failure: Failure) -> Result<bool> {
    let wait = (MINUTE_MS << channel.sync_tries.min(6))
        .min(EVERY_MS)
        .max(failure.retry_after_ms.unwrap_or(0));
    let (ids, now, rows) = (cx.ids(), cx.now(), login.rows.clone());
    let write = move |conn: &mut storage::Conn<'_>| {
        trouble::apply(conn, &ids, &rows, &failure, now)?;
        channels::sync_failed(conn, &channel, plus_ms(now, wait), &failure.evidence)
    };
    cx.store.write("sync.failed", write).await?;
    Ok(false)
}
