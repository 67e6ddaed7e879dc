//! Bearer keys: `Authorization: Bearer msk_…`. A key acts as the member who made it, cut down to its
//! scopes and perhaps one social set; when that member goes or loses a right, so does the key.

use std::collections::BTreeSet;

use domain::member::Member;
use domain::schedule::ms_between;
use http::{HeaderMap, HeaderValue, header};
use storage::api_keys::{self, ApiKey};
use storage::people;

use crate::problem::{Outcome, Refusal, codes};
use crate::secret;
use crate::state::Web;

/// How exact the time of the last use is.
const USED_EVERY_MS: i64 = 60 * 1_000;

/// A key and the member that it stands for.
#[derive(Debug, Clone)]
pub struct KeySeat {
    /// The key.
    pub key: ApiKey,
    /// The member who made it, limited to the key's set.
    pub member: Member,
}

fn refused(code: &'static codes::Code) -> Refusal {
    Refusal::new(code).header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// Who comes with these headers.
///
/// # Errors
/// `signed_out` without a key, `bad_key` with one that opens nothing.
pub async fn find(web: &Web, headers: &HeaderMap) -> Outcome<KeySeat> {
    let line = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| refused(&codes::SIGNED_OUT))?;
    let key = line
        .to_str()
        .ok()
        .and_then(|line| line.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim())
        .filter(|key| key.starts_with("msk_"))
        .ok_or_else(|| refused(&codes::BAD_KEY))?;
    let hash = secret::hash(key);
    let found = web
        .read("web.key", move |conn| {
            let Some(key) = api_keys::by_hash(conn, &hash)? else {
                return Ok(None);
            };
            Ok(people::member_by_id(conn, key.workspace, key.made_by)?.map(|member| (key, member)))
        })
        .await?;
    let (key, member) = found.ok_or_else(|| refused(&codes::BAD_KEY))?;
    let now = web.now();
    if key
        .used_at
        .is_none_or(|used| ms_between(used, now).abs() > USED_EVERY_MS)
    {
        let (workspace, id) = (key.workspace, key.id);
        web.write("web.key_used", move |conn| {
            Ok(api_keys::used(conn, workspace, id, now)?)
        })
        .await?;
    }
    Ok(KeySeat {
        member: limited(member, &key),
        key,
    })
}

/// The member as the key may act: in its set only, if it has one, and if the member may see it.
fn limited(mut member: Member, key: &ApiKey) -> Member {
    if let Some(set) = key.set {
        let mut sets = BTreeSet::new();
        if member.sets.as_ref().is_none_or(|sets| sets.contains(&set)) {
            sets.insert(set);
        }
        member.sets = Some(sets);
    }
    member
}
