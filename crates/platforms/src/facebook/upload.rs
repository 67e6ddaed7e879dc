//! A photo that nobody sees yet (§6, "several photos"): uploaded with `published=false`, shown when a post
//! of the feed names it. Its bytes go along, so this installation needs no public address.

use bytes::Bytes;
use domain::cause::Cause;
use serde_json::json;

use super::graph::{graph, page_token};
use super::wire::Made;
use super::{CALL_DEADLINE_MS, publish};
use crate::call::Call;
use crate::failure::{About, Failure, Sent};
use crate::http::Address;
use crate::meta;
use crate::meta::login::puzzling;
use crate::publish::{Outcome, PayloadMedia, Publish};
use crate::wire;

const OPERATION: &str = "facebook.photo";

/// Uploads one photo. An unused one is seen by nobody.
pub(super) async fn photo(
    call: &Call<'_>,
    publish: &Publish<'_>,
    picture: Option<&PayloadMedia>,
) -> Result<Outcome, Failure> {
    let gone = |why: &str| {
        publish::ours(
            OPERATION,
            Cause::ContentRejected,
            About::Post,
            &format!("The photo cannot be read: {why}."),
        )
    };
    let picture = picture.ok_or_else(|| gone("there is no such photo"))?;
    let bytes = publish
        .media
        .bytes(&picture.sha256)
        .await
        .map_err(|why| gone(&why))?;
    let mut params = vec![("published", "false".to_owned())];
    let alt = picture.alt.trim().to_owned();
    params.extend(Some(("alt_text_custom", alt)).filter(|(_, alt)| !alt.is_empty()));
    let graph = graph(call);
    let params = graph.with_token(params, page_token(publish.target));
    let (mime, body) = form(&params, picture, &bytes);
    let url = graph.address(&format!("{}/photos", publish.target.account_id));
    let request = wire::post_bytes(
        OPERATION,
        url,
        body,
        &mime,
        CALL_DEADLINE_MS,
        Address::Configured,
    );
    let made: Made = meta::fetch(call, graph.reader, request).await?;
    if made.id.is_empty() {
        return Err(Failure::passing(Sent::Maybe, puzzling(OPERATION)));
    }
    Ok(Outcome::Done(json!({ "id": made.id })))
}

/// The form with its file (RFC 7578). The boundary holds the photo's own hash, which the photo cannot
/// contain.
fn form(params: &meta::Params, picture: &PayloadMedia, bytes: &Bytes) -> (String, Bytes) {
    let hash: String = picture.sha256.chars().take(48).collect();
    let boundary = format!("mainstay-{hash}");
    let mut body = Vec::with_capacity(bytes.len() + 1_024);
    for (name, value) in params {
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    let kind = picture.mime.rsplit('/').next().unwrap_or("jpeg");
    let part = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"source\"; filename=\"photo.{kind}\"\r\n\
         Content-Type: {}\r\n\r\n",
        picture.mime
    );
    body.extend_from_slice(part.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (
        format!("multipart/form-data; boundary={boundary}"),
        body.into(),
    )
}
