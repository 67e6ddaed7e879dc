//! Apps: our registrations at platforms. Their secrets come and go sealed.

use domain::Timestamp;
use domain::app::{App, AppOwner, RetiredWhy, SecretUse};
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
    USABLE = "select * from app where (workspace_id is null or workspace_id = $1) and removed_at_ms is null
        order by case when workspace_id is null then 1 else 0 end, platform, flow, created_at_ms, id";
    /// All apps of the installation as a whole: for the operator, and for re-sealing.
    ALL = "select * from app order by id";
    /// A new app.
    INSERT = "insert into app (id, workspace_id, platform, flow, client_id, redirect_uri, api_version, scopes, hosts,
            secret_sealed, keys_sealed, generation, created_at_ms, name, secret_added_at_ms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, $12)";
    /// Changed by a person, or by the settings at a start: everything but who it is.
    UPDATE = "update app set client_id = $1, redirect_uri = $2, api_version = $3, scopes = $4, hosts = $5,
            secret_sealed = $6, keys_sealed = $7, name = $8, generation = generation + 1
        where id = $9 and generation = $10 and removed_at_ms is null";
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
    /// Counts changes; the seals of secret and keys are bound to it.
    pub generation: u64,
    /// What people call it; empty where nobody has named it.
    pub name: String,
    /// How the secret fared.
    pub secret: SecretUse,
    /// The secret before, while one is being replaced.
    pub previous: Option<Previous>,
    /// Since when it takes no new sign-ins, and why.
    pub retired: Option<(Timestamp, RetiredWhy)>,
    /// Since when it is gone for people; the row stays, since what is over still names it.
    pub removed_at: Option<Timestamp>,
    /// Since when it is here.
    pub created_at: Timestamp,
}

/// The secret that was in use before the present one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// The sealed secret.
    pub sealed: Vec<u8>,
    /// What its seal is bound to: the app's generation when it was put aside. Later changes leave it.
    pub generation: u64,
    /// How it fared.
    pub secret: SecretUse,
}

impl AppRow {
    /// A new app at generation 1, without a name.
    #[must_use]
    pub fn new(app: App, secret_sealed: Option<Vec<u8>>, keys_sealed: Option<Vec<u8>>) -> Self {
        Self {
            app,
            secret_sealed,
            keys_sealed,
            generation: 1,
            name: String::new(),
            secret: SecretUse::default(),
            previous: None,
            retired: None,
            removed_at: None,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// Whether a new sign-in may be made through it.
    #[must_use]
    pub fn takes_sign_ins(&self) -> bool {
        self.retired.is_none() && self.removed_at.is_none()
    }

    /// The workspace that the seal is bound to.
    #[must_use]
    pub fn workspace(&self) -> Option<WorkspaceId> {
        match self.app.owner {
            AppOwner::Installation => None,
            AppOwner::Workspace(id) => Some(id),
        }
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self> {
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
            name: row.get("name")?,
            secret: SecretUse {
                added_at: row.get("secret_added_at_ms")?,
                taken_at: row.get("secret_taken_at_ms")?,
                refused_at: row.get("secret_refused_at_ms")?,
            },
            previous: previous(row)?,
            retired: row
                .get::<Option<Timestamp>>("retired_at_ms")?
                .zip(row.get::<Option<RetiredWhy>>("retired_why")?),
            removed_at: row.get("removed_at_ms")?,
            created_at: row.get("created_at_ms")?,
        })
    }
}

fn previous(row: &Row) -> Result<Option<Previous>> {
    let Some(sealed) = row.get::<Option<Vec<u8>>>("previous_sealed")? else {
        return Ok(None);
    };
    Ok(Some(Previous {
        sealed,
        generation: row.get("previous_generation")?,
        secret: SecretUse {
            added_at: row.get("previous_added_at_ms")?,
            taken_at: row.get("previous_taken_at_ms")?,
            refused_at: row.get("previous_refused_at_ms")?,
        },
    }))
}

/// One app that this workspace may use, or could before it was removed.
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
            now,
            row.name
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
            row.name,
            app.id,
            row.generation
        ],
    )
}
