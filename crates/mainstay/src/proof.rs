//! Proof that an earlier run is gone, where several nodes share one PostgreSQL. Each run holds a file in the data
//! folder, locked by the operating system for as long as the process lives; who can take that lock knows that the
//! run has ended, and what it held is taken up at once instead of after its lease and the longest call.
//!
//! It proves for runs on this machine and since its last start only: a lock that another machine held may have been
//! lost with a connection while the process goes on. Without proof nothing is taken; the leases run out. A session
//! of the database would prove nothing either: it ends with the connection, not with the process.
//! (SQLite needs none of this: there the process lock says that nobody else runs at all.)

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use domain::ids::IncarnationId;
use engine::run::RealTimer;
use engine::{Cx, Timer as _};
use storage::nodes;
use tokio_util::sync::CancellationToken;

use crate::trouble::Result;

/// The folder in the data folder.
const FOLDER: &str = "running";
/// How a run's file ends.
const ENDING: &str = "run";
/// How often nodes look after one another, in milliseconds.
const LOOK_MS: i64 = 1_000;
/// What names this machine since its last start; Linux only, elsewhere leases run out.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// This run's own proof that it lives; the others' are looked for beside it.
pub struct Proof {
    folder: PathBuf,
    boot: String,
    own: PathBuf,
    _held: File,
}

/// A run that is proven gone. Nobody else takes it up while this is held.
struct Gone {
    who: IncarnationId,
    path: PathBuf,
    _held: File,
}

impl Proof {
    /// Shows that `me` lives. None where that cannot be shown, such as on a file system without locks: then leases
    /// run out.
    pub fn of(data: &Path, me: IncarnationId) -> Option<Self> {
        let boot = std::fs::read_to_string(BOOT).ok()?;
        Self::since(data, me, boot.trim().to_owned())
            .inspect_err(
                |error| tracing::warn!(%error, "others will not know at once when this run ends"),
            )
            .ok()
    }

    fn since(data: &Path, me: IncarnationId, boot: String) -> std::io::Result<Self> {
        let folder = data.join(FOLDER);
        let own = folder.join(format!("{me}.{ENDING}"));
        std::fs::create_dir_all(&folder)?;
        // Under another name until it is locked: nobody may find it open.
        let unseen = own.with_extension("new");
        let mut held = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&unseen)?;
        held.lock()?;
        writeln!(held, "{boot}")?;
        std::fs::rename(&unseen, &own)?;
        Ok(Self {
            folder,
            boot,
            own,
            _held: held,
        })
    }

    /// The runs that are proven gone. Files of earlier starts of the machine prove nothing and are cleared away.
    fn gone(&self) -> Vec<Gone> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        paths.filter_map(|path| self.is_gone(path)).collect()
    }

    fn is_gone(&self, path: PathBuf) -> Option<Gone> {
        if path == self.own || path.extension()? != ENDING {
            return None;
        }
        let who = path.file_stem()?.to_str()?.parse().ok()?;
        let mut held = File::open(&path).ok()?;
        held.try_lock().ok()?;
        let mut boot = String::new();
        held.read_to_string(&mut boot).ok()?;
        if boot.trim() == self.boot {
            return Some(Gone {
                who,
                path,
                _held: held,
            });
        }
        let _ = std::fs::remove_file(&path);
        None
    }

    /// Takes up what runs held that are proven gone. Their files stay until that is durable.
    ///
    /// # Errors
    /// When the database fails; the next look tries again.
    pub async fn take_up(&self, cx: &Cx) -> Result<()> {
        for gone in self.gone() {
            let who = gone.who;
            let freed = cx
                .store
                .write("proof.free", move |conn| nodes::free(conn, who))
                .await?;
            // What is left behind costs another look.
            let _ = std::fs::remove_file(&gone.path);
            tracing::info!(run = %who, freed, "a run is proven gone; what it held is taken up");
            if freed > 0 {
                cx.nudges.nudge_all();
            }
        }
        Ok(())
    }

    /// Looks again and again, until `stop`.
    pub async fn keep_looking(self, cx: Cx, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.take_up(&cx).await {
                tracing::warn!(%error, "what a vanished run held could not be taken up");
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = RealTimer.pause(LOOK_MS) => {}
            }
        }
        // A stop finishes what is under way: the lock ends with the process and not before.
        Box::leak(Box::new(self));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::Id as _;

    fn run(number: u128) -> IncarnationId {
        IncarnationId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn since(folder: &Path, number: u128, boot: &str) -> Proof {
        Proof::since(folder, run(number), boot.to_owned()).expect("a proof")
    }

    fn gone(proof: &Proof) -> Vec<IncarnationId> {
        proof.gone().iter().map(|one| one.who).collect()
    }

    #[test]
    fn who_lives_is_not_gone_and_who_ended_is_for_one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let (one, two, three) = (
            since(folder.path(), 1, "a"),
            since(folder.path(), 2, "a"),
            since(folder.path(), 3, "a"),
        );
        assert_eq!((gone(&one), gone(&two)), (vec![], vec![]));
        drop(three);
        let taken = one.gone();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].who, run(3));
        assert_eq!(gone(&two), [], "another takes it up already");
        drop(taken);
        assert_eq!(gone(&two), [run(3)], "it was not finished");
    }

    #[test]
    fn what_ran_before_the_machine_started_proves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = since(folder.path(), 1, "now");
        drop(since(folder.path(), 2, "before"));
        assert_eq!(gone(&now), []);
        let left = std::fs::read_dir(folder.path().join(FOLDER)).expect("files");
        assert_eq!(left.count(), 1, "and it is cleared away");
    }
}
