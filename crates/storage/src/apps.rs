//! Apps: our registrations at platforms. Their secrets come and go sealed.

use domain::Timestamp;
use domain::app::{App, AppOwner};
use domain::ids::{AppId, WorkspaceId};
use domain::platform::{LoginFlow, Platform};

use crate::engine::Conn;
use crate::error::Result;
use crate::json::{doc, read};
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// One app that this workspace may use.
    ONE = "select * from app where id = $1 and (workspace_id is null or workspace_id = $2)";
    /// All that this workspace may use, its own before the installation's.
    USABLE = "select * from app where workspace_id is null or workspace_id = $1
        order by case when workspace_id is null then 1 else 0 end, platform, flow, created_at_ms, id";
    /// All apps of the installation as a whole: for the operator, and for re-sealing.
    ALL = "select * from app order by id";
    /// A new app.
    INSERT = "insert into app (id, workspace_id, platform, flow, client_id, redirect_uri, api_version, scopes, hosts,
            secret_sealed, keys_sealed, generation, created_at_ms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12)";
    /// Changed by the settings at a start: everything but who it is.
    UPDATE = "update app set client_id = $1, redirect_uri = $2, api_version = $3, scopes = $4, hosts = $5,
            secret_sealed = $6, keys_sealed = $7, generation = generation + 1
        where id = $8 and generation = $9";
}

/// An app as it is stored.
#[derive(Debug, Clone)]
pub struct AppRow {
    /// What may be read.
    pub app: App,
    /// The sealed client secret.
    pub secret_sealed: Option<Vec<u8>>,
    /// The sealed signing keys, a JSON list of JWK texts.
    pub keys_sealed: Option<Vec<u8>>,
    /// Counts changes; the seal is bound to it.
    pub generation: u64,
}

impl AppRow {
    /// The workspace that the seal is bound to.
    #[must_use]
    pub fn workspace(&self) -> Option<WorkspaceId> {
        match self.app.owner {
            AppOwner::Installation => None,
            AppOwner::Workspace(id) => Some(id),
        }
    }

    fn from_row(row: &Row) -> Result<Self> {
        let workspace: Option<WorkspaceId> = row.get("workspace_id")?;
        Ok(Self {
            app: App {
                id: row.get("id")?,
                owner: workspace.map_or(AppOwner::Installation, AppOwner::Workspace),
                platform: row.get::<Platform>("platform")?,
                flow: row.get::<LoginFlow>("flow")?,
                client_id: row.get("client_id")?,
                redirect_uri: row.get("redirect_uri")?,
                api_version: row.get("api_version")?,
                scopes: read(row, "scopes")?,
                hosts: read(row, "hosts")?,
            },
            secret_sealed: row.get("secret_sealed")?,
            keys_sealed: row.get("keys_sealed")?,
            generation: row.get("generation")?,
        })
    }
}

/// One app that this workspace may use.
///
/// # Errors
/// When the database fails.
pub fn one(conn: &mut Conn<'_>, workspace: WorkspaceId, id: AppId) -> Result<Option<AppRow>> {
    conn.maybe(&ONE, params![id, workspace])?
        .as_ref()
        .map(AppRow::from_row)
        .transpose()
}

/// All apps that this workspace may use; its own come before the installation's.
///
/// # Errors
/// When the database fails.
pub fn usable(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<AppRow>> {
    conn.all(&USABLE, params![workspace])?
        .iter()
        .map(AppRow::from_row)
        .collect()
}

/// All apps of the installation, for the operator.
///
/// # Errors
/// When the database fails.
pub fn all(conn: &mut Conn<'_>) -> Result<Vec<AppRow>> {
    conn.all(&ALL, params![])?
        .iter()
        .map(AppRow::from_row)
        .collect()
}

/// Stores a new app at generation 1.
///
/// # Errors
/// When the database fails.
pub fn insert(conn: &mut Conn<'_>, row: &AppRow, now: Timestamp) -> Result<()> {
    let app = &row.app;
    conn.run(
        &INSERT,
        params![
            app.id,
            row.workspace(),
            app.platform,
            app.flow,
            app.client_id,
            app.redirect_uri,
            app.api_version,
            doc(&app.scopes),
            doc(&app.hosts),
            row.secret_sealed,
            row.keys_sealed,
            now
        ],
    )?;
    Ok(())
}

/// Changes an app; `row.generation` is the one that was read, its secrets are sealed for the next.
///
/// # Errors
/// [`crate::Error::Stale`] when somebody changed it meanwhile.
pub fn update(conn: &mut Conn<'_>, row: &AppRow) -> Result<()> {
    let app = &row.app;
    conn.change(
        "app",
        &UPDATE,
        params![
            app.client_id,
            app.redirect_uri,
            app.api_version,
            doc(&app.scopes),
            doc(&app.hosts),
            row.secret_sealed,
            row.keys_sealed,
            app.id,
            row.generation
        ],
    )
}
