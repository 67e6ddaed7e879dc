//! `media`.

use axum::extract::{FromRequest, Multipart, Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use domain::Timestamp;
use domain::ids::MediaId;
use domain::limits::IMAGE_BYTES;
use http::header;
use serde::{Deserialize, Serialize};
use storage::media::MediaRow;

use crate::access::Guard;
use crate::actions::media;
use crate::api::list::{List, Paging};
use crate::api::made;
use crate::extract::{DryRun, Path, Query};
use crate::problem::{Outcome, Problem, Refusal, Words, codes};
use crate::state::{Keep, Web};
use crate::urls;

/// This resource's part of the description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(upload, list, one))]
pub struct Doc;

/// A picture of the library.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Media)]
pub struct MediaJson {
    /// `md_…`
    #[schema(value_type = String)]
    pub id: MediaId,
    /// Hash of its bytes.
    pub sha256: String,
    /// Its kind, by its first bytes.
    pub mime: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Its size.
    pub bytes: u64,
    /// Its name.
    pub name: String,
    /// A placeholder (thumbhash), in Base64.
    pub thumbhash: String,
    /// Where a signed-in member sees it.
    pub address: String,
    /// Who brought it.
    pub made_by: String,
    /// When.
    pub created_at: Timestamp,
}

impl From<MediaRow> for MediaJson {
    fn from(row: MediaRow) -> Self {
        Self {
            id: row.id,
            mime: row.mime,
            width: row.width,
            height: row.height,
            bytes: row.bytes,
            name: row.name,
            thumbhash: STANDARD.encode(&row.thumbhash),
            address: urls::Picture {
                sha256: row.sha256.clone(),
            }
            .to_string(),
            sha256: row.sha256,
            made_by: row.made_by.to_string(),
            created_at: row.created_at,
        }
    }
}

/// `?name=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The file's name, for a body that has none.
    #[serde(default)]
    name: String,
}

/// Takes a picture: the raw bytes as the body, or a form with one file. Up to 30 MB. The same bytes
/// again are answered 200 with the picture that is there.
#[utoipa::path(post, path = urls::ApiMedia::PATH, tag = "media",
    params(("name" = Option<String>, Query, description = "The file's name, where the body is raw."),
        ("dry_run" = Option<bool>, Query, description = "Try it and keep nothing.")),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 201, body = MediaJson), (status = 200, body = MediaJson), (status = "default", body = Problem)))]
pub async fn upload(
    State(web): State<Web>,
    guard: Guard,
    DryRun(keep): DryRun,
    Query(named): Query<Named>,
    request: Request,
) -> Outcome<Response> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (name, bytes) = if kind.starts_with("multipart/form-data") {
        from_form(request, &web).await?
    } else {
        (named.name, raw(request, &web).await?)
    };
    let taken = media::upload(&web, &guard, &name, bytes, keep).await?;
    let keep = if taken.fresh { keep } else { Keep::DryRun };
    let at = urls::ApiMediaOne {
        media: taken.row.id,
    };
    Ok(made(keep, at, &MediaJson::from(taken.row)))
}

async fn raw(request: Request, web: &Web) -> Outcome<Bytes> {
    Bytes::from_request(request, web)
        .await
        .map_err(|_| media::too_large())
}

async fn from_form(request: Request, web: &Web) -> Outcome<(String, Bytes)> {
    let unreadable = || Refusal::new(&codes::MALFORMED);
    let mut form = Multipart::from_request(request, web)
        .await
        .map_err(|_| unreadable())?;
    while let Some(field) = form.next_field().await.map_err(|_| unreadable())? {
        if let Some(name) = field.file_name().map(str::to_owned) {
            return Ok((name, file(field).await?));
        }
    }
    Err(Refusal::new(&codes::MEDIA_UNREADABLE).detail(Words::key("media-no-file")))
}

/// The bytes of one file of a form, up to the limit.
///
/// # Errors
/// `media_too_large`, `malformed`.
pub async fn file(mut field: axum::extract::multipart::Field<'_>) -> Outcome<Bytes> {
    let mut bytes = BytesMut::new();
    loop {
        let chunk = field
            .chunk()
            .await
            .map_err(|error| match error.status().as_u16() {
                413 => media::too_large(),
                _ => Refusal::new(&codes::MALFORMED),
            })?;
        let Some(chunk) = chunk else {
            return Ok(bytes.freeze());
        };
        if bytes.len() + chunk.len() > IMAGE_BYTES {
            return Err(media::too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
}

#[derive(Serialize, Deserialize)]
struct Place {
    at: Timestamp,
    id: MediaId,
}

/// Lists the library, newest first.
#[utoipa::path(get, path = urls::ApiMedia::PATH, tag = "media",
    params(("limit" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<MediaJson>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    guard: Guard,
    Query(paging): Query<Paging>,
) -> Outcome<axum::Json<List<MediaJson>>> {
    let limit = paging.limit()?;
    let before = paging.after::<Place>()?.map(|place| (place.at, place.id));
    let rows = media::list(&web, &guard, before, limit + 1).await?;
    let page = List::page(rows, limit, |row| Place {
        at: row.created_at,
        id: row.id,
    });
    Ok(axum::Json(page.map(MediaJson::from)))
}

/// One picture.
#[utoipa::path(get, path = urls::ApiMediaOne::PATH, tag = "media", params(("media" = String, Path)),
    responses((status = 200, body = MediaJson), (status = "default", body = Problem)))]
pub async fn one(
    State(web): State<Web>,
    guard: Guard,
    Path(id): Path<MediaId>,
) -> Outcome<axum::Json<MediaJson>> {
    Ok(axum::Json(media::one(&web, &guard, id).await?.into()))
}
