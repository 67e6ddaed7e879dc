//! The workspace itself, its members as they are listed, its audit log.

use domain::member::Action;
use storage::audit::{self, Before};
use storage::people::{self, MemberRow};
use storage::workspaces::{self, Workspace};

use super::{all_of, name, zone};
use crate::access::Guard;
use crate::problem::{Outcome, Refusal};
use crate::state::{Keep, Web};

/// The workspace.
///
/// # Errors
/// When the store fails.
pub async fn one(web: &Web, by: &Guard) -> Outcome<Workspace> {
    let workspace = by.workspace();
    web.read("web.workspace", move |conn| {
        workspaces::one(conn, workspace)?.ok_or_else(Refusal::not_found)
    })
    .await
}

/// Gives the workspace another name and zone.
///
/// # Errors
/// Wrong fields, `not_allowed`, `changed_meanwhile`.
pub async fn change(
    web: &Web,
    by: &Guard,
    new_name: &str,
    new_zone: &str,
    keep: Keep,
) -> Outcome<Workspace> {
    by.ask(Action::Administer, None)?;
    let (name, zone) = (name("name", new_name), zone("zone", new_zone));
    all_of([name.as_ref().err().cloned(), zone.as_ref().err().cloned()])?;
    let (name, zone, workspace) = (name?, zone?, by.workspace());
    let line = web.audit_line(
        workspace,
        by.maker(),
        "workspace.change",
        workspace,
        name.clone(),
    );
    web.write_if(keep, "web.workspace_change", move |conn| {
        let old = workspaces::one(conn, workspace)?.ok_or_else(Refusal::not_found)?;
        if old.name != name || old.zone != zone {
            workspaces::change(conn, &old, &name, &zone)?;
            audit::add(conn, &line)?;
        }
        Ok(Workspace { name, zone, ..old })
    })
    .await
}

/// Everybody in the workspace.
///
/// # Errors
/// When the store fails.
pub async fn members(web: &Web, by: &Guard) -> Outcome<Vec<MemberRow>> {
    let workspace = by.workspace();
    web.read("web.members", move |conn| {
        Ok(people::members(conn, workspace)?)
    })
    .await
}

/// Lines of the audit log, newest first.
///
/// # Errors
/// `not_allowed`.
pub async fn audit_log(
    web: &Web,
    by: &Guard,
    before: Option<Before>,
    limit: usize,
) -> Outcome<Vec<audit::Entry>> {
    by.ask(Action::Administer, None)?;
    let workspace = by.workspace();
    web.read("web.audit_log", move |conn| {
        Ok(audit::page(conn, workspace, before, limit)?)
    })
    .await
}
