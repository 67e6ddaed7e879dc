//! Opening an installation: the lock, the database, the schema number and the keys, in the order in
//! which nothing is touched before it is known to be ours.

use std::sync::Arc;

use domain::chance::{ChaChaChance, Chance};
use domain::clock::Clock;
use domain::ids::{Id as _, IncarnationId};
use storage::installation::{self, Installation};
use storage::{Mode, ProcessLock, SchemaState, Store};
use vault::{KeyRing, Vault};

use crate::rotation::{self, Kept};
use crate::settings::{Database, KeySource, Settings};
use crate::trouble::{Result, Trouble};
use crate::{ring, say};

/// An installation that is open. The lock is held as long as this lives.
pub struct Opened {
    /// The database, migrated.
    pub store: Store,
    /// The keys, proven to be those of this database.
    pub vault: Arc<Vault>,
    /// How many migrations were run.
    pub migrated: usize,
    /// Whether this is its first start.
    pub first: bool,
    lock: Option<ProcessLock>,
}

/// Entropy for everything.
///
/// # Errors
/// When the operating system gives none.
pub fn chance() -> Result<Arc<dyn Chance>> {
    let chance = ChaChaChance::from_system().map_err(|error| {
        Trouble::plain(format!("the operating system gives no randomness: {error}"))
    })?;
    Ok(Arc::new(chance))
}

/// Opens the database of the settings without looking into it. On SQLite the process lock is taken first.
///
/// # Errors
/// When another process has it, or it cannot be reached.
pub async fn database(settings: &Settings, mode: Mode) -> Result<(Store, Option<ProcessLock>)> {
    ring::private_folder(&settings.data)?;
    match &settings.database {
        Database::Sqlite(path) => {
            let lock = ProcessLock::acquire(path)?;
            Ok((Store::open_sqlite(path, mode)?, Some(lock)))
        }
        Database::Postgres { url, connections } => {
            use secrecy::ExposeSecret as _;
            Ok((
                Store::open_postgres(url.expose_secret(), *connections).await?,
                None,
            ))
        }
    }
}

/// Opens the installation of the settings; makes what a first start needs.
///
/// # Errors
/// When another process serves it, when it is newer than this program, when the keys are not its own.
/// Nothing is changed then.
pub async fn installation(
    settings: &Settings,
    mode: Mode,
    clock: &dyn Clock,
    chance: &Arc<dyn Chance>,
) -> Result<Opened> {
    let (store, lock) = database(settings, mode).await?;
    let before = fits(&store).await?;
    let there = if before == 0 {
        None
    } else {
        store.read("open.installation", installation::read).await?
    };
    let ring = own_ring(settings, there.as_ref(), chance.as_ref())?;
    let vault = Vault::new(ring);
    if let Some(known) = &there {
        vault.verify_check(known.id, &known.key_check)?;
    }
    let migrated = store.migrate().await?;
    let first = there.is_none();
    if first {
        let id = IncarnationId::new(clock.now(), chance.as_ref()).uuid();
        let new = Installation {
            id,
            created_at: clock.now(),
            key_check: vault.check_seal(id, chance.as_ref()),
        };
        let made = store
            .write("open.create", move |conn| installation::create(conn, &new))
            .await?;
        // Two nodes may start at once with two rings: the one that came first decides.
        vault.verify_check(made.id, &made.key_check)?;
    }
    if let Some(Kept(rotation)) = rotation::kept(&store).await? {
        // The file may be a step behind or ahead of what is durable; what is durable decides.
        vault.replace_ring(rotation.ring_for(&vault.ring())?);
    }
    Ok(Opened {
        store,
        vault: Arc::new(vault),
        migrated,
        first,
        lock,
    })
}

/// The database's number, if this program may run on it.
async fn fits(store: &Store) -> Result<i64> {
    match store.check().await? {
        SchemaState::Current => Ok(Store::program_schema_number()),
        SchemaState::Behind { database, .. } => Ok(database),
        SchemaState::Ahead { database, program } => Err(Trouble::new(
            format!("this database has schema {database}, but this program only knows {program}"),
            "nothing was changed; start the newer program, or restore the backup made before it ran",
        )),
    }
}

fn own_ring(
    settings: &Settings,
    there: Option<&Installation>,
    chance: &dyn Chance,
) -> Result<KeyRing> {
    if let Some(ring) = ring::load(&settings.keys)? {
        return Ok(ring);
    }
    let KeySource::File(path) = &settings.keys else {
        return Err(Trouble::plain("the key ring is empty"));
    };
    if there.is_some() {
        return Err(Trouble::new(
            format!(
                "there is no key ring at {}, but this database is sealed with one",
                path.display()
            ),
            "nothing was changed; put your copy of the key ring there, or set keys.ring_file",
        ));
    }
    let ring = ring::create(path, chance)?;
    say::line(format_args!(
        "A key ring was made: {}\n  Every login is sealed with it. Keep a copy apart from the database: without it they are lost.",
        path.display()
    ));
    Ok(ring)
}

impl Opened {
    /// Closes the database and gives the lock back.
    ///
    /// # Errors
    /// When what was handed in could not be finished.
    pub async fn close(self) -> Result<()> {
        let closed = self.store.close().await;
        drop(self.lock);
        Ok(closed?)
    }
}
