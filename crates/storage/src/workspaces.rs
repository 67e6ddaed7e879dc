//! Workspaces: the tenants. What one holds is in the other files, each statement with the workspace
//! in its where-clause.

use domain::Timestamp;
use domain::ids::WorkspaceId;
use domain::schedule::Zone;

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// A new tenant.
    CREATE = "insert into workspace (id, name, zone, created_at_ms) values ($1, $2, $3, $4)";
    /// One.
    ONE = "select id, name, zone, created_at_ms from workspace where id = $1";
    /// All, oldest first: for the operator's commands, never for a page of a tenant.
    ALL = "select id, name, zone, created_at_ms from workspace order by created_at_ms, id";
    /// Another name or zone, if nobody changed it meanwhile.
    CHANGE = "update workspace set name = $2, zone = $3 where id = $1 and name = $4 and zone = $5";
}

/// One customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    /// Which.
    pub id: WorkspaceId,
    /// As people call it.
    pub name: String,
    /// The zone in which its pages show times where no social set is meant.
    pub zone: Zone,
    /// When it was made.
    pub created_at: Timestamp,
}

fn from_row(row: &Row) -> Result<Workspace> {
    Ok(Workspace {
        id: row.get("id")?,
        name: row.get("name")?,
        zone: row.get("zone")?,
        created_at: row.get("created_at_ms")?,
    })
}

/// Makes a workspace.
///
/// # Errors
/// When the database fails.
pub fn create(conn: &mut Conn<'_>, new: &Workspace) -> Result<()> {
    conn.run(&CREATE, params![new.id, new.name, new.zone, new.created_at])?;
    Ok(())
}

/// The workspace, or none of that id.
///
/// # Errors
/// When the database fails.
pub fn one(conn: &mut Conn<'_>, id: WorkspaceId) -> Result<Option<Workspace>> {
    conn.maybe(&ONE, params![id])?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// Every workspace of the installation, oldest first.
///
/// # Errors
/// When the database fails.
pub fn all(conn: &mut Conn<'_>) -> Result<Vec<Workspace>> {
    conn.all(&ALL, params![])?.iter().map(from_row).collect()
}

/// Gives the workspace another name and zone by compare-and-set on `old`.
///
/// # Errors
/// [`crate::Error::Stale`] when it is not as `old` any more.
pub fn change(conn: &mut Conn<'_>, old: &Workspace, name: &str, zone: &Zone) -> Result<()> {
    conn.change(
        "the workspace",
        &CHANGE,
        params![old.id, name, zone, old.name, old.zone],
    )
}
