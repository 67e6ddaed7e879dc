//! SQLite's one writer: a thread that owns the only write connection and puts the closures of many
//! callers into one transaction, each in its own savepoint. A caller hears nothing before the commit
//! is on the disk. The inline form uses the same functions without the thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::engine::{Conn, Link, call};
use crate::error::{Error, Result};
use crate::sqlite::plain;

/// Writes that may wait at once; more callers wait for a place.
const WAITING: usize = 1024;
/// How long a commit waits for more work while work is in flight.
const LINGER: Duration = Duration::from_millis(1);
/// From this many closures on a commit waits no longer.
const ENOUGH: usize = 64;
/// No more closures than this share a transaction.
const MOST: usize = 256;

/// One closure and what became of it.
pub(crate) struct Work<T, F> {
    name: &'static str,
    closure: Option<F>,
    outcome: Option<Result<T>>,
}

impl<T, F> Work<T, F>
where
    F: FnOnce(&mut Conn<'_>) -> Result<T>,
{
    pub(crate) const fn new(name: &'static str, closure: F) -> Self {
        Self {
            name,
            closure: Some(closure),
            outcome: None,
        }
    }

    /// Runs the closure in a savepoint; whether it left something to commit.
    fn run(&mut self, conn: &Connection) -> Result<bool> {
        let Some(closure) = self.closure.take() else {
            return Ok(false);
        };
        plain(conn, self.name, "savepoint work")?;
        let outcome = call(self.name, Link::Sqlite(conn), closure);
        let kept = outcome.is_ok();
        self.outcome = Some(outcome);
        // A full disk and its like end the whole transaction, and the savepoint with it.
        if !conn.is_autocommit() {
            if !kept {
                plain(conn, self.name, "rollback to work")?;
            }
            plain(conn, self.name, "release work")?;
        }
        Ok(kept)
    }

    fn settle(self, commit: &Commit) -> Result<T> {
        match (self.outcome, commit) {
            (Some(Err(error)), _) => Err(error),
            (Some(outcome), Commit::Stored) => outcome,
            (_, Commit::Uncertain(message)) => Err(Error::Uncertain {
                name: self.name,
                message: message.clone(),
            }),
            (_, Commit::Refused(error)) => Err(error.clone()),
            (_, Commit::NotStored(message)) => Err(Error::NotStored {
                name: self.name,
                message: message.clone(),
            }),
            (None, Commit::Stored) => Err(Error::NotStored {
                name: self.name,
                message: "the closure was not run".to_owned(),
            }),
        }
    }
}

/// What became of a transaction.
enum Commit {
    Stored,
    NotStored(String),
    Uncertain(String),
    /// It never began, for this reason.
    Refused(Error),
}

trait Job: Send {
    fn run(&mut self, conn: &Connection) -> Result<bool>;
    fn answer(self: Box<Self>, commit: &Commit);
}

/// A closure with the way back to its caller.
struct Posted<T, F> {
    work: Work<T, F>,
    reply: oneshot::Sender<Result<T>>,
    /// Gives the place in the queue back when the job is answered.
    place: OwnedSemaphorePermit,
}

impl<T, F> Job for Posted<T, F>
where
    T: Send,
    F: FnOnce(&mut Conn<'_>) -> Result<T> + Send,
{
    fn run(&mut self, conn: &Connection) -> Result<bool> {
        self.work.run(conn)
    }

    fn answer(self: Box<Self>, commit: &Commit) {
        let Self { work, reply, place } = *self;
        drop(place);
        // A caller that has gone does not want its answer.
        let _ = reply.send(work.settle(commit));
    }
}

enum Message {
    Job(Box<dyn Job>),
    Stop(oneshot::Sender<()>),
}

/// The front of the writer thread.
pub(crate) struct Writer {
    jobs: Sender<Message>,
    places: Arc<Semaphore>,
    in_flight: Arc<AtomicUsize>,
}

/// Counts one call whose outcome will be written soon.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<AtomicUsize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Writer {
    pub(crate) fn start(conn: Connection) -> Result<Self> {
        let (jobs, receiver) = channel();
        let in_flight = Arc::new(AtomicUsize::new(0));
        let thread = Thread {
            conn,
            jobs: receiver,
            in_flight: in_flight.clone(),
        };
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || thread.serve())
            .map_err(|error| {
                Error::Unavailable(format!("the writer thread cannot be started: {error}"))
            })?;
        Ok(Self {
            jobs,
            places: Arc::new(Semaphore::new(WAITING)),
            in_flight,
        })
    }

    pub(crate) fn flight(&self) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self.in_flight.clone())
    }

    pub(crate) async fn write<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        let place = self
            .places
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::Closed)?;
        let (reply, answer) = oneshot::channel();
        let job = Posted {
            work: Work::new(name, f),
            reply,
            place,
        };
        self.jobs
            .send(Message::Job(Box::new(job)))
            .map_err(|_| Error::Closed)?;
        let lost = |_| Error::Uncertain {
            name,
            message: "the writer thread ended".to_owned(),
        };
        answer.await.map_err(lost)?
    }

    /// Lets the thread finish what was handed in before, then end.
    pub(crate) async fn stop(&self) -> Result<()> {
        self.places.close();
        let (reply, answer) = oneshot::channel();
        if self.jobs.send(Message::Stop(reply)).is_err() {
            return Ok(());
        }
        answer
            .await
            .map_err(|_| Error::Unavailable("the writer thread ended before its time".to_owned()))
    }
}

struct Thread {
    conn: Connection,
    jobs: Receiver<Message>,
    in_flight: Arc<AtomicUsize>,
}

impl Thread {
    fn serve(self) {
        while let Ok(message) = self.jobs.recv() {
            let stop = match message {
                Message::Stop(reply) => Some(reply),
                Message::Job(first) => self.group(first),
            };
            let Some(reply) = stop else { continue };
            // The planner's statistics for the next start; a failure costs only speed.
            let _ = self.conn.execute_batch("pragma optimize");
            let _ = reply.send(());
            return;
        }
    }

    /// One transaction; a request to stop that came meanwhile.
    fn group(&self, first: Box<dyn Job>) -> Option<oneshot::Sender<()>> {
        if let Err(error) = plain(&self.conn, "storage.begin", "begin immediate") {
            first.answer(&Commit::Refused(error));
            return None;
        }
        let mut group = Group {
            conn: &self.conn,
            jobs: Vec::new(),
            kept: false,
            broken: None,
        };
        let mut stop = None;
        let mut until = None;
        let mut next = Some(Message::Job(first));
        while let Some(message) = next {
            match message {
                Message::Job(job) => group.take(job),
                Message::Stop(reply) => stop = Some(reply),
            }
            if stop.is_some() || group.broken.is_some() || group.jobs.len() >= MOST {
                break;
            }
            next = self.next(group.jobs.len(), &mut until);
        }
        group.finish();
        stop
    }

    /// The next message of this group: what is there, or what comes while it is worth waiting.
    #[expect(
        clippy::disallowed_methods,
        reason = "the linger is about the disk, in real time; nothing of the product is timed by it"
    )]
    fn next(&self, taken: usize, until: &mut Option<Instant>) -> Option<Message> {
        match self.jobs.try_recv() {
            Ok(message) => return Some(message),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        let idle = taken <= 1 && self.in_flight.load(Ordering::Relaxed) == 0;
        if idle || taken >= ENOUGH {
            return None;
        }
        let now = Instant::now();
        let end = *until.get_or_insert(now + LINGER);
        self.jobs
            .recv_timeout(end.saturating_duration_since(now))
            .ok()
    }
}

/// The closures of one transaction.
struct Group<'c> {
    conn: &'c Connection,
    jobs: Vec<Box<dyn Job>>,
    /// Whether any of them left something to commit.
    kept: bool,
    /// Why the whole transaction is lost, if it is.
    broken: Option<String>,
}

impl Group<'_> {
    fn take(&mut self, mut job: Box<dyn Job>) {
        match job.run(self.conn) {
            Ok(kept) => self.kept |= kept,
            Err(error) => self.broken = Some(error.to_string()),
        }
        if self.broken.is_none() && self.conn.is_autocommit() {
            self.broken =
                Some("the database gave up the transaction (a full disk or the like)".to_owned());
        }
        self.jobs.push(job);
    }

    fn finish(self) {
        let commit = end(self.conn, self.kept, self.broken);
        for job in self.jobs {
            job.answer(&commit);
        }
    }
}

/// Ends the open transaction.
fn end(conn: &Connection, kept: bool, broken: Option<String>) -> Commit {
    let commit = match broken {
        Some(message) => Commit::NotStored(message),
        None if !kept => Commit::Stored,
        None => match conn
            .prepare_cached("commit")
            .and_then(|mut prepared| prepared.raw_execute())
        {
            Ok(_) => Commit::Stored,
            // The journal may hold the whole commit although flushing it failed.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
                Commit::Uncertain(error.to_string())
            }
            Err(error) => Commit::NotStored(error.to_string()),
        },
    };
    if !conn.is_autocommit() {
        // If even this fails, the next `begin` says so to its caller.
        let _ = plain(conn, "storage.rollback", "rollback");
    }
    commit
}

/// One closure, one transaction, in the calling task.
pub(crate) fn commit_alone<T, F>(conn: &Connection, mut work: Work<T, F>) -> Result<T>
where
    F: FnOnce(&mut Conn<'_>) -> Result<T>,
{
    plain(conn, "storage.begin", "begin immediate")?;
    let ran = work.run(conn);
    let broken = match &ran {
        Err(error) => Some(error.to_string()),
        Ok(_) if conn.is_autocommit() => {
            Some("the database gave up the transaction (a full disk or the like)".to_owned())
        }
        Ok(_) => None,
    };
    let commit = end(conn, matches!(ran, Ok(true)), broken);
    work.settle(&commit)
}
