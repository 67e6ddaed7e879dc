//! The shapes of Facebook's answers. Everything that the sheet does not promise is optional; what all
//! Graph platforms share is in `meta`.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::meta::shapes::text;
pub(super) use crate::meta::shapes::{Inspection, List, Made};

/// `/me` (§5).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Person {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub name: String,
}

/// A Page (§5). Pages of the new kind often have no `username`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Page {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "text")]
    pub username: String,
    #[serde(deserialize_with = "text")]
    pub access_token: String,
    pub tasks: Option<Vec<String>>,
    #[serde(deserialize_with = "picture")]
    pub picture: Option<String>,
}

/// A post of a Page (§8), as far as it is read back or matched.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Post {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub message: String,
    #[serde(deserialize_with = "text")]
    pub created_time: String,
    pub permalink_url: Option<String>,
    pub full_picture: Option<String>,
    /// The app that posted it; an object with an `id`, or nothing.
    pub application: Option<Value>,
    pub from: Option<Value>,
    #[serde(deserialize_with = "text")]
    pub parent_id: String,
    pub attachments: Option<Attachments>,
}

/// What hangs on a post.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Attachments {
    pub data: Vec<Attachment>,
}

/// One thing that hangs on a post; an album holds the others.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Attachment {
    #[serde(deserialize_with = "text")]
    pub media_type: String,
    /// What it shows: an object with an `id`, or the id itself.
    pub target: Option<Value>,
    pub subattachments: Option<Attachments>,
}

/// The id in an object, or the id itself; empty where there is neither.
pub(super) fn id_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        Some(object) => crate::wire::text(object, "id"),
        None => String::new(),
    }
}

/// `{"data": {"url": …}}`, or the address itself.
fn picture<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(url) => Some(url),
        object => object
            .pointer("/data/url")
            .and_then(Value::as_str)
            .map(str::to_owned),
    })
}
