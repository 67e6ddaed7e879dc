//! Migrations, the installation row, the heartbeats.

use domain::ids::{Id as _, IncarnationId};
use jiff::Timestamp;
use storage::installation::{self, Installation};
use storage::nodes::{self, Node};
use storage::{Error, Mode, SchemaState, Statement, Store, params};

use crate::both::{id, on_both};

fn ms(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("an instant")
}

#[tokio::test]
async fn an_empty_database_is_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open_sqlite(&folder.path().join("new.db"), Mode::Threads).expect("opens");
    let program = Store::program_schema_number();
    assert_eq!(
        store.check().await.expect("checked"),
        SchemaState::Behind {
            database: 0,
            program
        }
    );
    assert_eq!(store.schema_number().await.expect("read"), 0);
    assert_eq!(store.migrate().await.expect("migrated") as i64, program);
    assert_eq!(store.check().await.expect("checked"), SchemaState::Current);
}

#[test]
fn migrating_again_does_nothing_and_a_newer_database_is_told() {
    static NEWER: Statement = Statement::both(
        "meta::NEWER",
        "insert into schema_migration (number, name, checksum) values ($1, $2, $3)",
    );
    static TOUCHED: Statement = Statement::both(
        "meta::TOUCHED",
        "update schema_migration set checksum = 'x' where number = 1",
    );
    on_both(|store| async move {
        assert_eq!(store.migrate().await.expect("again"), 0);
        let program = Store::program_schema_number();
        assert_eq!(store.schema_number().await.expect("read"), program);
        let future = store.write("test.newer", move |conn| {
            conn.run(&NEWER, params![program + 1, "9999_future", "x"])
        });
        future.await.expect("written");
        let ahead = SchemaState::Ahead {
            database: program + 1,
            program,
        };
        assert_eq!(store.check().await.expect("checked"), ahead);
        store
            .write("test.touched", |conn| conn.run(&TOUCHED, params![]))
            .await
            .expect("written");
        assert!(matches!(store.check().await, Err(Error::Schema(_))));
        assert!(matches!(store.migrate().await, Err(Error::Schema(_))));
    });
}

#[test]
fn one_installation() {
    on_both(|store| async move {
        let new = |number, check: &[u8]| Installation {
            id: id(number),
            created_at: ms(5),
            key_check: check.to_vec(),
        };
        assert_eq!(
            store.read("t", installation::read).await.expect("read"),
            None
        );
        let (first, second) = (new(1, b"one"), new(2, b"two"));
        let made = first.clone();
        assert_eq!(
            store
                .write("t", move |conn| installation::create(conn, &made))
                .await
                .expect("made"),
            first
        );
        assert_eq!(
            store
                .write("t", move |conn| installation::create(conn, &second))
                .await
                .expect("kept"),
            first
        );
        let replace = |old: &'static [u8]| {
            store.write("t", move |conn| {
                installation::replace_key_check(conn, old, b"new")
            })
        };
        assert!(matches!(replace(b"two").await, Err(Error::Stale { .. })));
        replace(b"one").await.expect("replaced");
        let now = store
            .read("t", installation::read)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(now.key_check, b"new");
    });
}

#[test]
fn heartbeats() {
    on_both(|store| async move {
        let node = |number, beat, keys: &str| Node {
            incarnation: IncarnationId::from_uuid(id(number)),
            started_at: ms(10),
            beat_at: ms(beat),
            program: "0.1.0".to_owned(),
            schema_number: 1,
            opens_keys: keys.to_owned(),
        };
        for told in [node(1, 100, "1"), node(2, 50, "1"), node(1, 200, "1 2")] {
            store
                .write("t", move |conn| nodes::beat(conn, &told))
                .await
                .expect("told");
        }
        let living = |since| store.read("t", move |conn| nodes::living(conn, ms(since)));
        assert_eq!(
            living(0).await.expect("read"),
            [node(1, 200, "1 2"), node(2, 50, "1")]
        );
        assert_eq!(living(60).await.expect("read"), [node(1, 200, "1 2")]);
        assert_eq!(
            store
                .write("t", |conn| nodes::forget(conn, ms(60)))
                .await
                .expect("forgot"),
            1
        );
        store
            .write("t", |conn| {
                nodes::leave(conn, IncarnationId::from_uuid(id(1)))
            })
            .await
            .expect("left");
        assert!(living(0).await.expect("read").is_empty());
    });
}

/// Migrations only add, and run while older nodes serve: their prepared `select *` must not stay broken.
#[test]
fn a_column_that_is_added_meanwhile_breaks_nothing() {
    static WIDE: Statement = Statement::both("meta::WIDE", "select * from thing");
    on_both(|store| async move {
        let created = store.write("t", |conn| {
            conn.script(
                "create",
                "create table thing (a integer not null) strict; insert into thing values (1)",
                "create table thing (a bigint not null); insert into thing values (1)",
            )
        });
        created.await.expect("created");
        let read = || store.read("t", |conn| Ok(conn.one(&WIDE, params![])?.columns().len()));
        assert_eq!(read().await.expect("prepared"), 1);
        let added = store.write("t", |conn| {
            conn.script(
                "add",
                "alter table thing add column b integer",
                "alter table thing add column b bigint",
            )
        });
        added.await.expect("added");
        let again = match read().await {
            Err(error) => {
                assert!(error.is_passing(), "{error}");
                read().await.expect("prepared anew")
            }
            Ok(columns) => columns,
        };
        assert_eq!(again, 2);
    });
}
