//! People of the installation, and their memberships in workspaces. A person has one account here;
//! what they may do is the matter of each membership.

use std::collections::BTreeSet;

use domain::Timestamp;
use domain::ids::{MemberId, PersonId, SocialSetId, WorkspaceId};
use domain::member::{Member, Role};

use crate::engine::Conn;
use crate::error::Result;
use crate::params;
use crate::row::Row;
use crate::sql::statements;

statements! {
    /// Whether the installation has anybody yet.
    COUNT = "select count(*) as found from person";
    /// A new account.
    CREATE = "insert into person (id, mail, name, password_hash, operator, created_at_ms)
              values ($1, $2, $3, $4, $5, $6)";
    /// For signing in. Mail addresses are kept in small letters.
    BY_MAIL = "select id, mail, name, password_hash, operator, created_at_ms from person where mail = $1";
    /// One.
    ONE = "select id, mail, name, password_hash, operator, created_at_ms from person where id = $1";
    /// Another password, if nobody changed it meanwhile.
    SET_PASSWORD = "update person set password_hash = $2 where id = $1
                    and ((password_hash is null and cast($3 as text) is null) or password_hash = $3)";
    /// A new membership.
    JOIN = "insert into member (id, workspace_id, person_id, role, all_sets, created_at_ms)
            values ($1, $2, $3, $4, $5, $6)";
    /// One set that a limited member may see. The set is looked for in the same workspace.
    LIMIT = "insert into member_set (member_id, social_set_id)
             select $1, id from social_set where workspace_id = $2 and id = $3";
    /// A person's membership in one workspace.
    MEMBER_OF = "select id, workspace_id, person_id, role, all_sets from member
                 where workspace_id = $1 and person_id = $2";
    /// A membership by its id.
    MEMBER = "select id, workspace_id, person_id, role, all_sets from member
              where workspace_id = $1 and id = $2";
    /// Which sets a limited member may see.
    SETS_OF = "select s.social_set_id from member_set s join member m on m.id = s.member_id
               where m.workspace_id = $1 and s.member_id = $2 order by s.social_set_id";
    /// Where a person may go: for the account switcher. The person is the bound, not one tenant.
    SEATS = "select w.id as workspace_id, w.name as workspace_name
             from member m join workspace w on w.id = m.workspace_id
             where m.person_id = $1 order by w.name, w.id";
    /// Everybody in a workspace.
    MEMBERS = "select m.id, m.workspace_id, m.person_id, m.role, m.all_sets, m.created_at_ms, p.name, p.mail
               from member m join person p on p.id = m.person_id
               where m.workspace_id = $1 order by m.created_at_ms, m.id";
}

/// An account of the installation.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Which.
    pub id: PersonId,
    /// In small letters.
    pub mail: String,
    /// As others see it.
    pub name: String,
    /// Argon2id in PHC form; none where the person only comes by links.
    pub password_hash: Option<String>,
    /// May run the installation: apps for all, the operator's notices.
    pub operator: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("id", &self.id)
            .field("operator", &self.operator)
            .finish_non_exhaustive()
    }
}

/// A workspace that a person may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatName {
    /// Which.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
}

/// A member with what others may know of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// Role and sets.
    pub member: Member,
    /// The person's name.
    pub name: String,
    /// The person's mail address.
    pub mail: String,
    /// When the membership began.
    pub created_at: Timestamp,
}

fn person(row: &Row) -> Result<Person> {
    Ok(Person {
        id: row.get("id")?,
        mail: row.get("mail")?,
        name: row.get("name")?,
        password_hash: row.get("password_hash")?,
        operator: row.get("operator")?,
        created_at: row.get("created_at_ms")?,
    })
}

fn member(conn: &mut Conn<'_>, row: &Row) -> Result<Member> {
    let (id, workspace): (MemberId, WorkspaceId) = (row.get("id")?, row.get("workspace_id")?);
    let sets = if row.get("all_sets")? {
        None
    } else {
        let rows = conn.all(&SETS_OF, params![workspace, id])?;
        Some(
            rows.iter()
                .map(|row| row.get("social_set_id"))
                .collect::<Result<BTreeSet<SocialSetId>>>()?,
        )
    };
    Ok(Member {
        id,
        person: row.get("person_id")?,
        workspace,
        role: row.get("role")?,
        sets,
    })
}

/// Whether anybody has an account yet; if not, the first start is open.
///
/// # Errors
/// When the database fails.
pub fn any(conn: &mut Conn<'_>) -> Result<bool> {
    Ok(conn.one(&COUNT, params![])?.get::<i64>("found")? > 0)
}

/// Makes an account.
///
/// # Errors
/// A unique failure when the mail address has one already.
pub fn create(conn: &mut Conn<'_>, new: &Person) -> Result<()> {
    conn.run(
        &CREATE,
        params![
            new.id,
            new.mail,
            new.name,
            new.password_hash,
            new.operator,
            new.created_at
        ],
    )?;
    Ok(())
}

/// The account of a mail address (small letters).
///
/// # Errors
/// When the database fails.
pub fn by_mail(conn: &mut Conn<'_>, mail: &str) -> Result<Option<Person>> {
    conn.maybe(&BY_MAIL, params![mail])?
        .as_ref()
        .map(person)
        .transpose()
}

/// The account of that id.
///
/// # Errors
/// When the database fails.
pub fn one(conn: &mut Conn<'_>, id: PersonId) -> Result<Option<Person>> {
    conn.maybe(&ONE, params![id])?
        .as_ref()
        .map(person)
        .transpose()
}

/// Replaces the password by compare-and-set on the hash that was there.
///
/// # Errors
/// [`crate::Error::Stale`] when it was changed meanwhile.
pub fn set_password(
    conn: &mut Conn<'_>,
    id: PersonId,
    hash: &str,
    old: Option<&str>,
) -> Result<()> {
    conn.change("the password", &SET_PASSWORD, params![id, hash, old])
}

/// Makes a membership. Sets of other workspaces in `member.sets` are left out.
///
/// # Errors
/// A unique failure when the person is a member already.
pub fn join(conn: &mut Conn<'_>, new: &Member, now: Timestamp) -> Result<()> {
    conn.run(
        &JOIN,
        params![
            new.id,
            new.workspace,
            new.person,
            new.role,
            new.sets.is_none(),
            now
        ],
    )?;
    for set in new.sets.iter().flatten() {
        conn.run(&LIMIT, params![new.id, new.workspace, *set])?;
    }
    Ok(())
}

/// The person's membership in the workspace, or none.
///
/// # Errors
/// When the database fails.
pub fn member_of(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    person: PersonId,
) -> Result<Option<Member>> {
    let row = conn.maybe(&MEMBER_OF, params![workspace, person])?;
    row.map(|row| member(conn, &row)).transpose()
}

/// The membership of that id in the workspace, or none.
///
/// # Errors
/// When the database fails.
pub fn member_by_id(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    id: MemberId,
) -> Result<Option<Member>> {
    let row = conn.maybe(&MEMBER, params![workspace, id])?;
    row.map(|row| member(conn, &row)).transpose()
}

/// The workspaces that the person may go to, by name.
///
/// # Errors
/// When the database fails.
pub fn seats(conn: &mut Conn<'_>, person: PersonId) -> Result<Vec<SeatName>> {
    let rows = conn.all(&SEATS, params![person])?;
    rows.iter()
        .map(|row| {
            Ok(SeatName {
                workspace: row.get("workspace_id")?,
                name: row.get("workspace_name")?,
            })
        })
        .collect()
}

/// Everybody in the workspace, longest first.
///
/// # Errors
/// When the database fails.
pub fn members(conn: &mut Conn<'_>, workspace: WorkspaceId) -> Result<Vec<MemberRow>> {
    let rows = conn.all(&MEMBERS, params![workspace])?;
    let mut members = Vec::with_capacity(rows.len());
    for row in &rows {
        members.push(MemberRow {
            member: member(conn, row)?,
            name: row.get("name")?,
            mail: row.get("mail")?,
            created_at: row.get("created_at_ms")?,
        });
    }
    Ok(members)
}

/// The first member with this role, for what acts in the workspace's name (furnishing, commands).
///
/// # Errors
/// When the database fails.
pub fn first_with_role(
    conn: &mut Conn<'_>,
    workspace: WorkspaceId,
    role: Role,
) -> Result<Option<Member>> {
    Ok(members(conn, workspace)?
        .into_iter()
        .map(|row| row.member)
        .find(|member| member.role == role))
}
