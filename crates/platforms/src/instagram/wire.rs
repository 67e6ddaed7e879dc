//! The shapes of answers. Everything that a sheet does not promise is optional, and ids may be texts
//! or numbers. What all Graph platforms share is in `meta`.

use serde::Deserialize;
use serde_json::Value;

use crate::meta::shapes::text;
pub(super) use crate::meta::shapes::{Inspection, List, Made, TokenAnswer};

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
