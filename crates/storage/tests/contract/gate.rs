//! The gate: both sides of a write, in order, and a gate that never answers is a kill there; the weather
//! that a gate makes: a database that is away, full, or whose answer is lost.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::ids::{Id as _, IncarnationId};
use jiff::Timestamp;
use storage::nodes::{self, Node};
use storage::{Error, Gate, Store, Weather};

use crate::both::{id, on_both};

struct Recorder {
    seen: Mutex<Vec<String>>,
    stop_at: Option<&'static str>,
}

impl Gate for Recorder {
    fn pass<'a>(&'a self, point: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.seen
            .lock()
            .expect("not poisoned")
            .push(point.to_owned());
        let stop = self.stop_at == Some(point);
        Box::pin(async move {
            if stop {
                std::future::pending::<()>().await;
            }
        })
    }
}

fn recorder(stop_at: Option<&'static str>) -> Arc<Recorder> {
    Arc::new(Recorder {
        seen: Mutex::new(Vec::new()),
        stop_at,
    })
}

async fn beat(store: &Store, number: u128) -> storage::Result<()> {
    let node = Node {
        incarnation: IncarnationId::from_uuid(id(number)),
        started_at: Timestamp::UNIX_EPOCH,
        beat_at: Timestamp::UNIX_EPOCH,
        program: "test".to_owned(),
        schema_number: 1,
        opens_keys: "1".to_owned(),
    };
    store
        .write("nodes.beat", move |conn| nodes::beat(conn, &node))
        .await
}

async fn living(store: &Store) -> usize {
    store
        .read("nodes.living", |conn| {
            nodes::living(conn, Timestamp::UNIX_EPOCH)
        })
        .await
        .expect("read")
        .len()
}

#[test]
fn both_sides_of_each_write_in_order() {
    on_both(|store| async move {
        let gate = recorder(None);
        let gated = store.with_gate(gate.clone());
        beat(&gated, 1).await.expect("written");
        living(&gated).await;
        beat(&gated, 2).await.expect("written");
        let seen = gate.seen.lock().expect("not poisoned").clone();
        assert_eq!(
            seen,
            [
                "nodes.beat:before",
                "nodes.beat:after",
                "nodes.beat:before",
                "nodes.beat:after"
            ]
        );
    });
}

#[test]
fn a_kill_before_stores_nothing_and_after_stores_all() {
    on_both(|store| async move {
        for (point, stored) in [("nodes.beat:before", 0), ("nodes.beat:after", 1)] {
            let gated = store.with_gate(recorder(Some(point)));
            let killed = tokio::time::timeout(Duration::from_millis(300), beat(&gated, 7)).await;
            assert!(killed.is_err(), "the gate let it through at {point}");
            assert_eq!(living(&store).await, stored, "{point}");
        }
    });
}

/// The same weather for everything, as long as it lasts; and how often it was asked for, and by what.
struct Sky {
    weather: Mutex<Weather>,
    asked: Mutex<Vec<(String, bool)>>,
}

impl Gate for Sky {
    fn pass<'a>(&'a self, _point: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(std::future::ready(()))
    }

    fn weather(&self, name: &str, writes: bool) -> Weather {
        let mut asked = self.asked.lock().expect("not poisoned");
        asked.push((name.to_owned(), writes));
        *self.weather.lock().expect("not poisoned")
    }
}

fn sky(weather: Weather) -> Arc<Sky> {
    Arc::new(Sky {
        weather: Mutex::new(weather),
        asked: Mutex::default(),
    })
}

async fn try_living(store: &Store) -> storage::Result<usize> {
    store
        .read("nodes.living", |conn| {
            nodes::living(conn, Timestamp::UNIX_EPOCH).map(|all| all.len())
        })
        .await
}

#[test]
fn in_fair_weather_everything_is_done() {
    on_both(|store| async move {
        let sky = sky(Weather::Fair);
        let under = store.with_gate(sky.clone());
        beat(&under, 1).await.expect("written");
        assert_eq!(try_living(&under).await.expect("read"), 1);
        assert_eq!(
            *sky.asked.lock().expect("not poisoned"),
            [
                ("nodes.beat".to_owned(), true),
                ("nodes.living".to_owned(), false)
            ]
        );
    });
}

#[test]
fn a_database_that_is_away_neither_reads_nor_writes() {
    on_both(|store| async move {
        let sky = sky(Weather::Away);
        let under = store.with_gate(sky.clone());
        let written = beat(&under, 1).await;
        assert!(matches!(written, Err(Error::Unavailable(_))), "{written:?}");
        let found = try_living(&under).await;
        assert!(matches!(found, Err(Error::Unavailable(_))), "{found:?}");
        assert_eq!(living(&store).await, 0, "nothing was stored");
        // It comes back, and the same store goes on.
        *sky.weather.lock().expect("not poisoned") = Weather::Fair;
        beat(&under, 1).await.expect("written");
        assert_eq!(try_living(&under).await.expect("read"), 1);
    });
}

#[test]
fn a_full_disk_reads_and_certainly_stores_nothing() {
    on_both(|store| async move {
        beat(&store, 1).await.expect("written");
        let under = store.with_gate(sky(Weather::Full));
        let written = beat(&under, 2).await;
        assert!(
            matches!(
                written,
                Err(Error::NotStored {
                    name: "nodes.beat",
                    ..
                })
            ),
            "{written:?}"
        );
        assert_eq!(try_living(&under).await.expect("read"), 1);
    });
}

#[test]
fn a_lost_answer_is_uncertain_although_the_write_is_stored() {
    on_both(|store| async move {
        let under = store.with_gate(sky(Weather::AnswerLost));
        let written = beat(&under, 1).await;
        assert!(
            matches!(
                written,
                Err(Error::Uncertain {
                    name: "nodes.beat",
                    ..
                })
            ),
            "{written:?}"
        );
        assert_eq!(living(&store).await, 1, "it is stored");
        assert_eq!(try_living(&under).await.expect("a read is no write"), 1);
        // What the closure itself refused is heard as that: nothing was stored, and that is certain.
        let refused = under
            .write("nodes.beat", |_| {
                Err::<(), _>(Error::Refused {
                    reason: "no".to_owned(),
                })
            })
            .await;
        assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
    });
}
