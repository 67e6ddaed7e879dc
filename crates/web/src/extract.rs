//! What handlers take in: path, query, JSON, form. Each turns what cannot be read into a refusal that
//! names the field, and reads nothing that its type does not name.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use crate::problem::{Outcome, Refusal, Words, codes};
use crate::state::{Keep, Web};

/// The parts of the path. An id that is none is told like one that is not there.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Web> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refusal> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, web).await;
        path.map(|path| Self(path.0))
            .map_err(|_| Refusal::not_found())
    }
}

/// The query.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Web> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Refusal> {
        let mut pairs = form_urlencoded_pairs(parts.uri.query().unwrap_or_default());
        // It has its own extractor.
        pairs.retain(|(name, _)| name != "dry_run");
        read_pairs(pairs, &codes::BAD_PARAMETER).map(Self)
    }
}

/// `?dry_run=true`.
pub struct DryRun(pub Keep);

impl FromRequestParts<Web> for DryRun {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Refusal> {
        let pairs = form_urlencoded_pairs(parts.uri.query().unwrap_or_default());
        let value = pairs
            .into_iter()
            .find(|(name, _)| name == "dry_run")
            .map(|(_, value)| value);
        match value.as_deref() {
            None | Some("false") => Ok(Self(Keep::Yes)),
            Some("true") => Ok(Self(Keep::DryRun)),
            Some(_) => Err(Refusal::new(&codes::BAD_PARAMETER).and_field(
                "dry_run",
                "wrong_type",
                Words::key("field-true-or-false"),
            )),
        }
    }
}

/// A JSON document. Types that it is read into deny unknown fields.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Refusal> {
        let kind = content_type(request.headers());
        if !(kind == "application/json" || kind.ends_with("+json")) {
            return Err(Refusal::new(&codes::WRONG_TYPE));
        }
        let body = body(request, web).await?;
        let mut reader = serde_json::Deserializer::from_slice(&body);
        let read =
            serde_path_to_error::deserialize(&mut reader).map_err(|error| json_refusal(&error))?;
        reader.end().map_err(|error| malformed(&error))?;
        Ok(Self(read))
    }
}

/// A form. Fields that a browser sends empty are empty texts.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for Form<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Refusal> {
        let kind = content_type(request.headers());
        if !kind.is_empty() && kind != "application/x-www-form-urlencoded" {
            return Err(Refusal::new(&codes::WRONG_TYPE));
        }
        let body = body(request, web).await?;
        let pairs = url::form_urlencoded::parse(&body).into_owned().collect();
        read_pairs(pairs, &codes::INVALID).map(Self)
    }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

async fn body(request: Request, web: &Web) -> Outcome<Bytes> {
    Bytes::from_request(request, web)
        .await
        .map_err(|rejection| {
            let code = if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
                &codes::TOO_LARGE
            } else {
                &codes::MALFORMED
            };
            Refusal::new(code)
        })
}

fn form_urlencoded_pairs(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// Reads pairs into a struct. A name that comes several times makes a list, as tick boxes do; a type
/// that wants a list takes a single value too when it says so with `#[serde(default, with = …)]` of
/// [`crate::extract::many`].
fn read_pairs<T: DeserializeOwned>(
    pairs: Vec<(String, String)>,
    code: &'static codes::Code,
) -> Outcome<T> {
    let mut object = serde_json::Map::new();
    for (name, value) in pairs {
        let value = serde_json::Value::String(value);
        match object.get_mut(&name) {
            None => {
                object.insert(name, value);
            }
            Some(serde_json::Value::Array(list)) => list.push(value),
            Some(first) => *first = serde_json::Value::Array(vec![first.take(), value]),
        }
    }
    serde_path_to_error::deserialize(serde_json::Value::Object(object)).map_err(|error| {
        let (field, kind, words) = field_of(&error);
        Refusal::new(code).and_field(field, kind, Words::Plain(words))
    })
}

/// What serde says, without the place, which the field's path tells better.
fn plain_words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ")
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect()
}

fn malformed(error: &serde_json::Error) -> Refusal {
    let words = Words::key("problem-malformed-where")
        .with("line", error.line())
        .with("column", error.column());
    Refusal::new(&codes::MALFORMED).detail(words)
}

fn json_refusal(error: &serde_path_to_error::Error<serde_json::Error>) -> Refusal {
    let inner = error.inner();
    if inner.classify() != serde_json::error::Category::Data {
        return malformed(inner);
    }
    let (field, code, words) = field_of(error);
    Refusal::field(field, code, Words::Plain(words))
}

/// Which field is wrong, how, and what serde says of it.
fn field_of(
    error: &serde_path_to_error::Error<serde_json::Error>,
) -> (String, &'static str, String) {
    let words = plain_words(error.inner());
    let mut field = error.path().to_string();
    let (code, named) = if words.starts_with("unknown field") {
        ("unknown_field", true)
    } else if words.starts_with("missing field") {
        ("missing", true)
    } else {
        ("wrong_type", false)
    };
    // For these two serde stands at the object, and names the field in its words.
    if named && let Some(name) = words.split('`').nth(1) {
        field = if field == "." || field == name {
            name.to_owned()
        } else {
            format!("{}.{name}", field.trim_end_matches(&format!(".{name}")))
        };
    }
    (field, code, words)
}

/// For lists in forms and queries: `#[serde(default, deserialize_with = "crate::extract::many")]`.
///
/// # Errors
/// When a value is not of the wanted type.
pub fn many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: DeserializeOwned,
{
    use serde::de::Error as _;
    let value = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
    let list = match value {
        serde_json::Value::Array(list) => list,
        one => vec![one],
    };
    list.into_iter()
        .map(|one| serde_json::from_value(one).map_err(D::Error::custom))
        .collect()
}

/// For values that a form or query writes as text: numbers, flags, times. Empty is none:
/// `#[serde(default, deserialize_with = "crate::extract::parsed")]`.
///
/// # Errors
/// When the text cannot be parsed.
pub fn parsed<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    use serde::de::Error as _;
    let text = <String as serde::Deserialize>::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    text.trim().parse().map(Some).map_err(D::Error::custom)
}
