//! Every type goes in and comes out unchanged, nulls and odd texts too; a wrong type is said by
//! statement and column, without the value.

use domain::delivery::StateWord;
use domain::ids::{ChannelId, Id as _};
use jiff::Timestamp;
use serde_json::json;
use storage::{Error, Failure, Statement, Value, params};
use uuid::Uuid;

use crate::both::{id, on_both};

const CREATE_SQLITE: &str = "create table thing (
    id blob not null primary key, number integer, flag integer, words text, bytes blob, other blob, at_ms integer) strict";
const CREATE_POSTGRES: &str = "create table thing (
    id uuid not null primary key, number bigint, flag boolean, words text, bytes bytea, other uuid, at_ms bigint)";

/// Numbered out of order: SQLite would number them by first appearance.
static INSERT: Statement = Statement::both(
    "values::INSERT",
    "insert into thing (at_ms, id, number, flag, words, bytes, other) values ($7, $1, $2, $3, $4, $5, $6)",
);
static READ: Statement = Statement::both(
    "values::READ",
    "select id, number, flag, words, bytes, other, at_ms from thing where id = $1",
);

#[test]
fn every_type_comes_back() {
    on_both(|store| async move {
        let at: Timestamp = "2026-11-21T20:44:10.123Z".parse().expect("a time");
        let text = "Grüße 日本 👩‍👩‍👧 'quote' \"double\" \\ $1 \n end";
        let rows = store.write("test.round", move |conn| {
            conn.script("create", CREATE_SQLITE, CREATE_POSTGRES)?;
            conn.run(
                &INSERT,
                params![
                    id(1),
                    i64::MIN,
                    true,
                    text,
                    vec![0u8, 255, 10],
                    ChannelId::from_uuid(id(9)),
                    at
                ],
            )?;
            conn.run(
                &INSERT,
                params![
                    id(2),
                    None::<i64>,
                    None::<bool>,
                    None::<&str>,
                    None::<Vec<u8>>,
                    None::<Uuid>,
                    None::<Timestamp>
                ],
            )?;
            conn.run(
                &INSERT,
                params![
                    id(3),
                    7u32,
                    false,
                    json!({"a": [1, null]}),
                    [1u8; 4],
                    id(4),
                    Timestamp::UNIX_EPOCH
                ],
            )?;
            conn.run(
                &INSERT,
                params![
                    id(4),
                    0i32,
                    false,
                    StateWord::ALL[0],
                    [0u8; 0].as_slice(),
                    id(4),
                    at
                ],
            )?;
            (1..=4)
                .map(|number| conn.one(&READ, params![id(number)]))
                .collect::<storage::Result<Vec<_>>>()
        });
        let rows = rows.await.expect("written");
        let [first, empty, third, fourth] = rows.as_slice() else {
            panic!("four rows")
        };
        assert_eq!(first.get::<Uuid>("id").expect("id"), id(1));
        assert_eq!(first.get::<i64>("number").expect("number"), i64::MIN);
        assert!(first.get::<bool>("flag").expect("flag"));
        assert_eq!(first.get::<String>("words").expect("words"), text);
        assert_eq!(first.get::<Vec<u8>>("bytes").expect("bytes"), [0, 255, 10]);
        assert_eq!(
            first.get::<ChannelId>("other").expect("other"),
            ChannelId::from_uuid(id(9))
        );
        assert_eq!(first.get::<Timestamp>("at_ms").expect("at"), at);
        for column in ["number", "flag", "words", "bytes", "other", "at_ms"] {
            assert_eq!(
                empty.get::<Value>(column).expect(column),
                Value::Null,
                "{column}"
            );
        }
        assert_eq!(empty.get::<Option<Timestamp>>("at_ms").expect("at"), None);
        assert_eq!(
            third.get::<serde_json::Value>("words").expect("json"),
            json!({"a": [1, null]})
        );
        assert_eq!(third.get::<[u8; 4]>("bytes").expect("array"), [1; 4]);
        assert_eq!(third.get::<u32>("number").expect("small"), 7);
        assert_eq!(
            fourth.get::<StateWord>("words").expect("word"),
            StateWord::ALL[0]
        );
        assert!(fourth.get::<Vec<u8>>("bytes").expect("bytes").is_empty());
        wrong_types_are_said(first);
    });
}

fn wrong_types_are_said(row: &storage::Row) {
    let said = [
        row.get::<bool>("words").expect_err("text is no flag"),
        row.get::<u32>("number").expect_err("too small"),
        row.get::<StateWord>("words").expect_err("not a word"),
        row.get::<[u8; 4]>("bytes").expect_err("three bytes"),
        row.get::<serde_json::Value>("words").expect_err("no JSON"),
        row.get::<i64>("nothing").expect_err("no such column"),
    ];
    for error in said {
        let text = format!("{error} {error:?}");
        assert!(
            matches!(
                error,
                Error::Column {
                    statement: "values::READ",
                    ..
                }
            ),
            "{text}"
        );
        assert!(!text.contains("Grüße"), "a value in a message: {text}");
    }
}

#[test]
fn failures_have_a_kind() {
    static TWICE: Statement =
        Statement::both("values::TWICE", "insert into thing (id) values ($1)");
    static NULL: Statement =
        Statement::both("values::NULL", "insert into thing (id) values (null)");
    static SYNTAX: Statement = Statement::both("values::SYNTAX", "selekt 1");
    on_both(|store| async move {
        let made = store.write("test.create", |conn| {
            conn.script("create", CREATE_SQLITE, CREATE_POSTGRES)
        });
        made.await.expect("created");
        store
            .write("test.first", |conn| conn.run(&TWICE, params![id(1)]))
            .await
            .expect("first");
        let error = store
            .write("test.twice", |conn| conn.run(&TWICE, params![id(1)]))
            .await
            .expect_err("unique");
        assert!(error.is_unique(), "{error}");
        assert!(!error.is_passing());
        let error = store
            .write("test.null", |conn| conn.run(&NULL, params![]))
            .await
            .expect_err("not null");
        assert_eq!(error.failure(), Some(Failure::Constraint), "{error}");
        let error = store
            .write("test.syntax", |conn| conn.run(&SYNTAX, params![]))
            .await
            .expect_err("syntax");
        assert_eq!(error.failure(), Some(Failure::Mistake), "{error}");
        for params in [vec![], vec![Value::Uuid(id(1)), Value::Int(1)]] {
            let error = store
                .read("test.count", move |conn| conn.all(&READ, &params))
                .await
                .expect_err("count");
            assert_eq!(error.failure(), Some(Failure::Mistake), "{error}");
        }
    });
}

#[test]
fn a_read_cannot_write() {
    static INSERT_ONE: Statement =
        Statement::both("values::INSERT_ONE", "insert into thing (id) values ($1)");
    on_both(|store| async move {
        let made = store.write("test.create", |conn| {
            conn.script("create", CREATE_SQLITE, CREATE_POSTGRES)
        });
        made.await.expect("created");
        let refused = store
            .read("test.sneak", |conn| conn.run(&INSERT_ONE, params![id(1)]))
            .await;
        assert!(refused.is_err());
        let none = store
            .read("test.look", |conn| conn.maybe(&READ, params![id(1)]))
            .await
            .expect("read");
        assert!(none.is_none());
    });
}

#[test]
fn row_counts_are_kept() {
    static TWO: Statement = Statement::both(
        "values::TWO",
        "select cast(1 as bigint) as one union all select cast(2 as bigint)",
    );
    static NONE: Statement = Statement::both(
        "values::NONE",
        "select cast(1 as bigint) as one where 1 = 2",
    );
    on_both(|store| async move {
        let error = store
            .read("test.two", |conn| conn.maybe(&TWO, params![]))
            .await
            .expect_err("two");
        assert!(matches!(error, Error::RowCount { found: 2, .. }), "{error}");
        let error = store
            .read("test.none", |conn| conn.one(&NONE, params![]))
            .await
            .expect_err("none");
        assert!(matches!(error, Error::RowCount { found: 0, .. }), "{error}");
    });
}
