//! Renewals under way in this process. Whoever needs the same new tokens waits for the one answer: a thousand
//! posts that fall due on one login make one call.
//!
//! This saves work and waiting. That a token is spent once is the lease's doing and the journal's, over all
//! nodes; nothing here is needed for it.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ids::GrantId;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::error::{Error, Result};
use crate::renew::Came;

/// Which renewal: that of a grant's tokens of one generation.
type Which = (GrantId, u64);
type Answer = std::result::Result<Came, Arc<Error>>;
type Future1 = BoxFuture<'static, Answer>;

/// See the head of this file. Clones share everything.
#[derive(Clone, Default)]
pub struct Flights {
    board: Arc<Mutex<Board>>,
}

#[derive(Default)]
struct Board {
    under_way: BTreeMap<Which, (u64, WeakShared<Future1>)>,
    count: u64,
}

/// Takes a renewal off the board when it is done or dropped.
struct Leave {
    board: Arc<Mutex<Board>>,
    which: Which,
    number: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut board = lock(&self.board);
        let is_own = board
            .under_way
            .get(&self.which)
            .is_some_and(|(number, _)| *number == self.number);
        if is_own {
            board.under_way.remove(&self.which);
        }
    }
}

impl Flights {
    /// Waits for the renewal of these tokens that is under way, or makes it.
    ///
    /// # Errors
    /// What the renewal failed with; all who waited get it.
    pub(crate) async fn join<F>(&self, which: Which, make: impl FnOnce() -> F) -> Result<Came>
    where
        F: Future<Output = Result<Came>> + Send + 'static,
    {
        // Taken before it is waited for: the board is not held across an await.
        let known = self.known(which);
        let flight = known.unwrap_or_else(|| self.put(which, make()));
        flight.await.map_err(own)
    }

    /// Puts a renewal whose lease is held on the board, so that others can wait for it.
    pub(crate) fn lead<F>(
        &self,
        which: Which,
        renewal: F,
    ) -> impl Future<Output = Result<Came>> + Send + use<F>
    where
        F: Future<Output = Result<Came>> + Send + 'static,
    {
        self.put(which, renewal).map(|answer| answer.map_err(own))
    }

    /// Waits for whatever renewal of this grant is under way here; none if there is none.
    pub(crate) async fn of(&self, grant: GrantId) -> Option<Result<Came>> {
        let flight = {
            let board = lock(&self.board);
            let mut of_grant = board.under_way.range((grant, 0)..=(grant, u64::MAX));
            of_grant
                .next_back()
                .and_then(|(_, (_, weak))| weak.upgrade())
        };
        Some(flight?.await.map_err(own))
    }

    fn known(&self, which: Which) -> Option<Shared<Future1>> {
        let board = lock(&self.board);
        let (_, weak) = board.under_way.get(&which)?;
        weak.upgrade()
    }

    fn put<F>(&self, which: Which, renewal: F) -> Shared<Future1>
    where
        F: Future<Output = Result<Came>> + Send + 'static,
    {
        let mut board = lock(&self.board);
        board.count += 1;
        let number = board.count;
        let leave = Leave {
            board: self.board.clone(),
            which,
            number,
        };
        let flight = async move {
            let _leave = leave;
            renewal.await.map_err(Arc::new)
        }
        .boxed()
        .shared();
        if let Some(weak) = flight.downgrade() {
            board.under_way.insert(which, (number, weak));
        }
        flight
    }
}

/// The error itself where nobody else waits for it: whoever reads it may tell what kind it is.
fn own(error: Arc<Error>) -> Error {
    Arc::try_unwrap(error).unwrap_or_else(Error::Joined)
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    // Nothing can panic while it is held; what is on it is only who may be waited for.
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use domain::ids::Id as _;

    use super::*;

    fn grant() -> GrantId {
        GrantId::from_uuid(uuid::Uuid::from_u128(7))
    }

    #[tokio::test]
    async fn a_thousand_callers_make_one_renewal() {
        let (flights, made) = (Flights::default(), Arc::new(AtomicU32::new(0)));
        let gate = Arc::new(tokio::sync::Notify::new());
        let come = Arc::new(AtomicU32::new(0));
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..1_000 {
            let (flights, made, gate) = (flights.clone(), made.clone(), gate.clone());
            let come = come.clone();
            callers.spawn(async move {
                come.fetch_add(1, Ordering::Relaxed);
                let renewal = || async move {
                    made.fetch_add(1, Ordering::Relaxed);
                    gate.notified().await;
                    Ok(Came::Renewed)
                };
                flights.join((grant(), 3), renewal).await
            });
        }
        // All of them come to wait before the answer is here.
        while come.load(Ordering::Relaxed) < 1_000 {
            tokio::task::yield_now().await;
        }
        gate.notify_one();
        for came in callers.join_all().await {
            assert_eq!(came.expect("it went well"), Came::Renewed);
        }
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_is_done_or_dropped_is_waited_for_no_more() {
        let flights = Flights::default();
        let renewed = || flights.join((grant(), 1), || async { Ok(Came::Renewed) });
        renewed().await.expect("it went well");
        assert!(flights.of(grant()).await.is_none(), "it is done");

        let never = flights.lead((grant(), 1), std::future::pending());
        drop(never);
        assert!(flights.of(grant()).await.is_none(), "it was dropped");
        renewed().await.expect("another is made");
    }

    #[tokio::test]
    async fn who_waits_goes_on_where_the_first_is_dropped() {
        let flights = Flights::default();
        let (open, gate) = tokio::sync::oneshot::channel::<()>();
        let mut first = Box::pin(flights.lead((grant(), 1), async move {
            let _ = gate.await;
            Ok(Came::Renewed)
        }));
        assert!((&mut first).now_or_never().is_none(), "it waits");
        let mut second = Box::pin(flights.of(grant()));
        assert!((&mut second).now_or_never().is_none(), "so does who joined");
        drop(first);
        open.send(()).expect("somebody waits");
        let came = second.await.expect("it was joined");
        assert_eq!(came.expect("it went well"), Came::Renewed);
    }

    #[tokio::test]
    async fn an_error_is_everybodys() {
        let flights = Flights::default();
        let lost = || flights.join((grant(), 1), || async { Err(Error::Missing("app")) });
        let (one, other) = tokio::join!(lost(), lost());
        assert_eq!(one.expect_err("it failed").to_string(), "there is no app");
        assert_eq!(other.expect_err("it failed").to_string(), "there is no app");
    }
}
