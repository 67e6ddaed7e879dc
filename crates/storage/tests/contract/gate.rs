//! The gate: both sides of a write, in order, and a gate that never answers is a kill there.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::ids::{Id as _, IncarnationId};
use jiff::Timestamp;
use storage::nodes::{self, Node};
use storage::{Gate, Store};

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
