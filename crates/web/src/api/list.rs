//! Lists of the API come in pages: `?limit=` and an opaque `?cursor=`. A cursor says after which thing
//! the next page begins, so that nothing is skipped or told twice when the list grows meanwhile.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::{Outcome, Refusal, Words, codes};

/// How many things a page has unless asked otherwise.
pub const LIMIT: usize = 50;
/// How many it has at most.
pub const MOST: usize = 200;

/// `?limit=…&cursor=…`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// How many.
    #[serde(default, deserialize_with = "crate::extract::parsed")]
    pub limit: Option<usize>,
    /// Where to go on.
    #[serde(default)]
    pub cursor: Option<String>,
}

impl Paging {
    /// How many are wanted, between 1 and [`MOST`].
    ///
    /// # Errors
    /// `bad_parameter`.
    pub fn limit(&self) -> Outcome<usize> {
        match self.limit {
            None => Ok(LIMIT),
            Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            Some(_) => {
                let words = Words::key("field-between")
                    .with("least", 1)
                    .with("most", MOST);
                Err(Refusal::new(&codes::BAD_PARAMETER).and_field("limit", "out_of_range", words))
            }
        }
    }

    /// The place after which to go on; none for the first page.
    ///
    /// # Errors
    /// `bad_parameter` for what is no cursor of this list.
    pub fn after<P: DeserializeOwned>(&self) -> Outcome<Option<P>> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        place.map(Some).ok_or_else(|| {
            Refusal::new(&codes::BAD_PARAMETER).and_field(
                "cursor",
                "unreadable",
                Words::key("field-cursor"),
            )
        })
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct List<T> {
    /// The things.
    pub items: Vec<T>,
    /// For `?cursor=`; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A list that always fits one page.
    #[must_use]
    pub fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }

    /// A page of at most `limit` from one more than that, with the place of its last thing.
    #[must_use]
    pub fn page<P: Serialize>(
        mut items: Vec<T>,
        limit: usize,
        place: impl FnOnce(&T) -> P,
    ) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let last = if more { items.last() } else { None };
        let next_cursor = last
            .map(place)
            .and_then(|place| serde_json::to_vec(&place).ok())
            .map(|text| URL_SAFE_NO_PAD.encode(text));
        Self { items, next_cursor }
    }

    /// The same page of other things.
    #[must_use]
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> List<U> {
        List {
            items: self.items.into_iter().map(change).collect(),
            next_cursor: self.next_cursor,
        }
    }
}
