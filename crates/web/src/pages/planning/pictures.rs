//! Pictures over HTTP: for members of the workspace that has them, and for platforms that fetch them with a
//! signed address. And the composer's upload, one picture a request.

use axum::extract::{FromRequest, Multipart, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::ids::MediaId;
use http::{HeaderMap, HeaderValue, header};
use media::{AddressKeys, verify_public};
use serde::Serialize;
use vault::Purpose;

use crate::access::Guard;
use crate::actions::media as pictures;
use crate::extract::Path;
use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};

/// A member looks at a picture. The address names the bytes, so a browser may keep them; only this
/// browser, because only members may see them.
pub async fn show(
    State(web): State<Web>,
    guard: Guard,
    headers: HeaderMap,
    Path(sha256): Path<String>,
) -> Outcome<Response> {
    let bytes = pictures::bytes(&web, &guard, &sha256).await?;
    Ok(answer(
        bytes,
        &sha256,
        &headers,
        "private, max-age=31536000, immutable",
    ))
}

/// A platform fetches a copy with its signed address. Only JPEG copies are served so: originals never
/// leave this way.
pub async fn public(
    State(web): State<Web>,
    headers: HeaderMap,
    Path((token, file)): Path<(String, String)>,
) -> Outcome<Response> {
    let keys = AddressKeys::new(web.vault.subkeys(Purpose::MediaAddress));
    let now = web.security_now();
    let sha256 = verify_public(&keys, &token, &file, now).map_err(|_| Refusal::not_found())?;
    let hash = sha256.parse().map_err(|_| Refusal::not_found())?;
    let bytes = pictures::stored(&web, hash).await?;
    if !bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Err(Refusal::not_found());
    }
    Ok(answer(
        bytes,
        sha256,
        &headers,
        "public, max-age=86400, immutable",
    ))
}

fn answer(bytes: Bytes, sha256: &str, headers: &HeaderMap, keep: &'static str) -> Response {
    let etag = format!("\"{sha256}\"");
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains(&etag));
    let kind = media::sniff(&bytes).map_or("application/octet-stream", media::Format::mime);
    let mut response = if known {
        http::StatusCode::NOT_MODIFIED.into_response()
    } else {
        bytes.into_response()
    };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    // Whatever the bytes are, they are a picture and do nothing.
    set.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    set.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("inline"),
    );
    if let Ok(etag) = HeaderValue::try_from(etag) {
        set.insert(header::ETAG, etag);
    }
    response
}

/// What the composer's script learns of a picture.
#[derive(Serialize)]
struct Uploaded {
    id: MediaId,
    address: String,
    name: String,
}

/// Takes one picture in.
pub async fn upload(State(web): State<Web>, guard: Guard, request: Request) -> Outcome<Response> {
    let malformed = |_| Refusal::new(&codes::MALFORMED);
    let mut form = Multipart::from_request(request, &web)
        .await
        .map_err(|_| Refusal::new(&codes::MALFORMED))?;
    while let Some(field) = form.next_field().await.map_err(malformed)? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            continue;
        };
        let bytes = crate::api::v1::media::file(field).await?;
        let row = pictures::upload(&web, &guard, &name, bytes, Keep::Yes)
            .await?
            .row;
        let uploaded = Uploaded {
            id: row.id,
            address: super::picture(&row.thumb_sha256),
            name: row.name,
        };
        return Ok(axum::Json(uploaded).into_response());
    }
    Err(Refusal::new(&codes::MEDIA_UNREADABLE).detail(Words::key("media-no-file")))
}
