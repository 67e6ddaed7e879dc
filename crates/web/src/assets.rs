//! Style, scripts and pictures of the pages, embedded in the program and served under an address that carries the
//! content's hash, so that a browser may keep them for ever. Not here: members' media.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// Tables that the build step wrote: scripts of npm packages, icons, platform marks.
pub mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

#[derive(RustEmbed)]
#[folder = "assets"]
struct Own;

/// One file as it is served.
struct Asset {
    hash: String,
    content_type: &'static str,
    body: Cow<'static, [u8]>,
}

/// Name to asset. `app.css` is every file of `assets/css`, in the order of their names: one request, small sources.
static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    let mut assets = BTreeMap::new();
    let mut names: Vec<String> = Own::iter().map(Cow::into_owned).collect();
    names.sort();
    let mut style = Vec::new();
    for name in names {
        let Some(file) = Own::get(&name) else {
            continue;
        };
        if name.starts_with("css/") {
            style.extend_from_slice(&file.data);
            style.push(b'\n');
        } else {
            let served = name.rsplit('/').next().unwrap_or(&name).to_owned();
            assets.insert(served, asset(&name, file.data));
        }
    }
    assets.insert("app.css".to_owned(), asset("app.css", Cow::Owned(style)));
    for (name, body) in embedded::SCRIPTS {
        assets.insert((*name).to_owned(), asset(name, Cow::Borrowed(body)));
    }
    assets
});

fn asset(name: &str, body: Cow<'static, [u8]>) -> Asset {
    let hash = Sha256::digest(&body)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Asset {
        hash,
        content_type: content_type(name),
        body,
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// The address of a file of `assets/` or of a script from npm, with its hash: `/assets/3f…/app.css`.
/// An unknown name gives an address that answers 404; a test looks at every name that a template asks for.
#[must_use]
pub fn asset_url(name: &str) -> String {
    let hash = ASSETS
        .get(name)
        .map_or("missing", |asset| asset.hash.as_str());
    format!("/assets/{hash}/{name}")
}

/// The whole style sheet as text, for pages that must stand alone in a file.
#[must_use]
pub fn style_sheet() -> String {
    ASSETS
        .get("app.css")
        .map(|asset| String::from_utf8_lossy(&asset.body).into_owned())
        .unwrap_or_default()
}

/// The route `/assets/{hash}/{name}`; needs no session.
pub fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new().route("/assets/{hash}/{name}", get(serve))
}

/// Serves one file. A hash of another build still gets today's content, but then no browser may keep it.
async fn serve(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!("\"{}\"", asset.hash);
    let keep = if hash == asset.hash {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut answer = if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.as_bytes())
    {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut answer = Response::new(asset.body.clone().into_owned().into());
        answer.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(asset.content_type),
        );
        answer
    };
    answer
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        answer.headers_mut().insert(header::ETAG, value);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(path: &str, known: Option<&str>) -> Response {
        use tower::ServiceExt as _;
        let mut request = http::Request::get(path);
        if let Some(known) = known {
            request = request.header(header::IF_NONE_MATCH, known);
        }
        routes::<()>()
            .oneshot(request.body(axum::body::Body::empty()).unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn served_for_ever_under_its_hash_and_not_under_another() {
        let right = ask(&asset_url("app.css"), None).await;
        assert_eq!(right.status(), StatusCode::OK);
        assert_eq!(
            right.headers()[header::CONTENT_TYPE],
            "text/css; charset=utf-8"
        );
        assert!(
            right.headers()[header::CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        let etag = right.headers()[header::ETAG].to_str().unwrap().to_owned();
        let again = ask(&asset_url("app.css"), Some(&etag)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let stale = ask("/assets/0000/app.css", None).await;
        assert_eq!(stale.headers()[header::CACHE_CONTROL], "no-cache");
        assert_eq!(
            ask("/assets/0000/none.css", None).await.status(),
            StatusCode::NOT_FOUND
        );
    }

    #[test]
    fn every_asset_that_a_template_names_exists() {
        let mut seen = 0;
        for (file, text) in crate::text::sources() {
            for name in crate::text::literals_after(&text, "crate::asset(") {
                assert!(
                    ASSETS.contains_key(&name),
                    "{file} asks for the asset {name}"
                );
                seen += 1;
            }
        }
        assert!(seen > 2, "the search finds nothing any more: {seen}");
    }
}
