//! Bearer keys of the API. Only hashes are here; a key acts with the rights of the member who made
//! it, cut down to its scopes and perhaps one social set.

use domain::Timestamp;
use domain::ids::{ApiKeyId, MemberId, SocialSetId, WorkspaceId};
use domain::member::Scope;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// A new key.
    CREATE = "insert into api_key
                (id, workspace_id, name, key_sha256, scopes, social_set_id, made_by, created_at_ms)
              values ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// Who comes with this key. The key is the proof; there is no tenant yet.
    BY_HASH = "select id, workspace_id, name, scopes, social_set_id, made_by, created_at_ms, used_at_ms, revoked_at_ms
               from api_key where key_sha256 = $1 and revoked_at_ms is null";
    /// All keys of a workspace, revoked ones too.
    LIST = "select id, workspace_id, name, scopes, social_set_id, made_by, created_at_ms, used_at_ms, revoked_at_ms
            from api_key where workspace_id = $1 order by created_at_ms desc, id desc";
    /// One.
    ONE = "select id, workspace_id, name, scopes, social_set_id, made_by, created_at_ms, used_at_ms, revoked_at_ms
           from api_key where workspace_id = $1 and id = $2";
    /// It was used.
    USED = "update api_key set used_at_ms = $3 where workspace_id = $1 and id = $2";
    /// It opens nothing any more.
    REVOKE = "update api_key set revoked_at_ms = $3 where workspace_id = $1 and id = $2 and revoked_at_ms is null";
}

/// A key, without the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Which.
    pub id: ApiKeyId,
    /// Of which workspace.
    pub workspace: WorkspaceId,
    /// What it is for, in a person's words.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Only in this set.
    pub set: Option<SocialSetId>,
    /// Whose rights it can never exceed.
    pub made_by: MemberId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to within a minute.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

fn from_row(row: &Row) -> Result<ApiKey> {
    let scopes: String = row.get("scopes")?;
    let scopes: std::result::Result<Vec<Scope>, _> =
        scopes.split_whitespace().map(str::parse).collect();
    Ok(ApiKey {
        id: row.get("id")?,
        workspace: row.get("workspace_id")?,
        name: row.get("name")?,
        scopes: scopes.map_err(|error| row.unusable("scopes", error.to_string()))?,
        set: row.get("social_set_id")?,
        made_by: row.get("made_by")?,
        created_at: row.get("created_at_ms")?,
        used_at: row.get("used_at_ms")?,
        revoked_at: row.get("revoked_at_ms")?,
    })
}

/// Stores a key by its SHA-256.
///
/// # Errors
/// When the database fails.
pub fn create(conn: &mut Conn<'_>, new: &ApiKey, key_sha256: &[u8; 32]) -> Result<()> {
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    conn.run(
        &CREATE,
        params![
            new.id,
            new.workspace,
            new.name,
            *key_sha256,
            scopes.join(" "),
            new.set,
            new.made_by,
            new.created_at
        ],
    )?;
    Ok(())
}

/// The living key of that hash, or none.
///
/// # Errors
/// When the database fails.
pub fn by_hash(conn: &mut Conn<'_>, key_sha256: &[u8; 32]) -> Result<Option<ApiKey>> {
    conn.maybe(&BY_HASH, params![*key_sha256])?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// The keys of the workspace, newest first, revoked ones too.
///
/// # Errors
/// When the database fails.
pub fn list(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
    conn.all(&LIST, params![workspace])?
        .iter()
        .map(from_row)
        .collect()
}

/// The key of that id in the workspace, or none.
///
/// # Errors
/// When the database fails.
pub fn one(conn: &mut Conn<'_>, workspace: WorkspaceId, id: ApiKeyId) -> Result<Option<ApiKey>> {
    conn.maybe(&ONE, params![workspace, id])?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// Notes that it was used.
///
/// # Errors
/// When the database fails.
pub fn used(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ApiKeyId,
    now: Timestamp,
) -> Result<()> {
    conn.run(&USED, params![workspace, id, now])?;
    Ok(())
}

/// Revokes a key; whether it was living.
///
/// # Errors
/// When the database fails.
pub fn revoke(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: ApiKeyId,
    now: Timestamp,
) -> Result<bool> {
    Ok(conn.run(&REVOKE, params![workspace, id, now])? > 0)
}
