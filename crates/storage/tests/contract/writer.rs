//! Transactions: what is answered is durable and alone in its fate.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};

use storage::{Error, Mode, Statement, Store, params};

use crate::both::{Database, on_both, sqlite};

static INSERT: Statement =
    Statement::both("writer::INSERT", "insert into thing (number) values ($1)");
static COUNT: Statement = Statement::both("writer::COUNT", "select count(*) as found from thing");
static BROKEN: Statement =
    Statement::both("writer::BROKEN", "insert into nothing (number) values (1)");

async fn create(store: &Store) {
    let done = store.write("test.create", |conn| {
        conn.script(
            "create",
            "create table thing (number integer not null primary key) strict",
            "create table thing (number bigint not null primary key)",
        )
    });
    done.await.expect("created");
}

async fn insert(store: &Store, number: i64) -> storage::Result<u64> {
    store
        .write("test.insert", move |conn| {
            conn.run(&INSERT, params![number])
        })
        .await
}

async fn count(store: &Store) -> i64 {
    store
        .read("test.count", |conn| {
            conn.one(&COUNT, params![])?.get("found")
        })
        .await
        .expect("counted")
}

#[test]
fn a_failed_closure_is_alone() {
    on_both(|store| async move {
        create(&store).await;
        // All at once, so that on SQLite they share transactions.
        let tasks: Vec<_> = (0..200i64)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    store
                        .write("test.mixed", move |conn| {
                            conn.run(&INSERT, params![number])?;
                            match number % 4 {
                                1 => Err(Error::Refused {
                                    reason: "a rule".to_owned(),
                                }),
                                2 => panic!("a closure that panics"),
                                3 => conn.run(&INSERT, params![number]).map(|_| ()),
                                _ => Ok(()),
                            }
                        })
                        .await
                })
            })
            .collect();
        for (number, task) in tasks.into_iter().enumerate() {
            let outcome = task.await.expect("joined");
            match number % 4 {
                0 => assert!(outcome.is_ok(), "{outcome:?}"),
                1 => assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}"),
                2 => assert!(
                    matches!(outcome, Err(Error::Panicked { name: "test.mixed" })),
                    "{outcome:?}"
                ),
                _ => assert!(outcome.expect_err("twice").is_unique()),
            }
        }
        assert_eq!(count(&store).await, 50);
        // Writer, readers and pool have survived the panics.
        insert(&store, 1000).await.expect("still writing");
        let panicked: storage::Result<()> = store
            .read("test.panic", |_| panic!("a read that panics"))
            .await;
        assert!(matches!(panicked, Err(Error::Panicked { .. })));
        for _ in 0..20 {
            assert_eq!(count(&store).await, 51);
        }
    });
}

#[test]
fn a_swallowed_failure_undoes_the_closure() {
    on_both(|store| async move {
        create(&store).await;
        let outcome = store.write("test.swallow", |conn| {
            conn.run(&INSERT, params![1i64])?;
            let _ = conn.run(&BROKEN, params![]);
            Ok(())
        });
        assert!(outcome.await.is_err());
        assert_eq!(count(&store).await, 0);
    });
}

#[test]
fn compare_and_set_says_stale() {
    static MOVE: Statement = Statement::both(
        "writer::MOVE",
        "update thing set number = $2 where number = $1",
    );
    on_both(|store| async move {
        create(&store).await;
        insert(&store, 1).await.expect("inserted");
        let change = |from: i64, to: i64| {
            store.write("test.change", move |conn| {
                conn.change("the number", &MOVE, params![from, to])
            })
        };
        change(1, 2).await.expect("changed");
        assert!(matches!(
            change(1, 3).await,
            Err(Error::Stale { what: "the number" })
        ));
    });
}

#[test]
fn what_is_answered_is_seen_by_another_connection() {
    on_both(|store| async move {
        create(&store).await;
        let tasks: Vec<_> = (0..64i64)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    let flight = store.flight();
                    insert(&store, number).await.expect("inserted");
                    drop(flight);
                    count(&store).await
                })
            })
            .collect();
        for task in tasks {
            assert!(
                task.await.expect("joined") >= 1,
                "the reader did not see its own write"
            );
        }
        assert_eq!(count(&store).await, 64);
    });
}

/// The proof that callers share commits: the write-ahead log grows by one commit frame or more for
/// each commit, and a commit of one row is never less than a page.
#[tokio::test]
async fn many_callers_share_one_commit() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = sqlite(folder.path(), Mode::Threads).await;
    create(&store).await;
    let log = folder.path().join("test.db-wal");
    let size = || std::fs::metadata(&log).expect("the log is there").len();
    let before = size();
    for number in 0..64 {
        insert(&store, number).await.expect("inserted");
    }
    let one_by_one = size() - before;
    let before = size();
    // A closure that holds the writer until all others have been handed in.
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let holder = store.clone();
    let held = tokio::spawn(async move {
        holder
            .write("test.hold", move |_| gate.recv().map_err(|_| Error::Closed))
            .await
    });
    let tasks: Vec<_> = (100..164)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { insert(&store, number).await })
        })
        .collect();
    tokio::task::yield_now().await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    open.send(()).expect("the writer waits");
    held.await.expect("joined").expect("held");
    for task in tasks {
        task.await.expect("joined").expect("inserted");
    }
    let together = size() - before;
    assert!(
        together * 10 < one_by_one,
        "{together} bytes together, {one_by_one} one by one"
    );
}

#[tokio::test]
async fn closing_finishes_what_was_handed_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = sqlite(folder.path(), Mode::Threads).await;
    create(&store).await;
    let done = Arc::new(AtomicU32::new(0));
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let (store, done) = (store.clone(), done.clone());
            tokio::spawn(async move {
                if insert(&store, number).await.is_ok() {
                    done.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    tokio::task::yield_now().await;
    store.close().await.expect("closed");
    for task in tasks {
        task.await.expect("joined");
    }
    assert!(matches!(insert(&store, 1000).await, Err(Error::Closed)));
    let again = sqlite(folder.path(), Mode::Inline).await;
    assert_eq!(count(&again).await, i64::from(done.load(Ordering::SeqCst)));
}

/// A server that ends the connection in the middle of a commit: nobody can know what became of it.
#[tokio::test]
async fn a_lost_commit_is_uncertain_and_the_pool_lives_on() {
    let database = Database::create().await;
    let store = database.open().await;
    create(&store).await;
    let trap = "create function gone() returns trigger language plpgsql as
            $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
        create constraint trigger gone after insert on thing deferrable initially deferred
            for each row when (new.number = 13) execute function gone();";
    store
        .write("test.trap", move |conn| {
            conn.script("trap", "select 1", trap)
        })
        .await
        .expect("set");
    let lost = insert(&store, 13).await.expect_err("lost");
    assert!(
        matches!(
            lost,
            Error::Uncertain {
                name: "test.insert",
                ..
            }
        ),
        "{lost}"
    );
    assert!(lost.hint().is_some());
    insert(&store, 14).await.expect("another connection");
    assert_eq!(count(&store).await, 1);
    database.remove().await;
}

/// A server that is started anew ends what nobody is using just then; whoever comes next notices nothing.
#[tokio::test]
async fn connections_that_ended_unused_are_replaced_unnoticed() {
    let database = Database::create().await;
    let store = database.open().await;
    create(&store).await;
    // Several, so that more than one in the pool is dead.
    let together = Arc::new(Barrier::new(3));
    let reads = (0..3).map(|_| {
        let together = together.clone();
        store.read("test.together", move |_| {
            together.wait();
            Ok(())
        })
    });
    for read in futures_util::future::join_all(reads).await {
        read.expect("read");
    }
    database.end_connections().await;
    insert(&store, 1).await.expect("written at once");
    database.end_connections().await;
    assert_eq!(count(&store).await, 1, "and read at once");
    database.remove().await;
}

/// A transaction's beginning travels with its first statement. Where it did not take place, nothing is written.
#[tokio::test]
async fn outside_of_its_transaction_a_statement_writes_nothing() {
    let database = Database::create().await;
    let store = database.open().await;
    create(&store).await;
    let refused = store
        .write("test.outside", |conn| {
            conn.script("ended", "select 1", "rollback")?;
            conn.run(&INSERT, params![7])
        })
        .await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(count(&store).await, 0);
    insert(&store, 8)
        .await
        .expect("the next is as it should be");
    assert_eq!(count(&store).await, 1);
    database.remove().await;
}
