//! Migrations: numbered texts of equal name for both engines, compiled in, run once each and
//! recorded with a checksum. They only add, so that the program before and the program after can
//! both run on the schema between; the number says which texts a database has.

use sha2::{Digest, Sha256};

use crate::engine::{Conn, Store};
use crate::error::{Error, Result};
use crate::params;
use crate::sql::statements;

struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),+ $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }),+]
    };
}

/// In order. A text that was released is never changed.
const MIGRATIONS: &[Migration] = migrations![
    1 "0001_meta",
    2 "0002_spine",
    3 "0003_indexes",
    4 "0004_announcements",
    5 "0005_long_over",
    6 "0006_breakers",
    7 "0007_apps",
    8 "0008_spares",
    9 "0009_diagnosis",
    10 "0010_asked_until",
];

statements! {
    /// Whether any migration ever ran here.
    LEDGERS = {
        sqlite: "select count(*) as found from sqlite_schema where type = 'table' and name = 'schema_migration'",
        postgres: "select count(*) as found from information_schema.tables
                   where table_schema = current_schema() and table_name = 'schema_migration'",
        why: "each engine lists its tables in its own place",
    };
    /// Two nodes that start at once migrate one after the other.
    LOCK = {
        sqlite: "select 1 as locked",
        postgres: "select cast(1 as bigint) as locked from (select pg_advisory_xact_lock(6273017)) as waited",
        why: "SQLite has one writer anyway",
    };
    /// What ran, in order.
    APPLIED = "select number, name, checksum from schema_migration order by number";
    /// Records one.
    RECORD = "insert into schema_migration (number, name, checksum) values ($1, $2, $3)";
}

const LEDGER_SQLITE: &str = "create table schema_migration (
    number integer not null primary key, name text not null, checksum text not null) strict";
const LEDGER_POSTGRES: &str = "create table schema_migration (
    number bigint not null primary key, name text not null, checksum text not null)";

/// How a database and this program fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// Equal numbers.
    Current,
    /// The program knows migrations that the database has not had.
    Behind {
        /// The database's number; 0 for an empty one.
        database: i64,
        /// The program's number.
        program: i64,
    },
    /// A newer program has been here. Migrations only add, so this one can still run beside it.
    Ahead {
        /// The database's number.
        database: i64,
        /// The program's number.
        program: i64,
    },
}

impl Store {
    /// The highest migration that this program knows.
    #[must_use]
    pub fn program_schema_number() -> i64 {
        MIGRATIONS.last().map_or(0, |last| last.number)
    }

    /// The highest migration that the database has had; 0 for an empty one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn schema_number(&self) -> Result<i64> {
        let ran = self.read("storage.schema_number", ran).await?;
        Ok(ran.last().map_or(0, |last| last.0))
    }

    /// Compares the database with this program; changes nothing.
    ///
    /// # Errors
    /// [`Error::Schema`] when the two do not share a history.
    pub async fn check(&self) -> Result<SchemaState> {
        let ran = self.read("storage.schema_check", ran).await?;
        same_history(&ran)?;
        let (database, program) = (
            ran.last().map_or(0, |last| last.0),
            Self::program_schema_number(),
        );
        Ok(match database.cmp(&program) {
            std::cmp::Ordering::Equal => SchemaState::Current,
            std::cmp::Ordering::Less => SchemaState::Behind { database, program },
            std::cmp::Ordering::Greater => SchemaState::Ahead { database, program },
        })
    }

    /// Runs the migrations that are missing, all in one transaction; how many ran.
    ///
    /// # Errors
    /// When a text fails or the histories differ; nothing is changed then.
    pub async fn migrate(&self) -> Result<usize> {
        self.write("storage.migrate", migrate).await
    }
}

fn migrate(conn: &mut Conn<'_>) -> Result<usize> {
    conn.one(&LOCK, params![])?;
    if conn.one(&LEDGERS, params![])?.get::<i64>("found")? == 0 {
        conn.script("storage.schema_migration", LEDGER_SQLITE, LEDGER_POSTGRES)?;
    }
    let ran = ran(conn)?;
    same_history(&ran)?;
    let missing = MIGRATIONS.iter().skip(ran.len());
    let mut count = 0;
    for migration in missing {
        conn.script(migration.name, migration.sqlite, migration.postgres)?;
        conn.run(
            &RECORD,
            params![migration.number, migration.name, checksum(migration)],
        )?;
        count += 1;
    }
    Ok(count)
}

type Ran = (i64, String, String);

fn ran(conn: &mut Conn<'_>) -> Result<Vec<Ran>> {
    if conn.one(&LEDGERS, params![])?.get::<i64>("found")? == 0 {
        return Ok(Vec::new());
    }
    let rows = conn.all(&APPLIED, params![])?;
    rows.iter()
        .map(|row| Ok((row.get("number")?, row.get("name")?, row.get("checksum")?)))
        .collect()
}

/// What ran must be what this program knows, as far as both go.
fn same_history(ran: &[Ran]) -> Result<()> {
    for (known, (number, name, sum)) in MIGRATIONS.iter().zip(ran) {
        if known.number != *number || known.name != name {
            return Err(Error::Schema(format!(
                "migration {number} of the database is {name:?}, of the program {:?}",
                known.name
            )));
        }
        if checksum(known) != *sum {
            return Err(Error::Schema(format!(
                "the text of migration {name} is not the one that was run on this database"
            )));
        }
    }
    Ok(())
}

/// Over both texts, so that one change is noticed on either engine.
fn checksum(migration: &Migration) -> String {
    let mut digest = Sha256::new();
    digest.update(migration.sqlite);
    digest.update([0]);
    digest.update(migration.postgres);
    digest
        .finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_folders() {
        let listed: Vec<String> = MIGRATIONS
            .iter()
            .map(|known| format!("{}.sql", known.name))
            .collect();
        for engine in ["sqlite", "postgres"] {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("migrations")
                .join(engine);
            let entries = std::fs::read_dir(folder).expect("the folder is there");
            let mut found: Vec<String> = entries
                .map(|entry| {
                    entry
                        .expect("readable")
                        .file_name()
                        .to_string_lossy()
                        .into_owned()
                })
                .collect();
            found.sort();
            assert_eq!(
                found, listed,
                "migrations/{engine} and the list in migrate.rs"
            );
        }
    }

    #[test]
    fn numbers_are_the_names_and_leave_no_gap() {
        for (at, known) in MIGRATIONS.iter().enumerate() {
            assert_eq!(known.number, at as i64 + 1);
            assert!(
                known.name.starts_with(&format!("{:04}_", known.number)),
                "{}",
                known.name
            );
        }
    }

    #[test]
    fn another_history_is_refused() {
        let sum = checksum(&MIGRATIONS[0]);
        assert!(same_history(&[(1, "0001_meta".to_owned(), sum.clone())]).is_ok());
        assert!(same_history(&[(1, "0001_other".to_owned(), sum)]).is_err());
        assert!(same_history(&[(1, "0001_meta".to_owned(), "00".to_owned())]).is_err());
    }
}
