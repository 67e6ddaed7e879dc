//! Pictures of the library: taken in, listed, shown. What a file is, its first bytes say; a name or type
//! that somebody gives is never believed. The bytes are durable before their row is.

use bytes::Bytes;
use domain::Timestamp;
use domain::ids::MediaId;
use domain::limits::{IMAGE_BYTES, NAME_CHARS};
use domain::member::Action;
use media::{ContentHash, Picture, Refused, View, measure};
use storage::audit;
use storage::media::{self as library, MediaRow};
use tokio::sync::Semaphore;

use crate::access::Guard;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};

/// Width of the small form, for grids and lists.
const SMALL_WIDTH: u32 = 640;
/// Decoding takes a core and up to some hundred megabytes: two at a time.
static AT_WORK: Semaphore = Semaphore::const_new(2);

/// A picture that was sent.
#[derive(Debug, Clone)]
pub struct Taken {
    /// It, in the library.
    pub row: MediaRow,
    /// Whether it was not there before.
    pub fresh: bool,
}

/// Takes a picture into the workspace's library. The same bytes again are the same picture.
///
/// # Errors
/// `media_too_large`, `media_kind`, `media_unreadable`, `not_allowed`.
pub async fn upload(web: &Web, by: &Guard, name: &str, bytes: Bytes, keep: Keep) -> Outcome<Taken> {
    by.ask(Action::Draft, None)?;
    if bytes.len() > IMAGE_BYTES {
        return Err(too_large());
    }
    // The head alone tells the measures: a bomb is refused before anything is unpacked.
    let measures = measure(&bytes).map_err(|refused| refusal(&refused))?;
    let (workspace, sha256) = (by.workspace(), ContentHash::of(&bytes).to_string());
    let wanted = sha256.clone();
    let known = web
        .read("web.media_known", move |conn| {
            Ok(library::by_sha(conn, workspace, &wanted)?)
        })
        .await?;
    if let Some(row) = known {
        return Ok(Taken { row, fresh: false });
    }
    let (small, thumbhash) = small_form(bytes.clone()).await?;
    let row = MediaRow {
        id: web.id(),
        workspace,
        sha256,
        mime: measures.format.mime().to_owned(),
        width: measures.width,
        height: measures.height,
        bytes: bytes.len() as u64,
        thumb_sha256: ContentHash::of(&small).to_string(),
        thumbhash,
        name: file_name(name),
        made_by: by.maker(),
        created_at: web.now(),
    };
    if keep == Keep::Yes {
        for part in [bytes, small] {
            web.media.put(part).await.map_err(|error| disk(&error))?;
        }
    }
    let line = web.audit_line(workspace, by.maker(), "media.add", row.id, row.name.clone());
    web.write_if(keep, "web.media_add", move |conn| {
        library::insert(conn, &row)?;
        audit::add(conn, &line)?;
        Ok(Taken { row, fresh: true })
    })
    .await
}

async fn small_form(bytes: Bytes) -> Outcome<(Bytes, Vec<u8>)> {
    let stopping = |_| Refusal::new(&codes::TRY_AGAIN);
    let _permit = AT_WORK
        .acquire()
        .await
        .map_err(|_| Refusal::new(&codes::TRY_AGAIN))?;
    let made = tokio::task::spawn_blocking(move || {
        let picture = Picture::decode(&bytes).map_err(|refused| refusal(&refused))?;
        let view = picture
            .view(View::Whole, SMALL_WIDTH)
            .map_err(|_| unreadable("media-damaged"))?;
        let hash = picture
            .thumbhash()
            .map_err(|_| unreadable("media-damaged"))?;
        Ok((Bytes::from(view.bytes), hash))
    });
    // A decoder that panics on a crafted file is a file that cannot be read.
    made.await.map_err(|error| {
        if error.is_panic() {
            unreadable("media-damaged")
        } else {
            stopping(error)
        }
    })?
}

/// More bytes than are taken.
#[must_use]
pub fn too_large() -> Refusal {
    let words = Words::key("media-too-many-bytes").with("n", IMAGE_BYTES / (1024 * 1024));
    Refusal::new(&codes::MEDIA_TOO_LARGE).detail(words)
}

fn unreadable(key: &'static str) -> Refusal {
    Refusal::new(&codes::MEDIA_UNREADABLE).detail(Words::key(key))
}

fn refusal(refused: &Refused) -> Refusal {
    let kind = |words| Refusal::new(&codes::MEDIA_KIND).detail(words);
    match refused {
        Refused::Empty => unreadable("media-empty"),
        Refused::CutOff => unreadable("media-cut-off"),
        Refused::Damaged => unreadable("media-damaged"),
        Refused::Heic => kind(Words::key("media-heic")),
        Refused::OtherKind { kind: other } => {
            kind(Words::key("media-other-kind").with("kind", *other))
        }
        Refused::Unknown => kind(Words::key("media-no-picture")),
        Refused::TooManyPixels { width, height } => {
            let millions = media::MAX_PIXELS / 1_000_000;
            let words = Words::key("media-too-many-pixels")
                .with("width", *width)
                .with("height", *height);
            Refusal::new(&codes::MEDIA_TOO_LARGE).detail(words.with("n", millions))
        }
    }
}

fn disk(error: &media::StoreError) -> Refusal {
    tracing::error!(%error, hint = error.hint(), "a picture could not be kept");
    Refusal::new(&codes::TRY_AGAIN)
}

/// The name without folders and signs that no list shows.
fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_CHARS)
        .collect();
    if name.trim().is_empty() {
        "picture".to_owned()
    } else {
        name.trim().to_owned()
    }
}

/// One picture.
///
/// # Errors
/// `not_found`.
pub async fn one(web: &Web, by: &Guard, id: MediaId) -> Outcome<MediaRow> {
    let workspace = by.workspace();
    web.read("web.media", move |conn| {
        library::one(conn, workspace, id)?.ok_or_else(Refusal::not_found)
    })
    .await
}

/// Pictures before a place, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list(
    web: &Web,
    by: &Guard,
    before: Option<(Timestamp, MediaId)>,
    limit: usize,
) -> Outcome<Vec<MediaRow>> {
    let workspace = by.workspace();
    let last = <MediaId as domain::ids::Id>::from_uuid(uuid::Uuid::max());
    let before = before.unwrap_or((Timestamp::MAX, last));
    web.read("web.media_list", move |conn| {
        Ok(library::list(conn, workspace, before, limit)?)
    })
    .await
}

/// The bytes of a picture that members of this workspace may look at.
///
/// # Errors
/// `not_found`, also where the bytes are another workspace's.
pub async fn bytes(web: &Web, by: &Guard, sha256: &str) -> Outcome<Bytes> {
    let hash: ContentHash = sha256.parse().map_err(|_| Refusal::not_found())?;
    let (workspace, wanted) = (by.workspace(), hash.to_string());
    let may = web
        .read("web.media_may", move |conn| {
            Ok(library::may_show(conn, workspace, &wanted)?)
        })
        .await?;
    if !may {
        return Err(Refusal::not_found());
    }
    stored(web, hash).await
}

/// The bytes with this hash, whosever they are: the caller has checked a signature.
///
/// # Errors
/// `not_found`.
pub async fn stored(web: &Web, hash: ContentHash) -> Outcome<Bytes> {
    web.media.get(hash).await.map_err(|error| match error {
        media::StoreError::Missing(_) => Refusal::not_found(),
        error => disk(&error),
    })
}
