//! The shapes of answers. Everything that a sheet does not promise is optional, and ids may be texts
//! or numbers.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// `{"data": [{…}]}` as documented, or the object itself as it comes in practice (sheet §4.1, §5).
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOf<T> {
    Listed { data: Vec<T> },
    Flat(T),
}

impl<T> OneOf<T> {
    /// The first object; none for an empty list.
    pub(super) fn first(self) -> Option<T> {
        match self {
            Self::Listed { data } => data.into_iter().next(),
            Self::Flat(one) => Some(one),
        }
    }
}

/// A token answer: code exchange, long-lived exchange, refresh.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct TokenAnswer {
    #[serde(deserialize_with = "text")]
    pub access_token: String,
    #[serde(deserialize_with = "whole")]
    pub expires_in: Option<i64>,
    #[serde(deserialize_with = "names")]
    pub permissions: Vec<String>,
}

/// `/me` of Instagram login, and the account fields of Facebook login.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Profile {
    /// Only an app-scoped number through Instagram: never joined on there.
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub user_id: String,
    #[serde(deserialize_with = "text")]
    pub username: String,
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "text")]
    pub account_type: String,
    pub profile_picture_url: Option<String>,
}

/// A Facebook Page as far as an Instagram account hangs on it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Page {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "text")]
    pub access_token: String,
    pub tasks: Option<Vec<String>>,
    pub instagram_business_account: Option<Profile>,
    pub connected_instagram_account: Option<Profile>,
}

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct List<T> {
    /// Never absent: a list that is not there must not read as an empty one.
    pub data: Vec<T>,
    pub paging: Option<Paging>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Paging {
    pub cursors: Option<Cursors>,
    pub next: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Cursors {
    #[serde(deserialize_with = "text")]
    pub after: String,
}

impl<T> List<T> {
    /// The cursor of the page after this one; none on the last.
    pub(super) fn after(&self) -> Option<String> {
        let paging = self
            .paging
            .as_ref()
            .filter(|paging| paging.next.is_some())?;
        let after = paging
            .cursors
            .as_ref()
            .map(|cursors| cursors.after.clone())?;
        Some(after).filter(|after| !after.is_empty())
    }
}

/// `debug_token` (sheet facebook.md §4.3).
#[derive(Deserialize)]
pub(super) struct Inspected {
    pub data: Inspection,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Inspection {
    #[serde(deserialize_with = "text")]
    pub app_id: String,
    /// Never taken for false where it is absent.
    pub is_valid: Option<bool>,
    #[serde(deserialize_with = "whole")]
    pub expires_at: Option<i64>,
    #[serde(deserialize_with = "whole")]
    pub data_access_expires_at: Option<i64>,
    pub scopes: Vec<String>,
    pub granular_scopes: Vec<GranularScope>,
    #[serde(deserialize_with = "text")]
    pub user_id: String,
    #[serde(deserialize_with = "text")]
    pub profile_id: String,
    pub error: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct GranularScope {
    #[serde(deserialize_with = "text")]
    pub scope: String,
    /// Absent where the scope covers everything.
    #[serde(deserialize_with = "maybe_names")]
    pub target_ids: Option<Vec<String>>,
}

/// An answer that is an id.
#[derive(Deserialize)]
pub(super) struct Made {
    #[serde(deserialize_with = "text")]
    pub id: String,
}

/// A container's state (sheet §6.1).
#[derive(Deserialize)]
pub(super) struct ContainerState {
    pub status_code: String,
    #[serde(default, deserialize_with = "text")]
    pub status: String,
}

/// A post in a list.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Media {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub caption: String,
    #[serde(deserialize_with = "text")]
    pub media_type: String,
    pub media_url: Option<String>,
    pub thumbnail_url: Option<String>,
    pub permalink: Option<String>,
    #[serde(deserialize_with = "text")]
    pub timestamp: String,
    #[serde(deserialize_with = "text")]
    pub username: String,
    pub owner: Option<Owner>,
    pub children: Option<Children>,
}

#[derive(Deserialize)]
pub(super) struct Owner {
    #[serde(deserialize_with = "text")]
    pub id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Children {
    pub data: Vec<Value>,
}

/// Text or number as text; nothing as empty.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

/// A whole number, also where it stands as text.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// `"a,b"`, `"a b"` or `["a", "b"]`.
fn names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(maybe_names(from)?.unwrap_or_default())
}

fn maybe_names<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    let full = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(match Value::deserialize(from)? {
        Value::String(list) => Some(list.split([',', ' ']).filter_map(full).collect()),
        Value::Array(items) => Some(
            items
                .iter()
                .filter_map(|item| {
                    item.as_str()
                        .and_then(full)
                        .or_else(|| item.as_i64().map(|id| id.to_string()))
                })
                .collect(),
        ),
        _ => None,
    })
}
