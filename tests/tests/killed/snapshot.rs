//! What was durable at the moment of a kill, read behind the program's back: who waited, who was held, what was being
//! sent. On SQLite from a copy of the files, so that looking mends nothing; the next start finds them as they were left.

use std::path::Path;

use anyhow::{Context as _, Result};
use domain::ids::{DeliveryId, Id as _, IncarnationId};
use rusqlite::OpenFlags;
use tokio_postgres::NoTls;
use uuid::Uuid;

const DUE: &str = "select id, stage, act_at_ms, lease_by, lease_until_ms from delivery where act_at_ms is not null";
const INTENTS: &str = "select incarnation, begun_at_ms from renewal where ended_at_ms is null";
/// How often a refresh token that rotates was replaced in the store: each generation but the first.
const ROTATIONS: &str = "select cast(coalesce(sum(generation - 1), 0) as bigint) from oauth_grant
    where mechanism = 'refresh_rotating'";

/// A delivery on which the engine was to act.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub delivery: DeliveryId,
    pub act_at_ms: i64,
    /// Its call that shows the post was under way.
    pub sending: bool,
    /// Who held it.
    pub held_by: Option<IncarnationId>,
}

/// All that is needed of a moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub waiting: Vec<Waiting>,
    /// Renewals whose answer was not recorded: by whom, and when they began.
    pub intents: Vec<(IncarnationId, i64)>,
    /// How often refresh tokens that rotate were replaced in the store.
    pub rotations: u64,
}

type Row = (Uuid, Option<String>, i64, Option<Uuid>, Option<i64>);

fn waiting((id, stage, act_at_ms, by, until): Row) -> Waiting {
    Waiting {
        delivery: DeliveryId::from_uuid(id),
        act_at_ms,
        sending: stage.as_deref() == Some("sending"),
        held_by: by
            .filter(|_| until.is_some_and(|until| until > 0))
            .map(IncarnationId::from_uuid),
    }
}

/// Of an SQLite database that nobody serves at this moment.
pub fn of_sqlite(database: &Path) -> Result<Snapshot> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("copy.db");
    std::fs::copy(database, &copy)?;
    let log = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        std::path::PathBuf::from(name)
    };
    if log(database).exists() {
        std::fs::copy(log(database), log(&copy))?;
    }
    let db = rusqlite::Connection::open_with_flags(&copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let uuid = |bytes: Vec<u8>| Uuid::from_slice(&bytes).unwrap_or_default();
    let mut statement = db.prepare(DUE)?;
    let rows = statement.query_map([], |row| {
        Ok(waiting((
            uuid(row.get(0)?),
            row.get(1)?,
            row.get(2)?,
            row.get::<_, Option<Vec<u8>>>(3)?.map(uuid),
            row.get(4)?,
        )))
    })?;
    let waiting = rows.collect::<rusqlite::Result<_>>()?;
    let mut statement = db.prepare(INTENTS)?;
    let intents = statement.query_map([], |row| {
        Ok((IncarnationId::from_uuid(uuid(row.get(0)?)), row.get(1)?))
    })?;
    let rotations: i64 = db.query_row(ROTATIONS, [], |row| row.get(0))?;
    Ok(Snapshot {
        waiting,
        intents: intents.collect::<rusqlite::Result<_>>()?,
        rotations: u64::try_from(rotations)?,
    })
}

/// Of a PostgreSQL database.
pub async fn of_postgres(url: &str) -> Result<Snapshot> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("the database")?;
    tokio::spawn(connection);
    // Ids as text: the driver here knows no uuid.
    let due =
        DUE.replacen("select id", "select id::text", 1)
            .replacen("lease_by,", "lease_by::text,", 1);
    let uuid = |text: &str| Uuid::parse_str(text).unwrap_or_default();
    let mut all = Vec::new();
    for row in client.query(&due, &[]).await? {
        all.push(waiting((
            uuid(row.try_get(0)?),
            row.try_get(1)?,
            row.try_get(2)?,
            row.try_get::<_, Option<&str>>(3)?.map(uuid),
            row.try_get(4)?,
        )));
    }
    let mut intents = Vec::new();
    let text = INTENTS.replacen("incarnation", "incarnation::text", 1);
    for row in client.query(&text, &[]).await? {
        let by = IncarnationId::from_uuid(uuid(row.try_get(0)?));
        intents.push((by, row.try_get(1)?));
    }
    let rotations: i64 = client.query_one(ROTATIONS, &[]).await?.try_get(0)?;
    Ok(Snapshot {
        waiting: all,
        intents,
        rotations: u64::try_from(rotations)?,
    })
}
