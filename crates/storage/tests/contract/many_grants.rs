//! Looking for grants that are due, in a table so large that a planner with true statistics could think of walking
//! it: few are due, all are due, and what a node asks every second. On SQLite after `analyze`; on PostgreSQL as the
//! server plans a statement that it has already run often enough to keep one plan for all values.

use rusqlite::Connection;
use storage::{Mode, Statement, Store, sql};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::both::Database;

const ROWS: i64 = 1_000_000;

/// One in fifty is dead, one in a thousand leased, one in three has an end that is known; a hundred workspaces; due
/// one a millisecond.
const SQLITE_ROWS: &str = "
    pragma foreign_keys = off; pragma synchronous = off;
    with recursive n (n) as (select 1 union all select n + 1 from n where n < 1000000)
    insert into oauth_grant (id, workspace_id, app_id, platform, flow, platform_person_id, person_name, mechanism,
        scopes, ends, horizon_at_ms, generation, tokens_sealed, fresh_since_ms, jitter_permille, life, renew_at_ms,
        tries, lease_by, lease_fence, lease_until_ms, created_at_ms)
    select randomblob(16), unhex(printf('%032x', n % 100)), zeroblob(16), 'bluesky', 'bluesky', randomblob(16), 'Anna', 'refresh_rotating',
        '[]', '{}', iif(n % 3 = 0, 1000000 + n, null), 1, randomblob(200), 0, 7, iif(n % 50 = 0, 'dead', 'live'),
        iif(n % 50 = 0, null, n), 0, iif(n % 1000 = 1, randomblob(16), null), 0, iif(n % 1000 = 1, 5, null), 0 from n;
    analyze;";

const POSTGRES_ROWS: &str = "
    set session_replication_role = replica;
    insert into oauth_grant (id, workspace_id, app_id, platform, flow, platform_person_id, person_name, mechanism,
        scopes, ends, horizon_at_ms, generation, tokens_sealed, fresh_since_ms, jitter_permille, life, renew_at_ms,
        tries, lease_by, lease_fence, lease_until_ms, created_at_ms)
    select gen_random_uuid(), md5((n % 100)::text)::uuid, gen_random_uuid(), 'bluesky', 'bluesky', gen_random_uuid(), 'Anna',
        'refresh_rotating', '[]', '{}', case when n % 3 = 0 then 1000000 + n end, 1,
        decode(repeat(md5(n::text), 12), 'hex'), 0, 7, case when n % 50 = 0 then 'dead' else 'live' end,
        case when n % 50 = 0 then null else n end, 0, case when n % 1000 = 1 then gen_random_uuid() end, 0,
        case when n % 1000 = 1 then 5 end, 0 from generate_series(1, 1000000) n;
    analyze oauth_grant;";

/// Statement, what it is given on PostgreSQL, the index that it must go through there and on SQLite.
const LOOKS: &[(&str, &[&str], &str, &str)] = &[
    (
        "grants::CLAIM",
        &[
            "500, 100, 200, gen_random_uuid(), 100",
            "10000000, 100, 200, gen_random_uuid(), 100",
        ],
        "Index Scan using oauth_grant_renew",
        "USING INDEX oauth_grant_renew (renew_at_ms<?)",
    ),
    (
        "grants::CLAIM_ONE",
        &["gen_random_uuid(), 100, gen_random_uuid(), gen_random_uuid(), 100"],
        "Index Scan using oauth_grant_pkey",
        "USING INDEX sqlite_autoindex_oauth_grant_1 (id=?)",
    ),
    (
        "grants::NEXT_DUE",
        &[""],
        "Index Only Scan using oauth_grant_renew",
        "USING COVERING INDEX oauth_grant_renew",
    ),
    (
        "grants::ENDED",
        &["1000100, 200", "90000000, 200"],
        "Index Scan using oauth_grant_horizon",
        "USING INDEX oauth_grant_horizon (horizon_at_ms<?)",
    ),
    (
        "grants::RECLAIM",
        &["gen_random_uuid()"],
        "oauth_grant_leased",
        "USING INDEX oauth_grant_leased",
    ),
];

fn statement(name: &str) -> &'static Statement {
    let found = sql::all()
        .into_iter()
        .find(|one| one.name().trim_start_matches("storage::") == name);
    found.unwrap_or_else(|| panic!("there is no statement {name}"))
}

#[tokio::test]
async fn on_sqlite_what_is_due_is_found_through_an_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("many.db");
    let store = Store::open_sqlite(&path, Mode::Inline).expect("it opens");
    store.migrate().await.expect("it migrates");
    store.close().await.expect("it closes");
    let conn = Connection::open(path).expect("it opens");
    conn.execute_batch(SQLITE_ROWS).expect("the rows");
    let count = conn.query_row("select count(*) from oauth_grant", [], |row| {
        row.get::<_, i64>(0)
    });
    assert_eq!(count.expect("a count"), ROWS);
    for (name, _, _, index) in LOOKS {
        let text = format!("explain query plan {}", statement(name).sqlite());
        let mut prepared = conn.prepare(&text).expect("it is planned");
        let mut rows = prepared.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().expect("a line") {
            lines.push(row.get::<_, String>("detail").expect("its text"));
        }
        assert!(
            lines.iter().any(|line| line.contains(index)),
            "{name}: {lines:#?}"
        );
        // Only of those that are due at one and the same moment the ids are put in order.
        let whole = ["SCAN oauth_grant", "USE TEMP B-TREE FOR ORDER BY"];
        assert!(
            !lines.iter().any(|line| whole.contains(&line.as_str())),
            "{name}: {lines:#?}"
        );
    }
}

/// Runs it as often as makes the server weigh one plan for all values, and gives the plan that it then takes.
async fn plan(client: &Client, name: &str, given: &str) -> String {
    let given = if given.is_empty() {
        String::new()
    } else {
        format!("({given})")
    };
    let text = format!(
        "begin; prepare look as {}; {} explain execute look{given}; rollback; deallocate look;",
        statement(name).postgres(),
        format!("execute look{given}; ").repeat(7)
    );
    let said = client.simple_query(&text).await.expect("it is planned");
    let lines = said.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) if row.columns()[0].name() == "QUERY PLAN" => row.get(0),
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn on_postgres_what_is_due_is_found_through_an_index() {
    let database = Database::create().await;
    database.open().await.close().await.expect("it closes");
    let (client, connection) = tokio_postgres::connect(&database.url(), NoTls)
        .await
        .expect("the test server answers");
    let driver = tokio::spawn(connection);
    client.batch_execute(POSTGRES_ROWS).await.expect("the rows");
    for (name, givens, index, _) in LOOKS {
        for given in *givens {
            let plan = plan(&client, name, given).await;
            assert!(plan.contains(index), "{name} with {given}:\n{plan}");
            assert!(
                !plan.contains("Seq Scan on oauth_grant"),
                "{name} with {given}:\n{plan}"
            );
        }
    }
    drop(client);
    driver.abort();
    database.remove().await;
}
