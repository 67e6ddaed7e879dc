//! What a post or photo is asked to be, checked as the documentation says (sheet facebook.md §6,
//! §7, §9.3).

use super::errors;
use super::state::{Photo, Standing};
use crate::call::Call;
use crate::clock::{DAY, MINUTE};
use crate::fetch::FetchError;
use crate::instagram::errors::{GraphError, parameter};
use crate::instagram::state::Page;
use crate::simulator::Scene;
use crate::state::State;
use bytes::Bytes;
use serde_json::Value;
use std::io::Cursor;
use url::Url;

/// Characters of a message (§7).
const MESSAGE: usize = 63_206;
/// Bytes of a photo (§7).
const PHOTO_BYTES: usize = 10 * 1024 * 1024;
/// Native scheduling, from and to (§6.2).
const WINDOW: (i64, i64) = (10 * MINUTE, 30 * DAY);
/// Image types that are taken (§7).
const TYPES: [&str; 5] = [
    "image/jpeg",
    "image/bmp",
    "image/png",
    "image/gif",
    "image/tiff",
];

/// What came of pulling a photo; none if the call names no address.
pub(super) type Pulled = Option<Result<(String, Bytes), FetchError>>;

/// True for `true` and `1`.
fn yes(call: &Call, name: &str) -> Option<bool> {
    call.filled(name)
        .map(|value| value.eq_ignore_ascii_case("true") || value == "1")
}

/// The text of a post or photo.
pub(super) fn message(call: &Call) -> Result<String, GraphError> {
    let message = call
        .filled("message")
        .or_else(|| call.filled("caption"))
        .unwrap_or_default();
    if message.chars().count() > MESSAGE {
        return Err(parameter("(#100) The message is too long"));
    }
    Ok(message)
}

/// Whether and when a post goes out (§6.2).
pub(super) fn standing(call: &Call, now_ms: i64) -> Result<Standing, GraphError> {
    let published = yes(call, "published").unwrap_or(true);
    let kind = call.filled("unpublished_content_type");
    match call.filled("scheduled_publish_time") {
        Some(_) if published => Err(parameter(
            "(#100) You cannot specify a scheduled publish time on a published post",
        )),
        Some(text) => Ok(Standing::Scheduled {
            publish_at_ms: planned_time(&text, now_ms)?,
        }),
        None if published => Ok(Standing::Published),
        None if kind.as_deref() == Some("SCHEDULED") => Err(parameter(
            "(#100) You must specify a scheduled publish time for scheduled posts",
        )),
        None => Ok(Standing::Unpublished),
    }
}

/// A moment in unix seconds or ISO 8601, within the window. (The platform also reads what
/// `strtotime` reads; nobody should rely on that.)
pub(super) fn planned_time(text: &str, now_ms: i64) -> Result<i64, GraphError> {
    let wrong = || parameter("(#100) The specified scheduled publish time is invalid.");
    let at_ms = match text.parse::<i64>() {
        Ok(seconds) => seconds.checked_mul(1_000).ok_or_else(wrong)?,
        Err(_) => text
            .parse::<jiff::Timestamp>()
            .map_err(|_| wrong())?
            .as_millisecond(),
    };
    let ahead = at_ms - now_ms;
    if ahead < WINDOW.0 || ahead > WINDOW.1 {
        return Err(wrong());
    }
    Ok(at_ms)
}

/// The link of a post, if it has one.
pub(super) fn link(call: &Call, page: &Page) -> Result<Option<String>, GraphError> {
    let Some(text) = call.filled("link") else {
        return Ok(None);
    };
    let url = Url::parse(&text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(errors::bad_address)?;
    let host = url.host_str().unwrap_or_default();
    if host == "facebook.com" || host.ends_with(".facebook.com") {
        return Err(errors::link_refused());
    }
    if page.standing.links_fail {
        return Err(errors::link_failed());
    }
    Ok(Some(text))
}

/// Photo ids of `attached_media`: one JSON list, or `attached_media[0]`, `attached_media[1]`, ….
pub(super) fn attached(call: &Call) -> Result<Vec<String>, GraphError> {
    let wrong = || parameter("(#100) param attached_media must be an array of media_fbid objects.");
    let id = |value: &Value| match &value["media_fbid"] {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    if let Some(text) = call.filled("attached_media") {
        let list: Vec<Value> = serde_json::from_str(&text).map_err(|_| wrong())?;
        return list.iter().map(|one| id(one).ok_or_else(wrong)).collect();
    }
    let mut ids = Vec::new();
    while let Some(text) = call.filled(&format!("attached_media[{}]", ids.len())) {
        let one: Value = serde_json::from_str(&text).map_err(|_| wrong())?;
        ids.push(id(&one).ok_or_else(wrong)?);
    }
    Ok(ids)
}

/// Makes sure that photos may go into a post of a Page.
pub(super) fn usable(state: &State, page: &str, photos: &[String]) -> Result<(), GraphError> {
    for (place, id) in photos.iter().enumerate() {
        let photo = state.facebook.photos.get(id);
        let photo = photo
            .filter(|photo| photo.page == page)
            .ok_or_else(|| parameter(format!("(#100) The photo {id} does not exist")))?;
        if photo.post.is_some() || photos[..place].contains(id) {
            return Err(errors::already_posted());
        }
    }
    Ok(())
}

/// The bytes of a photo call: pulled from `url`, or sent as `source`.
pub(super) fn photo(
    state: &mut State,
    scene: &Scene<'_>,
    page: &Page,
    call: &Call,
    pulled: &Pulled,
) -> Result<Photo, GraphError> {
    let sent = call.file("source");
    let bytes = match (pulled, &sent) {
        _ if page.standing.unfetchable && sent.is_none() => return Err(errors::bad_file()),
        (Some(Ok((_, bytes))), _) => bytes,
        (Some(Err(FetchError::TooLarge)), _) => return Err(errors::unreadable_photo()),
        (Some(Err(FetchError::Refused(_))), _) => return Err(errors::bad_address()),
        (Some(Err(_)), _) => return Err(errors::bad_file()),
        (None, Some(bytes)) => bytes,
        (None, None) => return Err(parameter("(#100) One of url or source is required")),
    };
    let kind = infer::get(bytes).ok_or_else(errors::bad_file)?.mime_type();
    if !TYPES.contains(&kind) || bytes.len() > PHOTO_BYTES {
        return Err(errors::unreadable_photo());
    }
    let reader = image::ImageReader::new(Cursor::new(bytes.as_ref())).with_guessed_format();
    // Sizes of types that are not read here (bmp, tiff) stay unknown.
    let size = reader.ok().and_then(|reader| reader.into_dimensions().ok());
    Ok(Photo {
        page: page.id.clone(),
        media: state.media.keep(kind, bytes),
        size: size.unwrap_or((0, 0)),
        alt_text: call.filled("alt_text_custom"),
        at_ms: scene.now_ms,
        post: None,
        temporary: yes(call, "temporary").unwrap_or(false),
    })
}
