//! Everything that is sealed, for a rotation of keys: read in pages over the whole installation, and
//! stored sealed anew by compare-and-set on the generation. What moved on meanwhile was sealed anew by
//! whoever moved it. Not here: keys, and where a value is bound to; that is the vault's.

use domain::ids::{GrantId, Id as _, WorkspaceId};
use uuid::Uuid;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// Derived tokens.
    CHANNEL_TOKENS = "select id, workspace_id, token_generation as generation, token_sealed as sealed
        from channel_grant where token_sealed is not null and id > $1 order by id limit $2";
    /// One of them, sealed anew.
    CHANNEL_TOKEN = "update channel_grant set token_sealed = $1
        where id = $2 and token_generation = $3 and token_sealed = $4";
    /// Client secrets.
    APP_SECRETS = "select id, workspace_id, generation, secret_sealed as sealed
        from app where secret_sealed is not null and id > $1 order by id limit $2";
    /// One of them, sealed anew.
    APP_SECRET = "update app set secret_sealed = $1 where id = $2 and generation = $3 and secret_sealed = $4";
    /// The client secrets before, while they are being replaced.
    PREVIOUS_SECRETS = "select id, workspace_id, previous_generation as generation, previous_sealed as sealed
        from app where previous_sealed is not null and id > $1 order by id limit $2";
    /// One of them, sealed anew.
    PREVIOUS_SECRET = "update app set previous_sealed = $1
        where id = $2 and previous_generation = $3 and previous_sealed = $4";
    /// Signing keys.
    APP_KEYS = "select id, workspace_id, generation, keys_sealed as sealed
        from app where keys_sealed is not null and id > $1 order by id limit $2";
    /// One of them, sealed anew.
    APP_KEY = "update app set keys_sealed = $1 where id = $2 and generation = $3 and keys_sealed = $4";
    /// Sign-ins under way.
    JOURNEYS = "select id, workspace_id, cast(0 as bigint) as generation, journey_sealed as sealed
        from connect_session where journey_sealed is not null and id > $1 order by id limit $2";
    /// One of them, sealed anew; its only generation is 0.
    JOURNEY = "update connect_session set journey_sealed = $1
        where id = $2 and cast($3 as bigint) = 0 and journey_sealed = $4";
}

/// What is sealed where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Token sets of grants.
    GrantTokens,
    /// Derived tokens of grants on channels.
    ChannelToken,
    /// Client secrets of apps.
    AppSecret,
    /// Client secrets of apps that are being replaced.
    PreviousSecret,
    /// Signing keys of apps.
    AppKeys,
    /// What sign-ins under way keep.
    Journey,
}

impl Column {
    /// All of them: a rotation is done when none has a value of the old key.
    pub const ALL: [Self; 6] = [
        Self::GrantTokens,
        Self::ChannelToken,
        Self::AppSecret,
        Self::PreviousSecret,
        Self::AppKeys,
        Self::Journey,
    ];
}

/// One sealed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// The row's id, whatever its kind.
    pub id: Uuid,
    /// Whose; none for what belongs to the installation.
    pub workspace: Option<WorkspaceId>,
    /// The generation that it is bound to.
    pub generation: u64,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
}

/// The next values of a column in the order of their ids, from after `after` on.
///
/// # Errors
/// When the database fails.
pub fn page(
    conn: &mut Conn<'_>,
    column: Column,
    after: Uuid,
    limit: usize,
) -> Result<Vec<SealedValue>> {
    let statement = match column {
        Column::GrantTokens => return grant_page(conn, after, limit),
        Column::ChannelToken => &CHANNEL_TOKENS,
        Column::AppSecret => &APP_SECRETS,
        Column::PreviousSecret => &PREVIOUS_SECRETS,
        Column::AppKeys => &APP_KEYS,
        Column::Journey => &JOURNEYS,
    };
    conn.all(statement, params![after, limit])?
        .iter()
        .map(from_row)
        .collect()
}

fn grant_page(conn: &mut Conn<'_>, after: Uuid, limit: usize) -> Result<Vec<SealedValue>> {
    let rows = crate::grants::sealed_page(conn, GrantId::from_uuid(after), limit)?;
    let value = |row: crate::grants::GrantRow| SealedValue {
        id: row.id.uuid(),
        workspace: Some(row.workspace),
        generation: row.generation,
        sealed: row.tokens_sealed,
    };
    Ok(rows.into_iter().map(value).collect())
}

fn from_row(row: &Row) -> Result<SealedValue> {
    Ok(SealedValue {
        id: row.get("id")?,
        workspace: row.get("workspace_id")?,
        generation: row.get("generation")?,
        sealed: row.get("sealed")?,
    })
}

/// Stores a value sealed anew; false where it moved on meanwhile.
///
/// # Errors
/// When the database fails.
pub fn replace(
    conn: &mut Conn<'_>,
    column: Column,
    old: &SealedValue,
    sealed: &[u8],
) -> Result<bool> {
    let statement = match column {
        Column::GrantTokens => {
            return crate::grants::reseal(conn, GrantId::from_uuid(old.id), old.generation, sealed);
        }
        Column::ChannelToken => &CHANNEL_TOKEN,
        Column::AppSecret => &APP_SECRET,
        Column::PreviousSecret => &PREVIOUS_SECRET,
        Column::AppKeys => &APP_KEY,
        Column::Journey => &JOURNEY,
    };
    Ok(conn.run(
        statement,
        params![sealed, old.id, old.generation, old.sealed],
    )? == 1)
}
