//! Settling a post whose answer is unclear, by the Page's own list (§6.3). There is no key against twins,
//! and a 5xx, code 1 or code 2 does not mean "not posted": each of seven such answers had posted.
//!
//! A post is ours if it shows one of our uploaded photos; else if its text is ours, it is not older than
//! our first possible call, no other app made it, what hangs on it does not speak against it, and it has
//! not settled another delivery. It is believed absent only after the waits and looks of the sheet.

use domain::Timestamp;
use domain::schedule::{DAY_MS, MINUTE_MS, ms_between, plus_ms};
use serde_json::json;

use super::graph::{graph, page_token};
use super::publish::{POST, link_of, photos};
use super::read::{self, moment};
use super::wire::{Attachment, List, Post, id_of};
use crate::call::Call;
use crate::failure::Failure;
use crate::publish::{Look, Publish, StepPlan};

/// The waits before the looks that count; one more look is made at once, because a hit ends it. The sheet
/// asks for 30 to 60 s and two looks; together they outlast our deadline of 30 s and a list that lags 90 s.
pub(super) const WAITS_MS: &[i64] = &[45_000, 90_000];
/// How far the platform's clock may be behind ours. The sheet asks for 60 s.
const SKEW_MS: i64 = 2 * MINUTE_MS;
/// The most pages that are searched; where the window holds more, nothing is certain.
const PAGES: usize = 3;

/// Looks whether a step happened.
pub(super) async fn look(
    call: &Call<'_>,
    publish: &Publish<'_>,
    step: &StepPlan,
    taken: &[String],
) -> Result<Look, Failure> {
    if step.name != POST {
        // Photos are seen by nobody and reads change nothing: they may be made again.
        return Ok(Look::DidNot);
    }
    let Some(photos) = photos(publish) else {
        return Ok(Look::DidNotAndUsedUp);
    };
    let begun = publish.fenced_at.unwrap_or(publish.payload.due_at);
    // A call of an earlier try may have posted as well, but none left before the post was due.
    let first = begun
        .min(publish.payload.due_at)
        .max(plus_ms(begun, -DAY_MS));
    let wanted = Wanted {
        text: &publish.payload.text,
        photos: &photos,
        has_link: link_of(publish.payload).is_some(),
        app: &call.app.client_id,
        since: plus_ms(first, -SKEW_MS),
        taken,
    };
    let (listed, whole) = listed(call, publish, wanted.since).await?;
    let hits = listed
        .iter()
        .filter_map(|post| Some((wanted.rank(post)?, moment(&post.created_time), post)));
    // The surest; of equals the oldest.
    if let Some((_, _, post)) = hits.min_by_key(|(rank, at, post)| (*rank, *at, post.id.clone())) {
        return Ok(Look::Happened(json!({
            "id": post.id,
            "permalink": post.permalink_url,
            "at_ms": call.now.as_millisecond(),
        })));
    }
    if !whole {
        return Ok(Look::NotClear {
            after_ms: MINUTE_MS,
        });
    }
    Ok(absent(
        publish.looks as usize,
        ms_between(begun, call.now).max(0),
    ))
}

/// The list does not show it. Certain only after all looks, and not before their time is over.
fn absent(looks: usize, elapsed_ms: i64) -> Look {
    let over_ms = WAITS_MS.iter().sum::<i64>() - elapsed_ms;
    match WAITS_MS.get(looks) {
        Some(wait_ms) => Look::NotClear { after_ms: *wait_ms },
        None if over_ms > 0 => Look::NotClear { after_ms: over_ms },
        None => Look::DidNot,
    }
}

/// Whether the Page shows a post with this text that is too old to be this one.
pub(super) async fn older_twin(call: &Call<'_>, publish: &Publish<'_>) -> Result<bool, Failure> {
    let earliest = plus_ms(publish.payload.due_at.min(call.now), -SKEW_MS);
    let (listed, _) = listed(call, publish, plus_ms(earliest, -DAY_MS)).await?;
    let mut twins = listed
        .iter()
        .filter(|post| same_text(&post.message, &publish.payload.text))
        .map(|post| moment(&post.created_time))
        .peekable();
    Ok(twins.peek().is_some() && twins.all(|at| at.is_some_and(|at| at < earliest)))
}

/// What the Page has published since then, and whether that is all of it.
async fn listed(
    call: &Call<'_>,
    publish: &Publish<'_>,
    since: Timestamp,
) -> Result<(Vec<Post>, bool), Failure> {
    let path = format!("{}/published_posts", publish.target.account_id);
    let fields = format!(
        "id,message,created_time,permalink_url,application,{}",
        read::ATTACHMENTS
    );
    let (mut all, mut after) = (Vec::new(), None);
    for _ in 0..PAGES {
        let mut params = vec![
            ("since", since.as_second().to_string()),
            ("fields", fields.clone()),
            ("limit", "100".to_owned()),
        ];
        params.extend(after.take().map(|after| ("after", after)));
        let token = page_token(publish.target);
        let list: List<Post> = graph(call)
            .read("facebook.find", &path, params, token)
            .await?;
        after = list.after();
        all.extend(list.data);
        if after.is_none() {
            return Ok((all, true));
        }
    }
    Ok((all, false))
}

/// The post that is looked for.
struct Wanted<'a> {
    text: &'a str,
    photos: &'a [String],
    has_link: bool,
    app: &'a str,
    since: Timestamp,
    taken: &'a [String],
}

impl Wanted<'_> {
    /// How surely a post is the one: 0 the surest. None if it is not.
    fn rank(&self, post: &Post) -> Option<u8> {
        if post.id.is_empty() || self.taken.iter().any(|taken| same_post(taken, &post.id)) {
            return None;
        }
        let shown = Shown::of(post);
        if shown.ids.iter().any(|id| self.photos.contains(id)) {
            return Some(0);
        }
        // A time that cannot be read speaks neither for it nor against it.
        let too_old = moment(&post.created_time).is_some_and(|at| at < self.since);
        let app = id_of(post.application.as_ref());
        let other_app = !app.is_empty() && app != self.app;
        if too_old || other_app || !same_text(&post.message, self.text) {
            return None;
        }
        let same_count = shown.told && shown.photos == self.photos.len();
        // Without words a post is told only by what hangs on it, and by us as its maker.
        if self.text.trim().is_empty() {
            return (same_count && app == self.app).then_some(1);
        }
        match (self.photos.is_empty(), shown.told) {
            _ if same_count => Some(1),
            // Nothing hangs on a text, so that nothing is told of it is as it should be.
            (true, false) => Some(1),
            // The preview of a link may be called a photo; on a plain text there is none.
            (true, true) => (self.has_link || !shown.only_photos).then_some(2),
            // Another number, or nothing told yet: the text, the time and the app stand for it.
            (false, _) => (!shown.told || shown.photos > 0 || !shown.only_known).then_some(2),
        }
    }
}

/// What hangs on a post, as far as it is told.
struct Shown {
    /// Whether anything is told.
    told: bool,
    /// How many photos.
    photos: usize,
    /// Whether all of it is photos.
    only_photos: bool,
    /// Whether every kind is one that we know.
    only_known: bool,
    /// The ids of what hangs on it.
    ids: Vec<String>,
}

impl Shown {
    fn of(post: &Post) -> Self {
        let items = read::items(post);
        let is = |item: &&&Attachment, kinds: &[&str]| kinds.contains(&item.media_type.as_str());
        let photos = items
            .iter()
            .filter(|item| is(item, &["photo", "album"]))
            .count();
        let known = ["photo", "album", "link", "share", "video"];
        Self {
            told: !items.is_empty(),
            photos,
            only_photos: photos == items.len(),
            only_known: items.iter().all(|item| is(&item, &known)),
            ids: items
                .iter()
                .map(|item| id_of(item.target.as_ref()))
                .filter(|id| !id.is_empty())
                .collect(),
        }
    }
}

/// Texts are compared without their white space, which the platform trims and folds.
fn same_text(theirs: &str, ours: &str) -> bool {
    theirs.split_whitespace().eq(ours.split_whitespace())
}

/// A post's id is `{page}_{post}`; some answers give the second part alone.
fn same_post(one: &str, other: &str) -> bool {
    let last = |id: &str| id.rsplit('_').next().unwrap_or_default().to_owned();
    last(one) == last(other)
}
