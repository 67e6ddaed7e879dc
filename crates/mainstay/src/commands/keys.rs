//! `mainstay keys`: makes, shows, replaces and retires keys. What changes the database is done by the
//! process that serves it, or by this one where none does.

use std::sync::Arc;

use domain::clock::Clocks;
use domain::ids::{Id as _, IncarnationId};
use engine::run::RealTimer;
use secrecy::ExposeSecret as _;
use storage::{Mode, nodes};
use vault::KeyRing;

use crate::cli::Keys;
use crate::rotation::Keeper;
use crate::settings::{Database, KeySource, Settings};
use crate::socket::{self, Ask};
use crate::trouble::{Result, Trouble};
use crate::{open, ring, say};

/// Does it.
///
/// # Errors
/// What stood in the way.
pub async fn run(settings: &Settings, what: Keys) -> Result<()> {
    match what {
        Keys::New => new(settings),
        Keys::List => list(settings),
        Keys::Rotate => ask(settings, Ask::RotateKeys).await,
        Keys::Retire { key } => ask(settings, Ask::RetireKey { key }).await,
    }
}

fn new(settings: &Settings) -> Result<()> {
    let chance = open::chance()?;
    match (&settings.keys, ring::load(&settings.keys)?) {
        (KeySource::File(path), None) => {
            if matches!(&settings.database, Database::Sqlite(file) if file.exists()) {
                return Err(Trouble::new(
                    format!("there is a database but no key ring at {}", path.display()),
                    "a new ring could not open it; put your copy of its ring there",
                ));
            }
            ring::create(path, chance.as_ref())?;
            say::line(format_args!(
                "A key ring was made: {}\n  Keep a copy apart from the database.",
                path.display()
            ));
        }
        (KeySource::File(path), Some(old)) => {
            let (bigger, id) = old.with_new_key(chance.as_ref())?;
            ring::replace(path, &bigger)?;
            say::line(format_args!(
                "Key {id} is in the ring, for opening: {}\n  Put this ring on every node, then: mainstay keys rotate",
                path.display()
            ));
        }
        (KeySource::Given(_), Some(old)) => {
            let (bigger, id) = old.with_new_key(chance.as_ref())?;
            say::line(format_args!(
                "Add this line after the others in keys.ring on every node, and restart them:\n{}",
                line_of(&bigger, id)
            ));
        }
        (KeySource::Given(_), None) => return Err(Trouble::plain("the key ring is empty")),
    }
    Ok(())
}

fn line_of(ring: &KeyRing, id: vault::KeyId) -> String {
    let text = ring.to_text();
    let start = format!("{id} ");
    text.expose_secret()
        .lines()
        .find(|line| line.starts_with(&start))
        .unwrap_or_default()
        .to_owned()
}

fn list(settings: &Settings) -> Result<()> {
    let Some(ring) = ring::load(&settings.keys)? else {
        return Err(Trouble::new(
            "there is no key ring yet",
            "the first start makes one, or: mainstay keys new",
        ));
    };
    for id in ring.opening() {
        say::line(format_args!(
            "key {id}  {}",
            if id == ring.sealing() {
                "seals and opens"
            } else {
                "opens"
            }
        ));
    }
    Ok(())
}

async fn ask(settings: &Settings, ask: Ask) -> Result<()> {
    if socket::ask(&settings.data, &ask).await?.is_some() {
        return Ok(());
    }
    let (clocks, chance) = (Clocks::system(), open::chance()?);
    let opened =
        open::installation(settings, Mode::Inline, clocks.security.as_ref(), &chance).await?;
    let me = IncarnationId::new(clocks.security.now(), chance.as_ref());
    let keeper = Keeper {
        store: opened.store.clone(),
        vault: opened.vault.clone(),
        chance,
        clock: clocks.security,
        source: settings.keys.clone(),
        me,
        timer: Arc::new(RealTimer),
    };
    let done = socket::act(&keeper, &ask, &|text| say::line(text)).await;
    opened
        .store
        .write("keys.leave", move |conn| nodes::leave(conn, me))
        .await?;
    opened.close().await?;
    done
}
