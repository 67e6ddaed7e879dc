//! Replacing the sealing key, step by step, each durable before the next: see the vault's `Rotation` for
//! the rules. Whoever is killed in the middle goes on from the stored step; nothing is sealed twice to
//! harm, because a value sealed anew stays at its place and generation.

use std::sync::Arc;

use domain::chance::Chance;
use domain::clock::Clock;
use domain::ids::{
    AppId, ChannelGrantId, ConnectSessionId, GrantId, Id as _, IncarnationId, WorkspaceId,
};
use domain::schedule::{MINUTE_MS, plus_ms};
use engine::Timer;
use storage::nodes::{self, Node};
use storage::reseal::{self, Column, SealedValue};
use storage::{EngineKind, Store, installation};
use uuid::Uuid;
use vault::{Holding, KeyId, Place, Purpose, Rotation, RotationStep, Sealed, Vault, places};

use crate::ring;
use crate::settings::KeySource;
use crate::trouble::{Result, Trouble};

/// Under which name the rotation is kept in the database.
const NAME: &str = "key_rotation";
/// How many values are sealed anew in one go.
const PAGE: usize = 200;
/// Who was heard in this time counts as living. The heartbeat is a minute.
const HEARD_MS: i64 = 150_000;
/// How often nodes without the new key are waited for, and how long each time.
const WAITS: usize = 20;
const WAIT_MS: i64 = 10_000;

/// A rotation as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept(pub Rotation);

/// What a rotation works with.
pub struct Keeper {
    /// The database.
    pub store: Store,
    /// The keys in use.
    pub vault: Arc<Vault>,
    /// Nonces and keys.
    pub chance: Arc<dyn Chance>,
    /// The security clock.
    pub clock: Arc<dyn Clock>,
    /// Where the ring is.
    pub source: KeySource,
    /// This incarnation.
    pub me: IncarnationId,
    /// Waits for other nodes.
    pub timer: Arc<dyn Timer>,
}

/// Hears of each step.
pub type Tell<'t> = &'t (dyn Fn(String) + Send + Sync);

/// The rotation that is stored, if there ever was one.
///
/// # Errors
/// When the database fails, or holds something else there.
pub async fn kept(store: &Store) -> Result<Option<Kept>> {
    let text = store
        .read("rotation.kept", |conn| installation::value(conn, NAME))
        .await?;
    text.map(|text| parse(&text).map(Kept)).transpose()
}

fn parse(text: &str) -> Result<Rotation> {
    let damaged = || Trouble::plain("the stored rotation of keys cannot be read");
    let mut words = text.split(' ');
    let mut key = || words.next()?.parse().ok().and_then(KeyId::new);
    let (old, new) = (key().ok_or_else(damaged)?, key().ok_or_else(damaged)?);
    let step = words
        .next()
        .and_then(|word| word.parse().ok())
        .ok_or_else(damaged)?;
    Ok(Rotation { old, new, step })
}

impl Keeper {
    /// Replaces the sealing key, or goes on with a replacement that was broken off.
    ///
    /// # Errors
    /// What stands in the way. What was done stays done; the same call goes on from there.
    pub async fn rotate(&self, tell: Tell<'_>) -> Result<()> {
        let mut at = match kept(&self.store).await? {
            Some(Kept(under_way)) if under_way.step < RotationStep::Resealed => {
                tell(format!(
                    "Going on with the rotation from key {} to key {}.",
                    under_way.old, under_way.new
                ));
                under_way
            }
            _ => self.begin(tell).await?,
        };
        self.use_ring(&at)?;
        while at.step < RotationStep::Resealed {
            at = match at.step {
                RotationStep::Added => self.confirm(at, tell).await?,
                RotationStep::Confirmed => self.seal(at, tell).await?,
                _ => self.reseal(at, tell).await?,
            };
        }
        tell(format!(
            "Done. Key {} is no longer needed by the database. It stays in the ring for backups made before now; take it out with: mainstay keys retire {}",
            at.old, at.old
        ));
        Ok(())
    }

    /// Takes a key out of the ring that nothing in the database needs any more.
    ///
    /// # Errors
    /// When something does, or the key is not there.
    pub async fn retire(&self, key: KeyId, tell: Tell<'_>) -> Result<()> {
        if let Some(Kept(under_way)) = kept(&self.store)
            .await?
            .filter(|kept| kept.0.step < RotationStep::Resealed)
        {
            return Err(Trouble::new(
                format!(
                    "a rotation from key {} to key {} is under way",
                    under_way.old, under_way.new
                ),
                "finish it first: mainstay keys rotate",
            ));
        }
        let smaller = self.vault.ring().without(key)?;
        let left = self.count(|sealed| sealed.key_id() == key).await?;
        if left > 0 {
            return Err(Trouble::new(
                format!("{left} stored secrets are still sealed by key {key}"),
                "seal them anew first: mainstay keys rotate",
            ));
        }
        if let Some(Kept(done)) = kept(&self.store).await?.filter(|kept| kept.0.old == key) {
            self.store_step(Rotation {
                step: RotationStep::Retired,
                ..done
            })
            .await?;
        }
        self.write_ring(&smaller)?;
        self.vault.replace_ring(smaller);
        self.beat().await?;
        tell(format!(
            "Key {key} is out of the ring. Backups made while it sealed need your copy of it."
        ));
        Ok(())
    }

    /// A new key for opening, or the one that a person has put into the ring.
    async fn begin(&self, tell: Tell<'_>) -> Result<Rotation> {
        // A key may have been added to the file while this process ran.
        let sealing = self.vault.ring().sealing();
        let ring = match ring::load(&self.source)? {
            Some(newer) if newer.opens(sealing) => newer.with_sealing(sealing)?,
            _ => (*self.vault.ring()).clone(),
        };
        self.vault.replace_ring(ring.clone());
        let waiting = ring.opening().filter(|id| *id > ring.sealing()).last();
        let new = match (waiting, &self.source) {
            (Some(id), _) => id,
            (None, KeySource::File(path)) => {
                let (bigger, id) = ring.with_new_key(self.chance.as_ref())?;
                ring::replace(path, &bigger)?;
                self.vault.replace_ring(bigger);
                tell(format!(
                    "Key {id} was made and is in the ring, for opening: {}",
                    path.display()
                ));
                id
            }
            (None, KeySource::Given(_)) => {
                return Err(Trouble::new(
                    "the key ring is given by the settings, so no key can be added to it here",
                    "add a line with a new key after the others (mainstay keys new prints one), restart, and call this again",
                ));
            }
        };
        let begun = Rotation::begin(&self.vault.ring(), new)?;
        self.store_step(begun).await?;
        Ok(begun)
    }

    async fn confirm(&self, at: Rotation, tell: Tell<'_>) -> Result<Rotation> {
        self.beat().await?;
        for wait in 0..=WAITS {
            match at.confirm(&self.living().await?) {
                Ok(next) => {
                    self.store_step(next).await?;
                    tell(format!("Every running node opens with key {}.", at.new));
                    return Ok(next);
                }
                Err(refusal) if wait == WAITS => {
                    return Err(Trouble::new(
                        refusal.to_string(),
                        "put the new key ring on these nodes, then call this again: it goes on from here",
                    ));
                }
                Err(refusal) => {
                    tell(format!("Waiting: {refusal}."));
                    self.timer.pause(WAIT_MS).await;
                }
            }
        }
        Err(Trouble::plain("the nodes did not confirm the new key"))
    }

    async fn seal(&self, at: Rotation, tell: Tell<'_>) -> Result<Rotation> {
        let next = at.seal()?;
        // Durable first: after a kill here the start seals with the new key, which all can open.
        self.store_step(next).await?;
        self.use_ring(&next)?;
        tell(format!("From now on key {} seals.", at.new));
        Ok(next)
    }

    async fn reseal(&self, at: Rotation, tell: Tell<'_>) -> Result<Rotation> {
        self.reseal_check().await?;
        let mut done = 0;
        for column in Column::ALL {
            done += self.reseal_column(column, tell).await?;
        }
        tell(format!("{done} secrets were sealed anew."));
        // What was being sealed with the old key while the ring was replaced may have come after.
        let left = self.count(|sealed| sealed.key_id() != at.new).await?;
        let next = at.finish(left).map_err(|refusal| {
            Trouble::new(refusal.to_string(), "call this again: it goes on from here")
        })?;
        self.store_step(next).await?;
        Ok(next)
    }

    async fn reseal_check(&self) -> Result<()> {
        let Some(known) = self
            .store
            .read("rotation.check", installation::read)
            .await?
        else {
            return Ok(());
        };
        if !self.vault.check_needs_reseal(&known.key_check) {
            return Ok(());
        }
        let fresh = self.vault.check_seal(known.id, self.chance.as_ref());
        let replaced = self
            .store
            .write("rotation.check", move |conn| {
                installation::replace_key_check(conn, &known.key_check, &fresh)
            })
            .await;
        match replaced {
            // Another node was first.
            Ok(()) | Err(storage::Error::Stale { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn reseal_column(&self, column: Column, tell: Tell<'_>) -> Result<u64> {
        let (mut after, mut done) = (Uuid::nil(), 0);
        loop {
            let page = self.page(column, after).await?;
            let Some(last) = page.last() else {
                return Ok(done);
            };
            after = last.id;
            let fresh: Vec<(SealedValue, Vec<u8>)> = page
                .into_iter()
                .filter_map(|value| self.anew(column, value).transpose())
                .collect::<Result<_>>()?;
            if fresh.is_empty() {
                continue;
            }
            let write = move |conn: &mut storage::Conn<'_>| {
                let mut changed = 0;
                for (old, sealed) in &fresh {
                    changed += u64::from(reseal::replace(conn, column, old, sealed)?);
                }
                Ok(changed)
            };
            done += self.store.write("rotation.page", write).await?;
            tell(format!("{}: {done} sealed anew", words(column)));
        }
    }

    /// The value sealed by the key that seals now; none where it is already.
    fn anew(&self, column: Column, value: SealedValue) -> Result<Option<(SealedValue, Vec<u8>)>> {
        let sealed = envelope(column, &value)?;
        if !self.vault.needs_reseal(&sealed) {
            return Ok(None);
        }
        let (purpose, place) = place(column, &value);
        let fresh = self
            .vault
            .reseal(purpose, &place, &sealed, &place, self.chance.as_ref())
            .map_err(|error| {
                Trouble::new(
                    format!("{} {}: {error}", words(column), value.id.simple()),
                    error.hint(),
                )
            })?;
        Ok(Some((value, fresh.into_bytes())))
    }

    async fn count(&self, of: impl Fn(&Sealed) -> bool) -> Result<u64> {
        let mut found = 0;
        for column in Column::ALL {
            let mut after = Uuid::nil();
            loop {
                let page = self.page(column, after).await?;
                let Some(last) = page.last() else { break };
                after = last.id;
                for value in &page {
                    found += u64::from(of(&envelope(column, value)?));
                }
            }
        }
        Ok(found)
    }

    async fn page(&self, column: Column, after: Uuid) -> Result<Vec<SealedValue>> {
        Ok(self
            .store
            .read("rotation.page", move |conn| {
                reseal::page(conn, column, after, PAGE)
            })
            .await?)
    }

    async fn store_step(&self, at: Rotation) -> Result<()> {
        let text = format!("{} {} {}", at.old, at.new, at.step);
        self.store
            .write("rotation.step", move |conn| {
                installation::set_value(conn, NAME, &text)
            })
            .await?;
        Ok(())
    }

    /// Takes the ring of this step into use, and writes it where it is ours to write.
    fn use_ring(&self, at: &Rotation) -> Result<()> {
        let ring = at.ring_for(&self.vault.ring())?;
        self.write_ring(&ring)?;
        self.vault.replace_ring(ring);
        Ok(())
    }

    fn write_ring(&self, ring: &vault::KeyRing) -> Result<()> {
        match &self.source {
            KeySource::File(path) => ring::replace(path, ring),
            KeySource::Given(_) => Ok(()),
        }
    }

    /// What each living node says it can open. On SQLite the process lock proves that there is only this one.
    async fn living(&self) -> Result<Vec<Holding>> {
        if self.store.kind() == EngineKind::Sqlite {
            return Ok(vec![Holding {
                node: self.me.to_string(),
                opens: self.vault.ring().opening_text(),
            }]);
        }
        let since = plus_ms(self.clock.now(), -HEARD_MS);
        let living = self
            .store
            .read("rotation.living", move |conn| nodes::living(conn, since))
            .await?;
        Ok(living
            .into_iter()
            .map(|node| Holding {
                node: node.incarnation.to_string(),
                opens: node.opens_keys,
            })
            .collect())
    }

    /// Tells at once what this node can open, instead of with the next heartbeat.
    pub async fn beat(&self) -> Result<()> {
        let now = self.clock.now();
        let node = Node {
            incarnation: self.me,
            started_at: now,
            beat_at: now,
            program: crate::PROGRAM.to_owned(),
            schema_number: Store::program_schema_number(),
            opens_keys: self.vault.ring().opening_text(),
        };
        self.store
            .write("rotation.beat", move |conn| nodes::beat(conn, &node))
            .await?;
        Ok(())
    }

    /// Follows a rotation that another node leads: takes a new ring from the file, and the step's
    /// sealing key. Called now and then where many nodes serve.
    ///
    /// # Errors
    /// When the database or the file fails; the next call tries again.
    pub async fn follow(&self) -> Result<()> {
        let Some(Kept(at)) = kept(&self.store).await? else {
            return Ok(());
        };
        let mut ring = (*self.vault.ring()).clone();
        if !ring.opens(at.new) {
            match ring::load(&self.source)? {
                Some(newer) if newer.opens(at.new) => ring = newer,
                _ => return Ok(()),
            }
        }
        let wanted = at.ring_for(&ring)?;
        let same = |a: &vault::KeyRing| (a.sealing(), a.opening_text());
        if same(&wanted) != same(&self.vault.ring()) {
            tracing::info!(sealing = %wanted.sealing(), opens = wanted.opening_text(), "this node follows a rotation of keys");
            self.vault.replace_ring(wanted);
            self.beat().await?;
        }
        Ok(())
    }
}

/// How often a node looks whether another one rotates, in milliseconds.
pub const FOLLOW_MS: i64 = MINUTE_MS / 2;

fn envelope(column: Column, value: &SealedValue) -> Result<Sealed> {
    Sealed::from_bytes(value.sealed.clone()).map_err(|error| {
        Trouble::plain(format!("{} {}: {error}", words(column), value.id.simple()))
    })
}

fn place(column: Column, value: &SealedValue) -> (Purpose, Place) {
    // Only apps can belong to the installation; the others always name their workspace.
    let workspace = value
        .workspace
        .unwrap_or_else(|| WorkspaceId::from_uuid(Uuid::nil()));
    let generation = value.generation;
    match column {
        Column::GrantTokens => (
            Purpose::GrantToken,
            places::grant_tokens(workspace, GrantId::from_uuid(value.id), generation),
        ),
        Column::ChannelToken => (
            Purpose::GrantToken,
            places::channel_token(workspace, ChannelGrantId::from_uuid(value.id), generation),
        ),
        Column::AppSecret => (
            Purpose::AppSecret,
            places::app_secret(value.workspace, AppId::from_uuid(value.id), generation),
        ),
        Column::PreviousSecret => (
            Purpose::AppSecret,
            places::app_previous_secret(value.workspace, AppId::from_uuid(value.id), generation),
        ),
        Column::AppKeys => (
            Purpose::SigningKey,
            places::app_keys(value.workspace, AppId::from_uuid(value.id), generation),
        ),
        Column::Journey => (
            Purpose::Journey,
            places::journey(workspace, ConnectSessionId::from_uuid(value.id)),
        ),
    }
}

const fn words(column: Column) -> &'static str {
    match column {
        Column::GrantTokens => "sign-ins",
        Column::ChannelToken => "logins of channels",
        Column::AppSecret => "secrets of apps",
        Column::PreviousSecret => "earlier secrets of apps",
        Column::AppKeys => "signing keys",
        Column::Journey => "sign-ins under way",
    }
}

#[cfg(test)]
mod tests;
